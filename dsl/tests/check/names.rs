use crate::support::{files, modules, runbooks};

#[test]
fn unknown() {
    runbooks(
        "unknown_names",
        &[
            (
                "a misspelt name",
                r"
input network: string
output a = netwrok
output b = network",
            ),
            ("a name far from all others", "output a = zzzzzz"),
            ("an unknown module", "step a: labb.look { on = one }"),
            ("a module that is not brought in", "step a: other.look { on = one }"),
            ("an unknown action", "step a: lab.lok { on = one }"),
            ("an action of a module without its name", "step a: scale { on = one count = 2 }"),
            ("an unknown api", "system two: lab.manger"),
            ("an unknown type", "input a: sting\noutput b = a"),
            ("an unknown type of a module", "input a: lab.sit\noutput b = a"),
            ("an unknown argument is not also missing", "step a: lab.scale { on = one cuont = 2 }"),
            ("an unknown argument", "step a: lab.look { on = one verbose = true }"),
            ("arguments that are missing", "step a: lab.scale { mode = \"fast\" }"),
            ("an argument given twice", "step a: lab.look { on = one on = one }"),
            ("an unknown step behind after", "step a: lab.look { on = one after bse }"),
            ("a gate behind after", "gate g { ask \"?\" }\nstep a: lab.look { on = one after g }"),
            ("an unknown function", "output a = verson(\"1.2\")"),
            ("an unknown method", "output a = \"x\".uper()"),
            ("a field that a record lacks", "input a: { name: string }\noutput b = a.nme"),
            ("a field that a step has not", "output b = base.idd"),
            ("a field of a scalar", "output b = 10.0.0.1/24.mask"),
            ("a field of a list", "input a: list<{ n: number }>\noutput b = a.n"),
            ("a field of a system", "output b = one.version"),
            ("response outside an action", "output b = response.id"),
        ],
    );
}

#[test]
fn twice() {
    runbooks(
        "declared_twice",
        &[
            ("two inputs", "input a: string\ninput a: number\noutput b = a"),
            ("an input and a step", "input a: string\nstep a: lab.look { on = one }\noutput b = a"),
            (
                "a step, a gate and a phase",
                "phase p { step s: lab.look { on = one } gate p { ask \"?\" } }\nphase s { }",
            ),
            ("a gate may be called like an input", "input a: string\ngate a { ask \"${a}?\" }"),
            ("two outputs", "output a = 1\noutput a = 2"),
            ("two headers", "runbook \"u\" { }"),
            ("two uses", "use lab"),
            ("one approver twice", "gate g { ask \"?\" by \"a\", \"a\" need 2 }"),
            ("a field of a record", "output a = { b: 1, b: 2 }"),
        ],
    );
    modules(
        "declared_twice_in_a_module",
        &[
            (
                "two actions",
                "action a { input b: bool require b else \"\" }\naction a { input b: bool require not b else \"\" }",
            ),
            ("an api and a type", "type manager = string"),
            ("a type of the language", "type string = number"),
            ("an input and a let", "action a { input b: number let b = 1 require b == 1 else \"\" }"),
            ("a name of the language", "action a { let before = 1 require before == 1 else \"\" }"),
            (
                "outputs of an action",
                "action a { input c: bool require c else \"\" output b = 1 output b = 2 }",
            ),
        ],
    );
}

#[test]
fn unused() {
    files(
        "unused",
        &[
            (
                "input, let, system and module",
                r#"
runbook "t" { }
use lab
use "./lab" as other
system two: lab.manager
input a: string
let b = 1
let c = b"#,
            ),
            (
                "what a runbook's file declares for itself",
                r#"
runbook "t" { }
type t = string
type u = string
api a { input url: url }
api b { input url: url }
action look { input on: a input text: t require on.get("/up").ok else "${text}" }
action see { input on: a require on.get("/up").ok else "no" }
system one: a
step s: look { on = one text = "x" }"#,
            ),
        ],
    );
    modules(
        "unused_in_an_action",
        &[
            ("input and let", "action a { input b: number input d: bool let c = 1 require d else \"\" }"),
            (
                "used as before",
                r#"
action a {
  input on: manager
  let was = on.get("/a")
  done when on.get("/b").ok
  change "do" on.put("/b")
  undo "back" on.put("/b", before.was)
}"#,
            ),
            ("an input of an api", "api b { input url: url input ca: path? input user: string }"),
        ],
    );
}

#[test]
fn themselves() {
    runbooks(
        "names_that_need_themselves",
        &[
            ("a let", "let a = a + 1\noutput b = a"),
            ("three lets", "let a = c\nlet b = a\nlet c = b\noutput d = a"),
            ("lets in any order are no circle", "let a = b + 1\nlet b = 1\noutput c = a"),
            ("types", "type a = list<b>\ntype b = { x: a? }\ninput i: a\noutput o = i"),
        ],
    );
}

#[test]
fn shown_in_place_of_values() {
    let name = |of: &str| {
        format!(
            "input n: {{ name: string, fast: string }}\nlet m = n.name\nstep a: lab.name {{ on = one of = {of} }}"
        )
    };
    let texts = [
        "\"$m\"",
        "\"{{ m }} and {{ n.name }}\"",
        "\"\\$m\"",
        "\"$5\"",
        "\"m\"",
        "\"n.name\"",
        "\"n.namen\"",
        "\"base.text\"",
        "\"one\"",
    ];
    let texts: Vec<_> = texts.iter().map(|it| (*it, name(it))).collect();
    let cases: Vec<_> = texts.iter().map(|(title, text)| (*title, text.as_str())).collect();
    runbooks("names_in_place_of_values", &cases);
}
