//! `kill -9` at any moment of a run, then `resume`: the change is never lost and never made twice.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod common;

use std::time::{Duration, Instant};

use common::Night;

/// How often hcxrun is killed; `HCXRUN_KILLS` sets another number.
fn kills() -> u32 {
    std::env::var("HCXRUN_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(15)
}

/// A moment within `whole` that follows from `seed`: spread evenly, the same ones in every run.
fn moment(seed: u32, whole: Duration) -> Duration {
    // The fractional part of multiples of the golden ratio comes everywhere and never twice to the same place.
    whole.mul_f64((f64::from(seed) * 0.618_033_988_749_895).fract())
}

const RUNBOOK: &str = "network-extension-ha";

#[test]
fn a_killed_run_is_resumed_to_the_same_world() {
    // As many side by side as later: what a run takes then is what it is killed within.
    let whole: Vec<_> = side_by_side(|_| undisturbed());
    let took = whole.iter().map(|(_, took)| *took).max().unwrap();
    let night = &whole[0].0;
    let (wanted, effects) = (night.world(), sorted(night.effects()));
    drop(whole);
    let lane = |first: u32| {
        (first..=kills()).step_by(LANES as usize).map(|seed| kill(seed, took, &wanted, &effects))
    };
    let came: Vec<_> = side_by_side(|first| lane(first).collect::<Vec<_>>()).into_iter().flatten().collect();
    let killed = came.iter().filter(|it| it.killed).count();
    let again = came.iter().filter(|it| it.resumed).count();
    println!("killed {killed} runs with kill -9, resumed {again} of them, each to the same world");
}

/// How many runs go on at once: a run mostly waits.
const LANES: u32 = 4;

fn side_by_side<T: Send>(lane: impl Fn(u32) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let lane = &lane;
        let lanes: Vec<_> = (1..=LANES).map(|first| scope.spawn(move || lane(first))).collect();
        lanes.into_iter().map(|it| it.join().unwrap()).collect()
    })
}

/// A run that nobody kills, and how long it takes.
fn undisturbed() -> (Night, Duration) {
    let night = Night::with_twin("fresh", &[]);
    let began = Instant::now();
    night.run_on_twin("run", RUNBOOK, &[]).exits(0);
    (night, began.elapsed())
}

/// What became of a run that was to be killed.
struct Came {
    /// It was still there.
    killed: bool,
    /// It was gone on with.
    resumed: bool,
}

/// Kills a run at a moment, goes on with it, and compares the world with that of a run that nobody killed.
fn kill(seed: u32, whole: Duration, wanted: &serde_json::Value, effects: &[String]) -> Came {
    let night = Night::with_twin("fresh", &[]);
    let args = night.on_twin("run", RUNBOOK, &[]);
    let mut child = night.command(&args.iter().map(String::as_str).collect::<Vec<_>>()).spawn().unwrap();
    std::thread::sleep(moment(seed, whole));
    let killed = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    // Before the run was written down there is nothing to resume: it is begun anew, as a person would.
    let runs = night.hcxrun(&["runs", "--json"]).exits(0).json();
    let begun = runs.as_array().is_some_and(|runs| !runs.is_empty());
    let resumed = begun && runs[0]["outcome"] != "succeeded";
    if !begun {
        night.run_on_twin("run", RUNBOOK, &[]).exits(0);
    } else if resumed {
        night.go_on("resume", &[]).exits(0).says("succeeded");
    }
    assert_eq!(night.world(), *wanted, "kill {seed}: the world differs");
    assert_eq!(sorted(night.effects()), effects, "kill {seed}: a change is missing, or was made twice");
    Came { killed, resumed }
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}
