//! What came of tests, for people and for programs.

use serde_json::{Value as Json, json};

use super::{Missed, Tried};

/// Why a test failed: each expectation that does not hold with its parts, then what happened.
pub(crate) fn story(it: &Tried) -> String {
    let mut lines = Vec::new();
    for missed in &it.missed {
        lines.extend(told(it, missed));
    }
    let is_begun = !it.story.is_empty();
    lines.extend(is_begun.then(|| "what happened:".to_owned()));
    lines.extend(it.story.iter().map(|line| format!("  {line}")));
    lines.join("\n")
}

fn told(it: &Tried, missed: &Missed) -> Vec<String> {
    let mut lines = vec![it.case.place(missed.at)];
    lines.extend(it.case.slice(missed.at).lines().map(|line| format!("  {}", line.trim())));
    lines.extend(missed.because.iter().map(|line| format!("    {line}")));
    lines
}

/// The same for programs.
pub(crate) fn to_json(tried: &[Tried]) -> Json {
    let missed = |it: &Tried, missed: &Missed| {
        json!({
            "at": it.case.place(missed.at),
            "text": it.case.slice(missed.at),
            "because": missed.because,
        })
    };
    let one = |it: &Tried| {
        json!({
            "name": &*it.case.test.name.node,
            "at": it.case.place(it.case.test.name.span),
            "passed": it.missed.is_empty(),
            "seconds": it.took.as_secs_f64(),
            "missed": it.missed.iter().map(|one| missed(it, one)).collect::<Vec<_>>(),
            "story": it.story,
        })
    };
    tried.iter().map(one).collect()
}
