//! Making, dissolving and failing over HA groups (`behaviour.md` sections 9.2 to 9.4). Refusals in the order and with the
//! codes that section 9.3 proposes.

use jiff::Timestamp;
use serde_json::json;

use crate::alert::Severity;
use crate::appliance::appliance_name;
use crate::appliance::pair::Pair;
use crate::extension::Over;
use crate::fault::Failure;
use crate::ha::{EventKind, Group, GroupSpec, GroupState};
use crate::http::Site;
use crate::profile::in_progress;
use crate::refusal::{Refusal, Served, not_found, refuse};
use crate::task::{NewTask, TaskKind};
use crate::world::{Happening, World};

/// The first version whose appliances can do it (section 9.3).
const OLDEST: [u32; 3] = [4, 3, 0];

/// createHaGroup lists no 404: what its body names and is not there is a 400, as any other precondition.
fn no_appliance<T>(named: &str) -> Result<T, Refusal> {
    refuse(400, "HA_APPLIANCE_NOT_FOUND", format!("there is no appliance {named}"))
}

impl World {
    /// createHaGroup (inferred)
    pub(crate) fn create_group(&mut self, site: Site, spec: &GroupSpec, fails: Option<Failure>) -> Served {
        let [named] = spec.appliances.as_slice() else {
            return refuse(400, "INVALID_REQUEST", "`appliances` names one appliance, HCX picks its partner");
        };
        let Some((mesh, active)) = self.pair_by_appliance(site, named) else {
            return no_appliance(named);
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

    /// Whether a pair may be in a group at all.
    fn may_join(&self, name: &str, chosen: u32, own: &Pair) -> Result<(), Refusal> {
        let appliance = appliance_name(Site::Source, name, chosen);
        if let Err(missing) = self.entitles(name, "high availability") {
            return refuse(400, "HA_LICENSE_REQUIRED", missing.message);
        }
        if self.group_of(name, chosen).is_some() {
            return refuse(409, "HA_ALREADY_MEMBER", format!("{appliance} is in an HA group already"));
        }
        if own.version.is_below(&OLDEST) {
            return refuse(400, "HA_APPLIANCE_VERSION", too_old(&appliance));
        }
        if self.is_loaded(name, chosen) {
            let message = format!("networks are extended over {appliance}");
            return refuse(400, "HA_APPLIANCE_HAS_EXTENSIONS", message);
        }
        if !own.is_up() {
            return refuse(400, "HA_APPLIANCE_NOT_READY", format!("{appliance} is not ready"));
        }
        if self.is_busy(name) { in_progress(name) } else { Ok(()) }
    }

    /// The pair that HCX picks, when the chosen one may be in a group.
    fn partner(&self, name: &str, chosen: u32) -> Result<u32, Refusal> {
        let appliance = appliance_name(Site::Source, name, chosen);
        let Some((mesh, own)) = self.meshes.get(name).and_then(|mesh| Some((mesh, mesh.pairs.get(&chosen)?)))
        else {
            return no_appliance(&appliance);
        };
        self.may_join(name, chosen, own)?;
        let others = mesh.pairs.iter().filter(|(n, pair)| **n != chosen && pair.is_up());
        let free: Vec<(&u32, &Pair)> = others.filter(|(n, _)| !self.is_used(name, **n)).collect();
        let alike = || free.iter().filter(|(_, pair)| pair.switch == own.switch);
        match alike().find(|(_, pair)| !pair.version.is_below(&OLDEST)).or_else(|| alike().next()) {
            Some((n, pair)) if pair.version.is_below(&OLDEST) => {
                let partner = appliance_name(Site::Source, name, **n);
                refuse(400, "HA_APPLIANCE_VERSION", too_old(&partner))
            }
            Some((n, _)) => Ok(**n),
            None if free.is_empty() => {
                let message = format!("there is no free appliance beside {appliance}");
                refuse(400, "HA_NO_ELIGIBLE_PARTNER", message)
            }
            None => {
                let message = format!("no free appliance is on the switch of {appliance}");
                refuse(400, "HA_CONFIGURATION_MISMATCH", message)
            }
        }
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

fn too_old(appliance: &str) -> String {
    format!("{appliance} or its peer is older than HCX 4.3.0, which high availability needs")
}
