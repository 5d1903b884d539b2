//! `hcxrun plan`

use std::path::Path;
use std::process::ExitCode;

use hcxrun_engine::{Outcome, Plan};

use super::stored::Subject;
use crate::args::{RunbookArgs, TargetArgs};
use crate::failure::Failure;
use crate::render::plan as render;
use crate::{say, target};

/// There is something to change.
const CHANGES: u8 = 2;

pub(crate) fn plan(
    args: &RunbookArgs,
    at: &TargetArgs,
    out: Option<&Path>,
    rehearsed: Option<&Path>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let mut subject = Subject::read(args)?;
    subject.certify(rehearsed)?;
    let graph = &subject.expanded.graph;
    let plan = target::with(&graph.program, at, async |ports| {
        Ok(target::make_plan(graph, &subject.files, ports.systems, ports.clock).await)
    })?;
    if json {
        say::json(&plan);
    } else {
        say::answer(render::render(&subject.record.title, &plan).trim_end());
        if let Some(rehearsed) = &subject.record.rehearsed {
            say::answer(rehearsed);
        }
    }
    if let Some(path) = out {
        subject.keep(&plan, path)?;
    }
    Ok(ExitCode::from(exit_code(&plan)))
}

fn exit_code(plan: &Plan) -> u8 {
    match (plan.refusals().next(), plan.has_changes()) {
        (Some(_), _) => Outcome::Refused.exit_code(),
        (None, true) => CHANGES,
        (None, false) => 0,
    }
}
