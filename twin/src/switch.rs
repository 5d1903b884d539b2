//! Distributed switches of the source, and the overlay transport zone of the cloud (`behaviour.md` section 8). A mesh pairs
//! each source switch that it extends with the transport zone.

use serde_json::{Value, json};

use crate::http::Site;
use crate::scene::Scene;
use crate::world::{World, uid};

/// The source switch of everything that names no other one.
pub(crate) const USUAL_SWITCH: &str = "dvs-production";
const OVERLAY: &str = "overlay-tz";

pub(crate) fn switch_id(name: &str) -> String {
    uid(&["switch", name])
}

/// The source's switches: the usual one, and those that networks and meshes name.
pub(crate) fn of_scene(scene: &Scene) -> Vec<String> {
    let named = scene.source.networks.values().filter_map(|it| it.switch.as_ref());
    let mut all: Vec<String> =
        scene.meshes.values().flat_map(|it| it.switches.keys()).chain(named).cloned().collect();
    all.sort();
    all.dedup();
    all.retain(|name| name != USUAL_SWITCH);
    all.insert(0, USUAL_SWITCH.to_owned());
    all
}

impl World {
    /// The names of a site's switches.
    pub(crate) fn switches(&self, site: Site) -> Vec<String> {
        match site {
            Site::Source => self.source_switches.clone(),
            Site::Cloud => vec![OVERLAY.to_owned()],
        }
    }

    /// The switch of a network of a site.
    pub(crate) fn switch_of(&self, site: Site, network: &str) -> &str {
        let named = self.site(site).scene.networks.get(network).and_then(|it| it.switch.as_deref());
        match site {
            Site::Source => named.unwrap_or(USUAL_SWITCH),
            Site::Cloud => OVERLAY,
        }
    }

    /// The switch of a pair's appliance at a site, when the source's is known.
    pub(crate) fn switch_at(site: Site, source: &str) -> &str {
        if site == Site::Source { source } else { OVERLAY }
    }

    pub(crate) fn switch_json(&self, site: Site, name: &str) -> Value {
        let kind = match site {
            Site::Source => "VmwareDistributedVirtualSwitch",
            Site::Cloud => "OVERLAY_STANDARD",
        };
        json!({
            "cmpId": self.resource_id(site), "id": switch_id(name), "type": kind, "name": name, "maxMtu": 9000,
        })
    }
}
