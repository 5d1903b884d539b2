//! Literals: what looks like one and is none gets its own message.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use pest::iterators::Pair;

use super::{Reader, Rule};
use crate::diagnostic::Diagnostic;
use crate::scalar::{Number, Percent, parse_duration, parse_prefix};
use crate::source::Spanned;
use crate::syntax::{ExprKind, Literal, TextPart};

impl Reader<'_> {
    pub(super) fn literal(&mut self, pair: &Pair<'_, Rule>) -> ExprKind {
        let text = pair.as_str();
        let read = match pair.as_rule() {
            Rule::null => Ok(Literal::Null),
            Rule::bool => Ok(Literal::Bool(text == "true")),
            Rule::time => text.parse().map(Literal::Time).map_err(|_| "there is no such moment".to_owned()),
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
            Err(why) => {
                let span = self.span(pair);
                self.error("HR003", span, format!("`{text}` is no value: {why}"));
                ExprKind::Broken
            }
        }
    }

    /// A duration, or its message.
    pub(super) fn duration(&mut self, pair: &Pair<'_, Rule>) -> Spanned<Duration> {
        let (span, text) = (self.span(pair), pair.as_str().trim_end());
        let duration = match parse_duration(text) {
            Ok(duration) => duration,
            Err(error) => {
                let message = Diagnostic::error("HR003", span, format!("`{text}` is no duration"));
                let bare = text.trim_matches('"');
                self.diagnostics.push(match bare.parse::<u64>() {
                    Ok(n) => message
                        .label("without a unit")
                        .help(format!("write {n}s, {n}m or {n}h; m is minutes")),
                    Err(_) => message.help(error.0),
                });
                Duration::ZERO
            }
        };
        Spanned::new(duration, span)
    }

    pub(super) fn integer<N: FromStr + Default>(&mut self, pair: &Pair<'_, Rule>) -> Spanned<N> {
        let (span, text) = (self.span(pair), pair.as_str().trim_end());
        let number = text.parse().unwrap_or_else(|_| {
            self.error("HR003", span, format!("{text} is too large here"));
            N::default()
        });
        Spanned::new(number, span)
    }

    pub(super) fn percent(&mut self, pair: &Pair<'_, Rule>) -> Percent {
        let text = pair.as_str().trim_end();
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
        let is_block = pair.as_rule() == Rule::block;
        let mut parts: Vec<TextPart> = Vec::new();
        let mut plain = String::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::plain | Rule::block_plain => plain.push_str(part.as_str()),
                Rule::escape => plain.push(self.escape(&part)),
                Rule::hole => {
                    if !plain.is_empty() {
                        parts.push(TextPart::Plain(Arc::from(std::mem::take(&mut plain))));
                    }
                    parts.extend(part.into_inner().next().map(|expr| TextPart::Expr(self.expr(expr))));
                }
                _ => {}
            }
        }
        if !plain.is_empty() {
            parts.push(TextPart::Plain(Arc::from(plain)));
        }
        if is_block { dedent(parts) } else { parts }
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

fn odd(text: &str) -> String {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    match unit {
        "min" | "mins" | "minutes" | "minute" => format!("minutes are written {number}m"),
        "sec" | "secs" | "seconds" | "second" => format!("seconds are written {number}s"),
        "hr" | "hrs" | "hours" | "hour" => format!("hours are written {number}h"),
        "G" | "M" | "K" | "T" | "Gi" | "Mi" => format!("sizes are written like {number}{unit}B"),
        _ if number.parse::<Number>().is_ok() => format!("`{unit}` is no unit"),
        _ => "it is too large".to_owned(),
    }
}

/// Takes the indentation that all lines of a block share off them, and the line ends behind the opening quotes.
fn dedent(mut parts: Vec<TextPart>) -> Vec<TextPart> {
    let indents = parts.iter().filter_map(|part| match part {
        TextPart::Plain(text) => Some(text),
        TextPart::Expr(_) => None,
    });
    let lines = indents.flat_map(|text| text.split('\n').skip(1)).filter(|line| !line.is_empty());
    let indent = lines.map(|line| line.len() - line.trim_start_matches(' ').len()).min().unwrap_or(0);
    let margin = format!("\n{}", " ".repeat(indent));
    for part in &mut parts {
        if let TextPart::Plain(text) = part {
            *text = Arc::from(text.replace(&margin, "\n"));
        }
    }
    if let Some(TextPart::Plain(first)) = parts.first_mut() {
        *first = Arc::from(first.strip_prefix('\n').unwrap_or(first));
    }
    parts
}
