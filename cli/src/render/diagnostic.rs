//! Diagnostics as messages. The picture of the lines is miette's; what stands around it is the form of every message.

use std::fmt;

use hcxrun_dsl::{Diagnostic, Label, Source, Sources};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};

use super::TERMINAL;
use crate::message::Message;
use crate::say;
use crate::visible::visible;

/// All of them, with a blank line between.
pub(crate) fn render_all(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let rendered: Vec<_> = diagnostics.iter().map(|it| message(sources, it).to_string()).collect();
    rendered.join("\n\n")
}

/// What is wrong, its line, where the expectation comes from, other lines that explain it, one way out.
pub(crate) fn message(sources: &Sources, it: &Diagnostic) -> Message {
    let line = |label: &Label| {
        let line = sources.get(label.span.source).map(|source| source.line_column(label.span.start).0);
        (label.span.source, line)
    };
    let (beside, elsewhere): (Vec<_>, Vec<_>) =
        it.related.iter().partition(|label| line(label) == line(&it.label));
    let labels: Vec<_> = std::iter::once(&it.label).chain(beside).collect();
    let message = Message::new(it.severity, &it.message).coded(it.code);
    let message = match (picture(sources, &labels), &it.origin) {
        (Some(drawn), Some(origin)) => message.plain(format!("{}─ {origin}", drawn.trim_end_matches('─'))),
        (Some(drawn), None) => message.plain(drawn),
        (None, Some(origin)) => message.line("note", origin),
        (None, None) => message,
    };
    let elsewhere = elsewhere.into_iter().filter_map(|label| picture(sources, &[label]));
    it.help.iter().fold(elsewhere.fold(message, Message::plain), Message::help)
}

/// A line with its labels, the first of them the one that it is about, down to the corner at its end.
fn picture(sources: &Sources, labels: &[&Label]) -> Option<String> {
    let first = labels.first()?;
    let source = sources.get(first.span.source)?;
    let picture = Picture::new(sources.position(first.span), source, labels)?;
    let theme = if say::is_colored() { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(TERMINAL).with_context_lines(0);
    let handler = handler.without_primary_span_start().without_cause_chain();
    let mut text = String::new();
    handler.render_report(&mut text, &picture).ok()?;
    // Its first line is for a message, and a picture has none.
    let (_, drawn) = text.trim_end().split_once('\n')?;
    Some(drawn.trim_end().to_owned())
}

/// Of a longer line no more is shown than this, in characters.
const LONGEST: usize = 100;

/// One line of a text, or what is around its first label when it is long, with labels in it.
#[derive(Debug)]
struct Picture {
    /// Where it is.
    name: String,
    shown: String,
    /// The number of the line, counted from 0.
    line: usize,
    labels: Vec<LabeledSpan>,
}

impl Picture {
    fn new(name: String, source: &Source, labels: &[&Label]) -> Option<Self> {
        let span = labels.first()?.span;
        let (start, end) = (span.start as usize, span.end as usize);
        let begins = source.text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
        let line = source.line(span.start).trim_end();
        let (from, to) = around(line, start - begins, end - begins);
        let cut = |is_cut: bool| if is_cut { "…" } else { "" };
        let (before, behind) = (cut(from > 0), cut(to < line.len()));
        let shown = format!("{before}{}{behind}", visible(line.get(from..to)?));
        let place =
            |offset: u32| (offset as usize).saturating_sub(begins).clamp(from, to) - from + before.len();
        let labels = labels.iter().map(|label| {
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            let (start, end) = (place(label.span.start), place(label.span.end));
            LabeledSpan::new(text, start, end - start)
        });
        let labels = labels.collect();
        Some(Self { name, shown, line: source.line_column(span.start).0 - 1, labels })
    }
}

/// The part of a line that is shown: all of it, or so much that a stretch of it is seen with what stands around.
fn around(line: &str, start: usize, end: usize) -> (usize, usize) {
    if line.chars().count() <= LONGEST {
        return (0, line.len());
    }
    let end = end.min(line.len());
    let stretch = line.get(start..end).map_or(0, |it| it.chars().count());
    let room = LONGEST.saturating_sub(stretch) / 2;
    let before = line.get(..start).unwrap_or_default();
    let from = before.char_indices().rev().take(room).last().map_or(start, |(at, _)| at);
    let rest = line.get(from..).unwrap_or_default();
    let to = rest.char_indices().nth(LONGEST).map_or(line.len(), |(at, _)| from + at);
    (from, to)
}

impl fmt::Display for Picture {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Picture {}

impl SourceCode for Picture {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let all = (0..self.shown.len()).into();
        let name = self.name.clone();
        Ok(Box::new(MietteSpanContents::new_named(name, self.shown.as_bytes(), all, self.line, 0, 1)))
    }
}

impl miette::Diagnostic for Picture {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use hcxrun_dsl::Span;

    use super::*;

    fn said(text: &str, range: std::ops::Range<usize>) -> String {
        let mut sources = Sources::default();
        let source = sources.add("night.hcxrun", text);
        let at = |offset: usize| u32::try_from(offset).unwrap();
        let span = Span { source, start: at(range.start), end: at(range.end) };
        message(&sources, &Diagnostic::error("HR001", span, "wrong").label("here")).to_string()
    }

    #[test]
    fn of_a_long_line_only_what_is_around_is_shown() {
        let text = format!("first\n{}ümlaut{}\nlast\n", "a ".repeat(50_000), " b".repeat(50_000));
        let start = text.find('ü').unwrap();
        insta::assert_snapshot!(said(&text, start..start + "ümlaut".len()), @"
        error[HR001]: wrong
           ╭─[night.hcxrun:2:100001]
         2 │ … a a a a a a a a a a a a a a a a a a a a a a a ümlaut b b b b b b b b b b b b b b b b b b b b b b b …
           ·                                                 ───┬──
           ·                                                    ╰── here
           ╰────
        ");
    }

    #[test]
    fn a_label_that_ends_in_a_sign_of_several_bytes_ends_there() {
        let text = "count = 2…\nmesh = \"b\"\n";
        insta::assert_snapshot!(said(text, 9..12), @"
        error[HR001]: wrong
           ╭─[night.hcxrun:1:10]
         1 │ count = 2…
           ·          ┬
           ·          ╰── here
           ╰────
        ");
    }

    #[test]
    fn nothing_turns_the_direction() {
        insta::assert_snapshot!(said("by \"a\u{202e}b\u{1b}[31m\u{9b}c\"\n", 16..17), @r#"
        error[HR001]: wrong
           ╭─[night.hcxrun:1:14]
         1 │ by "a�b?[31m¿c"
           ·              ┬
           ·              ╰── here
           ╰────
        "#);
    }

    #[test]
    fn a_label_over_several_lines_is_shown_by_its_first() {
        insta::assert_snapshot!(said("window a ..\n  b\n", 0..14), @"
        error[HR001]: wrong
           ╭─[night.hcxrun:1:1]
         1 │ window a ..
           · ─────┬─────
           ·      ╰── here
           ╰────
        ");
    }

    #[test]
    fn an_empty_text_has_a_place() {
        insta::assert_snapshot!(said("", 0..0), @"
        error[HR001]: wrong
           ╭─[night.hcxrun:1:1]
           ╰────
        ");
    }
}
