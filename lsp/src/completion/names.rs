//! The names that a place can use.

use hcxrun_dsl::syntax::{Doc, Input, Let, Member, Step, System};
use hcxrun_dsl::{Module, Name, Span, Type};
use lsp_types::{CompletionItem, CompletionItemKind};

use super::items::{documented, item};
use crate::documents::Known;

/// A name of an action or of a runbook.
pub(super) struct Named<'m> {
    name: &'m Name,
    pub(super) kind: CompletionItemKind,
    doc: Option<&'m Doc>,
    /// Its type, where it is written.
    written: Option<Span>,
}

impl<'m> Named<'m> {
    fn new(name: &'m Name, kind: CompletionItemKind) -> Self {
        Self { name, kind, doc: None, written: None }
    }

    fn documented(name: &'m Name, kind: CompletionItemKind, doc: &'m Doc) -> Self {
        Self { doc: Some(doc), ..Self::new(name, kind) }
    }

    fn input(it: &'m Input) -> Self {
        let named = Self::documented(&it.name, CompletionItemKind::VARIABLE, &it.doc);
        Self { written: Some(it.ty.span), ..named }
    }

    fn constant(it: &'m Let) -> Self {
        Self::new(&it.name, CompletionItemKind::CONSTANT)
    }

    fn system(it: &'m System) -> Self {
        Self::new(&it.name, CompletionItemKind::INTERFACE)
    }

    /// Where it is declared.
    pub(super) fn start(&self) -> u32 {
        self.name.span.start
    }

    pub(super) fn ty<'k>(&self, known: &'k Known) -> &'k Type {
        known.type_at(self.name.span).unwrap_or(&Type::Unknown)
    }

    pub(super) fn item(&self, known: &Known) -> CompletionItem {
        let written = self.written.map(|span| known.analysis.program.sources.slice(span).to_owned());
        let ty = Some(self.ty(known)).filter(|ty| **ty != Type::Unknown).map(Type::brief);
        let label = &*self.name.node;
        let item = self.doc.map_or_else(|| item(label, self.kind), |doc| documented(label, self.kind, doc));
        CompletionItem { detail: written.or(ty), ..item }
    }
}

/// The names that are known at a place: those of the action around it, or of the runbook and of the test around it.
pub(super) fn names(module: &Module, at: Span) -> Vec<Named<'_>> {
    if let Some(action) = module.actions.values().find(|it| holds(it.span, at)) {
        let lets = action.lets.iter().map(Named::constant);
        return action.inputs.iter().map(Named::input).chain(lets).collect();
    }
    let test = module.tests.iter().find(|it| holds(it.span, at));
    let mut found = Vec::new();
    if let Some(body) = module.runbook.as_ref().filter(|_| test.is_none_or(|it| !it.is_runbook())) {
        found.extend(body.inputs.iter().map(Named::input));
        found.extend(body.lets.iter().map(Named::constant));
        found.extend(body.systems.iter().map(Named::system));
        members(&body.members, at, false, &mut found);
    }
    if let Some(test) = test {
        found.extend(test.lets.iter().map(Named::constant));
        found.extend(test.systems.iter().map(Named::system));
        members(&test.members, at, false, &mut found);
    }
    found
}

/// Steps and gates that come before a place, and those of other branches of a `parallel`; a step is a value by its
/// outputs. Of the step around the place only the variable is known.
fn members<'m>(all: &'m [Member], at: Span, is_parallel: bool, found: &mut Vec<Named<'m>>) {
    for member in all {
        let is_around = holds(span(member), at);
        match member {
            Member::Phase(it) => members(&it.members, at, false, found),
            Member::Parallel(it) => members(&it.members, at, true, found),
            Member::Step(it) if is_around => found.extend(variable(it, at)),
            Member::Gate(_) if is_around => {}
            Member::Step(it) => found.push(Named::documented(&it.name, CompletionItemKind::EVENT, &it.doc)),
            Member::Gate(it) => found.push(Named::documented(&it.name, CompletionItemKind::KEYWORD, &it.doc)),
        }
        // What follows in the order of the text is not known yet.
        if is_around && !is_parallel {
            return;
        }
    }
}

fn holds(span: Span, at: Span) -> bool {
    span.source == at.source && span.start <= at.start && at.start < span.end
}

fn span(member: &Member) -> Span {
    match member {
        Member::Phase(it) => it.span,
        Member::Parallel(it) => it.span,
        Member::Gate(it) => it.span,
        Member::Step(it) => it.span,
    }
}

/// The variable of a `for`, behind its list.
fn variable(step: &Step, at: Span) -> Option<Named<'_>> {
    let each = step.each.as_ref().filter(|each| each.list.span.end < at.start)?;
    Some(Named::new(&each.variable, CompletionItemKind::VARIABLE))
}
