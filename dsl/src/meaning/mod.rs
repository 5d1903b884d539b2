//! A program written out in one layout: without comments, places and spacing, so that two programs read the same when
//! they mean the same. A digest is taken of it, and differences are told in its words.

mod action;
mod clause;
mod expr;
mod step;

use std::collections::BTreeMap;

pub use action::{action, api};
pub use clause::Clause;
pub use expr::{expr, type_of};
use step::invariant;
pub use step::{gate, step};

use crate::format_duration;
use crate::program::{ModuleId, Program, RunbookBody};
use crate::syntax::{Input, Let, Member, OnFailure, Output, Phase, Runbook, Step, Window};

/// Everything that a run of the program rests on: the runbook, the actions of its steps, the apis of its systems, and the
/// types. What nobody uses is left out, and so is every comment and every `test`.
pub fn meaning(program: &Program) -> String {
    let Some(body) = program.runbook() else { return String::new() };
    let mut lines = text(&header(body));
    lines.extend(body.members.iter().flat_map(member));
    for (name, own) in used(program) {
        lines.push(name);
        lines.extend(text(&own));
    }
    lines.join("\n")
}

/// What the runbook uses, by name: an action that two steps use stands here once. With the names of other modules, which
/// the types of an action may go through.
pub fn used(program: &Program) -> BTreeMap<String, Vec<Clause>> {
    let Some(body) = program.runbook() else { return BTreeMap::new() };
    let mut used = BTreeMap::new();
    let checks = body.invariants.iter().map(|it| &*it.step);
    let steps = steps_of(&body.members).into_iter().chain(checks);
    for (module, found) in steps.filter_map(|step| program.action_of(step)) {
        used.insert(name(program, "action", module, &found.name.node), action(found));
    }
    for (module, found) in body.systems.iter().filter_map(|system| program.api_of(system)) {
        used.insert(name(program, "api", module, &found.name.node), api(found));
    }
    for (id, module) in (0..).map(ModuleId).zip(&program.modules) {
        for (own, declared) in &module.types {
            let is = Clause::new("is", type_of(&declared.ty));
            used.insert(name(program, "type", id, own), vec![is]);
        }
        let uses = module.uses.iter().map(|(own, id)| Clause::new(format!("use {own}"), label(program, *id)));
        used.insert(format!("module {}", label(program, id)), uses.collect());
    }
    used
}

/// How [`used`] calls the action of a step.
pub fn action_name(program: &Program, step: &Step) -> Option<String> {
    let (module, found) = program.action_of(step)?;
    Some(name(program, "action", module, &found.name.node))
}

fn name(program: &Program, kind: &str, module: ModuleId, own: &str) -> String {
    match module {
        ModuleId(0) => format!("{kind} {own}"),
        _ => format!("{kind} {}.{own}", label(program, module)),
    }
}

/// The name of a module, with a number when an earlier one is called the same. The runbook's own file is called
/// nothing: to rename it changes nothing.
fn label(program: &Program, id: ModuleId) -> String {
    let Some(module) = program.module(id).filter(|_| id != ModuleId(0)) else { return String::new() };
    let earlier = program.modules.iter().take(id.0.into()).skip(1).filter(|it| it.name == module.name);
    match earlier.count() {
        0 => module.name.to_string(),
        n => format!("{}~{n}", module.name),
    }
}

fn text(clauses: &[Clause]) -> Vec<String> {
    clauses.iter().map(|it| format!("  {it}")).collect()
}

/// All steps among members, in the order of the text.
pub fn steps_of(members: &[Member]) -> Vec<&Step> {
    let of = |member| match member {
        &Member::Phase(Phase { ref members, .. }) => steps_of(members),
        Member::Parallel(parallel) => steps_of(&parallel.members),
        Member::Step(step) => vec![&**step],
        Member::Gate(_) => Vec::new(),
    };
    members.iter().flat_map(of).collect()
}

/// What a runbook says beside its members.
pub fn header(body: &RunbookBody) -> Vec<Clause> {
    let RunbookBody { header, systems, inputs: given, lets: named, members: _, outputs: put, invariants } =
        body;
    let Runbook { doc: _, title, ticket, window, on_failure, span: _ } = header;
    let mut clauses = vec![Clause::new("runbook", format!("{:?}", title.node))];
    clauses.extend(ticket.iter().map(|it| Clause::new("ticket", format!("{:?}", it.node))));
    clauses.extend(window.iter().map(window_clause));
    clauses.extend(on_failure.iter().map(|it| on(it.node)));
    clauses.extend(systems.iter().map(|it| {
        Clause::new(format!("system {}", it.name.node), qualified(it.module.as_ref(), &it.api.node))
    }));
    clauses.extend(inputs(given));
    clauses.extend(lets(named));
    clauses.extend(outputs(put));
    clauses.extend(invariants.iter().map(invariant));
    clauses
}

fn qualified(module: Option<&crate::Name>, name: &str) -> String {
    module.map(|module| format!("{}.", module.node)).unwrap_or_default() + name
}

fn window_clause(window: &Window) -> Clause {
    let Window { start, end, zone, keep, span: _ } = window;
    let zone = zone.as_ref().map(|it| format!(" in {:?}", it.node)).unwrap_or_default();
    let keep = keep.as_ref().map(|it| format!(" keep {}", format_duration(it.node))).unwrap_or_default();
    Clause::new("window", format!("{} .. {}{zone}{keep}", start.node, end.node))
}

/// The words of a policy.
fn policy(policy: OnFailure) -> &'static str {
    match policy {
        OnFailure::Rollback => "rollback",
        OnFailure::RollbackPhase => "rollback phase",
        OnFailure::Hold => "hold",
        OnFailure::Continue => "continue",
    }
}

fn on(failure: OnFailure) -> Clause {
    Clause::new("on failure", policy(failure))
}

fn inputs(inputs: &[Input]) -> Vec<Clause> {
    let line = |Input { doc: _, name, ty, default, span: _ }: &Input| {
        let default = default.as_ref().map(|it| format!(" = {}", expr(it))).unwrap_or_default();
        Clause::new(format!("input {}", name.node), type_of(ty) + &default)
    };
    inputs.iter().map(line).collect()
}

fn lets(lets: &[Let]) -> Vec<Clause> {
    lets.iter().map(|it| Clause::new(format!("let {}", it.name.node), expr(&it.value))).collect()
}

fn outputs(outputs: &[Output]) -> Vec<Clause> {
    outputs.iter().map(|it| Clause::new(format!("output {}", it.name.node), expr(&it.value))).collect()
}

/// What a phase says beside its members.
pub fn phase(phase: &Phase) -> Vec<Clause> {
    phase.on_failure.iter().map(|it| on(it.node)).collect()
}

fn member(member: &Member) -> Vec<String> {
    match member {
        Member::Step(it) => declared(format!("step {}", it.name.node), &step(it)),
        Member::Gate(it) => declared(format!("gate {}", it.name.node), &gate(it)),
        Member::Parallel(it) => block("parallel".to_owned(), &[], &it.members),
        Member::Phase(it) => block(format!("phase {}", it.name.node), &phase(it), &it.members),
    }
}

fn declared(head: String, clauses: &[Clause]) -> Vec<String> {
    std::iter::once(head).chain(text(clauses)).collect()
}

fn block(head: String, own: &[Clause], members: &[Member]) -> Vec<String> {
    let inside = text(own).into_iter().chain(members.iter().flat_map(member));
    std::iter::once(head + " {").chain(inside).chain(std::iter::once("}".to_owned())).collect()
}
