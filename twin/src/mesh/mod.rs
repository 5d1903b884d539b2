//! Service meshes (`behaviour.md` section 8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::appliance::pair::{Pair, Versions};
use crate::appliance::{Unit, appliance_name};
use crate::fault::Failure;
use crate::http::Site;
use crate::profile::in_progress;
use crate::refusal::{Refusal, Served, not_found, refuse};
use crate::task::{NewTask, TaskKind};
use crate::world::{Happening, World, uid};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Mesh {
    pub(crate) id: String,
    /// Network Extension appliances on each site, as committed.
    pub(crate) count: u32,
    pub(crate) state: MeshState,
    pub(crate) services: Vec<String>,
    /// By number. While an edit runs, and after one that failed, there can be more than `count`.
    pub(crate) pairs: BTreeMap<u32, Pair>,
    /// There only with the service of that name.
    pub(crate) interconnect: Pair,
    pub(crate) last_task: Option<String>,
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

/// The body of createServiceMesh and previewServiceMesh.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeshSpec {
    name: String,
    compute_profiles: Vec<ProfileRef>,
    services: Vec<ServiceRef>,
    switch_pair_count: Option<Vec<SwitchPair>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProfileRef {
    compute_profile_id: String,
}

#[derive(Debug, Deserialize)]
struct ServiceRef {
    name: String,
}

/// The body of updateServiceMesh, as far as it is looked at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeshEdit {
    switch_pair_count: Vec<SwitchPair>,
}

#[derive(Debug, Deserialize)]
struct SwitchPair {
    #[serde(rename = "l2cApplianceCount")]
    count: Option<u32>,
}

pub(crate) const USUAL_SERVICES: [&str; 5] =
    ["INTERCONNECT", "VMOTION", "BULK_MIGRATION", "RAV", "NETWORK_EXTENSION"];

pub(crate) fn services(names: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Value> {
    names.into_iter().map(|name| json!({ "name": name.as_ref() })).collect()
}

/// The count of a switch pair; 1 when it is left out (section 8).
fn count_of(pairs: &[SwitchPair]) -> u32 {
    pairs.first().and_then(|it| it.count).unwrap_or(1)
}

impl Mesh {
    pub(crate) fn committed(name: &str, pairs: BTreeMap<u32, Pair>, interconnect: Pair) -> Self {
        Mesh {
            id: format!("servicemesh-{}", uid(&["mesh", name])),
            count: u32::try_from(pairs.len()).unwrap_or(u32::MAX),
            state: MeshState::Committed,
            services: USUAL_SERVICES.map(str::to_owned).into(),
            pairs,
            interconnect,
            last_task: None,
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
}

impl World {
    fn mesh_json(&self, name: &str, mesh: &Mesh) -> Value {
        let profile = |site: Site| {
            json!({
                "endpointId": self.endpoint_id(site), "endpointName": self.site(site).scene.name,
                "isInitiator": site == Site::Source, "computeProfileId": self.profile_id(site),
                "computeProfileName": self.site(site).scene.compute_profile.name,
            })
        };
        json!({
            "serviceMeshId": mesh.id, "name": name, "state": mesh.state, "backingApplianceType": "EDGE",
            "computeProfiles": Site::BOTH.map(profile),
            "services": services(&mesh.services),
            "switchPairCount": [{
                "switches": Site::BOTH.map(|site| self.switch(site, None)), "l2cApplianceCount": mesh.count,
            }],
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

    /// Meshes are made, edited and removed at the initiator (section 8).
    fn at_initiator(site: Site) -> Result<(), Refusal> {
        match site {
            Site::Source => Ok(()),
            Site::Cloud => {
                refuse(400, "NOT_INITIATOR", "a service mesh is changed at the site that initiated it")
            }
        }
    }

    /// New appliances have their managers' versions.
    fn newest(&self) -> Versions {
        Versions::of(&self.source.scene.version, &self.cloud.scene.version)
    }

    fn allow(&self, count: u32) -> Result<(), Refusal> {
        for site in Site::BOTH {
            let profile = &self.site(site).scene.compute_profile;
            if let Some(limit) = profile.ne_appliance_limit.filter(|limit| count > *limit) {
                let message =
                    format!("compute profile {} allows {limit} Network Extension appliances", profile.name);
                return refuse(400, "APPLIANCE_LIMIT_EXCEEDED", message);
            }
        }
        Ok(())
    }

    fn checked(&self, spec: &MeshSpec) -> Result<(Vec<String>, u32), Refusal> {
        let services: Vec<String> = spec.services.iter().map(|it| it.name.clone()).collect();
        let has = |wanted: &str| services.iter().any(|it| it == wanted);
        let named: Vec<_> = spec.compute_profiles.iter().map(|it| it.compute_profile_id.as_str()).collect();
        if Site::BOTH.map(|site| self.profile_id(site)) != *named {
            let message = "`computeProfiles` names one of each site, the source's first";
            return refuse(400, "INVALID_COMPUTE_PROFILES", message);
        }
        if !self.paired {
            return refuse(400, "NOT_PAIRED", "the two sites are not paired");
        }
        if self.meshes.contains_key(&spec.name) {
            return refuse(409, "MESH_EXISTS", format!("a service mesh {} is there already", spec.name));
        }
        if has("INTERCONNECT") && !["VMOTION", "BULK_MIGRATION", "RAV"].into_iter().any(has) {
            let message = "INTERCONNECT service with EDGE appliances requires at least one migration service";
            return refuse(400, "INVALID_SERVICES", message);
        }
        if has("RAV") && !self.is_enterprise() {
            return refuse(400, "LICENSE_REQUIRED", "RAV needs an HCX Enterprise license");
        }
        let count = spec.switch_pair_count.as_ref().map_or(1, |it| count_of(it));
        let count = if has("NETWORK_EXTENSION") { count } else { 0 };
        self.allow(count)?;
        Ok((services, count))
    }

    /// previewServiceMesh: the checks of createServiceMesh, and nothing made
    pub(crate) fn preview_mesh(&self, spec: &MeshSpec) -> Served {
        let (_, count) = self.checked(spec)?;
        Ok((200, json!({ "data": { "name": spec.name, "networkExtensionAppliances": count }, "errors": [] })))
    }

    /// createServiceMesh
    pub(crate) fn create_mesh(&mut self, site: Site, spec: &MeshSpec, fails: Option<Failure>) -> Served {
        Self::at_initiator(site)?;
        let (services, count) = self.checked(spec)?;
        let name = spec.name.clone();
        // One address more than it has pairs: that of its interconnect appliance.
        let short = self.short_of_addresses(count + 1);
        let pair = Pair::new(self.newest(), false);
        let deployed = if short.is_some() { 0 } else { count };
        let pairs = (1..=deployed).map(|n| (n, pair.clone())).collect();
        let mesh =
            Mesh { count, services, state: MeshState::Creating, ..Mesh::committed(&name, pairs, pair) };
        let id = mesh.id.clone();
        self.meshes.insert(name.clone(), mesh);
        let seconds = self.durations.create_mesh + self.durations.deploy_pair * u64::from(count);
        let task =
            self.mesh_task(TaskKind::CreateServiceMesh, &name, seconds, fails.or(short.map(Failure::from)));
        Ok((202, json!({ "data": { "interconnectTaskId": task, "serviceMeshId": id } })))
    }

    /// A task of a mesh, which remembers it.
    fn mesh_task(&mut self, kind: TaskKind, name: &str, seconds: u64, fails: Option<Failure>) -> String {
        let mesh = name.to_owned();
        let what = match kind {
            TaskKind::CreateServiceMesh => Happening::MeshMade { mesh },
            TaskKind::DeleteServiceMesh => Happening::MeshRemoved { mesh },
            _ => Happening::MeshResynced { mesh },
        };
        self.mesh_task_with(kind, name, seconds, what, fails)
    }

    fn mesh_task_with(
        &mut self,
        kind: TaskKind,
        name: &str,
        seconds: u64,
        what: Happening,
        fails: Option<Failure>,
    ) -> String {
        let new = NewTask { site: Site::Source, kind, entity: name, from: self.now, seconds };
        let task = self.start_task(new, what, fails);
        if let Some(mesh) = self.meshes.get_mut(name) {
            mesh.last_task = Some(task.clone());
        }
        task
    }

    pub(crate) fn mesh_made(&mut self, name: &str, failed: bool) {
        if let Some(mesh) = self.meshes.get_mut(name) {
            mesh.state = if failed { MeshState::CreateFailed } else { MeshState::Committed };
            mesh.pairs.values_mut().chain([&mut mesh.interconnect]).for_each(|pair| pair.up = !failed);
        }
    }

    /// Its task failed when everything was done.
    pub(crate) fn mesh_spoiled(&mut self, name: &str) {
        if let Some(mesh) = self.meshes.get_mut(name) {
            mesh.state = MeshState::UpdateFailed;
        }
    }

    /// Refuses when an appliance beyond a count carries networks or is in an HA group.
    fn surplus_is_free(&self, name: &str, count: u32) -> Result<(), Refusal> {
        let pairs = self.meshes.get(name).map(|mesh| mesh.pairs.keys());
        match pairs.into_iter().flatten().find(|n| **n > count && self.is_used(name, **n)) {
            None => Ok(()),
            Some(n) => {
                let appliance = appliance_name(Site::Source, name, *n);
                refuse(400, "APPLIANCE_IN_USE", format!("{appliance} carries networks or is in an HA group"))
            }
        }
    }

    /// updateServiceMesh (inferred), with the life-cycle of section 8.1
    pub(crate) fn update_mesh(
        &mut self,
        site: Site,
        id: &str,
        edit: &MeshEdit,
        fails: Option<Failure>,
    ) -> Served {
        Self::at_initiator(site)?;
        let (name, count) = (self.mesh_name(id)?, count_of(&edit.switch_pair_count));
        if count == 0 || edit.switch_pair_count.is_empty() {
            return refuse(
                400,
                "INVALID_REQUEST",
                "`switchPairCount` asks for no Network Extension appliance",
            );
        }
        if self.is_busy(&name) {
            return in_progress(&name);
        }
        self.allow(count)?;
        self.surplus_is_free(&name, count)?;
        let there = self.meshes.get(&name).map_or(0, |mesh| u32::try_from(mesh.pairs.len()).unwrap_or(0));
        let (new, old) = (count.saturating_sub(there), there.saturating_sub(count));
        let short = self.short_of_addresses(new);
        // Without addresses it fails before anything is deployed.
        let deployed = if short.is_none() { new } else { 0 };
        let task = self.mesh_task_with(
            TaskKind::UpdateServiceMesh,
            &name,
            30 + u64::from(deployed) * self.durations.deploy_pair
                + u64::from(old) * self.durations.remove_pair,
            Happening::MeshScaled { mesh: name.clone(), count },
            fails.or(short.map(Failure::from)),
        );
        let version = self.newest();
        if let Some(mesh) = self.meshes.get_mut(&name) {
            mesh.state = MeshState::Updating;
            for n in (there + 1)..=(there + deployed) {
                mesh.pairs.insert(n, Pair::new(version.clone(), false));
            }
        }
        Ok((202, json!({ "data": { "interconnectTaskId": task, "serviceMeshId": id } })))
    }

    pub(crate) fn mesh_scaled(&mut self, name: &str, count: u32, failed: bool) {
        let Some(mesh) = self.meshes.get_mut(name) else { return };
        if failed {
            mesh.state = MeshState::UpdateFailed;
            return;
        }
        let before = mesh.count;
        mesh.state = MeshState::Committed;
        mesh.count = count;
        mesh.pairs.retain(|n, _| *n <= count);
        // Those that were there are not touched, whether they are up or not.
        mesh.pairs.iter_mut().filter(|(n, _)| **n > before).for_each(|(_, pair)| pair.up = true);
    }

    /// resyncServiceMesh: clears what a failed task left behind (inferred, section 13)
    pub(crate) fn resync_mesh(&mut self, site: Site, id: &str, fails: Option<Failure>) -> Served {
        Self::at_initiator(site)?;
        let name = self.mesh_name(id)?;
        if self.is_busy(&name) {
            return in_progress(&name);
        }
        let task = self.mesh_task(TaskKind::ResyncServiceMesh, &name, 60, fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "serviceMeshId": id } })))
    }

    pub(crate) fn mesh_resynced(&mut self, name: &str, failed: bool) {
        let Some(mesh) = self.meshes.get_mut(name).filter(|_| !failed) else { return };
        mesh.last_task = None;
        if mesh.state == MeshState::UpdateFailed {
            mesh.state = MeshState::Committed;
            let count = mesh.count;
            mesh.pairs.retain(|n, _| *n <= count);
        }
    }

    /// deleteServiceMesh
    pub(crate) fn delete_mesh(&mut self, site: Site, id: &str, fails: Option<Failure>) -> Served {
        Self::at_initiator(site)?;
        let name = self.mesh_name(id)?;
        if self.is_busy(&name) {
            return in_progress(&name);
        }
        self.surplus_is_free(&name, 0)?;
        if self.migrations.iter().any(|it| it.is_active() && it.mesh == name) {
            return refuse(400, "MESH_IN_USE", format!("migrations run over {name}"));
        }
        let pairs = self.meshes.get_mut(&name).map_or(0, |mesh| {
            mesh.state = MeshState::Deleting;
            mesh.pairs.len()
        });
        let seconds = 30 + self.durations.remove_pair * pairs as u64;
        let task = self.mesh_task(TaskKind::DeleteServiceMesh, &name, seconds, fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "serviceMeshId": id } })))
    }

    pub(crate) fn mesh_removed(&mut self, name: &str, failed: bool) {
        if !failed {
            self.meshes.remove(name);
        } else if let Some(mesh) = self.meshes.get_mut(name) {
            mesh.state = MeshState::DeleteFailed;
        }
    }
}
