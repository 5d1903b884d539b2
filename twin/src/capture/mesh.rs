//! Service meshes with their appliances, HA groups and extensions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::capture::CaptureError;
use crate::capture::ask::{Asking, items, text};
use crate::capture::still::busy;
use crate::http::Site;
use crate::mesh::USUAL_SERVICES;
use crate::net::Subnet;
use crate::scene::{ExtensionScene, GroupScene, MeshScene, PairScene, Scene, VersionScene};
use crate::switch::USUAL_SWITCH;

/// The mesh of a Network Extension appliance of the source and the number of its pair, by the appliance's id.
type Pairs = BTreeMap<String, (String, u32)>;

const APPLIANCES: &str = "/hybridity/api/interconnect/appliances/query";

pub(super) fn read(asking: &mut Asking<'_>, scene: &mut Scene) -> Result<(), CaptureError> {
    let list = asking.get(Site::Source, "listServiceMeshes", "/hybridity/api/interconnect/serviceMesh")?;
    let here = asking.query(Site::Source, "queryAppliances", APPLIANCES, json!({ "filter": {} }))?;
    let there = asking.query(Site::Cloud, "queryAppliances", APPLIANCES, json!({ "filter": {} }))?;
    let peers: BTreeMap<&str, &Value> =
        items(&there).iter().map(|it| (text(it, "/applianceId"), it)).collect();
    let newest = (scene.source.version.clone(), scene.cloud.version.clone());
    let mut pairs = Pairs::new();
    for mesh in items(&list) {
        let (id, name) = (text(mesh, "/serviceMeshId"), text(mesh, "/name"));
        if text(mesh, "/backingApplianceType") == "NOT_APPLICABLE" {
            scene.system_mesh = true;
            continue;
        }
        if text(mesh, "/state") != "COMMITTED" {
            asking.note(format!("Mesh {name} is {}, and COMMITTED here.", text(mesh, "/state")));
        }
        let own = items(&here).iter().filter(|it| text(it, "/serviceMeshId") == id);
        let (extending, others): (Vec<&Value>, Vec<&Value>) =
            own.partition(|it| text(it, "/applianceType") == "HCX-NET-EXT");
        let made = MeshMaker { peers: &peers, newest: &newest, name };
        let made = made.mesh(asking, extending, others.first(), &mut pairs);
        scene.meshes.insert(
            name.to_owned(),
            MeshScene { services: services(mesh), compute_profiles: profiles(mesh, scene), ..made },
        );
    }
    groups(asking, scene, &pairs)?;
    extensions(asking, scene, &pairs)
}

/// Its compute profiles, where they are not the first of both sites.
fn profiles(mesh: &Value, scene: &Scene) -> Option<[String; 2]> {
    let named = |nth: usize| text(mesh, &format!("/computeProfiles/{nth}/computeProfileName")).to_owned();
    let both = [named(0), named(1)];
    let first = [&scene.source, &scene.cloud].map(|site| site.compute_profile.name.clone());
    (both != first && both.iter().all(|name| !name.is_empty())).then_some(both)
}

struct MeshMaker<'a> {
    peers: &'a BTreeMap<&'a str, &'a Value>,
    newest: &'a (String, String),
    name: &'a str,
}

/// Of the source and of the cloud.
type Two = (String, String);

impl MeshMaker<'_> {
    fn versions(&self, it: &Value) -> Two {
        let here = text(it, "/version");
        let peer = self.peers.get(text(it, "/peerAppliances/0/applianceId"));
        (here.to_owned(), peer.map_or(here, |it| text(it, "/version")).to_owned())
    }

    /// Its pairs in the order in which a scene numbers them: those on the usual switch first.
    fn mesh(
        &self,
        asking: &mut Asking<'_>,
        mut extending: Vec<&Value>,
        interconnect: Option<&&Value>,
        pairs: &mut Pairs,
    ) -> MeshScene {
        extending.sort_by_key(|it| {
            let switch = text(it, "/dvsName");
            (switch != USUAL_SWITCH, switch.to_owned(), number(it))
        });
        let own = interconnect.or(extending.first()).map(|it| self.versions(it));
        let own = own.unwrap_or_else(|| self.newest.clone());
        let mut mesh = MeshScene {
            compute_profiles: None,
            appliances: 0,
            switches: BTreeMap::new(),
            services: None,
            version: (own != *self.newest).then(|| version(&own)),
            pairs: BTreeMap::new(),
        };
        for (n, it) in (1..).zip(extending) {
            match text(it, "/dvsName") {
                USUAL_SWITCH | "" => mesh.appliances += 1,
                other => *mesh.switches.entry(other.to_owned()).or_default() += 1,
            }
            pairs.insert(text(it, "/applianceId").to_owned(), (self.name.to_owned(), n));
            if number(it) != Some(n) {
                let was = text(it, "/applianceName");
                asking.note(format!("Appliance {was} is pair {n} of mesh {} here.", self.name));
            }
            let (versions, up) = (self.versions(it), text(it, "/status/summary/overallStatus") != "DOWN");
            if versions != own || !up {
                let version = (versions != own).then(|| version(&versions));
                mesh.pairs.insert(n, PairScene { version, up });
            }
        }
        mesh
    }
}

/// None when they are those that a mesh has anyway.
fn services(mesh: &Value) -> Option<Vec<String>> {
    let names = mesh.get("services").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<String> = names.map(|it| text(it, "/name").to_owned()).collect();
    (names != USUAL_SERVICES).then_some(names)
}

fn version(of: &Two) -> VersionScene {
    let (source, cloud) = of.clone();
    if source == cloud { VersionScene::Both(source) } else { VersionScene::Each { source, cloud } }
}

/// The number at the end of an appliance's name.
fn number(it: &Value) -> Option<u32> {
    let name = text(it, "/applianceName");
    name.get(name.trim_end_matches(|c: char| c.is_ascii_digit()).len()..)?.parse().ok()
}

fn groups(asking: &mut Asking<'_>, scene: &mut Scene, pairs: &Pairs) -> Result<(), CaptureError> {
    let list =
        asking.get(Site::Source, "listHaGroups", "/hybridity/api/interconnect/appliances/ha/groups")?;
    for it in items(&list) {
        let (name, state) = (text(it, "/name"), text(it, "/status/groupState"));
        if ["CREATING", "UPDATING", "DELETING"].contains(&state) {
            return busy(&format!("HA group {name} ({state})"));
        }
        let members = it.get("groupMembers").and_then(Value::as_array).into_iter().flatten();
        let role = |role: &str| {
            let member = members.clone().find(|it| text(it, "/role").eq_ignore_ascii_case(role))?;
            pairs.get(text(member, "/applianceId"))
        };
        match (role("ACTIVE"), role("STANDBY")) {
            (Some((mesh, active)), Some((_, standby))) => {
                let (mesh, active, standby) = (mesh.clone(), *active, *standby);
                scene.ha_groups.push(GroupScene { mesh, active, standby });
            }
            _ => asking.note(format!("HA group {name} is {state} without roles, and left out.")),
        }
    }
    scene.ha_groups.sort_by(|a, b| (&a.mesh, a.active).cmp(&(&b.mesh, b.active)));
    Ok(())
}

fn extensions(asking: &mut Asking<'_>, scene: &mut Scene, pairs: &Pairs) -> Result<(), CaptureError> {
    // The older list: it alone names the router.
    let list = asking.get(Site::Source, "listLegacyExtensions", "/hybridity/api/l2Extensions")?;
    for it in items(&list) {
        let (network, state) = (text(it, "/sourceNetwork/networkName"), text(it, "/operationStatus/state"));
        if ["EXTENDING", "TRANSITIONING", "REMOVING"].contains(&state) {
            return busy(&format!("the extension of {network} ({state})"));
        }
        match extension(it, pairs)
            .filter(|it| state != "FAILED" && scene.source.networks.contains_key(&it.network))
        {
            Some(it) => scene.extensions.push(it),
            None => asking.note(format!("The extension of {network} ({state}) is left out.")),
        }
    }
    scene.extensions.sort_by(|a, b| a.network.cmp(&b.network));
    Ok(())
}

fn extension(it: &Value, pairs: &Pairs) -> Option<ExtensionScene> {
    let subnet = Subnet::fields(text(it, "/gateway"), text(it, "/netmask"))?;
    let (mesh, pair) = pairs.get(text(it, "/sourceAppliance/applianceId"))?;
    Some(ExtensionScene {
        network: text(it, "/sourceNetwork/networkName").to_owned(),
        gateway: format!("{}/{}", subnet.gateway, subnet.prefix()),
        mesh: mesh.clone(),
        pair: *pair,
        router: text(it, "/destinationNetwork/gatewayId").to_owned(),
    })
}
