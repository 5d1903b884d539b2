//! What is asked of migrations before they begin.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Migration, MigrationKind, MigrationState, Options, vm_id};
use crate::http::Site;
use crate::mesh::{Mesh, MeshState};
use crate::mobility::window::{Schedule, Windows};
use crate::refusal::{Refusal, refuse};
use crate::world::{World, uid};

/// How many migrations a mesh and a manager take at once (section 11).
const MOST_PER_MESH: usize = 200;
const MOST_PER_MANAGER: usize = 300;

/// The body of validateMigrations and startMigrations; the older paths call the list `migrations`.
#[derive(Debug, Deserialize)]
pub(crate) struct MigrationSpecs {
    #[serde(alias = "migrations")]
    pub(crate) items: Vec<MigrationSpec>,
}

/// A virtual machine that is to move.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MigrationSpec {
    migration_type: MigrationKind,
    migration_group_id: Option<String>,
    entity: EntityRef,
    source: EndpointRef,
    destination: EndpointRef,
    #[serde(default)]
    network_params: NetworkParams,
    #[serde(default)]
    transfer_params: TransferParams,
    #[serde(default)]
    switchover_params: SwitchoverParams,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TransferParams {
    schedule: Option<Schedule>,
    transfer_profile: Vec<OptionValue>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SwitchoverParams {
    schedule: Option<Schedule>,
    switchover_profile: Vec<OptionValue>,
}

#[derive(Debug, Clone, Deserialize)]
struct OptionValue {
    option: Option<String>,
    /// A boolean, or one in a text.
    #[serde(default)]
    value: Value,
}

/// Whether an option is on; the first that names it counts.
fn is_on(options: &[OptionValue], name: &str) -> bool {
    let found = options.iter().find(|it| it.option.as_deref() == Some(name));
    found.is_some_and(|it| it.value == json!(true) || it.value == json!("true"))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntityRef {
    entity_id: String,
    entity_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndpointRef {
    endpoint_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NetworkParams {
    network_mappings: Vec<Mapping>,
    default_mappings: Vec<Mapping>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mapping {
    src_network_value: Option<String>,
    src_network_name: Option<String>,
    dest_network_value: Option<String>,
    dest_network_name: Option<String>,
}

impl MigrationSpec {
    fn windows(&self) -> Windows {
        let (transfer, switchover) = (self.transfer_params.schedule, self.switchover_params.schedule);
        let window = |it: Option<Schedule>| it.and_then(Schedule::window);
        Windows { transfer: window(transfer), switchover: window(switchover) }
    }

    pub(crate) fn entity(&self) -> &str {
        &self.entity.entity_id
    }
}

impl World {
    /// The site of a machine with this id, and its name.
    fn machine(&self, entity: &EntityRef) -> Option<(Site, String)> {
        // Who says the name spares a search.
        let named = |site: Site| Some((site, entity.entity_name.clone()?));
        let is_meant = |(site, name): &(Site, String)| {
            vm_id(*site, name) == entity.entity_id
                && self.site(*site).vms.get(name).is_some_and(|vm| vm.copy_of.is_none())
        };
        Site::BOTH.into_iter().filter_map(named).find(is_meant).or_else(|| self.searched(&entity.entity_id))
    }

    fn searched(&self, entity: &str) -> Option<(Site, String)> {
        Site::BOTH.into_iter().find_map(|site| {
            let vms = self.site(site).vms.iter().filter(|(_, vm)| vm.copy_of.is_none());
            vms.map(|(name, _)| name)
                .find(|name| vm_id(site, name) == entity)
                .map(|name| (site, name.clone()))
        })
    }

    /// The networks of a site: its own, and the segments at the destination.
    fn network_names(&self, site: Site) -> impl Iterator<Item = &String> {
        let own = self.site(site).scene.networks.keys();
        own.chain(self.segments.keys().filter(move |_| site == Site::Cloud))
    }

    /// A checked migration, as it begins.
    pub(crate) fn checked_migration(&self, spec: &MigrationSpec) -> Result<Migration, Refusal> {
        let kind = spec.migration_type;
        let Some((from, vm)) = self.machine(&spec.entity) else {
            return refuse(400, "VM_NOT_FOUND", format!("there is no virtual machine {}", spec.entity()));
        };
        if spec.source.endpoint_id != self.endpoint_id(from) {
            return refuse(400, "VM_NOT_AT_SOURCE", format!("{vm} is not at the site that it is to leave"));
        }
        if !self.paired || spec.destination.endpoint_id != self.endpoint_id(from.other()) {
            return refuse(400, "DESTINATION_NOT_PAIRED", "the destination is not paired with the source");
        }
        if self.site(from.other()).vms.contains_key(&vm) {
            return refuse(400, "VM_EXISTS", format!("there is a virtual machine {vm} at the destination"));
        }
        self.within_grace()?;
        if self.migrations.of_machine(&vm).any(Migration::is_active) {
            return refuse(400, "MIGRATION_IN_PROGRESS", format!("a migration of {vm} is under way"));
        }
        if self.migrations.of_machine(&vm).any(|it| it.litter) {
            return refuse(400, "CLEANUP_REQUIRED", format!("the last migration of {vm} was not cleaned up"));
        }
        let to_network = self.mapped(spec, from, &vm)?;
        Ok(Migration {
            id: uid(&["migration", &vm, &self.migrations.len().to_string()]),
            mesh: self.mesh_for(kind)?,
            disk_gb: self.site(from).vms.get(&vm).map_or(1, |vm| vm.disk_gb),
            entity: spec.entity().to_owned(),
            group: spec.migration_group_id.clone(),
            state: MigrationState::Queued,
            replicated: false,
            litter: false,
            message: None,
            created: self.now,
            transfer_began: None,
            seeded_gb: self.seed_for(kind, from, &vm),
            seed_gb: 0,
            options: self.options(spec),
            windows: spec.windows(),
            fails: None,
            kind,
            vm,
            from,
            to_network,
        })
    }

    /// What the last migration of a machine left, when it was of this kind and direction.
    fn seed_for(&self, kind: MigrationKind, from: Site, vm: &str) -> u64 {
        let last = self.migrations.of_machine(vm).last();
        last.filter(|it| it.kind == kind && it.from == from).map_or(0, |it| it.seed_gb)
    }

    /// What the group of a migration says counts where that says nothing itself (inferred).
    fn options(&self, spec: &MigrationSpec) -> Options {
        let group = spec.migration_group_id.as_ref().and_then(|id| self.mobility.get(id));
        let mut transfer = spec.transfer_params.transfer_profile.clone();
        let mut switchover = spec.switchover_params.switchover_profile.clone();
        let params: Option<TransferParams> = group.and_then(|it| it.by_default("transferParams"));
        transfer.extend(params.unwrap_or_default().transfer_profile);
        let params: Option<SwitchoverParams> = group.and_then(|it| it.by_default("switchoverParams"));
        switchover.extend(params.unwrap_or_default().switchover_profile);
        Options {
            seed_checkpoint: is_on(&transfer, "enableSeedCheckpoint"),
            force_power_off: is_on(&switchover, "forcePowerOffVm"),
        }
    }

    /// The network at the destination that a machine comes to.
    fn mapped(&self, spec: &MigrationSpec, from: Site, vm: &str) -> Result<String, Refusal> {
        let network = self.site(from).vms.get(vm).map_or("", |it| &it.network);
        let id = self.network_of(from, network);
        let leaves = |it: &&Mapping| {
            it.src_network_name.as_deref() == Some(network) || it.src_network_value.as_ref() == Some(&id)
        };
        let params = &spec.network_params;
        let mapping = params.network_mappings.iter().chain(&params.default_mappings).find(leaves);
        let Some(mapping) = mapping else {
            return refuse(
                400,
                "NETWORK_NOT_MAPPED",
                format!("{network}, the network of {vm}, is not mapped"),
            );
        };
        let (to, name) = (from.other(), mapping.dest_network_name.as_ref());
        let is_meant = |it: &&String| match &mapping.dest_network_value {
            Some(value) => *value == self.network_of(to, it),
            None => name == Some(*it),
        };
        // Who says the name spares a search by the id.
        let named = self.network_names(to).find(|it| name == Some(*it)).filter(is_meant);
        let Some(name) = named.or_else(|| self.network_names(to).find(is_meant)).cloned() else {
            let message = format!("the network that {network} is mapped to is not at the destination");
            return refuse(400, "DESTINATION_NETWORK_NOT_FOUND", message);
        };
        Ok(name)
    }

    /// A mesh that has the service, the license for it and room.
    fn mesh_for(&self, kind: MigrationKind) -> Result<String, Refusal> {
        let active = |mesh: Option<&String>| {
            self.migrations.active().filter(|it| mesh.is_none_or(|mesh| it.mesh == *mesh)).count()
        };
        if active(None) >= MOST_PER_MANAGER {
            let message = format!("a manager takes {MOST_PER_MANAGER} migrations at once");
            return refuse(400, "LIMIT_EXCEEDED", message);
        }
        let service = kind.service();
        // An edit does not stop what the mesh does.
        let works =
            |state| matches!(state, MeshState::Committed | MeshState::Updating | MeshState::UpdateFailed);
        let serves =
            |(_, mesh): &(&String, &Mesh)| works(mesh.state) && mesh.services.iter().any(|it| it == service);
        let able: Vec<_> = self.meshes.iter().filter(serves).map(|(name, _)| name).collect();
        let Some(first) = able.first() else {
            return refuse(400, "SERVICE_NOT_AVAILABLE", format!("no service mesh has {service}"));
        };
        let is_entitled =
            |name: &&&String| kind != MigrationKind::Rav || self.entitles(name, service).is_ok();
        let mut entitled = able.iter().filter(is_entitled).peekable();
        if entitled.peek().is_none() {
            self.entitles(first, service)?;
        }
        match entitled.find(|name| active(Some(name)) < MOST_PER_MESH) {
            Some(name) => Ok((*name).clone()),
            None => refuse(400, "LIMIT_EXCEEDED", format!("a mesh takes {MOST_PER_MESH} migrations at once")),
        }
    }

    /// validateMigrations: 400 when any of them is refused; the older path answers 200 either way
    pub(crate) fn validate_migrations(&self, specs: &MigrationSpecs, is_older: bool) -> (u16, Value) {
        let checked = |spec: &MigrationSpec| (spec.entity().to_owned(), self.checked_migration(spec).err());
        let checked: Vec<_> = specs.items.iter().map(checked).collect();
        let errors = |it: &Option<Refusal>| it.iter().map(Refusal::item).collect::<Vec<_>>();
        if is_older {
            let item = |(entity, refusal): &(String, Option<Refusal>)| {
                let result = json!({ "errors": errors(refusal), "warnings": [] });
                json!({ "entityId": entity, "validationInfo": { "validationResult": result } })
            };
            return (200, json!({ "migrations": checked.iter().map(item).collect::<Vec<_>>() }));
        }
        let item = |(entity, refusal): &(String, Option<Refusal>)| json!({ "entityId": entity, "errors": errors(refusal), "warnings": [] });
        let items: Vec<Value> = checked.iter().map(item).collect();
        let status = if checked.iter().any(|(_, refusal)| refusal.is_some()) { 400 } else { 202 };
        (status, json!({ "items": items }))
    }
}
