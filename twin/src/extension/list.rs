//! Network extensions as the two lists show them (`behaviour.md` section 10).

use serde_json::{Value, json};

use crate::appliance::{appliance_id, appliance_name};
use crate::extension::segment::{own_name, segment_id};
use crate::extension::{Extension, Over};
use crate::http::Site;
use crate::profile::network_id;
use crate::refusal::{Served, not_found};
use crate::switch::switch_id;
use crate::world::World;

/// What carries an extension, as a list shows it.
struct Carrier {
    /// The id of the appliance or of the HA group (inferred).
    cluster: String,
    mesh: String,
    /// The pair that is active.
    pair: u32,
    config: Value,
}

impl World {
    pub(crate) fn site_ref(&self, site: Site) -> Value {
        let (endpoint, resource) = (self.endpoint_id(site), self.resource_id(site));
        let name = &self.site(site).scene.name;
        json!({
            "endpointId": endpoint, "endpointType": "VC", "endpointName": name,
            "resourceId": resource, "resourceType": "VC", "resourceName": name,
        })
    }

    fn carrier(&self, over: &Over) -> Option<Carrier> {
        Some(match over {
            Over::Pair { mesh, pair } => {
                let cluster = appliance_id(&appliance_name(Site::Source, mesh, *pair));
                Carrier { cluster, mesh: mesh.clone(), pair: *pair, config: Value::Null }
            }
            Over::Group(id) => {
                let group = self.groups.get(id)?;
                let partner = appliance_id(&appliance_name(Site::Source, &group.mesh, group.standby));
                let config =
                    json!({ "haGroupId": id, "haGroupName": group.name(), "partnerApplianceId": partner });
                Carrier { cluster: id.clone(), mesh: group.mesh.clone(), pair: group.active, config }
            }
        })
    }

    fn appliance_ref(carrier: Option<&Carrier>, site: Site) -> Value {
        let Some(it) = carrier else { return Value::Null };
        let name = appliance_name(site, &it.mesh, it.pair);
        json!({
            "applianceId": appliance_id(&name), "applianceName": name, "applianceType": "HCX-NET-EXT",
            "haConfig": it.config,
        })
    }

    fn extension_json(&self, id: &str, it: &Extension) -> Value {
        let carrier = self.carrier(&it.over);
        let appliance = Self::appliance_ref(carrier.as_ref(), Site::Source);
        let switch = self.switch_of(Site::Source, &it.network);
        json!({
            "stretchId": id, "gateway": it.subnet.gateway, "netmask": it.subnet.netmask,
            "networkId": network_id(&it.network), "networkName": it.network,
            "networkType": "DistributedVirtualPortgroup",
            "dvsId": switch_id(switch), "dvsName": switch,
            "vlanId": self.source.scene.networks.get(&it.network).map(|it| it.vlan.to_string()),
            "applianceId": appliance.get("applianceId"), "applianceType": "HCX-NET-EXT",
            "sourceAppliance": appliance, "clusterId": carrier.map(|it| it.cluster),
            "cloudNetworkId": it.segment.as_deref().map(segment_id),
            "cloudNetworkName": it.segment,
            "endpointId": self.endpoint_id(Site::Cloud), "isDeleted": false, "creationDate": it.created,
            "source": self.site_ref(Site::Source), "destination": self.site_ref(Site::Cloud),
            "features": { "egressOptimization": false, "mobilityOptimizedNetworking": false },
            "operationStatus": { "state": it.state, "message": it.message },
        })
    }

    /// listExtensions
    pub(crate) fn extension_list(&self) -> Value {
        json!({ "items": self.extensions.iter().map(|(id, it)| self.extension_json(id, it)).collect::<Vec<_>>() })
    }

    /// getExtension
    pub(crate) fn extension_by_id(&self, id: &str) -> Served {
        match self.extensions.get(id) {
            Some(it) => Ok((200, self.extension_json(id, it))),
            None => not_found("extension", id),
        }
    }

    /// listLegacyExtensions
    pub(crate) fn legacy_list(&self) -> Value {
        let item = |(id, it): (&String, &Extension)| {
            let carrier = self.carrier(&it.over);
            let segment = it.segment.clone().unwrap_or_else(|| own_name(&it.network));
            json!({
                "stretchId": id, "gateway": it.subnet.gateway, "netmask": it.subnet.netmask, "creationDate": it.created,
                "sourceNetwork": { "networkId": network_id(&it.network), "networkName": it.network },
                "destinationNetwork": {
                    "networkId": segment_id(&segment), "networkName": segment, "gatewayId": it.router,
                },
                "sourceAppliance": Self::appliance_ref(carrier.as_ref(), Site::Source),
                "destinationAppliance": Self::appliance_ref(carrier.as_ref(), Site::Cloud),
                "source": self.site_ref(Site::Source), "destination": self.site_ref(Site::Cloud),
                "operationStatus": { "state": it.state, "message": it.message },
            })
        };
        json!({ "items": self.extensions.iter().map(item).collect::<Vec<_>>() })
    }
}
