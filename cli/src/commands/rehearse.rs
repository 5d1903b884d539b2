//! `hcxrun rehearse`

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use hcxrun_dsl::suggestion;
use hcxrun_engine::rehearse::{Place, Play, RehearsalError, rehearse as play, without_order, without_undo};
use hcxrun_engine::{Graph, Run};

use super::stored::Subject;
use crate::args::RehearseArgs;
use crate::certificate::Certificate;
use crate::failure::Failure;
use crate::render::rehearsal as render;
use crate::stage::TwinStage;
use crate::{embedded, say};

/// A way that does not hold was found.
const BROKEN: u8 = 20;

/// Nights are the same whoever rehearses them.
const SEED: u64 = 1;

pub(crate) fn rehearse(args: &RehearseArgs, json: bool) -> Result<ExitCode, Failure> {
    let subject = Subject::read(&args.runbook)?;
    let graph = Arc::new(subject.expanded.graph.clone());
    let (title, scene) = (subject.record.titled(), args.scene.as_str());
    excepts_steps(&graph, &args.except)?;
    let set = set_up(&subject, args)?;
    for (wanted, what, adequacy) in [
        (args.drop_undo, "undo", without_undo as fn(&_) -> _),
        (args.drop_edge, "order", without_order as fn(&_) -> _),
    ] {
        if wanted {
            let found = adequacy(&set)?;
            if json {
                say::json(&found);
            } else {
                say::answer(render::adequacy(&title, scene, &found, what, &graph).trim_end());
            }
        }
    }
    if args.drop_undo || args.drop_edge {
        return Ok(ExitCode::SUCCESS);
    }
    let began = Instant::now();
    let mut rehearsal = play(set)?;
    let excepted = |place: &Place| {
        place.node.as_ref().is_some_and(|node| args.except.iter().any(|step| names(step, node.as_str())))
    };
    let (left_out, unreached): (Vec<_>, _) =
        std::mem::take(&mut rehearsal.unreached).into_iter().partition(excepted);
    rehearsal.unreached = unreached;
    for Place { node, .. } in left_out {
        rehearsal.left_out.extend(node.filter(|node| !rehearsal.left_out.contains(node)));
    }
    let took = began.elapsed();
    let certificate = Certificate::new(&subject, scene, args.depth, &rehearsal);
    if json {
        say::json(&certificate.with_matrix(&rehearsal));
    } else {
        say::answer(render::render(&title, scene, &rehearsal, &graph).trim_end());
        say::error(&render::speed(&rehearsal, took));
    }
    if let Some(path) = &args.out {
        certificate.keep(path)?;
    }
    Ok(if rehearsal.holds() { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) })
}

/// What is excepted is there: a name that is misspelt would except nothing.
fn excepts_steps(graph: &Graph, except: &[String]) -> Result<(), Failure> {
    let is_there = |it: &&String| graph.steps().any(|(_, node)| names(it, node.id.as_str()));
    let Some(strange) = except.iter().find(|it| !is_there(it)) else { return Ok(()) };
    let known: BTreeSet<&str> = graph.steps().map(|(_, node)| &*node.step.name.node).collect();
    let help = suggestion(strange, known, "its steps are");
    let help = help.unwrap_or_else(|| "`hcxrun graph` shows its steps".to_owned());
    Err(Failure::with_help(format!("`--except {strange}` names no step of the runbook"), help))
}

/// Whether a step, or all of a fan-out, is meant by a name: a fan-out is excepted by its name.
fn names(step: &str, node: &str) -> bool {
    node.strip_prefix(step).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}

fn set_up(subject: &Subject, args: &RehearseArgs) -> Result<Play<TwinStage>, Failure> {
    let graph = Arc::new(subject.expanded.graph.clone());
    let twin = embedded::twin(&args.scene, &[], None)?;
    let systems = embedded::systems(&graph.program, &twin)?;
    let start = hcxrun_dsl::window(&graph.program).map_or(subject.record.started, |window| window.start);
    let stage = TwinStage::new(twin, embedded::endpoints(&graph.program));
    Ok(Play {
        run: Run::new(graph, SEED),
        files: subject.files.clone(),
        systems: systems.configs,
        stage,
        start,
        depth: args.depth,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    })
}

impl From<RehearsalError> for Failure {
    fn from(error: RehearsalError) -> Self {
        Failure::new(error.to_string())
    }
}
