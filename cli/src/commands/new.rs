//! `hcxrun new`

use std::fs::{File, create_dir_all};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::{files, say};

macro_rules! start {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("../../start/", $name)))),*] };
}

/// What there is to begin with; the runbook is the first.
const START: &[(&str, &str)] = start!["runbook.hcxrun" "inputs.yaml" "scene.yaml" "systems.yaml"];

/// The title of the runbook to begin with, until somebody gives it another.
const TITLE: &str = "A change on one service mesh";

/// Commands to try in the folder.
const NEXT: &str = "  hcxrun test
  hcxrun plan runbook.hcxrun --inputs inputs.yaml --twin scene.yaml
  hcxrun rehearse runbook.hcxrun --inputs inputs.yaml --twin scene.yaml
  hcxrun run runbook.hcxrun --inputs inputs.yaml --twin scene.yaml --approve-all";

pub(crate) fn new(folder: &Path, title: Option<&str>, json: bool) -> Result<ExitCode, Failure> {
    empty(folder)?;
    create_dir_all(folder).map_err(|error| Failure::file("make", folder, &error))?;
    let title = title.map_or_else(|| TITLE.to_owned(), quotable);
    for (name, text) in START {
        write(&folder.join(name), &text.replace(TITLE, &title))?;
    }
    if json {
        say::json(&START.iter().map(|(name, _)| folder.join(name)).collect::<Vec<_>>());
    } else {
        let names: Vec<_> = START.iter().map(|(name, _)| *name).collect();
        say::answer(&format!("{} has {}", folder.display(), names.join(", ")));
        say::answer(&format!("\nTry next, in that folder:\n{NEXT}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// What somebody has written there is not touched, nor mixed with what is new.
fn empty(folder: &Path) -> Result<(), Failure> {
    let is_taken = folder.exists() && (!folder.is_dir() || !files::within(folder)?.is_empty());
    if !is_taken {
        return Ok(());
    }
    let what = if folder.is_dir() { "a folder that is not empty" } else { "a file" };
    Err(Failure::with_help(
        format!("{} is {what}", folder.display()),
        "name a folder that is not there yet, or an empty one",
    ))
}

/// A title as it stands between the quotes of a text.
fn quotable(title: &str) -> String {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    title.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$")
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::file("write", path, &error))
}
