//! Which types fit which, what two of them have in common, and how a sentence calls them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::types::Type;

/// Whether a value of one type may stand where the other is wanted.
pub fn fits(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Unknown, _)
        | (_, Type::Unknown)
        | (Type::Url | Type::Path | Type::Choice(_), Type::String) => true,
        (from, Type::Json) => !from.holds_secret() && !matches!(from, Type::System { .. }),
        (Type::Json, Type::System { .. }) => false,
        (Type::Json, _) | (Type::Null, Type::Optional(_)) => true,
        (Type::Optional(a), Type::Optional(b))
        | (Type::List(a), Type::List(b))
        | (Type::Map(a), Type::Map(b)) => fits(a, b),
        (Type::Optional(_), _) => false,
        (a, Type::Optional(b)) => fits(a, b),
        (Type::Choice(a), Type::Choice(b)) => a.iter().all(|word| b.contains(word)),
        (Type::Record(fields), Type::Map(item)) => fields.values().all(|field| fits(field, item)),
        (Type::Record(has), Type::Record(wants)) => wants.iter().all(|(name, wanted)| match has.get(name) {
            Some(field) => fits(field, wanted),
            None => may_be_absent(wanted),
        }),
        (a, b) => a == b,
    }
}

/// Whether a record without the field has it all the same, as null.
pub(super) fn may_be_absent(ty: &Type) -> bool {
    matches!(ty, Type::Optional(_) | Type::Json | Type::Unknown)
}

/// Whether two values can be compared for being the same.
pub(super) fn comparable(a: &Type, b: &Type) -> bool {
    match (a.required(), b.required()) {
        (Type::Null, _) | (_, Type::Null) => true,
        (Type::Json, other) | (other, Type::Json) => !other.holds_secret(),
        (Type::List(a), Type::List(b)) => comparable(a, b),
        (a, b) => fits(a, b) || fits(b, a),
    }
}

/// Whether values of a type have an order between them.
pub(super) fn is_ordered(ty: &Type) -> bool {
    match ty {
        Type::Json
        | Type::Unknown
        | Type::Null
        | Type::Bool
        | Type::Number
        | Type::String
        | Type::Duration
        | Type::Time
        | Type::Version
        | Type::Ip
        | Type::Cidr
        | Type::IfAddr
        | Type::Percent
        | Type::Size
        | Type::Url
        | Type::Path
        | Type::Choice(_) => true,
        Type::Optional(inner) => is_ordered(inner),
        Type::Secret | Type::List(_) | Type::Map(_) | Type::Record(_) | Type::System { .. } => false,
    }
}

/// The type of what may be null too.
pub(super) fn optional(ty: Type) -> Type {
    match ty {
        Type::Json | Type::Null | Type::Unknown | Type::Optional(_) => ty,
        other => Type::Optional(Arc::new(other)),
    }
}

/// A list of such items.
pub(super) fn list_of(item: Type) -> Type {
    Type::List(Arc::new(item))
}

/// A record of such fields.
pub(super) fn record(fields: impl IntoIterator<Item = (Arc<str>, Type)>) -> Type {
    Type::Record(Arc::new(fields.into_iter().collect::<BTreeMap<_, _>>()))
}

/// The type of what may be the one or the other. A secret in either makes it one, so that none gets lost.
pub(super) fn join(a: Type, b: Type) -> Type {
    match (a, b) {
        (Type::Unknown, other) | (other, Type::Unknown) => other,
        (Type::Null, other) | (other, Type::Null) => optional(other),
        (Type::Optional(a), Type::Optional(b)) => optional(join(a.as_ref().clone(), b.as_ref().clone())),
        (Type::Optional(a), b) | (b, Type::Optional(a)) => optional(join(a.as_ref().clone(), b)),
        (a, b) if a == b => a,
        (a, b) if a.holds_secret() || b.holds_secret() => Type::Secret,
        (Type::Json, _) | (_, Type::Json) => Type::Json,
        (a, b) if fits(&a, &b) => b,
        (a, b) if fits(&b, &a) => a,
        _ => Type::Json,
    }
}

/// The type of what is the one or the other; what has been reported in either stays so.
pub(super) fn either(a: Type, b: Type) -> Type {
    match (a, b) {
        (Type::Unknown, _) | (_, Type::Unknown) => Type::Unknown,
        (a, b) => join(a, b),
    }
}

/// What all these have in common; unknown for none.
pub(super) fn join_all(types: impl IntoIterator<Item = Type>) -> Type {
    types.into_iter().fold(Type::Unknown, join)
}

/// The field of a record that is taken in its place: its name, or else the first that would do.
pub(super) fn field_that(
    fields: &BTreeMap<Arc<str>, Type>,
    would_do: impl Fn(&Type) -> bool,
) -> Option<&Arc<str>> {
    let named = fields.get_key_value("name").into_iter().chain(fields);
    named.filter(|(_, ty)| would_do(ty)).map(|(name, _)| name).next()
}

/// A type as a sentence calls one value of it: `a cidr`, `an ip`.
pub(crate) fn one(ty: &Type) -> String {
    match ty {
        Type::Json => "json".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Unknown => "unknown".to_owned(),
        Type::Optional(inner) => format!("{} or null", one(inner)),
        Type::Choice(words) => {
            let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
            format!("one of {}", words.join(", "))
        }
        Type::System { module, api } => format!("a system of {module}.{api}"),
        Type::Record(_) => format!("a record {}", ty.brief()),
        Type::Ip | Type::IfAddr => format!("an {ty}"),
        other => format!("a {}", other.brief()),
    }
}
