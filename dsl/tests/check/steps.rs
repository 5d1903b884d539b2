use crate::support::runbooks;

#[test]
fn numbers() {
    runbooks(
        "numbers_of_steps",
        &[
            ("no bound", "step a: lab.slow { on = one }"),
            ("a bound of the step", "step a: lab.slow { on = one timeout 5m }"),
            ("a bound that is nothing", "step a: lab.slow { on = one timeout 0s }"),
            ("no attempt", "step a: lab.look { on = one retry 0 every 5s }"),
            ("pauses the wrong way round", "step a: lab.look { on = one retry 3 every 5m..5s }"),
            ("a retry of a check", "step a: lab.look { on = one retry 3 every 5s..5m timeout 1m }"),
            ("limit and tolerate of one step", "step a: lab.look { on = one limit 2 tolerate 5% }"),
            ("no instance at once", "step a for x in [1, 2] by x: lab.look { on = one when x > 1 limit 0 }"),
            ("nobody at a gate", "gate g { ask \"?\" by \"a\" need 0 }"),
            ("more than are asked", "gate g { ask \"?\" by \"a\", \"b\" need 3 within 0s }"),
            (
                "no phase to roll back",
                "step a: lab.look { on = one on failure rollback phase }\ngate g { ask \"?\" need 1 within 5m else rollback phase }",
            ),
            ("a phase to roll back", "phase p { step a: lab.look { on = one on failure rollback phase } }"),
        ],
    );
}

#[test]
fn fan_outs() {
    runbooks(
        "fan_outs",
        &[
            (
                "by key",
                r#"
input all: list<{ name: string, n: number }>
step a for x in all by x.name: lab.scale { on = one count = x.n }
output b = a["x"].count
output c = a.count()
output d = a.map(it => it.count)"#,
            ),
            ("over what is no list", "step a for x in 3 by x: lab.look { on = one }"),
            (
                "a key that is a record",
                "input all: list<{ n: number }>\nstep a for x in all by x: lab.look { on = one }",
            ),
            (
                "a key that may be null",
                "input all: list<{ n: number? }>\nstep a for x in all by x.n: lab.look { on = one }",
            ),
            (
                "over what a step gives",
                "step a for x in base.id by x: lab.look { on = one }\nlet l = base.id\nstep b for x in l by x: lab.look { on = one }",
            ),
            (
                "the variable outside",
                "step a for x in [1] by x: lab.scale { on = one count = x }\noutput b = x",
            ),
            ("nothing uses the variable", "step a for x in [1, 2] by x: lab.scale { on = one count = 3 }"),
            (
                "a key that is always the same",
                "step a for x in [1, 2] by base.text: lab.scale { on = one count = x }",
            ),
            ("a key in quotes", "step a for x in [1, 2] by \"x\": lab.scale { on = one count = x }"),
        ],
    );
}

#[test]
fn invariants() {
    runbooks(
        "invariants",
        &[
            (
                "a whole one",
                "invariant i { check lab.look { on = one } every 5s tolerate 3 else rollback soak 10m }",
            ),
            ("a change", "invariant i { check lab.scale { on = one count = 1 } every 5s else hold }"),
            ("nothing to check", "invariant i { every 5s else hold }"),
            ("no pace", "invariant i { check lab.look { on = one } }"),
            (
                "no time between looks",
                "invariant i { check lab.look { on = one } every 0s else hold soak 0s }",
            ),
            ("no policy", "invariant i { check lab.look { on = one } every 5s }"),
            (
                "a policy of a phase",
                "invariant i { check lab.look { on = one } every 5s else rollback phase }",
            ),
            ("a missing argument", "invariant i { check lab.look { } every 5s else hold }"),
            ("an unknown action", "invariant i { check lab.lok { on = one } every 5s else hold }"),
            (
                "the name of a step",
                "step i: lab.look { on = one }\ninvariant i { check lab.look { on = one } every 5s else hold }",
            ),
        ],
    );
}
