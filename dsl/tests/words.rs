//! What is said of the words of the language where they stand, and what a block can still hold.

#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test may panic")]

#[allow(dead_code, reason = "shared with other tests")]
mod repository;

use std::collections::BTreeSet;

use hcxrun_dsl::{forms, word_at};
use repository::{root, text};

#[test]
fn every_word_of_the_language_says_something() {
    let text = text(&root().join("editors/sample.hcxrun")).unwrap();
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let starts = text.char_indices().filter(|(at, c)| is_part(*c) && !text[..*at].ends_with(is_part));
    let words: BTreeSet<_> = starts
        .filter_map(|(at, _)| word_at(&text, at))
        .map(|it| format!("{}\n    {}\n    {}\n", &text[it.range], it.form.replace('\n', "\n    "), it.doc))
        .collect();
    insta::assert_snapshot!(words.into_iter().collect::<String>());
}

#[test]
fn what_may_stand_once_and_is_there_is_no_longer_possible() {
    let cases = [
        ("edition 1\nrunbook \"a\" {\n  ticket \"b\"\n  |\n}\n", Some("runbook")),
        ("edition 1\nrunbook \"a\" { }\n|\n", None),
        ("edition 1\n|\nuse hcx\n", None),
        ("edition 1\nstep a: b {\n  limit 4\n  after c\n  |\n  c = 1\n", Some("step")),
        // The word that is completed there is not in its own way.
        ("edition 1\nstep a: b {\n  |limit 4\n}\n", Some("step")),
        ("edition 1\nphase p {\n  on failure hold\n  step a: b {\n    |\n  }\n}\n", Some("step")),
        ("edition 1\ngate a {\n  ask \"b\" need 2\n  |\n}\n", Some("gate")),
        ("edition 1\naction a {\n  done when b\n  require b else \"c\"\n  |\n}\n", Some("action")),
    ];
    let told = cases.map(|(marked, word)| {
        let (text, offset) = (marked.replacen('|', "", 1), marked.find('|').unwrap());
        let found: Vec<_> = forms(&text, offset, word).into_iter().map(|it| it.title).collect();
        format!("{marked}──\n{}\n\n", found.join(", "))
    });
    insta::assert_snapshot!(told.concat());
}
