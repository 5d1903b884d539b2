//! A text of data that a user gave, and messages that point into it.

use std::ops::Range;
use std::path::Path;

use hcxrun_dsl::data::{DataPath, Part, Places};
use hcxrun_dsl::eval::Format;
use hcxrun_dsl::{Diagnostic, Fields, SourceId, Sources, Span, Value};

use crate::failure::Failure;
use crate::message::Message;
use crate::text;
use crate::yaml::{self, Broken};

/// YAML or JSON, with the places of its parts.
#[derive(Debug)]
pub(crate) struct Document {
    name: String,
    /// What messages show. In a closed document it is blank but for what is known to be no secret.
    shown: String,
    text: String,
    /// Where the data begins: before it stands what belongs to the command line.
    start: usize,
    places: Places,
}

impl Document {
    /// A file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = text::read(path)?;
        Ok(Self::new(path.display().to_string(), text, 0))
    }

    /// A file of data beside a runbook.
    pub(crate) fn data(path: &Path, format: Format) -> Option<Self> {
        let text = text::read(path).ok()?;
        let places = format.places(&text);
        Some(Self { places, ..Self::new(path.display().to_string(), text, 0) })
    }

    /// The value of an option of the command line, as `--set name=value`.
    pub(crate) fn option(before: &str, value: &str) -> Self {
        Self::new("the command line".to_owned(), format!("{before}{value}"), before.len())
    }

    /// No text, under the name that messages give it.
    pub(crate) fn empty(name: &str) -> Self {
        Self::new(name.to_owned(), String::new(), 0)
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How messages call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn new(name: String, text: String, start: usize) -> Self {
        let places = Places::of(text.get(start..).unwrap_or_default());
        Self { name, shown: text.clone(), text, start, places }
    }

    /// Shows no more of the text than its keys, and the values that are said to be no secret.
    #[must_use]
    pub(crate) fn closed(mut self, is_open: impl Fn(&DataPath, &str) -> bool) -> Self {
        let blank = |(at, it)| if at < self.start || it == b'\n' { it } else { b' ' };
        let mut shown: Vec<u8> = self.text.bytes().enumerate().map(blank).collect();
        let mut copy = |range: Range<usize>, text: &str| {
            let range = self.start + range.start..self.start + range.end;
            shown.get_mut(range).into_iter().flatten().zip(text.bytes()).for_each(|(to, it)| *to = it);
        };
        for (path, place) in self.places.iter() {
            if let Some(key) = &place.key {
                copy(key.start..key.end + 1, &format!("{}:", self.slice(key)));
            }
            let value = self.slice(&place.value);
            if place.scalar {
                copy(place.value.clone(), if is_open(path, value) { value } else { "***" });
            }
        }
        self.shown = String::from_utf8_lossy(&shown).into_owned();
        self
    }

    /// A stretch of its data, in bytes.
    pub(crate) fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(self.start + range.start..self.start + range.end).unwrap_or_default()
    }

    fn is_closed(&self) -> bool {
        self.shown != self.text
    }

    /// What it is worth.
    ///
    /// # Errors
    /// It does not follow the grammar, or a key stands twice.
    pub(crate) fn value(&self) -> Result<Value, Failure> {
        let data = self.text.get(self.start..).unwrap_or_default();
        let json = serde_yaml::from_str(data).map_err(|error| self.broken(&error))?;
        match self.places.twice() {
            [] => Ok(Value::from_json(json)),
            [(path, again), ..] => Err(self.said_twice(path, again)),
        }
    }

    /// The fields of the record that it is; an empty text has none.
    pub(crate) fn fields(&self, help: &str) -> Result<Fields, Failure> {
        match self.value()? {
            Value::Record(fields) => Ok(fields.as_ref().clone()),
            Value::Null(_) => Ok(Fields::new()),
            other => {
                let whole = DataPath::default();
                let message = format!("{} holds {}, not values by name", self.name, other.kind());
                Err(self.fails(|at| Diagnostic::error("HR022", at.value(&whole), message).help(help)))
            }
        }
    }

    fn broken(&self, error: &serde_yaml::Error) -> Failure {
        let data = self.text.get(self.start..).unwrap_or_default();
        let at = error.location().map(|it| (it.line(), it.column()));
        let said = error.to_string();
        let said = at.map_or(said.clone(), |(line, column)| {
            said.replacen(&format!(" at line {line} column {column}"), "", 1)
        });
        let broken = yaml::explain(data, &said, at).or_else(|| {
            let (line, column) = at?;
            Some(Broken { message: said.clone(), line, column, help: None })
        });
        let Some(Broken { message, line, column, help }) = broken else {
            return Failure::new(format!("{}: {error}", self.name));
        };
        if self.is_closed() {
            let message = Message::error(format!("{}:{line}:{column}: {message}", self.name)).coded("HR001");
            return Failure::Said(help.into_iter().fold(message, Message::help));
        }
        let character = character(data, line, column);
        self.fails(|it| Diagnostic {
            help: help.map(str::to_owned),
            ..Diagnostic::error("HR001", it.span(&character), message)
        })
    }

    fn said_twice(&self, path: &DataPath, again: &Range<usize>) -> Failure {
        let key = match path.parts().last() {
            Some(Part::Key(name)) => name.to_string(),
            _ => path.to_string(),
        };
        self.fails(|at| {
            Diagnostic::error("HR012", at.span(again), format!("the key `{key}` stands twice"))
                .related(at.key(path), "it stands here already")
                .help("leave one of them out")
        })
    }

    /// A failure at a place of it.
    pub(crate) fn fails(&self, make: impl FnOnce(&Located<'_>) -> Diagnostic) -> Failure {
        let mut sources = Sources::default();
        let Diagnostic { code, message, help, .. } = match make(&self.among(&mut sources)) {
            diagnostic if !self.text.is_empty() => {
                return Failure::Program { sources, diagnostics: vec![diagnostic] };
            }
            diagnostic => diagnostic,
        };
        let message = Message::error(format!("{}: {message}", self.name)).coded(code);
        Failure::Said(help.iter().fold(message, Message::help))
    }

    /// The document as one of several texts.
    pub(crate) fn among(&self, sources: &mut Sources) -> Located<'_> {
        Located { document: self, source: sources.add(self.name.as_str(), self.shown.as_str()) }
    }
}

/// A document that is one of several texts: its places are spans.
pub(crate) struct Located<'d> {
    document: &'d Document,
    source: SourceId,
}

impl Located<'_> {
    /// Where the value of a part stands; of a part that is not there, what is around it. For what stands on lines below
    /// its key the key stands.
    pub(crate) fn value(&self, path: &DataPath) -> Span {
        let Some(place) = self.document.places.nearest(path) else { return self.span(&(0..0)) };
        let is_below = !place.scalar && !self.document.slice(&place.value).starts_with(['{', '[']);
        match &place.key {
            Some(key) if is_below => self.span(key),
            _ => self.span(&place.value),
        }
    }

    /// Where the key of a part stands.
    pub(crate) fn key(&self, path: &DataPath) -> Span {
        let place = self.document.places.nearest(path);
        place.and_then(|it| it.key.as_ref()).map_or_else(|| self.value(path), |key| self.span(key))
    }

    /// What stands before the data: the option of the command line that it is the value of.
    pub(crate) fn option(&self) -> Span {
        let before = u32::try_from(self.document.start).unwrap_or(u32::MAX);
        Span { source: self.source, start: 0, end: before.saturating_sub(1) }
    }

    /// A stretch of its data, in bytes.
    pub(crate) fn span(&self, range: &Range<usize>) -> Span {
        let at = |offset: usize| u32::try_from(self.document.start + offset).unwrap_or(u32::MAX);
        // The length of what is not shown is not shown either.
        let shown =
            self.document.shown.get(self.document.start + range.start..self.document.start + range.end);
        let length = shown.map_or(0, |it| it.trim_end().len());
        Span { source: self.source, start: at(range.start), end: at(range.start + length) }
    }
}

/// The character of a line and a column, both counted from 1; behind the end of the text, the last one in it.
fn character(text: &str, line: usize, column: usize) -> Range<usize> {
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(line.saturating_sub(1)).map(str::len).sum();
    let within = lines.next().unwrap_or_default();
    let start = before + within.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>();
    let text = text.trim_end();
    match text.get(start..).and_then(|rest| rest.chars().next()) {
        Some(found) => start..start + found.len_utf8(),
        None => text.char_indices().next_back().map_or(0..0, |(at, last)| at..at + last.len_utf8()),
    }
}
