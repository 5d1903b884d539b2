//! Licences and the activation that brings them (`behaviour.md` section 5).

use jiff::Timestamp;
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
    /// The better of the two sites' editions (section 5, inferred).
    pub(crate) fn is_enterprise(&self) -> bool {
        Site::BOTH.iter().any(|site| self.site(*site).scene.edition == Edition::Enterprise)
    }

    /// The better edition of two compute profiles, which know what their sites had when they were last edited (section 5).
    pub(crate) fn edition_of(&self, profiles: &[String; 2]) -> Edition {
        let known = Site::BOTH.into_iter().zip(profiles);
        let editions = known.filter_map(|(site, name)| Some(self.site(site).profiles.get(name)?.edition));
        editions.max().unwrap_or(Edition::Evaluation)
    }

    /// A mesh takes what its compute profiles entitle it to: when it is made, edited or resynchronised (section 5).
    pub(crate) fn entitle(&mut self, mesh: &str) {
        let Some(edition) = self.meshes.get(mesh).map(|it| self.edition_of(&it.profiles)) else { return };
        self.meshes.get_mut(mesh).into_iter().for_each(|it| it.edition = edition);
    }

    /// Refuses what needs Enterprise on a mesh that does not have it, or not yet.
    pub(crate) fn entitles(&self, mesh: &str, what: &str) -> Result<(), Refusal> {
        if self.meshes.get(mesh).is_some_and(|it| it.edition == Edition::Enterprise) {
            return Ok(());
        }
        let why = if self.is_enterprise() {
            format!("{mesh} was made before that license: edit its compute profile, then resync the mesh")
        } else {
            "neither site has one".to_owned()
        };
        refuse(400, "LICENSE_REQUIRED", format!("{what} needs an HCX Enterprise license: {why}"))
    }

    /// Refuses what is new while a site has no license and its grace period is over (section 5; what is restricted then is
    /// inferred).
    pub(crate) fn within_grace(&self) -> Result<(), Refusal> {
        match Site::BOTH.into_iter().find(|site| self.is_grace_over(*site)) {
            None => Ok(()),
            Some(site) => {
                let name = &self.site(site).scene.name;
                let message = format!("{name} has no license, and its grace period is over: activate it");
                refuse(400, "GRACE_PERIOD_OVER", message)
            }
        }
    }

    fn is_grace_over(&self, site: Site) -> bool {
        let until = self.site(site).scene.grace_until;
        !self.is_activated(site) && until.is_some_and(|until| until <= self.now)
    }

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
        let until = self.site(site).scene.grace_until.filter(|_| !done);
        let in_millis = until.map(Timestamp::as_millisecond);
        json!({ "success": true, "completed": true, "data": {
            "activationType": "standalone", "activationStatus": if done { "activated" } else { "not_activated" },
            "activationDone": done, "hasCommunicationBroken": false, "gracePeriodExpiration": in_millis,
            "moreInfo": {
                "isGraceExpired": self.is_grace_over(site), "expiryTimeInMillis": in_millis,
                "expiryTime": until.map(|it| it.strftime("%a %b %d %H:%M:%S UTC %Y").to_string()),
            },
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
