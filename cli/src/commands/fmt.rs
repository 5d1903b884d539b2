//! `hcxrun fmt`

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hcxrun_dsl::format;

use crate::failure::Failure;
use crate::render::count;
use crate::{files, say};

/// `--check` found another layout.
const DIFFERS: u8 = 2;

pub(crate) fn fmt(paths: &[PathBuf], check: bool, json: bool) -> Result<ExitCode, Failure> {
    if paths == [Path::new("-")] {
        return through(check);
    }
    let mut all = Vec::new();
    for path in paths {
        all.append(&mut files::runbooks(path)?);
    }
    // Everything is read before anything is written: a file that cannot be read leaves the others as they are.
    let texts = all.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    if let Some((path, _)) = all.iter().zip(&texts).find(|(path, text)| !is_ours(path, text)) {
        return Err(Failure::with_help(
            format!("{} is no file of hcxrun, and was left as it is", path.display()),
            "its name does not end in `.hcxrun`, and its first line is not `edition 1`",
        ));
    }
    let mut differ = Vec::new();
    for (path, text) in all.iter().zip(&texts) {
        let formatted = format(text);
        if formatted != *text {
            differ.push(path.display().to_string());
            if !check {
                files::replace(path, &formatted).map_err(|error| Failure::file("write", path, &error))?;
            }
        }
    }
    if json {
        say::json(&differ);
    } else {
        differ.iter().for_each(|path| say::answer(path));
        let what = if check { "differ from the layout" } else { "changed" };
        say::error(&format!("{} looked at, {} {what}", count(all.len(), "file"), differ.len()));
    }
    Ok(ExitCode::from(if check && !differ.is_empty() { DIFFERS } else { 0 }))
}

/// From standard input to standard output, as editors want it.
fn through(check: bool) -> Result<ExitCode, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
    let formatted = format(&text);
    if check {
        return Ok(ExitCode::from(if formatted == text { 0 } else { DIFFERS }));
    }
    say::exactly(&formatted);
    Ok(ExitCode::SUCCESS)
}

/// The layout of another language is not ours to change.
fn is_ours(path: &Path, text: &str) -> bool {
    let first = text.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty());
    path.extension().is_some_and(|it| it == "hcxrun")
        || first.is_some_and(|it| it.trim_start().starts_with("edition"))
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))
}
