//! What modules, actions and runbooks say of themselves: pages, for a terminal, a book or another program.

mod action;
mod runbook;

use std::sync::Arc;

use hcxrun_dsl::syntax::{Expr, ExprKind, Input, TextPart, TypeExpr};
use hcxrun_dsl::{Module, Program, Sources, Span};
use serde::Serialize;

pub(crate) use action::action;
pub(crate) use runbook::runbook;

/// Something that is documented.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    /// `hcx.migrate`, `hcx`, the title of a runbook.
    pub(crate) title: String,
    /// What is to be known of it at a glance.
    pub(crate) kind: String,
    /// Its comment.
    pub(crate) doc: String,
    pub(crate) sections: Vec<Section>,
}

/// A table of a page.
#[derive(Debug, Serialize)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Section {
    /// A section whose rows have these cells; nothing is made of no rows.
    fn new(title: &'static str, rows: impl IntoIterator<Item = Vec<String>>) -> Option<Self> {
        let rows: Vec<_> = rows.into_iter().collect();
        (!rows.is_empty()).then_some(Section { title, rows })
    }

    /// A section of one sentence.
    fn sentence(title: &'static str, sentence: Option<String>) -> Option<Self> {
        Section::new(title, sentence.map(|it| vec![it]))
    }
}

/// What a module offers.
pub(crate) fn module(module: &Module, sources: &Sources) -> Page {
    let mut apis: Vec<_> = module.apis.values().collect();
    apis.sort_by_key(|it| it.span);
    let mut types: Vec<_> = module.types.values().collect();
    types.sort_by_key(|it| it.span);
    let sign_ins = apis.iter().filter_map(|it| {
        let login = it.login.as_ref()?;
        Some(action::asked(&it.name.node, login.method.node.as_str(), &sentence(sources, &login.path)))
    });
    let sign_ins = Section::new("Signing in", sign_ins);
    let apis = apis.into_iter().map(|it| vec![it.name.node.to_string(), first_sentence(it.doc.as_ref())]);
    let types = types.into_iter().map(|it| {
        let what = format!("{} {}", first_sentence(it.doc.as_ref()), type_text(sources, &it.ty));
        vec![it.name.node.to_string(), what]
    });
    let actions = self::actions(module).map(|it| {
        let known = if action::changes_as_inferred(it) { "inferred" } else { "" };
        let cells = [&*it.name.node, action::kind(it), known, &first_sentence(it.doc.as_ref())];
        cells.map(str::to_owned).to_vec()
    });
    let sections = [
        Section::new("Systems", apis),
        sign_ins,
        Section::new("Types", types),
        Section::new("Actions", actions),
    ];
    Page {
        title: module.name.to_string(),
        kind: "module".to_owned(),
        doc: String::new(),
        sections: sections.into_iter().flatten().collect(),
    }
}

/// The actions of a module in the order of its text.
pub(crate) fn actions(module: &Module) -> impl Iterator<Item = &hcxrun_dsl::syntax::Action> {
    let mut actions: Vec<_> = module.actions.values().map(|it| &**it).collect();
    actions.sort_by_key(|it| it.span);
    actions.into_iter()
}

fn input(sources: &Sources, it: &Input) -> Vec<String> {
    let default = it.default.as_ref().map(|value| format!(" = {}", written(sources, value.span)));
    let ty = type_text(sources, &it.ty) + &default.unwrap_or_default();
    vec![it.name.node.to_string(), ty, text(it.doc.as_ref())]
}

fn type_text(sources: &Sources, ty: &TypeExpr) -> String {
    written(sources, ty.span)
}

/// A piece of source on one line.
fn written(sources: &Sources, span: Span) -> String {
    let lines = sources.slice(span).lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// A text as its author wrote it, without the quotes.
fn sentence(sources: &Sources, expr: &Expr) -> String {
    let ExprKind::Text(parts) = &expr.kind else { return written(sources, expr.span) };
    let piece = |part: &TextPart| match part {
        TextPart::Plain(text) => text.to_string(),
        TextPart::Expr(expr) => format!("${{{}}}", written(sources, expr.span)),
    };
    parts.iter().map(piece).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(doc: Option<&Arc<str>>) -> String {
    doc.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

fn first_sentence(doc: Option<&Arc<str>>) -> String {
    let text = text(doc);
    match text.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => text,
    }
}

/// Everything that a program's own module offers, a page each: the module, then its actions.
pub(crate) fn pages(program: &Program) -> Vec<Page> {
    let Some(main) = program.main() else { return Vec::new() };
    let own = match runbook(program) {
        Some(page) => page,
        None => module(main, &program.sources),
    };
    let actions = actions(main).map(|it| action(main, it, &program.sources));
    std::iter::once(own).chain(actions).collect()
}
