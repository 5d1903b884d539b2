//! Where a step and a gate are. The one table of what may follow what is [`StepState::after`].

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::event::{Event, EventKind, Resolution, Verdict};
use super::{UNDO_PATIENCE, waited};
use crate::ids::NodeId;
use crate::look::{Intent, Way};

/// Where a step is.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are what their types and names say")]
pub enum StepState {
    /// It has not begun.
    Waiting,
    /// Under way, forwards or back.
    Active(Box<Active>),
    /// Left out.
    Skipped { reason: String },
    /// It could not be taken back, and a person decided that its change stays.
    Left { reason: String },
    /// It was so already, or it is a check that holds: nothing was sent, nothing is to be undone.
    Already {
        /// What showed it.
        evidence: Vec<String>,
    },
    /// Its change was made and seen.
    Done { intent: Box<Trace> },
    /// A precondition did not hold, nothing was sent.
    Refused { reason: String },
    /// It was tried and came to nothing; what was sent may have left traces.
    Failed { intent: Box<Trace>, reason: String },
    /// What was sent may still come to something.
    Unknown { intent: Box<Trace>, reason: String, lost: bool },
    /// Taken back, or there was nothing left to take back.
    Undone,
    /// It could not be taken back: what a person has to do, and what was in the way.
    Stuck { intent: Box<Trace>, task: String, reason: Option<String> },
}

/// What a step keeps of an intent that is on disk: what its way back and the reports need, not the request.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// What people read.
    pub sentence: String,
    /// The action's `before.x`, each as it was, in the journal's JSON.
    pub before: BTreeMap<String, serde_json::Value>,
    /// The resources that it changes.
    pub touches: Vec<String>,
    /// In what it differed from what was planned.
    pub drift: Option<String>,
}

/// A step under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Active {
    /// Which way.
    pub way: Way,
    /// When it began, or was taken up again.
    pub begun: Timestamp,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// How often a lost request was sent anew.
    pub resent: u32,
    /// Since when it is at this.
    pub since: Timestamp,
    /// What it is at.
    pub activity: Activity,
    /// Whether a request was intended on this way.
    pub asked: bool,
    /// What was intended; on the way back that of the change, whose `before` the undo needs.
    pub intent: Option<Box<Trace>>,
    /// Why the last attempt came to nothing.
    pub trouble: Option<String>,
}

/// What a step under way is at.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are what their types and names say")]
pub enum Activity {
    /// Looking whether there is anything to do and whether it may be done.
    Looking,
    /// The request is on its way, or about to leave.
    Sending,
    /// The request was taken; looking for its effect.
    Polling { response: serde_json::Value },
    /// Nobody knows whether the request was taken; looking for its effect.
    Doubtful,
}

/// Where a gate is.
#[derive(Debug, Clone, PartialEq)]
pub enum GateState {
    /// It has not asked.
    Waiting,
    /// It asks.
    Open {
        /// Since when.
        since: Timestamp,
        /// The question, with its values.
        question: String,
        /// Who said what.
        answers: BTreeMap<String, Verdict>,
    },
    /// It let the run pass.
    Passed,
    /// It did not.
    Closed {
        /// Why.
        reason: String,
    },
}

/// An event that cannot follow the state that it met: the journal is not of this program, or there is a defect.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{event}` cannot follow `{state}` at {node}")]
pub struct IllegalEvent {
    /// The step or gate.
    pub node: String,
    /// The event, in short.
    pub event: String,
    /// The state, in short.
    pub state: String,
}

impl StepState {
    /// The state after an event; `Err` when the event cannot follow.
    #[must_use = "the old state is gone"]
    pub fn after(self, event: &Event, attempts: u32) -> Result<StepState, Box<IllegalEvent>> {
        use EventKind as E;
        use StepState as S;
        let since = event.at;
        match (self, &event.kind) {
            (S::Waiting | S::Undone, E::Begun { way: Way::Change, .. }) => {
                Ok(S::begin(Way::Change, since, None))
            }
            (S::Refused { .. }, E::Begun { way: Way::Change, .. }) => Ok(S::begin(Way::Change, since, None)),
            // A held run goes on: what failed is looked at anew, and knows what it had intended.
            (
                S::Failed { intent, .. } | S::Unknown { intent, .. } | S::Stuck { intent, .. },
                E::Begun { way: Way::Change, .. },
            ) => Ok(S::begin(Way::Change, since, Some(intent))),
            (
                S::Done { intent }
                | S::Failed { intent, .. }
                | S::Unknown { intent, .. }
                | S::Stuck { intent, .. },
                E::Begun { way: Way::Undo, .. },
            ) => Ok(S::begin(Way::Undo, since, Some(intent))),
            (state, E::Resolved { how, who, why, saw, .. }) => state.resolved(*how, who, why, saw),
            (S::Already { .. }, E::Adopted { node }) => {
                Ok(S::Done { intent: Box::new(Trace::adopted(node)) })
            }
            (S::Waiting, E::Skipped { reason, .. }) => Ok(S::Skipped { reason: reason.clone() }),
            (S::Active(active), E::Skipped { reason, .. }) if active.activity == Activity::Looking => {
                Ok(S::Skipped { reason: reason.clone() })
            }
            (S::Active(active), kind) => active.after(kind, since, attempts),
            (state, kind) => Err(illegal(kind, &state)),
        }
    }

    /// A person settled it. What this run had begun counts as its change.
    fn resolved(
        self,
        how: Resolution,
        who: &str,
        why: &str,
        saw: &str,
    ) -> Result<StepState, Box<IllegalEvent>> {
        use StepState as S;
        Ok(match (self, how) {
            (S::Failed { intent, .. } | S::Unknown { intent, .. }, Resolution::ByHand) => S::Done { intent },
            (S::Refused { .. }, Resolution::ByHand) => S::Already { evidence: vec![saw.to_owned()] },
            (S::Stuck { .. }, Resolution::ByHand) => S::Undone,
            (S::Failed { .. } | S::Unknown { .. } | S::Refused { .. }, Resolution::Skip) => {
                S::Skipped { reason: format!("by {who}: {why}") }
            }
            (S::Stuck { task, .. }, Resolution::Skip) => {
                S::Left { reason: format!("by {who}: {why} (not done: {task})") }
            }
            (state, _) => {
                return Err(Box::new(IllegalEvent {
                    node: String::new(),
                    event: "resolved".to_owned(),
                    state: state.word().to_owned(),
                }));
            }
        })
    }

    fn begin(way: Way, since: Timestamp, intent: Option<Box<Trace>>) -> StepState {
        let activity = Activity::Looking;
        StepState::Active(Box::new(Active {
            way,
            begun: since,
            attempt: 1,
            resent: 0,
            since,
            activity,
            asked: false,
            intent,
            trouble: None,
        }))
    }

    /// Whether nothing more will happen to it by itself on the way forward.
    pub fn is_over(&self) -> bool {
        !matches!(self, StepState::Waiting | StepState::Active(_))
    }

    /// What it changed, or may have changed, and has not taken back.
    pub fn trace(&self) -> Option<&Trace> {
        match self {
            StepState::Done { intent }
            | StepState::Failed { intent, .. }
            | StepState::Unknown { intent, .. }
            | StepState::Stuck { intent, .. } => Some(intent),
            StepState::Active(active) => active.intent.as_deref(),
            StepState::Waiting
            | StepState::Skipped { .. }
            | StepState::Left { .. }
            | StepState::Already { .. }
            | StepState::Refused { .. }
            | StepState::Undone => None,
        }
    }

    /// What is under way is waited for from this moment on.
    pub(super) fn wait_anew(&mut self, now: Timestamp) {
        if let StepState::Active(active) = self {
            (active.since, active.begun) = (now, now);
        }
    }

    /// What a step under way is at.
    pub fn active(&self) -> Option<&Active> {
        match self {
            StepState::Active(active) => Some(active),
            _ => None,
        }
    }

    /// The resources that it keeps others from: those of a request that was intended and has not come to an end.
    pub(super) fn holds(&self) -> &[String] {
        match self.active() {
            Some(Active { activity, intent: Some(intent), .. }) if *activity != Activity::Looking => {
                &intent.touches
            }
            _ => &[],
        }
    }

    /// One word, as people read it.
    pub fn word(&self) -> &'static str {
        match self {
            StepState::Waiting => "waiting",
            StepState::Active(active) => match (active.way, &active.activity) {
                (_, Activity::Looking) => "observing",
                (Way::Change, Activity::Sending) => "changing",
                (Way::Undo, Activity::Sending) => "undoing",
                (_, Activity::Polling { .. }) => "polling",
                (_, Activity::Doubtful) => "in doubt",
            },
            StepState::Skipped { .. } => "skipped",
            StepState::Left { .. } => "left",
            StepState::Already { .. } => "already",
            StepState::Done { .. } => "done",
            StepState::Refused { .. } => "refused",
            StepState::Failed { .. } => "failed",
            StepState::Unknown { .. } => "unknown",
            StepState::Undone => "undone",
            StepState::Stuck { .. } => "stuck",
        }
    }
}

impl Trace {
    fn of(intent: &Intent) -> Self {
        let Intent { sentence, before, touches, drift, request: _ } = intent;
        let (sentence, before) = (sentence.clone(), before.clone());
        Self { sentence, before, touches: touches.clone(), drift: drift.clone() }
    }

    /// Of a step that was found done: nobody saw how it was before.
    fn adopted(node: &NodeId) -> Self {
        let sentence = format!("what {node} found done");
        Self { sentence, before: BTreeMap::new(), touches: Vec::new(), drift: None }
    }
}

impl Active {
    fn after(
        mut self: Box<Self>,
        kind: &EventKind,
        since: Timestamp,
        attempts: u32,
    ) -> Result<StepState, Box<IllegalEvent>> {
        use Activity::{Doubtful, Looking, Polling, Sending};
        use EventKind as E;
        let way = self.way;
        match (&self.activity, kind) {
            (Looking, E::Intended { way: w, intent, .. }) if *w == way => {
                // The first look's before-image is the one to go back to, whatever a failed attempt left since.
                let mut intent = Trace::of(intent);
                if let Some(first) = self.intent.take() {
                    intent.before = first.before;
                }
                self.intent = Some(Box::new(intent));
                self.asked = true;
                Ok(self.at(Sending, since))
            }
            (Looking, E::Refused { way: Way::Change, reason, .. }) => Ok(match self.intent {
                Some(intent) => StepState::Failed { intent, reason: reason.clone() },
                None => StepState::Refused { reason: reason.clone() },
            }),
            (Sending, E::Answered { response, way: w, .. }) if *w == way => {
                let response = response.clone();
                Ok(self.at(Polling { response }, since))
            }
            (Sending, E::Lost { way: w, reason, .. }) if *w == way => {
                self.trouble = Some(reason.clone());
                Ok(self.at(Doubtful, since))
            }
            (Sending, E::Rejected { way: w, reason, .. }) if *w == way => {
                Ok(self.again(reason, since, attempts))
            }
            (Polling { .. } | Doubtful, E::Failed { way: w, reason, .. }) if *w == way => {
                Ok(self.again(reason, since, attempts))
            }
            (Sending | Doubtful, E::Untouched { way: w, .. }) if *w == way => {
                self.resent += 1;
                Ok(self.at(Looking, since))
            }
            (Looking | Polling { .. } | Doubtful, E::Settled { way: Way::Change, evidence, .. }) => {
                Ok(match self.intent {
                    // Also when it failed before, or was in doubt: what is seen to hold now is this run's change.
                    Some(intent) => StepState::Done { intent },
                    None => StepState::Already { evidence: evidence.clone() },
                })
            }
            (Looking | Polling { .. } | Doubtful, E::Settled { way: Way::Undo, .. }) if way == Way::Undo => {
                Ok(StepState::Undone)
            }
            (activity, E::Expired { way: Way::Change, reason, .. }) => {
                let lost = *activity == Doubtful;
                Ok(match self.intent {
                    Some(intent) => StepState::Unknown { intent, reason: reason.clone(), lost },
                    None => StepState::Refused { reason: reason.clone() },
                })
            }
            (Looking, E::Handed { task, .. }) if way == Way::Undo => self.stuck(Some(task), None, kind),
            (_, E::Refused { way: Way::Undo, reason, .. } | E::Expired { way: Way::Undo, reason, .. })
                if way == Way::Undo =>
            {
                self.stuck(None, Some(reason), kind)
            }
            _ => Err(illegal(kind, &StepState::Active(self))),
        }
    }

    fn at(mut self: Box<Self>, activity: Activity, since: Timestamp) -> StepState {
        self.activity = activity;
        self.since = since;
        StepState::Active(self)
    }

    /// Another attempt while there are any, else the end.
    fn again(mut self: Box<Self>, reason: &str, since: Timestamp, attempts: u32) -> StepState {
        let reason = reason.to_owned();
        let patience = self.way == Way::Change || waited(self.begun, since) <= UNDO_PATIENCE;
        if self.attempt < attempts && patience {
            self.attempt += 1;
            self.trouble = Some(reason);
            return self.at(Activity::Looking, since);
        }
        match (self.way, self.intent) {
            (Way::Change, Some(intent)) => StepState::Failed { intent, reason },
            (Way::Undo, Some(intent)) => {
                StepState::Stuck { task: intent.sentence.clone(), intent, reason: Some(reason) }
            }
            (_, None) => StepState::Refused { reason },
        }
    }

    fn stuck(
        self,
        task: Option<&str>,
        reason: Option<&str>,
        kind: &EventKind,
    ) -> Result<StepState, Box<IllegalEvent>> {
        let Some(intent) = self.intent else { return Err(illegal(kind, &StepState::Waiting)) };
        let own =
            if self.asked { intent.sentence.clone() } else { format!("take back: {}", intent.sentence) };
        let (task, reason) = (task.map_or(own, str::to_owned), reason.map(str::to_owned));
        Ok(StepState::Stuck { intent, task, reason })
    }
}

impl GateState {
    /// The state after an event; `Err` when the event cannot follow.
    #[must_use = "the old state is gone"]
    pub fn after(self, event: &Event) -> Result<GateState, Box<IllegalEvent>> {
        use EventKind as E;
        match (self, &event.kind) {
            (GateState::Waiting | GateState::Closed { .. }, E::GateOpened { question, .. }) => {
                Ok(GateState::Open { since: event.at, question: question.clone(), answers: BTreeMap::new() })
            }
            (GateState::Open { since, question, mut answers }, E::GateAnswered { said, .. }) => {
                answers.insert(said.who.clone(), said.verdict);
                Ok(GateState::Open { since, question, answers })
            }
            (GateState::Open { .. }, E::GateClosed { passed: true, .. }) => Ok(GateState::Passed),
            (GateState::Open { .. }, E::GateClosed { passed: false, reason, .. }) => {
                Ok(GateState::Closed { reason: reason.clone() })
            }
            (state, kind) => Err(Box::new(IllegalEvent {
                node: kind.node().map(ToString::to_string).unwrap_or_default(),
                event: format!("{kind:?}"),
                state: format!("{state:?}"),
            })),
        }
    }
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "it is the rare side of a result that is passed about often"
)]
fn illegal(kind: &EventKind, state: &StepState) -> Box<IllegalEvent> {
    Box::new(IllegalEvent {
        node: kind.node().map(ToString::to_string).unwrap_or_default(),
        event: event_word(kind).to_owned(),
        state: state.word().to_owned(),
    })
}

fn event_word(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::Begun { .. } => "begun",
        EventKind::Skipped { .. } => "skipped",
        EventKind::Intended { .. } => "intended",
        EventKind::Answered { .. } => "answered",
        EventKind::Rejected { .. } => "rejected",
        EventKind::Lost { .. } => "lost",
        EventKind::Untouched { .. } => "untouched",
        EventKind::Settled { .. } => "settled",
        EventKind::Refused { .. } => "refused",
        EventKind::Handed { .. } => "handed to a person",
        EventKind::Failed { .. } => "failed",
        EventKind::Expired { .. } => "expired",
        EventKind::GateOpened { .. } => "gate opened",
        EventKind::GateAnswered { .. } => "gate answered",
        EventKind::GateClosed { .. } => "gate closed",
        EventKind::Held { .. } => "held",
        EventKind::Missed { .. } => "missed",
        EventKind::Broke { .. } => "broke",
        EventKind::Soaking { .. } => "soaking",
        EventKind::Resolved { .. } => "resolved",
        EventKind::Adopted { .. } => "adopted",
        EventKind::Resumed => "resumed",
        EventKind::Turned { .. } => "turned",
        EventKind::Ended { .. } => "ended",
    }
}
