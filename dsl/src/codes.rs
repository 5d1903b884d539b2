//! Every message has a code that never changes its meaning. HR00x: text; HR01x: names; HR02x: types and values;
//! HR03x: what makes a change safe; HR04x: order and window; HR06x: while it runs.

/// A code with what it means in a few words.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// As in messages.
    pub code: &'static str,
    /// What it is about.
    pub title: &'static str,
}

/// All codes that the language uses, in order.
pub const CODES: &[Code] = &[
    Code { code: "HR001", title: "the text does not follow the grammar" },
    Code { code: "HR002", title: "the file does not start with its edition" },
    Code { code: "HR003", title: "a literal is not what it looks like" },
];
