//! The world that the two managers share. It knows no clock: whoever asks says what time it is.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alert::{Alert, Watch};
use crate::appliance::Unit;
use crate::appliance::pair::Versions;
use crate::appliance::work::Work;
use crate::extension::segment::Segment;
use crate::extension::{Extension, ExtensionState};
use crate::fault::{Failure, How};
use crate::ha::{Group, GroupEvent, GroupState};
use crate::http::Site;
use crate::lag::Lag;
use crate::mesh::{Counts, Mesh};
use crate::migration::{Migration, Migrations};
use crate::mobility::MobilityGroup;
use crate::profile::compute::Profile;
use crate::scene::{Durations, Edition, PoolScene, Scene, SiteScene};
use crate::task::{Job, Task};

/// Everything there is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) source: SiteState,
    pub(crate) cloud: SiteState,
    pub(crate) paired: bool,
    /// Whether the managers trust each other's certificates.
    pub(crate) trusted: bool,
    /// The names of the source's switches.
    pub(crate) source_switches: Vec<String>,
    /// By name.
    pub(crate) meshes: BTreeMap<String, Mesh>,
    /// By id.
    pub(crate) groups: BTreeMap<String, Group>,
    /// By id.
    pub(crate) extensions: BTreeMap<String, Extension>,
    /// At the destination, by name.
    pub(crate) segments: BTreeMap<String, Segment>,
    /// In the order of their starts.
    pub(crate) migrations: Migrations,
    /// By id.
    pub(crate) mobility: BTreeMap<String, MobilityGroup>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) alerts: Vec<Alert>,
    /// What is down, with the alerts about it.
    pub(crate) watches: Vec<Watch>,
    pub(crate) group_events: Vec<GroupEvent>,
    pub(crate) durations: Durations,
    #[serde(default)]
    pub(crate) lag: Lag,
    /// What is under way, by when it ends; at one moment in the order in which it began.
    due: BTreeMap<Timestamp, Vec<Due>>,
    /// How many ids were given to tasks, jobs and alerts.
    ids: u64,
    /// How often something was changed by a call, or came to its end.
    #[serde(skip)]
    pub(crate) changes: u64,
}

/// One site.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SiteState {
    pub(crate) scene: SiteScene,
    /// Compute profiles by name.
    pub(crate) profiles: BTreeMap<String, Profile>,
    /// By name.
    pub(crate) vms: BTreeMap<String, Vm>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Vm {
    /// The name of the network at its site.
    pub(crate) network: String,
    pub(crate) disk_gb: u64,
    pub(crate) powered: bool,
    /// Its guest does not shut down when it is asked to.
    pub(crate) refuses_shutdown: bool,
    /// The machine of which this is the copy that a bulk migration left behind.
    pub(crate) copy_of: Option<String>,
}

/// Something that is under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Due {
    what: Happening,
    task: Option<String>,
    fails: Option<Failure>,
}

/// What ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Happening {
    MeshMade { mesh: String },
    MeshScaled { mesh: String, counts: Counts },
    MeshResynced { mesh: String },
    MeshRemoved { mesh: String },
    ProfileSet { site: Site, name: String, profile: Option<Profile> },
    NetworkProfileSet { site: Site, name: String, pool: Option<PoolScene>, job: String },
    Paired { is_so: bool, job: String },
    Licensed { site: Site, edition: Edition, job: String },
    GroupFormed { group: String },
    GroupDissolved { group: String, was: GroupState },
    FailedOver { group: String },
    Worked { mesh: String, unit: Unit, work: Work, sites: Vec<Site> },
    ApplianceCleared { mesh: String, pair: u32 },
    GroupHalfWorked { group: String, work: Work },
    GroupWorked { group: String, work: Work },
    GroupRecovered { group: String },
    Extended { extension: String, job: Option<String> },
    Unextended { extension: String, job: String, was: ExtensionState, connect: bool },
    Transitioned { extension: String },
    Transferred { migration: String },
    SwitchedOver { migration: String },
    GroupWindowOpened { group: String },
    WindowOpened { migration: String },
}

impl Happening {
    /// The extension that it is about.
    pub(crate) fn extension(&self) -> Option<&String> {
        match self {
            Happening::Extended { extension, .. }
            | Happening::Unextended { extension, .. }
            | Happening::Transitioned { extension } => Some(extension),
            _ => None,
        }
    }

    /// The job that it ends.
    fn job(&self) -> Option<&String> {
        match self {
            Happening::Extended { job, .. } => job.as_ref(),
            Happening::Unextended { job, .. }
            | Happening::NetworkProfileSet { job, .. }
            | Happening::Paired { job, .. }
            | Happening::Licensed { job, .. } => Some(job),
            _ => None,
        }
    }
}

impl World {
    pub(crate) fn new(scene: &Scene) -> Self {
        let newest = Versions::of(&scene.source.version, &scene.cloud.version);
        let profiles = [&scene.source, &scene.cloud].map(|site| site.compute_profile.name.clone());
        let mut world = World {
            now: Timestamp::UNIX_EPOCH,
            source: SiteState::new(Site::Source, &scene.source),
            cloud: SiteState::new(Site::Cloud, &scene.cloud),
            paired: scene.paired,
            trusted: scene.trusted,
            source_switches: crate::switch::of_scene(scene),
            meshes: scene
                .meshes
                .iter()
                .map(|(name, it)| (name.clone(), Mesh::new(name, it, &newest, &profiles)))
                .collect(),
            groups: scene.ha_groups.iter().map(Group::new).collect(),
            extensions: BTreeMap::new(),
            segments: BTreeMap::new(),
            migrations: Migrations::default(),
            mobility: BTreeMap::new(),
            tasks: Vec::new(),
            jobs: Vec::new(),
            alerts: Vec::new(),
            watches: Vec::new(),
            group_events: Vec::new(),
            durations: scene.durations.clone(),
            lag: Lag::of(scene.lag),
            due: BTreeMap::new(),
            ids: 0,
            changes: 0,
        };
        world.meshes.extend(scene.system_mesh.then(|| Mesh::of_system(&newest, &profiles)));
        scene.meshes.keys().for_each(|name| world.entitle(name));
        let there = scene.extensions.iter().filter_map(|it| Extension::new(it, &world.groups));
        world.extensions = there.collect();
        let there = scene.cloud.segments.iter();
        world.segments = there.filter_map(|(name, it)| Some((name.clone(), Segment::new(it)?))).collect();
        let extended: Vec<String> = world.extensions.keys().cloned().collect();
        extended.iter().for_each(|id| world.attach_segment(id));
        world.groups.keys().cloned().collect::<Vec<_>>().iter().for_each(|id| world.take_over(id));
        world.watch();
        world
    }

    pub(crate) fn site(&self, site: Site) -> &SiteState {
        match site {
            Site::Source => &self.source,
            Site::Cloud => &self.cloud,
        }
    }

    pub(crate) fn site_mut(&mut self, site: Site) -> &mut SiteState {
        match site {
            Site::Source => &mut self.source,
            Site::Cloud => &mut self.cloud,
        }
    }

    /// Finishes what is due until then, in order.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        while let Some(entry) = self.due.first_entry().filter(|entry| *entry.key() <= now) {
            let (at, all) = entry.remove_entry();
            self.now = self.now.max(at);
            all.into_iter().for_each(|due| self.end(due));
            self.changes += 1;
            self.watch();
        }
        self.now = self.now.max(now);
    }

    /// Until when everything stays as it is unless a call changes it.
    pub(crate) fn is_still_until(&self) -> Timestamp {
        let next = self.due.keys().next().copied().unwrap_or(Timestamp::MAX);
        if self.lag.is_on() { self.now } else { next }
    }

    /// Moves what is under way to another time: a snapshot goes on as if no time had passed since.
    pub(crate) fn move_to(&mut self, now: Timestamp) {
        let by = now.duration_since(self.now);
        let moved = |at: Timestamp| at.checked_add(by).unwrap_or(Timestamp::MAX);
        self.now = now;
        self.due = std::mem::take(&mut self.due).into_iter().map(|(at, all)| (moved(at), all)).collect();
        self.tasks.iter_mut().for_each(|it| (it.started, it.ends) = (moved(it.started), moved(it.ends)));
        self.jobs.iter_mut().for_each(|it| (it.started, it.ends) = (moved(it.started), moved(it.ends)));
        let migration = |it: Migration| Migration { transfer_began: it.transfer_began.map(moved), ..it };
        self.migrations =
            Vec::from(std::mem::take(&mut self.migrations)).into_iter().map(migration).collect();
    }

    /// An id that nothing else had or will have, of something that happens more than once.
    pub(crate) fn new_id(&mut self, kind: &str, about: &str) -> String {
        self.ids += 1;
        uid(&[kind, about, &self.ids.to_string()])
    }

    /// Forgets what only a history tells: tasks and jobs that went well, events, alerts, when things were made.
    pub(crate) fn forget_history(&mut self) {
        let now = self.now;
        self.tasks.retain(|it| it.ends > now || it.is_failed());
        self.jobs.retain(|it| it.ends > now || it.outcome == Some(false));
        let ended = self.tasks.iter_mut().filter(|it| it.ends <= now);
        ended.for_each(|it| (it.started, it.ends) = (now, now));
        let ended = self.jobs.iter_mut().filter(|it| it.ends <= now);
        ended.for_each(|it| (it.started, it.ends) = (now, now));
        self.group_events.clear();
        self.alerts.clear();
        self.extensions.values_mut().for_each(|it| it.created = now);
        let forget = |it: Migration| Migration {
            created: now,
            transfer_began: it.transfer_began.filter(|_| it.is_active()),
            ..it
        };
        self.migrations = Vec::from(std::mem::take(&mut self.migrations)).into_iter().map(forget).collect();
    }

    /// Lets something end after so many seconds.
    pub(crate) fn later(&mut self, seconds: u64, what: Happening, fails: Option<String>) {
        let at = self.after(seconds);
        self.end_at(at, what, None, fails.map(Failure::from));
    }

    /// Lets something end at a moment, and with it a task.
    pub(crate) fn end_at(
        &mut self,
        at: Timestamp,
        what: Happening,
        task: Option<String>,
        fails: Option<Failure>,
    ) {
        self.changes += 1;
        self.due.entry(at).or_default().push(Due { what, task, fails });
    }

    pub(crate) fn after(&self, seconds: u64) -> Timestamp {
        self.now.checked_add(Duration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }

    /// When everything that meets the condition has ended: what queues behind it begins then.
    pub(crate) fn idle_from(&self, is_meant: impl Fn(&Happening) -> bool) -> Timestamp {
        let meant = self.due.iter().filter(|(_, all)| all.iter().any(|due| is_meant(&due.what)));
        meant.map(|(at, _)| *at).next_back().unwrap_or(self.now)
    }

    /// Whatever is under way and meets the condition comes to nothing.
    pub(crate) fn forget(&mut self, is_meant: impl Fn(&Happening) -> bool) {
        self.changes += 1;
        self.due.values_mut().for_each(|all| all.retain(|due| !is_meant(&due.what)));
    }

    /// Whether something of an extension is under way.
    pub(crate) fn is_due_for(&self, extension: &String) -> bool {
        self.due.values().flatten().any(|due| due.what.extension() == Some(extension))
    }

    fn end(&mut self, due: Due) {
        self.remember_the_first();
        let by = due.task.as_ref().and_then(|id| self.site_of_task(id)).unwrap_or(Site::Source);
        self.take_place(due);
        self.remember_change(by);
    }

    fn take_place(&mut self, due: Due) {
        let Due { what, task, fails } = due;
        if fails.as_ref().is_some_and(|it| it.how == How::Lost) {
            return self.lose(task.as_ref(), what.job());
        }
        let message = fails.as_ref().map(|it| it.message.clone());
        if let Some(task) = task {
            self.end_task(&task, message.clone());
        }
        match fails {
            Some(Failure { message, how: How::Late }) => {
                self.happen(&what, None);
                self.spoil(&what, message);
            }
            _ => self.happen(&what, message),
        }
    }

    /// Something takes place, or fails before it does.
    fn happen(&mut self, what: &Happening, fails: Option<String>) {
        let failed = fails.is_some();
        match what {
            Happening::MeshMade { mesh } => self.mesh_made(mesh, failed),
            Happening::MeshScaled { mesh, counts } => self.mesh_scaled(mesh, counts, failed),
            Happening::MeshResynced { mesh } => self.mesh_resynced(mesh, failed),
            Happening::MeshRemoved { mesh } => self.mesh_removed(mesh, failed),
            Happening::ProfileSet { .. } if failed => {}
            Happening::ProfileSet { site, name, profile } => self.profile_set(*site, name, profile.as_ref()),
            Happening::NetworkProfileSet { site, name, pool, job } => {
                self.end_job(job, failed);
                if !failed {
                    self.network_profile_set(*site, name, pool.as_ref());
                }
            }
            Happening::Paired { is_so, job } => {
                self.end_job(job, failed);
                self.paired = if failed { self.paired } else { *is_so };
            }
            Happening::Licensed { site, edition, job } => {
                self.end_job(job, failed);
                if !failed {
                    self.site_mut(*site).scene.edition = *edition;
                }
            }
            Happening::GroupFormed { group } => self.group_formed(group, failed),
            Happening::GroupDissolved { group, was } => self.group_dissolved(group, *was, failed),
            Happening::FailedOver { group } => self.failed_over(group, failed),
            Happening::Worked { mesh, unit, work, sites } => self.worked(mesh, *unit, *work, sites, failed),
            Happening::ApplianceCleared { mesh, pair } => self.appliance_cleared(mesh, *pair, failed),
            Happening::GroupHalfWorked { group, work } => self.group_half_worked(group, *work),
            Happening::GroupWorked { group, work } => self.group_worked(group, *work, failed),
            Happening::GroupRecovered { group } => self.group_recovered(group, failed),
            Happening::Extended { extension, job } => self.extended(extension, job.as_deref(), fails),
            Happening::Unextended { extension, job, was, connect } => {
                self.end_job(job, failed);
                match fails {
                    None => self.unextended(extension, *connect),
                    Some(message) => self.not_unextended(extension, *was, message),
                }
            }
            Happening::Transitioned { extension } => self.transitioned(extension, fails),
            Happening::Transferred { migration } => self.transferred(migration, fails),
            Happening::SwitchedOver { migration } => self.switched_over(migration, fails),
            Happening::GroupWindowOpened { group } => self.group_window_opened(group),
            Happening::WindowOpened { migration } => self.window_opened(migration),
        }
    }

    /// Something took place, and what brought it about fails all the same.
    fn spoil(&mut self, what: &Happening, message: String) {
        match what {
            Happening::MeshMade { mesh } | Happening::MeshScaled { mesh, .. } => self.mesh_spoiled(mesh),
            Happening::Extended { extension, job } => self.extended(extension, job.as_deref(), Some(message)),
            Happening::Unextended { job, .. }
            | Happening::NetworkProfileSet { job, .. }
            | Happening::Paired { job, .. }
            | Happening::Licensed { job, .. } => self.end_job(job, true),
            Happening::Worked { mesh, unit, work, .. } => self.work_spoiled(mesh, *unit, *work),
            Happening::GroupWorked { group, work } => self.group_work_spoiled(group, *work),
            Happening::Transitioned { extension } => self.transition_spoiled(extension, message),
            // The task or the job says that it failed, and everything else that it went well.
            _ => {}
        }
    }
}

impl SiteState {
    fn new(site: Site, scene: &SiteScene) -> Self {
        let vm = |vm: &crate::scene::VmScene| Vm {
            network: vm.network.clone(),
            disk_gb: vm.disk_gb,
            powered: vm.powered,
            refuses_shutdown: vm.refuses_shutdown,
            copy_of: None,
        };
        let mut scene = scene.clone();
        if scene.network_profiles.is_empty() {
            scene.network_profiles = crate::profile::network::usual_pools(site, &scene.name);
        }
        let vms = scene.vms.iter().map(|(name, it)| (name.clone(), vm(it))).collect();
        Self { profiles: crate::profile::compute::of_scene(&scene), vms, scene }
    }
}

/// An id that looks like a UUID and follows from what it names, so that two histories that lead to the same things
/// lead to the same ids.
pub(crate) fn uid(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    parts.iter().for_each(|part| {
        hasher.update(part.as_bytes()).update(&[0]);
    });
    let hex = hasher.finalize().to_hex();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// How much of the time from a start to an end has passed, from 0 to 1.
pub(crate) fn passed(now: Timestamp, start: Timestamp, end: Timestamp) -> f64 {
    let (whole, so_far) = (end.duration_since(start), now.duration_since(start));
    if whole <= SignedDuration::ZERO { 1.0 } else { so_far.div_duration_f64(whole).clamp(0.0, 1.0) }
}
