//! What is proposed, made of declarations.

use hcxrun_dsl::syntax::{Doc, Input};
use hcxrun_dsl::{Module, Sources};
use lsp_types::{CompletionItem, CompletionItemKind, Documentation};

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
pub(super) fn argument(sources: &Sources, it: &Input, is_needed: bool) -> CompletionItem {
    let ty = sources.slice(it.ty.span);
    let default = it.default.as_ref().map(|value| format!(" = {}", sources.slice(value.span)));
    CompletionItem {
        detail: Some(format!("{ty}{}", default.unwrap_or_default())),
        insert_text: Some(format!("{} = ", it.name.node)),
        sort_text: Some(format!("{}{}", u8::from(!is_needed), it.name.node)),
        ..documented(&it.name.node, CompletionItemKind::PROPERTY, &it.doc)
    }
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
