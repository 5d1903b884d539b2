//! A change that was half done by hand is taken over: what is found done is left alone by a rollback, unless a person says
//! otherwise.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{Fault, Shelf, Things, drive, graph, night};
use hcxrun_engine::{
    Course, Event, EventKind, Extent, Graph, NoLog, NodeId, Outcome, Run, StepState, VirtualClock,
};
use jiff::Timestamp;

fn there(name: &str) -> Things {
    Things([(name.to_owned(), (1, "ready"))].into())
}

fn found(run: &Run) -> Vec<(String, Vec<String>)> {
    let steps = run.graph().steps();
    let already = steps.filter_map(|(at, node)| match run.step(at)? {
        StepState::Already { evidence } => Some((node.id.to_string(), evidence.clone())),
        _ => None,
    });
    already.collect()
}

/// Runs in a world, adopts one step, and takes everything back.
fn adopted(graph: &Arc<Graph>, things: &Things, step: &str) -> (Outcome, Run, Vec<String>) {
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&clock, things.clone(), BTreeMap::new());
    let mut run = Run::new(Arc::clone(graph), 7);
    drive(&clock, &mut run, &mut NoLog, &shelf, None).unwrap();
    let kind = EventKind::Adopted { node: NodeId::new(step) };
    run.apply(&Event { at: Timestamp::UNIX_EPOCH, kind }).unwrap();
    let back = Course::Back(Extent::Whole);
    let ended = drive(&clock, &mut run, &mut NoLog, &shelf, Some(back)).unwrap();
    (ended.outcome, run, shelf.state.into_inner().changes)
}

const TWO: &str = "step a: shelf.put { on = s  name = \"a\" }\nstep b: shelf.put { on = s  name = \"b\" }\n";

#[test]
fn what_is_found_done_is_shown_with_its_evidence_and_left_alone() {
    let (ended, run, state) = night(&graph("on failure rollback", TWO), &there("a"), &[(0, Fault::Break)]);
    assert_eq!(ended.outcome, Outcome::RolledBack);
    assert_eq!(found(&run), [("a".to_owned(), vec!["thing.state is \"ready\"".to_owned()])]);
    assert!(state.things.0.contains_key("a"));
}

#[test]
fn told_so_it_is_taken_back_with_the_rest() {
    let (outcome, run, changes) = adopted(&graph("", TWO), &there("a"), "a");
    assert_eq!(outcome, Outcome::RolledBack);
    assert!(found(&run).is_empty());
    assert_eq!(changes, ["POST /things", "DELETE /things/b", "DELETE /things/a"]);
}

/// `set` needs to know how many there were, and nobody saw that.
#[test]
fn what_nobody_saw_before_is_for_a_person() {
    let set = "step a: shelf.set { on = s  name = \"a\"  count = 1 }\n";
    let (outcome, run, changes) = adopted(&graph("", set), &there("a"), "a");
    assert_eq!(outcome, Outcome::Stuck);
    assert!(changes.is_empty());
    let todo: Vec<_> = run.todo().map(|it| it.task).collect();
    insta::assert_debug_snapshot!(todo);
}
