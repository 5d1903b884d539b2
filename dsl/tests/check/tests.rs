//! Test blocks: a small runbook of its own, or the runbook of the file, and what is expected of it.

use crate::support::{files, modules, program, render, runbooks};

const LAB: &str = r#"edition 1
api manager { input url: url }
action scale {
  input on: manager
  input count: number
  let now = on.get("/scale")
  done when now.count == count
  change "scale to ${count}" on.put("/scale", { count: count })
  undo "scale back" on.put("/scale", before.now)
  poll every 5s for 10m
  output count = now.count
}
"#;

#[test]
fn a_whole_test_is_clean() {
    let text = format!(
        r#"{LAB}
test "scaled, and taken back" {{
  scene "fresh"
  fault "updateServiceMesh=drop-after"
  system one: manager
  let most = 3
  phase first_half {{ step a: scale {{ on = one  count = 2 }} }}
  parallel {{ step all for n in [1, 2] by n: scale {{ on = one  count = n }} }}
  gate go {{ ask "on?" }}
  step b: scale {{ on = one  count = most }}
  approve go by "lead"
  expect outcome == "succeeded" and reason == ""
  expect a.count == 2 and b.count == most
  expect steps.a == "already" and steps.all["1"] == "done"
  expect requests.count(r => r.operation == "updateServiceMesh" and r.effect) == 1
  expect world.meshes["m"].count == 3
  then rollback to first_half
  expect outcome == "held"
  then resume
  then run
  then rollback
  expect world == first
}}
"#
    );
    let (program, found) = program(&text, &[]);
    assert_eq!(render(&program.sources, &found), "nothing wrong\n");
    let test = &program.modules[0].tests[0];
    assert_eq!((test.faults.len(), test.members.len(), test.acts.len()), (1, 4, 11));
    let tried = program.tried_by(test);
    assert_eq!(tried.runbook().map(|it| &*it.header.title.node), Some("scaled, and taken back"));
}

#[test]
fn expectations() {
    modules(
        "test_expectations",
        &[
            (
                "none at all",
                "action a { input on: manager require on.get(\"/\").ok else \"no\" }\ntest \"t\" { system s: manager step b: a { on = s } }",
            ),
            ("nothing is tried", "test \"t\" { expect outcome == \"succeeded\" }"),
            ("a misspelt outcome", "test \"t\" { system s: manager expect outcome == \"succeded\" }"),
            ("a misspelt name", "test \"t\" { system s: manager expect outcom == \"held\" }"),
            ("no step of that name", "test \"t\" { system s: manager expect steps.a == \"done\" }"),
            ("no condition", "test \"t\" { system s: manager expect reason }"),
            ("always true", "test \"t\" { system s: manager expect true }"),
        ],
    );
}

#[test]
fn what_is_tried() {
    modules(
        "test_bodies",
        &[
            ("no such api", "test \"t\" { system s: manger expect outcome == \"held\" }"),
            (
                "no such action",
                "test \"t\" { system s: manager step a: b { on = s } expect outcome == \"held\" }",
            ),
            ("a name twice", "test \"t\" { system s: manager let s = 1 expect outcome == \"held\" }"),
            (
                "two tests of one name",
                "test \"t\" { system s: manager expect outcome == \"held\" }\ntest \"t\" { system s: manager expect outcome == \"held\" }",
            ),
            (
                "no such phase",
                "test \"t\" { system s: manager expect outcome == \"held\" then rollback to half }",
            ),
            ("no such gate", "test \"t\" { system s: manager approve go expect outcome == \"held\" }"),
            (
                "inputs without a runbook",
                "test \"t\" { system s: manager inputs \"a.yaml\" set n = 1 expect outcome == \"held\" }",
            ),
        ],
    );
}

#[test]
fn the_runbook_of_the_file() {
    runbooks(
        "test_runbook",
        &[
            (
                "all is well",
                "input n: number\nstep a: lab.scale { on = one count = n }\ntest \"t\" { set n = 2 expect steps.a == \"done\" and a.count == 2 }",
            ),
            (
                "no such input",
                "input number_of: number\nstep a: lab.scale { on = one count = number_of }\ntest \"t\" { set numbr_of = 2 expect outcome == \"held\" }",
            ),
            (
                "an input of another type",
                "input n: number\nstep a: lab.scale { on = one count = n }\ntest \"t\" { set n = \"two\" expect outcome == \"held\" }",
            ),
        ],
    );
}

#[test]
fn text() {
    files(
        "test_text",
        &[
            ("no name", "test { expect true }"),
            ("an unknown clause", "test \"t\" {\n  expected outcome == \"held\"\n}"),
            ("a clause of another block", "test \"t\" {\n  timeout 3m\n}"),
            ("an unknown course", "test \"t\" {\n  then roll back\n}"),
            ("a broken expectation", "test \"t\" {\n  expect outcome = \"held\"\n  expect reason == \"\"\n}"),
            ("two scenes", "test \"t\" {\n  scene \"a\"\n  scene \"b\"\n}"),
            ("a value in place of a text", "test \"t\" {\n  scene fresh\n  fault drop\n}"),
        ],
    );
}
