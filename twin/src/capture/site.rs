//! A site: its manager, its profiles, what is in its vCenter.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde_json::Value;

use crate::capture::CaptureError;
use crate::capture::ask::{Asking, items, needed, text};
use crate::extension::segment::own_name;
use crate::http::Site;
use crate::net::Subnet;
use crate::scene::{
    Edition, NetworkKind, NetworkScene, PoolScene, ProfileScene, Scene, SegmentScene, SiteScene, VmScene,
};
use crate::switch::USUAL_SWITCH;

const SEGMENT: &str = "NsxtSegment";

pub(super) fn read(asking: &mut Asking<'_>, site: Site, licensed: bool) -> Result<SiteScene, CaptureError> {
    let about = asking.get(site, "getAbout", "/hybridity/api/about")?;
    let name = needed(&about, site, "getAbout", "name")?;
    let networks = asking.inventory(site, "listNetworks", "/hybridity/api/service/inventory/networks")?;
    let machines =
        asking.inventory(site, "listVirtualMachines", "/hybridity/api/service/inventory/virtualmachines")?;
    let segments: BTreeMap<String, SegmentScene> =
        networks.iter().filter(|_| site == Site::Cloud).filter_map(segment).collect();
    let routers: BTreeSet<String> = segments.values().map(|it| it.router.clone()).collect();
    let network_profiles = pools(asking, site, &name)?;
    let mut profiles = profiles(asking, site)?;
    let is_network = |it: &&Value| !segments.contains_key(text(it, "/name"));
    Ok(SiteScene {
        edition: edition(asking, site, licensed)?,
        version: needed(&about, site, "getAbout", "version")?,
        user: None,
        admin: None,
        nsx: true,
        license_keys: BTreeMap::new(),
        grace_until: None,
        network_profiles,
        compute_profile: profiles.remove(0),
        more_compute_profiles: profiles,
        networks: networks.iter().filter(is_network).map(|it| network(site, it)).collect(),
        vms: machines.iter().map(machine).collect(),
        routers: routers.into_iter().collect(),
        segments,
        name,
    })
}

/// listLicences; the better one of several, as it is the one that counts (section 5).
fn edition(asking: &mut Asking<'_>, site: Site, licensed: bool) -> Result<Edition, CaptureError> {
    if !licensed {
        asking.note(format!(
            "The license of the {} was not asked for: its appliance port is not in the systems file. ENTERPRISE is assumed.",
            site.word()
        ));
        return Ok(Edition::Enterprise);
    }
    let answer = asking.get_admin(site, "listLicences", "/api/admin/licenses")?;
    if text(&answer, "/licenseStatus").eq_ignore_ascii_case("EVALUATION_MODE") {
        return Ok(Edition::Evaluation);
    }
    let is_enterprise = |it: &Value| text(it, "/edition").to_ascii_uppercase().contains("ENTERPRISE");
    let is_said = items(&answer).iter().any(|it| !text(it, "/edition").is_empty());
    if !is_said {
        asking.note(format!("The license of the {} names no edition. ENTERPRISE is assumed.", site.word()));
    }
    let enterprise = !is_said || items(&answer).iter().any(is_enterprise);
    Ok(if enterprise { Edition::Enterprise } else { Edition::Advanced })
}

/// listNetworkProfiles. Nothing when they are those that a site has anyway.
fn pools(
    asking: &mut Asking<'_>,
    site: Site,
    name: &str,
) -> Result<BTreeMap<String, PoolScene>, CaptureError> {
    let answer = asking.get(site, "listNetworkProfiles", "/hybridity/api/networks")?;
    let pools: BTreeMap<String, PoolScene> = items(&answer).iter().filter_map(pool).collect();
    if pools.len() < items(&answer).len() {
        asking.note(format!("A network profile of the {} without addresses is left out.", site.word()));
    }
    Ok(if pools == crate::profile::network::usual_pools(site, name) { BTreeMap::new() } else { pools })
}

/// Several ranges become one of as many addresses.
fn pool(it: &Value) -> Option<(String, PoolScene)> {
    let address = |range: &Value, path: &str| text(range, path).parse::<Ipv4Addr>().ok();
    let bounds = |range: &Value| Some((address(range, "/startAddress")?, address(range, "/endAddress")?));
    let list = |of: &Value, name: &str| of.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let scopes = list(it, "ipScopes");
    let ranges: Vec<_> =
        scopes.iter().flat_map(|scope| list(scope, "networkIpRanges")).filter_map(|it| bounds(&it)).collect();
    let count = |(first, last): &(Ipv4Addr, Ipv4Addr)| u32::from(*last).saturating_sub(u32::from(*first)) + 1;
    let tags = list(it, "recommendationTags").into_iter().filter_map(|tag| serde_json::from_value(tag).ok());
    let (tags, addresses) = (tags.collect(), ranges.iter().map(count).sum());
    Some((text(it, "/name").to_owned(), PoolScene { tags, first: ranges.first()?.0, addresses }))
}

/// listComputeProfiles: at least one.
fn profiles(asking: &mut Asking<'_>, site: Site) -> Result<Vec<ProfileScene>, CaptureError> {
    let operation = "listComputeProfiles";
    let answer = asking.get(site, operation, "/hybridity/api/interconnect/computeProfiles")?;
    let pools = asking.get(site, "listNetworkProfiles", "/hybridity/api/networks")?;
    let profile = |it: &Value| {
        let list = |name: &str| it.get(name).and_then(Value::as_array).into_iter().flatten();
        let limits = list("switches").filter_map(|it| it.get("l2cApplianceCount")?.as_u64());
        let ne_appliance_limit = limits.min().and_then(|it| u32::try_from(it).ok());
        let networks: BTreeSet<String> = list("networks").map(|it| text(it, "/name").to_owned()).collect();
        // All of the site's is what is meant when nothing is said.
        let network_profiles = (networks.len() < items(&pools).len()).then_some(networks);
        let name = needed(it, site, operation, "name")?;
        Ok(ProfileScene { name, ne_appliance_limit, network_profiles })
    };
    let profiles = items(&answer).iter().map(profile).collect::<Result<Vec<_>, _>>()?;
    if profiles.is_empty() {
        return Err(CaptureError::Silent { site, operation, field: "items" });
    }
    Ok(profiles)
}

/// None when it has no gateway or no router: it is a network then.
fn segment(it: &Value) -> Option<(String, SegmentScene)> {
    let subnet = Subnet::fields(text(it, "/gateway"), text(it, "/netmask"))?;
    let router = text(it, "/gatewayId").to_owned();
    if text(it, "/entityType") != SEGMENT || router.is_empty() {
        return None;
    }
    let gateway_on = it.get("isConnectedToRouter").and_then(Value::as_bool).unwrap_or(true);
    let gateway = format!("{}/{}", subnet.gateway, subnet.prefix());
    Some((text(it, "/name").to_owned(), SegmentScene { gateway, router, gateway_on }))
}

fn network(site: Site, it: &Value) -> (String, NetworkScene) {
    let vlan = text(it, "/vlanId").parse().unwrap_or(0);
    let kind = match (text(it, "/entityType"), vlan) {
        ("Network", _) => NetworkKind::Standard,
        (_, 0) => NetworkKind::Untagged,
        _ => NetworkKind::Normal,
    };
    let switch = Some(text(it, "/dvsName")).filter(|name| !name.is_empty() && *name != USUAL_SWITCH);
    let switch = switch.filter(|_| site == Site::Source).map(str::to_owned);
    (text(it, "/name").to_owned(), NetworkScene { vlan, kind, switch })
}

fn machine(it: &Value) -> (String, VmScene) {
    let network = text(it, "/network/0/name").to_owned();
    let powered = text(it, "/powerState") != "poweredOff";
    let bytes = it.pointer("/summary/diskSize").and_then(Value::as_u64);
    let disk_gb = bytes.map_or(40, |bytes| (bytes >> 30).max(1));
    (text(it, "/name").to_owned(), VmScene { network, disk_gb, powered, refuses_shutdown: false })
}

/// Takes out what follows from the rest, and what hangs in the air.
pub(super) fn settle(asking: &mut Asking<'_>, scene: &mut Scene) {
    let made: BTreeSet<String> = scene.extensions.iter().map(|it| own_name(&it.network)).collect();
    scene.cloud.segments.retain(|name, _| !made.contains(name));
    let routers = scene.extensions.iter().map(|it| it.router.clone());
    let mut routers: Vec<String> = routers.chain(std::mem::take(&mut scene.cloud.routers)).collect();
    routers.sort();
    routers.dedup();
    scene.cloud.routers = routers;
    for (site, state) in [(Site::Source, &mut scene.source), (Site::Cloud, &mut scene.cloud)] {
        let (networks, segments, before) = (&state.networks, &state.segments, state.vms.len());
        state.vms.retain(|_, vm| {
            let is_made = site == Site::Cloud && made.contains(&vm.network);
            is_made || networks.contains_key(&vm.network) || segments.contains_key(&vm.network)
        });
        let lost = before - state.vms.len();
        if lost > 0 {
            asking.note(format!(
                "{lost} machines of the {} are left out: their networks are not in its list.",
                site.word()
            ));
        }
    }
}
