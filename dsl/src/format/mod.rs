//! The one layout of a text.
//!
//! ```text
//! text ─ marks ─► tokens ─ lines ─► lines with their indentation ─ align ─► text
//! ```
//!
//! Where lines break is the author's choice; how far they are indented, what stands between two words and what stands
//! under what is not. No word and no comment is ever added, dropped or moved to another line, and what could not be parsed
//! is left as it stands.

mod align;
mod lines;
mod marks;
mod spacing;
mod tokens;

use marks::Marks;
use tokens::{Token, tokens};

/// Brings a text into the one layout. A text that cannot be parsed at all comes back as it is.
pub fn format(text: &str) -> String {
    let Some(marks) = Marks::of(text) else { return text.to_owned() };
    let words = tokens(text, &marks);
    let formatted = align::text(&lines::lines(&words, &marks));
    // A promise, not a hope: whatever the rules above do, the same words come out.
    if same_words(&words, &formatted) { formatted } else { text.to_owned() }
}

fn same_words(words: &[Token<'_>], formatted: &str) -> bool {
    let Some(marks) = Marks::of(formatted) else { return false };
    let again = tokens(formatted, &marks);
    words.len() == again.len() && words.iter().zip(&again).all(|(a, b)| a.text == b.text)
}
