//! Pages of documentation, for a terminal and for a book.

use super::columns;
use crate::doc::{Page, Section};

/// For a terminal.
pub(crate) fn text(page: &Page) -> String {
    let mut text = format!("{}  ({})\n", page.title, page.kind);
    if !page.doc.is_empty() {
        let lines = page.doc.lines().map(|line| format!("  {line}").trim_end().to_owned());
        text.push_str(&format!("\n{}\n", lines.collect::<Vec<_>>().join("\n")));
    }
    for section in &page.sections {
        text.push_str(&format!("\n  {}\n", section.title));
        columns(&section.rows).iter().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    text
}

/// For a book.
pub(crate) fn markdown(page: &Page) -> String {
    let level = if page.title.contains('.') { "##" } else { "#" };
    let mut text = format!("{level} {}\n\n*{}*\n", page.title, page.kind);
    if !page.doc.is_empty() {
        text.push_str(&format!("\n{}\n", page.doc));
    }
    page.sections.iter().for_each(|section| text.push_str(&table(section)));
    text
}

/// For an editor, beside the text: what somebody wants to know of an action who uses it.
pub(crate) fn hover(page: &Page) -> String {
    let kind = match &*page.kind {
        "check" => "A check: it changes nothing.",
        "change" => "A change that can be taken back.",
        _ => "A change without a way back.",
    };
    let doc = if page.doc.is_empty() { String::new() } else { format!("\n{}\n", page.doc) };
    let wanted = ["Inputs", "Outputs", "Refused with", "Change", "Way back", "No way back"];
    let sections: Vec<_> = page.sections.iter().filter(|it| wanted.contains(&it.title)).map(list).collect();
    format!("```hcxrun\naction {}\n```\n{kind}\n{doc}{}", page.title, sections.concat())
}

/// A line for each row: a name with its type and what is said of it, or a sentence.
fn list(section: &Section) -> String {
    let line = |row: &Vec<String>| match row.as_slice() {
        [name, ty, doc] if doc.is_empty() => format!("- `{name}: {ty}`\n"),
        [name, ty, doc] => format!("- `{name}: {ty}` – {}\n", escaped(doc)),
        other => format!("- {}\n", escaped(&other.join(" "))),
    };
    let lines: Vec<_> = section.rows.iter().map(line).collect();
    format!("\n**{}**\n\n{}", section.title, lines.concat())
}

/// A list when there is one cell a row.
fn table(section: &Section) -> String {
    let width = section.rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut text = format!("\n**{}**\n\n", section.title);
    if width > 1 {
        text.push_str(&format!("{}|\n{}|\n", "| ".repeat(width), "|---".repeat(width)));
    }
    for row in &section.rows {
        let cell = |at: usize| row.get(at).map(|it| escaped(it)).unwrap_or_default();
        text.push_str(&match width {
            0 | 1 => format!("- {}\n", cell(0)),
            _ => format!("| {} |\n", (0..width).map(cell).collect::<Vec<_>>().join(" | ")),
        });
    }
    text
}

/// A text in a cell, where `|` would end it and `<` begin a tag.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "\\<")
}
