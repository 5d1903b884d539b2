//! One process drives a run at a time. The operating system lets go of the lock when the process dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::JournalError;
use crate::ids::RunId;

/// Held as long as a run is driven.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the lock of a run, beside its journal.
    ///
    /// # Errors
    /// [`JournalError::Locked`] while another process has it.
    pub fn take(journal: &Path, run: &RunId) -> Result<Self, JournalError> {
        let mut name = journal.as_os_str().to_owned();
        name.push(format!(".{run}.lock"));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(name);
        let file = file.map_err(JournalError::Lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(JournalError::Locked(run.clone())),
            Err(TryLockError::Error(error)) => Err(JournalError::Lock(error)),
        }
    }
}
