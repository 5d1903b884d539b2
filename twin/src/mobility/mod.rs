//! Mobility groups: drafts, what a query shows of them, and how they go (`behaviour.md` section 11).

mod counted;
pub(crate) mod window;
mod work;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::Site;
use crate::migration::{Migration, MigrationSpec};
use crate::refusal::{Refusal, Served, at_initiator, refuse};
use crate::world::{World, uid};
use window::Windows;

/// A mobility group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MobilityGroup {
    pub(crate) name: String,
    /// As it was given; the windows stand beside it.
    defaults: Value,
    pub(crate) migrations: Vec<Planned>,
    pub(crate) windows: Windows,
    pub(crate) archived: bool,
    updated: Timestamp,
}

/// A migration of a group, as it was configured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Planned {
    pub(crate) id: String,
    pub(crate) intent: Value,
    pub(crate) is_draft: bool,
    /// Its own, which come before the group's.
    windows: Windows,
}

/// The body of createMobilityGroups and updateMobilityGroups.
#[derive(Debug, Deserialize)]
pub(crate) struct GroupSpecs {
    items: Vec<GroupSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupSpec {
    /// Of the group that is changed.
    migration_group_id: Option<String>,
    name: String,
    #[serde(default)]
    group_defaults: Value,
    #[serde(default)]
    migrations: Vec<Value>,
}

/// Ids of groups: the body of validate, start, archive and delete.
#[derive(Debug, Deserialize)]
pub(crate) struct GroupIds {
    items: Vec<GroupId>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupId {
    migration_group_id: String,
}

/// The body of queryMobilityGroups and listMobilityGroupIntents; what is left out does not matter.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct GroupQuery {
    #[serde(default)]
    filters: GroupFilters,
}

#[derive(Debug, Default, Deserialize)]
struct GroupFilters {
    #[serde(default)]
    groups: Vec<GroupFilter>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupFilter {
    name: Option<String>,
    migration_group_id: Option<String>,
}

impl MobilityGroup {
    fn is_draft(&self) -> bool {
        self.migrations.iter().all(|it| it.is_draft)
    }

    /// A migration with what the group says for all of them; what it says itself comes first (inferred).
    fn spec(&self, planned: &Planned) -> Result<MigrationSpec, Refusal> {
        let mut whole = self.defaults.as_object().cloned().unwrap_or_default();
        whole.extend(planned.intent.as_object().cloned().unwrap_or_default());
        serde_json::from_value(Value::Object(whole))
            .or_else(|error| refuse(400, "INVALID_REQUEST", error.to_string()))
    }

    /// What the group says for all of its migrations.
    pub(crate) fn by_default<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_value(self.defaults.get(key)?.clone()).ok()
    }

    fn is_meant(&self, id: &str, filter: &GroupFilter) -> bool {
        filter.name.as_ref().is_none_or(|it| *it == self.name)
            && filter.migration_group_id.as_ref().is_none_or(|it| it == id)
    }
}

impl World {
    /// Groups are an Enterprise feature (section 11).
    fn needs_enterprise(&self) -> Result<(), Refusal> {
        if self.is_enterprise() {
            return Ok(());
        }
        refuse(400, "LICENSE_REQUIRED", "mobility groups need an HCX Enterprise license")
    }

    /// createMobilityGroups: one that is refused refuses them all
    pub(crate) fn create_mobility_groups(&mut self, site: Site, specs: &GroupSpecs) -> Served {
        at_initiator(site)?;
        let refusals: Vec<_> = specs.items.iter().map(|it| self.checked_mobility_group(it).err()).collect();
        let refused = refusals.iter().any(Option::is_some);
        let items: Vec<_> = specs
            .items
            .iter()
            .zip(&refusals)
            .map(|(spec, refusal)| {
                let id = (!refused).then(|| self.draft(spec));
                json!({
                    "name": spec.name, "migrationGroupId": id,
                    "errors": refusal.iter().map(Refusal::item).collect::<Vec<_>>(),
                })
            })
            .collect();
        Ok((if refused { 400 } else { 201 }, json!({ "items": items })))
    }

    fn checked_mobility_group(&self, spec: &GroupSpec) -> Result<(), Refusal> {
        self.needs_enterprise()?;
        if self.mobility.values().any(|it| it.name == spec.name && !it.archived) {
            return refuse(400, "DUPLICATE_NAME", "Mobility group with same name exist.");
        }
        Ok(())
    }

    fn draft(&mut self, spec: &GroupSpec) -> String {
        let id = self.new_id("mobility group", &spec.name);
        self.set_mobility_group(&id, spec);
        id
    }

    /// A group is as it was given.
    fn set_mobility_group(&mut self, id: &str, spec: &GroupSpec) {
        self.changes += 1;
        let planned = |(at, intent): (usize, &Value)| Planned {
            id: uid(&["draft", id, &at.to_string()]),
            intent: intent.clone(),
            is_draft: true,
            windows: Windows::of(intent),
        };
        let group = MobilityGroup {
            name: spec.name.clone(),
            migrations: spec.migrations.iter().enumerate().map(planned).collect(),
            windows: Windows::of(&spec.group_defaults),
            defaults: spec.group_defaults.clone(),
            archived: false,
            updated: self.now,
        };
        self.mobility.insert(id.to_owned(), group);
    }

    /// updateMobilityGroups: whole groups anew, while all of their machines are drafts; one that is refused refuses
    /// them all (inferred, as for createMobilityGroups)
    pub(crate) fn update_mobility_groups(&mut self, site: Site, specs: &GroupSpecs) -> Served {
        at_initiator(site)?;
        let refusals: Vec<_> = specs.items.iter().map(|it| self.editable(it).err()).collect();
        let refused = refusals.iter().any(Option::is_some);
        let mut items = Vec::new();
        for (spec, refusal) in specs.items.iter().zip(&refusals) {
            let id = spec.migration_group_id.as_deref().unwrap_or_default();
            if !refused {
                self.set_mobility_group(id, spec);
            }
            let errors: Vec<_> = refusal.iter().map(Refusal::item).collect();
            items.push(json!({ "name": spec.name, "migrationGroupId": id, "errors": errors }));
        }
        Ok((if refused { 400 } else { 200 }, json!({ "items": items })))
    }

    fn editable(&self, spec: &GroupSpec) -> Result<(), Refusal> {
        let id = spec.migration_group_id.as_deref().unwrap_or_default();
        if !self.mobility_group(id)?.is_draft() {
            return refuse(400, "NOT_A_DRAFT", format!("{} was started already", spec.name));
        }
        let taken =
            |(other, it): (&String, &MobilityGroup)| other != id && it.name == spec.name && !it.archived;
        if self.mobility.iter().any(taken) {
            return refuse(400, "DUPLICATE_NAME", "Mobility group with same name exist.");
        }
        Ok(())
    }

    /// queryMobilityGroups and, with how their migrations are configured, listMobilityGroupIntents
    pub(crate) fn mobility_groups(&self, site: Site, query: &GroupQuery, whole: bool) -> Value {
        let wanted = &query.filters.groups;
        let meant = |(id, it): &(&String, &MobilityGroup)| {
            site == Site::Source
                && !it.archived
                && (wanted.is_empty() || wanted.iter().any(|filter| it.is_meant(id, filter)))
        };
        let all = self.mobility.iter().filter(meant).map(|(id, it)| self.mobility_json(id, it, whole));
        json!({ "items": all.collect::<Vec<_>>() })
    }

    fn mobility_json(&self, id: &str, group: &MobilityGroup, whole: bool) -> Value {
        let migration = |it: &Planned| {
            let mut shown = if whole { it.intent.clone() } else { json!({}) };
            if whole && it.windows != Windows::of(&it.intent) {
                it.windows.show(&mut shown);
            }
            if let Some(fields) = shown.as_object_mut() {
                fields.insert("migrationId".to_owned(), json!(it.id));
                fields.insert("migrationGroupId".to_owned(), json!(id));
            }
            shown
        };
        let mut defaults = group.defaults.clone();
        group.windows.show(&mut defaults);
        json!({
            "name": group.name, "migrationGroupId": id, "state": self.mobility_state(id, group),
            "lastUpdated": group.updated.as_millisecond(), "groupDefaults": defaults,
            "migrations": group.migrations.iter().map(migration).collect::<Vec<_>>(),
        })
    }

    /// The words are inferred.
    pub(crate) fn mobility_state(&self, id: &str, group: &MobilityGroup) -> &'static str {
        match (group.is_draft(), self.is_moving(id)) {
            (true, _) => "DRAFT",
            (false, true) => "IN_PROGRESS",
            (false, false) => "COMPLETED",
        }
    }

    fn is_moving(&self, id: &str) -> bool {
        self.migrations.of_group(id).any(Migration::is_active)
    }

    /// What a body names and is not there is a 400: three of four such operations list no 404.
    fn mobility_group(&self, id: &str) -> Result<&MobilityGroup, Refusal> {
        match self.mobility.get(id) {
            Some(group) if !group.archived => Ok(group),
            _ => refuse(400, "GROUP_NOT_FOUND", format!("there is no mobility group {id}")),
        }
    }

    /// deleteMobilityGroups: drafts alone
    pub(crate) fn delete_mobility_groups(&mut self, ids: &GroupIds) -> (u16, Value) {
        let mut items = Vec::new();
        for GroupId { migration_group_id: id } in &ids.items {
            let refusal = match self.mobility_group(id) {
                Err(refusal) => Some(refusal),
                Ok(group) if !group.is_draft() => {
                    refuse::<()>(400, "NOT_A_DRAFT", format!("{} was started: archive it", group.name)).err()
                }
                Ok(_) => {
                    self.changes += 1;
                    self.mobility.remove(id);
                    None
                }
            };
            let errors: Vec<_> = refusal.iter().map(Refusal::item).collect();
            items.push(json!({ "migrationGroupId": id, "errors": errors }));
        }
        (202, json!({ "items": items }))
    }

    /// archiveMobilityGroups: 403 unless every migration has ended
    pub(crate) fn archive_mobility_groups(&mut self, ids: &GroupIds) -> Served {
        for GroupId { migration_group_id: id } in &ids.items {
            let group = self.mobility_group(id)?;
            if group.migrations.iter().any(|it| it.is_draft) || self.is_moving(id) {
                let message = format!("a migration of {} is not in a terminal state", group.name);
                return refuse(403, "NOT_TERMINAL", message);
            }
        }
        self.changes += 1;
        for GroupId { migration_group_id: id } in &ids.items {
            if let Some(group) = self.mobility.get_mut(id) {
                group.archived = true;
            }
        }
        Ok((
            200,
            json!({ "items": ids.items.iter().map(|it| json!({ "migrationGroupId": it.migration_group_id })).collect::<Vec<_>>() }),
        ))
    }
}
