//! The pages of the messages: there is one for each code, and what they show is what this version says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::page::{Block, blocks, played};
use common::{Night, root};
use hcxrun_dsl::codes::{CODES, Code};

/// What the commands of a page find in their environment.
const VARIABLES: &[(&str, &str)] = &[("HCX_PASSWORD", "none")];

/// Messages that need more than one command and one moment: other tests bring them about, and keep them.
const KEPT: &[(&str, &str)] = &[
    ("HR063", "plans_hold__a_broken_premise_stops_before_the_first_change"),
    ("HR066", "plans_hold__a_plan_runs_once"),
    ("HR067", "people__two_runs_that_change_the_same_do_not_run_at_once"),
];

fn path(code: &str) -> std::path::PathBuf {
    root().join(format!("docs/messages/{code}.md"))
}

fn page(code: &str) -> String {
    std::fs::read_to_string(path(code)).unwrap_or_else(|_| panic!("{code} has no page in docs/messages"))
}

/// A page as it ought to be, with what its command says now.
fn shown(code: &str, page: &str) -> String {
    if let Some((_, name)) = KEPT.iter().find(|(of, _)| *of == code) {
        let kept = std::fs::read_to_string(root().join(format!("tests/snapshots/{name}.snap"))).unwrap();
        let said = kept.splitn(3, "---\n").nth(2).unwrap();
        let (before, rest) = page.split_once("```text\n").unwrap();
        let (_, after) = rest.split_once("```").unwrap();
        return format!("{before}```text\n{said}```{after}");
    }
    let now = played(page, VARIABLES);
    let said = console(&now).1;
    // That a run would be refused comes beside the reason, which may have a code of its own.
    let mut told = said.match_indices("[HR").map(|(at, _)| &said[at + 1..at + 6]);
    let first = told.find(|it| *it == code || *it != "HR068");
    assert_eq!(first, Some(code), "the first of\n{said}");
    now
}

/// The command of a page, and what it says.
fn console(page: &str) -> (&str, &str) {
    let blocks = blocks(page);
    let console = blocks.iter().find(|it| it.language() == "console").expect("a page shows a command");
    console.body.split_once('\n').map(|(command, said)| (command.trim_start_matches("$ "), said)).unwrap()
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let mut pages: Vec<_> = std::fs::read_dir(root().join("docs/messages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("HR"))
        .collect();
    pages.sort();
    let codes: Vec<_> = CODES.iter().map(|it| format!("{}.md", it.code)).collect();
    assert_eq!(pages, codes);
    let night = Night::bare();
    let told = night.hcxrun(&["explain", "--json"]).exits(0).json();
    for (Code { code, title }, told) in CODES.iter().zip(told.as_array().unwrap()) {
        let page = page(code);
        assert!(page.starts_with(&format!("# {code}: {title}\n\n")), "{code} is not titled `{title}`");
        assert_eq!(told["page"].as_str(), Some(&*page), "`hcxrun explain` does not tell {code}.md");
    }
}

const LIST: &str = "# Messages

Every message has a code that never changes its meaning. `hcxrun explain CODE` shows its page on the terminal. `HR00x` are about the
text, `HR01x` about names, `HR02x` about types and values, `HR03x` about what makes a change safe, `HR04x` about order and window,
`HR05x` about what stands beside a runbook; `HR06x` come while a plan is made or run. This list is written by
`UPDATE_DOCS=1 cargo test --package hcxrun --test messages`, as are the messages that the pages show.

![Two messages on a terminal: the line, what is wrong there, and a way out](../pictures/message.png)

| code | meaning |
|---|---|
";

#[test]
fn the_list_of_messages_is_of_this_version() {
    let row = |it: &Code| format!("| [{0}]({0}.md) | {1} |\n", it.code, it.title);
    let now = LIST.to_owned() + &CODES.iter().map(row).collect::<String>();
    common::keeps("docs/messages/README.md", &now, "messages");
}

#[test]
fn pages_show_what_is_said() {
    for Code { code, .. } in CODES {
        let now = shown(code, &page(code));
        common::keeps(&format!("docs/messages/{code}.md"), &now, "messages");
    }
}

/// What does not follow the grammar has no layout.
fn is_whole(it: &Block<'_>, code: &str) -> bool {
    it.language() == "hcxrun" && (!it.is("wrong") || code > "HR005")
}

#[test]
fn what_is_mended_is_not_wrong_any_more() {
    let mut mended = 0;
    for Code { code, .. } in CODES {
        let page = page(code);
        let blocks = blocks(&page);
        for it in blocks.iter().filter(|it| is_whole(it, code)) {
            assert_eq!(hcxrun_dsl::format(it.body), it.body, "{code}: another layout");
        }
        let Some(mended_block) = blocks.iter().find(|it| it.info == "hcxrun") else { continue };
        let others = blocks.iter().take_while(|it| it.language() != "console");
        let others = others.filter(|it| it.language() != "hcxrun");
        let written = |it: &Block<'_>| format!("`{}`:\n```\n{}```\n", it.name().unwrap(), it.body);
        let files: String = others.chain([mended_block]).map(written).collect();
        let (file, command) = (mended_block.name().unwrap(), console(&page).0);
        let commands = format!("```console\n$ hcxrun check {file}\n$ {command}\n```");
        let after = played(&format!("{files}{commands}"), VARIABLES);
        assert!(after.contains("1 file: 0 errors, 0 warnings\n"), "{code}: {after}");
        assert!(!after.contains(&format!("[{code}]")), "{code}: {after}");
        mended += 1;
    }
    assert!(mended > 40, "{mended} pages show how to mend");
}

/// What docs/checks.md promises: each code of a row stands in the file that the row names.
#[test]
fn every_check_keeps_its_message() {
    let page = std::fs::read_to_string(root().join("docs/checks.md")).unwrap();
    let mut checks = 0;
    for row in page.lines().filter(|line| line.contains("| HR")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let file = cells[3].trim_matches('`');
        let kept =
            std::fs::read_to_string(root().join(file)).unwrap_or_else(|_| panic!("there is no {file}"));
        for code in cells[1].split(' ') {
            assert!(kept.contains(&format!("[{code}]")), "{file} has no {code}: {row}");
            checks += 1;
        }
    }
    assert!(checks > 35, "{checks} checks");
}

#[test]
fn a_page_is_told_for_a_terminal() {
    let night = Night::bare();
    let told = night.hcxrun(&["explain", "HR021"]).exits(0).stdout;
    for typed in ["hr021", "hr21", "21", "021"] {
        assert_eq!(night.hcxrun(&["explain", typed]).exits(0).stdout, told, "{typed}");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn without_a_code_all_are_listed() {
    let night = Night::bare();
    let listed = night.hcxrun(&["explain"]).exits(0).stdout;
    for Code { code, title } in CODES {
        assert!(listed.contains(&format!("{code}  {title}\n")), "{code} is not in\n{listed}");
    }
}

#[test]
fn a_code_that_is_not_there_gets_a_suggestion() {
    let night = Night::bare();
    night
        .hcxrun(&["explain", "HRO21"])
        .exits(1)
        .says("no message has the code `HRO21`")
        .says("did you mean `HR021`?");
    night.hcxrun(&["explain", "window"]).exits(1).says("`hcxrun explain` lists all of them");
}
