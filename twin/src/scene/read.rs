//! Reading scenes, and what has to hold between their parts.

use serde_yaml::Value;

use super::Scene;
use super::generate::MOST_NETWORKS;
use crate::extension::segment::own_name;
use crate::http::Site;
use crate::switch::USUAL_SWITCH;

/// A scene that cannot be read: line and cause.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SceneError(String);

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
        let own: Value = serde_yaml::from_str(text).map_err(|error| SceneError(error.to_string()))?;
        let mut scene: Scene = match own.get("extends") {
            // Read from the text and not from the value, so that errors name their lines.
            None => serde_yaml::from_str(text).map_err(|error| SceneError(error.to_string())),
            Some(base) => {
                let merged = merge(named(base)?, own.clone());
                serde_yaml::from_value(merged).map_err(|error| at_line(text, &error.to_string()))
            }
        }?;
        if scene.generate.is_some_and(|it| it.networks > MOST_NETWORKS) {
            return Err(at_line(text, &format!("`generate` gives at most {MOST_NETWORKS} networks")));
        }
        scene.generate();
        check(&scene).map_err(|cause| at_line(text, &cause))?;
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

/// A shipped scene before it is understood, with what it extends itself.
fn named(name: &Value) -> Result<Value, SceneError> {
    let known = SCENES.iter().find(|(known, _)| name.as_str() == Some(known));
    let Some((_, text)) = known else {
        return Err(SceneError(format!("`extends` names one of {}", Scene::names().join(", "))));
    };
    let own: Value = serde_yaml::from_str(text).map_err(|error| SceneError(error.to_string()))?;
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

/// Names the first line that has a quoted word of the cause in it.
fn at_line(text: &str, cause: &str) -> SceneError {
    let quoted = cause.split(['`', '"']).skip(1).step_by(2);
    let line = quoted.into_iter().find_map(|word| text.lines().position(|line| line.contains(word)));
    SceneError(match line {
        Some(line) => format!("{cause} at line {}", line + 1),
        None => cause.to_owned(),
    })
}

/// Whether everything that a scene names is there.
fn check(scene: &Scene) -> Result<(), String> {
    let pair_is_there = |mesh: &str, pair: u32| match scene.meshes.get(mesh) {
        None => Err(format!("there is no mesh `{mesh}`")),
        Some(it) if it.numbered().all(|(n, _)| n != pair) => {
            Err(format!("mesh `{mesh}` has appliance pairs 1 to {} and no {pair}", it.numbered().count()))
        }
        Some(_) => Ok(()),
    };
    for (name, mesh) in &scene.meshes {
        if mesh.switches.contains_key(USUAL_SWITCH) {
            return Err(format!("`appliances` says how many mesh `{name}` has on {USUAL_SWITCH}"));
        }
        mesh.pairs.keys().try_for_each(|pair| pair_is_there(name, *pair))?;
    }
    for group in &scene.ha_groups {
        pair_is_there(&group.mesh, group.active)?;
        pair_is_there(&group.mesh, group.standby)?;
        if group.active == group.standby {
            return Err(format!("an HA group of `{}` has two different pairs", group.mesh));
        }
    }
    for it in &scene.extensions {
        pair_is_there(&it.mesh, it.pair)?;
        if !scene.source.networks.contains_key(&it.network) {
            return Err(format!("the source has no network `{}`", it.network));
        }
        hangs_on_router(scene, &it.router, &it.gateway)?;
    }
    if let Some(name) = scene.source.segments.keys().next() {
        return Err(format!("segment `{name}` is not in the cloud"));
    }
    scene.cloud.segments.values().try_for_each(|it| hangs_on_router(scene, &it.router, &it.gateway))?;
    machines_are_on_networks(scene)
}

fn hangs_on_router(scene: &Scene, router: &String, gateway: &str) -> Result<(), String> {
    if !scene.cloud.routers.contains(router) {
        return Err(format!("the cloud has no router `{router}`"));
    }
    match crate::net::Subnet::cidr(gateway) {
        Some(_) => Ok(()),
        None => Err(format!("`{gateway}` is no gateway with a prefix")),
    }
}

fn machines_are_on_networks(scene: &Scene) -> Result<(), String> {
    for (site, state) in [(Site::Source, &scene.source), (Site::Cloud, &scene.cloud)] {
        for (name, vm) in &state.vms {
            let mut made = scene.extensions.iter().map(|it| own_name(&it.network));
            let is_segment = state.segments.contains_key(&vm.network)
                || (site == Site::Cloud && made.any(|made| made == vm.network));
            if !state.networks.contains_key(&vm.network) && !is_segment {
                return Err(format!(
                    "virtual machine `{name}` is on `{}`, no network of its site",
                    vm.network
                ));
            }
        }
    }
    Ok(())
}
