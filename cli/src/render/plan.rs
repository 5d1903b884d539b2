//! A plan that one signs gladly: what would change, in sentences, in the order in which it would happen.

use hcxrun_dsl::Diagnostic;
use hcxrun_dsl::eval::EvalError;
use hcxrun_engine::{Graph, Line, NodeId, Past, PhaseName, Plan, PlanVerdict, Usual, counts};

use super::duration;
use crate::message::Message;
use crate::visible::in_line;

/// The whole plan.
pub(crate) fn render(title: &str, plan: &Plan, past: &Past) -> String {
    let width = plan.lines.iter().map(|line| line.node.as_str().chars().count()).max().unwrap_or(0).min(32);
    let mut text = format!("Plan: {title}\n");
    let mut phase: Option<&PhaseName> = None;
    for line in &plan.lines {
        if line.phase.as_ref() != phase {
            phase = line.phase.as_ref();
            text.push('\n');
            if let Some(phase) = phase {
                text.push_str(&format!("  {phase}\n"));
            }
        }
        let (mark, node, says) = (mark(&line.verdict), line.node.as_str(), says(line, past));
        text.push_str(&in_line(&format!("    {mark} {node:<width$}  {says}")));
        text.push('\n');
    }
    text.push_str(&format!("\n{}\n", summary(plan)));
    text
}

/// That a run would be refused, and why: what has no value with its lines; of all else that the plan itself says it.
pub(crate) fn refusal(graph: &Graph, plan: &Plan) -> Option<Message> {
    if let Some((line, error)) = plan.valueless().next() {
        return Some(valueless(graph, &line.node, error));
    }
    let steps: Vec<_> = plan.refusals().map(|(line, _)| format!("`{}`", line.node)).collect();
    let (first, more) = steps.split_first()?;
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    let fact = format!("a run would be refused at {first}{more}; nothing was changed");
    Some(Message::error(fact).coded("HR068").help("mend what the lines with ✗ tell, and plan again"))
}

/// A part of an action that has no value: its line, and that of the step that uses the action.
fn valueless(graph: &Graph, node: &NodeId, error: &EvalError) -> Message {
    let fact = format!("{}; nothing was changed", error.message);
    let diagnostic = Diagnostic::error(error.code, error.span, fact);
    let step = graph.find(node).and_then(|at| graph.step(at)).map(|it| it.step.name.span);
    let step = step.filter(|span| *span != error.span);
    let label = format!("for step {node}");
    let diagnostic = step.into_iter().fold(diagnostic, |it, span| it.related(span, &label));
    super::diagnostic::message(&graph.program.sources, &diagnostic)
}

fn mark(verdict: &PlanVerdict) -> char {
    match verdict {
        PlanVerdict::Already { .. } => '=',
        PlanVerdict::Holds | PlanVerdict::Watched { .. } => '✓',
        PlanVerdict::Change { .. } => '~',
        PlanVerdict::Refused { .. } => '✗',
        PlanVerdict::Unknown { .. } | PlanVerdict::Ask { .. } => '?',
        PlanVerdict::Skip { .. } => '-',
    }
}

fn says(line: &Line, past: &Past) -> String {
    let after = |steps: &[String]| {
        if steps.is_empty() { String::new() } else { format!("after {}", steps.join(", ")) }
    };
    match &line.verdict {
        PlanVerdict::Already { evidence } => super::already(evidence),
        PlanVerdict::Holds => "holds".to_owned(),
        PlanVerdict::Watched { every, soak } if soak.is_zero() => {
            format!("holds; watched every {}", duration(*every))
        }
        PlanVerdict::Watched { every, soak } => {
            format!(
                "holds; watched every {}, and for {} after the last step",
                duration(*every),
                duration(*soak)
            )
        }
        PlanVerdict::Change { sentence, irreversible, .. } => {
            let no_way_back = if *irreversible { "; no way back" } else { "" };
            let usual = past.of(&line.node).map(usual).unwrap_or_default();
            format!("{sentence}  (at most {}{usual}{no_way_back})", duration(line.worst))
        }
        PlanVerdict::Refused { reason, .. } => format!("refused: {reason}"),
        PlanVerdict::Unknown { after: steps, reason } if reason.is_empty() => {
            format!("known {}", after(steps))
        }
        PlanVerdict::Unknown { after: steps, reason } => {
            format!("known {}; as of now: {reason}", after(steps))
        }
        PlanVerdict::Skip { reason } => format!("left out: {reason}"),
        PlanVerdict::Ask { question } => format!("asks: {question}"),
    }
}

/// What was usual, beside what is certain.
fn usual(it: Usual) -> String {
    let (p50, p95) = (duration(it.p50), duration(it.p95));
    format!("; in {} past ones p50 {p50}, p95 {p95}", it.times)
}

fn summary(plan: &Plan) -> String {
    let counts: Vec<_> = counts(plan).into_iter().map(|(word, n)| format!("{n} {word}")).collect();
    let verdict = if plan.refusals().next().is_some() {
        "It would be refused; nothing was changed.".to_owned()
    } else if plan.has_changes() {
        format!("Nothing was changed. A run takes at most {}.", duration(plan.worst))
    } else {
        "Nothing to change.".to_owned()
    };
    let counts = if counts.is_empty() { "No steps".to_owned() } else { counts.join(", ") };
    format!("{counts}. {verdict}")
}
