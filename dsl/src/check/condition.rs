//! Conditions, and what is known where they hold.

use std::sync::Arc;

use super::Checker;
use super::fit::fits;
use super::scope::{Entry, Scope};
use super::wanted::Wanted;
use crate::diagnostic::Diagnostic;
use crate::syntax::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};
use crate::types::Type;

impl Checker<'_> {
    /// An expression that decides something. Null counts as false, because an answer may leave a flag out.
    pub(super) fn condition(&mut self, expr: &Expr, scope: &Scope<'_>, what: &str) {
        if let ExprKind::Literal(Literal::Bool(always)) = expr.kind {
            let message = format!("{what} is always {always}");
            self.report(
                Diagnostic::warning("HR029", expr.span, message).help("remove it, or say when it holds"),
            );
            return;
        }
        let found = self.infer(expr, scope);
        if !fits(found.required(), &Type::Bool) {
            let wanted = Wanted::new(Type::Bool, format!("{what} is true or false"));
            self.mismatch(expr.span, &found, &wanted, None);
        }
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
