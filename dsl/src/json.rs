//! Values as JSON, in three dialects: what a system sends and gets, what people may see, and what the journal keeps.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json, json};

use crate::scalar::{Number, format_duration, parse_duration};
use crate::value::{Fields, Secret, Value};

impl Value {
    /// What a JSON document is worth.
    pub fn from_json(json: Json) -> Value {
        match json {
            Json::Null => Value::NULL,
            Json::Bool(b) => Value::Bool(b),
            Json::Number(n) => Value::Number(match n.as_i64() {
                Some(n) => Number::Int(n),
                None => Number::Float(n.as_f64().unwrap_or(f64::NAN)),
            }),
            Json::String(text) => Value::text(text),
            Json::Array(items) => Value::list(items.into_iter().map(Value::from_json).collect()),
            Json::Object(fields) => Value::record(
                fields.into_iter().map(|(name, value)| (Arc::from(name), Value::from_json(value))).collect(),
            ),
        }
    }

    /// What a JSON text is worth.
    ///
    /// # Errors
    /// It is no JSON.
    pub fn parse_json(text: &[u8]) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(text).map(|Plain(value)| value)
    }

    /// The body of a request: secrets as they are. For the wire alone.
    pub fn to_wire(&self) -> Json {
        self.to_json_with(&|secret| Json::String(secret.expose().to_owned()))
    }

    /// For people, `--json` and the journal's record of a request: secrets as `***`.
    pub fn to_json(&self) -> Json {
        self.to_json_with(&|_| Json::String("***".to_owned()))
    }

    fn to_json_with(&self, secret: &dyn Fn(&Secret) -> Json) -> Json {
        match self {
            Value::Null(_) => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Number(Number::Int(n)) => json!(n),
            Value::Number(Number::Float(n)) => json!(n),
            Value::Secret(hidden) => secret(hidden),
            Value::List(items) => items.iter().map(|item| item.to_json_with(secret)).collect(),
            Value::Record(fields) => Json::Object(
                fields.iter().map(|(name, value)| (name.to_string(), value.to_json_with(secret))).collect(),
            ),
            other => Json::String(other.to_string()),
        }
    }

    /// For the journal: every value comes back as it was, but a secret, which is not kept and comes back as null.
    pub fn to_tagged(&self) -> Json {
        let tagged = |tag: &str, text: String| json!({ tag: text });
        match self {
            Value::Duration(d) => tagged("$duration", format_duration(*d)),
            Value::Time(t) => tagged("$time", t.to_string()),
            Value::Version(v) => tagged("$version", v.to_string()),
            Value::Ip(ip) => tagged("$ip", ip.to_string()),
            Value::Cidr(net) => tagged("$cidr", net.to_string()),
            Value::IfAddr(net) => tagged("$ifaddr", net.to_string()),
            Value::Percent(p) => tagged("$percent", p.to_string()),
            Value::Size(size) => tagged("$size", size.0.to_string()),
            Value::System(name) => tagged("$system", name.to_string()),
            Value::Secret(_) => Json::Null,
            Value::Unknown(_) => json!({ "$unknown": "" }),
            Value::List(items) => items.iter().map(Value::to_tagged).collect(),
            Value::Record(fields) => Json::Object(
                fields.iter().map(|(name, value)| (name.to_string(), value.to_tagged())).collect(),
            ),
            Value::Null(_) | Value::Bool(_) | Value::Number(_) | Value::Text(_) => self.to_json(),
        }
    }

    /// Reads what [`Value::to_tagged`] wrote.
    pub fn from_tagged(json: Json) -> Value {
        match json {
            Json::Array(items) => Value::list(items.into_iter().map(Value::from_tagged).collect()),
            Json::Object(fields) => scalar_of(&fields).unwrap_or_else(|| {
                let fields: Fields = fields
                    .into_iter()
                    .map(|(name, value)| (Arc::from(name), Value::from_tagged(value)))
                    .collect();
                Value::record(fields)
            }),
            plain => Value::from_json(plain),
        }
    }
}

/// A value as it stands in a JSON text, without the detour over a document.
struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor).map(Plain)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::NULL)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Bool(it))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Value, E> {
        Ok(Value::Number(Number::Int(it)))
    }

    fn visit_u64<E>(self, it: u64) -> Result<Value, E> {
        Ok(Value::from_json(Json::from(it)))
    }

    fn visit_f64<E>(self, it: f64) -> Result<Value, E> {
        Ok(Value::Number(Number::Float(it)))
    }

    fn visit_str<E>(self, it: &str) -> Result<Value, E> {
        Ok(Value::Text(Arc::from(it)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Plain(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::list(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Fields::new();
        while let Some((name, Plain(value))) = entries.next_entry::<Arc<str>, _>()? {
            fields.insert(name, value);
        }
        Ok(Value::record(fields))
    }
}

fn scalar_of(fields: &Map<String, Json>) -> Option<Value> {
    let mut all = fields.iter();
    let (Some((tag, Json::String(text))), None) = (all.next(), all.next()) else { return None };
    Some(match tag.as_str() {
        "$duration" => Value::Duration(parse_duration(text).ok()?),
        "$time" => Value::Time(text.parse().ok()?),
        "$version" => Value::Version(text.parse().ok()?),
        "$ip" => Value::Ip(text.parse().ok()?),
        "$cidr" => Value::Cidr(text.parse().ok()?),
        "$ifaddr" => Value::IfAddr(text.parse().ok()?),
        "$percent" => Value::Percent(text.parse().ok()?),
        "$size" => Value::Size(crate::scalar::Size(text.parse().ok()?)),
        "$system" => Value::System(Arc::from(text.as_str())),
        "$unknown" => Value::unknown(crate::value::Cause::Answer),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_gives_every_value_back() {
        let value = Value::from_tagged(json!({
            "gateway": { "$ifaddr": "10.20.30.1/24" },
            "list": [1, 2.5, "x", null, true, { "$duration": "1h30m" }],
            "size": { "$size": "1000" },
        }));
        assert!(matches!(value.field("gateway"), Value::IfAddr(_)));
        assert_eq!(value.to_tagged(), Value::from_tagged(value.to_tagged()).to_tagged());
    }

    #[test]
    fn a_secret_is_seen_on_the_wire_alone() {
        let secret = Value::Secret(Secret::new("hidden"));
        assert_eq!(secret.to_wire(), json!("hidden"));
        assert_eq!(secret.to_json(), json!("***"));
        assert_eq!(secret.to_tagged(), Json::Null);
        assert!(!format!("{secret:?} {secret}").contains("hidden"));
    }
}
