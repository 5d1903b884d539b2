//! `hcxrun diff` says in words what changed.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Came, Night, inputs, root, runbook};

fn fixture() -> String {
    std::fs::read_to_string(root().join("dsl/tests/fixtures/meaning.hcxrun")).unwrap()
}

/// Compares two texts, with more arguments.
fn diff(before: &str, after: &str, more: &[&str]) -> Came {
    let night = Night::bare();
    let (before, after) = (night.write("a.hcxrun", before), night.write("b.hcxrun", after));
    let mut args = vec!["diff", before.to_str().unwrap(), after.to_str().unwrap()];
    args.extend(more);
    night.hcxrun(&args)
}

fn edited(text: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

#[test]
fn a_comment_changes_nothing() {
    let other = edited(&fixture(), &[("// a comment", "// another"), ("timeout 20m", "timeout 1200s")]);
    diff(&fixture(), &other, &[]).exits(0).says("A and B mean the same (digest ");
}

#[test]
fn clauses_and_contracts_are_told_old_and_new() {
    let edits = [
        ("on failure rollback", "on failure hold"),
        ("keep 15m", "keep 20m"),
        ("timeout 20m", "timeout 30m"),
        ("name = label", "name = \"${label}-1\""),
        ("    within 10m\n", "    within 20m else hold\n"),
        ("every 5s for 10m", "every 10s for 10m"),
        ("\"SMALL\" | \"LARGE\"", "\"SMALL\" | \"HUGE\""),
        ("label: string = \"a\"", "label: string = \"b\""),
    ];
    insta::assert_snapshot!(diff(&fixture(), &edited(&fixture(), &edits), &[]).exits(2).stdout);
}

#[test]
fn a_way_back_that_is_lost_and_steps_that_come_go_and_move() {
    let first = "phase build {\n";
    let step = |name: &str| format!("  step {name}: make {{ site = here  name = \"{name}\" }}\n");
    let before =
        edited(&fixture(), &[(first, &format!("phase build {{\n{}{}", step("gone"), step("moved")))]);
    let added = "phase later {\n".to_owned() + &step("moved") + &step("extra") + "}\n\napi manager {";
    let lost = "irreversible \"groups stay\"";
    let undo = "undo \"remove ${name}\" site.delete(\"/groups/${name}\")";
    let after = edited(&fixture(), &[("api manager {", &added), (undo, lost)]);
    insta::assert_snapshot!(diff(&before, &after, &[]).exits(2).stdout);
}

const FAN: (&str, &str) = (
    "  step made: make {\n    site = here\n    name = label",
    "  step made for l in labels by l: make {\n    site = here\n    name = l",
);

#[test]
fn without_inputs_it_is_compared_as_declared_and_with_them_by_instances() {
    let before = edited(&fixture(), &[FAN, ("label: string = \"a\"", "labels: list<string>")]);
    let after = edited(
        &before,
        &[("timeout 20m", "timeout 30m"), ("in labels by", "in labels.where(it => it != \"b\") by")],
    );
    let declared = diff(&before, &after, &[]).exits(2).stdout;
    let expanded = diff(&before, &after, &["--set", "labels=[a, b]"]).exits(2).stdout;
    insta::assert_snapshot!(format!("{declared}\n----\n{expanded}"));
    let json = diff(&before, &after, &["--set", "labels=[a, b]", "--json"]).exits(2).json();
    assert_eq!((&json["same"], &json["expanded"]), (&false.into(), &true.into()));
    assert!(
        json["differences"].as_array().unwrap().iter().any(|it| it["says"] == "timeout 20m → 30m"),
        "{json}"
    );
}

#[test]
fn a_plan_has_its_inputs_with_it() {
    let (night, name) = (Night::bare(), "network-extension-ha");
    let (runbook, inputs) = (runbook(name).display().to_string(), inputs(name).display().to_string());
    let plan = night.dir.path().join("night.plan").display().to_string();
    night.hcxrun(&["plan", &runbook, "--inputs", &inputs, "--twin", "fresh", "--out", &plan]).exits(2);
    night.hcxrun(&["diff", &plan, &runbook, "--inputs", &inputs]).exits(0).says("mean the same");
    let other = ["diff", &plan, &runbook, "--inputs", &inputs, "--set", "mesh=other"];
    night.hcxrun(&other).exits(2).says("value of mesh").says("→ \"other\"");
    night
        .hcxrun(&["diff", &plan, &plan, "--set", "mesh=other"])
        .exits(1)
        .says("a kept plan has its inputs with it");
}

#[test]
fn what_is_wrong_is_an_error() {
    diff(&fixture(), "edition 1\nrunbook \"a\" {\n", &[]).exits(1);
    let module = |word: &str| format!("edition 1\ntype a = \"X\" | \"{word}\"\n");
    diff(&module("Y"), &module("Z"), &[]).exits(1);
}
