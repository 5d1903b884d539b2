//! The run as a pure state machine: no clock, no randomness, no I/O.
//!
//! [`Run::apply`] folds an event into the state; the same function serves a live run and a resume, which is the
//! journal applied to an empty state. [`Run::consequences`] says which events follow from the state by themselves,
//! [`Run::effect`] what is to be done for a node, [`Run::interpret`] what an observation means. Whoever drives the
//! run writes every event to the journal before it applies it.

mod back;
mod bounds;
mod event;
mod interpret;
mod policy;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use hcxrun_dsl::syntax::Retry;
use hcxrun_dsl::{Cause, Fields, Value};
use jiff::Timestamp;
use petgraph::Direction;
use petgraph::graph::NodeIndex;

pub use back::Todo;
pub use bounds::{Bounds, bounds};
pub use event::{Course, Event, EventKind, Extent, Outcome, Verdict};
pub use interpret::{Answer, Effect};
pub use state::{Active, Activity, GateState, IllegalEvent, StepState};

use crate::graph::{Graph, Node, set_output};
use crate::ids::NodeId;
use crate::look::{Known, Way};

/// How often an undo is tried before a person has to do it: a way back is worth more patience than a way forward.
pub(crate) const UNDO_RETRY: Retry =
    Retry { attempts: 10, from: Duration::from_secs(10), to: Duration::from_secs(120) };

/// A run: a graph and how far it has come.
#[derive(Debug, Clone)]
pub struct Run {
    graph: Arc<Graph>,
    seed: u64,
    course: Course,
    reason: String,
    outcome: Option<Outcome>,
    /// The moments of the first and the last event.
    span: Option<(Timestamp, Timestamp)>,
    nodes: Vec<NodeState>,
    /// Inputs, systems and what steps have put out.
    names: Fields,
    /// Predecessors that have not let pass yet, by node.
    open: Vec<u32>,
    /// Nodes that may begin.
    ready: BTreeSet<NodeIndex>,
    /// Steps under way.
    active: BTreeSet<NodeIndex>,
    /// Nodes that have not let their successors pass.
    remaining: usize,
    /// Instances under way, by step.
    running: BTreeMap<Arc<str>, usize>,
    /// Instances that failed, by step.
    failures: BTreeMap<Arc<str>, usize>,
    /// Steps whose failure has not led to anything yet.
    unhandled: Vec<NodeIndex>,
    /// Whether anything was ever sent that changes something.
    changed: bool,
    /// Steps whose undo has begun on this way back.
    tried: BTreeSet<NodeIndex>,
    /// The way back, once it has begun.
    back: Option<back::Back>,
}

#[derive(Debug, Clone)]
enum NodeState {
    Step(StepState),
    Gate(GateState),
    Joint,
}

impl Run {
    /// A run that has not begun.
    #[expect(clippy::needless_pass_by_value, reason = "the run keeps it")]
    pub fn new(graph: Arc<Graph>, seed: u64) -> Self {
        let order = &graph.order;
        let open: Vec<u32> = order
            .node_indices()
            .map(|at| {
                u32::try_from(order.neighbors_directed(at, Direction::Incoming).count()).unwrap_or(u32::MAX)
            })
            .collect();
        let nodes = order.node_weights().map(|node| match node {
            Node::Step(_) => NodeState::Step(StepState::Waiting),
            Node::Gate(_) => NodeState::Gate(GateState::Waiting),
            Node::Joint => NodeState::Joint,
        });
        let mut run = Run {
            seed,
            course: Course::Forward,
            reason: String::new(),
            outcome: None,
            span: None,
            nodes: nodes.collect(),
            names: graph.unknown_outputs(),
            ready: BTreeSet::new(),
            active: BTreeSet::new(),
            remaining: order.node_count(),
            running: BTreeMap::new(),
            failures: BTreeMap::new(),
            unhandled: Vec::new(),
            changed: false,
            tried: BTreeSet::new(),
            back: None,
            open: Vec::new(),
            graph: Arc::clone(&graph),
        };
        let free: Vec<_> = order.node_indices().filter(|at| open.get(at.index()) == Some(&0)).collect();
        run.open = open;
        free.into_iter().for_each(|at| run.may_begin(at));
        run
    }

    /// The graph.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// Where the run is heading.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// Why it is heading there, or why it ended.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// How it ended, when it has.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// The moments of the first and the last event.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.span
    }

    /// Inputs, systems and what steps have put out.
    pub fn names(&self) -> &Fields {
        &self.names
    }

    /// Where a step is; `None` for what is no step.
    pub fn step(&self, at: NodeIndex) -> Option<&StepState> {
        match self.nodes.get(at.index())? {
            NodeState::Step(state) => Some(state),
            NodeState::Gate(_) | NodeState::Joint => None,
        }
    }

    /// Where a gate is; `None` for what is no gate.
    pub fn gate(&self, at: NodeIndex) -> Option<&GateState> {
        match self.nodes.get(at.index())? {
            NodeState::Gate(state) => Some(state),
            NodeState::Step(_) | NodeState::Joint => None,
        }
    }

    /// Steps under way.
    pub fn active(&self) -> impl Iterator<Item = NodeIndex> {
        self.active.iter().copied()
    }

    /// Folds an event into the state.
    ///
    /// # Errors
    /// When the event cannot follow: the journal is of another program, or there is a defect. The state is then not
    /// to be used any more.
    pub fn apply(&mut self, event: &Event) -> Result<(), Box<IllegalEvent>> {
        self.span = Some((self.span.map_or(event.at, |(first, _)| first), event.at));
        match &event.kind {
            EventKind::Turned { course, reason } => self.turn(course, reason),
            EventKind::Ended { outcome, reason } => {
                self.outcome = Some(*outcome);
                self.reason.clone_from(reason);
            }
            kind => {
                let Some(at) = kind.node().and_then(|id| self.graph.find(id)) else {
                    return Err(unknown_node(kind.node()));
                };
                self.apply_to(at, event)?;
            }
        }
        self.begin_way_back();
        Ok(())
    }

    fn apply_to(&mut self, at: NodeIndex, event: &Event) -> Result<(), Box<IllegalEvent>> {
        let attempts = self.attempts(at, event);
        let Some(slot) = self.nodes.get_mut(at.index()) else {
            return Err(unknown_node(event.kind.node()));
        };
        match std::mem::replace(slot, NodeState::Joint) {
            NodeState::Step(before) => {
                let was_active = before.active().is_some();
                let after = before.after(event, attempts)?;
                *slot = NodeState::Step(after);
                self.step_moved(at, was_active, event);
                Ok(())
            }
            NodeState::Gate(before) => {
                let after = before.after(event)?;
                let passed = after == GateState::Passed;
                let closed = matches!(after, GateState::Closed { .. });
                *slot = NodeState::Gate(after);
                self.ready.remove(&at);
                if passed {
                    self.pass(at);
                } else if closed {
                    self.unhandled.push(at);
                }
                Ok(())
            }
            NodeState::Joint => Err(unknown_node(event.kind.node())),
        }
    }

    /// Keeps the books after a step moved.
    fn step_moved(&mut self, at: NodeIndex, was_active: bool, event: &Event) {
        let graph = Arc::clone(&self.graph);
        let Some(node) = graph.step(at) else { return };
        let is_active = self.step(at).is_some_and(|state| state.active().is_some());
        if is_active != was_active {
            let running = self.running.entry(Arc::clone(&node.step.name.node)).or_default();
            if is_active {
                *running += 1;
                self.active.insert(at);
                self.ready.remove(&at);
            } else {
                *running = running.saturating_sub(1);
                self.active.remove(&at);
            }
        }
        match event.kind {
            EventKind::Intended { .. } => self.changed = true,
            EventKind::Begun { way: Way::Undo, .. } => {
                self.tried.insert(at);
            }
            _ => {}
        }
        if let EventKind::Settled { way: Way::Change, outputs, .. } = &event.kind {
            let outputs = outputs
                .iter()
                .map(|(name, json)| (Arc::from(name.as_str()), Value::from_tagged(json.clone())));
            set_output(&mut self.names, node, Value::record(outputs.collect()));
        }
        let word = match self.step(at) {
            Some(StepState::Skipped { .. }) => {
                self.ready.remove(&at);
                self.pass(at);
                return;
            }
            Some(StepState::Already | StepState::Done { .. }) => {
                self.pass(at);
                return;
            }
            Some(StepState::Undone) => {
                set_output(&mut self.names, node, Value::unknown(Cause::Step(node.id.shared())));
                self.cleared(at);
                return;
            }
            Some(state) => state,
            None => return,
        };
        if matches!(word, StepState::Refused { .. } | StepState::Failed { .. } | StepState::Unknown { .. }) {
            *self.failures.entry(Arc::clone(&node.step.name.node)).or_default() += 1;
            if self.is_borne(at) {
                self.pass(at);
            } else {
                self.unhandled.push(at);
            }
        }
    }

    /// Lets the successors of a node come one step nearer; joints are passed at once.
    fn pass(&mut self, at: NodeIndex) {
        let graph = Arc::clone(&self.graph);
        let mut passing = vec![at];
        while let Some(at) = passing.pop() {
            self.remaining = self.remaining.saturating_sub(1);
            for next in graph.order.neighbors(at) {
                let Some(open) = self.open.get_mut(next.index()) else { continue };
                *open = open.saturating_sub(1);
                if *open == 0 {
                    match graph.order.node_weight(next) {
                        Some(Node::Joint) => passing.push(next),
                        _ => self.may_begin(next),
                    }
                }
            }
        }
    }

    fn may_begin(&mut self, at: NodeIndex) {
        match self.nodes.get(at.index()) {
            Some(NodeState::Joint) => self.pass(at),
            _ => {
                self.ready.insert(at);
            }
        }
    }

    fn turn(&mut self, course: &Course, reason: &str) {
        self.course = course.clone();
        reason.clone_into(&mut self.reason);
        self.outcome = None;
        self.back = None;
        self.tried.clear();
        self.unhandled.clear();
        if *course == Course::Forward {
            self.rebuild();
        }
    }

    /// Works the books out anew from the states: after a hold, what failed or was taken back may begin again.
    fn rebuild(&mut self) {
        let graph = Arc::clone(&self.graph);
        let fresh = Run::new(Arc::clone(&graph), self.seed);
        (self.open, self.ready, self.remaining) = (fresh.open, fresh.ready, fresh.remaining);
        self.failures.clear();
        for at in graph.sequence.iter().copied() {
            match self.nodes.get(at.index()) {
                Some(
                    NodeState::Step(StepState::Skipped { .. } | StepState::Already | StepState::Done { .. })
                    | NodeState::Gate(GateState::Passed),
                ) => {
                    self.ready.remove(&at);
                    self.pass(at);
                }
                Some(NodeState::Step(StepState::Active(_)) | NodeState::Gate(GateState::Open { .. })) => {
                    self.ready.remove(&at);
                }
                Some(NodeState::Step(_) | NodeState::Gate(_) | NodeState::Joint) | None => {}
            }
        }
    }

    /// How many attempts a step has, on the way that it is going.
    fn attempts(&self, at: NodeIndex, event: &Event) -> u32 {
        let back = self.step(at).and_then(StepState::active).is_some_and(|active| active.way == Way::Undo)
            || matches!(event.kind, EventKind::Begun { way: Way::Undo, .. });
        self.retry(at, if back { Way::Undo } else { Way::Change }).attempts
    }

    fn retry(&self, at: NodeIndex, way: Way) -> Retry {
        let own = self.graph.step(at).map_or(UNDO_RETRY, crate::graph::StepNode::retry);
        match way {
            Way::Change => own,
            Way::Undo if own.attempts > UNDO_RETRY.attempts => own,
            Way::Undo => UNDO_RETRY,
        }
    }

    /// What is known of a step for a look at it.
    pub fn known<'a>(&'a self, before: Option<&'a Fields>, response: &'a Value) -> Known<'a> {
        Known { names: &self.names, before, response }
    }

    /// What a step saw before its change: its `before.x`.
    pub fn before_of(&self, at: NodeIndex) -> Option<Fields> {
        let intent = self.step(at)?.trace()?;
        let values = intent.before.iter();
        Some(
            values.map(|(name, json)| (Arc::from(name.as_str()), Value::from_tagged(json.clone()))).collect(),
        )
    }

    /// The answer to a step's change, as far as it is known.
    pub fn response_of(&self, at: NodeIndex) -> Value {
        match self.step(at).and_then(StepState::active).map(|active| &active.activity) {
            Some(Activity::Polling { response }) => Value::from_json(response.clone()),
            _ => Value::unknown(Cause::Answer),
        }
    }
}

/// The pause before an attempt: exponential, with jitter that comes from the run's seed alone.
pub(crate) fn backoff(retry: &Retry, attempt: u32, seed: u64, node: &NodeId) -> Duration {
    let ceiling = backoff_ceiling(retry, attempt);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).update(node.as_str().as_bytes()).update(&attempt.to_le_bytes());
    let byte = hasher.finalize().as_bytes().first().copied().unwrap_or(0);
    let half = ceiling / 2;
    (half + half.mul_f64(f64::from(byte) / 255.0)).max(retry.from.min(ceiling))
}

/// The longest pause after so many attempts.
pub(crate) fn backoff_ceiling(retry: &Retry, attempt: u32) -> Duration {
    let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
    retry.from.saturating_mul(factor).min(retry.to)
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "it is the rare side of a result that is passed about often"
)]
fn unknown_node(node: Option<&NodeId>) -> Box<IllegalEvent> {
    Box::new(IllegalEvent {
        node: node.map(ToString::to_string).unwrap_or_default(),
        event: "an event".to_owned(),
        state: "a graph without that node".to_owned(),
    })
}
