//! The names around an expression, and what its place may use of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Checker;
use super::names::suggestion;
use crate::diagnostic::Diagnostic;
use crate::source::{Name, Span};
use crate::syntax::Member;
use crate::types::Type;

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The default of an input.
    Default,
    /// The list or the key of a `for`.
    Structure,
    /// Any other of a runbook.
    Runbook,
    /// In an api.
    Api,
    /// A let of an action.
    Let,
    Require,
    DoneWhen,
    Change,
    Touches,
    Fail,
    Untouched,
    Undo,
    UndoneWhen,
    ByHand,
    Irreversible,
    /// An output of an action.
    Output,
}

impl Place {
    /// As messages call it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Place::Default => "the default of an input",
            Place::Structure => "a `for`",
            Place::Runbook => "a runbook",
            Place::Api => "an api",
            Place::Let => "a `let`",
            Place::Require => "`require`",
            Place::DoneWhen => "`done when`",
            Place::Change => "`change`",
            Place::Touches => "`touches`",
            Place::Fail => "`fail`",
            Place::Untouched => "`untouched when`",
            Place::Undo => "`undo`",
            Place::UndoneWhen => "`undone when`",
            Place::ByHand => "`by hand`",
            Place::Irreversible => "`irreversible`",
            Place::Output => "`output`",
        }
    }

    /// Whether systems are read here: in actions, and nowhere else.
    pub(super) fn reads_systems(self) -> bool {
        !matches!(self, Place::Default | Place::Structure | Place::Runbook | Place::Api)
    }

    /// Whether files are read here: before a run, and never during one.
    pub(super) fn reads_files(self) -> bool {
        matches!(self, Place::Default | Place::Structure | Place::Runbook)
    }

    /// Why what needs this cannot stand here.
    fn bars(self, needs: Needs) -> Option<&'static str> {
        match (needs, self) {
            (Needs::Answer, Place::Require | Place::Change | Place::Touches | Place::Irreversible) => {
                Some("the change has not been sent yet")
            }
            (Needs::Answer, Place::DoneWhen) => Some(
                "the answer can be lost, and then this could never be decided; say it by what can be read",
            ),
            (
                Needs::Before,
                Place::Let
                | Place::Require
                | Place::Change
                | Place::Touches
                | Place::Irreversible
                | Place::Output,
            ) => Some(
                "it is known in `done when`, `fail`, `untouched when`, `undo`, `undone when` and `by hand`",
            ),
            (Needs::Order, _) => Some("a default uses the inputs that stand before it"),
            (Needs::Steps, Place::Structure) => Some("the steps are decided before anything runs"),
            _ => None,
        }
    }
}

/// What has to have happened before a name has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Needs {
    #[default]
    Nothing,
    /// The answer to the change.
    Answer,
    /// A look before the change.
    Before,
    /// Other steps.
    Steps,
    /// A place further up in the text.
    Order,
}

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) ty: Type,
    pub(super) needs: Needs,
    /// Its declaration, for those that should be used.
    pub(super) declared: Option<Span>,
}

impl Entry {
    pub(super) fn new(ty: Type) -> Self {
        Self { ty, needs: Needs::Nothing, declared: None }
    }

    pub(super) fn declared(ty: Type, span: Span) -> Self {
        Self { declared: Some(span), ..Self::new(ty) }
    }

    pub(super) fn needing(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }
}

/// Names, innermost first.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    parent: Option<&'a Scope<'a>>,
    pub(super) place: Place,
    names: BTreeMap<Arc<str>, Entry>,
}

impl<'a> Scope<'a> {
    /// No names yet.
    pub(super) fn new(place: Place) -> Self {
        Self { parent: None, place, names: BTreeMap::new() }
    }

    /// The same names at another place.
    pub(super) fn at(&'a self, place: Place) -> Scope<'a> {
        Scope { parent: Some(self), place, names: BTreeMap::new() }
    }

    /// More names at the same place.
    pub(super) fn with(&'a self, names: impl IntoIterator<Item = (Arc<str>, Entry)>) -> Scope<'a> {
        Scope { names: names.into_iter().collect(), ..self.at(self.place) }
    }

    /// Adds a name; the first of two that are the same is the one that counts.
    pub(super) fn add(&mut self, name: &Arc<str>, entry: Entry) {
        self.names.entry(Arc::clone(name)).or_insert(entry);
    }

    /// What a name stands for.
    pub(super) fn find(&self, name: &str) -> Option<&Entry> {
        self.names.get(name).or_else(|| self.parent.and_then(|parent| parent.find(name)))
    }

    /// The names of this level alone.
    pub(super) fn into_names(self) -> Vec<(Arc<str>, Entry)> {
        self.names.into_iter().collect()
    }

    /// The names that have a value at this place, each once.
    pub(super) fn known(&self) -> impl Iterator<Item = &str> {
        let levels = std::iter::successors(Some(self), |scope| scope.parent);
        let all: BTreeSet<&str> = levels.flat_map(|scope| scope.names.keys()).map(|name| &**name).collect();
        let is_known =
            |name: &&str| self.find(name).is_some_and(|entry| self.place.bars(entry.needs).is_none());
        all.into_iter().filter(is_known)
    }
}

impl Checker<'_> {
    /// The type of a name; marks it as used.
    pub(super) fn name(&mut self, name: &str, span: Span, scope: &Scope<'_>) -> Type {
        let Some(entry) = scope.find(name) else {
            self.unknown_name(name, span, scope);
            return Type::Unknown;
        };
        self.used.extend(entry.declared);
        match scope.place.bars(entry.needs) {
            None => entry.ty.clone(),
            Some(why) => {
                self.barred(name, entry, span, scope.place, why);
                Type::Unknown
            }
        }
    }

    /// A warning for an item with the name of something that the file declares: `mesh => mesh.name == mesh`.
    pub(super) fn hides(&mut self, item: &Name, scope: &Scope<'_>) {
        let name = &item.node;
        let Some(declared) = scope.find(name).and_then(|entry| entry.declared) else { return };
        self.used.insert(declared);
        let message = format!("`{name}` is an item here, and hides what else is called so");
        self.report(
            Diagnostic::warning("HR015", item.span, message)
                .related(declared, "declared here first")
                .help("give the item another name"),
        );
    }

    fn barred(&mut self, name: &str, entry: &Entry, span: Span, place: Place, why: &str) {
        let message = match (entry.needs, name) {
            (Needs::Answer, "response") | (Needs::Before, _) => {
                format!("`{name}` is not known in {}", place.word())
            }
            (Needs::Answer, _) => {
                format!("`{name}` needs the answer to the change, which is not known in {}", place.word())
            }
            (Needs::Order, _) => format!("`{name}` is not known yet in {}", place.word()),
            _ => format!("`{name}` is known only after a step has run, too late for {}", place.word()),
        };
        let mut error = Diagnostic::error("HR018", span, message).origin(why);
        if let Some(declared) = entry.declared.filter(|_| name != "response") {
            error = error.related(declared, "declared here");
        }
        self.report(error);
    }

    /// Whether a phase of the runbook is called so.
    fn is_phase(&self, name: &str) -> bool {
        let runbook = self.here().and_then(|here| here.runbook.as_ref());
        let mut members = runbook.into_iter().flat_map(|runbook| &runbook.members);
        members.any(|it| matches!(it, Member::Phase(phase) if *phase.name.node == *name))
    }

    fn unknown_name(&mut self, name: &str, span: Span, scope: &Scope<'_>) {
        let of_an_action = matches!(name, "response" | "before" | "login");
        if self.lost(name) || (of_an_action && self.is_broken(span.source)) {
            return;
        }
        let error = Diagnostic::error("HR010", span, format!("nothing is called `{name}` here"));
        let help = match name {
            "response" => Some("`response` is the answer to an action's change".to_owned()),
            "before" => Some("`before` is what an action read before its change".to_owned()),
            "login" => Some("`login` is the answer to an api's `login`, known in its `header`s".to_owned()),
            "None" | "nil" | "NULL" | "undefined" => Some("write `null`".to_owned()),
            "True" | "TRUE" | "yes" | "Yes" | "on" | "On" => Some("write `true`".to_owned()),
            "False" | "FALSE" | "no" | "No" | "off" | "Off" => Some("write `false`".to_owned()),
            "var" | "vars" | "local" | "params" | "args" | "input" | "inputs" | "steps" | "step" | "let"
            | "data" => Some("inputs, lets and steps stand alone, without a word before them".to_owned()),
            "each" | "item" => Some("an item has the name that stands behind the `for`".to_owned()),
            _ if self.is_phase(name) => {
                Some("a phase is no value: its steps stand alone, without its name before them".to_owned())
            }
            _ => suggestion(name, scope.known(), "known here:"),
        };
        self.report(Diagnostic { help, ..error });
    }
}
