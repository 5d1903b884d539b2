//! Migrations under way: phases, ends, and what a query shows (`behaviour.md` section 11).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::Failure;
use crate::http::Site;
use crate::migration::{Migration, MigrationKind, MigrationSpecs, MigrationState};
use crate::mobility::Planned;
use crate::paging::Paging;
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
    #[serde(default)]
    paging: Paging,
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
    migration_group_id: Option<Vec<String>>,
    #[serde(default)]
    drafts_only: bool,
    #[serde(default)]
    skip_drafts: bool,
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
        if site == Site::Cloud {
            return refuse(
                400,
                "NOT_INITIATOR",
                "migrations are started at the site that initiated the pairing",
            );
        }
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
        self.may_begin(&id);
    }

    /// Begins the transfer as soon as its window and those before it let it.
    pub(crate) fn may_begin(&mut self, id: &str) {
        let Some(it) = self.migration(id).cloned() else { return };
        if it.kind.is_serial() {
            self.next_in_line(&it.mesh);
        } else if self.may_transfer(&it) {
            self.transfer(id);
        }
    }

    /// Lets the next of those go on that a mesh moves, or switches over, one after another.
    fn next_in_line(&mut self, mesh: &str) {
        let replicated = self.migrations.iter().find(|it| {
            it.state == MigrationState::Migrating
                && it.replicated
                && it.kind == MigrationKind::Rav
                && it.mesh == mesh
        });
        if let Some(id) = replicated.map(|it| it.id.clone()) {
            self.replicated(&id);
        }
        let of_line = || self.migrations.iter().filter(|it| it.kind.is_serial() && it.mesh == mesh);
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
            it.replicated = true;
        }
        self.replicated(id);
    }

    /// Everything is transferred: it switches over, waits for its window, or for the one before it. RAV switches over one
    /// after another.
    pub(crate) fn replicated(&mut self, id: &str) {
        let Some(it) = self.migration(id).cloned() else { return };
        let before = |other: &Migration| {
            other.state == MigrationState::SwitchoverStarted
                && other.kind == MigrationKind::Rav
                && other.mesh == it.mesh
        };
        let state = if !self.may_switch_over(&it) {
            MigrationState::Parked
        } else if it.kind == MigrationKind::Rav && self.migrations.iter().any(before) {
            MigrationState::Migrating
        } else {
            MigrationState::SwitchoverStarted
        };
        if let Some(it) = self.migration(id) {
            it.state = state;
        }
        if state != MigrationState::SwitchoverStarted {
            return;
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

    fn cancel(&mut self, id: &str, litter: bool) -> Result<(), Refusal> {
        let Some(it) = self.migration(id) else {
            return refuse(404, "NOT_FOUND", format!("there is no migration {id}"));
        };
        if !it.is_active() || it.state == MigrationState::SwitchoverStarted {
            let vm = it.vm.clone();
            return refuse(400, "CANNOT_CANCEL", format!("it is too late to cancel the migration of {vm}"));
        }
        it.litter = litter;
        self.stop(id);
        Ok(())
    }

    /// forceCancelMigrations: what is under way comes to an end, and what a cancel left is removed
    fn clean_up(&mut self, id: &str) -> Result<(), Refusal> {
        let Some(it) = self.migration(id) else {
            return refuse(404, "NOT_FOUND", format!("there is no migration {id}"));
        };
        if !it.is_active() && !it.litter {
            let vm = it.vm.clone();
            return refuse(
                400,
                "NOTHING_TO_CLEAN_UP",
                format!("the migration of {vm} has ended and left nothing"),
            );
        }
        it.litter = false;
        if it.is_active() {
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

    /// queryMigrations: those that were started here, and the initiator starts all of them
    pub(crate) fn query_migrations(&self, site: Site, query: &MigrationQuery) -> Value {
        let wanted = &query.filter;
        let found = self.migrations.iter().filter(|it| {
            site == Site::Source
                && !wanted.drafts_only
                && wanted
                    .migration_group_id
                    .as_ref()
                    .is_none_or(|all| it.group.as_ref().is_some_and(|id| all.contains(id)))
                && wanted.migration_id.as_ref().is_none_or(|all| all.contains(&it.id))
                && wanted.entity_id.as_ref().is_none_or(|all| all.contains(&it.entity))
                && wanted.state.as_ref().is_none_or(|all| all.contains(&self.state_word(it)))
                && wanted.migration_type.as_ref().is_none_or(|all| all.contains(&json!(it.kind)))
        });
        let found = found.map(|it| self.migration_json(it));
        let all = self.drafts(site, wanted).into_iter().chain(found);
        json!({ "data": { "items": query.paging.page(all) } })
    }

    /// What is drafted in the groups that were asked for (inferred: their word).
    fn drafts(&self, site: Site, wanted: &MigrationFilter) -> Vec<Value> {
        let groups = self.mobility.iter().filter(|(id, it)| {
            site == Site::Source
                && !wanted.skip_drafts
                && !it.archived
                && wanted.migration_group_id.as_ref().is_some_and(|all| all.contains(id))
        });
        let draft = |id: &String, it: &Planned| {
            json!({
                "id": it.id, "migrationId": it.id, "migrationGroupId": id, "state": "DRAFT",
                "entityId": it.intent.get("entity").and_then(|it| it.get("entityId")), "entity": it.intent.get("entity"),
            })
        };
        groups
            .flat_map(|(id, it)| it.migrations.iter().filter(|it| it.is_draft).map(move |it| draft(id, it)))
            .collect()
    }

    /// Managers from 9.0 on spell the ends anew (section 11 has both; that it is the version which decides is inferred).
    fn state_word(&self, it: &Migration) -> Value {
        let is_newer = self
            .source
            .scene
            .version
            .split('.')
            .next()
            .and_then(|it| it.parse().ok())
            .is_some_and(|it: u32| it >= 9);
        match it.state {
            MigrationState::Migrated if is_newer => json!("MIGRATION_COMPLETE"),
            MigrationState::MigrateFailed if is_newer => json!("MIGRATION_FAILED"),
            MigrationState::MigrateCanceled if is_newer => json!("MIGRATION_CANCELLED"),
            state => json!(state),
        }
    }

    fn migration_json(&self, it: &Migration) -> Value {
        json!({
            "id": it.id, "migrationId": it.id, "entityId": it.entity, "migrationType": it.kind, "state": self.state_word(it),
            "migrationGroupId": it.group,
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
        let over = is(MigrationState::SwitchoverStarted) | switched;
        let (parked, done) = (is(MigrationState::Parked), !it.is_active() && !it.litter);
        let message = it.message.as_ref().map(|message| json!({ "message": message }));
        #[expect(clippy::integer_division, reason = "whole percents")]
        let percent = if switched == 1 { 100 } else { sent * 90 / total.max(1) };
        json!({
            "isDone": done, "didFail": it.state == MigrationState::MigrateFailed,
            "isCancelled": is(MigrationState::MigrateCanceled), "percentComplete": percent,
            "total": { "value": total.to_string() }, "error": message,
            "state": {
                "isTransfer": u8::from(it.state == MigrationState::Migrating && !it.replicated),
                "isTransferCompleted": u8::from(it.replicated),
                "isSwitchover": is(MigrationState::SwitchoverStarted),
                "isSwitchoverStarted": over, "isSwitchoverCompleted": switched,
                "isParked": parked, "isWaitingForMaintWindow": parked, "isDone": done,
                "isError": is(MigrationState::MigrateFailed), "isCanceled": is(MigrationState::MigrateCanceled),
                "errorMessage": it.message,
            },
            "log": [{ "bytesTransferred": sent, "totalBytes": total }],
        })
    }

    /// How many bytes were transferred so far.
    fn sent(&self, it: &Migration, total: u64) -> u64 {
        if it.replicated {
            return total;
        }
        let (Some(began), true) = (it.transfer_began, it.is_active()) else { return 0 };
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
