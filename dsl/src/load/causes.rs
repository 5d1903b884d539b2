//! One cause, one message: what follows from another mistake is not told.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Sources, Span};

/// Keeps what the checks found in lines that the parser understood: in the others it may have misread anything.
pub(super) fn on_whole_lines(found: Vec<Diagnostic>, broken: &[Span], sources: &Sources) -> Vec<Diagnostic> {
    if broken.is_empty() {
        return found;
    }
    let lines: BTreeSet<_> = broken.iter().map(|span| line(sources, *span)).collect();
    found.into_iter().filter(|it| !lines.contains(&line(sources, it.label.span))).collect()
}

/// Leaves out what nothing uses in a file where a use is missing, means nothing or is of another type: it may be the one
/// that is meant, as in a rename that is half done.
pub(super) fn used_or_misnamed(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let is_misnamed = |it: &&Diagnostic| matches!(it.code, "HR010" | "HR011" | "HR012" | "HR022" | "HR024");
    let misnamed: BTreeSet<SourceId> =
        found.iter().filter(is_misnamed).map(|it| it.label.span.source).collect();
    found.retain(|it| it.code != "HR017" || !misnamed.contains(&it.label.span.source));
    found
}

/// Whether something was found in the line of a place.
pub(super) fn same_line(found: &[Diagnostic], place: Span, sources: &Sources) -> bool {
    found.iter().any(|it| line(sources, it.label.span) == line(sources, place))
}

fn line(sources: &Sources, span: Span) -> (SourceId, usize) {
    (span.source, sources.get(span.source).map_or(0, |source| source.line_column(span.start).0))
}

/// A name or a field that means nothing is told where it stands first, and how often it stands there again; so is a habit that the
/// text has all over.
pub(super) fn once(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<Diagnostic> = Vec::new();
    let mut again: BTreeMap<usize, usize> = BTreeMap::new();
    for it in found {
        let is_same = |known: &Diagnostic| {
            (matches!(it.code, "HR010" | "HR011") || is_habit(&it))
                && known.code == it.code
                && known.message == it.message
                && known.label.span.source == it.label.span.source
        };
        match kept.iter().position(is_same) {
            Some(first) => *again.entry(first).or_default() += 1,
            None => kept.push(it),
        }
    }
    for (first, times) in again {
        if let Some(it) = kept.get_mut(first) {
            it.label.text = format!("and {times} more time{} below", if times == 1 { "" } else { "s" });
        }
    }
    kept
}

/// Whether a message is about what other languages have between clauses.
fn is_habit(it: &Diagnostic) -> bool {
    it.message == crate::parse::BETWEEN_CLAUSES
}
