//! The world as an operator would tell it, by names: no ids that a history made, no times.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::appliance::appliance_name;
use crate::appliance::pair::Pair;
use crate::extension::Over;
use crate::extension::segment::Segment;
use crate::ha::Group;
use crate::http::Site;
use crate::migration::Migration;
use crate::mobility::MobilityGroup;
use crate::world::{Vm, World};

/// Equal for worlds from which everything goes on alike: moments count from this one, and what has ended without leaving
/// anything behind does not count.
pub(crate) fn fingerprint(world: &World, now: Timestamp) -> [u8; 32] {
    let mut still = world.clone();
    still.advance(now);
    still.forget_history();
    still.move_to(Timestamp::UNIX_EPOCH);
    let mut text = serde_json::to_vec(&still).unwrap_or_default();
    if world.lag.is_on() {
        text.extend(format!("{:?} {now}", world.lag).into_bytes());
    }
    blake3::hash(&text).into()
}

fn keyed(entries: impl Iterator<Item = (String, Value)>) -> Map<String, Value> {
    entries.collect()
}

pub(crate) fn world(world: &World) -> Value {
    json!({
        "source": site(world, Site::Source),
        "cloud": site(world, Site::Cloud),
        "paired": world.paired,
        "trusted": world.trusted,
        "meshes": meshes(world),
        "groups": keyed(world.groups.iter().map(|(id, it)| (it.name(), group(id, it)))),
        "extensions": extensions(world),
        "mobility_groups": keyed(world.mobility.iter().filter(|(_, it)| !it.archived).map(|(id, it)| mobility(world, id, it))),
        "migrations": keyed(world.migrations.active().map(migration)),
    })
}

fn site(world: &World, site: Site) -> Value {
    let state = world.site(site);
    let pools = state.scene.network_profiles.iter();
    let pools = pools.map(|(name, pool)| {
        (name.clone(), json!({ "free_addresses": world.free_addresses(site, name, pool) }))
    });
    let segments = world.segments.iter().filter(|_| site == Site::Cloud).map(segment);
    json!({
        "edition": state.scene.edition,
        "version": state.scene.version,
        "compute_profiles": state.profiles.iter().map(|(name, it)| (name.clone(), json!({ "ne_appliance_limit": it.limit, "network_profiles": it.networks }))).collect::<Map<_, _>>(),
        "network_profiles": keyed(pools),
        "segments": keyed(segments),
        "vms": keyed(state.vms.iter().filter(|(_, vm)| vm.copy_of.is_none()).map(machine)),
        "copies": copies(&state.vms),
    })
}

fn segment((name, it): (&String, &Segment)) -> (String, Value) {
    let gateway = format!("{}/{}", it.subnet.gateway, it.subnet.prefix());
    (name.clone(), json!({ "gateway": gateway, "router": it.router, "gateway_on": it.gateway_on }))
}

fn machine((name, vm): (&String, &Vm)) -> (String, Value) {
    (name.clone(), json!({ "network": vm.network, "powered": vm.powered, "disk_gb": vm.disk_gb }))
}

/// What bulk migrations left behind, without the moment in their names; sorted, because that moment orders them.
fn copies(vms: &std::collections::BTreeMap<String, Vm>) -> Vec<Value> {
    let mut copies: Vec<_> =
        vms.values().filter_map(|vm| Some((vm.copy_of.as_ref()?, &vm.network))).collect();
    copies.sort_unstable();
    copies.iter().map(|(of, network)| json!({ "of": of, "network": network })).collect()
}

fn meshes(world: &World) -> Map<String, Value> {
    keyed(world.meshes.iter().map(|(name, mesh)| {
        let pairs = mesh.pairs.iter().map(|(n, pair)| {
            let of_both = Site::BOTH.map(|site| appliance_name(site, name, *n)).join(" and ");
            (of_both, appliances(pair, Some(world.carried(name, *n))))
        });
        let told = json!({
            "count": mesh.counts.values().sum::<u32>(), "state": mesh.state, "services": mesh.services, "appliances": keyed(pairs),
            "switches": (mesh.counts.len() > 1).then_some(&mesh.counts),
            "blocked": mesh.blocked.then_some(true),
            "interconnect": mesh.has_interconnect().then(|| appliances(&mesh.interconnect, None)),
        });
        (name.clone(), told)
    }))
}

fn appliances(pair: &Pair, networks: Option<usize>) -> Value {
    let work = pair.under_way.map(|it| it.work);
    json!({ "version": pair.version.to_string(), "up": pair.is_up(), "networks": networks, "under_way": work })
}

fn group(id: &str, it: &Group) -> Value {
    let name = |n| appliance_name(Site::Source, &it.mesh, n);
    json!({ "id": id, "state": it.state, "active": name(it.active), "standby": name(it.standby) })
}

fn extensions(world: &World) -> Map<String, Value> {
    keyed(world.extensions.values().map(|it| {
        let over = match &it.over {
            Over::Pair { mesh, pair } => appliance_name(Site::Source, mesh, *pair),
            Over::Group(id) => world.groups.get(id).map(Group::name).unwrap_or_default(),
        };
        let (gateway, netmask) = (it.subnet.gateway, it.subnet.netmask);
        let told = json!({ "gateway": gateway, "netmask": netmask, "router": it.router, "over": over, "state": it.state, "segment": it.segment });
        (it.network.clone(), told)
    }))
}

fn mobility(world: &World, id: &str, it: &MobilityGroup) -> (String, Value) {
    (it.name.clone(), json!({ "state": world.mobility_state(id, it), "migrations": it.migrations.len() }))
}

fn migration(it: &Migration) -> (String, Value) {
    (it.vm.clone(), json!({ "kind": it.kind, "state": it.state, "from": it.from, "to": it.to_network }))
}
