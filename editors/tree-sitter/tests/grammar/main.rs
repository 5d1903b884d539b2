//! The grammar is held against the parser of hcxrun, everything written in the language, and its own queries.

mod common;
mod corpus;
mod files;
mod generated;
mod queries;
mod words;
