//! Inputs from a file and from `--set`, and messages about them that point there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hcxrun_dsl::data::DataPath;
use hcxrun_dsl::eval::Read;
use hcxrun_dsl::{Diagnostic, Fields, Given, Label, ModuleId, Program, RunbookBody, Sources, Span, Value};

use crate::document::{Document, Located};
use crate::failure::Failure;
use crate::load::beside;

/// What the user gave, with the texts that it stands in.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) fields: Fields,
    file: Option<Document>,
    /// None for an input that stands in no text.
    sets: BTreeMap<Arc<str>, Option<Document>>,
    /// Whether a test gives them: there is no command line then.
    of_test: bool,
}

/// What the help says for a number that ought to be a text.
const QUOTES: &str = "in quotes";

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
        if inputs.sets.contains_key(&name) {
            let message = format!("the input `{name}` is given twice on the command line");
            let error = |it: &Located<'_>| Diagnostic::error("HR012", it.option(), message);
            return Err(document.fails(|it| error(it).help("leave one of the two out")));
        }
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
    /// Inputs of a test.
    #[must_use]
    pub(crate) fn of_test(self) -> Self {
        Self { of_test: true, ..self }
    }

    /// Gives an input that stands in no text of the user's.
    pub(crate) fn set(&mut self, name: &Arc<str>, value: Value) {
        self.fields.insert(Arc::clone(name), value);
        self.sets.insert(Arc::clone(name), None);
    }

    /// Lets what is wrong with the inputs point at the text that they stand in; what a runbook reads by itself, at its file.
    pub(crate) fn locate(&self, program: &Program, runbook: &Path, diagnostics: Vec<Diagnostic>) -> Failure {
        let mut sources = program.sources.clone();
        let located = diagnostics.into_iter().map(|it| {
            let span = it.given.as_ref().and_then(|given| {
                self.span(&mut sources, given).or_else(|| span_in_file(&mut sources, program, runbook, given))
            });
            pointed_at(self.with_way_out(it), span)
        });
        let diagnostics = located.collect();
        Failure::Program { sources, diagnostics }
    }

    /// How to give what is wrong or missing depends on where it is given.
    fn with_way_out(&self, mut it: Diagnostic) -> Diagnostic {
        match &it.given {
            Some(Given::Name(name)) if !self.fields.contains_key(name) => {
                it.help = Some(if self.of_test {
                    format!("give it with `set {name} = …`, or as `{name}: …` in the file of `inputs \"…\"`")
                } else {
                    format!("give it with `--set {name}=…`, or as `{name}: …` in the file of `--inputs`")
                });
            }
            // The shell eats the quotes that YAML needs.
            Some(Given::Value(path)) if path.parts().len() == 1 => {
                let name = path.first_key().unwrap_or_default();
                let is_typed = matches!(self.sets.get(name), Some(Some(_)));
                let value = self.fields.get(name).filter(|_| is_typed);
                if let (Some(value), Some(true)) = (value, it.help.as_ref().map(|help| help.contains(QUOTES)))
                {
                    it.help = Some(format!("write it in quotes of both kinds: `--set '{name}=\"{value}\"'`"));
                }
            }
            _ => {}
        }
        it
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

/// Where a value stands that a runbook reads from a file by itself.
fn span_in_file(sources: &mut Sources, program: &Program, runbook: &Path, given: &Given) -> Option<Span> {
    let Given::Value(path) = given else { return None };
    let name = path.first_key()?;
    let input = program.runbook()?.inputs.iter().find(|it| &*it.name.node == name)?;
    let Read::File { format, path: file } = Read::file_of(input.default.as_ref()?)? else { return None };
    let document = Document::data(&beside(runbook, &file), format)?;
    let document = if secrets(program).contains(&name) { document.closed(|_, _| false) } else { document };
    Some(document.among(sources).value(&path.without_first()))
}

/// A message about a place of what was given; where that was declared explains it.
fn pointed_at(mut diagnostic: Diagnostic, span: Option<Span>) -> Diagnostic {
    if let Some(span) = span {
        let declared = std::mem::replace(&mut diagnostic.label, Label { span, text: String::new() });
        diagnostic.related.extend((!declared.text.is_empty()).then_some(declared));
    }
    diagnostic
}
