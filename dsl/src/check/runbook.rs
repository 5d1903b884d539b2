//! Runbooks: systems, inputs, lets, members and outputs, each in the scope that it has.

use std::sync::Arc;

use super::Checker;
use super::names::{list, suggestion};
use super::scope::{Entry, Needs, Place, Scope};
use crate::diagnostic::Diagnostic;
use crate::program::{Module, RunbookBody};
use crate::source::Span;
use crate::syntax::{ExprKind, Gate, Invariant, Member, OnFailure, Phase, Step, System};
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn runbook(&mut self, module: &Module) {
        let Some(runbook) = &module.runbook else { return };
        if let Some(window) = &runbook.header.window {
            match super::window::resolve(window) {
                Ok(resolved) => self.found.extend(super::window::too_long(window, &resolved)),
                Err(wrong) => self.found.extend(wrong),
            }
        }
        let outer = Scope::new(Place::Runbook);
        let scope = self.names_of(runbook, &outer);
        self.members(&runbook.members, None, &scope);
        runbook.invariants.iter().for_each(|it| self.invariant(it, &scope));
        for output in &runbook.outputs {
            let ty = self.shown(&output.value, &scope, "an output");
            self.keep_type(output.name.span, &ty);
        }
        self.order(runbook);
        self.past_no_return(&runbook.members, &mut None);
        self.unused_in(runbook);
    }

    /// What the expressions of a runbook can name.
    pub(super) fn names_of<'s>(&mut self, runbook: &RunbookBody, outer: &'s Scope<'s>) -> Scope<'s> {
        let inputs = self.inputs(&runbook.inputs, "", false);
        let mut scope = outer.with(inputs);
        for system in &runbook.systems {
            let ty = self.system(system);
            self.keep_type(system.name.span, &ty);
            scope.add(&system.name.node, Entry::declared(ty, system.name.span));
        }
        for step in steps(&runbook.members) {
            let ty = self.result(step);
            self.keep_type(step.name.span, &ty);
            scope.add(&step.name.node, Entry::new(ty).needing(Needs::Steps));
        }
        self.lets(&runbook.lets, scope)
    }

    fn unused_in(&mut self, runbook: &RunbookBody) {
        let systems = runbook.systems.iter().map(|it| ("system", &it.name));
        let inputs = runbook.inputs.iter().map(|it| ("input", &it.name));
        self.unused(systems.chain(inputs).chain(runbook.lets.iter().map(|it| ("let", &it.name))));
    }

    fn system(&mut self, system: &System) -> Type {
        let module = match &system.module {
            None => self.here(),
            Some(name) => self.module_named(name).and_then(|id| self.program.module(id)),
        };
        let Some(module) = module else { return Type::Unknown };
        let api = &system.api;
        self.used.extend(module.apis.get(&api.node).map(|it| it.name.span));
        if !module.apis.contains_key(&api.node) {
            let owner = system.module.as_ref().map_or("this file".to_owned(), |it| format!("`{}`", it.node));
            let message = format!("{owner} has no api `{}`", api.node);
            let behind =
                self.here().filter(|_| system.module.is_none()).and_then(|it| it.uses.get(&api.node));
            let behind = behind.and_then(|id| self.program.module(*id));
            let of_module = behind.map(|it| {
                let apis: Vec<String> = it.apis.keys().map(|one| format!("{}.{one}", api.node)).collect();
                format!("`{}` is a module, with {}", api.node, list(&apis))
            });
            let help =
                of_module.or_else(|| suggestion(&api.node, module.apis.keys().map(|it| &**it), "it has"));
            if !self.has_broken(module) && !self.starts_lost(api.span) {
                self.report(Diagnostic { help, ..Diagnostic::error("HR010", api.span, message) });
            }
            return Type::Unknown;
        }
        Type::System { module: Arc::clone(&module.name), api: Arc::clone(&api.node) }
    }

    pub(super) fn members(&mut self, members: &[Member], phase: Option<&Phase>, scope: &Scope<'_>) {
        for member in members {
            match member {
                Member::Phase(it) => self.members(&it.members, Some(it), scope),
                Member::Parallel(it) => self.members(&it.members, phase, scope),
                Member::Step(it) => {
                    self.policy(it.on_failure.map(|it| (it.node, it.span)), phase);
                    self.step(it, scope);
                }
                Member::Gate(it) => {
                    self.policy(it.otherwise.map(|it| (it.node, it.span)), phase);
                    self.gate(it, scope);
                }
            }
        }
    }

    fn policy(&mut self, policy: Option<(OnFailure, Span)>, phase: Option<&Phase>) {
        if let (Some((OnFailure::RollbackPhase, span)), None) = (policy, phase) {
            self.report(
                Diagnostic::error("HR038", span, "there is no phase around this that could be rolled back")
                    .help("write `rollback`, or put it into a phase"),
            );
        }
    }

    fn gate(&mut self, gate: &Gate, scope: &Scope<'_>) {
        self.shown(&gate.ask, scope, "a question");
        if let ExprKind::Text(parts) = &gate.ask.kind
            && parts.is_empty()
        {
            self.bounds(gate.ask.span, "this question is empty", "write what people are to decide");
        }
        if let Some(nobody) = gate.by.iter().find(|who| who.node.trim().is_empty()) {
            self.bounds(
                nobody.span,
                "nobody is called so",
                "write who is asked, as in `by \"network-lead\"`",
            );
        }
        for (at, who) in gate.by.iter().enumerate() {
            if let Some(first) = gate.by.iter().take(at).find(|it| it.node == who.node) {
                let message = format!("\"{}\" is asked twice", who.node);
                self.report(
                    Diagnostic::error("HR015", who.span, message)
                        .related(first.span, "the first")
                        .help("remove one"),
                );
            }
        }
        if let Some(otherwise) = gate.otherwise.filter(|it| it.node == OnFailure::Continue) {
            self.report(
                Diagnostic::error("HR038", otherwise.span, "what people have not agreed to does not go on")
                    .help("write `else hold`, `else rollback` or `else rollback phase`"),
            );
        }
        let (need, asked) = (gate.need as usize, gate.by.len());
        let name = &gate.name;
        if need == 0 {
            self.bounds(
                name.span,
                &format!("the gate `{}` needs nobody", name.node),
                "write `need 1` or more",
            );
        } else if asked > 0 && need > asked && !self.broken_within(gate.span) {
            let message = format!("the gate `{}` needs {need} to agree and asks {asked}", name.node);
            self.bounds(name.span, &message, "name more behind `by`, or need fewer");
        }
        if let Some(within) = gate.within.filter(|it| it.node.is_zero()) {
            self.bounds(
                within.span,
                "the gate waits for no time at all",
                "write how long it waits, as in `within 20m`",
            );
        }
    }
}

impl Checker<'_> {
    fn invariant(&mut self, it: &Invariant, scope: &Scope<'_>) {
        let name = &it.step.name;
        self.step(&it.step, scope);
        if self.program.action_of(&it.step).is_some_and(|(_, action)| action.change.is_some()) {
            let message = format!(
                "the invariant `{}` looks, and `{}` changes something",
                name.node, it.step.action.node
            );
            self.report(
                Diagnostic::error("HR038", it.step.action.span, message)
                    .help("check with an action that has no `change`"),
            );
        }
        if it.every.node.is_zero() && !self.broken_within(it.span) {
            self.bounds(it.every.span, "it looks all the time", "write how often it looks, as in `every 5s`");
        }
        if let Some(soak) = it.soak.filter(|soak| soak.node.is_zero()) {
            self.bounds(
                soak.span,
                "a soak of no time is none",
                "leave it out, or write how long, as in `soak 10m`",
            );
        }
        if !matches!(it.otherwise.node, OnFailure::Hold | OnFailure::Rollback) {
            self.report(
                Diagnostic::error("HR038", it.otherwise.span, "an invariant belongs to the whole run")
                    .help("write `else hold` or `else rollback`"),
            );
        }
    }
}

/// All steps, in the order of the text.
pub(super) fn steps(members: &[Member]) -> Vec<&Step> {
    members.iter().flat_map(steps_in).collect()
}

fn steps_in(member: &Member) -> Vec<&Step> {
    match member {
        Member::Phase(it) => steps(&it.members),
        Member::Parallel(it) => steps(&it.members),
        Member::Step(it) => vec![it],
        Member::Gate(_) => Vec::new(),
    }
}
