//! What a run does, from its first step to its end, in virtual time.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod common;

use common::{Fault, Things, graph, night};
use hcxrun_engine::{Graph, Outcome, Run};
use std::sync::Arc;

const CHAIN: &str = r#"
phase one {
  step a: shelf.put { on = s  name = "a" }
  step b: shelf.put { on = s  name = "b" }
}
phase two {
  step c: shelf.set { on = s  name = "old"  count = 5 }
  step d: shelf.check { on = s  name = "b" }
}
"#;

fn things() -> Things {
    Things([("old".to_owned(), (1, "ready"))].into())
}

fn states(run: &Run) -> String {
    let all = run.graph().steps().map(|(at, node)| format!("{} {}", node.id, run.step(at).unwrap().word()));
    all.collect::<Vec<_>>().join(", ")
}

fn after(graph: &Arc<Graph>, faults: &[(usize, Fault)]) -> (Outcome, String, Things, usize) {
    let (ended, run, state) = night(graph, &things(), faults);
    (ended.outcome, states(&run), state.things, state.effects.len())
}

#[test]
fn a_run_without_trouble_succeeds() {
    let graph = graph("on failure rollback", CHAIN);
    let (ended, run, state) = night(&graph, &things(), &[]);
    assert_eq!(ended.outcome, Outcome::Succeeded);
    assert_eq!(states(&run), "a done, b done, c done, d already");
    assert_eq!(state.changes, ["POST /things", "POST /things", "PUT /things/old"]);
}

#[test]
fn what_is_so_already_is_left_alone() {
    let graph = graph("on failure rollback", CHAIN);
    let (_, _, state) = night(&graph, &things(), &[]);
    let (ended, run, again) = night(&graph, &state.things, &[]);
    assert_eq!(ended.outcome, Outcome::Succeeded);
    assert_eq!(states(&run), "a already, b already, c already, d already");
    assert!(again.changes.is_empty());
}

#[test]
fn a_failure_at_any_step_is_rolled_back_to_the_first_world() {
    let graph = graph("on failure rollback", CHAIN);
    for fault in [Fault::Refuse, Fault::Break] {
        for at in 0..3 {
            let (outcome, steps, world, _) = after(&graph, &[(at, fault)]);
            assert_eq!((outcome, world), (Outcome::RolledBack, things()), "{fault:?} at {at}: {steps}");
        }
    }
}

#[test]
fn a_lost_answer_is_found_out_without_a_second_effect() {
    let graph = graph("on failure rollback", CHAIN);
    for fault in [Fault::DropAfter, Fault::DropBefore, Fault::Unreachable] {
        for at in 0..3 {
            let (outcome, steps, _, effects) = after(&graph, &[(at, fault)]);
            assert_eq!((outcome, effects), (Outcome::Succeeded, 3), "{fault:?} at {at}: {steps}");
        }
    }
}

#[test]
fn a_rollback_that_meets_faults_goes_on() {
    let graph = graph("on failure rollback", CHAIN);
    for fault in [Fault::Refuse, Fault::DropAfter, Fault::DropBefore, Fault::Unreachable] {
        for at in 3..5 {
            let (outcome, steps, world, _) = after(&graph, &[(2, Fault::Refuse), (at, fault)]);
            assert_eq!((outcome, world), (Outcome::RolledBack, things()), "{fault:?} at {at}: {steps}");
        }
    }
}

#[test]
fn an_undo_that_never_works_leaves_a_list_to_do() {
    let graph = graph("on failure rollback", CHAIN);
    let faults: Vec<_> = (3..13).map(|at| (at, Fault::Refuse)).chain([(2, Fault::Refuse)]).collect();
    let (ended, run, _) = night(&graph, &things(), &faults);
    assert_eq!(ended.outcome, Outcome::Stuck);
    let todo: Vec<_> = run.todo().map(|it| format!("{}: {}", it.node, it.task)).collect();
    assert_eq!(todo, ["b: take b off the shelf", "a: take back: put a on the shelf"]);
}

#[test]
fn a_hold_waits_for_a_person() {
    let graph = graph("on failure hold", CHAIN);
    let (outcome, steps, _, _) = after(&graph, &[(1, Fault::Break)]);
    assert_eq!(outcome, Outcome::Held);
    assert_eq!(steps, "a done, b failed, c waiting, d waiting");
}

#[test]
fn a_phase_is_rolled_back_alone() {
    let graph = graph("on failure rollback phase", CHAIN);
    let (outcome, steps, world, _) = after(&graph, &[(2, Fault::Refuse)]);
    assert_eq!(outcome, Outcome::Held);
    assert_eq!(steps, "a done, b done, c undone, d waiting");
    assert_eq!(world.0.len(), 3);
}

#[test]
fn a_refusal_before_any_change_changes_nothing() {
    let graph = graph("on failure rollback", "step a: shelf.put { on = s  name = \"forbidden\" }\n");
    let (ended, run, state) = night(&graph, &things(), &[]);
    assert_eq!(
        (ended.outcome, run.reason()),
        (Outcome::Refused, "step a was refused: forbidden is not allowed")
    );
    assert!(state.changes.is_empty());
}

#[test]
fn a_path_that_would_name_another_host_is_never_sent() {
    let lend = r#"
action lend {
  input on: shelf.shelf
  input to: string
  done when on.get("/things").items.any(t => t.name == to)
  change "lend it to ${to}" on.post("${to}/things", { name: to })
  poll every 5s for 10m
  irreversible "it is gone"
  touches "thing/${to}"
}
step a: lend { on = s  to = ".example" }
"#;
    let (ended, run, state) = night(&graph("on failure rollback", lend), &things(), &[]);
    assert_eq!(ended.outcome, Outcome::Refused);
    assert!(
        run.reason().contains("a path begins with `/`, and this is `.example/things` [HR021]"),
        "{}",
        run.reason()
    );
    assert!(state.changes.is_empty());
}

#[test]
fn a_fan_out_keeps_its_limit_and_bears_what_it_may() {
    let fan = r#"
let names = ["a", "b", "c", "d", "e"]
step all for n in names by n: shelf.put { on = s  name = n
  limit 2 tolerate 20% }
step last: shelf.check { on = s  name = "e" }
"#;
    let graph = graph("on failure rollback", fan);
    let (ended, run, _) = night(&graph, &things(), &[(1, Fault::Refuse)]);
    assert_eq!(ended.outcome, Outcome::Succeeded);
    assert!(states(&run).starts_with("all[\"a\"] done, all[\"b\"] failed"), "{}", states(&run));
    let (ended, run, state) = night(&graph, &things(), &[(1, Fault::Refuse), (2, Fault::Refuse)]);
    assert_eq!((ended.outcome, state.things), (Outcome::RolledBack, things()), "{}", states(&run));
}

#[test]
fn a_retry_tries_again() {
    let retry = "step a: shelf.put { on = s  name = \"a\"\n retry 3 every 10s..1m }\n";
    let graph = graph("on failure rollback", retry);
    let (outcome, ..) = after(&graph, &[(0, Fault::Refuse), (1, Fault::Refuse)]);
    assert_eq!(outcome, Outcome::Succeeded);
    let (outcome, ..) = after(&graph, &[(0, Fault::Refuse), (1, Fault::Refuse), (2, Fault::Refuse)]);
    assert_eq!(outcome, Outcome::RolledBack);
}

#[test]
fn gates_let_pass_what_enough_people_approve() {
    let gated = r#"
step a: shelf.put { on = s  name = "a" }
gate go { ask "Put ${a.count} more?" by "x", "y" need 2 within 10m else rollback }
step b: shelf.put { on = s  name = "b" }
"#;
    let (outcome, ..) = after(&graph("on failure rollback", gated), &[]);
    assert_eq!(outcome, Outcome::Succeeded);
}
