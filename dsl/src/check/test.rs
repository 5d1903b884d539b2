//! Tests: a body like that of a runbook, and expectations that also see what became of it.

use std::sync::Arc;

use super::Checker;
use super::fit::{list_of, one, record};
use super::names::suggestion;
use super::runbook::steps;
use super::scope::{Entry, Place, Scope};
use super::wanted::Wanted;
use crate::diagnostic::Diagnostic;
use crate::program::{Module, RunbookBody};
use crate::source::{Name, Span};
use crate::syntax::{Act, Member, Test, Then};
use crate::types::Type;

/// How a run can end, as `outcome` says it.
const OUTCOMES: [&str; 6] = ["succeeded", "refused", "rolled back", "held", "stuck", "aborted"];

/// What can become of a step, as `steps.name` says it.
const STATES: [&str; 9] =
    ["waiting", "skipped", "already", "done", "refused", "failed", "unknown", "undone", "stuck"];

impl Checker<'_> {
    pub(super) fn test(&mut self, module: &Module, test: &Test) {
        if test.expects().next().is_none() && !self.broken_within(test.span) {
            let message = format!("the test \"{}\" expects nothing", test.name.node);
            self.report(
                Diagnostic::error("HR005", test.name.span, message)
                    .help("say what is so when it has run, as in `expect outcome == \"succeeded\"`"),
            );
        }
        let own = RunbookBody::of_test(test);
        self.in_test = true;
        match own.as_ref().or(module.runbook.as_ref()) {
            Some(body) => self.trial(test, body, own.is_some()),
            None => self.tries_nothing(test),
        }
        self.in_test = false;
    }

    fn tries_nothing(&mut self, test: &Test) {
        if !self.broken_within(test.span) {
            let message = format!("the test \"{}\" tries nothing", test.name.node);
            self.report(
                Diagnostic::error("HR005", test.name.span, message)
                    .origin("a test without steps tries the runbook of its file, and this file has none")
                    .help("give it a `system` and a `step`"),
            );
        }
    }

    fn trial(&mut self, test: &Test, body: &RunbookBody, is_own: bool) {
        let outer = results(body);
        // The runbook of the file has been checked by itself; only its names are needed here.
        let told = self.found.len();
        let scope = self.names_of(body, &outer);
        if is_own {
            self.members(&body.members, None, &scope);
            self.order(body);
            self.no_inputs(test);
        } else {
            self.found.truncate(told);
            self.settings(test, body);
        }
        self.approvals(test, body);
        for act in &test.acts {
            match act {
                Act::Expect(expect) => self.condition(expect, &scope, "`expect`"),
                Act::Then(then) => self.then(&then.node, body),
            }
        }
    }

    fn no_inputs(&mut self, test: &Test) {
        let set = test.sets.iter().map(|it| it.name.span);
        for span in set.chain(test.inputs.iter().map(|it| it.span)) {
            let message = "inputs are those of the file's runbook, and this test has steps of its own";
            self.report(
                Diagnostic::error("HR038", span, message).help("give the value to the step that wants it"),
            );
        }
    }

    fn settings(&mut self, test: &Test, body: &RunbookBody) {
        let scope = Scope::new(Place::Structure);
        for set in &test.sets {
            let name = &set.name.node;
            if let Some(input) = body.inputs.iter().find(|it| it.name.node == *name) {
                let ty = self.program.resolve(self.module, &input.ty);
                let origin = format!("the input `{name}` is {}", one(&ty));
                self.expect(&set.value, &Wanted::new(ty, origin), &scope);
            } else {
                let names = body.inputs.iter().map(|it| &*it.name.node);
                let message = format!("the runbook has no input `{name}`");
                self.no_such("HR012", set.name.span, message, suggestion(name, names, "its inputs are"));
            }
        }
    }

    fn approvals(&mut self, test: &Test, body: &RunbookBody) {
        for approval in &test.approvals {
            self.among(&approval.gate, "gate", body, &gates);
        }
    }

    fn then(&mut self, then: &Then, body: &RunbookBody) {
        let Then::Rollback(Some(to)) = then else { return };
        self.among(to, "phase", body, &phases);
    }

    fn among(
        &mut self,
        name: &Name,
        what: &str,
        body: &RunbookBody,
        pick: &dyn Fn(&RunbookBody) -> Vec<&Name>,
    ) {
        let known = pick(body);
        let has_it = |names: &[&Name]| names.iter().any(|it| it.node == name.node);
        if has_it(&known) || self.lost(&name.node) {
            return;
        }
        let runbook = self.here().and_then(|it| it.runbook.as_ref());
        let help = if runbook.is_some_and(|it| has_it(&pick(it))) {
            Some("a test with systems or steps of its own does not try the runbook".to_owned())
        } else {
            suggestion(&name.node, known.iter().map(|it| &*it.node), &format!("its {what}s are"))
        };
        self.no_such("HR010", name.span, format!("there is no {what} `{}` here", name.node), help);
    }

    fn no_such(&mut self, code: &'static str, span: Span, message: String, help: Option<String>) {
        self.report(Diagnostic { help, ..Diagnostic::error(code, span, message) });
    }
}

/// What a test knows of the run beside the names of its runbook.
fn results<'a>(body: &RunbookBody) -> Scope<'a> {
    let mut scope = Scope::new(Place::Runbook);
    let words = |words: &[&str]| Type::Choice(words.iter().map(|word| Arc::from(*word)).collect());
    let states = steps(&body.members).into_iter().map(|step| {
        let state = words(&STATES);
        let state = if step.each.is_some() { Type::Map(Arc::new(state)) } else { state };
        (Arc::clone(&step.name.node), state)
    });
    let names = [
        ("outcome", words(&OUTCOMES)),
        ("reason", Type::String),
        ("steps", Type::Record(Arc::new(states.collect()))),
        ("world", Type::Json),
        ("first", Type::Json),
        ("requests", list_of(request())),
    ];
    for (name, ty) in names {
        scope.add(&Arc::from(name), Entry::new(ty));
    }
    scope
}

/// A request as `requests` lists it. Its values are those of JSON, and null where there was none.
fn request() -> Type {
    let names =
        ["seq", "at", "operation", "site", "port", "method", "path", "changing", "effect", "status", "fault"];
    record(names.map(|name| (Arc::from(name), Type::Json)))
}

fn gates(body: &RunbookBody) -> Vec<&Name> {
    named(&body.members, &|member| match member {
        Member::Gate(gate) => Some(&gate.name),
        _ => None,
    })
}

fn phases(body: &RunbookBody) -> Vec<&Name> {
    named(&body.members, &|member| match member {
        Member::Phase(phase) => Some(&phase.name),
        _ => None,
    })
}

/// The names of all members of one kind.
fn named<'m>(members: &'m [Member], pick: &dyn Fn(&'m Member) -> Option<&'m Name>) -> Vec<&'m Name> {
    let mut found = Vec::new();
    for member in members {
        found.extend(pick(member));
        match member {
            Member::Phase(it) => found.extend(named(&it.members, pick)),
            Member::Parallel(it) => found.extend(named(&it.members, pick)),
            Member::Step(_) | Member::Gate(_) => {}
        }
    }
    found
}
