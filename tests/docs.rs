//! What the documentation shows is true: every whole file in it checks and passes its tests, and the README's pictures are of
//! this version.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Night, inputs, root, runbook};

/// The last file that a text names in backticks.
fn named(text: &str) -> Option<&str> {
    text.rsplit('`').find(|it| it.ends_with(".hcxrun") && !it.contains(char::is_whitespace))
}

/// Fenced blocks of the language in a Markdown text, each with the name of the file that the text before it gives it.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("```hcxrun\n") {
        let Some((block, behind)) = after.split_once("```") else { break };
        found.push((named(before).unwrap_or("block.hcxrun"), block));
        rest = behind;
    }
    found
}

#[test]
fn every_whole_file_in_the_documentation_checks() {
    let night = Night::bare();
    let mut checked = 0;
    // The pages of messages are wrong on purpose; tests/messages.rs looks at them.
    let pages = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    for page in pages.filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(page).unwrap();
        for (name, block) in blocks(&text).into_iter().filter(|(_, block)| block.starts_with("edition")) {
            let file = night.write(name, block).display().to_string();
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
    assert!(readme.contains(common::without_digest(&plan).trim()), "the README's plan is not\n{plan}");
    let run = night.hcxrun(&[&["run"], &args[..], &["--approve-all"]].concat()).exits(0);
    // Ids and clocks differ from run to run; the sentences do not.
    for line in run.stderr.lines().filter(|line| line.contains(" ~ ")) {
        let sentence = line.split_once(" ~ ").unwrap().1;
        assert!(readme.contains(sentence), "the README's run does not show\n{sentence}");
    }
}
