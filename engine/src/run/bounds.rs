//! How long things may take, from the hard bounds alone.

use std::time::Duration;

use petgraph::graph::NodeIndex;

use crate::graph::Graph;

/// The worst case of a graph.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// From the first step to the end of the soak, when every step takes as long as it may.
    pub total: Duration,
    /// The chain of steps and gates that is as long as that.
    pub chain: Vec<NodeIndex>,
}

/// The longest chain of a graph. Instances of a fan-out that may not all run at once count as waves.
pub fn bounds(graph: &Graph) -> Bounds {
    let ends = ends(graph, &|_| true);
    let end = |at: &NodeIndex| ends.get(at.index()).copied().unwrap_or_default();
    let last = graph.sequence.iter().copied().max_by_key(end);
    Bounds {
        total: last.map(|at| end(&at)).unwrap_or_default().saturating_add(graph.soak()),
        chain: last.map(|at| chain(graph, &ends, at)).unwrap_or_default(),
    }
}

/// When each node is over at the worst, by its index, when only these take time.
pub(super) fn ends(graph: &Graph, takes: &dyn Fn(NodeIndex) -> bool) -> Vec<Duration> {
    let mut ends = vec![Duration::ZERO; graph.order.node_count()];
    for at in graph.sequence.iter().copied() {
        let before = graph.order.neighbors_directed(at, petgraph::Direction::Incoming);
        let begins = before.filter_map(|from| ends.get(from.index())).max().copied().unwrap_or_default();
        let own = if takes(at) { own(graph, at) } else { Duration::ZERO };
        let end = begins.saturating_add(own);
        ends.get_mut(at.index()).into_iter().for_each(|slot| *slot = end);
    }
    ends
}

/// The longest chain of steps and gates that ends with a node.
pub(super) fn chain(graph: &Graph, ends: &[Duration], last: NodeIndex) -> Vec<NodeIndex> {
    let end = |at: &NodeIndex| ends.get(at.index()).copied().unwrap_or_default();
    let before =
        |at: &NodeIndex| graph.order.neighbors_directed(*at, petgraph::Direction::Incoming).max_by_key(end);
    let mut chain: Vec<_> = std::iter::successors(Some(last), before).collect();
    chain.reverse();
    chain.retain(|at| graph.id(*at).is_some());
    chain
}

fn own(graph: &Graph, at: NodeIndex) -> Duration {
    if let Some(gate) = graph.gate(at) {
        return gate.gate.within.as_ref().map_or(Duration::ZERO, |within| within.node);
    }
    let Some(step) = graph.step(at) else { return Duration::ZERO };
    step.worst().saturating_mul(graph.waves(step))
}
