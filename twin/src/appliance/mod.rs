//! Appliances, always a pair: one at the source, its peer in the cloud (`behaviour.md` section 9.1).

pub(crate) mod pair;
pub(crate) mod work;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::appliance::pair::{Pair, numbers};
use crate::extension::Over;
use crate::http::Site;
use crate::mesh::{Backing, Mesh};
use crate::paging::Paging;
use crate::switch::switch_id;
use crate::world::{World, uid};

/// An appliance pair of a mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Unit {
    /// Of Network Extension, by its number.
    Extension(u32),
    /// Of the interconnect.
    Interconnect,
}

/// The body of queryAppliances; what is left out does not matter.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ApplianceQuery {
    #[serde(default)]
    filter: ApplianceFilter,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApplianceFilter {
    appliance_type: Option<String>,
    service_mesh_id: Option<String>,
    endpoint_id: Option<String>,
}

/// The body of queryApplianceMetrics.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct MetricsQuery {
    #[serde(default)]
    filter: MetricsFilter,
    #[serde(default)]
    paging: Paging,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetricsFilter {
    service_mesh_ids: Option<Vec<String>>,
    appliance_types: Option<Vec<String>>,
}

const EXTENSION: &str = "HCX-NET-EXT";

/// What an interconnect appliance is called (section 8).
fn interconnect(backing: Backing) -> &'static str {
    match backing {
        Backing::Photon | Backing::NotApplicable => "HCX-WAN-IX",
        Backing::Edge => "HCX-WAN-IX-EDGE",
    }
}

pub(crate) fn appliance_name(site: Site, mesh: &str, n: u32) -> String {
    format!("{mesh}-NE-{}{n}", if site == Site::Source { "I" } else { "R" })
}

pub(crate) fn appliance_id(name: &str) -> String {
    uid(&["appliance", name])
}

fn interconnect_name(site: Site, mesh: &str) -> String {
    format!("{mesh}-IX-{}1", if site == Site::Source { "I" } else { "R" })
}

/// The name of an appliance of any kind.
pub(crate) fn unit_name(site: Site, mesh: &str, unit: Unit) -> String {
    match unit {
        Unit::Extension(n) => appliance_name(site, mesh, n),
        Unit::Interconnect => interconnect_name(site, mesh),
    }
}

/// Healthy: up, with all of its tunnels (section 9.1, inferred).
fn summary(up: bool) -> Value {
    let (status, tunnels) = if up { ("UP", 8) } else { ("DOWN", 0) };
    json!({
        "overallStatus": status, "overallTransportStatus": status, "overallEncryptionTunnelStatus": status,
        "transportSummary": [{ "name": "uplink", "totalTunnelCount": 8, "totalActiveTunnelCount": tunnels }],
    })
}

impl World {
    /// Whether a pair carries networks or is about to, or is in an HA group.
    pub(crate) fn is_used(&self, mesh: &str, pair: u32) -> bool {
        self.group_of(mesh, pair).is_some() || self.is_loaded(mesh, pair)
    }

    pub(crate) fn is_loaded(&self, mesh: &str, pair: u32) -> bool {
        self.load(&Over::Pair { mesh: mesh.to_owned(), pair }).next().is_some()
    }

    /// How many networks are extended over a pair; those over an HA group are over its active one.
    pub(crate) fn carried(&self, mesh: &str, pair: u32) -> usize {
        let over = |it: &Over| match it {
            Over::Pair { mesh: m, pair: p } => m == mesh && *p == pair,
            Over::Group(id) => {
                self.groups.get(id).is_some_and(|group| group.mesh == mesh && group.active == pair)
            }
        };
        self.extensions.values().filter(|it| over(&it.over)).count()
    }

    /// The mesh and the number of a Network Extension appliance of a site.
    pub(crate) fn pair_by_appliance(&self, site: Site, id: &str) -> Option<(String, u32)> {
        self.meshes.iter().find_map(|(name, mesh)| {
            let n = mesh.pairs.keys().find(|n| appliance_id(&appliance_name(site, name, **n)) == id)?;
            Some((name.clone(), *n))
        })
    }

    /// The mesh and the kind of any appliance of a site.
    pub(crate) fn unit_by_appliance(&self, site: Site, id: &str) -> Option<(String, Unit)> {
        let extension = self.pair_by_appliance(site, id).map(|(mesh, n)| (mesh, Unit::Extension(n)));
        extension.or_else(|| {
            let mut all = self.meshes.iter().filter(|(_, mesh)| mesh.has_interconnect());
            let (name, _) = all.find(|(name, _)| appliance_id(&interconnect_name(site, name)) == id)?;
            Some((name.clone(), Unit::Interconnect))
        })
    }

    fn appliance_json(&self, site: Site, name: &str, peer: &str, mesh: &Mesh, pair: &Pair) -> Value {
        let (version, newest) = (pair.version.at(site), &self.site(site).scene.version);
        let (parts, outdated) = (numbers(version), numbers(version) < numbers(newest));
        let number = |at: usize| parts.get(at).copied().unwrap_or(0);
        json!({
            "applianceId": appliance_id(name), "applianceName": name, "serviceMeshId": mesh.id,
            "computeProfileId": crate::profile::compute::profile_id(mesh.profile(site)), "endpointId": self.endpoint_id(site),
            "location": self.endpoint_id(site), "isInitiator": site == Site::Source,
            "peerAppliances": [{
                "applianceId": appliance_id(peer), "applianceName": peer, "endpointId": self.endpoint_id(site.other()),
            }],
            "version": version, "updateAvailable": outdated, "availableVersion": outdated.then_some(newest),
            "applianceVersion": { "major": number(0), "minor": number(1), "patch": number(2), "build": 24_105_789 },
            "status": { "summary": summary(pair.is_up()) },
            "state": pair.under_way.map_or("CONFIGURED", |it| it.work.state()),
        })
    }

    fn extension_appliance(&self, site: Site, mesh_name: &str, mesh: &Mesh, n: u32, pair: &Pair) -> Value {
        let name = appliance_name(site, mesh_name, n);
        let peer = appliance_name(site.other(), mesh_name, n);
        let mut it = self.appliance_json(site, &name, &peer, mesh, pair);
        let switch = Self::switch_at(site, &pair.switch);
        if let Some(fields) = it.as_object_mut() {
            fields.insert("applianceType".to_owned(), json!(EXTENSION));
            fields.insert("networkExtensionCount".to_owned(), json!(self.carried(mesh_name, n)));
            fields.insert("dvsId".to_owned(), json!(switch_id(switch)));
            fields.insert("dvsName".to_owned(), json!(switch));
        }
        it
    }

    fn interconnect_appliance(&self, site: Site, mesh_name: &str, mesh: &Mesh) -> Option<Value> {
        let pair = mesh.unit(Unit::Interconnect).filter(|_| mesh.has_interconnect())?;
        let (name, peer) = (interconnect_name(site, mesh_name), interconnect_name(site.other(), mesh_name));
        let mut it = self.appliance_json(site, &name, &peer, mesh, pair);
        it.as_object_mut()?.insert("applianceType".to_owned(), json!(interconnect(mesh.backing)));
        Some(it)
    }

    fn appliances_where(
        &self,
        site: Site,
        meshes: impl Fn(&Mesh) -> bool,
        kinds: impl Fn(&str) -> bool,
    ) -> Vec<Value> {
        let mut all = Vec::new();
        for (name, mesh) in self.meshes.iter().filter(|(_, mesh)| meshes(mesh)) {
            if kinds(EXTENSION) {
                let pairs = mesh.pairs.iter();
                all.extend(pairs.map(|(n, pair)| self.extension_appliance(site, name, mesh, *n, pair)));
            }
            if kinds(interconnect(mesh.backing)) {
                all.extend(self.interconnect_appliance(site, name, mesh));
            }
        }
        all
    }

    /// listAppliances and queryAppliances: a site's own
    pub(crate) fn appliances(&self, site: Site, query: &ApplianceQuery) -> Value {
        let wanted = &query.filter;
        let here = wanted.endpoint_id.as_ref().is_none_or(|id| *id == self.endpoint_id(site));
        let all = self.appliances_where(
            site,
            |mesh| here && wanted.service_mesh_id.as_ref().is_none_or(|id| *id == mesh.id),
            |kind| wanted.appliance_type.as_ref().is_none_or(|it| it == kind),
        );
        json!({ "items": all })
    }

    /// queryApplianceMetrics: the summaries of a site's own appliances
    pub(crate) fn appliance_metrics(&self, site: Site, query: &MetricsQuery) -> Value {
        let wanted = &query.filter;
        let all = self.appliances_where(
            site,
            |mesh| wanted.service_mesh_ids.as_ref().is_none_or(|ids| ids.contains(&mesh.id)),
            |kind| wanted.appliance_types.as_ref().is_none_or(|all| all.iter().any(|it| it == kind)),
        );
        let metrics = |it: &Value| {
            let field = |name: &str| it.get(name).cloned().unwrap_or_default();
            json!({
                "timestamp": self.now.as_millisecond(), "applianceId": field("applianceId"),
                "applianceType": field("applianceType"), "serviceMeshId": field("serviceMeshId"),
                "location": field("location"), "summary": it.pointer("/status/summary"),
            })
        };
        let page = query.paging.page(&all);
        let paging = json!({ "count": page.len(), "next": query.paging.next(all.len()) });
        json!({ "paging": paging, "items": page.into_iter().map(metrics).collect::<Vec<_>>() })
    }
}
