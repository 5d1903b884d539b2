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
