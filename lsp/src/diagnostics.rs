//! What is wrong with a file, as an editor shows it.

use hcxrun_dsl::{Diagnostic, Severity};
use lsp_types::{DiagnosticRelatedInformation, DiagnosticSeverity, NumberOrString};

use crate::documents::{Documents, Known};

/// The messages of one file; those of what it uses are told when that is opened.
pub(crate) fn diagnostics(documents: &Documents<'_>, known: &Known) -> Vec<lsp_types::Diagnostic> {
    let own = known.analysis.diagnostics.iter().filter(|it| it.label.span.source == known.source);
    own.map(|it| diagnostic(documents, known, it)).collect()
}

fn diagnostic(documents: &Documents<'_>, known: &Known, it: &Diagnostic) -> lsp_types::Diagnostic {
    let related = it.related.iter().filter_map(|label| {
        let location = documents.location(known, label.span)?;
        Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
    });
    let related: Vec<_> = related.collect();
    lsp_types::Diagnostic {
        range: known.lines().range(it.label.span),
        severity: Some(match it.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(it.code.to_owned())),
        source: Some("hcxrun".to_owned()),
        message: message(it),
        related_information: (!related.is_empty()).then_some(related),
        ..lsp_types::Diagnostic::default()
    }
}

/// All that is said of it, a line each. What stands beside the place in a terminal is left out when the message says it, or
/// when it only tells the place from others, which are shown with their own words.
fn message(it: &Diagnostic) -> String {
    let label = &it.label.text;
    let says_more = !label.is_empty() && !it.message.contains(label) && it.related.is_empty();
    let label = says_more.then_some(label);
    let help = it.help.as_ref().map(|help| format!("help: {help}"));
    let parts = [Some(&it.message), label, it.origin.as_ref(), help.as_ref()];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n")
}
