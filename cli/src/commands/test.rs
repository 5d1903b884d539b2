//! `hcxrun test`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use crate::args::TestArgs;
use crate::failure::Failure;
use crate::render::count;
use crate::testing::report::{story, to_json};
use crate::testing::{Case, Tried, Wanted, find, junit, run};
use crate::{load, say};

pub(crate) fn test(args: &TestArgs, as_json: bool) -> Result<ExitCode, Failure> {
    let began = Instant::now();
    let found = find(&wanted(args)?)?;
    found.broken.iter().for_each(|failure| say::error(&failure.text()));
    let matches = |case: &Case| args.filter.as_ref().is_none_or(|text| case.test.name.node.contains(text));
    let all = found.cases.len();
    let cases: Vec<Case> = found.cases.into_iter().filter(matches).collect();
    if all == 0 && found.broken.is_empty() {
        return Err(Failure::with_help(
            "there are no tests",
            "write `test \"what is so\" { … }` into a runbook or a module; docs/language.md shows how",
        ));
    }
    // As when there is none at all: what CI takes for tried has to be tried.
    if let (Some(text), true, true) = (&args.filter, cases.is_empty(), all > 0) {
        let help = format!("{} there; `hcxrun test` without `--filter` names them", count(all, "test"));
        return Err(Failure::with_help(format!("no test has `{text}` in its name"), help));
    }
    let tried = run(&cases)?;
    if let Some(path) = &args.junit {
        std::fs::write(path, junit::render(&tried)).map_err(|error| Failure::file("write", path, &error))?;
    }
    let failed: Vec<&Tried> = tried.iter().filter(|it| !it.missed.is_empty()).collect();
    if as_json {
        say::json(&to_json(&tried));
    } else {
        tell(&tried, &failed);
        let result = if failed.is_empty() && found.broken.is_empty() { "ok" } else { "FAILED" };
        say::answer(&format!(
            "test result: {result}. {} passed; {} failed; {} filtered out; finished in {:.2}s",
            tried.len() - failed.len(),
            failed.len(),
            all - tried.len(),
            began.elapsed().as_secs_f64()
        ));
    }
    Ok(ExitCode::from(u8::from(!failed.is_empty() || !found.broken.is_empty())))
}

/// What the command line names; a path comes before a module of the standard library.
fn wanted(args: &TestArgs) -> Result<Vec<Wanted>, Failure> {
    let std = |name: &str| Wanted::Std(name.to_owned());
    let mut wanted: Vec<Wanted> = Vec::new();
    if args.stdlib {
        wanted.extend(load::std_names().map(std));
    }
    for path in &args.files {
        let module = load::std_names().find(|name| path.as_os_str() == *name);
        match module.filter(|_| !path.exists()) {
            Some(name) => wanted.push(std(name)),
            None if path.exists() => wanted.push(Wanted::Path(path.clone())),
            None => {
                let names: Vec<_> = load::std_names().map(|name| format!("`{name}`")).collect();
                return Err(Failure::with_help(
                    format!("there is no file or folder {}", path.display()),
                    format!("modules of the standard library are {}", names.join(", ")),
                ));
            }
        }
    }
    if wanted.is_empty() {
        wanted.push(Wanted::Path(PathBuf::new()));
    }
    Ok(wanted)
}

fn tell(tried: &[Tried], failed: &[&Tried]) {
    for of_file in tried.chunk_by(|a, b| a.case.file() == b.case.file()) {
        let file = of_file.first().map_or("", |it| it.case.file());
        say::answer(&format!("running {} of {file}", count(of_file.len(), "test")));
        for it in of_file {
            let word = if it.missed.is_empty() { "ok" } else { "FAILED" };
            say::answer(&format!("test {} ... {word}", it.case.test.name.node));
        }
        say::answer("");
    }
    if !failed.is_empty() {
        say::answer("failures:\n");
    }
    for it in failed {
        say::answer(&format!("---- {} ----\n{}\n", it.case.test.name.node, story(it)));
    }
}
