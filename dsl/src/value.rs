//! Values of expressions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use crate::scalar::{Cidr, IfAddr, Number, Percent, Size, Version, format_duration};

/// The fields of a record or map.
pub type Fields = BTreeMap<Arc<str>, Value>;

/// What an expression is worth. Cheap to clone: everything large is shared.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing; when it is a field that an answer lacks, it remembers which.
    Null(Option<Lacking>),
    /// `true`, `false`
    Bool(bool),
    /// `2`
    Number(Number),
    /// `"text"`
    Text(Arc<str>),
    /// `90s`
    Duration(Duration),
    /// A point in time.
    Time(jiff::Timestamp),
    /// `4.3.0`
    Version(Version),
    /// `10.20.30.1`
    Ip(Ipv4Addr),
    /// `10.20.30.0/24`
    Cidr(Cidr),
    /// `10.20.30.1/24`
    IfAddr(IfAddr),
    /// `5%`
    Percent(Percent),
    /// `20GiB`
    Size(Size),
    /// Shown to nobody.
    Secret(Secret),
    /// `[a, b]`
    List(Arc<Vec<Value>>),
    /// `{ a: x }`
    Record(Arc<Fields>),
    /// A system of the runbook, by its name.
    System(Arc<str>),
    /// Not known yet, and why.
    Unknown(Causes),
}

/// Where a null comes from: this record has no such field.
// The record itself is kept (shared, so it costs nothing): when it comes to a message, the answer that it was part
// of is found by identity, and only then is the JSON pointer worked out.
#[derive(Debug, Clone)]
pub struct Lacking {
    /// The record.
    pub record: Arc<Fields>,
    /// The field that it lacks.
    pub field: Arc<str>,
}

/// Why a value is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A step has to run first.
    Step(Arc<str>),
    /// The answer to the change was lost, or has not come yet.
    Answer,
    /// A read has to be made first.
    Read,
}

/// All reasons for which a value is not known.
pub type Causes = Arc<BTreeSet<Cause>>;

/// A text that reaches a request and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Secret(text.into())
    }

    /// The text, for the request that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Value {
    /// Null without a history.
    pub const NULL: Value = Value::Null(None);

    /// A text.
    pub fn text(text: impl Into<Arc<str>>) -> Value {
        Value::Text(text.into())
    }

    /// A list.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(Arc::new(items))
    }

    /// A record.
    pub fn record(fields: Fields) -> Value {
        Value::Record(Arc::new(fields))
    }

    /// A whole number.
    pub fn int(number: i64) -> Value {
        Value::Number(Number::Int(number))
    }

    /// How many.
    pub fn count(count: usize) -> Value {
        Value::int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// Not known for one reason.
    pub fn unknown(cause: Cause) -> Value {
        Value::Unknown(Arc::new(BTreeSet::from([cause])))
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null(_))
    }

    /// Why it, or a part of it, is not known; empty when all of it is known.
    pub fn causes(&self) -> BTreeSet<Cause> {
        match self {
            Value::Unknown(causes) => causes.as_ref().clone(),
            Value::List(items) => items.iter().flat_map(Value::causes).collect(),
            Value::Record(fields) => fields.values().flat_map(Value::causes).collect(),
            _ => BTreeSet::new(),
        }
    }

    /// The text of a text.
    pub fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A field of a record; null when there is none.
    #[must_use]
    pub fn field(&self, name: &str) -> Value {
        match self {
            Value::Record(fields) => fields.get(name).cloned().unwrap_or_else(|| {
                Value::Null(Some(Lacking { record: Arc::clone(fields), field: Arc::from(name) }))
            }),
            Value::Unknown(causes) => Value::Unknown(Arc::clone(causes)),
            Value::Null(lacking) => Value::Null(lacking.clone()),
            _ => Value::NULL,
        }
    }

    /// In one line of so many characters: JSON, for texts are then told from words.
    pub fn brief(&self, longest: usize) -> String {
        let text = match self {
            Value::Unknown(_) => self.to_string(),
            known => known.to_json().to_string(),
        };
        match (self, text.char_indices().nth(longest)) {
            (_, None) => text,
            (Value::List(items), Some(_)) => format!("a list of {}", items.len()),
            (_, Some((end, _))) => format!("{} …", text.get(..end).unwrap_or_default()),
        }
    }

    /// What it is, for messages: `a number`, `an ip`.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null(_) => "null",
            Value::Bool(_) => "a bool",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::Duration(_) => "a duration",
            Value::Time(_) => "a time",
            Value::Version(_) => "a version",
            Value::Ip(_) => "an ip",
            Value::Cidr(_) => "a cidr",
            Value::IfAddr(_) => "an ifaddr",
            Value::Percent(_) => "a percent",
            Value::Size(_) => "a size",
            Value::Secret(_) => "a secret",
            Value::List(_) => "a list",
            Value::Record(_) => "a record",
            Value::System(_) => "a system",
            Value::Unknown(_) => "unknown",
        }
    }
}

/// As people read it: texts bare, secrets hidden, what is unknown by its reason.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null(_) => f.write_str("none"),
            Value::Bool(b) => b.fmt(f),
            Value::Number(n) => n.fmt(f),
            Value::Text(text) => f.write_str(text),
            Value::Duration(d) => f.write_str(&format_duration(*d)),
            Value::Time(t) => t.fmt(f),
            Value::Version(v) => v.fmt(f),
            Value::Ip(ip) => ip.fmt(f),
            Value::Cidr(net) => net.fmt(f),
            Value::IfAddr(net) => net.fmt(f),
            Value::Percent(p) => p.fmt(f),
            Value::Size(size) => size.fmt(f),
            Value::Secret(_) => f.write_str("***"),
            Value::System(name) => f.write_str(name),
            Value::List(items) => {
                let items: Vec<_> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Value::Record(fields) => {
                let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(f, "{{ {} }}", fields.join(", "))
            }
            Value::Unknown(causes) => {
                let causes: Vec<_> = causes.iter().map(ToString::to_string).collect();
                write!(f, "‹known after {}›", causes.join(", "))
            }
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Step(step) => f.write_str(step),
            Cause::Answer => f.write_str("the answer"),
            Cause::Read => f.write_str("a read"),
        }
    }
}
