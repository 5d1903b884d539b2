use crate::support::runbooks;

#[test]
fn order() {
    runbooks(
        "order_of_steps",
        &[
            (
                "a step that comes later",
                "step a: lab.scale { on = one count = b.id }\nstep b: lab.look { on = one }",
            ),
            (
                "over a let",
                "let l = b.id\nstep a: lab.scale { on = one count = l }\nstep b: lab.look { on = one }",
            ),
            ("itself", "step a: lab.scale { on = one count = a.count }"),
            ("after a later step", "step a: lab.look { on = one after b }\nstep b: lab.look { on = one }"),
            ("a gate that asks too early", "gate g { ask \"${b.id}?\" }\nstep b: lab.look { on = one }"),
            (
                "members of a parallel in any order",
                r"
parallel {
  step a: lab.scale { on = one count = b.id }
  step b: lab.look { on = one after c }
  step c: lab.look { on = one }
}",
            ),
            (
                "a circle in a parallel",
                r"
parallel {
  step a: lab.scale { on = one count = b.id }
  step b: lab.look { on = one after c }
  step c: lab.look { on = one when a.count == 1 }
}",
            ),
            (
                "a circle over the order of a phase",
                r"
parallel {
  phase p {
    step a: lab.look { on = one after c }
    step b: lab.look { on = one }
  }
  step c: lab.look { on = one after b }
}",
            ),
            (
                "a later step in a branch of a parallel",
                r"
parallel {
  phase p {
    step a: lab.look { on = one after b }
    step b: lab.look { on = one }
  }
}",
            ),
            (
                "the variable of a for hides a step",
                r"
step b for a in [1] by a: lab.scale { on = one count = a }
phase p { step a: lab.look { on = one } }",
            ),
        ],
    );
}

#[test]
fn no_return() {
    runbooks(
        "past_no_return",
        &[
            (
                "without a gate",
                "step a: lab.cut { on = one }\nstep b: lab.look { on = one }\nstep c: lab.scale { on = one count = 1 }\nstep d: lab.scale { on = one count = 2 }",
            ),
            (
                "with a gate",
                "step a: lab.cut { on = one }\ngate g { ask \"?\" }\nstep c: lab.scale { on = one count = 1 }",
            ),
            (
                "out of a parallel",
                "parallel { step a: lab.cut { on = one } step b: lab.scale { on = one count = 1 } }\nstep c: lab.scale { on = one count = 2 }",
            ),
        ],
    );
}

#[test]
fn side_by_side() {
    let scale = |name: &str, more: &str| format!("step {name}: lab.scale {{ on = one count = 1 {more} }}");
    let both = |a: String, b: String| format!("parallel {{\n  {a}\n  {b}\n}}");
    let name = |name: &str, on: &str, of: &str| format!("step {name}: lab.name {{ on = {on} of = {of} }}");
    let fan = |name: &str, list: &str| {
        format!("step {name} for x in {list} by x: lab.name {{ on = one of = \"n-${{x}}\" }}")
    };
    let cases = [
        ("the same", both(scale("a", ""), scale("b", ""))),
        ("an order by after", both(scale("a", ""), scale("b", "after a"))),
        ("an order by a value", both(scale("a", ""), scale("b", "when a.count == 1"))),
        ("one after the other", format!("{}\n{}", scale("a", ""), scale("b", ""))),
        ("in a phase of one", both(format!("phase p {{ {} }}", scale("a", "")), scale("b", ""))),
        ("of the same name", both(name("a", "one", "\"x\""), name("b", "one", "\"x\""))),
        ("of the same value", both(name("a", "one", "base.id"), name("b", "one", "base.id"))),
        ("of other names", both(name("a", "one", "\"x\""), name("b", "one", "\"y\""))),
        (
            "on other systems",
            format!(
                "system two: lab.manager\n{}",
                both(name("a", "one", "\"x\""), name("b", "two", "\"x\""))
            ),
        ),
        ("fan-outs over one list", both(fan("a", "[\"x\"]"), fan("b", "[\"x\"]"))),
        ("fan-outs over two lists", both(fan("a", "[\"x\"]"), fan("b", "[\"y\"]"))),
    ];
    let cases: Vec<_> = cases.iter().map(|(title, text)| (*title, text.as_str())).collect();
    runbooks("side_by_side", &cases);
}
