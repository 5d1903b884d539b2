//! `hcxrun check`

use std::path::PathBuf;
use std::process::ExitCode;

use hcxrun_dsl::{Diagnostic, Severity, Sources};
use serde_json::json;

use crate::failure::Failure;
use crate::render::{count, diagnostic};
use crate::{load, say};

pub(crate) fn check(files: &[PathBuf], as_json: bool) -> Result<ExitCode, Failure> {
    let (mut errors, mut warnings, mut found, mut first) = (0, 0, Vec::new(), None);
    for path in files {
        let (program, diagnostics) = load::read(path)?;
        errors += diagnostics.iter().filter(|it| it.is_error()).count();
        warnings += diagnostics.iter().filter(|it| !it.is_error()).count();
        if as_json {
            found.extend(diagnostics.iter().map(|it| to_json(&program.sources, it)));
        } else if !diagnostics.is_empty() {
            say::error(&format!("{}\n", diagnostic::render_all(&program.sources, &diagnostics)));
            first = first.or_else(|| diagnostics.first().map(|it| it.code));
        }
    }
    first.iter().for_each(|code| say::more(code));
    if as_json {
        say::json(&found);
    } else {
        let checked = count(files.len(), "file");
        say::answer(&format!("{checked}: {}, {}", count(errors, "error"), count(warnings, "warning")));
    }
    Ok(ExitCode::from(u8::from(errors > 0)))
}

fn to_json(sources: &Sources, it: &Diagnostic) -> serde_json::Value {
    let severity = match it.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({
        "code": it.code,
        "severity": severity,
        "message": it.message,
        "at": sources.position(it.label.span),
        "label": it.label.text,
        "origin": it.origin,
        "help": it.help,
        "related": it.related.iter().map(|label| json!({
            "at": sources.position(label.span), "text": label.text,
        })).collect::<Vec<_>>(),
    })
}
