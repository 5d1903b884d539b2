//! The way back: against the edges of the graph, independent branches together, past a stuck step with everything
//! that nothing stuck rests on. What changed the same resource goes back in turn, the last one first: the graph need
//! not have an order for it, but each remembers what the one before it left.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use petgraph::Direction;
use petgraph::graph::NodeIndex;

use super::{Course, EventKind, Extent, Run, StepState};
use crate::graph::Node;
use crate::ids::{NodeId, PhaseName};
use crate::look::Way;

/// How far the way back has come.
#[derive(Debug, Clone)]
pub(super) struct Back {
    /// Successors that are not clear yet, by node.
    open: Vec<u32>,
    /// Steps that changed the same resource before this one did.
    earlier: BTreeMap<NodeIndex, Vec<NodeIndex>>,
    /// Steps that may begin their undo.
    ready: BTreeSet<NodeIndex>,
}

impl Run {
    /// Starts the way back once nothing is under way any more: only then is it known what there is to undo.
    pub(super) fn begin_way_back(&mut self) {
        if self.back.is_some() || !matches!(self.course, Course::Back(_)) || !self.active.is_empty() {
            return;
        }
        let order = &self.graph.order;
        let open = order.node_indices().map(|at| order.neighbors(at).count());
        let mut open: Vec<u32> = open.map(|n| u32::try_from(n).unwrap_or(u32::MAX)).collect();
        let earlier = self.earlier();
        for at in earlier.values().flatten() {
            if let Some(open) = open.get_mut(at.index()) {
                *open += 1;
            }
        }
        let free: Vec<_> = order.node_indices().filter(|at| open.get(at.index()) == Some(&0)).collect();
        self.back = Some(Back { open, earlier, ready: BTreeSet::new() });
        self.reach(free);
    }

    /// For each step to undo, those that changed one of its resources just before it.
    fn earlier(&self) -> BTreeMap<NodeIndex, Vec<NodeIndex>> {
        let mut changers = BTreeMap::<&str, Vec<(usize, NodeIndex)>>::new();
        for (at, place) in self.intents.iter().filter(|(at, _)| self.is_to_undo(**at)) {
            let intent = self.step(*at).and_then(StepState::trace);
            let touches = intent.into_iter().flat_map(|intent| &intent.touches);
            touches.for_each(|name| changers.entry(name).or_default().push((*place, *at)));
        }
        let mut earlier = BTreeMap::<NodeIndex, Vec<NodeIndex>>::new();
        for mut all in changers.into_values() {
            all.sort_unstable();
            for pair in all.windows(2) {
                if let [(_, first), (_, second)] = pair {
                    earlier.entry(*second).or_default().push(*first);
                }
            }
        }
        earlier
    }

    /// Nodes whose successors are clear: a step to undo is ready, anything else is clear itself.
    fn reach(&mut self, mut free: Vec<NodeIndex>) {
        let graph = Arc::clone(&self.graph);
        while let Some(at) = free.pop() {
            if self.is_to_undo(at) {
                if let Some(back) = &mut self.back {
                    back.ready.insert(at);
                }
                continue;
            }
            let Some(back) = &mut self.back else { return };
            let earlier = back.earlier.remove(&at).unwrap_or_default();
            for before in graph.order.neighbors_directed(at, Direction::Incoming).chain(earlier) {
                if let Some(open) = back.open.get_mut(before.index()) {
                    *open = open.saturating_sub(1);
                    if *open == 0 {
                        free.push(before);
                    }
                }
            }
        }
    }

    /// A step was taken back.
    pub(super) fn cleared(&mut self, at: NodeIndex) {
        self.intents.remove(&at);
        if let Some(back) = &mut self.back {
            back.ready.remove(&at);
            self.reach(vec![at]);
        }
    }

    pub(super) fn back_beginnings(&self) -> Vec<EventKind> {
        let Some(back) = &self.back else { return Vec::new() };
        let waiting = |at: &&NodeIndex| {
            matches!(
                self.step(**at),
                Some(StepState::Done { .. } | StepState::Failed { .. } | StepState::Unknown { .. })
            ) || (self.step(**at).is_some_and(|state| matches!(state, StepState::Stuck { .. }))
                && !self.tried.contains(*at))
        };
        let ids = back.ready.iter().filter(waiting).filter_map(|at| self.graph.id(*at));
        ids.map(|id| EventKind::Begun { node: id.clone(), way: Way::Undo }).collect()
    }

    fn is_to_undo(&self, at: NodeIndex) -> bool {
        self.step(at).is_some_and(|state| state.trace().is_some()) && self.is_in_extent(at)
    }

    fn is_in_extent(&self, at: NodeIndex) -> bool {
        let phase = self.graph.step(at).and_then(|node| node.phase.as_ref());
        match &self.course {
            Course::Back(Extent::Whole) => true,
            Course::Back(Extent::Phase(only)) => phase == Some(only),
            Course::Back(Extent::To(last)) => match phase {
                Some(phase) => self.place_of(phase) > self.place_of(last),
                // What stands outside of phases is behind a checkpoint when it comes later in the text.
                None => self.comes_after(at, last),
            },
            Course::Forward | Course::Hold => false,
        }
    }

    fn place_of(&self, phase: &PhaseName) -> Option<usize> {
        self.graph.phases.iter().position(|other| other == phase)
    }

    fn comes_after(&self, at: NodeIndex, phase: &PhaseName) -> bool {
        let graph = &self.graph;
        let phase_of = |at: NodeIndex| match graph.order.node_weight(at)? {
            Node::Step(node) => node.phase.as_ref(),
            Node::Gate(node) => node.phase.as_ref(),
            Node::Watch(_) | Node::Joint => None,
        };
        let own = graph.sequence.iter().position(|it| *it == at);
        let last = graph.sequence.iter().rposition(|it| phase_of(*it) == Some(phase));
        last.is_some() && own > last
    }

    /// What a person has to take back, in the order in which to do it.
    pub fn todo(&self) -> impl Iterator<Item = Todo> {
        let in_order = self.graph.sequence.iter().rev();
        in_order.filter(|at| self.is_in_extent(**at)).filter_map(|at| {
            let (task, because) = match self.step(*at)? {
                StepState::Stuck { task, reason, .. } => (task.clone(), reason.clone()),
                StepState::Done { intent }
                | StepState::Failed { intent, .. }
                | StepState::Unknown { intent, .. } => {
                    (format!("take back: {}", intent.sentence), Some("a later step is stuck".to_owned()))
                }
                _ => return None,
            };
            Some(Todo { node: self.graph.id(*at)?.clone(), task, because })
        })
    }
}

/// Something that a person has to do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Todo {
    /// The step.
    pub node: NodeId,
    /// What is to be done.
    pub task: String,
    /// Why hcxrun has not done it; none when it cannot be done by a request.
    pub because: Option<String>,
}
