//! The files of the repository, as tests read them.

use std::path::{Path, PathBuf};

use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Loader, ModuleText};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[expect(clippy::disallowed_methods, reason = "a test reads its texts from the disk; the language does not")]
pub(crate) fn text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|_| format!("there is no file {}", path.display()))
}

/// What `use` brings in, the standard library from its folder.
pub(crate) struct Repository;

impl Loader for Repository {
    fn module(&mut self, target: &UseTarget, from: &str) -> Result<ModuleText, String> {
        module(&match target {
            UseTarget::Std(name) => root().join("stdlib").join(&**name),
            UseTarget::File(path) => Path::new(from).parent().unwrap().join(&**path),
        })
    }
}

/// A file, or a folder of files that share their names.
pub(crate) fn module(path: &Path) -> Result<ModuleText, String> {
    let mut files = if path.is_dir() { entries(path) } else { vec![path.to_owned()] };
    if path.is_dir() {
        files.retain(|path| path.extension().is_some_and(|it| it == "hcxrun"));
    }
    let files = files.into_iter().map(|path| Ok((path.display().to_string(), text(&path)?)));
    Ok(ModuleText { name: path.display().to_string(), files: files.collect::<Result<_, String>>()? })
}

/// What stands in a folder, by name.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths
}
