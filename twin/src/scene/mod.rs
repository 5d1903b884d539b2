//! Scenes: the world at its first moment, as a person writes it in YAML.

mod check;
mod error;
mod generate;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Fault;
use crate::switch::USUAL_SWITCH;

pub use error::{Part as ScenePart, SceneError};
pub use generate::Generate;

/// A world at its first moment. In YAML, `extends: fresh` takes everything that is not said from a shipped scene; what is
/// said as `null` is taken out of it.
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
    /// Whether the managers trust each other's certificates.
    #[serde(default = "yes", skip_serializing_if = "is_so")]
    pub trusted: bool,
    /// Many networks and machines that nobody wants to write down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generate: Option<Generate>,
    /// Service meshes by name.
    #[serde(default)]
    pub meshes: BTreeMap<String, MeshScene>,
    /// Whether there is the system's own mesh as well, which must not be touched (section 1).
    #[serde(default)]
    pub system_mesh: bool,
    /// HA groups that are there already.
    #[serde(default)]
    pub ha_groups: Vec<GroupScene>,
    /// Extensions that are there already.
    #[serde(default)]
    pub extensions: Vec<ExtensionScene>,
    /// What goes wrong, each as [`Fault`] is written on a command line.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// How long things take, in seconds.
    #[serde(default)]
    pub durations: Durations,
    /// How many seconds later meshes, appliances, groups and extensions are shown by the manager that did not take the call
    /// (section 13, inferred); at once when left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lag: u64,
}

/// One site.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteScene {
    /// The manager's name.
    pub name: String,
    /// Whether NSX is registered with it; in the cloud a pairing needs that (section 6).
    #[serde(default = "yes", skip_serializing_if = "is_so")]
    pub nsx: bool,
    /// The keys that it takes, and what each entitles to; besides the one that it has.
    #[serde(default)]
    pub license_keys: BTreeMap<String, Edition>,
    /// What its license entitles to. A mesh has the better one of its two sites (section 5, inferred).
    #[serde(default = "enterprise")]
    pub edition: Edition,
    /// When the grace period of a site in evaluation is over, as `2026-12-01T00:00:00Z`: nothing new is made after it. Never when
    /// left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_until: Option<Timestamp>,
    /// The manager's version, which new appliances have as well.
    #[serde(default = "version")]
    pub version: String,
    /// Who may sign in on port 443; a vCenter user of the site when left out.
    pub user: Option<UserScene>,
    /// Who may sign in on port 9443; `admin` when left out.
    pub admin: Option<UserScene>,
    /// Network profiles by name; three with 16 addresses each when left out.
    #[serde(default)]
    pub network_profiles: BTreeMap<String, PoolScene>,
    /// The compute profile that meshes use.
    pub compute_profile: ProfileScene,
    /// Others beside it.
    #[serde(default)]
    pub more_compute_profiles: Vec<ProfileScene>,
    /// Networks that are no segments, by name.
    #[serde(default)]
    pub networks: BTreeMap<String, NetworkScene>,
    /// Segments that are there besides those that extensions make, by name; in the cloud alone.
    #[serde(default)]
    pub segments: BTreeMap<String, SegmentScene>,
    /// Tier-1 gateways.
    #[serde(default)]
    pub routers: Vec<String>,
    /// Virtual machines by name.
    #[serde(default)]
    pub vms: BTreeMap<String, VmScene>,
}

/// The editions of a license, the better ones later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Edition {
    /// There is no license: what Advanced has, until the grace period is over (inferred).
    Evaluation,
    /// Neither high availability nor RAV.
    Advanced,
    /// Everything.
    Enterprise,
}

/// Somebody who may sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserScene {
    /// The name.
    pub name: String,
    /// The password; it protects nothing.
    pub password: String,
}

/// A network profile: the addresses that appliances draw from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolScene {
    /// What it is for.
    pub tags: Vec<Tag>,
    /// Its first address.
    pub first: Ipv4Addr,
    /// How many there are.
    pub addresses: u32,
}

/// What a network profile is for. A Network Extension appliance takes one address each of management and uplink, an
/// interconnect appliance one of vmotion as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are HCX's own")]
pub enum Tag {
    Management,
    Uplink,
    Vmotion,
    Replication,
}

/// A compute profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileScene {
    /// Its name.
    pub name: String,
    /// The Network Extension Appliance Limit: a number, or `unlimited`, which it is when left out.
    #[serde(default, serialize_with = "write_limit", deserialize_with = "read_limit")]
    pub ne_appliance_limit: Option<u32>,
    /// The network profiles that its appliances draw from; all of the site when left out.
    pub network_profiles: Option<BTreeSet<String>>,
}

/// A network.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkScene {
    /// Its VLAN.
    pub vlan: u32,
    /// What kind it is.
    #[serde(default)]
    pub kind: NetworkKind,
    /// Its switch; `dvs-production` when left out.
    pub switch: Option<String>,
}

/// A segment in the cloud. An extension of the very subnet on the same router uses it and switches its gateway off
/// (section 10).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentScene {
    /// Its gateway with the prefix.
    pub gateway: String,
    /// The Tier-1 gateway that it hangs on.
    pub router: String,
    /// Whether it is routed there.
    #[serde(default = "yes")]
    pub gateway_on: bool,
}

/// Kinds of networks (section 10); only normal ones can be extended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words are vSphere's own")]
pub enum NetworkKind {
    #[default]
    Normal,
    Vmkernel,
    Ephemeral,
    Pvlan,
    Untagged,
    Standard,
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
    /// Whether it is on.
    #[serde(default = "yes")]
    pub powered: bool,
    /// Whether its guest refuses to shut down; a bulk migration fails then, unless it powers off by force (section 11).
    #[serde(default, skip_serializing_if = "is_not")]
    pub refuses_shutdown: bool,
}

/// A service mesh.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeshScene {
    /// The names of its compute profiles, the source's first; each site's `compute_profile` when left out.
    pub compute_profiles: Option<[String; 2]>,
    /// How many Network Extension appliances it runs on each site, on `dvs-production`.
    pub appliances: u32,
    /// How many it runs on further switches of the source, by name. Their pairs are numbered after the others, in the order
    /// of the names.
    #[serde(default)]
    pub switches: BTreeMap<String, u32>,
    /// Its services; all when left out.
    pub services: Option<Vec<String>>,
    /// The version of its appliances; that of each site's manager when left out.
    pub version: Option<VersionScene>,
    /// What is different about single pairs of appliances, by their number from 1.
    #[serde(default)]
    pub pairs: BTreeMap<u32, PairScene>,
}

/// The version of the appliances of a pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum VersionScene {
    /// The same at both sites.
    Both(String),
    /// One of each site.
    #[expect(missing_docs, reason = "the words are the sites'")]
    Each { source: String, cloud: String },
}

impl MeshScene {
    /// Its pairs by number, each with its switch.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (u32, &str)> {
        let usual = std::iter::repeat_n(USUAL_SWITCH, self.appliances as usize);
        let others = self.switches.iter();
        let others = others.flat_map(|(name, count)| std::iter::repeat_n(&**name, *count as usize));
        (1..).zip(usual.chain(others))
    }
}

/// What is different about a pair of appliances.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairScene {
    /// Its version, when it is not the mesh's.
    pub version: Option<VersionScene>,
    /// Whether its tunnels are up.
    #[serde(default = "yes")]
    pub up: bool,
}

/// An HA group.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupScene {
    /// The mesh.
    pub mesh: String,
    /// The pair that is active, from 1.
    pub active: u32,
    /// The pair that stands by, from 1.
    pub standby: u32,
}

/// An extension.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionScene {
    /// The network at the source.
    pub network: String,
    /// Its gateway with the prefix.
    pub gateway: String,
    /// The mesh.
    pub mesh: String,
    /// The appliance pair, from 1; over the HA group when it is in one.
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
    /// Failing over to the standby.
    pub failover: u64,
    /// Making one appliance pair anew, or upgrading or recovering it.
    pub redeploy: u64,
    /// Sending an appliance its configuration again.
    pub sync: u64,
    /// Extending a network.
    pub extend: u64,
    /// Moving an extension to another appliance or HA group.
    pub transition: u64,
    /// Taking an extension back.
    pub unextend: u64,
    /// Copying one GB of a machine: a little less than 1 Gbps (section 11).
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
            failover: 20,
            redeploy: 300,
            sync: 30,
            extend: 90,
            transition: 30,
            unextend: 60,
            transfer_gb: 8,
            switchover: 120,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Limit {
    Of(u32),
    Word(String),
}

fn read_limit<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    match Option::deserialize(from)? {
        None => Ok(None),
        Some(Limit::Of(limit)) => Ok(Some(limit)),
        Some(Limit::Word(word)) if word == "unlimited" => Ok(None),
        Some(Limit::Word(word)) => {
            Err(serde::de::Error::custom(format!("a limit is a number or `unlimited`, not `{word}`")))
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, clippy::ref_option, reason = "serde's signature")]
fn write_limit<S: Serializer>(limit: &Option<u32>, to: S) -> Result<S::Ok, S::Error> {
    limit.map_or_else(|| Limit::Word("unlimited".to_owned()), Limit::Of).serialize(to)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_so(it: &bool) -> bool {
    *it
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(it: &u64) -> bool {
    *it == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_not(it: &bool) -> bool {
    !*it
}

fn yes() -> bool {
    true
}

fn enterprise() -> Edition {
    Edition::Enterprise
}

fn version() -> String {
    "4.11.1".to_owned()
}

fn disk() -> u64 {
    40
}
