//! A crash at any moment, and a journal on disk: whatever was written, the rest is made up for and nothing is made
//! twice.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod common;

use std::sync::Arc;

use common::{Fault, Kept, Shelf, Things, drive, graph, record, replay, systems};
use hcxrun_dsl::eval::Reads;
use hcxrun_engine::{
    Dispatch, Driver, Event, Graph, Journal, Log, Outcome, Run, RunId, StepState, VirtualClock,
};
use jiff::Timestamp;
use proptest::prelude::*;

const WIDE: &str = r#"
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

/// A log that lets so many appends through, and then the process dies.
struct Dying {
    kept: Kept,
    left: usize,
    /// Whether the last append reached the disk before the end.
    written: bool,
}

impl Log for Dying {
    fn append(&mut self, events: &[Event]) -> Result<(), hcxrun_engine::JournalError> {
        if self.left > 0 {
            self.left -= 1;
            return self.kept.append(events);
        }
        if self.written {
            self.kept.append(events)?;
        }
        Err(hcxrun_engine::JournalError::NoRun("died".to_owned()))
    }
}

/// A run that dies after so many appends, and is resumed from what was written.
fn crash(
    graph: &Arc<Graph>,
    faults: &[(usize, Fault)],
    appends: usize,
    written: bool,
) -> (Outcome, Run, common::State) {
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&clock, things(), faults.iter().copied().collect());
    let mut log = Dying { kept: Kept::default(), left: appends, written };
    let mut run = Run::new(Arc::clone(graph), 7);
    let ended = if let Ok(ended) = drive(&clock, &mut run, &mut log, &shelf, None) {
        ended
    } else {
        run = replay(graph, &log.kept.0);
        let mut rest = Kept::default();
        let ended = drive(&clock, &mut run, &mut rest, &shelf, None).unwrap();
        log.kept.0.extend(rest.0);
        ended
    };
    // What the journal says is what the run was.
    let replayed = replay(graph, &log.kept.0);
    let states = |run: &Run| run.graph().steps().map(|(at, _)| run.step(at).cloned()).collect::<Vec<_>>();
    assert_eq!(states(&run), states(&replayed));
    (ended.outcome, run, shelf.state.into_inner())
}

#[test]
fn a_crash_at_any_append_is_made_up_for() {
    let graph = graph("on failure rollback", WIDE);
    let (mut crashes, mut appends) = (0, 0);
    loop {
        for written in [true, false] {
            let (outcome, _, state) = crash(&graph, &[], appends, written);
            assert_eq!(outcome, Outcome::Succeeded, "after {appends} appends");
            assert_eq!(state.effects.len(), 6, "after {appends} appends: {:?}", state.effects);
            crashes += 1;
        }
        appends += 1;
        if appends > 40 {
            break;
        }
    }
    println!("{crashes} crashes made up for");
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::Refuse),
        Just(Fault::DropBefore),
        Just(Fault::DropAfter),
        Just(Fault::Break),
        Just(Fault::Unreachable)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Whatever goes wrong, and whenever hcxrun dies: all is done, all is as at first, or it is said what is not.
    #[test]
    fn a_night_ends_in_the_last_world_the_first_or_a_true_list(
        faults in proptest::collection::vec((0_usize..14, fault()), 0..4),
        appends in 0_usize..40,
        written in any::<bool>(),
    ) {
        let graph = graph("on failure rollback", WIDE);
        let (outcome, run, state) = crash(&graph, &faults, appends, written);
        match outcome {
            Outcome::Succeeded => {
                let names: Vec<_> = state.things.0.keys().map(String::as_str).collect();
                prop_assert_eq!(names, ["a", "b", "c", "first", "last", "old"]);
                prop_assert_eq!(state.things.0["old"].0, 5);
            }
            Outcome::RolledBack => prop_assert_eq!(&state.things, &things()),
            Outcome::Stuck => {
                let listed: Vec<_> = run.todo().map(|it| it.task).collect();
                for (name, _) in state.things.0.iter().filter(|(name, _)| *name != "old") {
                    let told = listed.iter().any(|it| it.contains(&format!(" {name} ")));
                    prop_assert!(told, "{} is left and not listed in {:?}", name, listed);
                }
            }
            Outcome::Held => {
                let unknown = run.graph().steps().any(|(at, _)| matches!(run.step(at), Some(StepState::Unknown { .. })));
                prop_assert!(unknown, "held for no reason: {}", run.reason());
            }
            Outcome::Refused | Outcome::Aborted => prop_assert!(false, "{:?}: {}", outcome, run.reason()),
        }
        // No thing was ever made twice without having been taken away between.
        for name in ["first", "a", "b", "c", "last"] {
            let made = state.effects.iter().filter(|it| **it == format!("POST {name}")).count();
            let taken = state.effects.iter().filter(|it| **it == format!("DELETE /things/{name}")).count();
            prop_assert!(made <= taken + 1, "{} was made {} times: {:?}", name, made, state.effects);
        }
    }
}

#[test]
fn the_journal_on_disk_gives_the_run_back_and_shows_what_was_tampered_with() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.db");
    let graph = graph("on failure rollback", WIDE);
    let id = RunId::fresh();
    let mut log = Journal::open(&path).unwrap().create(&id, &record(), &[].into()).unwrap();
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&clock, things(), [(4, Fault::DropAfter)].into());
    let mut dispatch = Dispatch::new(Run::new(Arc::clone(&graph), 7), Reads::default());
    let all = systems(&graph, &shelf);
    let mut seen = 0;
    let mut watch = |_: &Event, _: &Run| seen += 1;
    let driver = Driver::new(&mut dispatch, &mut log, &all, &clock, &common::Yes, &mut watch);
    assert_eq!(clock.run(driver.drive(None)).unwrap().unwrap().outcome, Outcome::Succeeded);
    drop(log);

    let journal = Journal::open(&path).unwrap();
    assert_eq!(journal.find("last").unwrap(), id);
    let (_, events, _) = journal.load(&id).unwrap();
    assert_eq!(events.len(), seen);
    assert_eq!(replay(&graph, &events).outcome(), Some(Outcome::Succeeded));

    let raw = rusqlite::Connection::open(&path).unwrap();
    let kept = raw.execute("update event set body = '{}' where seq = 3", []).unwrap_err();
    assert_eq!(kept.to_string(), "the journal is append-only");
    raw.execute_batch(
        "drop trigger event_is_kept; update event set body = replace(body, 'first', 'fisrt') where seq = 3",
    )
    .unwrap();
    let error = Journal::open(&path).unwrap().load(&id).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the journal of run {id} is damaged at event 3: it does not fit the hash chain")
    );
}
