//! The author's files on the disk.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A file, or all `.hcxrun` files below a folder, in order; hidden ones and links to folders are passed over.
pub(crate) fn runbooks(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.as_os_str().is_empty() && !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in within(path)? {
        let is_hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_runbook = entry.extension().is_some_and(|it| it == "hcxrun");
        let is_folder = entry.is_dir() && !entry.is_symlink();
        if !is_hidden && (is_runbook || is_folder) {
            found.append(&mut runbooks(&entry)?);
        }
    }
    Ok(found)
}

/// What lies in a folder, in order; the current folder stays nameless in messages.
pub(crate) fn within(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(here).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| Failure::file("read", here, &error))?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| folder.join(entry.file_name())).collect();
    paths.sort();
    Ok(paths)
}

/// Puts a text in the place of a file at once: whoever stops the program has the old text or the new one.
pub(crate) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = path.canonicalize()?;
    let mode = std::fs::metadata(&path)?.permissions();
    let beside = path.with_extension(format!("hcxrun-{}", std::process::id()));
    let written = std::fs::File::create_new(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.set_permissions(mode)?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}
