//! What can happen in a run: the one vocabulary of journal, progress, report and resume.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{NodeId, PhaseName};
use crate::look::{Intent, Way};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, by the clock of the run.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened, in the past tense.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what their types and names say")]
pub enum EventKind {
    /// A step began, or began its way back.
    Begun { node: NodeId, way: Way },
    /// A step was left out.
    Skipped { node: NodeId, reason: String },
    /// A change is about to be sent. On disk before the request leaves.
    Intended { node: NodeId, way: Way, intent: Intent },
    /// The system took the change.
    Answered { node: NodeId, way: Way, status: u16, response: serde_json::Value },
    /// The system definitely did nothing and said why.
    Rejected { node: NodeId, way: Way, reason: String },
    /// Whether the system took the change is not known.
    Lost { node: NodeId, way: Way, reason: String },
    /// A lost change was seen to have done nothing; it may be sent again.
    Untouched { node: NodeId, way: Way },
    /// The wanted state was seen.
    Settled {
        node: NodeId,
        way: Way,
        outputs: BTreeMap<String, serde_json::Value>,
        /// What showed it, when nothing was sent.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<String>,
    },
    /// A precondition does not hold; nothing was sent.
    Refused { node: NodeId, way: Way, reason: String },
    /// Only a person can take it back.
    Handed { node: NodeId, task: String },
    /// The change was taken and failed.
    Failed { node: NodeId, way: Way, reason: String },
    /// The bound was reached before the wanted state was seen.
    Expired { node: NodeId, way: Way, reason: String },
    /// A gate asks.
    GateOpened { node: NodeId, question: String },
    /// Somebody answered a gate.
    GateAnswered {
        node: NodeId,
        #[serde(flatten)]
        said: Said,
    },
    /// A gate is decided.
    GateClosed { node: NodeId, passed: bool, reason: String },
    /// An invariant holds: seen for the first time, or again.
    Held { node: NodeId },
    /// An invariant does not hold, so many times in a row.
    Missed { node: NodeId, count: u32, reason: String },
    /// An invariant does not hold more often than is borne.
    Broke { node: NodeId, reason: String },
    /// All steps are over; the invariants are watched on until then.
    Soaking { until: Timestamp },
    /// A person settled a step that had come to nothing, or could not be taken back.
    Resolved {
        node: NodeId,
        how: Resolution,
        who: String,
        why: String,
        /// What the step's own conditions showed.
        saw: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        outputs: BTreeMap<String, serde_json::Value>,
    },
    /// What was found done is to be taken back with what the run changed: a person asked for it.
    Adopted { node: NodeId },
    /// Another process took the run up. It waits for what is under way from now on, as if it had just been sent: how
    /// long it was waited for by another clock says nothing. Whoever drove the run before cannot write any more.
    Resumed,
    /// The run goes another way from here.
    Turned { course: Course, reason: String },
    /// The run came to an end; a held one may go on.
    Ended { outcome: Outcome, reason: String },
}

/// What somebody said at a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The name, on trust.
    pub who: String,
    /// What.
    pub verdict: Verdict,
    /// Why, when that was said, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Said {
    /// An approval that needs no reason.
    pub fn approves(who: impl Into<String>) -> Self {
        Self { who: who.into(), verdict: Verdict::Approve, why: None }
    }
}

/// How a person settled a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// What it was to bring about was brought about by hand, or taken back by hand; that was seen.
    ByHand,
    /// It is left out, or left as it is.
    Skip,
}

/// An approval or a rejection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Go on.
    Approve,
    /// Do not.
    Reject,
}

/// Where a run is heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// On through the graph.
    Forward,
    /// Nothing new starts; what is in flight is brought to a known state.
    Hold,
    /// Back: what was changed is taken back.
    Back(Extent),
}

/// How far a rollback goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// All that this run changed.
    Whole,
    /// What this phase changed; then the run is held.
    Phase(PhaseName),
    /// What was changed after the end of this phase; then the run is held.
    To(PhaseName),
}

/// How a run ends. Each has its own exit code, and no handled failure looks like success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All that was wanted is so, and was seen to be so.
    Succeeded,
    /// A precondition did not hold; nothing was changed.
    Refused,
    /// All that was changed was taken back.
    RolledBack,
    /// It waits for a person.
    Held,
    /// Something could not be taken back; a person has a to-do list.
    Stuck,
    /// A person stopped it at once.
    Aborted,
}

impl Outcome {
    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Succeeded => "succeeded",
            Outcome::Refused => "refused",
            Outcome::RolledBack => "rolled back",
            Outcome::Held => "held",
            Outcome::Stuck => "stuck",
            Outcome::Aborted => "aborted",
        }
    }

    /// The exit code of the program.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Succeeded => 0,
            Outcome::Refused => 10,
            Outcome::RolledBack => 11,
            Outcome::Held => 12,
            Outcome::Stuck => 13,
            Outcome::Aborted => 14,
        }
    }
}

impl EventKind {
    /// Whether it must be on disk before anything else is done: an intent before its request leaves, an outcome
    /// before the next step rests on it. The rest is written with the next of these.
    pub fn is_durable(&self) -> bool {
        !matches!(self, EventKind::Begun { .. })
    }

    /// The step or gate that it is about.
    pub fn node(&self) -> Option<&NodeId> {
        match self {
            EventKind::Begun { node, .. }
            | EventKind::Skipped { node, .. }
            | EventKind::Intended { node, .. }
            | EventKind::Answered { node, .. }
            | EventKind::Rejected { node, .. }
            | EventKind::Lost { node, .. }
            | EventKind::Untouched { node, .. }
            | EventKind::Settled { node, .. }
            | EventKind::Refused { node, .. }
            | EventKind::Handed { node, .. }
            | EventKind::Failed { node, .. }
            | EventKind::Expired { node, .. }
            | EventKind::Held { node }
            | EventKind::Missed { node, .. }
            | EventKind::Broke { node, .. }
            | EventKind::Resolved { node, .. }
            | EventKind::Adopted { node }
            | EventKind::GateOpened { node, .. }
            | EventKind::GateAnswered { node, .. }
            | EventKind::GateClosed { node, .. } => Some(node),
            EventKind::Soaking { .. }
            | EventKind::Resumed
            | EventKind::Turned { .. }
            | EventKind::Ended { .. } => None,
        }
    }
}
