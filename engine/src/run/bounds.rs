//! How long things may take, from the hard bounds alone.

use std::time::Duration;

use petgraph::graph::NodeIndex;

use crate::graph::Graph;

/// The worst case of a graph.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// From the first step to the last, when every step takes as long as it may.
    pub total: Duration,
    /// The chain of steps that is as long as that.
    pub chain: Vec<NodeIndex>,
}

/// The longest chain of a graph. Instances of a fan-out that may not all run at once count as waves.
pub fn bounds(graph: &Graph) -> Bounds {
    let mut longest: Vec<(Duration, Option<NodeIndex>)> =
        vec![(Duration::ZERO, None); graph.order.node_count()];
    let mut end = (Duration::ZERO, None);
    for at in graph.sequence.iter().copied() {
        let before = graph.order.neighbors_directed(at, petgraph::Direction::Incoming);
        let longest_before = before
            .map(|from| (longest.get(from.index()).map_or(Duration::ZERO, |it| it.0), Some(from)))
            .max_by_key(|(duration, _)| *duration)
            .unwrap_or((Duration::ZERO, None));
        let total = (longest_before.0.saturating_add(own(graph, at)), longest_before.1);
        if let Some(slot) = longest.get_mut(at.index()) {
            *slot = total;
        }
        if total.0 >= end.0 {
            end = (total.0, Some(at));
        }
    }
    let mut chain = Vec::new();
    let mut next = end.1;
    while let Some(at) = next {
        chain.push(at);
        next = longest.get(at.index()).and_then(|it| it.1);
    }
    chain.reverse();
    chain.retain(|at| graph.step(*at).is_some());
    Bounds { total: end.0, chain }
}

fn own(graph: &Graph, at: NodeIndex) -> Duration {
    if let Some(gate) = graph.gate(at) {
        return gate.gate.within.as_ref().map_or(Duration::ZERO, |within| within.node);
    }
    let Some(step) = graph.step(at) else { return Duration::ZERO };
    let fan = graph.fans.get(&step.step.name.node);
    let waves = fan.map_or(1, |fan| fan.limit.map_or(1, |limit| fan.instances.len().div_ceil(limit.max(1))));
    step.worst().saturating_mul(u32::try_from(waves).unwrap_or(u32::MAX))
}
