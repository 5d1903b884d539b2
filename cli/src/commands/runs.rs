//! `hcxrun runs`

use std::process::ExitCode;

use jiff::tz::TimeZone;

use crate::args::JournalArgs;
use crate::failure::Failure;
use crate::{journal, say};

pub(crate) fn runs(args: &JournalArgs, json: bool) -> Result<ExitCode, Failure> {
    let path = journal::path(args)?;
    let runs = if path.exists() { journal::open(&path)?.list()? } else { Vec::new() };
    if json {
        say::json(&runs);
        return Ok(ExitCode::SUCCESS);
    }
    if runs.is_empty() {
        say::answer(&format!("no runs in {}", path.display()));
    }
    for run in runs {
        let started = run.started.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M");
        let outcome = run.outcome.map_or("under way or interrupted", hcxrun_engine::Outcome::as_str);
        let ticket = run.ticket.map(|ticket| format!("  {ticket}")).unwrap_or_default();
        say::answer(&format!("{}  {started}  {outcome:<24}  {}{ticket}", run.id, run.title));
    }
    Ok(ExitCode::SUCCESS)
}
