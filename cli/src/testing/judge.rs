//! Whether an expectation holds, and what its parts are worth when it does not.

use std::path::Path;

use hcxrun_dsl::Value;
use hcxrun_dsl::eval::{Context, Reads, Scope};
use hcxrun_dsl::syntax::{BinaryOp, Expr, ExprKind, UnaryOp};

use super::{Case, Missed};
use crate::load;

/// What is not as expected, if anything is; reads the files that the expectation names.
pub(super) fn judge(
    case: &Case,
    expect: &Expr,
    scope: &Scope<'_>,
    files: &mut Reads,
    path: &Path,
) -> Option<Missed> {
    if matches!(load::evaluate(expect, scope, files, path), Ok(Value::Bool(true))) {
        return None;
    }
    let judge = Judge { case, scope, files };
    Some(Missed { at: expect.span, because: judge.because(expect) })
}

struct Judge<'a> {
    case: &'a Case,
    scope: &'a Scope<'a>,
    files: &'a Reads,
}

impl Judge<'_> {
    fn value(&self, expr: &Expr) -> Result<Value, String> {
        Context::new(self.files).evaluate(expr, self.scope).map_err(|error| error.message)
    }

    /// The parts that make a condition false, each with its value.
    fn because(&self, expr: &Expr) -> Vec<String> {
        match &expr.kind {
            ExprKind::Binary(BinaryOp::And, left, right) => {
                let false_ones =
                    [left, right].into_iter().filter(|it| !matches!(self.value(it), Ok(Value::Bool(true))));
                false_ones.flat_map(|it| self.because(it)).collect()
            }
            ExprKind::Binary(BinaryOp::Or, left, right) => {
                [left, right].into_iter().flat_map(|it| self.because(it)).collect()
            }
            ExprKind::Binary(BinaryOp::Equal, left, right) => {
                self.differences(left, right).unwrap_or_else(|| self.sides(left, right))
            }
            ExprKind::Binary(_, left, right) => self.sides(left, right),
            ExprKind::Unary(UnaryOp::Not, of) => self.because(of),
            ExprKind::Method(of, ..) => [self.is(expr), self.is(of)].into_iter().flatten().collect(),
            _ => self.is(expr).into_iter().collect(),
        }
    }

    fn sides(&self, left: &Expr, right: &Expr) -> Vec<String> {
        [left, right].into_iter().filter_map(|it| self.is(it)).collect()
    }

    /// `part is value`; what is written as a value says that itself.
    fn is(&self, expr: &Expr) -> Option<String> {
        let is_text = matches!(&expr.kind, ExprKind::Text(parts) if parts.len() <= 1);
        if is_text || matches!(expr.kind, ExprKind::Literal(_)) {
            return None;
        }
        let worth = match self.value(expr) {
            Ok(value) => format!("is {}", value.brief(LONGEST)),
            Err(why) => format!("has no value: {why}"),
        };
        Some(format!("{} {worth}", self.written(expr)))
    }

    /// The text of an expression in one line.
    fn written(&self, expr: &Expr) -> String {
        self.case.slice(expr.span).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Where two records or lists differ.
    fn differences(&self, left: &Expr, right: &Expr) -> Option<Vec<String>> {
        let (a, b) = (self.value(left).ok()?, self.value(right).ok()?);
        if !matches!((&a, &b), (Value::Record(_), Value::Record(_)) | (Value::List(_), Value::List(_))) {
            return None;
        }
        let (left, right) = (self.written(left), self.written(right));
        let is_short = left.len().max(right.len()) <= LONGEST_NAME;
        let names = if is_short { [&*left, &*right] } else { ["the left", "the right"] };
        let mut found = Vec::new();
        differ(names, "", [&a, &b], &mut found);
        let more = found.len().saturating_sub(MOST);
        found.truncate(MOST);
        if more > 0 {
            found.push(format!("and {more} more differences"));
        }
        Some(found)
    }
}

/// More differences than anybody reads.
const MOST: usize = 12;

/// Where two values differ, as `path: x in this, y in that`; `names` are those of the two.
fn differ(names: [&str; 2], path: &str, values: [&Value; 2], found: &mut Vec<String>) {
    match values {
        [Value::Record(a), Value::Record(b)] => {
            for name in a.keys().chain(b.keys().filter(|name| !a.contains_key(*name))) {
                let inner = format!("{path}.{name}");
                differ(names, &inner, values.map(|it| it.field(name)).each_ref(), found);
            }
        }
        [Value::List(a), Value::List(b)] if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b.iter()).enumerate() {
                differ(names, &format!("{path}[{at}]"), [a, b], found);
            }
        }
        [a, b] if a.to_json() == b.to_json() => {}
        [a, b] => {
            let path = path.trim_start_matches('.');
            found.push(format!(
                "{path}: {} in {}, {} in {}",
                a.brief(LONGEST),
                names[0],
                b.brief(LONGEST),
                names[1]
            ));
        }
    }
}

/// Longer values are cut.
const LONGEST: usize = 300;

/// What is written longer is called by its side.
const LONGEST_NAME: usize = 30;
