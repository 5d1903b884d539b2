//! Editing a service mesh, with the life-cycle of `behaviour.md` section 8.1, and resynchronising it.

use serde::Deserialize;

use crate::appliance::pair::Pair;
use crate::extension::ExtensionState;
use crate::fault::Failure;
use crate::ha::GroupState;
use crate::http::Site;
use crate::mesh::counts::{Counts, SwitchPair};
use crate::mesh::{Mesh, MeshState};
use crate::profile::in_progress;
use crate::refusal::{Served, at_initiator, refuse};
use crate::task::TaskKind;
use crate::world::{Happening, World};

/// The body of updateServiceMesh, as far as it is looked at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeshEdit {
    switch_pair_count: Vec<SwitchPair>,
}

impl World {
    /// updateServiceMesh (inferred)
    pub(crate) fn update_mesh(
        &mut self,
        site: Site,
        id: &str,
        edit: &MeshEdit,
        fails: Option<Failure>,
    ) -> Served {
        at_initiator(site)?;
        let (name, counts) = (self.own_mesh(id)?, self.counts(&edit.switch_pair_count)?);
        if counts.is_empty() {
            let message = "`switchPairCount` asks for no Network Extension appliance";
            return refuse(400, "INVALID_REQUEST", message);
        }
        if self.is_busy(&name) {
            return in_progress(&name);
        }
        let profiles = self.meshes.get(&name).map(|mesh| mesh.profiles.clone()).unwrap_or_default();
        self.allow(&profiles, &counts)?;
        let change = |mesh: &Mesh| (mesh.missing(&counts), mesh.surplus(&counts));
        let (mut new, old) = self.meshes.get(&name).map(change).unwrap_or_default();
        self.are_free(&name, &old)?;
        let short = self.short_of_addresses(&profiles, u32::try_from(new.len()).unwrap_or(u32::MAX));
        // Without addresses it fails before anything is deployed.
        new.retain(|_| short.is_none());
        let seconds = 30
            + new.len() as u64 * self.durations.deploy_pair
            + old.len() as u64 * self.durations.remove_pair;
        let version = self.newest();
        if let Some(mesh) = self.meshes.get_mut(&name) {
            mesh.state = MeshState::Updating;
            let deployed = new.iter().map(|(n, switch)| (*n, Pair::deploying(version.clone(), switch)));
            mesh.pairs.extend(deployed);
        }
        let (kind, what) =
            (TaskKind::UpdateServiceMesh, Happening::MeshScaled { mesh: name.clone(), counts });
        Ok(self.mesh_task(kind, &name, seconds, what, fails.or(short.map(Failure::from))))
    }

    pub(crate) fn mesh_scaled(&mut self, name: &str, counts: &Counts, failed: bool) {
        let Some(mesh) = self.meshes.get_mut(name) else { return };
        if failed {
            mesh.state = MeshState::UpdateFailed;
            return;
        }
        mesh.surplus(counts).iter().for_each(|n| drop(mesh.pairs.remove(n)));
        mesh.state = MeshState::Committed;
        mesh.is_outdated = false;
        mesh.counts.clone_from(counts);
        // Those that were there are not touched, whether they are up or not.
        mesh.commit();
        self.entitle(name);
    }

    /// Its task failed when everything was done.
    pub(crate) fn mesh_spoiled(&mut self, name: &str) {
        if let Some(mesh) = self.meshes.get_mut(name) {
            mesh.state = MeshState::UpdateFailed;
        }
    }

    /// resyncServiceMesh: clears what a failed task left behind, or one that vanished (inferred, section 13)
    pub(crate) fn resync_mesh(&mut self, site: Site, id: &str, fails: Option<Failure>) -> Served {
        at_initiator(site)?;
        let name = self.own_mesh(id)?;
        if self.has_running_task(&name) {
            return in_progress(&name);
        }
        let what = Happening::MeshResynced { mesh: name.clone() };
        Ok(self.mesh_task(TaskKind::ResyncServiceMesh, &name, 60, what, fails))
    }

    pub(crate) fn mesh_resynced(&mut self, name: &str, failed: bool) {
        let Some(mesh) = self.meshes.get_mut(name).filter(|_| !failed) else { return };
        mesh.last_task = None;
        (mesh.blocked, mesh.is_outdated) = (false, false);
        mesh.units_mut().for_each(|pair| pair.under_way = None);
        match mesh.state {
            MeshState::Creating => mesh.state = MeshState::CreateFailed,
            MeshState::CreateFailed => {}
            _ => {
                mesh.state = MeshState::Committed;
                mesh.pairs.retain(|_, pair| pair.committed);
            }
        }
        self.entitle(name);
        self.settle(name);
    }

    /// What waits for something on a mesh that will never come: it vanished.
    fn settle(&mut self, name: &str) {
        for group in self.groups.values_mut().filter(|it| it.mesh == name) {
            group.state = match group.state {
                GroupState::Creating => GroupState::Failed,
                GroupState::Updating | GroupState::Deleting => GroupState::Ready,
                settled @ (GroupState::Ready | GroupState::Failed) => settled,
            };
        }
        let waiting = |id: &String| self.is_on_mesh(id, name) && !self.is_due_for(id);
        let lost: Vec<String> = self.extensions.keys().filter(|id| waiting(id)).cloned().collect();
        for id in lost {
            let Some(it) = self.extensions.get_mut(&id) else { continue };
            it.moving_to = None;
            let never_made = matches!(it.state, ExtensionState::Extending | ExtensionState::Failed);
            it.state = if never_made { ExtensionState::Failed } else { ExtensionState::Completed };
        }
    }
}
