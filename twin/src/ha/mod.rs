//! HA groups (`behaviour.md` sections 9.2 to 9.4): what they are and what a manager shows of them.

mod change;
mod work;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::appliance::{appliance_id, appliance_name};
use crate::extension::Over;
use crate::http::Site;
use crate::refusal::{Served, not_found};
use crate::scene::GroupScene;
use crate::switch::switch_id;
use crate::world::{World, uid};

/// How many networks a pair of appliances carries (section 9.1).
pub(crate) const CAPACITY: usize = 8;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) mesh: String,
    /// The numbers of its pairs.
    pub(crate) active: u32,
    pub(crate) standby: u32,
    pub(crate) state: GroupState,
}

/// The words are inferred (section 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum GroupState {
    Creating,
    Ready,
    Updating,
    Deleting,
    Failed,
}

/// An entry of a group's timeline.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GroupEvent {
    at: Timestamp,
    group: String,
    name: String,
    mesh: String,
    kind: EventKind,
    active: Vec<String>,
    standby: Vec<String>,
}

/// The words are inferred.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum EventKind {
    Created,
    CreationFailed,
    Deleted,
    DeletionFailed,
    Failover,
    FailoverFailed,
}

/// The body of createHaGroup (inferred).
#[derive(Debug, Deserialize)]
pub(crate) struct GroupSpec {
    appliances: Vec<String>,
}

impl Group {
    pub(crate) fn new(scene: &GroupScene) -> (String, Self) {
        let GroupScene { mesh, active, standby } = scene.clone();
        let group = Group { mesh, active, standby, state: GroupState::Ready };
        (group.id(), group)
    }

    pub(crate) fn name(&self) -> String {
        let (active, standby) = (self.active, self.standby);
        format!("{}-HA-{}{}", self.mesh, active.min(standby), active.max(standby))
    }

    fn id(&self) -> String {
        uid(&["ha-group", &self.name()])
    }

    fn is_formed(&self) -> bool {
        !matches!(self.state, GroupState::Creating | GroupState::Failed)
    }

    fn has(&self, mesh: &str, pair: u32) -> bool {
        self.mesh == mesh && (self.active == pair || self.standby == pair)
    }
}

impl World {
    /// The group that a pair is in; what a failed activation left behind binds nobody.
    pub(crate) fn group_of(&self, mesh: &str, pair: u32) -> Option<&String> {
        let mut all = self.groups.iter().filter(|(_, it)| it.state != GroupState::Failed);
        all.find(|(_, it)| it.has(mesh, pair)).map(|(id, _)| id)
    }

    pub(crate) fn group_json(&self, site: Site, id: &str, group: &Group) -> Value {
        let formed = group.is_formed();
        let (availability, why) = self.availability(group);
        let mut pairs = [(group.active, "ACTIVE"), (group.standby, "STANDBY")];
        pairs.sort_unstable();
        let member = |(n, role): (u32, &str)| {
            let name = appliance_name(site, &group.mesh, n);
            let peer = appliance_name(site.other(), &group.mesh, n);
            json!({
                "applianceId": appliance_id(&name), "applianceName": name,
                "peerApplianceId": appliance_id(&peer), "peerApplianceName": peer,
                "role": if formed { role } else { "UNDECIDED" },
            })
        };
        let over = Over::Group(id.to_owned());
        let count = self.extensions.values().filter(|it| it.over == over).count();
        let switch = self.active_pair(&over).map(|pair| &*pair.switch);
        let at = |site: Site| switch.map(|switch| Self::switch_at(site, switch));
        json!({
            "groupId": id, "name": group.name(), "groupType": "NETWORK_EXTENSION",
            "serviceMeshId": self.meshes.get(&group.mesh).map(|mesh| &mesh.id),
            "groupMembers": pairs.map(member), "policyInfo": { "policy": "ACTIVE_STANDBY" },
            "status": {
                "groupState": group.state, "availabilityState": availability, "availabilityDescription": why,
            },
            "dvsId": at(site).map(switch_id), "dvsName": at(site),
            "remoteDvsId": at(site.other()).map(switch_id), "remoteDvsName": at(site.other()),
            "networkExtensionCount": count, "networkStretchCapacity": CAPACITY,
        })
    }

    /// The words are inferred (section 17).
    fn availability(&self, group: &Group) -> (&'static str, Option<&'static str>) {
        match self.members_up(group) {
            _ if !group.is_formed() => ("UNAVAILABLE", Some("the group is not formed")),
            0 => ("UNAVAILABLE", Some("both pairs are down")),
            1 => ("DEGRADED", Some("a pair is down")),
            _ => ("AVAILABLE", None),
        }
    }

    /// listHaGroups
    pub(crate) fn group_list(&self, site: Site, mesh: Option<&str>) -> Value {
        let of_mesh = |group: &Group| {
            mesh.is_none_or(|id| self.meshes.get(&group.mesh).is_some_and(|mesh| mesh.id == id))
        };
        let all = self.groups.iter().filter(|(_, group)| of_mesh(group));
        json!({ "items": all.map(|(id, group)| self.group_json(site, id, group)).collect::<Vec<_>>() })
    }

    /// getHaGroup
    pub(crate) fn group_by_id(&self, site: Site, id: &str) -> Served {
        match self.groups.get(id) {
            Some(group) => Ok((200, self.group_json(site, id, group))),
            None => not_found("HA group", id),
        }
    }

    /// listHaGroupEvents
    pub(crate) fn group_event_list(&self, mesh: &str) -> Served {
        let mesh = self.mesh_name(mesh)?;
        let event = |it: &GroupEvent| {
            json!({
                "haGroupId": it.group, "haGroupName": it.name, "timestamp": it.at.as_millisecond(),
                "eventCode": it.kind,
                "applianceRoles": { "active": it.active, "standby": it.standby, "undecided": [] },
            })
        };
        let all = self.group_events.iter().filter(|it| it.mesh == mesh);
        Ok((200, json!({ "items": all.map(event).collect::<Vec<_>>() })))
    }

    pub(crate) fn group_event(&mut self, id: &str, kind: EventKind) {
        let Some(group) = self.groups.get(id) else { return };
        let names = |n: u32| Site::BOTH.map(|site| appliance_name(site, &group.mesh, n)).to_vec();
        let (active, standby) = (names(group.active), names(group.standby));
        let (name, mesh) = (group.name(), group.mesh.clone());
        let event = GroupEvent { at: self.now, group: id.to_owned(), name, mesh, kind, active, standby };
        self.group_events.push(event);
    }
}
