//! What can be folded: blocks, and comments of several lines.

use lsp_types::{FoldingRange, FoldingRangeKind};

use crate::context::pairs;
use crate::documents::Known;

pub(crate) fn folding(known: &Known) -> Vec<FoldingRange> {
    let lines = known.lines();
    let line = |at: usize| lines.position(at).line;
    // The line of the closing brace stays to be seen.
    let blocks =
        pairs(known.text()).into_iter().map(|(start, end)| (line(start), line(end).saturating_sub(1), None));
    let comments =
        comments(known.text()).into_iter().map(|(from, to)| (from, to, Some(FoldingRangeKind::Comment)));
    let all = blocks.chain(comments).filter(|(from, to, _)| from < to);
    let mut found: Vec<_> = all
        .map(|(start_line, end_line, kind)| FoldingRange {
            start_line,
            end_line,
            kind,
            ..FoldingRange::default()
        })
        .collect();
    found.sort_by_key(|it| (it.start_line, it.end_line));
    found
}

/// First and last lines of comments that have their lines for themselves.
fn comments(text: &str) -> Vec<(u32, u32)> {
    let mut found: Vec<(u32, u32)> = Vec::new();
    for (at, line) in (0..).zip(text.lines()) {
        if !line.trim_start().starts_with("//") {
            continue;
        }
        match found.last_mut() {
            Some((_, last)) if *last + 1 == at => *last = at,
            _ => found.push((at, at)),
        }
    }
    found
}
