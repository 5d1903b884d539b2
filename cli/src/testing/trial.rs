//! One test: its own twin, its own clock, the engine as in a real run, and a log that keeps nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use hcxrun_dsl::eval::{Reads, Scope};
use hcxrun_dsl::syntax::{Act, Expr, Then};
use hcxrun_dsl::{Diagnostic, Fields, RunbookBody, Span, Value};
use hcxrun_engine::{
    Course, Dispatch, Driver, Event, Extent, Graph, NoLog, Outcome, PhaseName, Run, Systems, VirtualClock,
};
use hcxrun_twin::{Fault, FaultError, Twin};
use jiff::Timestamp;

use super::approvers::Approvers;
use super::judge::judge;
use super::stage::Stage;
use super::{Case, Missed};
use crate::commands::misspelt;
use crate::embedded::{self, TwinTransport};
use crate::failure::Failure;
use crate::inputs::{self, Inputs};
use crate::load::{self, Prepared};
use crate::target;

/// When tests begin that have no change window: a test gives the same answer on every day.
const START: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// The seed of every run: the jitter of retries is the same each time.
const SEED: u64 = 0;

/// A test without a scene has the one that `--twin` has.
const SCENE: &str = "fresh";

/// Twins in the state of a scene, each made once.
#[derive(Debug, Default)]
pub(crate) struct Scenes(Mutex<BTreeMap<PathBuf, Twin>>);

impl Scenes {
    fn twin(&self, folder: &Path, scene: &str) -> Result<Twin, Failure> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = folder.join(scene);
        if let Some(twin) = known.get(&key) {
            return Ok(twin.clone());
        }
        let twin = Twin::new(&embedded::scene(folder, scene)?);
        known.insert(key, twin.clone());
        Ok(twin)
    }
}

/// Tries a test; gives what was not as expected, and what happened.
pub(super) fn run(case: &Case, scenes: &Scenes) -> (Vec<Missed>, Vec<String>) {
    let failed = |at: Span, failure: &Failure| (vec![Missed::failure(at, failure)], Vec::new());
    match set_up(case, scenes) {
        Err((at, failure)) => failed(at, &failure),
        Ok(scenery) => act_out(case, scenery).unwrap_or_else(|failure| failed(case.test.name.span, &failure)),
    }
}

/// What a test needs before it begins.
struct Scenery {
    prepared: Prepared,
    twin: Twin,
}

/// Sets it up; what is wrong comes with the part of the test that it is about.
fn set_up(case: &Case, scenes: &Scenes) -> Result<Scenery, (Span, Failure)> {
    let (test, file) = (&case.test, Path::new(case.file()));
    let whole = test.name.span;
    let program = Arc::new(case.program.tried_by(test));
    let given = given(case)?;
    let values = test.inputs.as_ref().map_or(whole, |it| it.span);
    let prepared = load::prepare(&program, file, &given).map_err(|failure| (values, failure))?;
    for approval in &test.approvals {
        let found = misspelt(&prepared.expanded.graph, approval);
        found.map_or(Ok(()), |it| Err((it.label.span, said(case, it))))?;
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let (scene, at) = test.scene.as_ref().map_or((SCENE, whole), |it| (&*it.node, it.span));
    let mut twin = scenes.twin(folder, scene).map_err(|failure| (at, failure))?;
    for fault in &test.faults {
        let wrong = |error: FaultError| {
            Diagnostic::error("HR021", fault.span, error.to_string()).help(FaultError::FORM)
        };
        let rule: Fault = fault.node.parse().map_err(|error| (fault.span, said(case, wrong(error))))?;
        twin.add_fault(rule);
    }
    Ok(Scenery { prepared, twin })
}

fn said(case: &Case, diagnostic: Diagnostic) -> Failure {
    Failure::Program { sources: case.program.sources.clone(), diagnostics: vec![diagnostic] }
}

/// The inputs that a test gives to the runbook of its file.
fn given(case: &Case) -> Result<Inputs, (Span, Failure)> {
    let path = Path::new(case.file());
    let file = case.test.inputs.as_ref().map(|it| path.with_file_name(&*it.node));
    let at = case.test.inputs.as_ref().map_or(case.test.name.span, |it| it.span);
    let inputs = inputs::read(&case.program, file.as_deref(), &[]).map_err(|failure| (at, failure))?;
    let mut inputs = inputs.of_test();
    let (mut files, none) = (Reads::default(), Fields::new());
    for set in &case.test.sets {
        let value = load::evaluate(&set.value, &Scope::values(&none), &mut files, path);
        let value = value.map_err(|error| (set.value.span, said(case, error.into())))?;
        inputs.set(&set.name.node, value);
    }
    Ok(inputs)
}

fn act_out(case: &Case, scenery: Scenery) -> Result<(Vec<Missed>, Vec<String>), Failure> {
    let Scenery { prepared, mut twin } = scenery;
    let graph = Arc::new(prepared.expanded.graph);
    let program = Arc::clone(&graph.program);
    let start = hcxrun_dsl::window(&program).map_or(START, |window| window.start);
    twin.advance(start);
    let first = twin.world();
    let configs = embedded::systems(&program, &twin)?.configs;
    let clock = VirtualClock::new(start);
    let transport = TwinTransport::new(twin, embedded::endpoints(&program), &clock);
    let systems = Systems::new(&transport, configs);
    let trial = Trial {
        case,
        graph,
        files: prepared.files,
        first: Value::from_json(first),
        transport: &transport,
        systems: &systems,
        clock: &clock,
        missed: Vec::new(),
        story: Vec::new(),
    };
    clock.run(trial.act()).ok_or_else(|| Failure::new("the run waits for something that cannot come"))
}

/// A test under way.
struct Trial<'a> {
    case: &'a Case,
    graph: Arc<Graph>,
    files: Reads,
    first: Value,
    transport: &'a TwinTransport<'a>,
    systems: &'a Systems<'a>,
    clock: &'a VirtualClock,
    missed: Vec<Missed>,
    story: Vec<String>,
}

impl Trial<'_> {
    async fn act(mut self) -> (Vec<Missed>, Vec<String>) {
        let mut at = self.case.test.name.span;
        if let Err(failure) = self.acts(&mut at).await {
            self.missed.push(Missed::failure(at, &failure));
        }
        self.faults();
        self.requests();
        (self.missed, self.story)
    }

    /// The run, and all that the test says of it; `at` is what it is doing.
    async fn acts(&mut self, at: &mut Span) -> Result<(), Failure> {
        let (mut stage, mut run) = self.run().await?;
        for act in &self.case.test.acts {
            match act {
                Act::Expect(expect) => self.expect(expect, &stage),
                Act::Then(then) => {
                    *at = then.span;
                    self.story.push(self.case.slice(*at).to_owned());
                    (stage, run) = self.then(&then.node, run).await?;
                }
            }
        }
        Ok(())
    }

    /// Plans, and runs what is not refused.
    async fn run(&mut self) -> Result<(Stage, Option<Run>), Failure> {
        let plan = target::make_plan(&self.graph, &self.files, self.systems, self.clock).await.plan;
        if plan.refusals().next().is_some() {
            let stage = Stage::refused(&self.graph, &plan);
            self.story.extend(stage.story.iter().cloned());
            return Ok((stage, None));
        }
        self.drive(Run::new(Arc::clone(&self.graph), SEED), None).await
    }

    async fn then(&mut self, then: &Then, run: Option<Run>) -> Result<(Stage, Option<Run>), Failure> {
        let reason = "asked for by the test".to_owned();
        let outcome = run.as_ref().and_then(Run::outcome).unwrap_or(Outcome::Refused);
        let course = match (then, outcome) {
            (Then::Run, _) => return self.run().await,
            (Then::Resume, Outcome::Held) => Course::Forward,
            (Then::Resume, _) => return Err(unfit("goes on with a run that is held", outcome)),
            (Then::Rollback(_), Outcome::Refused | Outcome::RolledBack) => {
                return Err(unfit("takes back what a run has changed", outcome));
            }
            (Then::Rollback(None), _) => Course::Back(Extent::Whole),
            (Then::Rollback(Some(to)), _) => Course::Back(Extent::To(PhaseName::new(Arc::clone(&to.node)))),
        };
        match run {
            Some(run) => self.drive(run, Some((course, reason))).await,
            None => Err(unfit("needs a run that has begun", outcome)),
        }
    }

    async fn drive(
        &mut self,
        run: Run,
        turn: Option<(Course, String)>,
    ) -> Result<(Stage, Option<Run>), Failure> {
        let mut dispatch = Dispatch::new(run, self.files.clone());
        let (mut log, people) = (NoLog, Approvers::new(&self.case.test.approvals, self.clock));
        let mut watch = |_: &Event, _: &Run| {};
        let driver = Driver::new(&mut dispatch, &mut log, self.systems, self.clock, &people, &mut watch);
        let ended = driver.drive(turn).await?;
        let run = dispatch.into_run();
        let stage = Stage::ended(&run, ended.outcome);
        self.story.extend(stage.story.iter().cloned());
        Ok((stage, Some(run)))
    }

    fn expect(&mut self, expect: &Expr, stage: &Stage) {
        let (world, requests) = {
            let twin = self.transport.twin();
            let log = twin.log().iter().filter_map(|entry| serde_json::to_value(entry).ok());
            (Value::from_json(twin.world()), Value::list(log.map(Value::from_json).collect()))
        };
        let results = Fields::from([
            (Arc::from("outcome"), Value::text(stage.outcome.as_str())),
            (Arc::from("reason"), Value::text(stage.reason.as_str())),
            (Arc::from("steps"), Value::record(stage.steps.clone())),
            (Arc::from("world"), world),
            (Arc::from("first"), self.first.clone()),
            (Arc::from("requests"), requests),
        ]);
        let lets = self.graph.program.runbook().map_or(&[][..], |RunbookBody { lets, .. }| lets);
        let outer = Scope::values(&results);
        let names = outer.with_values(&stage.names);
        let path = Path::new(self.case.file());
        let missed = judge(self.case, expect, &names.with_lets(lets), &mut self.files, path);
        self.missed.extend(missed);
    }

    /// A fault that never strikes proves nothing; most often its operation is misspelt.
    fn faults(&mut self) {
        let (twin, written) = (self.transport.twin(), &self.case.test.faults);
        let left = twin.faults().iter().rev().zip(written.iter().rev());
        let idle =
            left.filter(|(rule, text)| text.node.parse().is_ok_and(|it: Fault| it.count == rule.count));
        self.missed.extend(idle.map(|(rule, text)| {
            let because = format!("no call of {} met this fault", rule.operation);
            Missed { at: text.span, because: vec![because] }
        }));
    }

    /// What was asked of the twin that could change it, for the story.
    fn requests(&mut self) {
        let twin = self.transport.twin();
        for entry in twin.log().iter().filter(|entry| entry.changing) {
            let status = entry.status.map_or("no answer".to_owned(), |it| it.to_string());
            let fault = entry.fault.map(|it| format!(", {it}")).unwrap_or_default();
            let operation = entry.operation.unwrap_or(&entry.path);
            self.story.push(format!("sent {operation} to {}: {status}{fault}", entry.endpoint.site.word()));
        }
    }
}

/// A `then` that does not fit how the run has ended.
fn unfit(does: &str, outcome: Outcome) -> Failure {
    Failure::new(format!("this {does}, and the outcome was `{}`", outcome.as_str()))
}
