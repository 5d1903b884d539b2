//! Windows: when the transfer of a group may begin, and when its machines may switch over.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::migration::{Migration, MigrationState};
use crate::refusal::{Served, refuse};
use crate::world::{Happening, World};

/// A stretch of time, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Window {
    start_time: i64,
    expiry_time: Option<i64>,
}

/// A window as it is asked for.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Schedule {
    start_time: Option<i64>,
    expiry_time: Option<i64>,
    #[serde(default, rename = "clearSchedule")]
    clear: bool,
}

/// When something may transfer, and when it may switch over; where nothing is said, at any time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Windows {
    pub(crate) transfer: Option<Window>,
    pub(crate) switchover: Option<Window>,
}

/// The body of scheduleMobilityGroup.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScheduleRequest {
    #[serde(default)]
    mobility_group_defaults: Schedules,
    #[serde(default)]
    migrations: Vec<MigrationSchedule>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Schedules {
    transfer: Option<Schedule>,
    switchover: Option<Schedule>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MigrationSchedule {
    migration_id: String,
    #[serde(default)]
    schedule: Schedules,
}

impl Schedule {
    pub(crate) fn window(self) -> Option<Window> {
        let start_time = self.start_time.filter(|_| !self.clear)?;
        Some(Window { start_time, expiry_time: self.expiry_time })
    }
}

impl Window {
    fn is_open(self, now: Timestamp) -> bool {
        let now = now.as_millisecond();
        self.start_time <= now && self.expiry_time.is_none_or(|end| now < end)
    }

    /// When it opens; nothing when that is over.
    fn opens(self, now: Timestamp) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.start_time).ok().filter(|at| *at > now)
    }
}

impl Windows {
    /// Those that stand in a group's defaults, or in how a migration is configured.
    pub(crate) fn of(configured: &Value) -> Self {
        let window = |which: &str| {
            let schedule = configured.get(which)?.get("schedule")?;
            serde_json::from_value::<Schedule>(schedule.clone()).ok()?.window()
        };
        Self { transfer: window("transferParams"), switchover: window("switchoverParams") }
    }

    fn set(&mut self, asked: Schedules) {
        self.transfer = asked.transfer.map_or(self.transfer, Schedule::window);
        self.switchover = asked.switchover.map_or(self.switchover, Schedule::window);
    }

    /// When they open.
    fn open(self, now: Timestamp) -> impl Iterator<Item = Timestamp> {
        [self.transfer, self.switchover].into_iter().flatten().filter_map(move |window| window.opens(now))
    }

    /// Puts them where they would stand if they had been configured so.
    pub(super) fn show(self, configured: &mut Value) {
        let Some(configured) = configured.as_object_mut() else { return };
        for (which, window) in [("transferParams", self.transfer), ("switchoverParams", self.switchover)] {
            let params = configured.entry(which).or_insert_with(|| json!({}));
            params.as_object_mut().map(|it| it.insert("schedule".to_owned(), json!(window)));
        }
    }
}

impl World {
    /// The windows of a migration: its own, and where it has none those of its group.
    fn windows(&self, it: &Migration) -> Windows {
        let group = it.group.as_ref().and_then(|id| self.mobility.get(id));
        let of_group = group.map(|it| it.windows).unwrap_or_default();
        Windows {
            transfer: it.windows.transfer.or(of_group.transfer),
            switchover: it.windows.switchover.or(of_group.switchover),
        }
    }

    pub(crate) fn may_transfer(&self, it: &Migration) -> bool {
        self.windows(it).transfer.is_none_or(|window| window.is_open(self.now))
    }

    pub(crate) fn may_switch_over(&self, it: &Migration) -> bool {
        self.windows(it).switchover.is_none_or(|window| window.is_open(self.now))
    }

    /// scheduleMobilityGroup: the windows of a group, and of single migrations of it
    pub(crate) fn schedule_mobility_group(&mut self, id: &str, asked: &ScheduleRequest) -> Served {
        let Some(group) = self.mobility.get_mut(id).filter(|it| !it.archived) else {
            return refuse(404, "NOT_FOUND", format!("there is no mobility group {id}"));
        };
        let fixed = |intent: &Value| {
            let kind = intent.get("migrationType").and_then(Value::as_str);
            kind.is_some_and(|it| it == "vMotion" || it == "ColdMigration")
        };
        if group.migrations.iter().any(|it| fixed(&it.intent)) {
            return refuse(400, "CANNOT_SCHEDULE", "vMotion and cold migrations cannot be scheduled");
        }
        let (defaults, all) = (asked.mobility_group_defaults, group.migrations.len());
        group.windows.set(defaults);
        let (known, unknown): (Vec<_>, Vec<_>) = asked
            .migrations
            .iter()
            .partition(|it| self.schedule_migration(id, &it.migration_id, it.schedule));
        let count = |asked: fn(&Schedules) -> Option<Schedule>| {
            let of_all = if asked(&defaults).is_some() { all } else { 0 };
            of_all + known.iter().filter(|it| asked(&it.schedule).is_some()).count()
        };
        let unknown = unknown.iter().map(|MigrationSchedule { migration_id: id, .. }| {
            let message = format!("there is no migration {id} in this group");
            json!({ "id": id, "errors": [{ "code": "NOT_FOUND", "message": message }] })
        });
        let unknown: Vec<_> = unknown.collect();
        let answer = json!({
            "affectedTransferScheduleCount": count(|it| it.transfer),
            "affectedSwitchoverScheduleCount": count(|it| it.switchover),
            "errors": (!unknown.is_empty()).then(|| json!({ "migrations": unknown })),
        });
        self.changes += 1;
        self.await_windows(id);
        self.group_window_opened(id);
        Ok((200, answer))
    }

    /// Sets the windows of a migration, drafted or started; whether the group has it.
    fn schedule_migration(&mut self, group: &str, id: &str, asked: Schedules) -> bool {
        let mut planned = self.mobility.get_mut(group).into_iter().flat_map(|it| &mut it.migrations);
        let is_planned = planned.find(|it| it.id == id).map(|it| it.windows.set(asked)).is_some();
        let is_started = self.migrations.get(id).is_some_and(|it| it.group.as_deref() == Some(group));
        if is_started {
            self.migrations.change(id, |it| it.windows.set(asked));
            self.await_own_windows(id);
        }
        is_planned || is_started
    }

    /// Lets the windows of a group open in time.
    pub(crate) fn await_windows(&mut self, id: &str) {
        let Some(group) = self.mobility.get(id) else { return };
        for at in group.windows.open(self.now) {
            self.end_at(at, Happening::GroupWindowOpened { group: id.to_owned() }, None, None);
        }
    }

    /// Lets the windows of a migration open in time.
    pub(crate) fn await_own_windows(&mut self, id: &str) {
        let Some(it) = self.migrations.get(id) else { return };
        for at in it.windows.open(self.now) {
            self.end_at(at, Happening::WindowOpened { migration: id.to_owned() }, None, None);
        }
    }

    /// What waits for a window of a group goes on, when it is open.
    pub(crate) fn group_window_opened(&mut self, id: &str) {
        let all: Vec<_> = self.migrations.of_group(id).map(|it| it.id.clone()).collect();
        all.iter().for_each(|id| self.window_opened(id));
    }

    /// So does a migration.
    pub(crate) fn window_opened(&mut self, id: &str) {
        match self.migrations.get(id).map(|it| it.state) {
            Some(MigrationState::Queued) => self.may_begin(id),
            Some(MigrationState::Parked) => self.replicated(id),
            _ => {}
        }
    }
}
