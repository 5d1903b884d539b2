//! `hcxrun rehearse`

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use hcxrun_engine::Run;
use hcxrun_engine::rehearse::{Place, Play, RehearsalError, rehearse as play, without_order, without_undo};

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
    // A fan-out is excepted by its name.
    let names = |step: &String, node: &str| {
        node.strip_prefix(step.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
    };
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
