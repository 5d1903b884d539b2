//! What the documentation shows is true: whoever follows a page of the book sees what the page shows, every piece of the
//! language in it is what it is said to be, and the README's pictures are of this version.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod common;

use std::path::{Path, PathBuf};

use common::page::{Block, blocks, played};
use common::{Night, inputs, root, runbook};
use hcxrun_dsl::builtin::{Function, Method};
use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Diagnostic, Loader, ModuleText, Program, load};

/// The pages of a folder that people write. Those of messages and actions have tests of their own.
fn pages_in(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(|path| path.extension().is_some_and(|it| it == "md")).collect();
    found.sort();
    found
}

fn pages() -> Vec<PathBuf> {
    ["docs", "docs/language", "docs/tasks"].into_iter().flat_map(pages_in).collect()
}

fn name(page: &Path) -> String {
    page.strip_prefix(root()).unwrap_or(page).display().to_string()
}

/// Follows the pages of a folder that are there to be followed.
fn follow(folder: &str, least: usize) {
    let pages = pages_in(folder);
    let followed: usize = std::thread::scope(|scope| {
        let halves = pages.chunks(pages.len().div_ceil(2));
        let threads: Vec<_> =
            halves.map(|half| scope.spawn(|| half.iter().filter(|it| follows(it)).count())).collect();
        threads.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert!(followed >= least, "{followed} pages of {folder} have commands");
}

/// Types what a page shows, when it shows commands.
fn follows(page: &Path) -> bool {
    let text = std::fs::read_to_string(page).unwrap();
    let has_commands = blocks(&text).iter().any(|it| matches!(it.language(), "console" | "sh"));
    if has_commands {
        common::keeps(&name(page), &played(&text, &[("TZ", "Europe/Berlin")]), "docs");
    }
    has_commands
}

#[test]
fn whoever_follows_the_tutorial_sees_what_it_shows() {
    follow("docs", 2);
}

#[test]
fn whoever_follows_the_language_sees_what_it_shows() {
    follow("docs/language", 1);
}

#[test]
fn whoever_follows_a_task_sees_what_it_shows() {
    follow("docs/tasks", 20);
}

/// Its run has no window, and begins when it is typed: the clock is let be.
#[test]
fn whoever_follows_the_readme_sees_what_it_shows() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let now = played(&text, &[]);
    if without_clock(&now) != without_clock(&text) {
        common::keeps("README.md", &now, "docs");
    }
}

fn without_clock(text: &str) -> String {
    let is_clock =
        |word: &str| word.len() >= 8 && word.chars().all(|it| it.is_ascii_digit() || ":-".contains(it));
    let line = |line: &str| {
        line.split(' ').map(|it| if is_clock(it) { "…" } else { it }).collect::<Vec<_>>().join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// What stands before a block that is a part of a file.
fn frame<'p>(block: &Block<'_>, page: &[Block<'p>]) -> &'p str {
    match block {
        it if it.is("end") => page.iter().find(|begun| begun.name() == it.name()).map_or("", |it| it.body),
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
    let (mut right, mut wrong, mut complaints) = (0, 0, Vec::new());
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let all = blocks(&text);
        for it in all.iter().filter(|it| it.language() == "hcxrun" && !it.is("values")) {
            *(if it.is("wrong") { &mut wrong } else { &mut right }) += 1;
            complaints.extend(complaint(it, &all).map(|why| format!("{}: {why}\n{}", name(&page), it.body)));
        }
    }
    println!("{right} pieces of the language are right, {wrong} are wrong as they say");
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(right > 20 && wrong > 4, "{right} right, {wrong} wrong");
}

/// In what a piece of the language is not what it is said to be.
fn complaint(block: &Block<'_>, page: &[Block<'_>]) -> Option<String> {
    let told = told_by_line(block, page);
    let expected = expected_by_line(block);
    let codes: Vec<_> = told.iter().map(|(line, it)| (*line, it.code.to_owned())).collect();
    if codes != expected {
        let told: Vec<_> =
            told.iter().map(|(line, it)| format!("{line} {} {}", it.code, it.message)).collect();
        return Some(format!("{expected:?} are expected\n{}", told.join("\n")));
    }
    (!block.is("wrong") && hcxrun_dsl::format(block.body) != block.body).then(|| "another layout".to_owned())
}

/// What the comment at the end of each line says: `// HR021`.
fn expected_by_line(block: &Block<'_>) -> Vec<(usize, String)> {
    let code = |line: &str| line.rsplit_once("// HR").map(|(_, code)| format!("HR{}", code.trim()));
    block.body.lines().enumerate().filter_map(|(at, line)| Some((at + 1, code(line)?))).collect()
}

fn told_by_line(block: &Block<'_>, page: &[Block<'_>]) -> Vec<(usize, Diagnostic)> {
    let (program, found) = checked(block, page);
    let before = frame(block, page).lines().count();
    let line = |it: &Diagnostic| {
        let source = program.sources.get(it.label.span.source).unwrap();
        source.line_column(it.label.span.start).0.saturating_sub(before)
    };
    // A piece declares what only the rest of its file would use.
    let is_meant = |it: &Diagnostic| it.code != "HR017" || block.body.contains("HR017");
    found.into_iter().filter(is_meant).map(|it| (line(&it), it)).collect()
}

fn checked(block: &Block<'_>, page: &[Block<'_>]) -> (Program, Vec<Diagnostic>) {
    load(
        &ModuleText::file("page.hcxrun", format!("{}{}", frame(block, page), block.body)),
        &mut Library { page },
    )
}

/// The standard library, and the files of a page.
struct Library<'p> {
    page: &'p [Block<'p>],
}

impl Loader for Library<'_> {
    fn module(&mut self, target: &UseTarget, _: &str) -> Result<ModuleText, String> {
        let name = match target {
            UseTarget::Std(name) => name,
            UseTarget::File(path) => {
                let file = self.page.iter().find(|it| it.name() == Some(path.trim_start_matches("./")));
                return file
                    .map(|it| ModuleText::file(path.to_string(), it.body))
                    .ok_or("the page has no such file".to_owned());
            }
        };
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

/// The tables below `## Functions` and `## Methods` are those of the language.
#[test]
fn the_tables_of_functions_and_methods_are_of_this_version() {
    let file = "docs/language/values.md";
    let row = |word: &str, doc: &str| format!("| `{word}` | {doc} |\n");
    let functions: String = Function::ALL.iter().map(|it| row(it.word(), it.doc())).collect();
    let methods: String = Method::ALL.iter().map(|it| row(it.word(), it.doc())).collect();
    let page = std::fs::read_to_string(root().join(file)).unwrap();
    let page =
        with_table(&page, "## Functions\n\n", &format!("| function | gives |\n|---|---|\n{functions}"));
    let page = with_table(&page, "## Methods\n\n", &format!("| method | gives |\n|---|---|\n{methods}"));
    common::keeps(file, &page, "docs");
}

/// A page with another table, or the word that stands for one, right below a heading.
fn with_table(page: &str, heading: &str, table: &str) -> String {
    let (before, rest) = page.split_once(heading).unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    format!("{before}{heading}{table}\n{after}")
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
    println!("{compared} values are what they are said to be");
    assert!(compared > 60, "{compared} values");
}

#[test]
fn the_picture_of_the_runbook_is_of_this_version() {
    let (runbook, inputs) = (runbook("network-extension-ha"), inputs("network-extension-ha"));
    let (runbook, inputs) = (runbook.display().to_string(), inputs.display().to_string());
    let graph = Night::bare().hcxrun(&["graph", &runbook, "--inputs", &inputs, "--format", "svg"]);
    common::keeps("docs/network-extension-ha.svg", &graph.exits(0).stdout, "docs");
}
