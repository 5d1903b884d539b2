//! Which tests there are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hcxrun_dsl::{Diagnostic, Program};

use super::Case;
use crate::failure::Failure;
use crate::{files, load, text};

/// Where to look for tests.
#[derive(Debug)]
pub(crate) enum Wanted {
    /// A module of the standard library.
    Std(String),
    /// A file, or all `.hcxrun` files below a folder.
    Path(PathBuf),
}

/// The tests, with what is wrong with files that cannot be used.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) cases: Vec<Case>,
    pub(crate) broken: Vec<Failure>,
}

/// Finds the tests of modules and files.
pub(crate) fn find(wanted: &[Wanted]) -> Result<Found, Failure> {
    let (mut found, mut folders) = (Found::default(), BTreeMap::<PathBuf, Vec<PathBuf>>::new());
    for it in wanted {
        match it {
            Wanted::Std(name) => found.take(&load::std_tests(name)?, |_| true),
            Wanted::Path(path) => {
                for file in files::runbooks(path)? {
                    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
                    folders.entry(folder).or_default().push(file);
                }
            }
        }
    }
    for (folder, mut files) in folders {
        files.sort();
        files.dedup();
        found.folder(&folder, &files)?;
    }
    Ok(found)
}

/// Whether a line of a file begins like a test: what is wrong with other files is nothing to a test.
fn speaks_of_tests(file: &Path) -> Result<bool, Failure> {
    let text = text::read(file)?;
    Ok(text.lines().any(|line| line.trim_start().starts_with("test")))
}

fn is_broken(found: &[Diagnostic]) -> bool {
    found.iter().any(Diagnostic::is_error)
}

impl Found {
    /// The tests of files in one folder. A file that means nothing alone may be a part of the module that the folder
    /// is, and then its tests are those of the module.
    fn folder(&mut self, folder: &Path, files: &[PathBuf]) -> Result<(), Failure> {
        let mut parts = Vec::new();
        for file in files {
            if !speaks_of_tests(file)? {
                continue;
            }
            let (program, found) = load::read(file)?;
            let is_part =
                is_broken(&found) && program.runbook().is_none_or(|it| it.header.title.node.is_empty());
            if is_part {
                parts.push((file, program, found));
            } else {
                self.program(program, found, |_| true);
            }
        }
        if parts.is_empty() {
            return Ok(());
        }
        let modules = modules(folder)?;
        let (whole, found) = load::read_together(folder, &modules)?;
        let errors = |found: &[Diagnostic]| found.iter().filter(|it| it.is_error()).count();
        let alone: usize = parts.iter().map(|(_, _, found)| errors(found)).sum();
        if errors(&found) <= alone {
            let names: Vec<String> = parts.iter().map(|(file, ..)| file.display().to_string()).collect();
            self.program(whole, found, |file| names.iter().any(|name| name == file));
        } else {
            parts.into_iter().for_each(|(_, program, found)| self.program(program, found, |_| true));
        }
        Ok(())
    }

    fn program(&mut self, program: Program, diagnostics: Vec<Diagnostic>, is_wanted: impl Fn(&str) -> bool) {
        if is_broken(&diagnostics) {
            self.broken.push(Failure::Program { sources: program.sources, diagnostics });
        } else {
            self.take(&Arc::new(program), is_wanted);
        }
    }

    fn take(&mut self, program: &Arc<Program>, is_wanted: impl Fn(&str) -> bool) {
        let tests = program.main().map_or(&[][..], |module| &module.tests);
        let cases = tests.iter().map(|test| Case { program: Arc::clone(program), test: Arc::clone(test) });
        self.cases.extend(cases.filter(|case| is_wanted(case.file())));
    }
}

/// The files of a folder that are no runbooks.
pub(crate) fn modules(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let files =
        files::within(folder)?.into_iter().filter(|path| path.extension().is_some_and(|it| it == "hcxrun"));
    let mut modules = Vec::new();
    for file in files {
        // What cannot be read is told of where it is asked for itself.
        let Ok(text) = text::read(&file) else { continue };
        let (parsed, _) = hcxrun_dsl::parse(hcxrun_dsl::SourceId(0), &text);
        if !parsed.items.iter().any(|item| matches!(item, hcxrun_dsl::syntax::Item::Runbook(_))) {
            modules.push(file);
        }
    }
    Ok(modules)
}
