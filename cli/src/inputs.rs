//! Inputs from a file and from `--set`.

use std::path::Path;
use std::sync::Arc;

use hcxrun_dsl::{Fields, Value};

use crate::failure::Failure;

/// What the user gave; `--set` wins over the file.
pub(crate) fn read(file: Option<&Path>, sets: &[String]) -> Result<Fields, Failure> {
    let mut fields = file.map(from_file).transpose()?.unwrap_or_default();
    for set in sets {
        let (name, text) = set.split_once('=').ok_or_else(|| {
            Failure::with_help(format!("`--set {set}` gives nothing a value"), "write `--set name=value`")
        })?;
        let json: serde_json::Value = serde_yaml::from_str(text)
            .map_err(|error| Failure::new(format!("the value of `--set {name}` is no YAML: {error}")))?;
        fields.insert(Arc::from(name.trim()), Value::from_json(json));
    }
    Ok(fields)
}

fn from_file(path: &Path) -> Result<Fields, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    let json: serde_json::Value =
        serde_yaml::from_str(&text).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    match Value::from_json(json) {
        Value::Record(fields) => Ok(fields.as_ref().clone()),
        Value::Null(_) => Ok(Fields::new()),
        other => Err(Failure::with_help(
            format!("{} holds a {}, not inputs by name", path.display(), other.kind()),
            "write `name: value` lines",
        )),
    }
}
