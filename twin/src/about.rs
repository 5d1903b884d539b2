//! What a manager tells of itself: who it is, and whom it can reach (`behaviour.md` sections 1 and 3).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{Answer, Site};
use crate::refusal::{Served, refuse};
use crate::world::{World, uid};

const BUILD: &str = "24105789";

/// The body of getSitePairCapabilities.
#[derive(Debug, Deserialize)]
pub(crate) struct SitePair {
    source_endpoint_id: String,
    dest_endpoint_id: String,
}

impl World {
    pub(crate) fn endpoint_id(&self, site: Site) -> String {
        uid(&["endpoint", &self.site(site).scene.name])
    }

    /// The instance of the site's vCenter.
    pub(crate) fn resource_id(&self, site: Site) -> String {
        uid(&["vcenter", &self.site(site).scene.name])
    }

    pub(crate) fn url(&self, site: Site) -> String {
        format!("https://{}.example.com", self.site(site).scene.name)
    }

    /// The other site, when they are paired.
    pub(crate) fn remote(&self, site: Site) -> Option<Site> {
        self.paired.then(|| site.other())
    }

    /// getAbout
    pub(crate) fn about(&self, site: Site) -> Value {
        let scene = &self.site(site).scene;
        let id = self.endpoint_id(site);
        json!({ "name": scene.name, "version": scene.version, "buildNumber": BUILD, "uuid": id })
    }

    /// getEndpointInfo: in XML from 9.0 on (section 3)
    pub(crate) fn endpoint_info(&self, site: Site) -> Answer {
        let scene = &self.site(site).scene;
        let (name, version) = (&scene.name, &scene.version);
        if version.split('.').next().and_then(|major| major.parse().ok()).is_none_or(|major: u32| major < 9) {
            return Answer::json(200, &self.about(site));
        }
        let body = format!(
            "<endpointInfo><name>{name}</name><version>{version}</version><buildNumber>{BUILD}</buildNumber></endpointInfo>"
        );
        Answer::text(200, "application/xml", &body)
    }

    /// getSupportContext
    pub(crate) fn support(&self, site: Site) -> Value {
        let end = |site: Site| {
            let scene = &self.site(site).scene;
            json!({ "endpointId": self.endpoint_id(site), "name": scene.name, "version": scene.version })
        };
        let remote: Vec<Value> = self.remote(site).into_iter().map(end).collect();
        json!({ "success": true, "completed": true, "data": { "localEndpoints": [end(site)], "remoteEndpoints": remote } })
    }

    /// getInterconnectContext
    pub(crate) fn context(&self, site: Site) -> Value {
        json!([{ "cloudManagementPlatforms": [{
            "cmpId": self.resource_id(site), "cmpName": format!("vc-{}", self.site(site).scene.name), "cmpType": "VC",
        }] }])
    }

    /// getInterconnectCapabilities
    pub(crate) fn capabilities(&self, site: Site) -> Value {
        let endpoint = |site: Site| json!({ "endpointId": self.endpoint_id(site), "endpointName": self.site(site).scene.name });
        let all: Vec<Value> = std::iter::once(site).chain(self.remote(site)).map(endpoint).collect();
        json!({ "items": [{ "endpoints": all }] })
    }

    /// getSitePairCapabilities
    pub(crate) fn pair_capabilities(&self, pair: &SitePair) -> Served {
        let ends = [Site::Source, Site::Cloud].map(|site| self.endpoint_id(site));
        if !self.paired || ends != [&*pair.source_endpoint_id, &*pair.dest_endpoint_id] {
            return refuse(400, "NOT_PAIRED", "the two endpoints are no pair");
        }
        let advanced = ["INTERCONNECT", "VMOTION", "BULK_MIGRATION", "NETWORK_EXTENSION"];
        let enterprise = ["RAV", "NETWORK_EXTENSION_HA"].into_iter().filter(|_| self.is_enterprise());
        let services: Vec<_> = advanced.into_iter().chain(enterprise).collect();
        Ok((200, json!({ "source": ends.first(), "destination": ends.last(), "services": services })))
    }
}
