//! Lets: they may stand in any order, so they are typed in the order of their needs.

use std::collections::HashMap;

use super::Checker;
use super::mentions::mentions;
use super::scope::{Entry, Needs, Scope};
use crate::circles;
use crate::source::Name;
use crate::syntax::Let;
use crate::types::Type;

impl Checker<'_> {
    /// Adds lets to the names that they see. What needs an answer or a step passes that on to whoever uses it.
    pub(super) fn lets<'s>(&mut self, lets: &[Let], scope: Scope<'s>) -> Scope<'s> {
        let place: HashMap<&str, usize> =
            lets.iter().enumerate().rev().map(|(at, it)| (&*it.name.node, at)).collect();
        let needed = |it: &Let| -> Vec<usize> {
            mentions(&it.value).into_iter().filter_map(|(name, _)| place.get(&**name).copied()).collect()
        };
        let sorted = circles::sort(&lets.iter().map(needed).collect::<Vec<_>>());
        let mut scope = scope;
        for circle in &sorted.circles {
            let names: Vec<&Name> = circle.iter().filter_map(|at| lets.get(*at)).map(|it| &it.name).collect();
            self.circle("let", &names);
            for name in names {
                self.used.insert(name.span);
                scope.add(&name.node, Entry::new(Type::Unknown));
            }
        }
        for it in sorted.order.iter().filter_map(|at| lets.get(*at)) {
            let ty = self.infer(&it.value, &scope);
            let ty = if self.lost_within(it.span) { Type::Unknown } else { ty };
            self.written_out(&it.name.node, &it.value);
            self.keep_type(it.name.span, &ty);
            let needs = needs(it, &scope);
            scope.add(&it.name.node, Entry::declared(ty, it.name.span).needing(needs));
        }
        scope
    }
}

/// What a let needs is what the names in it need.
fn needs(it: &Let, scope: &Scope<'_>) -> Needs {
    let found = mentions(&it.value).into_iter().filter_map(|(name, _)| scope.find(name));
    found.map(|entry| entry.needs).find(|needs| *needs != Needs::Nothing).unwrap_or_default()
}
