//! The run as a pure state machine: no clock, no randomness, no I/O.
//!
//! [`Run::apply`] folds an event into the state; the same function serves a live run and a resume, which is the
//! journal applied to an empty state. [`Run::consequences`] says which events follow from the state by themselves,
//! [`Run::effect`] what is to be done for a node, [`Run::interpret`] what an observation means. Whoever drives the
//! run writes every event to the journal before it applies it.

mod back;
mod bounds;
mod budget;
mod event;
mod fingerprint;
mod interpret;
mod policy;
mod state;
mod watch;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use hcxrun_dsl::syntax::Retry;
use hcxrun_dsl::{Cause, Fields, Value};
use jiff::Timestamp;
use petgraph::Direction;
use petgraph::graph::NodeIndex;

pub use back::Todo;
pub use bounds::{Bounds, bounds};
pub use budget::{Fit, Outlook, fit, worst_back};
pub use event::{Course, Event, EventKind, Extent, Outcome, Resolution, Said, Verdict};
pub(crate) use interpret::RESENDS;
pub use interpret::{Answer, Effect};
pub use state::{Active, Activity, GateState, IllegalEvent, StepState, Trace};
pub use watch::WatchState;
pub(crate) use watch::longest as longest_soak;

use crate::graph::{Graph, Node, StepNode, set_output};
use crate::ids::NodeId;
use crate::look::{Known, Way};
use crate::premise::Premises;

/// How often an undo is tried before a person has to do it: a way back is worth more patience than a way forward.
pub(crate) const UNDO_RETRY: Retry =
    Retry { attempts: 10, from: Duration::from_secs(10), to: Duration::from_secs(120) };

/// After so long no other attempt at an undo begins.
pub(crate) const UNDO_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// A run: a graph and how far it has come.
#[derive(Debug, Clone)]
pub struct Run {
    graph: Arc<Graph>,
    /// The plan that it is held to.
    plan: Option<Arc<Premises>>,
    seed: u64,
    /// Who began it: where a gate wants four eyes, theirs do not count twice.
    starter: Option<Arc<str>>,
    course: Course,
    reason: String,
    outcome: Option<Outcome>,
    /// The moments of the first and the last event.
    span: Option<(Timestamp, Timestamp)>,
    nodes: Vec<NodeState>,
    /// Inputs, systems and what steps have put out.
    names: Fields,
    /// Hashes of what steps have put out, by node.
    put_out: Vec<u64>,
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
    /// How many requests that change something were ever intended.
    changes: usize,
    /// Steps that have changed something, with the place of their first intent among all.
    intents: HashMap<NodeIndex, usize>,
    /// Resources that steps are changing, and how many do.
    held: HashMap<String, usize>,
    /// Steps whose undo has begun on this way back.
    tried: BTreeSet<NodeIndex>,
    /// The way back, once it has begun.
    back: Option<back::Back>,
    /// Until when the invariants are watched after the last step, once it is over.
    soak: Option<Timestamp>,
}

#[derive(Debug, Clone)]
enum NodeState {
    Step(StepState),
    Gate(GateState),
    Watch(WatchState),
    Joint,
}

impl Run {
    /// A run that has not begun.
    pub fn new(graph: Arc<Graph>, seed: u64) -> Self {
        let order = &graph.order;
        let nodes = order.node_weights().map(|node| match node {
            Node::Step(_) => NodeState::Step(StepState::Waiting),
            Node::Gate(_) => NodeState::Gate(GateState::Waiting),
            Node::Watch(_) => NodeState::Watch(WatchState::Unseen),
            Node::Joint => NodeState::Joint,
        });
        let mut run = Run {
            plan: None,
            seed,
            starter: None,
            course: Course::Forward,
            reason: String::new(),
            outcome: None,
            span: None,
            nodes: nodes.collect(),
            put_out: vec![0; order.node_count()],
            names: graph.unknown_outputs(),
            ready: BTreeSet::new(),
            active: BTreeSet::new(),
            remaining: 0,
            running: BTreeMap::new(),
            failures: BTreeMap::new(),
            unhandled: Vec::new(),
            changes: 0,
            intents: HashMap::new(),
            held: HashMap::new(),
            tried: BTreeSet::new(),
            back: None,
            soak: None,
            open: Vec::new(),
            graph,
        };
        run.start_over();
        run
    }

    /// Holds it to a plan: what was not planned is not sent.
    #[must_use]
    pub fn held_to(mut self, plan: Option<Arc<Premises>>) -> Self {
        self.plan = plan;
        self
    }

    /// Says who began it.
    #[must_use]
    pub fn begun_by(mut self, who: &str) -> Self {
        self.starter = Some(who).filter(|who| !who.is_empty()).map(Arc::from);
        self
    }

    /// Who began it, when that is known.
    pub fn starter(&self) -> Option<&str> {
        self.starter.as_deref()
    }

    /// The graph.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// From which all jitter comes.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
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
            NodeState::Gate(_) | NodeState::Watch(_) | NodeState::Joint => None,
        }
    }

    /// Where a gate is; `None` for what is no gate.
    pub fn gate(&self, at: NodeIndex) -> Option<&GateState> {
        match self.nodes.get(at.index())? {
            NodeState::Gate(state) => Some(state),
            NodeState::Step(_) | NodeState::Watch(_) | NodeState::Joint => None,
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
            EventKind::Resumed => self.wait_anew(event.at),
            EventKind::Soaking { until } => self.soak = Some(*until),
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
                release(&mut self.held, before.holds());
                let after = before.after(event, attempts)?;
                hold(&mut self.held, after.holds());
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
                    self.passed(at);
                } else if closed {
                    self.unhandled.push(at);
                }
                Ok(())
            }
            NodeState::Watch(before) => {
                let after = before.after(event).ok_or_else(|| unknown_node(event.kind.node()))?;
                let is_broken = matches!(after, WatchState::Broken { .. });
                *slot = NodeState::Watch(after);
                self.unhandled.extend(is_broken.then_some(at));
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
        match &event.kind {
            // The run does not go on by these; where it heads next works out anew what may begin.
            EventKind::Adopted { .. } => return,
            EventKind::Resolved { outputs, .. } => return self.settled_by_hand(at, node, outputs),
            EventKind::Intended { .. } => {
                self.changes += 1;
                self.intents.entry(at).or_insert(self.changes);
            }
            EventKind::Begun { way: Way::Undo, .. } => {
                self.tried.insert(at);
            }
            _ => {}
        }
        if let EventKind::Settled { way: Way::Change, outputs, .. } = &event.kind {
            self.put_out(at, node, outputs);
        }
        let word = match self.step(at) {
            Some(StepState::Skipped { .. }) => {
                self.ready.remove(&at);
                self.passed(at);
                return;
            }
            Some(StepState::Already { .. } | StepState::Done { .. }) => {
                self.passed(at);
                return;
            }
            Some(StepState::Undone) => {
                set_output(&mut self.names, node, Value::unknown(Cause::Step(node.id.shared())));
                self.put_out.get_mut(at.index()).into_iter().for_each(|slot| *slot = 0);
                self.cleared(at);
                return;
            }
            Some(state) => state,
            None => return,
        };
        if matches!(word, StepState::Refused { .. } | StepState::Failed { .. } | StepState::Unknown { .. }) {
            *self.failures.entry(Arc::clone(&node.step.name.node)).or_default() += 1;
            if self.is_borne(at) {
                self.passed(at);
            } else {
                self.unhandled.push(at);
            }
        }
    }

    fn put_out(&mut self, at: NodeIndex, node: &StepNode, outputs: &BTreeMap<String, serde_json::Value>) {
        if let Some(slot) = self.put_out.get_mut(at.index()) {
            *slot = hash(outputs);
        }
        let outputs =
            outputs.iter().map(|(name, json)| (Arc::from(name.as_str()), Value::from_tagged(json.clone())));
        set_output(&mut self.names, node, Value::record(outputs.collect()));
    }

    fn settled_by_hand(
        &mut self,
        at: NodeIndex,
        node: &StepNode,
        outputs: &BTreeMap<String, serde_json::Value>,
    ) {
        match self.step(at) {
            Some(StepState::Done { .. } | StepState::Already { .. }) => self.put_out(at, node, outputs),
            _ => {
                self.intents.remove(&at);
            }
        }
    }

    /// A node is done with. Its successors wait on while something before it is done anew.
    fn passed(&mut self, at: NodeIndex) {
        if self.open.get(at.index()) == Some(&0) {
            self.pass(vec![at]);
        }
    }

    /// Lets the successors of nodes come one step nearer; those that let pass themselves are passed at once.
    fn pass(&mut self, mut passing: Vec<NodeIndex>) {
        let graph = Arc::clone(&self.graph);
        while let Some(at) = passing.pop() {
            self.remaining = self.remaining.saturating_sub(1);
            for next in graph.order.neighbors(at) {
                let Some(open) = self.open.get_mut(next.index()) else { continue };
                *open = open.saturating_sub(1);
                if *open == 0 {
                    passing.extend(self.reached(next));
                }
            }
        }
    }

    /// Nothing that a node needs is open any more: it may begin, or it is given back because it lets pass.
    fn reached(&mut self, at: NodeIndex) -> Option<NodeIndex> {
        match self.nodes.get(at.index())? {
            NodeState::Joint
            | NodeState::Step(
                StepState::Skipped { .. }
                | StepState::Left { .. }
                | StepState::Already { .. }
                | StepState::Done { .. },
            )
            | NodeState::Gate(GateState::Passed) => return Some(at),
            NodeState::Step(StepState::Active(_))
            | NodeState::Gate(GateState::Open { .. })
            | NodeState::Watch(_) => {}
            NodeState::Step(_) | NodeState::Gate(_) => {
                self.ready.insert(at);
            }
        }
        None
    }

    fn wait_anew(&mut self, now: Timestamp) {
        self.watch_anew();
        for at in &self.active {
            if let Some(NodeState::Step(state)) = self.nodes.get_mut(at.index()) {
                state.wait_anew(now);
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
            self.watch_anew();
            self.failures.clear();
            self.start_over();
        }
    }

    /// Works out anew from the states what may begin: after a hold, what failed or was taken back may begin again.
    fn start_over(&mut self) {
        let graph = Arc::clone(&self.graph);
        let before = |at| graph.order.neighbors_directed(at, Direction::Incoming).count();
        self.open =
            graph.order.node_indices().map(|at| u32::try_from(before(at)).unwrap_or(u32::MAX)).collect();
        self.remaining = graph.order.node_count() - graph.watches.len();
        self.ready.clear();
        let free = graph.order.node_indices().filter(|at| before(*at) == 0 && graph.watch(*at).is_none());
        let passing = free.filter_map(|at| self.reached(at)).collect();
        self.pass(passing);
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

/// How long it is since a moment; nothing when a clock was set back since.
pub(crate) fn waited(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or(Duration::ZERO)
}

fn hold(held: &mut HashMap<String, usize>, names: &[String]) {
    names.iter().for_each(|name| *held.entry(name.clone()).or_default() += 1);
}

fn release(held: &mut HashMap<String, usize>, names: &[String]) {
    for name in names {
        if let Some(count) = held.get_mut(name) {
            *count = count.saturating_sub(1);
        }
    }
}

fn hash(outputs: &BTreeMap<String, serde_json::Value>) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for (name, value) in outputs {
        hasher.update(name.as_bytes()).update(value.to_string().as_bytes());
    }
    u64::from_le_bytes(hasher.finalize().as_bytes().first_chunk().copied().unwrap_or_default())
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
