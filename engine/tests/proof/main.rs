//! The engine's own proof: random nights, each held against what hcxrun promises. `HCXRUN_NIGHTS` says how many,
//! `HCXRUN_NIGHT` lives through a single one again.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    unreachable_pub,
    reason = "a test may panic, and says what it counted"
)]

#[path = "../common/mod.rs"]
mod common;
mod dice;
mod night;
mod program;
mod promises;
mod world;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use night::{Cut, Tally, night};
use program::Program;

/// So many nights share a program: to make one takes longer than to live through it.
const NIGHTS_OF_A_PROGRAM: u64 = 10;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Lives through nights of one program; `Err` tells of the first that did not keep what was promised.
fn live(nights: Range<u64>) -> Result<Tally, String> {
    let program = Program::random(nights.start / NIGHTS_OF_A_PROGRAM);
    let mut tally = Tally::new();
    for seed in nights {
        let story = |story| format!("{story}\n\nonce more: HCXRUN_NIGHT={seed}");
        add(&mut tally, night(&program, seed, None).map_err(story)?);
    }
    Ok(tally)
}

/// Lives through nights on every core, the nights of one program at a time.
fn all(nights: u64) -> Tally {
    let next = AtomicU64::new(0);
    let work = || {
        let mut tally = Tally::new();
        loop {
            let first = next.fetch_add(NIGHTS_OF_A_PROGRAM, Ordering::Relaxed);
            if first >= nights {
                return Ok(tally);
            }
            let told = live(first..(first + NIGHTS_OF_A_PROGRAM).min(nights));
            // One story is enough: the other workers stop too.
            add(&mut tally, told.inspect_err(|_| next.store(nights, Ordering::Relaxed))?);
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut tally = Tally::new();
        for worker in all {
            let told: Result<Tally, String> = worker.join().unwrap();
            add(&mut tally, told.unwrap_or_else(|story| panic!("{story}")));
        }
        tally
    })
}

fn add(tally: &mut Tally, more: Tally) {
    more.into_iter().for_each(|(what, times)| *tally.entry(what).or_default() += times);
}

#[test]
fn every_night_keeps_what_is_promised() {
    if let Some(seed) = number("HCXRUN_NIGHT") {
        println!("night {seed}: {:?}", live(seed..seed + 1));
        return;
    }
    let nights = number("HCXRUN_NIGHTS").unwrap_or(500);
    let tally = all(nights);
    println!("{nights} nights");
    tally.iter().for_each(|(what, times)| println!("{times:>12}  {what}"));
    // Nothing is proved by nights in which nothing happens.
    if nights >= 500 {
        let met =
            |what: &str| assert!(tally.get(what).is_some_and(|times| *times > 0), "{what} was never met");
        world::FAULTS.into_iter().for_each(met);
        for what in [
            "crashes",
            "clock ahead",
            "clock behind",
            "interrupted",
            "stopped at once",
            "steps back",
            "gates",
        ] {
            met(what);
        }
        ["succeeded", "rolled back", "refused", "stuck"].into_iter().for_each(met);
    }
}

/// The same night, cut off at each write of its first process in turn: whatever part of the journal is there, going on from it
/// keeps what is promised.
#[test]
fn a_night_may_be_cut_off_at_any_write() {
    let nights = number("HCXRUN_NIGHTS").unwrap_or(500).div_ceil(100);
    let (mut cuts, mut writes) = (0_u64, 0_u64);
    for seed in 0..nights {
        // Other programs than those of the nights above.
        let program = Program::random(u64::MAX - seed);
        for write in 0.. {
            let cut = |written| {
                let told = night(&program, seed, Some(Cut { write, written }));
                told.unwrap_or_else(|story| panic!("cut off at write {write}, written: {written}\n{story}"))
            };
            cuts += 2;
            let tally = [cut(true), cut(false)];
            if !tally.iter().any(|it| it.contains_key("crashes")) {
                break;
            }
            writes += 1;
        }
    }
    println!("{nights} nights were cut off {cuts} times, at each of their {writes} writes");
    assert!(writes > nights, "they had no writes to be cut off at");
}
