//! Many networks and machines from two numbers, with names like those that people give them; the same numbers give the
//! same names.

use serde::{Deserialize, Serialize};

use super::{NetworkKind, NetworkScene, Scene, SegmentScene, VmScene};

/// What is generated beside what a scene says.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// Networks at the source, from VLAN 100 on; at most 3000.
    pub networks: u16,
    /// Machines at the source, spread evenly over these networks; at most 100000.
    pub machines: u32,
    /// Whether each of these networks has a segment of the same name in the cloud, on the first router there.
    #[serde(default)]
    pub segments: bool,
}

const STAGES: [&str; 3] = ["prod", "test", "dev"];
const TIERS: [&str; 8] = ["web", "app", "db", "cache", "queue", "file", "batch", "mgmt"];

/// Below the reserved end of the VLANs.
pub(super) const MOST_NETWORKS: u16 = 3000;

/// More than any vCenter has.
pub(super) const MOST_MACHINES: u32 = 100_000;

impl Scene {
    /// Adds what is to be generated.
    pub(super) fn generate(&mut self) {
        let Some(Generate { networks, machines, segments }) = self.generate.take() else { return };
        let router = self.cloud.routers.first().cloned().unwrap_or_default();
        for nth in 0..networks {
            let network =
                NetworkScene { vlan: u32::from(nth) + 100, kind: NetworkKind::Normal, switch: None };
            self.source.networks.insert(network_name(nth), network);
            if segments {
                let [high, low] = (nth + 1).to_be_bytes();
                let gateway = format!("10.{}.{low}.1/24", 64 + high);
                let segment = SegmentScene { gateway, router: router.clone(), gateway_on: true };
                self.cloud.segments.insert(network_name(nth), segment);
            }
        }
        for nth in 0..machines {
            let on = u16::try_from(nth % u32::from(networks.max(1))).unwrap_or_default();
            let name = format!("{}-{:03}", network_name(on), nth / u32::from(networks.max(1)) + 1);
            let disk_gb = [40, 60, 100, 250].get(nth as usize % 4).copied().unwrap_or(40);
            self.source.vms.insert(
                name,
                VmScene { network: network_name(on), disk_gb, powered: true, refuses_shutdown: false },
            );
        }
    }
}

/// As `prod-web-0101`: the stage, the tier, the VLAN.
fn network_name(nth: u16) -> String {
    let part = |names: &[&'static str], at: u16| {
        names.get(usize::from(at) % names.len()).copied().unwrap_or_default()
    };
    format!("{}-{}-{:04}", part(&STAGES, nth / 8), part(&TIERS, nth), nth + 100)
}
