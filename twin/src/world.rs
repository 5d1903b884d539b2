//! The world that the two managers share. It knows no clock: whoever asks says what time it is.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::http::Site;
use crate::scene::{Durations, Scene, SiteScene};

/// Everything there is.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) source: SiteState,
    pub(crate) cloud: SiteState,
    pub(crate) paired: bool,
    /// By name.
    pub(crate) meshes: BTreeMap<String, Mesh>,
    /// By id.
    pub(crate) groups: BTreeMap<String, Group>,
    /// By id.
    pub(crate) extensions: BTreeMap<String, Extension>,
    /// In the order of their starts.
    pub(crate) migrations: Vec<Migration>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) durations: Durations,
    due: BTreeMap<(Timestamp, u64), Due>,
    next: u64,
}

/// One site.
#[derive(Debug, Clone)]
pub(crate) struct SiteState {
    pub(crate) scene: SiteScene,
    /// By name.
    pub(crate) vms: BTreeMap<String, Vm>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Vm {
    /// The name of the network at its site.
    pub(crate) network: String,
    pub(crate) disk_gb: u64,
    pub(crate) powered: bool,
    pub(crate) folder: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct Mesh {
    pub(crate) id: String,
    pub(crate) count: u32,
    pub(crate) state: &'static str,
    pub(crate) services: Vec<String>,
    pub(crate) pairs: BTreeMap<u32, Pair>,
    pub(crate) last_task: Option<String>,
}

/// An appliance at the source with its peer in the cloud.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    pub(crate) version: String,
    pub(crate) up: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) mesh: String,
    /// Numbers of the pairs: the active one first.
    pub(crate) pairs: [u32; 2],
    pub(crate) state: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct Extension {
    pub(crate) network: String,
    pub(crate) gateway: String,
    pub(crate) netmask: String,
    pub(crate) router: String,
    pub(crate) over: Over,
    pub(crate) state: &'static str,
}

/// What carries an extension.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Over {
    Pair { mesh: String, pair: u32 },
    Group(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Migration {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) vm: String,
    pub(crate) entity: String,
    pub(crate) from: Site,
    pub(crate) to_network: String,
    pub(crate) state: &'static str,
    pub(crate) message: String,
    pub(crate) created: Timestamp,
    pub(crate) bytes: u64,
}

impl Migration {
    pub(crate) fn is_active(&self) -> bool {
        !matches!(self.state, "MIGRATED" | "MIGRATE_FAILED" | "MIGRATE_CANCELED")
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) entity: String,
    pub(crate) status: &'static str,
    pub(crate) error: Option<String>,
    pub(crate) started: Timestamp,
}

#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) done: bool,
    pub(crate) failed: bool,
}

/// Something that is under way.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) what: Happening,
    pub(crate) task: Option<String>,
    /// It comes to nothing, for this reason.
    pub(crate) fails: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum Happening {
    MeshMade { mesh: String },
    MeshScaled { mesh: String, count: u32 },
    MeshRemoved { mesh: String },
    GroupFormed { group: String },
    GroupDissolved { group: String },
    FailedOver { group: String },
    Extended { extension: String },
    Unextended { extension: String, job: String },
    Transferred { migration: String },
    SwitchedOver { migration: String },
}

impl World {
    pub(crate) fn new(scene: &Scene) -> Self {
        let mut world = World {
            now: Timestamp::UNIX_EPOCH,
            source: SiteState::new(&scene.source),
            cloud: SiteState::new(&scene.cloud),
            paired: scene.paired,
            meshes: BTreeMap::new(),
            groups: BTreeMap::new(),
            extensions: BTreeMap::new(),
            migrations: Vec::new(),
            tasks: Vec::new(),
            jobs: Vec::new(),
            durations: scene.durations.clone(),
            due: BTreeMap::new(),
            next: 0,
        };
        for (name, mesh) in &scene.meshes {
            let pair = Pair { version: mesh.version.clone(), up: true };
            let made = Mesh {
                id: format!("servicemesh-{}", uid(&["mesh", name])),
                count: mesh.appliances,
                state: "COMMITTED",
                services: ["INTERCONNECT", "VMOTION", "BULK_MIGRATION", "RAV", "NETWORK_EXTENSION"]
                    .map(str::to_owned)
                    .into(),
                pairs: (1..=mesh.appliances).map(|n| (n, pair.clone())).collect(),
                last_task: None,
            };
            world.meshes.insert(name.clone(), made);
        }
        for it in &scene.extensions {
            let (gateway, prefix) = it.gateway.split_once('/').unwrap_or((&it.gateway, "24"));
            let extension = Extension {
                network: it.network.clone(),
                gateway: gateway.to_owned(),
                netmask: netmask(prefix.parse().unwrap_or(24)),
                router: it.router.clone(),
                over: Over::Pair { mesh: it.mesh.clone(), pair: it.pair },
                state: "COMPLETED",
            };
            world.extensions.insert(uid(&["extension", &it.network]), extension);
        }
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
        while let Some((at, seq)) = self.due.keys().next().copied().filter(|(at, _)| *at <= now) {
            if let Some(due) = self.due.remove(&(at, seq)) {
                self.now = self.now.max(at);
                self.happen(due);
            }
        }
        self.now = self.now.max(now);
    }

    pub(crate) fn later(
        &mut self,
        seconds: u64,
        what: Happening,
        task: Option<String>,
        fails: Option<String>,
    ) {
        let at = self.now.checked_add(Duration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        self.next += 1;
        self.due.insert((at, self.next), Due { what, task, fails });
    }

    /// Whatever is under way and meets the condition comes to nothing.
    pub(crate) fn forget(&mut self, is_meant: impl Fn(&Happening) -> bool) {
        self.due.retain(|_, due| !is_meant(&due.what));
    }

    /// A task that runs.
    pub(crate) fn start_task(&mut self, kind: &'static str, entity: &str) -> String {
        let number = self.tasks.len().to_string();
        let id = uid(&["task", kind, entity, &number]);
        let (entity, started) = (entity.to_owned(), self.now);
        self.tasks.push(Task { id: id.clone(), kind, entity, status: "RUNNING", error: None, started });
        id
    }

    pub(crate) fn end_task(&mut self, id: &str, error: Option<String>) {
        if let Some(task) = self.tasks.iter_mut().find(|task| task.id == id) {
            task.status = if error.is_some() { "FAILED" } else { "SUCCESS" };
            task.error = error;
        }
    }

    /// Whether an operation runs on this mesh, or on something of it.
    pub(crate) fn is_busy(&self, mesh: &str) -> bool {
        self.tasks.iter().any(|task| task.status == "RUNNING" && task.entity == mesh)
    }

    fn happen(&mut self, due: Due) {
        let Due { what, task, fails } = due;
        if let Some(task) = task {
            self.end_task(&task, fails.clone());
        }
        match what {
            Happening::MeshMade { mesh } => self.mesh_made(&mesh, fails.is_some()),
            Happening::MeshScaled { mesh, count } => self.mesh_scaled(&mesh, count, fails.is_some()),
            Happening::MeshRemoved { mesh } => self.mesh_removed(&mesh, fails.is_some()),
            Happening::GroupFormed { group } => self.group_formed(&group, fails.is_some()),
            Happening::GroupDissolved { group } => self.group_dissolved(&group, fails.is_some()),
            Happening::FailedOver { group } => self.failed_over(&group, fails.is_some()),
            Happening::Extended { extension } => self.extended(&extension, fails.is_some()),
            Happening::Unextended { extension, job } => self.unextended(&extension, &job, fails.is_some()),
            Happening::Transferred { migration } => self.transferred(&migration, fails),
            Happening::SwitchedOver { migration } => self.switched_over(&migration, fails),
        }
    }
}

impl SiteState {
    fn new(scene: &SiteScene) -> Self {
        let vm = |vm: &crate::scene::VmScene| Vm {
            network: vm.network.clone(),
            disk_gb: vm.disk_gb,
            powered: true,
            folder: "",
        };
        Self {
            scene: scene.clone(),
            vms: scene.vms.iter().map(|(name, it)| (name.clone(), vm(it))).collect(),
        }
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

pub(crate) fn netmask(prefix: u32) -> String {
    let bits = u32::MAX.checked_shl(32 - prefix.min(32)).unwrap_or(0);
    std::net::Ipv4Addr::from(bits).to_string()
}
