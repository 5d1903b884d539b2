//! `hcxrun new`: what it writes can be checked, tested, planned, rehearsed and run as it is.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::path::PathBuf;

use common::{Came, Night, root};

const FILES: [&str; 4] = ["inputs.yaml", "runbook.hcxrun", "scene.yaml", "systems.yaml"];

/// `hcxrun` as it is called in the new folder.
fn within(night: &Night, args: &str) -> Came {
    let args: Vec<_> = args.split_whitespace().collect();
    let mut command = night.command(&args);
    command.current_dir(night.dir.path().join("change")).env_remove("HCX_SOURCE_PASSWORD");
    Came::of(&command.output().unwrap())
}

fn fresh(more: &[&str]) -> (Night, Came) {
    let night = Night::bare();
    let folder = night.dir.path().join("change").display().to_string();
    let came = night.hcxrun(&[&["new", &folder], more].concat()).exits(0);
    (night, came)
}

/// Every command that it names works, in the order in which it names them.
#[test]
fn what_it_says_to_try_next_works() {
    let (night, came) = fresh(&[]);
    let next: Vec<_> = came.stdout.lines().filter_map(|line| line.strip_prefix("  hcxrun ")).collect();
    assert_eq!(next.len(), 4, "{}", came.stdout);
    within(&night, next[0]).exits(0).says("2 passed; 0 failed");
    within(&night, next[1]).exits(2).says("1 to change");
    within(&night, next[2]).exits(0).says("every one of them holds");
    within(&night, next[3]).exits(0).says("succeeded");
}

#[test]
fn what_it_writes_is_in_order() {
    let (night, _) = fresh(&[]);
    within(&night, "check runbook.hcxrun").exits(0).says("0 errors, 0 warnings");
    within(&night, "fmt --check .").exits(0);
    let mut files: Vec<_> = std::fs::read_dir(night.dir.path().join("change"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, FILES);
    // The secret is all that the file lacks, and nobody is asked before it is there.
    let to_systems = "plan runbook.hcxrun --inputs inputs.yaml --systems systems.yaml";
    within(&night, to_systems).exits(1).says("HCX_SOURCE_PASSWORD");
}

#[test]
fn the_change_has_the_title_that_it_is_given() {
    let (night, _) = fresh(&["--title", "Web \"tier\" for $5 \\ night"]);
    within(&night, "check runbook.hcxrun").exits(0);
    within(&night, "plan runbook.hcxrun --inputs inputs.yaml --twin scene.yaml")
        .exits(2)
        .says("Plan: Web \"tier\" for $5 \\ night\n");
    night
        .hcxrun(&["new", "untitled", "--title", ""])
        .exits(1)
        .says("a value is required for '--title <TEXT>'");
}

#[test]
fn what_is_there_is_not_touched() {
    let night = Night::bare();
    let file = night.write("notes.txt", "mine");
    let folder = night.dir.path().display().to_string();
    night.hcxrun(&["new", &folder]).exits(1).says("is a folder that is not empty");
    night.hcxrun(&["new", file.to_str().unwrap()]).exits(1).says("is a file");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    let there: Vec<_> = std::fs::read_dir(night.dir.path()).unwrap().collect();
    assert_eq!(there.len(), 1, "{there:?}");
}

#[test]
fn programs_get_the_names_of_the_files() {
    let (night, came) = fresh(&["--json"]);
    let named = came.json();
    let named = named.as_array().unwrap().iter().map(|it| PathBuf::from(it.as_str().unwrap()));
    for path in named {
        let start = root().join("cli/start").join(path.file_name().unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(start).unwrap(), "{}", path.display());
    }
    drop(night);
}
