//! What evaluation knows of the world: a table of reads.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::builtin::Function;
use crate::data::Places;
use crate::syntax::{Expr, ExprKind, TextPart};
use crate::value::{Fields, Value};

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Read {
    /// `system.get(path)`
    Get {
        /// The system.
        system: Arc<str>,
        /// The path with its query.
        path: Arc<str>,
    },
    /// `system.query(path, body)`
    Query {
        /// The system.
        system: Arc<str>,
        /// The path with its query.
        path: Arc<str>,
        /// The body as JSON.
        body: Arc<str>,
    },
    /// `csv(path)`, `yaml(path)`, `json(path)`
    File {
        /// How it is to be understood.
        format: Format,
        /// Relative to the runbook's file.
        path: Arc<str>,
    },
}

impl Read {
    /// The file that an expression is, when it is nothing but that: `csv("wave.csv")`.
    pub fn file_of(expr: &Expr) -> Option<Read> {
        let ExprKind::Call(name, arguments) = &expr.kind else { return None };
        let format = Format::of(Function::from_word(&name.node)?)?;
        let [Expr { kind: ExprKind::Text(parts), .. }] = arguments.as_slice() else { return None };
        let [TextPart::Plain(path)] = parts.as_slice() else { return None };
        Some(Read::File { format, path: Arc::from(&**path) })
    }
}

/// What a file of data holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Rows under a line of names.
    Csv,
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

impl Format {
    pub(super) fn of(function: Function) -> Option<Format> {
        match function {
            Function::Csv => Some(Format::Csv),
            Function::Yaml => Some(Format::Yaml),
            Function::Json => Some(Format::Json),
            _ => None,
        }
    }

    /// Where the parts of a text in this format stand.
    pub fn places(self, text: &str) -> Places {
        match self {
            Format::Csv => Places::of_table(text),
            Format::Yaml | Format::Json => Places::of(text),
        }
    }

    /// What a text in this format is worth; the error says line and cause.
    pub fn parse(self, text: &str) -> Result<Value, String> {
        match self {
            Format::Csv => parse_csv(text),
            Format::Yaml => match serde_yaml::from_str(text) {
                Ok(json) => Ok(Value::from_json(json)),
                Err(error) => Err(error.to_string()),
            },
            Format::Json => match serde_json::from_str(text) {
                Ok(json) => Ok(Value::from_json(json)),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}

fn parse_csv(text: &str) -> Result<Value, String> {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let Some(first) = first else {
        return Err("it is empty, and its first line names the fields".to_owned());
    };
    // Spreadsheets write these where a comma is the sign for decimals.
    if let Some((_, sign)) = [(';', "`;`"), ('\t', "tabs")].into_iter().find(|(it, _)| first.contains(*it))
        && !first.contains(',')
    {
        return Err(format!(
            "line 1: fields are separated by `,`, and these are by {sign}; save it as CSV with `,`"
        ));
    }
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let names: Vec<Arc<str>> =
        reader.headers().map_err(|error| no_table(&error))?.iter().map(Arc::from).collect();
    let rows = reader.records().map(|row| {
        let row = row.map_err(|error| no_table(&error))?;
        let fields: Fields = names.iter().cloned().zip(row.iter().map(Value::text)).collect();
        Ok(Value::record(fields))
    });
    rows.collect::<Result<Vec<_>, String>>().map(Value::list)
}

/// Why a text is no table, with its line.
fn no_table(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos: Some(pos), expected_len, len } => {
            let cells = if *len == 1 { "1 cell" } else { &format!("{len} cells") };
            format!("line {}: this row has {cells}, and the first line names {expected_len}", pos.line())
        }
        csv::ErrorKind::Utf8 { pos: Some(pos), .. } => format!("line {}: this is no UTF-8", pos.line()),
        _ => error.to_string(),
    }
}

/// `GET /path of source`, as messages name it.
impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Read::Get { system, path } => write!(f, "GET {path} of {system}"),
            Read::Query { system, path, .. } => write!(f, "POST {path} of {system}"),
            Read::File { path, .. } => write!(f, "the file {path}"),
        }
    }
}

/// Why a read brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFailure {
    /// One sentence.
    pub message: String,
    /// Whether it may go better in a moment: the system is out of reach or has an error of its own. What the system
    /// refused in so many words does not pass.
    pub passing: bool,
}

/// The answers that are at hand.
#[derive(Debug, Clone, Default)]
pub struct Reads(HashMap<Read, Result<Value, ReadFailure>>);

impl Reads {
    /// Keeps what a read brought: a value, or why there is none.
    pub fn insert(&mut self, read: Read, answer: Result<Value, ReadFailure>) {
        self.0.insert(read, answer);
    }

    /// What a read brought, when it has been made.
    pub fn get(&self, read: &Read) -> Option<&Result<Value, ReadFailure>> {
        self.0.get(read)
    }

    /// The answer that a record is part of, and the JSON pointer to it.
    pub fn locate(&self, record: &Arc<Fields>) -> Option<(&Read, String)> {
        self.0.iter().find_map(|(read, answer)| {
            let pointer = answer.as_ref().ok().and_then(|value| pointer_to(value, record))?;
            Some((read, pointer))
        })
    }
}

fn pointer_to(value: &Value, wanted: &Arc<Fields>) -> Option<String> {
    match value {
        Value::Record(fields) if Arc::ptr_eq(fields, wanted) => Some(String::new()),
        Value::Record(fields) => {
            fields.iter().find_map(|(name, value)| Some(format!("/{name}{}", pointer_to(value, wanted)?)))
        }
        Value::List(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, value)| Some(format!("/{at}{}", pointer_to(value, wanted)?))),
        _ => None,
    }
}
