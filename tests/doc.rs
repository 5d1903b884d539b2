//! `hcxrun doc`: what actions and runbooks say of themselves.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Night, root, runbook};
use hcxrun_twin::Port;
use hcxrun_twin::contract::{self, Confidence};
use serde_json::Value;

#[test]
fn an_action_is_told_whole() {
    let night = Night::bare();
    insta::assert_snapshot!(night.hcxrun(&["doc", "hcx.fail_over"]).exits(0).stdout);
    insta::assert_snapshot!(night.hcxrun(&["doc", "hcx.fail_over", "--format", "markdown"]).exits(0).stdout);
}

#[test]
fn a_runbook_is_told_whole() {
    let night = Night::bare();
    let file = runbook("new-service-mesh").display().to_string();
    insta::assert_snapshot!(night.hcxrun(&["doc", &file]).exits(0).stdout);
}

#[test]
fn what_is_not_there_gets_a_suggestion() {
    let night = Night::bare();
    night.hcxrun(&["doc", "hcx.fail_ovr"]).exits(1).says("did you mean `fail_over`?");
    night.hcxrun(&["doc", "hxc"]).exits(1).says("the standard library has no `hxc`; it has `hcx`");
}

/// The pages of the standard library.
fn library() -> Vec<Value> {
    let pages = Night::bare().hcxrun(&["doc", "hcx", "--json"]).exits(0).stdout;
    serde_json::from_str(&pages).unwrap()
}

fn rows<'p>(page: &'p Value, title: &str) -> Vec<Vec<&'p str>> {
    let sections = page["sections"].as_array().unwrap().iter();
    let rows = sections.filter(|it| it["title"] == title).flat_map(|it| it["rows"].as_array().unwrap());
    rows.map(|row| row.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect()).collect()
}

#[test]
fn the_library_lists_every_action() {
    let pages = library();
    let listed: Vec<_> = rows(&pages[0], "Actions").iter().map(|row| format!("hcx.{}", row[0])).collect();
    let told: Vec<_> = pages[1..].iter().map(|page| page["title"].as_str().unwrap()).collect();
    assert_eq!(listed, told);
    assert!(listed.len() > 10, "{listed:?}");
}

/// The table of operations: each of the contract with how well it is known and what of the library asks for it. Written anew
/// with `UPDATE_DOCS=1 cargo test -p hcxrun --test doc`.
#[test]
fn the_table_of_operations_is_of_this_version() {
    let pages = library();
    let mut used = BTreeMap::<String, BTreeSet<String>>::new();
    let actions = pages[1..].iter().flat_map(|page| {
        let title = page["title"].as_str().unwrap().trim_start_matches("hcx.");
        rows(page, "Requests").into_iter().map(move |row| (row[2].to_owned(), title.to_owned()))
    });
    let sign_ins =
        rows(&pages[0], "Signing in").into_iter().map(|row| (row[2].to_owned(), row[0].to_owned()));
    for (operation, name) in actions.chain(sign_ins) {
        used.entry(operation).or_default().insert(name);
    }
    let mut table = OPERATIONS.to_owned();
    for it in contract::all() {
        let known = match it.confidence {
            Confidence::Documented => "documented",
            Confidence::Observed => "observed in a client",
            Confidence::Inferred => "inferred",
        };
        let port = if it.port == Port::Appliance { "9443" } else { "443" };
        let by = used.remove(&(it.method, it.path)).unwrap_or_default();
        let by = by.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        table += &format!("| {} | `{} {}` | {port} | {known} | {by} |\n", it.id, it.method, it.path);
    }
    assert!(used.is_empty(), "these are no operations of the contract: {used:?}");
    let file = root().join("docs/operations.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &table).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(kept, table, "docs/operations.md is of another version: run this test with UPDATE_DOCS=1");
}

const OPERATIONS: &str = "\
# Operations

Every operation of the contract (`twin/contract/openapi.yaml`), how well it is known, and which systems and actions of the
library use it. The twin serves all of them, on both managers. *Documented*: a reference page shows it. *Observed in a
client*: a published client sends it. *Inferred*: no public source shows it, and the shape is the likely one: try what rests on
it in a lab first. `hcxrun doc hcx.ACTION` tells the same for one action.

| operation | request | port | known | used by |
|---|---|---|---|---|
";

/// A comment that says how well its operations are known has to be right about it.
#[test]
fn comments_name_the_operations_that_are_used() {
    for page in &library()[1..] {
        let (title, doc) = (page["title"].as_str().unwrap(), page["doc"].as_str().unwrap());
        for row in rows(page, "Requests") {
            let [_, request, operation, _] = row[..] else {
                panic!("{title} asks for what is no operation of the contract: {row:?}");
            };
            assert!(doc.contains(operation), "the comment of {title} does not name {operation} ({request})");
        }
    }
}
