//! What is wrong with a text, as data. The program renders it, the editor and `--json` read the same struct.

use std::sync::Arc;

use crate::data::DataPath;
use crate::source::Span;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing runs until it is mended.
    Error,
    /// It runs, but a reviewer would ask.
    Warning,
}

/// A place with a word about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there; may be empty.
    pub text: String,
}

/// What of the user's inputs a message is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// That there is an input of this name.
    Name(Arc<str>),
    /// The value of this part.
    Value(DataPath),
}

/// One cause, one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable code, as `HR021`; see [`crate::codes`].
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence of fact.
    pub message: String,
    /// The place that is wrong.
    pub label: Label,
    /// What of the user's inputs is wrong. Who has read them knows their text, and can point there.
    pub given: Option<Given>,
    /// Other places that explain it.
    pub related: Vec<Label>,
    /// Where the expectation comes from, as ``` `network` wants a cidr (hcx.route, input `network`) ```.
    pub origin: Option<String>,
    /// One way out.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            label: Label { span, text: String::new() },
            given: None,
            related: Vec::new(),
            origin: None,
            help: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Says what is to be seen at the place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label.text = text.into();
        self
    }

    /// Says what of the user's inputs it is about.
    #[must_use]
    pub fn given(mut self, given: Given) -> Self {
        self.given = Some(given);
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: text.into() });
        self
    }

    /// Says where the expectation comes from.
    #[must_use]
    pub fn origin(mut self, text: impl Into<String>) -> Self {
        self.origin = Some(text.into());
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// What its help says to write, when that is one text: it stands in the place of the label or before it.
    pub fn replacement(&self) -> Option<&str> {
        let help = self.help.as_deref()?;
        let told = help.strip_prefix("did you mean ").and_then(|rest| rest.strip_suffix('?'));
        let told = told.or_else(|| help.strip_prefix("write "))?.strip_prefix('`')?.strip_suffix('`')?;
        (!told.contains('`')).then_some(told)
    }

    /// Whether it keeps the program from running.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
