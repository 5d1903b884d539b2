//! Operators.

use super::Checker;
use super::fit::{comparable, either, is_ordered, join, list_of, one};
use super::names::nearest;
use super::scope::{Needs, Scope};
use super::wanted::{Wanted, instead};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};
use crate::types::Type;

/// Whether a side of a subtraction begins with a name that means nothing, and is none misspelt.
fn is_nothing(expr: &Expr, scope: &Scope<'_>) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => scope.find(name).is_none() && nearest(name, scope.known()).is_none(),
        ExprKind::Field(of, _) | ExprKind::Index(of, _) | ExprKind::Method(of, ..) => is_nothing(of, scope),
        ExprKind::Binary(BinaryOp::Subtract, left, right) => {
            is_nothing(left, scope) || is_nothing(right, scope)
        }
        _ => false,
    }
}

/// Names with a `-` between them, as one that would read them as a word.
struct Hyphened {
    text: String,
    /// Whether a `.` stands before it.
    is_field: bool,
    /// With that `.`.
    span: Span,
}

impl Checker<'_> {
    /// `dc1-to-cloud`, which is meant as one word: no blank stands in it, and what would be subtracted means nothing.
    fn hyphened(&mut self, left: &Expr, right: &Expr, scope: &Scope<'_>) -> bool {
        let means_nothing = is_nothing(right, scope) || is_nothing(left, scope);
        let Some(word) = self.one_word(left.span, right.span).filter(|_| means_nothing) else { return false };
        self.no_name(&word);
        true
    }

    fn no_name(&mut self, word: &Hyphened) {
        let message = format!("`{}` is no name: a `-` between names subtracts", word.text);
        let of = |it| if word.is_field { format!("[{it}]") } else { it };
        let help = format!("write `{}`", of(format!("\"{}\"", word.text)));
        self.report(Diagnostic::error("HR010", word.span, message).help(help));
    }

    /// What reads as one word, when only a `-` stands between two sides.
    fn one_word(&self, left: Span, right: Span) -> Option<Hyphened> {
        let source = self.program.sources.get(left.source)?;
        let text = &*source.text;
        let in_word = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
        let (end, start) = (left.range().end, right.range().start);
        text.get(end..start).filter(|it| *it == "-")?;
        let before = text.get(..end)?.trim_end_matches(in_word);
        let behind = text.get(start..)?.trim_start_matches(in_word).len();
        let whole = text.get(before.len()..text.len() - behind)?;
        if !whole.starts_with(|it: char| it.is_ascii_alphabetic()) || whole.ends_with('-') {
            return None;
        }
        let is_field = before.ends_with('.');
        let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let start = at(before.len() - usize::from(is_field));
        let span = Span { start, end: at(text.len() - behind), ..left };
        Some(Hyphened { text: whole.to_owned(), is_field, span })
    }

    pub(super) fn unary(&mut self, op: UnaryOp, of: &Expr, scope: &Scope<'_>) -> Type {
        let told = self.found.len();
        let ty = match op {
            UnaryOp::Not => {
                self.condition(of, scope, "what `not` turns round");
                Type::Bool
            }
            UnaryOp::Negate => {
                self.expect(of, &Wanted::new(Type::Number, "only a number has a negative"), scope);
                Type::Number
            }
        };
        if self.failed_since(told) { Type::Unknown } else { ty }
    }

    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
        scope: &Scope<'_>,
    ) -> Type {
        if op == BinaryOp::Subtract && self.hyphened(left, right, scope) {
            return Type::Unknown;
        }
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let what = format!("a side of `{}`", op.as_str());
                let told = self.found.len();
                self.condition(left, scope, &what);
                // `2 and 3` is one mistake; what is wrong inside of the other side is another.
                if self.failed_since(told) {
                    self.infer(right, scope);
                } else {
                    let known = self.narrowed(left, op == BinaryOp::And, scope);
                    self.condition(right, &scope.with(known), &what);
                }
                if self.failed_since(told) { Type::Unknown } else { Type::Bool }
            }
            BinaryOp::Coalesce => {
                let (left, right) = (self.infer(left, scope), self.infer(right, scope));
                either(left.required().clone(), right)
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
                let a = self.infer(left, scope);
                // `outcome == succeeded`: what is compared with a word of a choice is one.
                if let (ExprKind::Name(word), Type::Choice(_)) = (&right.kind, a.required())
                    && is_nothing(right, scope)
                {
                    let message = format!("nothing is called `{word}` here");
                    let help = format!("write `\"{word}\"`");
                    self.report(Diagnostic::error("HR010", right.span, message).help(help));
                    return None;
                }
                let b = self.infer(right, scope);
                return self.alike(op, a, b, span, None);
            }
        };
        let ty = self.infer(known, scope);
        if let ExprKind::Name(step) = &known.kind
            && self.in_test
            && matches!(read.kind, ExprKind::Text(_))
            && scope.find(step).is_some_and(|it| it.needs == Needs::Steps)
        {
            let help = format!("how a step ended is `steps.{step}`");
            return self.alike(op, ty, Type::String, span, Some(help));
        }
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
        let [(a, left), (b, right)] = sides;
        // `steps.extend.web-30`: each part means something, and the difference does not.
        if let Some(word) = self.one_word(left, right).filter(|it| op == BinaryOp::Subtract && it.is_field) {
            return self.no_name(&word);
        }
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
