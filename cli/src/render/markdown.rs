//! Markdown as our own pages use it, for a terminal: a title, paragraphs, and blocks of text as it is.

use super::{TERMINAL, at_blanks};

/// For a terminal. Paragraphs are indented by two, blocks by four; the marks of Markdown stay, but for those of titles and blocks.
pub(crate) fn text(page: &str) -> String {
    let (mut text, mut paragraph, mut in_block) = (String::new(), Vec::new(), false);
    for line in page.lines() {
        let is_fence = line.starts_with("```");
        if is_fence || in_block || line.is_empty() || line.starts_with('#') {
            text.push_str(&wrapped(&std::mem::take(&mut paragraph)));
        }
        match line {
            _ if is_fence => in_block = !in_block,
            "" => text.push('\n'),
            code if in_block => text.push_str(&format!("    {code}\n")),
            title if title.starts_with('#') => {
                text.push_str(&format!("{}\n", title.trim_start_matches(['#', ' '])));
            }
            words => paragraph.push(words),
        }
    }
    text + &wrapped(&paragraph)
}

fn wrapped(lines: &[&str]) -> String {
    let options = at_blanks(TERMINAL).initial_indent("  ").subsequent_indent("  ");
    let words = lines.join(" ");
    if words.is_empty() { words } else { textwrap::fill(&words, options) + "\n" }
}
