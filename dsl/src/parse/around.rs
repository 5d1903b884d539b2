//! What the grammar makes of a place in a text: what its block can still hold, and what the word there says.

use std::ops::Range;

use pest::iterators::Pair;

use super::forms::{FORMS, Form, IF};
use super::{Rule, understand};
use crate::builtin::{CLAUSES, POLICIES, TYPES, WORDS, doc_of};

/// How an item or a clause is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The words that it starts with.
    pub title: &'static str,
    /// All of it; words in capitals stand for a part of that sort.
    pub form: String,
    /// What it says.
    pub doc: &'static str,
}

/// What a word of the language says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Where it stands.
    pub range: Range<usize>,
    /// How that is written which it belongs to.
    pub form: String,
    /// What it says.
    pub doc: &'static str,
}

/// The items and clauses that can be added at a place: to the block that `word` begins there, to the file without one.
/// What may stand once and stands there is left out.
pub fn forms(text: &str, offset: usize, word: Option<&str>) -> Vec<Clause> {
    let level = match word {
        None => Some(Rule::file),
        Some(word) => FORMS.iter().find(|form| form.title == word).map(|form| form.rule),
    };
    let Some(level) = level else { return Vec::new() };
    let held = understand(text, |file, _| held(file, level, offset)).unwrap_or_default();
    let is_free = |form: &&Form| !(form.is_single && held.contains(&form.rule));
    FORMS.iter().filter(|form| form.levels.contains(&level)).filter(is_free).map(clause).collect()
}

fn clause(form: &Form) -> Clause {
    let doc = doc_of(&CLAUSES, form.title).unwrap_or_default();
    Clause { title: form.title, form: form.shown(), doc }
}

/// What the innermost block of a sort around a place holds, but for what starts there.
fn held(file: Pair<'_, Rule>, level: Rule, offset: usize) -> Vec<Rule> {
    let blocks = way(file, &(offset..offset));
    let block = blocks.into_iter().rev().find(|pair| pair.as_rule() == level);
    let parts = block.into_iter().flat_map(Pair::into_inner);
    parts.filter(|part| part.as_span().start() != offset).map(|part| part.as_rule()).collect()
}

/// From the file down to the innermost part around a stretch.
fn way<'t>(file: Pair<'t, Rule>, stretch: &Range<usize>) -> Vec<Pair<'t, Rule>> {
    let holds = |part: &Pair<'_, Rule>| {
        let span = part.as_span();
        span.start() <= stretch.start && stretch.end <= span.end()
    };
    let mut next = Some(file);
    let down = std::iter::from_fn(|| {
        let part = next.take()?;
        next = part.clone().into_inner().find(holds);
        Some(part)
    });
    down.collect()
}

/// What the word says that a place is in, where it is one of the language and no name.
pub fn word_at(text: &str, offset: usize) -> Option<Word> {
    let range = word(text, offset)?;
    let (form, doc) = understand(text, |file, _| said(text.get(range.clone())?, &way(file, &range)))??;
    Some(Word { range, form, doc })
}

fn word(text: &str, offset: usize) -> Option<Range<usize>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (before, behind) = text.split_at_checked(offset)?;
    let start = before.trim_end_matches(is_part).len();
    let end = text.len() - behind.trim_start_matches(is_part).len();
    (start < end).then_some(start..end)
}

/// The form that a word belongs to and what is to be said of it, by the parts around it.
fn said(word: &str, way: &[Pair<'_, Rule>]) -> Option<(String, &'static str)> {
    let (part, around) = way.split_last()?;
    let alone =
        |table: &[(&'static str, &'static str)], word: &str| Some((word.to_owned(), doc_of(table, word)?));
    match part.as_rule() {
        Rule::policy => alone(&POLICIES, &part.as_str().split_whitespace().collect::<Vec<_>>().join(" ")),
        Rule::course_back => alone(&POLICIES, "rollback"),
        Rule::course_on | Rule::course_again | Rule::and | Rule::or | Rule::not | Rule::null => {
            alone(&WORDS, word)
        }
        Rule::with => Some(("RECORD with { NAME: VALUE }".to_owned(), doc_of(&WORDS, "with")?)),
        Rule::each => Some(("for NAME in LIST by KEY".to_owned(), doc_of(&WORDS, "for")?)),
        Rule::if_ => Some((IF.shown(), doc_of(&CLAUSES, IF.title)?)),
        Rule::list_type | Rule::map_type => Some((format!("{word}<TYPE>"), doc_of(&TYPES, word)?)),
        Rule::ident if around.last()?.as_rule() == Rule::type_ => alone(&TYPES, word),
        // Parts of clauses that begin with a word of their own.
        Rule::zone | Rule::keep | Rule::within | Rule::otherwise | Rule::use_file | Rule::method => {
            around.iter().rev().find_map(|part| of_clause(part.as_rule()))
        }
        rule => of_clause(rule),
    }
}

fn of_clause(rule: Rule) -> Option<(String, &'static str)> {
    let forms: Vec<&Form> = FORMS.iter().filter(|form| form.rule == rule).collect();
    let doc = doc_of(&CLAUSES, forms.first()?.title)?;
    Some((forms.iter().map(|form| form.shown()).collect::<Vec<_>>().join("\n"), doc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Type;

    #[test]
    fn every_form_and_every_type_has_its_line() {
        let known: Vec<&str> = CLAUSES.iter().map(|(title, _)| *title).collect();
        let mut titles: Vec<&str> = FORMS.iter().chain([&IF]).map(|form| form.title).collect();
        titles.dedup();
        assert!(
            titles.iter().all(|title| known.contains(title)) && known.iter().all(|it| titles.contains(it))
        );
        let types: Vec<&str> = TYPES.iter().map(|(word, _)| *word).collect();
        assert!(types.iter().all(|word| Type::from_word(word).is_some() || ["list", "map"].contains(word)));
        assert!(Type::WORDS.iter().all(|word| types.contains(word)));
    }
}
