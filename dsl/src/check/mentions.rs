//! Which names an expression mentions.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::{Expr, ExprKind};

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
        _ => expr.for_each_part(&mut |part| collect(part, bound, found)),
    }
}
