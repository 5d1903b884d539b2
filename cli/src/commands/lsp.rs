//! `hcxrun lsp`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Loader, ModuleText, Program, Span};
use hcxrun_lsp::Library;

use crate::failure::Failure;
use crate::load::{self, Disk};
use crate::render::doc as render;
use crate::{doc, files, testing};

pub(crate) fn lsp() -> Result<ExitCode, Failure> {
    hcxrun_lsp::serve(&Modules)
        .map_err(|error| Failure::new(format!("the editor broke the connection: {error}")))?;
    Ok(ExitCode::SUCCESS)
}

/// Those of the disk and of the program.
struct Modules;

impl Library for Modules {
    fn module(&self, target: &UseTarget, from: &str) -> Result<ModuleText, String> {
        Disk.module(target, from)
    }

    fn together(&self, path: &Path) -> Option<ModuleText> {
        let folder = path.parent()?;
        load::together(folder, &testing::modules(folder).ok()?).ok()
    }

    fn below(&self, folder: &Path) -> Vec<PathBuf> {
        files::runbooks(folder).unwrap_or_default()
    }

    fn on_disk(&self, name: &str) -> Option<PathBuf> {
        let cache = cache()?;
        // The whole module, because its files use each other's names.
        for (name, text) in load::std_module_of(name)?.files {
            keep(&cache.join(name), &text).ok()?;
        }
        Some(cache.join(name))
    }

    fn names(&self) -> Vec<&'static str> {
        load::std_names().collect()
    }

    fn action(&self, program: &Program, declared: Span) -> Option<String> {
        let found = program.modules.iter().find_map(|module| {
            let action = module.actions.values().find(|it| it.name.span == declared)?;
            Some((module, action))
        });
        found.map(|(module, action)| render::hover(&doc::action(module, action, &program.sources)))
    }
}

/// Where this user's programs keep what they can make again.
fn cache() -> Option<PathBuf> {
    let given = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || given("HOME").map(|home| home.join(".cache"));
    given("XDG_CACHE_HOME").or_else(home).map(|cache| cache.join("hcxrun"))
}

/// Puts a text where it is to be read: what is changed there means nothing to the program.
fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|known| known == text) {
        return Ok(());
    }
    let _ = std::fs::remove_file(path);
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
    std::fs::write(path, text)?;
    let mut permissions = std::fs::metadata(path)?.permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(path, permissions)
}
