//! `hcxrun diff`

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::stored::{Subject, digest, kept_plan};
use crate::args::{DiffArgs, RunbookArgs};
use crate::diff::{Side, differences, overall};
use crate::failure::Failure;
use crate::{load, say};

/// They differ.
const DIFFERENT: u8 = 2;

pub(crate) fn diff(args: &DiffArgs, as_json: bool) -> Result<ExitCode, Failure> {
    let plans = [kept_plan(&args.before)?.is_some(), kept_plan(&args.after)?.is_some()];
    // Inputs are for the runbook beside a plan; two plans refuse them.
    let given = |is_plan: bool| !is_plan || plans == [true, true];
    let mut before = side(&args.before, args, given(plans[0]))?;
    let mut after = side(&args.after, args, given(plans[1]))?;
    if before.expanded.is_none() || after.expanded.is_none() {
        [&mut before, &mut after].into_iter().for_each(Side::as_declared);
    }
    let is_same = before.digest == after.digest;
    let (found, whole) = if is_same { Default::default() } else { compared(&before, &after) };
    if as_json {
        let digests = [&before.digest, &after.digest];
        say::json(&json!({
            "same": is_same, "digests": digests, "expanded": before.expanded.is_some(),
            "differences": found, "overall": whole,
        }));
    } else if is_same {
        say::answer(&format!("A and B mean the same (digest {})", before.digest));
    } else {
        say::answer(&crate::diff::text(&found, &whole));
    }
    Ok(ExitCode::from(if is_same { 0 } else { DIFFERENT }))
}

fn compared(before: &Side, after: &Side) -> (Vec<crate::diff::Difference>, Vec<String>) {
    (differences(before, after), overall(before, after))
}

/// A runbook whose inputs were not given is compared as it is declared.
fn side(file: &Path, args: &DiffArgs, given: bool) -> Result<Side, Failure> {
    let (inputs, set) = if given { (args.inputs.clone(), args.set.clone()) } else { (None, Vec::new()) };
    let is_given = inputs.is_some() || !set.is_empty();
    match Subject::read(&RunbookArgs { file: file.to_owned(), inputs, set }) {
        Ok(subject) => {
            let program = subject.expanded.graph.program.clone();
            let digest = digest(&program, &subject.record);
            Ok(Side { program, digest, files: subject.record.files, expanded: Some(subject.expanded) })
        }
        Err(failure @ Failure::Program { .. }) if !is_given && kept_plan(file)?.is_none() => {
            let program = load::program(file)?.program;
            if program.runbook().is_none() {
                return Err(failure);
            }
            Ok(Side { digest: program.digest(), program, files: Vec::new(), expanded: None })
        }
        Err(failure) => Err(failure),
    }
}
