//! What `hcxrun audit` finds: a journal that was tampered with, and one that was not.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod common;

use common::{Came, Night, inputs, runbook};

/// A night with a run in its journal that passed its gates.
fn night() -> Night {
    let night = Night::bare();
    let name = "network-extension-ha";
    let (runbook, inputs) = (runbook(name).display().to_string(), inputs(name).display().to_string());
    let approvals = ["--approve", "networks_next=change-manager,network-lead"];
    night
        .hcxrun(&[&["run", &runbook, "--inputs", &inputs, "--twin"], &approvals[..]].concat())
        .exits(0)
        .says("head of the journal: ")
        .says("Head of the journal: ");
    night
}

fn audit(night: &Night, more: &[&str]) -> Came {
    night.hcxrun(&[&["audit", "last"], more].concat())
}

/// Changes the journal behind hcxrun's back, past the triggers that keep honest hands off it.
fn tamper(night: &Night, sql: &str) {
    let free = "drop trigger run_is_kept; drop trigger run_stays; drop trigger event_is_kept; drop trigger event_stays;";
    let database = rusqlite::Connection::open(night.journal()).unwrap();
    database.execute_batch(&format!("{free} {sql}")).unwrap();
}

/// What differs from run to run, taken out.
fn same_every_time(text: &str) -> String {
    let word = |word: &str| {
        let trimmed = word.trim_end_matches([':', '.']);
        let stands_for = match (trimmed.len(), trimmed.bytes().find(|byte| !byte.is_ascii_hexdigit())) {
            (64, None) => "HASH",
            (19, Some(b'-')) => "RUN",
            (10, Some(b'-')) => "DATE",
            (8, Some(b':')) => "TIME",
            _ => trimmed,
        };
        word.replace(trimmed, stands_for)
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_whole_journal_is_told_with_what_that_proves() {
    let night = night();
    let came = audit(&night, &[]).exits(0);
    insta::assert_snapshot!(same_every_time(&came.stdout));
    let json = audit(&night, &["--json"]).exits(0).json();
    assert_eq!((&json["whole"], &json["answers"][0]["gate"]), (&true.into(), &"networks_next".into()));
}

#[test]
fn an_anchor_is_found_at_the_event_where_it_was_the_head() {
    let night = night();
    let database = rusqlite::Connection::open(night.journal()).unwrap();
    let hash = |sql: &str| database.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    let head = hash("select hash from event where seq = 7");
    audit(&night, &["--head", &head]).exits(0).says("is that after event 7 at ");
    let record = hash("select hash from run");
    audit(&night, &["--head", &record]).exits(0).says("is that of the record");
    audit(&night, &["--head", &"0".repeat(64)]).exits(20).says("is at no event of this run");
}

#[test]
fn what_was_tampered_with_is_named() {
    for (sql, says) in [
        (
            "update event set body = replace(body, 'change-manager', 'somebody-else') where seq = (select min(seq) from event where body like '%gate_answered%')",
            "it does not fit the hash chain",
        ),
        ("delete from event where seq = 5", "event 5: it is missing, and event 6 stands in its place"),
        (
            "update event set seq = -seq where seq in (5, 6); update event set seq = 11 + seq where seq < 0",
            "event 5: it does not fit the hash chain",
        ),
        (
            "update event set seq = -seq where seq > 5; update event set seq = 1 - seq where seq < 0; insert into event select run, 6, at, node, body, previous, hash from event where seq = 5",
            "event 6: it does not fit the hash chain",
        ),
        (
            "pragma foreign_keys = off; update event set run = 'another' where seq = 79",
            "the file: an event is of no run",
        ),
        (
            "update event set at = '2020-01-01T00:00:00Z' where seq = 3",
            "event 3: a column is not what its body says",
        ),
        ("update run set title = 'Another one'", "its record: a column is not what the record says"),
        (
            "update run set record = replace(record, 'title', 'tilte')",
            "its record: the record of the run does not fit its hash",
        ),
    ] {
        let night = night();
        tamper(&night, sql);
        audit(&night, &[]).exits(20).says(says);
        assert_eq!(audit(&night, &["--json"]).exits(20).json()["whole"], false, "{sql}");
        // What does not fit is not gone on with either.
        night.hcxrun(&["show", "last"]).exits(1).says("is damaged");
    }
}

#[test]
fn an_end_that_was_cut_off_shows_against_a_copied_head_alone() {
    let night = night();
    let head = audit(&night, &["--json"]).exits(0).json()["head"].as_str().unwrap().to_owned();
    audit(&night, &["--head", &head]).exits(0);
    tamper(&night, "delete from event where seq > 9");
    audit(&night, &[]).exits(0).says("9 events");
    audit(&night, &["--head", &head]).exits(20).says("its end was cut off");
}

#[test]
fn what_cannot_be_read_is_no_verdict() {
    let night = Night::bare();
    audit(&night, &[]).exits(1).says("there is no journal");
    std::fs::write(night.journal(), "this is no database, whatever its name says").unwrap();
    audit(&night, &[]).exits(1).says("file is not a database");
}
