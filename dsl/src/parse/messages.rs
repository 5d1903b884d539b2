//! What the grammar could not take, in the words of the person who wrote it.

use std::ops::Range;

use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::Pair;

use super::forms::{ARGUMENT, FORMS, Form, IF, TEXT, prefix, skip};
use super::habits::habit;
use super::layout::{Fault, Kind};
use super::slips::slip;
use super::words::OPERATOR;
use super::{DEEPEST, Reader, Rule};
use crate::diagnostic::Diagnostic;

impl Reader<'_> {
    /// What could not be parsed, as one message for each of its lines that starts with a word misspelt.
    pub(super) fn junk(&mut self, pair: &Pair<'_, Rule>, level: Rule) {
        let (mut start, end) = (pair.as_span().start(), pair.as_span().end());
        let column = self.column(self.line_start(start));
        for word in pair.clone().into_inner() {
            let at = word.as_span().start();
            if self.column(at) == column && self.is_misspelt(at, level) {
                self.junk_line(start, at, level);
                start = at;
            }
        }
        self.junk_line(start, end, level);
    }

    /// One message, or none for what follows from another.
    fn junk_line(&mut self, start: usize, end: usize, level: Rule) {
        let before = self.lost.last().map(|lost| lost.end as usize);
        let blanked = self.faults.iter().map(|(at, _)| at);
        let mut ends = before.iter().chain(&self.misread).chain(blanked);
        let follows = ends.any(|before| skip(self.text, *before) == start);
        self.lost.push(self.at(self.line_start(start), end));
        let is_told = self.faults.iter().any(|(at, _)| (start..end).contains(at))
            || self.goes_on_from_fault(start)
            || (follows && !self.is_misspelt(start, level) && self.starts(start, level).is_none())
            || (follows && self.is_key(start));
        if !is_told {
            let message = self.explain(start, end, level);
            self.diagnostics.push(message);
        }
    }

    /// Whether the line before ends in a sign that is told already: with it the first word of this one was taken.
    fn goes_on_from_fault(&self, start: usize) -> bool {
        let line = self.line_start(start);
        let end = self.code_end(line);
        let is_sign = |at: usize| {
            self.text
                .get(at..end)
                .is_some_and(|sign| !sign.is_empty() && !sign.contains(char::is_alphanumeric))
        };
        line < start && self.faults.iter().any(|(at, fault)| fault.is_foreign() && is_sign(*at))
    }

    /// Whether a word stands there as a key of YAML, which starts nothing.
    fn is_key(&self, at: usize) -> bool {
        let word = found(self.text, at);
        is_word(word) && self.text.get(at + word.len()..).is_some_and(|behind| behind.starts_with(':'))
    }

    /// Whether a word stands there that is nearly one of those by which a block's parts start.
    fn is_misspelt(&self, at: usize, level: Rule) -> bool {
        near(found(self.text, at), held(level)).is_some() && !self.is_key(at)
    }

    /// How far from the start of its line a place is.
    fn column(&self, at: usize) -> usize {
        self.text.get(..at).map_or(0, |before| at - before.rfind('\n').map_or(0, |end| end + 1))
    }

    /// The forms that a block can hold and that start with the word at a place.
    fn starts(&self, at: usize, level: Rule) -> Option<Vec<&'static Form>> {
        let word = found(self.text, at);
        let forms: Vec<_> =
            FORMS.iter().filter(|form| form.word() == word && form.levels.contains(&level)).collect();
        if !forms.is_empty() {
            return Some(forms);
        }
        let behind = skip(self.text, at + word.len());
        let is_argument = takes_arguments(level) && is_word(word) && found(self.text, behind) == "=";
        is_argument.then(|| vec![&ARGUMENT])
    }

    fn explain(&self, start: usize, end: usize, level: Rule) -> Diagnostic {
        if let Some(forms) = self.starts(start, level) {
            return self.departed(start..end, &forms, start);
        }
        // Or else it may go on with what stands before it.
        let line = self.line_start(start);
        if let Some(message) = self.swallowed(line, level) {
            return message;
        }
        let forms = self.starts(line, level).unwrap_or_default();
        let is_type = forms.first().is_some_and(|form| matches!(form.title, "input" | "type"))
            && self.text.get(line..start).is_some_and(|before| !before.contains('='));
        if is_type && matches!(found(self.text, start), "<" | ">") {
            return self.departed(line..end, &forms, start);
        }
        match prefix(Rule::tail, self.text.get(..end).unwrap_or_default(), start) {
            Err(inner) if inner.at > start => self.stuck(inner.at, &inner.expected, forms.first().copied()),
            _ if line < start => self.departed(line..end, &forms, start),
            _ => self.unknown(start, end, level),
        }
    }

    /// When the line before is not finished, the first word of this one was taken for what it lacks.
    fn swallowed(&self, line: usize, level: Rule) -> Option<Diagnostic> {
        self.starts(line, level)?;
        let end = self.code_end(line);
        let before = self.line_start(end);
        // What could not be understood there is told already; the last of them is what is being told.
        if self.lost.iter().rev().nth(1).is_some_and(|lost| self.code_end(lost.end as usize) == end) {
            return None;
        }
        let last = self.text.get(self.token_start(end)..end)?;
        let is_unfinished = match last {
            "and" | "or" | "not" | "if" | "then" | "else" | "with" => true,
            "}" | ")" | "]" | "\"" | "?" | "%" | "" => false,
            word if is_word(word) => FORMS.iter().any(|form| self.text.get(before..end) == Some(form.title)),
            sign => !sign.starts_with(char::is_alphanumeric),
        };
        let forms = self.starts(before, level).filter(|_| is_unfinished)?;
        let form = forms.first()?;
        let departure = form.follow(self.text.get(..line)?, before);
        let expected = match departure.expected.as_str() {
            // All of it is there: `phase a {`.
            "" if departure.at >= end => return None,
            expected if departure.at >= line => expected,
            _ => "a value",
        };
        Some(self.stuck(line, expected, Some(form)))
    }

    /// The first word of a line.
    fn line_start(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        skip(self.text, before.rfind('\n').map_or(0, |end| end + 1)).min(at)
    }

    /// What follows one of these forms, at least up to a place, and then no more.
    fn departed(&self, span: Range<usize>, forms: &[&'static Form], least: usize) -> Diagnostic {
        let Range { start, end } = span;
        let text = self.text.get(..end).unwrap_or_default();
        let departures = forms.iter().map(|form| (form.follow(text, start), form));
        match departures.max_by_key(|(departure, _)| departure.at) {
            Some((departure, form)) if departure.at >= least => {
                match self.open_if(start, departure.at).filter(|_| departure.expected == OPERATOR) {
                    Some(word) => self.stuck(departure.at, word, Some(&IF)),
                    None => self.stuck(departure.at, &departure.expected, Some(form)),
                }
            }
            other => self.stuck(least, "", other.map(|(_, form)| *form)),
        }
    }

    /// The word that an `if` before a place is waiting for.
    fn open_if(&self, start: usize, at: usize) -> Option<&'static str> {
        let before = self.text.get(start..at).unwrap_or_default();
        let words = || before.split(|c: char| !c.is_ascii_alphanumeric());
        let count = |word| words().filter(|it| *it == word).count();
        match count("if") {
            ifs if ifs > count("then") => Some("`then`"),
            ifs if ifs > count("else") => Some("`else`"),
            _ => None,
        }
    }

    /// The message for the place where nothing fits any more.
    fn stuck(&self, at: usize, expected: &str, form: Option<&Form>) -> Diagnostic {
        let at = skip(self.text, at);
        if let Some(slip) = slip(self, at, expected, form) {
            return slip;
        }
        let found = match expected {
            // As it would stand in quotes.
            TEXT => self.bare_text(at),
            _ => found(self.text, at),
        };
        let end = self.code_end(at);
        let before = self.text.get(..end).unwrap_or_default();
        let is_early = found.is_empty()
            || (found == "}" && !before.ends_with('{'))
            || self.text.get(end..at).is_some_and(|between| between.contains('\n'));
        let message = match form.filter(|_| is_early && end > 0) {
            Some(form) => {
                let behind = if expected.is_empty() { "more" } else { expected };
                let what =
                    if form.title.is_empty() { "argument".into() } else { format!("`{}`", form.title) };
                let span = self.at(self.token_start(end), end);
                Diagnostic::error("HR001", span, format!("this {what} stops too early"))
                    .label(format!("{behind} is expected behind it"))
            }
            None if found.is_empty() => {
                Diagnostic::error("HR001", self.at(at, at), "the text ends too early")
            }
            None => {
                let span = self.at(at, at + found.len());
                let message = Diagnostic::error("HR001", span, format!("`{found}` cannot stand here"));
                match expected {
                    "" => message.label("nothing more is expected here"),
                    _ if found == "\"" && expected != OPERATOR && !expected.starts_with('`') => {
                        message.label(format!("{expected} is expected, without quotes"))
                    }
                    _ => message.label(format!("{expected} is expected")),
                }
            }
        };
        match form {
            _ if !is_early && expected == TEXT && is_word(found) => {
                message.help(format!("write `\"{found}\"`"))
            }
            _ if !is_early && let Some(word) = near(found, words(expected)) => {
                message.help(format!("did you mean `{word}`?"))
            }
            Some(form)
                if !is_early
                    && expected.is_empty()
                    && !form.is_block()
                    && let Some(word) = near(found, form.words()).filter(|word| *word != found) =>
            {
                message.help(format!("did you mean `{word}`?"))
            }
            Some(form) if !is_early && expected.is_empty() && is_word(found) && form.ends_in_value() => {
                message.help(format!("it is written `{}`; a text stands in quotes", form.shown()))
            }
            Some(form) => message.help(format!("it is written `{}`", form.shown())),
            None => message,
        }
    }

    /// A word with all that is glued to it: `network-lead`, `Europe/Berlin`.
    fn bare_text(&self, at: usize) -> &str {
        let word = found(self.text, at);
        let rest = self.text.get(at..).unwrap_or_default();
        if !is_word(word) {
            return word;
        }
        rest.split([' ', '\t', '\r', '\n', ',', ';', '"', '{', '}']).next().unwrap_or(word)
    }

    fn token_start(&self, end: usize) -> usize {
        let before = self.text.get(..end).unwrap_or_default();
        let word = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
        if word < end { word } else { end - before.chars().next_back().map_or(0, char::len_utf8) }
    }

    /// A word that starts nothing in this block.
    fn unknown(&self, start: usize, end: usize, level: Rule) -> Diagnostic {
        if let Some(slip) = slip(self, start, "", None) {
            return slip;
        }
        let word = found(self.text, start);
        let span = self.at(start, start + word.len());
        let block = called(level);
        let message = format!("`{word}` does not start anything that {block} can hold");
        if let Some(help) = habit(word, level) {
            return Diagnostic::error("HR001", span, message).help(help);
        }
        if takes_arguments(level)
            && let Some(message) = self.no_argument(start, end, word).or_else(|| self.quoted_argument(start))
        {
            return message;
        }
        if FORMS.iter().any(|form| form.word() == word) {
            return Diagnostic::error("HR001", span, format!("`{word}` has no place in {block}"))
                .help(held_by(level));
        }
        let mut of_level = FORMS.iter().filter(|form| form.levels.contains(&level));
        if let Some(form) = of_level.find(|form| form.words().any(|it| it == word)) {
            let message = format!("`{word}` stands inside of `{}`, and starts nothing", form.title);
            return Diagnostic::error("HR001", span, message)
                .help(format!("it is written `{}`", form.shown()));
        }
        let message = Diagnostic::error("HR001", span, message);
        match near(word, held(level)) {
            Some(known) => message.help(format!("did you mean `{known}`?")),
            None => message.help(held_by(level)),
        }
    }

    /// `"name": value`, as JSON has it.
    fn quoted_argument(&self, start: usize) -> Option<Diagnostic> {
        let (name, behind) = self.text.get(start..)?.strip_prefix('"')?.split_once('"')?;
        let is_json = is_word(name) && behind.trim_start().starts_with([':', '=']);
        let span = self.at(start, start + name.len() + 2);
        let message = "the name of an argument stands without quotes";
        is_json.then(|| Diagnostic::error("HR001", span, message).help(format!("write `{name} = value`")))
    }

    /// `name: value` or `name value`, where an argument is meant.
    fn no_argument(&self, start: usize, end: usize, word: &str) -> Option<Diagnostic> {
        let text = self.text.get(..end).filter(|_| is_word(word))?;
        let behind = start + word.len();
        let sign = skip(self.text, behind);
        if [":=", "+=", "-="].iter().any(|it| text.get(sign..).is_some_and(|rest| rest.starts_with(it))) {
            return slip(self, sign, "", None);
        }
        let is_yaml = found(self.text, sign) == ":";
        let value = skip(self.text, if is_yaml { sign + 1 } else { sign });
        // `count: number = 2`
        let ty = prefix(Rule::type_, text, value).ok().map(|end| skip(text, end));
        let typed = ty.filter(|equals| is_yaml && found(text, *equals) == "=");
        let value = typed.map_or(value, |equals| skip(text, equals + 1));
        let value = text.get(value..prefix(Rule::expr, text, value).ok()?)?;
        let help = format!("write `{word} = {}`", value.lines().next().unwrap_or_default());
        if is_yaml {
            let span = self.at(sign, sign + 1);
            let message = "arguments are written with `=`, not with `:`";
            return Some(Diagnostic::error("HR001", span, message).help(help));
        }
        let same_line = !text.get(behind..sign)?.contains('\n');
        let is_near = near(word, held(Rule::step)).is_some() || FORMS.iter().any(|form| form.word() == word);
        let span = self.at(start, behind);
        (same_line && !is_near)
            .then(|| Diagnostic::error("HR001", span, "arguments are written with `=`").help(help))
    }

    /// A word that only starts like the one that is meant: `lets = 1`.
    pub(super) fn whole_word(&self, pair: &Pair<'_, Rule>) -> Option<Diagnostic> {
        let word = Form::of(pair.as_rule())?.word();
        let start = pair.as_span().start();
        let written = found(self.text, start);
        if written.len() <= word.len() || pair.as_rule() == Rule::argument {
            return None;
        }
        let span = self.at(start, start + written.len());
        let message = Diagnostic::error("HR001", span, format!("`{written}` does not start anything"));
        let title = Form::of(pair.as_rule())?.title;
        let meant = near(written, [word, title].into_iter()).unwrap_or(word);
        Some(message.help(format!("did you mean `{meant}`?")))
    }

    /// A bracket or a quote without its other half.
    pub(super) fn fault(&self, at: usize, fault: Fault) -> Diagnostic {
        let error = |length, message: String| Diagnostic::error("HR001", self.at(at, at + length), message);
        match fault {
            Fault::Deep => too_deep(self, at),
            Fault::Foreign(what) => {
                let (message, help) = what.told();
                let length = found(self.written, at).len().max(1);
                error(length, message).help(help)
            }
            Fault::Stray | Fault::End => {
                let bracket = found(self.written, at);
                error(1, format!("this `{bracket}` closes nothing")).help("leave it out")
            }
            Fault::Needless => error(1, "`{` cannot stand here".into()).help("leave it out"),
            Fault::Unopened(length) => error(length, "the quote before this text is missing".into())
                .help("add the `\"` that starts it"),
            Fault::Wrong => {
                let bracket = found(self.written, at);
                error(1, format!("this `{bracket}` stands where a `}}` is needed")).help("write `}`")
            }
            Fault::Cut(open) => {
                let rest = self.written.get(..at).map_or(0, |before| self.token_start(before.len() + 1));
                let label = if open == 1 {
                    "a block is still open".into()
                } else {
                    format!("{open} blocks are still open")
                };
                let message =
                    Diagnostic::error("HR001", self.at(rest, at + 1), "the text ends too early").label(label);
                message.help("look whether a part of the file is missing; each `{` needs its `}`")
            }
            Fault::Headless => {
                let word = found(self.written, at);
                error(word.len(), format!("this `{word}` has a `}}` and no `{{`"))
                    .help("add the `{` behind what stands in its line")
            }
            Fault::Open(kind) => {
                let (opening, closing) = (kind.opening(), kind.closing());
                let what = if kind == Kind::Text { "text".into() } else { format!("`{opening}`") };
                let message = error(opening.len(), format!("this {what} is never closed"));
                message.help(match kind {
                    Kind::Text => "add the `\"` that ends it; several lines stand in `\"\"\"`".into(),
                    Kind::Hole => "add the `}` that ends it; a dollar sign is written `\\$`".into(),
                    _ => format!("add the `{closing}` that ends it"),
                })
            }
        }
    }
}

/// The message for brackets, branches or types within each other.
pub(super) fn too_deep(reader: &Reader<'_>, at: usize) -> Diagnostic {
    let message = format!("this is nested more than {DEEPEST} deep");
    Diagnostic::error("HR001", reader.at(at, at + 1), message).help("give inner parts names with `let`")
}

/// The message when the grammar gave up: nothing else stops it, because it takes what it does not know as junk.
pub(super) fn gave_up(reader: &Reader<'_>, error: &Error<Rule>) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    match &error.variant {
        ErrorVariant::CustomError { message } if message.starts_with("stack") => too_deep(reader, at),
        _ => Diagnostic::error("HR001", reader.at(at, at + 1), "the text is too long to be read")
            .help("split it, and bring the parts in with `use`"),
    }
}

/// The word, the number or the sign at a place.
pub(super) fn found(text: &str, at: usize) -> &str {
    let rest = text.get(at..).filter(|rest| !rest.starts_with("///")).unwrap_or_default();
    let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
    let belongs = |c: char| c.is_alphanumeric() || c == '_' || (is_number && "-:.%/".contains(c));
    let end = match rest.find(|c| !belongs(c)) {
        Some(0) => rest.chars().next().map_or(0, char::len_utf8),
        end => end.unwrap_or(rest.len()),
    };
    rest.get(..end).unwrap_or_default()
}

pub(super) fn is_word(found: &str) -> bool {
    found.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// The one of some words that was probably meant. A word of one or two letters is near to anything.
pub(super) fn near<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() < 3 {
        return None;
    }
    let near = known.map(|known| (strsim::damerau_levenshtein(known, word), known)).min()?;
    (near.0 <= (word.len() / 3).clamp(1, 2)).then_some(near.1)
}

/// The words of the language among what is expected, without signs.
fn words(expected: &str) -> impl Iterator<Item = &str> {
    expected.split('`').skip(1).step_by(2).filter(|it| is_word(it))
}

/// What a block can hold, by the words that it starts with.
fn held(level: Rule) -> impl Iterator<Item = &'static str> {
    FORMS.iter().filter(move |form| form.levels.contains(&level)).map(|form| form.title)
}

fn held_by(level: Rule) -> String {
    let mut held: Vec<_> = held(level).collect();
    held.dedup();
    if takes_arguments(level) {
        held.insert(0, "argument = value");
    }
    format!("it can hold {}", held.join(", "))
}

fn takes_arguments(level: Rule) -> bool {
    matches!(level, Rule::step | Rule::watched)
}

fn called(level: Rule) -> &'static str {
    match level {
        Rule::runbook => "the head of a runbook",
        Rule::phase => "a phase",
        Rule::parallel => "a parallel block",
        Rule::step => "a step",
        Rule::gate => "a gate",
        Rule::api => "an api",
        Rule::action => "an action",
        Rule::test => "a test",
        Rule::invariant => "an invariant",
        Rule::watched => "a check",
        _ => "a file",
    }
}
