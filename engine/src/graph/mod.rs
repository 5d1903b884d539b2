//! What a runbook means for given inputs: steps, gates and the order between them.

mod empty;
mod expand;
mod order;
mod overlap;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use hcxrun_dsl::syntax::{Action, Gate, Invariant, Method, OnFailure, Retry, Step, Tolerate};
use hcxrun_dsl::{Fields, ModuleId, Program, ResolvedWindow, Value};
use jiff::Timestamp;
use petgraph::graph::{DiGraph, NodeIndex};

pub use expand::{Expanded, Expansion, expand};

use crate::ids::{NodeId, PhaseName};

/// A runbook, expanded from its inputs.
#[derive(Debug, Clone)]
pub struct Graph {
    /// What was expanded.
    pub program: Arc<Program>,
    /// Inputs and systems by name: what every expression of the runbook sees.
    pub names: Fields,
    /// The nodes with the order between them.
    pub order: DiGraph<Node, ()>,
    /// The nodes in an order that the edges allow: the one in which a person reads them.
    pub sequence: Vec<NodeIndex>,
    /// The fan-outs by the name of their step.
    pub fans: BTreeMap<Arc<str>, Fan>,
    /// The gates in the order of the text.
    pub gates: Vec<NodeIndex>,
    /// The invariants in the order of the text.
    pub watches: Vec<NodeIndex>,
    /// The phases in the order of the text.
    pub phases: Vec<PhaseName>,
    /// The change window.
    pub window: Option<ResolvedWindow>,
    by_id: HashMap<NodeId, NodeIndex>,
}

/// A place in the graph.
// Steps are boxed: a joint is empty, and a wide fan-out has many of either.
#[derive(Debug, Clone)]
pub enum Node {
    /// A step or an instance of one.
    Step(Box<StepNode>),
    /// A gate.
    Gate(Box<GateNode>),
    /// An invariant: outside of the order.
    Watch(Box<WatchNode>),
    /// Where many meet many: keeps the number of edges linear, and is passed by itself.
    Joint,
}

/// A step or an instance of one.
#[derive(Debug, Clone)]
pub struct StepNode {
    /// Its name in the journal.
    pub id: NodeId,
    /// As written.
    pub step: Arc<Step>,
    /// The key of the instance.
    pub key: Option<Arc<str>>,
    /// What the variable of a fan-out is for this instance.
    pub names: Fields,
    /// The action.
    pub action: Arc<Action>,
    /// The module of the action.
    pub module: ModuleId,
    /// The phase that it is in.
    pub phase: Option<PhaseName>,
    /// What its failure leads to.
    pub policy: OnFailure,
}

/// A gate.
#[derive(Debug, Clone)]
pub struct GateNode {
    /// Its name in the journal.
    pub id: NodeId,
    /// As written.
    pub gate: Gate,
    /// The phase that it is in.
    pub phase: Option<PhaseName>,
    /// What silence or a rejection leads to.
    pub otherwise: OnFailure,
}

/// An invariant.
#[derive(Debug, Clone)]
pub struct WatchNode {
    /// Its check, as a step that nobody waits for.
    pub node: StepNode,
    /// As written.
    pub invariant: Invariant,
    /// Whether it is about what a step puts out, so that it cannot be looked at from the beginning.
    pub is_late: bool,
}

/// The instances of one step.
#[derive(Debug, Clone)]
pub struct Fan {
    /// At most so many at once.
    pub limit: Option<usize>,
    /// So many may fail.
    pub tolerate: usize,
    /// All of them in the order of the list.
    pub instances: Vec<NodeIndex>,
}

/// How long one attempt may take when neither step nor action says it. Only checks get there: the checker wants a
/// bound of every change.
pub(crate) const DEFAULT_BOUND: Duration = Duration::from_secs(5 * 60);

/// How often it looks when the action does not say it.
pub(crate) const DEFAULT_EVERY: Duration = Duration::from_secs(5);

/// The settling time of a PUT or DELETE whose action does not say it.
const DEFAULT_SETTLING: Duration = Duration::from_secs(60);

impl StepNode {
    /// How often it is tried, and the pauses between.
    pub fn retry(&self) -> Retry {
        let once = Retry { attempts: 1, from: Duration::ZERO, to: Duration::ZERO };
        self.step.retry.map_or(once, |retry| retry.node)
    }

    /// How long one attempt may take.
    pub fn bound(&self) -> Duration {
        let poll = self.action.poll.map(|poll| poll.node.limit);
        self.step.timeout.map(|timeout| timeout.node).or(poll).unwrap_or(DEFAULT_BOUND)
    }

    /// The settling time: how long an effect of a lost request may stay unseen.
    pub(crate) fn settling(&self) -> Duration {
        let own = self.action.untouched.as_ref().and_then(|it| it.after.as_ref()).map(|after| after.node);
        own.unwrap_or(DEFAULT_SETTLING)
    }

    /// How long one attempt may take, a lost request that is sent again and the last look included.
    pub(crate) fn attempt(&self) -> Duration {
        let method = self.action.change.as_ref().map(|change| change.request.method.node);
        let is_resent = self.action.untouched.is_some() || method.is_some_and(Method::is_idempotent);
        let resends =
            if is_resent { self.settling().saturating_mul(crate::run::RESENDS) } else { Duration::ZERO };
        let last_look = if self.changes() { self.every() } else { Duration::ZERO };
        self.bound().saturating_add(resends).saturating_add(last_look)
    }

    /// How long all attempts from this one on, counted from 1, may take with the pauses between them.
    pub(crate) fn worst_from(&self, attempt: u32) -> Duration {
        let retry = self.retry();
        let pauses =
            (attempt..retry.attempts).map(|n| crate::run::backoff_ceiling(&retry, n)).sum::<Duration>();
        let left = retry.attempts.saturating_sub(attempt.saturating_sub(1));
        self.attempt().saturating_mul(left).saturating_add(pauses)
    }

    /// How long all attempts with the pauses between them may take.
    pub fn worst(&self) -> Duration {
        self.worst_from(1)
    }

    /// How long taking it back may take; `None` when there is no way back by a request.
    pub fn worst_back(&self) -> Option<Duration> {
        self.action.undo.as_ref()?;
        Some(
            self.attempt()
                .saturating_add(crate::run::UNDO_PATIENCE)
                .saturating_add(crate::run::UNDO_RETRY.to),
        )
    }

    /// How often it looks after a change.
    pub fn every(&self) -> Duration {
        self.action.poll.map_or(DEFAULT_EVERY, |poll| poll.node.every)
    }

    /// Whether it changes anything.
    pub fn changes(&self) -> bool {
        self.action.change.is_some()
    }
}

impl GateNode {
    /// The moment until which it waits when it asks from a moment on; `None`: for ever.
    pub fn until(&self, since: Timestamp) -> Option<Timestamp> {
        self.gate.within.as_ref().and_then(|within| since.checked_add(within.node).ok())
    }
}

impl Graph {
    /// The node behind a name.
    pub fn find(&self, id: &NodeId) -> Option<NodeIndex> {
        self.by_id.get(id).copied()
    }

    /// The step at a node.
    pub fn step(&self, at: NodeIndex) -> Option<&StepNode> {
        match self.order.node_weight(at)? {
            Node::Step(step) => Some(step),
            Node::Gate(_) | Node::Watch(_) | Node::Joint => None,
        }
    }

    /// The invariant at a node.
    pub fn watch(&self, at: NodeIndex) -> Option<&WatchNode> {
        match self.order.node_weight(at)? {
            Node::Watch(watch) => Some(watch),
            Node::Step(_) | Node::Gate(_) | Node::Joint => None,
        }
    }

    /// What is looked at at a node: a step, or the check of an invariant.
    pub(crate) fn looked_at(&self, at: NodeIndex) -> Option<&StepNode> {
        self.step(at).or_else(|| self.watch(at).map(|watch| &watch.node))
    }

    /// How long is watched after the last step.
    pub fn soak(&self) -> Duration {
        crate::run::longest_soak(self.watches.iter().filter_map(|at| self.watch(*at)))
    }

    /// For how long after the last step all of it may still be taken back.
    pub(crate) fn soak_with_way_back(&self) -> Duration {
        let goes_back = |watch: &&WatchNode| watch.invariant.otherwise.node == OnFailure::Rollback;
        crate::run::longest_soak(self.watches.iter().filter_map(|at| self.watch(*at)).filter(goes_back))
    }

    /// How many waves the instances of a step run in, when not all of them may run at once.
    pub fn waves(&self, node: &StepNode) -> u32 {
        let fan = self.fans.get(&node.step.name.node);
        let waves = fan.and_then(|fan| Some(fan.instances.len().div_ceil(fan.limit?.max(1))));
        waves.map_or(1, |waves| u32::try_from(waves).unwrap_or(u32::MAX))
    }

    /// The gate at a node.
    pub fn gate(&self, at: NodeIndex) -> Option<&GateNode> {
        match self.order.node_weight(at)? {
            Node::Gate(gate) => Some(gate),
            Node::Step(_) | Node::Watch(_) | Node::Joint => None,
        }
    }

    /// The name of a node; a joint has none.
    pub fn id(&self, at: NodeIndex) -> Option<&NodeId> {
        match self.order.node_weight(at)? {
            Node::Step(step) => Some(&step.id),
            Node::Gate(gate) => Some(&gate.id),
            Node::Watch(watch) => Some(&watch.node.id),
            Node::Joint => None,
        }
    }

    /// The steps in the order in which a person reads them.
    pub fn steps(&self) -> impl Iterator<Item = (NodeIndex, &StepNode)> {
        self.sequence.iter().filter_map(|at| Some((*at, self.step(*at)?)))
    }

    /// What the steps' names are worth before anything has run: unknown until they have.
    pub fn unknown_outputs(&self) -> Fields {
        let mut names = self.names.clone();
        for (_, node) in self.steps() {
            set_output(&mut names, node, Value::unknown(hcxrun_dsl::Cause::Step(node.id.shared())));
        }
        // A fan-out over an empty list has no instance, and is an empty map all the same.
        for step in self.fans.keys() {
            names.entry(Arc::clone(step)).or_insert_with(|| Value::record(Fields::new()));
        }
        names
    }
}

/// Gives the name of a step its value: the outputs of the step, or one entry of the map of a fan-out.
pub(crate) fn set_output(names: &mut Fields, node: &StepNode, value: Value) {
    let Some(key) = &node.key else {
        names.insert(Arc::clone(&node.step.name.node), value);
        return;
    };
    let all = names.entry(Arc::clone(&node.step.name.node)).or_insert_with(|| Value::record(Fields::new()));
    if let Value::Record(all) = all {
        Arc::make_mut(all).insert(Arc::clone(key), value);
    }
}

/// How many failures a fan-out of so many instances bears.
fn tolerated(tolerate: Option<Tolerate>, instances: usize) -> usize {
    match tolerate {
        None => 0,
        Some(Tolerate::Count(n)) => n as usize,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a percentage of a count lies between zero and the count"
        )]
        Some(Tolerate::Percent(p)) => (instances as f64 * p.0 / 100.0) as usize,
    }
}
