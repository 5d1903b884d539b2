//! The tree-sitter grammar of hcxrun for programs written in Rust. Editors need `src/parser.c` and `queries/` only.

use tree_sitter_language::LanguageFn;

unsafe extern "C" {
    fn tree_sitter_hcxrun() -> *const ();
}

/// The language, as `tree_sitter::Parser::set_language` wants it.
// SAFETY: the function is the one of src/parser.c, which tree-sitter generated.
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_hcxrun) };

/// What is coloured how.
pub const HIGHLIGHTS: &str = include_str!("../queries/highlights.scm");
/// What can be folded away.
pub const FOLDS: &str = include_str!("../queries/folds.scm");
/// Where a line is indented.
pub const INDENTS: &str = include_str!("../queries/indents.scm");
/// Which names belong together.
pub const LOCALS: &str = include_str!("../queries/locals.scm");
