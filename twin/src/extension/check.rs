//! What a network needs to be extended (`behaviour.md` section 10), apart from what carries it. Codes as proposed there.

use serde_json::{Value, json};

use crate::extension::{Extension, ExtensionSpec, ExtensionSpecs, ExtensionState};
use crate::net::Subnet;
use crate::profile::network_id;
use crate::refusal::{Refusal, Served, refuse};
use crate::scene::NetworkKind;
use crate::world::World;

impl World {
    /// The network that is meant and its subnet, with all that is checked at the source, and at the destination if wanted.
    pub(crate) fn checked_extension(
        &self,
        spec: &ExtensionSpec,
        at_destination: bool,
    ) -> Result<(String, Subnet), Refusal> {
        let network = self.eligible_network(&spec.source_network.network_id)?.clone();
        let Some(subnet) = Subnet::fields(&spec.gateway, &spec.netmask) else {
            let message = format!("{} with {} is no gateway", spec.gateway, spec.netmask);
            return refuse(400, "INVALID_GATEWAY", message);
        };
        if self.extended_now().any(|it| it.subnet.gateway == subnet.gateway) {
            let message = format!("{} is the gateway of another extended network", spec.gateway);
            return refuse(400, "GATEWAY_IN_USE", message);
        }
        if at_destination {
            self.destination_takes(&network, &spec.destination_network.gateway_id, subnet)?;
        }
        Ok((network, subnet))
    }

    /// Extensions that did not fail.
    fn extended_now(&self) -> impl Iterator<Item = &Extension> {
        self.extensions.values().filter(|it| it.state != ExtensionState::Failed)
    }

    fn eligible_network(&self, id: &str) -> Result<&String, Refusal> {
        let found = self.source.scene.networks.iter().find(|(name, _)| network_id(name) == *id);
        let Some((network, scene)) = found else {
            return refuse(400, "NETWORK_NOT_FOUND", format!("there is no network {id}"));
        };
        if scene.kind != NetworkKind::Normal || scene.vlan == 0 {
            let (kind, vlan) = (scene.kind, scene.vlan);
            let message = format!("{network} is a {kind:?} network of VLAN {vlan} and cannot be extended");
            return refuse(400, "NETWORK_NOT_ELIGIBLE", message);
        }
        if self.extended_now().any(|it| it.network == *network) {
            return refuse(400, "NETWORK_ALREADY_EXTENDED", format!("{network} is extended already"));
        }
        Ok(network)
    }

    fn destination_takes(&self, network: &str, router: &String, subnet: Subnet) -> Result<(), Refusal> {
        if !self.cloud.scene.routers.contains(router) {
            let message = format!("there is no Tier-1 gateway {router}");
            return refuse(400, "DESTINATION_GATEWAY_NOT_FOUND", message);
        }
        let mut others = self.extended_now();
        if let Some(other) = others.find(|it| it.router == *router && it.subnet.overlaps(subnet)) {
            let message = format!("the subnet of {network} overlaps that of {} on {router}", other.network);
            return refuse(400, "SUBNET_OVERLAP", message);
        }
        self.fitting_segment(network, router, subnet).map(|_| ())
    }

    /// validateExtensions: 207 when some items are refused, 400 when all are (inferred); at the destination only with
    /// `validateDestination`
    pub(crate) fn validate_extensions(&self, specs: &ExtensionSpecs, at_destination: bool) -> Served {
        let refused = |spec: &ExtensionSpec| self.checked_extension(spec, at_destination).err();
        let items: Vec<(&str, Option<Refusal>)> =
            specs.items.iter().map(|spec| (&*spec.source_network.network_id, refused(spec))).collect();
        let errors: Vec<&Refusal> = items.iter().filter_map(|(_, refusal)| refusal.as_ref()).collect();
        let status = match errors.first() {
            None => 200,
            Some(first) if errors.len() == items.len() => return Err((*first).clone()),
            Some(_) => 207,
        };
        let item = |(network, refusal): &(&str, Option<Refusal>)| {
            let errors: Vec<Value> = refusal.iter().map(Refusal::item).collect();
            json!({ "sourceNetworkId": network, "errors": errors })
        };
        let items: Vec<Value> = items.iter().map(item).collect();
        Ok((status, json!({ "data": { "items": items }, "errors": [] })))
    }
}
