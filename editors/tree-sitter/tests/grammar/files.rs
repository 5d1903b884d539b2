//! Everything of the repository that is written in the language is read without an error.

use crate::common::{files, read, wrong_lines};

#[test]
fn every_runbook_and_module_is_read() {
    let files = files("hcxrun");
    assert!(files.len() > 30, "the runbooks are found");
    let wrong: Vec<_> = files
        .into_iter()
        .map(|file| (wrong_lines(&read(&file)), file))
        .filter(|(lines, _)| !lines.is_empty())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The blocks of a page that are marked as right, each with the line above its first one.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut is_inside = false;
    for (number, line) in page.lines().enumerate() {
        match line.trim_end() {
            "```hcxrun" => {
                found.push((number + 1, String::new()));
                is_inside = true;
            }
            "```" => is_inside = false,
            _ => {
                if let (true, Some((_, block))) = (is_inside, found.last_mut()) {
                    *block += line;
                    *block += "\n";
                }
            }
        }
    }
    found
}

#[test]
fn every_block_of_the_pages_is_read() {
    let mut count = 0;
    for file in files("md") {
        for (line, block) in blocks(&read(&file)) {
            count += 1;
            let wrong: Vec<_> = wrong_lines(&block).into_iter().map(|within| line + within).collect();
            assert!(wrong.is_empty(), "{file}: {wrong:?}");
        }
    }
    assert!(count > 30, "the blocks are found");
}

#[test]
fn what_is_wrong_is_told() {
    assert_eq!(wrong_lines("edition 1\n\nphase first {\n  step one hcx.move { }\n}\n"), [4]);
}
