//! Networks that overlap: two steps of one action get addresses of which one lies in the network of the other.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use hcxrun_dsl::eval::{Context, Reads, Scope, coerce};
use hcxrun_dsl::syntax::{Argument, Expr};
use hcxrun_dsl::{Diagnostic, Given, Span, Type, Value};

use petgraph::graph::NodeIndex;

use super::{Graph, StepNode};
use crate::ids::NodeId;

/// A network that a step is given.
struct Network<'g> {
    step: &'g NodeId,
    /// As people write it.
    shown: String,
    first: Ipv4Addr,
    last: Ipv4Addr,
    span: Span,
    at: NodeIndex,
    argument: &'g Expr,
}

/// A warning for each network that lies in one before it, or is the same: of steps of one action, for one input, on one system.
/// What is not known yet is passed over.
pub(super) fn overlaps(graph: &Graph, reads: &Reads) -> Vec<Diagnostic> {
    let mut by_input: BTreeMap<_, Vec<Network<'_>>> = BTreeMap::new();
    for (at, node) in graph.steps().filter(|(_, node)| node.changes()) {
        for argument in &node.step.arguments {
            if let Some(given) = network(graph, at, argument, reads) {
                let input =
                    (usize::from(node.module.0), &node.action.name.node, &argument.name.node, system(node));
                by_input.entry(input).or_default().push(given);
            }
        }
    }
    by_input.into_values().flat_map(|all| of_one_input(graph, all)).collect()
}

/// The name of the system that a step changes.
fn system(node: &StepNode) -> Option<String> {
    let system = node.action.change.as_ref()?.request.system.as_ref()?;
    let argument = node.step.arguments.iter().find(|it| it.name.node == system.node)?;
    Some(hcxrun_dsl::meaning::expr(&argument.value))
}

fn network<'g>(
    graph: &'g Graph,
    at: NodeIndex,
    argument: &'g Argument,
    reads: &Reads,
) -> Option<Network<'g>> {
    let node = graph.step(at)?;
    let ty = network_type(graph, node, argument)?;
    let (context, names) = (Context::new(reads), Scope::values(&graph.names));
    let lets = names.with_lets(graph.program.runbook().map_or(&[][..], |runbook| &runbook.lets));
    let value = context.evaluate(&argument.value, &lets.with_values(&node.names)).ok()?;
    let (net, span) = match coerce(&value, &ty).ok()? {
        Value::Cidr(it) => (it.net(), argument.value.span),
        Value::IfAddr(it) => (it.net(), argument.value.span),
        _ => return None,
    };
    let argument = &argument.value;
    let (first, last) = (net.network(), net.broadcast());
    Some(Network { step: &node.id, shown: net.to_string(), first, last, span, at, argument })
}

/// The part of the inputs that it is, when its step is one of a fan-out.
fn part(graph: &Graph, it: &Network<'_>) -> Option<Given> {
    let step = &graph.step(it.at)?.step;
    let index = graph.fans.get(&step.name.node)?.instances.iter().position(|at| *at == it.at)?;
    super::expand::given(graph.program.runbook()?, step.each.as_ref()?, index, it.argument)
}

/// The type of an input that says which network an action is about: a network, or else the address of a gateway. Where both are
/// given many networks may go through one gateway.
fn network_type(graph: &Graph, node: &StepNode, argument: &Argument) -> Option<Type> {
    let inputs = || node.action.inputs.iter().map(|it| (it, graph.program.resolve(node.module, &it.ty)));
    let (_, ty) = inputs().find(|(it, _)| it.name.node == argument.name.node)?;
    let is_one = match ty.required() {
        Type::Cidr => true,
        Type::IfAddr => !inputs().any(|(_, other)| *other.required() == Type::Cidr),
        _ => false,
    };
    is_one.then_some(ty)
}

/// Networks either lie in one another or are apart: sorted by where they begin, one that is left open tells all.
fn of_one_input(graph: &Graph, mut all: Vec<Network<'_>>) -> Vec<Diagnostic> {
    all.sort_by_key(|it| (it.first, std::cmp::Reverse(it.last)));
    let (mut found, mut around) = (Vec::new(), None::<&Network<'_>>);
    for it in &all {
        match around.filter(|outer| it.first <= outer.last) {
            Some(outer) => found.push(Diagnostic { given: part(graph, it), ..warning(outer, it) }),
            None => around = Some(it),
        }
    }
    found
}

fn warning(outer: &Network<'_>, inner: &Network<'_>) -> Diagnostic {
    let message = format!(
        "the networks of `{}` and `{}` overlap: {} and {}",
        outer.step, inner.step, outer.shown, inner.shown
    );
    let warning = Diagnostic::warning("HR052", inner.span, message).help(
        "look at the inputs: mostly one of the two has a wrong address or the wrong length of its prefix",
    );
    if outer.span == inner.span { warning } else { warning.related(outer.span, "the other one") }
}
