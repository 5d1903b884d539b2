//! The grammar: what parses and into what, and what is said of what does not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod expressions;
mod limits;
mod messages;
mod support;
mod tree;
