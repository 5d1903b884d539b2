//! Checks a program: all that a reader could find wrong with it before anything is known of the world.
//!
//! Types go both ways: an expression has one, and the place where it stands may want one. What a system answers is
//! `json` and fits everywhere; it is checked when it is there. What has been reported is [`Type::Unknown`] and fits
//! everywhere too, so that one cause gives one message.

mod action;
mod always;
mod api;
mod clauses;
mod condition;
mod contract;
mod declared;
mod expr;
mod fit;
mod functions;
mod holes;
mod lets;
mod mentions;
mod methods;
mod names;
mod operators;
mod order;
mod runbook;
mod scope;
mod secrets;
mod side_by_side;
mod step;
mod test;
mod wanted;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use self::fit::fits;
pub(crate) use self::fit::one;
pub use self::methods::methods_of;
pub(crate) use self::names::list;
pub use self::names::{nearest, suggestion};
pub use self::window::{ResolvedWindow, window};

use crate::diagnostic::Diagnostic;
use crate::program::{Module, ModuleId, Program};
use crate::source::{Name, SourceId, Span};
use crate::types::Type;

/// What the loader knows beside the program.
pub(crate) struct Units {
    /// Where the parser or the loader found errors: what is missing there may be in the text all the same.
    pub(crate) broken: Vec<Span>,
    /// The stretches of text that the parser passed over.
    pub(crate) lost: Vec<Span>,
}

/// The words that a declared name stands behind.
const DECLARING: [&str; 11] =
    ["use", "as", "system", "input", "let", "step", "for", "phase", "gate", "type", "api"];

/// Expressions and names with their types.
pub(crate) type Types = Vec<(Span, Type)>;

/// What a step of each action is worth.
type Results = BTreeMap<(ModuleId, Arc<str>), Type>;

/// What came of a check.
pub(crate) struct Checked {
    /// Everything that is wrong with a program, in no order.
    pub(crate) found: Vec<Diagnostic>,
    pub(crate) results: Results,
}

/// Checks a program. The types of the main module's expressions go to `types`, and those of all names that are declared.
pub(crate) fn check<'p>(program: &'p Program, units: &'p Units, types: Option<&'p mut Types>) -> Checked {
    let mut checker = Checker {
        program,
        units,
        module: ModuleId(0),
        in_test: false,
        found: Vec::new(),
        used: BTreeSet::new(),
        depth: 0,
        too_deep: None,
        results: BTreeMap::new(),
        types,
    };
    let modules = || (0..).map(ModuleId).zip(&program.modules);
    for (id, module) in modules() {
        checker.module = id;
        checker.types(module);
        module.apis.values().for_each(|api| checker.api(api));
        module.actions.values().for_each(|action| checker.action(action));
    }
    for (id, module) in modules() {
        checker.module = id;
        checker.runbook(module);
        module.tests.iter().for_each(|test| checker.test(module, test));
        checker.unused_uses();
        checker.unused_own(module);
    }
    Checked { found: checker.found, results: checker.results }
}

/// Levels of an expression: more than a reader could follow.
const DEEPEST: usize = 200;

struct Checker<'p> {
    program: &'p Program,
    units: &'p Units,
    /// The module that is being checked.
    module: ModuleId,
    /// Whether what is checked only ever meets the twin.
    in_test: bool,
    found: Vec<Diagnostic>,
    /// The places of the declarations that something uses.
    used: BTreeSet<Span>,
    /// How deep in an expression it is.
    depth: usize,
    /// Where the expression became too deep.
    too_deep: Option<Span>,
    /// What a step of an action is worth.
    results: Results,
    types: Option<&'p mut Types>,
}

impl<'p> Checker<'p> {
    fn here(&self) -> Option<&'p Module> {
        self.program.module(self.module)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Whether an error has been told since there were so many messages.
    fn failed_since(&self, told: usize) -> bool {
        self.found.iter().skip(told).any(Diagnostic::is_error)
    }

    /// Keeps the type of an expression or of a declared name for who has asked for them.
    fn keep_type(&mut self, span: Span, ty: &Type) {
        if let Some(types) = &mut self.types {
            types.push((span, ty.clone()));
        }
    }

    /// Goes one level down in an expression. Chains like `a + b + …` have no brackets that the parser could count, and
    /// must not exhaust the stack here or where they are evaluated.
    fn deeper<T>(&mut self, span: Span, otherwise: T, down: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEEPEST {
            self.too_deep.get_or_insert(span);
            return otherwise;
        }
        self.depth += 1;
        let found = down(self);
        self.depth -= 1;
        if self.depth == 0
            && let Some(span) = self.too_deep.take()
        {
            let message = format!("the expression around this is more than {DEEPEST} levels deep");
            self.report(Diagnostic::error("HR001", span, message).help("give parts of it names with `let`"));
        }
        found
    }

    /// Whether the parser or the loader found an error inside: what seems to be missing may be part of it.
    fn broken_within(&self, span: Span) -> bool {
        let meets = |it: &Span| it.start < span.end && span.start <= it.end;
        self.units.broken.iter().any(|it| it.source == span.source && meets(it))
    }

    /// Whether the parser passed over a part of a clause, or over what stands behind it in its line: what was understood
    /// of it may be half of what is meant.
    fn lost_within(&self, span: Span) -> bool {
        let meets = |it: &Span| it.start < span.end && span.start <= it.end;
        self.units.lost.iter().any(|it| it.source == span.source && meets(it))
    }

    /// Whether a name starts what the parser passed over: the line before it is not finished, and has taken it.
    fn starts_lost(&self, name: Span) -> bool {
        self.units.lost.iter().any(|it| it.source == name.source && it.start == name.start)
    }

    /// Whether the parser or the loader found an error in a file.
    fn is_broken(&self, source: SourceId) -> bool {
        self.units.broken.iter().any(|it| it.source == source)
    }

    /// Whether there is such an error anywhere in a module.
    fn has_broken(&self, module: &Module) -> bool {
        module.sources.iter().any(|source| self.is_broken(*source))
    }

    /// Whether a name may be declared in a part of the text that the parser did not understand.
    fn lost(&self, name: &str) -> bool {
        let Some(module) = self.here() else { return false };
        let sources = module.sources.iter().filter(|source| self.is_broken(**source));
        let mut texts = sources.filter_map(|source| Some((*source, self.program.sources.get(*source)?)));
        texts.any(|(id, source)| {
            let is_declared = words(&source.text)
                .zip(words(&source.text).skip(1))
                .any(|(word, next)| DECLARING.contains(&word) && next == name);
            let lines = self.units.broken.iter().filter(|it| it.source == id).map(|it| source.line(it.start));
            let lost = self.units.lost.iter().filter(|it| it.source == id);
            let mut lost = lost.filter_map(|it| source.text.get(it.range())).chain(lines);
            is_declared || lost.any(|text| is_nameless(text) || words(text).any(|word| word == name))
        })
    }

    /// A warning for each declaration that nothing uses. One whose name is taken could not be used; that is told.
    fn unused<'n>(&mut self, names: impl IntoIterator<Item = (&'static str, &'n Name)>) {
        let mut taken = BTreeSet::new();
        for (what, name) in names {
            let first = taken.insert(&name.node);
            if !first || self.used.contains(&name.span) || self.is_broken(name.span.source) {
                continue;
            }
            let message = format!("nothing uses the {what} `{}`", name.node);
            self.report(Diagnostic::warning("HR017", name.span, message).help("remove it"));
        }
    }
}

/// Whether a text declares something, and nobody can tell what: `step hcx.migrate {`.
fn is_nameless(text: &str) -> bool {
    let mut words = words(text);
    let word = words.next().filter(|word| DECLARING.contains(word));
    let behind = word.and_then(|word| text.trim_start().strip_prefix(word)).map(str::trim_start);
    behind.is_some_and(|behind| {
        let name = words.next().unwrap_or_default();
        let is_name = behind.starts_with(name) && name.starts_with(|it: char| it.is_ascii_alphabetic());
        !is_name || behind.get(name.len()..).is_some_and(|rest| rest.starts_with('.'))
    })
}

/// The names and keywords of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}
