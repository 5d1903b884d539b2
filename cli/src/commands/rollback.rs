//! `hcxrun rollback`

use std::process::ExitCode;

use hcxrun_engine::{Course, Event, EventKind, Extent, Log, Outcome, StepState};
use jiff::Timestamp;

use super::resume::{Found, find, go_on, lock, not_released};
use crate::args::{JournalArgs, ResumeArgs, RunArg};
use crate::failure::Failure;
use crate::journal;
use crate::people::Terminal;

pub(crate) fn rollback(
    wanted: &RunArg,
    to: Option<String>,
    also_found: bool,
    at: &ResumeArgs,
    journal_args: &JournalArgs,
    json: bool,
) -> Result<ExitCode, Failure> {
    let path = journal::path(journal_args)?;
    let _lock = lock(&path, &wanted.run)?;
    let mut found = find(&path, &wanted.run)?;
    not_released(&path, &found)?;
    if matches!(found.run.outcome(), Some(Outcome::RolledBack | Outcome::Refused)) {
        return Err(Failure::new(format!("run {} has nothing to take back", found.id)));
    }
    let extent = extent(&found, to)?;
    if also_found {
        adopt(&mut found)?;
    }
    go_on(
        found,
        at,
        &Terminal::nobody(true),
        Some((Course::Back(extent), "asked for by a person".to_owned())),
        json,
    )
}

/// What the run found done counts as changed by it from here on.
fn adopt(found: &mut Found) -> Result<(), Failure> {
    let (at, run) = (Timestamp::now(), &found.run);
    let is_found = |at| matches!(run.step(at), Some(StepState::Already { .. }));
    let steps = run.graph().steps().filter(|(at, node)| node.changes() && is_found(*at));
    let events: Vec<_> =
        steps.map(|(_, node)| Event { at, kind: EventKind::Adopted { node: node.id.clone() } }).collect();
    found.log.append(&events)?;
    for event in &events {
        found.run.apply(event).map_err(|error| Failure::new(error.to_string()))?;
    }
    Ok(())
}

fn extent(found: &Found, to: Option<String>) -> Result<Extent, Failure> {
    let Some(to) = to else { return Ok(Extent::Whole) };
    let phases = &found.run.graph().phases;
    if let Some(phase) = phases.iter().find(|phase| phase.as_str() == to) {
        Ok(Extent::To(phase.clone()))
    } else {
        let known: Vec<_> = phases.iter().map(ToString::to_string).collect();
        Err(Failure::with_help(
            format!("the run has no phase `{to}`"),
            format!("its phases are {}", known.join(", ")),
        ))
    }
}
