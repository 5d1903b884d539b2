//! What the journal keeps of a run beside its events.

use std::collections::BTreeMap;
use std::sync::Arc;

use hcxrun_dsl::eval::{Format, Read, Reads};
use hcxrun_dsl::{Fields, Value};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::premise::Premises;

/// Everything that a run needs to go on, whatever becomes of the files that it was made from. No secrets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunRecord {
    /// The version of hcxrun.
    pub version: String,
    /// When it began.
    pub started: Timestamp,
    /// The runbook's title.
    pub title: String,
    /// The change ticket.
    pub ticket: Option<String>,
    /// All texts of the program, the runbook's first.
    pub sources: Vec<StoredSource>,
    /// The inputs with the values that they had, defaults filled in.
    pub inputs: BTreeMap<String, serde_json::Value>,
    /// Files of data that were read.
    pub files: Vec<StoredFile>,
    /// The systems, by name.
    pub systems: BTreeMap<String, StoredSystem>,
    /// From which all jitter comes.
    pub seed: u64,
    /// What tells runbooks with their inputs apart that mean something else.
    #[serde(default)]
    pub digest: String,
    /// What the certificate of its rehearsal says, when there was one.
    #[serde(default)]
    pub rehearsed: Option<String>,
    /// Who began it, as they were signed in on this machine or said it.
    #[serde(default)]
    pub by: String,
    /// Whether it keeps other runs from what it changes: not on a twin that ends with its process.
    #[serde(default)]
    pub claims: bool,
    /// The plan that it was begun from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<RecordedPlan>,
}

/// The plan that a run is held to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordedPlan {
    /// The hash of the plan's file: a plan runs once.
    pub digest: String,
    /// What it rests on.
    pub premises: Arc<Premises>,
}

/// One text of a program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredSource {
    /// How messages call it.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A file of data with its content.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredFile {
    /// `csv`, `yaml` or `json`.
    pub format: String,
    /// As the runbook names it.
    pub path: String,
    /// What it held.
    pub value: serde_json::Value,
}

/// A system as it was when the run began.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredSystem {
    /// Where it is.
    pub url: String,
    /// Who signed in.
    pub username: Option<String>,
}

impl RunRecord {
    /// Whether its systems were played in the process itself, and ended with it.
    pub fn is_played(&self) -> bool {
        self.systems.values().any(|it| it.url.starts_with("twin:"))
    }

    /// The runbook's title with the change ticket.
    pub fn titled(&self) -> String {
        match &self.ticket {
            Some(ticket) => format!("{} ({ticket})", self.title),
            None => self.title.clone(),
        }
    }

    /// Keeps inputs.
    pub fn keep_inputs(inputs: &Fields) -> BTreeMap<String, serde_json::Value> {
        inputs.iter().map(|(name, value)| (name.to_string(), value.to_tagged())).collect()
    }

    /// The inputs as they were.
    pub fn inputs(&self) -> Fields {
        self.inputs
            .iter()
            .map(|(name, json)| (name.as_str().into(), Value::from_tagged(json.clone())))
            .collect()
    }

    /// Keeps the files among the reads.
    pub fn keep_files(reads: &[(Read, Value)]) -> Vec<StoredFile> {
        let file = |(read, value): &(Read, Value)| match read {
            Read::File { format, path } => Some(StoredFile {
                format: word_of(*format).to_owned(),
                path: path.to_string(),
                value: value.to_tagged(),
            }),
            Read::Get { .. } | Read::Query { .. } => None,
        };
        reads.iter().filter_map(file).collect()
    }

    /// The files as they were.
    pub fn files(&self) -> Reads {
        let mut reads = Reads::default();
        for file in &self.files {
            let format =
                FORMATS.into_iter().find(|format| word_of(*format) == file.format).unwrap_or(Format::Json);
            let read = Read::File { format, path: file.path.as_str().into() };
            reads.insert(read, Ok(Value::from_tagged(file.value.clone())));
        }
        reads
    }
}

const FORMATS: [Format; 3] = [Format::Csv, Format::Yaml, Format::Json];

fn word_of(format: Format) -> &'static str {
    match format {
        Format::Csv => "csv",
        Format::Yaml => "yaml",
        Format::Json => "json",
    }
}
