//! Network extensions (`behaviour.md` section 10).

use serde_json::{Value, json};

use crate::ha::{CAPACITY, group_name};
use crate::http::{Body, Refusal, Served, Site, refuse};
use crate::interconnect::appliance_name;
use crate::world::{Extension, Happening, Job, Over, World, uid};

impl World {
    fn site_ref(&self, site: Site) -> Value {
        json!({
            "endpointId": self.endpoint_id(site), "endpointType": "VC", "endpointName": self.site(site).scene.name,
            "resourceId": self.resource_id(site), "resourceType": "VC", "resourceName": self.site(site).scene.name,
        })
    }

    /// What carries an extension: its cluster id, and the appliance that is active.
    fn carrier(&self, over: &Over) -> (String, String, Option<Value>) {
        match over {
            Over::Pair { mesh, pair } => {
                let name = appliance_name(Site::Source, mesh, *pair);
                (uid(&["appliance", &name]), name, None)
            }
            Over::Group(id) => {
                let group = self.groups.get(id);
                let name = group
                    .map(|it| appliance_name(Site::Source, &it.mesh, it.pairs.first().copied().unwrap_or(1)));
                let config = group.map(|it| json!({ "haGroupId": id, "haGroupName": group_name(it) }));
                (id.clone(), name.unwrap_or_default(), config)
            }
        }
    }

    fn extension_json(&self, id: &str, it: &Extension) -> Value {
        let (cluster, appliance, config) = self.carrier(&it.over);
        json!({
            "stretchId": id, "gateway": it.gateway, "netmask": it.netmask, "networkId": network_id(&it.network),
            "networkName": it.network, "networkType": "DistributedVirtualPortgroup",
            "applianceId": uid(&["appliance", &appliance]), "applianceType": "HCX-NET-EXT", "clusterId": cluster,
            "sourceAppliance": { "applianceId": uid(&["appliance", &appliance]), "applianceName": appliance, "haConfig": config },
            "cloudNetworkId": segment_id(&it.network), "cloudNetworkName": segment(&it.network),
            "endpointId": self.endpoint_id(Site::Cloud), "isDeleted": false,
            "source": self.site_ref(Site::Source), "destination": self.site_ref(Site::Cloud),
            "operationStatus": { "state": it.state },
        })
    }

    /// listExtensions
    pub(crate) fn extension_list(&self) -> Value {
        json!({ "items": self.extensions.iter().map(|(id, it)| self.extension_json(id, it)).collect::<Vec<_>>() })
    }

    /// listLegacyExtensions
    pub(crate) fn legacy_list(&self) -> Value {
        let item = |(id, it): (&String, &Extension)| {
            json!({
                "stretchId": id, "gateway": it.gateway, "netmask": it.netmask,
                "sourceNetwork": { "networkId": network_id(&it.network), "networkName": it.network },
                "destinationNetwork": { "networkId": segment_id(&it.network), "networkName": segment(&it.network) },
                "source": self.site_ref(Site::Source), "destination": self.site_ref(Site::Cloud),
            })
        };
        json!({ "items": self.extensions.iter().map(item).collect::<Vec<_>>() })
    }

    fn requested(&self, item: &Value, checks_carrier: bool) -> Result<Extension, Refusal> {
        let item = Body(item.clone());
        let id = item.text("/sourceNetwork/networkId")?.to_owned();
        let found = self.source.scene.networks.iter().find(|(name, _)| network_id(name) == id);
        let Some((network, scene)) = found else {
            return refuse(400, "NETWORK_NOT_FOUND", format!("there is no network {id}"));
        };
        if scene.kind != "normal" {
            return refuse(
                400,
                "NETWORK_NOT_ELIGIBLE",
                format!("{network} is a {} network and cannot be extended", scene.kind),
            );
        }
        if self.extensions.values().any(|it| it.network == *network && it.state != "FAILED") {
            return refuse(400, "NETWORK_ALREADY_EXTENDED", format!("{network} is extended already"));
        }
        let (gateway, mask) = (item.text("/gateway")?, item.text("/netmask")?);
        let (Ok(address), Ok(bits)) =
            (gateway.parse::<std::net::Ipv4Addr>(), mask.parse::<std::net::Ipv4Addr>())
        else {
            return refuse(400, "INVALID_GATEWAY", format!("{gateway} with {mask} is no gateway"));
        };
        let host = u32::from(address) & !u32::from(bits);
        if host == 0 || host == !u32::from(bits) {
            return refuse(400, "INVALID_GATEWAY", format!("{gateway} is the network or broadcast address"));
        }
        if self.extensions.values().any(|it| it.gateway == gateway && it.network != *network) {
            return refuse(
                400,
                "GATEWAY_IN_USE",
                format!("{gateway} is the gateway of another extended network"),
            );
        }
        let router = item.text("/destinationNetwork/gatewayId")?;
        if !self.cloud.scene.routers.iter().any(|it| it == router) {
            return refuse(
                400,
                "DESTINATION_GATEWAY_NOT_FOUND",
                format!("there is no Tier-1 gateway {router}"),
            );
        }
        let over = if checks_carrier { self.requested_carrier(&item)? } else { Over::Group(String::new()) };
        let (gateway, netmask, router) = (gateway.to_owned(), mask.to_owned(), router.to_owned());
        Ok(Extension { network: network.clone(), gateway, netmask, router, over, state: "EXTENDING" })
    }

    fn requested_carrier(&self, item: &Body) -> Result<Over, Refusal> {
        let over =
            if let Some(id) = item.0.pointer("/sourceAppliance/haConfig/haGroupId").and_then(Value::as_str) {
                match self.groups.get(id) {
                    Some(group) if group.state == "READY" => Over::Group(id.to_owned()),
                    Some(group) => {
                        return refuse(400, "HA_GROUP_NOT_READY", format!("the HA group is {}", group.state));
                    }
                    None => return refuse(400, "HA_GROUP_NOT_READY", format!("there is no HA group {id}")),
                }
            } else {
                let id = item.text("/sourceAppliance/applianceId")?;
                let found = self.meshes.iter().find_map(|(name, mesh)| {
                    let pair = mesh
                        .pairs
                        .keys()
                        .find(|n| uid(&["appliance", &appliance_name(Site::Source, name, **n)]) == id)?;
                    Some(Over::Pair { mesh: name.clone(), pair: *pair })
                });
                match found {
                    Some(over) => over,
                    None => return refuse(400, "APPLIANCE_NOT_FOUND", format!("there is no appliance {id}")),
                }
            };
        if self.extensions.values().filter(|it| it.over == over).count() >= CAPACITY {
            return refuse(400, "APPLIANCE_CAPACITY", format!("it carries {CAPACITY} networks already"));
        }
        Ok(over)
    }

    /// validateExtensions
    pub(crate) fn validate_extensions(&self, body: &Body) -> Served {
        for item in body.list("/items")? {
            self.requested(item, false)?;
        }
        Ok((200, json!({ "data": {}, "errors": [] })))
    }

    /// createExtensions: one entry an item, 207 when any of them carries errors
    pub(crate) fn create_extensions(&mut self, body: &Body, fails: Option<&String>) -> Served {
        let items = body.list("/items")?.clone();
        let (mut results, mut status) = (Vec::new(), 202);
        for item in &items {
            let source = item.pointer("/sourceNetwork/networkId").cloned().unwrap_or(Value::Null);
            match self.requested(item, true) {
                Ok(extension) => {
                    let id = uid(&["extension", &extension.network]);
                    let queued = self
                        .extensions
                        .values()
                        .filter(|it| it.over == extension.over && it.state == "EXTENDING")
                        .count();
                    self.extensions.insert(id.clone(), extension);
                    // Operations on one group run one after another.
                    let seconds = self.durations.extend * (queued as u64 + 1);
                    self.later(seconds, Happening::Extended { extension: id.clone() }, None, fails.cloned());
                    results.push(json!({ "stretchId": id, "sourceNetworkId": source, "errors": [] }));
                }
                Err(refusal) => {
                    status = 207;
                    let error = json!({ "code": refusal.code, "message": refusal.message });
                    results.push(json!({ "sourceNetworkId": source, "errors": [error] }));
                }
            }
        }
        Ok((status, json!({ "data": { "items": results } })))
    }

    pub(crate) fn extended(&mut self, id: &str, failed: bool) {
        if let Some(extension) = self.extensions.get_mut(id) {
            extension.state = if failed { "FAILED" } else { "COMPLETED" };
        }
    }

    /// deleteExtension, on the older path
    pub(crate) fn delete_extension(&mut self, id: &str, fails: Option<String>) -> Served {
        let Some(extension) = self.extensions.get_mut(id) else {
            return refuse(404, "NOT_FOUND", format!("there is no extension {id}"));
        };
        if extension.state == "EXTENDING" || extension.state == "REMOVING" {
            return refuse(
                409,
                "OPERATION_IN_PROGRESS",
                format!("{} is {}", extension.network, extension.state),
            );
        }
        let network = extension.network.clone();
        if self.cloud.vms.values().any(|vm| vm.network == segment(&network)) {
            return refuse(
                400,
                "NETWORK_IN_USE",
                format!("virtual machines are connected to {}", segment(&network)),
            );
        }
        extension.state = "REMOVING";
        let job = uid(&["job", "unextend", &network, &self.jobs.len().to_string()]);
        self.jobs.push(Job { id: job.clone(), done: false, failed: false });
        let what = Happening::Unextended { extension: id.to_owned(), job: job.clone() };
        self.later(self.durations.unextend, what, None, fails);
        Ok((202, json!({ "id": job })))
    }

    pub(crate) fn unextended(&mut self, id: &str, job: &str, failed: bool) {
        if !failed {
            self.extensions.remove(id);
        } else if let Some(extension) = self.extensions.get_mut(id) {
            extension.state = "COMPLETED";
        }
        if let Some(job) = self.jobs.iter_mut().find(|it| it.id == job) {
            (job.done, job.failed) = (true, failed);
        }
    }

    /// getJob: a job that failed is done as well (section 4)
    pub(crate) fn job(&self, id: &str) -> Served {
        match self.jobs.iter().find(|job| job.id == id) {
            Some(job) => Ok((
                200,
                json!({
                    "jobId": id, "isDone": job.done, "didFail": job.failed, "isQueued": false, "isCancelled": false,
                    "percentComplete": if job.done { 100 } else { 50 },
                }),
            )),
            None => refuse(404, "NOT_FOUND", format!("there is no job {id}")),
        }
    }
}

pub(crate) fn network_id(name: &str) -> String {
    format!("dvportgroup-{}", &uid(&["network", name])[..6])
}

/// The segment that an extension makes at the destination.
pub(crate) fn segment(network: &str) -> String {
    format!("L2E_{network}")
}

pub(crate) fn segment_id(network: &str) -> String {
    uid(&["segment", network])
}
