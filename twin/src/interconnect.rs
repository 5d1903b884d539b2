//! Compute profiles, service meshes and their appliances (`behaviour.md` sections 7 to 9.1).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::http::{Body, Served, Site, refuse};
use crate::world::{Happening, Mesh, Over, Pair, World, uid};

impl World {
    pub(crate) fn endpoint_id(&self, site: Site) -> String {
        uid(&["endpoint", &self.site(site).scene.name])
    }

    pub(crate) fn resource_id(&self, site: Site) -> String {
        uid(&["vcenter", &self.site(site).scene.name])
    }

    pub(crate) fn profile_id(&self, site: Site) -> String {
        uid(&["compute-profile", &self.site(site).scene.compute_profile.name])
    }

    fn switch(&self, site: Site, limit: bool) -> Value {
        let name = switch_name(site);
        let kind = match site {
            Site::Source => "VmwareDistributedVirtualSwitch",
            Site::Cloud => "OVERLAY_STANDARD",
        };
        let mut switch = json!({
            "cmpId": self.resource_id(site), "id": uid(&["switch", name]), "type": kind, "name": name, "maxMtu": 9000,
        });
        let most = self.site(site).scene.compute_profile.ne_appliance_limit.filter(|_| limit);
        if let (Some(most), Some(fields)) = (most, switch.as_object_mut()) {
            fields.insert("l2cApplianceCount".to_owned(), json!(most));
        }
        switch
    }

    /// listComputeProfiles
    pub(crate) fn compute_profiles(&self, site: Site) -> Value {
        let scene = &self.site(site).scene;
        let network = |tag: &str| json!({ "id": uid(&["network-profile", &scene.name, tag]), "name": format!("{}-{tag}", scene.name), "tags": [tag] });
        json!({ "items": [{
            "computeProfileId": self.profile_id(site),
            "name": scene.compute_profile.name,
            "location": self.endpoint_id(site),
            "state": "VALID",
            "services": services(&["INTERCONNECT", "VMOTION", "BULK_MIGRATION", "RAV", "NETWORK_EXTENSION"].map(str::to_owned)),
            "networks": [network("management"), network("uplink"), network("vmotion")],
            "switches": [self.switch(site, true)],
        }] })
    }

    fn mesh_json(&self, name: &str, mesh: &Mesh) -> Value {
        let profile = |site: Site| {
            json!({
                "endpointId": self.endpoint_id(site), "endpointName": self.site(site).scene.name,
                "isInitiator": site == Site::Source, "computeProfileId": self.profile_id(site),
                "computeProfileName": self.site(site).scene.compute_profile.name,
            })
        };
        json!({
            "serviceMeshId": mesh.id, "name": name, "state": mesh.state, "backingApplianceType": "EDGE",
            "computeProfiles": [profile(Site::Source), profile(Site::Cloud)],
            "services": services(&mesh.services),
            "switchPairCount": [{
                "switches": [self.switch(Site::Source, false), self.switch(Site::Cloud, false)],
                "l2cApplianceCount": mesh.count,
            }],
            // Goes stale, as a real one's does (section 4).
            "lastTaskDetails": mesh.last_task.as_ref().map(|id| json!({ "interconnectTaskId": id, "status": "RUNNING" })),
        })
    }

    /// listServiceMeshes
    pub(crate) fn mesh_list(&self) -> Value {
        json!({ "items": self.meshes.iter().map(|(name, mesh)| self.mesh_json(name, mesh)).collect::<Vec<_>>() })
    }

    /// getServiceMesh
    pub(crate) fn mesh_by_id(&self, id: &str) -> Served {
        match self.meshes.iter().find(|(_, mesh)| mesh.id == id) {
            Some((name, mesh)) => Ok((200, self.mesh_json(name, mesh))),
            None => refuse(404, "NOT_FOUND", format!("there is no service mesh {id}")),
        }
    }

    fn count_in(body: &Body) -> Result<u32, crate::http::Refusal> {
        let count = body.0.pointer("/switchPairCount/0/l2cApplianceCount").map_or(Some(1), Value::as_u64);
        match count.and_then(|n| u32::try_from(n).ok()) {
            Some(count) => Ok(count),
            None => refuse(400, "INVALID_REQUEST", "`l2cApplianceCount` is no whole number"),
        }
    }

    fn allow(&self, count: u32) -> Result<(), crate::http::Refusal> {
        for site in [Site::Source, Site::Cloud] {
            let profile = &self.site(site).scene.compute_profile;
            if profile.ne_appliance_limit.is_some_and(|limit| count > limit) {
                let message = format!(
                    "compute profile {} allows {} Network Extension appliances",
                    profile.name,
                    profile.ne_appliance_limit.unwrap_or(0)
                );
                return refuse(400, "APPLIANCE_LIMIT_EXCEEDED", message);
            }
        }
        Ok(())
    }

    /// createServiceMesh
    pub(crate) fn create_mesh(&mut self, body: &Body, fails: Option<String>) -> Served {
        let name = body.text("/name")?.to_owned();
        let services =
            body.list("/services")?.iter().filter_map(|it| it.get("name")?.as_str().map(str::to_owned));
        let services: Vec<String> = services.collect();
        if body.list("/computeProfiles")?.len() != 2 {
            return refuse(400, "INVALID_REQUEST", "`computeProfiles` has two entries, source first");
        }
        let count = Self::count_in(body)?;
        if self.meshes.contains_key(&name) {
            return refuse(409, "MESH_EXISTS", format!("a service mesh {name} is there already"));
        }
        let migrates = services.iter().any(|it| matches!(it.as_str(), "VMOTION" | "BULK_MIGRATION" | "RAV"));
        if services.iter().any(|it| it == "INTERCONNECT") && !migrates {
            let message = "INTERCONNECT service with EDGE appliances requires at least one migration service";
            return refuse(400, "INVALID_SERVICES", message);
        }
        self.allow(count)?;
        let task = self.start_task("CREATE_SERVICE_MESH", &name);
        let id = format!("servicemesh-{}", uid(&["mesh", &name]));
        let mesh = Mesh {
            id: id.clone(),
            count,
            state: "CREATING",
            services,
            pairs: (1..=count)
                .map(|n| (n, Pair { version: self.source.scene.version.clone(), up: false }))
                .collect(),
            last_task: Some(task.clone()),
        };
        self.meshes.insert(name.clone(), mesh);
        let seconds = self.durations.create_mesh + self.durations.deploy_pair * u64::from(count);
        self.later(seconds, Happening::MeshMade { mesh: name }, Some(task.clone()), fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "serviceMeshId": id } })))
    }

    pub(crate) fn mesh_made(&mut self, name: &str, failed: bool) {
        if let Some(mesh) = self.meshes.get_mut(name) {
            mesh.state = if failed { "CREATE_FAILED" } else { "COMMITTED" };
            mesh.pairs.values_mut().for_each(|pair| pair.up = !failed);
        }
    }

    /// updateServiceMesh (inferred), with the life-cycle of section 8.1
    pub(crate) fn update_mesh(&mut self, id: &str, body: &Body, fails: Option<String>) -> Served {
        let Some((name, mesh)) = self.meshes.iter().find(|(_, mesh)| mesh.id == id) else {
            return refuse(404, "NOT_FOUND", format!("there is no service mesh {id}"));
        };
        let (name, now, there) = (name.clone(), mesh.count, mesh.pairs.len());
        let count = Self::count_in(body)?;
        if self.is_busy(&name) {
            return refuse(
                409,
                "OPERATION_IN_PROGRESS",
                format!("another operation is in progress on {name}"),
            );
        }
        self.allow(count)?;
        let surplus = (count + 1)..=u32::try_from(there).unwrap_or(u32::MAX);
        if let Some(busy) = surplus.clone().find(|n| self.is_used(&name, *n)) {
            return refuse(
                400,
                "APPLIANCE_IN_USE",
                format!("{name}-NE-I{busy} carries networks or is in an HA group"),
            );
        }
        let task = self.start_task("UPDATE_SERVICE_MESH", &name);
        let version = self.source.scene.version.clone();
        let Some(mesh) = self.meshes.get_mut(&name) else { return refuse(404, "NOT_FOUND", "gone") };
        for n in (now + 1)..=count {
            mesh.pairs.entry(n).or_insert(Pair { version: version.clone(), up: false });
        }
        // The word is inferred: none is public for a mesh that is being edited.
        mesh.state = "UPDATING";
        mesh.last_task = Some(task.clone());
        let (new, old) = (u64::from(count.saturating_sub(now)), u64::from(now.saturating_sub(count)));
        let seconds = 30 + new * self.durations.deploy_pair + old * self.durations.remove_pair;
        self.later(seconds, Happening::MeshScaled { mesh: name, count }, Some(task.clone()), fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "serviceMeshId": id } })))
    }

    pub(crate) fn mesh_scaled(&mut self, name: &str, count: u32, failed: bool) {
        let Some(mesh) = self.meshes.get_mut(name) else { return };
        if failed {
            mesh.state = "UPDATE_FAILED";
            return;
        }
        mesh.state = "COMMITTED";
        mesh.count = count;
        mesh.pairs.retain(|n, _| *n <= count);
        mesh.pairs.values_mut().for_each(|pair| pair.up = true);
    }

    /// deleteServiceMesh
    pub(crate) fn delete_mesh(&mut self, id: &str, fails: Option<String>) -> Served {
        let Some((name, mesh)) = self.meshes.iter().find(|(_, mesh)| mesh.id == id) else {
            return refuse(404, "NOT_FOUND", format!("there is no service mesh {id}"));
        };
        let (name, pairs) = (name.clone(), mesh.pairs.clone());
        if self.is_busy(&name) {
            return refuse(
                409,
                "OPERATION_IN_PROGRESS",
                format!("another operation is in progress on {name}"),
            );
        }
        if let Some(busy) = pairs.keys().find(|n| self.is_used(&name, **n)) {
            return refuse(
                400,
                "APPLIANCE_IN_USE",
                format!("{name}-NE-I{busy} carries networks or is in an HA group"),
            );
        }
        let task = self.start_task("DELETE_SERVICE_MESH", &name);
        if let Some(mesh) = self.meshes.get_mut(&name) {
            mesh.state = "DELETING";
        }
        let seconds = self.durations.remove_pair * pairs.len() as u64;
        self.later(seconds, Happening::MeshRemoved { mesh: name }, Some(task.clone()), fails);
        Ok((202, json!({ "data": { "interconnectTaskId": task, "serviceMeshId": id } })))
    }

    pub(crate) fn mesh_removed(&mut self, name: &str, failed: bool) {
        if failed {
            if let Some(mesh) = self.meshes.get_mut(name) {
                mesh.state = "DELETE_FAILED";
            }
        } else {
            self.meshes.remove(name);
        }
    }

    pub(crate) fn is_used(&self, mesh: &str, pair: u32) -> bool {
        let grouped = self.groups.values().any(|group| group.mesh == mesh && group.pairs.contains(&pair));
        grouped || self.carried(mesh, pair) > 0
    }

    /// How many networks are extended over an appliance pair.
    pub(crate) fn carried(&self, mesh: &str, pair: u32) -> usize {
        let over = |it: &Over| match it {
            Over::Pair { mesh: m, pair: p } => m == mesh && *p == pair,
            Over::Group(id) => self
                .groups
                .get(id)
                .is_some_and(|group| group.mesh == mesh && group.pairs.first() == Some(&pair)),
        };
        self.extensions.values().filter(|it| over(&it.over)).count()
    }

    fn appliance_json(&self, site: Site, mesh_name: &str, mesh: &Mesh, n: u32, pair: &Pair) -> Value {
        let (name, peer) = (appliance_name(site, mesh_name, n), appliance_name(site.other(), mesh_name, n));
        let numbers: Vec<u64> = pair.version.split('.').filter_map(|n| n.parse().ok()).collect();
        let number = |at: usize| numbers.get(at).copied().unwrap_or(0);
        let (status, tunnels) = if pair.up { ("UP", 8) } else { ("DOWN", 0) };
        json!({
            "applianceId": uid(&["appliance", &name]), "applianceName": name, "applianceType": "HCX-NET-EXT",
            "serviceMeshId": mesh.id, "computeProfileId": self.profile_id(site), "endpointId": self.endpoint_id(site),
            "isInitiator": site == Site::Source,
            "peerAppliances": [{ "applianceId": uid(&["appliance", &peer]), "applianceName": peer, "endpointId": self.endpoint_id(site.other()) }],
            "applianceVersion": { "major": number(0), "minor": number(1), "patch": number(2), "build": 24_105_789 },
            "status": { "summary": { "overallStatus": status, "transportSummary": [
                { "transport": "uplink", "totalTunnelCount": 8, "totalActiveTunnelCount": tunnels }] } },
            "networkExtensionCount": self.carried(mesh_name, n), "state": "CONFIGURED",
            "dvsId": uid(&["switch", switch_name(site)]), "dvsName": switch_name(site),
        })
    }

    /// listAppliances and queryAppliances: a site's own
    pub(crate) fn appliances(&self, site: Site, body: Option<&Body>) -> Value {
        let wanted = |key: &str| body.and_then(|body| body.0.pointer(&format!("/filter/{key}"))?.as_str());
        let all: BTreeMap<String, Value> = self
            .meshes
            .iter()
            .filter(|(_, mesh)| wanted("serviceMeshId").is_none_or(|id| id == mesh.id))
            .flat_map(|(name, mesh)| {
                mesh.pairs.iter().map(move |(n, pair)| {
                    (format!("{name}/{n:04}"), self.appliance_json(site, name, mesh, *n, pair))
                })
            })
            .filter(|(_, it)| wanted("applianceType").is_none_or(|kind| it["applianceType"] == kind))
            .filter(|(_, it)| wanted("endpointId").is_none_or(|id| it["endpointId"] == id))
            .collect();
        json!({ "items": all.into_values().collect::<Vec<_>>() })
    }

    /// getTask, listTasks
    pub(crate) fn task_list(&self, site: Site) -> Vec<Value> {
        if site == Site::Cloud {
            return Vec::new();
        }
        let task = |it: &crate::world::Task| {
            json!({
                "interconnectTaskId": it.id, "type": it.kind, "status": it.status, "errorMessage": it.error,
                "entityDetails": { "name": it.entity }, "startTime": it.started.as_millisecond(),
                "steps": [{ "title": it.kind, "status": it.status, "children": [
                    { "title": it.kind, "status": it.status, "location": self.endpoint_id(Site::Cloud) }] }],
            })
        };
        self.tasks.iter().map(task).collect()
    }
}

pub(crate) fn appliance_name(site: Site, mesh: &str, n: u32) -> String {
    format!("{mesh}-NE-{}{n}", if site == Site::Source { "I" } else { "R" })
}

fn services(names: &[String]) -> Vec<Value> {
    names.iter().map(|name| json!({ "name": name })).collect()
}

fn switch_name(site: Site) -> &'static str {
    match site {
        Site::Source => "dvs-production",
        Site::Cloud => "overlay-tz",
    }
}
