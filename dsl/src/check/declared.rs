//! Declarations: types as written, and inputs with their defaults.

use std::sync::Arc;

use super::Checker;
use super::names::{list, suggestion};
use super::scope::{Entry, Needs, Place, Scope};
use super::wanted::Wanted;
use crate::circles;
use crate::diagnostic::Diagnostic;
use crate::program::{Module, ModuleId};
use crate::source::{Name, Span};
use crate::syntax::{Input, TypeDecl, TypeExpr, TypeKind};
use crate::types::Type;

impl Checker<'_> {
    /// The `type`s of a module: every name in them means something, and none means itself.
    pub(super) fn types(&mut self, module: &Module) {
        let declared: Vec<&TypeDecl> = module.types.values().collect();
        declared.iter().for_each(|it| self.written_type(&it.ty));
        let place = |name: &str| declared.iter().position(|it| &*it.name.node == name);
        let needs: Vec<Vec<usize>> =
            declared.iter().map(|it| names_in(&it.ty).into_iter().filter_map(place).collect()).collect();
        for circle in circles::sort(&needs).circles {
            let names: Vec<&Name> =
                circle.iter().filter_map(|at| declared.get(*at)).map(|it| &it.name).collect();
            self.circle("type", &names);
        }
    }

    /// Declarations that need themselves, told at the first of the text.
    pub(super) fn circle(&mut self, what: &str, names: &[&Name]) {
        let Some(at) = (0..names.len()).min_by_key(|at| names.get(*at).map(|name| name.span)) else { return };
        let turned = || names.iter().cycle().skip(at);
        let Some(first) = turned().next() else { return };
        let path: Vec<&str> = turned().take(names.len() + 1).map(|name| &*name.node).collect();
        let message = format!("the {what} `{}` needs itself: {}", first.node, path.join(" → "));
        let mut error = Diagnostic::error("HR014", first.span, message);
        for name in turned().skip(1).take(names.len() - 1) {
            error = error.related(name.span, "part of the circle");
        }
        self.report(error.help("break the circle"));
    }

    /// Reports the names of a type as written that mean nothing.
    pub(super) fn written_type(&mut self, ty: &TypeExpr) {
        match &ty.kind {
            TypeKind::Name(name) => {
                let here = self.here();
                let own = here.and_then(|it| it.types.get(name)).map(|it| it.name.span);
                let own = own.or_else(|| here.and_then(|it| it.apis.get(name)).map(|it| it.name.span));
                self.used.extend(own);
                if own.is_none() && Type::from_word(name).is_none() {
                    self.no_type(name, ty.span, self.here());
                }
            }
            TypeKind::Path(of, name) => {
                if let Some(target) = self.module_named(of) {
                    let target = self.program.module(target);
                    let known = target.is_some_and(|it| {
                        it.types.contains_key(&name.node) || it.apis.contains_key(&name.node)
                    });
                    if !known {
                        self.no_type(&name.node, name.span, target);
                    }
                }
            }
            TypeKind::List(inner) | TypeKind::Map(inner) | TypeKind::Optional(inner) => {
                self.written_type(inner);
            }
            TypeKind::Record(fields) => {
                let names: Vec<(&str, Span)> = fields.iter().map(|(it, _)| (&*it.node, it.span)).collect();
                self.twice("the record has the field", &names);
                fields.iter().for_each(|(_, ty)| self.written_type(ty));
            }
            TypeKind::Choice(words) => {
                let words: Vec<(&str, Span)> = words.iter().map(|it| (&*it.node, it.span)).collect();
                self.twice("the choice has the word", &words);
            }
        }
    }

    fn twice(&mut self, what: &str, names: &[(&str, Span)]) {
        for (at, (name, span)) in names.iter().enumerate() {
            if let Some((_, first)) = names.iter().take(at).find(|(other, _)| other == name) {
                let message = format!("{what} `{name}` twice");
                self.report(
                    Diagnostic::error("HR015", *span, message)
                        .related(*first, "the first")
                        .help("remove one"),
                );
            }
        }
    }

    fn no_type(&mut self, name: &str, span: Span, module: Option<&Module>) {
        let elsewhere = module.is_some_and(|it| !it.sources.contains(&span.source) && self.has_broken(it));
        if elsewhere || self.lost(name) {
            return;
        }
        let own = module.into_iter().flat_map(|it| it.types.keys().chain(it.apis.keys())).map(|name| &**name);
        let help = match Type::elsewhere(name) {
            Some(known @ ("list" | "map")) => Some(format!("write what it holds too, as in {known}<string>")),
            Some(known) => Some(format!("write `{known}`")),
            None => suggestion(name, Type::WORDS.into_iter().chain(own), "types are")
                .or_else(|| Some(all_types())),
        };
        let error = Diagnostic::error("HR010", span, format!("there is no type `{name}`"));
        self.report(Diagnostic { help, ..error });
    }

    /// Inputs with their types; a default is checked against the inputs before it, which is what it can use.
    pub(super) fn inputs(&mut self, inputs: &[Input], owner: &str, systems: bool) -> Vec<(Arc<str>, Entry)> {
        let mut all = Scope::new(Place::Default);
        for input in inputs {
            let later = Entry::declared(Type::Unknown, input.name.span).needing(Needs::Order);
            all.add(&input.name.node, later);
        }
        let mut scope = all.at(Place::Default);
        for input in inputs {
            self.written_type(&input.ty);
            let ty = self.program.resolve(self.module, &input.ty);
            self.is_kept(input, &ty);
            if let Some(default) = &input.default {
                let origin = format!("the input `{}`{owner} is {}", input.name.node, super::fit::one(&ty));
                self.expect(default, &Wanted::new(ty.clone(), origin), &scope);
            }
            if !systems && matches!(ty.required(), Type::System { .. }) {
                self.no_system(input);
            }
            self.keep_type(input.name.span, &ty);
            scope.add(&input.name.node, Entry::declared(ty, input.name.span));
        }
        scope.into_names()
    }

    fn no_system(&mut self, input: &Input) {
        let name = &input.name.node;
        self.report(
            Diagnostic::error(
                "HR022",
                input.ty.span,
                format!("the input `{name}` is a system, and only actions are given systems"),
            )
            .help(format!("declare it with `system {name}: module.api`")),
        );
    }

    /// The module behind the name of a `use`; reports a name that is none.
    pub(super) fn module_named(&mut self, name: &Name) -> Option<crate::program::ModuleId> {
        let uses = self.here().map_or(&[][..], |here| &here.imports);
        if let Some(it) = uses.iter().find(|it| it.name.node == name.node) {
            self.used.insert(it.name.span);
            return self.here().and_then(|it| it.uses.get(&name.node)).copied();
        }
        // One that could not be brought in may be this one, misspelt there.
        let is_missing =
            |it: &crate::syntax::Use| self.here().is_some_and(|here| !here.uses.contains_key(&it.name.node));
        if !self.lost(&name.node) && !uses.iter().any(is_missing) {
            let error =
                Diagnostic::error("HR010", name.span, format!("there is no module `{}` here", name.node));
            let near = super::names::nearest(&name.node, uses.iter().map(|it| &*it.name.node));
            let help = near.map_or_else(
                || format!("bring it in with `use {}`", name.node),
                |near| format!("did you mean `{near}`?"),
            );
            self.report(error.help(help));
        }
        None
    }

    /// A warning for what a runbook's file declares and nothing in it needs: no other file can.
    pub(super) fn unused_own(&mut self, module: &Module) {
        if module.runbook.is_some() && self.module == ModuleId(0) {
            let actions = module.actions.values().map(|it| ("action", &it.name));
            let types = module.types.values().map(|it| ("type", &it.name));
            let apis = module.apis.values().map(|it| ("api", &it.name));
            self.unused(actions.chain(types).chain(apis));
        }
    }

    /// A warning for each `use` of this module that nothing needs.
    pub(super) fn unused_uses(&mut self) {
        let known = self.here().map(|it| &it.uses);
        let uses = self.here().map_or(&[][..], |here| &here.imports);
        let came = uses.iter().filter(|it| known.is_some_and(|known| known.contains_key(&it.name.node)));
        self.unused(came.map(|it| ("module", &it.name)));
    }
}

/// The names of types that a type as written is made of.
fn names_in(ty: &TypeExpr) -> Vec<&str> {
    match &ty.kind {
        TypeKind::Name(name) => vec![name],
        TypeKind::List(inner) | TypeKind::Map(inner) | TypeKind::Optional(inner) => names_in(inner),
        TypeKind::Record(fields) => fields.iter().flat_map(|(_, ty)| names_in(ty)).collect(),
        TypeKind::Path(..) | TypeKind::Choice(_) => Vec::new(),
    }
}

fn all_types() -> String {
    format!("types are {}, and what is made of them, as list<string>", list(&Type::WORDS))
}
