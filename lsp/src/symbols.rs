//! The outline of a file.

use hcxrun_dsl::syntax::{Member, Step};
use hcxrun_dsl::{Module, Name, RunbookBody, Span};
use lsp_types::{DocumentSymbol, SymbolKind};

use crate::documents::Known;
use crate::place::Lines;

pub(crate) fn symbols(known: &Known) -> Vec<DocumentSymbol> {
    let Some(module) = known.analysis.program.main() else { return Vec::new() };
    let outline = Outline { lines: known.lines() };
    let mut all = outline.module(module);
    if let Some(body) = &module.runbook {
        all.extend(outline.body(body));
    }
    let mut own: Vec<_> = all.into_iter().filter(|(span, _)| span.source == known.source).collect();
    own.sort_by_key(|(span, _)| *span);
    own.into_iter().map(|(_, symbol)| symbol).collect()
}

type Found = (Span, DocumentSymbol);

struct Outline<'t> {
    lines: &'t Lines,
}

impl Outline<'_> {
    fn module(&self, it: &Module) -> Vec<Found> {
        let apis = it.apis.values().map(|it| self.symbol(&it.name, it.span, SymbolKind::INTERFACE, "api"));
        let types = it.types.values().map(|it| self.symbol(&it.name, it.span, SymbolKind::STRUCT, "type"));
        let actions =
            it.actions.values().map(|it| self.symbol(&it.name, it.span, SymbolKind::FUNCTION, "action"));
        let tests = it.tests.iter().map(|it| self.symbol(&it.name, it.span, SymbolKind::EVENT, "test"));
        apis.chain(types).chain(actions).chain(tests).collect()
    }

    fn body(&self, it: &RunbookBody) -> Vec<Found> {
        let header = self.symbol(&it.header.title, it.header.span, SymbolKind::MODULE, "runbook");
        let systems =
            it.systems.iter().map(|it| self.symbol(&it.name, it.span, SymbolKind::OBJECT, "system"));
        let inputs = it.inputs.iter().map(|it| self.symbol(&it.name, it.span, SymbolKind::PROPERTY, "input"));
        let lets = it.lets.iter().map(|it| self.symbol(&it.name, it.span, SymbolKind::CONSTANT, "let"));
        let outputs = it.outputs.iter().map(|it| self.symbol(&it.name, it.span, SymbolKind::FIELD, "output"));
        let invariants = it
            .invariants
            .iter()
            .map(|it| self.symbol(&it.step.name, it.step.span, SymbolKind::EVENT, "invariant"));
        let members = it.members.iter().flat_map(|it| self.member(it));
        let all = systems.chain(inputs).chain(lets).chain(outputs).chain(invariants).chain(members);
        std::iter::once(header).chain(all).collect()
    }

    /// A parallel has no name: its members stand where it stands.
    fn member(&self, member: &Member) -> Vec<Found> {
        match member {
            Member::Phase(it) => {
                let (span, mut phase) = self.symbol(&it.name, it.span, SymbolKind::NAMESPACE, "phase");
                phase.children =
                    Some(it.members.iter().flat_map(|it| self.member(it)).map(|(_, it)| it).collect());
                vec![(span, phase)]
            }
            Member::Parallel(it) => it.members.iter().flat_map(|it| self.member(it)).collect(),
            Member::Gate(it) => vec![self.symbol(&it.name, it.span, SymbolKind::KEY, "gate")],
            Member::Step(it) => vec![self.symbol(&it.name, it.span, SymbolKind::METHOD, &action(it))],
        }
    }

    #[expect(deprecated, reason = "the field cannot be left out")]
    fn symbol(&self, name: &Name, span: Span, kind: SymbolKind, detail: &str) -> Found {
        // What is half written has no name yet, and a symbol needs one.
        let shown = if name.node.is_empty() { detail } else { &name.node };
        let symbol = DocumentSymbol {
            name: shown.to_owned(),
            detail: Some(detail.to_owned()),
            kind,
            tags: None,
            deprecated: None,
            range: self.lines.range(span.to(name.span)),
            selection_range: self.lines.range(name.span),
            children: None,
        };
        (span, symbol)
    }
}

fn action(step: &Step) -> String {
    match &step.module {
        Some(module) => format!("{}.{}", module.node, step.action.node),
        None => step.action.node.to_string(),
    }
}
