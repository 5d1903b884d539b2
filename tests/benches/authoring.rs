//! What an author waits for: `cargo bench --bench authoring`. A table on standard output, nothing asserted.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints what it measured"
)]

mod long;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hcxrun_dsl::{Sources, parse};
use long::runbook;

/// So many steps the large file has.
const STEPS: usize = 10_000;

const ROUNDS: usize = 11;

fn main() {
    println!("{:<66} {:>10} {:>10}", "what", "promised", "median");
    let dir = tempfile::tempdir().unwrap();
    let large = write(dir.path(), "large.hcxrun", &runbook(STEPS));
    let article = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../runbooks/network-extension-ha.hcxrun");
    row(
        "hcxrun check of the article's runbook, a process",
        "20 ms",
        median(|| process(&["check"], &article)),
    );
    let text = runbook(STEPS);
    let size = format!("{STEPS} steps, {:.1} MB", f64::from(u32::try_from(text.len()).unwrap()) / 1e6);
    row(&format!("{size}: parsed"), "–", median(|| parsed(&text)));
    row(
        &format!("{size}: hcxrun check, a process on one core"),
        "300 ms",
        median(|| process(&["check"], &large)),
    );
}

fn row(what: &str, promise: &str, took: Duration) {
    println!("{what:<66} {promise:>10} {:>10}", format!("{took:.1?}"));
}

fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut all: Vec<_> = (0..ROUNDS).map(|_| measure()).collect();
    all.sort();
    *all.get(ROUNDS / 2).unwrap()
}

fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn parsed(text: &str) -> Duration {
    let mut sources = Sources::default();
    let source = sources.add("large.hcxrun", text);
    let began = Instant::now();
    let (file, found) = parse(source, text);
    let took = began.elapsed();
    assert!(found.is_empty() && file.items.len() > STEPS);
    took
}

/// From start to exit, on one core where `taskset` can hold it there.
fn process(args: &[&str], file: &Path) -> Duration {
    let program = env!("CARGO_BIN_EXE_hcxrun");
    let mut command = Command::new("taskset");
    command.args(["-c", "0", program]);
    if Command::new("taskset").arg("-V").stdout(Stdio::null()).status().is_err() {
        command = Command::new(program);
    }
    command.args(args).arg(file).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    assert!(command.status().unwrap().success());
    began.elapsed()
}
