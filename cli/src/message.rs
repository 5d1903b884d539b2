//! What is said of a problem: a fact with its code, what belongs to it, one way out. One form, whoever says it.

use std::fmt;

use clap::builder::styling::{AnsiColor, Style};
use hcxrun_dsl::Severity;

use crate::render::{TERMINAL, at_blanks};
use crate::say;
use crate::visible::visible;

/// A message, as a terminal shows it.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    severity: Severity,
    code: Option<&'static str>,
    fact: String,
    below: String,
}

impl Message {
    /// What keeps a command from its work.
    pub(crate) fn error(fact: impl Into<String>) -> Self {
        Self::new(Severity::Error, fact)
    }

    /// An error or a warning.
    pub(crate) fn new(severity: Severity, fact: impl Into<String>) -> Self {
        Self { severity, code: None, fact: fact.into(), below: String::new() }
    }

    /// Names the page that tells more.
    #[must_use]
    pub(crate) fn coded(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// The code of the page that tells more.
    pub(crate) fn code(&self) -> Option<&'static str> {
        self.code
    }

    /// What is wrong, without its code.
    pub(crate) fn fact(&self) -> &str {
        &self.fact
    }

    /// One way out.
    #[must_use]
    pub(crate) fn help(self, text: impl AsRef<str>) -> Self {
        self.line("help", text)
    }

    /// A line that says what it is about.
    #[must_use]
    pub(crate) fn line(mut self, about: &str, text: impl AsRef<str>) -> Self {
        let indent = " ".repeat(about.len() + 4);
        let text = visible(text.as_ref());
        let lines = textwrap::wrap(&text, at_blanks(TERMINAL.saturating_sub(indent.len())));
        let text = lines.join(&format!("\n{indent}"));
        let about = painted(AnsiColor::Cyan.on_default(), &format!("{about}:"));
        self.below.push_str(&format!("\n  {about} {text}"));
        self
    }

    /// A line, or a picture, as it stands.
    #[must_use]
    pub(crate) fn plain(mut self, text: impl AsRef<str>) -> Self {
        self.below.push_str(&format!("\n{}", text.as_ref()));
        self
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, color) = match self.severity {
            Severity::Error => ("error", AnsiColor::Red),
            Severity::Warning => ("warning", AnsiColor::Yellow),
        };
        let code = self.code.map(|code| format!("[{code}]")).unwrap_or_default();
        let word = painted(color.on_default().bold(), &format!("{word}{code}"));
        let fact = painted(Style::new().bold(), &format!(": {}", visible(&self.fact)));
        write!(f, "{word}{fact}{}", self.below)
    }
}

/// A text in its color, where colors are shown.
fn painted(style: Style, text: &str) -> String {
    if say::is_colored() { format!("{style}{text}{style:#}") } else { text.to_owned() }
}
