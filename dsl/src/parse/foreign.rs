//! Signs that no text of this language has outside of texts and comments: from other languages, from mail programs,
//! from tools that merge files. Each is told once and mended in the copy, so that the rest is read as it was meant.

use std::ops::Range;

use super::messages::is_word;

/// Something from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foreign {
    /// A quote that is no `"`.
    Quote(char),
    /// A character that nobody sees.
    Invisible(char),
    /// A character that looks like, or stands for, this one.
    Like(char, &'static str),
    /// A letter that no name can have.
    Letter(char),
    /// Any other character.
    Unknown(char),
    /// A comment of another language, by how it starts.
    Comment(&'static str),
    /// `<<<<<<<` up to `>>>>>>>`
    Merge,
    /// A line that belongs to what the text was copied from: what it is there.
    Wrapping(&'static str),
    /// `...`
    Ellipsis,
    /// `- ` before an item of a list
    Item,
    /// `+` or `-` in the first column
    Diff(char),
}

/// What is foreign at a place, and how long it is.
pub(super) struct Found {
    pub(super) what: Foreign,
    pub(super) length: usize,
    /// What it is read as; as long as what it replaces, or shorter.
    pub(super) edits: Vec<(Range<usize>, &'static str)>,
}

impl Found {
    fn blank(what: Foreign, length: usize) -> Self {
        Self { what, length, edits: vec![(0..length, "")] }
    }
}

/// Wrapping and comments by which a line starts, and to where they reach.
const LINES: [(&str, Foreign, &str); 15] = [
    ("<<<<<<<", Foreign::Merge, ""),
    ("|||||||", Foreign::Merge, ">>>>>>>"),
    ("=======", Foreign::Merge, ">>>>>>>"),
    (">>>>>>>", Foreign::Merge, ""),
    ("```", Foreign::Wrapping("the fence of a code block"), ""),
    ("--- a/", Foreign::Wrapping("a line of a patch"), ""),
    ("+++ b/", Foreign::Wrapping("a line of a patch"), ""),
    ("@@ -", Foreign::Wrapping("a line of a patch"), ""),
    ("---", Foreign::Wrapping("a line of YAML"), ""),
    ("...", Foreign::Ellipsis, ""),
    ("$ ", Foreign::Wrapping("a prompt"), ""),
    (">>> ", Foreign::Wrapping("a prompt"), ""),
    ("<!--", Foreign::Comment("<!--"), "-->"),
    ("-- ", Foreign::Comment("--"), ""),
    ("\u{2014} ", Foreign::Comment("\u{2014}"), ""),
];

/// What a line in the first column starts with; further in it may go on with a value.
const MARGIN: [(&str, &str); 4] =
    [("> ", "a line quoted in a mail"), ("* ", "a line of a list"), ("/\n", "a `/` alone"), ("</", "a tag")];

/// At the first sign of a line: `before` is the code before it, `column` where it stands.
pub(super) fn line(rest: &str, before: &str, column: usize) -> Option<Found> {
    let known = LINES.iter().find(|(start, ..)| rest.starts_with(start));
    if let Some((start, what, end)) = known {
        return Some(Found::blank(*what, reach(rest, start, end)));
    }
    let is_margin = column == 0 && !before.ends_with(['=', '(', ',']) && !before.is_empty();
    let starts = |start: &str| {
        rest.starts_with(start)
            || (start == "</" && rest.starts_with('<') && rest.get(1..).is_some_and(is_word))
    };
    if let Some((_, what)) = MARGIN.iter().find(|(start, _)| is_margin && starts(start)) {
        return Some(Found::blank(Foreign::Wrapping(what), line_length(rest)));
    }
    let sign = rest.chars().next().filter(|_| rest.get(1..).is_some_and(|it| it.starts_with(' ')))?;
    match sign {
        '-' if before.ends_with(['=', ':']) => {
            let length = line_length(rest);
            Some(Found { what: Foreign::Item, length, edits: vec![(0..length, "[]")] })
        }
        '-' if is_key(rest) => Some(Found::blank(Foreign::Item, line_length(rest))),
        '+' | '-' if is_margin => {
            Some(Found::blank(Foreign::Diff(sign), if sign == '+' { 1 } else { line_length(rest) }))
        }
        _ => None,
    }
}

/// Whether an item of a list starts with a key: `- name: group`.
fn is_key(rest: &str) -> bool {
    let of_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
    rest.trim_start_matches(['-', ' ']).trim_start_matches(of_word).starts_with(": ")
}

fn line_length(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

/// Up to the end, or to the end of the line when there is none.
fn reach(rest: &str, start: &str, end: &str) -> usize {
    let inside = rest.get(start.len()..).filter(|_| !end.is_empty());
    let ends = inside.and_then(|inside| inside.find(end)).map(|at| at + start.len() + end.len());
    ends.map_or_else(|| line_length(rest), |at| at + rest.get(at..).map_or(0, line_length))
}

/// At any place in code.
pub(super) fn sign(rest: &str, next: char) -> Option<Found> {
    match next {
        '#' => Some(Found::blank(Foreign::Comment("#"), line_length(rest))),
        '/' => rest.starts_with("/*").then(|| {
            let end = rest.find("*/").map_or_else(|| line_length(rest), |at| at + 2);
            Found::blank(Foreign::Comment("/*"), end)
        }),
        _ if is_quote(next) => Some(quoted(rest, next)),
        _ if next.is_ascii() && !next.is_control() => None,
        _ => Some(character(next)),
    }
}

const LINE_END: &str = "which editors show as the end of a line";
const BLANKS: &str = "delete it; between words stands a plain space";

/// What a character does to a text without being seen: with it a file says something else than it shows, in comments and
/// texts too. Those that join letters of a script are none of them.
pub(super) fn hidden(it: char) -> Option<&'static str> {
    Some(match it {
        '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => LINE_END,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "which turns the direction of what is shown"
        }
        '\u{200b}' | '\u{2060}' => "which has no width",
        _ => return None,
    })
}

/// Whether editors show it as the end of a line.
pub(super) fn ends_line(it: char) -> bool {
    hidden(it) == Some(LINE_END)
}

/// Whether it is a quote of a mail program or of another language.
pub(super) fn is_quote(it: char) -> bool {
    matches!(it, '\'' | '`' | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}')
}

/// A text in quotes of elsewhere is read as one; when it does not end in its line, all that is left of that is the text.
fn quoted(rest: &str, next: char) -> Found {
    let (first, what) = (next.len_utf8(), Foreign::Quote(next));
    let line = rest.get(..line_length(rest)).unwrap_or_default();
    let inside = line.get(first..).unwrap_or_default();
    let Some((at, last)) = inside.char_indices().find(|(_, it)| is_quote(*it) || *it == '"') else {
        let text = line.trim_end_matches(|it: char| it.is_whitespace() || ",)]{}".contains(it));
        let length = text.len().max(first).max(2);
        return Found { edits: vec![(0..length, "\"\"")], ..Found::blank(what, length) };
    };
    // Two straight ones belong to each other.
    if last == '"' && inside.matches('"').count() % 2 == 0 {
        return Found::blank(what, first);
    }
    let (end, length) = (first + at, first + at + last.len_utf8());
    let edits = vec![(0..first - 1, ""), (first - 1..first, "\""), (end..length, "\"")];
    Found { what, length, edits }
}

fn character(next: char) -> Found {
    let length = next.len_utf8();
    let (what, put) = match next {
        '\u{ff01}'..='\u{ff5e}' => {
            let at = next as usize - 0xff01;
            let ascii = ASCII.get(at..=at).unwrap_or_default();
            (Foreign::Like(next, ascii), ascii)
        }
        '\u{2010}'..='\u{2015}' | '\u{2212}' => (Foreign::Like(next, "-"), "-"),
        '\u{2026}' => (Foreign::Like(next, ".."), ".."),
        '\u{2260}' => (Foreign::Like(next, "!="), "!="),
        '\u{2264}' => (Foreign::Like(next, "<="), "<="),
        '\u{2265}' => (Foreign::Like(next, ">="), ">="),
        '\u{d7}' => (Foreign::Like(next, "*"), "*"),
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}' => (Foreign::Invisible(next), ""),
        _ if hidden(next).is_some() => (Foreign::Invisible(next), ""),
        _ if next.is_whitespace() || next.is_control() => (Foreign::Invisible(next), ""),
        _ if next.is_alphanumeric() => (Foreign::Letter(next), letters(length)),
        _ => (Foreign::Unknown(next), ""),
    };
    Found { what, length, edits: vec![(0..length, put)] }
}

/// What a name has instead of letters that it cannot have.
pub(super) fn letters(length: usize) -> &'static str {
    "____".get(..length).unwrap_or_default()
}

/// What the full-width forms stand for, in their order.
const ASCII: &str =
    "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

impl Foreign {
    /// What is to be said of it, and the way out.
    pub(super) fn told(self) -> (String, String) {
        match self {
            Foreign::Quote('\'' | '`') => {
                ("texts stand in double quotes".into(), "write `\"like this\"`".into())
            }
            Foreign::Quote(quote) => {
                (format!("`{quote}` is a typographic quote, not a \""), "write \"straight quotes\"".into())
            }
            Foreign::Invisible(it) => {
                let message = format!("an invisible character stands here: U+{:04X}", u32::from(it));
                match hidden(it) {
                    Some(LINE_END) => {
                        (format!("{message}, {LINE_END}"), "save the file with the line ends LF".into())
                    }
                    Some(what) => (format!("{message}, {what}"), BLANKS.into()),
                    None => (message, BLANKS.into()),
                }
            }
            Foreign::Like(it, meant) => {
                (format!("`{it}` only looks like `{meant}`"), format!("write `{meant}`"))
            }
            Foreign::Letter(it) => (
                format!(
                    "`{it}` (U+{:04X}) cannot stand in a name, even where it looks like it could",
                    u32::from(it)
                ),
                "names are written with a to z, A to Z, digits and `_`".into(),
            ),
            Foreign::Unknown('\u{fffd}') => (
                "a character was lost here: the file was not saved as UTF-8".into(),
                "save it as UTF-8".into(),
            ),
            Foreign::Unknown(it) => (format!("`{it}` has no meaning here"), "leave it out".into()),
            Foreign::Comment(start) => {
                ("a comment starts with `//`".into(), format!("write `//` instead of `{start}`"))
            }
            Foreign::Merge => (
                "a merge was not finished: two versions of these lines stand here".into(),
                "keep one of them, and delete the lines with `<<<<<<<`, `=======` and `>>>>>>>`".into(),
            ),
            Foreign::Wrapping(what) => (
                format!("this is {what}, and no part of the file"),
                "delete it: it was copied with the text".into(),
            ),
            Foreign::Ellipsis => {
                ("something is left out here".into(), "write it, or delete the `...`".into())
            }
            Foreign::Item => {
                ("lists are written in one pair of brackets".into(), "write `[\"a\", \"b\"]`".into())
            }
            Foreign::Diff(sign) => {
                (format!("a line starts with `{sign}`, as in a patch"), format!("delete the `{sign}`"))
            }
        }
    }
}
