//! `hcxrun rehearse`: the runbooks of the repository hold in every night, and each planted fault is found with its line.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and tells its figures"
)]

mod common;

use common::{Came, Night, inputs, root, runbook};

fn rehearse(name: &str, more: &[&str]) -> Came {
    let (runbook, inputs) = (runbook(name), inputs(name));
    let mut args = vec!["rehearse", runbook.to_str().unwrap(), "--inputs", inputs.to_str().unwrap()];
    args.extend(more);
    Night::bare().hcxrun(&args)
}

fn planted(name: &str, scene: &str) -> Came {
    let file = root().join("tests/rehearsed").join(format!("{name}.hcxrun"));
    let scene = if scene == "fresh" { scene.into() } else { root().join(scene) };
    Night::bare().hcxrun(&["rehearse", file.to_str().unwrap(), "--twin", scene.to_str().unwrap()])
}

fn without_paths(text: &str) -> String {
    text.replace(root().to_str().unwrap(), "…")
}

#[test]
fn taking_an_extension_back_holds_in_every_night() {
    let scene = root().join("runbooks/retire-extension/scene.yaml");
    let came = rehearse("retire-extension", &["--twin", scene.to_str().unwrap()]).exits(0);
    insta::assert_snapshot!(without_paths(&came.stdout));
}

#[test]
fn an_undo_that_undoes_too_little_is_told_with_its_line() {
    let came = planted("undo-too-little", "fresh").exits(20);
    came.says("the world is not the first one").says("planted.hcxrun:22:3");
}

#[test]
fn a_post_that_is_sent_again_is_told_with_its_line() {
    let came = planted("post-twice", "twin/scenes/ha-group.yaml").exits(20);
    insta::assert_snapshot!(without_paths(&came.stdout));
}

#[test]
fn an_order_that_only_luck_brings_about_is_told_with_its_line() {
    let came = planted("missing-order", "tests/rehearsed/group.yaml").exits(20);
    came.says("what comes last is needed by another step, and nothing says so")
        .says("missing-order.hcxrun:24:8");
}

#[test]
fn a_change_without_a_way_back_is_not_even_rehearsed() {
    planted("missing-undo", "fresh").exits(1).says("HR034").says("missing-undo.hcxrun:11:8");
}

#[test]
fn what_is_so_already_in_the_scene_was_not_rehearsed() {
    let came = planted("missing-order", "twin/scenes/ha-group.yaml").exits(20);
    came.says("no night reached where step web changes");
}

#[test]
fn it_says_which_protections_nothing_would_miss() {
    let scene = root().join("runbooks/retire-extension/scene.yaml");
    let scene = ["--twin", scene.to_str().unwrap()];
    let undo = rehearse("retire-extension", &[&scene[..], &["--drop-undo"]].concat()).exits(0);
    let order = rehearse("retire-extension", &[&scene[..], &["--drop-edge"]].concat()).exits(0);
    insta::assert_snapshot!(without_paths(&format!("{}\n{}", undo.stdout, order.stdout)));
}

#[test]
fn a_certificate_is_shown_with_the_plan_and_the_report_of_what_it_certifies() {
    let night = Night::bare();
    let (file, values) = (runbook("retire-extension"), inputs("retire-extension"));
    let scene = root().join("runbooks/retire-extension/scene.yaml");
    let (file, values, scene) = (file.to_str().unwrap(), values.to_str().unwrap(), scene.to_str().unwrap());
    let certificate = night.dir.path().join("rehearsed.json");
    let certificate = certificate.to_str().unwrap();
    night.hcxrun(&["rehearse", file, "--inputs", values, "--twin", scene, "--out", certificate]).exits(0);
    let on_twin = ["--inputs", values, "--twin", scene, "--rehearsed", certificate];
    night.hcxrun(&[&["plan", file], &on_twin[..]].concat()).exits(2).says("Rehearsed on the scene");
    let run = night.hcxrun(&[&["run", file, "--approve-all"], &on_twin[..]].concat()).exits(0);
    run.says("nights: every one holds.");
    let other = ["--set", "connect_gateway=false"];
    night
        .hcxrun(&[&["plan", file], &on_twin[..], &other].concat())
        .exits(1)
        .says("certifies another runbook");
}

/// The article's runbook with all of its nights takes seconds in a release build, and minutes in a debug build.
#[test]
fn the_runbooks_hold_in_every_night() {
    if std::env::var_os("HCXRUN_REHEARSE").is_none() {
        return;
    }
    let scene = |name: &str| root().join(format!("runbooks/{name}/scene.yaml")).display().to_string();
    let [deactivate, retire, wave] = ["ha-deactivate", "retire-extension", "migration-wave"].map(scene);
    for (name, more) in [
        ("network-extension-ha", vec!["--twin", "fresh"]),
        ("new-service-mesh", vec!["--twin", "no-mesh"]),
        ("ha-for-extended-networks", vec!["--twin", "networks-extended"]),
        ("ha-deactivate", vec!["--twin", &deactivate]),
        ("retire-extension", vec!["--twin", &retire]),
        ("migration-wave", vec!["--twin", &wave, "--except", "move"]),
        ("ha-maintenance", vec!["--twin", "ha-group", "--except", "back"]),
        ("health-check", vec!["--twin", "ha-group"]),
    ] {
        let came = rehearse(name, &more).exits(0);
        println!("{name}: {}", came.stderr.trim());
    }
}
