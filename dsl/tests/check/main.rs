//! The checker, message by message: each case is a text, and its snapshot shows the text with what is said of it.

mod actions;
mod clean;
mod expressions;
mod modules;
mod names;
mod order;
mod secrets;
mod steps;
mod support;
mod tests;
mod types;
mod window;
