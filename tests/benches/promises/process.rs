//! Whole processes: how long one takes, and how much memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::nights::{Site, folder, graph};
use crate::texts;

/// This program, asked for one of its parts.
fn myself(part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(part);
    command
}

/// A program that does nothing, from start to exit.
pub(crate) fn nothing() -> Duration {
    time(&mut myself("nothing"))
}

fn time(command: &mut Command) -> Duration {
    let began = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let took = began.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    took
}

/// `hcxrun run` of a runbook, with a journal that is there already.
pub(crate) fn run(text: &str) -> impl FnMut() -> Duration {
    let dir = folder();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("one.hcxrun", text);
    write("switches.hcxrun", texts::SWITCHES);
    let once = move || time(&mut hcxrun(dir.path()));
    once();
    once
}

fn hcxrun(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hcxrun"));
    command.args(["run", "one.hcxrun", "--twin", "--approve-all"]);
    command.current_dir(dir).env("HCXRUN_JOURNAL", dir.join("journal.db"));
    command
}

/// The peak memory of a process that parses, runs and journals the large graph.
pub(crate) fn peak() -> String {
    let output = myself("many").output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What that process does.
pub(crate) fn many() {
    let graph = graph(&texts::layers(crate::MANY));
    Site::new(&graph).run();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim();
    let kilobytes = peak.trim_end_matches(" kB").parse::<f64>();
    println!("{}", kilobytes.map_or(peak.to_owned(), |it| format!("{:.1} MB", it * 1024.0 / 1e6)));
}
