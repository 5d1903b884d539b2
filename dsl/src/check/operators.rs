//! Operators.

use super::Checker;
use super::fit::{comparable, is_ordered, join, list_of, one};
use super::scope::Scope;
use super::wanted::{Wanted, instead};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn unary(&mut self, op: UnaryOp, of: &Expr, scope: &Scope<'_>) -> Type {
        match op {
            UnaryOp::Not => {
                self.condition(of, scope, "what `not` turns round");
                Type::Bool
            }
            UnaryOp::Negate => {
                self.expect(of, &Wanted::new(Type::Number, "only a number has a negative"), scope);
                Type::Number
            }
        }
    }

    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
        scope: &Scope<'_>,
    ) -> Type {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let what = format!("a side of `{}`", op.as_str());
                self.condition(left, scope, &what);
                let known = self.narrowed(left, op == BinaryOp::And, scope);
                self.condition(right, &scope.with(known), &what);
                Type::Bool
            }
            BinaryOp::Coalesce => {
                let (left, right) = (self.infer(left, scope), self.infer(right, scope));
                join(left.required().clone(), right)
            }
            BinaryOp::Equal | BinaryOp::NotEqual => {
                self.compared(op, left, right, span, scope);
                Type::Bool
            }
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                if let Some((a, b)) = self.compared(op, left, right, span, scope) {
                    self.ordered(op, &a, left.span);
                    self.ordered(op, &b, right.span);
                }
                Type::Bool
            }
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => {
                self.arithmetic(op, left, right, span, scope)
            }
        }
    }

    /// Two sides that are compared; a literal is read as what the other side is. `None` when they do not go together.
    fn compared(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
        scope: &Scope<'_>,
    ) -> Option<(Type, Type)> {
        let (read, known) = match (is_literal(left), is_literal(right)) {
            (true, false) => (left, right),
            (false, true) => (right, left),
            _ => {
                let (a, b) = (self.infer(left, scope), self.infer(right, scope));
                return self.alike(op, a, b, span, None);
            }
        };
        let ty = self.infer(known, scope);
        let takes_literal = matches!(ty.required(), Type::Cidr | Type::IfAddr | Type::Choice(_))
            && !matches!(read.kind, ExprKind::Literal(Literal::Null));
        if takes_literal {
            let origin = format!("it is compared with {}", one(ty.required()));
            self.expect(read, &Wanted::new(ty.required().clone(), origin), scope);
            return None;
        }
        let other = self.infer(read, scope);
        let help = instead(&read.kind, ty.required());
        self.alike(op, ty, other, span, help)
    }

    fn alike(
        &mut self,
        op: BinaryOp,
        a: Type,
        b: Type,
        span: Span,
        help: Option<String>,
    ) -> Option<(Type, Type)> {
        if comparable(&a, &b) {
            return Some((a, b));
        }
        let message = format!("{} and {} cannot be compared", one(&a), one(&b));
        let error = Diagnostic::error("HR022", span, message)
            .origin(format!("`{}` compares values of one type", op.as_str()));
        self.report(Diagnostic { help, ..error });
        None
    }

    fn ordered(&mut self, op: BinaryOp, ty: &Type, span: Span) {
        if !is_ordered(ty) {
            let message = format!("{} has no order", one(ty));
            self.report(
                Diagnostic::error("HR022", span, message)
                    .origin(format!("`{}` compares numbers, texts, times and the like", op.as_str())),
            );
        }
    }

    fn arithmetic(&mut self, op: BinaryOp, left: &Expr, right: &Expr, span: Span, scope: &Scope<'_>) -> Type {
        let (a, b) = (self.infer(left, scope), self.infer(right, scope));
        if let Some(result) = result_of(op, &a, &b) {
            return result;
        }
        self.no_result(op, [(&a, left.span), (&b, right.span)], span);
        Type::Unknown
    }

    /// A calculation that cannot be: for a secret, for what may be null, or for two that do not go together.
    fn no_result(&mut self, op: BinaryOp, sides: [(&Type, Span); 2], span: Span) {
        let word = op.as_str();
        if let Some((ty, at)) = sides.into_iter().find(|(ty, _)| ty.holds_secret()) {
            let wanted = Wanted::new(Type::String, format!("`{word}` makes something that can be read"));
            return self.mismatch(at, ty, &wanted, None);
        }
        if let Some((ty, at)) = sides.into_iter().find(|(ty, _)| matches!(ty, Type::Optional(_))) {
            let wanted = Wanted::new(ty.required().clone(), format!("`{word}` calculates with values"));
            return self.mismatch(at, ty, &wanted, None);
        }
        let [(a, _), (b, _)] = sides;
        let error =
            Diagnostic::error("HR022", span, format!("`{word}` does not go with {} and {}", one(a), one(b)));
        let text = op == BinaryOp::Add && (*a == Type::String || *b == Type::String);
        let help = text.then(|| "put a value into a text with \"… ${value} …\"".to_owned());
        self.report(Diagnostic { help, ..error });
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(_) | ExprKind::Text(_))
}

/// What a calculation comes to; `None` when there is none with these types.
fn result_of(op: BinaryOp, a: &Type, b: &Type) -> Option<Type> {
    use BinaryOp::{Add, Divide, Multiply, Subtract};
    let text = |ty: &Type| matches!(ty, Type::String | Type::Url | Type::Path | Type::Choice(_));
    Some(match (op, a, b) {
        (_, Type::Unknown, _) | (_, _, Type::Unknown) => Type::Unknown,
        _ if a.holds_secret() || b.holds_secret() => return None,
        (_, Type::Json, Type::Optional(_)) | (_, Type::Optional(_), _) => return None,
        (_, Type::Json, _) | (_, _, Type::Json) => Type::Json,
        (_, Type::Number, Type::Number) | (Divide, Type::Duration, Type::Duration) => Type::Number,
        (Add, a, b) if text(a) && text(b) => Type::String,
        (Add, Type::List(a), Type::List(b)) => list_of(join(a.as_ref().clone(), b.as_ref().clone())),
        (Add | Subtract, Type::Duration, Type::Duration)
        | (Subtract, Type::Time, Type::Time)
        | (Multiply | Divide, Type::Duration, Type::Number)
        | (Multiply, Type::Number, Type::Duration) => Type::Duration,
        (Add | Subtract, Type::Time, Type::Duration) => Type::Time,
        (Add | Subtract, Type::Size, Type::Size) => Type::Size,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calculations_follow_the_units() {
        assert_eq!(result_of(BinaryOp::Subtract, &Type::Time, &Type::Time), Some(Type::Duration));
        assert_eq!(result_of(BinaryOp::Add, &Type::Time, &Type::Time), None);
        assert_eq!(result_of(BinaryOp::Multiply, &Type::Number, &Type::Duration), Some(Type::Duration));
        assert_eq!(result_of(BinaryOp::Divide, &Type::Number, &Type::Duration), None);
        assert_eq!(result_of(BinaryOp::Divide, &Type::Duration, &Type::Duration), Some(Type::Number));
        assert_eq!(result_of(BinaryOp::Add, &Type::Secret, &Type::Json), None);
    }
}
