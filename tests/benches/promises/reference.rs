//! The reference: appends records to a file and syncs them, and does nothing else.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

/// Appends so many records of a size, `group` of them with every sync.
pub(crate) fn append(records: usize, group: usize, size: usize) -> Duration {
    let dir = crate::nights::folder();
    let mut file = File::create_new(dir.path().join("records")).unwrap();
    let record = vec![b'r'; size];
    let began = Instant::now();
    let mut left = records;
    while left > 0 {
        let now = group.min(left);
        file.write_all(&record.repeat(now)).unwrap();
        file.sync_data().unwrap();
        left -= now;
    }
    began.elapsed()
}
