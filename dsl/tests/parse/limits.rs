//! Texts that nobody writes: deep, long, or random. Each gives a tree and messages that point into it.

use proptest::prelude::*;

use crate::support::{messages, parsed};

const EXAMPLES: [&str; 2] =
    [include_str!("../fixtures/hcx.hcxrun"), include_str!("../fixtures/network-extension-ha.hcxrun")];

#[test]
fn what_nests_too_deep_is_a_message() {
    let nest = |before: &str, after: &str, times: usize| {
        format!("edition 1\nlet a = {}1{}\n", before.repeat(times), after.repeat(times))
    };
    for (before, after) in [
        ("(", ")"),
        ("[", "]"),
        ("{ a: ", " }"),
        ("f(", ")"),
        ("\"${", "}\""),
        ("x => ", ""),
        ("if a then b else ", ""),
        ("if ", " then a else b"),
        ("\"\\\\\" + (", ")"),
    ] {
        for times in [201, 10_000] {
            let said = messages(&nest(before, after, times));
            assert!(said.contains("nested more than 200 deep"), "{times} × {before}: {said}");
        }
        // A text and the hole in it are two levels.
        let times = if before.contains("${") { 95 } else { 190 };
        assert_eq!(messages(&nest(before, after, times)), "", "{before}");
    }
    let types = |times| format!("edition 1\ninput a: {}string{}\n", "list<".repeat(times), ">".repeat(times));
    assert!(messages(&types(10_000)).contains("nested more than 200 deep"));
    assert_eq!(messages(&types(190)), "");
    let phases = |times| format!("edition 1\n{}{}\n", "phase a { ".repeat(times), "}".repeat(times));
    assert!(messages(&phases(10_000)).contains("nested more than 200 deep"));
    assert_eq!(messages(&phases(190)), "");
}

#[test]
fn what_goes_on_too_long_is_a_message() {
    for (before, after) in
        [("", " + 1"), ("not ", ""), ("- ", ""), ("", ".b"), ("", "[1]"), ("", " with { b: 1 }")]
    {
        let text =
            |times: usize| format!("edition 1\nlet a = {}1{}\n", before.repeat(times), after.repeat(times));
        assert!(messages(&text(10_000)).contains("has more than 200 parts"), "{before}{after}");
        assert_eq!(messages(&text(150)), "", "{before}{after}");
    }
}

/// Nothing is tried twice for every bracket before it.
#[test]
fn what_is_never_closed_costs_no_more_than_what_is() {
    for open in ["{", "(", "[", "\"${", "foo {\n", "step a: b {\n", "\"\"\"${", "list<"] {
        let text = format!("edition 1\nfoo {}", open.repeat(150));
        assert!(!messages(&text).is_empty(), "{open}");
    }
}

#[test]
fn a_long_file_is_read() {
    let step = |n: usize| format!("step s{n}: m.act {{\n  a = \"${{b}}\"\n  limit 2\n}}\n");
    let text: String = std::iter::once("edition 1\n".to_owned()).chain((0..10_000).map(step)).collect();
    assert_eq!(parsed(&text).file.items.len(), 10_000);
}

#[track_caller]
fn hold(text: &str) -> Result<(), TestCaseError> {
    let found = parsed(text).found;
    for it in &found {
        let places = std::iter::once(it.label.span).chain(it.related.iter().map(|label| label.span));
        for span in places {
            prop_assert!(span.start <= span.end && span.end as usize <= text.len(), "{it:?}");
            prop_assert!(text.get(span.range()).is_some(), "{it:?}");
        }
        prop_assert!(!it.message.is_empty() && it.code.starts_with("HR00"), "{it:?}");
    }
    Ok(())
}

#[test]
fn a_mended_text_that_ends_within_a_letter_has_a_place() {
    hold("edition\"é").unwrap();
}

/// The nearest place at or before one where a text can be cut.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..Default::default() })]

    #[test]
    fn any_text_gives_a_tree(text in "(?s).{0,200}") {
        hold(&text)?;
    }

    #[test]
    fn any_words_give_a_tree(words in proptest::collection::vec(
        prop::sample::select(vec![
            "edition", "1", "step", "a", ":", "b", "{", "}", "(", ")", "[", "]", "\"", "\"\"\"", "${", "\\", "=", "==",
            "=>", ".", "..", ",", "\n", "//", "///", "if", "then", "else", "not", "and", "with", "5m", "10.0.0.0/8", "'",
            "action", "change", "undo", "let", "for", "in", "by", "input", "list<", ">", "?", "phase", "gate", "ask", "é",
        ]), 0..60,
    )) {
        hold(&words.concat())?;
        hold(&words.join(" "))?;
    }

    #[test]
    fn any_change_of_an_example_gives_a_tree(
        which in 0..EXAMPLES.len(), from in 0_usize..5200, length in 0_usize..40, put in "[{}()\\[\"$=.,:a1é \n]{0,3}",
    ) {
        let example = EXAMPLES[which];
        let (start, end) = (boundary(example, from), boundary(example, from + length));
        hold(&format!("{}{put}{}", &example[..start], &example[end..]))?;
        hold(&example[..start])?;
    }
}
