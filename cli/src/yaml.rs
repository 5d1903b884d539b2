//! What the reader of YAML says of a text that is none, in words that lead to its mending. They show nothing of the text: a
//! secret may stand there.

/// What is wrong with a text, where, and what to do about it.
pub(crate) struct Broken {
    pub(crate) message: String,
    /// Counted from 1.
    pub(crate) line: usize,
    /// In characters, counted from 1.
    pub(crate) column: usize,
    pub(crate) help: Option<&'static str>,
}

/// Explains what the reader said of a place; without one, of the whole.
pub(crate) fn explain(text: &str, said: &str, at: Option<(usize, usize)>) -> Option<Broken> {
    let broken = |(line, column), message: &str, help| {
        Some(Broken { message: message.to_owned(), line, column, help: Some(help) })
    };
    let lines: Vec<&str> = text.lines().collect();
    let starting = |start: &str| lines.iter().position(|it| it.starts_with(start)).map(|it| (it + 1, 1));
    if let (Some(at), Some(_)) = (starting("<<<<<<< "), starting(">>>>>>> ")) {
        let help = "keep one of the two sides, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`";
        return broken(at, "a merge was not brought to its end here", help);
    }
    if said.contains("more than one document") {
        let is_second = |(number, it): &(usize, &&str)| *number > 0 && it.trim_end() == "---";
        let second = lines.iter().enumerate().filter(is_second).map(|(number, _)| number + 1).next_back();
        return broken(
            (second.unwrap_or(1), 1),
            "a second document begins here",
            "one file holds one: remove the line `---`, or what stands before it",
        );
    }
    let at = at?;
    let line = lines.get(at.0.saturating_sub(1)).copied().unwrap_or_default();
    if line.trim_start_matches(' ').starts_with('\t') {
        return broken(at, said, "YAML is indented with spaces, not with tabs");
    }
    if said.contains("expected a string key") && line.contains("{{") {
        let help = "write the value itself, or leave the line out and give it with `--set NAME=VALUE`";
        return broken(at, "`{{ … }}` is for other tools to fill in, and nobody did", help);
    }
    if said.contains("invalid type: enum") {
        let help = "write the value itself; how a secret is given without standing in the file, `hcxrun explain HR028` tells";
        return broken(
            at,
            "a word with `!` before it is a tag, as other tools have them, and means nothing here",
            help,
        );
    }
    if said.starts_with("mapping values are not allowed") {
        return Some(second_colon(&lines, at));
    }
    // What was begun and has no end is told where it begins.
    let begun = begun(said).unwrap_or(at);
    let (message, help) = match said {
        _ if said.contains("scanning a quoted scalar") && said.contains("end of stream") => {
            ("this quote is not closed", "close it at the end of the value")
        }
        _ if said.starts_with("could not find expected ':'") => no_name(&lines, begun.0),
        _ if said.contains("expected ',' or ']'") => {
            ("this `[` is not closed", "elements are separated by `,`, and `]` closes the list")
        }
        _ if said.contains("expected ',' or '}'") => {
            ("this `{` is not closed", "fields are separated by `,`, and `}` closes the record")
        }
        _ => {
            let (message, help) = match said {
                _ if said.starts_with("unknown anchor") => (
                    "a value that begins with `*` is the name of another one, and there is none of that name",
                    QUOTES,
                ),
                _ if said.contains("cannot start any token") => {
                    ("a value does not begin with this character", QUOTES)
                }
                _ if said.starts_with("did not find expected key") => (
                    "this does not fit to what stands before",
                    "the names of one record begin at one column; a value with quotes in it stands in quotes as a whole",
                ),
                _ if said.starts_with("block sequence entries") => (
                    "a list does not begin here",
                    "write `- …` on lines of its own below the name, or `[…]` behind it",
                ),
                _ if said.contains("unknown escape character") => (
                    "`\\` in double quotes begins one of few signs, and this is none of them",
                    "put the value in single quotes, where `\\` is no more than itself",
                ),
                _ => return None,
            };
            return broken(at, message, help);
        }
    };
    broken(begun, message, help)
}

const QUOTES: &str = "put the value in quotes";

/// Where that began which the reader was at: `… at line 1 column 7`.
fn begun(said: &str) -> Option<(usize, usize)> {
    let (_, place) = said.rsplit_once(" at line ")?;
    let (line, column) = place.split_once(" column ")?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

/// A `: ` where none may be: mostly because the line before has none, and goes on in this one.
fn second_colon(lines: &[&str], (line, column): (usize, usize)) -> Broken {
    let is_said = |it: &&str| !it.trim().is_empty() && !it.trim_start().starts_with('#');
    let before = lines.iter().take(line.saturating_sub(1)).rposition(is_said);
    let within = lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
    let indent = |it: &str| it.len() - it.trim_start().len();
    let has_name = |it: &str| it.contains(": ") || it.trim_end().ends_with(':');
    let earlier: String = within.chars().take(column.saturating_sub(1)).collect();
    if has_name(&format!("{earlier} ")) {
        let help = "put the value in quotes; the reference to a secret has no blank in it: `env:NAME`";
        let message = "a second `: ` stands in one line".to_owned();
        return Broken { message, line, column, help: Some(help) };
    }
    match before.and_then(|at| Some((at, *lines.get(at)?))) {
        Some((at, text)) if !has_name(text) => {
            let (message, help) = no_name(lines, at + 1);
            Broken { message: message.to_owned(), line: at + 1, column: indent(text) + 1, help: Some(help) }
        }
        _ => {
            let message = "this line begins further right than the one before it".to_owned();
            let help = "the names of one record begin at one column";
            Broken { message, line, column: indent(within) + 1, help: Some(help) }
        }
    }
}

/// A line that ought to have a name.
fn no_name(lines: &[&str], line: usize) -> (&'static str, &'static str) {
    let text = lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
    let help = match text {
        _ if text.contains(':') => "a blank stands behind the colon: `name: value`",
        _ if text.contains('=') => "a colon stands between the two: `name: value`",
        _ => "write `name: value`, or put a text of several lines behind `|`",
    };
    ("no `: ` stands in this line", help)
}
