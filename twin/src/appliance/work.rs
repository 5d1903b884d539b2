//! What is done to appliances that are there: made anew, upgraded, synchronised, cleared away (`behaviour.md` sections 9.1
//! and 16). The codes of the refusals are inferred.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::appliance::pair::{UnderWay, numbers};
use crate::appliance::{Unit, appliance_name};
use crate::extension::Over;
use crate::fault::Failure;
use crate::http::Site;
use crate::mesh::MeshState;
use crate::profile::in_progress;
use crate::refusal::{Refusal, Served, not_found, refuse};
use crate::scene::NetworkKind;
use crate::task::{NewTask, TaskKind};
use crate::world::{Happening, World};

/// Work on appliances that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Work {
    Redeploy,
    Upgrade,
    ForceSync,
}

/// How an appliance is made anew, from the query of redeployAppliance and upgradeAppliance. What `force` adds is not
/// public: it adds nothing here.
pub(crate) struct Manner {
    /// The new pair is built beside the old one: no interruption, but more addresses.
    in_service: bool,
    /// This site's appliance alone.
    local: bool,
}

impl Manner {
    pub(crate) fn read(method: Option<&str>, local: Option<&str>) -> Result<Self, Refusal> {
        let in_service = match method {
            None | Some("legacy") => false,
            Some("inService") => true,
            Some(other) => {
                return refuse(400, "INVALID_REQUEST", format!("there is no method {other}"));
            }
        };
        Ok(Manner { in_service, local: local == Some("true") })
    }

    /// As Force Sync has it: it interrupts nothing.
    pub(crate) fn quiet() -> Self {
        Manner { in_service: true, local: false }
    }
}

impl Work {
    fn task(self) -> TaskKind {
        match self {
            Work::Redeploy => TaskKind::RedeployAppliance,
            Work::Upgrade => TaskKind::UpgradeAppliance,
            Work::ForceSync => TaskKind::ForceSyncAppliance,
        }
    }

    /// The word for an appliance that it is done to (inferred; `CONFIGURED` was seen).
    pub(crate) fn state(self) -> &'static str {
        match self {
            Work::Redeploy => "REDEPLOYING",
            Work::Upgrade => "UPGRADING",
            Work::ForceSync => "SYNCHRONIZING",
        }
    }
}

impl World {
    /// redeployAppliance, upgradeAppliance, forceSyncAppliance
    pub(crate) fn work_on_appliance(
        &mut self,
        site: Site,
        id: &str,
        work: Work,
        manner: &Manner,
        fails: Option<Failure>,
    ) -> Served {
        let Some((mesh, unit)) = self.unit_by_appliance(site, id) else { return not_found("appliance", id) };
        if self.is_busy(&mesh) {
            return in_progress(&mesh);
        }
        let sites = if manner.local { vec![site] } else { Site::BOTH.to_vec() };
        let mut short = None;
        if work != Work::ForceSync {
            self.may_be_replaced(&mesh, unit)?;
            let profiles = self.meshes.get(&mesh).filter(|_| manner.in_service).map(|it| &it.profiles);
            short = profiles.and_then(|profiles| self.short_of_addresses(profiles, 1));
        }
        if work == Work::Upgrade && !self.is_outdated(&mesh, unit, &sites) {
            return refuse(400, "NO_NEWER_VERSION", "the appliance has the version of its manager");
        }
        let interrupts = !manner.in_service;
        self.begin_work(&mesh, unit, UnderWay { work, interrupts });
        let new = NewTask {
            site,
            kind: work.task(),
            entity: &mesh,
            from: self.now,
            seconds: self.work_seconds(work),
        };
        let what = Happening::Worked { mesh: mesh.clone(), unit, work, sites };
        let task = self.start_task(new, what, fails.or(short.map(Failure::from)));
        Ok((202, json!({ "data": { "interconnectTaskId": task, "applianceId": id } })))
    }

    pub(crate) fn work_seconds(&self, work: Work) -> u64 {
        match work {
            Work::Redeploy | Work::Upgrade => self.durations.redeploy,
            Work::ForceSync => self.durations.sync,
        }
    }

    fn may_be_replaced(&self, mesh: &str, unit: Unit) -> Result<(), Refusal> {
        let Unit::Extension(n) = unit else {
            if self.migrations.active().any(|it| it.mesh == mesh) {
                return refuse(400, "MESH_IN_USE", format!("migrations run over {mesh}"));
            }
            return Ok(());
        };
        // The sources contradict each other about `inService` for members, and the other of a group would not know.
        if self.group_of(mesh, n).is_some() {
            let name = appliance_name(Site::Source, mesh, n);
            let message = format!("{name} is in an HA group: that is redeployed or upgraded as a whole");
            return refuse(400, "APPLIANCE_IN_HA_GROUP", message);
        }
        self.can_be_rebuilt(&Over::Pair { mesh: mesh.to_owned(), pair: n }, 400)
    }

    /// Redeploy and upgrade fail on a stretched port group with ephemeral binding (section 9.1), and while one of its
    /// networks is being extended or taken back (inferred).
    pub(crate) fn can_be_rebuilt(&self, over: &Over, status: u16) -> Result<(), Refusal> {
        for it in self.load(over) {
            let network = self.source.scene.networks.get(&it.network);
            if network.is_some_and(|network| network.kind == NetworkKind::Ephemeral) {
                let message = format!("{} has ephemeral binding and is extended over it", it.network);
                return refuse(status, "EPHEMERAL_NETWORK", message);
            }
            if it.is_under_way() {
                return in_progress(&it.network);
            }
        }
        Ok(())
    }

    /// Whether an appliance of the pair is older than its manager (section 16).
    pub(crate) fn is_outdated(&self, mesh: &str, unit: Unit, sites: &[Site]) -> bool {
        let Some(pair) = self.meshes.get(mesh).and_then(|it| it.unit(unit)) else { return false };
        sites.iter().any(|site| numbers(pair.version.at(*site)) < numbers(&self.site(*site).scene.version))
    }

    pub(crate) fn begin_work(&mut self, mesh: &str, unit: Unit, what: UnderWay) {
        if let Some(pair) = self.meshes.get_mut(mesh).and_then(|it| it.unit_mut(unit)) {
            pair.under_way = Some(what);
        }
    }

    /// Work on a pair is over: what was made anew is healthy.
    pub(crate) fn worked(&mut self, mesh: &str, unit: Unit, work: Work, sites: &[Site], failed: bool) {
        let versions = Site::BOTH.map(|site| (site, self.site(site).scene.version.clone()));
        let Some(pair) = self.meshes.get_mut(mesh).and_then(|it| it.unit_mut(unit)) else { return };
        pair.under_way = None;
        if failed || work == Work::ForceSync {
            return;
        }
        pair.up = true;
        for (site, version) in
            versions.iter().filter(|(site, _)| work == Work::Upgrade && sites.contains(site))
        {
            pair.version.set(*site, version);
        }
    }

    /// It was made anew, and does not come up.
    pub(crate) fn work_spoiled(&mut self, mesh: &str, unit: Unit, work: Work) {
        let pair = self.meshes.get_mut(mesh).and_then(|it| it.unit_mut(unit));
        pair.into_iter().filter(|_| work != Work::ForceSync).for_each(|pair| pair.up = false);
    }

    /// deleteAppliance: the record of one that a failed task left behind
    pub(crate) fn delete_appliance(&mut self, site: Site, id: &str, fails: Option<Failure>) -> Served {
        let Some((name, unit)) = self.unit_by_appliance(site, id) else {
            return not_found("appliance", id);
        };
        if self.is_busy(&name) {
            return in_progress(&name);
        }
        let is_left = self.meshes.get(&name).is_some_and(|mesh| {
            mesh.state == MeshState::DeleteFailed || mesh.unit(unit).is_some_and(|pair| !pair.committed)
        });
        let pair = match unit {
            Unit::Extension(n) if is_left && !self.is_used(&name, n) => n,
            _ => return refuse(400, "APPLIANCE_IN_USE", "the appliance belongs to a service mesh"),
        };
        let (kind, seconds) = (TaskKind::DeleteAppliance, self.durations.remove_pair);
        let new = NewTask { site, kind, entity: &name, from: self.now, seconds };
        let what = Happening::ApplianceCleared { mesh: name.clone(), pair };
        let task = self.start_task(new, what, fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "applianceId": id } })))
    }

    pub(crate) fn appliance_cleared(&mut self, mesh: &str, pair: u32, failed: bool) {
        if let Some(mesh) = self.meshes.get_mut(mesh).filter(|_| !failed) {
            mesh.pairs.remove(&pair);
        }
    }
}
