//! Goes through the syntax of a program with the names that are known at each place. The checker reports what means
//! nothing; here it is passed over.

use std::collections::BTreeMap;
use std::sync::Arc;

use hcxrun_dsl::syntax::{
    Act, Action, Argument, Doc, Expr, ExprKind, Input, Let, Member, Request, Step, System, Test, Then,
    TypeExpr, TypeKind,
};
use hcxrun_dsl::{Module, ModuleId, Name, Program, RunbookBody, SourceId, Span};

use super::{Kind, Occurrence};

/// What a name means.
#[derive(Clone)]
struct Meaning<'p> {
    kind: Kind,
    target: Span,
    doc: Doc,
    /// Of a step: whose outputs it has.
    action: Option<&'p Action>,
}

type Names<'p> = BTreeMap<Arc<str>, Meaning<'p>>;

/// All names of the modules that do not come with the program.
pub(super) fn walk(program: &Program) -> Vec<Occurrence> {
    let mut walk = Walk { program, module: ModuleId(0), found: Vec::new(), names: Vec::new() };
    for (id, module) in (0..).map(ModuleId).zip(&program.modules) {
        let first = module.sources.first().and_then(|id| program.sources.get(*id));
        if id == ModuleId(0) || first.is_some_and(|source| !source.name.starts_with("stdlib/")) {
            walk.module = id;
            walk.module(module);
        }
    }
    walk.found
}

struct Walk<'p> {
    program: &'p Program,
    module: ModuleId,
    found: Vec<Occurrence>,
    names: Vec<Names<'p>>,
}

impl<'p> Walk<'p> {
    fn here(&self) -> Option<&'p Module> {
        self.program.module(self.module)
    }

    fn module(&mut self, module: &'p Module) {
        for it in &module.imports {
            let target = module.uses.get(&it.name.node).map_or(it.name.span, |id| self.start_of(*id));
            self.place(&it.name, Kind::Module, target, &Doc::default());
        }
        for api in module.apis.values() {
            self.declare(&api.name, Kind::Api, &api.doc);
            let inputs = self.inputs(&api.inputs);
            self.within(inputs, |walk| {
                api.login.iter().for_each(|it| walk.request(it));
                api.headers.iter().for_each(|(_, value)| walk.expr(value));
                api.error.iter().for_each(|it| walk.expr(it));
            });
        }
        for it in module.types.values() {
            self.declare(&it.name, Kind::Type, &it.doc);
            self.ty(&it.ty);
        }
        module.actions.values().for_each(|it| self.action(it));
        if let Some(body) = &module.runbook {
            self.body(body, |_| {});
        }
        module.tests.iter().for_each(|it| self.test(module, it));
    }

    /// The start of a module's text.
    fn start_of(&self, id: ModuleId) -> Span {
        let source = self.program.module(id).and_then(|it| it.sources.first().copied());
        Span { source: source.unwrap_or(SourceId(0)), start: 0, end: 0 }
    }

    fn action(&mut self, it: &'p Action) {
        self.declare(&it.name, Kind::Action, &it.doc);
        let mut names = self.inputs(&it.inputs);
        for declared in &it.lets {
            names.insert(Arc::clone(&declared.name.node), self.declared_let(declared));
        }
        for output in &it.outputs {
            self.declare(&output.name, Kind::Output, &output.doc);
        }
        self.within(names, |walk| {
            it.for_each_expression(&mut |expr| walk.expr(expr));
            for change in [&it.change, &it.undo].into_iter().flatten() {
                walk.systems_of(&change.request);
            }
        });
    }

    fn request(&mut self, it: &'p Request) {
        self.systems_of(it);
        self.expr(&it.path);
        it.body.iter().for_each(|body| self.expr(body));
    }

    fn systems_of(&mut self, it: &Request) {
        it.system.iter().for_each(|name| self.used(name));
    }

    /// A runbook, and what stands among its names.
    fn body(&mut self, body: &'p RunbookBody, also: impl FnOnce(&mut Self)) {
        let mut names = self.inputs(&body.inputs);
        for system in &body.systems {
            self.system(system);
            names.insert(Arc::clone(&system.name.node), meaning(&system.name, Kind::System, &Doc::default()));
        }
        for it in &body.lets {
            names.insert(Arc::clone(&it.name.node), self.declared_let(it));
        }
        self.marks(&body.members, &mut names);
        self.within(names, |walk| {
            body.lets.iter().for_each(|it| walk.expr(&it.value));
            body.members.iter().for_each(|it| walk.member(it));
            for it in &body.invariants {
                walk.declare(&it.step.name, Kind::Invariant, &it.step.doc);
                walk.step(&it.step);
            }
            for it in &body.outputs {
                walk.declare(&it.name, Kind::Output, &it.doc);
                walk.expr(&it.value);
            }
            also(walk);
        });
    }

    fn test(&mut self, module: &'p Module, test: &'p Test) {
        let acts = |walk: &mut Self| {
            for act in &test.acts {
                match act {
                    Act::Expect(expr) => walk.expr(expr),
                    Act::Then(then) => {
                        if let Then::Rollback(Some(phase)) = &then.node {
                            walk.used(phase);
                        }
                    }
                }
            }
            test.approvals.iter().for_each(|it| walk.used(&it.gate));
            for set in &test.sets {
                walk.used(&set.name);
                walk.expr(&set.value);
            }
        };
        if !test.is_runbook() {
            let told = self.found.len();
            let Some(body) = &module.runbook else { return };
            let mut names = self.inputs(&body.inputs);
            for it in &body.systems {
                names.insert(Arc::clone(&it.name.node), meaning(&it.name, Kind::System, &Doc::default()));
            }
            for it in &body.lets {
                names.insert(Arc::clone(&it.name.node), self.declared_let(it));
            }
            self.marks(&body.members, &mut names);
            // They are declared in the runbook, and told there.
            self.found.truncate(told);
            return self.within(names, acts);
        }
        let mut names = Names::new();
        for system in &test.systems {
            self.system(system);
            names.insert(Arc::clone(&system.name.node), meaning(&system.name, Kind::System, &Doc::default()));
        }
        for it in &test.lets {
            names.insert(Arc::clone(&it.name.node), self.declared_let(it));
        }
        self.marks(&test.members, &mut names);
        self.within(names, |walk| {
            test.lets.iter().for_each(|it| walk.expr(&it.value));
            test.members.iter().for_each(|it| walk.member(it));
            acts(walk);
        });
    }

    /// Steps, phases and gates, wherever they stand.
    fn marks(&mut self, members: &'p [Member], names: &mut Names<'p>) {
        for member in members {
            match member {
                Member::Phase(it) => {
                    self.declare(&it.name, Kind::Phase, &it.doc);
                    names.insert(Arc::clone(&it.name.node), meaning(&it.name, Kind::Phase, &it.doc));
                    self.marks(&it.members, names);
                }
                Member::Parallel(it) => self.marks(&it.members, names),
                Member::Gate(it) => {
                    self.declare(&it.name, Kind::Gate, &it.doc);
                    names.insert(Arc::clone(&it.name.node), meaning(&it.name, Kind::Gate, &it.doc));
                }
                Member::Step(it) => {
                    self.declare(&it.name, Kind::Step, &it.doc);
                    let action = self.action_of(it).map(|(_, action)| action);
                    let meaning = Meaning { action, ..meaning(&it.name, Kind::Step, &it.doc) };
                    names.insert(Arc::clone(&it.name.node), meaning);
                }
            }
        }
    }

    fn member(&mut self, member: &'p Member) {
        match member {
            Member::Phase(it) => it.members.iter().for_each(|it| self.member(it)),
            Member::Parallel(it) => it.members.iter().for_each(|it| self.member(it)),
            Member::Gate(it) => self.expr(&it.ask),
            Member::Step(it) => self.step(it),
        }
    }

    fn step(&mut self, it: &'p Step) {
        self.module_name(it.module.as_ref());
        let action = self.action_of(it);
        if let Some((_, action)) = action {
            self.place(&it.action, Kind::Action, action.name.span, &action.doc);
        }
        it.after.iter().for_each(|name| self.used(name));
        let mut names = Names::new();
        if let Some(each) = &it.each {
            self.expr(&each.list);
            let variable = &each.variable;
            self.declare(variable, Kind::Variable, &Doc::default());
            names.insert(Arc::clone(&variable.node), meaning(variable, Kind::Variable, &Doc::default()));
        }
        self.within(names, |walk| {
            it.each.iter().for_each(|each| walk.expr(&each.key));
            it.when.iter().for_each(|when| walk.expr(when));
            it.arguments.iter().for_each(|argument| walk.argument(argument, action.map(|(_, it)| it)));
        });
    }

    fn argument(&mut self, it: &'p Argument, action: Option<&'p Action>) {
        let input =
            action.and_then(|action| action.inputs.iter().find(|input| input.name.node == it.name.node));
        if let Some(input) = input {
            self.place(&it.name, Kind::Input, input.name.span, &input.doc);
        }
        self.expr(&it.value);
    }

    fn action_of(&self, step: &Step) -> Option<(ModuleId, &'p Action)> {
        let id = match &step.module {
            None => self.module,
            Some(name) => *self.here()?.uses.get(&name.node)?,
        };
        Some((id, self.program.module(id)?.actions.get(&step.action.node)?))
    }

    fn system(&mut self, it: &'p System) {
        self.declare(&it.name, Kind::System, &Doc::default());
        self.module_name(it.module.as_ref());
        self.api(it.module.as_ref(), &it.api);
    }

    fn api(&mut self, module: Option<&Name>, name: &Name) {
        let of = match module {
            None => self.here(),
            Some(module) => {
                self.here().and_then(|it| it.uses.get(&module.node)).and_then(|id| self.program.module(*id))
            }
        };
        if let Some(api) = of.and_then(|it| it.apis.get(&name.node)) {
            self.place(name, Kind::Api, api.name.span, &api.doc);
        } else if let Some(ty) = of.and_then(|it| it.types.get(&name.node)) {
            self.place(name, Kind::Type, ty.name.span, &ty.doc);
        }
    }

    fn module_name(&mut self, name: Option<&Name>) {
        let id = name.and_then(|name| self.here()?.uses.get(&name.node));
        if let (Some(name), Some(id)) = (name, id) {
            self.place(name, Kind::Module, self.start_of(*id), &Doc::default());
        }
    }

    fn inputs(&mut self, inputs: &'p [Input]) -> Names<'p> {
        let mut names = Names::new();
        for it in inputs {
            self.declare(&it.name, Kind::Input, &it.doc);
            self.ty(&it.ty);
            names.insert(Arc::clone(&it.name.node), meaning(&it.name, Kind::Input, &it.doc));
        }
        let defaults = inputs.iter().filter_map(|it| it.default.as_ref());
        self.within(names.clone(), |walk| defaults.for_each(|it| walk.expr(it)));
        names
    }

    fn declared_let(&mut self, it: &Let) -> Meaning<'p> {
        self.declare(&it.name, Kind::Let, &Doc::default());
        meaning(&it.name, Kind::Let, &Doc::default())
    }

    fn ty(&mut self, ty: &TypeExpr) {
        match &ty.kind {
            TypeKind::Name(name) => self.api(None, &Name::new(Arc::clone(name), ty.span)),
            TypeKind::Path(module, name) => {
                self.module_name(Some(module));
                self.api(Some(module), name);
            }
            TypeKind::List(of) | TypeKind::Map(of) | TypeKind::Optional(of) => self.ty(of),
            TypeKind::Record(fields) => fields.iter().for_each(|(_, ty)| self.ty(ty)),
            TypeKind::Choice(_) => {}
        }
    }

    fn expr(&mut self, expr: &'p Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.used(&Name::new(Arc::clone(name), expr.span)),
            ExprKind::Field(of, name) => {
                self.expr(of);
                self.field(of, name);
            }
            ExprKind::Lambda(parameter, body) => {
                self.declare(parameter, Kind::Variable, &Doc::default());
                let meaning = meaning(parameter, Kind::Variable, &Doc::default());
                self.within([(Arc::clone(&parameter.node), meaning)].into(), |walk| walk.expr(body));
            }
            _ => expr.for_each_part(&mut |part| self.expr(part)),
        }
    }

    /// `before.x` is `x`, `steps.x` is the step, and of a step it is an output.
    fn field(&mut self, of: &Expr, name: &Name) {
        let of = match &of.kind {
            ExprKind::Index(of, _) => &of.kind,
            kind => kind,
        };
        let ExprKind::Name(word) = of else { return };
        if matches!(&**word, "before" | "steps") && self.find(word).is_none() {
            return self.used(name);
        }
        let action = self.find(word).and_then(|it| it.action);
        let output = action.and_then(|it| it.outputs.iter().find(|output| output.name.node == name.node));
        if let Some(output) = output {
            self.place(name, Kind::Output, output.name.span, &output.doc);
        }
    }

    fn find(&self, name: &str) -> Option<&Meaning<'p>> {
        self.names.iter().rev().find_map(|names| names.get(name))
    }

    fn used(&mut self, name: &Name) {
        if let Some(Meaning { kind, target, doc, .. }) = self.find(&name.node).cloned() {
            self.place(name, kind, target, &doc);
        }
    }

    fn declare(&mut self, name: &Name, kind: Kind, doc: &Doc) {
        self.place(name, kind, name.span, doc);
    }

    fn place(&mut self, name: &Name, kind: Kind, target: Span, doc: &Doc) {
        if !name.node.is_empty() {
            let (name, span) = (Arc::clone(&name.node), name.span);
            self.found.push(Occurrence { name, span, kind, target, doc: doc.clone() });
        }
    }

    fn within(&mut self, names: Names<'p>, walk: impl FnOnce(&mut Self)) {
        self.names.push(names);
        walk(self);
        self.names.pop();
    }
}

fn meaning<'p>(name: &Name, kind: Kind, doc: &Doc) -> Meaning<'p> {
    Meaning { kind, target: name.span, doc: doc.clone(), action: None }
}
