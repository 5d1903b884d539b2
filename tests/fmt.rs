//! `hcxrun fmt` brings files into the one layout.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{HCXRUN, Night, root};
use std::io::Write;
use std::process::{Command, Stdio};

const UNTIDY: &str = "edition 1\nlet a=1\n   let other = 2\n";
const TIDY: &str = "edition 1\nlet a     = 1\nlet other = 2\n";

#[test]
fn a_file_is_changed_once() {
    let night = Night::bare();
    let path = night.write("a.hcxrun", UNTIDY);
    let name = path.to_str().unwrap();
    night
        .hcxrun(&["fmt", "--check", name])
        .exits(2)
        .says(name)
        .says("1 file looked at, 1 differ from the layout");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), UNTIDY, "--check changes nothing");
    night.hcxrun(&["fmt", name]).exits(0).says(name);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TIDY);
    night.hcxrun(&["fmt", "--check", name]).exits(0).says("0 differ");
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_others_as_they_are() {
    let night = Night::bare();
    let path = night.write("a.hcxrun", UNTIDY);
    night.hcxrun(&["fmt", path.to_str().unwrap(), "none.hcxrun"]).exits(1).says("cannot read none.hcxrun");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), UNTIDY);
}

#[test]
fn editors_send_the_text_through() {
    let mut command = Command::new(HCXRUN);
    let mut child = command.args(["fmt", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(UNTIDY.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stdout).as_ref()), (Some(0), TIDY));
}

#[test]
fn folders_are_gone_through_with_all_that_is_below_them() {
    let folder = root().join("runbooks");
    Night::bare().hcxrun(&["fmt", "--check", folder.to_str().unwrap()]).exits(0).says("0 differ");
}

/// A pattern of a shell may name more than was meant.
#[test]
fn a_file_of_another_language_keeps_its_layout() {
    let night = Night::bare();
    let yaml = "networks:\n  - name: web-30\n    gateway:   10.20.30.1/24\n";
    let (ours, other) = (night.write("a.hcxrun", UNTIDY), night.write("inputs.yaml", yaml));
    night
        .hcxrun(&["fmt", ours.to_str().unwrap(), other.to_str().unwrap()])
        .exits(1)
        .says("inputs.yaml is no file of hcxrun, and was left as it is");
    assert_eq!(std::fs::read_to_string(&other).unwrap(), yaml);
    assert_eq!(std::fs::read_to_string(&ours).unwrap(), UNTIDY, "nothing is written when one is wrong");
}
