//! The page of an action: its contract.

use std::time::Duration;

use hcxrun_dsl::requests::{Purpose, RequestForm, requests};
use hcxrun_dsl::syntax::{Action, Change, Output};
use hcxrun_dsl::{Module, Sources, Type};
use hcxrun_twin::contract::{self, Confidence};

use super::{Page, Section, input, sentence, text, written};
use crate::render::duration;

/// The page of an action of a module.
pub(crate) fn action(module: &Module, it: &Action, sources: &Sources) -> Page {
    let way_back = |change: &Change| sentence(sources, &change.sentence);
    let by_hand = it.by_hand.iter().map(|hand| {
        vec![sentence(sources, &hand.message), format!("when {}", written(sources, hand.when.span))]
    });
    let sections = [
        Section::new("Inputs", it.inputs.iter().map(|it| input(sources, it))),
        Section::new("Outputs", it.outputs.iter().map(|of| output(module.results.get(&it.name.node), of))),
        Section::new("Refused with", it.requires.iter().map(|it| vec![sentence(sources, &it.reason)])),
        Section::sentence("Done when", it.done_when.as_ref().map(|when| written(sources, when.span))),
        Section::sentence("Change", it.change.as_ref().map(way_back)),
        Section::sentence("Way back", it.undo.as_ref().map(way_back)),
        Section::new("Only by hand", by_hand),
        Section::sentence("No way back", it.irreversible.as_ref().map(|why| sentence(sources, why))),
        Section::sentence("Time", time(it)),
        Section::new("Touches", it.touches.iter().map(|it| vec![sentence(sources, it)])),
        Section::new("Requests", requests(it).iter().map(request)),
    ];
    Page {
        title: format!("{}.{}", module.name, it.name.node),
        kind: kind(it).to_owned(),
        doc: it.doc.as_deref().unwrap_or_default().to_owned(),
        sections: sections.into_iter().flatten().collect(),
    }
}

/// An output with its type, which that of the whole result tells.
fn output(result: Option<&Type>, it: &Output) -> Vec<String> {
    let ty = match result {
        Some(Type::Record(outputs)) => outputs.get(&it.name.node).map(Type::brief),
        _ => None,
    };
    vec![it.name.node.to_string(), ty.unwrap_or_default(), text(it.doc.as_ref())]
}

/// What using it means.
pub(super) fn kind(action: &Action) -> &'static str {
    match (&action.change, &action.undo) {
        (None, _) => "check",
        (Some(_), Some(_)) => "change",
        (Some(_), None) => "one-way change",
    }
}

/// Whether its change goes by a request that no public source shows.
pub(super) fn changes_as_inferred(action: &Action) -> bool {
    let inferred = |it: &RequestForm| {
        contract::of(it.method, &it.path).is_some_and(|it| it.confidence == Confidence::Inferred)
    };
    requests(action).iter().any(|it| it.purpose != Purpose::Read && inferred(it))
}

fn time(action: &Action) -> Option<String> {
    let span = |from: Duration, to: Duration| format!("{} to {}", duration(from), duration(to));
    let usually = action.takes.map(|it| format!("usually {}", span(it.node.0, it.node.1)));
    let bound = action.poll.map(|it| {
        format!("looks every {}, for {} at most", duration(it.node.every), duration(it.node.limit))
    });
    let known: Vec<_> = usually.into_iter().chain(bound).collect();
    (!known.is_empty()).then(|| known.join("; "))
}

fn request(it: &RequestForm) -> Vec<String> {
    let purpose = match it.purpose {
        Purpose::Read => "reads",
        Purpose::Change => "changes",
        Purpose::Undo => "undoes",
    };
    asked(purpose, it.method, &it.path)
}

/// A request with the operation of the contract that it is.
pub(super) fn asked(purpose: &str, method: &str, path: &str) -> Vec<String> {
    let mut row = vec![purpose.to_owned(), format!("{method} {path}")];
    if let Some(operation) = contract::of(method, path) {
        row.extend([operation.id.to_owned(), confidence(operation.confidence).to_owned()]);
    }
    row
}

fn confidence(it: Confidence) -> &'static str {
    match it {
        Confidence::Documented => "documented",
        Confidence::Observed => "observed in a client",
        Confidence::Inferred => "inferred: try it in a lab first",
    }
}
