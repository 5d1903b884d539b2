//! What a run would do, from reads alone. It evaluates what a run evaluates, so the two cannot disagree about what a
//! step means; what hangs on changes that have not been made is said to be unknown, never guessed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use hcxrun_dsl::eval::{Context, EvalError, Read, Reads, Scope};
use hcxrun_dsl::{Fields, Value};
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use serde::{Deserialize, Deserializer, Serialize};

use crate::graph::{Graph, Node, StepNode, set_output};
use crate::ids::{NodeId, PhaseName};
use crate::look::{Known, Look, Purpose, Seen, Shown, Way, look, unfit};
use crate::run::bounds;

/// What came of planning.
#[derive(Debug)]
pub enum Planning {
    /// These have to be read first.
    Needs(BTreeSet<Read>),
    /// It is done.
    Done(Plan),
}

/// A dry run.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// Steps and gates in the order in which a person reads them.
    pub lines: Vec<Line>,
    /// How long it takes at the worst.
    #[serde(serialize_with = "seconds")]
    pub worst: Duration,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_secs())
}

fn from_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

/// One step or gate of a plan.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The step or gate.
    pub node: NodeId,
    /// The phase that it is in.
    pub phase: Option<PhaseName>,
    /// How long it takes at the worst, all attempts together.
    #[serde(serialize_with = "seconds", rename = "worst_seconds")]
    pub worst: Duration,
    /// What would happen.
    #[serde(flatten)]
    pub verdict: PlanVerdict,
}

/// What would happen at a step.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum PlanVerdict {
    /// The wanted state is there already.
    Already {
        /// What showed it.
        evidence: Vec<String>,
    },
    /// A check that holds.
    Holds,
    /// An invariant that holds.
    Watched {
        /// How often it is looked at.
        #[serde(serialize_with = "seconds", deserialize_with = "from_seconds", rename = "every_seconds")]
        every: Duration,
        /// For how long after the last step.
        #[serde(serialize_with = "seconds", deserialize_with = "from_seconds", rename = "soak_seconds")]
        soak: Duration,
    },
    /// A request would be sent.
    Change {
        /// What people read.
        sentence: String,
        /// The request, when it is known to the last field.
        request: Option<Shown>,
        /// The steps that have to run before all of it is known.
        after: Vec<String>,
        /// Whether there is a way back.
        irreversible: bool,
        /// The resources that it changes, as far as they are known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        touches: Vec<String>,
    },
    /// It would be refused.
    Refused {
        /// Why.
        reason: String,
        /// The part of the action that has no value, when that is why.
        #[serde(skip)]
        error: Option<EvalError>,
    },
    /// Whether it may run is not known before these steps have run.
    Unknown {
        /// The steps.
        after: Vec<String>,
        /// What is seen now.
        reason: String,
    },
    /// It would be left out.
    Skip {
        /// Why.
        reason: String,
    },
    /// People would be asked.
    Ask {
        /// The question.
        question: String,
    },
}

impl PlanVerdict {
    /// Whether nothing is to be done for it.
    pub(crate) fn takes_no_time(&self) -> bool {
        matches!(self, PlanVerdict::Already { .. } | PlanVerdict::Skip { .. } | PlanVerdict::Watched { .. })
    }
}

impl Plan {
    /// What would be refused.
    pub fn refusals(&self) -> impl Iterator<Item = (&Line, &str)> {
        self.lines.iter().filter_map(|line| match &line.verdict {
            PlanVerdict::Refused { reason, .. } => Some((line, reason.as_str())),
            _ => None,
        })
    }

    /// The parts of actions that have no value, each with its step.
    pub fn valueless(&self) -> impl Iterator<Item = (&Line, &EvalError)> {
        self.lines.iter().filter_map(|line| match &line.verdict {
            PlanVerdict::Refused { error: Some(error), .. } => Some((line, error)),
            _ => None,
        })
    }

    /// Whether anything would be changed, or may be.
    pub fn has_changes(&self) -> bool {
        let open =
            |line: &Line| matches!(line.verdict, PlanVerdict::Change { .. } | PlanVerdict::Unknown { .. });
        self.lines.iter().any(open)
    }
}

/// Plans a graph from what was read.
pub fn plan(graph: &Graph, reads: &Reads) -> Planning {
    let mut planner = Planner {
        graph,
        reads,
        names: graph.unknown_outputs(),
        first: graph.unknown_outputs(),
        behind: vec![Arc::default(); graph.order.node_count()],
        needs: BTreeSet::new(),
    };
    let nodes = graph.sequence.iter().chain(&graph.watches);
    let lines: Vec<_> = nodes.filter_map(|at| planner.line(*at)).collect();
    if planner.needs.is_empty() {
        Planning::Done(Plan { lines, worst: bounds(graph).total })
    } else {
        Planning::Needs(planner.needs)
    }
}

/// Names of steps that will change something before a node.
type Changers = Arc<BTreeSet<Arc<str>>>;

struct Planner<'a> {
    graph: &'a Graph,
    reads: &'a Reads,
    names: Fields,
    /// The same, before anything was looked at.
    first: Fields,
    /// The steps that change something before each node, by node.
    behind: Vec<Changers>,
    needs: BTreeSet<Read>,
}

impl Planner<'_> {
    fn line(&mut self, at: NodeIndex) -> Option<Line> {
        let graph = self.graph;
        let behind = self.changers_before(at);
        let line = match graph.order.node_weight(at)? {
            Node::Joint => None,
            Node::Watch(watch) => {
                let verdict = match self.step(&watch.node, &behind)? {
                    PlanVerdict::Holds => PlanVerdict::Watched {
                        every: watch.invariant.every.node,
                        soak: watch.invariant.soak.map(|soak| soak.node).unwrap_or_default(),
                    },
                    other => other,
                };
                Some(Line { node: watch.node.id.clone(), phase: None, worst: Duration::ZERO, verdict })
            }
            Node::Gate(gate) => {
                let worst = gate.gate.within.as_ref().map_or(Duration::ZERO, |within| within.node);
                let verdict = PlanVerdict::Ask { question: self.say(&gate.gate.ask) };
                Some(Line { node: gate.id.clone(), phase: gate.phase.clone(), worst, verdict })
            }
            Node::Step(node) => {
                let verdict = self.step(node, &behind)?;
                let (node, phase, worst) = (node.id.clone(), node.phase.clone(), node.worst());
                Some(Line { node, phase, worst, verdict })
            }
        };
        self.remember(at, behind, line.as_ref());
        line
    }

    fn changers_before(&self, at: NodeIndex) -> Changers {
        let mut before = self.graph.order.neighbors_directed(at, Direction::Incoming);
        let of = |from: NodeIndex| self.behind.get(from.index()).cloned().unwrap_or_default();
        let Some(first) = before.next().map(of) else { return Changers::default() };
        before.map(of).fold(first, |all, more| {
            if Arc::ptr_eq(&all, &more) || more.is_subset(&all) {
                return all;
            }
            Arc::new(all.union(&more).cloned().collect())
        })
    }

    fn remember(&mut self, at: NodeIndex, behind: Changers, line: Option<&Line>) {
        let changes = line.is_some_and(|line| {
            matches!(line.verdict, PlanVerdict::Change { .. } | PlanVerdict::Unknown { .. })
        });
        let behind = match self.graph.step(at).filter(|node| changes && node.changes()) {
            Some(node) if !behind.contains(&node.step.name.node) => {
                let mut more = behind.as_ref().clone();
                more.insert(Arc::clone(&node.step.name.node));
                Arc::new(more)
            }
            _ => behind,
        };
        if let Some(slot) = self.behind.get_mut(at.index()) {
            *slot = behind;
        }
    }

    /// The verdict on a step; `None` while reads are missing.
    fn step(&mut self, node: &StepNode, behind: &Changers) -> Option<PlanVerdict> {
        let response = Value::unknown(hcxrun_dsl::Cause::Answer);
        let known = Known { names: &self.names, before: None, response: &response };
        let seen = match look(self.graph, node, Purpose::Before(Way::Change), known, self.reads) {
            Look::Needs(needs) => {
                self.needs.extend(needs);
                return None;
            }
            Look::Seen(seen) => *seen,
        };
        let later = |reason: String| {
            let after = behind.iter().map(ToString::to_string).collect();
            if behind.is_empty() {
                PlanVerdict::Refused { reason, error: None }
            } else {
                PlanVerdict::Unknown { after, reason }
            }
        };
        Some(match seen {
            Seen::Settled { outputs, evidence } => {
                set_output(&mut self.names, node, Value::record(outputs));
                if node.changes() { PlanVerdict::Already { evidence } } else { PlanVerdict::Holds }
            }
            Seen::Ready { intent, request } => PlanVerdict::Change {
                sentence: intent.sentence,
                request: Some(request.shown()),
                after: Vec::new(),
                irreversible: node.action.undo.is_none(),
                touches: intent.touches,
            },
            Seen::Depends { causes, sentence } => {
                let after = causes.iter().map(ToString::to_string).collect();
                match sentence {
                    Some(sentence) => {
                        let irreversible = node.action.undo.is_none();
                        PlanVerdict::Change {
                            sentence,
                            request: None,
                            after,
                            irreversible,
                            touches: Vec::new(),
                        }
                    }
                    None => PlanVerdict::Unknown { after, reason: String::new() },
                }
            }
            Seen::Skip { reason } => PlanVerdict::Skip { reason },
            Seen::Refused { reason } | Seen::Failed { reason } | Seen::ByHand { task: reason } => {
                later(reason)
            }
            // What it is given is wrong whatever comes before: a key that no instance of a fan-out has, say.
            Seen::NoValue { error }
                if behind.is_empty() || unfit(self.graph, node, &self.first, self.reads) =>
            {
                PlanVerdict::Refused { reason: self.graph.told(node, &error), error: Some(error) }
            }
            Seen::NoValue { error } | Seen::NotYet { trouble: Some(error), .. } => later(error.coded()),
            Seen::NotYet { trouble: None, .. } => later("what it checks does not hold".to_owned()),
            // Out of reach is out of reach: no step that comes before it would mend that.
            Seen::Blind { reason } => PlanVerdict::Refused { reason, error: None },
        })
    }

    fn say(&self, sentence: &hcxrun_dsl::syntax::Expr) -> String {
        let context = Context::prose(self.reads);
        let lets = self.graph.program.runbook().map_or(&[][..], |runbook| &runbook.lets);
        let names = Scope::values(&self.names);
        match context.evaluate(sentence, &names.with_lets(lets)) {
            Ok(value) => value.to_string(),
            Err(error) => format!("({error})"),
        }
    }
}

/// How many of each verdict a plan holds, by the word that people read.
pub fn counts(plan: &Plan) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for line in &plan.lines {
        let word = match line.verdict {
            PlanVerdict::Already { .. } => "already so",
            PlanVerdict::Holds => "checked",
            PlanVerdict::Watched { .. } => "watched",
            PlanVerdict::Change { .. } => "to change",
            PlanVerdict::Refused { .. } => "refused",
            PlanVerdict::Unknown { .. } => "unknown yet",
            PlanVerdict::Skip { .. } => "left out",
            PlanVerdict::Ask { .. } => "to ask",
        };
        *counts.entry(word).or_default() += 1;
    }
    counts
}
