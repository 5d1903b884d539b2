//! Groups with counters per phase, and their migrations, as 9.1 shows them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{MobilityGroup, Planned};
use crate::http::Site;
use crate::migration::{Migration, MigrationState};
use crate::paging::Paging;
use crate::refusal::{Refusal, Served};
use crate::world::World;

/// The body of queryMobilityGroupsV2 and queryGroupMigrationsV2; what is left out does not matter.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CountedQuery {
    filter: CountedFilter,
    page_parameters: Paging,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CountedFilter {
    mobility_group_id: Vec<String>,
    mobility_group_name: Option<String>,
}

impl World {
    /// queryMobilityGroupsV2
    pub(crate) fn counted_groups(&self, site: Site, query: &CountedQuery) -> Value {
        let CountedFilter { mobility_group_id: ids, mobility_group_name: name } = &query.filter;
        let meant = |(id, it): &(&String, &MobilityGroup)| {
            site == Site::Source
                && !it.archived
                && (ids.is_empty() || ids.contains(id))
                && name.as_ref().is_none_or(|name| it.name.contains(name.as_str()))
        };
        let groups = self.mobility.iter().filter(meant).map(|(id, it)| self.counted(id, it));
        json!({ "items": query.page_parameters.page(groups) })
    }

    fn counted(&self, id: &str, group: &MobilityGroup) -> Value {
        let states: Vec<_> = group.migrations.iter().map(|it| self.state_of(it)).collect();
        let count =
            |wanted: &[Option<MigrationState>]| states.iter().filter(|it| wanted.contains(it)).count();
        let one = |state: MigrationState| count(&[Some(state)]);
        let end = |site: Site| json!({ "name": self.site(site).scene.name });
        json!({
            "info": {
                "id": id, "name": group.name, "lastUpdatedTimestamp": group.updated.as_millisecond(),
                "source": end(Site::Source), "destination": end(Site::Cloud),
            },
            "summary": {
                "state": self.mobility_state(id, group),
                "countSummary": {
                    "totalVms": states.len(), "totalVmsDraft": count(&[None]),
                    "totalVmsQueued": one(MigrationState::Queued),
                    "totalVmsInTransfer": one(MigrationState::Migrating),
                    "totalVmsWaitingSwitchover": one(MigrationState::Parked),
                    "totalVmsInSwitchover": one(MigrationState::SwitchoverStarted),
                    "totalVmsCompleted": one(MigrationState::Migrated),
                    "totalVmsError": one(MigrationState::MigrateFailed),
                    "totalVmsCancelled": one(MigrationState::MigrateCanceled),
                    "totalVmsWarning": 0,
                },
            },
        })
    }

    /// Where a migration of a group is; none while it is a draft.
    fn state_of(&self, planned: &Planned) -> Option<MigrationState> {
        if planned.is_draft {
            return None;
        }
        self.migration_of(planned).map(|it| it.state)
    }

    fn migration_of(&self, planned: &Planned) -> Option<&Migration> {
        self.migrations.get(&planned.id)
    }

    /// queryGroupMigrationsV2
    pub(crate) fn counted_migrations(&self, group: &str, query: &CountedQuery) -> Served {
        let group = self.mobility_group(group).map_err(|no| Refusal { status: 404, ..no })?;
        let entity = |it: &Planned| it.intent.get("entity").cloned().unwrap_or_else(|| json!({}));
        let migration = |it: &Planned| {
            let running = self.migration_of(it);
            let error = running.and_then(|it| it.message.as_ref());
            let state = running.map(|it| self.state_word(it));
            json!({
                "info": { "id": it.id, "entity": entity(it) },
                "summary": { "progressSummary": {
                    "status": if it.is_draft { json!("DRAFT") } else { json!(state) },
                    "total": running.map(|it| self.bytes(it)),
                    "error": { "messages": error.iter().map(|it| json!(it)).collect::<Vec<_>>() },
                } },
            })
        };
        let all = group.migrations.iter().map(migration);
        Ok((200, json!({ "items": query.page_parameters.page(all) })))
    }
}
