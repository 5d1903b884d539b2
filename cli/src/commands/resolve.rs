//! `hcxrun resolve`: a person settles a step that came to nothing, or that could not be taken back. The step's own
//! conditions are read again first.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use hcxrun_dsl::Value;
use hcxrun_dsl::eval::Reads;
use hcxrun_dsl::syntax::Action;
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
    let action = found.run.graph().step(at).map(|node| Arc::clone(&node.action));
    let words = |seen: &Seen, way| words(seen, clause(action.as_deref(), way));
    let saw = words(&seen, way);
    let outputs = match (how, seen) {
        (Resolution::ByHand, Seen::Settled { outputs, .. }) => outputs,
        (Resolution::ByHand, _) => return Ok(refuse(step, "is not done", &saw, None)),
        // What is left out must have left nothing behind: nobody would take it back any more.
        (Resolution::Skip, _) if leaves_traces && !matches!(back, Seen::Settled { .. }) => {
            let saw = words(&back, Way::Undo);
            let help = if action.is_some_and(|action| action.undo.is_none()) {
                format!(
                    "`hcxrun resume {0}` tries it again; after `hcxrun rollback {0}`, which cannot take it back, `--skip` leaves it \
                     as it is",
                    found.id
                )
            } else {
                format!("`hcxrun rollback {}` takes it back", found.id)
            };
            return Ok(refuse(step, "left something behind that nobody would take back", &saw, Some(help)));
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

fn refuse(step: &str, what: &str, saw: &str, help: Option<String>) -> ExitCode {
    let message = Message::error(format!("step {step} {what}: {saw}; nothing was recorded"));
    say::message(&match help {
        Some(help) => message.help(help),
        None => message,
    });
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

/// What decides in this action: the words for when it is so, and for when that is not seen.
fn clause(action: Option<&Action>, way: Way) -> [&'static str; 2] {
    let Some(action) = action.filter(|_| way == Way::Undo) else {
        return ["its `done when` holds", "its `done when` does not hold"];
    };
    if action.undone_when.is_some() {
        ["its `undone when` holds", "its `undone when` does not hold"]
    } else if action.undo.is_none() && action.untouched.is_some() {
        ["its `untouched when` holds", "its `untouched when` does not hold"]
    } else {
        ["its `done when` does not hold", "its `done when` may hold still"]
    }
}

/// What was seen, as it is recorded.
fn words(seen: &Seen, [so, not_so]: [&str; 2]) -> String {
    match seen {
        Seen::Settled { .. } => so.to_owned(),
        Seen::NotYet { trouble: Some(error), .. } | Seen::NoValue { error } => {
            format!("{not_so} ({})", error.coded())
        }
        Seen::Failed { reason }
        | Seen::Refused { reason }
        | Seen::Blind { reason }
        | Seen::Skip { reason } => {
            format!("{not_so} ({reason})")
        }
        Seen::NotYet { .. } | Seen::ByHand { .. } | Seen::Ready { .. } | Seen::Depends { .. } => {
            not_so.to_owned()
        }
    }
}
