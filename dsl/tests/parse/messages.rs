//! One mistake each, as tired people make them; the whole message.

use crate::support::table;

fn check(name: &str, said: &str) {
    insta::assert_snapshot!(name, said);
}

fn in_step(clause: &str) -> String {
    format!("edition 1\nstep a: x.y {{\n{clause}\n  last = 1\n}}")
}

fn in_action(clause: &str) -> String {
    format!("edition 1\naction a {{\n{clause}\n  let last = 1\n}}")
}

fn all(texts: &[String]) -> String {
    table(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn editions() {
    check(
        "editions",
        &table(&[
            "let a = 1",
            "edition 7",
            "edition one",
            "edition 1.0\nlet a = 1",
            "let a = 1\nedition 1",
            "edition 1\nedition 1",
        ]),
    );
}

#[test]
fn brackets_and_quotes() {
    check(
        "brackets_and_quotes",
        &table(&[
            "edition 1\nstep a: x.y {\n  b = 1",
            "edition 1\nphase p {\n  step a: x.y {\n    b = 1\n}\nstep c: x.y { }",
            "edition 1\nphase p {\n  step a: x.y {\n    b = 1\n\n  /// why\n  step c: x.y { }\n}",
            "edition 1\nstep a: x.y {\n  b = 1\n}}\nlet c = 1",
            "edition 1\nphase p {\n  step a: x.y // why\n    b = 1\n  }\n}\naction c\n  let d = 1\n}",
            "edition 1\nstep a: x.y {\n  b = f(1, [2, 3)\n  c = d]\n}",
            "edition 1\nstep a: x.y {\n  b = { c: 1\n  d = 2\n}",
            "edition 1\nstep a: x.y {\n  b = \"c\n  d = 2\n}",
            "edition 1\nstep a: x.y {\n  b = \"${c\"\n  d = 2\n}",
            "edition 1\nstep a: x.y {\n  b = \"\"\"\n  c\n}",
            "edition 1\nstep a: x.y { b = \"c }",
            "edition 1\nlet a = \u{201c}b\u{201d}",
            "edition 1\nlet a = 'b'",
            "edition 1\ninput a: list<string = []",
        ]),
    );
}

#[test]
fn items() {
    check(
        "items",
        &table(&[
            "edition 1\nfoo bar\nlet a = 1",
            "edition 1\nphse p {\n  step a: x.y { }\n}\nlet a = 1",
            "edition 1\nlets = 3",
            "edition 1\ntest \"it\" {\n  let a = 1\n}\nlet b = 1",
            "edition 1\nsystem a = hcx.manager\nsystem b: hcx",
            "edition 1\ninput a = string\ninput b string\ninput c:\nlet d = 1",
            "edition 1\nlet a: number = 1\nlet b == 1\nlet c",
            "edition 1\nuse \"./a.hcxrun\"\nuse hcx as h",
            "edition 1\nrunbook {\n}\nrunbook \"a\" {\n  owner \"me\"\n  ticket CHG1\n}",
            "edition 1\nrunbook \"a\" {\n  window 2026-11-28 .. 2026-11-29\n}",
            "edition 1\nrunbook \"a\" {\n  window \"2026-11-28T22:00\" .. \"2026-11-29T04:00\"\n}",
            "edition 1\nrunbook \"a\" {\n  window 2026-11-28T22:00 .. 2026-11-29T04:00 in Berlin\n}",
            "edition 1\nphase p {\n  let a = 1\n  step {\n    b = 1\n  }\n  step c: x.y { }\n}",
            "edition 1\nstep a x.y { }\nstep b: x.y\nstep c: x.y { }",
            "edition 1\nstep a for x in list: x.y { }",
            "edition 1\ngate a { }",
            "edition 1\ngate a {\n  ask \"b\"\n  by bob\n  need two\n}",
            "edition 1\ngate a {\n  ask \"b\"\n  need 2 within 20 else explode\n}",
            "edition 1\n# a comment\nlet a = 1",
        ]),
    );
}

#[test]
fn clauses_of_a_step() {
    check(
        "clauses_of_a_step",
        &all(&[
            "  timeout 45",
            "  timeout 5min",
            "  timeout \"5m\"",
            "  timeuot 5m",
            "  timeout: 5m",
            "  retry 3",
            "  retry 3 every 10s to 2m",
            "  limit two",
            "  limit 2\n  limit 3",
            "  tolerate some",
            "  on failure explode",
            "  on failure rolback",
            "  retry 3 evry 10s",
            "  on fail hold",
            "  name: \"b\"",
            "  count 3",
            "  b => 3",
            "  b == 3",
            "  \"b\" = 3",
            "  b = c d",
            "  b = 3;",
            "  b = 3, c = 4",
            "  let b = 3",
            "  ask \"b\"",
            "  b = ",
        ]
        .map(in_step)),
    );
}

#[test]
fn clauses_of_an_action() {
    check(
        "clauses_of_an_action",
        &all(&[
            "  require b",
            "  require b, \"c\"",
            "  require b && c else \"d\"",
            "  require b = c else \"d\"",
            "  done when !b",
            "  done when b = 1",
            "  done b",
            "  fail \"b\"",
            "  fail \"b\"\n    if c",
            "  poll every 5 for 10m",
            "  poll 10s for 40m",
            "  takes 4m-20m",
            "  change b.put(\"/c\")",
            "  change \"b\" c.get(\"/d\")",
            "  change \"b\"",
            "  change \"b\" c.put \"/d\"",
            "  chnge \"b\" c.put(\"/d\")",
            "  undo \"b\"\n  undo \"c\"",
            "  poll every 5s for 1m\n  poll every 6s for 1m",
            "  by \"b\" when c",
            "  untouched b",
            "  untouched when b after 30",
            "  touches",
            "  output b",
            "  when b",
        ]
        .map(in_action)),
    );
}

#[test]
fn clauses_of_an_api() {
    check(
        "clauses_of_an_api",
        &table(&[
            "edition 1\napi a {\n  login get(\"/b\")\n  header b = c\n  again 401\n  error\n}",
            "edition 1\napi a {\n  error b\n  error c\n  done when d\n}",
        ]),
    );
}

#[test]
fn expressions() {
    let values = [
        "b < c < d",
        "(b) == c == d",
        "b +",
        "b + + c",
        "b || c",
        "b === c",
        "b = c",
        "b ? c : d",
        "if b then c",
        "if b c else d",
        "if b then c else",
        "f(b c)",
        "f(b,, c)",
        "[b c]",
        "{ b = c }",
        "{ b }",
        "b with c",
        "b.",
        "b..c",
        "b.map(c -> d)",
        "b.map(=> d)",
        "not",
        "b not c",
        "\"b\" \"c\"",
        "b c",
        "\"${}\"",
        "\"b\\q\"",
    ];
    check("expressions", &all(&values.map(|value| format!("edition 1\nlet a = {value}\nlet z = 1"))));
}

#[test]
fn literals() {
    let values = [
        "5min",
        "20G",
        "3x",
        "1h1h",
        "30m1h",
        "10.20.30.0/33",
        "2026-11-28",
        "2026-11-28T22:00",
        "2026-13-28T22:00Z",
        "500%",
        "99999999999999999999d",
        "1_000",
    ];
    check("literals", &all(&values.map(|value| format!("edition 1\nlet a = {value}"))));
    check(
        "fixed_texts",
        &table(&["edition 1\nrunbook \"${a}\" { }", "edition 1\nlet a = 1\nstep b: c { limit 99999999999 }"]),
    );
}
