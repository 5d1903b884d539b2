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

/// What items and clauses say, by the words that they start with.
pub const CLAUSES: [(&str, &str); 56] = [
    ("edition", "which edition of the language the file is written in; its first line"),
    ("runbook", "the head of a runbook: its title, and what holds for all of it"),
    ("use", "brings in a module: one that comes with the program, or a file"),
    ("system", "something to talk to; where it is stands in systems.yaml"),
    ("step", "one use of an action; with `for` one for each item of a list"),
    ("parallel", "its members run together"),
    ("gate", "here people decide whether the run goes on"),
    ("phase", "a stretch of the runbook; its end is a checkpoint"),
    ("api", "a kind of system: how to sign in to it, and how its errors are read"),
    ("action", "what a step can check or change: a contract"),
    ("type", "a name for a type"),
    ("test", "a small runbook with a scene, faults and what is expected; it meets only the twin"),
    ("input", "a value from outside: a runbook gets it by `--set` or `--inputs`, an action from its step"),
    ("let", "a name for a value"),
    ("ticket", "the ticket of the change"),
    ("window", "when the run may change something; `keep` is kept free before the end"),
    ("after", "the step begins only when these are done"),
    ("when", "the step runs only if this holds"),
    ("retry", "so many attempts in all, with a growing pause between them"),
    ("timeout", "how long one attempt may take"),
    ("limit", "so many of a `for` run at once"),
    ("tolerate", "so many of a `for` may fail: a number, or a percentage"),
    (
        "on failure",
        "what a failure leads to: that of the step, else of its phase, else of the runbook, else `hold`",
    ),
    ("ask", "the question to people"),
    ("by", "the people or roles who may answer; anybody without it"),
    ("need", "how many must agree, how long the gate waits, and what silence or a rejection leads to"),
    ("four eyes", "whoever began the run may not answer"),
    ("invariant", "what is to hold all the time: it is looked at beside the steps"),
    ("check", "the action that looks; it changes nothing"),
    (
        "every",
        "how often it is looked at, how many misses in a row are tolerated, and what one more leads to",
    ),
    ("soak", "how long it is watched after the last step"),
    ("login", "the request that opens a session"),
    ("header", "a header of every request"),
    ("again", "after these statuses a session is opened anew, and the request is sent once more"),
    ("error", "what an answer says is wrong; empty or null when nothing is"),
    ("require", "must hold before anything is sent; else the step is refused with this reason"),
    ("done when", "how it looks when it is done; where it holds already, nothing is sent"),
    ("change", "the one request that changes something, with the sentence that people read"),
    ("fail", "how it fails after its request was taken"),
    ("untouched", "when a request whose answer was lost has done nothing, so that it may be sent again"),
    ("poll", "how often it looks after the change, and for how long at most"),
    ("undo", "the request that takes the change back, with the sentence that people read"),
    ("undone when", "how it looks when it is taken back; without it, when `done when` does not hold"),
    ("by hand", "what only a person can take back, and when"),
    ("irreversible", "why there is no way back"),
    ("touches", "what it changes; two steps that change the same wait for each other"),
    ("takes", "how long it usually takes"),
    ("scene", "where the twin begins: a scene by its name, or from a file"),
    ("fault", "what the twin does wrong"),
    ("inputs", "a file with the inputs of the runbook"),
    ("set", "an input of the runbook"),
    ("approve", "who agrees at a gate"),
    ("expect", "must hold where it stands"),
    ("then", "what happens next"),
    ("output", "a value that is handed back: by an action to later steps, by a runbook at its end"),
    ("if", "one of two values"),
];

/// What a failure, a silence or a miss can lead to.
pub const POLICIES: [(&str, &str); 4] = [
    ("rollback", "everything that the run changed is taken back"),
    ("rollback phase", "what the phase changed is taken back, then the run is held"),
    ("hold", "nothing new begins; a person decides"),
    ("continue", "everything that does not need the failed step goes on"),
];

/// Other words that stand inside of clauses and values.
pub const WORDS: [(&str, &str); 8] = [
    ("for", "a step for each item of a list; the key tells them apart, also in the journal"),
    ("resume", "a held run goes on"),
    ("run", "all of it once more, on the world as it is now"),
    ("and", "whether both hold"),
    ("or", "whether at least one of the two holds"),
    ("not", "whether it does not hold"),
    ("with", "the record with other values of these fields"),
    ("null", "no value: a field of it is null, too, and a comparison with it does not hold"),
];

/// The types that an author writes by a word.
pub const TYPES: [(&str, &str); 17] = [
    ("bool", "`true` or `false`"),
    ("number", "a number, as `2` or `2.5`"),
    ("string", "a text in quotes; `${…}` puts a value into it"),
    ("duration", "a length of time, as `90s`, `5m` or `1h30m`; `m` is minutes"),
    ("time", "a moment, as `2026-11-28T22:00+01:00`"),
    ("version", "a version, as `4.3.0`; compared by its numbers"),
    ("ip", "an address, as `10.20.30.1`"),
    ("cidr", "a network, as `10.20.30.0/24`; its host bits are zero"),
    (
        "ifaddr",
        "an address with its prefix, as `10.20.30.1/24`; neither that of the network nor its broadcast address",
    ),
    ("percent", "a share, as `5%`"),
    ("size", "a number of bytes, as `20GiB`"),
    ("url", "the address of a system; a text"),
    ("path", "a file; a text"),
    ("secret", "goes into a request and nowhere else"),
    ("json", "what a system answers; checked where it meets another type"),
    ("list", "values of one type in their order, as `[1, 2]`"),
    ("map", "values of one type by their names, as `{ a: 1, b: 2 }`"),
];

/// The line of a table that a word has.
pub fn doc_of(table: &[(&'static str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == word).map(|(_, doc)| *doc)
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
