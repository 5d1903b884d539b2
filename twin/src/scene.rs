//! Scenes: the world as a person writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A world at its first moment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// The site of the connector.
    pub source: SiteScene,
    /// The site of the cloud manager.
    pub cloud: SiteScene,
    /// Whether the two are paired.
    #[serde(default = "yes")]
    pub paired: bool,
    /// Service meshes by name.
    #[serde(default)]
    pub meshes: BTreeMap<String, MeshScene>,
    /// Extensions that are there already.
    #[serde(default)]
    pub extensions: Vec<ExtensionScene>,
    /// How long things take, in seconds.
    #[serde(default)]
    pub durations: Durations,
}

/// One site.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteScene {
    /// The manager's name.
    pub name: String,
    /// `ENTERPRISE` or `ADVANCED`.
    #[serde(default = "enterprise")]
    pub edition: String,
    /// The manager's version.
    #[serde(default = "version")]
    pub version: String,
    /// The compute profile.
    pub compute_profile: ProfileScene,
    /// Networks that can be extended, by name.
    #[serde(default)]
    pub networks: BTreeMap<String, NetworkScene>,
    /// Tier-1 gateways.
    #[serde(default)]
    pub routers: Vec<String>,
    /// Virtual machines by name.
    #[serde(default)]
    pub vms: BTreeMap<String, VmScene>,
}

/// A compute profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileScene {
    /// Its name.
    pub name: String,
    /// The Network Extension Appliance Limit; none: unlimited.
    pub ne_appliance_limit: Option<u32>,
    /// Addresses that appliances can draw from.
    #[serde(default = "addresses")]
    pub addresses: u32,
}

/// A network.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkScene {
    /// Its VLAN.
    pub vlan: u32,
    /// What kind it is; only `normal` can be extended.
    #[serde(default = "normal")]
    pub kind: String,
}

/// A virtual machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VmScene {
    /// The network that its card is on.
    pub network: String,
    /// Its disks in GB.
    #[serde(default = "disk")]
    pub disk_gb: u64,
}

/// A service mesh.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeshScene {
    /// How many Network Extension appliances it runs on each site.
    pub appliances: u32,
    /// Their version.
    #[serde(default = "version")]
    pub version: String,
}

/// An extension over a standalone appliance.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionScene {
    /// The network at the source.
    pub network: String,
    /// Its gateway with the prefix.
    pub gateway: String,
    /// The mesh.
    pub mesh: String,
    /// The appliance pair, from 1.
    pub pair: u32,
    /// The destination's Tier-1 gateway.
    pub router: String,
}

/// How long things take, in seconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Durations {
    /// Deploying one appliance pair.
    pub deploy_pair: u64,
    /// Removing one appliance pair.
    pub remove_pair: u64,
    /// Everything else about a new mesh.
    pub create_mesh: u64,
    /// Forming an HA group.
    pub activate: u64,
    /// Dissolving one.
    pub deactivate: u64,
    /// Extending a network.
    pub extend: u64,
    /// Taking an extension back.
    pub unextend: u64,
    /// Copying one GB of a machine.
    pub transfer_gb: u64,
    /// Switching a machine over.
    pub switchover: u64,
}

impl Default for Durations {
    fn default() -> Self {
        Durations {
            deploy_pair: 360,
            remove_pair: 120,
            create_mesh: 360,
            activate: 240,
            deactivate: 120,
            extend: 90,
            unextend: 60,
            transfer_gb: 8,
            switchover: 120,
        }
    }
}

fn yes() -> bool {
    true
}

fn enterprise() -> String {
    "ENTERPRISE".to_owned()
}

fn version() -> String {
    "4.11.1".to_owned()
}

fn normal() -> String {
    "normal".to_owned()
}

fn addresses() -> u32 {
    16
}

fn disk() -> u64 {
    40
}

/// A scene that cannot be read: line and cause.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SceneError(String);

/// The scenes that come with the twin.
const SCENES: &[(&str, &str)] = &[
    ("fresh", include_str!("../scenes/fresh.yaml")),
    ("no-mesh", include_str!("../scenes/no-mesh.yaml")),
    ("advanced-license", include_str!("../scenes/advanced-license.yaml")),
    ("old-appliance", include_str!("../scenes/old-appliance.yaml")),
    ("network-on-appliance", include_str!("../scenes/network-on-appliance.yaml")),
    ("limit-too-small", include_str!("../scenes/limit-too-small.yaml")),
    ("already-extended", include_str!("../scenes/already-extended.yaml")),
];

impl Scene {
    /// Reads a scene.
    pub fn parse(text: &str) -> Result<Scene, SceneError> {
        serde_yaml::from_str(text).map_err(|error| SceneError(error.to_string()))
    }

    /// A scene that comes with the twin.
    pub fn named(name: &str) -> Option<Scene> {
        let (_, text) = SCENES.iter().find(|(known, _)| *known == name)?;
        Scene::parse(text).ok()
    }

    /// The names of the scenes that come with the twin.
    pub fn names() -> Vec<&'static str> {
        SCENES.iter().map(|(name, _)| *name).collect()
    }
}
