//! Migrations under way: phases, ends, and what a query shows (`behaviour.md` section 11).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::Site;
use crate::migration::{Migration, MigrationKind, MigrationSpecs, MigrationState};
use crate::refusal::{Refusal, Served, refuse};
use crate::world::{Happening, Vm, World, passed};

const GIB: u64 = 1 << 30;

/// The body of cancelMigrations (inferred) and forceCancelMigrations.
#[derive(Debug, Deserialize)]
pub(crate) struct MigrationIds {
    items: Vec<MigrationId>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MigrationId {
    migration_id: String,
}

/// The body of queryMigrations; what is left out does not matter.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct MigrationQuery {
    #[serde(default)]
    filter: MigrationFilter,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MigrationFilter {
    #[serde(alias = "id")]
    migration_id: Option<Vec<String>>,
    #[serde(alias = "entity_id")]
    entity_id: Option<Vec<String>>,
    state: Option<Vec<Value>>,
    migration_type: Option<Vec<Value>>,
    #[serde(default)]
    drafts_only: bool,
}

impl World {
    /// startMigrations: an entry an item; 400 when none of them begins
    pub(crate) fn start_migrations(
        &mut self,
        site: Site,
        specs: &MigrationSpecs,
        is_older: bool,
        fails: Option<&String>,
    ) -> Served {
        if site == Site::Cloud {
            return refuse(
                400,
                "NOT_INITIATOR",
                "migrations are started at the site that initiated the pairing",
            );
        }
        let mut started = 0;
        let mut items = Vec::new();
        for spec in &specs.items {
            items.push(match self.checked_migration(spec) {
                Ok(it) => {
                    started += 1;
                    let item = json!({ "migrationId": it.id, "entityId": it.entity, "errors": [] });
                    self.begin(Migration { fails: fails.cloned(), ..it });
                    item
                }
                Err(refusal) => json!({ "entityId": spec.entity(), "errors": [refusal.item()] }),
            });
        }
        let list = if is_older { "migrations" } else { "items" };
        Ok((if started > 0 { 202 } else { 400 }, json!({ list: items })))
    }

    fn begin(&mut self, migration: Migration) {
        self.changes += 1;
        let (kind, mesh, id) = (migration.kind, migration.mesh.clone(), migration.id.clone());
        self.migrations.push(migration);
        if kind.is_serial() { self.next_in_line(&mesh) } else { self.transfer(&id) }
    }

    /// Lets the next of those begin that a mesh moves one after another.
    fn next_in_line(&mut self, mesh: &str) {
        let of_line = || self.migrations.iter().filter(|it| it.mesh == mesh && it.kind.is_serial());
        if of_line().any(|it| it.is_active() && it.state != MigrationState::Queued) {
            return;
        }
        let next = of_line().find(|it| it.state == MigrationState::Queued).map(|it| it.id.clone());
        next.iter().for_each(|id| self.transfer(id));
    }

    fn migration(&mut self, id: &str) -> Option<&mut Migration> {
        self.migrations.iter_mut().rev().find(|it| it.id == id)
    }

    fn transfer(&mut self, id: &str) {
        let (now, per_gb) = (self.now, self.durations.transfer_gb);
        let Some(it) = self.migration(id) else { return };
        it.state = MigrationState::Migrating;
        it.transfer_began = Some(now);
        let (seconds, fails) = (it.disk_gb * per_gb, it.fails.take());
        self.later(seconds, Happening::Transferred { migration: id.to_owned() }, fails);
    }

    pub(crate) fn transferred(&mut self, id: &str, fails: Option<String>) {
        if fails.is_some() {
            return self.end_migration(id, MigrationState::MigrateFailed, fails);
        }
        if let Some(it) = self.migration(id) {
            it.state = MigrationState::SwitchoverStarted;
        }
        let seconds = self.durations.switchover;
        self.later(seconds, Happening::SwitchedOver { migration: id.to_owned() }, None);
    }

    pub(crate) fn switched_over(&mut self, id: &str, fails: Option<String>) {
        if fails.is_some() {
            return self.end_migration(id, MigrationState::MigrateFailed, fails);
        }
        if let Some(it) = self.migration(id).cloned() {
            self.relocate(it);
        }
        self.end_migration(id, MigrationState::Migrated, None);
    }

    fn relocate(&mut self, it: Migration) {
        let Some(vm) = self.site_mut(it.from).vms.remove(&it.vm) else { return };
        if it.kind == MigrationKind::Bulk {
            // The source keeps its machine: renamed, powered off, in a folder of its own.
            let copy = Vm { powered: false, copy_of: Some(it.vm.clone()), ..vm.clone() };
            let name = format!("{}_{}", it.vm, self.now.as_second());
            self.site_mut(it.from).vms.insert(name, copy);
        }
        self.site_mut(it.from.other()).vms.insert(it.vm, Vm { network: it.to_network, ..vm });
    }

    fn end_migration(&mut self, id: &str, state: MigrationState, message: Option<String>) {
        let Some(it) = self.migration(id) else { return };
        (it.state, it.message) = (state, message.clone());
        let (vm, mesh) = (it.vm.clone(), it.mesh.clone());
        message.into_iter().for_each(|message| self.alert(&vm, message));
        self.next_in_line(&mesh);
    }

    fn cancel(&mut self, id: &str, force: bool) -> Result<(), Refusal> {
        let Some(it) = self.migration(id) else {
            return refuse(404, "NOT_FOUND", format!("there is no migration {id}"));
        };
        let in_time = matches!(it.state, MigrationState::Queued | MigrationState::Migrating);
        let late = if force { !it.is_active() } else { !in_time };
        if late {
            let vm = it.vm.clone();
            return refuse(400, "CANNOT_CANCEL", format!("it is too late to cancel the migration of {vm}"));
        }
        self.forget(|what| match what {
            Happening::Transferred { migration } | Happening::SwitchedOver { migration } => migration == id,
            _ => false,
        });
        self.end_migration(id, MigrationState::MigrateCanceled, None);
        Ok(())
    }

    /// cancelMigrations (inferred): until switchover starts; forceCancelMigrations: until the end (inferred)
    pub(crate) fn cancel_migrations(&mut self, ids: &MigrationIds, force: bool) -> (u16, Value) {
        let mut status = 400;
        let mut items = Vec::new();
        for MigrationId { migration_id: id } in &ids.items {
            let errors = match self.cancel(id, force) {
                Ok(()) => {
                    status = 202;
                    Vec::new()
                }
                Err(refusal) => vec![refusal.item()],
            };
            items.push(json!({ "migrationId": id, "errors": errors }));
        }
        (status, json!({ "items": items }))
    }

    /// queryMigrations: those that were started here, and the initiator starts all of them
    pub(crate) fn query_migrations(&self, site: Site, query: &MigrationQuery) -> Value {
        let wanted = &query.filter;
        let found = self.migrations.iter().filter(|it| {
            site == Site::Source
                && !wanted.drafts_only
                && wanted.migration_id.as_ref().is_none_or(|all| all.contains(&it.id))
                && wanted.entity_id.as_ref().is_none_or(|all| all.contains(&it.entity))
                && wanted.state.as_ref().is_none_or(|all| all.contains(&json!(it.state)))
                && wanted.migration_type.as_ref().is_none_or(|all| all.contains(&json!(it.kind)))
        });
        json!({ "data": { "items": found.map(|it| self.migration_json(it)).collect::<Vec<_>>() } })
    }

    fn migration_json(&self, it: &Migration) -> Value {
        json!({
            "id": it.id, "migrationId": it.id, "entityId": it.entity, "migrationType": it.kind, "state": it.state,
            "creationDate": it.created.as_millisecond(), "entity": { "entityId": it.entity, "entityName": it.vm },
            "source": self.site_ref(it.from), "destination": self.site_ref(it.from.other()),
            "progress": self.progress(it),
        })
    }

    fn progress(&self, it: &Migration) -> Value {
        let total = it.disk_gb * GIB;
        let sent = self.sent(it, total);
        let is = |state: MigrationState| u8::from(it.state == state);
        let switched = is(MigrationState::Migrated);
        let over = u8::from(it.state == MigrationState::SwitchoverStarted) | switched;
        let message = it.message.as_ref().map(|message| json!({ "message": message }));
        #[expect(clippy::integer_division, reason = "whole percents")]
        let percent = if switched == 1 { 100 } else { sent * 90 / total.max(1) };
        json!({
            "isDone": !it.is_active(), "didFail": it.state == MigrationState::MigrateFailed,
            "isCancelled": is(MigrationState::MigrateCanceled), "percentComplete": percent,
            "total": { "value": total.to_string() }, "error": message,
            "state": {
                "isTransfer": is(MigrationState::Migrating), "isTransferCompleted": over,
                "isSwitchover": is(MigrationState::SwitchoverStarted),
                "isSwitchoverStarted": over, "isSwitchoverCompleted": switched,
                "isParked": 0, "isWaitingForMaintWindow": 0, "isDone": !it.is_active(),
                "isError": is(MigrationState::MigrateFailed), "isCanceled": is(MigrationState::MigrateCanceled),
                "errorMessage": it.message,
            },
            "log": [{ "bytesTransferred": sent, "totalBytes": total }],
        })
    }

    /// How many bytes were transferred so far.
    fn sent(&self, it: &Migration, total: u64) -> u64 {
        let (Some(began), true) = (it.transfer_began, it.state == MigrationState::Migrating) else {
            return if matches!(it.state, MigrationState::SwitchoverStarted | MigrationState::Migrated) {
                total
            } else {
                0
            };
        };
        let whole = std::time::Duration::from_secs(it.disk_gb * self.durations.transfer_gb);
        let part = passed(self.now, began, began.checked_add(whole).unwrap_or(began));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a part of a number of bytes"
        )]
        let sent = (total as f64 * part) as u64;
        sent
    }
}
