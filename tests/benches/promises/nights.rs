//! Runs with a journal on disk.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hcxrun_dsl::eval::Reads;
use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Diagnostic, Fields, Loader, ModuleText, Value, load};
use hcxrun_engine::{
    Course, Dispatch, DriveError, Driver, Event, EventKind, Expansion, Extent, Graph, Journal, JournalError,
    Log, Outcome, Run, RunId, RunLog, RunRecord, StoredSystem, SystemConfig, Systems, VirtualClock, expand,
};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::texts;
use crate::world::{Nobody, Switches};

/// A folder on the disk that the build is on: a temporary one may be in memory.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

struct Texts;

impl Loader for Texts {
    fn module(&mut self, _: &UseTarget, _: &str) -> Result<ModuleText, String> {
        Ok(ModuleText::file("switches.hcxrun", texts::SWITCHES))
    }
}

pub(crate) fn graph(text: &str) -> Arc<Graph> {
    let (program, diagnostics) = load(&ModuleText::file("speed.hcxrun", text), &mut Texts);
    assert!(!diagnostics.iter().any(Diagnostic::is_error), "{diagnostics:?}");
    match expand(&Arc::new(program), &Fields::new(), &Reads::default()).unwrap() {
        Expansion::Done(expanded) => Arc::new(expanded.graph),
        Expansion::Needs(reads) => panic!("{reads:?}"),
    }
}

/// How long something took and how often it synced.
pub(crate) struct Took {
    pub(crate) took: Duration,
    pub(crate) syncs: usize,
}

/// A journal that counts its commits, each of them one sync, and breaks after so many events.
struct Counted {
    log: RunLog,
    syncs: usize,
    events: usize,
    limit: usize,
}

impl Log for Counted {
    fn append(&mut self, events: &[Event]) -> Result<(), JournalError> {
        if self.events >= self.limit {
            return Err(JournalError::NoRun("the process died".to_owned()));
        }
        self.syncs += 1;
        self.events += events.len();
        self.log.append(events)
    }
}

/// A run with its journal and its switches.
pub(crate) struct Site {
    dir: TempDir,
    id: RunId,
    graph: Arc<Graph>,
    switches: Switches,
    run: Option<Run>,
}

impl Site {
    pub(crate) fn new(graph: &Arc<Graph>) -> Self {
        let (dir, id) = (folder(), RunId::fresh());
        let site = Self { dir, id, graph: Arc::clone(graph), switches: Switches::default(), run: None };
        site.open().create(&site.id, &record(), &[].into()).unwrap();
        site
    }

    /// A run whose process died after so many events.
    pub(crate) fn cut(graph: &Arc<Graph>, events: usize) -> Self {
        let mut site = Self::new(graph);
        let fresh = Run::new(Arc::clone(graph), 1);
        let log = site.log();
        assert!(site.drive(fresh, log, events, None, &mut |_| {}).is_err());
        site
    }

    fn open(&self) -> Journal {
        Journal::open(&self.path()).unwrap()
    }

    fn log(&self) -> RunLog {
        self.open().load(&self.id).unwrap().2
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("journal.db")
    }

    pub(crate) fn run(&mut self) -> Took {
        let fresh = Run::new(Arc::clone(&self.graph), 1);
        let log = self.log();
        let (outcome, took) = self.drive(fresh, log, usize::MAX, None, &mut |_| {}).unwrap();
        assert_eq!(outcome, Outcome::Succeeded);
        took
    }

    /// Takes back what a run has done.
    pub(crate) fn rollback(&mut self) -> Took {
        let run = self.run.take().unwrap();
        let turn = (Course::Back(Extent::Whole), "it is measured".to_owned());
        let log = self.log();
        let (outcome, took) = self.drive(run, log, usize::MAX, Some(turn), &mut |_| {}).unwrap();
        assert_eq!((outcome, self.switches.are_on()), (Outcome::RolledBack, 0));
        took
    }

    /// From opening the journal until the first new change is about to leave, in a process that knows the graph.
    pub(crate) fn resume(&mut self) -> Duration {
        std::fs::copy(self.path(), self.dir.path().join("resumed.db")).unwrap();
        let left = self.switches.clone();
        let began = Instant::now();
        let journal = Journal::open(&self.dir.path().join("resumed.db")).unwrap();
        let mut run = Run::new(Arc::clone(&self.graph), 1);
        let (_, replay) = journal.replay(&self.id).unwrap();
        let log = replay.each(&mut |event| run.apply(&event).unwrap()).unwrap();
        let mut first = None;
        let mut seen = |event: &Event| {
            if matches!(event.kind, EventKind::Intended { .. }) {
                first.get_or_insert_with(|| began.elapsed());
            }
        };
        self.drive(run, log, usize::MAX, None, &mut seen).unwrap();
        self.switches = left;
        first.unwrap()
    }

    /// The mean length of the rows that a run wrote.
    fn row_length(&self) -> usize {
        let (_, events, _) = self.open().load(&self.id).unwrap();
        let body = |event: &Event| serde_json::to_string(event).unwrap().len();
        let other = |event: &Event| {
            let node = event.kind.node().map_or(0, |node| node.as_str().len());
            self.id.as_str().len() + event.at.to_string().len() + node + 2 * HASH
        };
        events.iter().map(|event| body(event) + other(event)).sum::<usize>() / events.len()
    }

    fn drive(
        &mut self,
        run: Run,
        log: RunLog,
        limit: usize,
        turn: Option<(Course, String)>,
        seen: &mut dyn FnMut(&Event),
    ) -> Result<(Outcome, Took), DriveError> {
        let mut log = Counted { log, syncs: 0, events: 0, limit };
        let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
        let systems = systems(&self.graph, &self.switches);
        let mut dispatch = Dispatch::new(run, Reads::default());
        let mut watch = |event: &Event, _: &Run| seen(event);
        let began = Instant::now();
        let driver = Driver::new(&mut dispatch, &mut log, &systems, &clock, &Nobody, &mut watch);
        let ended = clock.run(driver.drive(turn)).unwrap()?;
        let took = Took { took: began.elapsed(), syncs: log.syncs };
        self.run = Some(dispatch.into_run());
        Ok((ended.outcome, took))
    }
}

/// A hash as the journal writes it.
const HASH: usize = 64;

/// What the reference appends: the mean length of a journal's rows.
pub(crate) fn record_size() -> usize {
    let mut site = Site::new(&graph(&texts::chain(100)));
    site.run();
    site.row_length()
}

fn record() -> RunRecord {
    // Every intent claims what it touches there.
    let place = StoredSystem { url: "http://switches".to_owned(), username: None };
    RunRecord {
        version: String::new(),
        started: Timestamp::UNIX_EPOCH,
        title: String::new(),
        ticket: None,
        sources: Vec::new(),
        inputs: BTreeMap::new(),
        files: Vec::new(),
        systems: [("at".to_owned(), place)].into(),
        seed: 1,
        digest: String::new(),
        rehearsed: None,
        by: String::new(),
        claims: true,
        plan: None,
    }
}

fn systems<'a>(graph: &Graph, switches: &'a Switches) -> Systems<'a> {
    let all = graph.program.runbook().unwrap().systems.iter().map(|system| {
        let (_, api) = graph.program.api_of(system).unwrap();
        let inputs = Fields::from([(Arc::from("url"), Value::text("http://switches"))]);
        (system.name.node.to_string(), SystemConfig { api: api.clone(), inputs })
    });
    Systems::new(switches, all.collect())
}
