//! What a run came to, as expectations see it.

use std::collections::BTreeMap;
use std::sync::Arc;

use hcxrun_dsl::{Fields, Value};
use hcxrun_engine::{Graph, NodeId, Outcome, Plan, PlanVerdict, Run, StepNode, StepState};

/// Where a test stands: its run, and all that was done with it, has ended.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) outcome: Outcome,
    pub(super) reason: String,
    /// What became of each step, by its name.
    pub(super) steps: Fields,
    /// Inputs, systems, and what steps have put out.
    pub(super) names: Fields,
    /// The same for people.
    pub(super) story: Vec<String>,
}

impl Stage {
    /// A plan that is refused: nothing was begun.
    pub(super) fn refused(graph: &Graph, plan: &Plan) -> Self {
        let lines: BTreeMap<&NodeId, &PlanVerdict> =
            plan.lines.iter().map(|line| (&line.node, &line.verdict)).collect();
        let reasons: Vec<String> =
            plan.refusals().map(|(line, why)| format!("{}: {why}", line.node)).collect();
        let state = |node: &StepNode| match lines.get(&node.id) {
            Some(PlanVerdict::Already { .. } | PlanVerdict::Holds) => ("already", String::new()),
            Some(PlanVerdict::Skip { reason }) => ("skipped", reason.clone()),
            Some(PlanVerdict::Refused { reason, .. }) => ("refused", reason.clone()),
            _ => ("waiting", String::new()),
        };
        let names = graph.unknown_outputs();
        Self::new(graph, Outcome::Refused, reasons.join("; "), names, state)
    }

    /// A run that has ended.
    pub(super) fn ended(run: &Run, outcome: Outcome) -> Self {
        let graph = run.graph();
        let state = |node: &StepNode| {
            let state = graph.find(&node.id).and_then(|at| run.step(at));
            state.map_or(("waiting", String::new()), |state| (state.word(), detail(state)))
        };
        Self::new(graph, outcome, run.reason().to_owned(), run.names().clone(), state)
    }

    fn new(
        graph: &Graph,
        outcome: Outcome,
        reason: String,
        names: Fields,
        state: impl Fn(&StepNode) -> (&'static str, String),
    ) -> Self {
        let (mut steps, mut story) = (Fields::new(), Vec::new());
        for name in graph.fans.keys() {
            steps.insert(Arc::clone(name), Value::record(Fields::new()));
        }
        for (_, node) in graph.steps() {
            let (word, detail) = state(node);
            put(&mut steps, node, Value::text(word));
            let detail = if detail.is_empty() { detail } else { format!(": {detail}") };
            story.push(format!("  {word:<8} {}{detail}", node.id));
        }
        let because = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        story.insert(0, format!("{}{because}", outcome.as_str()));
        Self { outcome, reason, steps, names, story }
    }
}

fn detail(state: &StepState) -> String {
    match state {
        StepState::Done { intent } => intent.sentence.clone(),
        StepState::Skipped { reason }
        | StepState::Left { reason }
        | StepState::Refused { reason }
        | StepState::Failed { reason, .. }
        | StepState::Unknown { reason, .. } => reason.clone(),
        StepState::Stuck { task, reason, .. } => {
            let because = reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
            format!("{task}{because}")
        }
        StepState::Waiting | StepState::Active(_) | StepState::Already { .. } | StepState::Undone => {
            String::new()
        }
    }
}

/// One step, or one entry of the map of a fan-out.
fn put(steps: &mut Fields, node: &StepNode, value: Value) {
    let name = &node.step.name.node;
    match (&node.key, steps.get_mut(name)) {
        (Some(key), Some(Value::Record(all))) => drop(Arc::make_mut(all).insert(Arc::clone(key), value)),
        _ => drop(steps.insert(Arc::clone(name), value)),
    }
}
