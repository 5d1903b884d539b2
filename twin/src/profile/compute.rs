//! Compute profiles: which network profiles appliances draw from, and how many Network Extension appliances there may be
//! (`behaviour.md` section 7). Changing one is a task.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fault::Failure;
use crate::http::Site;
use crate::profile::in_progress;
use crate::refusal::{Refusal, Served, not_found, refuse};
use crate::scene::{Edition, ProfileScene, SiteScene};
use crate::task::{NewTask, TaskKind};
use crate::world::{Happening, World, uid};

/// A compute profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// The Network Extension Appliance Limit: `switches[].l2cApplianceCount` (inferred); none means unlimited.
    pub(crate) limit: Option<u32>,
    /// The names of its network profiles.
    pub(crate) networks: BTreeSet<String>,
    /// That of its site when it was made or last edited (section 5).
    pub(crate) edition: Edition,
}

/// The body of createComputeProfile and previewComputeProfile.
#[derive(Debug, Deserialize)]
pub(crate) struct ProfileSpec {
    name: String,
    networks: Vec<NetworkRef>,
    #[serde(default)]
    switches: Vec<LimitedSwitch>,
}

/// The part of a compute profile that can be edited (inferred).
#[derive(Debug, Deserialize)]
pub(crate) struct ProfileEdit {
    switches: Vec<LimitedSwitch>,
}

#[derive(Debug, Deserialize)]
struct NetworkRef {
    id: String,
}

#[derive(Debug, Deserialize)]
struct LimitedSwitch {
    #[serde(rename = "l2cApplianceCount")]
    limit: Option<u32>,
}

fn limit(switches: &[LimitedSwitch]) -> Option<u32> {
    switches.iter().filter_map(|it| it.limit).min()
}

/// The compute profiles of a site.
pub(crate) fn of_scene(scene: &SiteScene) -> BTreeMap<String, Profile> {
    let all = || scene.network_profiles.keys().cloned().collect();
    let profile = |it: &ProfileScene| {
        let networks = it.network_profiles.clone().unwrap_or_else(all);
        (it.name.clone(), Profile { limit: it.ne_appliance_limit, networks, edition: scene.edition })
    };
    std::iter::once(&scene.compute_profile).chain(&scene.more_compute_profiles).map(profile).collect()
}

pub(crate) fn profile_id(name: &str) -> String {
    uid(&["compute-profile", name])
}

impl World {
    /// A switch that may be extended, with the Network Extension Appliance Limit on it.
    fn limited_switch(&self, site: Site, name: &str, limit: Option<u32>) -> Value {
        let mut switch = self.switch_json(site, name);
        if let (Some(limit), Some(fields)) = (limit, switch.as_object_mut()) {
            fields.insert("l2cApplianceCount".to_owned(), json!(limit));
        }
        switch
    }

    fn compute_profile(&self, site: Site, name: &str, profile: &Profile) -> Value {
        let scene = &self.site(site).scene;
        let pools = scene.network_profiles.iter().filter(|(name, _)| profile.networks.contains(*name));
        let network = |(name, pool): (&String, &crate::scene::PoolScene)| json!({ "id": uid(&["network-profile", name]), "name": name, "tags": pool.tags });
        let switch = |name: &String| self.limited_switch(site, name, profile.limit);
        let is_offered = |it: &&str| *it != "RAV" || profile.edition == Edition::Enterprise;
        let services = crate::mesh::USUAL_SERVICES.into_iter().filter(is_offered);
        let cluster = format!("{}-cluster", scene.name);
        json!({
            "computeProfileId": profile_id(name), "name": name,
            "location": self.endpoint_id(site), "locationName": scene.name, "state": "VALID",
            "deploymentComputeClusterName": cluster, "deploymentComputeClusterId": uid(&["cluster", &cluster]),
            "services": crate::mesh::services(services),
            "networks": pools.map(network).collect::<Vec<_>>(),
            "switches": self.switches(site).iter().map(switch).collect::<Vec<_>>(),
        })
    }

    /// listComputeProfiles; with `endpointId` those of the paired site (section 1)
    pub(crate) fn compute_profiles(&self, site: Site, endpoint: Option<&str>) -> Value {
        let of = Site::BOTH.into_iter().filter(|it| match endpoint {
            None => *it == site,
            Some(id) => self.endpoint_id(*it) == id,
        });
        let of_site = |site: Site| {
            let profiles = self.site(site).profiles.iter();
            profiles.map(move |(name, profile)| self.compute_profile(site, name, profile))
        };
        json!({ "items": of.flat_map(of_site).collect::<Vec<_>>() })
    }

    /// Site and name of a compute profile.
    pub(crate) fn profile_by_id(&self, id: &str) -> Result<(Site, String), Refusal> {
        let mut all = Site::BOTH
            .into_iter()
            .flat_map(|site| self.site(site).profiles.keys().map(move |name| (site, name.clone())));
        all.find(|(_, name)| profile_id(name) == id).map_or_else(|| not_found("compute profile", id), Ok)
    }

    /// getComputeProfile
    pub(crate) fn compute_profile_by_id(&self, id: &str) -> Served {
        let (site, name) = self.profile_by_id(id)?;
        let profile = self.site(site).profiles.get(&name);
        Ok((200, profile.map_or(Value::Null, |it| self.compute_profile(site, &name, it))))
    }

    /// A new compute profile as a body describes it.
    fn checked_profile(&self, site: Site, spec: &ProfileSpec) -> Result<Profile, Refusal> {
        let known = &self.site(site).scene.network_profiles;
        let by_id = |it: &NetworkRef| {
            let found = known.keys().find(|name| uid(&["network-profile", name]) == it.id).cloned();
            found.map_or_else(
                || refuse(400, "NETWORK_PROFILE_NOT_FOUND", format!("there is no network profile {}", it.id)),
                Ok,
            )
        };
        let networks = spec.networks.iter().map(by_id).collect::<Result<BTreeSet<_>, _>>()?;
        if networks.is_empty() {
            return refuse(400, "INVALID_REQUEST", "a compute profile names at least one network profile");
        }
        // Its id follows from its name, on both sites.
        if Site::BOTH.iter().any(|site| self.site(*site).profiles.contains_key(&spec.name)) {
            return refuse(409, "NAME_TAKEN", format!("there is a compute profile {} already", spec.name));
        }
        Ok(Profile { limit: limit(&spec.switches), networks, edition: self.site(site).scene.edition })
    }

    /// previewComputeProfile: the checks of createComputeProfile, and nothing made
    pub(crate) fn preview_profile(&self, site: Site, spec: &ProfileSpec) -> Served {
        self.checked_profile(site, spec)?;
        Ok((200, json!({ "data": { "name": spec.name }, "errors": [] })))
    }

    /// createComputeProfile
    pub(crate) fn create_profile(
        &mut self,
        site: Site,
        spec: &ProfileSpec,
        fails: Option<Failure>,
    ) -> Served {
        let profile = self.checked_profile(site, spec)?;
        self.profile_task(TaskKind::CreateComputeProfile, site, &spec.name, Some(profile), fails)
    }

    /// updateComputeProfile (inferred), on the profile's own site: its Network Extension Appliance Limit
    pub(crate) fn update_profile(
        &mut self,
        site: Site,
        id: &str,
        edit: &ProfileEdit,
        fails: Option<Failure>,
    ) -> Served {
        let name = self.local_profile(site, id)?;
        let limit = limit(&edit.switches);
        let meshes = self.meshes.values().filter(|mesh| mesh.profile(site) == name);
        let most = meshes.flat_map(|mesh| mesh.counts.values()).max().copied().unwrap_or(0);
        if limit.is_some_and(|limit| limit < most) {
            return refuse(400, "APPLIANCE_LIMIT_EXCEEDED", format!("a mesh runs {most} appliances already"));
        }
        let before = self.site(site).profiles.get(&name);
        let edition = self.site(site).scene.edition;
        let edited = before.map(|before| Profile { limit, edition, ..before.clone() });
        self.profile_task(TaskKind::UpdateComputeProfile, site, &name, edited, fails)
    }

    /// deleteComputeProfile; refused while a mesh uses it (inferred)
    pub(crate) fn delete_profile(&mut self, site: Site, id: &str, fails: Option<Failure>) -> Served {
        let name = self.local_profile(site, id)?;
        if let Some((mesh, _)) = self.meshes.iter().find(|(_, mesh)| mesh.profile(site) == name) {
            return refuse(400, "IN_USE", format!("service mesh {mesh} uses compute profile {name}"));
        }
        self.profile_task(TaskKind::DeleteComputeProfile, site, &name, None, fails)
    }

    fn local_profile(&self, site: Site, id: &str) -> Result<String, Refusal> {
        match self.profile_by_id(id)? {
            (at, name) if at == site => Ok(name),
            _ => refuse(400, "NOT_LOCAL", "a compute profile is changed on its own site"),
        }
    }

    fn profile_task(
        &mut self,
        kind: TaskKind,
        site: Site,
        name: &str,
        profile: Option<Profile>,
        fails: Option<Failure>,
    ) -> Served {
        if self.is_busy(name) {
            return in_progress(name);
        }
        let new = NewTask { site, kind, entity: name, from: self.now, seconds: 15 };
        let what = Happening::ProfileSet { site, name: name.to_owned(), profile };
        let task = self.start_task(new, what, fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "computeProfileId": profile_id(name) } })))
    }

    /// A compute profile is as it was asked for, or gone; meshes that use it have to be brought up to date (section 8.1).
    pub(crate) fn profile_set(&mut self, site: Site, name: &str, profile: Option<&Profile>) {
        let profiles = &mut self.site_mut(site).profiles;
        match profile {
            Some(profile) => {
                profiles.insert(name.to_owned(), profile.clone());
            }
            None => {
                profiles.remove(name);
            }
        }
        let using = self.meshes.values_mut().filter(|mesh| mesh.profile(site) == name);
        using.for_each(|mesh| mesh.is_outdated = true);
    }
}
