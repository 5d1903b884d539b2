//! `hcxrun resolve`: a person settles a step that came to nothing, or that could not be taken back. The step's own
//! conditions are read again first.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use hcxrun_dsl::Value;
use hcxrun_dsl::eval::Reads;
use hcxrun_engine::{
    Event, EventKind, Log, Look, NodeId, Outcome, Purpose, Resolution, Run, Seen, StepState, Systems, Way,
    look,
};
use jiff::Timestamp;
use petgraph::graph::NodeIndex;

use super::resume::{Found, find, lock, same_systems};
use crate::args::{JournalArgs, ResolveArgs};
use crate::failure::Failure;
use crate::message::Message;
use crate::{journal, people, say, target};

pub(crate) fn resolve(args: &ResolveArgs, journal_args: &JournalArgs) -> Result<ExitCode, Failure> {
    let path = journal::path(journal_args)?;
    let _lock = lock(&path, &args.run.run)?;
    let mut found = find(&path, &args.run.run)?;
    let (at, way) = settleable(&found, &args.step)?;
    let program = Arc::clone(&found.run.graph().program);
    let how = if args.done_by_hand { Resolution::ByHand } else { Resolution::Skip };
    let step = &args.step;
    let leaves_traces = how == Resolution::Skip
        && way == Way::Change
        && found.run.step(at).is_some_and(|it| it.trace().is_some());
    let (seen, back) = target::with_real(&program, &args.target.systems, args.target.speed, async |ports| {
        same_systems(&found.record, &ports)?;
        let seen = see(&found.run, at, way, &found.files, ports.systems).await;
        let back = see(&found.run, at, Way::Undo, &found.files, ports.systems).await;
        Ok((seen, back))
    })?;
    let saw = words(&seen, way);
    let outputs = match (how, seen) {
        (Resolution::ByHand, Seen::Settled { outputs, .. }) => outputs,
        (Resolution::ByHand, _) => return Ok(refuse(step, "is not done", &saw)),
        // What is left out must have left nothing behind: nobody would take it back any more.
        (Resolution::Skip, _) if leaves_traces && !matches!(back, Seen::Settled { .. }) => {
            let saw = words(&back, Way::Undo);
            return Ok(refuse(step, "left something behind that nobody would take back", &saw));
        }
        (Resolution::Skip, _) => hcxrun_dsl::Fields::new(),
    };
    let outputs: BTreeMap<_, _> =
        outputs.iter().map(|(name, value)| (name.to_string(), value.to_tagged())).collect();
    let who = args.name.clone().unwrap_or_else(people::me);
    let kind = EventKind::Resolved {
        node: NodeId::new(step.as_str()),
        how,
        who,
        why: args.why.clone(),
        saw,
        outputs,
    };
    let event = Event { at: Timestamp::now(), kind };
    found.run.apply(&event).map_err(|error| Failure::new(error.to_string()))?;
    found.log.append(&[event])?;
    let state = found.run.step(at).map(StepState::word).unwrap_or_default();
    let next = if way == Way::Undo { "rollback" } else { "resume" };
    say::answer(&format!("step {} is {state} now; `hcxrun {next} {}` goes on", args.step, found.id));
    Ok(ExitCode::SUCCESS)
}

fn refuse(step: &str, what: &str, saw: &str) -> ExitCode {
    say::message(&Message::error(format!("step {step} {what}: {saw}; nothing was recorded")));
    ExitCode::from(Outcome::Refused.exit_code())
}

/// The step, and which way it came to nothing.
fn settleable(found: &Found, name: &str) -> Result<(NodeIndex, Way), Failure> {
    let run = &found.run;
    if run.outcome().is_none() {
        return Err(Failure::with_help(
            format!("run {} was interrupted, and where its steps are is not known", found.id),
            format!("`hcxrun resume {}` looks first", found.id),
        ));
    }
    let at = run.graph().find(&NodeId::new(name)).filter(|at| run.step(*at).is_some());
    let at = at.ok_or_else(|| {
        Failure::with_help(
            format!("the run has no step `{name}`"),
            format!("`hcxrun show {}` lists them", found.id),
        )
    })?;
    match run.step(at) {
        Some(StepState::Failed { .. } | StepState::Unknown { .. } | StepState::Refused { .. }) => {
            Ok((at, Way::Change))
        }
        Some(StepState::Stuck { .. }) => Ok((at, Way::Undo)),
        other => Err(Failure::new(format!(
            "step {name} is {}, and there is nothing to settle",
            other.map(StepState::word).unwrap_or_default()
        ))),
    }
}

/// What the conditions of a step show now.
async fn see(run: &Run, at: NodeIndex, way: Way, files: &Reads, systems: &Systems<'_>) -> Seen {
    let graph = Arc::clone(run.graph());
    let Some(node) = graph.step(at) else { return Seen::Refused { reason: "it is no step".to_owned() } };
    let purpose = if node.changes() { Purpose::After(way) } else { Purpose::Before(Way::Change) };
    let (before, response) = (run.before_of(at), Value::unknown(hcxrun_dsl::Cause::Answer));
    let mut reads = files.clone();
    loop {
        match look(&graph, node, purpose, run.known(before.as_ref(), &response), &reads) {
            Look::Seen(seen) => return *seen,
            Look::Needs(needs) => {
                for read in needs {
                    let answer = systems.read(&read).await;
                    reads.insert(read, answer);
                }
            }
        }
    }
}

/// What was seen, as it is recorded.
fn words(seen: &Seen, way: Way) -> String {
    let condition = match way {
        Way::Change => "its `done when`",
        Way::Undo => "its `undone when`",
    };
    match seen {
        Seen::Settled { .. } => format!("{condition} holds"),
        Seen::NotYet { trouble: Some(error), .. } | Seen::NoValue { error } => {
            format!("{condition} does not hold ({})", error.coded())
        }
        Seen::Failed { reason }
        | Seen::Refused { reason }
        | Seen::Blind { reason }
        | Seen::Skip { reason } => {
            format!("{condition} does not hold ({reason})")
        }
        Seen::NotYet { .. } | Seen::ByHand { .. } | Seen::Ready { .. } | Seen::Depends { .. } => {
            format!("{condition} does not hold")
        }
    }
}
