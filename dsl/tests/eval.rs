//! What expressions are worth.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

use std::sync::Arc;

use hcxrun_dsl::eval::{Context, Read, ReadFailure, Reads, Scope, coerce};
use hcxrun_dsl::syntax::Item;
use hcxrun_dsl::{Cause, Fields, Sources, Type, Value, parse};
use serde_json::json;

/// The value of the last of these lets as text, or its error.
fn value_in(lets: &str, names: &Fields, reads: &Reads) -> String {
    let text = format!("edition 1\naction a {{\n{lets}\n}}\n");
    let mut sources = Sources::default();
    let (file, diagnostics) = parse(sources.add("test.hcxrun", text.as_str()), &text);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let Some(Item::Action(action)) = file.items.into_iter().next() else { panic!("no action in {text}") };
    let outer = Scope::values(names);
    let scope = outer.with_lets(&action.lets);
    let context = Context::new(reads);
    let value = context.evaluate(&action.lets.last().unwrap().value, &scope);
    let missing: Vec<_> = context.missing().iter().map(ToString::to_string).collect();
    match value {
        Ok(value) if missing.is_empty() => value.to_string(),
        Ok(_) => format!("needs {}", missing.join(", ")),
        Err(error) => format!("{}: {error}", error.code),
    }
}

#[track_caller]
fn check(expression: &str, expected: &str) {
    let names = Fields::from([
        (Arc::from("later"), Value::unknown(Cause::Step(Arc::from("scale")))),
        (Arc::from("site"), Value::System(Arc::from("source"))),
        (
            Arc::from("list"),
            Value::from_json(json!([{ "n": 3, "k": "b" }, { "n": 1, "k": "a" }, { "n": 2, "k": "b" }])),
        ),
        (Arc::from("gateway"), Value::IfAddr("10.20.30.1/24".parse().unwrap())),
    ]);
    assert_eq!(
        value_in(&format!("let x = {expression}"), &names, &Reads::default()),
        expected,
        "{expression}"
    );
}

#[test]
fn a_time_counts_its_seconds() {
    check("2026-11-28T22:00+01:00.seconds", "1795899600");
}

#[test]
fn operators_bind_as_in_arithmetic() {
    check("1 + 2 * 3", "7");
    check("(1 + 2) * 3", "9");
    check("7 / 2", "3.5");
    check("6 / 2", "3");
    check("1 / 0", "HR025: this divides by 0");
    check("-2 + 3", "1");
    check("not 1 == 2 and true", "true");
    check("null ?? null ?? 3", "3");
    check("if 1 < 2 then \"a\" else \"b\"", "a");
    check("\"a\" + 1", "HR022: `+` does not go with a string and a number");
}

#[test]
fn scalars_compare_with_what_a_system_writes_as_text() {
    check("4.10.0 > 4.9.0", "true");
    check("version(\"4.11.1-24105789\") >= 4.3.0", "true");
    check("version({ major: 4, minor: \"11\" }) == 4.11.0", "true");
    check("\"10.20.30.1\" == 10.20.30.1", "true");
    check("\"12\" > 9", "true");
    check("1h30m == 90m", "true");
    check("gateway.network", "10.20.30.0/24");
    check("gateway.netmask", "255.255.255.0");
    check("10.20.0.0/16.contains(gateway.address)", "true");
    check("10.20.0.0/16.overlaps(10.21.0.0/16)", "false");
    check("ifaddr(\"10.1.1.1\", \"255.255.255.128\")", "10.1.1.1/25");
    check("1 < \"x\"", "HR022: a number and a string have no order between them");
}

#[test]
fn lists_are_asked_by_lambdas() {
    check("list.where(i => i.k == \"b\").map(i => i.n)", "[3, 2]");
    check("list.sort(i => i.n).first().k", "a");
    check("list.only(i => i.n == 1).k", "a");
    check("list.only(i => i.n == 9)", "HR064: nothing was found where exactly one was expected");
    check("list.group(i => i.k).b.count()", "2");
    check("list.sum(i => i.n)", "6");
    check("list.all(i => i.n > 0) and not list.any(i => i.n > 3)", "true");
    check("[3, 1, 2].sort().join(\"-\")", "1-2-3");
    check("[[1], [2, 3]].flatten().contains(3)", "true");
    check("[1, 2, 1].distinct()", "[1, 2]");
    check("list.max(i => i.n).n - list.min(i => i.n).n", "2");
    check("{ a: 1 } with { b: 2 }", "{ a: 1, b: 2 }");
}

#[test]
fn what_is_null_is_absent() {
    check("null.field", "none");
    check("null.where(i => i.x).count()", "0");
    check("null.first() == null", "true");
    check("null >= 2", "false");
    check("not null", "true");
    check("\"${null}\"", "HR022: a text needs a value here, and this is null");
}

#[test]
fn what_is_unknown_flows_until_something_decides() {
    check("later + 1", "‹known after scale›");
    check("false and later", "false");
    check("later and false", "false");
    check("true or later", "true");
    check("[1, later].count()", "2");
    check("[1, later].contains(1)", "true");
    check("[1, later].contains(2)", "‹known after scale›");
    check("[later, 1] == [2, 3]", "false");
    check("\"x ${later}\"", "‹known after scale›");
    check("if later then 1 else 2", "‹known after scale›");
}

#[test]
fn reads_that_are_missing_are_all_named_at_once() {
    check("site.get(\"/a\").items.count() + site.get(\"/b\").n", "needs GET /a of source, GET /b of source");
    check("site.query(\"/q\", { a: [1] }).x", "needs POST /q of source");
    check("site.get(\"/${later}\")", "‹known after scale›");
    check("site.get(\"${gateway}/a\")", "HR021: a path begins with `/`, and this is `10.20.30.1/24/a`");
    check("csv(\"wave.csv\")", "needs the file wave.csv");
}

#[test]
fn a_field_that_an_answer_lacks_is_named_with_request_and_pointer() {
    let mut reads = Reads::default();
    let read = Read::Get { system: Arc::from("source"), path: Arc::from("/mesh") };
    reads.insert(read.clone(), Ok(Value::from_json(json!({ "items": [{ "name": "m" }] }))));
    let names = Fields::from([(Arc::from("site"), Value::System(Arc::from("source")))]);
    let lets = "let m = site.get(\"/mesh\").items.first()\nlet x = \"/mesh/${m.id}\"";
    assert_eq!(
        value_in(lets, &names, &reads),
        "HR061: the answer of GET /mesh of source has no `/items/0/id`; a text needs a value here"
    );
    reads.insert(read, Err(ReadFailure { message: "HTTP 503".to_owned(), passing: true }));
    assert_eq!(value_in(lets, &names, &reads), "HR062: cannot read GET /mesh of source: HTTP 503");
}

#[test]
fn values_are_taken_as_the_type_that_is_wanted() {
    let record = Type::Record(Arc::new([(Arc::from("gateway"), Type::IfAddr)].into()));
    let list = Type::List(Arc::new(record));
    let take = |json| match coerce(&Value::from_json(json), &list) {
        Ok(value) => value.to_string(),
        Err(mismatch) => mismatch.to_string(),
    };
    assert_eq!(
        take(json!([{ "gateway": "10.1.1.1/24", "name": "a" }])),
        "[{ gateway: 10.1.1.1/24, name: a }]"
    );
    assert_eq!(
        take(json!([{ "gateway": "10.1.1.0/24" }])),
        "`[0].gateway`: 10.1.1.0/24 is the network address of 10.1.1.0/24, not an address in it; a gateway is written like 10.1.1.1/24"
    );
    assert_eq!(take(json!([{}])), "`[0]`: it has no `gateway`, which wants an ifaddr");
    assert_eq!(take(json!("x")), "a list<{ gateway: ifaddr }> is wanted, and this is a string: x");
}
