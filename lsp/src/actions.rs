//! Quick fixes: what a message proposes, offered when it mends the text.

use std::collections::HashMap;

use hcxrun_dsl::Diagnostic;
use hcxrun_dsl::syntax::{Input, Step};
use lsp_types::{CodeAction, CodeActionKind, Range, TextEdit, Url, WorkspaceEdit};

use crate::documents::{Documents, Known};
use crate::steps::steps;

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
        if let Some(edit) = edits(&known, it).into_iter().find(mends) {
            found.push(action(&known, url, edit));
        }
    }
    found
}

/// Whether a warning is not given any more.
fn is_gone(it: &Diagnostic, known: &Known) -> bool {
    known.analysis.diagnostics.iter().all(|other| other.message != it.message)
}

/// What may mend a text.
struct Edit {
    range: std::ops::Range<usize>,
    text: String,
    /// What is written, as a person reads it.
    told: String,
}

impl Edit {
    fn new(range: std::ops::Range<usize>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { range, told: text.trim().to_owned(), text }
    }

    fn applied(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if text.get(self.range.clone()).is_some() {
            text.replace_range(self.range.clone(), &self.text);
        }
        text
    }
}

/// A message says what to write and means either in the place of what it shows, or before it.
fn edits(known: &Known, it: &Diagnostic) -> Vec<Edit> {
    let Some(text) = it.replacement() else { return arguments(known, it).into_iter().collect() };
    let range = it.label.span.range();
    let before = range.start..range.start;
    vec![Edit::new(range, text), Edit::new(before.clone(), text), Edit::new(before, format!("{text}\n"))]
}

/// The arguments that a step lacks, each with what has its name in the file: whether that is there and fits, the text
/// tells that has them.
fn arguments(known: &Known, it: &Diagnostic) -> Option<Edit> {
    let program = &known.analysis.program;
    let step = steps(program.main()?).find(|step| step.action.span == it.label.span)?;
    let (module, action) = program.action_of(step)?;
    let is_given = |input: &&Input| step.arguments.iter().any(|it| it.name.node == input.name.node);
    let missing = program.needed(module, action).filter(|it| !is_given(it));
    let missing: Vec<_> = missing.map(|it| format!("{0} = {0}", it.name.node)).collect();
    let edit = given(known.text(), step, &missing).filter(|_| !missing.is_empty())?;
    Some(Edit { told: missing.join("`, `"), ..edit })
}

/// Writes arguments behind the last one of a step: in lines of their own where the block has some.
fn given(text: &str, step: &Step, arguments: &[String]) -> Option<Edit> {
    let opened =
        || Some(text.get(step.action.span.range().end..)?.find('{')? + step.action.span.range().end + 1);
    let last = step.arguments.last().map(|it| it.value.span.range().end);
    let at = last.or_else(opened)?;
    let rest = text.get(at..step.span.range().end)?;
    if let Some(end) = rest.find('\n') {
        let line = text.get(..step.span.range().start)?.rsplit('\n').next()?;
        let indent = line.len() - line.trim_start().len() + 2;
        let lines: Vec<_> = arguments.iter().map(|it| format!("\n{}{it}", " ".repeat(indent))).collect();
        return Some(Edit::new(at + end..at + end, lines.concat()));
    }
    let before = if last.is_some() { "  " } else { " " };
    let behind = if rest.starts_with(' ') { "" } else { " " };
    Some(Edit::new(at..at, format!("{before}{}{behind}", arguments.join("  "))))
}

fn action(known: &Known, url: &Url, edit: Edit) -> CodeAction {
    let title = format!("Write `{}`", edit.told);
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
