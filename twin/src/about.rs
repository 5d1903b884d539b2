//! What a manager tells of itself: who it is, whom it is paired with, what it is licensed for (`behaviour.md` sections 1,
//! 5 and 6).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{Answer, Site};
use crate::refusal::{Served, refuse};
use crate::scene::Edition;
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

    /// listSitePairings
    pub(crate) fn pairings(&self, site: Site) -> Value {
        let pairing = |other: Site| {
            json!({
                "endpointId": self.endpoint_id(other), "name": self.site(other).scene.name, "cloudType": "VC",
                "url": self.url(other), "version": self.site(other).scene.version,
            })
        };
        let items: Vec<Value> = self.remote(site).into_iter().map(pairing).collect();
        json!({ "success": true, "completed": true, "data": { "items": items } })
    }

    /// listLicences; the edition is an inferred property
    pub(crate) fn licences(&self, site: Site) -> Value {
        let edition: Edition = self.site(site).scene.edition;
        json!({ "licenses": [{ "licenseStatus": "ACTIVE", "edition": edition }], "licenseStatus": "ACTIVE" })
    }

    /// getActivationStatus
    pub(crate) fn activation() -> Value {
        json!({ "success": true, "completed": true, "data": {
            "activationType": "standalone", "activationStatus": "activated", "activationDone": true,
            "hasCommunicationBroken": false, "moreInfo": { "isGraceExpired": false },
        } })
    }

    /// getHcxConfig
    pub(crate) fn hcx_config(&self, site: Site) -> Value {
        json!({ "data": { "items": [{ "config": { "url": self.url(site), "UUID": self.endpoint_id(site) } }] } })
    }
}
