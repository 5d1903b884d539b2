//! The syntax tree: what an author wrote, with the place of every part.
//!
//! Layout is the grammar's (`grammar.pest`); meaning is the checker's. Nothing here is resolved or typed yet.

mod action;
mod expr;
mod test;

use std::sync::Arc;
use std::time::Duration;

pub use action::{Action, Api, Change, Fail, Method, Poll, Request, Require, Untouched};
pub use expr::{BinaryOp, Expr, ExprKind, Literal, TextPart, UnaryOp};
pub use test::{Act, Approval, Test, Then};

use crate::scalar::Percent;
use crate::source::{Name, Span, Spanned};

/// One `.hcxrun` file.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// `edition 1`, the first line.
    pub edition: Option<Spanned<u32>>,
    /// Everything else in the order of the text.
    pub items: Vec<Item>,
    /// What could not be understood.
    pub lost: Vec<Span>,
}

/// A top-level declaration.
#[derive(Debug, Clone)]
pub enum Item {
    /// `runbook "title" { … }`
    Runbook(Runbook),
    /// `use name` or `use "./file.hcxrun" as name`
    Use(Use),
    /// `system name: module.api`, or `system name: api` for an api of this file
    System(System),
    /// `input name: type = default`
    Input(Input),
    /// `let name = expression`
    Let(Let),
    /// `output name = expression`
    Output(Output),
    /// `phase`, `parallel`, `step` or `gate`
    Member(Member),
    /// `invariant name { … }`
    Invariant(Box<Invariant>),
    /// `api name { … }`
    Api(Api),
    /// `action name { … }`
    Action(Box<Action>),
    /// `type name = …`
    Type(TypeDecl),
    /// `test "name" { … }`
    Test(Box<Test>),
}

/// The header of a runbook.
#[derive(Debug, Clone)]
pub struct Runbook {
    /// The comment before it.
    pub doc: Doc,
    /// Its title.
    pub title: Spanned<Arc<str>>,
    /// The change ticket.
    pub ticket: Option<Spanned<Arc<str>>>,
    /// The change window.
    pub window: Option<Window>,
    /// What a failure leads to, unless a phase or a step says otherwise.
    pub on_failure: Option<Spanned<OnFailure>>,
    /// The whole header.
    pub span: Span,
}

/// Lines of `///` before a declaration (or after an input on its line), joined by newlines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Doc(pub Option<Arc<str>>);

impl std::ops::Deref for Doc {
    type Target = Option<Arc<str>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// `window START .. END [in "Zone"] [keep DURATION]`
#[derive(Debug, Clone)]
pub struct Window {
    /// First moment.
    pub start: Spanned<TimeText>,
    /// Last moment.
    pub end: Spanned<TimeText>,
    /// IANA zone of local times.
    pub zone: Option<Spanned<Arc<str>>>,
    /// Kept free before the end.
    pub keep: Option<Spanned<Duration>>,
    /// The whole clause.
    pub span: Span,
}

/// A point in time as written: `2026-11-28T22:00+01:00`, or local time without an offset.
pub type TimeText = Arc<str>;

/// What a failure leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// Everything that this run changed is taken back.
    Rollback,
    /// What the current phase changed is taken back, then the run is held.
    RollbackPhase,
    /// Nothing new starts; a person decides.
    Hold,
    /// Everything that does not need the failed step goes on.
    Continue,
}

/// `use …`
#[derive(Debug, Clone)]
pub struct Use {
    /// What is brought in.
    pub target: Spanned<UseTarget>,
    /// The name it has in this file.
    pub name: Name,
    /// The whole line.
    pub span: Span,
}

/// What a `use` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UseTarget {
    /// A module of the standard library.
    Std(Arc<str>),
    /// A file, relative to the one that names it.
    File(Arc<str>),
}

/// `system name: module.api`, or `system name: api`
#[derive(Debug, Clone)]
pub struct System {
    /// Its name in the runbook and in systems.yaml.
    pub name: Name,
    /// The module; `None` for an api of this file.
    pub module: Option<Name>,
    /// The api of the module.
    pub api: Name,
    /// The whole line.
    pub span: Span,
}

/// `input name: type = default`, of a runbook, an action or an api.
#[derive(Debug, Clone)]
pub struct Input {
    /// What it is for.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// What it may be.
    pub ty: TypeExpr,
    /// What it is when it is not given.
    pub default: Option<Expr>,
    /// The whole declaration.
    pub span: Span,
}

/// A type as written.
#[derive(Debug, Clone)]
pub struct TypeExpr {
    /// What it says.
    pub kind: TypeKind,
    /// Where it says so.
    pub span: Span,
}

/// The forms of a type.
#[derive(Debug, Clone)]
pub enum TypeKind {
    /// `string`, `cidr`, the name of a `type` or of an `api` of this module
    Name(Arc<str>),
    /// `module.name`
    Path(Name, Name),
    /// `list<T>`
    List(Box<TypeExpr>),
    /// `map<T>`
    Map(Box<TypeExpr>),
    /// `{ a: T, b: T }`
    Record(Vec<(Name, TypeExpr)>),
    /// `"A" | "B"`
    Choice(Vec<Spanned<Arc<str>>>),
    /// `T?`
    Optional(Box<TypeExpr>),
}

/// `type name = …`
#[derive(Debug, Clone)]
pub struct TypeDecl {
    /// What it is for.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// What it stands for.
    pub ty: TypeExpr,
    /// The whole declaration.
    pub span: Span,
}

/// `let name = expression`
#[derive(Debug, Clone)]
pub struct Let {
    /// Its name.
    pub name: Name,
    /// What it stands for; evaluated when it is needed.
    pub value: Expr,
    /// The whole declaration.
    pub span: Span,
}

/// `output name = expression`
#[derive(Debug, Clone)]
pub struct Output {
    /// What it is.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: Expr,
    /// The whole declaration.
    pub span: Span,
}

/// What stands in the order of a runbook.
#[derive(Debug, Clone)]
pub enum Member {
    /// `phase name { … }`
    Phase(Phase),
    /// `parallel { … }`
    Parallel(Parallel),
    /// `step name: action { … }`
    Step(Arc<Step>),
    /// `gate name { … }`
    Gate(Gate),
}

/// `phase name { … }`: its end is a checkpoint.
#[derive(Debug, Clone)]
pub struct Phase {
    /// What it is for.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// Overrides the runbook's.
    pub on_failure: Option<Spanned<OnFailure>>,
    /// In the order of the text.
    pub members: Vec<Member>,
    /// The whole declaration.
    pub span: Span,
}

/// `parallel { … }`
#[derive(Debug, Clone)]
pub struct Parallel {
    /// Run together.
    pub members: Vec<Member>,
    /// The whole declaration.
    pub span: Span,
}

/// `step name [for x in list by key]: module.action { … }`
#[derive(Debug, Clone)]
pub struct Step {
    /// What it is for.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// The fan-out.
    pub each: Option<Each>,
    /// The module of the action; `None` for an action of this file.
    pub module: Option<Name>,
    /// The action.
    pub action: Name,
    /// Inputs of the action.
    pub arguments: Vec<Argument>,
    /// `after a, b`
    pub after: Vec<Name>,
    /// `when condition`
    pub when: Option<Expr>,
    /// `retry n every a..b`
    pub retry: Option<Spanned<Retry>>,
    /// `timeout d`: the hard bound of one attempt.
    pub timeout: Option<Spanned<Duration>>,
    /// `limit n`
    pub limit: Option<Spanned<u32>>,
    /// `tolerate n` or `tolerate p%`
    pub tolerate: Option<Spanned<Tolerate>>,
    /// Overrides the phase's and the runbook's.
    pub on_failure: Option<Spanned<OnFailure>>,
    /// The whole declaration.
    pub span: Span,
}

/// `for x in list by key`
#[derive(Debug, Clone)]
pub struct Each {
    /// The name of one element.
    pub variable: Name,
    /// The list.
    pub list: Expr,
    /// The key of an instance: unique and stable, it names the instance in the journal.
    pub key: Expr,
}

/// `argument = expression`
#[derive(Debug, Clone)]
pub struct Argument {
    /// The input of the action.
    pub name: Name,
    /// Its value.
    pub value: Expr,
}

/// `retry n every a..b`: n attempts in all, exponential back-off with jitter between a and b.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in all, at least 1.
    pub attempts: u32,
    /// The first pause.
    pub from: Duration,
    /// The longest pause.
    pub to: Duration,
}

/// How many instances of a fan-out may fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerate {
    /// So many.
    Count(u32),
    /// So many of a hundred, rounded down.
    Percent(Percent),
}

/// `gate name { ask "…" by "a", "b" need n within d else … four eyes }`
#[derive(Debug, Clone)]
pub struct Gate {
    /// What it is for.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// The question.
    pub ask: Expr,
    /// Roles or people who may answer; empty: anybody.
    pub by: Vec<Spanned<Arc<str>>>,
    /// How many must agree.
    pub need: u32,
    /// Whether whoever began the run is no approver.
    pub four_eyes: bool,
    /// How long it waits; `None`: for ever.
    pub within: Option<Spanned<Duration>>,
    /// What silence or a rejection leads to.
    pub otherwise: Option<Spanned<OnFailure>>,
    /// The whole declaration.
    pub span: Span,
}

/// `invariant name { check module.action { } every d tolerate n else … soak d }`: watched beside the steps.
#[derive(Debug, Clone)]
pub struct Invariant {
    /// The check with its arguments, under the name of the invariant.
    pub step: Arc<Step>,
    /// How often it is looked at.
    pub every: Spanned<Duration>,
    /// So many looks in a row may miss.
    pub tolerate: u32,
    /// What one more miss leads to: `hold` or `rollback`.
    pub otherwise: Spanned<OnFailure>,
    /// For how long after the last step it is watched still.
    pub soak: Option<Spanned<Duration>>,
    /// The whole declaration.
    pub span: Span,
}
