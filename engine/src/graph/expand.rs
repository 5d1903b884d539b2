//! Program and inputs to graph: the inputs are checked, fan-outs unfolded, the order of the text becomes edges.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use hcxrun_dsl::data::{DataPath, Part};
use hcxrun_dsl::eval::{Context, EvalError, Mismatch, Read, Reads, Scope, coerce};
use hcxrun_dsl::syntax::{Each, Expr, ExprKind, Input, Invariant, Member, OnFailure, Step};
use hcxrun_dsl::{
    Diagnostic, Fields, Given, ModuleId, Program, RunbookBody, Span, Type, Value, nearest, suggestion,
};
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Fan, GateNode, Graph, Node, StepNode, WatchNode, order, tolerated};
use crate::ids::{NodeId, PhaseName};

/// What came of an expansion.
#[derive(Debug)]
pub enum Expansion {
    /// Files have to be read first; then it is to be asked again.
    Needs(BTreeSet<Read>),
    /// It is done.
    Done(Box<Expanded>),
}

/// A graph with the inputs that it was made from.
#[derive(Debug, Clone)]
pub struct Expanded {
    /// The graph.
    pub graph: Graph,
    /// Every input with the value that it has, defaults filled in.
    pub inputs: Fields,
    /// What a reviewer would ask about the values.
    pub warnings: Vec<Diagnostic>,
}

/// Expands a program. `given` are the inputs that the user gave, by name; `reads` holds the files that were read so far.
///
/// # Errors
/// All that is wrong with the inputs, each with the part of `given` that it is about; or keys that are not unique.
pub fn expand(program: &Arc<Program>, given: &Fields, reads: &Reads) -> Result<Expansion, Vec<Diagnostic>> {
    let Some(runbook) = program.runbook() else {
        let start = Span { source: hcxrun_dsl::SourceId(0), start: 0, end: 0 };
        return Err(vec![
            Diagnostic::error("HR013", start, "this file is not a runbook: it has no `runbook \"…\" { }`")
                .help("run a file that has one; a module is brought in by `use`"),
        ]);
    };
    let inputs = match inputs(program, runbook, given, reads)? {
        Ok(inputs) => inputs,
        Err(missing) => return Ok(Expansion::Needs(missing)),
    };
    let mut names = inputs.clone();
    for system in &runbook.systems {
        names.insert(Arc::clone(&system.name.node), Value::System(Arc::clone(&system.name.node)));
    }
    let mut builder = Builder {
        program,
        runbook,
        names,
        reads,
        order: DiGraph::new(),
        by_id: HashMap::new(),
        fans: BTreeMap::new(),
        phases: Vec::new(),
        exits: HashMap::new(),
        loose: Vec::new(),
        watches: Vec::new(),
        parallels: 0,
        missing: BTreeSet::new(),
        errors: Vec::new(),
    };
    let default = runbook.header.on_failure.map_or(OnFailure::Hold, |it| it.node);
    builder.sequence(&runbook.members, &Place { phase: None, policy: default }, Vec::new());
    builder.references();
    runbook.invariants.iter().for_each(|it| builder.invariant(it));
    if !builder.errors.is_empty() {
        return Err(builder.errors);
    }
    if !builder.missing.is_empty() {
        return Ok(Expansion::Needs(builder.missing));
    }
    let graph = builder.finish(Arc::clone(program))?;
    let mut warnings = super::empty::cells(program, given, &inputs);
    warnings.extend(super::overlap::overlaps(&graph, reads));
    Ok(Expansion::Done(Box::new(Expanded { graph, inputs, warnings })))
}

/// The inputs with defaults, checked against their types; or the files that a default needs.
fn inputs(
    program: &Program,
    runbook: &RunbookBody,
    given: &Fields,
    reads: &Reads,
) -> Result<Result<Fields, BTreeSet<Read>>, Vec<Diagnostic>> {
    let (mut values, mut missing, mut errors) = (Fields::new(), BTreeSet::new(), Vec::new());
    let mut misspelt = Vec::new();
    for name in given.keys() {
        let known = || runbook.inputs.iter().map(|input| &*input.name.node);
        if !known().any(|it| *it == **name) {
            misspelt.extend(nearest(name, known()));
            errors.push(unknown_input(runbook, name));
        }
    }
    for input in &runbook.inputs {
        let name = &input.name.node;
        let ty = program.resolve(ModuleId(0), &input.ty);
        let value = match (given.get(name), &input.default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => {
                let context = Context::new(reads);
                let value = context.evaluate(default, &Scope::values(&values));
                missing.extend(context.missing());
                match value {
                    Ok(value) => value,
                    Err(error) => {
                        errors.push(error.into());
                        continue;
                    }
                }
            }
            (None, None) if matches!(ty, hcxrun_dsl::Type::Optional(_)) => Value::NULL,
            // It is given under the name that has been told.
            (None, None) if misspelt.contains(&&**name) => continue,
            (None, None) => {
                errors.push(missing_input(input, &ty));
                continue;
            }
        };
        match coerce(&value, &ty) {
            Ok(value) => {
                values.insert(Arc::clone(name), value);
            }
            Err(mismatch) => errors.push(unfit_input(input, &ty, mismatch)),
        }
    }
    match (errors.is_empty(), missing.is_empty()) {
        (false, _) => Err(errors),
        (true, false) => Ok(Err(missing)),
        (true, true) => Ok(Ok(values)),
    }
}

fn missing_input(input: &Input, ty: &Type) -> Diagnostic {
    let name = &input.name.node;
    Diagnostic::error("HR024", input.name.span, format!("the input `{name}` is not given"))
        .label(format!("wants {ty}"))
        .given(Given::Name(Arc::clone(name)))
}

fn unfit_input(input: &Input, ty: &Type, mismatch: Mismatch) -> Diagnostic {
    let path = mismatch.path.inside(Part::Key(Arc::clone(&input.name.node)));
    let message = format!("the input `{path}` does not fit: {}", mismatch.message);
    let error = Diagnostic::error("HR021", input.name.span, message);
    Diagnostic { help: mismatch.help, ..error.label(format!("wants {ty}")).given(Given::Value(path)) }
}

fn unknown_input(runbook: &RunbookBody, name: &Arc<str>) -> Diagnostic {
    let known = runbook.inputs.iter().map(|input| &*input.name.node);
    let message = format!("the runbook has no input `{name}`");
    let error = Diagnostic::error("HR012", runbook.header.title.span, message);
    Diagnostic {
        help: suggestion(name, known, "its inputs are"),
        ..error.given(Given::Name(Arc::clone(name)))
    }
}

/// Where a member stands.
#[derive(Clone)]
struct Place {
    phase: Option<PhaseName>,
    policy: OnFailure,
}

struct Builder<'a> {
    program: &'a Arc<Program>,
    runbook: &'a RunbookBody,
    names: Fields,
    reads: &'a Reads,
    order: DiGraph<Node, ()>,
    by_id: HashMap<NodeId, NodeIndex>,
    fans: BTreeMap<Arc<str>, Fan>,
    phases: Vec<PhaseName>,
    /// What has to be waited for to be behind a whole step.
    exits: HashMap<Arc<str>, Vec<NodeIndex>>,
    /// Nodes inside a parallel: there the order of the text says nothing, and names do.
    loose: Vec<NodeIndex>,
    watches: Vec<NodeIndex>,
    parallels: usize,
    missing: BTreeSet<Read>,
    errors: Vec<Diagnostic>,
}

impl Builder<'_> {
    /// Members one after the other; gives the nodes that whatever comes next has to wait for.
    fn sequence(&mut self, members: &[Member], place: &Place, mut before: Vec<NodeIndex>) -> Vec<NodeIndex> {
        for member in members {
            before = self.member(member, place, before);
        }
        before
    }

    fn member(&mut self, member: &Member, place: &Place, before: Vec<NodeIndex>) -> Vec<NodeIndex> {
        match member {
            Member::Phase(phase) => {
                let name = PhaseName::new(Arc::clone(&phase.name.node));
                self.phases.push(name.clone());
                let policy = phase.on_failure.map_or(place.policy, |it| it.node);
                self.sequence(&phase.members, &Place { phase: Some(name), policy }, before)
            }
            Member::Parallel(parallel) => {
                let before = self.joint(before);
                self.parallels += 1;
                let ends =
                    parallel.members.iter().flat_map(|member| self.member(member, place, before.clone()));
                let ends: Vec<_> = ends.collect();
                self.parallels -= 1;
                if ends.is_empty() { before } else { ends }
            }
            Member::Step(step) => {
                let exits = self.step(step, place, before);
                self.exits.insert(Arc::clone(&step.name.node), exits.clone());
                exits
            }
            Member::Gate(gate) => {
                let id = NodeId::new(Arc::clone(&gate.name.node));
                let node = GateNode {
                    id: id.clone(),
                    gate: gate.clone(),
                    phase: place.phase.clone(),
                    otherwise: gate.otherwise.map_or(OnFailure::Hold, |it| it.node),
                };
                vec![self.add(Node::Gate(Box::new(node)), Some(id), &before)]
            }
        }
    }

    fn step(&mut self, step: &Arc<Step>, place: &Place, before: Vec<NodeIndex>) -> Vec<NodeIndex> {
        let Some((module, action)) = self.program.action_of(step) else { return before };
        let (action, policy) = (Arc::clone(action), step.on_failure.map_or(place.policy, |it| it.node));
        let node = |id: NodeId, key: Option<Arc<str>>, names: Fields| {
            let (step, action, phase) = (Arc::clone(step), Arc::clone(&action), place.phase.clone());
            Node::Step(Box::new(StepNode { id, step, key, names, action, module, phase, policy }))
        };
        let Some(each) = &step.each else {
            let id = NodeId::new(Arc::clone(&step.name.node));
            return vec![self.add(node(id.clone(), None, Fields::new()), Some(id), &before)];
        };
        let before = self.joint(before);
        let instances: Vec<NodeIndex> = self
            .instances(each)
            .into_iter()
            .map(|(key, item)| {
                let id = NodeId::instance(&step.name.node, &key);
                let names = Fields::from([(Arc::clone(&each.variable.node), item)]);
                self.add(node(id.clone(), Some(key), names), Some(id), &before)
            })
            .collect();
        let fan = Fan {
            limit: step.limit.map(|limit| limit.node as usize),
            tolerate: tolerated(step.tolerate.map(|it| it.node), instances.len()),
            instances: instances.clone(),
        };
        self.fans.insert(Arc::clone(&step.name.node), fan);
        if instances.is_empty() { before } else { self.joint(instances) }
    }

    /// The elements of a fan-out's list with their keys.
    fn instances(&mut self, each: &Each) -> Vec<(Arc<str>, Value)> {
        let items = match self.value(&each.list, None) {
            Some(Value::List(items)) => items,
            Some(Value::Unknown(_) | Value::Null(_)) | None => return Vec::new(),
            Some(other) => {
                let message = format!("a fan-out goes over a list, and this is {}", other.kind());
                self.errors.push(Diagnostic::error("HR022", each.list.span, message));
                return Vec::new();
            }
        };
        let (mut seen, mut instances) = (BTreeSet::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            let local = Fields::from([(Arc::clone(&each.variable.node), item.clone())]);
            let Some(key) = self.value(&each.key, Some(&local)) else { continue };
            let key: Arc<str> = Arc::from(key.to_string());
            if seen.insert(Arc::clone(&key)) {
                instances.push((key, item.clone()));
            } else {
                let message = format!("two elements have the key \"{key}\"; keys name steps in the journal");
                let error = Diagnostic::error("HR026", each.key.span, message)
                    .label("the key of an element")
                    .help("take a key that tells the elements apart, or remove the second one");
                let given = given(self.runbook, each, index, &each.key);
                let error = Diagnostic { given, ..error };
                // Another fan-out over the same list says it no second time.
                let is_known = |it: &Diagnostic| it.message == error.message && it.given == error.given;
                if !self.errors.iter().any(is_known) {
                    self.errors.push(error);
                }
            }
        }
        instances
    }

    /// The value of an expression that the structure hangs on; notes errors, missing files and unknown values.
    fn value(&mut self, expr: &Expr, local: Option<&Fields>) -> Option<Value> {
        let empty = Fields::new();
        let context = Context::new(self.reads);
        let names = Scope::values(&self.names);
        let lets = names.with_lets(&self.runbook.lets);
        let value = context.evaluate(expr, &lets.with_values(local.unwrap_or(&empty)));
        let missing = context.missing();
        match value {
            Err(error) => {
                self.errors.push(structural(error));
                None
            }
            Ok(_) if !missing.is_empty() => {
                self.missing.extend(missing);
                None
            }
            Ok(value) => Some(value),
        }
    }

    fn add(&mut self, node: Node, id: Option<NodeId>, before: &[NodeIndex]) -> NodeIndex {
        let at = self.order.add_node(node);
        for from in before {
            self.order.add_edge(*from, at, ());
        }
        if let Some(id) = id {
            self.by_id.insert(id, at);
            if self.parallels > 0 {
                self.loose.push(at);
            }
        }
        at
    }

    /// One node after all of these, so that many before many need no edge for every pair.
    fn joint(&mut self, before: Vec<NodeIndex>) -> Vec<NodeIndex> {
        if before.len() <= 1 { before } else { vec![self.add(Node::Joint, None, &before)] }
    }

    fn invariant(&mut self, invariant: &Invariant) {
        let step = &invariant.step;
        let Some((module, action)) = self.program.action_of(step) else { return };
        let id = NodeId::new(Arc::clone(&step.name.node));
        let names = order::names_of(step, &self.runbook.lets);
        let node = StepNode {
            id: id.clone(),
            step: Arc::clone(step),
            key: None,
            names: Fields::new(),
            action: Arc::clone(action),
            module,
            phase: None,
            policy: invariant.otherwise.node,
        };
        let is_late = names.iter().any(|name| self.exits.contains_key(name));
        let watch = WatchNode { node, invariant: invariant.clone(), is_late };
        let at = self.add(Node::Watch(Box::new(watch)), Some(id), &[]);
        self.watches.push(at);
    }

    /// Edges for `after` and for the names of other steps in arguments; inside a parallel they are the only order.
    fn references(&mut self) {
        for (at, names) in order::references(&self.order, &self.loose, &self.runbook.lets) {
            for from in names.iter().filter_map(|name| self.exits.get(name)).flatten() {
                if !order::reaches(&self.order, *from, at) {
                    self.order.update_edge(*from, at, ());
                }
            }
        }
    }

    fn finish(self, program: Arc<Program>) -> Result<Graph, Vec<Diagnostic>> {
        let Ok(mut sequence) = order::sequence(&self.order) else {
            let start = self.runbook.header.span;
            return Err(vec![Diagnostic::error(
                "HR040",
                start,
                "some steps wait for each other in a circle",
            )]);
        };
        sequence.retain(|at| !self.watches.contains(at));
        let is_gate = |at: &NodeIndex| matches!(self.order.node_weight(*at), Some(Node::Gate(_)));
        let gates = sequence.iter().copied().filter(is_gate).collect();
        Ok(Graph {
            window: hcxrun_dsl::window(&program),
            program,
            gates,
            names: self.names,
            order: self.order,
            sequence,
            fans: self.fans,
            watches: self.watches,
            phases: self.phases,
            by_id: self.by_id,
        })
    }
}

/// The part of an input that an expression is for one element of a fan-out: the element, or a field of it.
pub(super) fn given(runbook: &RunbookBody, each: &Each, index: usize, expr: &Expr) -> Option<Given> {
    let ExprKind::Name(list) = &each.list.kind else { return None };
    let is_element = |it: &Expr| matches!(&it.kind, ExprKind::Name(name) if *name == each.variable.node);
    let is_input = runbook.inputs.iter().any(|it| it.name.node == *list);
    let element = DataPath::default().key(list).then(Part::At(index));
    match &expr.kind {
        _ if !is_input => None,
        ExprKind::Field(of, field) if is_element(of) => Some(Given::Value(element.key(&field.node))),
        _ => is_element(expr).then_some(Given::Value(element)),
    }
}

/// Structure is decided before anything runs, so nothing in it can wait for a step.
fn structural(error: EvalError) -> Diagnostic {
    Diagnostic::from(error).help("the steps of a runbook are decided by its inputs and files alone")
}
