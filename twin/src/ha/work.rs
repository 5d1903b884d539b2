//! What is done to HA groups that are there: made anew, upgraded, synchronised, recovered (`behaviour.md` section 9.4).
//! Redeploy and upgrade take the standby pair first, then switch over, then take the former active pair, which stays
//! standby: the roles end swapped. That redeploy does as the upgrade is inferred, as are the codes of the refusals.

use serde_json::json;

use crate::appliance::Unit;
use crate::appliance::pair::{Pair, UnderWay};
use crate::appliance::work::Work;
use crate::extension::Over;
use crate::fault::{Failure, How};
use crate::ha::{Group, GroupState};
use crate::http::Site;
use crate::profile::in_progress;
use crate::refusal::{Refusal, Served, not_found, refuse};
use crate::task::TaskKind;
use crate::world::{Happening, World};

impl World {
    /// A group on which nothing is under way, nor on its mesh.
    fn idle_group(&self, id: &str) -> Result<&Group, Refusal> {
        let Some(group) = self.groups.get(id) else { return not_found("HA group", id) };
        if group.state != GroupState::Ready {
            return refuse(409, "HA_GROUP_NOT_READY", format!("HA group {} is not ready", group.name()));
        }
        if self.is_busy(&group.mesh) {
            return in_progress(&group.mesh);
        }
        Ok(group)
    }

    /// redeployHaGroup, upgradeHaGroup, forceSyncHaGroup (paths inferred)
    pub(crate) fn work_on_group(
        &mut self,
        site: Site,
        id: &str,
        work: Work,
        fails: Option<Failure>,
    ) -> Served {
        let group = self.idle_group(id)?;
        let (mesh, standby) = (group.mesh.clone(), group.standby);
        let outdated = |n: u32| self.is_outdated(&mesh, Unit::Extension(n), &Site::BOTH);
        if work == Work::Upgrade && ![group.active, standby].into_iter().any(outdated) {
            return refuse(409, "NO_NEWER_VERSION", "its appliances have the versions of their managers");
        }
        let (kind, mut seconds) = match work {
            Work::Redeploy => (TaskKind::RedeployHaGroup, 0),
            Work::Upgrade => (TaskKind::UpgradeHaGroup, 0),
            Work::ForceSync => (TaskKind::ForceSyncHaGroup, self.work_seconds(work)),
        };
        if work != Work::ForceSync {
            self.can_be_rebuilt(&Over::Group(id.to_owned()), 409)?;
            let half = self.work_seconds(work) + self.durations.failover;
            seconds = half + self.work_seconds(work);
            self.begin_work(&mesh, Unit::Extension(standby), UnderWay { work, interrupts: true });
            if fails.as_ref().is_none_or(|it| it.how == How::Late) {
                self.later(half, Happening::GroupHalfWorked { group: id.to_owned(), work }, None);
            }
        }
        let what = Happening::GroupWorked { group: id.to_owned(), work };
        Ok(self.busy_group(site, kind, id, seconds, what, fails))
    }

    fn busy_group(
        &mut self,
        site: Site,
        kind: TaskKind,
        id: &str,
        seconds: u64,
        what: Happening,
        fails: Option<Failure>,
    ) -> (u16, serde_json::Value) {
        if let Some(group) = self.groups.get_mut(id) {
            group.state = GroupState::Updating;
        }
        let task = self.group_task(site, kind, id, (self.now, seconds), what, fails);
        (202, json!({ "data": { "interconnectTaskId": task, "groupId": id } }))
    }

    /// The standby pair is done: it takes over, and the former active one follows.
    pub(crate) fn group_half_worked(&mut self, id: &str, work: Work) {
        let Some(group) = self.groups.get(id) else { return };
        let (mesh, done, next) = (group.mesh.clone(), group.standby, group.active);
        self.worked(&mesh, Unit::Extension(done), work, &Site::BOTH, false);
        self.begin_work(&mesh, Unit::Extension(next), UnderWay { work, interrupts: true });
        self.swap_roles(id);
    }

    pub(crate) fn group_worked(&mut self, id: &str, work: Work, failed: bool) {
        let Some(group) = self.groups.get_mut(id) else { return };
        group.state = GroupState::Ready;
        let (mesh, last) = (group.mesh.clone(), Unit::Extension(group.standby));
        if work != Work::ForceSync {
            self.worked(&mesh, last, work, &Site::BOTH, failed);
        }
    }

    /// The pair that was done last does not come up: the group is degraded.
    pub(crate) fn group_work_spoiled(&mut self, id: &str, work: Work) {
        let Some(group) = self.groups.get(id) else { return };
        let (mesh, last) = (group.mesh.clone(), Unit::Extension(group.standby));
        self.work_spoiled(&mesh, last, work);
    }

    /// recoverHaGroup (path and meaning inferred): brings members back that are down; changes no role
    pub(crate) fn recover_group(&mut self, site: Site, id: &str, fails: Option<Failure>) -> Served {
        let group = self.idle_group(id)?;
        if self.members_up(group) == 2 {
            return refuse(409, "HA_GROUP_NOT_DEGRADED", format!("both pairs of {} are up", group.name()));
        }
        let what = Happening::GroupRecovered { group: id.to_owned() };
        Ok(self.busy_group(site, TaskKind::RecoverHaGroup, id, self.durations.redeploy, what, fails))
    }

    pub(crate) fn group_recovered(&mut self, id: &str, failed: bool) {
        let Some(group) = self.groups.get_mut(id) else { return };
        group.state = GroupState::Ready;
        let members = [group.active, group.standby];
        let mesh = self.meshes.get_mut(&group.mesh).filter(|_| !failed);
        let pairs = mesh.into_iter().flat_map(|mesh| &mut mesh.pairs);
        pairs.filter(|(n, _)| members.contains(n)).for_each(|(_, pair)| pair.up = true);
    }

    /// How many of a group's two pairs carry traffic, or could.
    pub(crate) fn members_up(&self, group: &Group) -> usize {
        let pairs = self.meshes.get(&group.mesh).map(|mesh| &mesh.pairs);
        let is_up = |n: &u32| pairs.and_then(|all| all.get(n)).is_some_and(Pair::is_up);
        [group.active, group.standby].iter().filter(|n| is_up(n)).count()
    }
}
