//! The pages of all messages, in the binary: what `hcxrun explain` tells hangs on no file of a disk.

use hcxrun_dsl::codes::{CODES, Code};

macro_rules! pages {
    ($($code:literal)*) => { &[$(($code, include_str!(concat!("../../docs/messages/", $code, ".md")))),*] };
}

/// By their codes. A test holds that this is all of them.
const PAGES: &[(&str, &str)] = pages![
    "HR001" "HR002" "HR003" "HR004" "HR005" "HR010" "HR011" "HR012" "HR013" "HR014" "HR015" "HR016"
    "HR017" "HR018" "HR019" "HR021" "HR022" "HR023" "HR024" "HR025" "HR026" "HR027" "HR028" "HR029"
    "HR030" "HR031" "HR032" "HR033" "HR034" "HR035" "HR036" "HR037" "HR038" "HR039" "HR040" "HR041"
    "HR042" "HR043" "HR044" "HR045" "HR046" "HR047" "HR048" "HR051" "HR052" "HR061" "HR062" "HR063" "HR064" "HR065" "HR066" "HR067" "HR068"
];

/// What a message means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
    /// Markdown.
    pub(crate) text: &'static str,
}

/// All of them, in the order of their codes.
pub(crate) fn all() -> impl Iterator<Item = Page> {
    CODES.iter().filter_map(|Code { code, title }| {
        let (_, text) = PAGES.iter().find(|(of, _)| of == code)?;
        Some(Page { code, title, text })
    })
}

/// A code as people type it: `HR021`, `hr21`, `021`.
pub(crate) fn find(typed: &str) -> Option<Page> {
    let number = |code: &str| -> Option<u32> {
        let code = code.to_ascii_uppercase();
        code.strip_prefix("HR").unwrap_or(&code).parse().ok()
    };
    // As it stands in a message: `error[HR021]`.
    let code = typed.rsplit('[').next().unwrap_or(typed).trim_end_matches([']', ':']);
    let wanted = number(code.trim())?;
    all().find(|it| number(it.code) == Some(wanted))
}
