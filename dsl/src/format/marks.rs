//! What the parser knows of a text and its words do not tell: where literals end, where clauses begin, and which of two
//! meanings a sign has.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use pest::iterators::Pair;

use crate::parse::{Rule, understand};

/// What begins at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// `name = value` in a step.
    Argument,
    Let,
    Output,
    Input,
    System,
    /// A step; it stands under its like when it is one line.
    Step,
    /// A word, or two, with what it sets behind it: `timeout 30m`, `on failure hold`.
    Setting {
        words: usize,
    },
    /// Any other item or clause.
    Other,
}

/// The places of a text that mean something to its layout.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Names and literals, by where they start: where they end.
    words: BTreeMap<usize, usize>,
    /// What could not be parsed, by where it starts.
    raw: BTreeMap<usize, usize>,
    elements: BTreeMap<usize, Element>,
    /// Where brackets stand that are values, not what is done with one.
    values: BTreeSet<usize>,
    /// Where `<`, `<=`, `>` or `>=` compares, and is not one of `list<T>`.
    compares: BTreeSet<usize>,
    /// `-` before a number.
    negates: BTreeSet<usize>,
    windows: Vec<Range<usize>>,
}

impl Marks {
    /// None when nothing of the text is understood.
    pub(super) fn of(text: &str) -> Option<Self> {
        understand(text, |file, faults| {
            let mut marks = Self::default();
            for item in file.into_inner() {
                let range = range(&item);
                if faults.iter().any(|at| range.contains(at)) {
                    marks.raw.insert(range.start, range.end);
                    marks.elements.insert(range.start, Element::Other);
                } else {
                    marks.add(item, Rule::file);
                }
            }
            // What stands between items and is none of the language, a comment as in YAML for example, stays as it is.
            for at in faults {
                let is_raw = marks.raw.range(..=at).next_back().is_some_and(|(_, end)| at < end);
                if !is_raw {
                    let line = text.get(*at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
                    marks.raw.insert(*at, at + line.trim_end().len());
                    marks.elements.insert(*at, Element::Other);
                }
            }
            marks
        })
    }

    fn add(&mut self, pair: Pair<'_, Rule>, parent: Rule) {
        let (rule, Range { start, end }) = (pair.as_rule(), range(&pair));
        if let Some(element) = element(rule, parent) {
            self.elements.insert(start, element);
        }
        match rule {
            Rule::junk_item | Rule::junk_clause => {
                self.raw.insert(start, end);
                self.elements.insert(start, Element::Other);
            }
            Rule::paren | Rule::list | Rule::record => {
                self.values.insert(start);
            }
            Rule::less | Rule::less_equal | Rule::greater | Rule::greater_equal => {
                self.compares.insert(start);
            }
            Rule::negate => {
                self.negates.insert(start);
            }
            Rule::window => self.windows.push(start..end),
            rule if is_word(rule) => {
                self.words.insert(start, end);
            }
            _ => {}
        }
        if !matches!(rule, Rule::text | Rule::block) {
            pair.into_inner().for_each(|inner| self.add(inner, rule));
        }
    }

    pub(super) fn raw_end(&self, at: usize) -> Option<usize> {
        self.raw.get(&at).copied()
    }

    pub(super) fn word_end(&self, at: usize) -> Option<usize> {
        self.words.get(&at).copied()
    }

    pub(super) fn element(&self, at: usize) -> Option<Element> {
        self.elements.get(&at).copied()
    }

    pub(super) fn is_value(&self, at: usize) -> bool {
        self.values.contains(&at)
    }

    pub(super) fn compares(&self, at: usize) -> bool {
        self.compares.contains(&at)
    }

    pub(super) fn negates(&self, at: usize) -> bool {
        self.negates.contains(&at)
    }

    pub(super) fn in_window(&self, at: usize) -> bool {
        self.windows.iter().any(|window| window.contains(&at))
    }
}

/// Without the blanks and comments that a rule with optional parts at its end has swallowed: no item ends in one.
fn range(pair: &Pair<'_, Rule>) -> Range<usize> {
    let span = pair.as_span();
    span.start()..span.start() + span.as_str().trim_end().len()
}

fn is_word(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::ident
            | Rule::text
            | Rule::block
            | Rule::name
            | Rule::method
            | Rule::null
            | Rule::bool
            | Rule::time
            | Rule::no_time
            | Rule::time_text
            | Rule::prefixed
            | Rule::dotted
            | Rule::size
            | Rule::duration
            | Rule::odd_duration
            | Rule::percent
            | Rule::number
            | Rule::integer
            | Rule::odd
    )
}

fn element(rule: Rule, parent: Rule) -> Option<Element> {
    Some(match rule {
        Rule::argument => Element::Argument,
        Rule::let_ => Element::Let,
        Rule::output => Element::Output,
        Rule::input => Element::Input,
        Rule::system => Element::System,
        Rule::step => Element::Step,
        Rule::by if parent == Rule::approve => return None,
        Rule::on_failure => Element::Setting { words: 2 },
        Rule::ticket
        | Rule::window
        | Rule::retry
        | Rule::timeout
        | Rule::limit
        | Rule::tolerate
        | Rule::ask
        | Rule::by
        | Rule::need
        | Rule::pace
        | Rule::soak
        | Rule::login
        | Rule::header
        | Rule::again
        | Rule::touches
        | Rule::takes
        | Rule::scene
        | Rule::fault
        | Rule::inputs
        | Rule::approve => Element::Setting { words: 1 },
        Rule::edition
        | Rule::runbook
        | Rule::use_
        | Rule::type_decl
        | Rule::api
        | Rule::action
        | Rule::phase
        | Rule::parallel
        | Rule::gate
        | Rule::four_eyes
        | Rule::invariant
        | Rule::watched
        | Rule::test
        | Rule::error
        | Rule::require
        | Rule::done_when
        | Rule::undone_when
        | Rule::change
        | Rule::undo
        | Rule::fail
        | Rule::by_hand
        | Rule::untouched
        | Rule::poll
        | Rule::irreversible
        | Rule::after
        | Rule::when
        | Rule::set
        | Rule::expect
        | Rule::then => Element::Other,
        _ => return None,
    })
}
