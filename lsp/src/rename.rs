//! Another name, wherever it stands.

use std::collections::HashMap;
use std::path::PathBuf;

use hcxrun_dsl::syntax::Item;
use hcxrun_dsl::{SourceId, Span};
use lsp_types::{Range, TextEdit, Url, WorkspaceEdit};

use crate::definition::{Declared, references, url};
use crate::documents::{Documents, Known, Texts};

/// The name that can be changed at a place.
pub(crate) fn prepare(known: &Known, offset: usize) -> Result<(Declared, Range), String> {
    let declared = Declared::at(known, offset).ok_or("there is no name to change here")?;
    if declared.is_std() {
        return Err(format!("`{}` belongs to the standard library", declared.name));
    }
    let (span, _) = known.word(offset);
    Ok((declared, known.lines().range(span)))
}

/// The edits that give what is declared another name; none when the text would mean something else or nothing then.
pub(crate) fn rename(
    documents: &mut Documents<'_>,
    declared: &Declared,
    name: &str,
    folders: &[PathBuf],
) -> Result<WorkspaceEdit, String> {
    if !is_name(name) {
        return Err(format!("`{name}` is no name: letters, digits and `_`, and no word of the language"));
    }
    let found = references(documents, declared, folders);
    let renamed: Texts =
        found.iter().map(|(path, places, known)| (path.clone(), with(known.text(), places, name))).collect();
    let mut changes: HashMap<Url, Vec<TextEdit>> = HashMap::new();
    for (path, places, before) in found {
        if let Some(after) = documents.supposing(&path, &renamed) {
            holds(&before, &after, name, places.len())?;
        }
        let edit = |span| TextEdit { range: before.lines().range(span), new_text: name.to_owned() };
        if let Some(url) = url(&path) {
            changes.insert(url, places.into_iter().map(edit).collect());
        }
    }
    Ok(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
}

/// Whether the language takes it for a name wherever one can stand.
fn is_name(name: &str) -> bool {
    let (file, found) = hcxrun_dsl::parse(SourceId(0), &format!("edition 1\nlet {name} = {name}\n"));
    let declared = matches!(file.items.as_slice(), [Item::Let(it)] if *it.name.node == *name);
    declared && found.is_empty()
}

/// A text with another name in some places, which come in its order.
fn with(text: &str, places: &[Span], name: &str) -> String {
    let (mut renamed, mut end) = (String::with_capacity(text.len()), 0);
    for span in places {
        renamed += text.get(end..span.range().start).unwrap_or_default();
        renamed += name;
        end = span.range().end;
    }
    renamed + text.get(end..).unwrap_or_default()
}

/// A new name must not be taken.
fn holds(before: &Known, after: &Known, name: &str, places: usize) -> Result<(), String> {
    let known = |it: &Known| it.index.in_source(it.source).filter(|it| *it.name == *name).count();
    if after.errors() > before.errors() || known(after) != known(before) + places {
        let told = after.analysis.diagnostics.iter().filter(|it| it.is_error());
        let new = told
            .map(|it| &it.message)
            .find(|message| !before.analysis.diagnostics.iter().any(|it| it.message == **message));
        let why = new.cloned().unwrap_or_else(|| "it would mean something else there".to_owned());
        return Err(format!("`{name}` cannot be the name: {why}"));
    }
    Ok(())
}
