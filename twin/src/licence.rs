//! Licences and the activation that brings them (`behaviour.md` section 5).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::Failure;
use crate::http::Site;
use crate::refusal::{Refusal, Served, refuse};
use crate::scene::Edition;
use crate::world::{Happening, World};

/// The body of activateLicence.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Activation {
    license_key: String,
}

/// The body of setHcxConfig: the older way to activate.
#[derive(Deserialize)]
pub(crate) struct ConfigSpec {
    data: ConfigItems,
}

#[derive(Deserialize)]
struct ConfigItems {
    items: Vec<ConfigItem>,
}

#[derive(Deserialize)]
struct ConfigItem {
    config: Config,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    activation_key: String,
}

impl World {
    fn is_activated(&self, site: Site) -> bool {
        self.site(site).scene.edition != Edition::Evaluation
    }

    /// listLicences; the edition is an inferred property
    pub(crate) fn licences(&self, site: Site) -> Value {
        if !self.is_activated(site) {
            return json!({ "licenses": [], "licenseStatus": "EVALUATION_MODE" });
        }
        let edition = self.site(site).scene.edition;
        json!({ "licenses": [{ "licenseStatus": "ACTIVE", "edition": edition }], "licenseStatus": "ACTIVE" })
    }

    /// getActivationStatus; the words of a manager that is not activated are inferred
    pub(crate) fn activation(&self, site: Site) -> Value {
        let done = self.is_activated(site);
        json!({ "success": true, "completed": true, "data": {
            "activationType": "standalone", "activationStatus": if done { "activated" } else { "not_activated" },
            "activationDone": done, "hasCommunicationBroken": false, "moreInfo": { "isGraceExpired": false },
        } })
    }

    /// getHcxConfig
    pub(crate) fn hcx_config(&self, site: Site) -> Value {
        let config = json!({ "config": { "url": self.url(site), "UUID": self.endpoint_id(site) } });
        let items: Vec<Value> = self.is_activated(site).then_some(config).into_iter().collect();
        json!({ "data": { "items": items } })
    }

    /// activateLicence: followed by getLicenceJob
    pub(crate) fn activate(&mut self, site: Site, spec: &Activation, fails: Option<Failure>) -> Served {
        let job = self.activation_job(site, &spec.license_key, fails)?;
        Ok((200, json!({ "jobId": job })))
    }

    /// setHcxConfig; a manager that is activated answers 400 (section 5)
    pub(crate) fn set_hcx_config(&mut self, site: Site, spec: &ConfigSpec, fails: Option<Failure>) -> Served {
        if self.is_activated(site) {
            return refuse(400, "ALREADY_CONFIGURED", "the appliance is configured already");
        }
        let [ConfigItem { config }] = spec.data.items.as_slice() else {
            return refuse(400, "INVALID_REQUEST", "`items` holds one configuration");
        };
        self.activation_job(site, &config.activation_key, fails)?;
        Ok((202, Value::Null))
    }

    fn activation_job(&mut self, site: Site, key: &str, fails: Option<Failure>) -> Result<String, Refusal> {
        let Some(edition) = self.site(site).scene.license_keys.get(key).copied() else {
            return refuse(400, "INVALID_LICENSE_KEY", "the key is not known, or was used already");
        };
        let ends = self.after(30);
        let job = self.start_job("license", self.now, ends);
        self.end_at(ends, Happening::Licensed { site, edition, job: job.clone() }, None, fails);
        // A key is used once (section 15).
        self.site_mut(site).scene.license_keys.remove(key);
        Ok(job)
    }

    /// getLicenceJob; the word for one that runs is inferred
    pub(crate) fn licence_job(&self, id: &str) -> Served {
        let status = match self.find_job(id)?.outcome {
            None => "RUNNING",
            Some(true) => "COMPLETED",
            Some(false) => "FAILED",
        };
        Ok((200, json!({ "status": status })))
    }
}
