//! A plan that was kept holds: what it rests on is read again, it runs once, and what was done by hand since is taken over.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Came, Night, SPEED, inputs, runbook};

const RUNBOOK: &str = "network-extension-ha";

/// Without the moments and the id of a run, which differ from run to run.
fn fixed(text: &str, run: &str) -> String {
    let (parts, last) = text.rsplit_once(" UTC").map_or((None, text), |(parts, last)| (Some(parts), last));
    let parts = parts.into_iter().flat_map(|parts| parts.split(" UTC"));
    let moment = "2026-11-28 22:00".len();
    let parts = parts.map(|part| format!("{}‹moment›", &part[..part.len() - moment]));
    format!("{}{last}", parts.collect::<String>()).replace(run, "‹run›")
}

/// A plan on one scene, run on another.
fn planned_and_run(night: &Night, planned: &str, run: &str) -> Came {
    let (file, values) = (runbook(RUNBOOK).display().to_string(), inputs(RUNBOOK).display().to_string());
    let plan = night.dir.path().join("plan.json").display().to_string();
    night.hcxrun(&["plan", &file, "--inputs", &values, "--twin", planned, "--out", &plan]).exits(2);
    night.hcxrun(&["run", &plan, "--twin", run, "--approve-all"])
}

#[test]
fn drift_that_changes_no_step_is_noted() {
    let came = planned_and_run(&Night::bare(), "fresh", "fresh").exits(0);
    let noted = came.stderr.lines().take_while(|line| !line.starts_with("Run "));
    insta::assert_snapshot!(fixed(&noted.collect::<Vec<_>>().join("\n"), "‹run›"));
}

#[test]
fn a_broken_premise_stops_before_the_first_change() {
    let night = Night::bare();
    let came = planned_and_run(&night, "fresh", "network-on-appliance").exits(10);
    insta::assert_snapshot!(fixed(&came.stderr, "‹run›"));
    night.hcxrun(&["runs"]).exits(0).says("no runs");
}

#[test]
fn a_plan_runs_once() {
    let night = Night::bare();
    planned_and_run(&night, "fresh", "fresh").exits(0);
    let plan = night.dir.path().join("plan.json").display().to_string();
    let again = night.hcxrun(&["run", &plan, "--twin", "fresh", "--approve-all"]).exits(10);
    let said = again.stderr.lines().skip_while(|line| !line.starts_with("error"));
    let run = night.hcxrun(&["runs", "--json"]).json()[0]["id"].as_str().unwrap().to_owned();
    insta::assert_snapshot!(fixed(&said.collect::<Vec<_>>().join("\n"), &run));
}

#[test]
fn a_plan_that_would_be_refused_is_not_kept() {
    let night = Night::bare();
    let (file, values) = (runbook(RUNBOOK).display().to_string(), inputs(RUNBOOK).display().to_string());
    let plan = night.dir.path().join("plan.json");
    let (at, scene) = (plan.display().to_string(), "advanced-license");
    let args = ["plan", &file, "--inputs", &values, "--twin", scene, "--out", &at];
    night.hcxrun(&args).exits(10).says("the plan was not kept");
    assert!(!plan.exists());
}

/// Planned, then half done by hand, then run: what was done is found, shown with what shows it, and not taken back.
#[test]
fn a_change_that_is_half_done_by_hand_is_taken_over() {
    let night = Night::with_twin("fresh", &[]);
    let plan = night.dir.path().join("plan.json").display().to_string();
    night.run_on_twin("plan", RUNBOOK, &["--out", &plan]).exits(2);
    // By hand: what leads up to the gate, which nobody approves.
    let by_hand = night.dir.path().join("by-hand.db").display().to_string();
    let systems = night.systems().display().to_string();
    let (file, values) = (runbook(RUNBOOK).display().to_string(), inputs(RUNBOOK).display().to_string());
    let on_twin = ["--systems", &systems, "--speed", SPEED];
    let args = [&["run", &file, "--inputs", &values, "--journal", &by_hand][..], &on_twin].concat();
    night.hcxrun(&args).exits(12);
    let half_done = night.world();

    let args = [&["run", &plan, "--approve-all", "--unattended"][..], &on_twin].concat();
    let came = night.hcxrun(&args).exits(0).says("so already since, nothing is sent for it: scale, group");
    let found = came.stdout.lines().skip_while(|line| !line.contains("Found done")).take(3);
    insta::assert_snapshot!(found.collect::<Vec<_>>().join("\n"));

    night.go_on("rollback", &[]).exits(11);
    assert_eq!(night.world(), half_done);
}
