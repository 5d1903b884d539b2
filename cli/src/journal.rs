//! Where the journal is.

use std::path::{Path, PathBuf};

use hcxrun_engine::{Journal, Past, RunId};

use crate::args::JournalArgs;
use crate::failure::Failure;

/// The journal that the user means: the file given, or one in the state directory.
pub(crate) fn path(args: &JournalArgs) -> Result<PathBuf, Failure> {
    if let Some(path) = &args.journal {
        return Ok(path.clone());
    }
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let dir = state.or_else(home).ok_or_else(|| {
        Failure::with_help("there is no state directory for the journal", "name a file with `--journal FILE`")
    })?;
    Ok(dir.join("hcxrun").join("journal.db"))
}

/// Opens it, making it and its directory when there are none.
pub(crate) fn open(path: &Path) -> Result<Journal, Failure> {
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        std::fs::create_dir_all(dir).map_err(|error| Failure::file("make", dir, &error))?;
    }
    Journal::open(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// Opens one that is there.
pub(crate) fn open_existing(path: &Path) -> Result<Journal, Failure> {
    if !path.exists() {
        return Err(Failure::with_help(
            format!("there is no journal at {}", path.display()),
            "name the one that the run was written to with `--journal FILE`",
        ));
    }
    open(path)
}

/// What past runs of a runbook took; nothing when there is no journal that says it.
pub(crate) fn past(args: &JournalArgs, title: &str) -> Past {
    let path = path(args).ok().filter(|path| path.exists());
    let past = path.and_then(|path| Journal::open(&path).and_then(|journal| journal.past(title)).ok());
    past.unwrap_or_default()
}

/// The run that the user means.
pub(crate) fn find(journal: &Journal, text: &str) -> Result<RunId, Failure> {
    let found = journal.find(text);
    found.map_err(|error| Failure::with_help(error.to_string(), "`hcxrun runs` lists the runs"))
}
