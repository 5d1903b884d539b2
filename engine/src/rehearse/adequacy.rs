//! Which protections of a runbook nothing would miss: each undo is dropped once, and each order, and the run is played
//! without it. What ends as well as before was not needed, or the scene does not try it.

use std::sync::Arc;

use petgraph::algo::has_path_connecting;
use petgraph::graph::{EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;
use serde::Serialize;

use super::night::Night;
use super::play::{forward, has_undo, is_done, to_the_end};
use super::stage::Stage;
use super::{Play, RehearsalError};
use crate::graph::{Graph, Node};
use crate::ids::NodeId;
use crate::run::{Course, Extent, Outcome, Run};

/// Something that keeps a failure or an unlucky order from doing harm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// The undo of a step.
    Undo(NodeId),
    /// The first step comes before the others.
    Order(NodeId, Vec<NodeId>),
}

/// Which of them the run goes as well without.
#[derive(Debug, Clone, Serialize)]
pub struct Adequacy {
    /// How many were dropped, one at a time.
    pub dropped: usize,
    /// Those that nothing would miss.
    pub unmissed: Vec<Protection>,
}

/// Drops the undo of each step once, believes that it was done, and looks whether the first world comes back all the same.
///
/// # Errors
/// The run does not succeed as it is; or a defect.
pub fn without_undo<S: Stage>(play: &Play<S>) -> Result<Adequacy, RehearsalError> {
    let graph = play.run.graph();
    let mut found = Adequacy { dropped: 0, unmissed: Vec::new() };
    let done = forward(&first_night(play, graph)?, &play.systems, &|_| false)?;
    for (at, node) in graph.steps().filter(|(at, node)| has_undo(node) && is_done(&done, *at)) {
        let mut mutant = (**graph).clone();
        if let Some(Node::Step(step)) = mutant.order.node_weight_mut(at) {
            step.action = Arc::new(step.action.with_idle_undo());
        }
        let night = first_night(play, &Arc::new(mutant))?;
        let there = forward(&night, &play.systems, &|night| is_done(night, at))?;
        let end = to_the_end(there.turned(Course::Back(Extent::Whole))?, &play.systems)?;
        found.dropped += 1;
        if end.settled() == play.stage.digest() {
            found.unmissed.push(Protection::Undo(node.id.clone()));
        }
    }
    Ok(found)
}

/// Drops each order between steps once, lets the earlier step come last, and looks whether the run succeeds all the same.
///
/// # Errors
/// The run does not succeed as it is; or a defect.
pub fn without_order<S: Stage>(play: &Play<S>) -> Result<Adequacy, RehearsalError> {
    let graph = play.run.graph();
    let mut found = Adequacy { dropped: 0, unmissed: Vec::new() };
    let last = forward(&first_night(play, graph)?, &play.systems, &|_| false)?.settled();
    for edge in graph.order.edge_indices() {
        let Some((mutant, at, after)) = without_edge(graph, edge) else { continue };
        let Some(id) = graph.id(at).cloned() else { continue };
        found.dropped += 1;
        let night = first_night(play, &Arc::new(mutant))?.with_last(at);
        let end = to_the_end(night, &play.systems)?;
        if end.run().outcome() == Some(Outcome::Succeeded) && end.settled() == last {
            found.unmissed.push(Protection::Order(id, after));
        }
    }
    Ok(found)
}

/// The graph without an edge that goes out from a step; none when it is in order all the same.
fn without_edge(graph: &Graph, edge: EdgeIndex) -> Option<(Graph, NodeIndex, Vec<NodeId>)> {
    let (from, to) = graph.order.edge_endpoints(edge)?;
    graph.step(from)?;
    let mut mutant = graph.clone();
    mutant.order.remove_edge(edge);
    let after = nodes_behind(graph, to);
    let ids: Vec<_> = after.iter().filter_map(|at| graph.id(*at).cloned()).collect();
    let loose = after.iter().any(|at| !has_path_connecting(&mutant.order, from, *at, None));
    (loose && !ids.is_empty()).then_some((mutant, from, ids))
}

/// The node itself, or those behind a joint.
fn nodes_behind(graph: &Graph, at: NodeIndex) -> Vec<NodeIndex> {
    match graph.order.node_weight(at) {
        Some(Node::Joint) => {
            graph.order.edges(at).flat_map(|edge| nodes_behind(graph, edge.target())).collect()
        }
        _ => vec![at],
    }
}

fn first_night<S: Stage>(play: &Play<S>, graph: &Arc<Graph>) -> Result<Night<S>, RehearsalError> {
    let run = Run::new(Arc::clone(graph), play.run.seed());
    Night::new(run, play.files.clone(), play.stage.clone(), play.start, None)
}
