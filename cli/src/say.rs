//! The only place that prints. Standard output carries the answer, standard error everything else.

use std::io::{self, IsTerminal, Write};

use crate::message::Message;

/// A piece of the answer. A reader that has gone away is no error: `hcxrun show | head` ends quietly.
pub(crate) fn answer(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// A text as it is, its last line end included.
pub(crate) fn exactly(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// An answer for programs.
pub(crate) fn json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => answer(&text),
        Err(problem) => message(&Message::error(format!("cannot be shown as JSON: {problem}"))),
    }
}

/// What goes beside the answer: progress, warnings, errors.
pub(crate) fn error(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A message, and where to read more of it.
pub(crate) fn message(it: &Message) {
    error(&it.to_string());
    it.code().into_iter().for_each(more);
}

/// Where to read more of a message, for somebody who watches.
pub(crate) fn more(code: &str) {
    if is_watched() {
        error(&format!("`hcxrun explain {code}` tells more"));
    }
}

/// Whether somebody watches the progress.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Whether messages may have colors; <https://no-color.org>.
pub(crate) fn is_colored() -> bool {
    is_watched() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
}

/// Whether somebody can be asked.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}
