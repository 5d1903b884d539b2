//! Making a service mesh (`behaviour.md` section 8).

use serde::Deserialize;
use serde_json::json;

use crate::appliance::pair::Pair;
use crate::fault::Failure;
use crate::http::Site;
use crate::mesh::counts::{Counts, SwitchPair};
use crate::mesh::{Backing, Mesh, MeshState};
use crate::refusal::{Refusal, Served, at_initiator, refuse};
use crate::scene::Edition;
use crate::switch::USUAL_SWITCH;
use crate::task::TaskKind;
use crate::world::{Happening, World};

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

impl World {
    fn checked(&self, spec: &MeshSpec) -> Result<(Vec<String>, [String; 2], Counts), Refusal> {
        let services: Vec<String> = spec.services.iter().map(|it| it.name.clone()).collect();
        let has = |wanted: &str| services.iter().any(|it| it == wanted);
        let profiles = self.one_of_each(&spec.compute_profiles)?;
        if !self.paired {
            return refuse(400, "NOT_PAIRED", "the two sites are not paired");
        }
        if self.meshes.contains_key(&spec.name) {
            return refuse(409, "MESH_EXISTS", format!("a service mesh {} is there already", spec.name));
        }
        let is_edge = Backing::of_new(&self.source.scene.version) == Backing::Edge;
        if is_edge && has("INTERCONNECT") && !["VMOTION", "BULK_MIGRATION", "RAV"].into_iter().any(has) {
            let message = "INTERCONNECT service with EDGE appliances requires at least one migration service";
            return refuse(400, "INVALID_SERVICES", message);
        }
        self.within_grace()?;
        if has("RAV") && self.edition_of(&profiles) != Edition::Enterprise {
            let message = "RAV needs an HCX Enterprise license, and compute profiles that were edited since";
            return refuse(400, "LICENSE_REQUIRED", message);
        }
        let usual = || Ok(Counts::from([(USUAL_SWITCH.to_owned(), 1)]));
        let counts = match &spec.switch_pair_count {
            _ if !has("NETWORK_EXTENSION") => Ok(Counts::new()),
            Some(pairs) if !pairs.is_empty() => self.counts(pairs),
            _ => usual(),
        }?;
        self.allow(&profiles, &counts)?;
        Ok((services, profiles, counts))
    }

    fn one_of_each(&self, named: &[ProfileRef]) -> Result<[String; 2], Refusal> {
        let found: Vec<_> =
            named.iter().filter_map(|it| self.profile_by_id(&it.compute_profile_id).ok()).collect();
        match found.as_slice() {
            [(Site::Source, source), (Site::Cloud, cloud)] if named.len() == 2 => {
                Ok([source.clone(), cloud.clone()])
            }
            _ => {
                let message = "`computeProfiles` names one of each site, the source's first";
                refuse(400, "INVALID_COMPUTE_PROFILES", message)
            }
        }
    }

    /// previewServiceMesh: the checks of createServiceMesh, and nothing made
    pub(crate) fn preview_mesh(&self, spec: &MeshSpec) -> Served {
        let (_, _, counts) = self.checked(spec)?;
        let count: u32 = counts.values().sum();
        Ok((200, json!({ "data": { "name": spec.name, "networkExtensionAppliances": count }, "errors": [] })))
    }

    /// createServiceMesh
    pub(crate) fn create_mesh(&mut self, site: Site, spec: &MeshSpec, fails: Option<Failure>) -> Served {
        at_initiator(site)?;
        let (services, profiles, counts) = self.checked(spec)?;
        let (name, count) = (spec.name.clone(), counts.values().sum::<u32>());
        let interconnect = u32::from(services.iter().any(|it| it == "INTERCONNECT"));
        let short = self.short_of_addresses(&profiles, count + interconnect);
        let backing = Backing::of_new(&self.source.scene.version);
        let interconnect = Pair::deploying(self.newest(), USUAL_SWITCH);
        let new = Mesh::committed(&name, profiles, counts, interconnect, backing);
        let mut mesh = Mesh { services, state: MeshState::Creating, ..new };
        for (n, switch) in mesh.missing(&mesh.counts).into_iter().filter(|_| short.is_none()) {
            mesh.pairs.insert(n, Pair::deploying(self.newest(), &switch));
        }
        self.meshes.insert(name.clone(), mesh);
        self.entitle(&name);
        let seconds = self.durations.create_mesh + self.durations.deploy_pair * u64::from(count);
        let what = Happening::MeshMade { mesh: name.clone() };
        let fails = fails.or(short.map(Failure::from));
        Ok(self.mesh_task(TaskKind::CreateServiceMesh, &name, seconds, what, fails))
    }

    pub(crate) fn mesh_made(&mut self, name: &str, failed: bool) {
        let Some(mesh) = self.meshes.get_mut(name) else { return };
        if failed {
            mesh.state = MeshState::CreateFailed;
        } else {
            mesh.state = MeshState::Committed;
            mesh.commit();
        }
    }
}
