use crate::support::{modules, runbooks};

#[test]
fn operators() {
    runbooks(
        "operators",
        &[
            (
                "arithmetic",
                "let t = 2026-11-28T22:00Z\noutput a = [1 + 2 * 3, 1]\noutput b = t + 90s - t\noutput c = \"a\" + \"b\"",
            ),
            ("a text and a number", "output a = \"n = \" + 1"),
            ("two times", "output a = 2026-11-28T22:00Z + 2026-11-28T22:00Z"),
            ("a number that may be null", "input n: number?\noutput a = n + 1"),
            ("types that cannot be compared", "output a = 4.3.0 == \"4.3.0\""),
            ("a version with a text", "input v: version\noutput a = v >= \"4.3.0\""),
            ("a word that is not of the choice", "input m: \"a\" | \"b\"\noutput x = m == \"c\""),
            ("a network with host bits", "input n: cidr\noutput x = n == 10.0.0.1/8"),
            ("no order", "output a = [1] < [2]"),
            ("a condition that is a number", "output a = if 1 then 2 else 3"),
            ("a side of and", "output a = 1 and base.ok"),
            ("not of a text", "output a = not \"x\""),
            ("minus of a text", "output a = -\"x\""),
            ("with on a number", "output a = 1 with { b: 2 }"),
            ("with on a record", "output a = ({ b: 1 } with { c: 2 }).d"),
        ],
    );
}

#[test]
fn methods() {
    runbooks(
        "methods",
        &[
            (
                "lists",
                r#"
input all: list<{ name: string, size: number }>
output a = all.where(it => it.size > 1).map(it => it.name).sort().join(", ")
output b = all.group(it => it.name).keys()
output c = all.first().name
output d = all.sum(it => it.size) + 1
output e = all.only(it => it.size == 1).name.upper()
output f = [[1], [2]].flatten().contains(1)"#,
            ),
            (
                "a mistake in a lambda",
                "input all: list<{ name: string }>\noutput a = all.where(it => it.nme == 1)",
            ),
            (
                "a condition that is no condition",
                "input all: list<number>\noutput a = all.where(it => it + 1)",
            ),
            ("a value for a lambda", "input all: list<number>\noutput a = all.where(1)"),
            ("a lambda for a value", "input all: list<number>\noutput a = all.contains(it => it == 1)"),
            ("a lambda alone", "output a = it => it"),
            ("too many arguments", "output a = \"x\".upper(1)"),
            ("too few arguments", "output a = \"x\".replace(\"x\")"),
            ("a method of lists on a text", "output a = \"x\".where(it => it == 1)"),
            ("a method of texts on a number", "output a = (1).upper()"),
            ("a text that may be null", "input a: string?\noutput b = a.upper()"),
            ("the first of a list may be null", "input a: list<string>\noutput b = a.first().upper()"),
            (
                "contains",
                "input n: cidr\noutput a = n.contains(10.0.0.1)\noutput b = n.contains(4)\noutput c = [1].contains(\"1\")",
            ),
            ("an index that is no number", "output a = [1, 2][\"x\"]"),
            ("an index of a number", "output a = (1)[0]"),
            ("a field by its name", "output a = base[\"idd\"]"),
            ("a read in a runbook", "output a = one.get(\"/x\")"),
            ("a read of a text", "output a = \"x\".get(\"/x\")"),
        ],
    );
}

#[test]
fn functions() {
    runbooks(
        "functions",
        &[
            (
                "conversions",
                "output a = [text(version(\"4.3\")), text(ip(\"10.0.0.1\"))]\noutput b = ifaddr(\"10.0.0.1\", \"255.0.0.0\").network.prefix",
            ),
            ("a text that is no address", "output a = ip(\"10.0.0\")"),
            ("a text that is a network with host bits", "output a = cidr(\"10.0.0.1/8\")"),
            ("a list is no version", "output a = version([1])"),
            ("no argument", "output a = csv()"),
            ("a number for a path", "input a: json = csv(1)\noutput b = a"),
        ],
    );
    modules(
        "reading_and_changing",
        &[
            (
                "a change in an expression",
                "action a { input on: manager require on.post(\"/x\", {}).ok else \"\" }",
            ),
            ("a file in an action", "action a { require csv(\"x.csv\").count() > 1 else \"\" }"),
            ("a read in an api", "api b { input url: url header \"x\" = url.get(\"/x\") }"),
            (
                "a read with a number for a path",
                "action a { input on: manager require on.get(1).ok else \"\" }",
            ),
            (
                "a request to what is no system",
                "action a { input on: string done when on == \"up\" change \"x\" on.put(\"/x\") irreversible \"y\" }",
            ),
        ],
    );
}

#[test]
fn conditions() {
    let when = |condition: &str| {
        format!(
            "input a: string\ninput b: string?\noutput n = [a, b]\nstep s: lab.look {{ on = one when {condition} }}"
        )
    };
    let conditions = [
        "true",
        "not true",
        "1 == 1",
        "\"a\" == \"b\"",
        "1 > 2",
        "a == a",
        "a != a",
        "a == \"x\" and a == \"y\"",
        "a != \"x\" or a != \"y\"",
        "\"x\" != b or b != \"y\" or b == null",
        "base.id and not base.id",
        "base.id or not base.id",
        "base.id == 1 and true",
        "base.id.count() >= 0",
        "0 > base.id.count()",
        "a == null",
        "a != null and b != null",
        "base.id.any(it => it.id == it.id)",
        "a == \"x\" or a == \"y\"",
        "a != \"x\" and a != \"y\"",
        "b == null or base.id == null",
        "base.id.count() > 0 and base.id.count() != 2",
        "a == b",
    ];
    let texts: Vec<_> = conditions.iter().map(|it| (*it, when(it))).collect();
    let cases: Vec<_> = texts.iter().map(|(title, text)| (*title, text.as_str())).collect();
    runbooks("conditions", &cases);
}
