//! The words of a text, its comments among them.

use super::marks::Marks;

/// What a token is, as far as the layout cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, a literal, a text in quotes.
    Word,
    /// An operator or a bracket.
    Sign,
    /// `// …` or `/// …`
    Comment,
    /// What could not be parsed; it may go over lines.
    Raw,
}

/// One of them, with what stands before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    pub(super) start: usize,
    /// Line ends between the one before and this.
    pub(super) breaks: usize,
}

impl Token<'_> {
    pub(super) fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    pub(super) fn opens(&self) -> bool {
        self.kind == Kind::Sign && matches!(self.text, "{" | "(" | "[")
    }

    pub(super) fn closes(&self) -> bool {
        self.kind == Kind::Sign && matches!(self.text, "}" | ")" | "]")
    }
}

/// Signs of more than one character, those that start like another first.
const SIGNS: [&str; 7] = ["..", "=>", "==", "!=", "<=", ">=", "??"];

/// Takes a text apart; nothing but blanks and line ends is left out.
pub(super) fn tokens<'t>(text: &'t str, marks: &Marks) -> Vec<Token<'t>> {
    let (mut found, mut at) = (Vec::new(), 0);
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let code = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let start = at + rest.len() - code.len();
        let Some(first) = code.chars().next() else { return found };
        let breaks = text.get(at..start).map_or(0, |blanks| blanks.matches('\n').count());
        let (kind, end) = token(text, code, start, first, marks);
        // Blanks at the end of a comment are no part of it.
        let written = text.get(start..end).unwrap_or_default();
        let written = if kind == Kind::Comment { written.trim_end() } else { written };
        found.push(Token { kind, text: written, start, breaks });
        at = end;
    }
}

fn token(text: &str, code: &str, start: usize, first: char, marks: &Marks) -> (Kind, usize) {
    if let Some(end) = marks.raw_end(start) {
        return (Kind::Raw, end.min(text.len()).max(start + first.len_utf8()));
    }
    if code.starts_with("//") {
        return (Kind::Comment, start + code.find('\n').unwrap_or(code.len()));
    }
    if let Some(end) = marks.word_end(start) {
        return (Kind::Word, end.min(text.len()).max(start + first.len_utf8()));
    }
    let word = code.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(code.len());
    if word > 0 {
        return (Kind::Word, start + word);
    }
    let is_type = matches!(first, '<' | '>') && !marks.compares(start);
    let sign = SIGNS.iter().find(|sign| code.starts_with(**sign)).filter(|_| !is_type);
    let sign = sign.map_or(first.len_utf8(), |sign| sign.len());
    (Kind::Sign, start + sign)
}
