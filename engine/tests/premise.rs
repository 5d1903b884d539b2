//! A run that is held to a plan: what nobody has signed is not sent.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{Shelf, State, Things, drive, graph, systems};
use hcxrun_dsl::eval::Reads;
use hcxrun_engine::{Ended, Graph, NoLog, Outcome, Planning, Premises, Run, StepState, VirtualClock, plan};
use jiff::Timestamp;

fn shelf(things: &[(&str, i64)]) -> Things {
    Things(things.iter().map(|(name, count)| ((*name).to_owned(), (*count, "ready"))).collect())
}

/// What a plan of a graph rests on in a world.
fn premises(graph: &Arc<Graph>, things: &Things) -> (Premises, hcxrun_engine::Plan) {
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&clock, things.clone(), BTreeMap::new());
    let systems = systems(graph, &shelf);
    let mut reads = Reads::default();
    loop {
        match plan(graph, &reads) {
            Planning::Done(plan) => return (Premises::of(graph, &plan, &reads, Timestamp::UNIX_EPOCH), plan),
            Planning::Needs(needs) => needs.into_iter().for_each(|read| {
                let answer = clock.run(systems.read(&read)).unwrap();
                reads.insert(read, answer);
            }),
        }
    }
}

/// A run in a world that was planned in another.
fn run(graph: &Arc<Graph>, planned: &Things, things: &Things) -> (Ended, Run, State) {
    let (premises, _) = premises(graph, planned);
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&clock, things.clone(), BTreeMap::new());
    let mut run = Run::new(Arc::clone(graph), 7).held_to(Some(Arc::new(premises)));
    let ended = drive(&clock, &mut run, &mut NoLog, &shelf, None).unwrap();
    (ended, run, shelf.state.into_inner())
}

fn words(run: &Run) -> Vec<&'static str> {
    run.graph().steps().filter_map(|(at, _)| run.step(at).map(StepState::word)).collect()
}

const SET: &str = "step a: shelf.set { on = s  name = \"a\"  count = 3 }\n";

#[test]
fn what_was_planned_is_sent() {
    let (ended, run, state) = run(&graph("", SET), &shelf(&[("a", 1)]), &shelf(&[("a", 1)]));
    assert_eq!((ended.outcome, words(&run)), (Outcome::Succeeded, vec!["done"]));
    assert_eq!(state.changes, ["PUT /things/a"]);
}

#[test]
fn another_sentence_is_not_what_people_have_signed() {
    let (ended, run, state) = run(&graph("", SET), &shelf(&[("a", 1)]), &shelf(&[("a", 2)]));
    assert_eq!(ended.outcome, Outcome::Refused);
    assert!(state.changes.is_empty());
    insta::assert_snapshot!(run.reason());
}

#[test]
fn what_is_so_already_is_adopted() {
    let (ended, run, state) = run(&graph("", SET), &shelf(&[("a", 1)]), &shelf(&[("a", 3)]));
    assert_eq!((ended.outcome, words(&run)), (Outcome::Succeeded, vec!["already"]));
    assert!(state.changes.is_empty());
}

#[test]
fn what_was_found_done_by_the_plan_is_not_done_by_the_run() {
    let (ended, run, state) = run(&graph("", SET), &shelf(&[("a", 3)]), &shelf(&[("a", 1)]));
    assert_eq!((ended.outcome, words(&run)), (Outcome::Refused, vec!["refused"]));
    assert!(state.changes.is_empty());
}

/// The second sentence is another one: what came before is taken back.
#[test]
fn a_premise_that_breaks_later_is_a_failure_like_another() {
    let graph = graph("on failure rollback", &format!("step b: shelf.put {{ on = s  name = \"b\" }}\n{SET}"));
    let (ended, run, state) = run(&graph, &shelf(&[("a", 1)]), &shelf(&[("a", 2)]));
    assert_eq!((ended.outcome, words(&run)), (Outcome::RolledBack, vec!["undone", "refused"]));
    assert_eq!(state.changes, ["POST /things", "DELETE /things/b"]);
}

#[test]
fn premises_are_held_against_what_is_read_now() {
    let members = format!(
        "{SET}step b: shelf.put {{ on = s  name = \"b\" }}\nstep c: shelf.set {{ on = s  name = \"c\"  count = 3 }}\n"
    );
    let graph = graph("", &members);
    let (then, plan) = premises(&graph, &shelf(&[("a", 1), ("c", 1)]));
    let (now, _) = premises(&graph, &shelf(&[("a", 2), ("c", 3)]));
    let drift = serde_json::to_string_pretty(&then.against(&now, &plan)).unwrap();
    insta::assert_snapshot!(drift);
}
