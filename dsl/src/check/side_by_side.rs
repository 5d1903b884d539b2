//! Steps of a `parallel` that touch the same resource: they cannot run at once, and the text does not say which comes first.

use std::collections::BTreeMap;

use super::Checker;
use super::mentions::mentions;
use super::order::{Node, is_free};
use crate::diagnostic::Diagnostic;
use crate::meaning;
use crate::program::Program;
use crate::syntax::{Action, Expr, ExprKind, Step, TextPart};

/// Lets that go through more others than this are not followed.
const DEEPEST: usize = 8;

impl Checker<'_> {
    /// A warning for every two that touch the same and may run in any order.
    pub(super) fn side_by_side(&mut self, nodes: &[Node<'_>], waits: &[Vec<usize>]) {
        if self.in_test {
            return;
        }
        let mut by_resource: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, step) in nodes.iter().enumerate().filter_map(|(at, it)| Some((at, it.in_parallel()?))) {
            for resource in touched(self.program, step) {
                by_resource.entry(resource).or_default().push(at);
            }
        }
        for pair in by_resource.values().flat_map(|all| all.windows(2)) {
            let [first, second] = *pair else { continue };
            if is_free(nodes, first, second)
                && !reaches(waits, first, second)
                && !reaches(waits, second, first)
            {
                self.touch_the_same(nodes, first, second);
            }
        }
    }

    fn touch_the_same(&mut self, nodes: &[Node<'_>], first: usize, second: usize) {
        let (Some(first), Some(second)) = (nodes.get(first), nodes.get(second)) else { return };
        let (first, second) = (first.name, second.name);
        let message = format!("`{}` and `{}` touch the same, side by side", first.node, second.node);
        self.report(
            Diagnostic::warning("HR046", second.span, message)
                .related(first.span, "touches it, too")
                .origin(
                    "steps that touch the same run one after the other, and nothing says which comes first",
                )
                .help(format!(
                    "write `after {}` in `{}`, or take them out of the `parallel`",
                    first.node, second.node
                )),
        );
    }
}

/// Whether one waits for the other, over others too.
fn reaches(waits: &[Vec<usize>], from: usize, to: usize) -> bool {
    let (mut seen, mut open) = (vec![false; waits.len()], vec![from]);
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        if let Some(seen) = seen.get_mut(at).filter(|seen| !**seen) {
            *seen = true;
            open.extend(waits.get(at).into_iter().flatten());
        }
    }
    false
}

/// The resources that a step touches, as far as the text says it: two that read the same are the same.
fn touched(program: &Program, step: &Step) -> Vec<String> {
    let Some((_, action)) = program.action_of(step) else { return Vec::new() };
    let Some(system) = action.change.as_ref().and_then(|it| it.request.system.as_ref()) else {
        return Vec::new();
    };
    let words = Words { step, action };
    let on = words.of_name(&system.node, 0);
    action.touches.iter().filter_map(|it| Some(format!("{} {}", on.as_ref()?, words.of(it, 0)?))).collect()
}

/// An action's expressions in the words of the runbook.
struct Words<'a> {
    step: &'a Step,
    action: &'a Action,
}

impl Words<'_> {
    /// `None` when it goes through too many lets.
    fn of(&self, expr: &Expr, depth: usize) -> Option<String> {
        match &expr.kind {
            ExprKind::Text(parts) => parts.iter().map(|part| self.of_part(part, depth)).collect(),
            ExprKind::Name(name) => self.of_name(name, depth),
            _ => {
                let names = mentions(expr).into_iter();
                let worth = names.map(|(name, _)| Some(format!("{name}={}", self.of_name(name, depth)?)));
                let worth = worth.collect::<Option<Vec<_>>>()?.join(" ");
                Some(format!("{} where {worth}", meaning::expr(expr)))
            }
        }
    }

    fn of_part(&self, part: &TextPart, depth: usize) -> Option<String> {
        match part {
            TextPart::Plain(plain) => Some(plain.to_string()),
            TextPart::Expr(expr) => self.of(expr, depth),
        }
    }

    fn of_name(&self, name: &str, depth: usize) -> Option<String> {
        if depth > DEEPEST {
            return None;
        }
        if let Some(it) = self.action.lets.iter().find(|it| &*it.name.node == name) {
            return self.of(&it.value, depth + 1);
        }
        let given = self.step.arguments.iter().find(|it| &*it.name.node == name);
        match given {
            Some(given) => Some(self.given(&given.value)),
            None => Some(format!("{}.{name}", self.action.name.node)),
        }
    }

    /// An argument: what is written out as it is, anything else by its expression.
    fn given(&self, value: &Expr) -> String {
        match &value.kind {
            ExprKind::Text(parts) if let [TextPart::Plain(plain)] = parts.as_slice() => plain.to_string(),
            _ => format!("${{{}{}}}", meaning::expr(value), self.each(value)),
        }
    }

    /// For an argument with the variable of a fan-out: the list that it goes over.
    fn each(&self, value: &Expr) -> String {
        let each = self.step.each.as_ref();
        let each = each.filter(|each| mentions(value).iter().any(|(name, _)| **name == each.variable.node));
        each.map(|each| format!(" in {}", meaning::expr(&each.list))).unwrap_or_default()
    }
}
