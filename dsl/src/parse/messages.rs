//! What the grammar could not take, in the words of the person who wrote it.

use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::Pair;

use super::{Grammar, Reader, Rule};
use crate::diagnostic::Diagnostic;

/// The place where brackets get too deep, when they do. Texts and comments may hold what they like.
pub(super) fn too_deep(text: &str, deepest: usize) -> Option<usize> {
    let (mut depth, mut in_text, mut previous) = (0_usize, false, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '"' if previous != '\\' => in_text = !in_text,
            '\n' => in_text = false,
            '(' | '[' | '{' if !in_text || previous == '$' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = c;
        if depth > deepest {
            return Some(at);
        }
    }
    // Prefix operators nest without brackets.
    let mut run = 0_usize;
    for (at, word) in text.match_indices(['-', 'n']) {
        let is_prefix = word == "-" || text.get(at..).is_some_and(|rest| rest.starts_with("not "));
        let between = text.get(run..at).unwrap_or_default();
        if is_prefix && between.trim().is_empty() {
            depth += 1;
        } else if is_prefix {
            depth = 0;
        }
        if is_prefix {
            run = at + if word == "-" { 1 } else { 3 };
        }
        if depth > deepest {
            return Some(at);
        }
    }
    None
}

/// The message for a stretch that is no item or clause.
pub(super) fn junk(reader: &Reader<'_>, pair: &Pair<'_, Rule>, level: Rule) -> Diagnostic {
    let (start, text) = (pair.as_span().start(), pair.as_str());
    if let Some(slip) = slip(reader, start, text) {
        return slip;
    }
    let word: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let Some(rule) = rule_of(&word, level) else { return unknown(reader, start, text, &word, level) };
    match Grammar::parse(rule, text) {
        Err(error) => syntax(reader, &error, start),
        Ok(_) => unknown(reader, start, text, &word, level),
    }
}

fn unknown(reader: &Reader<'_>, start: usize, text: &str, word: &str, level: Rule) -> Diagnostic {
    if let Some(operator) = ["==", "!=", "<=", ">=", "??", "+", "-", "*", "/", "<", ">", "="]
        .into_iter()
        .find(|op| text.starts_with(op))
    {
        let span = reader.at(start, start + operator.len());
        let message =
            Diagnostic::error("HR001", span, format!("there is no whole value behind this `{operator}`"));
        return match operator {
            "=" => Diagnostic::error("HR001", span, "`=` gives a name a value; it does not compare")
                .help("write `==`"),
            _ => message.help("give it a right side"),
        };
    }
    let (shown, length) = match word {
        "" => (
            text.chars().next().map(String::from).unwrap_or_default(),
            text.chars().next().map_or(1, char::len_utf8),
        ),
        word => (word.to_owned(), word.len()),
    };
    let span = reader.at(start, start + length);
    let what = if level == Rule::file { "a file" } else { "this block" };
    if word == "test" {
        let message = Diagnostic::error("HR001", span, "edition 1 has no `test` blocks yet");
        return message.help("leave it out; tests of runbooks stand in `tests/` for now");
    }
    let words = words_of(level);
    let near = words.iter().map(|known| (strsim::damerau_levenshtein(known, word), known)).min();
    let message =
        Diagnostic::error("HR001", span, format!("`{shown}` does not start anything that {what} can hold"));
    match near {
        Some((distance, known)) if distance <= 2 && !word.is_empty() => {
            message.help(format!("did you mean `{known}`?"))
        }
        _ => message.help(format!("it can hold {}", words.join(", "))),
    }
}

/// Mistakes that people make because other languages have it that way.
fn slip(reader: &Reader<'_>, start: usize, text: &str) -> Option<Diagnostic> {
    const SLIPS: [(&str, &str, &str); 6] = [
        ("&&", "`&&` is no operator", "write `and`"),
        ("||", "`||` is no operator", "write `or`"),
        ("\u{201c}", "this is a typographic quote, not a \"", "write \"straight quotes\""),
        ("\u{201d}", "this is a typographic quote, not a \"", "write \"straight quotes\""),
        ("'", "texts stand in double quotes", "write \"like this\""),
        ("===", "`===` is no operator", "write `==`"),
    ];
    let outside = outside_texts(text);
    for (wrong, message, help) in SLIPS {
        if let Some(at) = outside.find(wrong) {
            let span = reader.at(start + at, start + at + wrong.len());
            return Some(Diagnostic::error("HR001", span, message).help(help));
        }
    }
    // `key: value`, as in YAML, where an argument is written with `=`.
    let line = outside.lines().next().unwrap_or_default();
    let (name, rest) = line.split_once(':')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name || rest.trim().is_empty() {
        return None;
    }
    let at = start + name.len();
    let message =
        Diagnostic::error("HR001", reader.at(at, at + 1), "arguments are written with `=`, not with `:`");
    Some(message.help(format!(
        "write `{name} = {}`",
        text.lines().next().unwrap_or_default().split_once(':')?.1.trim()
    )))
}

/// The innermost bracket that is still open where the text ends.
fn unclosed(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut comment = false;
    let outside = outside_texts(text);
    for (at, c) in outside.char_indices() {
        match c {
            '\n' => comment = false,
            '/' if outside.get(at..).is_some_and(|rest| rest.starts_with("//")) => comment = true,
            '(' | '[' | '{' if !comment => open.push(at),
            ')' | ']' | '}' if !comment => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

/// The text with what stands in quotes blanked out, byte for byte.
fn outside_texts(text: &str) -> String {
    let (mut inside, mut out) = (false, String::with_capacity(text.len()));
    for c in text.chars() {
        match c {
            '"' => inside = !inside,
            '\n' => inside = false,
            _ => {}
        }
        if inside && c != '"' { out.extend(std::iter::repeat_n(' ', c.len_utf8())) } else { out.push(c) }
    }
    out
}

/// A syntax error of a strict rule that was tried from `base` on.
pub(super) fn syntax(reader: &Reader<'_>, error: &Error<Rule>, base: usize) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) => at,
        InputLocation::Span((start, _)) => start,
    };
    let at = base + at;
    let rest = reader.text.get(at..).unwrap_or_default();
    let found = found(rest);
    if found.is_empty()
        && let Some(open) = unclosed(reader.text)
    {
        let bracket = reader.text.get(open..=open).unwrap_or_default();
        let message = Diagnostic::error(
            "HR001",
            reader.at(open, open + 1),
            format!("this `{bracket}` is never closed"),
        );
        let closing = match bracket {
            "(" => ")",
            "[" => "]",
            _ => "}",
        };
        return message.help(format!("add the `{closing}` that ends it"));
    }
    let span = reader.at(at, at + found.len().max(1));
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => expected(positives),
        ErrorVariant::CustomError { message } => message.clone(),
    };
    let what = if found.is_empty() {
        "the text ends here".to_owned()
    } else {
        format!("`{found}` cannot stand here")
    };
    let message = Diagnostic::error("HR001", span, what);
    if expected.is_empty() { message } else { message.label(format!("{expected} is expected")) }
}

fn found(rest: &str) -> String {
    let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if word.is_empty() { rest.chars().next().map(String::from).unwrap_or_default() } else { word }
}

/// What would have been right, in words; many possibilities are no help.
fn expected(rules: &[Rule]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in rules.iter().filter_map(|rule| word(*rule)) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    // After a whole operand anything that goes on with it is possible; what has to come is more to the point.
    let must: Vec<_> = words.iter().copied().filter(|word| *word != CONTINUES).collect();
    let words = if must.is_empty() { words } else { must };
    match words.as_slice() {
        [one] => (*one).to_owned(),
        [most @ .., last] if most.len() < 4 && !most.is_empty() => format!("{} or {last}", most.join(", ")),
        _ => String::new(),
    }
}

const CONTINUES: &str = "an operator";

fn word(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::expr
        | Rule::name
        | Rule::list
        | Rule::record
        | Rule::paren
        | Rule::call
        | Rule::if_
        | Rule::null
        | Rule::bool
        | Rule::time
        | Rule::prefixed
        | Rule::dotted
        | Rule::size
        | Rule::number
        | Rule::odd
        | Rule::lambda
        | Rule::not
        | Rule::negate => "a value",
        Rule::add
        | Rule::subtract
        | Rule::multiply
        | Rule::divide
        | Rule::equal
        | Rule::not_equal
        | Rule::less
        | Rule::less_equal
        | Rule::greater
        | Rule::greater_equal
        | Rule::and
        | Rule::or
        | Rule::coalesce
        | Rule::field
        | Rule::method_call
        | Rule::index
        | Rule::with
        | Rule::arguments => CONTINUES,
        Rule::text | Rule::block => "a text in quotes",
        Rule::ident | Rule::use_std => "a name",
        Rule::duration | Rule::odd_duration => "a duration like 5m",
        Rule::integer => "a whole number",
        Rule::percent => "a percentage",
        Rule::type_
        | Rule::choice
        | Rule::record_type
        | Rule::list_type
        | Rule::map_type
        | Rule::path_type => "a type",
        Rule::policy => "`rollback`, `rollback phase`, `hold` or `continue`",
        Rule::method => "`post`, `put`, `patch` or `delete`",
        Rule::request => "a request like site.post(path, body)",
        Rule::time_text => "a time like 2026-11-28T22:00",
        Rule::each => "`for`",
        Rule::action_name => "the name of an action",
        Rule::record_field | Rule::type_field => "a field",
        _ => return None,
    })
}

/// The rules that start with a word of their own.
const WORDS: &[(&str, Rule)] = &[
    ("runbook", Rule::runbook),
    ("use", Rule::use_),
    ("system", Rule::system),
    ("input", Rule::input),
    ("let", Rule::let_),
    ("output", Rule::output),
    ("type", Rule::type_decl),
    ("api", Rule::api),
    ("action", Rule::action),
    ("phase", Rule::phase),
    ("parallel", Rule::parallel),
    ("step", Rule::step),
    ("gate", Rule::gate),
    ("ticket", Rule::ticket),
    ("window", Rule::window),
    ("on", Rule::on_failure),
    ("after", Rule::after),
    ("when", Rule::when),
    ("retry", Rule::retry),
    ("timeout", Rule::timeout),
    ("limit", Rule::limit),
    ("tolerate", Rule::tolerate),
    ("ask", Rule::ask),
    ("by", Rule::by),
    ("by", Rule::by_hand),
    ("need", Rule::need),
    ("login", Rule::login),
    ("header", Rule::header),
    ("again", Rule::again),
    ("error", Rule::error),
    ("require", Rule::require),
    ("done", Rule::done_when),
    ("undone", Rule::undone_when),
    ("change", Rule::change),
    ("undo", Rule::undo),
    ("fail", Rule::fail),
    ("untouched", Rule::untouched),
    ("poll", Rule::poll),
    ("irreversible", Rule::irreversible),
    ("touches", Rule::touches),
    ("takes", Rule::takes),
];

fn rule_of(word: &str, level: Rule) -> Option<Rule> {
    let named = WORDS.iter().filter(|(known, _)| *known == word).map(|(_, rule)| *rule);
    let fits = |rule: &Rule| (*rule == Rule::by_hand) == (level == Rule::action && word == "by");
    named.into_iter().find(fits).or((level == Rule::step && !word.is_empty()).then_some(Rule::argument))
}

/// A word that only starts like the one that is meant: `lets = 1`.
pub(super) fn whole_word(reader: &Reader<'_>, pair: &Pair<'_, Rule>) -> Option<Diagnostic> {
    let (word, _) = WORDS.iter().find(|(_, rule)| *rule == pair.as_rule())?;
    let after = pair.as_str().get(word.len()..)?.chars().next()?;
    if !after.is_ascii_alphanumeric() && after != '_' {
        return None;
    }
    let (start, written) = (pair.as_span().start(), found(pair.as_str()));
    let span = reader.at(start, start + written.len());
    let message = Diagnostic::error("HR001", span, format!("`{written}` does not start anything"));
    Some(message.help(format!("did you mean `{word}`?")))
}

/// What a block can hold, for suggestions.
fn words_of(level: Rule) -> &'static [&'static str] {
    match level {
        Rule::runbook => &["ticket", "window", "on failure"],
        Rule::phase => &["step", "parallel", "gate", "phase", "on failure"],
        Rule::parallel => &["step", "phase", "gate", "parallel"],
        Rule::step => {
            &["argument = value", "after", "when", "retry", "timeout", "limit", "tolerate", "on failure"]
        }
        Rule::gate => &["ask", "by", "need"],
        Rule::api => &["input", "login", "header", "again on", "error"],
        Rule::action => &[
            "input",
            "let",
            "require",
            "done when",
            "change",
            "fail",
            "untouched when",
            "poll",
            "undo",
            "undone when",
            "by hand",
            "irreversible",
            "touches",
            "takes",
            "output",
        ],
        _ => &[
            "runbook", "use", "system", "input", "let", "output", "type", "phase", "parallel", "step",
            "gate", "api", "action",
        ],
    }
}
