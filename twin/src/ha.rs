//! HA groups (`behaviour.md` sections 9.2 to 9.4). Refusals in the order and with the codes that section 9.3 proposes.

use serde_json::{Value, json};

use crate::http::{Body, Refusal, Served, Site, refuse};
use crate::interconnect::appliance_name;
use crate::world::{Group, Happening, Over, World, uid};

/// How many networks a pair of appliances carries (section 9.1).
pub(crate) const CAPACITY: usize = 8;

impl World {
    /// The better of the two sites' editions (section 5, inferred).
    pub(crate) fn is_enterprise(&self) -> bool {
        [Site::Source, Site::Cloud].iter().any(|site| self.site(*site).scene.edition == "ENTERPRISE")
    }

    pub(crate) fn group_json(&self, site: Site, id: &str, group: &Group) -> Value {
        let formed = group.state != "CREATING" && group.state != "FAILED";
        let mut pairs: Vec<(u32, &str)> = group.pairs.into_iter().zip(["ACTIVE", "STANDBY"]).collect();
        pairs.sort_unstable();
        let members = pairs.into_iter().map(|(n, role)| {
            let (name, peer) =
                (appliance_name(site, &group.mesh, n), appliance_name(site.other(), &group.mesh, n));
            json!({
                "applianceId": uid(&["appliance", &name]), "applianceName": name,
                "peerApplianceId": uid(&["appliance", &peer]), "peerApplianceName": peer,
                "role": if formed { role } else { "UNDECIDED" },
            })
        });
        let count = self.extensions.values().filter(|it| it.over == Over::Group(id.to_owned())).count();
        json!({
            "groupId": id, "name": group_name(group), "groupType": "NETWORK_EXTENSION",
            "serviceMeshId": self.meshes.get(&group.mesh).map(|mesh| mesh.id.clone()),
            "groupMembers": members.collect::<Vec<_>>(),
            "policyInfo": { "policy": "ACTIVE_STANDBY" },
            "status": { "groupState": group.state, "availabilityState": if formed { "AVAILABLE" } else { "UNAVAILABLE" } },
            "networkExtensionCount": count, "networkStretchCapacity": CAPACITY,
        })
    }

    /// listHaGroups
    pub(crate) fn group_list(&self, site: Site) -> Value {
        json!({ "items": self.groups.iter().map(|(id, group)| self.group_json(site, id, group)).collect::<Vec<_>>() })
    }

    /// createHaGroup (inferred)
    pub(crate) fn create_group(&mut self, site: Site, body: &Body, fails: Option<String>) -> Served {
        let named = body.list("/appliances")?.first().and_then(Value::as_str).unwrap_or_default().to_owned();
        let found = self.meshes.iter().find_map(|(name, mesh)| {
            let n =
                mesh.pairs.keys().find(|n| uid(&["appliance", &appliance_name(site, name, **n)]) == named)?;
            Some((name.clone(), *n))
        });
        let Some((mesh, chosen)) = found else {
            return refuse(404, "NOT_FOUND", format!("there is no appliance {named}"));
        };
        let partner = self.partner(&mesh, chosen)?;
        let task = self.start_task("CREATE_HA_GROUP", &mesh);
        let group = Group { mesh: mesh.clone(), pairs: [chosen, partner], state: "CREATING" };
        let id = uid(&["ha-group", &group_name(&group)]);
        self.groups.insert(id.clone(), group);
        let what = Happening::GroupFormed { group: id.clone() };
        self.later(self.durations.activate, what, Some(task.clone()), fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "groupId": id } })))
    }

    /// The pair that HCX picks, when the chosen one may be in a group at all.
    fn partner(&self, name: &str, chosen: u32) -> Result<u32, Refusal> {
        let appliance = appliance_name(Site::Source, name, chosen);
        let Some(mesh) = self.meshes.get(name) else {
            return refuse(404, "NOT_FOUND", "there is no such mesh");
        };
        if !self.is_enterprise() {
            return refuse(400, "HA_LICENSE_REQUIRED", "high availability needs an HCX Enterprise license");
        }
        let grouped = |n: u32| {
            self.groups.values().any(|it| it.mesh == name && it.state != "FAILED" && it.pairs.contains(&n))
        };
        if grouped(chosen) {
            return refuse(409, "HA_ALREADY_MEMBER", format!("{appliance} is in an HA group already"));
        }
        let is_old = |version: &str| {
            let numbers: Vec<u32> = version.split('.').filter_map(|n| n.parse().ok()).collect();
            numbers.as_slice() < [4, 3, 0].as_slice()
        };
        if mesh.pairs.values().any(|pair| is_old(&pair.version)) {
            return refuse(
                400,
                "HA_APPLIANCE_VERSION",
                "high availability needs appliances of HCX 4.3.0 or later",
            );
        }
        if self.carried(name, chosen) > 0 {
            return refuse(
                400,
                "HA_APPLIANCE_HAS_EXTENSIONS",
                format!("networks are extended over {appliance}"),
            );
        }
        if mesh.pairs.get(&chosen).is_none_or(|pair| !pair.up) {
            return refuse(400, "HA_APPLIANCE_NOT_READY", format!("{appliance} is not ready"));
        }
        if self.is_busy(name) {
            return refuse(
                409,
                "OPERATION_IN_PROGRESS",
                format!("another operation is in progress on {name}"),
            );
        }
        let free = mesh
            .pairs
            .iter()
            .find(|(n, pair)| **n != chosen && pair.up && !grouped(**n) && self.carried(name, **n) == 0);
        match free {
            Some((n, _)) => Ok(*n),
            None => refuse(
                400,
                "HA_NO_ELIGIBLE_PARTNER",
                format!("there is no free appliance beside {appliance}"),
            ),
        }
    }

    pub(crate) fn group_formed(&mut self, id: &str, failed: bool) {
        if let Some(group) = self.groups.get_mut(id) {
            group.state = if failed { "FAILED" } else { "READY" };
        }
    }

    /// deleteHaGroup
    pub(crate) fn delete_group(&mut self, id: &str, fails: Option<String>) -> Served {
        let Some(group) = self.groups.get(id) else {
            return refuse(404, "NOT_FOUND", format!("there is no HA group {id}"));
        };
        let mesh = group.mesh.clone();
        if self.is_busy(&mesh) {
            return refuse(
                409,
                "OPERATION_IN_PROGRESS",
                format!("another operation is in progress on {mesh}"),
            );
        }
        if self.extensions.values().any(|it| it.over == Over::Group(id.to_owned())) {
            return refuse(400, "HA_GROUP_IN_USE", "networks are extended over the group");
        }
        let task = self.start_task("DELETE_HA_GROUP", &mesh);
        if let Some(group) = self.groups.get_mut(id) {
            group.state = "DELETING";
        }
        let what = Happening::GroupDissolved { group: id.to_owned() };
        self.later(self.durations.deactivate, what, Some(task.clone()), fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "groupId": id } })))
    }

    pub(crate) fn group_dissolved(&mut self, id: &str, failed: bool) {
        if !failed {
            self.groups.remove(id);
        } else if let Some(group) = self.groups.get_mut(id) {
            group.state = "READY";
        }
    }

    /// forceFailoverHaGroup: every call swaps the roles
    pub(crate) fn fail_over(&mut self, id: &str, fails: Option<String>) -> Served {
        let Some(group) = self.groups.get_mut(id) else {
            return refuse(404, "NOT_FOUND", format!("there is no HA group {id}"));
        };
        if group.state != "READY" {
            return refuse(409, "HA_GROUP_NOT_READY", format!("the group is {}", group.state));
        }
        group.state = "UPDATING";
        let mesh = group.mesh.clone();
        let task = self.start_task("FORCE_FAILOVER", &mesh);
        self.later(20, Happening::FailedOver { group: id.to_owned() }, Some(task.clone()), fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "groupId": id } })))
    }

    pub(crate) fn failed_over(&mut self, id: &str, failed: bool) {
        if let Some(group) = self.groups.get_mut(id) {
            group.state = "READY";
            if !failed {
                group.pairs.reverse();
            }
        }
    }
}

pub(crate) fn group_name(group: &Group) -> String {
    let [a, b] = group.pairs;
    format!("{}-HA-{}{}", group.mesh, a.min(b), a.max(b))
}
