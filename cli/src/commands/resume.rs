//! `hcxrun resume`

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use hcxrun_dsl::eval::Reads;
use hcxrun_engine::{
    Course, Event, EventKind, GateState, Log, Outcome, Released, Run, RunId, RunLock, RunLog, RunRecord,
};
use jiff::Timestamp;

use super::approvers;
use super::run::{Drive, drive};
use crate::args::{JournalArgs, PeopleArgs, ResumeArgs, RunArg};
use crate::failure::Failure;
use crate::people::Terminal;
use crate::target::{self, Ports};
use crate::{journal, load, say};

/// A run as the journal has it.
pub(super) struct Found {
    pub(super) id: RunId,
    pub(super) record: RunRecord,
    pub(super) run: Run,
    pub(super) log: RunLog,
    pub(super) files: Reads,
}

/// Reads a run from a journal: its events, applied to an empty state.
pub(super) fn find(path: &Path, text: &str) -> Result<Found, Failure> {
    let journal = journal::open_existing(path)?;
    let id = journal::find(&journal, text)?;
    let (record, replay) = journal.replay(&id)?;
    let (expanded, files) = load::kept(&record)?;
    let premises = record.plan.as_ref().map(|plan| Arc::clone(&plan.premises));
    let run = Run::new(Arc::new(expanded.graph), record.seed);
    let mut run = run.held_to(premises).begun_by(&record.by);
    let mut applied = Ok(());
    let log = replay.each(&mut |event| {
        if applied.is_ok() {
            applied = run.apply(&event);
        }
    })?;
    applied.map_err(|error| {
        Failure::new(format!("the journal of run {id} does not fit its program: {error}"))
    })?;
    Ok(Found { id, record, run, log, files })
}

pub(crate) fn resume(
    wanted: &RunArg,
    at: &ResumeArgs,
    people: &PeopleArgs,
    journal_args: &JournalArgs,
    json: bool,
) -> Result<ExitCode, Failure> {
    let path = journal::path(journal_args)?;
    let people = Terminal::new(people, true)?;
    let _lock = lock(&path, &wanted.run)?;
    let mut found = find(&path, &wanted.run)?;
    not_released(&path, &found)?;
    approvers::known(found.run.graph(), &people)?;
    let turn = turn(&found)?;
    people.listen(&path, &found.id);
    take_answers(&path, &mut found)?;
    go_on(found, at, &people, turn, json)
}

/// What was said at a gate in time counts, also when the run was not driven at that time.
fn take_answers(path: &Path, found: &mut Found) -> Result<(), Failure> {
    let journal = journal::open_existing(path)?;
    for at in found.run.open_gates() {
        let Some(GateState::Open { answers, .. }) = found.run.gate(at).cloned() else { continue };
        let Some(node) = found.run.graph().id(at).cloned() else { continue };
        let said =
            journal.answers(&found.id, &node)?.into_iter().filter(|said| !answers.contains_key(&said.who));
        let event =
            |said| Event { at: Timestamp::now(), kind: EventKind::GateAnswered { node: node.clone(), said } };
        let events: Vec<_> = said.map(event).collect();
        found.log.append(&events)?;
        for event in &events {
            found.run.apply(event).map_err(|error| Failure::new(error.to_string()))?;
        }
    }
    Ok(())
}

/// What others may change by now is not changed by this run any more.
pub(super) fn not_released(path: &Path, found: &Found) -> Result<(), Failure> {
    match journal::open_existing(path)?.released(&found.id)? {
        None => Ok(()),
        Some(Released { who, why }) => Err(Failure::with_help(
            format!("run {} was let go of by {who}: {why}", found.id),
            "run the runbook anew: what is so already stays as it is",
        )),
    }
}

/// Takes the lock before the run is read, so that what is read is the last word.
pub(super) fn lock(path: &Path, text: &str) -> Result<RunLock, Failure> {
    let id = journal::find(&journal::open_existing(path)?, text)?;
    Ok(RunLock::take(path, &id)?)
}

/// Where a resumed run is to head.
fn turn(found: &Found) -> Result<Option<(Course, String)>, Failure> {
    let reason = "resumed by a person".to_owned();
    match (found.run.outcome(), found.run.course()) {
        (None, Course::Forward | Course::Back(_)) => Ok(None),
        (Some(Outcome::Aborted), Course::Back(extent)) => Ok(Some((Course::Back(extent.clone()), reason))),
        (None, Course::Hold) | (Some(Outcome::Held | Outcome::Aborted), _) => {
            Ok(Some((Course::Forward, reason)))
        }
        (Some(Outcome::Stuck), _) => Err(Failure::with_help(
            format!("run {} is stuck on its way back", found.id),
            format!("when the cause is removed: `hcxrun rollback {}`", found.id),
        )),
        (Some(outcome), _) => Err(Failure::with_help(
            format!("run {} has ended: {}", found.id, outcome.as_str()),
            "run the runbook anew: what is so already stays as it is",
        )),
    }
}

/// Drives a run that was read from the journal.
pub(super) fn go_on(
    found: Found,
    at: &ResumeArgs,
    people: &Terminal,
    turn: Option<(Course, String)>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let program = Arc::clone(&found.run.graph().program);
    let record = found.record;
    target::with_real(&program, &at.systems, at.speed, async |ports: Ports<'_>| {
        same_systems(&record, &ports)?;
        say::error(&format!("Run {}: {}", found.id, record.titled()));
        let it = Drive { id: found.id, record, run: found.run, log: found.log, files: found.files, json };
        drive(it, &ports, people, turn).await
    })
}

/// A run goes on where it began, and nowhere else.
pub(super) fn same_systems(record: &RunRecord, ports: &Ports<'_>) -> Result<(), Failure> {
    for (name, then) in &record.systems {
        let now = ports.stored.get(name).map(|system| system.url.as_str()).unwrap_or_default();
        if now != then.url {
            return Err(Failure::with_help(
                format!("the run began with {name} at {}, and the systems file says {now}", then.url),
                "a run goes on where it began: give it the systems file that it began with",
            ));
        }
    }
    Ok(())
}
