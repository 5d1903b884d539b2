//! The language of hcxrun: text to checked program, and pure evaluation.
//!
//! ```text
//! text ─ parse ─► syntax ─ check ─► program        evaluate(expression, scope, reads) ─► value
//! ```
//!
//! Nothing here opens a file, knows a clock or sends a request; `clippy.toml` of this crate holds that.

pub mod builtin;
mod check;
mod circles;
pub mod codes;
pub mod data;
mod diagnostic;
pub mod eval;
mod format;
mod json;
mod load;
pub mod meaning;
mod parse;
mod program;
pub mod requests;
mod resolve;
mod scalar;
mod source;
pub mod syntax;
mod types;
mod value;

pub use check::{ResolvedWindow, fits, methods_of, nearest, suggestion, window};
pub use diagnostic::{Diagnostic, Given, Label, Severity};
pub use format::format;
pub use load::{Analysis, Loader, ModuleText, Session, load};
pub use parse::{Clause, Word, forms, parse, word_at};
pub use program::{Module, ModuleId, Program, RunbookBody};
pub use scalar::{
    Cidr, IfAddr, Number, Percent, ScalarError, Size, Version, format_duration, parse_duration, parse_prefix,
};
pub use source::{Name, Source, SourceId, Sources, Span, Spanned};
pub use types::Type;
pub use value::{Cause, Causes, Fields, Lacking, Secret, Value};
