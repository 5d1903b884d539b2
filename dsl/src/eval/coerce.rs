//! Where a value meets a declared type.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::check::{list, one};
use crate::data::{DataPath, Part};
use crate::scalar::{Cidr, IfAddr, ScalarError, parse_duration};
use crate::types::Type;
use crate::value::{Fields, Secret, Value};

/// A value that is not of the type that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mismatch {
    /// The part of the value that is wrong.
    pub path: DataPath,
    /// What is wrong with it, in one sentence.
    pub message: String,
    /// What to write instead, where that is plain.
    pub help: Option<String>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.parts() {
            [] => f.write_str(&self.message),
            _ => write!(f, "`{}`: {}", self.path, self.message),
        }
    }
}

/// Takes a value as one of the wanted type. Texts become the scalars that they write (JSON and YAML have no others),
/// records may have more fields than wanted, and what is unknown stays so.
pub fn coerce(value: &Value, ty: &Type) -> Result<Value, Mismatch> {
    match (ty, value) {
        (Type::Json | Type::Unknown, _) | (_, Value::Unknown(_)) | (Type::Optional(_), Value::Null(_)) => {
            Ok(value.clone())
        }
        (Type::Optional(inner), _) => coerce(value, inner),
        (Type::Null, Value::Null(_))
        | (Type::Bool, Value::Bool(_))
        | (Type::Number, Value::Number(_))
        | (Type::String | Type::Path, Value::Text(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::Time, Value::Time(_))
        | (Type::Version, Value::Version(_))
        | (Type::Ip, Value::Ip(_))
        | (Type::Percent, Value::Percent(_))
        | (Type::Size, Value::Size(_))
        | (Type::Secret, Value::Secret(_))
        | (Type::Cidr, Value::Cidr(_))
        | (Type::IfAddr, Value::IfAddr(_))
        | (Type::System { .. }, Value::System(_)) => Ok(value.clone()),
        (Type::Cidr, Value::IfAddr(net)) => Cidr::new(net.net()).map(Value::Cidr).map_err(because),
        (Type::IfAddr, Value::Cidr(net)) => IfAddr::new(net.net()).map(Value::IfAddr).map_err(because),
        (Type::Secret, Value::Text(text)) => Ok(Value::Secret(Secret::new(Arc::clone(text)))),
        (_, Value::Text(text)) if is_scalar(ty) => from_text(text, ty),
        (Type::Url, Value::Text(text)) => is_url(text).map(|()| value.clone()),
        (Type::Choice(words), Value::Text(text)) => choice(text, words, value),
        (Type::List(item), Value::List(items)) => {
            let items = items.iter().enumerate();
            let items = items.map(|(at, value)| coerce(value, item).map_err(|e| e.inside(Part::At(at))));
            Ok(Value::list(items.collect::<Result<_, _>>()?))
        }
        (Type::Map(item), Value::Record(fields)) => {
            let fields = fields.iter().map(|(name, value)| {
                Ok((Arc::clone(name), coerce(value, item).map_err(|e| e.inside_field(name))?))
            });
            Ok(Value::record(fields.collect::<Result<_, _>>()?))
        }
        (Type::Record(wanted), Value::Record(fields)) => {
            let mut all: Fields = fields.as_ref().clone();
            for (name, ty) in wanted.iter() {
                all.insert(Arc::clone(name), field(fields, name, ty)?);
            }
            Ok(Value::record(all))
        }
        (ty, Value::Null(_)) => Err(mismatch(format!("{} is wanted, and there is none", one(ty)))),
        (ty, other) if ty.holds_secret() => {
            Err(mismatch(format!("{} is wanted, and this is {}", one(ty), other.kind())))
        }
        (ty, other) => Err(Mismatch {
            help: rewritten(ty, other),
            ..mismatch(format!("{} is wanted, and this is {}: {other}", one(ty), other.kind()))
        }),
    }
}

/// A field of a record; when it is not there, it is the record that is wrong.
fn field(fields: &Fields, name: &Arc<str>, ty: &Type) -> Result<Value, Mismatch> {
    match fields.get(name) {
        Some(value) => coerce(value, ty).map_err(|e| e.inside_field(name)),
        None => coerce(&Value::NULL, ty).map_err(|_| Mismatch {
            help: names(fields),
            ..mismatch(format!("it has no `{name}`, which wants {}", one(ty)))
        }),
    }
}

/// What a record has, when that is not much.
fn names(fields: &Fields) -> Option<String> {
    let names: Vec<_> = fields.keys().map(|it| &**it).collect();
    (1..=8).contains(&names.len()).then(|| format!("it has {}", list(&names)))
}

/// What to write instead, when little is wrong: the same with its quotes the other way round, a list of the one, a word of
/// YAML's older days.
fn rewritten(ty: &Type, value: &Value) -> Option<String> {
    match (ty, value) {
        (Type::Version, Value::Number(_)) => Some(format!("write all of it, as `{value}.0`")),
        (Type::Bool, Value::Text(text)) if matches!(&**text, "yes" | "on" | "Yes" | "True") => {
            Some("write `true`".to_owned())
        }
        (Type::Bool, Value::Text(text)) if matches!(&**text, "no" | "off" | "No" | "False") => {
            Some("write `false`".to_owned())
        }
        (Type::List(of), Value::Text(_) | Value::Record(_)) if coerce(value, of).is_ok() => {
            Some(format!("a list has brackets: `[{value}]`"))
        }
        (Type::Number, Value::Text(text)) if text.parse::<f64>().is_ok() => {
            Some(format!("write it without quotes: `{text}`"))
        }
        (Type::Bool, Value::Text(text)) if matches!(&**text, "true" | "false") => {
            Some(format!("write it without quotes: `{text}`"))
        }
        (Type::String, Value::Number(_) | Value::Bool(_)) => {
            Some(format!("write it in quotes: `\"{value}\"`"))
        }
        _ => None,
    }
}

fn mismatch(message: String) -> Mismatch {
    Mismatch { path: DataPath::default(), message, help: None }
}

#[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
fn because(error: ScalarError) -> Mismatch {
    mismatch(error.to_string())
}

impl Mismatch {
    fn inside(self, part: Part) -> Self {
        Self { path: self.path.inside(part), ..self }
    }

    fn inside_field(self, name: &Arc<str>) -> Self {
        self.inside(Part::Key(Arc::clone(name)))
    }
}

fn is_scalar(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Duration
            | Type::Time
            | Type::Version
            | Type::Ip
            | Type::Cidr
            | Type::IfAddr
            | Type::Percent
            | Type::Size
    )
}

fn from_text(text: &str, ty: &Type) -> Result<Value, Mismatch> {
    fn read<T: FromStr<Err = ScalarError>>(text: &str, make: fn(T) -> Value) -> Result<Value, ScalarError> {
        text.parse().map(make)
    }
    let foreign = |what: &str| ScalarError(format!("{text} is not {what}"));
    match ty {
        Type::Duration => parse_duration(text).map(Value::Duration),
        Type::Time => {
            text.parse().map(Value::Time).map_err(|_| foreign("a time like 2026-11-28T22:00+01:00"))
        }
        Type::Ip => text.parse().map(Value::Ip).map_err(|_| foreign("an IPv4 address")),
        Type::Version => read(text, Value::Version),
        Type::Cidr => read(text, Value::Cidr),
        Type::IfAddr => read(text, Value::IfAddr),
        Type::Percent => read(text, Value::Percent),
        Type::Size => read(text, Value::Size),
        other => Err(ScalarError(format!("{} is wanted, and this is a string", one(other)))),
    }
    .map_err(because)
}

/// Whether a text is the address of something on the web. The message does not show it: it may hold a password.
fn is_url(text: &str) -> Result<(), Mismatch> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.starts_with(['/', ':']) => Ok(()),
        Some(_) => Err(mismatch("no host stands behind https://".to_owned())),
        None => Err(mismatch("it does not begin with https://".to_owned())),
    }
}

fn choice(text: &str, words: &[Arc<str>], value: &Value) -> Result<Value, Mismatch> {
    if words.iter().any(|word| &**word == text) {
        return Ok(value.clone());
    }
    let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    Err(mismatch(format!("\"{text}\" is none of {}", words.join(", "))))
}
