//! The standard library and the runbooks of the repository check without a word.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

use std::path::{Path, PathBuf};

use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Loader, ModuleText, Sources, load};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[expect(clippy::disallowed_methods, reason = "a test reads its texts from the disk; the language does not")]
fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

struct Repository;

impl Loader for Repository {
    fn module(&mut self, target: &UseTarget, from: &str) -> Result<ModuleText, String> {
        Ok(module(&match target {
            UseTarget::Std(name) => root().join("stdlib").join(&**name),
            UseTarget::File(path) => Path::new(from).parent().unwrap().join(&**path),
        }))
    }
}

/// A file, or a folder of files that share their names.
fn module(path: &Path) -> ModuleText {
    let files = if path.is_dir() { entries(path) } else { vec![path.to_owned()] };
    let files = files.into_iter().filter(|path| path.extension().is_some_and(|it| it == "hcxrun"));
    let files = files.map(|path| (path.display().to_string(), text(&path))).collect();
    ModuleText { name: path.display().to_string(), files }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn everything_that_is_shipped_checks_without_a_word() {
    let mut checked = 0;
    for folder in ["stdlib", "runbooks"] {
        for path in entries(&root().join(folder)) {
            let module = module(&path);
            // A folder beside a runbook holds its inputs.
            if module.files.is_empty() {
                continue;
            }
            let (program, diagnostics) = load(&module, &mut Repository);
            let show = |sources: &Sources| {
                diagnostics
                    .iter()
                    .map(|it| {
                        format!(
                            "{} {} {} | {} | {:?} | {:?}",
                            sources.position(it.label.span),
                            it.code,
                            it.message,
                            it.label.text,
                            it.origin,
                            it.help
                        )
                    })
                    .collect::<Vec<_>>()
            };
            assert!(diagnostics.is_empty(), "{:#?}", show(&program.sources));
            checked += 1;
        }
    }
    assert!(checked >= 3, "only {checked} files were found");
}
