//! `hcxrun plan`

use std::path::Path;
use std::process::ExitCode;

use hcxrun_engine::{Outcome, Plan, fit};
use serde::Serialize;

use super::stored::Subject;
use crate::args::{JournalArgs, RunbookArgs, TargetArgs};
use crate::failure::Failure;
use crate::outputs::Outputs;
use crate::render::{diagnostic, plan as render, window};
use crate::{journal, say, target};

/// There is something to change.
const CHANGES: u8 = 2;

/// A plan for programs.
#[derive(Serialize)]
struct Shown<'a> {
    /// Of the runbook with its inputs: what tells it from another one.
    digest: &'a str,
    #[serde(flatten)]
    plan: &'a Plan,
}

pub(crate) fn plan(
    args: &RunbookArgs,
    at: &TargetArgs,
    out: Option<&Path>,
    rehearsed: Option<&Path>,
    journal: &JournalArgs,
    json: bool,
) -> Result<ExitCode, Failure> {
    let mut subject = Subject::read(args)?;
    subject.certify(rehearsed)?;
    let graph = &subject.expanded.graph;
    let planned = target::with(&graph.program, at, async |ports| {
        Ok(target::make_plan(graph, &subject.files, ports.systems, ports.clock).await)
    })?;
    let plan = &planned.plan;
    let over = window::is_over(graph, planned.made);
    let fit = fit(graph, planned.made, plan).filter(|_| over.is_none() && plan.has_changes());
    let past = journal::past(journal, &subject.record.title);
    if json {
        say::json(&Shown { digest: &subject.record.digest, plan });
    } else {
        say::answer(render::render(&subject.record.title, plan, &past).trim_end());
        if let Some(fit) = fit.as_ref().filter(|it| !it.spare().is_negative()) {
            say::answer(&window::fits(fit));
        }
        say::answer(&format!("Digest: {}", subject.record.digest));
        if let Some(rehearsed) = &subject.record.rehearsed {
            say::answer(rehearsed);
        }
    }
    // What the steps put out is not known yet: what has no value all the same will have none.
    let outputs = Outputs::of(&graph.program, &graph.unknown_outputs(), &subject.files);
    for warning in outputs.warnings() {
        say::message(&diagnostic::message(&graph.program.sources, &warning));
    }
    if let Some(over) = over {
        say::message(&over);
        return Ok(ExitCode::from(Outcome::Refused.exit_code()));
    }
    if let Some(fit) = fit.filter(|it| it.spare().is_negative()) {
        say::message(&window::overrun(graph, plan, &fit));
        return Ok(ExitCode::from(Outcome::Refused.exit_code()));
    }
    if let Some(refusal) = render::refusal(graph, plan) {
        say::message(&refusal);
        out.iter().for_each(|_| say::error("the plan was not kept"));
        return Ok(ExitCode::from(Outcome::Refused.exit_code()));
    }
    if let Some(path) = out {
        subject.keep(planned.premises(graph), path)?;
    }
    Ok(ExitCode::from(if plan.has_changes() { CHANGES } else { 0 }))
}
