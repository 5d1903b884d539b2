//! Alerts (`behaviour.md` section 12). What makes one, and how severe it is, is inferred: whatever fails is critical, an
//! appliance that is down a warning, or critical while it carries networks alone, and a change of roles an information.
//! Alerts about what is down are resolved when it is up again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::appliance::Unit;
use crate::entity::{Entity, EntityKind};
use crate::http::{Endpoint, Port, Site};
use crate::world::World;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Alert {
    id: String,
    severity: Severity,
    entity: Entity,
    message: String,
    at: Timestamp,
    /// By whom and when.
    acknowledged: Option<(String, Timestamp)>,
    is_resolved: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Severity {
    Info,
    Warning,
    Critical,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum AlertState {
    Created,
    Acknowledged,
    Resolved,
}

/// Something that is wrong as long as it lasts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Down {
    mesh: String,
    pair: u32,
}

/// An alert about something that is down, while it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Watch {
    down: Down,
    alert: String,
}

/// What a client wants to see; what is left out does not matter.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct AlertQuery {
    #[serde(default)]
    filter: AlertFilter,
}

#[derive(Debug, Default, Deserialize)]
struct AlertFilter {
    severity: Option<Severities>,
    state: Option<String>,
    #[serde(rename = "alertId")]
    alert: Option<String>,
    module: Option<String>,
    category: Option<String>,
    #[serde(rename = "entityId")]
    entity: Option<String>,
    start_epoch: Option<Epoch>,
    end_epoch: Option<Epoch>,
}

/// Several in the newest book, one in the older one.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "`severity` is a text or a list of texts")]
enum Severities {
    One(String),
    Several(Vec<String>),
}

/// Milliseconds (inferred), as a text or a number.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a moment is a number of milliseconds, or that number in a text")]
enum Epoch {
    Number(i64),
    Text(String),
}

impl Epoch {
    fn milliseconds(&self) -> Option<i64> {
        match self {
            Epoch::Number(number) => Some(*number),
            Epoch::Text(text) => text.parse().ok(),
        }
    }
}

/// Whether a text is a word of an enum, as it is written.
fn is_word(word: impl Serialize, text: &str) -> bool {
    json!(word).as_str() == Some(text)
}

impl AlertFilter {
    fn wants(&self, it: &Alert) -> bool {
        let severity = self.severity.as_ref().is_none_or(|wanted| match wanted {
            Severities::One(one) => is_word(it.severity, one),
            Severities::Several(all) => all.iter().any(|one| is_word(it.severity, one)),
        });
        let at = it.at.as_millisecond();
        severity
            && self.state.as_ref().is_none_or(|state| is_word(it.state(), state))
            && self.alert.as_ref().is_none_or(|id| *id == it.id)
            && self.module.as_ref().is_none_or(|module| module == it.entity.kind.module())
            && self.category.as_ref().is_none_or(|category| is_word(it.entity.kind, category))
            && self.entity.as_ref().is_none_or(|id| *id == it.entity.id)
            && self.start_epoch.as_ref().and_then(Epoch::milliseconds).is_none_or(|from| from <= at)
            && self.end_epoch.as_ref().and_then(Epoch::milliseconds).is_none_or(|until| at <= until)
    }
}

impl Alert {
    fn state(&self) -> AlertState {
        match &self.acknowledged {
            _ if self.is_resolved => AlertState::Resolved,
            Some(_) => AlertState::Acknowledged,
            None => AlertState::Created,
        }
    }

    fn json(&self) -> Value {
        let (kind, by) = (self.entity.kind, self.acknowledged.as_ref());
        json!({
            "alarm_id": self.id, "message": self.message, "severity": self.severity, "state": self.state(),
            "creation_date": self.at, "module": kind.module(), "category": kind,
            "isAlertAcknowledged": by.is_some(), "acknowledgedBy": by.map(|it| &it.0),
            "acknowledgedAt": by.map(|it| it.1),
            // The blank at the end of the key is HCX's own.
            "entity": { "id": self.entity.id, "name": self.entity.name, "type ": kind },
        })
    }
}

/// What acknowledgeAlert and deleteAlert answer for an alert that is not there: the contract lists no failure but 401 and 403,
/// so it is a 200 that tells so in its body (inferred).
fn unknown(id: &str) -> (u16, Value) {
    let error = json!({ "code": "NOT_FOUND", "message": format!("there is no alert {id}") });
    (200, json!({ "success": false, "errors": [error] }))
}

impl World {
    /// Something about a virtual machine failed.
    pub(crate) fn alert(&mut self, machine: &str, message: String) {
        self.raise(Severity::Critical, Entity::named(EntityKind::VirtualMachine, machine), message);
    }

    pub(crate) fn raise(&mut self, severity: Severity, entity: Entity, message: String) -> String {
        let (id, at) = (self.new_id("alert", &entity.name), self.now);
        let (alert, acknowledged) = (id.clone(), None);
        self.alerts.push(Alert { id, severity, entity, message, at, acknowledged, is_resolved: false });
        alert
    }

    /// Raises alerts about pairs that are down now, and resolves those about pairs that are up again or gone.
    pub(crate) fn watch(&mut self) {
        let down = |(name, mesh): (&String, &crate::mesh::Mesh)| {
            let pairs = mesh.pairs.iter().filter(|(_, pair)| pair.committed && !pair.is_up());
            pairs.map(|(n, _)| Down { mesh: name.clone(), pair: *n }).collect::<Vec<_>>()
        };
        let down: Vec<Down> = self.meshes.iter().flat_map(down).collect();
        let (lasting, over): (Vec<Watch>, Vec<Watch>) =
            std::mem::take(&mut self.watches).into_iter().partition(|it| down.contains(&it.down));
        for Watch { alert, .. } in over {
            let resolved = self.alerts.iter_mut().find(|it| it.id == alert);
            resolved.into_iter().for_each(|it| it.is_resolved = true);
        }
        self.watches = lasting;
        for down in down {
            if !self.watches.iter().any(|it| it.down == down) {
                let alert = self.raise_down(&down);
                self.watches.push(Watch { down, alert });
            }
        }
    }

    fn raise_down(&mut self, down: &Down) -> String {
        let Down { mesh, pair } = down;
        let entity = Entity::appliance(mesh, Unit::Extension(*pair));
        let alone = self.carried(mesh, *pair) > 0;
        let severity = if alone { Severity::Critical } else { Severity::Warning };
        let degraded = self.group_of(mesh, *pair).and_then(|id| self.groups.get(id));
        let message = match degraded {
            Some(group) => format!("{} is down: HA group {} is degraded", entity.name, group.name()),
            None => format!("{} is down", entity.name),
        };
        self.raise(severity, entity, message)
    }

    /// queryAlerts
    pub(crate) fn query_alerts(&self, query: &AlertQuery) -> Value {
        let found = self.alerts.iter().filter(|it| query.filter.wants(it));
        json!({ "items": found.map(Alert::json).collect::<Vec<_>>() })
    }

    /// acknowledgeAlert
    pub(crate) fn acknowledge_alert(&mut self, site: Site, id: &str) -> (u16, Value) {
        let (now, by) = (self.now, crate::session::user(self, Endpoint { site, port: Port::Service }).name);
        let Some(alert) = self.alerts.iter_mut().find(|it| it.id == id) else {
            return unknown(id);
        };
        if alert.acknowledged.is_none() {
            alert.acknowledged = Some((by, now));
            self.changes += 1;
        }
        (200, json!({ "success": true }))
    }

    /// deleteAlert: it no longer shows
    pub(crate) fn delete_alert(&mut self, id: &str) -> (u16, Value) {
        let there = self.alerts.len();
        self.alerts.retain(|it| it.id != id);
        if self.alerts.len() == there {
            return unknown(id);
        }
        self.changes += 1;
        (200, json!({ "success": true }))
    }
}
