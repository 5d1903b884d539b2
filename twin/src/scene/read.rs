//! Reading scenes.

use serde_yaml::Value;

use super::error::{Part, SceneError};
use super::{Scene, check};

/// The scenes that come with the twin.
const SCENES: &[(&str, &str)] = &[
    ("fresh", include_str!("../../scenes/fresh.yaml")),
    ("no-mesh", include_str!("../../scenes/no-mesh.yaml")),
    ("advanced-license", include_str!("../../scenes/advanced-license.yaml")),
    ("old-appliance", include_str!("../../scenes/old-appliance.yaml")),
    ("newer-managers", include_str!("../../scenes/newer-managers.yaml")),
    ("network-on-appliance", include_str!("../../scenes/network-on-appliance.yaml")),
    ("limit-too-small", include_str!("../../scenes/limit-too-small.yaml")),
    ("already-extended", include_str!("../../scenes/already-extended.yaml")),
    ("networks-extended", include_str!("../../scenes/networks-extended.yaml")),
    ("ha-group", include_str!("../../scenes/ha-group.yaml")),
    ("old-group", include_str!("../../scenes/old-group.yaml")),
    ("degraded-group", include_str!("../../scenes/degraded-group.yaml")),
    ("existing-segment", include_str!("../../scenes/existing-segment.yaml")),
    ("limits-reached", include_str!("../../scenes/limits-reached.yaml")),
    ("waves", include_str!("../../scenes/waves.yaml")),
    ("unpaired", include_str!("../../scenes/unpaired.yaml")),
    ("evaluation", include_str!("../../scenes/evaluation.yaml")),
    ("no-addresses", include_str!("../../scenes/no-addresses.yaml")),
];

impl Scene {
    /// Reads a scene.
    ///
    /// # Errors
    /// It is no YAML, has unknown or missing fields, or names something that it has not.
    pub fn parse(text: &str) -> Result<Scene, SceneError> {
        let own = read(text)?;
        let whole = match own.get("extends") {
            None => own,
            Some(base) => merge(named(base)?, own.clone()),
        };
        let mut scene: Scene = serde_path_to_error::deserialize(whole).map_err(SceneError::of_part)?;
        check::generated(&scene)?;
        scene.generate();
        check::whole(&scene)?;
        Ok(scene)
    }

    /// A scene that comes with the twin.
    pub fn named(name: &str) -> Option<Scene> {
        let (_, text) = SCENES.iter().find(|(known, _)| *known == name)?;
        Scene::parse(text).ok()
    }

    /// The scenes that come with the twin, each with the first line of its comment.
    pub fn shipped() -> impl Iterator<Item = (&'static str, &'static str)> {
        let about = |text: &'static str| text.lines().next().unwrap_or_default().trim_start_matches("# ");
        SCENES.iter().map(move |(name, text)| (*name, about(text)))
    }

    /// The names of the scenes that come with the twin.
    pub fn names() -> Vec<&'static str> {
        SCENES.iter().map(|(name, _)| *name).collect()
    }
}

fn read(text: &str) -> Result<Value, SceneError> {
    serde_yaml::from_str(text).map_err(|error| SceneError::new([], error.to_string()))
}

/// A shipped scene before it is understood, with what it extends itself.
fn named(name: &Value) -> Result<Value, SceneError> {
    let known = SCENES.iter().find(|(known, _)| name.as_str() == Some(known));
    let Some((_, text)) = known else {
        let message = format!("`extends` names one of {}", Scene::names().join(", "));
        return Err(SceneError::new([Part::from("extends")], message));
    };
    let own = read(text)?;
    match own.get("extends") {
        Some(base) if base != name => Ok(merge(named(base)?, own.clone())),
        _ => Ok(own),
    }
}

/// Mappings are merged key by key, everything else is replaced, and a null takes a key away.
fn merge(base: Value, own: Value) -> Value {
    match (base, own) {
        (Value::Mapping(mut base), Value::Mapping(own)) => {
            for (key, value) in own {
                let before = base.remove(&key);
                if key.as_str() != Some("extends") && !value.is_null() {
                    base.insert(key, merge(before.unwrap_or(Value::Null), value));
                }
            }
            Value::Mapping(base)
        }
        (_, own) => own,
    }
}
