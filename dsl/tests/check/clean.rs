use crate::support::{self, program, render};

const HCX: &str = include_str!("../fixtures/hcx.hcxrun");
const REST: &str = include_str!("../fixtures/hcx-rest.hcxrun");
const RUNBOOK: &str = include_str!("../fixtures/network-extension-ha.hcxrun");

#[test]
fn the_examples_check_cleanly() {
    let module = format!("{HCX}\n{}", REST.trim_start_matches("edition 1"));
    let (program, found) = program(&module, &[]);
    assert_eq!(render(&program.sources, &found), "nothing wrong\n");

    let (program, found) = support::program(RUNBOOK, &[("hcx", module.leak())]);
    let unused = "warning[HR017]: nothing uses the system `cloud`\n  at      a.hcxrun:14:8 `cloud`\n  help    remove it\n";
    assert_eq!(render(&program.sources, &found), unused);
}

/// Ten thousand steps, each using the one before it, and lets in a long chain: no deep stack, no square of anything.
#[test]
fn a_long_runbook() {
    use std::fmt::Write;
    let mut text =
        "edition 1\nrunbook \"t\" { }\naction a { input n: number require n > 0 else \"\" output n = n }\n"
            .to_owned();
    text += "step s0: a { n = 1 }\nlet l0 = 1\n";
    for at in 1..10_000 {
        let _ = writeln!(
            text,
            "step s{at}: a {{ n = s{}.n + l{} }}\nlet l{at} = l{} + 1",
            at - 1,
            at - 1,
            at - 1
        );
    }
    text += "output last = l9999";
    let (program, found) = program(&text, &[]);
    assert_eq!(render(&program.sources, &found), "nothing wrong\n");
}

/// A chain without brackets, deeper than anybody reads: one message, and no exhausted stack.
#[test]
fn a_deep_expression() {
    for part in [" + 1", " ?? 1", " with { a: 1 }", "[0]", ".map(it => it)"] {
        let (program, found) =
            program(&format!("edition 1\nrunbook \"t\" {{ }}\noutput a = null{}", part.repeat(400)), &[]);
        let all = render(&program.sources, &found);
        assert_eq!((found.len(), all.matches("more than 200").count()), (1, 1), "{part}: {all}");
    }
}

proptest::proptest! {
    /// Whatever becomes of a text: no panic, messages in order, every place inside its text.
    #[test]
    fn a_torn_text_is_checked_all_the_same(from in 0_usize..8000, length in 0_usize..60, insert in "[a-z0-9 .(){}=\"$]{0,8}") {
        let (module, text) = (torn(HCX, from, length, &insert), torn(RUNBOOK, from, length, &insert));
        let (program, found) = support::program(&text, &[("hcx", module.leak())]);
        for it in found.iter().flat_map(|it| it.related.iter().chain([&it.label])) {
            let source = program.sources.get(it.span.source).unwrap();
            proptest::prop_assert!(it.span.end as usize <= source.text.len());
        }
        proptest::prop_assert!(found.is_sorted_by_key(|it| it.label.span));
    }
}

fn torn(text: &str, from: usize, length: usize, insert: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let from = from % chars.len();
    let head = chars.iter().take(from).copied();
    head.chain(insert.chars()).chain(chars.iter().skip(from + length).copied()).collect()
}
