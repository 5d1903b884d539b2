//! The book in `docs/` is whole: its pages are listed, its links lead somewhere, and what the program knows is written by it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use common::{Night, keeps, root};

/// All pages below a folder of the book, by their paths within the book.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("docs").join(folder)).unwrap();
    let mut found: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .flat_map(|entry| {
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() { pages(&path) } else { vec![path] }
        })
        .filter(|path| path.extension().is_some_and(|it| it == "md"))
        .collect();
    found.sort();
    found
}

fn text(page: &Path) -> String {
    std::fs::read_to_string(root().join("docs").join(page)).unwrap()
}

/// Where the links and pictures of a page lead within the book, without the place in the page. What stands in blocks and backticks
/// is none.
fn links(page: &str) -> Vec<String> {
    let prose =
        page.split("```").step_by(2).flat_map(|text| text.split('`').step_by(2)).collect::<Vec<_>>().join("");
    let target = |rest: &str| rest.split(')').next().map(str::to_owned);
    let targets = prose.split("](").skip(1).filter_map(target);
    targets
        .filter(|it| !it.contains("://") && !it.starts_with('#'))
        .map(|it| it.split('#').next().unwrap().to_owned())
        .collect()
}

/// A path without its `..`; it begins with one when it leads out.
fn tidy(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut tidy, part| {
        let up = part == Component::ParentDir && tidy.file_name().is_some();
        if up {
            tidy.pop()
        } else {
            tidy.push(part);
            true
        };
        tidy
    })
}

#[test]
fn every_link_leads_to_a_file_of_the_book() {
    let mut followed = 0;
    for page in pages(Path::new("")) {
        for link in links(&text(&page)) {
            let target = tidy(&page.parent().unwrap().join(&link));
            let inside = !target.starts_with("..") && root().join("docs").join(&target).is_file();
            assert!(inside, "{} links to {link}, which is no file of the book", page.display());
            followed += 1;
        }
    }
    assert!(followed > 100, "only {followed} links were found");
}

#[test]
fn every_page_is_listed_once() {
    let listed = links(&text(Path::new("SUMMARY.md")));
    let pages: BTreeSet<_> =
        pages(Path::new("")).into_iter().filter(|it| it != Path::new("SUMMARY.md")).collect();
    let known: BTreeSet<_> = listed.iter().map(PathBuf::from).collect();
    assert_eq!(listed.len(), known.len(), "a page is listed twice in docs/SUMMARY.md");
    assert_eq!(known, pages, "docs/SUMMARY.md does not list the pages that are there");
}

/// The list of a folder whose pages the program names stands below the folder's first page, indented.
#[test]
fn pages_that_tests_write_are_listed_by_them() {
    let summary = text(Path::new("SUMMARY.md"));
    let mut now = String::new();
    for line in summary.lines() {
        if line.starts_with("  - [") && folders().any(|it| line.contains(&format!("]({it}/"))) {
            continue;
        }
        now.push_str(&format!("{line}\n"));
        for folder in folders().filter(|it| line.ends_with(&format!("({it}/README.md)"))) {
            now.push_str(&entries(folder));
        }
    }
    keeps("docs/SUMMARY.md", &now, "book");
}

fn folders() -> impl Iterator<Item = &'static str> {
    ["actions", "messages"].into_iter()
}

fn entries(folder: &str) -> String {
    let pages = pages(Path::new(folder)).into_iter().filter(|it| !it.ends_with("README.md"));
    let title = |page: &Path| text(page).lines().next().unwrap().trim_start_matches("# ").to_owned();
    let line = |page: PathBuf| format!("  - [{}]({})\n", title(&page), page.display());
    pages.map(line).collect()
}

const CLI: &str = "# The command line

What `hcxrun COMMAND --help` says. Standard output has the answer, standard error the progress; `--json` makes the answer JSON. What a command
came to is its [exit code](exit-codes.md). This page is written by `UPDATE_DOCS=1 cargo test --package hcxrun --test book`.
";

#[test]
fn the_command_line_is_told_as_it_is() {
    let night = Night::bare();
    let help = |args: &[&str]| night.hcxrun(args).exits(0).stdout;
    let all = help(&["--help"]);
    let commands = all.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = commands
        .lines()
        .filter(|line| !line.starts_with("   "))
        .filter_map(|it| it.split_whitespace().next());
    let sections = names
        .filter(|it| *it != "help")
        .map(|name| format!("\n## hcxrun {name}\n\n```text\n{}\n```\n", help(&[name, "--help"]).trim_end()));
    let now = format!("{CLI}\n```text\n{}\n```\n", all.trim_end()) + &sections.collect::<String>();
    keeps("docs/cli.md", &now, "book");
}

const ACTIONS: &str = "# The actions

What the standard library offers after `use hcx`: what can be checked and changed on HCX. `hcxrun doc hcx.NAME` tells an action on the
terminal. An action is a text like a runbook; the library's folder is `stdlib/hcx`. What is marked as inferred goes by a request that no
public source shows: try it in a lab first. These pages are written by `UPDATE_DOCS=1 cargo test --package hcxrun --test book` from the
library's own comments.
";

/// A file of the library: the page of its actions, their title, and their names.
fn files() -> Vec<(String, String, Vec<String>)> {
    let folder = root().join("stdlib/hcx");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let told = files.iter().map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        let title = text.lines().find_map(|it| it.strip_prefix("// ")).unwrap();
        let title = title.split_terminator(['.', ':']).next().unwrap().to_owned();
        let names = text.lines().filter_map(|it| it.strip_prefix("action ")?.split_whitespace().next());
        (
            format!("{}.md", path.file_stem().unwrap().display()),
            title,
            names.map(str::to_owned).collect::<Vec<_>>(),
        )
    });
    told.filter(|(_, _, names)| !names.is_empty()).collect()
}

#[test]
fn the_actions_are_told_as_they_are() {
    let night = Night::bare();
    let all = night.hcxrun(&["doc", "hcx", "--format", "markdown"]).exits(0).stdout;
    let mut parts = all.split("\n## hcx.");
    let mut first = parts.next().unwrap().replacen("# hcx\n\n*module*\n", ACTIONS, 1);
    let parts: Vec<_> = parts.map(|it| (it.lines().next().unwrap(), it)).collect();
    let mut told = 0;
    for (page, title, names) in files() {
        let mut now = format!("# {title}\n");
        for name in names {
            let (_, part) = parts.iter().find(|(of, _)| *of == name).unwrap();
            now.push_str(&format!("\n## hcx.{}\n", part.trim_end()));
            first = first.replacen(&format!("| {name} |"), &format!("| [{name}]({page}#hcx{name}) |"), 1);
            told += 1;
        }
        keeps(&format!("docs/actions/{page}"), &now, "book");
    }
    assert_eq!(told, parts.len(), "an action is in no file of stdlib/hcx");
    keeps("docs/actions/README.md", &format!("{}\n", first.trim_end()), "book");
}
