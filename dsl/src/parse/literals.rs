//! Literals: what looks like one and is none gets its own message.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use pest::iterators::Pair;

use super::{Reader, Rule};
use crate::diagnostic::Diagnostic;
use crate::scalar::{Number, Percent, format_duration, parse_duration, parse_prefix};
use crate::source::Spanned;
use crate::syntax::{Expr, ExprKind, Literal, TextPart};

impl Reader<'_> {
    pub(super) fn literal(&mut self, pair: &Pair<'_, Rule>) -> ExprKind {
        let text = pair.as_str();
        let read = match pair.as_rule() {
            Rule::null => Ok(Literal::Null),
            Rule::bool => Ok(Literal::Bool(text == "true")),
            Rule::time => text.parse().map(Literal::Time).map_err(|_| "there is no such moment".to_owned()),
            Rule::no_time => Err(no_time(text)),
            Rule::prefixed => parse_prefix(text).map(Literal::Prefix).map_err(|error| error.0),
            Rule::dotted => dotted(text),
            Rule::size => scalar(text, Literal::Size),
            Rule::duration => parse_duration(text).map(Literal::Duration).map_err(|error| error.0),
            Rule::percent => scalar(text, Literal::Percent),
            Rule::number => scalar(text, Literal::Number),
            _ => Err(odd(text)),
        };
        match read {
            Ok(literal) => ExprKind::Literal(literal),
            // A character in it is told already.
            Err(_) if self.has_fault(pair) => ExprKind::Broken,
            Err(why) => {
                let span = self.span(pair);
                self.error("HR003", span, format!("`{text}` is no value: {why}"));
                ExprKind::Broken
            }
        }
    }

    /// A duration, or its message.
    pub(super) fn duration(&mut self, pair: &Pair<'_, Rule>) -> Spanned<Duration> {
        let (span, text) = (self.span(pair), pair.as_str());
        let duration = match parse_duration(text) {
            Ok(duration) => duration,
            Err(error) => {
                let message = Diagnostic::error("HR003", span, format!("`{text}` is no duration"));
                let bare = &text.trim_matches('"').replace(' ', "");
                self.diagnostics.push(match bare.parse::<u64>() {
                    Ok(n) => message
                        .label("without a unit")
                        .help(format!("write {n}s, {n}m or {n}h; m is minutes")),
                    Err(_) if parse_duration(bare).is_ok() => {
                        let what = if text.starts_with('"') { "quotes" } else { "a blank" };
                        message.help(format!("write {bare} without {what}"))
                    }
                    Err(_) => message.help(unit(bare).unwrap_or(error.0)),
                });
                Duration::ZERO
            }
        };
        Spanned::new(duration, span)
    }

    pub(super) fn integer<N: FromStr + Default>(&mut self, pair: &Pair<'_, Rule>) -> Spanned<N> {
        let (span, text) = (self.span(pair), pair.as_str());
        let number = text.parse().unwrap_or_else(|_| {
            self.error("HR003", span, format!("{text} is too large here"));
            N::default()
        });
        Spanned::new(number, span)
    }

    pub(super) fn percent(&mut self, pair: &Pair<'_, Rule>) -> Percent {
        let text = pair.as_str();
        text.parse().unwrap_or_else(|error: crate::scalar::ScalarError| {
            let span = self.span(pair);
            self.error("HR003", span, format!("`{text}` is no percentage: {error}"));
            Percent(0.0)
        })
    }

    /// A text without holes: titles, names of people, words of a choice.
    pub(super) fn plain(&mut self, pair: Pair<'_, Rule>) -> Spanned<Arc<str>> {
        let span = self.span(&pair);
        let mut text = String::new();
        for part in self.text_parts(pair) {
            match part {
                TextPart::Plain(plain) => text.push_str(&plain),
                TextPart::Expr(expr) => {
                    self.error("HR003", expr.span, "this text is fixed and cannot hold a value");
                }
            }
        }
        Spanned::new(Arc::from(text), span)
    }

    pub(super) fn text_parts(&mut self, pair: Pair<'_, Rule>) -> Vec<TextPart> {
        let margin = if pair.as_rule() == Rule::block { margin(&pair) } else { String::new() };
        let mut parts = Parts::default();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::plain => parts.plain.push_str(part.as_str()),
                Rule::block_plain => {
                    let text = part.as_str().replace("\r\n", "\n").replace(&margin, "\n");
                    let is_first = parts.is_empty();
                    let text = if is_first { text.strip_prefix('\n').unwrap_or(&text) } else { &text };
                    parts.plain.push_str(text);
                }
                Rule::escape => parts.plain.push(self.escape(&part)),
                _ => {
                    let value = part.into_inner().next().map(|expr| self.expr(expr));
                    parts.value(value);
                }
            }
        }
        parts.end()
    }

    fn escape(&mut self, pair: &Pair<'_, Rule>) -> char {
        match pair.as_str().chars().nth(1) {
            Some('n') => '\n',
            Some('t') => '\t',
            Some(c @ ('"' | '\\' | '$')) => c,
            other => {
                let span = self.span(pair);
                let message = Diagnostic::error("HR003", span, format!("`{}` is no escape", pair.as_str()));
                self.diagnostics.push(message.help("there are \\n, \\t, \\\", \\\\ and \\$"));
                other.unwrap_or(' ')
            }
        }
    }
}

fn scalar<T: FromStr<Err = crate::scalar::ScalarError>>(
    text: &str,
    make: fn(T) -> Literal,
) -> Result<Literal, String> {
    text.parse().map(make).map_err(|error: crate::scalar::ScalarError| error.0)
}

/// Four numbers that fit are an address, anything else with dots is a version.
fn dotted(text: &str) -> Result<Literal, String> {
    match text.parse() {
        Ok(ip) => Ok(Literal::Ip(ip)),
        Err(_) => scalar(text, Literal::Version),
    }
}

fn no_time(text: &str) -> String {
    if text.get(..10).is_none_or(|date| date.parse::<jiff::civil::Date>().is_err()) {
        return "there is no such day".to_owned();
    }
    let time = if text.contains('T') { text.to_owned() } else { format!("{text}T22:00") };
    format!("a time is written with its offset, like {time}+01:00 or {time}Z")
}

fn odd(text: &str) -> String {
    unit(text).unwrap_or_else(|| {
        let (number, unit) = number_and_unit(text);
        let big = unit.to_uppercase();
        match unit {
            _ if matches!(big.as_str(), "TB" | "GB" | "MB" | "KB") => {
                format!("sizes are written like {number}{big}")
            }
            _ if text.contains('.') && big.ends_with('B') => {
                "sizes are whole numbers: take the unit below, as in 1500MB for 1.5GB".to_owned()
            }
            "G" | "M" | "K" | "T" | "Gi" | "Mi" => format!("sizes are written like {number}{unit}B"),
            _ if number.parse::<Number>().is_ok() => format!("`{unit}` is no unit"),
            _ => "it is too large".to_owned(),
        }
    })
}

/// How a length of time is written, when that is what a text seems to be.
fn unit(text: &str) -> Option<String> {
    if let Some(whole) = without_fraction(text) {
        return Some(format!("this is written {whole}"));
    }
    let (number, unit) = number_and_unit(text);
    let (called, unit) = match unit {
        "min" | "mins" | "minutes" | "minute" => ("minutes", "m"),
        "sec" | "secs" | "seconds" | "second" => ("seconds", "s"),
        "hr" | "hrs" | "hours" | "hour" => ("hours", "h"),
        "day" | "days" => ("days", "d"),
        _ => return None,
    };
    Some(format!("{called} are written {number}{unit}"))
}

/// `1.5h` as it is written.
fn without_fraction(text: &str) -> Option<String> {
    let (number, unit) = text.split_at_checked(text.find(|it: char| it.is_ascii_alphabetic())?)?;
    let seconds = match unit {
        "d" => 86400.0,
        "h" => 3600.0,
        "m" => 60.0,
        "s" => 1.0,
        _ => return None,
    };
    let number: f64 = number.parse().ok().filter(|_| number.contains('.'))?;
    Some(format_duration(Duration::try_from_secs_f64(number * seconds).ok()?))
}

fn number_and_unit(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// The pieces of a text while they are put together.
#[derive(Default)]
struct Parts {
    whole: Vec<TextPart>,
    plain: String,
}

impl Parts {
    fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.plain.is_empty()
    }

    fn value(&mut self, value: Option<Expr>) {
        self.flush();
        self.whole.extend(value.map(TextPart::Expr));
    }

    fn flush(&mut self) {
        if !self.plain.is_empty() {
            self.whole.push(TextPart::Plain(Arc::from(std::mem::take(&mut self.plain))));
        }
    }

    fn end(mut self) -> Vec<TextPart> {
        self.flush();
        self.whole.shrink_to_fit();
        self.whole
    }
}

/// A line end with the indentation that all lines of a block share; the line of the closing quotes counts.
fn margin(block: &Pair<'_, Rule>) -> String {
    let text = block.as_str().trim_end_matches('"');
    let last = text.matches('\n').count();
    let lines =
        || text.split('\n').enumerate().skip(1).filter(|(n, line)| *n == last || !line.trim().is_empty());
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let least = lines().map(|(_, line)| line).min_by_key(|line| blanks(line));
    let indent = least.and_then(|line| line.get(..blanks(line)));
    format!("\n{}", indent.unwrap_or_default())
}
