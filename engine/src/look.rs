//! A look at a step: its action's contract, evaluated against what was read. Pure; the shell makes the reads.
//!
//! Every look starts with an empty table of reads, so nothing that was seen before decides anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hcxrun_dsl::eval::{Context, EvalError, Read, Reads, Scope, UNREACHABLE, coerce, whole_path};
use hcxrun_dsl::syntax::{Action, Change, Expr, ExprKind, Fail, Method};
use hcxrun_dsl::{Cause, Fields, Lacking, RunbookBody, Sources, Value};
use serde::{Deserialize, Serialize};

use crate::graph::{Graph, StepNode};

/// Which way a step is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Towards `done when`.
    Change,
    /// Back to `undone when`.
    Undo,
}

/// A change that is about to be sent: what the journal keeps of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// What people read.
    pub sentence: String,
    /// The request as people may see it, secrets hidden.
    pub request: Shown,
    /// The action's `before.x`, each as it was, in the journal's JSON.
    pub before: BTreeMap<String, serde_json::Value>,
    /// The resources that it changes.
    pub touches: Vec<String>,
    /// In what it differs from what was planned, when this run has changed something since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<String>,
}

/// A request as people may see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The system.
    pub system: String,
    /// `POST`, `PUT`, …
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The body, secrets as `***`.
    pub body: serde_json::Value,
}

/// A request as it is sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// The system.
    pub system: Arc<str>,
    /// The method.
    pub method: Method,
    /// The path with its query.
    pub path: Arc<str>,
    /// The body.
    pub body: Option<Value>,
}

/// What is known of a step beside what can be read now.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Inputs, systems and the outputs of other steps.
    pub names: &'a Fields,
    /// `before.x`; `None` before the change.
    pub before: Option<&'a Fields>,
    /// The body of the answer to the change; unknown when it was lost.
    pub response: &'a Value,
}

/// What a look came to.
#[derive(Debug)]
pub enum Look {
    /// These have to be read first.
    Needs(BTreeSet<Read>),
    /// It is complete.
    Seen(Box<Seen>),
}

/// What was seen.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are what their types and names say")]
pub enum Seen {
    /// Its `when` does not hold, or what it needs never came to be.
    Skip { reason: String },
    /// `done when` (or, on the way back, `undone when`) holds; a check holds.
    Settled { outputs: Fields, evidence: Vec<String> },
    /// A `fail … when` holds.
    Failed { reason: String },
    /// A `require` does not hold.
    Refused { reason: String },
    /// A part of the contract has no value: an answer lacks a field, a read was refused …
    NoValue { error: EvalError },
    /// On the way back: only a person can do it.
    ByHand { task: String },
    /// The change may be sent.
    Ready { intent: Box<Intent>, request: Request },
    /// Nothing of all that.
    NotYet {
        /// Whether a lost request is seen to have done nothing so far.
        untouched: bool,
        /// What kept an expression from having a value, for the message when time runs out.
        trouble: Option<EvalError>,
    },
    /// Something could not be read and may be in a moment.
    Blind { reason: String },
    /// It hangs on what other steps bring about first: only in a plan.
    Depends { causes: BTreeSet<Cause>, sentence: Option<String> },
}

/// What a look is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Nothing has been sent: may it be, and is it needed?
    Before(Way),
    /// It has been sent: where is it?
    After(Way),
}

/// Looks at a step.
pub fn look(graph: &Graph, node: &StepNode, purpose: Purpose, known: Known<'_>, reads: &Reads) -> Look {
    let (context, prose) = (Context::new(reads), Context::prose(reads));
    let seen = match arguments(graph, node, &context, known.names) {
        Err(seen) => seen,
        Ok(arguments) => {
            let eyes = Eyes {
                sources: &graph.program.sources,
                node,
                purpose,
                known,
                context: &context,
                prose: &prose,
            };
            eyes.look(arguments).unwrap_or_else(|error| eyes.trouble(error))
        }
    };
    let mut missing = context.missing();
    missing.extend(prose.missing());
    if missing.is_empty() { Look::Seen(Box::new(seen)) } else { Look::Needs(missing) }
}

/// Whether the arguments of a step still hang on what other steps put out.
pub(crate) fn is_open(graph: &Graph, node: &StepNode, names: &Fields) -> bool {
    let reads = Reads::default();
    let arguments = arguments(graph, node, &Context::new(&reads), names);
    arguments.is_ok_and(|arguments| arguments.values().any(|value| !value.causes().is_empty()))
}

/// Whether what a step is given has no value, from these names alone.
pub(crate) fn unfit(graph: &Graph, node: &StepNode, names: &Fields, reads: &Reads) -> bool {
    matches!(arguments(graph, node, &Context::new(reads), names), Err(Seen::NoValue { .. }))
}

/// The inputs of the action as the step gives them; `Err` when that decides the look already.
fn arguments(graph: &Graph, node: &StepNode, context: &Context<'_>, names: &Fields) -> Result<Fields, Seen> {
    let lets = graph.program.runbook().map_or(&[][..], |RunbookBody { lets, .. }| lets);
    let names = Scope::values(names);
    let lets = names.with_lets(lets);
    let scope = lets.with_values(&node.names);
    if let Some(when) = &node.step.when {
        match context.evaluate(when, &scope) {
            Ok(Value::Bool(true)) => {}
            Ok(Value::Unknown(causes)) => {
                return Err(Seen::Depends { causes: causes.as_ref().clone(), sentence: None });
            }
            Ok(_) => return Err(Seen::Skip { reason: "its `when` does not hold".to_owned() }),
            Err(error) => return Err(Seen::NoValue { error }),
        }
    }
    let mut arguments = Fields::new();
    for input in &node.action.inputs {
        let name = &input.name.node;
        let given = node.step.arguments.iter().find(|argument| argument.name.node == *name);
        let value = match (given, &input.default) {
            (Some(argument), _) => context.evaluate(&argument.value, &scope),
            (None, Some(default)) => context.evaluate(default, &Scope::values(&arguments)),
            (None, None) => Ok(Value::NULL),
        };
        let ty = graph.program.resolve(node.module, &input.ty);
        let value = value.and_then(|value| {
            coerce(&value, &ty).map_err(|mismatch| EvalError {
                code: "HR021",
                span: given.map_or(node.step.name.span, |argument| argument.value.span),
                message: format!("the argument `{name}` does not fit: {mismatch}{}", lacking(&value)),
            })
        });
        arguments.insert(Arc::clone(name), value.map_err(|error| Seen::NoValue { error })?);
    }
    Ok(arguments)
}

/// Where a value that is none was looked for, and what there is.
fn lacking(value: &Value) -> String {
    let Value::Null(Some(Lacking { record, field })) = value else { return String::new() };
    let known: Vec<_> = record.keys().map(|it| format!("`{it}`")).collect();
    let there = match known.as_slice() {
        [] => "nothing".to_owned(),
        few @ [..] if few.len() <= LISTED => few.join(", "),
        [first, .., last] => format!("{} from {first} to {last}", known.len()),
        [one] => one.clone(),
    };
    format!(" under `{field}`; there is {there}")
}

/// More names than these are counted.
const LISTED: usize = 8;

struct Eyes<'a> {
    sources: &'a Sources,
    node: &'a StepNode,
    purpose: Purpose,
    known: Known<'a>,
    context: &'a Context<'a>,
    prose: &'a Context<'a>,
}

/// What a condition comes to: it holds, it does not, or that is not known.
enum Holds {
    Yes,
    No,
    Unknown(BTreeSet<Cause>),
}

impl Eyes<'_> {
    fn look(&self, mut names: Fields) -> Result<Seen, EvalError> {
        let arguments = names.clone();
        names.insert(Arc::from("response"), self.known.response.clone());
        if let Some(before) = self.known.before {
            let mut all = arguments;
            all.extend(before.iter().map(|(name, value)| (Arc::clone(name), value.clone())));
            names.insert(Arc::from("before"), Value::record(all));
        }
        let outer = Scope::values(&names);
        let scope = outer.with_lets(&self.action().lets);
        match self.purpose {
            Purpose::Before(Way::Change) => self.before_change(&scope),
            Purpose::Before(Way::Undo) => self.before_undo(&scope),
            Purpose::After(way) => self.after(way, &scope),
        }
    }

    fn action(&self) -> &Action {
        &self.node.action
    }

    fn before_change(&self, scope: &Scope<'_>) -> Result<Seen, EvalError> {
        let action = self.action();
        let Some(change) = &action.change else { return self.check(scope) };
        if let Some(done) = &action.done_when
            && let Holds::Yes = self.holds(done, scope)?
        {
            return self.settled(scope);
        }
        match self.requires(scope)? {
            Ok(open) => self.ready(change, scope, open),
            Err(refused) => Ok(refused),
        }
    }

    fn check(&self, scope: &Scope<'_>) -> Result<Seen, EvalError> {
        let action = self.action();
        let mut open = match self.requires(scope)? {
            Ok(open) => open,
            Err(refused) => return Ok(refused),
        };
        match action.done_when.as_ref().map(|done| self.holds(done, scope)).transpose()? {
            Some(Holds::No) => return Ok(Seen::NotYet { untouched: false, trouble: None }),
            Some(Holds::Unknown(causes)) => open.extend(causes),
            Some(Holds::Yes) | None => {}
        }
        if open.is_empty() { self.settled(scope) } else { Ok(Seen::Depends { causes: open, sentence: None }) }
    }

    /// What the preconditions still hang on; `Err` with the reason of the first that does not hold.
    fn requires(&self, scope: &Scope<'_>) -> Result<Result<BTreeSet<Cause>, Seen>, EvalError> {
        let mut open = BTreeSet::new();
        for require in &self.action().requires {
            match self.holds(&require.condition, scope)? {
                Holds::Yes => {}
                Holds::No => return Ok(Err(Seen::Refused { reason: self.say(&require.reason, scope)? })),
                Holds::Unknown(causes) => open.extend(causes),
            }
        }
        Ok(Ok(open))
    }

    fn before_undo(&self, scope: &Scope<'_>) -> Result<Seen, EvalError> {
        let action = self.action();
        if self.undone(scope)? {
            return Ok(taken_back());
        }
        if let Some(message) = self.first(&action.by_hand, scope)? {
            return Ok(Seen::ByHand { task: message });
        }
        if let Some(lost) = self.lost_before() {
            return Ok(Seen::ByHand {
                task: format!("take it back; how `{lost}` was before is not known: this run found it done"),
            });
        }
        match (&action.undo, &action.irreversible) {
            (Some(undo), _) => self.ready(undo, scope, BTreeSet::new()),
            (None, Some(why)) => Ok(Seen::ByHand { task: self.without_way_back(why, scope)? }),
            (None, None) => Ok(Seen::ByHand { task: "take it back as far as that can be done".to_owned() }),
        }
    }

    /// What a person has to do about a change without a way back: `why` is true of one that came to its end.
    fn without_way_back(&self, why: &Expr, scope: &Scope<'_>) -> Result<String, EvalError> {
        let done = self.action().done_when.as_ref().map(|done| self.holds(done, scope));
        if let Some(Ok(Holds::No)) = done {
            return Ok(
                "look what it left, and take that back as far as that can be done; it has no way back, and \
                       its `done when` does not hold"
                    .to_owned(),
            );
        }
        let why = self.say(why, scope)?;
        Ok(format!("take it back as far as that can be done; it has no way back: {why}"))
    }

    fn after(&self, way: Way, scope: &Scope<'_>) -> Result<Seen, EvalError> {
        let action = self.action();
        let settled = match (way, &action.done_when) {
            (Way::Undo, _) => self.undone(scope)?,
            (Way::Change, Some(done)) => matches!(self.holds(done, scope)?, Holds::Yes),
            (Way::Change, None) => false,
        };
        if settled {
            return match way {
                Way::Change => self.settled(scope),
                Way::Undo => Ok(taken_back()),
            };
        }
        if let Some(reason) = self.first(&action.fails, scope)? {
            return Ok(Seen::Failed { reason });
        }
        Ok(Seen::NotYet { untouched: self.untouched(way, scope)?, trouble: None })
    }

    /// Whether a request that was lost is seen to have done nothing, or does no harm a second time.
    fn untouched(&self, way: Way, scope: &Scope<'_>) -> Result<bool, EvalError> {
        let action = self.action();
        let seen = match way {
            Way::Change => action.untouched.as_ref().map(|untouched| &untouched.when),
            // As long as the change is there whole, nothing has been taken back.
            Way::Undo => action.done_when.as_ref(),
        };
        let seen = seen.map(|condition| self.holds(condition, scope)).transpose()?;
        Ok(match (way, seen) {
            (Way::Change, Some(holds)) => matches!(holds, Holds::Yes),
            (Way::Undo, Some(Holds::Yes)) => true,
            _ => self.method(way).is_some_and(Method::is_idempotent),
        })
    }

    fn method(&self, way: Way) -> Option<Method> {
        let change = match way {
            Way::Change => self.action().change.as_ref(),
            Way::Undo => self.action().undo.as_ref(),
        };
        change.map(|change| change.request.method.node)
    }

    fn undone(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        let action = self.action();
        // What cannot be taken back is not undone because it failed half-way: it must be seen to have done nothing.
        let untouched = action.untouched.as_ref().filter(|_| action.undo.is_none()).map(|it| &it.when);
        match (action.undone_when.as_ref().or(untouched), &action.done_when) {
            (Some(undone), _) => Ok(matches!(self.holds(undone, scope)?, Holds::Yes)),
            (None, Some(done)) => Ok(matches!(self.holds(done, scope)?, Holds::No)),
            (None, None) => Ok(false),
        }
    }

    /// The message of the first clause whose condition holds.
    fn first(&self, clauses: &[Fail], scope: &Scope<'_>) -> Result<Option<String>, EvalError> {
        for clause in clauses {
            if let Holds::Yes = self.holds(&clause.when, scope)? {
                return self.say(&clause.message, scope).map(Some);
            }
        }
        Ok(None)
    }

    fn holds(&self, condition: &Expr, scope: &Scope<'_>) -> Result<Holds, EvalError> {
        match self.context.evaluate(condition, scope)? {
            Value::Bool(true) => Ok(Holds::Yes),
            Value::Bool(false) | Value::Null(_) => Ok(Holds::No),
            Value::Unknown(causes) => Ok(Holds::Unknown(causes.as_ref().clone())),
            other => Err(EvalError {
                code: "HR022",
                span: condition.span,
                message: format!("a condition is true or false, and this is {}", other.kind()),
            }),
        }
    }

    fn say(&self, sentence: &Expr, scope: &Scope<'_>) -> Result<String, EvalError> {
        self.prose.evaluate(sentence, scope).map(|value| value.to_string())
    }

    fn settled(&self, scope: &Scope<'_>) -> Result<Seen, EvalError> {
        let outputs =
            self.action().outputs.iter().map(|output| {
                Ok((Arc::clone(&output.name.node), self.context.evaluate(&output.value, scope)?))
            });
        let outputs = outputs.collect::<Result<_, EvalError>>()?;
        Ok(Seen::Settled { outputs, evidence: self.evidence(scope) })
    }

    /// What was found done: the parts of `done when` with their values. Asks for no read that it could do without.
    fn evidence(&self, scope: &Scope<'_>) -> Vec<String> {
        let is_first = self.purpose == Purpose::Before(Way::Change) && self.node.changes();
        let Some(done) = self.action().done_when.as_ref().filter(|_| is_first) else { return Vec::new() };
        let context = Context::prose(self.context.reads());
        let mut parts = BTreeSet::new();
        let told = done.compared().into_iter().filter_map(|part| {
            let value = context.evaluate(part, scope).ok().filter(|value| value.causes().is_empty())?;
            let written = self.sources.slice(part.span).split_whitespace().collect::<Vec<_>>().join(" ");
            parts.insert(written.clone()).then(|| format!("{written} is {}", value.brief(EVIDENCE)))
        });
        told.collect()
    }

    /// A `before.x` of the action that nobody saw: the step was found done, and is to be taken back all the same.
    fn lost_before(&self) -> Option<Arc<str>> {
        let is_let = |name: &Arc<str>| self.action().lets.iter().any(|it| it.name.node == *name);
        let seen = |name: &Arc<str>| self.known.before.is_some_and(|before| before.contains_key(name));
        before_names(self.action()).into_iter().find(|name| is_let(name) && !seen(name))
    }

    fn ready(&self, change: &Change, scope: &Scope<'_>, open: BTreeSet<Cause>) -> Result<Seen, EvalError> {
        let sentence = self.say(&change.sentence, scope)?;
        let path = self.context.evaluate(&change.request.path, scope)?;
        let body = change.request.body.as_ref().map(|body| self.context.evaluate(body, scope)).transpose()?;
        let system = change.request.system.as_ref().map_or("", |name| &name.node);
        let system = self.context.evaluate(&name_expr(system, change), scope)?;
        let mut causes = open;
        causes.extend(path.causes().into_iter().chain(body.iter().flat_map(Value::causes)));
        if !causes.is_empty() {
            return Ok(Seen::Depends { causes, sentence: Some(sentence) });
        }
        let (Value::Text(path), Value::System(system)) = (&path, &system) else {
            let message = format!(
                "a request goes to a path of a system, and this is {} of {}",
                path.kind(),
                system.kind()
            );
            return Err(EvalError { code: "HR022", span: change.request.span, message });
        };
        whole_path(path, change.request.path.span)?;
        let method = change.request.method.node;
        let request = Request { system: Arc::clone(system), method, path: Arc::clone(path), body };
        let intent = Box::new(Intent {
            sentence,
            request: request.shown(),
            before: self.before_values(scope)?,
            touches: self.touches(scope)?,
            drift: None,
        });
        Ok(Seen::Ready { intent, request })
    }

    fn touches(&self, scope: &Scope<'_>) -> Result<Vec<String>, EvalError> {
        self.action().touches.iter().map(|name| self.say(name, scope)).collect()
    }

    /// The values of the lets that the action speaks of as `before.x`, as they are now.
    fn before_values(&self, scope: &Scope<'_>) -> Result<BTreeMap<String, serde_json::Value>, EvalError> {
        let mut values = BTreeMap::new();
        for used in before_names(self.action()) {
            if let Some(found) = self.action().lets.iter().find(|it| it.name.node == used) {
                values.insert(used.to_string(), self.context.evaluate(&found.value, scope)?.to_tagged());
            }
        }
        Ok(values)
    }

    /// What an expression without a value means: the world may be in motion, or out of sight.
    fn trouble(&self, error: EvalError) -> Seen {
        match self.purpose {
            _ if error.code == UNREACHABLE => Seen::Blind { reason: error.coded() },
            Purpose::Before(_) => Seen::NoValue { error },
            Purpose::After(_) => Seen::NotYet { untouched: false, trouble: Some(error) },
        }
    }
}

impl Graph {
    /// Why a step has no value, in one line: its code, and the lines of the action and of the step.
    pub(crate) fn told(&self, node: &StepNode, error: &EvalError) -> String {
        let sources = &self.program.sources;
        let (action, step) = (sources.position(error.span), sources.position(node.step.name.span));
        format!("{} at {action}, for the step at {step}", error.coded())
    }

    /// Why what a step waits for is not there.
    pub(crate) fn missed(&self, node: &StepNode, error: Option<&EvalError>) -> String {
        error.map_or_else(|| "what it checks does not hold".to_owned(), |error| self.told(node, error))
    }
}

/// Longer values are cut in evidence.
const EVIDENCE: usize = 60;

fn taken_back() -> Seen {
    Seen::Settled { outputs: Fields::new(), evidence: Vec::new() }
}

fn name_expr(name: &str, change: &Change) -> Expr {
    Expr { kind: ExprKind::Name(Arc::from(name)), span: change.request.span }
}

impl Request {
    /// As people may see it.
    pub fn shown(&self) -> Shown {
        Shown {
            system: self.system.to_string(),
            method: self.method.as_str().to_owned(),
            path: self.path.to_string(),
            body: self.body.as_ref().map_or(serde_json::Value::Null, Value::to_json),
        }
    }
}

/// The `x` of every `before.x` in an action.
pub(crate) fn before_names(action: &Action) -> BTreeSet<Arc<str>> {
    let mut names = BTreeSet::new();
    action.for_each_expression(&mut |expr| collect_before(expr, &mut names));
    names
}

fn collect_before(expr: &Expr, names: &mut BTreeSet<Arc<str>>) {
    if let ExprKind::Field(of, name) = &expr.kind
        && matches!(&of.kind, ExprKind::Name(word) if &**word == "before")
    {
        names.insert(Arc::clone(&name.node));
    }
    expr.for_each_part(&mut |part| collect_before(part, names));
}
