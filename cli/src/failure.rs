//! What ends a command before it did its work: one clear message, exit code 1, nothing touched.

use std::path::Path;
use std::process::ExitCode;

use hcxrun_dsl::{Diagnostic, Sources};

use crate::message::Message;
use crate::render::diagnostic;
use crate::text::{self, Unreadable};

/// Why a command cannot do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The text of an author is wrong.
    Program { sources: Sources, diagnostics: Vec<Diagnostic> },
    /// Several, each with its own cause.
    Several(Vec<Failure>),
    /// Anything else.
    Said(Message),
}

/// The exit code for a wrong command, file or input.
const WRONG: u8 = 1;

impl Failure {
    /// What went right of several, or all that went wrong.
    pub(crate) fn sum<T>(all: impl IntoIterator<Item = Result<T, Failure>>) -> Result<Vec<T>, Failure> {
        let (mut right, mut wrong) = (Vec::new(), Vec::new());
        for it in all {
            match it {
                Ok(it) => right.push(it),
                Err(failure) => wrong.push(failure),
            }
        }
        if wrong.is_empty() { Ok(right) } else { Err(Failure::Several(wrong)) }
    }

    /// A fact.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Failure::Said(Message::error(message))
    }

    /// A fact with a way out.
    pub(crate) fn with_help(message: impl Into<String>, help: impl AsRef<str>) -> Self {
        Failure::Said(Message::error(message).help(help))
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(verb: &str, path: &Path, error: &std::io::Error) -> Self {
        Failure::new(format!("cannot {verb} {}: {}", path.display(), text::plain(error)))
    }

    /// Says it on standard error.
    pub(crate) fn report(&self) -> ExitCode {
        crate::say::error(&self.text());
        self.code().into_iter().for_each(crate::say::more);
        ExitCode::from(WRONG)
    }

    /// The code of the first error.
    fn code(&self) -> Option<&'static str> {
        match self {
            Failure::Program { diagnostics, .. } => {
                diagnostics.iter().find(|it| it.is_error()).map(|it| it.code)
            }
            Failure::Several(all) => all.iter().find_map(Failure::code),
            Failure::Said(message) => message.code(),
        }
    }

    /// What is wrong, in one sentence: of several the first.
    pub(crate) fn fact(&self) -> &str {
        match self {
            Failure::Program { diagnostics, .. } => diagnostics.first().map_or("", |it| &it.message),
            Failure::Several(all) => all.first().map_or("", Failure::fact),
            Failure::Said(message) => message.fact(),
        }
    }

    /// As people read it.
    pub(crate) fn text(&self) -> String {
        match self {
            Failure::Program { sources, diagnostics } => diagnostic::render_all(sources, diagnostics),
            Failure::Several(all) => all.iter().map(Failure::text).collect::<Vec<_>>().join("\n\n"),
            Failure::Said(message) => message.to_string(),
        }
    }
}

impl From<Unreadable> for Failure {
    fn from(it: Unreadable) -> Self {
        let message = Message::error(it.to_string());
        Failure::Said(it.help.into_iter().fold(message, Message::help))
    }
}

/// Errors whose text says it all.
macro_rules! said {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Failure::new(error.to_string())
            }
        })*
    };
}

said!(hcxrun_engine::JournalError, hcxrun_engine::DriveError);
