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

#[test]
fn slips() {
    for text in [
        "edition 1\nstep a: x.y {\n  timeout 45\n  count = 3\n}\n",
        "edition 1\nstep a: x.y {\n  name: \"x\"\n  count = 3\n}\n",
        "edition 1\nstep a: x.y {\n  count = 3\n  b = 5min\n",
        "edition 1\naction a {\n  require a && b else \"x\"\n  done when a = 1\n  let x = 1 +\n}\nstep c: x {}\n",
        "step a: x.y { count = (1 + }\n",
        "edition 1\nfoo bar\nstep a: x.y { }\n",
        "edition 1\naction a {\n  let x = a < b < c\n chnge \"x\" site.post(\"/x\")\n}\n",
        "edition 1\nphase p {\n step a: x.y {\n  count = 3\n}\n",
    ] {
        println!("---\n{text}=> {}", messages(text));
    }
}
