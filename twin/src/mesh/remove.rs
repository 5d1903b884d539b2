//! Removing a service mesh (`behaviour.md` sections 8 and 8.1).

use crate::extension::Over;
use crate::fault::Failure;
use crate::http::Site;
use crate::mesh::MeshState;
use crate::profile::in_progress;
use crate::refusal::{Refusal, Served, at_initiator, refuse};
use crate::task::TaskKind;
use crate::world::{Happening, World};

impl World {
    /// deleteServiceMesh. By force (inferred, but for the peer that is gone): also when the peer is gone, when its task
    /// vanished, and with what its appliances carry, which goes with it.
    pub(crate) fn delete_mesh(
        &mut self,
        site: Site,
        id: &str,
        force: bool,
        fails: Option<Failure>,
    ) -> Served {
        at_initiator(site)?;
        let name = self.own_mesh(id)?;
        if self.has_running_task(&name) || (!force && self.is_busy(&name)) {
            return in_progress(&name);
        }
        if !force {
            self.can_be_removed(&name)?;
        }
        if self.migrations.active().any(|it| it.mesh == name) {
            return refuse(400, "MESH_IN_USE", format!("migrations run over {name}"));
        }
        let pairs = self.meshes.get_mut(&name).map_or(0, |mesh| {
            mesh.state = MeshState::Deleting;
            mesh.pairs.len()
        });
        let seconds = 30 + self.durations.remove_pair * pairs as u64;
        let what = Happening::MeshRemoved { mesh: name.clone() };
        Ok(self.mesh_task(TaskKind::DeleteServiceMesh, &name, seconds, what, fails))
    }

    fn can_be_removed(&self, name: &str) -> Result<(), Refusal> {
        if !self.paired {
            let message = format!("the peer of {name} cannot be reached: delete it by force");
            return refuse(400, "PEER_UNREACHABLE", message);
        }
        let pairs = self.meshes.get(name).map(|mesh| mesh.pairs.keys().copied().collect::<Vec<_>>());
        self.are_free(name, &pairs.unwrap_or_default())
    }

    pub(crate) fn mesh_removed(&mut self, name: &str, failed: bool) {
        if failed {
            self.meshes.get_mut(name).into_iter().for_each(|mesh| mesh.state = MeshState::DeleteFailed);
            return;
        }
        let carried: Vec<String> =
            self.extensions.keys().filter(|id| self.is_on_mesh(id, name)).cloned().collect();
        self.forget(|what| carried.iter().any(|id| what.extension() == Some(id)));
        carried.iter().for_each(|id| self.unextended(id, false));
        self.groups.retain(|_, group| group.mesh != name);
        self.meshes.remove(name);
    }

    /// Whether an extension is over a mesh, or on its way there.
    pub(crate) fn is_on_mesh(&self, id: &str, name: &str) -> bool {
        let of = |over: &Over| match over {
            Over::Pair { mesh, .. } => mesh == name,
            Over::Group(group) => self.groups.get(group).is_some_and(|group| group.mesh == name),
        };
        self.extensions.get(id).is_some_and(|it| of(&it.over) || it.moving_to.as_ref().is_some_and(of))
    }
}
