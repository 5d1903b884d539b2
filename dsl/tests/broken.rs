//! Good files broken as tired people break them: one mistake each, and the first message has to name its line and its
//! cause. The tables stand in `tests/broken`; its README says how they are written.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod mistake;
mod repository;

use hcxrun_dsl::{Diagnostic, Sources, load};

use mistake::{Expected, Mistake};
use repository::{Repository, entries, root, text};

/// Fewer would say little about what people do.
const LEAST: usize = 170;

#[test]
fn the_first_message_names_the_line_and_the_cause() {
    let tables = entries(&root().join("tests/broken"));
    let tables = tables.iter().filter(|path| path.extension().is_some_and(|it| it == "txt"));
    let mistakes: Vec<Mistake> = tables.flat_map(|path| mistake::read(&text(path).unwrap())).collect();
    let wrong: Vec<String> = mistakes.iter().filter_map(|it| judge(it).err()).collect();
    let right = mistakes.len() - wrong.len();
    let more = mistakes.iter().filter(|it| it.expected.len() > 1).count();
    println!(
        "{right} of {} broken files: right line and right cause first; {more} with a second message",
        mistakes.len()
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(mistakes.len() >= LEAST, "only {} mistakes", mistakes.len());
}

/// Whether a mistake is told as it should be: as many messages as expected, each at its line with its words.
fn judge(it: &Mistake) -> Result<(), String> {
    let broken = it.apply().map_err(|why| format!("== {}: {why}", it.title))?;
    let (program, found) = load(&broken.module, &mut Repository);
    let is_told = |(found, expected): (&Diagnostic, &Expected)| {
        let line = format!("{}:{}:", broken.path, broken.line(expected));
        program.sources.position(found.label.span).starts_with(&line)
            && found.code == expected.code
            && expected.phrases.iter().all(|phrase| said(found).contains(phrase.as_str()))
    };
    let is_right = found.len() == it.expected.len()
        && !it.expected.is_empty()
        && found.iter().zip(&it.expected).all(is_told);
    if is_right { Ok(()) } else { Err(format!("== {}\n{}", it.title, all(&program.sources, &found))) }
}

fn said(it: &Diagnostic) -> String {
    let label = (!it.label.text.is_empty()).then_some(&it.label.text);
    let parts = [Some(&it.message), label, it.origin.as_ref(), it.help.as_ref()];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" | ")
}

/// What was said, as a table would expect it.
fn all(sources: &Sources, found: &[Diagnostic]) -> String {
    let lines = found.iter().map(|it| {
        let text = sources.get(it.label.span.source).map_or("", |source| &source.text);
        let before = text.get(..it.label.span.start as usize).unwrap_or(text);
        let line = text.lines().nth(before.matches('\n').count()).unwrap_or_default();
        format!("   {}\n> {}\n! {} {}\n", sources.position(it.label.span), line.trim(), it.code, said(it))
    });
    lines.collect()
}
