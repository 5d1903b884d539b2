//! Whole files: what becomes of documentation, of places, and of what stands around a mistake.

use std::sync::Arc;

use hcxrun_dsl::syntax::{Action, Item, Member, OnFailure, Step, Tolerate};

use crate::support::{Parsed, messages, parsed};

const EXAMPLES: [&str; 3] = [
    include_str!("../fixtures/hcx.hcxrun"),
    include_str!("../fixtures/hcx-rest.hcxrun"),
    include_str!("../fixtures/network-extension-ha.hcxrun"),
];

fn step(text: &str) -> Step {
    match parsed(text).file.items.into_iter().next_back() {
        Some(Item::Member(Member::Step(step))) => Arc::unwrap_or_clone(step),
        other => panic!("no step: {other:?}"),
    }
}

fn action(text: &str) -> Action {
    match parsed(text).file.items.into_iter().next_back() {
        Some(Item::Action(action)) => *action,
        other => panic!("no action: {other:?}"),
    }
}

#[test]
fn the_examples_parse_with_any_line_ends_and_indentation() {
    for text in EXAMPLES {
        assert_eq!(messages(text), "");
        assert_eq!(messages(&text.replace('\n', "\r\n")), "");
        assert_eq!(messages(&text.replace("  ", "\t")), "");
        assert_eq!(messages(&format!("\u{feff}{text}")), "");
    }
}

#[test]
fn documentation_belongs_to_what_follows_or_to_what_stands_on_its_line() {
    let action = action(
        "edition 1\n/// First.\n/// Second.\naction a {\n  input b: string\n  /// of c\n  input c: string\n  \
         input d: string? /// of d\n  let e = d\n  /// of f\n  output f = e\n  /// of nothing\n}\n",
    );
    assert_eq!(action.doc.as_deref(), Some("First.\nSecond."));
    let docs: Vec<_> = action.inputs.iter().map(|input| input.doc.as_deref()).collect();
    assert_eq!(docs, [None, Some("of c"), Some("of d")]);
    assert_eq!(action.outputs[0].doc.as_deref(), Some("of f"));
    let text = "edition 1\nstep a: b {\n  /// why\n  c = 3 /// three\n  d = 6 /// six\n}\n";
    assert_eq!(messages(text), "");
    assert_eq!(step(text).arguments.len(), 2);
}

#[test]
fn every_clause_of_a_step_is_there() {
    let step = step(
        "edition 1\nstep a for n in list by n.key: m.act {\n limit = 3 when = 4 after = 5 retry = 6\n after b, c\n \
         when x\n retry 3 every 10s\n timeout 1h\n limit 2 tolerate 5%\n on failure rollback phase\n}\n",
    );
    let names: Vec<_> = step.arguments.iter().map(|argument| &*argument.name.node).collect();
    assert_eq!(names, ["limit", "when", "after", "retry"]);
    assert_eq!(step.after.len(), 2);
    assert_eq!(step.each.map(|each| each.variable.node.to_string()).as_deref(), Some("n"));
    let retry = step.retry.unwrap().node;
    assert_eq!((retry.attempts, retry.from, retry.to), (3, retry.to, retry.from));
    assert_eq!(step.timeout.unwrap().node.as_secs(), 3600);
    assert_eq!(step.limit.unwrap().node, 2);
    assert!(matches!(step.tolerate.unwrap().node, Tolerate::Percent(it) if it.to_string() == "5%"));
    assert_eq!(step.on_failure.unwrap().node, OnFailure::RollbackPhase);
}

#[test]
fn a_policy_does_not_take_the_phase_that_follows() {
    let Parsed { file, found, .. } =
        parsed("edition 1\nphase a {\n  on failure rollback\n  phase b { step c: d { } }\n}\n");
    assert_eq!(found, []);
    let Some(Item::Member(Member::Phase(phase))) = file.items.last() else { panic!("{file:?}") };
    assert_eq!(phase.on_failure.unwrap().node, OnFailure::Rollback);
    assert_eq!(phase.members.len(), 1);
}

#[test]
fn a_policy_leaves_what_is_parallel_to_itself() {
    let text = "edition 1\nphase a {\n  on failure rollback phase\n  parallel { step b: c { } }\n}\n";
    let Parsed { file, found, .. } = parsed(text);
    assert_eq!(found, []);
    let Some(Item::Member(Member::Phase(phase))) = file.items.last() else { panic!("{file:?}") };
    assert_eq!(phase.on_failure.map(|it| it.node), Some(OnFailure::RollbackPhase));
    assert!(matches!(phase.members[..], [Member::Parallel(_)]), "{:?}", phase.members);
}

#[test]
fn what_may_stand_more_than_once_does() {
    let action = action(
        "edition 1\naction a {\n require b else \"\" require c else \"\"\n fail \"\" when d fail \"\" when e\n \
         touches \"f\", \"g\" touches \"h\"\n by hand \"i\" when j by hand \"k\" when l\n \
         untouched when m after 30s\n}\n",
    );
    let counts = [action.requires.len(), action.fails.len(), action.touches.len(), action.by_hand.len()];
    assert_eq!(counts, [2, 2, 3, 2]);
    assert_eq!(action.untouched.unwrap().after.unwrap().node.as_secs(), 30);
}

/// The rest of the file is there, whatever is wrong in its middle.
#[test]
fn around_a_mistake_all_is_there() {
    let mistakes = [
        "step a { b = 1\n limit 2\n}",
        "step a: x.y {\n  b = \n  c = 3\n}",
        "step a: x.y {\n  b = \"x\n}",
        "step a: x.y {\n  b = f(1\n}",
        "step a: x.y {\n  b = f(1, c: 2 })\n  d = 3\n}",
        "step a: x.y {\n  b = \"${c\n}",
        "step a: x.y {\n  b = 1\n}}",
        "step a: x.y {\n  b = 1\n",
        "step a: x.y { b = 1",
        "step a: x.y\n  b = 1\n}",
        "phase a {\n  step b: x.y\n    c = 1\n  }\n}",
        "action {\n  input b: c\n  let d = 3\n}",
        "action a {\n  change \"x\" b.get(\"/\")\n  let d = 3\n}",
        "gate a {\n  ask \u{201c}why\u{201d}\n}",
        "let a = (1 + ] 2",
        "let a = if b then c",
        "foo { bar { } }",
        "nonsense, and\nmore of it",
        "}",
    ];
    for mistake in mistakes {
        let text = format!("edition 1\nlet first = 1\n{mistake}\nlet last = 2\n");
        let Parsed { file, found, .. } = parsed(&text);
        assert_eq!(found.len(), 1, "{text}{}", messages(&text));
        let is_let = |item: &Item, name| matches!(item, Item::Let(it) if &*it.name.node == name);
        assert!(file.items.first().is_some_and(|item| is_let(item, "first")), "{text}");
        assert!(file.items.last().is_some_and(|item| is_let(item, "last")), "{text}");
    }
}

#[test]
fn places_are_those_of_the_words() {
    let text = "edition 1\nlet a = b + 1 // why\n\ninput c: string? // what\nlet d = x => f( x ) /// so\n";
    let Parsed { sources, file, .. } = parsed(text);
    let spans = file.items.iter().map(|item| match item {
        Item::Let(it) => [sources.slice(it.span), sources.slice(it.value.span)],
        Item::Input(it) => [sources.slice(it.span), sources.slice(it.ty.span)],
        other => panic!("{other:?}"),
    });
    assert_eq!(
        spans.collect::<Vec<_>>(),
        [["let a = b + 1", "b + 1"], ["input c: string?", "string?"], ["let d = x => f( x )", "x => f( x )"],]
    );
}
