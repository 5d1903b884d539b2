//! The syntax tree: what an author wrote, with the place of every part.
//!
//! Layout is the grammar's (`grammar.pest`); meaning is the checker's. Nothing here is resolved or typed yet.

use std::sync::Arc;
use std::time::Duration;

use crate::scalar::{Number, Percent, Size, Version};
use crate::source::{Name, Span, Spanned};

/// One `.hcxrun` file.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// `edition 1`, the first line.
    pub edition: Option<Spanned<u32>>,
    /// Everything else in the order of the text.
    pub items: Vec<Item>,
}

/// A top-level declaration.
#[derive(Debug, Clone)]
pub enum Item {
    /// `runbook "title" { … }`
    Runbook(Runbook),
    /// `use name` or `use "./file.hcxrun" as name`
    Use(Use),
    /// `system name: module.api`
    System(System),
    /// `input name: type = default`
    Input(Input),
    /// `let name = expression`
    Let(Let),
    /// `output name = expression`
    Output(Output),
    /// `phase`, `parallel`, `step` or `gate`
    Member(Member),
    /// `api name { … }`
    Api(Api),
    /// `action name { … }`
    Action(Box<Action>),
    /// `type name = …`
    Type(TypeDecl),
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
pub type Doc = Option<Arc<str>>;

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

/// `system name: module.api`
#[derive(Debug, Clone)]
pub struct System {
    /// Its name in the runbook and in systems.yaml.
    pub name: Name,
    /// The module.
    pub module: Name,
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
    Step(Box<Step>),
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

/// `gate name { ask "…" by "a", "b" need n within d else … }`
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
    /// How long it waits; `None`: for ever.
    pub within: Option<Spanned<Duration>>,
    /// What silence or a rejection leads to.
    pub otherwise: Option<Spanned<OnFailure>>,
    /// The whole declaration.
    pub span: Span,
}

/// `api name { … }`: how to sign in to a kind of system, keep the session and read its errors.
#[derive(Debug, Clone)]
pub struct Api {
    /// What it is.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// What systems.yaml must say of such a system. `url` is required.
    pub inputs: Vec<Input>,
    /// The request that opens a session; `None` when there is none.
    pub login: Option<Request>,
    /// Headers of every request; `login.headers[…]` and `login.body` are the answer to the login.
    pub headers: Vec<(Spanned<Arc<str>>, Expr)>,
    /// The statuses after which a session is opened anew and the request is sent once more.
    pub again_on: Vec<Spanned<u16>>,
    /// What an answer (`response`) says is wrong; empty or null when nothing is.
    pub error: Option<Expr>,
    /// The whole declaration.
    pub span: Span,
}

/// `action name { … }`: a contract.
#[derive(Debug, Clone)]
pub struct Action {
    /// What it does.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// What it is given.
    pub inputs: Vec<Input>,
    /// What it reads, lazily.
    pub lets: Vec<Let>,
    /// When it may run.
    pub requires: Vec<Require>,
    /// How it looks when it is done.
    pub done_when: Option<Expr>,
    /// The one request that changes something; `None` for a check.
    pub change: Option<Change>,
    /// How it fails after its request was taken.
    pub fails: Vec<Fail>,
    /// When a lost request is known to have done nothing.
    pub untouched: Option<Untouched>,
    /// How often it looks after a change, and for how long.
    pub poll: Option<Spanned<Poll>>,
    /// What takes the change back.
    pub undo: Option<Change>,
    /// How it looks when it is taken back; `not (done when)` unless given.
    pub undone_when: Option<Expr>,
    /// What only a person can take back, and when.
    pub by_hand: Vec<Fail>,
    /// Why there is no way back.
    pub irreversible: Option<Expr>,
    /// Names of the resources it changes or depends on.
    pub touches: Vec<Expr>,
    /// How long it usually takes.
    pub takes: Option<Spanned<(Duration, Duration)>>,
    /// What later steps can use.
    pub outputs: Vec<Output>,
    /// The whole declaration.
    pub span: Span,
}

/// `require condition else "reason"`
#[derive(Debug, Clone)]
pub struct Require {
    /// Must hold before anything is sent.
    pub condition: Expr,
    /// Why it is refused otherwise.
    pub reason: Expr,
    /// The whole clause.
    pub span: Span,
}

/// `change "sentence" request` or `undo "sentence" request`
#[derive(Debug, Clone)]
pub struct Change {
    /// What people read.
    pub sentence: Expr,
    /// What is sent.
    pub request: Request,
    /// The whole clause.
    pub span: Span,
}

/// `system.method(path, body)`
#[derive(Debug, Clone)]
pub struct Request {
    /// The system; `None` in a `login`, which goes to its own.
    pub system: Option<Name>,
    /// The method.
    pub method: Spanned<Method>,
    /// The path with its query.
    pub path: Expr,
    /// The body.
    pub body: Option<Expr>,
    /// The whole request.
    pub span: Span,
}

/// The methods that change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// May not be repeated blindly.
    Post,
    /// The same twice is the same once.
    Put,
    /// May not be repeated blindly.
    Patch,
    /// The same twice is the same once.
    Delete,
}

impl Method {
    /// As in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// Whether the same request sent twice means the same as sent once.
    pub fn is_idempotent(self) -> bool {
        matches!(self, Method::Put | Method::Delete)
    }
}

/// `fail message when condition`, and `by hand message when condition`
#[derive(Debug, Clone)]
pub struct Fail {
    /// What went wrong, or what a person has to do.
    pub message: Expr,
    /// When.
    pub when: Expr,
    /// The whole clause.
    pub span: Span,
}

/// `untouched when condition [after duration]`
#[derive(Debug, Clone)]
pub struct Untouched {
    /// Holds as long as the change has not been taken.
    pub when: Expr,
    /// How long an effect may stay unseen: the settling time.
    pub after: Option<Spanned<Duration>>,
    /// The whole clause.
    pub span: Span,
}

/// `poll every a for b`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poll {
    /// Between two looks.
    pub every: Duration,
    /// The hard bound unless the step has a `timeout`.
    pub limit: Duration,
}

/// An expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// `null`, `true`, `90s`, `4.3.0`, …
    Literal(Literal),
    /// `"text ${expression} text"`
    Text(Vec<TextPart>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{ a: x, "b-c": y }`
    Record(Vec<(Name, Expr)>),
    /// A name of the file, the step or the action.
    Name(Arc<str>),
    /// `of.name`
    Field(Box<Expr>, Name),
    /// `of[index]`
    Index(Box<Expr>, Box<Expr>),
    /// `function(arguments)`
    Call(Name, Vec<Expr>),
    /// `of.method(arguments)`
    Method(Box<Expr>, Name, Vec<Expr>),
    /// `name => body`; only as an argument of a method.
    Lambda(Name, Box<Expr>),
    /// `not a`, `-a`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`, …
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `if c then a else b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `record with { a: x }`
    With(Box<Expr>, Vec<(Name, Expr)>),
    /// Stood in for something that could not be parsed; its error has been reported.
    Broken,
}

/// A value written out.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `2`, `2.5`
    Number(Number),
    /// `1h30m`
    Duration(Duration),
    /// `2026-11-28T22:00+01:00`, with an offset or `Z`
    Time(jiff::Timestamp),
    /// `4.3.0`
    Version(Version),
    /// `10.20.30.1`
    Ip(std::net::Ipv4Addr),
    /// `10.20.30.0/24` or `10.20.30.1/24`: a network or an address with its prefix; what is wanted decides
    Prefix(ipnet::Ipv4Net),
    /// `5%`
    Percent(Percent),
    /// `20GiB`
    Size(Size),
}

/// A piece of a string.
#[derive(Debug, Clone)]
pub enum TextPart {
    /// As it is.
    Plain(Arc<str>),
    /// `${expression}`
    Expr(Expr),
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Negate,
}

/// Operators with two operands, weakest first: `??`, `or`, `and`, comparisons, `+ -`, `* /`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `??`: the right one when the left one is null
    Coalesce,
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl BinaryOp {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            BinaryOp::Coalesce => "??",
            BinaryOp::Or => "or",
            BinaryOp::And => "and",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
        }
    }
}
