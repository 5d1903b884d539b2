//! One clause: the smallest thing that two programs can differ in.

use std::fmt;

/// A clause in one layout: `timeout` and `20m`, `let pair` and its expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// What it is about; unique in its declaration but for clauses that may stand more than once.
    pub word: String,
    /// What it says.
    pub value: String,
}

impl Clause {
    /// Puts the two together.
    pub(super) fn new(word: impl Into<String>, value: impl fmt::Display) -> Self {
        Self { word: word.into(), value: value.to_string() }
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.word, self.value)
    }
}
