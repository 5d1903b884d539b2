//! What a rehearsal came to: which nights were played, and those that do not hold with their stories.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hcxrun_engine::rehearse::{Act, Adequacy, Cell, Fault, Mishap, Place, Protection, Rehearsal, Story};
use hcxrun_engine::{Event, EventKind, Graph, NodeId, StepNode, Way};

use jiff::Timestamp;

use super::{columns, count, duration};
use crate::visible::in_line;

/// The whole result.
pub(crate) fn render(title: &str, scene: &str, it: &Rehearsal, graph: &Graph) -> String {
    let mut text = format!("Rehearsal: {title}\n\n");
    text.push_str(&format!("  On the scene {scene} it succeeds in {}.\n", duration(it.takes)));
    text.push_str("  How many nights there were, by where something went wrong and what:\n\n");
    columns(&matrix(it, graph)).iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    for story in &it.stories {
        text.push_str(&format!("\n{}", told(story, it.start, graph)));
    }
    for place in &it.unreached {
        let node = place.node.as_ref().and_then(|id| step(graph, id));
        let at = node.map(|node| lines(graph, node, place.act)).unwrap_or_default();
        text.push_str(&format!(
            "\n  ✗ no night reached where {} {}\n    {at}\n",
            name(place),
            doing(place.act)
        ));
        let already = match place.act {
            Act::Undoes => {
                "help: rehearse it on a scene in which it is not so already; its `undone when` must not hold before"
            }
            _ => "help: rehearse it on a scene in which it is not so already",
        };
        text.push_str(&format!("    {already}\n"));
    }
    if !it.left_out.is_empty() {
        let names: Vec<_> = it.left_out.iter().map(NodeId::as_str).collect();
        text.push_str(&format!(
            "\n  Not rehearsed, because it is left out or so already: {}\n",
            names.join(", ")
        ));
    }
    if !it.by_hand.is_empty() {
        text.push_str(
            "\n  In some nights a person has to do what no request can, which nobody can check here:\n",
        );
        it.by_hand.iter().for_each(|todo| text.push_str(&format!("    {}: {}\n", todo.node, todo.task)));
    }
    text.push_str(&format!("\n{}\n", summary(it)));
    text
}

/// A row for a step and what it does, a column for a mishap; a cell says how many nights, and how many of them do not
/// hold. Instances of a fan-out are counted together.
fn matrix(it: &Rehearsal, graph: &Graph) -> Vec<Vec<String>> {
    let mishaps: BTreeSet<Mishap> = it.matrix.keys().map(|(_, mishap)| *mishap).collect();
    let mut rows: BTreeMap<(usize, String, Act), BTreeMap<Mishap, Cell>> = BTreeMap::new();
    for ((place, mishap), cell) in &it.matrix {
        let (at, name) = row_of(place, graph);
        let sum = rows.entry((at, name, place.act)).or_default().entry(*mishap).or_default();
        sum.nights += cell.nights;
        sum.broken += cell.broken;
        sum.by_hand += cell.by_hand;
    }
    let mut head = vec![String::new(), String::new()];
    head.extend(mishaps.iter().map(|it| short(*it).to_owned()));
    let row = |((_, name, act), cells): (&(usize, String, Act), &BTreeMap<Mishap, Cell>)| {
        let mut row = vec![name.clone(), doing(*act).to_owned()];
        row.extend(mishaps.iter().map(|it| cells.get(it).map_or_else(String::new, shown)));
        row
    };
    std::iter::once(head).chain(rows.iter().map(row)).collect()
}

/// Where a place comes in the matrix, and under which name.
fn row_of(place: &Place, graph: &Graph) -> (usize, String) {
    let Some(id) = &place.node else { return (usize::MAX, "the run".to_owned()) };
    let Some(node) = step(graph, id) else { return (usize::MAX - 1, id.to_string()) };
    let name = &node.step.name.node;
    let at = graph.steps().position(|(_, other)| other.step.name.node == *name).unwrap_or(usize::MAX);
    match graph.fans.get(name) {
        Some(fan) => (at, format!("{name} (each of {})", fan.instances.len())),
        None => (at, name.to_string()),
    }
}

fn step<'g>(graph: &'g Graph, id: &NodeId) -> Option<&'g StepNode> {
    graph.step(graph.find(id)?)
}

fn name(place: &Place) -> String {
    place.node.as_ref().map_or_else(|| "the run".to_owned(), |id| format!("step {id}"))
}

fn shown(cell: &Cell) -> String {
    match (cell.broken, cell.by_hand) {
        (0, 0) => cell.nights.to_string(),
        (0, by_hand) => format!("{} ({by_hand} by hand)", cell.nights),
        (broken, _) => format!("{} (✗ {broken})", cell.nights),
    }
}

fn short(mishap: Mishap) -> &'static str {
    match mishap {
        Mishap::Request(Fault::Refused) => "refused",
        Mishap::Request(Fault::LostBefore) => "lost",
        Mishap::Request(Fault::LostAfter) => "answer lost",
        Mishap::Request(Fault::Partly) => "by half",
        Mishap::Request(Fault::FailsLater) => "fails later",
        Mishap::Request(Fault::Unreachable) => "out of reach",
        Mishap::Request(Fault::SessionOver) => "session over",
        Mishap::KilledBefore => "killed before",
        Mishap::KilledAfter => "killed after",
        Mishap::Last => "comes last",
    }
}

fn doing(act: Act) -> &'static str {
    match act {
        Act::Reads => "reads",
        Act::Changes => "changes",
        Act::ReadsBack => "reads on the way back",
        Act::Undoes => "undoes",
        Act::Writes => "writes the journal",
    }
}

/// How many events of a story are told.
const TOLD: usize = 30;

fn told(story: &Story, start: Timestamp, graph: &Graph) -> String {
    let (place, mishap) = (&story.place, story.mishap.as_str());
    let mut text = format!("  ✗ {} {}: {mishap}\n", name(place), doing(place.act));
    if let Some(node) = place.node.as_ref().and_then(|id| step(graph, id)) {
        text.push_str(&format!("    {}\n", lines(graph, node, place.act)));
    }
    text.push_str(&format!("    {}\n", story.reason));
    for event in story.events.iter().filter(|event| !matches!(event.kind, EventKind::Begun { .. })).take(TOLD)
    {
        let after = duration(event.at.duration_since(start).unsigned_abs());
        text.push_str(&format!("      {after:>8}  {}\n", in_line(&happened(event))));
    }
    if story.events.len() > TOLD {
        text.push_str("      …\n");
    }
    text
}

/// Where a step stands, and the parts of its action that are at work.
fn lines(graph: &Graph, node: &StepNode, act: Act) -> String {
    let (sources, action) = (&graph.program.sources, &node.action);
    let change = action.change.as_ref().map(|it| ("change", it.span)).filter(|_| act == Act::Changes);
    let undo = action.undo.as_ref().map(|it| ("undo", it.span));
    let mut parts: Vec<_> = change.into_iter().chain(undo).collect();
    if parts.is_empty() {
        parts.push(("action", action.name.span));
    }
    let parts = parts.iter().map(|(what, span)| format!("{what} at {}", sources.position(*span)));
    let step = sources.position(node.step.name.span);
    format!("{step}; {}: {}", action.name.node, parts.collect::<Vec<_>>().join(", "))
}

fn way(way: Way) -> &'static str {
    match way {
        Way::Change => "",
        Way::Undo => " (undo)",
    }
}

/// An event in words.
fn happened(event: &Event) -> String {
    use EventKind as E;
    match &event.kind {
        E::Begun { node, way: w } => format!("{node}{}: begins", way(*w)),
        E::Skipped { node, reason } => format!("{node}: left out, {reason}"),
        E::Intended { node, way: w, intent } => format!("{node}{}: {}", way(*w), intent.sentence),
        E::Answered { node, way: w, status, .. } => format!("{node}{}: taken with HTTP {status}", way(*w)),
        E::Rejected { node, way: w, reason } => format!("{node}{}: rejected, {reason}", way(*w)),
        E::Lost { node, way: w, reason } => format!("{node}{}: answer lost, {reason}", way(*w)),
        E::Untouched { node, way: w } => format!("{node}{}: seen to have done nothing", way(*w)),
        E::Adopted { node } => format!("{node}: found done, to be taken back"),
        E::Settled { node, way: w, .. } => format!("{node}{}: seen to be so", way(*w)),
        E::Refused { node, way: w, reason } => format!("{node}{}: refused, {reason}", way(*w)),
        E::Handed { node, task } => format!("{node}: handed to a person, {task}"),
        E::Failed { node, way: w, reason } => format!("{node}{}: failed, {reason}", way(*w)),
        E::Expired { node, way: w, reason } => format!("{node}{}: out of time, {reason}", way(*w)),
        E::GateOpened { node, question } => format!("gate {node}: {question}"),
        E::GateAnswered { node, said } => format!("gate {node}: {} answers", said.who),
        E::Held { node } => format!("invariant {node}: holds"),
        E::Missed { node, reason, .. } => format!("invariant {node}: does not hold: {reason}"),
        E::Broke { node, reason } => format!("invariant {node}: broken: {reason}"),
        E::Soaking { .. } => "all steps are over; watching on".to_owned(),
        E::Resolved { node, who, .. } => format!("{node}: settled by {who}"),
        E::GateClosed { node, reason, .. } => format!("gate {node}: {reason}"),
        E::Resumed => "hcxrun takes it up again".to_owned(),
        E::Turned { reason, .. } => format!("turns: {reason}"),
        E::Ended { outcome, reason } => format!("ends {}: {reason}", outcome.as_str()),
    }
}

fn summary(it: &Rehearsal) -> String {
    let broken: usize = it.matrix.values().map(|cell| cell.broken).sum();
    let nights = count(it.nights, "night");
    match (broken, it.unreached.len()) {
        (0, 0) => format!("{nights}, and every one of them holds."),
        (0, 1) => format!("{nights} hold, but 1 request was never made."),
        (0, unreached) => format!("{nights} hold, but {unreached} requests were never made."),
        (broken, _) => format!("{nights}; {broken} of them do not hold."),
    }
}

/// What nothing would miss.
pub(crate) fn adequacy(title: &str, scene: &str, it: &Adequacy, what: &str, graph: &Graph) -> String {
    let mut text = format!("Adequacy: {title}, on the scene {scene}\n\n");
    for protection in &it.unmissed {
        let (id, says) = match protection {
            Protection::Undo(id) => (id, format!("nothing would miss the undo of {id}")),
            Protection::Order(id, after) => {
                let after: Vec<_> = after.iter().map(NodeId::as_str).collect();
                (id, format!("nothing would miss that {} comes after {id}", after.join(", ")))
            }
        };
        let at = step(graph, id).map(|node| graph.program.sources.position(node.step.name.span));
        text.push_str(&format!("  ? {says}\n    {}\n", at.unwrap_or_default()));
    }
    if !it.unmissed.is_empty() {
        text.push('\n');
    }
    let missed = it.dropped - it.unmissed.len();
    text.push_str(&format!(
        "{} dropped, one at a time; {missed} of them would be missed.\n",
        count(it.dropped, what)
    ));
    text
}

/// How fast it went, for the one who waited.
pub(crate) fn speed(it: &Rehearsal, took: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let a_second = it.nights as f64 / took.as_secs_f64().max(0.001);
    format!("{} in {:.1} s, {a_second:.0} a second", count(it.nights, "night"), took.as_secs_f64())
}
