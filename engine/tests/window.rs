//! The change window: what does not fit any more with its way back does not begin, and no run goes past the end.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{Fault, Things, graph, night};
use hcxrun_engine::{Graph, Outcome, Plan, PlanVerdict, Run, StepState, fit};
use jiff::{Timestamp, ToSpan};

const TWO: &str = r#"
step a: shelf.put { on = s  name = "a" }
step b: shelf.put { on = s  name = "b" }
"#;

/// A window from the beginning of time on, so many minutes long.
fn with_window(minutes: i64, policy: &str, members: &str) -> Arc<Graph> {
    let end = Timestamp::UNIX_EPOCH + minutes.minutes();
    graph(
        &format!("window 1970-01-01T00:00Z .. {}\non failure {policy}", end.strftime("%Y-%m-%dT%H:%MZ")),
        members,
    )
}

fn nothing() -> Things {
    Things(BTreeMap::new())
}

fn words(run: &Run) -> Vec<&'static str> {
    run.graph().steps().filter_map(|(at, _)| run.step(at).map(StepState::word)).collect()
}

/// `put` takes at most 10 minutes, 3 times 20 seconds for a request that is lost, and a last look: 11m05s; its way back 17
/// minutes more.
#[test]
fn a_step_that_does_not_fit_with_its_way_back_does_not_begin() {
    let (ended, run, state) = night(&with_window(45, "rollback", TWO), &nothing(), &[]);
    assert_eq!(ended.outcome, Outcome::RolledBack);
    assert_eq!(words(&run), ["undone", "refused"]);
    assert_eq!(state.changes, ["POST /things", "DELETE /things/a"]);
    insta::assert_snapshot!(run.reason(), @"step b was refused: with the way back it may take 1h7m15s, and the change window leaves 44m30s");
}

#[test]
fn it_holds_where_it_was_told_to_hold() {
    let (ended, run, _) = night(&with_window(45, "hold", TWO), &nothing(), &[]);
    assert_eq!((ended.outcome, words(&run)), (Outcome::Held, vec!["done", "refused"]));
}

#[test]
fn what_fits_is_not_kept_back() {
    let (ended, run, _) = night(&with_window(70, "rollback", TWO), &nothing(), &[]);
    assert_eq!((ended.outcome, words(&run)), (Outcome::Succeeded, vec!["done", "done"]));
    let outlook = run.outlook(Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(outlook.worst_end, Timestamp::UNIX_EPOCH, "nothing is left to do");
    assert_eq!(outlook.last_safe_abort, Timestamp::UNIX_EPOCH + 13.minutes().seconds(50));
}

#[test]
fn nothing_begins_that_never_fitted() {
    let (ended, _, state) = night(&with_window(39, "rollback", TWO), &nothing(), &[]);
    assert_eq!(ended.outcome, Outcome::Refused);
    assert!(state.changes.is_empty());
}

/// Every length of the window, and every request with every fault.
#[test]
fn no_run_goes_past_its_window() {
    let members = "parallel {\n step a: shelf.put { on = s  name = \"a\" }\n step b: shelf.add { on = s  name = \"b\" }\n}\nstep c: shelf.put { on = s  name = \"c\"  retry 3 every 5s..60s }\n";
    let mut outcomes = BTreeMap::<&str, usize>::new();
    for minutes in (30..330).step_by(10) {
        let graph = with_window(minutes, "rollback", members);
        for at in 0..14 {
            for fault in [Fault::Refuse, Fault::DropBefore, Fault::DropAfter, Fault::Break] {
                let (ended, run, _) = night(&graph, &nothing(), &[(at, fault)]);
                let (_, end) = run.span().unwrap();
                let limit = Timestamp::UNIX_EPOCH + minutes.minutes();
                assert!(end <= limit, "{minutes} minutes, {fault:?} at {at}: it ended at {end}");
                *outcomes.entry(ended.outcome.as_str()).or_default() += 1;
            }
        }
    }
    insta::assert_debug_snapshot!(outcomes);
}

fn planned(graph: &Graph) -> Plan {
    let line = |node: &hcxrun_engine::StepNode| hcxrun_engine::Line {
        node: node.id.clone(),
        phase: None,
        worst: node.worst(),
        verdict: PlanVerdict::Change {
            sentence: String::new(),
            request: None,
            after: Vec::new(),
            irreversible: false,
            touches: Vec::new(),
        },
    };
    Plan { lines: graph.steps().map(|(_, node)| line(node)).collect(), worst: std::time::Duration::ZERO }
}

#[test]
fn a_plan_knows_beforehand_whether_it_fits_at_the_worst() {
    let spare = |minutes| {
        let graph = with_window(minutes, "rollback", TWO);
        fit(&graph, Timestamp::UNIX_EPOCH, &planned(&graph)).unwrap().spare()
    };
    // Twice 11m05s forward, then twice 28m05s back.
    assert_eq!(spare(79).as_secs(), 79 * 60 - (2 * 665 + 2 * 1685));
    assert!(spare(78).is_negative());
}

#[test]
fn what_is_so_already_takes_no_time_in_a_plan() {
    let graph = with_window(60, "rollback", TWO);
    let mut plan = planned(&graph);
    plan.lines[0].verdict = PlanVerdict::Already { evidence: Vec::new() };
    assert!(!fit(&graph, Timestamp::UNIX_EPOCH, &plan).unwrap().spare().is_negative());
}
