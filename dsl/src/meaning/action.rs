//! Actions and apis in one layout.

use super::clause::Clause;
use super::expr::expr;
use super::{inputs, lets, outputs};
use crate::format_duration;
use crate::syntax::{Action, Api, Change, Expr, Fail, Request};

/// The contract of an action.
pub fn action(of: &Action) -> Vec<Clause> {
    let Action {
        doc: _,
        name: _,
        inputs: given,
        lets: named,
        requires,
        done_when,
        change,
        fails,
        untouched,
        poll,
        undo,
        undone_when,
        by_hand,
        irreversible,
        touches,
        takes,
        outputs: put,
        span: _,
    } = of;
    let mut clauses = inputs(given);
    clauses.extend(lets(named));
    clauses.extend(
        requires
            .iter()
            .map(|it| Clause::new("require", format!("{} else {}", expr(&it.condition), expr(&it.reason)))),
    );
    clauses.extend(clause("done when", done_when.as_ref()));
    clauses.extend(change.iter().map(|it| changes("change", it)));
    clauses.extend(fails.iter().map(|it| fail("fail", it)));
    clauses.extend(untouched.iter().map(|it| {
        let after = it.after.map(|after| format!(" after {}", format_duration(after.node)));
        Clause::new("untouched when", expr(&it.when) + &after.unwrap_or_default())
    }));
    clauses.extend(poll.iter().map(|it| {
        let (every, limit) = (format_duration(it.node.every), format_duration(it.node.limit));
        Clause::new("poll", format!("every {every} for {limit}"))
    }));
    clauses.extend(undo.iter().map(|it| changes("undo", it)));
    clauses.extend(clause("undone when", undone_when.as_ref()));
    clauses.extend(by_hand.iter().map(|it| fail("by hand", it)));
    clauses.extend(clause("irreversible", irreversible.as_ref()));
    clauses.extend(touches.iter().map(|it| Clause::new("touches", expr(it))));
    clauses.extend(takes.iter().map(|it| {
        Clause::new("takes", format!("{} .. {}", format_duration(it.node.0), format_duration(it.node.1)))
    }));
    clauses.extend(outputs(put));
    clauses
}

/// How to talk to a kind of system.
pub fn api(api: &Api) -> Vec<Clause> {
    let Api { doc: _, name: _, inputs: given, login, headers, again_on, error, span: _ } = api;
    let mut clauses = inputs(given);
    clauses.extend(login.iter().map(|it| Clause::new("login", request(it))));
    clauses.extend(
        headers.iter().map(|(name, value)| Clause::new(format!("header {:?}", name.node), expr(value))),
    );
    clauses.extend(again_on.iter().map(|status| Clause::new("again on", status.node)));
    clauses.extend(clause("error", error.as_ref()));
    clauses
}

fn clause(word: &str, value: Option<&Expr>) -> Option<Clause> {
    value.map(|value| Clause::new(word, expr(value)))
}

fn changes(word: &str, it: &Change) -> Clause {
    Clause::new(word, format!("{} {}", expr(&it.sentence), request(&it.request)))
}

fn fail(word: &str, it: &Fail) -> Clause {
    Clause::new(word, format!("{} when {}", expr(&it.message), expr(&it.when)))
}

fn request(it: &Request) -> String {
    let Request { system, method, path, body, span: _ } = it;
    let system = system.as_ref().map(|name| format!("{} ", name.node)).unwrap_or_default();
    let body = body.as_ref().map(|it| format!(", {}", expr(it))).unwrap_or_default();
    format!("{system}{} {}{body}", method.node.as_str(), expr(path))
}
