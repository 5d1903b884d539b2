//! Fields, indexes and methods.

use std::sync::Arc;

use super::operators::{compare, equal, truth};
use super::{Context, EvalError, Evaluated, Read, Scope};
use crate::builtin::Method;
use crate::scalar::Number;
use crate::source::Span;
use crate::syntax::{Expr, ExprKind};
use crate::value::{Causes, Fields, Value};

/// `of.name`
pub(super) fn field(of: &Value, name: &str) -> Value {
    match (of, name) {
        (Value::Cidr(net), "address") => Value::Ip(net.net().network()),
        (Value::Cidr(net), "netmask") => Value::Ip(net.net().netmask()),
        (Value::Cidr(net), "broadcast") => Value::Ip(net.net().broadcast()),
        (Value::Cidr(net), "prefix") => Value::int(net.net().prefix_len().into()),
        (Value::IfAddr(net), "address") => Value::Ip(net.net().addr()),
        (Value::IfAddr(net), "netmask") => Value::Ip(net.net().netmask()),
        (Value::IfAddr(net), "prefix") => Value::int(net.net().prefix_len().into()),
        (Value::IfAddr(net), "network") => {
            crate::scalar::Cidr::new(net.net().trunc()).map_or(Value::NULL, Value::Cidr)
        }
        (Value::Version(version), "major") => Value::int(version.part(0)),
        (Value::Version(version), "minor") => Value::int(version.part(1)),
        (Value::Version(version), "patch") => Value::int(version.part(2)),
        (Value::Duration(d), "seconds") => Value::Number(Number::Float(d.as_secs_f64())),
        (Value::Time(time), "seconds") => Value::int(time.as_second()),
        (Value::Size(size), "bytes") => Value::int(i64::try_from(size.0).unwrap_or(i64::MAX)),
        _ => of.field(name),
    }
}

/// `of[index]`
pub(super) fn index(of: &Value, index: &Value, span: Span) -> Evaluated {
    match (of, index) {
        (Value::Unknown(causes), _) | (_, Value::Unknown(causes)) => Ok(Value::Unknown(Arc::clone(causes))),
        (Value::Null(_), _) => Ok(of.clone()),
        (Value::Record(_), Value::Text(name)) => Ok(of.field(name)),
        (Value::List(items), Value::Number(n)) => {
            let at = n.as_i64().and_then(|n| usize::try_from(n).ok());
            Ok(at.and_then(|at| items.get(at)).cloned().unwrap_or(Value::NULL))
        }
        (Value::Record(_), other) => Ok(of.field(&other.to_string())),
        _ => {
            Err(EvalError::new("HR022", span, format!("{} cannot be indexed by {}", of.kind(), index.kind())))
        }
    }
}

/// The items for which a lambda was evaluated, each with its result.
type Mapped = Vec<(Value, Value)>;

impl Context<'_> {
    pub(super) fn method(
        &self,
        method: Method,
        of: &Value,
        arguments: &[Expr],
        span: Span,
        scope: &Scope<'_>,
    ) -> Evaluated {
        if let Value::Unknown(causes) = of {
            return Ok(Value::Unknown(Arc::clone(causes)));
        }
        if method.is_read() {
            return self.read_method(of, arguments, span, scope);
        }
        if let Some(Expr { kind: ExprKind::Lambda(parameter, body), .. }) = arguments.first() {
            let items = self.items(of, method, span)?;
            let mapped = items
                .iter()
                .map(|item| Ok((item.clone(), self.evaluate(body, &scope.with_one(&parameter.node, item))?)));
            return with_lambda(method, of, &mapped.collect::<Result<Mapped, _>>()?, body.span);
        }
        let arguments: Vec<Value> =
            arguments.iter().map(|a| self.evaluate(a, scope)).collect::<Result<_, _>>()?;
        if let Some(Value::Unknown(causes)) = arguments.iter().find(|a| matches!(a, Value::Unknown(_))) {
            return Ok(Value::Unknown(Arc::clone(causes)));
        }
        match of {
            Value::Text(text) => on_text(method, text, &arguments, span),
            Value::Cidr(_) | Value::IfAddr(_) => on_network(method, of, &arguments, span),
            Value::Record(fields) => on_record(method, fields, &arguments, span),
            _ => on_list(method, &self.items(of, method, span)?, &arguments, span),
        }
    }

    fn read_method(&self, of: &Value, arguments: &[Expr], span: Span, scope: &Scope<'_>) -> Evaluated {
        let Value::System(system) = of else {
            return Err(self.wrong_kind(of, "only a system can be read", span));
        };
        let values: Vec<Value> =
            arguments.iter().map(|a| self.evaluate(a, scope)).collect::<Result<_, _>>()?;
        let causes: std::collections::BTreeSet<_> = values.iter().flat_map(Value::causes).collect();
        if !causes.is_empty() {
            return Ok(Value::Unknown(Arc::new(causes)));
        }
        let system = Arc::clone(system);
        if let Some(Value::Text(path)) = values.first() {
            whole_path(path, span)?;
        }
        match (values.first(), values.get(1)) {
            (Some(Value::Text(path)), None) => self.read(Read::Get { system, path: Arc::clone(path) }, span),
            (Some(Value::Text(path)), Some(body)) => {
                let body = Arc::from(body.to_json().to_string());
                self.read(Read::Query { system, path: Arc::clone(path), body }, span)
            }
            (path, _) => Err(self.wrong_kind(path.unwrap_or(&Value::NULL), "a path is a text", span)),
        }
    }

    /// The items of a list; null has none, a record has its values.
    fn items(&self, of: &Value, method: Method, span: Span) -> Result<Arc<Vec<Value>>, EvalError> {
        match of {
            Value::List(items) => Ok(Arc::clone(items)),
            Value::Null(_) => Ok(Arc::new(Vec::new())),
            Value::Record(fields) => Ok(Arc::new(fields.values().cloned().collect())),
            other => Err(self.wrong_kind(other, &format!("`{}` goes with a list", method.word()), span)),
        }
    }
}

/// Refuses a path without its first `/`: behind the address of a system it would go on with the name of the host.
///
/// # Errors
/// It does not begin with `/`.
pub fn whole_path(path: &str, span: Span) -> Result<(), EvalError> {
    if path.starts_with('/') {
        return Ok(());
    }
    Err(EvalError::new("HR021", span, format!("a path begins with `/`, and this is `{path}`")))
}

fn with_lambda(method: Method, of: &Value, mapped: &Mapped, span: Span) -> Evaluated {
    match method {
        Method::Map => return Ok(Value::list(mapped.iter().map(|(_, made)| made.clone()).collect())),
        Method::Any => return quantified(mapped, true, span),
        Method::All => return quantified(mapped, false, span),
        _ => {}
    }
    if let Some(causes) = mapped.iter().find_map(|(_, made)| unknown(made)) {
        return Ok(Value::Unknown(causes));
    }
    let made = || mapped.iter().map(|(_, made)| made.clone()).collect::<Vec<_>>();
    match method {
        Method::Sort => sorted(mapped.clone(), span)
            .map(|all| Value::list(all.into_iter().map(|(item, _)| item).collect())),
        Method::Min => {
            Ok(sorted(mapped.clone(), span)?.into_iter().next().map_or(Value::NULL, |(item, _)| item))
        }
        Method::Max => {
            Ok(sorted(mapped.clone(), span)?.into_iter().next_back().map_or(Value::NULL, |(item, _)| item))
        }
        Method::Sum => sum(&made(), span),
        Method::Group => {
            let mut groups = std::collections::BTreeMap::<Arc<str>, Vec<Value>>::new();
            for (item, key) in mapped {
                groups.entry(Arc::from(key.to_string())).or_default().push(item.clone());
            }
            Ok(Value::record(groups.into_iter().map(|(key, items)| (key, Value::list(items))).collect()))
        }
        _ => {
            let mut chosen = Vec::new();
            for (item, made) in mapped {
                if truth(made, span)? == Ok(true) {
                    chosen.push(item.clone());
                }
            }
            match (method, of) {
                (Method::Where, _) => Ok(Value::list(chosen)),
                _ => on_list(method, &chosen, &[], span),
            }
        }
    }
}

/// `any` (decided by true) and `all` (decided by false).
fn quantified(mapped: &Mapped, decides: bool, span: Span) -> Evaluated {
    let mut open: Option<Causes> = None;
    for (_, made) in mapped {
        match truth(made, span)? {
            Ok(b) if b == decides => return Ok(Value::Bool(decides)),
            Ok(_) => {}
            Err(causes) => open = Some(causes),
        }
    }
    Ok(open.map_or(Value::Bool(!decides), Value::Unknown))
}

fn unknown(value: &Value) -> Option<Causes> {
    match value {
        Value::Unknown(causes) => Some(Arc::clone(causes)),
        _ => None,
    }
}

/// Pairs in the order of their second parts.
fn sorted(mut pairs: Mapped, span: Span) -> Result<Mapped, EvalError> {
    let mut strange = None;
    pairs.sort_by(|(_, a), (_, b)| {
        compare(a, b).unwrap_or_else(|| {
            strange = Some((a.kind(), b.kind()));
            std::cmp::Ordering::Equal
        })
    });
    match strange {
        None => Ok(pairs),
        Some((a, b)) => Err(EvalError::new("HR022", span, format!("{a} and {b} have no order between them"))),
    }
}

fn sum(items: &[Value], span: Span) -> Evaluated {
    let mut total: Option<Value> = None;
    for item in items {
        total = Some(match (total, item) {
            (None, item) => item.clone(),
            (Some(Value::Number(a)), Value::Number(b)) => Value::Number(match (a, *b) {
                (Number::Int(a), Number::Int(b)) => Number::Int(a.saturating_add(b)),
                (a, b) => Number::Float(a.as_f64() + b.as_f64()),
            }),
            (Some(Value::Duration(a)), Value::Duration(b)) => Value::Duration(a.saturating_add(*b)),
            (Some(Value::Size(a)), Value::Size(b)) => {
                Value::Size(crate::scalar::Size(a.0.saturating_add(b.0)))
            }
            (Some(a), b) => {
                let message = format!("{} and {} have no sum", a.kind(), b.kind());
                return Err(EvalError::new("HR022", span, message));
            }
        });
    }
    Ok(total.unwrap_or(Value::int(0)))
}

fn on_list(method: Method, items: &[Value], arguments: &[Value], span: Span) -> Evaluated {
    let keyed = || items.iter().map(|item| (item.clone(), item.clone())).collect::<Mapped>();
    if let Some(causes) = items.iter().find_map(unknown)
        && !matches!(
            method,
            Method::First | Method::Last | Method::Only | Method::Count | Method::Any | Method::Contains
        )
    {
        return Ok(Value::Unknown(causes));
    }
    Ok(match (method, arguments) {
        (Method::First, []) => items.first().cloned().unwrap_or(Value::NULL),
        (Method::Last, []) => items.last().cloned().unwrap_or(Value::NULL),
        (Method::Any, []) => Value::Bool(!items.is_empty()),
        (Method::Count, []) => Value::count(items.len()),
        (Method::Only, []) => match items {
            [only] => only.clone(),
            [] => {
                return Err(EvalError::new(
                    "HR064",
                    span,
                    "nothing was found where exactly one was expected",
                ));
            }
            several => {
                let message = format!("{} were found where exactly one was expected", several.len());
                return Err(EvalError::new("HR064", span, message));
            }
        },
        (Method::Sort, []) => Value::list(sorted(keyed(), span)?.into_iter().map(|(item, _)| item).collect()),
        (Method::Min, []) => sorted(keyed(), span)?.into_iter().next().map_or(Value::NULL, |(item, _)| item),
        (Method::Max, []) => {
            sorted(keyed(), span)?.into_iter().next_back().map_or(Value::NULL, |(item, _)| item)
        }
        (Method::Sum, []) => sum(items, span)?,
        (Method::Flatten, []) => flatten(items),
        (Method::Distinct, []) => distinct(items),
        (Method::Join, [separator]) => {
            let items: Vec<_> = items.iter().map(ToString::to_string).collect();
            Value::text(items.join(&separator.to_string()))
        }
        (Method::Contains, [wanted]) => contains(items, wanted),
        _ => return Err(no_such(method, "a list", span)),
    })
}

fn flatten(items: &[Value]) -> Value {
    let mut flat = Vec::new();
    for item in items {
        match item {
            Value::List(inner) => flat.extend(inner.iter().cloned()),
            Value::Null(_) => {}
            other => flat.push(other.clone()),
        }
    }
    Value::list(flat)
}

fn distinct(items: &[Value]) -> Value {
    let mut seen: Vec<Value> = Vec::new();
    for item in items {
        if !seen.iter().any(|other| equal(item, other) == Ok(true)) {
            seen.push(item.clone());
        }
    }
    Value::list(seen)
}

fn contains(items: &[Value], wanted: &Value) -> Value {
    let mut open = None;
    for item in items {
        match equal(item, wanted) {
            Ok(true) => return Value::Bool(true),
            Ok(false) => {}
            Err(causes) => open = Some(causes),
        }
    }
    open.map_or(Value::Bool(false), Value::Unknown)
}

fn on_text(method: Method, text: &str, arguments: &[Value], span: Span) -> Evaluated {
    let part = |at: usize| arguments.get(at).map(ToString::to_string).unwrap_or_default();
    Ok(match method {
        Method::Lower => Value::text(text.to_lowercase()),
        Method::Upper => Value::text(text.to_uppercase()),
        Method::Trim => Value::text(text.trim()),
        Method::StartsWith => Value::Bool(text.starts_with(&part(0))),
        Method::EndsWith => Value::Bool(text.ends_with(&part(0))),
        Method::Contains => Value::Bool(text.contains(&part(0))),
        Method::Count => Value::count(text.chars().count()),
        Method::Replace => Value::text(text.replace(&part(0), &part(1))),
        Method::Split => Value::list(text.split(&part(0)).map(Value::text).collect()),
        _ => return Err(no_such(method, "a string", span)),
    })
}

fn on_record(method: Method, fields: &Arc<Fields>, arguments: &[Value], span: Span) -> Evaluated {
    let values = || fields.values().cloned().collect::<Vec<_>>();
    match (method, arguments) {
        (Method::Keys, []) => {
            Ok(Value::list(fields.keys().map(|name| Value::Text(Arc::clone(name))).collect()))
        }
        (Method::Values, []) => Ok(Value::list(values())),
        (Method::Count, []) => Ok(Value::count(fields.len())),
        (Method::Contains, [name]) => Ok(Value::Bool(fields.contains_key(name.to_string().as_str()))),
        _ => on_list(method, &values(), arguments, span),
    }
}

fn on_network(method: Method, of: &Value, arguments: &[Value], span: Span) -> Evaluated {
    let net = match of {
        Value::Cidr(net) => net.net(),
        Value::IfAddr(net) => net.net().trunc(),
        _ => return Err(no_such(method, of.kind(), span)),
    };
    match (method, arguments) {
        (Method::Contains, [Value::Ip(ip)]) => Ok(Value::Bool(net.contains(ip))),
        (Method::Contains, [Value::IfAddr(address)]) => Ok(Value::Bool(net.contains(&address.net().addr()))),
        (Method::Contains, [Value::Cidr(other)]) => Ok(Value::Bool(net.contains(&other.net()))),
        (Method::Contains, [Value::Text(ip)]) => {
            Ok(Value::Bool(ip.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| net.contains(&ip))))
        }
        (Method::Overlaps, [Value::Cidr(other)]) => {
            let other = other.net();
            Ok(Value::Bool(net.contains(&other.network()) || other.contains(&net.network())))
        }
        _ => Err(no_such(method, of.kind(), span)),
    }
}

fn no_such(method: Method, kind: &str, span: Span) -> EvalError {
    EvalError::new("HR022", span, format!("`{}` does not go with {kind} and these arguments", method.word()))
}
