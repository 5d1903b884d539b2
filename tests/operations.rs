//! The table of operations in the documentation is what contract and standard library say now.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::Night;
use hcxrun_twin::Port;
use hcxrun_twin::contract::{self, Confidence, Entry, Managers};

const HEAD: &str = "# Operations

Every operation of the contract (`twin/contract/openapi.yaml`). The twin serves all of them; where an id stands in a path there is
a `{}`. An operation is *documented* when a reference page shows it, *observed* when a published client sends it, and *inferred*
when no public source shows it: try what uses one of those in a lab first. Both managers take a call, or the initiator of the
pairing alone. Sessions are opened by hcxrun itself. This file is written by
`UPDATE_DOCS=1 cargo test --package hcxrun --test operations`.

| operation | request | port | known | served on | used by |
|---|---|---|---|---|---|
";

/// The actions that use an operation, by method and path of its row: from their requests, and not from their comments.
fn users() -> BTreeMap<(&'static str, &'static str), BTreeSet<String>> {
    let pages = Night::bare().hcxrun(&["doc", "hcx", "--json"]).exits(0).json();
    let mut users: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for page in pages.as_array().unwrap() {
        let action = page["title"].as_str().unwrap().trim_start_matches("hcx.");
        let sections = page["sections"].as_array().unwrap().iter();
        let requests = sections.filter(|it| it["title"] == "Requests");
        for request in requests.flat_map(|it| it["rows"].as_array().unwrap()) {
            let (method, path) = request[1].as_str().unwrap().split_once(' ').unwrap();
            let it = contract::of(method, path).expect("a request is an operation of the contract");
            users.entry((it.method, it.path)).or_default().insert(format!("`{action}`"));
        }
    }
    users
}

fn row(it: &Entry, users: &BTreeMap<(&str, &str), BTreeSet<String>>) -> String {
    let port = if it.port == Port::Appliance { "9443" } else { "443" };
    let known = match it.confidence {
        Confidence::Documented => "documented",
        Confidence::Observed => "observed",
        Confidence::Inferred => "inferred",
    };
    let served = match it.managers {
        Managers::Both => "both",
        Managers::Initiator => "initiator",
    };
    let users: Vec<_> = users.get(&(it.method, it.path)).into_iter().flatten().map(String::as_str).collect();
    format!(
        "| {} | `{} {}` | {port} | {known} | {served} | {} |\n",
        it.id,
        it.method,
        it.path,
        users.join(", ")
    )
}

#[test]
fn the_table_of_operations_is_of_this_version() {
    let users = users();
    assert!(users.len() > 40, "the standard library uses more than {users:?}");
    let mut operations: Vec<_> = contract::all().collect();
    operations.sort_by_key(|it| (it.port == Port::Appliance, it.path));
    let rows: String = operations.iter().map(|it| row(it, &users)).collect();
    common::keeps("docs/operations.md", &(HEAD.to_owned() + &rows), "operations");
}
