//! `hcxrun release`: lets go of what a run claims that nobody will bring to an end.

use std::process::ExitCode;

use hcxrun_engine::{Released, RunLock};
use jiff::Timestamp;

use crate::args::{JournalArgs, ReleaseArgs};
use crate::failure::Failure;
use crate::{journal, people, say};

pub(crate) fn release(args: &ReleaseArgs, journal_args: &JournalArgs) -> Result<ExitCode, Failure> {
    let path = journal::path(journal_args)?;
    let journal = journal::open_existing(&path)?;
    let id = journal::find(&journal, &args.run.run)?;
    let _lock = RunLock::take(&path, &id)?;
    let by = Released { who: args.name.clone().unwrap_or_else(people::me), why: args.why.clone() };
    if !journal.release(&id, &by, Timestamp::now())? {
        return Err(Failure::new(format!("run {id} was let go of before")));
    }
    say::answer(&format!(
        "Run {id} claims nothing any more, and cannot go on; what it changed stays as it is."
    ));
    Ok(ExitCode::SUCCESS)
}
