//! Modules: apis and actions.

use std::sync::Arc;
use std::time::Duration;

use super::{Doc, Expr, ExprKind, Input, Let, Literal, Output};
use crate::source::{Name, Span, Spanned};

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

impl Action {
    /// The action with an undo that does nothing and is believed: what a rehearsal tries to see whether anybody would
    /// miss the undo.
    #[must_use]
    pub fn with_idle_undo(&self) -> Action {
        let holds = Expr { kind: ExprKind::Literal(Literal::Bool(true)), span: self.span };
        Action { undone_when: Some(holds), ..self.clone() }
    }

    /// Calls `visit` with every expression that is written in it.
    pub fn for_each_expression<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        self.lets.iter().for_each(|it| visit(&it.value));
        self.requires.iter().for_each(|it| [&it.condition, &it.reason].into_iter().for_each(&mut *visit));
        for change in [&self.change, &self.undo].into_iter().flatten() {
            visit(&change.sentence);
            visit(&change.request.path);
            change.request.body.iter().for_each(&mut *visit);
        }
        for clause in self.fails.iter().chain(&self.by_hand) {
            [&clause.message, &clause.when].into_iter().for_each(&mut *visit);
        }
        let conditions = [&self.done_when, &self.undone_when, &self.irreversible].into_iter().flatten();
        conditions.chain(self.untouched.iter().map(|it| &it.when)).chain(&self.touches).for_each(&mut *visit);
        self.outputs.iter().for_each(|it| visit(&it.value));
    }
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
