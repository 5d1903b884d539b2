//! What a task or an alert is about.

use serde::{Deserialize, Serialize};

use crate::appliance::{Unit, appliance_id, unit_name};
use crate::ha::Group;
use crate::http::Site;
use crate::profile::network_id;
use crate::world::{Happening, World, uid};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entity {
    pub(crate) kind: EntityKind,
    pub(crate) id: String,
    pub(crate) name: String,
}

/// The words are inferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum EntityKind {
    ServiceMesh,
    Appliance,
    HaGroup,
    Network,
    ComputeProfile,
    VirtualMachine,
}

impl EntityKind {
    /// The part of HCX that has to do with it.
    pub(crate) fn module(self) -> &'static str {
        match self {
            EntityKind::ServiceMesh | EntityKind::Appliance | EntityKind::ComputeProfile => "Interconnect",
            EntityKind::HaGroup | EntityKind::Network => "NetworkExtension",
            EntityKind::VirtualMachine => "Migration",
        }
    }
}

impl Entity {
    /// One that is known by its name alone.
    pub(crate) fn named(kind: EntityKind, name: &str) -> Self {
        Entity { kind, id: uid(&["entity", name]), name: name.to_owned() }
    }

    /// A network of the source.
    pub(crate) fn network(name: &str) -> Self {
        Entity { kind: EntityKind::Network, id: network_id(name), name: name.to_owned() }
    }

    /// The source's appliance of a pair.
    pub(crate) fn appliance(mesh: &str, unit: Unit) -> Self {
        let name = unit_name(Site::Source, mesh, unit);
        Entity { kind: EntityKind::Appliance, id: appliance_id(&name), name }
    }
}

impl World {
    pub(crate) fn entity_of_group(&self, id: &str) -> Entity {
        let name = self.groups.get(id).map(Group::name).unwrap_or_default();
        Entity { kind: EntityKind::HaGroup, id: id.to_owned(), name }
    }

    fn entity_of_mesh(&self, name: &str) -> Entity {
        let id = self.meshes.get(name).map(|mesh| mesh.id.clone()).unwrap_or_default();
        Entity { kind: EntityKind::ServiceMesh, id, name: name.to_owned() }
    }

    /// What a task is about that ends with this; none for what is no task's end.
    pub(crate) fn entity_of(&self, what: &Happening) -> Option<Entity> {
        Some(match what {
            Happening::MeshMade { mesh }
            | Happening::MeshScaled { mesh, .. }
            | Happening::MeshResynced { mesh }
            | Happening::MeshRemoved { mesh } => self.entity_of_mesh(mesh),
            Happening::Worked { mesh, unit, .. } => Entity::appliance(mesh, *unit),
            Happening::ApplianceCleared { mesh, pair } => Entity::appliance(mesh, Unit::Extension(*pair)),
            Happening::GroupFormed { group }
            | Happening::GroupDissolved { group, .. }
            | Happening::FailedOver { group }
            | Happening::GroupHalfWorked { group, .. }
            | Happening::GroupWorked { group, .. }
            | Happening::GroupRecovered { group } => self.entity_of_group(group),
            _ => return None,
        })
    }
}
