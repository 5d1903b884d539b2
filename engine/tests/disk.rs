//! A bad disk under the journal: full, torn in the middle of a write, or with bits that turned over. What was acknowledged
//! is there, or it is said that the journal is damaged; nothing is ever gone on with that is not what was written.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::{Shelf, Things, drive, graph, record, replay};
use hcxrun_engine::{
    Event, EventKind, Graph, Journal, JournalError, Log, Outcome, Run, RunId, RunLog, VirtualClock,
};
use jiff::Timestamp;

const STEPS: &str = r#"
step first: shelf.put { on = s  name = "first" }
let names = ["a", "b", "c"]
parallel {
  step all for n in names by n: shelf.put { on = s  name = n }
  step old: shelf.set { on = s  name = "old"  count = 5 }
}
step last: shelf.put { on = s  name = "last" }
"#;

fn things() -> Things {
    Things([("old".to_owned(), (1, "ready"))].into())
}

/// What happens at a write, by its number: true lets it be carried out.
type Disk<'a> = &'a mut dyn FnMut(usize, &mut RunLog, &[Event]) -> Result<bool, JournalError>;

/// A log that knows what the journal has acknowledged, and may be stopped before a write.
struct Told<'a> {
    log: RunLog,
    acknowledged: Vec<Event>,
    disk: Disk<'a>,
    writes: usize,
}

impl Log for Told<'_> {
    fn append(&mut self, events: &[Event]) -> Result<(), JournalError> {
        self.writes += 1;
        if (self.disk)(self.writes, &mut self.log, events)? {
            self.log.append(events)?;
        }
        self.acknowledged.extend_from_slice(events);
        Ok(())
    }
}

/// What was left of a night that the disk ended: what was acknowledged, or how it ended well.
fn until_the_disk_fails(
    shelf: &Shelf<'_>,
    clock: &VirtualClock,
    graph: &Arc<Graph>,
    log: RunLog,
    disk: Disk<'_>,
) -> (Vec<Event>, Result<Outcome, String>) {
    let mut told = Told { log, acknowledged: Vec::new(), disk, writes: 0 };
    let ended = drive(clock, &mut Run::new(Arc::clone(graph), 7), &mut told, shelf, None);
    (told.acknowledged, ended.map(|it| it.outcome).map_err(|error| error.to_string()))
}

/// Every request that the system saw stands in the journal as an intent.
fn nothing_was_sent_unwritten(events: &[Event], shelf: &Shelf<'_>) {
    let intents = events.iter().filter(|event| matches!(event.kind, EventKind::Intended { .. })).count();
    let sent = shelf.state.borrow().changes.len();
    assert!(sent <= intents, "{sent} requests left, and {intents} intents are in the journal");
}

/// Goes on from a journal to the end: all is done, each change once.
fn go_on(path: &Path, id: &RunId, clock: &VirtualClock, graph: &Arc<Graph>, shelf: &Shelf<'_>) {
    let (_, events, mut log) = Journal::open(path).unwrap().load(id).unwrap();
    let ended = drive(clock, &mut replay(graph, &events), &mut log, shelf, None).unwrap();
    assert_eq!(ended.outcome, Outcome::Succeeded);
    assert_eq!(shelf.state.borrow().effects.len(), 6, "{:?}", shelf.state.borrow().effects);
}

#[test]
fn a_disk_that_is_full_at_any_page_loses_nothing() {
    let graph = graph("on failure rollback", STEPS);
    let mut stops = 0;
    for room in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.db");
        // Small pages, so that there are many moments at which the last one is used up.
        rusqlite::Connection::open(&path).unwrap().execute_batch("pragma page_size = 512; vacuum").unwrap();
        // Connections that share their pages share the limit, and SQLite means it as it means a full disk.
        let shared = PathBuf::from(format!("file:{}?cache=shared", path.display()));
        let id = RunId::fresh();
        let log = Journal::open(&shared).unwrap().create(&id, &record(), &[].into()).unwrap();
        let disk = rusqlite::Connection::open(&shared).unwrap();
        let used: i64 = disk.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        disk.query_row(&format!("pragma max_page_count = {}", used + room), [], |_| Ok(())).unwrap();

        let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
        let shelf = Shelf::new(&clock, things(), [].into());
        let (acknowledged, ended) =
            until_the_disk_fails(&shelf, &clock, &graph, log, &mut |_, _, _| Ok(true));
        nothing_was_sent_unwritten(&acknowledged, &shelf);
        drop(disk);
        let (_, events, _) = Journal::open(&path).unwrap().load(&id).unwrap();
        assert_eq!(events, acknowledged, "with room for {room} pages");
        match ended {
            Ok(outcome) => {
                assert_eq!(outcome, Outcome::Succeeded);
                break;
            }
            Err(message) => assert_eq!(
                message,
                "the run was stopped because its journal cannot be written: the journal cannot be used: database or disk is full"
            ),
        }
        go_on(&path, &id, &clock, &graph, &shelf);
        stops += 1;
    }
    assert!(stops > 20, "{stops}");
    println!("the disk was full at {stops} moments");
}

/// A journal as a crash may leave it: copied with its write-ahead log cut off at a length.
fn torn(from: &Path, to: &Path, length: usize) {
    std::fs::copy(from, to).unwrap();
    let wal = wal(from);
    std::fs::write(beside(to, "-wal"), &wal[..length.min(wal.len())]).unwrap();
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

fn wal(path: &Path) -> Vec<u8> {
    std::fs::read(beside(path, "-wal")).unwrap()
}

fn died() -> JournalError {
    JournalError::NoRun("died".to_owned())
}

#[test]
fn a_write_that_is_torn_at_any_length_was_never_there() {
    let graph = graph("on failure rollback", STEPS);
    let mut tears = 0;
    'writes: for number in 1.. {
        // A part of the commit reached the disk: nothing, the first byte, some, all but one byte, all of it.
        for part in [0.0, 0.001, 0.3, 0.62, 0.999, 1.0] {
            let dir = tempfile::tempdir().unwrap();
            let (path, left) = (dir.path().join("journal.db"), dir.path().join("left.db"));
            let id = RunId::fresh();
            let log = Journal::open(&path).unwrap().create(&id, &record(), &[].into()).unwrap();
            let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
            let shelf = Shelf::new(&clock, things(), [].into());
            let mut unsure = Vec::new();
            let mut tear = |n: usize, log: &mut RunLog, events: &[Event]| {
                if n < number {
                    return Ok(true);
                }
                let before = wal(&path).len();
                log.append(events)?;
                let after = wal(&path).len();
                torn(&path, &left, before + share(after - before, part));
                unsure = events.to_vec();
                Err(died())
            };
            let (mut acknowledged, ended) = until_the_disk_fails(&shelf, &clock, &graph, log, &mut tear);
            if ended.is_ok() {
                break 'writes;
            }
            nothing_was_sent_unwritten(&acknowledged, &shelf);
            if part >= 1.0 {
                acknowledged.extend(unsure);
            }
            let (_, events, _) = Journal::open(&left).unwrap().load(&id).unwrap();
            assert_eq!(events, acknowledged, "write {number}, {part} of it on disk");
            go_on(&left, &id, &clock, &graph, &shelf);
            tears += 1;
        }
    }
    assert!(tears > 40, "{tears}");
    println!("{tears} torn writes");
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a length lies between zero and the length"
)]
fn share(length: usize, part: f64) -> usize {
    (length as f64 * part) as usize
}

/// A journal with a whole run in it: where it is, its run, its events, the length of the log before the last write.
fn whole(dir: &Path) -> (PathBuf, RunId, Vec<Event>, usize, RunLog) {
    let graph = graph("on failure rollback", STEPS);
    let path = dir.join("journal.db");
    let id = RunId::fresh();
    let mut log = Journal::open(&path).unwrap().create(&id, &record(), &[].into()).unwrap();
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&clock, things(), [].into());
    let mut kept = common::Kept::default();
    drive(&clock, &mut Run::new(Arc::clone(&graph), 7), &mut kept, &shelf, None).unwrap();
    let (rest, last) = kept.0.split_at(kept.0.len() - 2);
    rest.iter().for_each(|event| log.append(std::slice::from_ref(event)).unwrap());
    let before = wal(&path).len();
    log.append(last).unwrap();
    (path, id, kept.0, before, log)
}

/// What a journal gives: events, or words for a person.
fn read(path: &Path, id: &RunId) -> Result<Vec<Event>, String> {
    let loaded = Journal::open(path).and_then(|journal| journal.load(id));
    loaded.map(|(_, events, _)| events).map_err(|error| error.to_string())
}

#[test]
fn a_last_write_that_is_cut_or_flipped_anywhere_is_dropped_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (path, id, events, before, _log) = whole(dir.path());
    let (left, log) = (dir.path().join("left.db"), wal(&path));
    let acknowledged = &events[..events.len() - 2];
    let mut cases = 0;
    for at in (before..log.len()).step_by(97).chain([log.len() - 1]) {
        torn(&path, &left, at);
        assert_eq!(read(&left, &id).unwrap(), acknowledged, "cut after {at} of {}", log.len());
        let mut flipped = log.clone();
        flipped[at] ^= 1;
        torn(&path, &left, 0);
        std::fs::write(beside(&left, "-wal"), &flipped).unwrap();
        assert_eq!(read(&left, &id).unwrap(), acknowledged, "flipped at {at} of {}", log.len());
        cases += 2;
    }
    torn(&path, &left, log.len());
    assert_eq!(read(&left, &id).unwrap(), events);
    println!("{cases} last writes that were not whole");
}

#[test]
fn a_bit_that_turns_over_in_the_file_is_told_or_does_not_matter() {
    let dir = tempfile::tempdir().unwrap();
    let (path, id, events, _, log) = whole(dir.path());
    drop(log);
    // The last connection has moved everything from the log to the file.
    let bytes = std::fs::read(&path).unwrap();
    let left = dir.path().join("left.db");
    let (mut told, mut without) = (0, 0);
    for at in (0..bytes.len()).step_by(23) {
        for bit in [1, 0x80] {
            let mut flipped = bytes.clone();
            flipped[at] ^= bit;
            std::fs::write(&left, &flipped).unwrap();
            match read(&left, &id) {
                Ok(found) => {
                    assert_eq!(found, events, "bit {bit} of byte {at}");
                    without += 1;
                }
                Err(message) => {
                    assert!(!message.is_empty());
                    told += 1;
                }
            }
            for suffix in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(beside(&left, suffix));
            }
        }
    }
    assert!(told > without / 10, "{told} of {}", told + without);
    println!("{told} flipped bits were told, {without} did not matter");
}
