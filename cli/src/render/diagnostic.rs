//! Diagnostics with the text that they are about, by miette.

use std::fmt;
use std::sync::Arc;

use hcxrun_dsl::{Diagnostic, Severity, Source, Sources};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

/// All of them, with a blank line between.
pub(crate) fn render_all(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let rendered: Vec<_> = diagnostics.iter().map(|it| render(sources, it)).collect();
    rendered.join("\n")
}

fn render(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let report = Report::new(sources, diagnostic);
    let theme =
        if crate::say::is_watched() { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(110).without_cause_chain();
    let mut text = String::new();
    match handler.render_report(&mut text, &report) {
        Ok(()) => text.trim_end().to_owned(),
        Err(fmt::Error) => diagnostic.message.clone(),
    }
}

#[derive(Debug)]
struct Report {
    diagnostic: Diagnostic,
    source: Option<NamedSource<Arc<str>>>,
    help: Option<String>,
}

impl Report {
    fn new(sources: &Sources, diagnostic: &Diagnostic) -> Self {
        let named = |source: &Source| NamedSource::new(&*source.name, Arc::clone(&source.text));
        // Places in other files cannot be shown under this one; they are named in the help.
        let elsewhere = diagnostic.related.iter().filter(|it| it.span.source != diagnostic.label.span.source);
        let elsewhere = elsewhere.map(|it| format!("{}: {}", sources.position(it.span), it.text));
        let lines: Vec<_> =
            diagnostic.origin.clone().into_iter().chain(elsewhere).chain(diagnostic.help.clone()).collect();
        Self {
            source: sources.get(diagnostic.label.span.source).map(named),
            help: (!lines.is_empty()).then(|| lines.join("\n")),
            diagnostic: diagnostic.clone(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let word = match self.diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        Some(Box::new(format!("{word}[{}]", self.diagnostic.code)))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let here = self.diagnostic.label.span.source;
        let related = self.diagnostic.related.iter().filter(move |it| it.span.source == here);
        let all = std::iter::once(&self.diagnostic.label).chain(related);
        Some(Box::new(all.map(|label| {
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            LabeledSpan::new(text, label.span.start as usize, label.span.range().len())
        })))
    }
}
