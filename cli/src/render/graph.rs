//! The graph of a runbook, as text and for other programs.

use hcxrun_engine::{Graph, Node, StepNode};
use petgraph::Direction;
use petgraph::graph::NodeIndex;

/// One line a node, with what it waits for.
pub(crate) fn text(graph: &Graph) -> String {
    let mut text = String::new();
    for at in graph.sequence.iter().chain(&graph.watches) {
        let Some(id) = graph.id(*at) else { continue };
        let before = predecessors(graph, *at);
        let after = if before.is_empty() { String::new() } else { format!("  after {}", before.join(", ")) };
        text.push_str(&format!("{id}  {}{after}\n", what(graph, *at)));
    }
    text
}

fn what(graph: &Graph, at: NodeIndex) -> String {
    match graph.order.node_weight(at) {
        Some(Node::Step(step)) => action(step),
        Some(Node::Gate(_)) => "gate".to_owned(),
        Some(Node::Watch(watch)) => {
            format!("{} every {}", action(&watch.node), super::duration(watch.invariant.every.node))
        }
        Some(Node::Joint) | None => String::new(),
    }
}

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

/// For Graphviz.
pub(crate) fn dot(graph: &Graph) -> String {
    let mut text =
        "digraph runbook {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n".to_owned();
    for at in graph.order.node_indices() {
        let shape = match graph.order.node_weight(at) {
            Some(Node::Step(_)) => "",
            Some(Node::Gate(_)) => ", shape=diamond",
            Some(Node::Watch(_)) => ", shape=oval",
            Some(Node::Joint) | None => ", shape=point",
        };
        text.push_str(&format!("  n{} [label={}{shape}];\n", at.index(), quoted(&label(graph, at))));
    }
    for edge in graph.order.edge_indices() {
        if let Some((from, to)) = graph.order.edge_endpoints(edge) {
            text.push_str(&format!("  n{} -> n{};\n", from.index(), to.index()));
        }
    }
    text + "}\n"
}

/// For Mermaid.
pub(crate) fn mermaid(graph: &Graph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for at in graph.order.node_indices() {
        let label = quoted(&label(graph, at).replace('"', "'"));
        let shape = match graph.order.node_weight(at) {
            Some(Node::Step(_)) => format!("[{label}]"),
            Some(Node::Gate(_)) => format!("{{{label}}}"),
            Some(Node::Watch(_)) => format!("([{label}])"),
            Some(Node::Joint) | None => "((\" \"))".to_owned(),
        };
        text.push_str(&format!("  n{}{shape}\n", at.index()));
    }
    for edge in graph.order.edge_indices() {
        if let Some((from, to)) = graph.order.edge_endpoints(edge) {
            text.push_str(&format!("  n{} --> n{}\n", from.index(), to.index()));
        }
    }
    text
}

/// For programs: nodes with what they wait for.
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

fn label(graph: &Graph, at: NodeIndex) -> String {
    graph.id(at).map(ToString::to_string).unwrap_or_default()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
