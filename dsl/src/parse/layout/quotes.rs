//! Texts that lack one of their quotes.

use super::super::foreign::{self, Foreign};
use super::super::forms::Form;
use super::{Fault, Kind, Open, Scan, clause};

/// Whether a quote behind this would stand right behind a word, where no text starts.
pub(super) fn is_glued(before: &str) -> bool {
    before.ends_with(|it: char| it.is_ascii_alphanumeric() || "})/._-?!%".contains(it))
}

impl Scan<'_> {
    /// Where the text starts that the line end cuts off, if one does. Those in a block's holes count from the block.
    pub(super) fn outermost_text(&self) -> Option<usize> {
        let block = self.open.iter().rposition(|open| open.kind == Kind::Block).map_or(0, |at| at + 1);
        let texts = self.open.iter().skip(block).position(|open| open.kind == Kind::Text);
        texts.map(|at| at + block)
    }

    /// The line ends in a text: it or its hole was never closed. An empty text takes its place.
    pub(super) fn break_off(&mut self) {
        let Some(first) = self.outermost_text() else { return };
        let line_end = self.at;
        self.replace_text(first);
        if self.at > line_end {
            self.line();
        }
    }

    /// Where the text starts that this quote ends, and has no quote before it.
    fn unopened(&self, quote: Open) -> Option<usize> {
        if quote.kind != Kind::Text || quote.line != self.line_start {
            return None;
        }
        // Or else it ends the one that is open since a line before.
        if self.faults.last().is_some_and(|(_, fault)| *fault == Fault::Open(Kind::Text)) {
            return None;
        }
        let line = self.text.get(quote.line..quote.at)?;
        let (behind, clause) = match line.rfind('"') {
            Some(at) => (at + 1, None),
            None => (line.len() - line.trim_start().len(), clause(line.trim())),
        };
        let inside = line.get(behind + clause.map_or(0, |it| it.title.len())..)?;
        // What is open before it, or a word of the clause, stands before the text.
        let mut closed = 0_usize;
        let starts = |it: char| match it {
            ')' | ']' | '}' => {
                closed += 1;
                false
            }
            '(' | '[' | '{' if closed > 0 => {
                closed -= 1;
                false
            }
            _ => closed == 0 && "([{=".contains(it),
        };
        let sign = inside.rfind(starts).map(|at| at + 1);
        let words = clause.into_iter().flat_map(Form::words).map(|word| format!(" {word} "));
        let start =
            words.filter_map(|word| Some(inside.rfind(&word)? + word.len())).chain(sign).max().unwrap_or(0);
        let text = inside.get(start..)?.trim_start_matches([' ', '\t', ',']);
        // Right behind another text it is a quote inside of that one.
        let is_inside = line.contains('"') && start == 0 && !inside.trim_start().starts_with(',');
        (is_glued(line) && !is_inside && !text.is_empty()).then_some(quote.at - text.len())
    }

    /// Reads on behind a quote that ends the text from `start` on: there all is as it should be.
    fn open_text(&mut self, start: usize, quote: usize) {
        self.faults.retain(|(at, _)| !(start..self.at).contains(at));
        self.edits.retain(|(range, _)| !(start..self.at).contains(&range.start));
        self.faults.push((start, Fault::Unopened(quote - start)));
        self.edits.push((start..quote + 1, "\"\""));
        (self.at, self.code_end) = (quote + 1, quote + 1);
    }

    pub(super) fn replace_text(&mut self, first: usize) {
        let glued = self.glued.take().and_then(|mut open| Some((open.pop()?, open)));
        let last =
            self.open.get(first).map(|text| (*text, self.open.get(..first).unwrap_or_default().to_vec()));
        for (quote, open) in [glued, last].into_iter().flatten() {
            if let Some(start) = self.unopened(quote) {
                self.open = open;
                return self.open_text(start, quote.at);
            }
        }
        let hole = self.open.get(first + 1).filter(|open| open.kind == Kind::Hole);
        let Some(text) = self.open.get(first).copied() else { return };
        let guilty = hole.copied().unwrap_or(text);
        let inside = self.text.get(guilty.at..self.at).unwrap_or_default();
        let quote = inside.char_indices().find(|(_, it)| !it.is_ascii() && foreign::is_quote(*it));
        self.faults.push(match quote.filter(|_| guilty.kind == Kind::Text) {
            Some((at, quote)) => (guilty.at + at, Fault::Foreign(Foreign::Quote(quote))),
            None => (guilty.at, Fault::Open(guilty.kind)),
        });
        self.edits.push((text.at..self.at, "\"\""));
        self.at = self.at.max(text.at + 2);
        self.code_end = self.at;
        self.open.truncate(first);
    }
}
