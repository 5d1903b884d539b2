//! The clauses of an action, each against what is known where it counts.

use super::Checker;
use super::scope::{Place, Scope};
use super::wanted::Wanted;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::{Action, BinaryOp, Change, Expr, ExprKind, Fail, Request, TextPart};
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn clauses(&mut self, action: &Action, scope: &Scope<'_>) {
        for require in &action.requires {
            let scope = scope.at(Place::Require);
            self.condition(&require.condition, &scope, "what `require` asks for");
            self.shown(&require.reason, &scope, "a reason");
        }
        self.decides(action.done_when.as_ref(), scope, Place::DoneWhen);
        self.change(action.change.as_ref(), scope, Place::Change);
        self.messages(&action.fails, scope, Place::Fail);
        self.decides(action.untouched.as_ref().map(|it| &it.when), scope, Place::Untouched);
        self.change(action.undo.as_ref(), scope, Place::Undo);
        self.decides(action.undone_when.as_ref(), scope, Place::UndoneWhen);
        self.messages(&action.by_hand, scope, Place::ByHand);
        if let Some(why) = &action.irreversible {
            self.shown(why, &scope.at(Place::Irreversible), "a reason");
        }
        for name in &action.touches {
            self.shown(name, &scope.at(Place::Touches), "the name of a resource");
        }
    }

    fn decides(&mut self, condition: Option<&Expr>, scope: &Scope<'_>, place: Place) {
        if let Some(condition) = condition {
            self.condition(condition, &scope.at(place), place.word());
        }
    }

    fn messages(&mut self, clauses: &[Fail], scope: &Scope<'_>, place: Place) {
        let scope = scope.at(place);
        for clause in clauses {
            self.shown(&clause.message, &scope, "a message");
            self.condition(&clause.when, &scope, &format!("the condition of {}", place.word()));
        }
    }

    fn change(&mut self, change: Option<&Change>, scope: &Scope<'_>, place: Place) {
        let Some(change) = change else { return };
        let scope = scope.at(place);
        self.shown(&change.sentence, &scope, "a sentence");
        if let ExprKind::Text(parts) = &change.sentence.kind
            && parts.is_empty()
        {
            self.bounds(
                change.sentence.span,
                "this sentence is empty",
                "write what is done, as people read it in a plan",
            );
        }
        self.request(&change.request, &scope);
    }

    /// A request; a secret may stand in its body and nowhere else.
    pub(super) fn request(&mut self, request: &Request, scope: &Scope<'_>) {
        if let Some(system) = &request.system {
            let found = self.name(&system.node, system.span, scope);
            if !matches!(found, Type::System { .. } | Type::Unknown) {
                let message = format!(
                    "a request goes to a system, and `{}` is {}",
                    system.node,
                    super::fit::one(&found)
                );
                self.report(
                    Diagnostic::error("HR022", system.span, message)
                        .help("declare an `input` whose type is an api, and send the request to it"),
                );
            }
        }
        self.path(&request.path, "the path of a request is a text", scope);
        if let Some(body) = &request.body {
            self.infer(body, scope);
        }
    }
    /// The path of a request or of a read. What stands at its beginning is known here, unless it is a hole; that is
    /// looked at once it has a value.
    pub(super) fn path(&mut self, path: &Expr, origin: &str, scope: &Scope<'_>) {
        self.expect(path, &Wanted::new(Type::String, origin), scope);
        for (start, span) in starts(path) {
            if !start.starts_with('/') {
                let own = start
                    .split_once("://")
                    .map_or(start, |(_, address)| address.split_once('/').map_or("", |(_, path)| path));
                self.report(
                    Diagnostic::error("HR021", span, "a path begins with `/`")
                        .origin("it is put behind the address of the system, whose host would go on with it")
                        .help(format!("begin it with `/{}`", own.split('/').next().unwrap_or_default())),
                );
            }
        }
    }
}

/// The beginnings of a text that are written out.
fn starts(expr: &Expr) -> Vec<(&str, Span)> {
    match &expr.kind {
        ExprKind::Text(parts) => match parts.first() {
            None => vec![("", expr.span)],
            Some(TextPart::Plain(text)) => vec![(text, expr.span)],
            Some(TextPart::Expr(_)) => Vec::new(),
        },
        ExprKind::Binary(BinaryOp::Add, left, _) => starts(left),
        ExprKind::If(_, then, otherwise) => [starts(then), starts(otherwise)].concat(),
        _ => Vec::new(),
    }
}
