//! Quick fixes: what a message proposes, offered when it mends the text.

use std::collections::HashMap;

use hcxrun_dsl::Diagnostic;
use lsp_types::{CodeAction, CodeActionKind, Range, TextEdit, Url, WorkspaceEdit};

use crate::documents::{Documents, Known};

pub(crate) fn actions(documents: &mut Documents<'_>, url: &Url, range: Range) -> Vec<CodeAction> {
    let Some(known) = documents.known(url) else { return Vec::new() };
    let lines = known.lines();
    let touches = |it: &&Diagnostic| {
        let place = lines.range(it.label.span);
        it.label.span.source == known.source && place.start <= range.end && range.start <= place.end
    };
    let mut found = Vec::new();
    for it in known.analysis.diagnostics.iter().filter(touches) {
        let mends = |edit: &Edit| {
            let mended = documents.supposed(url, edit.applied(known.text()));
            mended
                .is_some_and(|after| after.errors() < known.errors() || !it.is_error() && is_gone(it, &after))
        };
        if let Some(edit) = edits(it).into_iter().find(mends) {
            found.push(action(&known, url, edit));
        }
    }
    found
}

/// Whether a warning is not given any more.
fn is_gone(it: &Diagnostic, known: &Known) -> bool {
    known.analysis.diagnostics.iter().all(|other| other.message != it.message)
}

struct Edit {
    range: std::ops::Range<usize>,
    text: String,
}

impl Edit {
    fn applied(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if text.get(self.range.clone()).is_some() {
            text.replace_range(self.range.clone(), &self.text);
        }
        text
    }
}

/// A message says what to write and means either in the place of what it shows, or before it.
fn edits(it: &Diagnostic) -> Vec<Edit> {
    let Some(text) = it.replacement() else { return Vec::new() };
    let range = it.label.span.range();
    let before = Edit { range: range.start..range.start, text: text.to_owned() };
    let line = Edit { range: range.start..range.start, text: format!("{text}\n") };
    vec![Edit { range, text: text.to_owned() }, before, line]
}

fn action(known: &Known, url: &Url, edit: Edit) -> CodeAction {
    let title = format!("Write `{}`", edit.text.trim_end());
    let edit = TextEdit { range: known.lines().range(known.span(edit.range)), new_text: edit.text };
    CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        edit: Some(WorkspaceEdit {
            changes: Some(HashMap::from([(url.clone(), vec![edit])])),
            ..WorkspaceEdit::default()
        }),
        is_preferred: Some(true),
        ..CodeAction::default()
    }
}
