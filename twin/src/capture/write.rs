//! A captured scene as a person would write it: what is left at its default does not stand there.

use serde_yaml::{Mapping, Value};

use crate::capture::Captured;

/// Lines are no longer than that where they can be shorter.
const WIDTH: usize = 110;

/// What a scene has when nothing is said.
const DEFAULTS: [(&str, &str); 8] = [
    ("paired", "true"),
    ("system_mesh", "false"),
    ("powered", "true"),
    ("up", "true"),
    ("gateway_on", "true"),
    ("disk_gb", "40"),
    ("kind", "normal"),
    ("ne_appliance_limit", "unlimited"),
];

impl Captured {
    /// As YAML; `when` stands in the comment above it.
    pub fn to_yaml(&self, when: &str) -> String {
        let (source, cloud) = (&self.scene.source, &self.scene.cloud);
        let mut out = format!(
            "# {} ({}) and {} ({}), captured {when}.\n# No manager tells for sure how long things take, how large disks are (40 GB where it says nothing), which networks are ephemeral or PVLANs,\n# routers that nothing uses (add them to `routers` of the cloud), and which machines are copies that migrations left behind.\n",
            source.name, source.version, cloud.name, cloud.version
        );
        self.notes.iter().for_each(|note| out += &format!("# {note}\n"));
        if let Ok(Value::Mapping(mut scene)) = serde_yaml::to_value(&self.scene) {
            scene.remove("durations");
            block(&pruned(scene), 0, &mut out);
        }
        out
    }
}

fn pruned(from: Mapping) -> Mapping {
    let keep = |(key, value): (Value, Value)| {
        let value = match value {
            Value::Mapping(map) => Value::Mapping(pruned(map)),
            Value::Sequence(all) => Value::Sequence(all.into_iter().map(within).collect()),
            other => other,
        };
        (!is_default(&key, &value)).then_some((key, value))
    };
    from.into_iter().filter_map(keep).collect()
}

fn within(value: Value) -> Value {
    match value {
        Value::Mapping(map) => Value::Mapping(pruned(map)),
        other => other,
    }
}

fn is_default(key: &Value, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Mapping(map) => map.is_empty(),
        Value::Sequence(all) => all.is_empty(),
        other => {
            let usual = DEFAULTS.iter().find(|(name, _)| key.as_str() == Some(name));
            usual.is_some_and(|(_, usual)| flow(other) == *usual)
        }
    }
}

fn block(map: &Mapping, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    for (key, value) in map {
        let line = format!("{indent}{}: {}", flow(key), flow(value));
        let (nested, fits) = (depth < 2 && holds_mappings(value), line.len() <= WIDTH);
        match value {
            Value::Mapping(inner) if nested || !fits => {
                *out += &format!("{indent}{}:\n", flow(key));
                block(inner, depth + 1, out);
            }
            Value::Sequence(all) if nested || !fits => {
                *out += &format!("{indent}{}:\n", flow(key));
                all.iter().for_each(|it| *out += &format!("{indent}  - {}\n", flow(it)));
            }
            _ => *out += &format!("{line}\n"),
        }
    }
}

fn holds_mappings(value: &Value) -> bool {
    match value {
        Value::Mapping(map) => map.values().any(Value::is_mapping),
        Value::Sequence(all) => all.iter().any(Value::is_mapping),
        _ => false,
    }
}

/// In one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Mapping(map) => {
            let entries: Vec<_> =
                map.iter().map(|(key, value)| format!("{}: {}", flow(key), flow(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Sequence(all) => format!("[{}]", all.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) if !is_plain(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::String(text) => text.clone(),
        Value::Bool(it) => it.to_string(),
        Value::Number(it) => it.to_string(),
        Value::Null | Value::Tagged(_) => "null".to_owned(),
    }
}

/// Whether a text means itself without quotes, in the middle of a line too.
fn is_plain(text: &str) -> bool {
    let is_word = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    is_word && serde_yaml::from_str::<Value>(text).is_ok_and(|it| it.as_str() == Some(text))
}
