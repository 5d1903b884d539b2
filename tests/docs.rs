//! What the documentation shows is true: whoever follows a page of the book sees what the page shows, every piece of the
//! language in it is what it is said to be, and the README's pictures are of this version.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::path::{Path, PathBuf};

use common::page::{Block, blocks, played};
use common::{Night, inputs, root, runbook};
use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Diagnostic, Loader, ModuleText, Program, load};

/// Pages that people write. Those of messages and actions have tests of their own.
fn pages() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["docs", "docs/language", "docs/tasks"] {
        let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        found.extend(entries.filter(|path| path.extension().is_some_and(|it| it == "md")));
    }
    found.sort();
    found
}

fn name(page: &Path) -> String {
    page.strip_prefix(root()).unwrap_or(page).display().to_string()
}

#[test]
fn whoever_follows_a_page_sees_what_it_shows() {
    let mut followed = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        if blocks(&text).iter().any(|it| matches!(it.language(), "console" | "sh")) {
            common::keeps(&name(&page), &played(&text, &[("TZ", "Europe/Berlin")]), "docs");
            followed += 1;
        }
    }
    assert!(followed > 15, "{followed} pages have commands");
}

/// What stands before a block that is a part of a file.
fn frame(block: &Block<'_>) -> &'static str {
    match block {
        it if it.body.starts_with("edition") => "",
        it if it.is("module") => "edition 1\nuse hcx\n",
        _ => {
            "edition 1\nrunbook \"A change\" { }\nuse hcx\nsystem source: hcx.manager\nsystem cloud: hcx.manager\n\
             input mesh: string = \"dc1-to-cloud\"\n"
        }
    }
}

#[test]
fn every_piece_of_the_language_is_what_it_is_said_to_be() {
    let (mut right, mut wrong) = (0, 0);
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for it in blocks(&text).iter().filter(|it| it.language() == "hcxrun" && !it.is("values")) {
            let place = format!("{}:\n{}", name(&page), it.body);
            if it.is("wrong") {
                assert_eq!(codes_by_line(it), expected_by_line(it), "{place}");
                wrong += 1;
            } else {
                let found = checked(it).1;
                // A piece declares what only the rest of the file would use.
                let is_piece = !it.body.starts_with("edition");
                let found: Vec<_> = found.iter().filter(|it| !(is_piece && it.code == "HR017")).collect();
                assert!(found.is_empty(), "{place}{found:#?}");
                assert_eq!(hcxrun_dsl::format(it.body), it.body, "another layout: {place}");
                right += 1;
            }
        }
    }
    println!("{right} pieces of the language are right, {wrong} are wrong as they say");
    assert!(right > 60 && wrong > 10, "{right} right, {wrong} wrong");
}

/// What the comment at the end of each line says: `// HR021`.
fn expected_by_line(block: &Block<'_>) -> Vec<(usize, String)> {
    let code = |line: &str| line.rsplit_once("// HR").map(|(_, code)| format!("HR{}", code.trim()));
    block.body.lines().enumerate().filter_map(|(at, line)| Some((at + 1, code(line)?))).collect()
}

fn codes_by_line(block: &Block<'_>) -> Vec<(usize, String)> {
    let (program, found) = checked(block);
    let before = frame(block).lines().count();
    let line = |it: &Diagnostic| {
        let source = program.sources.get(it.label.span.source).unwrap();
        source.line_column(it.label.span.start).0 - before
    };
    let is_of_a_piece = |it: &&Diagnostic| it.code != "HR017" || block.body.contains("HR017");
    found.iter().filter(is_of_a_piece).map(|it| (line(it), it.code.to_owned())).collect()
}

fn checked(block: &Block<'_>) -> (Program, Vec<Diagnostic>) {
    load(&ModuleText::file("page.hcxrun", &format!("{}{}", frame(block), block.body)), &mut Library)
}

/// The standard library, and the files that the book makes elsewhere are not needed here.
struct Library;

impl Loader for Library {
    fn module(&mut self, target: &UseTarget, _: &str) -> Result<ModuleText, String> {
        let UseTarget::Std(name) = target else { return Err("a page shows it".to_owned()) };
        let folder = root().join("stdlib").join(&**name);
        let mut files: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let text = |path: &PathBuf| (name_of(path), std::fs::read_to_string(path).unwrap());
        Ok(ModuleText { name: format!("stdlib/{name}"), files: files.iter().map(text).collect() })
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().display().to_string()
}

/// Each line of a block of values is `expression   // what it is worth`. hcxrun compares the two itself.
#[test]
fn every_value_is_what_it_is_said_to_be() {
    let mut compared = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for block in blocks(&text).iter().filter(|it| it.is("values")) {
            let lines = block.body.lines().filter_map(|line| line.split_once("  // "));
            let mut file = "edition 1\nrunbook \"Values\" { }\ntest \"values\" {\n".to_owned();
            for (expression, worth) in lines {
                file.push_str(&format!("  expect ({}) == ({})\n", expression.trim(), worth.trim()));
                compared += 1;
            }
            let night = Night::bare();
            let file = night.write("values.hcxrun", &format!("{file}}}\n")).display().to_string();
            night.hcxrun(&["test", &file]).exits(0);
        }
    }
    assert!(compared > 60, "{compared} values");
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
