//! What a run does when it goes on after a hold or in another process: examples of what the random nights found.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Fault, Kept, Shelf, Things, drive, graph, replay};
use hcxrun_engine::{Clock, Course, EventKind, Extent, Graph, Outcome, Run, StepState, VirtualClock, Way};
use jiff::Timestamp;

fn things() -> Things {
    Things([("old".to_owned(), (1, "ready"))].into())
}

fn fresh(graph: &Arc<Graph>) -> Run {
    Run::new(Arc::clone(graph), 7)
}

fn state(run: &Run, name: &str) -> &'static str {
    let at = run.graph().steps().find(|(_, node)| node.id.as_str() == name).unwrap().0;
    run.step(at).map_or("", StepState::word)
}

#[test]
fn what_was_gone_past_is_made_good_and_what_is_done_stays_done() {
    let steps = r#"
step a: shelf.put { on = s  name = "a"  on failure continue }
step b: shelf.put { on = s  name = "b" }
"#;
    let graph = graph("on failure hold", steps);
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&clock, things(), [(0, Fault::Refuse)].into());
    let mut run = fresh(&graph);
    assert_eq!(drive(&clock, &mut run, &mut Kept::default(), &shelf, None).unwrap().outcome, Outcome::Held);
    assert_eq!((state(&run, "a"), state(&run, "b")), ("failed", "done"));
    let ended = drive(&clock, &mut run, &mut Kept::default(), &shelf, Some(Course::Forward)).unwrap();
    assert_eq!(ended.outcome, Outcome::Succeeded);
    assert_eq!(shelf.state.borrow().effects, ["POST b", "POST a"]);
}

#[test]
fn of_two_changes_to_one_thing_the_last_goes_back_first() {
    let steps = r#"
parallel {
  step five:  shelf.set { on = s  name = "old"  count = 5 }
  step seven: shelf.set { on = s  name = "old"  count = 7 }
}
"#;
    let graph = graph("on failure rollback", steps);
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&clock, things(), [].into());
    let mut run = fresh(&graph);
    assert_eq!(
        drive(&clock, &mut run, &mut Kept::default(), &shelf, None).unwrap().outcome,
        Outcome::Succeeded
    );
    let back = Some(Course::Back(Extent::Whole));
    let ended = drive(&clock, &mut run, &mut Kept::default(), &shelf, back).unwrap();
    assert_eq!((ended.outcome, &shelf.state.borrow().things), (Outcome::RolledBack, &things()));
}

#[test]
fn an_open_gate_is_not_asked_while_the_run_goes_back() {
    let steps = r#"
parallel {
  gate go { ask "Go on?" need 1 within 10m else hold }
  step a: shelf.put { on = s  name = "a" }
}
"#;
    let graph = graph("on failure rollback", steps);
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&clock, things(), [].into());
    let mut kept = Kept::default();
    drive(&clock, &mut fresh(&graph), &mut kept, &shelf, None).unwrap();
    // The process died while the gate was open and the answer to `a` had come.
    let asked = kept.0.iter().filter(|event| !matches!(event.kind, EventKind::GateAnswered { .. }));
    let is_answer = |kind: &EventKind| matches!(kind, EventKind::Answered { .. });
    let mut events: Vec<_> = asked.take_while(|event| !is_answer(&event.kind)).cloned().collect();
    events.retain(|event| !matches!(event.kind, EventKind::GateClosed { .. }));
    let mut rest = Kept::default();
    let back = Some(Course::Back(Extent::Whole));
    let ended = drive(&clock, &mut replay(&graph, &events), &mut rest, &shelf, back).unwrap();
    assert_eq!(ended.outcome, Outcome::RolledBack);
    let answers = rest.0.iter().filter(|event| matches!(event.kind, EventKind::GateAnswered { .. })).count();
    assert_eq!(answers, 0, "{:?}", rest.0);
}

#[test]
fn a_clock_that_was_set_does_not_shorten_the_wait_for_a_lost_request() {
    let graph = graph("on failure rollback", "step a: shelf.put { on = s  name = \"a\" }\n");
    let began = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&began, things(), [(0, Fault::DropBefore)].into());
    let mut kept = Kept::default();
    drive(&began, &mut fresh(&graph), &mut kept, &shelf, None).unwrap();
    let lost = kept.0.iter().position(|event| matches!(event.kind, EventKind::Lost { .. })).unwrap();
    // The next process finds a clock that is two hours ahead. It has waited for nothing yet.
    let ahead = VirtualClock::new(Timestamp::UNIX_EPOCH.checked_add(Duration::from_secs(7200)).unwrap());
    let shelf = Shelf::new(&ahead, things(), [].into());
    let taken_up = ahead.now();
    let mut rest = Kept::default();
    drive(&ahead, &mut replay(&graph, &kept.0[..=lost]), &mut rest, &shelf, None).unwrap();
    let untouched = |kind: &EventKind| matches!(kind, EventKind::Untouched { way: Way::Change, .. });
    let seen = rest.0.iter().find(|event| untouched(&event.kind)).unwrap();
    assert!(seen.at.duration_since(taken_up).as_secs() >= 20, "{:?}", rest.0);
}
