//! What has to hold between the parts of a scene.

use super::error::{Part, SceneError};
use super::generate::{MOST_MACHINES, MOST_NETWORKS};
use super::{ExtensionScene, GroupScene, MeshScene, Scene, SegmentScene};
use crate::extension::segment::own_name;
use crate::http::Site;
use crate::switch::USUAL_SWITCH;

type Checked = Result<(), SceneError>;

fn wrong<const N: usize>(path: [Part; N], message: impl Into<String>) -> Checked {
    Err(SceneError::new(path, message))
}

/// Whether not too much is to be made up.
pub(super) fn generated(scene: &Scene) -> Checked {
    if scene.generate.is_some_and(|it| it.networks > MOST_NETWORKS) {
        let message = format!("at most {MOST_NETWORKS} networks are generated");
        return wrong(["generate".into(), "networks".into()], message);
    }
    if scene.generate.is_some_and(|it| it.machines > MOST_MACHINES) {
        let message = format!("at most {MOST_MACHINES} machines are generated");
        return wrong(["generate".into(), "machines".into()], message);
    }
    for (name, mesh) in &scene.meshes {
        let all = mesh.switches.values().fold(mesh.appliances, |all, more| all.saturating_add(*more));
        if all > MOST_PAIRS {
            let message = format!("a mesh has at most {MOST_PAIRS} pairs of appliances");
            return wrong(["meshes".into(), name.as_str().into(), "appliances".into()], message);
        }
    }
    Ok(())
}

/// More pairs of appliances than any two sites have.
const MOST_PAIRS: u32 = 10_000;

/// Whether everything that a scene names is there.
pub(super) fn whole(scene: &Scene) -> Checked {
    scene.meshes.iter().try_for_each(|(name, mesh)| self::mesh(scene, name, mesh))?;
    scene.ha_groups.iter().enumerate().try_for_each(|(at, group)| self::group(scene, at, group))?;
    scene.extensions.iter().enumerate().try_for_each(|(at, it)| extension(scene, at, it))?;
    if let Some(name) = scene.source.segments.keys().next() {
        let path = ["source".into(), "segments".into(), name.as_str().into()];
        return wrong(path, format!("segment `{name}` is not in the cloud"));
    }
    scene.cloud.segments.iter().try_for_each(|(name, it)| segment(scene, name, it))?;
    machines_are_on_networks(scene)
}

fn mesh(scene: &Scene, name: &str, mesh: &MeshScene) -> Checked {
    let path = |field: &str, key: &str| ["meshes".into(), name.into(), field.into(), key.into()];
    if mesh.switches.contains_key(USUAL_SWITCH) {
        let message = format!("`appliances` says how many mesh `{name}` has on {USUAL_SWITCH}");
        return wrong(path("switches", USUAL_SWITCH), message);
    }
    mesh.pairs.keys().try_for_each(|n| match missing_pair(scene, name, *n) {
        Some(message) => wrong(path("pairs", &n.to_string()), message),
        None => Ok(()),
    })
}

fn group(scene: &Scene, at: usize, group: &GroupScene) -> Checked {
    let path = |field: &str| ["ha_groups".into(), Part::At(at), field.into()];
    mesh_is_there(scene, path("mesh"), &group.mesh)?;
    for (field, pair) in [("active", group.active), ("standby", group.standby)] {
        if let Some(message) = missing_pair(scene, &group.mesh, pair) {
            return wrong(path(field), message);
        }
    }
    if group.active == group.standby {
        let message = format!("an HA group of `{}` has two different pairs", group.mesh);
        return wrong(path("standby"), message);
    }
    Ok(())
}

fn extension(scene: &Scene, at: usize, it: &ExtensionScene) -> Checked {
    let path = |field: &str| ["extensions".into(), Part::At(at), field.into()];
    mesh_is_there(scene, path("mesh"), &it.mesh)?;
    if let Some(message) = missing_pair(scene, &it.mesh, it.pair) {
        return wrong(path("pair"), message);
    }
    if !scene.source.networks.contains_key(&it.network) {
        return wrong(path("network"), format!("the source has no network `{}`", it.network));
    }
    hangs_on_router(scene, path, &it.router, &it.gateway)
}

fn segment(scene: &Scene, name: &str, it: &SegmentScene) -> Checked {
    let path = |field: &str| ["cloud".into(), "segments".into(), name.into(), field.into()];
    hangs_on_router(scene, path, &it.router, &it.gateway)
}

fn hangs_on_router<const N: usize>(
    scene: &Scene,
    path: impl Fn(&str) -> [Part; N],
    router: &String,
    gateway: &str,
) -> Checked {
    if !scene.cloud.routers.contains(router) {
        return wrong(path("router"), format!("the cloud has no router `{router}`"));
    }
    match crate::net::Subnet::cidr(gateway) {
        Some(_) => Ok(()),
        None => wrong(path("gateway"), format!("`{gateway}` is no gateway with a prefix")),
    }
}

fn mesh_is_there<const N: usize>(scene: &Scene, path: [Part; N], mesh: &str) -> Checked {
    if scene.meshes.contains_key(mesh) {
        return Ok(());
    }
    wrong(path, format!("there is no mesh `{mesh}`"))
}

/// What is to be said when a mesh has no such pair of appliances.
fn missing_pair(scene: &Scene, mesh: &str, pair: u32) -> Option<String> {
    let there = scene.meshes.get(mesh)?;
    let is_there = there.numbered().any(|(n, _)| n == pair);
    let last = there.numbered().count();
    (!is_there).then(|| format!("mesh `{mesh}` has appliance pairs 1 to {last} and no {pair}"))
}

fn machines_are_on_networks(scene: &Scene) -> Checked {
    for (site, word, state) in [(Site::Source, "source", &scene.source), (Site::Cloud, "cloud", &scene.cloud)]
    {
        for (name, vm) in &state.vms {
            let mut made = scene.extensions.iter().map(|it| own_name(&it.network));
            let is_segment = state.segments.contains_key(&vm.network)
                || (site == Site::Cloud && made.any(|made| made == vm.network));
            if !state.networks.contains_key(&vm.network) && !is_segment {
                let message =
                    format!("virtual machine `{name}` is on `{}`, no network of its site", vm.network);
                return wrong([word.into(), "vms".into(), name.as_str().into(), "network".into()], message);
            }
        }
    }
    Ok(())
}
