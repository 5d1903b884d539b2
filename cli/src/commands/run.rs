//! `hcxrun run`, and the driving that resume and rollback share.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use hcxrun_dsl::eval::{Context, Reads, Scope};
use hcxrun_dsl::{Fields, RunbookBody};
use hcxrun_engine::{
    Course, Dispatch, DriveError, Driver, Event, Extent, Graph, Journal, JournalError, NodeId, Outcome, Past,
    Plan, Run, RunId, RunLock, RunLog, RunRecord, fit,
};

use super::stored::{KeptPlan, Subject, lines};
use crate::args::{JournalArgs, PeopleArgs, RunbookArgs, TargetArgs};
use crate::failure::Failure;
use crate::people::{self, Choice, Terminal};
use crate::progress::Progress;
use crate::render::report::{self, About};
use crate::render::{plan as render_plan, window};
use crate::target::{self, Ports};
use crate::{journal, say};

pub(crate) fn run(
    args: &RunbookArgs,
    rehearsed: Option<&Path>,
    at: &TargetArgs,
    people: &PeopleArgs,
    journal_args: &JournalArgs,
    json: bool,
) -> Result<ExitCode, Failure> {
    let mut subject = Subject::read(args)?;
    subject.certify(rehearsed)?;
    let people = Terminal::new(people, at.twin.is_none())?;
    let graph = Arc::new(subject.expanded.graph.clone());
    check_gates(&graph, &people)?;
    let path = journal::path(journal_args)?;
    let journal = journal::open(&path)?;
    target::with(&graph.program, at, async |ports| {
        if let Some(reason) = outside_window(&graph, &ports) {
            say::error(&format!("error[HR045]: {reason}; nothing was changed"));
            return Ok(ExitCode::from(Outcome::Refused.exit_code()));
        }
        let plan = target::make_plan(&graph, &subject.files, ports.systems, ports.clock).await;
        if let Some(code) = refused(&subject, &plan, json) {
            return Ok(code);
        }
        if let Some(fit) = fit(&graph, ports.clock.now(), &plan).filter(|it| it.spare().is_negative()) {
            say::error(&window::overrun(&graph, &plan, &fit));
            return Ok(ExitCode::from(Outcome::Refused.exit_code()));
        }
        let id = RunId::fresh();
        let _lock = RunLock::take(&path, &id)?;
        let run = Run::new(Arc::clone(&graph), subject.record.seed);
        let (record, log) = begin(journal, &id, &subject, &ports)?;
        say::error(&format!("Run {id}: {}", subject.record.titled()));
        drive(Drive { id, record, run, log, files: subject.files.clone(), json }, &ports, &people, None).await
    })
}

/// Why the change window keeps the run from beginning now.
fn outside_window(graph: &Graph, ports: &Ports<'_>) -> Option<String> {
    let window = hcxrun_dsl::window(&graph.program)?;
    let (now, end) = (ports.clock.now(), window.end.checked_sub(window.keep).unwrap_or(window.end));
    if now < window.start {
        return Some(format!("the change window opens at {}, and it is {now}", window.start));
    }
    let keep = hcxrun_dsl::format_duration(window.keep);
    (now >= end)
        .then(|| format!("the change window closes at {} with {keep} kept free, and it is {now}", window.end))
}

/// Nothing is begun that is known to end in a refusal, or that is not what was planned.
fn refused(subject: &Subject, plan: &Plan, json: bool) -> Option<ExitCode> {
    let refusal = ExitCode::from(Outcome::Refused.exit_code());
    if plan.refusals().next().is_some() {
        if json {
            say::json(plan);
        } else {
            say::answer(render_plan::render(&subject.record.title, plan, &Past::default()).trim_end());
        }
        return Some(refusal);
    }
    let kept = subject.kept.as_ref()?;
    let moved = moved(kept, plan);
    if moved.is_empty() {
        return None;
    }
    let since = kept.made.strftime("%Y-%m-%d %H:%M UTC");
    say::error(&format!("error[HR063]: the plan of {since} does not hold any more; nothing was changed"));
    moved.iter().for_each(|line| say::error(&format!("  {line}")));
    say::error("  help: plan anew, and have the new plan approved");
    Some(refusal)
}

/// What is planned otherwise now. What came to be by itself since is no reason to stop.
fn moved(kept: &KeptPlan, plan: &Plan) -> Vec<String> {
    let now = lines(plan);
    let verdict = |line: &serde_json::Value| {
        line.get("verdict").and_then(|it| it.as_str()).unwrap_or_default().to_owned()
    };
    let says = |line: &serde_json::Value| {
        let detail = ["sentence", "reason", "question"].into_iter().find_map(|key| line.get(key)?.as_str());
        format!("{}{}", verdict(line), detail.map(|it| format!(": {it}")).unwrap_or_default())
    };
    let node =
        |line: &serde_json::Value| line.get("node").and_then(|it| it.as_str()).unwrap_or_default().to_owned();
    let has_moved =
        |then: &serde_json::Value, now: &serde_json::Value| match (&*verdict(then), &*verdict(now)) {
            (_, "refused") => true,
            // What was left open is decided now, and what was to be changed may be so already.
            ("unknown" | "ask", _) | (_, "already" | "ask") => false,
            ("change", "change") => {
                let whole = then.get("after").and_then(|it| it.as_array()).is_none_or(Vec::is_empty);
                whole && says(then) != says(now)
            }
            (before, after) => before != after,
        };
    let pairs = kept.lines.iter().zip(&now).filter(|(then, now)| has_moved(then, now));
    pairs
        .map(|(then, now)| format!("{}\n    planned  {}\n    now      {}", node(now), says(then), says(now)))
        .collect()
}

fn check_gates(graph: &Graph, people: &Terminal) -> Result<(), Failure> {
    let known: BTreeSet<String> =
        graph.gates.iter().filter_map(|at| graph.id(*at)).map(NodeId::to_string).collect();
    match people.gates().find(|gate| !known.contains(*gate)) {
        None => Ok(()),
        Some(strange) => Err(Failure::with_help(
            format!("the runbook has no gate `{strange}`"),
            format!("its gates are {}", known.into_iter().collect::<Vec<_>>().join(", ")),
        )),
    }
}

fn begin(
    journal: Journal,
    id: &RunId,
    subject: &Subject,
    ports: &Ports<'_>,
) -> Result<(RunRecord, RunLog), Failure> {
    let mut record = subject.record.clone();
    record.started = ports.clock.now();
    record.systems.clone_from(&ports.stored);
    let log = journal.create(id, &record)?;
    Ok((record, log))
}

/// A run with all that driving it needs.
pub(super) struct Drive {
    pub(super) id: RunId,
    pub(super) record: RunRecord,
    pub(super) run: Run,
    pub(super) log: RunLog,
    pub(super) files: Reads,
    pub(super) json: bool,
}

/// Drives a run to its end, and says what became of it.
pub(super) async fn drive(
    mut it: Drive,
    ports: &Ports<'_>,
    people: &Terminal,
    turn: Option<(Course, String)>,
) -> Result<ExitCode, Failure> {
    let (mut run, mut turn) = (it.run, turn);
    let outcome = loop {
        let mut progress = Progress::new(&run, ports.real);
        let mut watch = |event: &Event, run: &Run| progress.show(event, run);
        let mut dispatch = Dispatch::new(run, it.files.clone());
        let driver = Driver::new(&mut dispatch, &mut it.log, ports.systems, ports.clock, people, &mut watch);
        let ended = match driver.drive(turn.take()).await {
            Ok(ended) => ended,
            Err(error) => return Ok(stopped(&it.id, &error)),
        };
        run = dispatch.into_run();
        if !ended.interrupted || ended.outcome != Outcome::Held {
            break ended.outcome;
        }
        let reason = "decided by a person after an interruption".to_owned();
        turn = match people::choose() {
            Choice::Hold => break ended.outcome,
            Choice::GoOn => Some((Course::Forward, reason)),
            Choice::RollBack => Some((Course::Back(Extent::Whole), reason)),
        };
    };
    let outputs = outputs(&run);
    let about = About { id: it.id.as_str(), record: &it.record, head: it.log.head() };
    if it.json {
        say::json(&report::to_json(&about, &run, &outputs));
    } else {
        say::answer(report::render(&about, &run, &outputs).trim_end());
    }
    Ok(ExitCode::from(outcome.exit_code()))
}

/// It could not go on, and requests may be on their way: the same as a run that a person stopped at once.
fn stopped(id: &RunId, error: &DriveError) -> ExitCode {
    say::error(&format!("error: {error}"));
    say::error(&match error {
        DriveError::Journal(JournalError::Overtaken(_)) => {
            format!("  help: the other one goes on; `hcxrun show {id}` tells how far it is")
        }
        _ => format!(
            "  help: when the cause is removed, go on with `hcxrun resume {id}`: what was in flight is looked at \
             first, nothing is sent twice"
        ),
    });
    ExitCode::from(Outcome::Aborted.exit_code())
}

/// What the runbook hands back, as far as it is known.
pub(super) fn outputs(run: &Run) -> serde_json::Value {
    let reads = Reads::default();
    let context = Context::prose(&reads);
    let Some(RunbookBody { outputs, lets, .. }) = run.graph().program.runbook() else {
        return serde_json::Value::Null;
    };
    let names: &Fields = run.names();
    let outer = Scope::values(names);
    let scope = outer.with_lets(lets);
    let value = |it: &hcxrun_dsl::syntax::Output| {
        let value = context.evaluate(&it.value, &scope).ok()?;
        Some((it.name.node.to_string(), value.to_json()))
    };
    outputs.iter().filter_map(value).collect::<serde_json::Map<_, _>>().into()
}
