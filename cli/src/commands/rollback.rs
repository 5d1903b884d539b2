//! `hcxrun rollback`

use std::process::ExitCode;

use hcxrun_engine::{Course, Extent, Outcome};

use super::resume::{Found, find, go_on, lock};
use crate::args::{JournalArgs, ResumeArgs, RunArg};
use crate::failure::Failure;
use crate::journal;
use crate::people::Terminal;

pub(crate) fn rollback(
    wanted: &RunArg,
    to: Option<String>,
    at: &ResumeArgs,
    journal_args: &JournalArgs,
    json: bool,
) -> Result<ExitCode, Failure> {
    let path = journal::path(journal_args)?;
    let _lock = lock(&path, &wanted.run)?;
    let found = find(&path, &wanted.run)?;
    if matches!(found.run.outcome(), Some(Outcome::RolledBack | Outcome::Refused)) {
        return Err(Failure::new(format!("run {} has nothing to take back", found.id)));
    }
    let extent = extent(&found, to)?;
    go_on(
        found,
        at,
        &Terminal::nobody(true),
        Some((Course::Back(extent), "asked for by a person".to_owned())),
        json,
    )
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
