//! Text to syntax. Always gives a tree: what could not be understood is one message each, and the rest is there.
//!
//! `layout` closes what is open, the grammar takes the text apart, the other modules build the tree; `messages` says
//! what the grammar could not take.

mod actions;
mod around;
mod expressions;
mod foreign;
mod forms;
mod habits;
mod invariants;
mod items;
mod layout;
mod literals;
mod members;
mod messages;
mod slips;
mod tests;
mod types;
mod words;

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::{Arc, Once};

use pest::iterators::{Pair, Pairs};
use pest::{Parser, Token};

use crate::diagnostic::Diagnostic;
use crate::source::{Name, SourceId, Span, Spanned};
use crate::syntax::{Doc, File};
pub use around::{Clause, Word, forms, word_at};
use layout::Fault;
pub(crate) use slips::BETWEEN_CLAUSES;

#[derive(pest_derive::Parser)]
#[grammar = "grammar.pest"]
pub(crate) struct Grammar;

/// A text that nests deeper than this is no runbook, and would only exhaust the stack.
const DEEPEST: usize = 200;

/// How many rules may be tried: far above what ten thousand steps need.
const MOST_CALLS: usize = 400_000_000;

/// What the grammar makes of a text whose brackets and quotes are mended, with where they were not right. None when it
/// makes nothing of it.
pub(crate) fn understand<T>(text: &str, read: impl FnOnce(Pair<'_, Rule>, &[usize]) -> T) -> Option<T> {
    limit_calls();
    let layout = layout::layout(text, DEEPEST);
    let is_deep = layout.faults.iter().any(|(_, fault)| *fault == Fault::Deep);
    let file = if is_deep { None } else { Grammar::parse(Rule::file, &layout.text).ok() };
    let file = file.filter(|file| deepest(file).is_none())?.next()?;
    let places: Vec<usize> = layout.faults.iter().map(|(at, _)| *at).collect();
    Some(read(file, &places))
}

fn limit_calls() {
    static LIMIT: Once = Once::new();
    LIMIT.call_once(|| pest::set_call_limit(NonZeroUsize::new(MOST_CALLS)));
}

/// Parses one file.
pub fn parse(source: SourceId, text: &str) -> (File, Vec<Diagnostic>) {
    limit_calls();
    let layout = layout::layout(text, DEEPEST);
    let mut reader = Reader {
        source,
        written: text,
        text: &layout.text,
        faults: &layout.faults,
        comments: &layout.comments,
        lost: Vec::new(),
        misread: Vec::new(),
        diagnostics: Vec::new(),
    };
    let faults = layout.faults.iter().filter(|(_, fault)| *fault != Fault::End);
    let faults = faults.map(|(at, fault)| reader.fault(*at, *fault));
    reader.diagnostics = faults.collect();
    let is_deep = layout.faults.iter().any(|(_, fault)| *fault == Fault::Deep);
    let file = if is_deep { File::default() } else { reader.read() };
    reader.diagnostics.sort_by_key(|it| it.label.span.start);
    (file, reader.diagnostics)
}

/// Turns pairs into syntax.
struct Reader<'t> {
    source: SourceId,
    /// As the author wrote it.
    written: &'t str,
    /// With its brackets and quotes mended; every place is the same.
    text: &'t str,
    faults: &'t [(usize, Fault)],
    comments: &'t [Range<usize>],
    /// The stretches that could not be parsed, in order.
    lost: Vec<Span>,
    /// Where clauses end whose first word only starts like theirs.
    misread: Vec<usize>,
    diagnostics: Vec<Diagnostic>,
}

/// The clauses of a block that may stand once, with where they stand.
type Seen = Vec<(Rule, Span)>;

impl Reader<'_> {
    fn read(&mut self) -> File {
        let file = match Grammar::parse(Rule::file, self.text) {
            Ok(file) => file,
            Err(error) => {
                self.diagnostics.push(messages::gave_up(self, &error));
                return File::default();
            }
        };
        if let Some(at) = deepest(&file) {
            self.diagnostics.push(messages::too_deep(self, at));
            return File::default();
        }
        for pair in file.clone().flatten() {
            if let Some(message) = self.whole_word(&pair) {
                self.misread.push(pair.as_span().end());
                self.diagnostics.push(message);
            }
        }
        let file = file.into_iter().next().map(|file| self.file(file)).unwrap_or_default();
        File { lost: std::mem::take(&mut self.lost), ..file }
    }

    fn at(&self, start: usize, end: usize) -> Span {
        // What was mended is as long as what was written, but need not be cut where that can be.
        let offset = |at: usize| u32::try_from(self.written.floor_char_boundary(at)).unwrap_or(u32::MAX);
        Span { source: self.source, start: offset(start), end: offset(end) }
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        // A rule that ends in optional parts has swallowed the blanks and comments before them.
        self.at(span.start(), self.code_end(span.end()).max(span.start()))
    }

    /// The end of the last thing before a place that is neither blank nor comment.
    fn code_end(&self, at: usize) -> usize {
        let mut end = at;
        loop {
            end = self.text.get(..end).map_or(end, |before| before.trim_end().len());
            let before = self.comments.partition_point(|comment| comment.start < end);
            match before.checked_sub(1).and_then(|last| self.comments.get(last)) {
                Some(comment) if comment.end >= end => end = comment.start,
                _ => return end,
            }
        }
    }

    /// Whether something in it was mended, and told.
    fn has_fault(&self, pair: &Pair<'_, Rule>) -> bool {
        let span = pair.as_span();
        self.faults.iter().any(|(at, _)| (span.start()..span.end()).contains(at))
    }

    fn name(&self, pair: &Pair<'_, Rule>) -> Name {
        Spanned::new(Arc::from(pair.as_str()), self.span(pair))
    }

    /// The name that the grammar promises next.
    fn next_name(&self, pairs: &mut Pairs<'_, Rule>) -> Name {
        pairs.next().map_or_else(|| self.nameless(), |pair| self.name(&pair))
    }

    /// The name that the grammar promises next, of something that expressions name: no word of theirs can be it.
    fn next_declared(&mut self, pairs: &mut Pairs<'_, Rule>) -> Name {
        let name = self.next_name(pairs);
        if Grammar::parse(Rule::reserved, &name.node).is_ok() {
            let message = format!("`{}` is a word of the language, and nothing can be called so", name.node);
            self.diagnostics
                .push(Diagnostic::error("HR001", name.span, message).help("give it another name"));
        }
        name
    }

    fn nameless(&self) -> Name {
        Spanned::new(Arc::from(""), self.at(0, 0))
    }

    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, span, message));
    }

    /// The parts of a block, each with its documentation: the lines before it, or the one behind it on its own line.
    fn documented<'i>(&self, pairs: Pairs<'i, Rule>) -> Vec<(Doc, Pair<'i, Rule>)> {
        let mut parts: Vec<(Doc, Pair<'i, Rule>)> = Vec::new();
        let mut lines = Vec::new();
        for pair in pairs {
            if pair.as_rule() != Rule::doc {
                parts.push((doc_of(&std::mem::take(&mut lines)), pair));
                continue;
            }
            match parts.last_mut() {
                Some((doc, part)) if self.same_line(part, &pair) => {
                    *doc = Doc(doc.0.take().or(doc_of(&[pair]).0));
                }
                _ => lines.push(pair),
            }
        }
        parts
    }

    fn same_line(&self, first: &Pair<'_, Rule>, second: &Pair<'_, Rule>) -> bool {
        let (end, start) = (self.span(first).range().end, second.as_span().start());
        self.text.get(end..start).is_some_and(|between| !between.contains('\n'))
    }

    /// Whether a clause stands there again that may stand once; that is reported.
    fn is_repeated(&mut self, seen: &mut Seen, clause: &Pair<'_, Rule>) -> bool {
        let (rule, span) = (clause.as_rule(), self.span(clause));
        let Some(form) = forms::Form::of(rule).filter(|form| form.is_single) else { return false };
        let first = seen.iter().find(|(known, _)| *known == rule).map(|(_, first)| *first);
        seen.push((rule, span));
        if let Some(first) = first {
            let message = format!("`{}` stands here a second time", form.title);
            let message = Diagnostic::error("HR004", span, message).label("the second one");
            self.diagnostics.push(message.related(first, "the first one").help("keep one of the two"));
        }
        first.is_some()
    }
}

/// Joins lines of documentation.
fn doc_of(lines: &[Pair<'_, Rule>]) -> Doc {
    let lines: Vec<_> = lines.iter().map(|line| line.as_str().trim_start_matches('/').trim()).collect();
    Doc((!lines.is_empty()).then(|| Arc::from(lines.join("\n"))))
}

/// Where a tree gets too deep, if it does: branches, lambdas and types nest without brackets.
fn deepest(pairs: &Pairs<'_, Rule>) -> Option<usize> {
    let nests = |rule| matches!(rule, Rule::expr | Rule::type_ | Rule::phase | Rule::parallel);
    let mut depth = 0_usize;
    pairs.clone().tokens().find_map(|token| {
        match token {
            Token::Start { rule, pos } if nests(rule) => {
                depth += 1;
                return (depth > DEEPEST).then(|| pos.pos());
            }
            Token::End { rule, .. } if nests(rule) => depth = depth.saturating_sub(1),
            _ => {}
        }
        None
    })
}
