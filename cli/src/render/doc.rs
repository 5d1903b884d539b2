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
