//! Mistakes that people make because other languages, or other programs, have it that way.

mod types;

use super::Reader;
use super::forms::{FORMS, Form, skip};
use super::messages::{found, is_word};
use super::words::{OPERATOR, VALUE};
use crate::diagnostic::Diagnostic;

/// What is said of a sign that other languages have behind each line; a text that has one has many.
pub(crate) const BETWEEN_CLAUSES: &str = "nothing stands between clauses";

/// What is written, what is to be said of it, and what to write instead; the longer ones first.
const SLIPS: &[(&str, &str, &str)] = &[
    ("&&", "`&&` is no operator", "write `and`"),
    ("||", "`||` is no operator", "write `or`"),
    ("=~", "there are no regular expressions", "write `.contains(…)`, `.starts_with(…)` or `.ends_with(…)`"),
    ("is not ", "`is not` is no operator", "write `!=`"),
    ("not in ", "`not in` is no operator", "write `not list.contains(value)`"),
    ("::", "`::` is no sign of this language", "write `.`"),
    (":=", "`:=` gives no name a value", "write `=`"),
    ("+=", "a value never changes", "write `=`"),
    ("-=", "a value never changes", "write `=`"),
    ("${", "`${…}` stands only in a text", "write the name alone"),
    ("$", "a name stands without `$`", "write the name alone; in a text it is `${name}`"),
    (";", BETWEEN_CLAUSES, "leave the `;` out"),
];

/// Words of other languages where an operator or a word of this one is wanted.
const WORDS: &[(&str, &str)] = &[
    ("is", "write `==`"),
    ("equals", "write `==`"),
    ("in", "write `list.contains(value)`"),
    ("of", "write `in`"),
    ("foreach", "write `for`"),
    ("elif", "write `else if`"),
    ("elsif", "write `else if`"),
    ("elseif", "write `else if`"),
    ("unless", "write `when not`"),
    ("times", "leave it out"),
];

/// What is said in more than one place.
const BETWEEN_FIELDS: &str = "fields of a record stand between `,`";
const CHOICE: &str = "write it as in `\"A\" | \"B\"`";
const IN_NAME: &str = "`-` cannot stand in a name";

/// A place where the text could not be understood any more.
struct Place<'r> {
    reader: &'r Reader<'r>,
    at: usize,
    /// What was expected there.
    expected: &'r str,
    /// What was being read.
    form: &'r str,
    /// Whether that has a value in it, and not only words, numbers and texts.
    has_values: bool,
}

/// The message for a slip, if it is one.
pub(super) fn slip(
    reader: &Reader<'_>,
    at: usize,
    expected: &str,
    form: Option<&Form>,
) -> Option<Diagnostic> {
    let has_values = form.is_none_or(Form::has_values);
    let place = Place { reader, at, expected, form: form.map_or("", |form| form.title), has_values };
    let ways = [
        Place::in_type,
        Place::in_use,
        Place::operator,
        Place::of_form,
        Place::in_name,
        Place::in_text,
        Place::sign,
        Place::word,
    ];
    ways.into_iter().find_map(|way| way(&place))
}

impl Place<'_> {
    fn rest(&self) -> &str {
        self.reader.text.get(self.at..).unwrap_or_default()
    }

    fn before(&self) -> &str {
        self.reader.text.get(..self.at).unwrap_or_default()
    }

    fn line(&self) -> &str {
        self.rest().lines().next().unwrap_or_default()
    }

    fn found(&self) -> &str {
        found(self.reader.text, self.at)
    }

    /// The message about `length` bytes, `back` before the place.
    fn told(&self, back: usize, length: usize, message: &str, help: &str) -> Diagnostic {
        let start = self.at.saturating_sub(back);
        Diagnostic::error("HR001", self.reader.at(start, start + length), message).help(help)
    }

    fn here(&self, message: &str, help: &str) -> Diagnostic {
        self.told(0, self.found().len().max(1), message, help)
    }

    /// Operators of other languages.
    fn operator(&self) -> Option<Diagnostic> {
        let (rest, before) = (self.rest(), self.before());
        let is_naming = self.expected == "`=`";
        if rest.starts_with(';') && self.expected == OPERATOR {
            return Some(self.here(BETWEEN_FIELDS, "write `,`"));
        }
        if let Some(address) = self.address() {
            return Some(address);
        }
        if let Some((wrong, message, help)) = SLIPS.iter().find(|(wrong, ..)| rest.starts_with(wrong)) {
            return Some(self.told(0, wrong.len(), message, help));
        }
        Some(match self.found() {
            "=" if is_naming && rest.starts_with("==") => {
                self.told(0, 2, "`==` compares; it gives no name a value", "write `=`")
            }
            "=" if is_naming && rest.starts_with("=>") => {
                self.told(0, 2, "`=>` makes a lambda; it gives no name a value", "write `=`")
            }
            ">" if before.ends_with('-') => {
                let (owner, field) = (last_word(before.trim_end_matches('-')), self.behind(1));
                let is_glued = !owner.is_empty() && rest.get(1..).is_some_and(|it| it.starts_with(field));
                let help = match field {
                    _ if !is_glued || field == owner => "a lambda is written `x => x.name`".to_owned(),
                    field => format!("write `{owner}.{field}`"),
                };
                self.told(1, 2, "`->` is no sign of this language", &help)
            }
            ">" if before.ends_with('<') => self.told(1, 2, "`<>` is no operator", "write `!=`"),
            "=" if before.ends_with("==") => self.told(2, 3, "`===` is no operator", "write `==`"),
            "+" if before.ends_with('+') => self.told(1, 2, "`++` is no operator", "write `+ 1`"),
            "+" if rest.starts_with("++") => self.told(0, 2, "`++` is no operator", "write `+ 1`"),
            "?" if rest.starts_with("?.") => {
                self.told(0, 2, "`?.` is no operator", "write `.`: a field of null is null")
            }
            "?" if self.line().contains(':') && !before.ends_with('"') => {
                self.here("`?` is no operator", "write `if a then b else c`")
            }
            "?" if before.ends_with('"') || self.form == "ask" => self.here(
                "a question mark stands outside of a text",
                "write the question in quotes, with its `?`",
            ),
            "?" => self.here("`?` is no operator", "write `??` for what is null, or `if a then b else c`"),
            "!" => self.here("`!` is no operator", "write `not`"),
            "=" if self.compares() => {
                self.here("`=` gives a name a value; it does not compare", "write `==`")
            }
            _ => return None,
        })
    }

    /// `2001:db8::1`
    fn address(&self) -> Option<Diagnostic> {
        let in_address = |it: char| it.is_ascii_hexdigit() || it == ':';
        let back = self.before().len() - self.before().trim_end_matches(in_address).len();
        let length = self.rest().len() - self.rest().trim_start_matches(in_address).len();
        let whole = self.reader.text.get(self.at - back..self.at + length)?;
        // `hcx::activate` has letters of an address in it.
        let is_address = self.rest().starts_with(':')
            && whole.contains(|it: char| it.is_ascii_digit())
            && whole.parse::<std::net::Ipv6Addr>().is_ok();
        is_address.then(|| {
            self.told(back, back + length, "addresses are those of IPv4", "write it as in 10.20.30.1")
        })
    }

    /// Whether an operator could stand here.
    fn compares(&self) -> bool {
        let (expected, form) = (self.expected, self.form);
        self.has_values
            && !matches!(form, "input" | "type")
            && (expected.is_empty()
                || expected.contains("operator")
                || matches!(expected, "`else`" | "`when`"))
    }

    /// The name of a module with something behind it, or in quotes.
    fn in_use(&self) -> Option<Diagnostic> {
        let before = self.before().trim_end();
        if self.form != "use" {
            return None;
        }
        if self.expected == "`as`" {
            let name =
                before.strip_suffix('"')?.rsplit('"').next().filter(|name| !name.contains(['.', '/']))?;
            let (back, help) = (self.at - before.len() + name.len() + 2, format!("write `use {name}`"));
            return Some(self.told(
                back,
                name.len() + 2,
                "a module of the library stands without quotes",
                &help,
            ));
        }
        let name = last_word(before);
        let is_module = before.strip_suffix(name).is_some_and(|before| before.trim_end().ends_with("use"));
        let is_path = self.line().contains(['/', '"']) || self.line().starts_with(".hcxrun");
        if !is_module || is_path || !matches!(self.found(), "." | ":") {
            return None;
        }
        let part = self.line().trim_start_matches(['.', ':']);
        let help = match found(part, 0) {
            part if is_word(part) => {
                format!("write `use {name}`; what it holds is called as in `{name}.{part}`")
            }
            _ => format!("write `use {name}`"),
        };
        let what = self.line().split_whitespace().next().unwrap_or_default();
        Some(self.told(0, what.len(), "`use` brings in a whole module", &help))
    }

    /// What belongs to one item or clause.
    fn of_form(&self) -> Option<Diagnostic> {
        let found = self.found();
        if self.form == "window"
            && let Some(message) = self.in_time()
        {
            return Some(message);
        }
        Some(match (self.form, found) {
            ("retry" | "takes" | "window", "." | "-" | "," | "to" | "until") => {
                self.here("a range is written with two dots", "write it as in `10s..2m`")
            }
            ("input" | "type", "," | "or" | "/") if self.before().trim_end().ends_with('"') => {
                self.here("the words of a choice stand between `|`", CHOICE)
            }
            ("by", "\"" | "and" | "&") => {
                self.here("those who are asked stand between `,`", "write it as in `by \"a\", \"b\"`")
            }
            ("use", "." | "/") => self.here(
                "a path stands in quotes and gets a name",
                "write it as in `use \"./pools.hcxrun\" as pools`",
            ),
            ("system", "=") if self.expected.is_empty() => self.here(
                "where a system is does not stand in a runbook",
                "leave it out: it stands in systems.yaml",
            ),
            ("step", ".") if self.expected == "`:`" => self.here(
                "this step has no name: an action stands where its name is expected",
                "write it as in `step group: hcx.activate_ha { … }`",
            ),
            ("step", "/") if self.expected == "`{`" => {
                self.here("an action is named with a dot", "write it as in `hcx.activate_ha`")
            }
            ("step", "(") if self.expected == "`{`" => {
                self.here("the arguments of a step stand in braces", "write `{ … }`, each as `name = value`")
            }
            ("input", "[") => self.here("a list type is written in angles", "write it as in `list<string>`"),
            _ => return None,
        })
    }

    /// What stands right behind a time and is none of it.
    fn in_time(&self) -> Option<Diagnostic> {
        let (sign, rest) = (self.found(), self.rest().get(1..)?);
        let digits = rest.split(|it: char| !it.is_ascii_digit() && it != ':').next()?;
        let is_end = !rest.get(digits.len()..)?.starts_with('-');
        if digits.is_empty() || !is_end || !self.before().ends_with(|it: char| it.is_ascii_digit()) {
            return None;
        }
        let is_short = digits.len() < 5 || (digits.len() == 5 && digits.contains(':'));
        match sign {
            "." => Some(self.told(
                0,
                1 + digits.len(),
                "a time has no fractions of a second",
                &format!("leave the `.{digits}` out"),
            )),
            "+" | "-" if is_short => {
                let hours = if digits.len() < 3 { digits.len() } else { digits.len() - 2 };
                let (hours, minutes) = digits.split_once(':').or_else(|| digits.split_at_checked(hours))?;
                let help = format!("write `{sign}{hours:0>2}:{minutes:0>2}`");
                let message = "an offset is written with hours and minutes";
                Some(self.told(0, 1 + digits.len(), message, &help))
            }
            _ => None,
        }
    }

    /// Names that are none.
    fn in_name(&self) -> Option<Diagnostic> {
        let found = self.found();
        if found == "-" && matches!(self.expected, "`:`" | "`{`" | "`=`" | "a name") {
            let is_letter = |it: char| it.is_ascii_alphabetic();
            let is_inside = self.before().ends_with(is_letter)
                && self.rest().get(1..).is_some_and(|behind| behind.starts_with(is_letter));
            return is_inside.then(|| self.here(IN_NAME, "write `_` in its place"));
        }
        if self.expected == "a name" && self.before().ends_with('.') {
            let digits = found.split(|it: char| !it.is_ascii_digit()).next().unwrap_or_default();
            if !digits.is_empty() {
                let help = format!("write `[{digits}]`");
                return Some(self.told(
                    1,
                    digits.len() + 1,
                    "an item of a list is taken by its number, from 0",
                    &help,
                ));
            }
        }
        let starts_with_digit =
            self.expected == "a name" && found.starts_with(|it: char| it.is_ascii_digit());
        starts_with_digit.then(|| self.here("a name starts with a letter or `_`", "put one before it"))
    }

    /// Texts that end too early, or have something before them.
    fn in_text(&self) -> Option<Diagnostic> {
        let (found, before) = (self.found(), self.before());
        if is_word(found) && before.ends_with('"') {
            return Some(self.here("the text ends before this", "a quote inside a text is written `\\\"`"));
        }
        let is_glued = before.ends_with(|it: char| it.is_ascii_alphanumeric());
        (found == "\"" && is_glued).then(|| {
            self.here(
                "no letter stands before a text",
                "write the text alone; values stand in it as `${name}`",
            )
        })
    }

    fn sign(&self) -> Option<Diagnostic> {
        Some(match self.found() {
            "{" if self.expected == "a field" && self.before().ends_with('{') => self.told(
                1,
                2,
                "a name stands without braces",
                "write the name alone; in a text it is `${name}`",
            ),
            "," if self.line().contains("=>") && self.expected == OPERATOR => {
                self.here("a lambda has one name", "write it as in `x => x.name`")
            }
            "," if self.is_decimal() => self.here("a number is written with a point", "write `.`"),
            "," if self.expected.is_empty() && self.stands_between() => {
                self.here(BETWEEN_CLAUSES, "leave the `,` out")
            }
            "," if self.expected.is_empty() && (self.form == "use" || self.names_more()) => self.here(
                &format!("nothing more belongs to this `{0}`", self.form),
                &format!("write another `{0}`, in a line of its own", self.form),
            ),
            "," if self.expected == OPERATOR => self.here(
                "one value stands here, and not several",
                "a list of them is written `[a, b]`; in a text each has its own `${…}`",
            ),
            ":" | "/" if let Some(quoted) = self.unquoted() => quoted,
            "." if self.expected.is_empty() => {
                self.here("no name stands behind this `.`", "write the name of a field or a method behind it")
            }
            _ => return None,
        })
    }

    /// Whether one clause is whole before a sign, and nothing or another clause stands behind it.
    fn stands_between(&self) -> bool {
        let text = self.reader.text;
        let next = skip(text, self.at + 1);
        let is_argument = self.form.is_empty() && self.names_more();
        text.get(self.at..next).is_some_and(|between| between.contains('\n'))
            || matches!(found(text, next), "" | "}")
            || is_argument
            || FORMS.iter().any(|form| form.word() == found(text, next))
    }

    /// Whether a name and its value, or its type, stand behind a sign.
    fn names_more(&self) -> bool {
        let text = self.reader.text;
        let next = skip(text, self.at + 1);
        let name = found(text, next);
        is_word(name) && matches!(found(text, skip(text, next + name.len())), "=" | ":")
    }

    /// An address or a path as it stands elsewhere: `https://a.b/c`, `/a/b`.
    fn unquoted(&self) -> Option<Diagnostic> {
        let scheme = last_word(self.before());
        let is_url = self.rest().starts_with("://") && !scheme.is_empty();
        let is_path = self.expected == VALUE
            && self
                .rest()
                .get(1..)
                .is_some_and(|path| path.starts_with(|it: char| it.is_ascii_alphanumeric()));
        let back = match () {
            () if is_url => scheme.len(),
            () if is_path && self.found() == "/" => 0,
            () => return None,
        };
        let ends = |it: char| it.is_whitespace() || ",;)]}\"".contains(it);
        let length = back + self.rest().find(ends).unwrap_or(self.rest().len());
        let whole = self.reader.text.get(self.at - back..self.at - back + length)?;
        Some(self.told(back, length, "texts stand in quotes", &format!("write `\"{whole}\"`")))
    }

    /// The word or the sign behind the first `length` bytes.
    fn behind(&self, length: usize) -> &str {
        found(self.reader.text, skip(self.reader.text, self.at + length))
    }

    /// Whether digits stand right before and behind a sign.
    fn is_decimal(&self) -> bool {
        let is_digit = |it: char| it.is_ascii_digit();
        self.before().ends_with(is_digit) && self.rest().get(1..).is_some_and(|it| it.starts_with(is_digit))
    }

    fn word(&self) -> Option<Diagnostic> {
        let word = self.found();
        if self.expected == "a field" {
            let equals = skip(self.reader.text, self.at + word.len());
            let place = Place { at: equals, ..*self };
            if matches!(place.found(), "}" | ",") && is_word(word) {
                let help = format!("write `{word}: {word}`");
                return Some(self.here("a field is a name, a `:` and a value", &help));
            }
            if place.found() == "-" && is_word(word) {
                let is_part = |it: char| it.is_ascii_alphanumeric() || "-_".contains(it);
                let name = self.rest().split(|it: char| !is_part(it)).next().unwrap_or_default();
                return Some(place.here(IN_NAME, &format!("write `\"{name}\"`")));
            }
            let message = "fields of a record are written with `:`, not with `=`";
            return (place.found() == "=").then(|| place.here(message, &format!("write `{word}: value`")));
        }
        if self.expected == VALUE && is_word(word) && last_word(self.before().trim_end()) == "with" {
            return Some(
                self.here("what `with` changes stands in braces", "write it as in `with { name: value }`"),
            );
        }
        if self.before().trim_end().ends_with("lambda") {
            return Some(self.here("`lambda` is no word of this language", "write it as in `x => x.name`"));
        }
        let is_meant = match word {
            "is" | "equals" | "in" => self.compares(),
            "of" => self.expected == "`in`",
            _ => true,
        };
        let (_, help) = WORDS.iter().find(|(known, _)| *known == word && is_meant)?;
        Some(self.here(&format!("`{word}` is no word of this language here"), help))
    }
}

/// The word that a text ends with.
fn last_word(before: &str) -> &str {
    let start = before.trim_end_matches(|it: char| it.is_ascii_alphanumeric() || it == '_').len();
    before.get(start..).unwrap_or_default()
}
