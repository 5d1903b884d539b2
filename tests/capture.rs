//! `hcxrun capture`: the scene of managers, beside a twin server.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Night, inputs, runbook};

fn capture(night: &Night, more: &[&str]) -> common::Came {
    let (systems, out) = (night.systems().display().to_string(), night.dir.path().join("site.yaml"));
    let out = out.display().to_string();
    let mut args = vec!["capture", "--systems", &systems, "--out", &out];
    args.extend(more);
    night.hcxrun(&args)
}

/// Plans the article's runbook on the captured scene.
fn planned(night: &Night) -> common::Came {
    let (file, inputs) = (runbook("network-extension-ha"), inputs("network-extension-ha"));
    let scene = night.dir.path().join("site.yaml").display().to_string();
    let (file, inputs) = (file.display().to_string(), inputs.display().to_string());
    night.hcxrun(&["plan", &file, "--inputs", &inputs, "--twin", &scene])
}

#[test]
fn after_the_article_s_run_the_captured_scene_leaves_nothing_to_change() {
    let night = Night::with_twin("fresh", &[]);
    night.run_on_twin("run", "network-extension-ha", &[]).exits(0);
    let (digest, changes) = (night.digest(), night.changes().len());
    capture(&night, &[]).exits(0).says("The scene is in");
    assert_eq!((night.digest(), night.changes().len()), (digest, changes));
    planned(&night).exits(0).says("Nothing to change");
    capture(&night, &[]).exits(1).says("site.yaml is there already");
}

#[test]
fn a_manager_that_the_file_does_not_have_is_named() {
    let night = Night::with_twin("no-mesh", &[]);
    capture(&night, &["--cloud", "paris"])
        .exits(1)
        .says("says nothing of the system `paris`")
        .says("name the cloud manager with `--cloud NAME`");
}

#[test]
fn an_error_names_system_and_operation() {
    let night = Night::with_twin("fresh", &["listServiceMeshes=refuse:503*99"]);
    capture(&night, &[]).exits(1).says("the source manager's listServiceMeshes (GET /hybridity/api/");
}

#[test]
fn scenes_are_listed_with_what_they_are() {
    let said = Night::bare().hcxrun(&["twin", "--scenes"]).exits(0).stdout;
    assert!(said.contains("ha-group              Three networks are extended over an HA group"), "{said}");
}

#[test]
fn faults_come_out_of_a_file_and_a_wrong_one_is_told_by_its_line() {
    let night = Night::bare();
    let (file, inputs) = (runbook("network-extension-ha"), inputs("network-extension-ha"));
    let (file, inputs) = (file.display().to_string(), inputs.display().to_string());
    let with = |text: &str| {
        let faults = night.write("faults.yaml", text).display().to_string();
        night.hcxrun(&["plan", &file, "--inputs", &inputs, "--twin", "fresh", "--faults", &faults])
    };
    with("# the list of groups\n- \"listHaGroups=refuse:403*99 not tonight\"\n").says("not tonight");
    with("getAbout=html\n\ncreateHaGruop=refuse\n")
        .exits(1)
        .says("faults.yaml:3:1")
        .says("there is no operation `createHaGruop`: did you mean `createHaGroup`?");
}
