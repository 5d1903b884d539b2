//! What a query shows of migrations.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Migration, MigrationState};
use crate::http::Site;
use crate::mobility::Planned;
use crate::paging::Paging;
use crate::world::{World, passed};

const GIB: u64 = 1 << 30;

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
    /// queryMigrations: those that were started here, and the initiator starts all of them
    pub(crate) fn query_migrations(&self, site: Site, query: &MigrationQuery) -> Value {
        let wanted = &query.filter;
        let is_one = |all: &Option<Vec<Value>>, it: Value| all.as_ref().is_none_or(|all| all.contains(&it));
        let (ids, groups) = (wanted.migration_id.as_deref(), wanted.migration_group_id.as_deref());
        let found = self.migrations.named(ids, groups).filter(|it| {
            site == Site::Source
                && !wanted.drafts_only
                && wanted.entity_id.as_ref().is_none_or(|all| all.contains(&it.entity))
                && is_one(&wanted.state, self.state_word(it))
                && is_one(&wanted.migration_type, json!(it.kind))
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
    pub(crate) fn state_word(&self, it: &Migration) -> Value {
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
            "log": [self.bytes(it)],
        })
    }

    pub(crate) fn bytes(&self, it: &Migration) -> Value {
        let total = it.disk_gb * GIB;
        json!({ "bytesTransferred": self.sent(it, total), "totalBytes": total })
    }

    /// How many bytes were transferred so far.
    fn sent(&self, it: &Migration, total: u64) -> u64 {
        if it.replicated {
            return total;
        }
        let (Some(began), true) = (it.transfer_began, it.is_active()) else { return it.seed_gb * GIB };
        let whole = std::time::Duration::from_secs(it.to_send_gb() * self.durations.transfer_gb);
        let part = passed(self.now, began, began.checked_add(whole).unwrap_or(began));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a part of a number of bytes"
        )]
        let sent = ((it.to_send_gb() * GIB) as f64 * part) as u64;
        it.seeded_gb * GIB + sent
    }

    /// The whole GB of them.
    pub(super) fn sent_gb(&self, it: &Migration) -> u64 {
        self.sent(it, it.disk_gb * GIB) >> 30
    }
}
