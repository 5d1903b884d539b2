//! What durability costs: `cargo bench --bench promises`, or `tests/benches/table`. Prints the tables of `docs/speed.md`;
//! nothing is asserted. Peak memory is read from `/proc`, so on Linux alone.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints what it measured"
)]

mod measure;
mod nights;
mod process;
mod reference;
mod texts;
mod world;

use std::time::{Duration, Instant};

use measure::{Spread, spread};
use nights::Site;

/// So many steps in the chain, the fan-out and the way back.
const STEPS: usize = 1_000;

/// So many steps in the large graph.
const MANY: usize = 10_000;

/// So many records a run writes for a step: it begins, it intends, it was answered, it is settled.
const RECORDS: usize = 4;

/// A group of the fan-out's reference.
const GROUP: usize = 64;

const ROUNDS: usize = 11;

fn main() {
    let words: Vec<_> = std::env::args().collect();
    match words.get(1).map(String::as_str) {
        Some("nothing") => {}
        Some("many") => process::many(),
        Some(part) if !part.starts_with("--") => table(Some(part)),
        _ => table(None),
    }
}

/// The tables, or the one part that is asked for.
fn table(only: Option<&str>) {
    let parts: [(&str, fn()); 7] = [
        ("disk", disk),
        ("chain", chain),
        ("fan", fan_out),
        ("layers", layers),
        ("start", start),
        ("resume", resume),
        ("memory", memory),
    ];
    println!("| what | promise | reference | best (median) | ratio | syncs |\n|---|---|---|---|---|---|");
    parts.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)).for_each(|(_, part)| part());
}

fn row(what: &str, promise: &str, reference: Option<Duration>, measured: &Spread, syncs: Option<usize>) {
    let ratio = reference.map(|it| format!("{:.2}", measured.best.div_duration_f64(it)));
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let (reference, syncs) = (reference.map(|it| format!("{it:.1?}")), syncs.map(|it| it.to_string()));
    println!(
        "| {what} | {promise} | {} | {measured} | {} | {} |",
        or_dash(reference),
        or_dash(ratio),
        or_dash(syncs)
    );
}

fn disk() {
    let (size, each) = (nights::record_size(), 200);
    let one = spread(ROUNDS, || reference::append(each, 1, size).div_f64(200.0));
    row(&format!("one append of {size} bytes with its sync"), "–", None, &one, Some(1));
}

/// The chain there and back: the reference goes right before each run, so that both meet the same disk.
fn chain() {
    let size = nights::record_size();
    let graph = nights::graph(&texts::chain(STEPS));
    let (mut references, mut there, mut back, mut syncs) = (Vec::new(), Vec::new(), Vec::new(), (0, 0));
    for _ in 0..ROUNDS {
        references.push(reference::append(RECORDS * STEPS, RECORDS / 2, size));
        let mut site = Site::new(&graph);
        let run = site.run();
        let rollback = site.rollback();
        there.push(run.took);
        back.push(rollback.took);
        syncs = (run.syncs, rollback.syncs);
    }
    let (reference, there, back) = (Spread::of(references), Spread::of(there), Spread::of(back));
    let what = format!("a chain of {STEPS} changing steps");
    row(&what, "≤ 1.2 × two syncs a step", Some(reference.best), &there, Some(syncs.0));
    row("its rollback", "≤ 1.0 × its run", Some(there.best), &back, Some(syncs.1));
}

fn fan_out() {
    let size = nights::record_size();
    let graph = nights::graph(&texts::fan_out(STEPS));
    let (mut references, mut halves, mut runs, mut syncs) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        references.push(reference::append(RECORDS * STEPS, GROUP, size));
        halves.push(reference::append(2 * STEPS, GROUP, size));
        let run = Site::new(&graph).run();
        runs.push(run.took);
        syncs = run.syncs;
    }
    let (runs, what) = (Spread::of(runs), format!("a fan-out of {STEPS}"));
    let promise = format!("≤ 3 × {GROUP} records a sync");
    row(&what, &promise, Some(Spread::of(references).best), &runs, Some(syncs));
    row("the same, to two records a step", "–", Some(Spread::of(halves).best), &runs, Some(syncs));
}

/// Twice the steps are to take twice the time.
fn layers() {
    let mut before: Option<Duration> = None;
    for steps in [MANY / 4, MANY / 2, MANY, MANY * 2] {
        let text = texts::layers(steps);
        let mut syncs = 0;
        let took = spread(3, || {
            let graph = nights::graph(&text);
            let run = Site::new(&graph).run();
            syncs = run.syncs;
            run.took
        });
        let promise = if before.is_some() { "≤ 2 × half of it" } else { "–" };
        row(&format!("{steps} steps × 3 edges"), promise, before, &took, Some(syncs));
        before = Some(took.best);
    }
}

fn start() {
    let nothing = spread(51, process::nothing).best;
    for (what, text) in
        [("one step", texts::one_of_nothing()), ("one step of hcx on a twin", texts::one_of_hcx())]
    {
        let took = spread(51, process::run(&text));
        row(&format!("{what}, process start to exit"), "≤ 5 ms more", Some(nothing), &took, None);
    }
}

fn resume() {
    let text = texts::layers(MANY);
    let read = spread(3, || {
        let began = Instant::now();
        nights::graph(&text);
        began.elapsed()
    });
    row(&format!("{MANY} steps: parse, check, expand"), "–", None, &read, None);
    let graph = nights::graph(&text);
    let mut site = Site::cut(&graph, 4 * MANY - 1000);
    let took = spread(ROUNDS, || site.resume());
    row(&format!("resume of {MANY} steps: journal to first new step"), "≤ 100 ms", None, &took, None);
}

fn memory() {
    println!("| peak memory, {MANY} steps × 3 edges | ≤ 50 MB | – | {} | – | – |", process::peak());
}
