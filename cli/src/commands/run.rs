//! `hcxrun run`, and the driving that resume and rollback share.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use hcxrun_dsl::eval::Reads;
use hcxrun_engine::{
    Course, Dispatch, DriveError, Driver, Event, Extent, Graph, Journal, JournalError, Outcome, Past, Plan,
    PlanVerdict, RecordedPlan, Resource, Run, RunId, RunLock, RunLog, RunRecord, fit,
};

use super::approvers;
use super::stored::Subject;
use crate::args::{JournalArgs, PeopleArgs, RunbookArgs, TargetArgs};
use crate::failure::Failure;
use crate::message::Message;
use crate::outputs::Outputs;
use crate::people::{self, Choice, Terminal};
use crate::progress::Progress;
use crate::render::report::{self, About};
use crate::render::{plan as render_plan, premises, window};
use crate::target::{self, Planned, Ports};
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
    subject.record.by = people.name.clone().unwrap_or_else(people::me);
    let people = Terminal::new(people, at.twin.is_none())?;
    let graph = Arc::new(subject.expanded.graph.clone());
    approvers::known(&graph, &people)?;
    if let Some(short) = approvers::short(&graph, &subject.record.by) {
        say::message(&short);
        return Ok(ExitCode::from(Outcome::Refused.exit_code()));
    }
    let path = journal::path(journal_args)?;
    let journal = journal::open(&path)?;
    target::with(&graph.program, at, async |ports| {
        let now = ports.clock.now();
        if let Some(closed) = window::not_open_yet(&graph, now).or_else(|| window::is_over(&graph, now)) {
            say::message(&closed);
            return Ok(ExitCode::from(Outcome::Refused.exit_code()));
        }
        let planned = target::make_plan(&graph, &subject.files, ports.systems, ports.clock).await;
        if let Some(code) = refused(&subject, &graph, &planned, json) {
            return Ok(code);
        }
        let plan = &planned.plan;
        if let Some(fit) = fit(&graph, ports.clock.now(), plan).filter(|it| it.spare().is_negative()) {
            say::message(&window::overrun(&graph, plan, &fit));
            return Ok(ExitCode::from(Outcome::Refused.exit_code()));
        }
        let id = RunId::fresh();
        let _lock = RunLock::take(&path, &id)?;
        let premises = subject.record.plan.as_ref().map(|plan| Arc::clone(&plan.premises));
        let run = Run::new(Arc::clone(&graph), subject.record.seed).held_to(premises);
        let run = run.begun_by(&subject.record.by);
        let (record, log) = match begin(journal, &id, &subject, plan, &ports) {
            Err(JournalError::PlanRun(before)) => return Ok(run_already(&before)),
            Err(JournalError::Claimed { resource, by }) => return Ok(claimed(&path, &resource, &by)),
            begun => begun?,
        };
        people.listen(&path, &id);
        say::error(&format!("Run {id}: {}", subject.record.titled()));
        drive(Drive { id, record, run, log, files: subject.files.clone(), json }, &ports, &people, None).await
    })
}

/// Nothing is begun that is known to end in a refusal, or that is not what was planned.
fn refused(subject: &Subject, graph: &Graph, planned: &Planned, json: bool) -> Option<ExitCode> {
    let (plan, refusal) = (&planned.plan, ExitCode::from(Outcome::Refused.exit_code()));
    if let Some(RecordedPlan { premises, .. }) = &subject.record.plan {
        let drift = premises.against(&planned.premises(graph), plan);
        if !drift.broken.is_empty() {
            premises::broken(&drift, premises, planned.made).for_each(|it| say::message(&it));
            return Some(refusal);
        }
        say::error(&premises::noted(&drift, premises));
    }
    let reason = render_plan::refusal(graph, plan)?;
    if json {
        say::json(plan);
    } else {
        say::answer(render_plan::render(&subject.record.title, plan, &Past::default()).trim_end());
    }
    say::message(&reason);
    Some(refusal)
}

fn begin(
    journal: Journal,
    id: &RunId,
    subject: &Subject,
    plan: &Plan,
    ports: &Ports<'_>,
) -> Result<(RunRecord, RunLog), JournalError> {
    let mut record = subject.record.clone();
    record.claims = ports.real;
    record.started = ports.clock.now();
    record.systems.clone_from(&ports.stored);
    let log = journal.create(id, &record, &touched(plan, &record))?;
    Ok((record, log))
}

/// The resources that a run is known to change before it begins.
fn touched(plan: &Plan, record: &RunRecord) -> BTreeSet<Resource> {
    let touched = plan.lines.iter().filter_map(|line| match &line.verdict {
        PlanVerdict::Change { request: Some(request), touches, .. } => {
            Some(record.resources(&request.system, touches))
        }
        _ => None,
    });
    touched.flatten().collect()
}

/// Another run has begun to change the same.
fn claimed(journal: &Path, resource: &str, by: &RunId) -> ExitCode {
    let fact = format!("{resource} is claimed by another run; nothing was changed");
    let mut message = Message::error(fact).coded("HR067");
    let runs = Journal::open(journal).and_then(|journal| journal.list()).unwrap_or_default();
    if let Some(run) = runs.into_iter().find(|run| run.id == *by) {
        let (state, since) =
            (run.outcome.map_or("under way or interrupted", Outcome::as_str), people::clock(run.started));
        message = message.line(&format!("run {by}"), format!("{}, begun at {since}, {state}", run.title));
    }
    say::message(&message.help(format!(
        "bring it to an end with `hcxrun resume {by}` or `hcxrun rollback {by}`; when nobody will, `hcxrun release {by} \
         --why TEXT` lets go of it"
    )));
    ExitCode::from(Outcome::Refused.exit_code())
}

/// What was approved once is done once.
fn run_already(before: &RunId) -> ExitCode {
    let fact = format!("this plan was run already, by run {before}; nothing was changed");
    say::message(&Message::error(fact).coded("HR066").help(format!(
        "`hcxrun show {before}` tells what became of it, `hcxrun resume {before}` goes on when it was held or interrupted; \
         else plan anew"
    )));
    ExitCode::from(Outcome::Refused.exit_code())
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
        turn = match people.choose().await {
            Choice::Hold => break ended.outcome,
            Choice::GoOn => Some((Course::Forward, reason)),
            Choice::RollBack => Some((Course::Back(Extent::Whole), reason)),
        };
    };
    let outputs = Outputs::of(&run.graph().program, run.names(), &it.files);
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
    let message = match error {
        DriveError::Journal(claimed @ JournalError::Claimed { .. }) => {
            Message::error(claimed.to_string()).coded("HR067")
        }
        other => Message::error(other.to_string()),
    };
    say::message(&message.help(match error {
        DriveError::Journal(JournalError::Claimed { by, .. }) => format!(
            "the request was not sent; when run {by} has ended, go on with `hcxrun resume {id}`, or take back what \
             was changed with `hcxrun rollback {id}`"
        ),
        DriveError::Journal(JournalError::Overtaken(_)) => {
            format!("the other one goes on; `hcxrun show {id}` tells how far it is")
        }
        _ => format!(
            "when the cause is removed, go on with `hcxrun resume {id}`: what was in flight is looked at \
             first, nothing is sent twice"
        ),
    }));
    ExitCode::from(Outcome::Aborted.exit_code())
}
