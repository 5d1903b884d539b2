//! What tells runs apart that go on differently. Texts that only people read do not.

use std::fmt::Write;

use blake3::Hasher;
use jiff::Timestamp;

use super::{Active, GateState, NodeState, Run, StepState, Trace, WatchState, waited};
use crate::look::Way;

impl Run {
    /// Feeds the hasher what decides how the run goes on, all moments taken relative to this one.
    pub(crate) fn fingerprint(&self, now: Timestamp, hasher: &mut Hasher) {
        let mut text = format!("{:?} {:?} {:?} {:?}", self.course, self.outcome, self.failures, self.tried);
        for (state, outputs) in self.nodes.iter().zip(&self.put_out) {
            let _ = write!(text, "|{outputs:x} ");
            match state {
                NodeState::Step(state) => step(state, now, &mut text),
                NodeState::Gate(state) => gate(state, now, &mut text),
                NodeState::Watch(state) => watch(state, now, &mut text),
                NodeState::Joint => {}
            }
        }
        if let Some(until) = self.soak {
            let _ = write!(text, "soak {}", until.duration_since(now).as_millis());
        }
        // A moment that a step keeps is compared with others of the world: only at the same moment does it go on alike.
        // So is the change window.
        if text.contains("$time") || self.graph.window.is_some() {
            let _ = write!(text, "{now}");
        }
        hasher.update(text.as_bytes());
    }
}

fn step(state: &StepState, now: Timestamp, text: &mut String) {
    text.push_str(state.word());
    match state {
        StepState::Active(it) => active(it, now, text),
        StepState::Unknown { intent, lost, .. } => {
            let _ = write!(text, "{lost}");
            before(intent, text);
        }
        StepState::Done { intent } | StepState::Failed { intent, .. } | StepState::Stuck { intent, .. } => {
            before(intent, text);
        }
        StepState::Waiting
        | StepState::Skipped { .. }
        | StepState::Left { .. }
        | StepState::Already { .. }
        | StepState::Refused { .. }
        | StepState::Undone => {}
    }
}

fn active(it: &Active, now: Timestamp, text: &mut String) {
    let Active { way, begun, attempt, resent, since, activity, asked, intent, trouble: _ } = it;
    // How long an undo has been tried decides whether it is tried again.
    let begun = if *way == Way::Undo { waited(*begun, now).as_millis() } else { 0 };
    let since = now.duration_since(*since).as_millis();
    let _ = write!(text, "{way:?} {begun} {attempt} {resent} {since} {asked} {activity:?}");
    intent.iter().for_each(|intent| before(intent, text));
}

/// Of an intent only its before-image is ever used again.
fn before(intent: &Trace, text: &mut String) {
    let _ = write!(text, "{:?}", intent.before);
}

fn gate(state: &GateState, now: Timestamp, text: &mut String) {
    let _ = match state {
        GateState::Open { since, answers, .. } => {
            write!(text, "open {} {answers:?}", now.duration_since(*since).as_millis())
        }
        GateState::Waiting => write!(text, "waiting"),
        GateState::Passed => write!(text, "passed"),
        GateState::Closed { .. } => write!(text, "closed"),
    };
}

fn watch(state: &WatchState, now: Timestamp, text: &mut String) {
    text.push_str(state.word());
    if let WatchState::Missed { since, count, .. } = state {
        let _ = write!(text, "{count} {}", now.duration_since(*since).as_millis());
    }
}
