//! The order between nodes: what refers to what, and one sequence that respects it.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::Arc;

use hcxrun_dsl::syntax::{Expr, ExprKind, Let, Step};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use super::Node;

/// Nodes in an order that the edges allow; of those that are free, the one that was written first.
pub(super) fn sequence(graph: &DiGraph<Node, ()>) -> Result<Vec<NodeIndex>, ()> {
    let mut open: Vec<usize> =
        graph.node_indices().map(|at| graph.neighbors_directed(at, Direction::Incoming).count()).collect();
    let mut free: BinaryHeap<Reverse<NodeIndex>> = graph
        .node_indices()
        .filter(|at| graph.neighbors_directed(*at, Direction::Incoming).next().is_none())
        .map(Reverse)
        .collect();
    let mut sequence = Vec::with_capacity(graph.node_count());
    while let Some(Reverse(at)) = free.pop() {
        sequence.push(at);
        for next in graph.neighbors(at) {
            if let Some(count) = open.get_mut(next.index()) {
                *count -= 1;
                if *count == 0 {
                    free.push(Reverse(next));
                }
            }
        }
    }
    if sequence.len() == graph.node_count() { Ok(sequence) } else { Err(()) }
}

/// Whether there is an edge from one node to the other, directly or over others.
pub(super) fn reaches(graph: &DiGraph<Node, ()>, from: NodeIndex, to: NodeIndex) -> bool {
    graph.contains_edge(from, to) || petgraph::algo::has_path_connecting(graph, from, to, None)
}

/// The names that each of these nodes mentions: some of them are steps that it has to wait for.
pub(super) fn references(
    graph: &DiGraph<Node, ()>,
    nodes: &[NodeIndex],
    lets: &[Let],
) -> Vec<(NodeIndex, BTreeSet<Arc<str>>)> {
    let of_node = |at: &NodeIndex| {
        let mut names = BTreeSet::new();
        match graph.node_weight(*at)? {
            Node::Step(node) => names = names_of(&node.step, lets),
            Node::Gate(node) => names_in(&node.gate.ask, lets, &mut names),
            Node::Watch(_) | Node::Joint => {}
        }
        Some((*at, names))
    };
    nodes.iter().filter_map(of_node).collect()
}

/// All names that a step mentions.
pub(super) fn names_of(step: &Step, lets: &[Let]) -> BTreeSet<Arc<str>> {
    let mut names: BTreeSet<_> = step.after.iter().map(|name| Arc::clone(&name.node)).collect();
    let arguments = step.arguments.iter().map(|argument| &argument.value);
    arguments.chain(&step.when).for_each(|expr| names_in(expr, lets, &mut names));
    names
}

/// All names that an expression mentions, through the lets of the runbook.
fn names_in(expr: &Expr, lets: &[Let], names: &mut BTreeSet<Arc<str>>) {
    if let ExprKind::Name(name) = &expr.kind
        && names.insert(Arc::clone(name))
        && let Some(found) = lets.iter().find(|it| it.name.node == *name)
    {
        names_in(&found.value, lets, names);
    }
    expr.for_each_part(&mut |part| names_in(part, lets, names));
}
