//! Inputs from a file and from `--set`, and messages about them that point there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hcxrun_dsl::data::DataPath;
use hcxrun_dsl::{Diagnostic, Fields, Given, Label, ModuleId, Program, RunbookBody, Sources, Span, Value};

use crate::document::Document;
use crate::failure::Failure;

/// What the user gave, with the texts that it stands in.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) fields: Fields,
    file: Option<Document>,
    /// None for an input that stands in no text.
    sets: BTreeMap<Arc<str>, Option<Document>>,
}

/// What the user gave; `--set` wins over the file.
pub(crate) fn read(program: &Program, file: Option<&Path>, sets: &[String]) -> Result<Inputs, Failure> {
    let secrets = secrets(program);
    let is_open = |path: &DataPath, _: &str| path.first_key().is_some_and(|it| !secrets.contains(&it));
    let mut inputs = Inputs::default();
    if let Some(path) = file {
        let document = Document::read(path)?;
        let document = if secrets.is_empty() { document } else { document.closed(is_open) };
        inputs.fields = document.fields("write `name: value` lines")?;
        inputs.file = Some(document);
    }
    for set in sets {
        let (name, value) = set.split_once('=').ok_or_else(|| {
            Failure::with_help(format!("`--set {set}` gives nothing a value"), "write `--set name=value`")
        })?;
        let document = Document::option(&format!("--set {name}="), value);
        let name: Arc<str> = Arc::from(name.trim());
        let document = if secrets.contains(&&*name) { document.closed(|_, _| false) } else { document };
        inputs.fields.insert(Arc::clone(&name), document.value()?);
        inputs.sets.insert(name, Some(document));
    }
    Ok(inputs)
}

/// The inputs in which a secret is.
fn secrets(program: &Program) -> Vec<&str> {
    let inputs = program.runbook().map_or(&[][..], |RunbookBody { inputs, .. }| inputs);
    let secret = inputs.iter().filter(|it| program.resolve(ModuleId(0), &it.ty).holds_secret());
    secret.map(|it| &*it.name.node).collect()
}

impl Inputs {
    /// Gives an input that stands in no text of the user's.
    pub(crate) fn set(&mut self, name: &Arc<str>, value: Value) {
        self.fields.insert(Arc::clone(name), value);
        self.sets.insert(Arc::clone(name), None);
    }

    /// Lets what is wrong with the inputs point at the text that they stand in.
    pub(crate) fn locate(&self, sources: &Sources, diagnostics: Vec<Diagnostic>) -> Failure {
        let mut sources = sources.clone();
        let diagnostics = diagnostics.into_iter().map(|it| self.locate_one(&mut sources, it)).collect();
        Failure::Program { sources, diagnostics }
    }

    fn locate_one(&self, sources: &mut Sources, mut diagnostic: Diagnostic) -> Diagnostic {
        if let Some(span) = diagnostic.given.as_ref().and_then(|given| self.span(sources, given)) {
            let declared = std::mem::replace(&mut diagnostic.label, Label { span, text: String::new() });
            diagnostic.related.extend((!declared.text.is_empty()).then_some(declared));
        }
        diagnostic
    }

    fn span(&self, sources: &mut Sources, given: &Given) -> Option<Span> {
        let (path, is_name) = match given {
            Given::Name(name) => (DataPath::default().key(name), true),
            Given::Value(path) => (path.clone(), false),
        };
        let name = path.first_key().filter(|it| self.fields.contains_key(*it))?;
        let document = self.sets.get(name).map_or(self.file.as_ref(), Option::as_ref)?;
        let is_set = self.sets.contains_key(name);
        let document = document.among(sources);
        Some(match (is_set, is_name) {
            (true, true) => document.option(),
            (true, false) => document.value(&path.without_first()),
            (false, true) => document.key(&path),
            (false, false) => document.value(&path),
        })
    }
}
