//! `hcxrun doc`

use std::path::Path;
use std::process::ExitCode;

use hcxrun_dsl::{Program, suggestion};

use crate::args::DocFormat;
use crate::doc::{self, Page};
use crate::failure::Failure;
use crate::render::doc as render;
use crate::{load, say};

pub(crate) fn doc(name: Option<&str>, format: DocFormat) -> Result<ExitCode, Failure> {
    let pages = match name {
        None => library()?,
        Some(name) if is_path(name) => doc::pages(&load::program(Path::new(name))?.program),
        Some(name) => named(name, format)?,
    };
    match format {
        DocFormat::Text => say::answer(joined(&pages, render::text).trim_end()),
        DocFormat::Markdown => say::answer(joined(&pages, render::markdown).trim_end()),
        DocFormat::Json => say::json(&pages),
    }
    Ok(ExitCode::SUCCESS)
}

fn is_path(name: &str) -> bool {
    name.contains('/') || name.ends_with(".hcxrun") || Path::new(name).exists()
}

fn joined(pages: &[Page], render: impl Fn(&Page) -> String) -> String {
    pages.iter().map(render).collect::<Vec<_>>().join("\n")
}

/// What the standard library offers, a page a module.
fn library() -> Result<Vec<Page>, Failure> {
    load::std_names().map(|name| load::std_program(name).map(|it| module(&it))).collect()
}

fn module(program: &Program) -> Page {
    doc::pages(program).swap_remove(0)
}

/// `hcx`, or `hcx.migrate`. For a book a module comes with all of its actions.
fn named(name: &str, format: DocFormat) -> Result<Vec<Page>, Failure> {
    let (of, item) = name.split_once('.').map_or((name, None), |(of, item)| (of, Some(item)));
    let program = load::std_program(of)?;
    let mut pages = doc::pages(&program);
    match (item, format) {
        (None, DocFormat::Text) => pages.truncate(1),
        (None, DocFormat::Markdown | DocFormat::Json) => {}
        (Some(item), _) => {
            let actions = program.main().map(|it| doc::actions(it).map(|it| &*it.name.node).collect());
            let actions: Vec<&str> = actions.unwrap_or_default();
            let Some(at) = actions.iter().position(|known| *known == item) else {
                let help = suggestion(item, actions, "it has");
                let help = help.unwrap_or_else(|| format!("`hcxrun doc {of}` lists what it has"));
                return Err(Failure::with_help(format!("`{of}` has no action `{item}`"), help));
            };
            pages = vec![pages.swap_remove(at + 1)];
        }
    }
    Ok(pages)
}
