//! What the managers tell of themselves and of their sites (`behaviour.md` sections 1, 5 and 6).

use serde_json::{Value, json};

use crate::extension::{network_id, segment, segment_id};
use crate::http::Site;
use crate::migration::vm_id;
use crate::world::{World, uid};

impl World {
    /// getAbout
    pub(crate) fn about(&self, site: Site) -> Value {
        let scene = &self.site(site).scene;
        json!({ "name": scene.name, "version": scene.version, "build": "24105789" })
    }

    /// getSupportContext
    pub(crate) fn support(&self, site: Site) -> Value {
        let end = |site: Site| json!({ "endpointId": self.endpoint_id(site), "name": self.site(site).scene.name, "version": self.site(site).scene.version });
        let remote = if self.paired { vec![end(site.other())] } else { Vec::new() };
        json!({ "success": true, "completed": true, "data": { "localEndpoints": [end(site)], "remoteEndpoints": remote } })
    }

    /// getInterconnectContext
    pub(crate) fn context(&self, site: Site) -> Value {
        json!([{ "cloudManagementPlatforms": [{
            "cmpId": self.resource_id(site), "cmpName": format!("vc-{}", self.site(site).scene.name), "cmpType": "VC",
        }] }])
    }

    /// listSitePairings
    pub(crate) fn pairings(&self, site: Site) -> Value {
        let other = site.other();
        let pairing = json!({
            "endpointId": self.endpoint_id(other), "name": self.site(other).scene.name, "cloudType": "VC",
            "url": format!("https://{}.example.com", self.site(other).scene.name),
        });
        let items = if self.paired { vec![pairing] } else { Vec::new() };
        json!({ "success": true, "completed": true, "data": { "items": items } })
    }

    /// listLicences; the edition is an inferred property
    pub(crate) fn licences(&self, site: Site) -> Value {
        let edition = &self.site(site).scene.edition;
        json!({ "licenses": [{ "licenseStatus": "ACTIVE", "edition": edition }], "licenseStatus": "ACTIVE" })
    }

    /// listNetworks
    pub(crate) fn networks(&self, site: Site) -> Value {
        let own = self.site(site).scene.networks.iter().map(|(name, it)| json!({
            "entity_id": network_id(name), "name": name, "entityType": "DistributedVirtualPortgroup",
            "vlanId": it.vlan.to_string(), "dvsName": "dvs-production", "dvsId": uid(&["switch", "dvs-production"]),
        }));
        let made = self.extensions.values().filter(|_| site == Site::Cloud).map(|it| json!({
            "entity_id": segment_id(&it.network), "name": segment(&it.network), "entityType": "NsxtSegment",
        }));
        items(&own.chain(made).collect::<Vec<_>>())
    }

    /// listVirtualMachines
    pub(crate) fn machines(&self, site: Site) -> Value {
        let machine = |(name, vm): (&String, &crate::world::Vm)| {
            let network = vm.network.strip_prefix("L2E_").map_or_else(|| network_id(&vm.network), segment_id);
            json!({
                "id": vm_id(site, name), "name": name, "powerState": if vm.powered { "poweredOn" } else { "poweredOff" },
                "network": [{ "displayName": vm.network, "value": network, "name": vm.network }],
            })
        };
        items(&self.site(site).vms.iter().map(machine).collect::<Vec<_>>())
    }

    /// listDatastores
    pub(crate) fn datastores(&self, site: Site) -> Value {
        let name = format!("{}-ds01", self.site(site).scene.name);
        items(&[
            json!({ "id": uid(&["datastore", &name]), "entity_id": uid(&["datastore", &name]), "name": name }),
        ])
    }

    /// listContainers
    pub(crate) fn containers(&self, site: Site) -> Value {
        let place = |(kind, name): (&str, &str)| {
            json!({
                "entity_id": uid(&["container", &self.site(site).scene.name, name]), "name": name, "entityType": kind,
            })
        };
        items(&[("resourcePool", "Resources"), ("folder", "Workloads"), ("dataCenter", "SDDC")].map(place))
    }
}

fn items(items: &[Value]) -> Value {
    json!({ "success": true, "completed": true, "data": { "items": items } })
}
