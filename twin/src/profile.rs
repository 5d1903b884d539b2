//! Network profiles and compute profiles (`behaviour.md` section 7).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::Failure;
use crate::http::Site;
use crate::refusal::{Refusal, Served, not_found, refuse};
use crate::scene::{PoolScene, Tag};
use crate::task::{NewTask, TaskKind};
use crate::world::{Happening, World, uid};

/// The part of a compute profile that can be edited: `switches[].l2cApplianceCount`, the Network Extension Appliance
/// Limit (inferred, section 7); none means unlimited.
#[derive(Debug, Deserialize)]
pub(crate) struct ProfileEdit {
    switches: Vec<LimitedSwitch>,
}

#[derive(Debug, Deserialize)]
struct LimitedSwitch {
    #[serde(rename = "l2cApplianceCount")]
    limit: Option<u32>,
}

/// The network profiles of a site that names none.
pub(crate) fn usual_pools(site: Site, name: &str) -> BTreeMap<String, PoolScene> {
    let second = if site == Site::Source { 1 } else { 2 };
    let tags = [("management", Tag::Management), ("uplink", Tag::Uplink), ("vmotion", Tag::Vmotion)];
    let pool = |(third, (word, tag)): (u8, (&str, Tag))| {
        let first = Ipv4Addr::new(10, second, third, 10);
        (format!("{name}-{word}"), PoolScene { tags: vec![tag], first, addresses: 16 })
    };
    (1..).zip(tags).map(pool).collect()
}

impl World {
    pub(crate) fn profile_id(&self, site: Site) -> String {
        uid(&["compute-profile", &self.site(site).scene.compute_profile.name])
    }

    /// How many addresses of a network profile the appliances have: a mesh with the interconnect
    /// has one appliance for it, and a Network Extension appliance of each of its pairs.
    fn used_addresses(&self, pool: &PoolScene) -> u32 {
        let (pairs, meshes) = self.meshes.values().fold((0, 0), |(pairs, meshes), mesh| {
            (pairs + mesh.pairs.len(), meshes + usize::from(mesh.has_interconnect()))
        });
        let of_pairs = [Tag::Management, Tag::Uplink].iter().any(|tag| pool.tags.contains(tag));
        let of_meshes = of_pairs || pool.tags.contains(&Tag::Vmotion);
        let used = if of_pairs { pairs } else { 0 } + if of_meshes { meshes } else { 0 };
        u32::try_from(used).unwrap_or(u32::MAX)
    }

    pub(crate) fn free_addresses(&self, pool: &PoolScene) -> u32 {
        pool.addresses.saturating_sub(self.used_addresses(pool))
    }

    /// Why so many new appliances of a mesh get no addresses, if they do not.
    pub(crate) fn short_of_addresses(&self, appliances: u32) -> Option<String> {
        let pools = Site::BOTH.into_iter().flat_map(|site| &self.site(site).scene.network_profiles);
        let needed = |pool: &PoolScene| {
            let drawn = [Tag::Management, Tag::Uplink].iter().any(|tag| pool.tags.contains(tag));
            if drawn { appliances } else { 0 }
        };
        let mut short = pools.filter(|(_, pool)| self.free_addresses(pool) < needed(pool));
        short.next().map(|(name, pool)| {
            let free = self.free_addresses(pool);
            format!("network profile {name} has {free} free addresses and {appliances} are needed")
        })
    }

    /// listNetworkProfiles, queryNetworkProfiles
    pub(crate) fn network_profiles(&self, site: Site) -> Value {
        let scene = &self.site(site).scene;
        let profile = |(name, pool): (&String, &PoolScene)| {
            let first = u32::from(pool.first);
            let last = Ipv4Addr::from(first.saturating_add(pool.addresses.saturating_sub(1)));
            json!({
                "objectId": uid(&["network-profile", name]), "name": name, "organization": "DEFAULT", "mtu": 1500,
                "l3TenantManaged": false, "ownedBySystem": true, "recommendationTags": pool.tags,
                "backings": [{
                    "backingId": network_id(name), "backingName": name, "type": "DistributedVirtualPortgroup",
                    "vCenterInstanceUuid": self.resource_id(site),
                }],
                "ipScopes": [{
                    "poolId": uid(&["pool", name]), "prefixLength": 24, "gateway": Ipv4Addr::from((first & !0xff) | 1),
                    "networkIpRanges": [{ "startAddress": pool.first, "endAddress": last }],
                    // Shown by queryIpUsage; the names are inferred.
                    "usedIpCount": self.used_addresses(pool), "freeIpCount": self.free_addresses(pool),
                }],
            })
        };
        scene.network_profiles.iter().map(profile).collect()
    }

    /// A switch that may be extended, with the Network Extension Appliance Limit on it.
    fn limited_switch(&self, site: Site, name: &str) -> Value {
        let mut switch = self.switch_json(site, name);
        let limit = self.site(site).scene.compute_profile.ne_appliance_limit;
        if let (Some(limit), Some(fields)) = (limit, switch.as_object_mut()) {
            fields.insert("l2cApplianceCount".to_owned(), json!(limit));
        }
        switch
    }

    fn compute_profile(&self, site: Site) -> Value {
        let scene = &self.site(site).scene;
        let network = |(name, pool): (&String, &PoolScene)| json!({ "id": uid(&["network-profile", name]), "name": name, "tags": pool.tags });
        let cluster = format!("{}-cluster", scene.name);
        json!({
            "computeProfileId": self.profile_id(site), "name": scene.compute_profile.name,
            "location": self.endpoint_id(site), "locationName": scene.name, "state": "VALID",
            "deploymentComputeClusterName": cluster, "deploymentComputeClusterId": uid(&["cluster", &cluster]),
            "services": crate::mesh::services(crate::mesh::USUAL_SERVICES),
            "networks": scene.network_profiles.iter().map(network).collect::<Vec<_>>(),
            "switches": self.switches(site).iter().map(|name| self.limited_switch(site, name)).collect::<Vec<_>>(),
        })
    }

    /// listComputeProfiles; with `endpointId` those of the paired site (section 1)
    pub(crate) fn compute_profiles(&self, site: Site, endpoint: Option<&str>) -> Value {
        let of = Site::BOTH.into_iter().filter(|it| match endpoint {
            None => *it == site,
            Some(id) => self.endpoint_id(*it) == id,
        });
        json!({ "items": of.map(|site| self.compute_profile(site)).collect::<Vec<_>>() })
    }

    fn profile_site(&self, id: &str) -> Result<Site, Refusal> {
        let found = Site::BOTH.into_iter().find(|site| self.profile_id(*site) == id);
        found.map_or_else(|| not_found("compute profile", id), Ok)
    }

    /// getComputeProfile
    pub(crate) fn compute_profile_by_id(&self, id: &str) -> Served {
        Ok((200, self.compute_profile(self.profile_site(id)?)))
    }

    /// updateComputeProfile (inferred), on the profile's own site: its Network Extension Appliance Limit
    pub(crate) fn update_profile(
        &mut self,
        site: Site,
        id: &str,
        edit: &ProfileEdit,
        fails: Option<Failure>,
    ) -> Served {
        if self.profile_site(id)? != site {
            return refuse(400, "NOT_LOCAL", "a compute profile is edited on its own site");
        }
        let limit = edit.switches.iter().filter_map(|it| it.limit).min();
        let most = self.meshes.values().flat_map(|mesh| mesh.counts.values()).max().copied().unwrap_or(0);
        if limit.is_some_and(|limit| limit < most) {
            return refuse(400, "APPLIANCE_LIMIT_EXCEEDED", format!("a mesh runs {most} appliances already"));
        }
        let name = self.site(site).scene.compute_profile.name.clone();
        if self.is_busy(&name) {
            return in_progress(&name);
        }
        let kind = TaskKind::UpdateComputeProfile;
        let new = NewTask { site, kind, entity: &name, from: self.now, seconds: 15 };
        let task = self.start_task(new, Happening::ProfileEdited { site, limit }, fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "computeProfileId": id } })))
    }

    pub(crate) fn profile_edited(&mut self, site: Site, limit: Option<u32>, failed: bool) {
        if !failed {
            self.site_mut(site).scene.compute_profile.ne_appliance_limit = limit;
            self.meshes.values_mut().for_each(|mesh| mesh.is_outdated = true);
        }
    }
}

pub(crate) fn in_progress<T>(name: &str) -> Result<T, Refusal> {
    refuse(409, "OPERATION_IN_PROGRESS", format!("another operation is in progress on {name}"))
}

pub(crate) fn network_id(name: &str) -> String {
    format!("dvportgroup-{}", uid(&["network", name]).get(..6).unwrap_or_default())
}
