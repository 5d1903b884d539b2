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

/// The body of scheduleMobilityGroup; windows of single migrations are not served.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScheduleRequest {
    #[serde(default)]
    mobility_group_defaults: Schedules,
}

#[derive(Debug, Default, Deserialize)]
struct Schedules {
    transfer: Option<Schedule>,
    switchover: Option<Schedule>,
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

impl World {
    /// Whether the windows of a migration's group let it transfer, or switch over.
    pub(crate) fn may_transfer(&self, it: &Migration) -> bool {
        let group = it.group.as_ref().and_then(|id| self.mobility.get(id));
        group.and_then(|it| it.transfer).is_none_or(|window| window.is_open(self.now))
    }

    pub(crate) fn may_switch_over(&self, it: &Migration) -> bool {
        let group = it.group.as_ref().and_then(|id| self.mobility.get(id));
        group.and_then(|it| it.switchover).is_none_or(|window| window.is_open(self.now))
    }

    /// scheduleMobilityGroup
    pub(crate) fn schedule_mobility_group(&mut self, id: &str, asked: &ScheduleRequest) -> Served {
        let now = self.now;
        let Some(group) = self.mobility.get_mut(id).filter(|it| !it.archived) else {
            return refuse(404, "NOT_FOUND", format!("there is no mobility group {id}"));
        };
        let fixed = |intent: &Value| {
            intent
                .get("migrationType")
                .and_then(Value::as_str)
                .is_some_and(|it| it == "vMotion" || it == "ColdMigration")
        };
        if group.migrations.iter().any(|it| fixed(&it.intent)) {
            return refuse(400, "CANNOT_SCHEDULE", "vMotion and cold migrations cannot be scheduled");
        }
        let Schedules { transfer, switchover } = asked.mobility_group_defaults;
        if let Some(schedule) = transfer {
            group.transfer = schedule.window();
        }
        if let Some(schedule) = switchover {
            group.switchover = schedule.window();
        }
        let windows = [group.transfer, group.switchover];
        let count = |it: Option<Schedule>| if it.is_some() { group.migrations.len() } else { 0 };
        let counts = json!({
            "affectedTransferScheduleCount": count(transfer), "affectedSwitchoverScheduleCount": count(switchover),
        });
        for at in windows.into_iter().flatten().filter_map(|window| window.opens(now)) {
            self.end_at(at, Happening::WindowOpened { group: id.to_owned() }, None, None);
        }
        self.changes += 1;
        self.window_opened(id);
        Ok((200, counts))
    }

    /// Lets the windows of a group that was drafted with some open in time.
    pub(crate) fn await_windows(&mut self, id: &str) {
        let Some(group) = self.mobility.get(id) else { return };
        let windows = [group.transfer, group.switchover];
        let now = self.now;
        for at in windows.into_iter().flatten().filter_map(|window| window.opens(now)) {
            self.end_at(at, Happening::WindowOpened { group: id.to_owned() }, None, None);
        }
    }

    /// What waits for a window of a group goes on, when it is open.
    pub(crate) fn window_opened(&mut self, id: &str) {
        let waits = |it: &&Migration| matches!(it.state, MigrationState::Queued | MigrationState::Parked);
        let waiting: Vec<_> =
            self.migrations.of_group(id).filter(waits).map(|it| (it.id.clone(), it.state)).collect();
        for (id, state) in waiting {
            match state {
                MigrationState::Queued => self.may_begin(&id),
                _ => self.replicated(&id),
            }
        }
    }
}
