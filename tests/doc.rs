//! `hcxrun doc`: what actions and runbooks say of themselves.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Night, runbook};
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
