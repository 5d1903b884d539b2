//! First words that other languages have, and how it is written here.

use super::Rule;

const MEMBERS: &[Rule] = &[Rule::file, Rule::phase, Rule::parallel, Rule::test];
const FILE: &[Rule] = &[Rule::file];
const STEP: &[Rule] = &[Rule::step];
const ACTION: &[Rule] = &[Rule::action];
const OUTPUT: &[Rule] = &[Rule::file, Rule::action];

/// Words, where they stand, and what is written instead.
const HABITS: &[(&[&str], &[Rule], &str)] = &[
    (&["import", "include", "from", "using"], FILE, "a module is brought in with `use hcx`"),
    (&["variable", "param", "parameter", "arg"], FILE, "a value from outside is `input NAME: TYPE`"),
    (&["const", "var", "val", "local", "locals", "set"], FILE, "a value gets a name with `let NAME = VALUE`"),
    (
        &["def", "function", "func", "fn", "task", "resource", "procedure"],
        FILE,
        "what can be done is `action NAME { … }`; one use of it is a `step`",
    ),
    (&["stage", "job", "section"], MEMBERS, "a stretch of a runbook is `phase NAME { … }`"),
    (&["if", "when", "unless"], MEMBERS, "a step that runs only if has `when CONDITION` in it"),
    (
        &["for", "foreach", "while", "loop", "repeat"],
        MEMBERS,
        "a step for each of a list is `step NAME for NAME in LIST by KEY: ACTION { … }`",
    ),
    (&["approval", "pause", "confirm", "manual"], MEMBERS, "people decide at a `gate NAME { … }`"),
    (&["return", "export", "yield"], OUTPUT, "a value is handed back with `output NAME = VALUE`"),
    (&["if", "where", "condition", "only_if"], STEP, "write `when CONDITION`"),
    (&["unless"], STEP, "write `when not (CONDITION)`"),
    (&["depends_on", "dependsOn", "needs", "requires"], STEP, "write `after STEP`"),
    (&["retries", "attempts"], STEP, "write `retry 3 every 10s..2m`"),
    (&["wait", "deadline"], STEP, "write `timeout 30m`"),
    (&["parallelism", "concurrency"], STEP, "write `limit 2`"),
    (&["args", "arguments", "with", "params"], STEP, "arguments stand in the step itself, as `name = value`"),
    (&["param", "parameter", "arg"], ACTION, "what an action is given is `input NAME: TYPE`"),
    (&["assert", "ensure", "precondition"], ACTION, "write `require CONDITION else REASON`"),
    (&["success", "until"], ACTION, "write `done when CONDITION`"),
    (&["rollback", "revert"], ACTION, "the way back is `undo SENTENCE SYSTEM.METHOD(PATH)`"),
    (&["do", "run", "execute", "request"], ACTION, "write `change SENTENCE SYSTEM.METHOD(PATH)`"),
];

/// What is written in a block instead of a word of another language.
pub(super) fn habit(word: &str, level: Rule) -> Option<&'static str> {
    let known =
        |(words, levels, _): &&(&[&str], &[Rule], &str)| words.contains(&word) && levels.contains(&level);
    HABITS.iter().find(known).map(|(_, _, help)| *help)
}
