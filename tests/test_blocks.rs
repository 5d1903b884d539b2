//! `hcxrun test`: what a test says when it passes, when it fails, and to programs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Night, root};

const PASSING: &str = r#"edition 1
use hcx

test "one more pair, and back" {
  system site: hcx.manager
  step scaled: hcx.scale_appliances { site = site  mesh = "dc1-to-cloud"  count = 2 }
  expect steps.scaled == "done" and scaled.count == 2
  then rollback
  expect outcome == "rolled back" and world == first
}

test "so already" {
  system site: hcx.manager
  step scaled: hcx.scale_appliances { site = site  mesh = "dc1-to-cloud"  count = 1 }
  expect steps.scaled == "already" and not requests.any(r => r.changing)
}
"#;

const FAILING: &str = r#"edition 1
use hcx

test "every sort of disappointment" {
  fault  "updateServiceMesh=drop-after"
  fault  "createHaGroup=refuse"
  system site: hcx.manager
  let wanted = 3
  step scaled: hcx.scale_appliances { site = site  mesh = "dc1-to-cloud"  count = 2 }
  expect outcome == "refused"
  expect scaled.count == wanted or reason != ""
  expect outcome == "succeeded" and [scaled.count, 3].contains(9)
  expect { count: scaled.count, of: "mesh" } == { count: wanted, of: "mesh" }
  expect requests[99].at == "now"
  expect outcome == "succeeded"
  then resume
}
"#;

/// A runbook that is tried by the tests of its file.
const RUNBOOK: &str = r#"edition 1
runbook "scale twice" { on failure hold }
use hcx
system site: hcx.manager
input mesh: string
input count: number = 3
phase first_half { step scaled: hcx.scale_appliances { site = site  mesh = mesh  count = count } }
gate go { ask "further?" by "lead", "boss" need 2 within 20m else hold }
phase second_half { step more: hcx.scale_appliances { site = site  mesh = mesh  count = count + 1 } }

test "as long as nobody agrees it waits, and goes back" {
  scene  "two.yaml"
  inputs "inputs.yaml"
  expect outcome == "held" and steps.scaled == "done" and steps.more == "waiting"
  then resume
  expect outcome == "held"
  then rollback
  expect outcome == "rolled back" and world == first
}

test "one of two is not enough, and strangers do not count" {
  scene   "two.yaml"
  inputs  "inputs.yaml"
  approve go by "lead", "stranger"
  expect outcome == "held" and steps.more == "waiting"
}

test "all agree: half of it is taken back, and done again" {
  scene   "two.yaml"
  inputs  "inputs.yaml"
  approve go
  expect outcome == "succeeded" and more.count == 4
  then rollback to first_half
  expect outcome == "held" and steps.scaled == "done" and steps.more == "undone"
  then resume
  expect outcome == "succeeded" and steps.more == "done"
}

test "more than there may be is refused by the manager" {
  set mesh  = "dc1-to-cloud"
  set count = 9
  approve go
  expect outcome == "held" and steps.scaled == "failed" and world == first
}

test "a mesh that is not there is refused before anything is sent" {
  set mesh = "nowhere"
  expect outcome == "refused" and reason.contains("nowhere")
  expect requests.where(r => r.changing).count() == 0
}
"#;

/// Times differ from run to run, and the directory too.
fn shown(night: &Night, text: &str) -> String {
    let text = text.replace(&format!("{}/", night.dir.path().display()), "");
    let times = text.split("time=\"").enumerate().map(|(at, part)| match part.split_once('"') {
        Some((_, rest)) if at > 0 => format!("time=\"…\"{rest}"),
        _ => part.to_owned(),
    });
    let text = times.collect::<String>();
    let lines = text.lines().map(|line| match line.split_once("finished in ") {
        Some((before, _)) => format!("{before}finished in …"),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_holds_is_said_in_a_line_each() {
    let night = Night::bare();
    let file = night.write("good.hcxrun", PASSING).display().to_string();
    let came = night.hcxrun(&["test", &file]).exits(0);
    insta::assert_snapshot!(shown(&night, &came.stdout));
    assert_eq!(came.stderr, "");
}

#[test]
fn what_does_not_hold_is_told_with_its_parts_and_the_story() {
    let night = Night::bare();
    let file = night.write("bad.hcxrun", FAILING).display().to_string();
    insta::assert_snapshot!(shown(&night, &night.hcxrun(&["test", &file]).exits(1).stdout));
}

#[test]
fn a_runbook_is_tried_with_inputs_approvals_and_a_scene_beside_it() {
    let night = Night::bare();
    night.write("two.yaml", "extends: fresh\nmeshes: { dc1-to-cloud: { appliances: 2 } }\n");
    night.write("inputs.yaml", "mesh: dc1-to-cloud\n");
    let file = night.write("twice.hcxrun", RUNBOOK).display().to_string();
    night.hcxrun(&["test", &file]).exits(0).says("5 passed");
}

#[test]
fn a_scene_or_a_fault_that_is_none_fails_the_test_that_names_it() {
    let night = Night::bare();
    let scene = PASSING.replace("back\" {", "back\" {\n  scene \"frseh\"");
    let file = night.write("scene.hcxrun", &scene).display().to_string();
    night.hcxrun(&["test", &file]).exits(1).says("there is no scene").says("1 passed; 1 failed");
    let fault = PASSING.replace("back\" {", "back\" {\n  fault \"updateServiceMesh=drop-aftr\"");
    let file = night.write("fault.hcxrun", &fault).display().to_string();
    night.hcxrun(&["test", &file]).exits(1).says("fault.hcxrun:5:9").says("`drop-aftr`");
}

/// What keeps a test from beginning points at its own line of the test.
#[test]
fn what_a_test_is_given_and_is_wrong_points_at_its_line() {
    let night = Night::bare();
    night.write("two.yaml", "extends: fresh\nmeshes: { dc1-to-cloud: { appliances: 2 } }\n");
    night.write("inputs.yaml", "mesh: dc1-to-cloud\n");
    let tried = |from: &str, to: &str| {
        let (runbook, _) = RUNBOOK.split_once("\ntest \"more than").unwrap();
        let (before, _) = runbook.split_once("\ntest \"one of two").unwrap();
        assert!(before.contains(from), "{from}");
        let file = night.write("twice.hcxrun", &before.replacen(from, to, 1)).display().to_string();
        let said = shown(&night, &night.hcxrun(&["test", &file]).exits(1).stdout);
        said.split_once("\n\n").map_or(said.clone(), |(_, story)| story.to_owned())
    };
    let told = [
        tried("  inputs \"inputs.yaml\"\n", ""),
        tried("inputs.yaml", "input.yaml"),
        tried("two.yaml", "tow.yaml"),
        tried("  inputs", "  fault \"updateServiceMesh=drop-aftr\"\n  inputs"),
        tried("  inputs", "  approve go by \"Lead\", \"boos\"\n  inputs"),
    ];
    insta::assert_snapshot!(told.join("\n\n---\n"));
}

#[test]
fn programs_read_json_and_xml() {
    let night = Night::bare();
    night.write("good.hcxrun", PASSING);
    night.write("bad.hcxrun", FAILING);
    let (folder, xml) = (night.dir.path().display().to_string(), night.dir.path().join("tests.xml"));
    let tests = night.hcxrun(&["test", &folder, "--json", "--junit", xml.to_str().unwrap()]).exits(1).json();
    let passed: Vec<_> = tests.as_array().unwrap().iter().map(|it| it["passed"].as_bool().unwrap()).collect();
    assert_eq!(passed, [false, true, true]);
    assert_eq!(tests[0]["missed"][0]["text"], "outcome == \"refused\"");
    assert_eq!(tests[0]["missed"][0]["because"][0], "outcome is \"succeeded\"");
    insta::assert_snapshot!(shown(&night, &std::fs::read_to_string(xml).unwrap()));
}

#[test]
fn a_filter_picks_by_name() {
    let night = Night::bare();
    let file = night.write("good.hcxrun", PASSING).display().to_string();
    night.hcxrun(&["test", &file, "--filter", "already"]).exits(0).says("1 passed; 0 failed; 1 filtered out");
}

#[test]
fn a_file_that_is_wrong_fails_and_the_others_are_tried() {
    let night = Night::bare();
    night.write("good.hcxrun", PASSING);
    night.write("wrong.hcxrun", "edition 1\ntest \"t\" { expect outcom == \"held\" }\n");
    night.write("other.hcxrun", "no runbook at all, and nothing to a test");
    let folder = night.dir.path().display().to_string();
    let came = night.hcxrun(&["test", &folder]).exits(1);
    came.says("HR005").says("test result: FAILED. 2 passed; 0 failed");
}

#[test]
fn a_part_of_a_folder_is_tried_with_the_folder() {
    let night = Night::bare();
    night.write(
        "systems.hcxrun",
        "edition 1\napi manager { input url: url input username: string input password: secret }\n",
    );
    let part = night.write(
        "part.hcxrun",
        "edition 1\naction look { input on: manager require on != null else \"no\" }\n\
         test \"t\" { system s: manager step a: look { on = s } expect outcome == \"succeeded\" }\n",
    );
    night.hcxrun(&["test", part.to_str().unwrap()]).exits(0).says("1 passed");
}

#[test]
fn no_tests_and_no_file_are_said() {
    let night = Night::bare();
    let file = night.write("none.hcxrun", "edition 1\n").display().to_string();
    night.hcxrun(&["test", &file]).exits(1).says("there are no tests");
    night.hcxrun(&["test", "hxc"]).exits(1).says("there is no file or folder hxc");
}

#[test]
fn the_standard_library_and_the_runbooks_keep_what_their_tests_promise() {
    let night = Night::bare();
    night.hcxrun(&["test", "--stdlib", root().join("runbooks").to_str().unwrap()]).exits(0);
}
