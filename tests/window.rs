//! The change window on the command line: what cannot fit is refused with what would help, what fits is told.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Came, Night, inputs, root, runbook};

/// Two networks retired, one after the other.
fn hcxrun(command: &str, window: &str, more: &[&str]) -> Came {
    let night = Night::bare();
    let text = std::fs::read_to_string(runbook("retire-extension")).unwrap();
    let header = format!("  window 2026-11-28T22:00Z .. {window}\n  on failure");
    let file = night.write("retire.hcxrun", &text.replacen("  on failure", &header, 1));
    let (values, scene) = (inputs("retire-extension"), root().join("runbooks/retire-extension/scene.yaml"));
    let mut args = vec![command, file.to_str().unwrap(), "--inputs", values.to_str().unwrap()];
    args.extend(["--twin", scene.to_str().unwrap()]);
    args.extend(more);
    let mut came = night.hcxrun(&args);
    for text in [&mut came.stdout, &mut came.stderr] {
        *text = text.replace(night.dir.path().to_str().unwrap(), "…");
    }
    came
}

#[test]
fn a_plan_that_cannot_fit_is_refused_with_what_would_help() {
    let came = hcxrun("plan", "2026-11-28T22:40Z keep 5m", &[]).exits(10);
    insta::assert_snapshot!(came.stderr);
    hcxrun("run", "2026-11-28T22:40Z keep 5m", &["--approve-all"]).exits(10).says("error[HR047]");
}

#[test]
fn a_plan_that_fits_says_how_well() {
    let came = hcxrun("plan", "2026-11-29T02:00Z keep 15m", &[]).exits(2);
    insta::assert_snapshot!(common::without_digest(&came.stdout));
    let run = hcxrun("run", "2026-11-29T02:00Z keep 15m", &["--approve-all"]).exits(0);
    run.says("window until 01:45: ends at").says("last safe abort");
}

/// Whoever takes the two strokes away before the window of a runbook has one that fits its inputs.
#[test]
fn the_windows_that_the_runbooks_propose_fit() {
    let night = Night::bare();
    let folder = root().join("runbooks");
    let scene = |name: &str| folder.join(name).join("scene.yaml").display().to_string();
    for (name, scene) in [
        ("network-extension-ha", "fresh".to_owned()),
        ("new-service-mesh", "no-mesh".to_owned()),
        ("ha-for-extended-networks", "networks-extended".to_owned()),
        ("ha-maintenance", "ha-group".to_owned()),
        ("ha-deactivate", scene("ha-deactivate")),
        ("retire-extension", scene("retire-extension")),
        ("migration-wave", scene("migration-wave")),
    ] {
        let text = std::fs::read_to_string(runbook(name)).unwrap();
        let text = text.replace("csv(\"", &format!("csv(\"{}/", folder.display()));
        let with_window = text.replacen("  // window ", "  window ", 1);
        assert_ne!(text, with_window, "{name} proposes a window");
        let file = night.write("night.hcxrun", &with_window).display().to_string();
        let values = inputs(name).display().to_string();
        night.hcxrun(&["plan", &file, "--inputs", &values, "--twin", &scene]).exits(2).says("to spare");
    }
}

#[test]
fn its_nights_hold_within_the_window() {
    hcxrun("rehearse", "2026-11-29T02:00Z keep 15m", &[]).exits(0).says("every one of them holds");
}

/// On real systems the time is what it is. A line that says it is left out up to its seconds.
#[test]
fn outside_of_its_window_nothing_begins() {
    let night = Night::with_twin("runbooks/retire-extension/scene.yaml", &[]);
    let text = std::fs::read_to_string(runbook("retire-extension")).unwrap();
    let said = |command: &str, window: &str, code: i32| {
        let header = format!("  window {window}\n  on failure");
        let file =
            night.write("retire.hcxrun", &text.replacen("  on failure", &header, 1)).display().to_string();
        let (values, systems) =
            (inputs("retire-extension").display().to_string(), night.systems().display().to_string());
        let mut args = vec![command, &file, "--inputs", &values, "--systems", &systems];
        if command == "run" {
            args.extend(["--approve-all", "--unattended"]);
        }
        let came = night.hcxrun(&args).exits(code);
        let line = |line: &str| match line.split_once(", and it is ") {
            Some((before, _)) => format!("{before}, and it is …"),
            None => line.replace(night.dir.path().to_str().unwrap(), "…"),
        };
        came.stderr.lines().map(line).collect::<Vec<_>>().join("\n")
    };
    let (past, future) =
        ("2020-01-02T22:00Z .. 2020-01-03T04:00Z keep 15m", "2120-01-02T22:00Z .. 2120-01-03T04:00Z");
    let told = [said("plan", past, 10), said("run", past, 10), said("run", future, 10)];
    insta::assert_snapshot!(told.join("\n\n"));
    assert_eq!(said("plan", future, 2), "");
}
