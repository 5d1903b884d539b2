//! What is in the vCenters (`behaviour.md` section 1). Every answer is a site's own inventory, unless its body asks for
//! the paired one's: `filter.cloud` with `remote`, or with the other endpoint's id.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::extension::segment::{Segment, segment_id};
use crate::http::Site;
use crate::migration::vm_id;
use crate::paging::Paging;
use crate::profile::network_id;
use crate::refusal::{Served, refuse};
use crate::scene::NetworkKind;
use crate::switch::switch_id;
use crate::world::{Vm, World, uid};

/// The body of the inventory queries; what is left out does not matter.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct InventoryQuery {
    #[serde(default)]
    filter: InventoryFilter,
    #[serde(default)]
    paging: Paging,
}

#[derive(Debug, Default, Deserialize)]
struct InventoryFilter {
    #[serde(default)]
    cloud: CloudFilter,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CloudFilter {
    endpoint_id: Option<String>,
    /// A boolean, or one in a text.
    #[serde(default)]
    remote: Value,
}

/// The body of queryVcDatastores and queryVcSwitches.
#[derive(Debug, Deserialize)]
pub(crate) struct VcQuery {
    filter: VcFilter,
}

#[derive(Debug, Deserialize)]
struct VcFilter {
    #[serde(rename = "vcenter_instanceId")]
    vcenter: String,
}

impl InventoryQuery {
    fn page(&self, items: impl IntoIterator<Item = Value>) -> Value {
        listed(&self.paging.page(items))
    }
}

impl World {
    fn asked(&self, site: Site, query: &InventoryQuery) -> Site {
        let cloud = &query.filter.cloud;
        let remote = cloud.remote == json!(true) || cloud.remote == json!("true");
        let named = cloud.endpoint_id.as_ref().is_some_and(|id| *id == self.endpoint_id(site.other()));
        if remote || named { site.other() } else { site }
    }

    /// listNetworks
    pub(crate) fn networks(&self, site: Site, query: &InventoryQuery) -> Value {
        let site = self.asked(site, query);
        let own = self.site(site).scene.networks.iter().map(|(name, it)| {
            let vlan = if it.kind == NetworkKind::Untagged { 0 } else { it.vlan };
            let kind = match it.kind {
                NetworkKind::Standard => "Network",
                _ => "DistributedVirtualPortgroup",
            };
            json!({
                "entity_id": network_id(name), "name": name, "entityType": kind, "vlanId": vlan.to_string(),
                "dvsName": self.switch_of(site, name), "dvsId": switch_id(self.switch_of(site, name)),
            })
        });
        // That a segment shows its router, and whether that routes it, is inferred.
        let segment = |(name, it): (&String, &Segment)| {
            json!({
                "entity_id": segment_id(name), "name": name, "entityType": "NsxtSegment", "gatewayId": it.router,
                "gateway": it.subnet.gateway, "netmask": it.subnet.netmask, "isConnectedToRouter": it.gateway_on,
            })
        };
        let segments = self.segments.iter().filter(|_| site == Site::Cloud).map(segment);
        query.page(own.chain(segments))
    }

    /// The id of a network of a site: a segment's, or a port group's.
    pub(crate) fn network_of(&self, site: Site, name: &str) -> String {
        let is_segment = site == Site::Cloud && self.segments.contains_key(name);
        if is_segment { segment_id(name) } else { network_id(name) }
    }

    /// listVirtualMachines
    pub(crate) fn machines(&self, site: Site, query: &InventoryQuery) -> Value {
        let site = self.asked(site, query);
        let machine = |(name, vm): (&String, &Vm)| {
            let id = self.network_of(site, &vm.network);
            json!({
                "id": vm_id(site, name), "name": name, "powerState": if vm.powered { "poweredOn" } else { "poweredOff" },
                "network": [{ "displayName": vm.network, "value": id, "name": vm.network }],
                // Inferred: a migration's entity has its size under this name, in bytes.
                "summary": { "diskSize": vm.disk_gb << 30 },
            })
        };
        query.page(self.site(site).vms.iter().map(machine))
    }

    fn named(&self, site: Site, kind: &str, name: &str) -> Value {
        let name = format!("{}-{name}", self.site(site).scene.name);
        let id = uid(&[kind, &name]);
        json!({ "id": id, "entity_id": id, "name": name, "entityType": kind, "type": kind })
    }

    /// listDatastores
    pub(crate) fn datastores(&self, site: Site, query: &InventoryQuery) -> Value {
        let site = self.asked(site, query);
        query.page([self.named(site, "Datastore", "ds01")])
    }

    /// listStorageProfiles
    pub(crate) fn storage_profiles(&self, site: Site, query: &InventoryQuery) -> Value {
        let site = self.asked(site, query);
        query.page([self.named(site, "StorageProfile", "default")])
    }

    /// listContainers
    pub(crate) fn containers(&self, site: Site, query: &InventoryQuery) -> Value {
        let site = self.asked(site, query);
        let place = |(kind, name): (&str, &str)| {
            let id = uid(&["container", &self.site(site).scene.name, name]);
            json!({ "entity_id": id, "name": name, "entityType": kind })
        };
        query
            .page([("resourcePool", "Resources"), ("folder", "Workloads"), ("dataCenter", "SDDC")].map(place))
    }

    /// listClouds
    pub(crate) fn clouds(&self, site: Site, query: &InventoryQuery) -> Value {
        let cloud = |site: Site| {
            let name = &self.site(site).scene.name;
            json!({ "endpointId": self.endpoint_id(site), "name": name, "url": self.url(site), "endpointType": "VC" })
        };
        query.page(std::iter::once(site).chain(self.remote(site)).map(cloud))
    }

    /// listResourceContainers
    pub(crate) fn resource_containers(&self, site: Site, query: &InventoryQuery) -> Value {
        let site = self.asked(site, query);
        let (id, name) = (self.resource_id(site), &self.site(site).scene.name);
        query.page([json!({
            "url": format!("https://vc-{name}.example.com"), "vcuuid": id, "name": format!("vc-{name}"),
            "resourceId": id, "resourceType": "VC", "resourceName": name,
            "endpoint": { "endpointId": self.endpoint_id(site), "name": name, "cloudType": "VC" },
        })])
    }

    fn cluster(&self, site: Site) -> Value {
        let name = format!("{}-cluster", self.site(site).scene.name);
        let store = self.named(site, "Datastore", "ds01");
        json!({
            "vcenter_instanceId": self.resource_id(site), "entity_id": uid(&["cluster", &name]), "name": name,
            "entityType": "ClusterComputeResource",
            "datastore": [{ "type": "Datastore", "value": store.get("id") }],
        })
    }

    /// listVcTree
    pub(crate) fn vc_tree(&self, site: Site) -> Value {
        let id = self.resource_id(site);
        let center = uid(&["container", &self.site(site).scene.name, "SDDC"]);
        listed(&[json!({
            "vcenter_instanceId": id, "entity_id": center, "name": "SDDC", "entityType": "dataCenter",
            "children": [self.cluster(site)],
        })])
    }

    fn own_vc(&self, site: Site, query: &VcQuery) -> Result<(), crate::refusal::Refusal> {
        let id = &query.filter.vcenter;
        if *id == self.resource_id(site) {
            Ok(())
        } else {
            refuse(400, "NOT_FOUND", format!("there is no vCenter {id}"))
        }
    }

    /// queryVcDatastores
    pub(crate) fn vc_datastores(&self, site: Site, query: &VcQuery) -> Served {
        self.own_vc(site, query)?;
        Ok((200, listed(&[self.named(site, "Datastore", "ds01")])))
    }

    /// queryVcSwitches
    pub(crate) fn vc_switches(&self, site: Site, query: &VcQuery) -> Served {
        self.own_vc(site, query)?;
        Ok((
            200,
            listed(&self.switches(site).iter().map(|it| self.switch_json(site, it)).collect::<Vec<_>>()),
        ))
    }

    /// queryVcEntities, of clusters
    pub(crate) fn vc_entities(&self, site: Site, kind: Option<&str>) -> Value {
        let wanted = kind.is_none_or(|kind| kind == "ClusterComputeResource");
        json!(wanted.then(|| self.cluster(site)).into_iter().collect::<Vec<_>>())
    }
}

fn listed(items: &[Value]) -> Value {
    json!({ "success": true, "completed": true, "data": { "items": items } })
}
