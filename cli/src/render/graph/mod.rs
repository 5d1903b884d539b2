//! The graph of a runbook: as text, for other programs, and as a picture.

mod folded;
mod svg;

use std::fmt::Write;

use folded::{After, Folded, Kind};
use hcxrun_engine::{Graph, Node, StepNode};
use petgraph::Direction;
use petgraph::graph::NodeIndex;

pub(crate) use svg::svg;

/// A line for each step, gate and invariant below the phase that it is in, with what it waits for.
pub(crate) fn text(graph: &Graph) -> String {
    let folded = Folded::of(graph);
    let boxes = || folded.boxes.iter();
    let labels = boxes().map(|it| it.label.chars().count()).max().unwrap_or(0);
    let steps = boxes().filter(|it| it.kind != Kind::Gate);
    let abouts = steps.map(|it| it.about.chars().count()).max().unwrap_or(0);
    let lanes = folded.lanes.iter().map(|lane| {
        let (mut text, indent) = match &lane.title {
            Some(title) => (format!("{title}\n"), "  "),
            None => (String::new(), ""),
        };
        for at in lane.boxes.clone() {
            let Some(it) = folded.boxes.get(at) else { continue };
            let after = match folded.after(at) {
                After::Nothing => String::new(),
                After::Lane(lane) => format!("after {}", folded.name(lane)),
                After::Boxes(boxes) => format!("after {}", boxes.join(", ")),
            };
            let width = labels + 2 - indent.len();
            let line = format!("{indent}{:<width$}  {:<abouts$}  {after}", it.label, it.about);
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    });
    lanes.collect::<Vec<_>>().join("\n")
}

/// For Graphviz.
pub(crate) fn dot(graph: &Graph) -> String {
    let folded = Folded::of(graph);
    let mut text =
        "digraph runbook {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n".to_owned();
    for (at, lane) in folded.lanes.iter().enumerate() {
        let nodes = lane.boxes.clone().filter_map(|at| Some((at, folded.boxes.get(at)?)));
        let nodes = nodes.map(|(at, it)| {
            let shape = match it.kind {
                Kind::Check | Kind::Change => "",
                Kind::OneWay => ", color=red",
                Kind::Gate => ", shape=diamond",
                Kind::Watch => ", shape=oval",
            };
            format!("  n{at} [label={}{shape}];\n", quoted(&it.label))
        });
        let nodes: String = nodes.collect();
        match &lane.title {
            Some(title) => {
                let _ = write!(text, "  subgraph cluster_{at} {{\n  label={};\n{nodes}  }}\n", quoted(title));
            }
            None => text.push_str(&nodes),
        }
    }
    for (from, to) in folded.edges() {
        let _ = writeln!(text, "  n{from} -> n{to};");
    }
    text + "}\n"
}

/// For Mermaid.
pub(crate) fn mermaid(graph: &Graph) -> String {
    let folded = Folded::of(graph);
    let mut text = "flowchart LR\n".to_owned();
    for (at, lane) in folded.lanes.iter().enumerate() {
        let nodes = lane.boxes.clone().filter_map(|at| Some((at, folded.boxes.get(at)?)));
        let nodes = nodes.map(|(at, it)| {
            let label = quoted(&it.label.replace('"', "'"));
            match it.kind {
                Kind::Check | Kind::Change | Kind::OneWay => format!("  n{at}[{label}]\n"),
                Kind::Gate => format!("  n{at}{{{label}}}\n"),
                Kind::Watch => format!("  n{at}([{label}])\n"),
            }
        });
        let nodes: String = nodes.collect();
        match &lane.title {
            Some(title) => {
                let _ = write!(text, "  subgraph lane{at}[{}]\n{nodes}  end\n", quoted(title));
            }
            None => text.push_str(&nodes),
        }
    }
    for (from, to) in folded.edges() {
        let _ = writeln!(text, "  n{from} --> n{to}");
    }
    text
}

/// For programs: every node, also each instance of a fan-out, with what it waits for.
pub(crate) fn json(graph: &Graph) -> serde_json::Value {
    let nodes = graph.sequence.iter().chain(&graph.watches).filter_map(|at| {
        let id = graph.id(*at)?;
        let phase = match graph.order.node_weight(*at)? {
            Node::Step(step) => step.phase.as_ref(),
            Node::Gate(gate) => gate.phase.as_ref(),
            Node::Watch(_) | Node::Joint => None,
        };
        Some(serde_json::json!({
            "node": id, "is": what(graph, *at), "phase": phase, "after": predecessors(graph, *at),
        }))
    });
    serde_json::json!({ "nodes": nodes.collect::<Vec<_>>() })
}

fn what(graph: &Graph, at: NodeIndex) -> String {
    match graph.order.node_weight(at) {
        Some(Node::Step(step)) => action(step),
        Some(Node::Gate(_)) => "gate".to_owned(),
        Some(Node::Watch(watch)) => action(&watch.node),
        Some(Node::Joint) | None => String::new(),
    }
}

/// The action of a step as the runbook calls it.
fn action(step: &StepNode) -> String {
    let module = step.step.module.as_ref().map(|name| format!("{}.", name.node)).unwrap_or_default();
    format!("{module}{}", step.action.name.node)
}

/// What a node waits for; a fan-out is named once, by its step.
fn predecessors(graph: &Graph, at: NodeIndex) -> Vec<String> {
    let (mut names, mut open) = (Vec::new(), vec![at]);
    while let Some(at) = open.pop() {
        for before in graph.order.neighbors_directed(at, Direction::Incoming) {
            let name = match graph.order.node_weight(before) {
                Some(Node::Joint) => {
                    open.push(before);
                    continue;
                }
                Some(Node::Step(step)) if step.key.is_some() => format!("all {}", step.step.name.node),
                Some(Node::Step(step)) => step.id.to_string(),
                Some(Node::Gate(gate)) => gate.id.to_string(),
                Some(Node::Watch(_)) | None => continue,
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.sort();
    names
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
