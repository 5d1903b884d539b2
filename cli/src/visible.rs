//! Values and answers may hold anything. Where they are shown, nothing of it turns a terminal or begins a line of its own.

/// A text in which nothing turns the direction of a terminal or moves its cursor. What is hidden is as long
/// as before, in bytes too: labels point into it.
pub(crate) fn visible(text: &str) -> String {
    let shown = |it: char| match it {
        '\t' | '\n' => it,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => {
            '\u{fffd}'
        }
        it if it.is_ascii_control() => '?',
        it if it.is_control() => '¿',
        it => it,
    };
    text.chars().map(shown).collect()
}

/// A text that stays in its line: what follows a line end could pass for something that hcxrun says.
pub(crate) fn in_line(text: &str) -> String {
    visible(text).replace('\n', "⏎")
}

#[cfg(test)]
mod tests {
    use super::{in_line, visible};

    #[test]
    fn nothing_leaves_its_line() {
        let name = "web\u{1b}[2J-30\u{9b}31m\r\n    ✓ limit  holds\u{202e}";
        assert_eq!(in_line(name), "web?[2J-30¿31m?⏎    ✓ limit  holds\u{fffd}");
        assert_eq!(visible(name).len(), name.len());
    }
}
