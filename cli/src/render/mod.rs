//! Values of the library crates as text for a terminal.

pub(crate) mod diagnostic;
pub(crate) mod doc;
pub(crate) mod graph;
pub(crate) mod markdown;
pub(crate) mod plan;
pub(crate) mod premises;
pub(crate) mod rehearsal;
pub(crate) mod report;
pub(crate) mod window;

use std::time::Duration;

/// That nothing is to be done for a step, and what shows it.
pub(crate) fn already(evidence: &[String]) -> String {
    if evidence.is_empty() { "already so".to_owned() } else { format!("already so: {}", evidence.join(", ")) }
}

/// A duration as people say it: no more than two units, seconds at the finest.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes, seconds) =
        (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes, seconds) {
        (0, 0, 0, s) => format!("{s}s"),
        (0, 0, m, 0) => format!("{m}m"),
        (0, 0, m, s) => format!("{m}m{s:02}s"),
        (0, h, 0, _) => format!("{h}h"),
        (0, h, m, _) => format!("{h}h{m:02}m"),
        (d, 0, _, _) => format!("{d}d"),
        (d, h, _, _) => format!("{d}d{h}h"),
    }
}

/// `1 step`, `2 steps`.
pub(crate) fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// Rows as lines, their cells one below the other; the last cell of a row is broken where a terminal ends.
pub(crate) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let width = |at: usize| {
        let cells = rows.iter().filter(|row| row.len() > at + 1).filter_map(|row| row.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    rows.iter().flat_map(|row| line(row, &width)).collect()
}

/// Where lines are broken, in characters.
pub(crate) const TERMINAL: usize = 110;

/// How lines are broken: at blanks alone, so that names and options stay whole.
pub(crate) fn at_blanks(width: usize) -> textwrap::Options<'static> {
    textwrap::Options::new(width).break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation)
}

fn line(row: &[String], width: &dyn Fn(usize) -> usize) -> Vec<String> {
    let Some((last, cells)) = row.split_last() else { return Vec::new() };
    let cells = cells.iter().enumerate().map(|(at, cell)| format!("{cell:<width$}  ", width = width(at)));
    let start = cells.collect::<Vec<_>>().concat();
    let indent = " ".repeat(start.chars().count());
    let room = TERMINAL.saturating_sub(indent.len()).max(40);
    let lines = textwrap::wrap(last, at_blanks(room));
    let first = |at| if at == 0 { &start } else { &indent };
    lines.iter().enumerate().map(|(at, text)| format!("{}{text}", first(at)).trim_end().to_owned()).collect()
}
