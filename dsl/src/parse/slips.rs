//! Mistakes that people make because other languages, or other programs, have it that way.

use super::Reader;
use super::messages::found;
use crate::diagnostic::Diagnostic;

/// What is written, what is to be said of it, and what to write instead; the longer ones first.
const SLIPS: &[(&str, &str, &str)] = &[
    ("&&", "`&&` is no operator", "write `and`"),
    ("||", "`||` is no operator", "write `or`"),
    ("\u{201c}", TYPOGRAPHIC, STRAIGHT),
    ("\u{201d}", TYPOGRAPHIC, STRAIGHT),
    ("\u{201e}", TYPOGRAPHIC, STRAIGHT),
    ("\u{2018}", TYPOGRAPHIC, STRAIGHT),
    ("\u{2019}", TYPOGRAPHIC, STRAIGHT),
    ("'", "texts stand in double quotes", "write `\"like this\"`"),
    ("#", "a comment starts with `//`", "write `//` instead of `#`"),
    (";", "nothing stands between clauses", "leave the `;` out"),
];

const TYPOGRAPHIC: &str = "this is a typographic quote, not a \"";
const STRAIGHT: &str = "write \"straight quotes\"";

/// The message for a slip at the place where the text could not be understood any more.
pub(super) fn slip(reader: &Reader<'_>, at: usize, expected: &str) -> Option<Diagnostic> {
    let rest = reader.text.get(at..)?;
    if let Some((wrong, message, help)) = SLIPS.iter().find(|(wrong, ..)| rest.starts_with(wrong)) {
        return Some(error(reader, at, wrong, message, help));
    }
    if rest.starts_with("==") && expected == "`=`" {
        return Some(error(reader, at, "==", "`==` compares; it gives no name a value", "write `=`"));
    }
    if rest.starts_with("=>") && expected == "`=`" {
        return Some(error(reader, at, "=>", "`=>` makes a lambda; it gives no name a value", "write `=`"));
    }
    match found(reader.text, at) {
        ">" if reader.text.get(..at).is_some_and(|before| before.ends_with('-')) => {
            let help = "a lambda is written `x => x.name`";
            Some(error(reader, at - 1, "->", "`->` is no sign of this language", help))
        }
        "=" if reader.text.get(..at).is_some_and(|before| before.ends_with("==")) => {
            Some(error(reader, at - 2, "===", "`===` is no operator", "write `==`"))
        }
        "?" if expected.is_empty() => {
            Some(error(reader, at, "?", "`?` is no operator", "write `if a then b else c`"))
        }
        "!" => Some(error(reader, at, "!", "`!` is no operator", "write `not`")),
        "=" if expected.is_empty()
            || expected.contains("operator")
            || expected == "`else`"
            || expected == "`when`" =>
        {
            Some(error(reader, at, "=", "`=` gives a name a value; it does not compare", "write `==`"))
        }
        "," if expected.is_empty() => {
            Some(error(reader, at, ",", "nothing stands between clauses", "leave the `,` out"))
        }
        "<" if expected.is_empty() => {
            Some(error(reader, at, "<", "this `<` is never closed", "add the `>` that ends the type"))
        }
        "." if expected.is_empty() => {
            let help = "write the name of a field or a method behind it";
            Some(error(reader, at, ".", "no name stands behind this `.`", help))
        }
        word if expected == "a field" => {
            let equals = super::forms::skip(reader.text, at + word.len());
            let message = "fields of a record are written with `:`, not with `=`";
            (found(reader.text, equals) == "=")
                .then(|| error(reader, equals, "=", message, &format!("write `{word}: value`")))
        }
        _ => None,
    }
}

fn error(reader: &Reader<'_>, at: usize, wrong: &str, message: &str, help: &str) -> Diagnostic {
    Diagnostic::error("HR001", reader.at(at, at + wrong.len()), message).help(help)
}
