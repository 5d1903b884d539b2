//! Every runbook of the repository from the command line, against a twin server: planned, run, run again, taken back.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::Night;

/// Plans it, which sends nothing; runs it; runs it again, which sends nothing; gives the id of the first run.
fn there_and_again(night: &Night, name: &str) -> String {
    let first = night.world();
    let plan = night.run_on_twin("plan", name, &[]).exits(2).stdout;
    insta::assert_snapshot!(format!("plan_of_{}", name.replace('-', "_")), common::without_digest(&plan));
    assert_eq!((night.world(), night.changes()), (first, Vec::new()), "a plan reads");
    night.run_on_twin("run", name, &[]).exits(0).says("succeeded");
    let (last, changes) = (night.world(), night.changes());
    assert!(!changes.is_empty());
    let run = night.hcxrun(&["runs", "--json"]).exits(0).json()[0]["id"].as_str().unwrap().to_owned();
    let again = night.run_on_twin("run", name, &["--json"]).exits(0).json();
    for step in again["steps"].as_array().unwrap() {
        assert!(["already", "skipped"].contains(&step["state"].as_str().unwrap()), "{step}");
    }
    assert_eq!((night.world(), night.changes()), (last, changes), "a second run sends nothing");
    run
}

/// The same, and takes the first run back to the world that it began with.
fn there_and_back(name: &str, scene: &str) {
    let night = Night::with_twin(scene, &[]);
    let first = night.world();
    let run = there_and_again(&night, name);
    let systems = night.systems().display().to_string();
    night.hcxrun(&["rollback", &run, "--systems", &systems, "--speed", common::SPEED]).exits(11);
    assert_eq!(night.world(), first);
}

/// A folder is checked as `hcxrun test` walks it: what is whole by itself alone, the parts of a module together.
#[test]
fn a_folder_is_checked_with_all_that_is_below_it() {
    let night = common::Night::bare();
    let root = common::root();
    let check = |folder: &str| night.hcxrun(&["check", root.join(folder).to_str().unwrap()]).exits(0);
    check("runbooks").says(": 0 errors");
    check("stdlib").says(": 0 errors");
}

#[test]
fn ha_for_extended_networks() {
    there_and_back("ha-for-extended-networks", "networks-extended");
}

#[test]
fn retire_extension() {
    there_and_back("retire-extension", "runbooks/retire-extension/scene.yaml");
}

#[test]
fn new_service_mesh() {
    there_and_back("new-service-mesh", "no-mesh");
}

#[test]
fn ha_deactivate() {
    there_and_back("ha-deactivate", "runbooks/ha-deactivate/scene.yaml");
}

/// What cannot be taken back is said before, in the plan.
#[test]
fn ha_maintenance() {
    let night = Night::with_twin("ha-group", &[]);
    there_and_again(&night, "ha-maintenance");
    // Nobody is asked to redeploy what is redeployed.
    let again = night.run_on_twin("plan", "ha-maintenance", &[]);
    again.says("asks: The redeploy of dc1-to-cloud-HA-12 is done already, and nothing is sent. Go on?");
    let night = Night::with_twin("ha-group", &[]);
    night.run_on_twin("plan", "ha-maintenance", &[]).exits(2).says("no way back");
}

#[test]
fn health_check() {
    let night = Night::with_twin("ha-group", &[]);
    night.run_on_twin("plan", "health-check", &[]).exits(0).says("Nothing to change");
    night.run_on_twin("run", "health-check", &[]).exits(0).says("succeeded");
    assert_eq!(night.changes(), Vec::<String>::new());
    let night = Night::with_twin("degraded-group", &[]);
    night.run_on_twin("run", "health-check", &[]).exits(10).says("HA group dc1-to-cloud-HA-12 is DEGRADED");
}
