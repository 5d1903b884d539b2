//! The items of a module, sorted into what they declare. A name that is declared twice is told with both places.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::load::Unit;
use crate::program::{Module, RunbookBody};
use crate::source::{Name, Span, Spanned};
use crate::syntax::{Input, Invariant, Item, Let, Member, Output, Runbook, System, Test};
use crate::types::Type;

/// Puts a module together; `whole` says whether the parser understood all of it.
pub(super) fn build(unit: Unit, whole: bool, found: &mut Vec<Diagnostic>) -> Module {
    let mut module = Module {
        imports: unit.uses(),
        name: unit.name,
        sources: unit.sources,
        uses: unit.targets,
        apis: BTreeMap::new(),
        actions: BTreeMap::new(),
        results: BTreeMap::new(),
        types: BTreeMap::new(),
        runbook: None,
        tests: Vec::new(),
    };
    let mut builder = Builder { found, header: None, body: Body::default(), spaces: Spaces::default() };
    for item in unit.items {
        builder.item(item, &mut module);
    }
    module.runbook = builder.runbook(whole);
    module
}

#[derive(Default)]
struct Body {
    systems: Vec<System>,
    inputs: Vec<Input>,
    lets: Vec<Let>,
    members: Vec<Member>,
    outputs: Vec<Output>,
    invariants: Vec<Invariant>,
    /// The first of all these.
    first: Option<Span>,
}

/// The names that must differ from each other.
#[derive(Default)]
struct Spaces {
    uses: Space,
    types: Space,
    actions: Space,
    tests: Space,
    /// Inputs, lets, systems and steps: what expressions can name.
    values: Space,
    /// Steps, gates and phases: what the journal can name.
    marks: Space,
    outputs: Space,
}

type Space = BTreeMap<Arc<str>, Span>;

struct Builder<'a> {
    found: &'a mut Vec<Diagnostic>,
    header: Option<Runbook>,
    body: Body,
    spaces: Spaces,
}

impl Builder<'_> {
    fn item(&mut self, item: Item, module: &mut Module) {
        match item {
            Item::Runbook(header) => self.header(header),
            Item::Use(it) => {
                declare(&mut self.spaces.uses, &it.name, self.found);
            }
            Item::Api(api) => {
                if declare_type(&mut self.spaces.types, &api.name, self.found) {
                    module.apis.insert(Arc::clone(&api.name.node), api);
                }
            }
            Item::Type(ty) => {
                if declare_type(&mut self.spaces.types, &ty.name, self.found) {
                    module.types.insert(Arc::clone(&ty.name.node), ty);
                }
            }
            Item::Action(action) => {
                if declare(&mut self.spaces.actions, &action.name, self.found) {
                    module.actions.insert(Arc::clone(&action.name.node), Arc::new(*action));
                }
            }
            Item::Test(test) => {
                if declare(&mut self.spaces.tests, &test.name, self.found) {
                    self.names_of(&test);
                    module.tests.push(Arc::new(*test));
                }
            }
            Item::System(_)
            | Item::Input(_)
            | Item::Let(_)
            | Item::Output(_)
            | Item::Member(_)
            | Item::Invariant(_) => {
                self.of_runbook(item);
            }
        }
    }

    fn header(&mut self, header: Runbook) {
        match &self.header {
            None => self.header = Some(header),
            Some(first) => self.found.push(
                Diagnostic::error(
                    "HR015",
                    header.title.span,
                    "a file holds one runbook, and this is the second",
                )
                .related(first.title.span, "the first")
                .help("put it into a file of its own"),
            ),
        }
    }

    fn of_runbook(&mut self, item: Item) {
        let (values, found) = (&mut self.spaces.values, &mut *self.found);
        let span = match item {
            Item::System(it) => {
                declare(values, &it.name, found);
                kept(&mut self.body.systems, it.span, it)
            }
            Item::Input(it) => {
                declare(values, &it.name, found);
                kept(&mut self.body.inputs, it.span, it)
            }
            Item::Let(it) => {
                declare(values, &it.name, found);
                kept(&mut self.body.lets, it.span, it)
            }
            Item::Output(it) => {
                declare(&mut self.spaces.outputs, &it.name, found);
                kept(&mut self.body.outputs, it.span, it)
            }
            Item::Invariant(it) => {
                declare(&mut self.spaces.marks, &it.step.name, found);
                kept(&mut self.body.invariants, it.span, *it)
            }
            Item::Member(it) => {
                self.member(&it);
                kept(&mut self.body.members, it.span(), it)
            }
            Item::Runbook(_)
            | Item::Use(_)
            | Item::Api(_)
            | Item::Action(_)
            | Item::Type(_)
            | Item::Test(_) => {
                return;
            }
        };
        self.body.first.get_or_insert(span);
    }

    /// The names of a test, which are nobody else's.
    fn names_of(&mut self, test: &Test) {
        let outer = std::mem::take(&mut self.spaces);
        let names = test.systems.iter().map(|it| &it.name).chain(test.lets.iter().map(|it| &it.name));
        for name in names {
            declare(&mut self.spaces.values, name, self.found);
        }
        test.members.iter().for_each(|member| self.member(member));
        self.spaces = outer;
    }

    fn member(&mut self, member: &Member) {
        match member {
            Member::Step(step) => {
                if declare(&mut self.spaces.values, &step.name, self.found) {
                    declare(&mut self.spaces.marks, &step.name, self.found);
                }
            }
            Member::Gate(gate) => {
                declare(&mut self.spaces.marks, &gate.name, self.found);
            }
            Member::Phase(phase) => {
                declare(&mut self.spaces.marks, &phase.name, self.found);
                phase.members.iter().for_each(|member| self.member(member));
            }
            Member::Parallel(parallel) => parallel.members.iter().for_each(|member| self.member(member)),
        }
    }

    /// The runbook, with a stand-in for a header that is missing so that the rest can be checked.
    fn runbook(self, whole: bool) -> Option<RunbookBody> {
        let Body { systems, inputs, lets, members, outputs, invariants, first } = self.body;
        let header = match (self.header, first) {
            (Some(header), _) => header,
            (None, None) => return None,
            (None, Some(first)) => {
                if whole {
                    self.found.push(headless(first));
                }
                stand_in(first)
            }
        };
        Some(RunbookBody { header, systems, inputs, lets, members, outputs, invariants })
    }
}

fn kept<T>(all: &mut Vec<T>, span: Span, it: T) -> Span {
    all.push(it);
    span
}

fn headless(first: Span) -> Diagnostic {
    Diagnostic::error(
        "HR013",
        first,
        "this belongs to a runbook, and the file has no header that makes it one",
    )
    .help("write `runbook \"what it is for\" { }` after `edition 1`")
}

fn stand_in(span: Span) -> Runbook {
    Runbook {
        doc: crate::syntax::Doc::default(),
        title: Spanned::new(Arc::from(""), span),
        ticket: None,
        window: None,
        on_failure: None,
        span,
    }
}

impl Member {
    fn span(&self) -> Span {
        match self {
            Member::Phase(it) => it.name.span,
            Member::Parallel(it) => it.span,
            Member::Step(it) => it.name.span,
            Member::Gate(it) => it.name.span,
        }
    }
}

fn declare_type(space: &mut Space, name: &Name, found: &mut Vec<Diagnostic>) -> bool {
    if Type::from_word(&name.node).is_some() {
        let message = format!("`{}` is a type of the language", name.node);
        found.push(Diagnostic::error("HR015", name.span, message).help("give it another name"));
        return false;
    }
    declare(space, name, found)
}

/// Takes a name into a space; a second one is an error that names both places.
pub(crate) fn declare(space: &mut Space, name: &Name, found: &mut Vec<Diagnostic>) -> bool {
    if let Some(first) = space.get(&name.node) {
        found.push(twice(name, *first));
        return false;
    }
    space.insert(Arc::clone(&name.node), name.span);
    true
}

fn twice(name: &Name, first: Span) -> Diagnostic {
    Diagnostic::error("HR015", name.span, format!("`{}` is declared twice", name.node))
        .label("declared again")
        .related(first, "declared here first")
        .help("give one of them another name")
}
