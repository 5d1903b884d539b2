//! Two processes and one run: one of them drives it, and one that was taken over cannot write, and so cannot send.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::path::Path;

use common::{Shelf, Things, drive, graph, record, replay};
use hcxrun_engine::{Event, Journal, JournalError, Log, Outcome, Run, RunId, RunLock, RunLog, VirtualClock};
use jiff::Timestamp;

const STEPS: &str =
    "step a: shelf.put { on = s  name = \"a\" }\nstep b: shelf.put { on = s  name = \"b\" }\n";

fn load(path: &Path, id: &RunId) -> (Vec<Event>, RunLog) {
    let (_, events, log) = Journal::open(path).unwrap().load(id).unwrap();
    (events, log)
}

#[test]
fn a_run_is_driven_by_one_process_and_free_when_that_one_ends() {
    let dir = tempfile::tempdir().unwrap();
    let (path, id) = (dir.path().join("journal.db"), RunId::fresh());
    let lock = RunLock::take(&path, &id).unwrap();
    let error = RunLock::take(&path, &id).unwrap_err();
    let me = std::process::id();
    assert_eq!(
        error.to_string(),
        format!(
            "run {id} is being driven by another hcxrun at this moment (process {me}); \
             a run can be taken over once its process has ended"
        )
    );
    assert!(RunLock::take(&path, &RunId::fresh()).is_ok(), "another run is free");
    drop(lock);
    assert!(RunLock::take(&path, &id).is_ok());
}

/// As when the lock did not hold: its file was removed, or the disk is one that knows no locks.
#[test]
fn who_was_taken_over_sends_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let (path, id) = (dir.path().join("journal.db"), RunId::fresh());
    let graph = graph("on failure rollback", STEPS);
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&clock, Things::default(), [].into());
    drop(Journal::open(&path).unwrap().create(&id, &record(), &[].into()).unwrap());

    // One comes to a halt before its first write, and another one does all of it meanwhile.
    let (_, mut old) = load(&path, &id);
    let (_, mut new) = load(&path, &id);
    let mut run = Run::new(graph.clone(), 7);
    assert_eq!(drive(&clock, &mut run, &mut new, &shelf, None).unwrap().outcome, Outcome::Succeeded);
    assert_eq!(shelf.state.borrow().changes.len(), 2);
    let (whole, mut third) = load(&path, &id);

    let error = drive(&clock, &mut Run::new(graph.clone(), 7), &mut old, &shelf, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the run was stopped because its journal cannot be written: run {id} was taken over by another hcxrun"
        )
    );
    assert_eq!(shelf.state.borrow().changes.len(), 2, "nothing more was sent");
    assert_eq!(load(&path, &id).0, whole, "nothing more was written");
    assert_eq!(replay(&graph, &whole).outcome(), Some(Outcome::Succeeded));

    // The last one to write is the one that may go on.
    third.append(&whole[..1]).unwrap();
    assert!(matches!(new.append(&whole[..1]), Err(JournalError::Overtaken(_))));
}

/// The first that a resumed run does is to write, so that whoever drove it before is out.
#[test]
fn a_resume_writes_before_it_does_anything() {
    let graph = graph("on failure rollback", STEPS);
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&clock, Things::default(), [].into());
    let mut kept = common::Kept::default();
    drive(&clock, &mut Run::new(graph.clone(), 7), &mut kept, &shelf, None).unwrap();
    for length in 1..kept.0.len() {
        let before = kept.0.get(..length).unwrap();
        let mut rest = common::Kept::default();
        drive(&clock, &mut replay(&graph, before), &mut rest, &shelf, None).unwrap();
        assert_eq!(rest.0.first().unwrap().kind, hcxrun_engine::EventKind::Resumed, "after {length} events");
    }
}
