//! Alerts (`behaviour.md` section 12): every failed task, job and migration makes one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::refusal::{Served, not_found};
use crate::world::World;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Alert {
    id: String,
    entity: String,
    message: String,
    at: Timestamp,
    acknowledged: bool,
}

/// What a client wants to see; what is left out does not matter.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct AlertQuery {
    #[serde(default)]
    filter: AlertFilter,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AlertFilter {
    severity: Option<Vec<String>>,
    state: Option<String>,
    alert_id: Option<String>,
}

impl Alert {
    fn state(&self) -> &'static str {
        if self.acknowledged { "ACKNOWLEDGED" } else { "CREATED" }
    }
}

impl World {
    pub(crate) fn alert(&mut self, entity: &str, message: String) {
        let id = self.new_id("alert", entity);
        self.alerts.push(Alert { id, entity: entity.to_owned(), message, at: self.now, acknowledged: false });
    }

    /// queryAlerts
    pub(crate) fn query_alerts(&self, query: &AlertQuery) -> Value {
        let wanted = &query.filter;
        let found = self.alerts.iter().filter(|it| {
            wanted.severity.as_ref().is_none_or(|all| all.iter().any(|it| it == "CRITICAL"))
                && wanted.state.as_ref().is_none_or(|state| state == it.state())
                && wanted.alert_id.as_ref().is_none_or(|id| *id == it.id)
        });
        let alert = |it: &Alert| {
            json!({
                "alarm_id": it.id, "message": it.message, "severity": "CRITICAL", "state": it.state(),
                "creation_date": it.at, "isAlertAcknowledged": it.acknowledged, "module": "Interconnect",
                // The blank at the end of the key is HCX's own.
                "entity": { "name": it.entity, "type ": "ServiceMesh" },
            })
        };
        json!({ "items": found.map(alert).collect::<Vec<_>>() })
    }

    /// acknowledgeAlert
    pub(crate) fn acknowledge_alert(&mut self, id: &str) -> Served {
        let Some(alert) = self.alerts.iter_mut().find(|it| it.id == id) else {
            return not_found("alert", id);
        };
        self.changes += u64::from(!alert.acknowledged);
        alert.acknowledged = true;
        Ok((200, json!({ "success": true })))
    }
}
