//! The change of the article, end to end, against a twin server and the embedded twin.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod common;

use common::{Night, inputs, runbook};

const RUNBOOK: &str = "network-extension-ha";

fn embedded(name: &str, more: &[&str]) -> common::Came {
    let night = Night::bare();
    let (runbook, inputs) = (runbook(name).display().to_string(), inputs(name).display().to_string());
    let mut args = vec!["run", &runbook, "--inputs", &inputs, "--approve-all"];
    args.extend(more);
    night.hcxrun(&args)
}

#[test]
fn the_readme_s_command_runs_the_whole_article() {
    embedded(RUNBOOK, &["--twin"])
        .exits(0)
        .says("succeeded")
        .says("scale: scale dc1-to-cloud from 1 to 2 Network Extension appliances on each site")
        .says("group: activate high availability on dc1-to-cloud-NE-I1")
        .says("extend[\"web-30\"]: extend web-30 over dc1-to-cloud-HA-12 with gateway 10.20.30.1/24")
        .says("move[\"db-01\"]: migrate db-01 to cloud by RAV");
}

#[test]
fn the_same_works_from_no_mesh() {
    embedded("new-service-mesh", &["--twin", "no-mesh"])
        .exits(0)
        .says("create service mesh")
        .says("succeeded");
}

#[test]
fn a_second_run_changes_nothing() {
    let night = Night::with_twin("fresh", &[]);
    night.run_on_twin("run", RUNBOOK, &[]).exits(0);
    let (world, changes) = (night.digest(), night.changes());
    assert_eq!(changes.len(), 9, "{changes:#?}");
    let again = night.run_on_twin("run", RUNBOOK, &["--json"]).exits(0).json();
    let states: Vec<_> =
        again["steps"].as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect();
    assert!(states.iter().all(|state| *state == "already"), "{states:?}");
    assert_eq!((night.digest(), night.changes()), (world, changes));
    night.run_on_twin("plan", RUNBOOK, &[]).exits(0).says("Nothing to change");
}

#[test]
fn a_run_is_taken_back_to_the_first_world() {
    let night = Night::with_twin("fresh", &[]);
    let first = night.world();
    night.run_on_twin("run", RUNBOOK, &[]).exits(0);
    assert_ne!(night.world(), first);
    night.go_on("rollback", &["--to", "availability"]).exits(12).says("is held");
    night.go_on("rollback", &[]).exits(11).says("was rolled back");
    assert_eq!(night.world(), first);
    night.hcxrun(&["show", "last"]).exits(0).says("undone");
    night.hcxrun(&["runs"]).exits(0).says("rolled back");
}

#[test]
fn a_gate_that_nobody_answers_holds_the_run() {
    let night = Night::with_twin("fresh", &[]);
    let args = night.on_twin("run", RUNBOOK, &[]);
    let args: Vec<_> = args
        .iter()
        .map(String::as_str)
        .filter(|it| !["--approve-all", "--unattended"].contains(it))
        .collect();
    night.hcxrun(&args).exits(12).says("waits for an approval");
    let systems = night.systems().display().to_string();
    let resume = ["resume", "last", "--systems", &systems, "--speed", common::SPEED, "--approve"];
    let one = [&resume[..], &["networks_next=network-lead"]].concat();
    night.hcxrun(&one).exits(12);
    let both = [&resume[..], &["networks_next=network-lead,change-manager"]].concat();
    night.hcxrun(&both).exits(0).says("succeeded");
}

#[test]
fn a_kept_plan_is_run_as_it_was_planned() {
    let night = Night::with_twin("fresh", &[]);
    let plan = night.dir.path().join("night.plan").display().to_string();
    night.run_on_twin("plan", RUNBOOK, &["--out", &plan]).exits(2);
    let systems = night.systems().display().to_string();
    let run = [
        "run",
        plan.as_str(),
        "--systems",
        &systems,
        "--speed",
        common::SPEED,
        "--approve-all",
        "--unattended",
    ];
    night.hcxrun(&run).exits(0).says("succeeded");
    night.hcxrun(&run).exits(10).says("error[HR066]: this plan was run already");
    assert_eq!(night.changes().len(), 9);
}

#[test]
fn the_first_ctrl_c_brings_the_run_to_a_hold() {
    let night = Night::with_twin("fresh", &[]);
    let args = night.on_twin("run", RUNBOOK, &[]);
    let mut child = night.command(&args.iter().map(String::as_str).collect::<Vec<_>>()).spawn().unwrap();
    while !night.changes().iter().any(|change| change.starts_with("updateServiceMesh")) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before anything was changed");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let interrupt =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    assert_eq!(child.wait().unwrap().code(), Some(12));
    night
        .hcxrun(&["show", "last"])
        .exits(0)
        .says("interrupted by a person")
        .says("scale dc1-to-cloud from 1 to 2");
    night.go_on("resume", &[]).exits(0).says("succeeded");
    assert_eq!(night.effects().len(), 9);
}

#[test]
fn a_run_begins_within_its_window_alone() {
    let night = Night::with_twin("fresh", &[]);
    let text = std::fs::read_to_string(runbook(RUNBOOK)).unwrap();
    let window =
        "  window 2020-01-01T22:00 .. 2020-01-02T04:00 in \"Europe/Berlin\" keep 15m\n  on failure rollback";
    let late =
        night.write("late.hcxrun", &text.replacen("  on failure rollback", window, 1)).display().to_string();
    std::fs::create_dir_all(night.dir.path().join(RUNBOOK)).unwrap();
    std::fs::copy(
        common::root().join("runbooks").join(RUNBOOK).join("wave-1.csv"),
        night.dir.path().join(RUNBOOK).join("wave-1.csv"),
    )
    .unwrap();
    let mut args = night.on_twin("run", RUNBOOK, &[]);
    args[1] = late;
    night
        .hcxrun(&args.iter().map(String::as_str).collect::<Vec<_>>())
        .exits(10)
        .says("the change window closes at 2020-01-0");
    assert!(night.changes().is_empty());
}

#[test]
fn https_with_the_twin_s_certificate() {
    let night = Night::with_twin_args("fresh", &[], &["--speed", common::SPEED]);
    night.run_on_twin("run", RUNBOOK, &[]).exits(0).says("succeeded");
}
