//! What the differences mean as a whole: ways back, and how long it takes at the worst.

use std::collections::BTreeMap;
use std::time::Duration;

use hcxrun_dsl::Program;
use hcxrun_dsl::meaning::steps_of;
use hcxrun_dsl::syntax::Step;
use hcxrun_engine::{bounds, worst_back};

use super::Side;
use crate::render::duration;

/// What a step does to the systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// It only reads.
    Check,
    /// It changes something, and can take it back.
    Change,
    /// It changes something for good.
    OneWay,
}

impl Nature {
    pub(super) fn says(self) -> &'static str {
        match self {
            Nature::Check => "it changes nothing",
            Nature::Change => "it changes something, and can be taken back",
            Nature::OneWay => "it changes something, and there is no way back",
        }
    }
}

pub(super) fn nature(program: &Program, step: &Step) -> Nature {
    match program.action_of(step) {
        Some((_, action)) if action.change.is_some() && action.undo.is_none() => Nature::OneWay,
        Some((_, action)) if action.change.is_some() => Nature::Change,
        _ => Nature::Check,
    }
}

/// In sentences.
pub(crate) fn overall(before: &Side, after: &Side) -> Vec<String> {
    let mut said = ways_back(&natures(&before.program), &natures(&after.program));
    match (&before.expanded, &after.expanded) {
        (Some(old), Some(new)) => {
            let (old, new) = (&old.graph, &new.graph);
            said.push(longer("A run", bounds(old).total, bounds(new).total));
            said.push(longer("A rollback of what can be taken back", worst_back(old), worst_back(new)));
        }
        _ => said.push(
            "Compared as declared: give the inputs with --inputs or --set to compare instances and durations."
                .to_owned(),
        ),
    }
    said
}

fn natures(program: &Program) -> BTreeMap<&str, Nature> {
    let members = program.runbook().map(|body| body.members.as_slice()).unwrap_or_default();
    steps_of(members).into_iter().map(|step| (&*step.name.node, nature(program, step))).collect()
}

fn ways_back(old: &BTreeMap<&str, Nature>, new: &BTreeMap<&str, Nature>) -> Vec<String> {
    let one_way = |was: &dyn Fn(Option<&Nature>) -> bool| {
        let steps = new.iter().filter(|(name, is)| **is == Nature::OneWay && was(old.get(*name)));
        steps.map(|(name, _)| *name).collect::<Vec<_>>()
    };
    let lost = one_way(&|was| was == Some(&Nature::Change));
    let come = one_way(&|was| matches!(was, None | Some(Nature::Check)));
    let say =
        |what: &str, steps: Vec<&str>| (!steps.is_empty()).then(|| format!("{what}: {}", steps.join(", ")));
    [say("New without a way back", come), say("Lost their way back", lost)].into_iter().flatten().collect()
}

fn longer(what: &str, old: Duration, new: Duration) -> String {
    let (word, by) = match old.cmp(&new) {
        std::cmp::Ordering::Equal => {
            return format!("{what} takes at the worst {}, as before.", duration(new));
        }
        std::cmp::Ordering::Less => ("longer", new.saturating_sub(old)),
        std::cmp::Ordering::Greater => ("shorter", old.saturating_sub(new)),
    };
    format!("{what} takes at the worst {} {word}: {} → {}.", duration(by), duration(old), duration(new))
}
