//! The digest covers meaning, not layout.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Loader, ModuleText, load};

struct Nothing;

impl Loader for Nothing {
    fn module(&mut self, _: &UseTarget, _: &str) -> Result<ModuleText, String> {
        Err("there is none".to_owned())
    }
}

const RUNBOOK: &str = include_str!("fixtures/meaning.hcxrun");

#[track_caller]
fn digest(text: &str) -> String {
    let (program, diagnostics) = load(&ModuleText::file("a.hcxrun", text), &mut Nothing);
    let errors: Vec<_> = diagnostics.iter().filter(|it| it.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
    program.digest()
}

#[track_caller]
fn edited(from: &str, to: &str) -> String {
    assert_eq!(RUNBOOK.matches(from).count(), 1, "`{from}` stands once");
    digest(&RUNBOOK.replace(from, to))
}

#[test]
fn layout_keeps_it() {
    let edits = [
        ("// a comment", "// another comment"),
        ("/// Makes a group.", "/// Makes a group of appliances."),
        ("runbook \"Groups\" {\n", "\n\nrunbook \"Groups\" {\n\n"),
        ("site = here\n    name = label", "name = label\n    site = here"),
        ("timeout 20m", "timeout 1200s"),
        ("it is unused", "nobody needs it"),
        ("\"the group is there\"", "\"it is there\""),
    ];
    for (from, to) in edits {
        assert_eq!(edited(from, to), digest(RUNBOOK), "{from} → {to}");
    }
}

#[test]
fn meaning_changes_it() {
    let edits = [
        ("\"Groups\"", "\"Some groups\""),
        (".. 2026-11-29T04:00", ".. 2026-11-29T05:00"),
        ("keep 15m", "keep 20m"),
        ("on failure rollback", "on failure hold"),
        ("label: string = \"a\"", "label: string = \"b\""),
        ("name = label", "name = \"${label}-1\""),
        ("timeout 20m", "timeout 30m"),
        ("retry 3", "retry 4"),
        ("need 1", "need 2"),
        ("within 10m", "within 11m"),
        ("every 5s tolerate 2", "every 5s tolerate 3"),
        ("else hold", "else rollback"),
        ("soak 10m", "soak 11m"),
        ("/alive", "/living"),
        ("within 10m", "within 10m four eyes"),
        ("\"/groups\"", "\"/teams\""),
        ("for 10m", "for 11m"),
        ("undo \"remove", "undo \"take away"),
        ("\"SMALL\" | \"LARGE\"", "\"SMALL\" | \"HUGE\""),
        ("header \"Accept\" = \"application/json\"", "header \"Accept\" = \"text/plain\""),
    ];
    let (mut seen, whole) = (std::collections::BTreeSet::new(), digest(RUNBOOK));
    for (from, to) in edits {
        let other = edited(from, to);
        assert_ne!(other, whole, "{from} → {to}");
        assert!(seen.insert(other), "{from} → {to} reads like another edit");
    }
}
