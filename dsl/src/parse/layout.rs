//! Brackets and quotes, before the grammar.
//!
//! One that is missing would make the grammar misread all that follows. So it is found here, with the indentation as
//! a witness, and mended in a copy of the text, byte for byte: places stay what they are, and the rest is parsed as
//! it was meant.

mod quotes;

use std::borrow::Cow;
use std::ops::Range;

use super::foreign::{self, Foreign, Found};
use super::forms::{FORMS, Form};

/// What is wrong with a bracket or a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing closes it.
    Open(Kind),
    /// A quote that closes a text of another line, which is told where it begins.
    End,
    /// It closes nothing.
    Stray,
    /// The block that starts here has no opening brace.
    Headless,
    /// A brace where no block and no record can start.
    Needless,
    /// What starts here and is so long ends in a quote and does not start in one.
    Unopened(usize),
    /// There are too many around it.
    Deep,
    /// It closes a block, and is of another kind.
    Wrong,
    /// The text ends before it, with so many blocks open.
    Cut(usize),
    /// No text of this language has it.
    Foreign(Foreign),
}

impl Fault {
    pub(super) fn is_foreign(self) -> bool {
        matches!(self, Fault::Foreign(_))
    }
}

/// What can be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Brace,
    Paren,
    Bracket,
    /// `"`
    Text,
    /// `"""`
    Block,
    /// `${`
    Hole,
}

impl Kind {
    /// As it is written.
    pub(super) fn opening(self) -> &'static str {
        match self {
            Kind::Brace => "{",
            Kind::Paren => "(",
            Kind::Bracket => "[",
            Kind::Text => "\"",
            Kind::Block => "\"\"\"",
            Kind::Hole => "${",
        }
    }

    /// What closes it.
    pub(super) fn closing(self) -> &'static str {
        match self {
            Kind::Brace | Kind::Hole => "}",
            Kind::Paren => ")",
            Kind::Bracket => "]",
            Kind::Text => "\"",
            Kind::Block => "\"\"\"",
        }
    }

    fn is_text(self) -> bool {
        matches!(self, Kind::Text | Kind::Block)
    }

    fn is_bracket(self) -> bool {
        !self.is_text() && self != Kind::Hole
    }
}

/// What there is to know of a text before it is parsed.
pub(super) struct Layout<'t> {
    /// The text with every brace and quote closed; at its end it may be longer.
    pub(super) text: Cow<'t, str>,
    /// What was wrong, and where.
    pub(super) faults: Vec<(usize, Fault)>,
    /// Where comments stand, in order.
    pub(super) comments: Vec<Range<usize>>,
}

/// The words that start a block.
const BLOCKS: [&str; 10] =
    ["runbook", "phase", "parallel", "step", "gate", "api", "action", "test", "invariant", "check"];

/// The clause by whose words a line starts.
fn clause(line: &str) -> Option<&'static Form> {
    let is_it = |form: &&Form| line.strip_prefix(form.title).is_some_and(|rest| rest.starts_with([' ', '(']));
    FORMS.iter().find(is_it)
}

/// Looks through a text.
pub(super) fn layout(text: &str, deepest: usize) -> Layout<'_> {
    let plain = Scan::run(text, deepest, false);
    // Only when a brace is missing is the indentation asked which one: elsewhere it means nothing.
    let scan = if plain.has(Fault::Open(Kind::Brace)) || plain.has(Fault::Stray) {
        let by_indent = Scan::run(text, deepest, true);
        let is_clear = by_indent.faults.len() == 1 || !by_indent.has(Fault::Stray);
        if is_clear { by_indent } else { plain }
    } else {
        plain
    };
    Layout { text: mended(text, &scan.edits), faults: causes(text, scan.faults), comments: scan.comments }
}

/// One cause, one message: a quote takes the brackets of its line with it, and one bracket those behind it.
fn causes(text: &str, mut faults: Vec<(usize, Fault)>) -> Vec<(usize, Fault)> {
    if let Some(merge) = faults.iter().find(|(_, fault)| *fault == Fault::Foreign(Foreign::Merge)) {
        return vec![*merge];
    }
    if let Some(deep) = faults.iter().find(|(_, fault)| *fault == Fault::Deep) {
        return vec![*deep];
    }
    let of_text = |fault: Fault| matches!(fault, Fault::Open(kind) if !kind.is_bracket());
    if faults.iter().any(|(_, fault)| of_text(*fault)) {
        faults.retain(|(_, fault)| of_text(*fault) || fault.is_foreign());
    }
    faults.sort_by_key(|(at, _)| *at);
    let same_line = |from, to| text.get(from..to).is_some_and(|between: &str| !between.contains('\n'));
    // The text of a quote from elsewhere may have taken the other half of a bracket.
    let is_quote = |fault: &Fault| matches!(fault, Fault::Foreign(Foreign::Quote(_)));
    let quotes: Vec<usize> = faults.iter().filter(|(_, fault)| is_quote(fault)).map(|(at, _)| *at).collect();
    faults.retain(|(at, fault)| {
        let is_open = matches!(fault, Fault::Open(Kind::Paren | Kind::Bracket));
        !is_open || !quotes.iter().any(|quote| same_line(*at, *quote))
    });
    let is_same = |one: Fault, other: Fault| one == other || (one.is_foreign() && other.is_foreign());
    faults.dedup_by(|(at, fault), (first, other)| is_same(*fault, *other) && same_line(*first, *at));
    // A text of several lines: at the end of its last line stands a quote with nothing behind it.
    let mut is_open = false;
    for (at, fault) in &mut faults {
        let line = text.get(*at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        if *fault == Fault::Open(Kind::Text) && is_open && line.trim_end() == "\"" {
            *fault = Fault::End;
        }
        is_open = *fault == Fault::Open(Kind::Text);
    }
    faults
}

/// Puts the edits into a copy of the text; what they do not fill becomes blank.
fn mended<'t>(text: &'t str, edits: &[(Range<usize>, &str)]) -> Cow<'t, str> {
    if edits.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    for (range, put) in edits {
        bytes.resize(bytes.len().max(range.end).max(range.start + put.len()), b' ');
        let blanks = bytes.iter_mut().skip(range.start).take(range.len()).filter(|byte| **byte != b'\n');
        blanks.for_each(|byte| *byte = b' ');
        bytes.iter_mut().skip(range.start).zip(put.bytes()).for_each(|(byte, new)| *byte = new);
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[derive(Clone, Copy)]
struct Open {
    kind: Kind,
    at: usize,
    /// Where its line starts.
    line: usize,
    /// Of the line that it stands in.
    indent: usize,
}

struct Scan<'t> {
    text: &'t str,
    deepest: usize,
    by_indent: bool,
    at: usize,
    line_start: usize,
    indent: usize,
    /// One past the last byte that is neither blank nor comment.
    code_end: usize,
    open: Vec<Open>,
    /// What was open behind the first quote of this line that stands right behind a word, and in no other text.
    glued: Option<Vec<Open>>,
    faults: Vec<(usize, Fault)>,
    edits: Vec<(Range<usize>, &'static str)>,
    comments: Vec<Range<usize>>,
}

impl<'t> Scan<'t> {
    fn run(text: &'t str, deepest: usize, by_indent: bool) -> Self {
        let mut scan = Scan {
            text,
            deepest,
            by_indent,
            at: 0,
            line_start: 0,
            indent: 0,
            code_end: 0,
            open: Vec::new(),
            glued: None,
            faults: Vec::new(),
            edits: Vec::new(),
            comments: Vec::new(),
        };
        scan.line();
        while let Some(next) = scan.rest().chars().next() {
            scan.step(next);
        }
        scan.end();
        scan
    }

    fn has(&self, fault: Fault) -> bool {
        self.faults.iter().any(|(_, it)| *it == fault)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn top(&self) -> Option<Kind> {
        self.open.last().map(|open| open.kind)
    }

    fn step(&mut self, next: char) {
        match self.top() {
            Some(kind) if kind.is_text() => self.in_text(kind, next),
            _ => self.in_code(next),
        }
    }

    fn in_text(&mut self, kind: Kind, next: char) {
        let rest = self.rest();
        if next == '\n' && kind == Kind::Text {
            return self.break_off();
        }
        if rest.starts_with(kind.closing()) {
            self.open.pop();
            self.take(kind.closing().len());
        } else if rest.starts_with("${") {
            self.push(Kind::Hole);
        } else if next == '\\' {
            let escaped = rest.chars().nth(1).filter(|c| *c != '\n').map_or(0, char::len_utf8);
            self.take(1 + escaped);
        } else {
            self.hidden(next.len_utf8());
            self.take(next.len_utf8());
        }
    }

    fn in_code(&mut self, next: char) {
        let rest = self.rest();
        match next {
            '\n' => {
                self.at += 1;
                self.line();
            }
            '/' if rest.starts_with("//") => {
                let length = rest.find('\n').unwrap_or(rest.len());
                self.comments.push(self.at..self.at + length);
                self.hidden(length);
                self.at += length;
            }
            '\'' | '`' | '#' => self.foreign(foreign::sign(rest, next)),
            '/' if rest.starts_with("/*") => self.foreign(foreign::sign(rest, next)),
            '"' if rest.starts_with("\"\"\"") => self.push(Kind::Block),
            '"' => self.push(Kind::Text),
            '{' => self.push(Kind::Brace),
            '(' => self.push(Kind::Paren),
            '[' => self.push(Kind::Bracket),
            '}' | ')' | ']' => self.close(next),
            ' ' | '\t' | '\r' | '\u{feff}' => self.at += next.len_utf8(),
            _ if next.is_ascii_graphic() => self.take(next.len_utf8()),
            _ => self.foreign(foreign::sign(rest, next)),
        }
    }

    /// Notes a character that is not seen in a comment or a text.
    fn hidden(&mut self, length: usize) {
        let rest = self.rest();
        // A carriage return before a line feed is half of a line end.
        let is_hidden = |(at, it): &(usize, char)| {
            foreign::hidden(*it).is_some() && !rest.get(*at..).is_some_and(|it| it.starts_with("\r\n"))
        };
        let mut stretch = rest.char_indices().take_while(|(at, _)| *at < length);
        if let Some((at, what)) = stretch.find(is_hidden) {
            self.faults.push((self.at + at, Fault::Foreign(Foreign::Invisible(what))));
        }
    }

    /// Passes over what is foreign, reads it as it was meant, and notes it.
    fn foreign(&mut self, found: Option<Found>) {
        let Some(Found { what, length, mut edits }) = found else { return self.take(1) };
        if matches!(what, Foreign::Invisible(it) if !foreign::ends_line(it)) && self.is_in_word(length) {
            edits = vec![(0..length, foreign::letters(length))];
        }
        self.faults.push((self.at, Fault::Foreign(what)));
        let place = |range: Range<usize>| self.at + range.start..self.at + range.end;
        self.edits.extend(edits.into_iter().map(|(range, put)| (place(range), put)));
        if matches!(what, Foreign::Comment(_) | Foreign::Invisible(_)) {
            self.at += length;
        } else {
            self.take(length);
        }
    }

    /// Whether what is here stands in the middle of a word.
    fn is_in_word(&self, length: usize) -> bool {
        let is_letter = |it: char| it.is_ascii_alphanumeric();
        self.text.get(..self.at).is_some_and(|before| before.ends_with(is_letter))
            && self.rest().get(length..).is_some_and(|behind| behind.starts_with(is_letter))
    }

    fn take(&mut self, length: usize) {
        self.at += length;
        self.code_end = self.at;
    }

    fn push(&mut self, kind: Kind) {
        let is_glued = kind == Kind::Text && quotes::is_glued(self.text.get(..self.at).unwrap_or_default());
        self.open.push(Open { kind, at: self.at, line: self.line_start, indent: self.indent });
        if is_glued && self.glued.is_none() && self.outermost_text() == Some(self.open.len() - 1) {
            self.glued = Some(self.open.clone());
        }
        if self.open.len() == self.deepest {
            self.faults.push((self.at, Fault::Deep));
        }
        self.take(kind.opening().len());
    }

    /// Closes the innermost bracket of that kind, and with it whatever is open inside.
    fn close(&mut self, closing: char) {
        if self.by_indent
            && closing == '}'
            && let Some(block) = self.headless()
        {
            self.faults.push((block.start, Fault::Headless));
            self.edits.push((block.end..block.end + 1, "{"));
            return self.take(1);
        }
        match self.inside(closing).filter(|_| !self.is_too_deep(closing)) {
            Some(inside) if closing != '}' || !self.is_among_arguments(inside) => {
                (0..inside).for_each(|_| self.never_closed());
                self.open.pop();
            }
            inside => {
                // The wrong one of two closes what is open all the same.
                match self.top() {
                    Some(Kind::Paren | Kind::Bracket) if inside.is_none() => self.never_closed(),
                    Some(Kind::Brace) if closing != '}' && inside.is_none() && self.is_alone() => {
                        self.faults.push((self.at, Fault::Wrong));
                        self.edits.push((self.at..self.at + 1, "}"));
                        self.open.pop();
                        return self.take(1);
                    }
                    _ => self.faults.push((self.at, Fault::Stray)),
                }
                self.edits.push((self.at..self.at + 1, ""));
            }
        }
        self.take(1);
    }

    /// Whether nothing stands before this place in its line.
    fn is_alone(&self) -> bool {
        self.text.get(self.line_start..self.at).is_some_and(|before| before.trim().is_empty())
    }

    /// Whether a brace in a line of its own is indented further than what it would close.
    fn is_too_deep(&self, closing: char) -> bool {
        let is_further = |open: &Open| open.kind == Kind::Brace && open.indent < self.indent;
        self.by_indent && closing == '}' && self.is_alone() && self.open.last().is_some_and(is_further)
    }

    /// How many are open inside the innermost bracket of a kind; no text or hole is left by closing a bracket.
    fn inside(&self, closing: char) -> Option<usize> {
        let same = |open: &Open| !open.kind.is_text() && open.kind.closing().starts_with(closing);
        let out_of_reach = |open: &Open| open.kind.is_text() || (open.kind == Kind::Hole && !same(open));
        self.open.iter().rev().take_while(|open| !out_of_reach(open)).position(same)
    }

    /// Whether a brace that would end a block stands before the end of a list of values: it lacks its own other half.
    fn is_among_arguments(&self, inside: usize) -> bool {
        let block = self.open.iter().rev().nth(inside);
        self.open.last().zip(block).is_some_and(|(open, block)| {
            let behind = self.rest().get(1..).unwrap_or_default().trim_start();
            inside > 0 && open.line > block.line && behind.starts_with(open.kind.closing())
        })
    }

    /// The line with the same indentation as this brace, when it starts a block and does not open it.
    fn headless(&self) -> Option<Range<usize>> {
        let indented_alike = self.open.last().is_some_and(|open| open.indent == self.indent);
        let (before, line) = self.text.get(..self.at)?.rsplit_once('\n')?;
        if indented_alike || !line.trim().is_empty() {
            return None;
        }
        let mut end = before.len();
        for line in before.rsplit('\n') {
            let start = end - line.len();
            let comment = self.comments.partition_point(|comment| comment.start < end).checked_sub(1);
            let comment = comment.and_then(|last| self.comments.get(last)).map_or(0, |last| last.start);
            let code = self.text.get(start..if comment >= start { comment } else { end })?.trim_end();
            end = start.saturating_sub(1);
            let indent = code.len() - code.trim_start().len();
            if !code.is_empty() && indent <= self.indent {
                let starts_block = BLOCKS.iter().any(|word| code.trim_start().starts_with(word));
                let is_it = indent == self.indent && starts_block && !code.contains('{');
                return is_it.then_some(start + indent..start + code.len());
            }
        }
        None
    }

    /// The innermost bracket is missing its other half.
    fn never_closed(&mut self) {
        if let Some(open) = self.open.pop() {
            if open.kind == Kind::Brace && self.is_needless(open) {
                self.faults.push((open.at, Fault::Needless));
                return self.edits.push((open.at..open.at + 1, ""));
            }
            self.faults.push((open.at, Fault::Open(open.kind)));
            if open.kind == Kind::Brace {
                let glued = self.text.get(self.code_end..).is_some_and(|rest| rest.starts_with('/'));
                let end = if glued { self.at.max(self.code_end) } else { self.code_end + 1 };
                self.edits.push((self.code_end..end, "}"));
                self.code_end += 1;
            }
        }
    }

    /// Whether a brace stands behind another, or behind a clause that has no block.
    fn is_needless(&self, open: Open) -> bool {
        let (before, behind) = self.text.split_at_checked(open.at).unwrap_or_default();
        let code = before.get(open.line..).unwrap_or_default().trim();
        // Behind these stands a record.
        let is_value = code.ends_with(['=', ':', ',', '(', '[', '<', '>'])
            || ["with", "then", "else"].iter().any(|word| code.ends_with(word));
        behind.starts_with("{{") || (!is_value && clause(code).is_some_and(|clause| !clause.is_block()))
    }

    /// The start of a line: what is indented further, and open, should have been closed before it.
    fn line(&mut self) {
        let rest = self.rest();
        let code = rest.trim_start_matches([' ', '\t', '\u{feff}']);
        self.line_start = self.at;
        self.glued = None;
        self.indent = rest.len() - code.len();
        self.at += self.indent;
        if !code.starts_with(|first: char| first.is_ascii_alphanumeric() || "}\r\n".contains(first)) {
            let before = self.text.get(..self.code_end).unwrap_or_default();
            if let Some(found) = foreign::line(code, before, self.indent) {
                return self.foreign(Some(found));
            }
        }
        if !self.by_indent || code.starts_with(['\n', '\r']) || code.starts_with("//") {
            return;
        }
        let closes = code.starts_with(['}', ')', ']']);
        while let Some(open) = self.open.last()
            && open.kind.is_bracket()
            && self.code_end < self.at
            && (open.indent > self.indent || (open.indent == self.indent && !closes))
        {
            self.never_closed();
        }
    }

    fn end(&mut self) {
        if let Some(first) = self.open.iter().position(|open| open.kind.is_text()) {
            self.replace_text(first);
        }
        let (told, end) = (self.faults.len(), self.code_end);
        while !self.open.is_empty() {
            self.at = self.at.max(self.code_end + 1);
            self.never_closed();
        }
        let still_open = self.faults.len() - told;
        let in_a_word = self.text.ends_with(|last: char| last.is_ascii_alphabetic());
        if still_open > 1 || (still_open > 0 && in_a_word) {
            let last = self.text.get(..end).and_then(|text| text.char_indices().next_back());
            self.faults.truncate(told);
            self.faults.push((last.map_or(0, |(at, _)| at), Fault::Cut(still_open)));
        }
    }
}
