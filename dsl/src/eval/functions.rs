//! The functions of the language.

use super::reads::Format;
use super::{Context, EvalError, Evaluated, Read, Scope};
use crate::builtin::Function;
use crate::scalar::{IfAddr, Number};
use crate::source::Span;
use crate::syntax::Expr;
use crate::value::Value;

impl Context<'_> {
    pub(super) fn call(
        &self,
        function: Function,
        arguments: &[Expr],
        span: Span,
        scope: &Scope<'_>,
    ) -> Evaluated {
        let values: Vec<Value> =
            arguments.iter().map(|argument| self.evaluate(argument, scope)).collect::<Result<_, _>>()?;
        if let Some(Value::Unknown(causes)) = values.iter().find(|value| matches!(value, Value::Unknown(_))) {
            return Ok(Value::Unknown(std::sync::Arc::clone(causes)));
        }
        let (first, second) = (values.first().unwrap_or(&Value::NULL), values.get(1));
        if let Some(format) = Format::of(function) {
            return match first {
                Value::Text(path) => {
                    self.read(Read::File { format, path: std::sync::Arc::clone(path) }, span)
                }
                other => Err(self.wrong_kind(other, "a file is named by a text", span)),
            };
        }
        if first.is_null() {
            return Ok(first.clone());
        }
        let made = match (function, first) {
            (Function::Version, Value::Record(_)) => version_of(first),
            (Function::IfAddr, _) if second.is_some() => second.and_then(|mask| with_netmask(first, mask)),
            (Function::Text, value) => Some(Value::text(value.to_string())),
            (_, value) => from_text(function, &value.to_string()),
        };
        made.ok_or_else(|| {
            EvalError::new("HR021", span, format!("`{first}` is not {}", article(function.word())))
        })
    }
}

fn article(word: &str) -> String {
    let vowel = word.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {word}", if vowel { "an" } else { "a" })
}

fn from_text(function: Function, text: &str) -> Option<Value> {
    match function {
        Function::Version => text.parse().ok().map(Value::Version),
        Function::Ip => text.parse().ok().map(Value::Ip),
        Function::Cidr => text.parse().ok().map(Value::Cidr),
        Function::IfAddr => text.parse().ok().map(Value::IfAddr),
        Function::Number => text.parse().ok().map(Value::Number),
        Function::Text | Function::Csv | Function::Yaml | Function::Json => Some(Value::text(text)),
    }
}

/// A version from the record that a system sends: `major`, `minor`, `patch`; a part that is left out counts as 0.
fn version_of(record: &Value) -> Option<Value> {
    let part = |name| match record.field(name) {
        Value::Number(Number::Int(n)) => Some(n.to_string()),
        Value::Text(text) => Some(text.to_string()),
        Value::Null(_) => Some("0".to_owned()),
        _ => None,
    };
    let text = format!("{}.{}.{}", part("major")?, part("minor")?, part("patch")?);
    text.parse().ok().map(Value::Version)
}

fn with_netmask(address: &Value, mask: &Value) -> Option<Value> {
    let (address, mask) = (address.to_string().parse().ok()?, mask.to_string().parse().ok()?);
    let net = ipnet::Ipv4Net::with_netmask(address, mask).ok()?;
    IfAddr::new(net).ok().map(Value::IfAddr)
}
