//! Checking and starting whole groups.

use serde_json::{Value, json};

use super::{GroupId, GroupIds, Planned};
use crate::http::Site;
use crate::migration::Migration;
use crate::refusal::{Refusal, Served, at_initiator, refuse};
use crate::world::World;

impl World {
    /// A migration of a group, checked as it would begin.
    fn checked_planned(&self, group: &str, planned: &Planned) -> Result<Migration, Refusal> {
        let spec = self.mobility_group(group)?.spec(planned)?;
        let checked = self.checked_migration(&spec)?;
        Ok(Migration {
            id: planned.id.clone(),
            group: Some(group.to_owned()),
            windows: planned.windows,
            ..checked
        })
    }

    /// validateMobilityGroups (inferred): 400 when any migration is refused
    pub(crate) fn validate_mobility_groups(&self, ids: &GroupIds) -> Served {
        let mut valid = true;
        let mut items = Vec::new();
        for GroupId { migration_group_id: id } in &ids.items {
            let group = self.mobility_group(id)?;
            let each = group.migrations.iter().filter(|it| it.is_draft).map(|it| {
                let refusal = self.checked_planned(id, it).err();
                valid &= refusal.is_none();
                result(it, refusal.as_ref())
            });
            let each: Vec<_> = each.collect();
            items.push(json!({ "migrationGroupId": id, "migrations": each, "errors": [] }));
        }
        Ok((if valid { 202 } else { 400 }, json!({ "items": items })))
    }

    /// startMobilityGroups: 400 when nothing begins. What is to fail is the first migration of the group.
    pub(crate) fn start_mobility_groups(
        &mut self,
        site: Site,
        ids: &GroupIds,
        mut fails: Option<String>,
    ) -> Served {
        at_initiator(site)?;
        let mut started = 0;
        let mut items = Vec::new();
        for GroupId { migration_group_id: id } in &ids.items {
            let drafts = match self.startable(id) {
                Ok(drafts) => drafts,
                Err(refusal) => {
                    items.push(json!({ "migrationGroupId": id, "errors": [refusal.item()] }));
                    continue;
                }
            };
            let mut each = Vec::new();
            for planned in drafts {
                let checked = self.checked_planned(id, &planned);
                each.push(result(&planned, checked.as_ref().err()));
                if let Ok(it) = checked {
                    started += 1;
                    self.no_draft(id, &planned.id);
                    self.begin(Migration { fails: fails.take(), ..it });
                }
            }
            self.await_windows(id);
            items.push(json!({ "migrationGroupId": id, "migrations": each, "errors": [] }));
        }
        Ok((if started > 0 { 202 } else { 400 }, json!({ "items": items })))
    }

    fn startable(&self, id: &str) -> Result<Vec<Planned>, Refusal> {
        self.needs_enterprise()?;
        let group = self.mobility_group(id)?;
        let drafts: Vec<_> = group.migrations.iter().filter(|it| it.is_draft).cloned().collect();
        if drafts.is_empty() {
            return refuse(400, "NOTHING_TO_START", format!("{} has no draft to start", group.name));
        }
        Ok(drafts)
    }

    fn no_draft(&mut self, group: &str, id: &str) {
        let planned = self.mobility.get_mut(group).into_iter().flat_map(|it| &mut it.migrations);
        planned.filter(|it| it.id == id).for_each(|it| it.is_draft = false);
    }
}

fn result(planned: &Planned, refusal: Option<&Refusal>) -> Value {
    let entity = planned.intent.get("entity").and_then(|it| it.get("entityId"));
    json!({
        "migrationId": planned.id, "entityId": entity,
        "errors": refusal.map(Refusal::item).into_iter().collect::<Vec<_>>(), "warnings": [],
    })
}
