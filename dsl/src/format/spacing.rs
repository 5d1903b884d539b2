//! What stands between two words of a line.

use super::marks::Marks;
use super::tokens::Token;

/// So many blanks.
pub(super) fn gap(before: &Token<'_>, next: &Token<'_>, marks: &Marks) -> usize {
    match (before, next) {
        // Clauses that share a line stand apart from each other.
        (before, next) if marks.element(next.start).is_some() && !before.opens() => 2,
        (before, next) if before.is("{") && next.is("}") && marks.is_value(before.start) => 0,
        (before, next) if before.is("{") || next.is("}") => 1,
        (before, next) if hugs_next(before, marks) || hugs_before(next, marks) => 0,
        _ => 1,
    }
}

fn hugs_next(sign: &Token<'_>, marks: &Marks) -> bool {
    match sign.text {
        "(" | "[" | "." => true,
        ".." => !marks.in_window(sign.start),
        "<" => !marks.compares(sign.start),
        "-" => marks.negates(sign.start),
        _ => false,
    }
}

fn hugs_before(sign: &Token<'_>, marks: &Marks) -> bool {
    match sign.text {
        ")" | "]" | "." | "," | ":" | "?" => true,
        "(" | "[" => !marks.is_value(sign.start),
        ".." => !marks.in_window(sign.start),
        "<" | ">" => !marks.compares(sign.start),
        _ => false,
    }
}
