//! Migrations under way: phases and ends.

use serde::Deserialize;
use serde_json::{Value, json};

use super::asked::MigrationSpecs;
use super::{Migration, MigrationKind, MigrationState};
use crate::fault::Failure;
use crate::http::Site;
use crate::refusal::{Refusal, Served, at_initiator, not_found, refuse};
use crate::world::{Happening, Vm, World};

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

impl World {
    /// startMigrations: an entry an item; 400 when none of them begins
    pub(crate) fn start_migrations(
        &mut self,
        site: Site,
        specs: &MigrationSpecs,
        is_older: bool,
        fails: Option<&Failure>,
    ) -> Served {
        at_initiator(site)?;
        let mut started = 0;
        let mut items = Vec::new();
        for (nth, spec) in specs.items.iter().enumerate() {
            let checked =
                Failure::of_item(fails, nth).and_then(|fails| Ok((self.checked_migration(spec)?, fails)));
            items.push(match checked {
                Ok((it, fails)) => {
                    started += 1;
                    let item = json!({ "migrationId": it.id, "entityId": it.entity, "errors": [] });
                    self.begin(Migration { fails: fails.map(|it| it.message), ..it });
                    item
                }
                Err(refusal) => json!({ "entityId": spec.entity(), "errors": [refusal.item()] }),
            });
        }
        let list = if is_older { "migrations" } else { "items" };
        Ok((if started > 0 { 202 } else { 400 }, json!({ list: items })))
    }

    pub(crate) fn begin(&mut self, migration: Migration) {
        self.changes += 1;
        let id = migration.id.clone();
        self.migrations.push(migration);
        self.await_own_windows(&id);
        self.may_begin(&id);
    }

    /// Begins the transfer as soon as its window and those before it let it.
    pub(crate) fn may_begin(&mut self, id: &str) {
        let Some(it) = self.migrations.get(id) else { return };
        if it.kind.is_serial() {
            let mesh = it.mesh.clone();
            self.next_in_line(&mesh);
        } else if self.may_transfer(it) {
            self.transfer(id);
        }
    }

    /// Lets the next of those go on that a mesh moves, or switches over, one after another.
    fn next_in_line(&mut self, mesh: &str) {
        let waits = |it: &&Migration| {
            it.state == MigrationState::Migrating
                && it.replicated
                && it.kind == MigrationKind::Rav
                && it.mesh == mesh
        };
        let replicated = self.migrations.active().find(waits).map(|it| it.id.clone());
        replicated.iter().for_each(|id| self.replicated(id));
        let line: Vec<_> =
            self.migrations.active().filter(|it| it.kind.is_serial() && it.mesh == mesh).collect();
        if line.iter().all(|it| it.state == MigrationState::Queued) {
            let next = line.first().map(|it| it.id.clone());
            next.iter().for_each(|id| self.transfer(id));
        }
    }

    fn transfer(&mut self, id: &str) {
        let (now, per_gb) = (self.now, self.durations.transfer_gb);
        let begun = self.migrations.change(id, |it| {
            it.state = MigrationState::Migrating;
            it.transfer_began = Some(now);
            (it.to_send_gb() * per_gb, it.fails.take())
        });
        let Some((seconds, fails)) = begun else { return };
        self.later(seconds, Happening::Transferred { migration: id.to_owned() }, fails);
    }

    pub(crate) fn transferred(&mut self, id: &str, fails: Option<String>) {
        if fails.is_some() {
            return self.end_migration(id, MigrationState::MigrateFailed, fails);
        }
        self.migrations.change(id, |it| it.replicated = true);
        self.replicated(id);
    }

    /// Everything is transferred: it switches over, waits for its window, or for the one before it. RAV switches over one
    /// after another.
    pub(crate) fn replicated(&mut self, id: &str) {
        let Some(it) = self.migrations.get(id) else { return };
        let is_before = |other: &Migration| {
            other.state == MigrationState::SwitchoverStarted
                && other.kind == MigrationKind::Rav
                && other.mesh == it.mesh
        };
        let state = if !self.may_switch_over(it) {
            MigrationState::Parked
        } else if it.kind == MigrationKind::Rav && self.migrations.active().any(is_before) {
            MigrationState::Migrating
        } else {
            MigrationState::SwitchoverStarted
        };
        let fails = self.refuses_shutdown(it).then(|| format!("the guest of {} did not shut down", it.vm));
        self.migrations.change(id, |it| it.state = state);
        if state == MigrationState::SwitchoverStarted {
            let seconds = self.durations.switchover;
            self.later(seconds, Happening::SwitchedOver { migration: id.to_owned() }, fails);
        }
    }

    /// Bulk shuts the guest down; one that does not let it has to be powered off by force (section 11).
    fn refuses_shutdown(&self, it: &Migration) -> bool {
        let refuses = |vm: &Vm| vm.powered && vm.refuses_shutdown;
        it.kind == MigrationKind::Bulk
            && !it.options.force_power_off
            && self.site(it.from).vms.get(&it.vm).is_some_and(refuses)
    }

    pub(crate) fn switched_over(&mut self, id: &str, fails: Option<String>) {
        if fails.is_some() {
            return self.end_migration(id, MigrationState::MigrateFailed, fails);
        }
        if let Some(it) = self.migrations.get(id).cloned() {
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
        let seed_gb = self.migrations.get(id).map_or(0, |it| self.seed_gb(it, state));
        let ended = self.migrations.change(id, |it| {
            (it.state, it.seed_gb) = (state, seed_gb);
            it.message.clone_from(&message);
            (it.vm.clone(), it.mesh.clone())
        });
        let Some((vm, mesh)) = ended else { return };
        message.into_iter().for_each(|message| self.alert(&vm, message));
        self.next_in_line(&mesh);
    }

    /// What a migration that comes to nothing leaves for the next one of its kind (section 11: seed checkpoint).
    fn seed_gb(&self, it: &Migration, end: MigrationState) -> u64 {
        let replicates = matches!(it.kind, MigrationKind::Bulk | MigrationKind::Rav);
        let keeps = it.options.seed_checkpoint && replicates && end != MigrationState::Migrated;
        if keeps { self.sent_gb(it) } else { 0 }
    }

    fn cancel(&mut self, id: &str, litter: bool) -> Result<(), Refusal> {
        let Some(it) = self.migrations.get(id) else { return not_found("migration", id) };
        if !it.is_active() || it.state == MigrationState::SwitchoverStarted {
            let message = format!("it is too late to cancel the migration of {}", it.vm);
            return refuse(400, "CANNOT_CANCEL", message);
        }
        self.migrations.change(id, |it| it.litter = litter);
        self.stop(id);
        Ok(())
    }

    /// forceCancelMigrations: what is under way comes to an end, and what a cancel left is removed
    fn clean_up(&mut self, id: &str) -> Result<(), Refusal> {
        let Some(it) = self.migrations.get(id) else { return not_found("migration", id) };
        let is_active = it.is_active();
        if !is_active && !it.litter {
            let message = format!("the migration of {} has ended and left nothing", it.vm);
            return refuse(400, "NOTHING_TO_CLEAN_UP", message);
        }
        self.migrations.change(id, |it| it.litter = false);
        if is_active {
            self.stop(id);
        } else {
            self.changes += 1;
        }
        Ok(())
    }

    fn stop(&mut self, id: &str) {
        self.forget(|what| match what {
            Happening::Transferred { migration } | Happening::SwitchedOver { migration } => migration == id,
            _ => false,
        });
        self.end_migration(id, MigrationState::MigrateCanceled, None);
    }

    /// cancelMigrations (inferred): until switchover starts; one that is to fail leaves something to clean up
    pub(crate) fn cancel_migrations(&mut self, ids: &MigrationIds, fails: bool) -> (u16, Value) {
        Self::each(ids, |id| self.cancel(id, fails))
    }

    /// forceCancelMigrations: until the end (inferred)
    pub(crate) fn clean_up_migrations(&mut self, ids: &MigrationIds) -> (u16, Value) {
        Self::each(ids, |id| self.clean_up(id))
    }

    fn each(ids: &MigrationIds, mut work: impl FnMut(&str) -> Result<(), Refusal>) -> (u16, Value) {
        let mut status = 400;
        let mut items = Vec::new();
        for MigrationId { migration_id: id } in &ids.items {
            let errors = match work(id) {
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
}
