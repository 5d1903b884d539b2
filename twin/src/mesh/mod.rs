//! Service meshes (`behaviour.md` section 8): what they are and what a manager shows of them.

pub(crate) mod counts;
mod edit;
mod make;
mod remove;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::appliance::pair::{Pair, Versions, numbers};
use crate::appliance::{Unit, appliance_name};
use crate::fault::Failure;
use crate::http::Site;
use crate::profile::compute::profile_id;
use crate::refusal::{Refusal, Served, not_found, refuse};
use crate::scene::{Edition, MeshScene};
use crate::switch::USUAL_SWITCH;
use crate::task::{NewTask, TaskKind};
use crate::world::{Happening, World, uid};

pub(crate) use counts::Counts;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Mesh {
    pub(crate) id: String,
    /// Network Extension appliances on each site, as committed.
    pub(crate) counts: Counts,
    pub(crate) state: MeshState,
    pub(crate) backing: Backing,
    pub(crate) services: Vec<String>,
    /// Its compute profiles by name, the source's first.
    pub(crate) profiles: [String; 2],
    /// By number. While an edit runs, and after one that failed, there can be more than are committed.
    pub(crate) pairs: BTreeMap<u32, Pair>,
    /// There only with the service of that name.
    pub(crate) interconnect: Pair,
    pub(crate) last_task: Option<String>,
    /// Its task vanished, and it takes no other one until a resync (sections 4 and 13).
    pub(crate) blocked: bool,
    /// A compute profile of it was edited since, which it does not know of before a resync or an edit (section 8.1).
    pub(crate) is_outdated: bool,
    /// What it is entitled to, as of its last edit (section 5).
    pub(crate) edition: Edition,
}

/// `COMMITTED` and `UPDATE_FAILED` were seen (section 8), the other words are inferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum MeshState {
    Creating,
    Committed,
    Updating,
    Deleting,
    CreateFailed,
    UpdateFailed,
    DeleteFailed,
}

/// What its interconnect appliances are built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Backing {
    Photon,
    Edge,
    /// The system's own mesh (section 1).
    NotApplicable,
}

pub(crate) const USUAL_SERVICES: [&str; 5] =
    ["INTERCONNECT", "VMOTION", "BULK_MIGRATION", "RAV", "NETWORK_EXTENSION"];

pub(crate) fn services(names: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Value> {
    names.into_iter().map(|name| json!({ "name": name.as_ref() })).collect()
}

impl Backing {
    /// From 9.1.1 on every new mesh uses Edge (section 8).
    pub(crate) fn of_new(version: &str) -> Self {
        if numbers(version).as_slice() < [9, 1, 1].as_slice() { Backing::Photon } else { Backing::Edge }
    }
}

impl Mesh {
    /// One that is there already, between managers of these versions: first the pairs on the usual switch, then those on the
    /// others.
    pub(crate) fn new(name: &str, scene: &MeshScene, newest: &Versions, profiles: &[String; 2]) -> Self {
        let mut counts = scene.switches.clone();
        counts.insert(USUAL_SWITCH.to_owned(), scene.appliances);
        counts.retain(|_, count| *count > 0);
        let own = scene.version.as_ref().map_or_else(|| newest.clone(), Versions::new);
        let backing = Backing::of_new(own.at(Site::Source));
        let interconnect = Pair::new(own.clone(), USUAL_SWITCH);
        let named = scene.compute_profiles.as_ref().unwrap_or(profiles);
        let new = Mesh::committed(name, named.clone(), counts, interconnect, backing);
        let services = scene.services.clone().unwrap_or_else(|| new.services.clone());
        let mut mesh = Mesh { services, ..new };
        for (n, switch) in scene.numbered() {
            let different = scene.pairs.get(&n);
            let version =
                different.and_then(|it| it.version.as_ref()).map_or_else(|| own.clone(), Versions::new);
            let up = different.is_none_or(|it| it.up);
            mesh.pairs.insert(n, Pair { up, ..Pair::new(version, switch) });
        }
        mesh
    }

    /// The system's own, which carries nothing.
    pub(crate) fn of_system(newest: &Versions, profiles: &[String; 2]) -> (String, Self) {
        let name = format!("default-service-mesh-{}", uid(&["system-mesh"]));
        let interconnect = Pair::new(newest.clone(), USUAL_SWITCH);
        let (profiles, counts) = (profiles.clone(), Counts::new());
        let mesh = Mesh::committed(&name, profiles, counts, interconnect, Backing::NotApplicable);
        (name, Mesh { services: Vec::new(), ..mesh })
    }

    fn committed(
        name: &str,
        profiles: [String; 2],
        counts: Counts,
        interconnect: Pair,
        backing: Backing,
    ) -> Self {
        Mesh {
            id: format!("servicemesh-{}", uid(&["mesh", name])),
            counts,
            state: MeshState::Committed,
            backing,
            services: USUAL_SERVICES.map(str::to_owned).into(),
            profiles,
            pairs: BTreeMap::new(),
            interconnect,
            last_task: None,
            blocked: false,
            is_outdated: false,
            edition: Edition::Evaluation,
        }
    }

    /// The name of its compute profile at a site.
    pub(crate) fn profile(&self, site: Site) -> &str {
        let [source, cloud] = &self.profiles;
        match site {
            Site::Source => source,
            Site::Cloud => cloud,
        }
    }

    pub(crate) fn has_interconnect(&self) -> bool {
        self.services.iter().any(|it| it == "INTERCONNECT")
    }

    pub(crate) fn unit(&self, unit: Unit) -> Option<&Pair> {
        match unit {
            Unit::Extension(n) => self.pairs.get(&n),
            Unit::Interconnect => Some(&self.interconnect),
        }
    }

    pub(crate) fn unit_mut(&mut self, unit: Unit) -> Option<&mut Pair> {
        match unit {
            Unit::Extension(n) => self.pairs.get_mut(&n),
            Unit::Interconnect => Some(&mut self.interconnect),
        }
    }

    /// The words are inferred.
    fn service_status(&self) -> Vec<Value> {
        let (status, reason) = if self.is_outdated {
            ("OUT_OF_SYNC", vec!["a compute profile was edited: resync the mesh"])
        } else {
            ("IN_SYNC", Vec::new())
        };
        let service = |name: &String| json!({ "serviceName": name, "status": status, "reason": reason });
        self.services.iter().map(service).collect()
    }

    /// All of its pairs, that of the interconnect last.
    fn units_mut(&mut self) -> impl Iterator<Item = &mut Pair> {
        self.pairs.values_mut().chain([&mut self.interconnect])
    }

    /// What was deployed for it belongs to it from now on.
    fn commit(&mut self) {
        let deployed = self.units_mut().filter(|pair| !pair.committed);
        deployed.for_each(|pair| (pair.committed, pair.up) = (true, true));
    }
}

impl World {
    fn mesh_json(&self, name: &str, mesh: &Mesh) -> Value {
        let profile = |site: Site| {
            json!({
                "endpointId": self.endpoint_id(site), "endpointName": self.site(site).scene.name,
                "isInitiator": site == Site::Source, "computeProfileId": profile_id(mesh.profile(site)),
                "computeProfileName": mesh.profile(site),
            })
        };
        let switch_pair = |(switch, count): (&String, &u32)| {
            let switches = Site::BOTH.map(|site| self.switch_json(site, Self::switch_at(site, switch)));
            json!({ "switches": switches, "l2cApplianceCount": count })
        };
        json!({
            "serviceMeshId": mesh.id, "name": name, "state": mesh.state, "backingApplianceType": mesh.backing,
            "computeProfiles": Site::BOTH.map(profile),
            "services": services(&mesh.services),
            "switchPairCount": mesh.counts.iter().map(switch_pair).collect::<Vec<_>>(),
            "status": { "timestamp": self.now.as_millisecond(), "services": mesh.service_status() },
            // Goes stale, as a real one's does (section 4).
            "lastTaskDetails": mesh.last_task.as_ref().map(|id| json!({ "interconnectTaskId": id, "status": "RUNNING" })),
        })
    }

    /// listServiceMeshes: both managers know all of them
    pub(crate) fn mesh_list(&self) -> Value {
        json!({ "items": self.meshes.iter().map(|(name, mesh)| self.mesh_json(name, mesh)).collect::<Vec<_>>() })
    }

    pub(crate) fn mesh_name(&self, id: &str) -> Result<String, Refusal> {
        let found = self.meshes.iter().find(|(_, mesh)| mesh.id == id);
        found.map_or_else(|| not_found("service mesh", id), |(name, _)| Ok(name.clone()))
    }

    /// getServiceMesh
    pub(crate) fn mesh_by_id(&self, id: &str) -> Served {
        let name = self.mesh_name(id)?;
        Ok((200, self.meshes.get(&name).map(|mesh| self.mesh_json(&name, mesh)).unwrap_or_default()))
    }

    /// A mesh that may be changed: not the system's own (section 1; the code is inferred).
    fn own_mesh(&self, id: &str) -> Result<String, Refusal> {
        let name = self.mesh_name(id)?;
        if self.meshes.get(&name).is_some_and(|mesh| mesh.backing == Backing::NotApplicable) {
            return refuse(400, "SYSTEM_MESH", format!("{name} is the system's own service mesh"));
        }
        Ok(name)
    }

    /// New appliances have their managers' versions.
    fn newest(&self) -> Versions {
        Versions::of(&self.source.scene.version, &self.cloud.scene.version)
    }

    /// The Network Extension Appliance Limit is one of each switch (inferred, section 7).
    fn allow(&self, profiles: &[String; 2], counts: &Counts) -> Result<(), Refusal> {
        let most = counts.values().max().copied().unwrap_or(0);
        for (site, name) in Site::BOTH.into_iter().zip(profiles) {
            let limit = self.site(site).profiles.get(name).and_then(|it| it.limit);
            if let Some(limit) = limit.filter(|limit| most > *limit) {
                let message = format!("compute profile {name} allows {limit} Network Extension appliances");
                return refuse(400, "APPLIANCE_LIMIT_EXCEEDED", message);
            }
        }
        Ok(())
    }

    /// Refuses when one of the appliances carries networks or is in an HA group.
    fn are_free(&self, name: &str, pairs: &[u32]) -> Result<(), Refusal> {
        match pairs.iter().find(|n| self.is_used(name, **n)) {
            None => Ok(()),
            Some(n) => {
                let appliance = appliance_name(Site::Source, name, *n);
                refuse(400, "APPLIANCE_IN_USE", format!("{appliance} carries networks or is in an HA group"))
            }
        }
    }

    /// A task of a mesh, which remembers it; with the answer to the call.
    fn mesh_task(
        &mut self,
        kind: TaskKind,
        name: &str,
        seconds: u64,
        what: Happening,
        fails: Option<Failure>,
    ) -> (u16, Value) {
        let new = NewTask { site: Site::Source, kind, entity: name, from: self.now, seconds };
        let task = self.start_task(new, what, fails);
        let mesh = self.meshes.get_mut(name);
        let id = mesh.map(|mesh| {
            mesh.last_task = Some(task.clone());
            mesh.id.clone()
        });
        (202, json!({ "data": { "interconnectTaskId": task, "serviceMeshId": id } }))
    }
}
