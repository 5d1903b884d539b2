//! Conditions that come out the same whatever happens: mostly a slip, as `or` between two `!=`.

use super::fit::one;
use super::scope::Scope;
use crate::meaning;
use crate::syntax::{BinaryOp, Expr, ExprKind, Literal, TextPart, UnaryOp};
use crate::types::Type;

/// What a condition always comes to, and why.
pub(super) struct Always {
    pub(super) holds: bool,
    pub(super) why: String,
}

impl Always {
    fn new(holds: bool, why: impl Into<String>) -> Self {
        Self { holds, why: why.into() }
    }
}

/// What a condition always comes to; `None` when it depends.
pub(super) fn always(condition: &Expr, scope: &Scope<'_>) -> Option<Always> {
    match &condition.kind {
        ExprKind::Literal(Literal::Bool(holds)) => Some(Always::new(*holds, "")),
        ExprKind::Unary(UnaryOp::Not, of) => always(of, scope).map(|it| Always { holds: !it.holds, ..it }),
        ExprKind::Binary(BinaryOp::And, ..) => joined(condition, BinaryOp::And, scope),
        ExprKind::Binary(BinaryOp::Or, ..) => joined(condition, BinaryOp::Or, scope),
        ExprKind::Binary(op, left, right) => compared(*op, left, right, scope),
        _ => None,
    }
}

/// Sides of `and` or of `or`: one of them decides, or two of them do together.
fn joined(condition: &Expr, op: BinaryOp, scope: &Scope<'_>) -> Option<Always> {
    let decides = op == BinaryOp::Or;
    let mut sides = Vec::new();
    flatten(condition, op, &mut sides);
    let mut found = sides.iter().map(|side| always(side, scope));
    if let Some(one) = found.find(|it| it.as_ref().is_some_and(|it| it.holds == decides)) {
        return one;
    }
    let pairs = sides.iter().enumerate().flat_map(|(at, a)| sides.iter().skip(at + 1).map(move |b| (a, b)));
    pairs.into_iter().find_map(|(a, b)| opposite(a, b, decides).or_else(|| values(a, b, decides)))
}

fn flatten<'e>(condition: &'e Expr, op: BinaryOp, sides: &mut Vec<&'e Expr>) {
    match &condition.kind {
        ExprKind::Binary(own, left, right) if *own == op => {
            flatten(left, op, sides);
            flatten(right, op, sides);
        }
        _ => sides.push(condition),
    }
}

/// `a and not a`, `a or not a`.
fn opposite(a: &Expr, b: &Expr, decides: bool) -> Option<Always> {
    let is_not = |a: &Expr, b: &Expr| match &a.kind {
        ExprKind::Unary(UnaryOp::Not, of) => meaning::expr(of) == meaning::expr(b),
        _ => false,
    };
    let opposite = is_not(a, b) || is_not(b, a);
    opposite.then(|| Always::new(decides, "one side says the opposite of the other"))
}

/// `a == 1 and a == 2`, `a != 1 or a != 2`: one thing compared with two values.
fn values(a: &Expr, b: &Expr, decides: bool) -> Option<Always> {
    let op = if decides { BinaryOp::NotEqual } else { BinaryOp::Equal };
    let ((what, first), (other, second)) = (with_value(a, op)?, with_value(b, op)?);
    if meaning::expr(what) != meaning::expr(other) || first == second {
        return None;
    }
    let why = if decides {
        format!("whatever it is, it is not {first} or not {second}: `and` may be meant")
    } else {
        format!("nothing is {first} and {second} at once: `or` may be meant")
    };
    Some(Always::new(decides, why))
}

/// The side that is compared with a value written out, and that value.
fn with_value(comparison: &Expr, op: BinaryOp) -> Option<(&Expr, String)> {
    match &comparison.kind {
        ExprKind::Binary(own, left, right) if *own == op => match (written(left), written(right)) {
            (None, Some(value)) => Some((left, value)),
            (Some(value), None) => Some((right, value)),
            _ => None,
        },
        _ => None,
    }
}

/// A value that is written out.
fn written(expr: &Expr) -> Option<String> {
    let is_plain = |parts: &[TextPart]| parts.iter().all(|it| matches!(it, TextPart::Plain(_)));
    match &expr.kind {
        ExprKind::Literal(_) => Some(meaning::expr(expr)),
        ExprKind::Text(parts) if is_plain(parts) => Some(meaning::expr(expr)),
        _ => None,
    }
}

fn compared(op: BinaryOp, left: &Expr, right: &Expr, scope: &Scope<'_>) -> Option<Always> {
    let same = outcome(op, std::cmp::Ordering::Equal)?;
    match (written(left), written(right)) {
        (Some(a), Some(b)) => {
            let holds = match (number(left), number(right)) {
                (Some(a), Some(b)) => outcome(op, a.partial_cmp(&b)?)?,
                _ if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) => (a == b) == same,
                _ => return None,
            };
            Some(Always::new(holds, "both sides are written out"))
        }
        (None, None) if meaning::expr(left) == meaning::expr(right) => {
            Some(Always::new(same, "both sides are the same"))
        }
        (None, None) => None,
        (None, Some(_)) => with_bound(op, left, right, scope),
        (Some(_), None) => with_bound(mirrored(op), right, left, scope),
    }
}

/// A count that is compared with 0, a name that is never null with null.
fn with_bound(op: BinaryOp, left: &Expr, value: &Expr, scope: &Scope<'_>) -> Option<Always> {
    match (&left.kind, &value.kind) {
        (ExprKind::Method(_, method, _), _)
            if &*method.node == "count" && number(value).is_some_and(|it| it <= 0.0) =>
        {
            let holds = match op {
                BinaryOp::GreaterEqual => true,
                BinaryOp::Less => false,
                _ => return None,
            };
            Some(Always::new(holds, "a count is never below 0"))
        }
        (ExprKind::Name(name), ExprKind::Literal(Literal::Null)) => {
            let ty = &scope.find(name)?.ty;
            let is_there = !matches!(ty, Type::Optional(_) | Type::Json | Type::Null | Type::Unknown);
            let holds = match op {
                BinaryOp::NotEqual => true,
                BinaryOp::Equal => false,
                _ => return None,
            };
            is_there.then(|| Always::new(holds, format!("`{name}` is {}, and never null", one(ty))))
        }
        _ => None,
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Literal(Literal::Number(n)) => n.to_string().parse().ok(),
        _ => None,
    }
}

/// What a comparison of two sides that stand so to each other comes to.
fn outcome(op: BinaryOp, is: std::cmp::Ordering) -> Option<bool> {
    Some(match op {
        BinaryOp::Equal => is.is_eq(),
        BinaryOp::NotEqual => is.is_ne(),
        BinaryOp::Less => is.is_lt(),
        BinaryOp::LessEqual => is.is_le(),
        BinaryOp::Greater => is.is_gt(),
        BinaryOp::GreaterEqual => is.is_ge(),
        _ => return None,
    })
}

/// The same comparison with its sides exchanged.
fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        other => other,
    }
}
