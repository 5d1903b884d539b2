//! Where names stand and what they mean.

mod walk;

use std::sync::Arc;

use hcxrun_dsl::syntax::Doc;
use hcxrun_dsl::{Program, SourceId, Span};

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Module,
    System,
    Input,
    Let,
    Step,
    Phase,
    Gate,
    Invariant,
    Output,
    Action,
    Api,
    Type,
    /// Of a `for` or of a lambda.
    Variable,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Module => "module",
            Kind::System => "system",
            Kind::Input => "input",
            Kind::Let => "let",
            Kind::Step => "step",
            Kind::Phase => "phase",
            Kind::Gate => "gate",
            Kind::Invariant => "invariant",
            Kind::Output => "output",
            Kind::Action => "action",
            Kind::Api => "api",
            Kind::Type => "type",
            Kind::Variable => "variable",
        }
    }
}

/// A name at a place.
#[derive(Debug, Clone)]
pub(crate) struct Occurrence {
    pub(crate) name: Arc<str>,
    pub(crate) span: Span,
    pub(crate) kind: Kind,
    /// Where it is declared; for a module the start of its text.
    pub(crate) target: Span,
    pub(crate) doc: Doc,
}

impl Occurrence {
    pub(crate) fn declares(&self) -> bool {
        self.span == self.target
    }
}

/// All names of the modules that an author can change, by place.
#[derive(Debug, Default)]
pub(crate) struct Index(Vec<Occurrence>);

impl Index {
    pub(crate) fn new(program: &Program) -> Self {
        let mut found = walk::walk(program);
        found.sort_by_key(|it| (it.span, !it.declares()));
        found.dedup_by_key(|it| it.span);
        Index(found)
    }

    /// The name at a byte of a source.
    pub(crate) fn at(&self, place: Span) -> Option<&Occurrence> {
        let behind =
            self.0.partition_point(|it| (it.span.source, it.span.start) <= (place.source, place.start));
        let it = self.0.get(behind.checked_sub(1)?)?;
        (it.span.source == place.source && place.start <= it.span.end).then_some(it)
    }

    /// Every name of a source in the order of its text.
    pub(crate) fn in_source(&self, source: SourceId) -> impl Iterator<Item = &Occurrence> {
        self.0.iter().filter(move |it| it.span.source == source)
    }
}
