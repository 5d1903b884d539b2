//! Invariants: watched beside the steps from first to last, and for a soak after.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{Fault, Kept, Shelf, Things, drive, graph};
use hcxrun_engine::{Course, Ended, EventKind, Graph, Outcome, Run, StepState, VirtualClock};
use jiff::{Timestamp, ToSpan};

const TWO: &str = "step a: shelf.put { on = s  name = \"a\" }\nstep b: shelf.put { on = s  name = \"b\" }\n";

/// The lamp stands there all the time.
fn watched(clauses: &str, members: &str) -> Arc<Graph> {
    let invariant =
        format!("invariant lamp {{\n check shelf.check {{ on = s  name = \"lamp\" }}\n {clauses}\n}}\n");
    graph("on failure rollback", &format!("{invariant}{members}"))
}

struct Came {
    ended: Ended,
    run: Run,
    kept: Kept,
    changes: Vec<String>,
    took: i64,
}

impl Came {
    fn words(&self) -> Vec<&'static str> {
        let steps = self.run.graph().steps();
        steps.filter_map(|(at, _)| self.run.step(at).map(StepState::word)).collect()
    }

    /// What happened to the invariant, in order.
    fn watch(&self) -> Vec<String> {
        let told = self.kept.0.iter().filter_map(|event| match &event.kind {
            EventKind::Held { .. } => Some("held".to_owned()),
            EventKind::Missed { count, .. } => Some(format!("missed {count}")),
            EventKind::Broke { .. } => Some("broke".to_owned()),
            EventKind::Soaking { .. } => Some("soaking".to_owned()),
            _ => None,
        });
        told.collect()
    }
}

/// A run beside which the lamp comes and goes at these seconds.
fn night(graph: &Arc<Graph>, there: bool, switches: &[i64], faults: &[(usize, Fault)]) -> Came {
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let things = if there { [("lamp".to_owned(), (1, "ready"))].into() } else { BTreeMap::new() };
    let shelf = Shelf::new(&clock, Things(things), faults.iter().copied().collect());
    let mut there = there;
    for second in switches {
        there = !there;
        shelf.later(Timestamp::UNIX_EPOCH + second.seconds(), "lamp", there.then_some((1, "ready")));
    }
    let mut run = Run::new(Arc::clone(graph), 7);
    let mut kept = Kept::default();
    let ended = drive(&clock, &mut run, &mut kept, &shelf, None).unwrap();
    let took = run.span().map(|(first, last)| last.duration_since(first).as_secs()).unwrap();
    let changes = shelf.state.into_inner().changes;
    Came { ended, run, kept, changes, took }
}

#[test]
fn it_is_seen_to_hold_before_anything_begins() {
    let came = night(&watched("every 5s else rollback", TWO), true, &[], &[]);
    assert_eq!((came.ended.outcome, came.words()), (Outcome::Succeeded, vec!["done", "done"]));
    let first = came.kept.0.first().unwrap();
    assert!(matches!(first.kind, EventKind::Held { .. }), "{first:?}");
}

#[test]
fn one_that_does_not_hold_at_the_beginning_refuses_the_run() {
    let came = night(&watched("every 5s tolerate 2 else rollback", TWO), false, &[], &[]);
    assert_eq!(
        (came.ended.outcome, came.watch()),
        (Outcome::Refused, vec!["missed 1".to_owned(), "missed 2".to_owned(), "broke".to_owned()])
    );
    assert!(came.changes.is_empty());
    insta::assert_snapshot!(came.run.reason());
}

#[test]
fn a_few_misses_are_borne() {
    // Away from the 3rd to the 14th second: the looks at 5 and 10 seconds miss.
    let came = night(&watched("every 5s tolerate 2 else rollback", TWO), true, &[3, 14], &[]);
    assert_eq!(came.ended.outcome, Outcome::Succeeded);
    assert_eq!(came.watch(), ["held", "missed 1", "missed 2", "held"]);
}

#[test]
fn one_that_breaks_takes_everything_back() {
    let came = night(&watched("every 5s else rollback", TWO), true, &[12], &[]);
    assert_eq!(
        (came.ended.outcome, came.watch()),
        (Outcome::RolledBack, vec!["held".to_owned(), "broke".to_owned()])
    );
    assert!(came.run.reason().contains("invariant lamp: there is no lamp"), "{}", came.run.reason());
}

#[test]
fn or_holds_and_a_resumed_run_looks_again_first() {
    let graph = watched("every 5s else hold", TWO);
    let came = night(&graph, true, &[12], &[]);
    assert_eq!(came.ended.outcome, Outcome::Held);
    // Somebody lights it again.
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH + 1.hour());
    let things = [("lamp", 1), ("a", 1)].map(|(name, count)| (name.to_owned(), (count, "ready")));
    let shelf = Shelf::new(&clock, Things(things.into()), BTreeMap::new());
    let (mut run, mut rest) = (came.run.clone(), Kept::default());
    let ended = drive(&clock, &mut run, &mut rest, &shelf, Some(Course::Forward)).unwrap();
    assert_eq!(ended.outcome, Outcome::Succeeded);
    let held = rest.0.iter().position(|event| matches!(event.kind, EventKind::Held { .. })).unwrap();
    let begun = rest.0.iter().position(|event| matches!(event.kind, EventKind::Begun { .. })).unwrap();
    assert!(held < begun);
}

#[test]
fn it_is_watched_for_a_soak_after_the_last_step() {
    let calm = night(&watched("every 5s else rollback", TWO), true, &[], &[]);
    let soaked = night(&watched("every 5s else rollback\n soak 10m", TWO), true, &[], &[]);
    assert_eq!(soaked.watch(), ["held", "soaking"]);
    assert_eq!(soaked.took - calm.took, 600);
    let late = night(&watched("every 5s else rollback\n soak 10m", TWO), true, &[calm.took + 300], &[]);
    assert_eq!((late.ended.outcome, late.words()), (Outcome::RolledBack, vec!["undone", "undone"]));
}

#[test]
fn what_it_says_of_the_output_of_a_step_is_watched_once_that_is_known() {
    let invariant =
        "invariant there {\n check shelf.check { on = s  name = a.name }\n every 5s else hold\n}\n";
    let came = night(&graph("", &format!("{TWO}{invariant}")), true, &[], &[]);
    assert_eq!((came.ended.outcome, came.watch()), (Outcome::Succeeded, vec!["held".to_owned()]));
}

/// Whatever the lamp and the requests do, nothing is changed before it was seen, and every end is one that is allowed.
#[test]
fn whenever_it_breaks_the_end_is_allowed() {
    let graph = watched("every 5s tolerate 1 else rollback\n soak 30s", TWO);
    let mut outcomes = BTreeMap::<&str, usize>::new();
    for second in 0..80 {
        for faults in [&[][..], &[(0, Fault::DropAfter)], &[(1, Fault::Refuse)], &[(2, Fault::DropBefore)]] {
            let came = night(&graph, true, &[second], faults);
            let shelf = came.changes.iter().filter(|change| change.starts_with("POST")).count();
            let back = came.changes.iter().filter(|change| change.starts_with("DELETE")).count();
            match came.ended.outcome {
                Outcome::RolledBack => assert!(back >= 1 || shelf == 0),
                Outcome::Refused => assert_eq!(shelf, 0),
                Outcome::Succeeded | Outcome::Held => {}
                other => panic!("{second} {faults:?}: {other:?}"),
            }
            *outcomes.entry(came.ended.outcome.as_str()).or_default() += 1;
        }
    }
    insta::assert_debug_snapshot!(outcomes);
}
