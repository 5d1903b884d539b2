//! The lines of a text and how far each is indented.

use super::marks::{Element, Marks};
use super::spacing::gap;
use super::tokens::{Kind, Token};

/// A step of the indentation, in blanks.
const STEP: usize = 2;

/// A line as it will be written, but for what is aligned with its neighbours.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) indent: usize,
    /// A blank line stands before it.
    pub(super) is_apart: bool,
    /// What is one per line and may stand under its like.
    pub(super) element: Option<Element>,
    /// It goes on with what a line before it began.
    pub(super) goes_on: bool,
    /// Up to the place where neighbours are aligned; all of it where they are not.
    pub(super) head: String,
    pub(super) tail: String,
    pub(super) comment: Option<String>,
}

impl Line {
    /// Whether it is no more than a comment.
    pub(super) fn is_comment(&self) -> bool {
        self.head.is_empty()
    }
}

/// A bracket that is open.
struct Open {
    /// Of the line that it stands in.
    indent: usize,
    /// It ends its line: what it holds stands on lines of its own.
    is_last: bool,
}

impl Open {
    fn inside(&self) -> usize {
        self.indent + STEP
    }
}

/// Makes lines of tokens.
pub(super) fn lines(tokens: &[Token<'_>], marks: &Marks) -> Vec<Line> {
    let mut open: Vec<Open> = Vec::new();
    let mut lines: Vec<Line> = Vec::new();
    let mut before = None;
    for (at, of_line) in split(tokens) {
        let rest = tokens.get(at..).unwrap_or_default();
        let (indent, goes_on) = indent(rest, before, &open, marks);
        let closes_block = rest.first().is_some_and(Token::closes);
        let opened = before.is_some_and(Token::opens);
        let is_apart = of_line.first().is_some_and(|first| first.breaks > 1) && !closes_block && !opened;
        lines.push(Line { indent, is_apart: is_apart && at > 0, goes_on, ..line(of_line, marks) });
        let code = || of_line.iter().filter(|token| token.kind != Kind::Comment);
        let last = code().next_back();
        for token in code() {
            if token.opens() {
                let is_last = last.is_some_and(|last| last.start == token.start);
                open.push(Open { indent, is_last });
            } else if token.closes() {
                open.pop();
            }
        }
        before = last.or(before);
    }
    lines
}

/// The tokens of each line, with the place of the first.
fn split<'a, 't>(tokens: &'a [Token<'t>]) -> impl Iterator<Item = (usize, &'a [Token<'t>])> {
    let mut at = 0;
    tokens.chunk_by(|_, next| next.breaks == 0).map(move |of_line| {
        let start = at;
        at += of_line.len();
        (start, of_line)
    })
}

/// How far a line is indented, and whether it goes on with what was begun before it.
fn indent(rest: &[Token<'_>], before: Option<&Token<'_>>, open: &[Open], marks: &Marks) -> (usize, bool) {
    let inside = open.last();
    let base = inside.map_or(0, Open::inside);
    // A comment belongs to what comes after it.
    let Some(first) = rest.iter().find(|token| token.kind != Kind::Comment) else { return (base, false) };
    let is_comment = rest.first().is_some_and(|token| token.kind == Kind::Comment);
    if first.closes() {
        return (
            inside
                .filter(|_| !is_comment)
                .map_or(base.min(if is_comment { base } else { 0 }), |it| it.indent),
            true,
        );
    }
    let is_first = before.is_none_or(|before| before.opens() || before.is(","));
    let begins = is_first || marks.element(first.start).is_some();
    match inside {
        _ if begins => (base, false),
        Some(inside) if !inside.is_last => (base, true),
        _ => (base + STEP, true),
    }
}

fn line(tokens: &[Token<'_>], marks: &Marks) -> Line {
    let mut line = Line { element: element(tokens, marks), ..Line::default() };
    let split_at = line.element.and_then(|element| cell(tokens, element));
    let mut before: Option<&Token<'_>> = None;
    for (at, token) in tokens.iter().enumerate() {
        if token.kind == Kind::Comment {
            line.comment = Some(token.text.to_owned());
            continue;
        }
        let is_tail = split_at.is_some_and(|split_at| at >= split_at);
        let part = if is_tail { &mut line.tail } else { &mut line.head };
        if let Some(before) = before
            && !part.is_empty()
        {
            part.extend(std::iter::repeat_n(' ', gap(before, token, marks)));
        }
        part.push_str(token.text);
        before = Some(token);
    }
    line
}

/// What the line begins, when that is all it begins; what a step holds in the same line is part of it.
fn element(tokens: &[Token<'_>], marks: &Marks) -> Option<Element> {
    let first = tokens.first().and_then(|first| marks.element(first.start));
    let is_one = tokens.iter().filter_map(|token| marks.element(token.start)).nth(1).is_none();
    first.filter(|first| is_one || *first == Element::Step)
}

/// The token that is aligned with its like in the lines around it.
fn cell(tokens: &[Token<'_>], element: Element) -> Option<usize> {
    let behind = |sign| tokens.iter().position(|token| token.is(sign));
    let at = match element {
        Element::Argument | Element::Let | Element::Output => behind("=")?,
        Element::Input | Element::System => behind(":")? + 1,
        Element::Step if tokens.iter().any(|token| token.is("}")) => behind(":")? + 1,
        Element::Setting { words } => words,
        Element::Step | Element::Other => return None,
    };
    (at < tokens.len()).then_some(at)
}
