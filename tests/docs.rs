//! What the documentation shows is true: every whole file in it checks and passes its tests, and the README's pictures are of
//! this version.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Night, inputs, root, runbook};

/// Fenced blocks of a Markdown text in this language.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn every_whole_file_in_the_documentation_checks() {
    let night = Night::bare();
    let mut checked = 0;
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for block in blocks(&text, "hcxrun").into_iter().filter(|block| block.starts_with("edition")) {
            let file = night.write("block.hcxrun", block).display().to_string();
            night.hcxrun(&["check", &file]).exits(0).says("0 errors, 0 warnings");
            if block.contains("\ntest ") {
                night.hcxrun(&["test", &file]).exits(0);
            }
            checked += 1;
        }
    }
    assert!(checked > 0, "there is none");
}

#[test]
fn the_readme_shows_this_version() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let night = Night::bare();
    let (runbook, inputs) = (
        runbook("network-extension-ha").display().to_string(),
        inputs("network-extension-ha").display().to_string(),
    );
    let args = [runbook.as_str(), "--inputs", &inputs, "--twin"];
    let graph = night.hcxrun(&["graph", args[0], args[1], args[2], "--format", "svg"]).exits(0).stdout;
    let drawn = std::fs::read_to_string(root().join("docs/network-extension-ha.svg")).unwrap();
    assert_eq!(drawn, graph, "docs/network-extension-ha.svg is not what is drawn now");
    let plan = night.hcxrun(&[&["plan"], &args[..]].concat()).exits(2).stdout;
    assert!(readme.contains(plan.trim()), "the README's plan is not\n{plan}");
    let run = night.hcxrun(&[&["run"], &args[..], &["--approve-all"]].concat()).exits(0);
    // Ids and clocks differ from run to run; the sentences do not.
    for line in run.stderr.lines().filter(|line| line.contains(" ~ ")) {
        let sentence = line.split_once(" ~ ").unwrap().1;
        assert!(readme.contains(sentence), "the README's run does not show\n{sentence}");
    }
}
