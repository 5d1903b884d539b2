//! People: they answer gates from other terminals, settle what came to nothing, and are kept from two runs that change the same.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::process::{Child, Output};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{Came, Night, SPEED, inputs, runbook};

const RUNBOOK: &str = "retire-extension";
const SCENE: &str = "runbooks/retire-extension/scene.yaml";

/// The runbook with another gate, begun by anna.
fn with_gate(night: &Night, gate: &str) -> Vec<String> {
    let text = std::fs::read_to_string(runbook(RUNBOOK)).unwrap();
    let (before, rest) = text.split_once("gate cut_next {").unwrap();
    let (_, after) = rest.split_once("\n}\n").unwrap();
    let file = night.write("retire.hcxrun", &format!("{before}gate cut_next {{\n{gate}\n}}\n{after}"));
    let systems = night.systems().display().to_string();
    let (file, values) = (file.display().to_string(), inputs(RUNBOOK).display().to_string());
    let args = ["run", &file, "--inputs", &values, "--systems", &systems, "--as", "anna"];
    args.map(str::to_owned).to_vec()
}

fn hcxrun(night: &Night, args: &[String], more: &[&str]) -> Came {
    night.hcxrun(&args.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>())
}

/// Begins it and waits until the gate asks.
fn begun(night: &Night, args: &[String]) -> Child {
    let args: Vec<_> = args.iter().map(String::as_str).chain(["--wait"]).collect();
    let mut child = night.command(&args).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let events = night.hcxrun(&["show", "last", "--events"]).stdout;
        if events.contains("gate_opened") {
            return child;
        }
        assert!(child.try_wait().unwrap().is_none() && Instant::now() < deadline, "it never asked: {events}");
        sleep(Duration::from_millis(50));
    }
}

fn ended(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

fn settle(night: &Night, more: &[&str]) -> Came {
    settle_step(night, "retire[\"web-30\"]", more)
}

fn settle_step(night: &Night, step: &str, more: &[&str]) -> Came {
    let systems = night.systems().display().to_string();
    let mut args = vec!["resolve", "last", step, "--systems", &systems, "--speed", SPEED];
    args.extend(["--as", "ben"]);
    args.extend(more);
    night.hcxrun(&args)
}

const TWO_OF_THREE: &str =
    "ask \"Go on?\"\nby \"anna\", \"ben\", \"cara\"\nneed 2 within 10m else hold\nfour eyes";

#[test]
fn two_of_three_agree_from_other_terminals_and_none_of_them_began_the_run() {
    let night = Night::with_twin_args(SCENE, &[], &["--plain"]);
    let child = begun(&night, &with_gate(&night, TWO_OF_THREE));
    let said = |args: &[&str], code: i32| {
        let came = night.hcxrun(args).exits(code);
        format!("$ hcxrun {}\n{}{}", args.join(" "), came.stdout, came.stderr)
    };
    let told = [
        said(&["approve", "last", "cut_nexd"], 1),
        said(&["approve", "last", "cut_next", "--as", "mallory"], 1),
        said(&["approve", "last", "cut_next", "--as", "anna"], 1),
        said(&["approve", "last", "cut_next", "--as", "ben", "--why", "CAB of Monday"], 0),
        said(&["approve", "last", "cut_next", "--as", "ben"], 1),
        said(&["approve", "last", "cut_next", "--as", "cara"], 0),
    ];
    insta::assert_snapshot!(told.join("\n"));
    let output = ended(child);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let progress = String::from_utf8(output.stderr).unwrap();
    assert!(progress.contains("ben approves: CAB of Monday"), "{progress}");
    night.hcxrun(&["audit", "last"]).exits(0).says("ben approved cut_next").says("cara approved cut_next");
    night.hcxrun(&["approve", "last", "cut_next", "--as", "cara"]).exits(1).says("has ended: succeeded");
}

#[test]
fn a_rejection_from_elsewhere_leads_where_the_gate_says() {
    let night = Night::with_twin_args(SCENE, &[], &["--plain"]);
    let child = begun(&night, &with_gate(&night, TWO_OF_THREE));
    night.hcxrun(&["reject", "last", "cut_next", "--as", "anna", "--why", "the wrong network"]).exits(0);
    let output = ended(child);
    assert_eq!(output.status.code(), Some(12));
    assert!(String::from_utf8_lossy(&output.stdout).contains("anna rejected it"));
}

#[test]
fn an_approval_waits_for_a_run_that_nobody_drives() {
    let night = Night::with_twin(SCENE, &[]);
    let args = with_gate(&night, TWO_OF_THREE);
    hcxrun(&night, &args, &["--speed", SPEED]).exits(12).says("nobody is there to give it");
    for who in ["ben", "cara"] {
        night
            .hcxrun(&["approve", "last", "cut_next", "--as", who])
            .exits(0)
            .says("No process drives the run");
    }
    let systems = night.systems().display().to_string();
    night.hcxrun(&["resume", "last", "--systems", &systems, "--speed", SPEED]).exits(0).says("succeeded");
}

/// The gate's time is over when the speed makes ten minutes of a second.
#[test]
fn an_approval_that_comes_too_late_is_none() {
    let night = Night::with_twin(SCENE, &[]);
    let gate = "ask \"Go on?\"\nby \"ben\"\nneed 1 within 1s else hold";
    let child = begun(&night, &with_gate(&night, gate));
    assert_eq!(ended(child).status.code(), Some(12));
    let late = night.hcxrun(&["approve", "last", "cut_next", "--as", "ben"]).exits(1);
    assert!(late.stderr.contains("was decided already: nobody decided until"), "{}", late.stderr);
}

/// Who has approved beforehand must be asked: else the run would wait at night for a name that is misspelt.
#[test]
fn an_approval_of_nobody_who_is_asked_begins_nothing() {
    let night = Night::with_twin(SCENE, &[]);
    let args = with_gate(&night, TWO_OF_THREE);
    let said = |approval: &str| {
        let came = hcxrun(&night, &args, &["--approve", approval]).exits(1);
        came.stderr.replace(&format!("{}/", night.dir.path().display()), "")
    };
    let told =
        ["cut_nxt=ben", "cut_next=mallory", "cut_next=ben,Cara", "cut_next=bne", "cut_next=", "cut_next"];
    insta::assert_snapshot!(told.map(said).join("\n"));
    assert!(night.changes().is_empty());
}

const NOBODY: &str = "ask \"Go on?\"";

/// The delete is refused for good; somebody does it by hand, with another journal.
#[test]
fn a_person_settles_a_step_that_was_done_by_hand() {
    let night = Night::with_twin(SCENE, &["deleteExtension=refuse*1"]);
    let on_failure = with_gate(&night, NOBODY);
    let file = night.dir.path().join("retire.hcxrun");
    let text = std::fs::read_to_string(&file).unwrap().replace("on failure rollback", "on failure hold");
    std::fs::write(&file, text).unwrap();
    let args = ["--speed", SPEED, "--approve-all", "--unattended"];
    hcxrun(&night, &on_failure, &args).exits(12);
    let why = ["--why", "done in the UI"];
    settle(&night, &[&["--done-by-hand"][..], &why].concat()).exits(10).says("does not hold");

    let by_hand = night.dir.path().join("by-hand.db").display().to_string();
    hcxrun(&night, &on_failure, &[&args[..], &["--journal", &by_hand]].concat()).exits(0);
    settle(&night, &[&["--done-by-hand"][..], &why].concat()).exits(0).says("is done now");
    let systems = night.systems().display().to_string();
    night
        .hcxrun(&["resume", "last", "--systems", &systems, "--speed", SPEED, "--approve-all", "--unattended"])
        .exits(0)
        .says("succeeded");
    let events = night.hcxrun(&["show", "last", "--events"]).stdout;
    let resolved = events.lines().find(|line| line.contains("\"resolved\"")).unwrap();
    for part in ["\"who\":\"ben\"", "\"why\":\"done in the UI\"", "its `done when` holds"] {
        assert!(resolved.contains(part), "{resolved}");
    }
}

#[test]
fn a_person_leaves_a_step_out() {
    let night = Night::with_twin(SCENE, &["deleteExtension=refuse*1"]);
    let args = with_gate(&night, NOBODY);
    let file = night.dir.path().join("retire.hcxrun");
    let text = std::fs::read_to_string(&file).unwrap().replace("on failure rollback", "on failure hold");
    std::fs::write(&file, text).unwrap();
    hcxrun(&night, &args, &["--speed", SPEED, "--approve-all", "--unattended"]).exits(12);
    settle(&night, &["--skip", "--why", "next week"]).exits(0).says("is skipped now");
    night.go_on("resume", &[]).exits(0).says("by ben: next week");
}

/// What cannot be taken back may stay when a person says so, and every end says that it did.
#[test]
fn a_person_leaves_a_stuck_step_as_it_is() {
    let night = Night::with_twin(SCENE, &["createExtensions=refuse*60"]);
    night.run_on_twin("run", RUNBOOK, &[]).exits(0);
    night.go_on("rollback", &[]).exits(13);
    settle(&night, &["--done-by-hand", "--why", "done in the UI"])
        .exits(10)
        .says("`undone when` does not hold");
    settle(&night, &["--skip", "--why", "it stays retired"]).exits(0).says("is left now");
    let back = night.go_on("rollback", &[]).exits(11);
    back.says("left as it is: retire[\"web-30\"]")
        .says("by ben: it stays retired (not done: extend web-30 again");
}

/// What has no way back is left out where it is seen to have done nothing, and else told by the clause that decides.
#[test]
fn a_person_leaves_out_a_step_without_a_way_back() {
    let skip = ["--skip", "--why", "next week"];
    let night = Night::with_twin("ha-group", &["redeployHaGroup=refuse*1"]);
    night.run_on_twin("run", "ha-maintenance", &[]).exits(12);
    settle_step(&night, "redeploy", &skip).exits(0).says("is skipped now");
    night.go_on("resume", &[]).exits(0).says("by ben: next week");

    let night = Night::with_twin("ha-group", &["redeployHaGroup=fail-job*1"]);
    night.run_on_twin("run", "ha-maintenance", &[]).exits(12);
    let refused = settle_step(&night, "redeploy", &skip).exits(10);
    refused.says("nobody would take back: its `untouched when` does not hold").says("tries it again");
    night
        .go_on("rollback", &[])
        .exits(13)
        .says("look what it left, and take that back as far as that can be done");
    settle_step(&night, "redeploy", &skip).exits(0).says("is left now");
    night.go_on("rollback", &[]).exits(11);
}

#[test]
fn two_runs_that_change_the_same_do_not_run_at_once() {
    let night = Night::with_twin("fresh", &[]);
    let article = "network-extension-ha";
    let systems = night.systems().display().to_string();
    let (file, values) = (runbook(article).display().to_string(), inputs(article).display().to_string());
    let run = ["run", &file, "--inputs", &values, "--systems", &systems, "--speed", SPEED];
    let fresh = night.twin("GET", "/twin/snapshot", "");
    night.hcxrun(&run).exits(12);
    let first = night.hcxrun(&["runs", "--json"]).json()[0]["id"].as_str().unwrap().to_owned();
    let changes = night.changes();

    // What is so already is touched by nobody: the second run would change what the first is about to.
    let back = ["rollback", &first, "--systems", &systems, "--speed", SPEED];
    night.hcxrun(&back).exits(11);
    night.hcxrun(&run).exits(12);
    let runs = night.hcxrun(&["runs", "--json"]).json();
    let ids = runs.as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned());
    let second = ids.into_iter().find(|id| *id != first).unwrap();
    assert!(night.changes().len() > changes.len(), "a run that was rolled back claims nothing");
    night.twin("PUT", "/twin/restore", &fresh);

    let refused = night.hcxrun(&run).exits(10);
    let address = night.systems();
    let address = std::fs::read_to_string(address).unwrap();
    let url = address
        .lines()
        .find_map(|line| line.trim().strip_prefix("url: "))
        .unwrap()
        .trim_matches('"')
        .to_owned();
    let (before, time) = refused.stderr.split_once("begun at ").unwrap();
    let said = format!("{before}begun at ‹time›{}", &time["22:00".len()..]);
    insta::assert_snapshot!(said.replace(&second, "‹run›").replace(&url, "‹source›"));
    night.hcxrun(&["release", &second, "--why", "cleared by hand", "--as", "ben"]).exits(0);
    night.hcxrun(&run).exits(12);
    night
        .hcxrun(&["resume", &second, "--systems", &systems])
        .exits(1)
        .says("was let go of by ben: cleared by hand");
}

/// Whoever comes first has it; the other is refused, stops, or finds everything done. Nothing is done twice.
#[test]
fn two_runs_begun_at_once_change_everything_once() {
    let alone = Night::with_twin("fresh", &[]);
    alone.run_on_twin("run", "network-extension-ha", &[]).exits(0);
    let mut once = alone.effects();
    once.sort();
    for _ in 0..3 {
        let night = Night::with_twin("fresh", &[]);
        let args = night.on_twin("run", "network-extension-ha", &[]);
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let two = [0, 1].map(|_| night.command(&args).spawn().unwrap());
        let two = two.map(ended);
        let said = two.each_ref().map(|it| String::from_utf8_lossy(&it.stderr).into_owned());
        let codes = two.map(|it| it.status.code().unwrap());
        assert!(
            codes.contains(&0) && codes.iter().all(|code| [0, 10, 14].contains(code)),
            "{codes:?} {said:#?}"
        );
        let mut effects = night.effects();
        effects.sort();
        assert_eq!(effects, once);
    }
}

/// Who may open a gate is known before anything begins.
#[test]
fn an_approver_who_begins_the_run() {
    let night = Night::with_twin(SCENE, &[]);
    let begins = |gate: &str, code: i32| {
        let args = with_gate(&night, &format!("ask \"Go on?\"\n{gate}"));
        let came = hcxrun(&night, &args, &["--approve-all", "--unattended", "--speed", SPEED]).exits(code);
        came.stderr
            .lines()
            .filter(|it| it.contains("HR048") || it.contains("help"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let told = [
        begins("by \"anna\", \"ben\"\nneed 2 within 10m else hold\nfour eyes", 10),
        begins("by \"anna\"\nneed 1 within 10m else hold\nfour eyes", 10),
        begins("by \"anna\", \"ben\"\nneed 1 within 10m else hold", 0),
    ];
    insta::assert_snapshot!(told.join("\n\n"));
    assert_eq!(begins("by \"anna\", \"ben\"\nneed 1 within 10m else hold\nfour eyes", 0), "");
}

/// A gate that asks anybody may ask for two; whoever says yes to all says it for both.
#[test]
fn approve_all_agrees_as_often_as_a_gate_needs() {
    let night = Night::bare();
    let text = "edition 1\n\nrunbook \"A gate\" { }\n\ngate both {\n  ask  \"Go on?\"\n  need 2 within 5m else hold\n}\n";
    let file = night.write("night.hcxrun", text).display().to_string();
    night
        .hcxrun(&["run", &file, "--twin", "fresh", "--approve-all"])
        .exits(0)
        .says("approved by approve-all, approve-all 2");
}
