//! Types of values.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// What comes back from a system: checked only where it meets a declared type.
    Json,
    /// `true` or `false`
    Bool,
    /// `2`, `2.5`
    Number,
    /// `"text"`
    String,
    /// `90s`
    Duration,
    /// `2026-11-28T22:00+01:00`
    Time,
    /// `4.3.0`
    Version,
    /// `10.20.30.1`
    Ip,
    /// `10.20.30.0/24`
    Cidr,
    /// `10.20.30.1/24`
    IfAddr,
    /// `5%`
    Percent,
    /// `20GiB`
    Size,
    /// An address of a system, a string in expressions.
    Url,
    /// A file, a string in expressions.
    Path,
    /// Goes into a request and nowhere else.
    Secret,
    /// `null` alone.
    Null,
    /// `list<T>`
    List(Arc<Type>),
    /// `map<T>`
    Map(Arc<Type>),
    /// `{ a: T }`; a value may have more fields.
    Record(Arc<BTreeMap<Arc<str>, Type>>),
    /// `"A" | "B"`
    Choice(Arc<[Arc<str>]>),
    /// `T?`
    Optional(Arc<Type>),
    /// A system of an api.
    System {
        /// The module that declares the api.
        module: Arc<str>,
        /// The api.
        api: Arc<str>,
    },
    /// Of an expression whose error has been reported: fits everywhere, so that one cause gives one message.
    Unknown,
}

impl Type {
    /// The types that are a single word, by that word.
    pub fn from_word(word: &str) -> Option<Type> {
        let ty = match word {
            "json" => Type::Json,
            "bool" => Type::Bool,
            "number" => Type::Number,
            "string" => Type::String,
            "duration" => Type::Duration,
            "time" => Type::Time,
            "version" => Type::Version,
            "ip" => Type::Ip,
            "cidr" => Type::Cidr,
            "ifaddr" => Type::IfAddr,
            "percent" => Type::Percent,
            "size" => Type::Size,
            "url" => Type::Url,
            "path" => Type::Path,
            "secret" => Type::Secret,
            _ => return None,
        };
        Some(ty)
    }

    /// The words of [`Type::from_word`], for suggestions.
    pub const WORDS: [&'static str; 15] = [
        "bool", "number", "string", "duration", "time", "version", "ip", "cidr", "ifaddr", "percent", "size",
        "url", "path", "secret", "json",
    ];

    /// The word of a type that other languages call so.
    pub(crate) fn elsewhere(word: &str) -> Option<&'static str> {
        Some(match word.to_ascii_lowercase().as_str() {
            "int" | "integer" | "long" | "float" | "double" | "decimal" | "num" => "number",
            "str" | "text" | "char" => "string",
            "boolean" | "flag" => "bool",
            "any" | "object" | "dynamic" | "record" | "struct" => "json",
            "datetime" | "timestamp" | "date" => "time",
            "password" => "secret",
            "list" | "array" | "set" | "seq" | "vec" | "tuple" => "list",
            "map" | "dict" | "dictionary" | "hash" => "map",
            other => return Self::WORDS.into_iter().find(|known| *known == other && other != word),
        })
    }

    /// As messages show it: of what would fill the line only the names of the fields.
    pub fn brief(&self) -> String {
        let whole = self.to_string();
        match self {
            _ if whole.len() <= 80 => whole,
            Type::List(item) => format!("list<{}>", item.brief()),
            Type::Map(item) => format!("map<{}>", item.brief()),
            Type::Optional(inner) => format!("{}?", inner.brief()),
            Type::Record(fields) => {
                let names: Vec<&str> = fields.keys().take(8).map(|name| &**name).collect();
                let more = if fields.len() > names.len() { ", …" } else { "" };
                format!("{{ {}{more} }}", names.join(", "))
            }
            _ => whole,
        }
    }

    /// Whether a secret is in it.
    pub fn holds_secret(&self) -> bool {
        match self {
            Type::Secret => true,
            Type::List(inner) | Type::Map(inner) | Type::Optional(inner) => inner.holds_secret(),
            Type::Record(fields) => fields.values().any(Type::holds_secret),
            _ => false,
        }
    }

    /// The type without `?`.
    pub fn required(&self) -> &Type {
        match self {
            Type::Optional(inner) => inner,
            other => other,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Type::Json => "json",
            Type::Bool => "bool",
            Type::Number => "number",
            Type::String => "string",
            Type::Duration => "duration",
            Type::Time => "time",
            Type::Version => "version",
            Type::Ip => "ip",
            Type::Cidr => "cidr",
            Type::IfAddr => "ifaddr",
            Type::Percent => "percent",
            Type::Size => "size",
            Type::Url => "url",
            Type::Path => "path",
            Type::Secret => "secret",
            Type::Null => "null",
            Type::Unknown => "?",
            Type::List(item) => return write!(f, "list<{item}>"),
            Type::Map(item) => return write!(f, "map<{item}>"),
            Type::Optional(inner) => return write!(f, "{inner}?"),
            Type::System { module, api } => return write!(f, "{module}.{api}"),
            Type::Choice(words) => {
                let words: Vec<_> = words.iter().map(|w| format!("\"{w}\"")).collect();
                return f.write_str(&words.join(" | "));
            }
            Type::Record(fields) => {
                let fields: Vec<_> = fields.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
                return write!(f, "{{ {} }}", fields.join(", "));
            }
        };
        f.write_str(word)
    }
}
