//! The language server: what an editor asks about a runbook, answered by the parser and the checker that run it.
//!
//! ```text
//! message ─ server ─► document ─ analysis ─► program, types, index ─ one file an ability ─► answer
//! ```
//!
//! `server` is the only loop and the only I/O; an ability is a function of an analysis and a place.

mod actions;
mod completion;
mod context;
mod definition;
mod diagnostics;
mod documents;
mod folding;
mod hints;
mod hover;
mod index;
mod place;
mod rename;
mod server;
mod steps;
mod symbols;
mod tokens;

use std::path::{Path, PathBuf};

use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{ModuleText, Program, Span};

pub use server::serve;

/// What the server cannot know by itself: where modules come from, and how an action is told.
pub trait Library {
    /// What a `use` in the file `from` means; see [`hcxrun_dsl::Loader`].
    ///
    /// # Errors
    /// Why there is none, as the end of a sentence.
    fn module(&self, target: &UseTarget, from: &str) -> Result<ModuleText, String>;

    /// The files of a file's folder that share their names with it, when they are one module.
    fn together(&self, path: &Path) -> Option<ModuleText>;

    /// All runbooks and modules below a folder.
    fn below(&self, folder: &Path) -> Vec<PathBuf>;

    /// Where an editor can read a file of the standard library, whose text is in the program.
    fn on_disk(&self, name: &str) -> Option<PathBuf>;

    /// The names of the modules that come with the program.
    fn names(&self) -> Vec<&'static str>;

    /// The action that is declared at a place as Markdown: its contract.
    fn action(&self, program: &Program, declared: Span) -> Option<String>;
}
