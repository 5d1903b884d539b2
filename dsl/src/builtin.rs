//! The names that the language itself brings: one table for the checker, the evaluator, the editor and the book.

use crate::types::Type;

/// Declares an enum of built-in names with the word, the number of arguments and one line of documentation each.
macro_rules! names {
    ($(#[$meta:meta])* $kind:ident { $($variant:ident $word:literal $least:literal ..= $most:literal $doc:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $kind { $(#[doc = $doc] $variant,)* }

        impl $kind {
            /// All of them.
            pub const ALL: &[$kind] = &[$($kind::$variant,)*];

            /// By the word that an author writes.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.word() == word)
            }

            /// The word that an author writes.
            pub fn word(self) -> &'static str {
                match self { $($kind::$variant => $word,)* }
            }

            /// How many arguments it takes.
            pub fn arity(self) -> std::ops::RangeInclusive<usize> {
                match self { $($kind::$variant => $least..=$most,)* }
            }

            /// What it does, in one line.
            pub fn doc(self) -> &'static str {
                match self { $($kind::$variant => $doc,)* }
            }
        }
    };
}

names! {
    /// Functions: `name(arguments)`.
    Function {
        Csv "csv" 1..=1 "the rows of a CSV file as records; the first line names the fields",
        Yaml "yaml" 1..=1 "the content of a YAML file",
        Json "json" 1..=1 "the content of a JSON file",
        Version "version" 1..=1 "a version, from a text like 4.11.1 or from a record of major, minor and patch",
        Ip "ip" 1..=1 "an address, from a text",
        Cidr "cidr" 1..=1 "a network, from a text",
        IfAddr "ifaddr" 1..=2 "an address with its prefix, from a text, or from an address and a netmask",
        Number "number" 1..=1 "a number, from a text",
        Text "text" 1..=1 "any value as a text",
    }
}

names! {
    /// Methods: `value.name(arguments)`. Null counts as an empty list.
    Method {
        Where "where" 1..=1 "the items for which the lambda holds",
        Map "map" 1..=1 "what the lambda makes of every item",
        First "first" 0..=1 "the first item (for which the lambda holds), or null",
        Last "last" 0..=1 "the last item (for which the lambda holds), or null",
        Only "only" 0..=1 "the one item (for which the lambda holds); none or several is an error",
        Any "any" 0..=1 "whether there is an item (for which the lambda holds)",
        All "all" 1..=1 "whether the lambda holds for every item",
        Count "count" 0..=1 "how many items there are (for which the lambda holds)",
        Sort "sort" 0..=1 "the items in rising order (of what the lambda makes of them)",
        Group "group" 1..=1 "a map from what the lambda makes of an item to the items",
        Sum "sum" 0..=1 "the sum of the items (of what the lambda makes of them)",
        Min "min" 0..=1 "the least item (of what the lambda makes of them), or null",
        Max "max" 0..=1 "the greatest item (of what the lambda makes of them), or null",
        Flatten "flatten" 0..=0 "the items of a list of lists as one list",
        Distinct "distinct" 0..=0 "the items without repetitions, in their order",
        Join "join" 1..=1 "the texts of a list with the separator between them",
        Contains "contains" 1..=1 "whether a list has the item, a text the part, a record the field, a network the address",
        Overlaps "overlaps" 1..=1 "whether two networks share an address",
        Keys "keys" 0..=0 "the names of a record's fields",
        Values "values" 0..=0 "the values of a record's fields",
        Lower "lower" 0..=0 "a text in lower case",
        Upper "upper" 0..=0 "a text in upper case",
        Trim "trim" 0..=0 "a text without blanks around it",
        StartsWith "starts_with" 1..=1 "whether a text starts with the part",
        EndsWith "ends_with" 1..=1 "whether a text ends with the part",
        Split "split" 1..=1 "the parts of a text between the separators",
        Replace "replace" 2..=2 "a text with every first replaced by the second",
        Get "get" 1..=1 "reads a path of a system",
        Query "query" 2..=2 "reads a path of a system with a body, as a POST that changes nothing",
    }
}

impl Method {
    /// Whether it reads a system.
    pub fn is_read(self) -> bool {
        matches!(self, Method::Get | Method::Query)
    }
}

/// Fields that a scalar has by itself, with their types.
pub fn fields_of(ty: &Type) -> &'static [(&'static str, Type)] {
    match ty {
        Type::Cidr => {
            &[("address", Type::Ip), ("netmask", Type::Ip), ("prefix", Type::Number), ("broadcast", Type::Ip)]
        }
        Type::IfAddr => {
            &[("address", Type::Ip), ("network", Type::Cidr), ("netmask", Type::Ip), ("prefix", Type::Number)]
        }
        Type::Version => &[("major", Type::Number), ("minor", Type::Number), ("patch", Type::Number)],
        // Those of a time are counted since 1970, as most interfaces do.
        Type::Duration | Type::Time => &[("seconds", Type::Number)],
        Type::Size => &[("bytes", Type::Number)],
        _ => &[],
    }
}
