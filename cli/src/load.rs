//! From paths to a checked program and an expanded graph: the disk's side of the language.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hcxrun_dsl::eval::{Context, EvalError, Read, ReadFailure, Reads, Scope};
use hcxrun_dsl::syntax::{Expr, UseTarget};
use hcxrun_dsl::{Diagnostic, Loader, ModuleText, Program, Value};
use hcxrun_engine::{Expanded, Expansion, RunRecord, StoredSource, expand};

use crate::failure::Failure;
use crate::inputs::Inputs;
use crate::text::{self, Unreadable};

/// The texts of a module by their names.
type Files = &'static [(&'static str, &'static str)];

/// A module of the standard library.
struct StdModule {
    name: &'static str,
    files: Files,
    /// Its tests, which only `hcxrun test` reads.
    tried: Files,
}

macro_rules! texts {
    ($module:literal: $($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../stdlib/", $module, "/", $file, ".hcxrun")))),*]
    };
}

/// The standard library, in the binary: what a run means must not hang on what lies about on a disk.
const STDLIB: &[StdModule] = &[StdModule {
    name: "hcx",
    files: texts!(
        "hcx": "systems", "managers", "profiles", "mesh", "appliances", "alerts", "ha", "ha_work", "networks",
        "extensions", "migrations", "waves", "moving"
    ),
    tried: texts!("hcx": "managers_tried", "ha_tried", "extensions_tried", "waves_tried"),
}];

/// Reads modules from the standard library and from files beside the one that names them.
#[derive(Debug, Default)]
pub(crate) struct Disk;

impl Loader for Disk {
    fn module(&mut self, target: &UseTarget, from: &str) -> Result<ModuleText, String> {
        match target {
            UseTarget::Std(name) => std_module(name).map(|it| it.text(it.files)),
            UseTarget::File(path) => {
                let path = beside(Path::new(from), path);
                module(&path).map_err(|it| match it.help {
                    Some(help) => format!("{it}; {help}"),
                    None => it.to_string(),
                })
            }
        }
    }

    fn names(&self) -> Vec<&'static str> {
        std_names().collect()
    }
}

impl StdModule {
    fn text(&self, files: &[(&str, &str)]) -> ModuleText {
        let path = format!("stdlib/{}", self.name);
        let file = |(file, text): &(&str, &str)| (format!("{path}/{file}.hcxrun"), (*text).to_owned());
        ModuleText { files: files.iter().map(file).collect(), name: path }
    }
}

fn std_module(name: &str) -> Result<&'static StdModule, String> {
    STDLIB.iter().find(|it| it.name == name).ok_or_else(|| {
        let known: Vec<_> = std_names().map(|name| format!("`{name}`")).collect();
        format!("the standard library has no `{name}`; it has {}", known.join(", "))
    })
}

/// The modules of the standard library.
pub(crate) fn std_names() -> impl Iterator<Item = &'static str> {
    STDLIB.iter().map(|it| it.name)
}

/// The module of the standard library that a text as `stdlib/hcx/ha.hcxrun` belongs to.
pub(crate) fn std_module_of(name: &str) -> Option<ModuleText> {
    let (module, _) = name.strip_prefix("stdlib/")?.split_once('/')?;
    let module = std_module(module).ok()?;
    Some(module.text(module.files))
}

/// A module of the standard library by itself.
pub(crate) fn std_program(name: &str) -> Result<Arc<Program>, Failure> {
    let module = std_module(name).map_err(Failure::new)?;
    Ok(checked(hcxrun_dsl::load(&module.text(module.files), &mut Disk))?.program)
}

/// A module of the standard library with its tests.
pub(crate) fn std_tests(name: &str) -> Result<Arc<Program>, Failure> {
    let module = std_module(name).map_err(Failure::new)?;
    let whole = [module.files, module.tried].concat();
    Ok(checked(hcxrun_dsl::load(&module.text(&whole), &mut Disk))?.program)
}

/// A module on the disk: a file, or all `.hcxrun` files of a folder.
fn module(path: &Path) -> Result<ModuleText, Unreadable> {
    if !path.is_dir() {
        return Ok(ModuleText::file(path.display().to_string(), text::read(path)?));
    }
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| Unreadable::new(path, &error))?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "hcxrun"));
    paths.sort();
    if paths.is_empty() {
        return Err(Unreadable::because(path, "the folder holds no .hcxrun file", None));
    }
    files(path, &paths)
}

/// Files of a folder as one module.
fn files(folder: &Path, paths: &[PathBuf]) -> Result<ModuleText, Unreadable> {
    let read = |path: &PathBuf| Ok((path.display().to_string(), text::read(path)?));
    let files = paths.iter().map(read).collect::<Result<Vec<_>, Unreadable>>()?;
    Ok(ModuleText { name: folder.display().to_string(), files })
}

/// Files of a folder as one module.
pub(crate) fn together(folder: &Path, paths: &[PathBuf]) -> Result<ModuleText, Failure> {
    Ok(files(folder, paths)?)
}

/// Reads files of a folder as one module, with all that they use and whatever is wrong with it.
pub(crate) fn read_together(folder: &Path, paths: &[PathBuf]) -> Result<(Program, Vec<Diagnostic>), Failure> {
    Ok(hcxrun_dsl::load(&together(folder, paths)?, &mut Disk))
}

pub(crate) fn beside(file: &Path, path: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(path)
}

/// Modules as a run kept them.
struct Kept<'a>(&'a [StoredSource]);

impl Loader for Kept<'_> {
    fn module(&mut self, target: &UseTarget, from: &str) -> Result<ModuleText, String> {
        let name = match target {
            UseTarget::Std(name) => format!("stdlib/{name}"),
            UseTarget::File(path) => beside(Path::new(from), path).display().to_string(),
        };
        let is_part = |it: &&StoredSource| {
            it.name.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let files: Vec<_> =
            self.0.iter().filter(is_part).map(|it| (it.name.clone(), it.text.clone())).collect();
        if files.is_empty() {
            return Err(format!("the journal holds no {name}"));
        }
        Ok(ModuleText { name, files })
    }
}

/// A checked program with its warnings.
pub(crate) struct Loaded {
    pub(crate) program: Arc<Program>,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Reads a runbook or a module with all that it uses, and whatever is wrong with it.
pub(crate) fn read(path: &Path) -> Result<(Program, Vec<Diagnostic>), Failure> {
    let text = module(path)?;
    Ok(hcxrun_dsl::load(&text, &mut Disk))
}

/// Reads and checks a runbook or a module.
pub(crate) fn program(path: &Path) -> Result<Loaded, Failure> {
    checked(read(path)?)
}

fn checked((program, diagnostics): (Program, Vec<Diagnostic>)) -> Result<Loaded, Failure> {
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(Failure::Program { sources: program.sources, diagnostics });
    }
    Ok(Loaded { program: Arc::new(program), warnings: diagnostics })
}

/// A graph with all that it was made from.
pub(crate) struct Prepared {
    pub(crate) expanded: Expanded,
    /// The files of data, as reads for looks and plans.
    pub(crate) files: Reads,
    /// The same, for the journal.
    pub(crate) data: Vec<(Read, Value)>,
}

/// Expands a program, reading the files that it names.
pub(crate) fn prepare(program: &Arc<Program>, path: &Path, given: &Inputs) -> Result<Prepared, Failure> {
    let (mut files, mut data) = (Reads::default(), Vec::new());
    loop {
        let wrong = |diagnostics| given.locate(program, path, diagnostics);
        match expand(program, &given.fields, &files).map_err(wrong)? {
            Expansion::Done(expanded) => return Ok(Prepared { expanded: *expanded, files, data }),
            Expansion::Needs(reads) => {
                for read in reads {
                    let answer = file(&read, path);
                    if let Ok(value) = &answer {
                        data.push((read.clone(), value.clone()));
                    }
                    files.insert(read, answer);
                }
            }
        }
    }
}

/// Evaluates an expression that may name files beside a runbook, and reads them.
pub(crate) fn evaluate(
    expr: &Expr,
    scope: &Scope<'_>,
    files: &mut Reads,
    runbook: &Path,
) -> Result<Value, EvalError> {
    loop {
        let context = Context::new(files);
        let value = context.evaluate(expr, scope);
        let missing = context.missing();
        if missing.is_empty() {
            return value;
        }
        for read in missing {
            let answer = file(&read, runbook);
            files.insert(read, answer);
        }
    }
}

fn file(read: &Read, runbook: &Path) -> Result<Value, ReadFailure> {
    let failure = |message: String| ReadFailure { message, passing: false };
    let Read::File { format, path } = read else {
        return Err(failure("the steps of a runbook cannot hang on what a system says".to_owned()));
    };
    let text = text::read(&beside(runbook, path)).map_err(|it| failure(it.why))?;
    format.parse(&text).map_err(failure)
}

/// A run's program and graph as the journal kept them.
pub(crate) fn kept(record: &RunRecord) -> Result<(Expanded, Reads), Failure> {
    let [main, ..] = record.sources.as_slice() else {
        return Err(Failure::new("the journal holds no program of this run"));
    };
    let loaded =
        checked(hcxrun_dsl::load(&ModuleText::file(&main.name, &main.text), &mut Kept(&record.sources)))?;
    let files = record.files();
    match expand(&loaded.program, &record.inputs(), &files) {
        Ok(Expansion::Done(expanded)) => Ok((*expanded, files)),
        Ok(Expansion::Needs(_)) => {
            Err(Failure::new("the journal lacks a file of data that this run was made from"))
        }
        Err(diagnostics) => Err(Failure::Program { sources: loaded.program.sources.clone(), diagnostics }),
    }
}

/// The program's texts for the journal.
pub(crate) fn sources(program: &Program) -> Vec<StoredSource> {
    let keep = |(_, source): (_, &hcxrun_dsl::Source)| StoredSource {
        name: source.name.to_string(),
        text: source.text.to_string(),
    };
    program.sources.iter().map(keep).collect()
}
