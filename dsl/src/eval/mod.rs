//! Pure evaluation: an expression, the names around it and a table of reads give a value.
//!
//! A read that is not in the table makes the value [`Value::Unknown`] and is noted in [`Context::missing`]; whoever
//! asked makes the reads and asks again. A value may also be unknown until a step has run. What is unknown flows
//! through expressions: `false and ‹unknown›` is false, `1 + ‹unknown›` is unknown. So a plan, a run, a second look
//! and a rehearsal use this one evaluator.

mod coerce;
mod functions;
mod methods;
mod operators;
mod reads;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use coerce::{Mismatch, coerce};
pub use methods::whole_path;
pub use reads::{Format, Read, ReadFailure, Reads};

use crate::builtin::{Function, Method};
use crate::diagnostic::Diagnostic;
use crate::scalar::{Cidr, IfAddr};
use crate::source::Span;
use crate::syntax::{Expr, ExprKind, Let, Literal, TextPart};
use crate::value::{Cause, Fields, Value};

/// The code of an error that may pass: a read failed, and may go better in a moment.
pub const UNREACHABLE: &str = "HR062";

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// Its code.
    pub code: &'static str,
    /// The part of the expression that has no value.
    pub span: Span,
    /// One sentence.
    pub message: String,
}

impl EvalError {
    fn new(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into() }
    }

    /// With its code, which leads to the page that tells more.
    pub fn coded(&self) -> String {
        format!("{} [{}]", self.message, self.code)
    }
}

impl From<EvalError> for Diagnostic {
    fn from(error: EvalError) -> Self {
        Diagnostic::error(error.code, error.span, error.message)
    }
}

/// A value or why there is none.
pub type Evaluated = Result<Value, EvalError>;

/// What an evaluation knows and what it found missing.
#[derive(Debug)]
pub struct Context<'a> {
    reads: &'a Reads,
    missing: RefCell<BTreeSet<Read>>,
    prose: bool,
}

impl<'a> Context<'a> {
    /// For conditions and requests: null in a text is an error.
    pub fn new(reads: &'a Reads) -> Self {
        Self { reads, missing: RefCell::default(), prose: false }
    }

    /// For sentences that people read: null is shown as `none`, what is unknown by its reason.
    pub fn prose(reads: &'a Reads) -> Self {
        Self { prose: true, ..Self::new(reads) }
    }

    /// What it knows of the world.
    pub fn reads(&self) -> &'a Reads {
        self.reads
    }

    /// The reads that would have been needed and are not in the table.
    pub fn missing(self) -> BTreeSet<Read> {
        self.missing.into_inner()
    }

    /// What an expression is worth.
    pub fn evaluate(&self, expr: &Expr, scope: &Scope<'_>) -> Evaluated {
        match &expr.kind {
            ExprKind::Literal(literal) => literal_value(literal, expr.span),
            ExprKind::Text(parts) => self.text(parts, scope),
            ExprKind::List(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| self.evaluate(item, scope)).collect();
                Ok(Value::list(items?))
            }
            ExprKind::Record(fields) => Ok(Value::record(self.fields(fields, scope)?)),
            ExprKind::Name(name) => self.name(name, expr.span, scope),
            ExprKind::Field(of, name) => Ok(methods::field(&self.evaluate(of, scope)?, &name.node)),
            ExprKind::Index(of, index) => {
                methods::index(&self.evaluate(of, scope)?, &self.evaluate(index, scope)?, expr.span)
            }
            ExprKind::Call(name, arguments) => match Function::from_word(&name.node) {
                Some(function) => self.call(function, arguments, expr.span, scope),
                None => {
                    Err(EvalError::new("HR011", name.span, format!("there is no function `{}`", name.node)))
                }
            },
            ExprKind::Method(of, name, arguments) => match Method::from_word(&name.node) {
                Some(method) => self.method(method, &self.evaluate(of, scope)?, arguments, expr.span, scope),
                None => {
                    Err(EvalError::new("HR011", name.span, format!("there is no method `{}`", name.node)))
                }
            },
            ExprKind::Lambda(..) => {
                Err(EvalError::new("HR022", expr.span, "a lambda stands only as the argument of a method"))
            }
            ExprKind::Unary(op, of) => operators::unary(*op, &self.evaluate(of, scope)?, expr.span),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, expr.span, scope),
            ExprKind::If(condition, then, otherwise) => {
                match operators::truth(&self.evaluate(condition, scope)?, condition.span)? {
                    Ok(true) => self.evaluate(then, scope),
                    Ok(false) => self.evaluate(otherwise, scope),
                    Err(causes) => Ok(Value::Unknown(causes)),
                }
            }
            ExprKind::With(of, changes) => match self.evaluate(of, scope)? {
                Value::Record(record) => {
                    let mut record = record.as_ref().clone();
                    record.extend(self.fields(changes, scope)?);
                    Ok(Value::record(record))
                }
                Value::Unknown(causes) => Ok(Value::Unknown(causes)),
                other => Err(self.wrong_kind(&other, "`with` changes a record", of.span)),
            },
            ExprKind::Broken => {
                Err(EvalError::new("HR001", expr.span, "this part of the text was not understood"))
            }
        }
    }

    fn fields(&self, fields: &[(crate::source::Name, Expr)], scope: &Scope<'_>) -> Result<Fields, EvalError> {
        fields
            .iter()
            .map(|(name, value)| Ok((Arc::clone(&name.node), self.evaluate(value, scope)?)))
            .collect()
    }

    fn name(&self, name: &str, span: Span, scope: &Scope<'_>) -> Evaluated {
        match scope.get(name, self)? {
            Some(value) => Ok(value),
            None => Err(EvalError::new("HR010", span, format!("there is no `{name}` here"))),
        }
    }

    fn text(&self, parts: &[TextPart], scope: &Scope<'_>) -> Evaluated {
        let mut text = String::new();
        for part in parts {
            match part {
                TextPart::Plain(plain) => text.push_str(plain),
                TextPart::Expr(expr) => match self.evaluate(expr, scope)? {
                    Value::Unknown(causes) if !self.prose => return Ok(Value::Unknown(causes)),
                    value @ Value::Null(_) if !self.prose => {
                        return Err(self.wrong_kind(&value, "a text needs a value here", expr.span));
                    }
                    value => text.push_str(&value.to_string()),
                },
            }
        }
        Ok(Value::text(text))
    }

    /// The error for a value of the wrong kind; for a field that an answer lacks it names answer and pointer.
    fn wrong_kind(&self, value: &Value, wanted: &str, span: Span) -> EvalError {
        let Value::Null(Some(lacking)) = value else {
            return EvalError::new("HR022", span, format!("{wanted}, and this is {}", value.kind()));
        };
        let what = match self.reads.locate(&lacking.record) {
            Some((read, pointer)) => {
                format!("the answer of {read} has no `{pointer}/{}`", lacking.field)
            }
            None => format!("there is no field `{}`", lacking.field),
        };
        EvalError::new("HR061", span, format!("{what}; {wanted}"))
    }

    fn read(&self, read: Read, span: Span) -> Evaluated {
        match self.reads.get(&read) {
            Some(Ok(value)) => Ok(value.clone()),
            Some(Err(failure)) => {
                let code = if failure.passing { UNREACHABLE } else { "HR065" };
                Err(EvalError::new(code, span, format!("cannot read {read}: {}", failure.message)))
            }
            None => {
                self.missing.borrow_mut().insert(read);
                Ok(Value::unknown(Cause::Read))
            }
        }
    }
}

fn literal_value(literal: &Literal, span: Span) -> Evaluated {
    Ok(match literal {
        Literal::Null => Value::NULL,
        Literal::Bool(b) => Value::Bool(*b),
        Literal::Number(n) => Value::Number(*n),
        Literal::Duration(d) => Value::Duration(*d),
        Literal::Time(t) => Value::Time(*t),
        Literal::Version(v) => Value::Version(v.clone()),
        Literal::Ip(ip) => Value::Ip(*ip),
        Literal::Percent(p) => Value::Percent(*p),
        Literal::Size(size) => Value::Size(*size),
        Literal::Prefix(net) => match (Cidr::new(*net), IfAddr::new(*net)) {
            (Ok(cidr), _) => Value::Cidr(cidr),
            (_, Ok(address)) => Value::IfAddr(address),
            (_, Err(error)) => return Err(EvalError::new("HR021", span, error.to_string())),
        },
    })
}

/// The names around an expression, innermost first.
#[derive(Debug)]
pub struct Scope<'a> {
    parent: Option<&'a Scope<'a>>,
    names: Names<'a>,
}

#[derive(Debug)]
enum Names<'a> {
    Values(&'a Fields),
    One(&'a str, &'a Value),
    /// A let is evaluated when its name is first met, and once in a look.
    Lets(&'a [Let], RefCell<BTreeMap<Arc<str>, Memo>>),
}

#[derive(Debug, Clone)]
enum Memo {
    /// Being evaluated: meeting it again is a cycle, which the checker reports.
    Open,
    Known(Value),
}

impl<'a> Scope<'a> {
    /// Names with their values.
    pub fn values(values: &'a Fields) -> Self {
        Scope { parent: None, names: Names::Values(values) }
    }

    /// More names with their values, seen before those of `self`.
    #[must_use]
    pub fn with_values(&'a self, values: &'a Fields) -> Scope<'a> {
        Scope { parent: Some(self), names: Names::Values(values) }
    }

    /// Lets, which see each other and the names of `self`.
    #[must_use]
    pub fn with_lets(&'a self, lets: &'a [Let]) -> Scope<'a> {
        Scope { parent: Some(self), names: Names::Lets(lets, RefCell::default()) }
    }

    fn with_one(&'a self, name: &'a str, value: &'a Value) -> Scope<'a> {
        Scope { parent: Some(self), names: Names::One(name, value) }
    }

    fn get(&self, name: &str, context: &Context<'_>) -> Result<Option<Value>, EvalError> {
        let here = match &self.names {
            Names::Values(values) => values.get(name).cloned(),
            Names::One(own, value) => (*own == name).then(|| (*value).clone()),
            Names::Lets(lets, memo) => self.get_let(lets, memo, name, context)?,
        };
        match (here, self.parent) {
            (None, Some(parent)) => parent.get(name, context),
            (here, _) => Ok(here),
        }
    }

    fn get_let(
        &self,
        lets: &[Let],
        memo: &RefCell<BTreeMap<Arc<str>, Memo>>,
        name: &str,
        context: &Context<'_>,
    ) -> Result<Option<Value>, EvalError> {
        let Some(found) = lets.iter().find(|it| &*it.name.node == name) else { return Ok(None) };
        let known = memo.borrow().get(name).cloned();
        match known {
            Some(Memo::Known(value)) => return Ok(Some(value)),
            Some(Memo::Open) => {
                return Err(EvalError::new("HR014", found.name.span, format!("`{name}` needs itself")));
            }
            None => {}
        }
        memo.borrow_mut().insert(Arc::clone(&found.name.node), Memo::Open);
        let value = context.evaluate(&found.value, self);
        match &value {
            Ok(value) => {
                memo.borrow_mut().insert(Arc::clone(&found.name.node), Memo::Known(value.clone()));
            }
            Err(_) => {
                memo.borrow_mut().remove(name);
            }
        }
        value.map(Some)
    }
}
