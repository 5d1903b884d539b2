//! What is wrong with the values of a runbook is told before anything is read from a system.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use hcxrun_dsl::eval::Reads;
use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Diagnostic, Loader, ModuleText, Severity, Sources, Value, load};
use hcxrun_engine::{Expansion, expand};

struct Nothing;

impl Loader for Nothing {
    fn module(&mut self, _: &UseTarget, _: &str) -> Result<ModuleText, String> {
        Err("there is nothing".to_owned())
    }
}

/// What stands around every case.
const ROUTER: &str = r#"edition 1
runbook "t" { }
api router { input url: url }
action announce {
  input on:      router
  input network: cidr
  input gateway: ifaddr?
  let there = on.get("/routes/${network}").there
  done when there
  change "announce ${network} by ${gateway ?? "nobody"}" on.put("/routes/${network}")
  undo "forget ${network}" on.delete("/routes/${network}")
  poll every 5s for 5m
  touches "network/${network}"
}
system one: router
system two: router
"#;

/// All that is said of a runbook with these inputs, warnings too.
fn said(text: &str, inputs: &str) -> String {
    let (program, found) = load(&ModuleText::file("a.hcxrun", format!("{ROUTER}{text}")), &mut Nothing);
    assert!(!found.iter().any(Diagnostic::is_error), "{found:#?}");
    let program = Arc::new(program);
    let Value::Record(given) = Value::from_json(serde_json::from_str(inputs).unwrap()) else {
        panic!("{inputs}")
    };
    let found = match expand(&program, &given, &Reads::default()) {
        Ok(Expansion::Done(expanded)) => expanded.warnings,
        Ok(Expansion::Needs(_)) => panic!("no file is named"),
        Err(found) => found,
    };
    found.iter().map(|it| message(&program.sources, it)).collect()
}

fn message(sources: &Sources, it: &Diagnostic) -> String {
    let kind = if it.severity == Severity::Error { "error" } else { "warning" };
    let mut text = format!("{kind}[{}]: {}\n", it.code, it.message);
    let shown = sources.slice(it.label.span).lines().next().unwrap_or_default();
    text.push_str(&format!("  at   {shown}  {}\n", it.label.text));
    it.related
        .iter()
        .for_each(|label| text.push_str(&format!("  see  {}  {}\n", sources.slice(label.span), label.text)));
    it.help.iter().for_each(|help| text.push_str(&format!("  help {help}\n")));
    text
}

#[test]
fn values_are_looked_at_before_anything_is_read() {
    let fan = "input all: list<{ name: string, net: cidr }>\nstep a for x in all by x.name: announce { on = one network = x.net }";
    let two =
        |a: &str, b: &str| format!("step a: announce {{ on = one {a} }}\nstep b: announce {{ on = {b} }}");
    let networks = |all: &str| (fan.to_owned(), format!("{{ \"all\": [{all}] }}"));
    let steps = |a: &str, b: &str| (two(a, b), "{}".to_owned());
    let cases = [
        (
            "networks that are apart",
            networks(r#"{ "name": "x", "net": "10.0.0.0/24" }, { "name": "y", "net": "10.0.1.0/24" }"#),
        ),
        (
            "one in the other",
            networks(r#"{ "name": "x", "net": "10.0.1.0/24" }, { "name": "y", "net": "10.0.0.0/16" }"#),
        ),
        (
            "the same twice",
            networks(r#"{ "name": "x", "net": "10.0.1.0/24" }, { "name": "y", "net": "10.0.1.0/24" }"#),
        ),
        ("two steps", steps("network = 10.0.0.0/16", "one network = 10.0.1.0/24")),
        ("two systems", steps("network = 10.0.0.0/16", "two network = 10.0.1.0/24")),
        (
            "two networks behind one gateway",
            steps(
                "network = 10.0.0.0/24 gateway = 10.9.0.1/24",
                "one network = 10.0.1.0/24 gateway = 10.9.0.1/24",
            ),
        ),
        (
            "a key twice",
            networks(r#"{ "name": "x", "net": "10.0.1.0/24" }, { "name": "x", "net": "10.0.2.0/24" }"#),
        ),
        ("host bits", networks(r#"{ "name": "x", "net": "10.0.1.5/24" }"#)),
        ("a field that is not there", networks(r#"{ "name": "x" }"#)),
        ("nothing given", (fan.to_owned(), "{}".to_owned())),
        ("a misspelt input", (fan.to_owned(), r#"{ "al": [], "all": [] }"#.to_owned())),
        ("the only one is misspelt", (fan.to_owned(), r#"{ "All": [] }"#.to_owned())),
        ("no list", (fan.to_owned(), r#"{ "all": "10.0.1.0/24" }"#.to_owned())),
    ];
    let all: Vec<_> = cases
        .iter()
        .map(|(title, (text, inputs))| format!("══ {title}\n{text}\n{inputs}\n──\n{}", said(text, inputs)))
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}
