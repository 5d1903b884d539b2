//! The grammar: what parses, and what is said of what does not.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

use hcxrun_dsl::{Diagnostic, Sources, parse};

fn messages(text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add("test.hcxrun", text);
    let (_, diagnostics) = parse(id, text);
    diagnostics.iter().map(|it| show(&sources, it)).collect::<Vec<_>>().join("\n")
}

fn show(sources: &Sources, it: &Diagnostic) -> String {
    let mut line = format!("{} {} {}", sources.position(it.label.span), it.code, it.message);
    if !it.label.text.is_empty() {
        line += &format!(" | {}", it.label.text);
    }
    if let Some(help) = &it.help {
        line += &format!(" | help: {help}");
    }
    line
}

#[test]
fn the_examples_parse() {
    for text in [include_str!("fixtures/hcx.hcxrun"), include_str!("fixtures/network-extension-ha.hcxrun")] {
        assert_eq!(messages(text), "");
    }
}

/// One mistake each, as tired people make them; the whole message.
#[test]
fn what_does_not_parse_is_said_once_and_in_plain_words() {
    let texts = [
        "edition 1\nstep a: x.y {\n  timeout 45\n  count = 3\n}\n",
        "edition 1\nstep a: x.y {\n  name: \"x\"\n  count = 3\n}\n",
        "edition 1\nstep a: x.y {\n  count = 3\n  b = 5min\n",
        "edition 1\naction a {\n  require a && b else \"x\"\n  done when a = 1\n  let x = 1 +\n}\nstep c: x {}\n",
        "step a: x.y { count = (1 + }\n",
        "edition 1\nfoo bar\nstep a: x.y { }\n",
        "edition 1\naction a {\n  let x = a < b < c\n chnge \"x\" site.post(\"/x\")\n}\n",
        "edition 1\nphase p {\n step a: x.y {\n  count = 3\n}\n",
        "edition 1\ngate g {\n  ask \u{201c}Go on?\u{201d}\n}\n",
        "edition 1\nstep a: x.y {\n  b = 5min\n  c = 20G\n}\n",
        "edition 1\nlets = 3\n",
        "edition 1\nlet a = 'x'\n",
        "edition 7\n",
        "edition 1\nstep a: x.y {\n  limit 2\n  limit 3\n}\n",
        "edition 1\naction a {\n  poll every 5 for 10m\n  change \"x\" site.get(\"/x\")\n}\n",
        "edition 1\ntest \"it\" { }\nlet a = 1\n",
        "edition 1\nlet t = \"a\\qb\"\n",
        "edition 1\ninput a: list<string = []\n",
    ];
    let said: Vec<_> =
        texts.iter().map(|text| format!("{text}--- {}", messages(text).replace('\n', "\n    "))).collect();
    insta::assert_snapshot!(said.join("\n\n"));
}

#[test]
fn what_nests_too_deep_or_runs_too_long_is_a_message_and_no_crash() {
    let deep = format!("edition 1\nlet a = {}1{}\n", "(".repeat(10_000), ")".repeat(10_000));
    assert!(messages(&deep).contains("nested more than 200 deep"), "{}", messages(&deep));
    let long = format!("edition 1\nlet a = 1{}\n", " + 1".repeat(10_000));
    assert!(messages(&long).contains("has more than 200 parts"), "{}", messages(&long));
    let not = format!("edition 1\nlet a = {}true\n", "not ".repeat(10_000));
    assert!(!messages(&not).is_empty());
    let minus = format!("edition 1\nlet a = {}1\n", "- ".repeat(10_000));
    assert!(!messages(&minus).is_empty());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Any text gives a tree, and every message points into the text.
    #[test]
    fn parsing_never_panics(text in "\\PC*", cut in 0_usize..4000, put in "[{}()\"$=.,:a1 \n]{0,3}") {
        let example = include_str!("fixtures/network-extension-ha.hcxrun");
        let cut = (0..=cut.min(example.len())).rev().find(|at| example.is_char_boundary(*at)).unwrap_or(0);
        let (before, after) = example.split_at(cut);
        for text in [text, format!("{before}{put}{after}"), before.to_owned()] {
            let mut sources = Sources::default();
            let id = sources.add("test.hcxrun", text.as_str());
            for it in parse(id, &text).1 {
                proptest::prop_assert!(it.label.span.range().end <= text.len() + 1, "{:?}", it);
            }
        }
    }
}
