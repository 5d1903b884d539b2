//! Migrations (`behaviour.md` section 11).

use serde_json::{Value, json};

use crate::extension::segment;
use crate::http::{Body, Refusal, Served, Site, refuse};
use crate::world::{Happening, Migration, Vm, World, uid};

/// How many migrations a mesh takes at once (section 11).
const MOST: usize = 200;

const GIB: u64 = 1 << 30;

/// What a client wants moved.
struct Wanted {
    kind: String,
    vm: String,
    entity: String,
    from: Site,
    to_network: String,
}

impl World {
    /// The site of a machine with this id, and its name.
    fn machine(&self, entity: &str) -> Option<(Site, String)> {
        [Site::Source, Site::Cloud].into_iter().find_map(|site| {
            let vm = self
                .site(site)
                .vms
                .iter()
                .find(|(name, vm)| vm_id(site, name) == entity && vm.folder.is_empty())?;
            Some((site, vm.0.clone()))
        })
    }

    fn wanted(&self, item: &Value) -> Result<Wanted, Refusal> {
        let item = Body(item.clone());
        let (kind, entity) =
            (item.text("/migrationType")?.to_owned(), item.text("/entity/entityId")?.to_owned());
        if !matches!(kind.as_str(), "vMotion" | "RAV" | "vSphereReplication" | "VR" | "ColdMigration") {
            return refuse(400, "INVALID_MIGRATION_TYPE", format!("there is no migration type {kind}"));
        }
        let Some((from, vm)) = self.machine(&entity) else {
            return refuse(400, "VM_NOT_FOUND", format!("there is no virtual machine {entity}"));
        };
        if item.text("/source/endpointId")? != self.endpoint_id(from) {
            return refuse(400, "VM_NOT_AT_SOURCE", format!("{vm} is not at the site that it is to leave"));
        }
        if kind == "RAV" && !self.is_enterprise() {
            return refuse(400, "LICENSE_REQUIRED", "RAV needs an HCX Enterprise license");
        }
        if self.migrations.iter().any(|it| it.vm == vm && it.is_active()) {
            return refuse(400, "MIGRATION_IN_PROGRESS", format!("a migration of {vm} is under way"));
        }
        let network = &self.site(from).vms.get(&vm).map(|it| it.network.clone()).unwrap_or_default();
        let to_network = match from {
            Site::Source => {
                let extended =
                    self.extensions.values().any(|it| it.network == *network && it.state == "COMPLETED");
                if !extended {
                    return refuse(
                        400,
                        "NETWORK_NOT_MAPPED",
                        format!("{network}, the network of {vm}, is not extended"),
                    );
                }
                segment(network)
            }
            Site::Cloud => network.trim_start_matches("L2E_").to_owned(),
        };
        let mapped = item.0.pointer("/networkParams/networkMappings").and_then(Value::as_array);
        let names = |it: &Value| it.get("destNetworkName").and_then(Value::as_str) == Some(&to_network);
        if !mapped.is_some_and(|all| all.iter().any(names)) {
            return refuse(400, "NETWORK_NOT_MAPPED", format!("no mapping leads to {to_network}"));
        }
        Ok(Wanted { kind, vm, entity, from, to_network })
    }

    /// validateMigrations
    pub(crate) fn validate_migrations(&self, body: &Body) -> Served {
        let (mut results, mut status) = (Vec::new(), 202);
        for item in body.list("/items")? {
            let entity = item.pointer("/entity/entityId").cloned().unwrap_or(Value::Null);
            match self.wanted(item) {
                Ok(_) => results.push(json!({ "entityId": entity, "errors": [], "warnings": [] })),
                Err(refusal) => {
                    status = 400;
                    results.push(json!({ "entityId": entity, "errors": [{ "code": refusal.code, "message": refusal.message }] }));
                }
            }
        }
        Ok((status, json!({ "items": results })))
    }

    /// startMigrations
    pub(crate) fn start_migrations(&mut self, body: &Body, fails: Option<&String>) -> Served {
        let wanted: Result<Vec<_>, _> = body.list("/items")?.iter().map(|item| self.wanted(item)).collect();
        let wanted = wanted?;
        if self.migrations.iter().filter(|it| it.is_active()).count() + wanted.len() > MOST {
            return refuse(400, "LIMIT_EXCEEDED", format!("a mesh takes {MOST} migrations at once"));
        }
        let mut results = Vec::new();
        for it in wanted {
            let disk = self.site(it.from).vms.get(&it.vm).map_or(1, |vm| vm.disk_gb);
            let id = uid(&["migration", &it.vm, &self.migrations.len().to_string()]);
            results.push(json!({ "migrationId": id, "entityId": it.entity, "errors": [] }));
            self.later(
                disk * self.durations.transfer_gb,
                Happening::Transferred { migration: id.clone() },
                None,
                fails.cloned(),
            );
            self.migrations.push(Migration {
                id,
                kind: it.kind,
                vm: it.vm,
                entity: it.entity,
                from: it.from,
                to_network: it.to_network,
                state: "MIGRATING",
                message: String::new(),
                created: self.now,
                bytes: disk * GIB,
            });
        }
        Ok((202, json!({ "items": results })))
    }

    fn migration(&mut self, id: &str) -> Option<&mut Migration> {
        self.migrations.iter_mut().find(|it| it.id == id)
    }

    pub(crate) fn transferred(&mut self, id: &str, fails: Option<String>) {
        let switchover = self.durations.switchover;
        let Some(migration) = self.migration(id).filter(|it| it.is_active()) else { return };
        if let Some(message) = fails {
            (migration.state, migration.message) = ("MIGRATE_FAILED", message);
            return;
        }
        migration.state = "SWITCHOVER_STARTED";
        self.later(switchover, Happening::SwitchedOver { migration: id.to_owned() }, None, None);
    }

    pub(crate) fn switched_over(&mut self, id: &str, fails: Option<String>) {
        let Some(migration) = self.migration(id).filter(|it| it.is_active()) else { return };
        if let Some(message) = fails {
            (migration.state, migration.message) = ("MIGRATE_FAILED", message);
            return;
        }
        migration.state = "MIGRATED";
        let it = migration.clone();
        let Some(vm) = self.site_mut(it.from).vms.remove(&it.vm) else { return };
        if matches!(it.kind.as_str(), "vSphereReplication" | "VR") {
            // The source keeps its machine: renamed, powered off, in a folder of its own.
            let kept = Vm { powered: false, folder: "Migrated VMs", ..vm.clone() };
            let name = format!("{}_{}", it.vm, it.created.as_second());
            self.site_mut(it.from).vms.insert(name, kept);
        }
        self.site_mut(it.from.other()).vms.insert(it.vm, Vm { network: it.to_network, ..vm });
    }

    /// cancelMigrations (inferred), forceCancelMigrations
    pub(crate) fn cancel_migrations(&mut self, body: &Body) -> Served {
        let mut results = Vec::new();
        for item in &body.list("/items")?.clone() {
            let id = item.get("migrationId").and_then(Value::as_str).unwrap_or_default().to_owned();
            match self.migration(&id) {
                Some(it) if it.state == "MIGRATING" => it.state = "MIGRATE_CANCELED",
                Some(it) => return refuse(400, "CANNOT_CANCEL", format!("the migration is {}", it.state)),
                None => return refuse(404, "NOT_FOUND", format!("there is no migration {id}")),
            }
            self.forget(|what| matches!(what, Happening::Transferred { migration } if *migration == id));
            results.push(json!({ "migrationId": id, "errors": [] }));
        }
        Ok((202, json!({ "items": results })))
    }

    /// queryMigrations
    pub(crate) fn query_migrations(&self, body: &Body) -> Value {
        let among = |key: &str, value: &str| {
            let wanted = body.0.pointer(&format!("/filter/{key}")).and_then(Value::as_array);
            wanted.is_none_or(|all| all.iter().any(|it| it == value))
        };
        let rows = self.migrations.iter().filter(|it| {
            among("migrationId", &it.id) && among("entityId", &it.entity) && among("state", it.state)
        });
        let row = |it: &Migration| {
            let done = !it.is_active();
            json!({
                "id": it.id, "migrationId": it.id, "entityId": it.entity, "migrationType": it.kind, "state": it.state,
                "creationDate": it.created.as_millisecond(), "entity": { "entityId": it.entity, "entityName": it.vm },
                "source": { "endpointId": self.endpoint_id(it.from) },
                "destination": { "endpointId": self.endpoint_id(it.from.other()) },
                "progress": {
                    "isDone": done, "didFail": it.state == "MIGRATE_FAILED", "total": { "value": it.bytes.to_string() },
                    "error": if it.message.is_empty() { Value::Null } else { json!({ "message": it.message }) },
                },
            })
        };
        json!({ "data": { "items": rows.map(row).collect::<Vec<_>>() } })
    }
}

/// The managed object id that a machine has at a site.
pub(crate) fn vm_id(site: Site, name: &str) -> String {
    let word = if site == Site::Source { "source" } else { "cloud" };
    format!("vm-{}", &uid(&["vm", word, name])[..6])
}
