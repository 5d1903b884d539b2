//! Which names an expression mentions.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::{Expr, ExprKind, TextPart};

/// The names that an expression takes from around it, each place in the order of the text.
pub(super) fn mentions(expr: &Expr) -> Vec<(&Arc<str>, Span)> {
    let mut found = Vec::new();
    collect(expr, &mut Vec::new(), &mut found);
    found
}

fn collect<'e>(expr: &'e Expr, bound: &mut Vec<&'e str>, found: &mut Vec<(&'e Arc<str>, Span)>) {
    match &expr.kind {
        ExprKind::Name(name) if !bound.contains(&&**name) => found.push((name, expr.span)),
        ExprKind::Lambda(parameter, body) => {
            bound.push(&parameter.node);
            collect(body, bound, found);
            bound.pop();
        }
        _ => for_each_part(expr, &mut |part| collect(part, bound, found)),
    }
}

/// Calls `visit` with every direct part of an expression.
pub(super) fn for_each_part<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Name(_) | ExprKind::Broken => {}
        ExprKind::Text(parts) => parts.iter().for_each(|part| match part {
            TextPart::Expr(expr) => visit(expr),
            TextPart::Plain(_) => {}
        }),
        ExprKind::List(items) | ExprKind::Call(_, items) => items.iter().for_each(visit),
        ExprKind::Record(fields) => fields.iter().for_each(|(_, value)| visit(value)),
        ExprKind::Field(of, _) | ExprKind::Lambda(_, of) | ExprKind::Unary(_, of) => visit(of),
        ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|part| visit(part)),
        ExprKind::Method(of, _, arguments) => {
            visit(of);
            arguments.iter().for_each(visit);
        }
        ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|part| visit(part)),
        ExprKind::With(of, changes) => {
            visit(of);
            changes.iter().for_each(|(_, value)| visit(value));
        }
    }
}
