//! Conditions, and what is known where they hold.

use std::sync::Arc;

use super::Checker;
use super::always::{Always, always};
use super::fit::fits;
use super::scope::{Entry, Scope};
use super::wanted::Wanted;
use crate::diagnostic::Diagnostic;
use crate::syntax::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};
use crate::types::Type;

impl Checker<'_> {
    /// An expression that decides something. Null counts as false, because an answer may leave a flag out.
    pub(super) fn condition(&mut self, expr: &Expr, scope: &Scope<'_>, what: &str) {
        let told = self.found.len();
        let found = self.infer(expr, scope);
        if !fits(found.required(), &Type::Bool) {
            let wanted = Wanted::new(Type::Bool, format!("{what} is true or false"));
            self.mismatch(expr.span, &found, &wanted, None);
        }
        // A part of it that is always so has been told.
        if let Some(it) = always(expr, scope).filter(|_| self.found.len() == told) {
            self.always(it, expr, what);
        }
    }

    fn always(&mut self, it: Always, expr: &Expr, what: &str) {
        let warning = Diagnostic::warning("HR029", expr.span, format!("{what} is always {}", it.holds))
            .help("remove it, or say when it holds");
        self.report(if it.why.is_empty() { warning } else { warning.origin(it.why) });
    }

    /// The names that are not null where a condition is `holds`.
    pub(super) fn narrowed(
        &self,
        condition: &Expr,
        holds: bool,
        scope: &Scope<'_>,
    ) -> Vec<(Arc<str>, Entry)> {
        match &condition.kind {
            ExprKind::Unary(UnaryOp::Not, of) => self.narrowed(of, !holds, scope),
            ExprKind::Binary(BinaryOp::And, a, b) if holds => self.both(a, b, holds, scope),
            ExprKind::Binary(BinaryOp::Or, a, b) if !holds => self.both(a, b, holds, scope),
            ExprKind::Binary(BinaryOp::NotEqual, a, b) if holds => not_null(a, b, scope),
            ExprKind::Binary(BinaryOp::Equal, a, b) if !holds => not_null(a, b, scope),
            _ => Vec::new(),
        }
    }

    fn both(&self, a: &Expr, b: &Expr, holds: bool, scope: &Scope<'_>) -> Vec<(Arc<str>, Entry)> {
        let mut all = self.narrowed(a, holds, scope);
        all.extend(self.narrowed(b, holds, scope));
        all
    }
}

fn not_null(a: &Expr, b: &Expr, scope: &Scope<'_>) -> Vec<(Arc<str>, Entry)> {
    let ((ExprKind::Name(name), ExprKind::Literal(Literal::Null))
    | (ExprKind::Literal(Literal::Null), ExprKind::Name(name))) = (&a.kind, &b.kind)
    else {
        return Vec::new();
    };
    let entry = scope.find(name).map(|entry| Entry { ty: entry.ty.required().clone(), ..entry.clone() });
    entry.map(|entry| (Arc::clone(name), entry)).into_iter().collect()
}
