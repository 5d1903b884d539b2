//! Where something can go wrong: requests that are made together, and writes of the journal.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use petgraph::graph::NodeIndex;

use super::night::{Asked, Night};
use super::stage::Stage;
use super::{Act, Fault, Mishap, Place};
use crate::look::Way;
use crate::run::{Activity, StepState};

/// A night to be played: from here on, with this mishap.
pub(super) struct Job<S> {
    pub(super) night: Arc<Night<S>>,
    pub(super) place: Place,
    pub(super) mishap: Mishap,
    /// How many requests pass before the one that meets the fault.
    pub(super) skip: usize,
    /// How many more mishaps there are to be in it.
    pub(super) depth: u8,
}

/// Requests that are made together.
pub(super) struct Point<S> {
    pub(super) night: Arc<Night<S>>,
    pub(super) at: NodeIndex,
    pub(super) requests: usize,
}

impl<S: Stage> Point<S> {
    /// A night for each of its requests and each fault.
    pub(super) fn jobs(self, depth: u8) -> impl Iterator<Item = Job<S>> {
        let place = asking(&self.night, self.at);
        let faults = (0..self.requests).flat_map(|skip| Fault::ALL.map(|fault| (skip, fault)));
        faults.map(move |(skip, fault)| Job {
            night: Arc::clone(&self.night),
            place: place.clone(),
            mishap: Mishap::Request(fault),
            skip,
            depth: depth - 1,
        })
    }
}

/// Polls that bring nothing are alike: of those of one step at one thing, the first is taken and the last, which
/// brings something.
pub(super) struct Polls<S> {
    seen: HashSet<(NodeIndex, Asked)>,
    last: HashMap<NodeIndex, BTreeMap<Asked, Point<S>>>,
}

impl<S> Default for Polls<S> {
    fn default() -> Self {
        Self { seen: HashSet::new(), last: HashMap::new() }
    }
}

impl<S: Stage> Polls<S> {
    /// The point, when it is to be taken now.
    pub(super) fn sift(&mut self, asked: Option<Asked>, point: Point<S>) -> Option<Point<S>> {
        let Some(asked) = asked else { return Some(point) };
        if self.seen.insert((point.at, asked)) {
            return Some(point);
        }
        self.last.entry(point.at).or_default().insert(asked, point);
        None
    }

    /// The last polls of the steps to which something has happened.
    pub(super) fn ended(&mut self, night: &Night<S>) -> Vec<Point<S>> {
        let graph = night.run().graph();
        let nodes = night.unwritten().iter().filter_map(|event| graph.find(event.kind.node()?));
        let ended = nodes.filter_map(|at| self.last.remove(&at));
        ended.flat_map(BTreeMap::into_values).collect()
    }
}

/// What is asked next, and for which step.
fn asking<S: Stage>(night: &Night<S>, at: NodeIndex) -> Place {
    let active = night.run().step(at).and_then(StepState::active);
    let act = match active.map(|it| (it.way, &it.activity)) {
        Some((Way::Change, Activity::Sending)) => Act::Changes,
        Some((Way::Undo, Activity::Sending)) => Act::Undoes,
        Some((Way::Undo, _)) => Act::ReadsBack,
        Some((Way::Change, _)) | None => Act::Reads,
    };
    Place { node: night.run().graph().id(at).cloned(), act }
}

/// What is written next is about this step.
pub(super) fn writing<S: Stage>(night: &Night<S>) -> Place {
    let node = night.unwritten().iter().rev().find_map(|event| event.kind.node()).cloned();
    Place { node, act: Act::Writes }
}
