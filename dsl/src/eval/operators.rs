//! Operators, with what is unknown flowing through them.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Context, EvalError, Evaluated, Scope};
use crate::scalar::{Number, Size};
use crate::source::Span;
use crate::syntax::{BinaryOp, Expr, UnaryOp};
use crate::value::{Causes, Value};

/// Whether a condition holds; `Err` when that is not known. A flag that an answer leaves out does not hold.
pub(super) fn truth(value: &Value, span: Span) -> Result<Result<bool, Causes>, EvalError> {
    match value {
        Value::Bool(b) => Ok(Ok(*b)),
        Value::Null(_) => Ok(Ok(false)),
        Value::Unknown(causes) => Ok(Err(Arc::clone(causes))),
        other => Err(EvalError::new(
            "HR022",
            span,
            format!("a condition is true or false, and this is {}", other.kind()),
        )),
    }
}

pub(super) fn unary(op: UnaryOp, value: &Value, span: Span) -> Evaluated {
    match (op, value) {
        (UnaryOp::Not, value) => Ok(match truth(value, span)? {
            Ok(b) => Value::Bool(!b),
            Err(causes) => Value::Unknown(causes),
        }),
        (UnaryOp::Negate, Value::Unknown(causes)) => Ok(Value::Unknown(Arc::clone(causes))),
        (UnaryOp::Negate, Value::Number(Number::Int(n))) if *n != i64::MIN => Ok(Value::int(-n)),
        (UnaryOp::Negate, Value::Number(n)) => Ok(Value::Number(Number::Float(-n.as_f64()))),
        (UnaryOp::Negate, other) => Err(EvalError::new(
            "HR022",
            span,
            format!("only a number has a negative, and this is {}", other.kind()),
        )),
    }
}

impl Context<'_> {
    pub(super) fn binary(
        &self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
        scope: &Scope<'_>,
    ) -> Evaluated {
        match op {
            BinaryOp::And => self.logic(left, right, false, scope),
            BinaryOp::Or => self.logic(left, right, true, scope),
            BinaryOp::Coalesce => match self.evaluate(left, scope)? {
                Value::Null(_) => self.evaluate(right, scope),
                value => Ok(value),
            },
            _ => apply(op, &self.evaluate(left, scope)?, &self.evaluate(right, scope)?, span),
        }
    }

    /// `and` (decided by false) and `or` (decided by true): one side that decides is enough, whatever the other is.
    fn logic(&self, left: &Expr, right: &Expr, decides: bool, scope: &Scope<'_>) -> Evaluated {
        let first = truth(&self.evaluate(left, scope)?, left.span)?;
        if first == Ok(decides) {
            return Ok(Value::Bool(decides));
        }
        let second = truth(&self.evaluate(right, scope)?, right.span)?;
        Ok(match (first, second) {
            (_, Ok(b)) if b == decides => Value::Bool(decides),
            (Ok(_), Ok(b)) => Value::Bool(b),
            (Err(a), Err(b)) => Value::Unknown(Arc::new(a.union(&b).cloned().collect())),
            (Err(causes), Ok(_)) | (Ok(_), Err(causes)) => Value::Unknown(causes),
        })
    }
}

fn apply(op: BinaryOp, left: &Value, right: &Value, span: Span) -> Evaluated {
    match op {
        BinaryOp::Equal => Ok(equality(left, right, false)),
        BinaryOp::NotEqual => Ok(equality(left, right, true)),
        _ => match (left, right) {
            (Value::Unknown(a), Value::Unknown(b)) => {
                Ok(Value::Unknown(Arc::new(a.union(b).cloned().collect())))
            }
            (Value::Unknown(causes), _) | (_, Value::Unknown(causes)) => {
                Ok(Value::Unknown(Arc::clone(causes)))
            }
            _ => match op {
                BinaryOp::Less => order(left, right, span, Ordering::is_lt),
                BinaryOp::LessEqual => order(left, right, span, Ordering::is_le),
                BinaryOp::Greater => order(left, right, span, Ordering::is_gt),
                BinaryOp::GreaterEqual => order(left, right, span, Ordering::is_ge),
                _ => arithmetic(op, left, right, span),
            },
        },
    }
}

fn equality(left: &Value, right: &Value, negated: bool) -> Value {
    match equal(left, right) {
        Ok(b) => Value::Bool(b != negated),
        Err(causes) => Value::Unknown(causes),
    }
}

/// Whether two values are the same; `Err` when that hangs on something unknown. A text of a system equals the
/// scalar that it writes, because JSON has no scalars of its own for addresses and versions.
pub(super) fn equal(left: &Value, right: &Value) -> Result<bool, Causes> {
    match (left, right) {
        (Value::Unknown(causes), _) | (_, Value::Unknown(causes)) => Err(Arc::clone(causes)),
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            all_equal(a.iter().zip(b.iter()))
        }
        (Value::Record(a), Value::Record(b)) => {
            if !a.keys().eq(b.keys()) {
                return Ok(false);
            }
            all_equal(a.values().zip(b.values()))
        }
        (Value::Null(_), Value::Null(_)) => Ok(true),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::System(a), Value::System(b)) => Ok(a == b),
        (Value::Secret(a), Value::Secret(b)) => Ok(a == b),
        _ => Ok(compare(left, right) == Some(Ordering::Equal)),
    }
}

fn all_equal<'v>(pairs: impl Iterator<Item = (&'v Value, &'v Value)>) -> Result<bool, Causes> {
    let mut unknown = None;
    for (a, b) in pairs {
        match equal(a, b) {
            Ok(false) => return Ok(false),
            Ok(true) => {}
            Err(causes) => unknown = Some(causes),
        }
    }
    unknown.map_or(Ok(true), Err)
}

fn order(left: &Value, right: &Value, span: Span, holds: fn(Ordering) -> bool) -> Evaluated {
    if left.is_null() || right.is_null() {
        return Ok(Value::Bool(false));
    }
    match compare(left, right) {
        Some(ordering) => Ok(Value::Bool(holds(ordering))),
        None => Err(EvalError::new(
            "HR022",
            span,
            format!("{} and {} have no order between them", left.kind(), right.kind()),
        )),
    }
}

/// The order of two values of one kind; a text stands for the scalar that it writes.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::Version(a), Value::Version(b)) => Some(a.cmp(b)),
        (Value::Ip(a), Value::Ip(b)) => Some(a.cmp(b)),
        (Value::Cidr(a), Value::Cidr(b)) => Some(a.cmp(b)),
        (Value::IfAddr(a), Value::IfAddr(b)) => Some(a.cmp(b)),
        (Value::Percent(a), Value::Percent(b)) => a.partial_cmp(b),
        (Value::Size(a), Value::Size(b)) => Some(a.cmp(b)),
        (Value::Text(text), other) => compare(&parse_like(text, other)?, other),
        (other, Value::Text(text)) => compare(other, &parse_like(text, other)?),
        _ => None,
    }
}

fn parse_like(text: &str, like: &Value) -> Option<Value> {
    match like {
        Value::Number(_) => text.parse().ok().map(Value::Number),
        Value::Duration(_) => crate::scalar::parse_duration(text).ok().map(Value::Duration),
        Value::Time(_) => text.parse().ok().map(Value::Time),
        Value::Version(_) => text.parse().ok().map(Value::Version),
        Value::Ip(_) => text.parse().ok().map(Value::Ip),
        Value::Cidr(_) => text.parse().ok().map(Value::Cidr),
        Value::IfAddr(_) => text.parse().ok().map(Value::IfAddr),
        Value::Percent(_) => text.parse().ok().map(Value::Percent),
        Value::Size(_) => text.parse().ok().map(Value::Size),
        _ => None,
    }
}

fn arithmetic(op: BinaryOp, left: &Value, right: &Value, span: Span) -> Evaluated {
    let value = match (op, left, right) {
        (_, Value::Number(a), Value::Number(b)) => numbers(op, *a, *b).map(Value::Number),
        (BinaryOp::Add, Value::Text(a), Value::Text(b)) => Some(Value::text(format!("{a}{b}"))),
        (BinaryOp::Add, Value::List(a), Value::List(b)) => {
            Some(Value::list(a.iter().chain(b.iter()).cloned().collect()))
        }
        (BinaryOp::Add, Value::Duration(a), Value::Duration(b)) => a.checked_add(*b).map(Value::Duration),
        (BinaryOp::Subtract, Value::Duration(a), Value::Duration(b)) => {
            a.checked_sub(*b).map(Value::Duration)
        }
        (BinaryOp::Add, Value::Time(a), Value::Duration(b)) => a.checked_add(*b).ok().map(Value::Time),
        (BinaryOp::Subtract, Value::Time(a), Value::Duration(b)) => a.checked_sub(*b).ok().map(Value::Time),
        (BinaryOp::Subtract, Value::Time(a), Value::Time(b)) => {
            std::time::Duration::try_from(a.duration_since(*b)).ok().map(Value::Duration)
        }
        (BinaryOp::Multiply, Value::Duration(a), Value::Number(n))
        | (BinaryOp::Multiply, Value::Number(n), Value::Duration(a)) => scale(*a, n.as_f64()),
        (BinaryOp::Divide, Value::Duration(a), Value::Number(n)) => scale(*a, 1.0 / n.as_f64()),
        (BinaryOp::Divide, Value::Duration(a), Value::Duration(b)) => share(*a, *b),
        (BinaryOp::Add, Value::Size(a), Value::Size(b)) => a.0.checked_add(b.0).map(|n| Value::Size(Size(n))),
        (BinaryOp::Subtract, Value::Size(a), Value::Size(b)) => {
            a.0.checked_sub(b.0).map(|n| Value::Size(Size(n)))
        }
        _ => {
            let (a, b) = (left.kind(), right.kind());
            return Err(EvalError::new(
                "HR022",
                span,
                format!("`{}` does not go with {a} and {b}", op.as_str()),
            ));
        }
    };
    value.ok_or_else(|| {
        let is_zero = match right {
            Value::Number(n) => n.as_f64() == 0.0,
            Value::Duration(it) => it.is_zero(),
            _ => false,
        };
        let what = if op == BinaryOp::Divide && is_zero {
            "this divides by 0"
        } else {
            "the result of this calculation is out of bounds"
        };
        EvalError::new("HR025", span, what)
    })
}

fn scale(duration: std::time::Duration, factor: f64) -> Option<Value> {
    std::time::Duration::try_from_secs_f64(duration.as_secs_f64() * factor).ok().map(Value::Duration)
}

fn share(of: std::time::Duration, whole: std::time::Duration) -> Option<Value> {
    let share = of.as_secs_f64() / whole.as_secs_f64();
    share.is_finite().then_some(Value::Number(Number::Float(share)))
}

fn numbers(op: BinaryOp, a: Number, b: Number) -> Option<Number> {
    if let (Number::Int(a), Number::Int(b)) = (a, b) {
        let whole = match op {
            BinaryOp::Add => a.checked_add(b),
            BinaryOp::Subtract => a.checked_sub(b),
            BinaryOp::Multiply => a.checked_mul(b),
            _ if b != 0 && a % b == 0 => a.checked_div(b),
            _ => None,
        };
        if whole.is_some() {
            return whole.map(Number::Int);
        }
    }
    let (a, b) = (a.as_f64(), b.as_f64());
    let result = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        _ => a / b,
    };
    result.is_finite().then_some(Number::Float(result))
}
