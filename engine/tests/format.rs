//! Journals of earlier formats go on; those of later ones are left alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::record;
use hcxrun_engine::{Journal, NodeId, RunId};
use rusqlite::Connection;

#[test]
fn a_journal_of_the_first_format_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(include_str!("../src/journal/schema.sql")).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    drop(connection);

    let id = RunId::fresh();
    drop(Journal::open(&path).unwrap().create(&id, &record(), &[].into()).unwrap());
    let journal = Journal::open(&path).unwrap();
    assert!(journal.answers(&id, &NodeId::new("go")).unwrap().is_empty());
    assert!(journal.released(&id).unwrap().is_none());
    assert_eq!(journal.list().unwrap().len(), 1);
}

#[test]
fn a_journal_of_a_later_format_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = Journal::open(&path).unwrap_err().to_string();
    assert!(error.contains("a newer hcxrun (format 99, this one knows 2)"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
