//! Which requests an action can send, as its text shows them: what a reader wants to know before trusting it.

use std::sync::Arc;

use crate::syntax::{Action, Change, Expr, ExprKind, TextPart};

/// A kind of request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestForm {
    /// What it is for.
    pub purpose: Purpose,
    /// The system, by its name in the action.
    pub system: Arc<str>,
    /// As in a request line.
    pub method: &'static str,
    /// The path with its query; `{}` stands for what is known only when it is sent.
    pub path: String,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// It only looks.
    Read,
    /// It is the change.
    Change,
    /// It takes the change back.
    Undo,
}

/// The requests of an action: reads in the order of the text, then the change, then the undo; each once.
pub fn requests(action: &Action) -> Vec<RequestForm> {
    let mut found = Vec::new();
    action.for_each_expression(&mut |expr| reads(expr, action, &mut found));
    for (change, purpose) in [(&action.change, Purpose::Change), (&action.undo, Purpose::Undo)] {
        change.iter().for_each(|it| found.extend(sent(it, purpose, action)));
    }
    let mut seen = Vec::new();
    found.retain(|it| {
        let is_new = !seen.contains(it);
        seen.push(it.clone());
        is_new
    });
    found
}

fn reads(expr: &Expr, action: &Action, found: &mut Vec<RequestForm>) {
    if let ExprKind::Method(of, method, arguments) = &expr.kind
        && let Some(method) = reading(&method.node)
        && let (ExprKind::Name(system), Some(path)) = (&of.kind, arguments.first())
    {
        let form = |path| RequestForm { purpose: Purpose::Read, system: Arc::clone(system), method, path };
        found.extend(paths(path, action).into_iter().map(form));
    }
    expr.for_each_part(&mut |part| reads(part, action, found));
}

fn reading(method: &str) -> Option<&'static str> {
    match method {
        "get" => Some("GET"),
        "query" => Some("POST"),
        _ => None,
    }
}

fn sent(change: &Change, purpose: Purpose, action: &Action) -> Vec<RequestForm> {
    let request = &change.request;
    let system = request.system.as_ref().map(|it| Arc::clone(&it.node)).unwrap_or_default();
    let method = request.method.node.as_str();
    let form = |path| RequestForm { purpose, system: Arc::clone(&system), method, path };
    paths(&request.path, action).into_iter().map(form).collect()
}

/// What a path can be: one form, or one for each branch.
fn paths(expr: &Expr, action: &Action) -> Vec<String> {
    match &expr.kind {
        ExprKind::Text(parts) => vec![parts.iter().map(piece).collect()],
        ExprKind::If(_, yes, no) => [yes, no].into_iter().flat_map(|it| paths(it, action)).collect(),
        ExprKind::Name(name) => {
            let named = action.lets.iter().find(|it| it.name.node == *name);
            named.map_or_else(|| vec!["{}".to_owned()], |it| paths(&it.value, action))
        }
        _ => vec!["{}".to_owned()],
    }
}

fn piece(part: &TextPart) -> &str {
    match part {
        TextPart::Plain(text) => text,
        TextPart::Expr(_) => "{}",
    }
}
