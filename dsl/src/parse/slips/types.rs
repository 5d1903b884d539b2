//! Types that other languages write in another way, or that break off.

use super::super::Rule;
use super::super::forms::{prefix, skip};
use super::super::messages::{found, is_word};
use super::{BETWEEN_FIELDS, CHOICE, IN_NAME, Place, last_word};
use crate::diagnostic::Diagnostic;
use crate::types::Type;

const MAY_BE_NULL: &str = "what may be null has its `?` behind the type";

impl Place<'_> {
    /// Types that break off: the word before the place is one as far as the grammar knows.
    pub(super) fn in_type(&self) -> Option<Diagnostic> {
        if !matches!(self.form, "input" | "type") || !matches!(self.expected, "" | "a field") {
            return None;
        }
        if self.expected == "a field" {
            return self.in_record_type();
        }
        let word = last_word(self.before().trim_end());
        if let Some(message) = self.without_comma() {
            return Some(message);
        }
        match self.found() {
            "<" => Some(self.in_angles(word)),
            ">" => Some(self.here("this `>` closes nothing", "leave it out")),
            "!" => Some(self.here(
                "a type has no `!` behind it",
                "leave it out: null is only what has a `?` behind its type",
            )),
            "|" => Some(match self.behind(1) {
                "null" if word.is_empty() => self.here(MAY_BE_NULL, "write it as in `\"A\" | \"B\"?`"),
                "null" => self.here(MAY_BE_NULL, &format!("write `{word}?`")),
                _ => self.here("only texts are a choice", CHOICE),
            }),
            "of" if matches!(word, "list" | "map") => {
                let of = self.behind(2);
                Some(self.here("the type of what it holds stands in angles", &format!("write {word}<{of}>")))
            }
            _ => None,
        }
    }

    /// `<` behind a word.
    fn in_angles(&self, word: &str) -> Diagnostic {
        let start = self.before().trim_end().len() - word.len();
        let rule = match word {
            "list" => Rule::list_type,
            "map" => Rule::map_type,
            _ => {
                let message = format!("there is no type `{word}<…>`");
                let help = match Type::elsewhere(word) {
                    Some(known @ ("list" | "map")) => format!("write `{known}`"),
                    _ if matches!(word.to_ascii_lowercase().as_str(), "optional" | "option" | "maybe") => {
                        "what may be null has a `?` behind its type, as in string?".to_owned()
                    }
                    _ => "types that hold others are written as in list<string> and map<string>".to_owned(),
                };
                return self.told(self.at - start, word.len(), &message, &help);
            }
        };
        let unclosed = || self.here("this `<` is never closed", "add the `>` that ends the type");
        let Err(inner) = prefix(rule, self.reader.text, start) else { return unclosed() };
        let is_next_line = self.reader.text.get(self.at..inner.at).is_some_and(|it| it.contains('\n'));
        let place = Place { at: inner.at, expected: "a field", ..*self };
        match place.found() {
            ">" if place.before().trim_end().ends_with('<') => place.here(
                "nothing stands between `<` and `>`",
                &format!("write what the {word} holds, as in {word}<string>"),
            ),
            "," if word == "map" => {
                let of = found(self.reader.text, skip(self.reader.text, inner.at + 1));
                place.here(
                    "the keys of a map are texts, and only what it holds is named",
                    &format!("write map<{of}>"),
                )
            }
            "" | "=" => unclosed(),
            found => place.without_comma().or_else(|| place.in_record_type()).unwrap_or_else(|| match () {
                () if is_next_line => unclosed(),
                () => place
                    .here(&format!("`{found}` cannot stand here"), &format!("write it as in {word}<string>"))
                    .label("`>` is expected"),
            }),
        }
    }

    /// Whether something else than a `,` stands between two fields, or nothing.
    fn without_comma(&self) -> Option<Diagnostic> {
        let found = self.found();
        let is_next = is_word(found) && self.behind(found.len()) == ":";
        let help = match found {
            ";" => "write `,`",
            _ if is_next => "add the `,` before this one",
            _ => return None,
        };
        let is_inside = self.of_type().matches('{').count() > self.of_type().matches('}').count();
        is_inside.then(|| self.here(BETWEEN_FIELDS, help))
    }

    /// What stands before the place, from the line on in which the item or clause starts.
    fn of_type(&self) -> &str {
        let before = self.before();
        let word = format!("{} ", self.form);
        let starts_line =
            |at: &usize| before.get(..*at).is_some_and(|it| it.trim_end_matches([' ', '\t']).ends_with('\n'));
        let start = before.rmatch_indices(&word).map(|(at, _)| at).find(starts_line);
        before.get(start.unwrap_or_default()..).unwrap_or_default()
    }

    /// The fields of a record type.
    fn in_record_type(&self) -> Option<Diagnostic> {
        let name = self.found();
        if name == "\"" {
            let name = self.rest().split('"').nth(1)?;
            let help = format!("write `{name}`");
            return Some(self.told(0, name.len() + 2, "the name of a field stands without quotes", &help));
        }
        if !is_word(name) {
            return None;
        }
        Some(match self.behind(name.len()) {
            "?" => self.told(0, name.len() + 1, MAY_BE_NULL, &format!("write it as in {name}: string?")),
            "=" => self.word()?,
            "-" => Place { at: self.at + name.len(), ..*self }.here(IN_NAME, "write `_` in its place"),
            ty if is_word(ty) => {
                self.here("a field is a name, a `:` and a type", &format!("write {name}: {ty}"))
            }
            _ => return None,
        })
    }
}
