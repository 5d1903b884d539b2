//! The world as an operator would tell it.

use serde_json::{Value, json};

use crate::ha::group_name;
use crate::http::Site;
use crate::interconnect::appliance_name;
use crate::world::{Over, World};

pub(crate) fn world(world: &World) -> Value {
    let site = |site: Site| {
        let state = world.site(site);
        let vms = state.vms.iter().map(|(name, vm)| {
            (name.clone(), json!({ "network": vm.network, "powered": vm.powered, "folder": vm.folder }))
        });
        json!({
            "edition": state.scene.edition,
            "version": state.scene.version,
            "compute_profile": { "name": state.scene.compute_profile.name, "ne_appliance_limit": state.scene.compute_profile.ne_appliance_limit },
            "vms": vms.collect::<serde_json::Map<_, _>>(),
        })
    };
    let meshes = world.meshes.iter().map(|(name, mesh)| {
        let pairs = mesh.pairs.iter().map(|(n, pair)| {
            (appliance_name(Site::Source, name, *n), json!({ "version": pair.version, "up": pair.up }))
        });
        let pairs: serde_json::Map<_, _> = pairs.collect();
        (
            name.clone(),
            json!({ "id": mesh.id, "count": mesh.count, "state": mesh.state, "appliances": pairs }),
        )
    });
    let groups = world.groups.iter().map(|(id, group)| {
        let active = group.pairs.first().map(|n| appliance_name(Site::Source, &group.mesh, *n));
        (group_name(group), json!({ "id": id, "state": group.state, "active": active }))
    });
    let extensions = world.extensions.iter().map(|(id, it)| {
        let over = match &it.over {
            Over::Pair { mesh, pair } => appliance_name(Site::Source, mesh, *pair),
            Over::Group(id) => world.groups.get(id).map(group_name).unwrap_or_default(),
        };
        (it.network.clone(), json!({
            "id": id, "gateway": it.gateway, "netmask": it.netmask, "router": it.router, "over": over, "state": it.state,
        }))
    });
    let migrations = world.migrations.iter().filter(|it| it.is_active());
    let migrations = migrations.map(|it| (it.vm.clone(), json!({ "kind": it.kind, "state": it.state })));
    json!({
        "source": site(Site::Source),
        "cloud": site(Site::Cloud),
        "paired": world.paired,
        "meshes": meshes.collect::<serde_json::Map<_, _>>(),
        "groups": groups.collect::<serde_json::Map<_, _>>(),
        "extensions": extensions.collect::<serde_json::Map<_, _>>(),
        "migrations": migrations.collect::<serde_json::Map<_, _>>(),
    })
}
