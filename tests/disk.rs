//! A disk that takes no more in the middle of a run: it is said, nothing more is sent, and the run goes on when there is room.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod common;

use std::process::Command;

use common::{HCXRUN, Night};

const RUNBOOK: &str = "network-extension-ha";

/// Runs with files that may not grow beyond so many blocks of 512 bytes; without the signal, a write fails as on a bad disk.
fn run_with_room(night: &Night, blocks: u32) -> (Option<i32>, String) {
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limited, "sh", HCXRUN]).args(night.on_twin("run", RUNBOOK, &[]));
    command.env("HCXRUN_JOURNAL", night.journal()).env("NO_COLOR", "1");
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_write_that_fails_stops_the_run_and_loses_nothing() {
    let mut stopped = 0;
    for blocks in [600, 850] {
        let night = Night::with_twin("fresh", &[]);
        let (code, said) = run_with_room(&night, blocks);
        assert_eq!(code, Some(14), "{said}");
        assert!(said.contains("the run was stopped because its journal cannot be written"), "{said}");
        assert!(said.contains("go on with `hcxrun resume"), "{said}");
        let before = night.changes().len();
        night.hcxrun(&["audit", "last"]).exits(0);
        night.go_on("resume", &[]).exits(0).says("succeeded");
        assert_eq!(
            night.effects().len(),
            9,
            "{before} changes before the disk failed: {:?}",
            night.effects()
        );
        println!("{blocks} blocks: stopped after {before} changes");
        stopped += 1;
    }
    println!("{stopped} runs met a write that fails");
}
