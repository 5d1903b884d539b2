//! Steps: the action, its arguments, and the numbers that bound it.

use std::sync::Arc;

use super::Checker;
use super::fit::{field_that, fits, one};
use super::mentions::mentions;
use super::names::{list, nearest, suggestion};
use super::scope::{Entry, Place, Scope};
use super::wanted::Wanted;
use crate::diagnostic::Diagnostic;
use crate::program::ModuleId;
use crate::syntax::{Action, Argument, Each, Expr, Input, Step, Tolerate};
use crate::types::Type;

/// An action as a step finds it.
#[derive(Clone, Copy)]
struct Found<'p> {
    module: ModuleId,
    action: &'p Action,
}

impl<'p> Checker<'p> {
    /// What a step is worth: the outputs of its action, for a fan-out by key.
    pub(super) fn result(&self, step: &Step) -> Type {
        let module = match &step.module {
            None => Some(self.module),
            Some(name) => self.here().and_then(|it| it.uses.get(&name.node)).copied(),
        };
        let key = module.map(|module| (module, Arc::clone(&step.action.node)));
        let result = key.and_then(|key| self.results.get(&key)).cloned().unwrap_or(Type::Unknown);
        match step.each {
            Some(_) => Type::Map(Arc::new(result)),
            None => result,
        }
    }

    pub(super) fn step(&mut self, step: &Step, scope: &Scope<'_>) {
        let variable = step.each.as_ref().map(|each| {
            let told = self.found.len();
            let entry = self.each(each, scope);
            if self.found.len() == told {
                self.all_the_same(step, each, &entry.ty);
            }
            (Arc::clone(&each.variable.node), entry)
        });
        let scope = scope.with(variable);
        if let Some(when) = &step.when {
            self.condition(when, &scope, "`when`");
        }
        match self.action_of(step) {
            Some(found) => {
                self.arguments(step, found, &scope);
                self.bounded(step, found.action);
            }
            None => step.arguments.iter().for_each(|it| drop(self.infer(&it.value, &scope))),
        }
        self.numbers(step);
    }

    /// The list and the key of a fan-out; gives its variable.
    fn each(&mut self, each: &Each, scope: &Scope<'_>) -> Entry {
        let scope = scope.at(Place::Structure);
        let list = self.infer(&each.list, &scope);
        let item = match list {
            Type::List(item) => item.as_ref().clone(),
            Type::Json | Type::Unknown => list,
            other => {
                let origin = "a `for` goes over a list";
                self.mismatch(
                    each.list.span,
                    &other,
                    &Wanted::new(Type::List(Arc::new(Type::Json)), origin),
                    None,
                );
                Type::Unknown
            }
        };
        self.keep_type(each.variable.span, &item);
        self.hides(&each.variable, &scope);
        let scope = scope.with([(Arc::clone(&each.variable.node), Entry::new(item.clone()))]);
        let key = self.shown(&each.key, &scope, "a key");
        if !is_key(&key) {
            let (message, help) = if is_key(key.required()) {
                let help = "say what to take instead of null: `… ?? other`".to_owned();
                (format!("a key is never null, and this is {}", one(&key)), help)
            } else {
                (format!("a key is a text or a number, and this is {}", one(&key)), apart(each, &item))
            };
            self.report(
                Diagnostic::error("HR026", each.key.span, message)
                    .origin("a key names an instance of the step in the journal")
                    .help(help),
            );
        }
        Entry::new(item)
    }

    /// A fan-out whose instances cannot be told apart: by their keys, or by what they do.
    fn all_the_same(&mut self, step: &Step, each: &Each, item: &Type) {
        let variable = &each.variable;
        let uses = |expr: &Expr| mentions(expr).iter().any(|(name, _)| **name == variable.node);
        let name = &step.name.node;
        if !uses(&each.key) {
            self.report(
                Diagnostic::error(
                    "HR026",
                    each.key.span,
                    format!("every instance of `{name}` has the same key"),
                )
                .origin("a key names an instance of the step in the journal")
                .help(apart(each, item)),
            );
        } else if !step.arguments.iter().map(|it| &it.value).chain(&step.when).any(uses)
            && !self.broken_within(step.span)
        {
            let message =
                format!("every instance of `{name}` does the same: nothing in it uses `{}`", variable.node);
            self.report(
                Diagnostic::warning("HR017", variable.span, message)
                    .help("use it in an argument, or leave the `for` out"),
            );
        }
    }

    fn action_of(&mut self, step: &Step) -> Option<Found<'p>> {
        let program = self.program;
        let module = match &step.module {
            None => self.module,
            Some(name) => self.module_named(name)?,
        };
        let found = program.module(module)?;
        let name = &step.action.node;
        if let Some(action) = found.actions.get(name) {
            self.used.insert(action.name.span);
            return Some(Found { module, action });
        }
        if self.has_broken(found) {
            return None;
        }
        let owner = step.module.as_ref().map_or("this file".to_owned(), |it| format!("`{}`", it.node));
        let error = Diagnostic::error("HR010", step.action.span, format!("{owner} has no action `{name}`"));
        let elsewhere = self.here().and_then(|here| {
            let has = |id: &ModuleId| program.module(*id).is_some_and(|it| it.actions.contains_key(name));
            here.uses
                .iter()
                .find(|(_, id)| has(id))
                .map(|(module, _)| format!("did you mean `{module}.{name}`?"))
        });
        let is_module = step.module.is_none() && self.here().is_some_and(|it| it.uses.contains_key(name));
        let of_module = is_module
            .then(|| format!("`{name}` is a module: an action of it stands behind a dot, as in `{name}.…`"));
        let help = elsewhere
            .or(of_module)
            .or_else(|| suggestion(name, found.actions.keys().map(|it| &**it), "it has"));
        self.report(Diagnostic { help, ..error });
        None
    }

    fn arguments(&mut self, step: &Step, found: Found<'_>, scope: &Scope<'_>) {
        let inputs = &found.action.inputs;
        let owner = match &step.module {
            Some(module) => format!("{}.{}", module.node, step.action.node),
            None => step.action.node.to_string(),
        };
        let mut misspelt = Vec::new();
        for (at, argument) in step.arguments.iter().enumerate() {
            let name = &argument.name;
            let first = step.arguments.iter().take(at).find(|it| it.name.node == name.node);
            if let Some(first) = first {
                self.given_twice(argument, first);
                self.infer(&argument.value, scope);
            } else if let Some(input) = inputs.iter().find(|it| it.name.node == name.node) {
                let ty = self.program.resolve(found.module, &input.ty);
                if *ty.required() != Type::Secret {
                    self.written_out(&name.node, &argument.value);
                }
                self.no_quoted_name(&argument.value, &ty, scope);
                let origin = format!("`{0}` wants {1} ({owner}, input `{0}`)", name.node, one(&ty));
                self.expect(&argument.value, &Wanted::new(ty, origin), scope);
            } else {
                misspelt.extend(nearest(&name.node, inputs.iter().map(|it| &*it.name.node)));
                self.no_input(argument, inputs, &owner);
                self.infer(&argument.value, scope);
            }
        }
        self.missing(step, found, &misspelt, &owner);
    }

    fn given_twice(&mut self, argument: &Argument, first: &Argument) {
        let message = format!("the argument `{}` is given twice", argument.name.node);
        self.report(
            Diagnostic::error("HR012", argument.name.span, message)
                .label("given again")
                .related(first.name.span, "given here first")
                .help("remove one"),
        );
    }

    fn no_input(&mut self, argument: &Argument, inputs: &[Input], owner: &str) {
        let name = &argument.name;
        let error = Diagnostic::error("HR012", name.span, format!("`{owner}` has no input `{}`", name.node));
        let clauses = ["after", "when", "retry", "timeout", "limit", "tolerate"];
        let help = match clauses.iter().find(|clause| ***clause == *name.node) {
            Some(clause) => Some(format!("`{clause}` is a clause of the step: write it without `=`")),
            None => suggestion(&name.node, inputs.iter().map(|it| &*it.name.node), "it has"),
        };
        self.report(Diagnostic { help, ..error });
    }

    fn missing(&mut self, step: &Step, found: Found<'_>, misspelt: &[&str], owner: &str) {
        let is_given = |input: &&Input| {
            misspelt.contains(&&*input.name.node)
                || step.arguments.iter().any(|it| it.name.node == input.name.node)
        };
        let needed = self.program.needed(found.module, found.action);
        let missing: Vec<&Input> = needed.filter(|it| !is_given(it)).collect();
        if missing.is_empty() || self.broken_within(step.span) {
            return;
        }
        let names: Vec<&str> = missing.iter().map(|it| &*it.name.node).collect();
        let invariants = self.here().and_then(|it| it.runbook.as_ref()).map_or(&[][..], |it| &it.invariants);
        let is_invariant = invariants.iter().any(|it| it.step.name.span == step.name.span);
        let what = if is_invariant { "invariant" } else { "step" };
        let message = format!("{what} `{}` does not give {}", step.name.node, list(&names));
        let wants = missing.iter().map(|it| {
            format!("`{}` wants {}", it.name.node, one(&self.program.resolve(found.module, &it.ty)))
        });
        let wants = wants.collect::<Vec<_>>().join(", ");
        self.report(
            Diagnostic::error("HR024", step.action.span, message)
                .origin(format!("{wants} ({owner})"))
                .help(format!("write `{} = …` in the {what}", names.join(" = …`, `"))),
        );
    }

    /// A step that changes something has a hard bound: its own, or that of its action.
    fn bounded(&mut self, step: &Step, action: &Action) {
        if action.change.is_none()
            || action.poll.is_some()
            || step.timeout.is_some()
            || self.broken_within(action.span)
        {
            return;
        }
        if self.broken_within(step.span) {
            return;
        }
        let message = format!("step `{}` could wait for ever", step.name.node);
        self.report(
            Diagnostic::error("HR035", step.name.span, message)
                .origin(format!("`{}` has no `poll every … for …`", action.name.node))
                .help("give the step a `timeout`, as in `timeout 30m`"),
        );
    }

    fn numbers(&mut self, step: &Step) {
        if let Some(retry) = step.retry {
            if retry.node.attempts == 0 {
                self.bounds(
                    retry.span,
                    "`retry 0` never tries at all",
                    "write how often it is tried in all, 1 or more",
                );
            }
            if retry.node.from > retry.node.to {
                self.bounds(
                    retry.span,
                    "the first pause is longer than the longest",
                    "write the shorter one first",
                );
            }
        }
        if let Some(timeout) = step.timeout.filter(|it| it.node.is_zero()) {
            self.bounds(
                timeout.span,
                "the step may take no time at all",
                "write how long it may take, as in `timeout 30m`",
            );
        }
        if let Some(limit) = step.limit {
            if limit.node == 0 {
                self.bounds(
                    limit.span,
                    "`limit 0` lets nothing run",
                    "write how many may run at once, 1 or more",
                );
            }
            self.only_fan_out(step, "limit", limit.span);
        }
        if let Some(tolerate) = step.tolerate {
            let over = matches!(tolerate.node, Tolerate::Percent(p) if !(0.0..=100.0).contains(&p.0));
            if over {
                self.bounds(
                    tolerate.span,
                    "more than all of them cannot fail",
                    "write a percentage up to 100%",
                );
            }
            self.only_fan_out(step, "tolerate", tolerate.span);
        }
    }

    fn only_fan_out(&mut self, step: &Step, clause: &str, span: crate::source::Span) {
        if step.each.is_none() {
            let message = format!("`{clause}` is about many, and `{}` is one step", step.name.node);
            self.report(
                Diagnostic::error("HR038", span, message)
                    .help("remove it, or make the step a fan-out: `for x in list by key`"),
            );
        }
    }
}

/// Whether a value can be the key of an instance.
fn is_key(ty: &Type) -> bool {
    let kinds = [Type::String, Type::Number, Type::Ip, Type::Cidr, Type::IfAddr, Type::Version, Type::Time];
    kinds.iter().any(|kind| fits(ty, kind))
}

/// What may be a key in place of one that is none.
fn apart(each: &Each, item: &Type) -> String {
    let variable = &each.variable.node;
    let field = match item {
        Type::Record(fields) => field_that(fields, is_key).map(|name| format!(".{name}")),
        ty if is_key(ty) && !matches!(ty, Type::Json | Type::Unknown) => Some(String::new()),
        _ => None,
    };
    let field = field.unwrap_or_else(|| ".name".to_owned());
    format!("take what tells the items apart, as in `by {variable}{field}`")
}
