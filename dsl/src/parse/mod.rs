//! Text to syntax. Always gives a tree: what could not be understood is one message each, and the rest is there.

mod actions;
mod expressions;
mod items;
mod literals;
mod messages;

use std::num::NonZeroUsize;
use std::sync::{Arc, Once};

use pest::Parser;
use pest::iterators::{Pair, Pairs};

use crate::diagnostic::Diagnostic;
use crate::source::{Name, SourceId, Span, Spanned};
use crate::syntax::{Doc, File};

#[derive(pest_derive::Parser)]
#[grammar = "grammar.pest"]
struct Grammar;

/// A text that nests deeper than this is no runbook, and would only exhaust the stack.
const DEEPEST: usize = 200;

/// How many rules may be tried: far above what ten thousand steps need.
const MOST_CALLS: usize = 400_000_000;

/// Parses one file.
pub fn parse(source: SourceId, text: &str) -> (File, Vec<Diagnostic>) {
    static LIMIT: Once = Once::new();
    LIMIT.call_once(|| pest::set_call_limit(NonZeroUsize::new(MOST_CALLS)));
    let mut reader = Reader { source, text, diagnostics: Vec::new() };
    if let Some(at) = messages::too_deep(text, DEEPEST) {
        let span = reader.at(at, at + 1);
        reader.diagnostics.push(
            Diagnostic::error("HR001", span, format!("brackets are nested more than {DEEPEST} deep"))
                .help("give inner parts names with `let`"),
        );
        return (File::default(), reader.diagnostics);
    }
    let file = match Grammar::parse(Rule::file, text) {
        Ok(mut pairs) => {
            let words = pairs.clone().flatten().filter_map(|pair| messages::whole_word(&reader, &pair));
            let words: Vec<_> = words.collect();
            reader.diagnostics.extend(words);
            pairs.next().map(|file| reader.file(file)).unwrap_or_default()
        }
        Err(error) => {
            let message = messages::syntax(&reader, &error, 0);
            reader.diagnostics.push(message);
            File::default()
        }
    };
    reader.diagnostics.sort_by_key(|it| it.label.span.start);
    (file, reader.diagnostics)
}

/// Turns pairs into syntax.
struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn at(&self, start: usize, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(at.min(self.text.len())).unwrap_or(u32::MAX);
        Span { source: self.source, start: offset(start), end: offset(end) }
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        // A rule that ends in optional parts has swallowed the blanks before them.
        let end = span.start() + span.as_str().trim_end().len();
        self.at(span.start(), end)
    }

    fn name(&self, pair: &Pair<'_, Rule>) -> Name {
        Spanned::new(Arc::from(pair.as_str()), self.span(pair))
    }

    /// The name that the grammar promises next.
    fn next_name(&self, pairs: &mut Pairs<'_, Rule>) -> Name {
        pairs.next().map_or_else(|| self.nameless(), |pair| self.name(&pair))
    }

    fn nameless(&self) -> Name {
        Spanned::new(Arc::from(""), self.at(0, 0))
    }

    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, span, message));
    }

    /// What could not be parsed, as one message.
    fn junk(&mut self, pair: &Pair<'_, Rule>, rule: Rule) {
        let message = messages::junk(self, pair, rule);
        self.diagnostics.push(message);
    }

    /// A clause that may stand once; a second one is reported and left out.
    fn once<T>(&mut self, slot: &mut Option<T>, what: &str, span: Span, value: T) {
        if slot.is_some() {
            self.diagnostics.push(
                Diagnostic::error("HR004", span, format!("`{what}` stands here a second time"))
                    .label("the second one")
                    .help("keep one of the two"),
            );
        } else {
            *slot = Some(value);
        }
    }
}

/// Joins lines of documentation.
fn doc_of(lines: &[Pair<'_, Rule>]) -> Doc {
    let lines: Vec<_> = lines.iter().map(|line| line.as_str().trim_start_matches('/').trim()).collect();
    (!lines.is_empty()).then(|| Arc::from(lines.join("\n")))
}
