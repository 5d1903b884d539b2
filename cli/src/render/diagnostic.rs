//! Diagnostics as messages. The picture of the lines is miette's; what stands around it is the form of every message.

use std::fmt;
use std::sync::Arc;

use hcxrun_dsl::{Diagnostic, Label, Sources};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, NamedSource, SourceCode, SourceSpan,
    SpanContents,
};

use crate::message::Message;
use crate::say;

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
    let labels = labels.iter().map(|label| {
        let text = (!label.text.is_empty()).then(|| label.text.clone());
        LabeledSpan::new(text, label.span.start as usize, label.span.range().len())
    });
    let picture = Picture {
        source: NamedSource::new(sources.position(first.span), Arc::clone(&source.text)),
        labels: labels.collect(),
    };
    let theme = if say::is_colored() { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(super::TERMINAL).with_context_lines(0);
    let handler = handler.without_primary_span_start().without_cause_chain();
    let mut text = String::new();
    handler.render_report(&mut text, &picture).ok()?;
    // Its first line is for a message, and a picture has none.
    let (_, drawn) = text.trim_end().split_once('\n')?;
    Some(drawn.trim_end().to_owned())
}

/// Labels in a text of which whole lines are shown, and no more.
#[derive(Debug)]
struct Picture {
    source: NamedSource<Arc<str>>,
    labels: Vec<LabeledSpan>,
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
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.source.inner();
        let last = (span.offset() + span.len()).max(span.offset() + 1) - 1;
        let start = text.get(..span.offset()).and_then(|it| it.rfind('\n')).map_or(0, |at| at + 1);
        let length = text.get(last..).and_then(|it| it.find('\n')).unwrap_or(text.len().saturating_sub(last));
        let end = last + length;
        let end = if text.get(..end).is_some_and(|it| it.ends_with('\r')) { end - 1 } else { end };
        self.source.read_span(&(start..end.max(start)).into(), before, after)
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
