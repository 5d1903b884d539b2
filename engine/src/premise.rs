//! What a plan that was kept rests on, and whether that still holds.
//!
//! A premise of a step is what the plan says of it: the sentence and the request that people have signed, or that nothing
//! is to be done. The reads that it was made from are kept by their hashes. When an answer has changed and the step means
//! the same, that is drift and no reason to stop.

use std::collections::{BTreeMap, BTreeSet};

use hcxrun_dsl::Value;
use hcxrun_dsl::eval::Reads;
use hcxrun_dsl::syntax::{Expr, ExprKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::graph::{Graph, StepNode, set_output};
use crate::ids::NodeId;
use crate::look::{Intent, Known, Look, Purpose, Seen, Shown, Way, look};
use crate::plan::{Plan, PlanVerdict};

/// What a plan rests on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Premises {
    /// When they were read.
    pub made: Timestamp,
    /// The premise of each step, and what each gate asks.
    pub of: BTreeMap<NodeId, Premise>,
}

/// What the plan says of one step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Premise {
    /// What would happen.
    #[serde(flatten)]
    pub says: PlanVerdict,
    /// The reads that it was made from, each with the hash of its answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reads: BTreeMap<String, String>,
}

/// How premises compare with what is read now.
#[derive(Debug, Default, Serialize)]
pub struct Drift {
    /// Premises that do not hold any more, in the order of the plan.
    pub broken: Vec<Broken>,
    /// Steps that were to change something and are so already.
    pub adopted: Vec<NodeId>,
    /// Reads that answer otherwise, of steps that mean the same.
    pub noted: BTreeSet<String>,
}

/// A premise that does not hold any more.
#[derive(Debug, Serialize)]
pub struct Broken {
    /// The step.
    pub node: NodeId,
    /// What was planned.
    pub planned: String,
    /// What it would be now.
    pub now: String,
    /// The reads that answer otherwise.
    pub reads: Vec<String>,
}

/// What a change that is about to be sent is to the plan.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    /// It is what was planned, or the plan left it open.
    Yes,
    /// It differs, and this run has changed something itself since.
    Drifted(String),
    /// Nobody has signed it.
    No(String),
}

impl Premises {
    /// The premises of a plan, from the reads that it was made from.
    pub fn of(graph: &Graph, plan: &Plan, reads: &Reads, made: Timestamp) -> Self {
        let mut names = graph.unknown_outputs();
        let of = plan.lines.iter().map(|line| {
            let node = graph.find(&line.node).and_then(|at| graph.step(at));
            let reads = node.map(|node| rests_on(graph, node, &mut names, reads)).unwrap_or_default();
            let mut says = line.verdict.clone();
            if let (Some(node), PlanVerdict::Change { request: Some(request), .. }) = (node, &mut says) {
                keep_own(node, request);
            }
            (line.node.clone(), Premise { says, reads })
        });
        Self { made, of: of.collect() }
    }

    /// Holds premises against what is read now, in the order of a plan.
    pub fn against(&self, now: &Premises, order: &Plan) -> Drift {
        let mut drift = Drift::default();
        for id in order.lines.iter().map(|line| &line.node) {
            let (Some(then), Some(now)) = (self.of.get(id), now.of.get(id)) else { continue };
            let moved =
                then.reads.iter().filter(|(read, hash)| now.reads.get(*read).is_some_and(|it| it != *hash));
            let moved = moved.map(|(read, _)| read.clone());
            match (&then.says, &now.says) {
                (PlanVerdict::Change { .. } | PlanVerdict::Unknown { .. }, PlanVerdict::Already { .. }) => {
                    drift.adopted.push(id.clone());
                }
                (then, now) if meets(then, now) => drift.noted.extend(moved),
                (then, now) => {
                    let (planned, now) = differ(then, now);
                    drift.broken.push(Broken { node: id.clone(), planned, now, reads: moved.collect() });
                }
            }
        }
        drift
    }

    /// Whether a change that is about to be sent was planned; `changed` says whether this run has changed anything yet.
    pub(crate) fn signed(&self, node: &StepNode, intent: &Intent, changed: bool) -> Signed {
        let Some(Premise { says, .. }) = self.of.get(&node.id) else { return Signed::Yes };
        let mut request = intent.request.clone();
        keep_own(node, &mut request);
        let now = PlanVerdict::Change {
            sentence: intent.sentence.clone(),
            request: Some(request),
            after: Vec::new(),
            irreversible: false,
            touches: Vec::new(),
        };
        if meets(says, &now) {
            return Signed::Yes;
        }
        let ((planned, is_now), made) = (differ(says, &now), self.made.strftime("%Y-%m-%d %H:%M UTC"));
        let words = format!("planned at {made}: {planned}; now: {is_now}");
        // What people have signed is the sentence. The request behind it may move with what this run has done itself.
        let is_same_sentence =
            matches!(says, PlanVerdict::Change { sentence, .. } if *sentence == intent.sentence);
        let was_nothing = matches!(says, PlanVerdict::Already { .. } | PlanVerdict::Skip { .. });
        if changed && (is_same_sentence || was_nothing) { Signed::Drifted(words) } else { Signed::No(words) }
    }
}

/// Keeps of a body what the action writes itself. What it hands back as it was read (`found with { … }`) is nothing that
/// anybody has signed: it holds counters and moments.
fn keep_own(node: &StepNode, request: &mut Shown) {
    let body = node.action.change.as_ref().and_then(|change| change.request.body.as_ref());
    if let (Some(Expr { kind: ExprKind::With(_, own), .. }), serde_json::Value::Object(fields)) =
        (body, &mut request.body)
    {
        fields.retain(|name, _| own.iter().any(|(own, _)| *own.node == **name));
    }
}

/// The reads that a look at a step makes, each with the hash of its answer.
fn rests_on(
    graph: &Graph,
    node: &StepNode,
    names: &mut hcxrun_dsl::Fields,
    reads: &Reads,
) -> BTreeMap<String, String> {
    let response = Value::unknown(hcxrun_dsl::Cause::Answer);
    let (mut table, mut found) = (Reads::default(), BTreeMap::new());
    loop {
        let known = Known { names, before: None, response: &response };
        match look(graph, node, Purpose::Before(Way::Change), known, &table) {
            Look::Seen(seen) => {
                if let Seen::Settled { outputs, .. } = *seen {
                    set_output(names, node, Value::record(outputs));
                }
                return found;
            }
            Look::Needs(needs) => {
                for read in needs {
                    let Some(answer) = reads.get(&read) else { return found };
                    if let Ok(value) = answer {
                        found.insert(read.to_string(), hash(value));
                    }
                    table.insert(read, answer.clone());
                }
            }
        }
    }
}

fn hash(value: &Value) -> String {
    blake3::hash(value.to_json().to_string().as_bytes()).to_hex().chars().take(16).collect()
}

/// Whether what would happen now is what was planned. What the plan left open is decided now.
fn meets(then: &PlanVerdict, now: &PlanVerdict) -> bool {
    use PlanVerdict::{Already, Ask, Change, Holds, Refused, Skip, Unknown, Watched};
    match (then, now) {
        (_, Refused { .. }) => false,
        (Change { sentence: a, request: Some(then), .. }, Change { sentence: b, request, .. }) => {
            a == b && request.as_ref().is_none_or(|now| now == then)
        }
        (Unknown { .. } | Ask { .. } | Change { request: None, .. }, _)
        | (Already { .. }, Already { .. })
        | (Holds, Holds)
        | (Watched { .. }, Watched { .. })
        | (Skip { .. }, Skip { .. }) => true,
        _ => false,
    }
}

/// What was planned and what it would be now, in words that differ.
fn differ(then: &PlanVerdict, now: &PlanVerdict) -> (String, String) {
    match (then, now) {
        (
            PlanVerdict::Change { sentence, request: Some(then), .. },
            PlanVerdict::Change { sentence: same, request: Some(now), .. },
        ) if sentence == same => {
            let (planned, now) = requests(then, now);
            (format!("{sentence}, with {planned}"), format!("the same, with {now}"))
        }
        (then, now) => (words(then), words(now)),
    }
}

fn words(verdict: &PlanVerdict) -> String {
    match verdict {
        PlanVerdict::Already { .. } => "already so".to_owned(),
        PlanVerdict::Holds | PlanVerdict::Watched { .. } => "holds".to_owned(),
        PlanVerdict::Change { sentence, .. } => sentence.clone(),
        PlanVerdict::Refused { reason, .. } => format!("refused: {reason}"),
        PlanVerdict::Unknown { .. } => "known later".to_owned(),
        PlanVerdict::Skip { reason } => format!("left out: {reason}"),
        PlanVerdict::Ask { question } => format!("asks: {question}"),
    }
}

/// The first place where two requests differ, as it is in each.
fn requests(then: &Shown, now: &Shown) -> (String, String) {
    if (&then.system, &then.method, &then.path) != (&now.system, &now.method, &now.path) {
        let line = |it: &Shown| format!("{} {} of {}", it.method, it.path, it.system);
        return (line(then), line(now));
    }
    let (path, a, b) = first_difference(String::new(), &then.body, &now.body);
    (format!("`{path}` {a}"), format!("`{path}` {b}"))
}

fn first_difference(path: String, a: &serde_json::Value, b: &serde_json::Value) -> (String, String, String) {
    use serde_json::Value as Json;
    let deeper = match (a, b) {
        (Json::Object(a), Json::Object(b)) => a.keys().chain(b.keys()).find_map(|name| {
            let (a, b) = (a.get(name).unwrap_or(&Json::Null), b.get(name).unwrap_or(&Json::Null));
            (a != b).then(|| first_difference(format!("{path}/{name}"), a, b))
        }),
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find(|(_, (a, b))| a != b)
            .map(|(at, (a, b))| first_difference(format!("{path}/{at}"), a, b)),
        _ => None,
    };
    deeper.unwrap_or_else(|| (path, a.to_string(), b.to_string()))
}
