//! Actions: what they read, and what their clauses may say.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Checker;
use super::fit::record;
use super::scope::{Entry, Needs, Place, Scope};
use crate::diagnostic::Diagnostic;
use crate::load::declare;
use crate::source::{Name, Span};
use crate::syntax::Action;
use crate::types::Type;

impl Checker<'_> {
    /// Checks an action and keeps what a step of it is worth.
    pub(super) fn action(&mut self, action: &Action) {
        self.distinct_names(action);
        let inputs = self.inputs(&action.inputs, &format!(" of `{}`", action.name.node), true);
        let outer = language_names(action);
        let names = outer.with(inputs);
        let scope = self.lets(&action.lets, names);
        let before = before(action, &scope);
        let scope = match action.change {
            Some(_) => scope.with([(Arc::from("before"), Entry::new(before).needing(Needs::Before))]),
            None => scope,
        };
        self.clauses(action, &scope);
        let result = self.outputs_of(action, &scope);
        self.results.insert((self.module, Arc::clone(&action.name.node)), result);
        if !self.broken_within(action.span) {
            self.contract(action);
        }
        let inputs = action.inputs.iter().map(|it| ("input", &it.name));
        self.unused(inputs.chain(action.lets.iter().map(|it| ("let", &it.name))));
    }

    fn distinct_names(&mut self, action: &Action) {
        let (mut values, mut outputs) = (BTreeMap::<Arc<str>, Span>::new(), BTreeMap::new());
        let names = action.inputs.iter().map(|it| &it.name).chain(action.lets.iter().map(|it| &it.name));
        for name in names {
            if matches!(&*name.node, "response" | "before") {
                self.reserved(name);
            } else {
                declare(&mut values, name, &mut self.found);
            }
        }
        for output in &action.outputs {
            declare(&mut outputs, &output.name, &mut self.found);
        }
    }

    fn reserved(&mut self, name: &Name) {
        let message = format!("`{}` means something in every action already", name.node);
        self.report(Diagnostic::error("HR015", name.span, message).help("give it another name"));
    }

    fn outputs_of(&mut self, action: &Action, scope: &Scope<'_>) -> Type {
        let scope = scope.at(Place::Output);
        let types = action.outputs.iter().map(|output| {
            let ty = self.shown(&output.value, &scope, "an output");
            self.keep_type(output.name.span, &ty);
            (Arc::clone(&output.name.node), ty)
        });
        record(types.collect::<Vec<_>>())
    }
}

/// The inputs and lets of an action as they were.
fn before(action: &Action, scope: &Scope<'_>) -> Type {
    let names = action.inputs.iter().map(|it| &it.name).chain(action.lets.iter().map(|it| &it.name));
    record(names.filter_map(|name| Some((Arc::clone(&name.node), scope.find(&name.node)?.ty.clone()))))
}

/// What the language itself names in an action, where there is a change: `response` and `before`.
fn language_names(action: &Action) -> Scope<'static> {
    let mut scope = Scope::new(Place::Let);
    if action.change.is_some() {
        scope.add(&Arc::from("response"), Entry::new(Type::Json).needing(Needs::Answer));
        // Its type is that of the lets, which cannot use it.
        scope.add(&Arc::from("before"), Entry::new(Type::Unknown).needing(Needs::Before));
    }
    scope
}
