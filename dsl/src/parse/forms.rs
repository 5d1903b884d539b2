//! How every item and clause is written: what messages show, and what they compare a broken one with.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

use super::words::expected;
use super::{Grammar, Rule};

/// One way to write an item or a clause. Words in capitals stand for a part of that sort, what stands in brackets may
/// be left out.
pub(super) struct Form {
    /// The words that it starts with, and is called by.
    pub(super) title: &'static str,
    /// What the grammar makes of it.
    pub(super) rule: Rule,
    /// What comes after the title.
    rest: &'static str,
    /// The blocks that can hold it, by their rules.
    pub(super) levels: &'static [Rule],
    /// Whether a block can hold only one.
    pub(super) is_single: bool,
}

const fn form(title: &'static str, rest: &'static str, rule: Rule, levels: &'static [Rule]) -> Form {
    Form { title, rule, rest, levels, is_single: false }
}

const fn once(title: &'static str, rest: &'static str, rule: Rule, levels: &'static [Rule]) -> Form {
    Form { is_single: true, ..form(title, rest, rule, levels) }
}

const FILE: &[Rule] = &[Rule::file];
const MEMBER: &[Rule] = &[Rule::file, Rule::phase, Rule::parallel, Rule::test];
const STEP: &[Rule] = &[Rule::step];
const ACTION: &[Rule] = &[Rule::action];
const TEST: &[Rule] = &[Rule::test];

/// All of them, in the order in which help names them.
pub(super) const FORMS: &[Form] = &[
    once("edition", "NUMBER", Rule::edition, &[]),
    once("runbook", "TEXT {", Rule::runbook, FILE),
    form("use", "TEXT as NAME", Rule::use_, FILE),
    form("use", "NAME", Rule::use_, FILE),
    form("system", "NAME: NAME[.NAME]", Rule::system, &[Rule::file, Rule::test]),
    form("step", "NAME [for NAME in LIST by KEY]: ACTION {", Rule::step, MEMBER),
    form("parallel", "{", Rule::parallel, MEMBER),
    form("gate", "NAME {", Rule::gate, MEMBER),
    form("phase", "NAME {", Rule::phase, MEMBER),
    form("api", "NAME {", Rule::api, FILE),
    form("action", "NAME {", Rule::action, FILE),
    form("type", "NAME = TYPE", Rule::type_decl, FILE),
    form("test", "TEXT {", Rule::test, FILE),
    form("input", "NAME: TYPE [= VALUE]", Rule::input, &[Rule::file, Rule::api, Rule::action]),
    form("let", "NAME = VALUE", Rule::let_, &[Rule::file, Rule::action, Rule::test]),
    once("ticket", "TEXT", Rule::ticket, &[Rule::runbook]),
    once("window", "TIME .. TIME [in TEXT] [keep DURATION]", Rule::window, &[Rule::runbook]),
    form("after", "NAME [, NAME]", Rule::after, STEP),
    once("when", "CONDITION", Rule::when, STEP),
    once("retry", "NUMBER every DURATION [.. DURATION]", Rule::retry, STEP),
    once("timeout", "DURATION", Rule::timeout, STEP),
    once("limit", "NUMBER", Rule::limit, STEP),
    once("tolerate", "SHARE", Rule::tolerate, STEP),
    once("on failure", "POLICY", Rule::on_failure, &[Rule::runbook, Rule::phase, Rule::step]),
    once("ask", "QUESTION", Rule::ask, &[Rule::gate]),
    once("by", "TEXT [, TEXT]", Rule::by, &[Rule::gate]),
    once("need", "NUMBER [within DURATION] [else POLICY]", Rule::need, &[Rule::gate]),
    once("four eyes", "", Rule::four_eyes, &[Rule::gate]),
    form("invariant", "NAME {", Rule::invariant, FILE),
    once("check", "ACTION {", Rule::watched, &[Rule::invariant]),
    once("every", "DURATION [tolerate NUMBER] else POLICY", Rule::pace, &[Rule::invariant]),
    once("soak", "DURATION", Rule::soak, &[Rule::invariant]),
    once("login", "METHOD(PATH [, BODY])", Rule::login, &[Rule::api]),
    form("header", "TEXT = VALUE", Rule::header, &[Rule::api]),
    form("again", "on NUMBER [, NUMBER]", Rule::again, &[Rule::api]),
    once("error", "VALUE", Rule::error, &[Rule::api]),
    form("require", "CONDITION else REASON", Rule::require, ACTION),
    once("done when", "CONDITION", Rule::done_when, ACTION),
    once("change", "SENTENCE SYSTEM.METHOD(PATH [, BODY])", Rule::change, ACTION),
    form("fail", "REASON when CONDITION", Rule::fail, ACTION),
    once("untouched", "when CONDITION [after DURATION]", Rule::untouched, ACTION),
    once("poll", "every DURATION for DURATION", Rule::poll, ACTION),
    once("undo", "SENTENCE SYSTEM.METHOD(PATH [, BODY])", Rule::undo, ACTION),
    once("undone when", "CONDITION", Rule::undone_when, ACTION),
    form("by hand", "TASK when CONDITION", Rule::by_hand, ACTION),
    once("irreversible", "REASON", Rule::irreversible, ACTION),
    form("touches", "RESOURCE [, RESOURCE]", Rule::touches, ACTION),
    once("takes", "DURATION .. DURATION", Rule::takes, ACTION),
    once("scene", "TEXT", Rule::scene, TEST),
    form("fault", "TEXT", Rule::fault, TEST),
    once("inputs", "TEXT", Rule::inputs, TEST),
    form("set", "NAME = VALUE", Rule::set, TEST),
    form("approve", "NAME [by TEXT [, TEXT]]", Rule::approve, TEST),
    form("expect", "CONDITION", Rule::expect, TEST),
    form("then", "COURSE", Rule::then, TEST),
    form("output", "NAME = VALUE", Rule::output, &[Rule::file, Rule::action]),
];

/// An argument of a step, which starts with no word of its own.
pub(super) const ARGUMENT: Form = form("", "NAME = VALUE", Rule::argument, STEP);

/// A choice between values, wherever a value can stand.
pub(super) const IF: Form = form("if", "CONDITION then VALUE else VALUE", Rule::if_, &[]);

/// What a word in capitals stands for in a form: what the grammar makes of it, and how it is called when it is missing.
fn slot(word: &str, form: Rule) -> (Rule, &'static str) {
    match word {
        "NAME" => (Rule::ident, "a name"),
        "TEXT" => (Rule::text, TEXT),
        "SENTENCE" => (Rule::text_, "a sentence in quotes"),
        "TYPE" => (Rule::type_, "a type"),
        "NUMBER" => (Rule::integer, "a whole number"),
        "SHARE" => (Rule::share, "a number or a percentage"),
        "DURATION" => (Rule::duration_, "a duration like 5m"),
        "TIME" => (Rule::time_text, "a time like 2026-11-28T22:00"),
        // What people or an invariant have stopped does not go on.
        "POLICY" if form != Rule::on_failure => (Rule::policy, "`hold`, `rollback` or `rollback phase`"),
        "POLICY" => (Rule::policy, "`rollback`, `rollback phase`, `hold` or `continue`"),
        "COURSE" => (Rule::course, "`run`, `resume` or `rollback`"),
        "METHOD" => (Rule::method, "`post`, `put`, `patch` or `delete`"),
        "SYSTEM" => (Rule::ident, "a request like site.post(path, body)"),
        "ACTION" => (Rule::action_name, "an action like hcx.migrate"),
        "CONDITION" => (Rule::expr, "a condition"),
        _ => (Rule::expr, "a value"),
    }
}

/// What is said where a text without an expression is wanted.
pub(super) const TEXT: &str = "a text in quotes";

impl Form {
    /// By the rule that it is parsed as.
    pub(super) fn of(rule: Rule) -> Option<&'static Form> {
        FORMS.iter().find(|form| form.rule == rule)
    }

    /// The word that it starts with.
    pub(super) fn word(&self) -> &'static str {
        self.title.split(' ').next().unwrap_or_default()
    }

    /// The words of the language in it, behind its title.
    pub(super) fn words(&self) -> impl Iterator<Item = &'static str> + use<> {
        tokens(self.rest).filter(|token| token.starts_with(|c: char| c.is_ascii_lowercase()))
    }

    /// Whether a part of it is any value.
    pub(super) fn has_values(&self) -> bool {
        let is_value = |token: &str| {
            token.starts_with(|c: char| c.is_ascii_uppercase()) && slot(token, self.rule).0 == Rule::expr
        };
        tokens(self.rest).any(is_value)
    }

    /// Whether it can end in any value.
    pub(super) fn ends_in_value(&self) -> bool {
        self.rest.trim_end_matches(']').ends_with("VALUE")
    }

    /// Whether a block follows it.
    pub(super) fn is_block(&self) -> bool {
        self.rest.ends_with('{')
    }

    /// As an author reads it.
    pub(super) fn shown(&self) -> String {
        let block = if self.is_block() { " … }" } else { "" };
        let words = [self.title, self.rest].join(" ");
        format!("{}{block}", words.trim())
    }

    /// Where a text leaves the form, and what was expected there instead.
    pub(super) fn follow(&self, text: &str, start: usize) -> Departure {
        let form = [self.title, self.rest].join(" ");
        let mut at = start;
        let mut tokens = tokens(&form).peekable();
        while let Some(token) = tokens.next() {
            at = skip(text, at);
            match token {
                "[" if tokens.peek().is_some_and(|next| literal(text, at, next).is_none()) => {
                    tokens.by_ref().take_while(|skipped| *skipped != "]").for_each(drop);
                }
                "[" | "]" => {}
                _ => match part(text, at, token, self.rule) {
                    Ok(end) => at = end,
                    Err(departure) => return departure,
                },
            }
        }
        Departure { at: skip(text, at), expected: String::new() }
    }
}

/// Where a text leaves a form.
pub(super) struct Departure {
    /// The first byte that does not fit.
    pub(super) at: usize,
    /// What would; empty when nothing more is needed.
    pub(super) expected: String,
}

/// Words, words in capitals and signs.
fn tokens(form: &str) -> impl Iterator<Item = &str> {
    let mut rest = form;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let is_word = |c: char| c.is_ascii_alphabetic() || c == '_';
        let end = match rest.chars().next()? {
            first if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            '.' if rest.starts_with("..") => 2,
            first => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(token)
    })
}

/// The end of one part of a form, or where it breaks off.
fn part(text: &str, at: usize, token: &str, form: Rule) -> Result<usize, Departure> {
    if !token.starts_with(|c: char| c.is_ascii_uppercase()) {
        return literal(text, at, token).ok_or_else(|| Departure { at, expected: format!("`{token}`") });
    }
    let (rule, called) = slot(token, form);
    match prefix(rule, text, at) {
        // What goes on with a value and breaks off is where the mistake is.
        Ok(end) if rule == Rule::expr => {
            let next = skip(text, end);
            prefix(Rule::tail, text, next).err().filter(|inner| inner.at > next).map_or(Ok(end), Err)
        }
        Ok(end) => Ok(end),
        Err(inner) if inner.at > at => Err(inner),
        Err(_) => Err(Departure { at, expected: called.to_owned() }),
    }
}

/// The end of a word or a sign that stands there.
fn literal(text: &str, at: usize, token: &str) -> Option<usize> {
    let after = text.get(at..)?.strip_prefix(token)?;
    let goes_on = match token {
        "=" => after.starts_with(['=', '>']),
        _ if token.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        }
        _ => false,
    };
    (!goes_on).then_some(at + token.len())
}

/// The end of what a rule takes from a place on, or where it breaks off inside.
pub(super) fn prefix(rule: Rule, text: &str, at: usize) -> Result<usize, Departure> {
    let rest = text.get(at..).unwrap_or_default();
    match Grammar::parse(rule, rest) {
        Ok(pairs) => {
            let taken = pairs.as_str();
            Ok(at + taken.trim_end().len())
        }
        Err(error) => {
            let inside = match error.location {
                InputLocation::Pos(inside) | InputLocation::Span((inside, _)) => inside,
            };
            let expected = match &error.variant {
                ErrorVariant::ParsingError { positives, .. } => expected(positives),
                ErrorVariant::CustomError { .. } => String::new(),
            };
            Err(Departure { at: skip(text, at + inside), expected })
        }
    }
}

/// The next byte that is neither blank nor comment.
pub(super) fn skip(text: &str, at: usize) -> usize {
    let mut rest = text.get(at..).unwrap_or_default();
    loop {
        rest = rest.trim_start();
        if !rest.starts_with("//") || rest.starts_with("///") {
            return text.len() - rest.len();
        }
        rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or_default();
    }
}
