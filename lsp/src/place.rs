//! Places: bytes in the language, lines and UTF-16 units in the protocol.

use std::sync::Arc;

use hcxrun_dsl::Span;
use lsp_types::{Position, Range};

/// Where the lines of a text start.
#[derive(Debug)]
pub(crate) struct Lines {
    text: Arc<str>,
    starts: Vec<usize>,
}

impl Lines {
    pub(crate) fn of(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(ends).collect();
        Self { text, starts }
    }

    /// The place of a byte.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or_default();
        let before = self.text.get(start..offset.min(self.text.len())).unwrap_or_default();
        Position::new(number(line), number(before.encode_utf16().count()))
    }

    /// The byte of a place; one behind the end of its line is that end.
    pub(crate) fn offset(&self, position: Position) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line).copied() else { return self.text.len() };
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let text = self.text.get(start..end).unwrap_or_default();
        let mut units = 0;
        for (at, c) in text.char_indices() {
            if units >= position.character as usize {
                return start + at;
            }
            units += c.len_utf16();
        }
        end
    }

    pub(crate) fn range(&self, span: Span) -> Range {
        Range::new(self.position(span.start as usize), self.position(span.end as usize))
    }

    pub(crate) fn whole(&self) -> Range {
        Range::new(Position::default(), self.position(self.text.len()))
    }
}

fn number(it: usize) -> u32 {
    u32::try_from(it).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_behind_signs_beyond_ascii_is_counted_in_utf16() {
        let lines = Lines::of("a\n  “é𝒳” b\n");
        let at = "a\n  “é𝒳”".len();
        assert_eq!(lines.position(at), Position::new(1, 7));
        assert_eq!(lines.offset(Position::new(1, 7)), at);
    }

    #[test]
    fn a_place_that_is_nowhere_is_the_end() {
        let lines = Lines::of("ab\nc");
        assert_eq!(lines.offset(Position::new(0, 99)), 2);
        assert_eq!(lines.offset(Position::new(99, 0)), 4);
    }
}
