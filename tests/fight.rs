//! Two processes fight over one run: every change is made once, whoever wins and whoever is killed.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod common;

use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{Night, SPEED};
use serde_json::Value;

const RUNBOOK: &str = "network-extension-ha";

/// Most of a fight is waiting: so many go on at once.
const AT_ONCE: usize = 3;

/// How many fights; `HCXRUN_FIGHTS` sets another number.
fn fights() -> u32 {
    std::env::var("HCXRUN_FIGHTS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

/// Numbers between 0 and 1 that follow from a seed, spread evenly.
fn share(seed: u32, which: u32) -> f64 {
    (f64::from(seed) * 0.618_033_988_749_895 + f64::from(which) * 0.414_213_562_373_095).fract()
}

/// What a run without a fight comes to.
struct Wanted {
    took: Duration,
    world: Value,
    effects: Vec<String>,
}

fn undisturbed() -> Wanted {
    let night = Night::with_twin("fresh", &[]);
    let began = Instant::now();
    night.run_on_twin("run", RUNBOOK, &[]).exits(0);
    Wanted { took: began.elapsed(), world: night.world(), effects: sorted(night.effects()) }
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

fn start(night: &Night, args: &[String]) -> Child {
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    let mut command = night.command(&args);
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
}

fn resume(night: &Night) -> Child {
    let systems = night.systems().display().to_string();
    let args = ["resume", "last", "--systems", &systems, "--speed", SPEED, "--approve-all", "--unattended"];
    start(night, &args.map(str::to_owned))
}

fn signal(child: &Child, name: &str) {
    Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
}

/// What came of a fight.
#[derive(Default)]
struct Came {
    fought: bool,
    again: bool,
}

fn fight(seed: u32, wanted: &Wanted) -> Came {
    let night = Night::with_twin("fresh", &[]);
    let mut first = start(&night, &night.on_twin("run", RUNBOOK, &[]));
    sleep(wanted.took.mul_f64(share(seed, 1)));
    first.kill().unwrap();
    first.wait().unwrap();
    let mut came = Came::default();
    let runs = night.hcxrun(&["runs", "--json"]).exits(0).json();
    if runs.as_array().is_none_or(Vec::is_empty) {
        // Before the run was written down there is nothing to fight over.
        night.run_on_twin("run", RUNBOOK, &[]).exits(0);
    } else if runs[0]["outcome"] != "succeeded" {
        came.fought = true;
        let mut two = [resume(&night), resume(&night)];
        sleep(wanted.took.mul_f64(share(seed, 2) * 0.3));
        let loser = &mut two[usize::from(share(seed, 3) < 0.5)];
        if seed.is_multiple_of(3) {
            // It stands still and comes back: who has the lock keeps it meanwhile.
            signal(loser, "STOP");
            sleep(wanted.took.mul_f64(share(seed, 4)));
            signal(loser, "CONT");
        } else {
            let _ = loser.kill();
        }
        for child in &mut two {
            child.wait().unwrap();
        }
        if night.hcxrun(&["runs", "--json"]).exits(0).json()[0]["outcome"] != "succeeded" {
            came.again = true;
            night.go_on("resume", &[]).exits(0).says("succeeded");
        }
    }
    night.hcxrun(&["audit", "last"]).exits(0);
    assert_eq!(night.world(), wanted.world, "fight {seed}: the world differs");
    assert_eq!(
        sorted(night.effects()),
        wanted.effects,
        "fight {seed}: a change is missing, or was made twice"
    );
    came
}

#[test]
fn whoever_wins_every_change_is_made_once() {
    let (wanted, next) = (undisturbed(), AtomicU32::new(1));
    let work = || {
        let mut all = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > fights() {
                return all;
            }
            all.push(fight(seed, &wanted));
        }
    };
    let all: Vec<Came> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let fought = all.iter().filter(|came| came.fought).count();
    let again = all.iter().filter(|came| came.again).count();
    assert!(fought > 0, "nobody fought");
    println!(
        "{} runs killed, {fought} fought over by two processes, {again} resumed once more after that",
        all.len()
    );
}

#[test]
fn a_process_that_stands_still_keeps_its_run() {
    let night = Night::with_twin("fresh", &[]);
    let mut first = start(&night, &night.on_twin("run", RUNBOOK, &[]));
    while night.changes().is_empty() {
        sleep(Duration::from_millis(5));
    }
    signal(&first, "STOP");
    let pid = first.id();
    night
        .go_on("resume", &[])
        .exits(1)
        .says("is being driven by another hcxrun at this moment")
        .says(&format!("(process {pid}); a run can be taken over once its process has ended"));
    // Once it is dead it can be taken over, and it does not come back.
    first.kill().unwrap();
    first.wait().unwrap();
    night.go_on("resume", &[]).exits(0).says("succeeded");
    assert_eq!(night.effects().len(), 9, "{:?}", night.effects());
}
