//! Network profiles: pools of addresses with what they are for (`behaviour.md` section 7). Changing one is a job; a
//! refusal comes with 200 and `error: true` (section 3).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::Failure;
use crate::http::Site;
use crate::profile::network_id;
use crate::refusal::{Refusal, Served, not_found, refuse};
use crate::scene::{PoolScene, Tag};
use crate::world::{Happening, World, uid};

/// The body of createNetworkProfile and updateNetworkProfile: the whole object.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NetworkProfileSpec {
    name: String,
    ip_scopes: Vec<IpScope>,
    #[serde(default)]
    recommendation_tags: Vec<Tag>,
    /// Has to be there, whatever it says.
    l3_tenant_managed: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IpScope {
    network_ip_ranges: Vec<IpRange>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IpRange {
    start_address: Ipv4Addr,
    end_address: Ipv4Addr,
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

fn profile_id(name: &str) -> String {
    uid(&["network-profile", name])
}

impl PoolScene {
    fn is_drawn_by_pairs(&self) -> bool {
        [Tag::Management, Tag::Uplink].iter().any(|tag| self.tags.contains(tag))
    }

    fn last(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.first).saturating_add(self.addresses.saturating_sub(1)))
    }
}

impl World {
    /// How many addresses of a network profile the appliances have: a mesh with the interconnect
    /// has one appliance for it, and a Network Extension appliance of each of its pairs.
    fn used_addresses(&self, site: Site, name: &str, pool: &PoolScene) -> u32 {
        let draws = |profile: &str| {
            self.site(site).profiles.get(profile).is_some_and(|it| it.networks.contains(name))
        };
        let meshes = self.meshes.values().filter(|mesh| draws(mesh.profile(site)));
        let (pairs, interconnects) = meshes.fold((0, 0), |(pairs, interconnects), mesh| {
            (pairs + mesh.pairs.len(), interconnects + usize::from(mesh.has_interconnect()))
        });
        let of_interconnects = pool.is_drawn_by_pairs() || pool.tags.contains(&Tag::Vmotion);
        let used = if pool.is_drawn_by_pairs() { pairs } else { 0 }
            + if of_interconnects { interconnects } else { 0 };
        u32::try_from(used).unwrap_or(u32::MAX)
    }

    pub(crate) fn free_addresses(&self, site: Site, name: &str, pool: &PoolScene) -> u32 {
        pool.addresses.saturating_sub(self.used_addresses(site, name, pool))
    }

    /// Why so many new appliances on these compute profiles get no addresses, if they do not.
    pub(crate) fn short_of_addresses(&self, profiles: &[String; 2], appliances: u32) -> Option<String> {
        Site::BOTH.into_iter().zip(profiles).find_map(|(site, profile)| {
            let state = self.site(site);
            let drawn = &state.profiles.get(profile)?.networks;
            let pools = state.scene.network_profiles.iter().filter(|(name, _)| drawn.contains(*name));
            let mut pools = pools.filter(|(_, pool)| pool.is_drawn_by_pairs());
            pools.find_map(|(name, pool)| {
                let free = self.free_addresses(site, name, pool);
                (free < appliances).then(|| {
                    format!(
                        "network profile {name} has too few free addresses: {free} left, {appliances} needed"
                    )
                })
            })
        })
    }

    /// listNetworkProfiles, queryNetworkProfiles
    pub(crate) fn network_profiles(&self, site: Site) -> Value {
        let profile = |(name, pool): (&String, &PoolScene)| {
            json!({
                "objectId": profile_id(name), "name": name, "organization": "DEFAULT", "mtu": 1500,
                "l3TenantManaged": false, "ownedBySystem": true, "recommendationTags": pool.tags,
                "backings": [{
                    "backingId": network_id(name), "backingName": name, "type": "DistributedVirtualPortgroup",
                    "vCenterInstanceUuid": self.resource_id(site),
                }],
                "ipScopes": [{
                    "poolId": uid(&["pool", name]), "prefixLength": 24,
                    "gateway": Ipv4Addr::from((u32::from(pool.first) & !0xff) | 1),
                    "networkIpRanges": [{ "startAddress": pool.first, "endAddress": pool.last() }],
                    // Shown by queryIpUsage; the names are inferred.
                    "usedIpCount": self.used_addresses(site, name, pool),
                    "freeIpCount": self.free_addresses(site, name, pool),
                }],
            })
        };
        self.site(site).scene.network_profiles.iter().map(profile).collect()
    }

    /// A pool as a body describes it.
    fn checked_pool(spec: &NetworkProfileSpec) -> Result<PoolScene, Refusal> {
        if spec.l3_tenant_managed.is_none() {
            return refuse(400, "INVALID_REQUEST", "`l3TenantManaged` is missing");
        }
        let [IpScope { network_ip_ranges }] = spec.ip_scopes.as_slice() else {
            return refuse(400, "INVALID_REQUEST", "`ipScopes` holds one pool of addresses");
        };
        let [IpRange { start_address, end_address }] = network_ip_ranges.as_slice() else {
            return refuse(400, "INVALID_REQUEST", "`networkIpRanges` holds one range");
        };
        let (first, last) = (u32::from(*start_address), u32::from(*end_address));
        match last.checked_sub(first).and_then(|size| size.checked_add(1)) {
            None => refuse(400, "INVALID_RANGE", "the range ends before it begins"),
            Some(addresses) => {
                Ok(PoolScene { tags: spec.recommendation_tags.clone(), first: *start_address, addresses })
            }
        }
    }

    fn network_profile_name(&self, site: Site, id: &str) -> Result<String, Refusal> {
        let mut names = self.site(site).scene.network_profiles.keys();
        names
            .find(|name| profile_id(name) == id)
            .cloned()
            .map_or_else(|| not_found("network profile", id), Ok)
    }

    /// createNetworkProfile: a job
    pub(crate) fn create_network_profile(
        &mut self,
        site: Site,
        spec: &NetworkProfileSpec,
        fails: Option<Failure>,
    ) -> (u16, Value) {
        let name = spec.name.clone();
        let checked = Self::checked_pool(spec).and_then(|pool| {
            let taken = self.site(site).scene.network_profiles.contains_key(&name);
            if taken {
                refuse(400, "NAME_TAKEN", format!("there is a network profile {name} already"))
            } else {
                Ok(pool)
            }
        });
        self.network_profile_job(site, name, checked.map(Some), fails)
    }

    /// updateNetworkProfile: the whole object anew; a job
    pub(crate) fn update_network_profile(
        &mut self,
        site: Site,
        id: &str,
        spec: &NetworkProfileSpec,
        fails: Option<Failure>,
    ) -> Served {
        let name = self.network_profile_name(site, id)?;
        let checked = Self::checked_pool(spec).and_then(|pool| {
            if spec.name != name {
                return refuse(400, "INVALID_REQUEST", "a network profile keeps its name");
            }
            let used = self.used_addresses(site, &name, &pool);
            if pool.addresses < used {
                return refuse(400, "IN_USE", format!("{used} addresses of {name} are in use"));
            }
            Ok(Some(pool))
        });
        Ok(self.network_profile_job(site, name, checked, fails))
    }

    /// deleteNetworkProfile: a job; refused while a compute profile names it (inferred)
    pub(crate) fn delete_network_profile(&mut self, site: Site, id: &str, fails: Option<Failure>) -> Served {
        let name = self.network_profile_name(site, id)?;
        let mut profiles = self.site(site).profiles.iter();
        let checked = match profiles.find(|(_, it)| it.networks.contains(&name)) {
            Some((profile, _)) => refuse(400, "IN_USE", format!("compute profile {profile} uses {name}")),
            None => Ok(None),
        };
        Ok(self.network_profile_job(site, name, checked, fails))
    }

    fn network_profile_job(
        &mut self,
        site: Site,
        name: String,
        checked: Result<Option<PoolScene>, Refusal>,
        fails: Option<Failure>,
    ) -> (u16, Value) {
        let pool = match checked {
            Ok(pool) => pool,
            Err(Refusal { message, .. }) => {
                // Nothing else in it is known to say that this is a refusal.
                let body = json!({ "completed": true, "error": true, "errorMessage": message });
                return (200, body);
            }
        };
        let id = profile_id(&name);
        let ends = self.after(10);
        let job = self.start_job(&name, self.now, ends);
        self.end_at(ends, Happening::NetworkProfileSet { site, name, pool, job: job.clone() }, None, fails);
        let body = json!({ "success": true, "completed": true, "data": { "jobId": job, "objectId": id } });
        (202, body)
    }

    /// A network profile is as it was asked for, or gone.
    pub(crate) fn network_profile_set(&mut self, site: Site, name: &str, pool: Option<&PoolScene>) {
        let pools = &mut self.site_mut(site).scene.network_profiles;
        match pool {
            Some(pool) => {
                pools.insert(name.to_owned(), pool.clone());
            }
            None => {
                pools.remove(name);
            }
        }
    }
}
