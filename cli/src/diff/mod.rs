//! What changed between two runbooks, in words for people who approve a change.

mod clauses;
mod overall;
mod places;

use std::sync::Arc;

use hcxrun_dsl::meaning::{action_name, header, steps_of, used};
use hcxrun_dsl::{Fields, Program};
use hcxrun_engine::{Expanded, NodeId, StoredFile};
use serde::Serialize;

pub(crate) use overall::overall;

use crate::visible::in_line;

/// One of the two.
pub(crate) struct Side {
    pub(crate) program: Arc<Program>,
    /// Of what it means, with its inputs when it is expanded.
    pub(crate) digest: String,
    /// The files of data that it was made from.
    pub(crate) files: Vec<StoredFile>,
    /// `None` when its inputs are not known.
    pub(crate) expanded: Option<Expanded>,
}

impl Side {
    /// Leaves out what the inputs make of it.
    pub(crate) fn as_declared(&mut self) {
        self.expanded = None;
        self.files.clear();
        self.digest = self.program.digest();
    }
}

/// One difference.
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    /// `step extend`, `gate go`, `action hcx.extend (extend)`
    at: String,
    /// In words, old → new.
    says: String,
}

fn difference(at: impl Into<String>, says: impl Into<String>) -> Difference {
    Difference { at: at.into(), says: says.into() }
}

/// Everything that differs, in the order of the text.
pub(crate) fn differences(before: &Side, after: &Side) -> Vec<Difference> {
    let mut found = Vec::new();
    if let (Some(old), Some(new)) = (before.program.runbook(), after.program.runbook()) {
        found.extend(clauses::compare(&header(old), &header(new)).map(|says| difference("runbook", says)));
    }
    found.extend(places::compare(&before.program, &after.program));
    found.extend(declarations(&before.program, &after.program));
    if let (Some(old), Some(new)) = (&before.expanded, &after.expanded) {
        found.extend(values(&old.inputs, &new.inputs));
        found.extend(files(&before.files, &after.files));
        found.extend(instances(old, new));
    }
    found
}

/// Contracts of actions, apis and types. An action that only one of them uses is told with its step.
fn declarations(before: &Program, after: &Program) -> Vec<Difference> {
    let (old, new) = (used(before), used(after));
    let changed = old.iter().flat_map(|(name, was)| {
        let at = with_steps(after, name);
        let is = new.get(name);
        let differ = is.into_iter().flat_map(|is| clauses::compare(was, is));
        let gone = (is.is_none() && !name.starts_with("action ")).then(|| "is no longer there".to_owned());
        differ.chain(gone).map(move |says| difference(at.clone(), says)).collect::<Vec<_>>()
    });
    let come = new.keys().filter(|name| !old.contains_key(*name) && !name.starts_with("action "));
    changed.chain(come.map(|name| difference(name, "is new"))).collect()
}

fn with_steps(program: &Program, name: &str) -> String {
    let members = program.runbook().map(|body| body.members.as_slice()).unwrap_or_default();
    let uses =
        steps_of(members).into_iter().filter(|step| action_name(program, step).is_some_and(|it| it == name));
    let steps: Vec<_> = uses.map(|step| step.name.node.to_string()).collect();
    if steps.is_empty() { name.to_owned() } else { format!("{name} (of {})", steps.join(", ")) }
}

/// Values of inputs; a secret is never shown.
fn values(old: &Fields, new: &Fields) -> Vec<Difference> {
    let differ = old.iter().filter_map(|(name, was)| {
        let (was, is) = (was.to_json(), new.get(name)?.to_json());
        (was != is).then(|| difference(format!("value of {name}"), format!("{was} → {is}")))
    });
    differ.collect()
}

fn files(old: &[StoredFile], new: &[StoredFile]) -> Vec<Difference> {
    let other = |it: &&StoredFile| old.iter().any(|was| was.path == it.path && was.value != it.value);
    new.iter()
        .filter(other)
        .map(|it| difference(format!("file {}", it.path), "its content differs"))
        .collect()
}

/// Instances of fan-outs that both have.
fn instances(old: &Expanded, new: &Expanded) -> Vec<Difference> {
    let only = |one: &Expanded, other: &Expanded| -> Vec<NodeId> {
        let is_fan = |step: &Arc<str>| other.graph.fans.contains_key(step);
        let steps = one.graph.steps().filter(|(_, it)| it.key.is_some() && is_fan(&it.step.name.node));
        steps.filter(|(_, it)| other.graph.find(&it.id).is_none()).map(|(_, it)| it.id.clone()).collect()
    };
    let removed = only(old, new).into_iter().map(|id| difference(id.as_str(), "instance removed"));
    removed.chain(only(new, old).into_iter().map(|id| difference(id.as_str(), "instance added"))).collect()
}

/// For a terminal.
pub(crate) fn text(found: &[Difference], whole: &[String]) -> String {
    let mut lines = vec!["A and B differ".to_owned()];
    let mut last = None;
    for it in found {
        if last != Some(&it.at) {
            lines.push(format!("\n  {}", it.at));
            last = Some(&it.at);
        }
        lines.push(format!("    {}", in_line(&it.says)));
    }
    lines.push(String::new());
    lines.extend(whole.iter().cloned());
    lines.join("\n")
}
