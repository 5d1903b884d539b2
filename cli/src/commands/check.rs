//! `hcxrun check`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hcxrun_dsl::{Diagnostic, Program, Severity, Sources};
use serde_json::json;

use crate::failure::Failure;
use crate::render::{count, diagnostic};
use crate::{files, load, say, testing};

pub(crate) fn check(paths: &[PathBuf], as_json: bool) -> ExitCode {
    let (mut errors, mut warnings, mut found, mut first, mut checked) = (0, 0, Vec::new(), None, 0);
    for read in paths.iter().flat_map(|path| programs(path).unwrap_or_else(|failure| vec![Err(failure)])) {
        let Read { files, program, diagnostics } = match read {
            Ok(read) => read,
            Err(failure) => {
                errors += 1;
                if as_json {
                    found.push(unread(&failure));
                } else {
                    say::error(&format!("{}\n", failure.text()));
                }
                continue;
            }
        };
        checked += files;
        errors += diagnostics.iter().filter(|it| it.is_error()).count();
        warnings += diagnostics.iter().filter(|it| !it.is_error()).count();
        if as_json {
            found.extend(diagnostics.iter().map(|it| to_json(&program.sources, it)));
        } else if !diagnostics.is_empty() {
            say::error(&format!("{}\n", diagnostic::render_all(&program.sources, &diagnostics)));
            first = first.or_else(|| diagnostics.first().map(|it| it.code));
        }
    }
    first.iter().for_each(|code| say::more(code));
    if as_json {
        say::json(&found);
    } else {
        let checked = count(checked, "file");
        say::answer(&format!("{checked}: {}, {}", count(errors, "error"), count(warnings, "warning")));
    }
    ExitCode::from(u8::from(errors > 0))
}

/// What is checked as one.
struct Read {
    files: usize,
    program: Program,
    diagnostics: Vec<Diagnostic>,
}

impl Read {
    fn new(files: usize, (program, diagnostics): (Program, Vec<Diagnostic>)) -> Self {
        Self { files, program, diagnostics }
    }

    fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|it| it.is_error()).count()
    }
}

/// A file, or all `.hcxrun` files below a folder: each by itself, and as one those of a folder that mean something only together.
/// One that cannot be read keeps no other from being checked.
fn programs(path: &Path) -> Result<Vec<Result<Read, Failure>>, Failure> {
    let mut folders = BTreeMap::<PathBuf, Vec<PathBuf>>::new();
    for file in files::runbooks(path)? {
        folders.entry(file.parent().unwrap_or(Path::new("")).to_owned()).or_default().push(file);
    }
    if folders.is_empty() {
        return Err(Failure::new(format!("{} holds no .hcxrun file", path.display())));
    }
    let mut all = Vec::new();
    for (folder, files) in folders {
        let modules = if path.is_dir() { testing::modules(&folder)? } else { Vec::new() };
        let (parts, whole): (Vec<_>, Vec<_>) = files.into_iter().partition(|it| modules.contains(it));
        let read = |file: &PathBuf| load::read(file).map(|it| Read::new(1, it));
        all.extend(whole.iter().map(read));
        let alone: Vec<_> = parts.iter().map(read).collect();
        let errors: usize = alone.iter().flatten().map(Read::errors).sum();
        let together = if errors == 0 { None } else { Some(load::read_together(&folder, &parts)?) };
        match together.map(|it| Read::new(parts.len(), it)).filter(|it| it.errors() < errors) {
            Some(together) => all.push(Ok(together)),
            None => all.extend(alone),
        }
    }
    Ok(all)
}

/// A file that cannot be read, for programs.
fn unread(failure: &Failure) -> serde_json::Value {
    json!({ "severity": "error", "message": failure.fact() })
}

fn to_json(sources: &Sources, it: &Diagnostic) -> serde_json::Value {
    let severity = match it.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({
        "code": it.code,
        "severity": severity,
        "message": it.message,
        "at": sources.position(it.label.span),
        "label": it.label.text,
        "origin": it.origin,
        "help": it.help,
        "related": it.related.iter().map(|label| json!({
            "at": sources.position(label.span), "text": label.text,
        })).collect::<Vec<_>>(),
    })
}
