//! What is proposed, made of declarations.

use hcxrun_dsl::syntax::{Doc, Input, Member};
use hcxrun_dsl::{Module, Sources, Span};
use lsp_types::{CompletionItem, CompletionItemKind, Documentation};

use crate::documents::Known;

pub(super) fn item(label: impl Into<String>, kind: CompletionItemKind) -> CompletionItem {
    CompletionItem { label: label.into(), kind: Some(kind), ..CompletionItem::default() }
}

pub(super) fn documented(label: &str, kind: CompletionItemKind, doc: &Doc) -> CompletionItem {
    CompletionItem {
        documentation: doc.as_deref().map(|it| Documentation::String(it.to_owned())),
        ..item(label, kind)
    }
}

/// A word of the language with what it says.
pub(super) fn word(label: &str, kind: CompletionItemKind, doc: &str) -> CompletionItem {
    CompletionItem { documentation: Some(Documentation::String(doc.to_owned())), ..item(label, kind) }
}

/// The words of a table.
pub(super) fn words(table: &[(&str, &str)], kind: CompletionItemKind) -> Vec<CompletionItem> {
    table.iter().map(|(label, doc)| word(label, kind, doc)).collect()
}

/// An argument of a step with its type; one that must be given comes first.
pub(super) fn argument(sources: &Sources, it: &Input) -> CompletionItem {
    let ty = sources.slice(it.ty.span);
    let (rank, default) = match &it.default {
        None if !ty.ends_with('?') => ("0", String::new()),
        None => ("1", String::new()),
        Some(value) => ("1", format!(" = {}", sources.slice(value.span))),
    };
    let documented = documented(&it.name.node, CompletionItemKind::PROPERTY, &it.doc);
    CompletionItem {
        detail: Some(format!("{ty}{default}")),
        insert_text: Some(format!("{} = ", it.name.node)),
        sort_text: Some(format!("{rank}{}", it.name.node)),
        ..documented
    }
}

/// The actions of a module, by the name that it has in the file.
pub(super) fn of_actions(module: &Module, name: Option<&str>) -> Vec<CompletionItem> {
    let shown = |action: &str| name.map_or(action.to_owned(), |name| format!("{name}.{action}"));
    let actions = module.actions.values();
    actions.map(|it| documented(&shown(&it.name.node), CompletionItemKind::FUNCTION, &it.doc)).collect()
}

pub(super) fn of_apis(module: &Module) -> Vec<CompletionItem> {
    let apis = module.apis.values();
    apis.map(|it| documented(&it.name.node, CompletionItemKind::INTERFACE, &it.doc)).collect()
}

pub(super) fn of_types(module: &Module) -> Vec<CompletionItem> {
    let types = module.types.values();
    let types = types.map(|it| documented(&it.name.node, CompletionItemKind::STRUCT, &it.doc));
    types.chain(of_apis(module)).collect()
}

/// The modules that a file uses, and its own apis.
pub(super) fn of_module(module: &Module) -> Vec<CompletionItem> {
    let uses = module.uses.keys().map(|it| item(&**it, CompletionItemKind::MODULE));
    uses.chain(of_apis(module)).collect()
}

/// The names that a value can use in a block: those of the action around, or of the runbook.
pub(super) fn of_members(known: &Known, module: &Module, header: &str, at: usize) -> Vec<CompletionItem> {
    let around = |span: Span| span.source == known.source && span.range().contains(&at);
    let input = |it: &Input| CompletionItem {
        detail: Some(known.analysis.program.sources.slice(it.ty.span).to_owned()),
        ..documented(&it.name.node, CompletionItemKind::VARIABLE, &it.doc)
    };
    if let Some(action) = module.actions.values().find(|it| around(it.span)) {
        let lets = action.lets.iter().map(|it| item(&*it.name.node, CompletionItemKind::CONSTANT));
        return action.inputs.iter().map(input).chain(lets).collect();
    }
    let test = module.tests.iter().find(|it| around(it.span));
    let mut found = Vec::new();
    if let Some(body) = module.runbook.as_ref().filter(|_| test.is_none_or(|it| !it.is_runbook())) {
        found.extend(body.inputs.iter().map(input));
        found.extend(body.lets.iter().map(|it| item(&*it.name.node, CompletionItemKind::CONSTANT)));
        found.extend(body.systems.iter().map(|it| item(&*it.name.node, CompletionItemKind::INTERFACE)));
        marks(&body.members, &mut found);
    }
    if let Some(test) = test {
        found.extend(test.lets.iter().map(|it| item(&*it.name.node, CompletionItemKind::CONSTANT)));
        found.extend(test.systems.iter().map(|it| item(&*it.name.node, CompletionItemKind::INTERFACE)));
        marks(&test.members, &mut found);
    }
    let variable =
        header.strip_prefix("step ").and_then(|rest| rest.split_once(" for ")).map(|(_, rest)| rest);
    let variable = variable.and_then(|rest| rest.split_whitespace().next());
    found.extend(variable.map(|name| item(name, CompletionItemKind::VARIABLE)));
    found
}

/// Steps and gates; a step is a value by its outputs.
fn marks(members: &[Member], found: &mut Vec<CompletionItem>) {
    for member in members {
        match member {
            Member::Phase(it) => marks(&it.members, found),
            Member::Parallel(it) => marks(&it.members, found),
            Member::Gate(it) => found.push(documented(&it.name.node, CompletionItemKind::KEYWORD, &it.doc)),
            Member::Step(it) => found.push(documented(&it.name.node, CompletionItemKind::EVENT, &it.doc)),
        }
    }
}
