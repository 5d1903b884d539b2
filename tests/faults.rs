//! What goes wrong while it runs, at each changing step in turn.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod common;

use common::Night;

const RUNBOOK: &str = "network-extension-ha";

/// The changing operations of the article's runbook, each with how many of its calls go well first.
const CHANGES: [(&str, u32); 6] = [
    ("updateServiceMesh", 0),
    ("createHaGroup", 0),
    ("createExtensions", 0),
    ("createExtensions", 2),
    ("startMigrations", 0),
    ("startMigrations", 3),
];

#[test]
fn a_failure_at_each_change_is_rolled_back_to_the_first_world() {
    for (operation, skip) in CHANGES {
        for kind in ["refuse", "fail-job"] {
            // `scale` is tried three times. The way back uses some of the same operations and is not to be struck.
            let count = if operation == "updateServiceMesh" { 3 } else { 1 };
            let rule = format!("{operation}={kind}*{count}@{skip}");
            let night = Night::with_twin("fresh", &[&rule]);
            let first = night.world();
            night.run_on_twin("run", RUNBOOK, &[]).exits(11).says("was rolled back");
            assert_eq!(night.world(), first, "{rule}");
        }
    }
}

#[test]
fn an_answer_lost_after_the_effect_is_found_out() {
    for (operation, skip) in CHANGES {
        let rule = format!("{operation}=drop-after@{skip}");
        let night = Night::with_twin("fresh", &[&rule]);
        night.run_on_twin("run", RUNBOOK, &[]).exits(0).says("answer lost");
        assert_eq!(night.effects().len(), 9, "{rule}: {:#?}", night.effects());
    }
}

#[test]
fn a_request_lost_before_it_took_effect_is_sent_again() {
    for (operation, skip) in CHANGES {
        let rule = format!("{operation}=drop-before@{skip}");
        let night = Night::with_twin("fresh", &[&rule]);
        night.run_on_twin("run", RUNBOOK, &[]).exits(0).says("it may be sent again");
        assert_eq!(night.effects().len(), 9, "{rule}: {:#?}", night.effects());
    }
}

#[test]
fn a_held_run_goes_on_when_the_cause_is_removed() {
    let whole = Night::with_twin("fresh", &[]);
    whole.run_on_twin("run", RUNBOOK, &[]).exits(0);
    let wanted = whole.world();
    for (kind, (operation, skip)) in
        ["refuse", "fail-job"].into_iter().flat_map(|kind| CHANGES.map(|it| (kind, it)))
    {
        let rule = format!("{operation}={kind}*9@{skip}");
        let night = Night::with_twin("fresh", &[&rule]);
        let text = std::fs::read_to_string(common::runbook(RUNBOOK)).unwrap();
        let text = text.replace("on failure rollback", "on failure hold");
        let held = night.write("hold.hcxrun", &text).display().to_string();
        std::fs::create_dir_all(night.dir.path().join(RUNBOOK)).unwrap();
        let wave = common::root().join("runbooks").join(RUNBOOK).join("wave-1.csv");
        std::fs::copy(wave, night.dir.path().join(RUNBOOK).join("wave-1.csv")).unwrap();
        let mut args = night.on_twin("run", RUNBOOK, &[]);
        args[1] = held;
        night.hcxrun(&args.iter().map(String::as_str).collect::<Vec<_>>()).exits(12).says("hcxrun resume");
        night.twin("DELETE", "/twin/faults", "");
        night.go_on("resume", &[]).exits(0).says("succeeded");
        assert_eq!(night.world(), wanted, "{rule}");
    }
}

#[test]
fn an_undo_that_cannot_be_done_is_a_list_to_do() {
    let night = Night::with_twin("fresh", &["startMigrations=refuse*9", "deleteHaGroup=refuse*99"]);
    night
        .run_on_twin("run", RUNBOOK, &[])
        .exits(13)
        .says("To do by hand")
        .says("group: deactivate the HA group of dc1-to-cloud-NE-I1");
    night.twin("DELETE", "/twin/faults", "");
    night.go_on("rollback", &[]).exits(11);
}
