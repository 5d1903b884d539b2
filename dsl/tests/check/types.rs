use crate::support::runbooks;

#[test]
fn literals() {
    let route = |arguments: &str| format!("step a: lab.route {{ on = one {arguments} }}");
    let cases = [
        ("a network and a gateway", "network = 10.20.30.0/24 gateway = 10.20.30.1/24"),
        ("host bits", "network = 10.20.30.5/24 gateway = 10.20.30.1/24"),
        ("host bits across bytes", "network = 10.20.31.5/20 gateway = 10.20.30.1/24"),
        ("a gateway that is the network", "network = 10.20.30.0/24 gateway = 10.20.30.0/24"),
        ("a gateway that is the broadcast address", "network = 10.20.30.0/24 gateway = 10.20.30.255/24"),
        ("an address without prefix", "network = 10.20.30.0/24 gateway = 10.20.30.1"),
        ("a text for a network", "network = \"10.20.30.0/24\" gateway = 10.20.30.1/24"),
        ("four parts are an address", "network = 10.20.30.0/24 gateway = 10.20.30.1/24 from = 4.3.0.1"),
        ("a number is no duration", "network = 10.20.30.0/24 gateway = 10.20.30.1/24 wait = 45"),
        (
            "a branch of if",
            "network = if base.id == 1 then 10.0.0.1/8 else 10.0.0.0/8 gateway = 10.20.30.1/24",
        ),
        ("a secret in the text", "network = 10.20.30.0/24 gateway = 10.20.30.1/24 key = \"hunter2\""),
        (
            "a record with a bad field",
            "network = 10.20.30.0/24 gateway = 10.20.30.1/24 at = { name: 1, gateway: 10.0.0.0/8 }",
        ),
        (
            "a record that lacks a field",
            "network = 10.20.30.0/24 gateway = 10.20.30.1/24 at = { nam: \"x\" }",
        ),
        ("null for what may be null", "network = 10.20.30.0/24 gateway = 10.20.30.1/24 from = null"),
        ("null for what may not", "network = null gateway = 10.20.30.1/24"),
        ("a system for a network", "network = one gateway = 10.20.30.1/24"),
    ];
    let texts: Vec<_> = cases.iter().map(|(title, arguments)| (*title, route(arguments))).collect();
    let cases: Vec<_> = texts.iter().map(|(title, text)| (*title, text.as_str())).collect();
    runbooks("literals", &cases);
}

#[test]
fn wanted() {
    runbooks(
        "wanted_types",
        &[
            (
                "an input where another type is wanted",
                "input n: string\nstep a: lab.scale { on = one count = n }",
            ),
            ("a number in quotes", "step a: lab.scale { on = one count = \"2\" }"),
            ("a word of a choice", "step a: lab.scale { on = one count = 2 mode = \"fats\" }"),
            ("a text for a choice", "input m: string\nstep a: lab.scale { on = one count = 2 mode = m }"),
            ("a smaller choice", "input m: \"fast\"\nstep a: lab.scale { on = one count = 2 mode = m }"),
            ("what a step gives fits everywhere", "step a: lab.scale { on = one count = base.id }"),
            (
                "a system of another api",
                r#"
api other { input url: url }
action b { input on: other require on.get("/").ok else "" }
step a: b { on = one }"#,
            ),
            ("a number that may be null", "input n: number?\nstep a: lab.scale { on = one count = n }"),
            ("a number instead of null", "input n: number?\nstep a: lab.scale { on = one count = n ?? 2 }"),
            (
                "asked for null",
                "input n: number?\nstep a: lab.scale { on = one count = if n == null then 2 else n }",
            ),
            (
                "asked with and",
                "input n: number?\nstep a: lab.look { on = one when n != null and n > 1 + n }",
            ),
            (
                "a step as a record",
                "action b { input r: { id: string } require r.id == \"x\" else \"\" }\nstep a: b { r = base }",
            ),
            (
                "a step that lacks a field",
                "action b { input r: { name: string } require r.name == \"x\" else \"\" }\nstep a: b { r = base }",
            ),
            ("a default of another type", "input a: list<number> = [1, \"2\"]\noutput b = a"),
            (
                "a default that uses an input before it",
                "input a: number\ninput b: number = a + 1\noutput c = b",
            ),
            (
                "a default that uses an input behind it",
                "input b: number = a + 1\ninput a: number\noutput c = b",
            ),
            ("an input that is a system", "input a: lab.manager\noutput b = a"),
            ("a plain URL", "input a: url = \"http://x\"\noutput b = a"),
        ],
    );
}
