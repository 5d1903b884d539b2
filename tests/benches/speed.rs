//! How long things take: `cargo bench`. A table on standard output, nothing asserted.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints what it measured"
)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hcxrun_dsl::eval::Reads;
use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Fields, Loader, ModuleText, load};
use hcxrun_engine::{
    Broken, Dispatch, Driver, Event, Expansion, Graph, Journal, JournalError, LocalFuture, Log, Outcome,
    People, Question, Run, RunId, RunLog, RunRecord, Said, Systems, Transport, VirtualClock, Wire,
    WireAnswer, expand,
};
use jiff::Timestamp;

const STEPS: usize = 10_000;

const TESTS: usize = 100;

fn main() {
    println!("{:<58} {:>12}", "what", "measured");
    let start = median(30, || start_up(&[]));
    let check = median(30, || start_up(&["check", "runbooks/network-extension-ha.hcxrun"]));
    row("start-up: hcxrun without a command", start);
    row("start-up: hcxrun check of the article's runbook", check);
    row(&format!("hcxrun test: {TESTS} tests on a twin each"), tests());
    for (name, text) in [("a chain of", chain()), ("a fan-out of", fan_out())] {
        let began = Instant::now();
        let graph = graph(&text);
        row(&format!("{name} {STEPS} no-op steps: parse, check, expand"), began.elapsed());
        let (took, syncs) = run(&graph);
        row(&format!("{name} {STEPS} no-op steps: run, journal on disk"), took);
        let each = took.div_f64(f64::from(u32::try_from(STEPS).unwrap()));
        row("  a step", each);
        println!("{:<58} {syncs:>12}", "  syncs");
    }
}

fn row(what: &str, took: Duration) {
    println!("{what:<58} {:>12}", format!("{took:.2?}"));
}

fn median(times: usize, mut measure: impl FnMut() -> Duration) -> Duration {
    let mut all: Vec<_> = (0..times).map(|_| measure()).collect();
    all.sort();
    *all.get(times / 2).unwrap()
}

fn start_up(args: &[&str]) -> Duration {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_hcxrun"));
    command.args(args).current_dir(root).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    command.status().unwrap();
    began.elapsed()
}

/// Each scales a mesh and goes back, or finds a lost answer again.
fn tests() -> Duration {
    let mut text = "edition 1\nuse hcx\n".to_owned();
    for n in 0..TESTS {
        let (fault, then) = if n % 2 == 0 {
            ("", "then rollback\n  expect world == first")
        } else {
            ("fault \"updateServiceMesh=drop-after\"", "expect scaled.count == 2")
        };
        writeln!(
            text,
            "test \"number {n}\" {{\n  {fault}\n  system site: hcx.manager\n  step scaled: hcx.scale_appliances \
             {{ site = site  mesh = \"dc1-to-cloud\"  count = 2 }}\n  {then}\n}}"
        )
        .unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tests.hcxrun");
    std::fs::write(&file, text).unwrap();
    median(5, || start_up(&["test", file.to_str().unwrap()]))
}

const MODULE: &str = "edition 1\napi none {\n  input url: url\n}\naction pass {\n  input n: number\n  require n >= 0 else \"below zero\"\n  output n = n\n}\n";

struct Texts;

impl Loader for Texts {
    fn module(&mut self, _: &UseTarget, _: &str) -> Result<ModuleText, String> {
        Ok(ModuleText::file("none.hcxrun", MODULE))
    }
}

fn chain() -> String {
    let mut text = "edition 1\nrunbook \"A chain\" { }\nuse none\n".to_owned();
    for n in 0..STEPS {
        writeln!(text, "step s{n}: none.pass {{ n = {n} }}").unwrap();
    }
    text
}

fn fan_out() -> String {
    let all: Vec<_> = (0..STEPS).map(|n| n.to_string()).collect();
    let list = all.join(", ");
    format!(
        "edition 1\nrunbook \"A fan-out\" {{ }}\nuse none\nlet all = [{list}]\nstep s for n in all by n: none.pass {{ n = n }}\n"
    )
}

fn graph(text: &str) -> Arc<Graph> {
    let (program, diagnostics) = load(&ModuleText::file("bench.hcxrun", text), &mut Texts);
    assert!(!diagnostics.iter().any(hcxrun_dsl::Diagnostic::is_error), "{diagnostics:?}");
    match expand(&Arc::new(program), &Fields::new(), &Reads::default()).unwrap() {
        Expansion::Done(expanded) => Arc::new(expanded.graph),
        Expansion::Needs(reads) => panic!("{reads:?}"),
    }
}

struct Nothing;

impl Transport for Nothing {
    fn send<'a>(&'a self, _: &'a str, _: Wire) -> LocalFuture<'a, Result<WireAnswer, Broken>> {
        Box::pin(std::future::ready(Err(Broken::Misconfigured("nobody is there".to_owned()))))
    }
}

struct Nobody;

impl People for Nobody {
    fn ask(&self, _: Question) -> LocalFuture<'_, Vec<Said>> {
        Box::pin(std::future::ready(Vec::new()))
    }

    fn interruption(&self) -> LocalFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// Counts the commits: with `synchronous=FULL` each of them is a sync.
struct Counted(RunLog, usize);

impl Log for Counted {
    fn append(&mut self, events: &[Event]) -> Result<(), JournalError> {
        self.1 += 1;
        self.0.append(events)
    }
}

fn run(graph: &Arc<Graph>) -> (Duration, usize) {
    let dir = tempfile::tempdir().unwrap();
    let record = RunRecord {
        version: String::new(),
        started: Timestamp::UNIX_EPOCH,
        title: String::new(),
        ticket: None,
        sources: Vec::new(),
        inputs: BTreeMap::new(),
        files: Vec::new(),
        systems: BTreeMap::new(),
        seed: 1,
        digest: String::new(),
        rehearsed: None,
        by: String::new(),
        claims: false,
        plan: None,
    };
    let journal = Journal::open(&dir.path().join("journal.db")).unwrap();
    let mut log = Counted(journal.create(&RunId::fresh(), &record, &[].into()).unwrap(), 0);
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let systems = Systems::new(&Nothing, BTreeMap::new());
    let mut dispatch = Dispatch::new(Run::new(Arc::clone(graph), 1), Reads::default());
    let mut watch = |_: &Event, _: &Run| {};
    let began = Instant::now();
    let driver = Driver::new(&mut dispatch, &mut log, &systems, &clock, &Nobody, &mut watch);
    let ended = clock.run(driver.drive(None)).unwrap().unwrap();
    assert_eq!(ended.outcome, Outcome::Succeeded);
    (began.elapsed(), log.1)
}
