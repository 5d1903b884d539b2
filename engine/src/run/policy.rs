//! What follows by itself: what begins, what a failure leads to, when the run is over.

use std::sync::Arc;

use hcxrun_dsl::eval::{Context, Reads, Scope};
use hcxrun_dsl::syntax::OnFailure;
use jiff::Timestamp;
use petgraph::graph::NodeIndex;

use super::watch::Soak;
use super::{Course, EventKind, Extent, GateState, NodeState, Outcome, Run, StepState, Verdict, WatchState};
use crate::graph::{GateNode, Node, StepNode};
use crate::look::Way;

impl Run {
    /// The events that follow from the state by themselves. To be asked until there are none.
    pub fn consequences(&self, now: Timestamp) -> Vec<EventKind> {
        if self.outcome.is_some() {
            return Vec::new();
        }
        let turn = self.turns();
        if !turn.is_empty() {
            return turn;
        }
        let begun = match &self.course {
            Course::Forward if self.is_kept_waiting() => return Vec::new(),
            Course::Forward => self.beginnings(now),
            Course::Hold => Vec::new(),
            Course::Back(_) => self.back_beginnings(),
        };
        if begun.is_empty() { self.end(now).into_iter().collect() } else { begun }
    }

    /// Failures that have not led anywhere yet lead somewhere now.
    fn turns(&self) -> Vec<EventKind> {
        if self.course != Course::Forward {
            return Vec::new();
        }
        let Some((course, reason)) = self.unhandled.iter().find_map(|at| self.handle(*at)) else {
            return Vec::new();
        };
        vec![EventKind::Turned { course, reason }]
    }

    fn handle(&self, at: NodeIndex) -> Option<(Course, String)> {
        let (policy, phase, reason) = match (self.graph.order.node_weight(at)?, self.nodes.get(at.index())?) {
            (Node::Step(node), NodeState::Step(state)) => {
                let (verb, why) = match state {
                    StepState::Refused { reason } => ("was refused", reason),
                    StepState::Failed { reason, .. } => ("failed", reason),
                    StepState::Unknown { reason, .. } => ("is in an unknown state", reason),
                    _ => return None,
                };
                // Nobody knows whether the request was taken: more requests could make it worse.
                let policy = match state {
                    StepState::Unknown { lost: true, .. } => OnFailure::Hold,
                    _ => node.policy,
                };
                (policy, node.phase.clone(), format!("step {} {verb}: {why}", node.id))
            }
            (Node::Gate(node), NodeState::Gate(GateState::Closed { reason })) => {
                (node.otherwise, node.phase.clone(), format!("gate {}: {reason}", node.id))
            }
            (Node::Watch(watch), NodeState::Watch(WatchState::Broken { reason })) => {
                (watch.invariant.otherwise.node, None, format!("invariant {}: {reason}", watch.node.id))
            }
            _ => return None,
        };
        let course = match (policy, phase) {
            (OnFailure::Rollback, _) | (OnFailure::RollbackPhase, None) => Course::Back(Extent::Whole),
            (OnFailure::RollbackPhase, Some(phase)) => Course::Back(Extent::Phase(phase)),
            // A gate cannot be failed and gone past; a step whose policy is `continue` never gets here.
            (OnFailure::Hold | OnFailure::Continue, _) => Course::Hold,
        };
        Some((course, reason))
    }

    /// Whether a failed step keeps nobody but those who need it: its policy says so, or its fan-out bears it.
    pub(super) fn is_borne(&self, at: NodeIndex) -> bool {
        let Some(node) = self.graph.step(at) else { return false };
        let failures = self.failures.get(&node.step.name.node).copied().unwrap_or(0);
        let tolerated = self.graph.fans.get(&node.step.name.node).map_or(0, |fan| fan.tolerate);
        node.policy == OnFailure::Continue || failures <= tolerated
    }

    fn beginnings(&self, now: Timestamp) -> Vec<EventKind> {
        let mut events = Vec::new();
        let mut more = std::collections::BTreeMap::<Arc<str>, usize>::new();
        for at in &self.ready {
            match self.graph.order.node_weight(*at) {
                Some(Node::Step(node)) if self.has_room(node, &mut more) => {
                    events.push(EventKind::Begun { node: node.id.clone(), way: Way::Change });
                }
                Some(Node::Gate(_)) => events.extend(self.gate_event(*at, now)),
                _ => {}
            }
        }
        // Open gates are not ready any more, and close when enough people have spoken.
        for at in self.open_gates() {
            events.extend(self.gate_event(at, now));
        }
        events
    }

    fn has_room(&self, node: &StepNode, more: &mut std::collections::BTreeMap<Arc<str>, usize>) -> bool {
        let name = &node.step.name.node;
        let Some(limit) = self.graph.fans.get(name).and_then(|fan| fan.limit) else { return true };
        let beginning = more.entry(Arc::clone(name)).or_default();
        let running = self.running.get(name).copied().unwrap_or(0) + *beginning;
        if running < limit {
            *beginning += 1;
        }
        running < limit
    }

    /// Gates that ask at the moment.
    pub fn open_gates(&self) -> Vec<NodeIndex> {
        let is_open = |at: &NodeIndex| matches!(self.gate(*at), Some(GateState::Open { .. }));
        self.graph.gates.iter().copied().filter(is_open).collect()
    }

    fn gate_event(&self, at: NodeIndex, now: Timestamp) -> Option<EventKind> {
        let node = self.graph.gate(at)?;
        let id = node.id.clone();
        match self.gate(at)? {
            GateState::Waiting | GateState::Closed { .. } => {
                Some(EventKind::GateOpened { node: id, question: self.question(at) })
            }
            GateState::Open { since, answers, .. } => {
                let says = |verdict: Verdict| {
                    let speaks = move |(who, said): &(&'_ String, &'_ Verdict)| {
                        **said == verdict && self.may_answer(node, who, verdict).is_ok()
                    };
                    answers.iter().filter(speaks).map(|(who, _)| who.as_str()).collect::<Vec<_>>()
                };
                if let Some(who) = says(Verdict::Reject).first() {
                    return Some(EventKind::GateClosed {
                        node: id,
                        passed: false,
                        reason: format!("{who} rejected it"),
                    });
                }
                let approvals = says(Verdict::Approve);
                if approvals.len() >= node.gate.need as usize {
                    let reason = format!("approved by {}", approvals.join(", "));
                    return Some(EventKind::GateClosed { node: id, passed: true, reason });
                }
                let until = node.until(*since).filter(|until| now >= *until)?;
                let reason = format!("nobody decided until {}", until.strftime("%H:%M UTC"));
                Some(EventKind::GateClosed { node: id, passed: false, reason })
            }
            GateState::Passed => None,
        }
    }

    /// Whether a person's word counts at a gate, or why not.
    ///
    /// # Errors
    /// Why not, as a sentence.
    pub fn may_answer(&self, gate: &GateNode, who: &str, verdict: Verdict) -> Result<(), String> {
        let by = &gate.gate.by;
        if !by.is_empty() && !by.iter().any(|it| &*it.node == who) {
            let names: Vec<_> = by.iter().map(|it| it.node.to_string()).collect();
            return Err(format!(
                "gate {} is decided by {}, and {who} is none of them",
                gate.id,
                names.join(", ")
            ));
        }
        let is_starter = self.starter.as_deref() == Some(who);
        if gate.gate.four_eyes && is_starter && verdict == Verdict::Approve {
            return Err(format!("gate {} wants four eyes, and {who} began the run", gate.id));
        }
        Ok(())
    }

    /// The question of a gate with its values.
    fn question(&self, at: NodeIndex) -> String {
        let Some(node) = self.graph.gate(at) else { return String::new() };
        let reads = Reads::default();
        let context = Context::prose(&reads);
        let lets = self.graph.program.runbook().map_or(&[][..], |runbook| &runbook.lets);
        let names = Scope::values(&self.names);
        match context.evaluate(&node.gate.ask, &names.with_lets(lets)) {
            Ok(value) => value.to_string(),
            Err(error) => format!("({error})"),
        }
    }

    /// The end, when nothing is under way and nothing can begin.
    fn end(&self, now: Timestamp) -> Option<EventKind> {
        if !self.active.is_empty() {
            return None;
        }
        let ended = |outcome, reason: String| Some(EventKind::Ended { outcome, reason });
        let is_refused = |state: &StepState| matches!(state, StepState::Refused { .. });
        let refused = self.changes == 0 && (self.any_step(is_refused) || self.any_broken());
        match &self.course {
            Course::Forward if !self.open_gates().is_empty() => None,
            Course::Forward if self.remaining > 0 => ended(Outcome::Held, "nothing can go on".to_owned()),
            Course::Forward => {
                let failed = self.untolerated();
                if failed.is_empty() {
                    return match self.soaks(now) {
                        Soak::Begins { until } => Some(EventKind::Soaking { until }),
                        Soak::GoesOn => None,
                        Soak::Over => ended(Outcome::Succeeded, String::new()),
                    };
                }
                ended(
                    Outcome::Held,
                    format!("failed and left behind by `on failure continue`: {}", failed.join(", ")),
                )
            }
            _ if refused => ended(Outcome::Refused, self.reason.clone()),
            Course::Hold => ended(Outcome::Held, self.reason.clone()),
            Course::Back(extent) => {
                self.back.as_ref()?;
                let outcome = match extent {
                    _ if self.todo().next().is_some() => Outcome::Stuck,
                    Extent::Whole => Outcome::RolledBack,
                    Extent::Phase(_) | Extent::To(_) => Outcome::Held,
                };
                ended(outcome, self.reason_with_left())
            }
        }
    }

    /// Why it went back, and what stays all the same because people decided so.
    fn reason_with_left(&self) -> String {
        let is_left = |at: &NodeIndex| matches!(self.step(*at), Some(StepState::Left { .. }));
        let left = self.graph.steps().filter(|(at, _)| is_left(at)).map(|(_, node)| node.id.to_string());
        let left = left.collect::<Vec<_>>().join(", ");
        if left.is_empty() { self.reason.clone() } else { format!("{}; left as it is: {left}", self.reason) }
    }

    /// Whether something failed that is tolerated.
    pub(crate) fn bears_failures(&self) -> bool {
        self.failures.values().any(|failures| *failures > 0)
    }

    fn any_step(&self, holds: impl Fn(&StepState) -> bool) -> bool {
        self.nodes.iter().any(|node| matches!(node, NodeState::Step(state) if holds(state)))
    }

    /// Failed steps that `continue` went past and no tolerance covers.
    fn untolerated(&self) -> Vec<String> {
        let failed = |at: &NodeIndex| {
            matches!(
                self.step(*at),
                Some(StepState::Refused { .. } | StepState::Failed { .. } | StepState::Unknown { .. })
            )
        };
        let beyond = |node: &StepNode| {
            let tolerated = self.graph.fans.get(&node.step.name.node).map_or(0, |fan| fan.tolerate);
            self.failures.get(&node.step.name.node).copied().unwrap_or(0) > tolerated
        };
        let steps = self.graph.steps().filter(|(at, node)| failed(at) && beyond(node));
        steps.map(|(_, node)| node.id.to_string()).collect()
    }
}
