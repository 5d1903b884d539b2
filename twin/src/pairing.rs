//! Pairing of the two sites, and the trust that it needs (`behaviour.md` section 6).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::Failure;
use crate::http::{Endpoint, Port, Site};
use crate::refusal::{Refusal, Served, not_found, refuse};
use crate::session;
use crate::world::{Happening, World, uid};

/// The body of createSitePairing. Flat, without `remote`, it makes the manager fail (section 6).
#[derive(Debug, Deserialize)]
pub(crate) struct PairingSpec {
    remote: Option<Remote>,
}

#[derive(Debug, Deserialize)]
struct Remote {
    url: String,
    username: String,
    password: String,
}

/// The body of importCertificate.
#[derive(Debug, Deserialize)]
pub(crate) struct CertificateSpec {
    certificate: String,
}

impl World {
    /// listSitePairings
    pub(crate) fn pairings(&self, site: Site) -> Value {
        let items: Vec<Value> = self.remote(site).into_iter().map(|it| self.pairing(it)).collect();
        json!({ "success": true, "completed": true, "data": { "items": items } })
    }

    fn pairing(&self, other: Site) -> Value {
        json!({
            "endpointId": self.endpoint_id(other), "name": self.site(other).scene.name, "cloudType": "VC",
            "url": self.url(other), "version": self.site(other).scene.version,
        })
    }

    pub(crate) fn paired_endpoint(&self, site: Site) -> Value {
        self.pairing(site.other())
    }

    fn certificate(&self, site: Site) -> String {
        let body = uid(&["certificate", &self.site(site).scene.name]).replace('-', "");
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    /// createSitePairing: a job, or a refusal inside a 2xx. Once more for a pair that is there makes no second entry
    /// (inferred).
    pub(crate) fn create_pairing(
        &mut self,
        site: Site,
        spec: &PairingSpec,
        fails: Option<Failure>,
    ) -> Served {
        let Some(remote) = &spec.remote else {
            return refuse(500, "INTERNAL_ERROR", "java.lang.NullPointerException");
        };
        if let Err(errors) = self.checked_pairing(site, remote) {
            return Ok((200, json!({ "success": false, "completed": true, "errors": [errors] })));
        }
        Ok(self.pairing_job(true, if self.paired { 0 } else { 40 }, fails))
    }

    fn checked_pairing(&self, site: Site, remote: &Remote) -> Result<(), Value> {
        let other = site.other();
        let text = |error: &str, text: String| json!({ "error": error, "text": text });
        if remote.url.trim_end_matches('/') != self.url(other) {
            return Err(text("UNREACHABLE", format!("{} cannot be reached", remote.url)));
        }
        if !self.trusted {
            let mut untrusted = text("UNTRUSTED_CERTIFICATE", "the certificate is not trusted".to_owned());
            if let Some(fields) = untrusted.as_object_mut() {
                fields.insert("data".to_owned(), json!([{ "certificate": self.certificate(other) }]));
            }
            return Err(untrusted);
        }
        let user = session::user(self, Endpoint { site: other, port: Port::Service });
        if remote.username != user.name || remote.password != user.password {
            return Err(text("LOGIN_FAILURE", "Login failure".to_owned()));
        }
        if !self.cloud.scene.nsx {
            return Err(text("NSX_NOT_REGISTERED", "NSX is not registered at the destination".to_owned()));
        }
        Ok(())
    }

    /// deleteSitePairing: a job; refused while a service mesh rests on it (inferred)
    pub(crate) fn delete_pairing(&mut self, site: Site, id: &str, fails: Option<Failure>) -> Served {
        if !self.paired || self.endpoint_id(site.other()) != id {
            return not_found("pairing", id);
        }
        if let Some(name) = self.meshes.keys().find(|name| !name.starts_with("default-service-mesh-")) {
            return refuse(400, "IN_USE", format!("service mesh {name} rests on the pairing"));
        }
        Ok(self.pairing_job(false, 20, fails))
    }

    fn pairing_job(&mut self, is_so: bool, seconds: u64, fails: Option<Failure>) -> (u16, Value) {
        let ends = self.after(seconds);
        let job = self.start_job(PAIRING, self.now, ends);
        self.end_at(ends, Happening::Paired { is_so, job: job.clone() }, None, fails);
        (202, json!({ "success": true, "completed": true, "data": { "jobId": job } }))
    }

    /// importCertificate
    pub(crate) fn import_certificate(
        &mut self,
        site: Site,
        spec: &CertificateSpec,
    ) -> Result<(u16, Value), Refusal> {
        if spec.certificate.trim() != self.certificate(site.other()).trim() {
            return refuse(400, "INVALID_CERTIFICATE", "this is no certificate of anybody in reach");
        }
        self.changes += 1;
        self.trusted = true;
        Ok((200, json!({ "success": true, "completed": true })))
    }
}

/// What its jobs are about.
pub(crate) const PAIRING: &str = "pairing";
