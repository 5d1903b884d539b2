//! HA groups (`behaviour.md` sections 9.2 to 9.4). Refusals in the order and with the codes that section 9.3 proposes.

mod work;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::alert::Severity;
use crate::appliance::pair::Pair;
use crate::appliance::{appliance_id, appliance_name};
use crate::extension::Over;
use crate::fault::Failure;
use crate::http::Site;
use crate::profile::in_progress;
use crate::refusal::{Refusal, Served, not_found, refuse};
use crate::scene::{Edition, GroupScene};
use crate::switch::switch_id;
use crate::task::{NewTask, TaskKind};
use crate::world::{Happening, World, uid};

/// How many networks a pair of appliances carries (section 9.1).
pub(crate) const CAPACITY: usize = 8;

/// The first version whose appliances can do it (section 9.3).
const OLDEST: [u32; 3] = [4, 3, 0];

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
    /// The better of the two sites' editions (section 5, inferred).
    pub(crate) fn is_enterprise(&self) -> bool {
        Site::BOTH.iter().any(|site| self.site(*site).scene.edition == Edition::Enterprise)
    }

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

    /// createHaGroup (inferred)
    pub(crate) fn create_group(&mut self, site: Site, spec: &GroupSpec, fails: Option<Failure>) -> Served {
        let [named] = spec.appliances.as_slice() else {
            return refuse(400, "INVALID_REQUEST", "`appliances` names one appliance, HCX picks its partner");
        };
        let Some((mesh, active)) = self.pair_by_appliance(site, named) else {
            return not_found("appliance", named);
        };
        let standby = self.partner(&mesh, active)?;
        let group = Group { mesh: mesh.clone(), active, standby, state: GroupState::Creating };
        let id = group.id();
        self.groups.insert(id.clone(), group);
        let (kind, what) = (TaskKind::CreateHaGroup, Happening::GroupFormed { group: id.clone() });
        let task = self.group_task(site, kind, &id, (self.now, self.durations.activate), what, fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "groupId": id } })))
    }

    /// A task of a group, from when on and how many seconds; it stands for an operation on its mesh.
    pub(crate) fn group_task(
        &mut self,
        site: Site,
        kind: TaskKind,
        id: &str,
        (from, seconds): (Timestamp, u64),
        what: Happening,
        fails: Option<Failure>,
    ) -> String {
        let mesh = self.groups.get(id).map(|it| it.mesh.clone()).unwrap_or_default();
        self.start_task(NewTask { site, kind, entity: &mesh, from, seconds }, what, fails)
    }

    /// The pair that HCX picks, when the chosen one may be in a group at all.
    fn partner(&self, name: &str, chosen: u32) -> Result<u32, Refusal> {
        let appliance = appliance_name(Site::Source, name, chosen);
        let Some((mesh, own)) = self.meshes.get(name).and_then(|mesh| Some((mesh, mesh.pairs.get(&chosen)?)))
        else {
            return not_found("appliance", &appliance);
        };
        if !self.is_enterprise() {
            return refuse(400, "HA_LICENSE_REQUIRED", "high availability needs an HCX Enterprise license");
        }
        if self.group_of(name, chosen).is_some() {
            return refuse(409, "HA_ALREADY_MEMBER", format!("{appliance} is in an HA group already"));
        }
        if mesh.pairs.values().any(|pair| pair.version.is_below(&OLDEST)) {
            let message = "high availability needs appliances of HCX 4.3.0 or later";
            return refuse(400, "HA_APPLIANCE_VERSION", message);
        }
        if self.is_loaded(name, chosen) {
            let message = format!("networks are extended over {appliance}");
            return refuse(400, "HA_APPLIANCE_HAS_EXTENSIONS", message);
        }
        if !own.is_up() {
            return refuse(400, "HA_APPLIANCE_NOT_READY", format!("{appliance} is not ready"));
        }
        if self.is_busy(name) {
            return in_progress(name);
        }
        let mut free = mesh
            .pairs
            .iter()
            .filter(|(n, pair)| **n != chosen && pair.is_up() && !self.is_used(name, **n))
            .peekable();
        if free.peek().is_none() {
            let message = format!("there is no free appliance beside {appliance}");
            return refuse(400, "HA_NO_ELIGIBLE_PARTNER", message);
        }
        let Some((n, _)) = free.find(|(_, pair)| pair.switch == own.switch) else {
            let message = format!("no free appliance is on the switch of {appliance}");
            return refuse(400, "HA_CONFIGURATION_MISMATCH", message);
        };
        Ok(*n)
    }

    pub(crate) fn group_formed(&mut self, id: &str, failed: bool) {
        if let Some(group) = self.groups.get_mut(id) {
            group.state = if failed { GroupState::Failed } else { GroupState::Ready };
        }
        self.group_event(id, if failed { EventKind::CreationFailed } else { EventKind::Created });
    }

    /// deleteHaGroup; `force` moves extensions to the appliance that is active (section 9.4)
    pub(crate) fn delete_group(
        &mut self,
        site: Site,
        id: &str,
        force: bool,
        fails: Option<Failure>,
    ) -> Served {
        let Some(group) = self.groups.get(id) else { return not_found("HA group", id) };
        if self.is_busy(&group.mesh) {
            return in_progress(&group.mesh);
        }
        if !force && self.load(&Over::Group(id.to_owned())).next().is_some() {
            return refuse(409, "HA_GROUP_IN_USE", "networks are extended over the group");
        }
        let from = self.idle_from(|what| self.is_on(what, &Over::Group(id.to_owned())));
        let was = group.state;
        if let Some(group) = self.groups.get_mut(id) {
            group.state = GroupState::Deleting;
        }
        let (kind, what) = (TaskKind::DeleteHaGroup, Happening::GroupDissolved { group: id.to_owned(), was });
        let task = self.group_task(site, kind, id, (from, self.durations.deactivate), what, fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "groupId": id } })))
    }

    pub(crate) fn group_dissolved(&mut self, id: &str, was: GroupState, failed: bool) {
        self.group_event(id, if failed { EventKind::DeletionFailed } else { EventKind::Deleted });
        if failed {
            if let Some(group) = self.groups.get_mut(id) {
                group.state = was;
            }
        } else if let Some(group) = self.groups.remove(id) {
            let alone = Over::Pair { mesh: group.mesh, pair: group.active };
            let over = Over::Group(id.to_owned());
            let moved = self.extensions.values_mut().filter(|it| it.over == over);
            moved.for_each(|it| it.over = alone.clone());
        }
    }

    /// When the active pair is down and the standby is not, that takes over, for good: no preemption (section 9.2).
    pub(crate) fn take_over(&mut self, id: &str) {
        let Some(group) = self.groups.get(id) else { return };
        let pairs = self.meshes.get(&group.mesh).map(|mesh| &mesh.pairs);
        let is_up = |n: u32| pairs.and_then(|all| all.get(&n)).is_some_and(Pair::is_up);
        if !is_up(group.active) && is_up(group.standby) {
            self.swap_roles(id);
        }
    }

    pub(crate) fn swap_roles(&mut self, id: &str) {
        if let Some(group) = self.groups.get_mut(id) {
            (group.active, group.standby) = (group.standby, group.active);
        }
        self.group_event(id, EventKind::Failover);
        if let Some(group) = self.groups.get(id) {
            let active = appliance_name(Site::Source, &group.mesh, group.active);
            let message = format!("{active} is active now in HA group {}", group.name());
            self.raise(Severity::Info, self.entity_of_group(id), message);
        }
    }

    /// forceFailoverHaGroup: every call swaps the roles
    pub(crate) fn fail_over(&mut self, site: Site, id: &str, fails: Option<Failure>) -> Served {
        let Some(group) = self.groups.get(id) else { return not_found("HA group", id) };
        let standby = self.meshes.get(&group.mesh).and_then(|mesh| mesh.pairs.get(&group.standby));
        if group.state != GroupState::Ready {
            return refuse(
                409,
                "HA_GROUP_NOT_READY",
                format!("another action runs on group {}", group.name()),
            );
        }
        if standby.is_none_or(|pair| !pair.is_up()) {
            return refuse(409, "HA_NO_HEALTHY_STANDBY", format!("{} has no healthy standby", group.name()));
        }
        let from = self.idle_from(|what| self.is_on(what, &Over::Group(id.to_owned())));
        if let Some(group) = self.groups.get_mut(id) {
            group.state = GroupState::Updating;
        }
        let (kind, what) = (TaskKind::ForceFailover, Happening::FailedOver { group: id.to_owned() });
        let task = self.group_task(site, kind, id, (from, self.durations.failover), what, fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "groupId": id } })))
    }

    pub(crate) fn failed_over(&mut self, id: &str, failed: bool) {
        if let Some(group) = self.groups.get_mut(id) {
            group.state = GroupState::Ready;
        }
        if failed {
            self.group_event(id, EventKind::FailoverFailed);
        } else {
            self.swap_roles(id);
        }
    }
}
