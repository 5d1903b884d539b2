//! One process drives a run at a time. The operating system lets go of the lock when the process ends, however it ends, and not
//! before: a process that is stopped keeps it, because it may go on where it was.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
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
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(name);
        let file = file.map_err(JournalError::Lock)?;
        match file.try_lock() {
            Ok(()) => Self::sign(file).map_err(JournalError::Lock),
            Err(TryLockError::WouldBlock) => Err(JournalError::Locked { run: run.clone(), by: holder(file) }),
            Err(TryLockError::Error(error)) => Err(JournalError::Lock(error)),
        }
    }

    /// Leaves word for whoever finds it taken.
    fn sign(mut file: File) -> std::io::Result<Self> {
        file.set_len(0)?;
        write!(file, "{}", std::process::id())?;
        Ok(Self { _file: file })
    }
}

/// Who has the lock, as far as the file says it.
fn holder(mut file: File) -> String {
    let mut id = String::new();
    match file.read_to_string(&mut id) {
        Ok(1..) => format!(" (process {id}); a run can be taken over once its process has ended"),
        _ => String::new(),
    }
}
