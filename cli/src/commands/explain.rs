//! `hcxrun explain`

use std::process::ExitCode;

use hcxrun_dsl::suggestion;
use serde_json::json;

use crate::failure::Failure;
use crate::pages::{self, Page};
use crate::render::{columns, markdown};
use crate::say;

pub(crate) fn explain(code: Option<&str>, as_json: bool) -> Result<ExitCode, Failure> {
    let found = match code {
        None => pages::all().collect(),
        Some(typed) => vec![pages::find(typed).ok_or_else(|| unknown(typed))?],
    };
    match found.as_slice() {
        _ if as_json => say::json(&found.iter().map(to_json).collect::<Vec<_>>()),
        [one] => say::answer(markdown::text(one.text).trim_end()),
        all => list(all),
    }
    Ok(ExitCode::SUCCESS)
}

fn list(all: &[Page]) {
    let rows: Vec<_> = all.iter().map(|it| vec![it.code.to_owned(), it.title.to_owned()]).collect();
    columns(&rows).iter().for_each(|line| say::answer(line));
    say::answer("\n`hcxrun explain CODE` tells what one means, with an example");
}

fn to_json(it: &Page) -> serde_json::Value {
    json!({ "code": it.code, "title": it.title, "page": it.text })
}

fn unknown(typed: &str) -> Failure {
    let near = suggestion(&typed.to_ascii_uppercase(), pages::all().map(|it| it.code), "there are");
    let help = near.unwrap_or_else(|| "`hcxrun explain` lists all of them".to_owned());
    Failure::with_help(format!("no message has the code `{typed}`"), help)
}
