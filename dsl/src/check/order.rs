//! The order of a runbook: what is used exists by then, nothing waits in a circle, and no way back leads past a step
//! that has none.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Checker;
use super::mentions::mentions;
use super::names::suggestion;
use crate::circles;
use crate::diagnostic::Diagnostic;
use crate::program::RunbookBody;
use crate::source::{Name, Span};
use crate::syntax::{Expr, Gate, Member, Step};

/// A step or gate with its place: the way down to it, as the index in each list of members.
pub(super) struct Node<'r> {
    pub(super) name: &'r Name,
    way: Vec<Turn>,
    /// The step; none for a gate.
    step: Option<&'r Step>,
    /// The steps that it mentions, each with where.
    uses: Vec<(Arc<str>, Span)>,
    after: &'r [Name],
}

impl<'r> Node<'r> {
    /// The step, when it stands in a `parallel`.
    pub(super) fn in_parallel(&self) -> Option<&'r Step> {
        self.step.filter(|_| self.way.iter().any(|turn| turn.parallel))
    }

    /// Whether it waits for a step of this name.
    fn needs(&self, step: &str) -> bool {
        self.uses.iter().any(|(name, _)| **name == *step) || self.after.iter().any(|it| *it.node == *step)
    }
}

/// Whether two stand in different branches of a `parallel`.
pub(super) fn is_free(nodes: &[Node<'_>], a: usize, b: usize) -> bool {
    let both = nodes.get(a).zip(nodes.get(b));
    both.is_some_and(|(a, b)| matches!(relation(a, b), Relation::Free))
}

/// One level of the way to a member.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Turn {
    index: usize,
    parallel: bool,
}

impl Checker<'_> {
    pub(super) fn order(&mut self, runbook: &RunbookBody) {
        let steps = Steps::of(runbook);
        let mut nodes = Vec::new();
        collect(&runbook.members, false, &mut Vec::new(), &steps, &mut nodes);
        let by_name: HashMap<&str, usize> = nodes
            .iter()
            .enumerate()
            .filter(|(_, it)| it.step.is_some())
            .map(|(at, it)| (&*it.name.node, at))
            .collect();
        let mut waits: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        for (at, node) in nodes.iter().enumerate() {
            let after = node.after.iter().map(|name| (&name.node, name.span, true));
            let uses = node.uses.iter().map(|(name, span)| (name, *span, false));
            for (name, span, is_after) in after.chain(uses) {
                match by_name.get(&**name).and_then(|target| Some((*target, nodes.get(*target)?))) {
                    None if is_after => self.after_nothing(name, span, &nodes),
                    None => {}
                    Some((target, other)) => match relation(node, other) {
                        Relation::Free => waits.get_mut(at).into_iter().for_each(|it| it.push(target)),
                        Relation::Earlier => {}
                        Relation::Later => {
                            let between = nodes.get(at + 1..=target).unwrap_or_default();
                            self.too_early(node, other, span, between);
                        }
                    },
                }
            }
        }
        self.waiting(&nodes, waits);
    }

    fn after_nothing(&mut self, name: &str, span: Span, nodes: &[Node<'_>]) {
        if self.lost(name) {
            return;
        }
        let is_gate = nodes.iter().any(|it| it.step.is_none() && *it.name.node == *name);
        let message = if is_gate {
            format!("`after` names steps, and `{name}` is a gate")
        } else {
            format!("there is no step `{name}`")
        };
        let steps = nodes.iter().filter(|it| it.step.is_some()).map(|it| &*it.name.node);
        let help = if is_gate {
            Some("put the step behind the gate in the text".to_owned())
        } else {
            suggestion(name, steps, "steps are")
        };
        self.report(Diagnostic { help, ..Diagnostic::error("HR010", span, message) });
    }

    /// A node that uses a step which the text puts behind it, with what stands from there to that step.
    fn too_early(&mut self, node: &Node<'_>, other: &Node<'_>, span: Span, between: &[Node<'_>]) {
        let (own, name) = (&node.name.node, &other.name.node);
        let needs_it = between.iter().find(|it| it.needs(own));
        let help = match (node.step, needs_it) {
            // What a gate guards stands behind it.
            (None, _) => "ask with what is known before".to_owned(),
            (Some(_), Some(it)) => {
                format!(
                    "take what is known before: `{own}` cannot stand behind `{name}`, for `{}` needs it",
                    it.name.node
                )
            }
            (Some(_), None) => format!("put `{own}` behind `{name}`"),
        };
        let error = if std::ptr::eq(node, other) {
            Diagnostic::error("HR041", span, format!("step `{name}` uses itself"))
        } else {
            Diagnostic::error("HR041", span, format!("step `{name}` comes only after `{own}`"))
                .related(other.name.span, "it stands here")
                .help(help)
        };
        self.report(error.origin("steps run in the order of the text, but for those of a `parallel`"));
    }

    /// Circles of steps that wait for each other: what is mentioned, and what the text puts before.
    fn waiting(&mut self, nodes: &[Node<'_>], mut waits: Vec<Vec<usize>>) {
        in_branches(nodes, &mut waits);
        self.side_by_side(nodes, &waits);
        if waits.iter().all(Vec::is_empty) {
            return;
        }
        for circle in circles::sort(&waits).circles {
            let names: Vec<&Name> = circle.iter().filter_map(|at| nodes.get(*at)).map(|it| it.name).collect();
            let Some(first) = names.first() else { continue };
            let path: Vec<&str> = names.iter().chain([first]).map(|name| &*name.node).collect();
            let mut error = Diagnostic::error(
                "HR040",
                first.span,
                format!("steps wait for each other: {}", path.join(" → ")),
            )
            .label(format!("waits for `{}`", path.get(1).unwrap_or(&"")));
            for (at, name) in names.iter().enumerate().skip(1) {
                error = error.related(name.span, format!("waits for `{}`", path.get(at + 1).unwrap_or(&"")));
            }
            self.report(error.help("take one of the references or `after`s away"));
        }
    }

    /// A step that can be taken back behind one that cannot: rolling back would have to pass it.
    pub(super) fn past_no_return(&mut self, members: &[Member], passed: &mut Option<Name>) {
        for member in members {
            match member {
                Member::Phase(it) => self.past_no_return(&it.members, passed),
                Member::Parallel(it) => {
                    let before = passed.clone();
                    for member in &it.members {
                        let mut own = before.clone();
                        self.past_no_return(std::slice::from_ref(member), &mut own);
                        *passed = own.or(passed.take());
                    }
                }
                Member::Gate(_) => *passed = None,
                Member::Step(step) => self.step_past_no_return(step, passed),
            }
        }
    }

    fn step_past_no_return(&mut self, step: &Step, passed: &mut Option<Name>) {
        let Some(action) = self.silent_action(step).filter(|it| it.change.is_some()) else { return };
        if action.irreversible.is_some() {
            *passed = Some(step.name.clone());
        } else if let Some(irreversible) = passed.take() {
            let message = format!(
                "step `{}` follows `{}`, which has no way back, without a gate between",
                step.name.node, irreversible.node
            );
            self.report(
                Diagnostic::warning("HR036", step.name.span, message)
                    .related(irreversible.span, "cannot be taken back")
                    .origin("when a later step fails, rolling back stops there")
                    .help("put a gate between the two, so that people decide"),
            );
        }
    }

    fn silent_action(&self, step: &Step) -> Option<Arc<crate::syntax::Action>> {
        let module = match &step.module {
            None => self.module,
            Some(name) => *self.here()?.uses.get(&name.node)?,
        };
        self.program.module(module)?.actions.get(&step.action.node).cloned()
    }
}

/// How the text orders a node and one that it names.
enum Relation {
    /// The text puts the other before it.
    Earlier,
    /// The text puts the other behind it, or it is the same.
    Later,
    /// They are members of a parallel: the name is their only order.
    Free,
}

fn relation(node: &Node<'_>, other: &Node<'_>) -> Relation {
    let parting = node.way.iter().zip(&other.way).find(|(a, b)| a.index != b.index);
    match parting {
        Some((a, _)) if a.parallel => Relation::Free,
        Some((a, b)) if b.index < a.index => Relation::Earlier,
        _ => Relation::Later,
    }
}

/// Inside a branch of a parallel the text still orders: each node waits for the one before it.
fn in_branches(nodes: &[Node<'_>], waits: &mut [Vec<usize>]) {
    for (at, pair) in nodes.windows(2).enumerate() {
        let [before, node] = pair else { continue };
        let inside = node.way.iter().any(|turn| turn.parallel);
        if inside && let Relation::Earlier = relation(node, before) {
            waits.get_mut(at + 1).into_iter().for_each(|it| it.push(at));
        }
    }
}

/// The steps that each name of a runbook leads to: a step to itself, a let to those in its expression.
struct Steps<'r>(HashMap<&'r str, BTreeSet<&'r Arc<str>>>);

impl<'r> Steps<'r> {
    fn of(runbook: &'r RunbookBody) -> Self {
        let steps = super::runbook::steps(&runbook.members).into_iter().map(|it| &it.name.node);
        let mut reach: HashMap<&str, BTreeSet<&Arc<str>>> =
            steps.map(|name| (&**name, BTreeSet::from([name]))).collect();
        let place: HashMap<&str, usize> =
            runbook.lets.iter().enumerate().map(|(at, it)| (&*it.name.node, at)).collect();
        let names: Vec<Vec<&Arc<str>>> = runbook
            .lets
            .iter()
            .map(|it| mentions(&it.value).into_iter().map(|(name, _)| name).collect())
            .collect();
        let needs =
            |names: &Vec<&Arc<str>>| names.iter().filter_map(|name| place.get(&***name).copied()).collect();
        for at in circles::sort(&names.iter().map(needs).collect::<Vec<_>>()).order {
            let (Some(it), Some(names)) = (runbook.lets.get(at), names.get(at)) else { continue };
            let found = names.iter().filter_map(|name| reach.get(&***name)).flatten().copied().collect();
            reach.insert(&it.name.node, found);
        }
        Self(reach)
    }

    /// The steps that an expression leads to, told where it names them or the let between.
    fn mentioned(&self, expr: &Expr, hidden: Option<&str>) -> Vec<(Arc<str>, Span)> {
        let mut found = BTreeMap::new();
        for (name, span) in mentions(expr).into_iter().filter(|(name, _)| hidden != Some(&***name)) {
            for step in self.0.get(&**name).into_iter().flatten() {
                found.entry(Arc::clone(step)).or_insert(span);
            }
        }
        found.into_iter().collect()
    }
}

fn collect<'r>(
    members: &'r [Member],
    parallel: bool,
    way: &mut Vec<Turn>,
    steps: &Steps<'_>,
    nodes: &mut Vec<Node<'r>>,
) {
    for (index, member) in members.iter().enumerate() {
        way.push(Turn { index, parallel });
        match member {
            Member::Phase(it) => collect(&it.members, false, way, steps, nodes),
            Member::Parallel(it) => collect(&it.members, true, way, steps, nodes),
            Member::Step(it) => nodes.push(of_step(it, way.clone(), steps)),
            Member::Gate(it) => nodes.push(of_gate(it, way.clone(), steps)),
        }
        way.pop();
    }
}

fn of_step<'r>(step: &'r Step, way: Vec<Turn>, steps: &Steps<'_>) -> Node<'r> {
    // What a `for` mentions is told by its scope: no step can stand there.
    let hidden = step.each.as_ref().map(|each| &*each.variable.node);
    let expressions = step.arguments.iter().map(|it| &it.value).chain(&step.when);
    let uses = expressions.flat_map(|expr| steps.mentioned(expr, hidden)).collect();
    Node { name: &step.name, way, step: Some(step), uses, after: &step.after }
}

fn of_gate<'r>(gate: &'r Gate, way: Vec<Turn>, steps: &Steps<'_>) -> Node<'r> {
    Node { name: &gate.name, way, step: None, uses: steps.mentioned(&gate.ask, None), after: &[] }
}
