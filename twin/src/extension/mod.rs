//! Network extensions: how they are made and taken back (`behaviour.md` section 10).

mod carrier;
mod check;
mod list;
pub(crate) mod segment;
pub(crate) mod transition;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::alert::Severity;
use crate::entity::Entity;
use crate::fault::Failure;
use crate::ha::Group;
use crate::net::Subnet;
use crate::refusal::{Refusal, Served, not_found, refuse};
use crate::scene::ExtensionScene;
use crate::world::{Happening, World, uid};

pub(crate) use carrier::Over;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Extension {
    pub(crate) network: String,
    pub(crate) subnet: Subnet,
    pub(crate) router: String,
    pub(crate) over: Over,
    /// What will carry it, while it is being moved there.
    pub(crate) moving_to: Option<Over>,
    /// What it is connected to at the destination, once it is.
    pub(crate) segment: Option<String>,
    pub(crate) state: ExtensionState,
    /// Why it failed.
    pub(crate) message: Option<String>,
    pub(crate) created: Timestamp,
}

/// The words are inferred (section 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ExtensionState {
    Extending,
    Completed,
    Transitioning,
    Removing,
    Failed,
}

/// The body of validateExtensions and createExtensions.
#[derive(Debug, Deserialize)]
pub(crate) struct ExtensionSpecs {
    items: Vec<ExtensionSpec>,
}

/// A network to extend; the body of createLegacyExtension.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExtensionSpec {
    gateway: String,
    netmask: String,
    source_network: SourceNetwork,
    destination_network: DestinationNetwork,
    /// Not needed to validate.
    source_appliance: Option<Carrier>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceNetwork {
    network_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DestinationNetwork {
    gateway_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Carrier {
    appliance_id: Option<String>,
    ha_config: Option<HaConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HaConfig {
    ha_group_id: String,
}

impl Extension {
    /// One that is there already; none when its gateway cannot be read.
    pub(crate) fn new(scene: &ExtensionScene, groups: &BTreeMap<String, Group>) -> Option<(String, Self)> {
        let group = groups
            .iter()
            .find(|(_, it)| it.mesh == scene.mesh && (it.active == scene.pair || it.standby == scene.pair));
        let over = match group {
            Some((id, _)) => Over::Group(id.clone()),
            None => Over::Pair { mesh: scene.mesh.clone(), pair: scene.pair },
        };
        let extension = Extension {
            network: scene.network.clone(),
            subnet: Subnet::cidr(&scene.gateway)?,
            router: scene.router.clone(),
            over,
            moving_to: None,
            segment: None,
            state: ExtensionState::Completed,
            message: None,
            created: Timestamp::UNIX_EPOCH,
        };
        Some((extension_id(&scene.network), extension))
    }

    pub(crate) fn is_under_way(&self) -> bool {
        matches!(
            self.state,
            ExtensionState::Extending | ExtensionState::Transitioning | ExtensionState::Removing
        )
    }
}

impl World {
    fn extend(
        &mut self,
        spec: &ExtensionSpec,
        has_job: bool,
        fails: Option<Failure>,
    ) -> Result<(String, Option<String>), Refusal> {
        let (network, subnet) = self.checked_extension(spec, true)?;
        let over = self.checked_carrier(spec.source_appliance.as_ref(), &network)?;
        let router = spec.destination_network.gateway_id.clone();
        let (from, ends) = self.turn(&[&over], self.durations.extend);
        let job = has_job.then(|| self.start_job(&network, from, ends));
        let id = extension_id(&network);
        let (state, created) = (ExtensionState::Extending, self.now);
        let made = Extension {
            network,
            subnet,
            router,
            over,
            state,
            created,
            moving_to: None,
            segment: None,
            message: None,
        };
        self.extensions.insert(id.clone(), made);
        let what = Happening::Extended { extension: id.clone(), job: job.clone() };
        self.end_at(ends, what, None, fails);
        Ok((id, job))
    }

    /// createExtensions: one entry an item, 207 when any of them carries errors
    pub(crate) fn create_extensions(&mut self, specs: &ExtensionSpecs, fails: Option<&Failure>) -> Served {
        if specs.items.is_empty() {
            return refuse(400, "INVALID_REQUEST", "`items` is empty");
        }
        self.within_grace()?;
        if !self.paired {
            return refuse(400, "NOT_PAIRED", "the two sites are not paired");
        }
        let (mut items, mut status) = (Vec::new(), 202);
        for (nth, spec) in specs.items.iter().enumerate() {
            let source = &spec.source_network.network_id;
            let fails = Failure::of_item(fails, nth);
            items.push(match fails.and_then(|fails| self.extend(spec, false, fails)) {
                Ok((id, _)) => json!({ "stretchId": id, "sourceNetworkId": source, "errors": [] }),
                Err(refusal) => {
                    status = 207;
                    json!({ "sourceNetworkId": source, "errors": [refusal.item()] })
                }
            });
        }
        Ok((status, json!({ "data": { "items": items } })))
    }

    /// createLegacyExtension: one network, and a job
    pub(crate) fn create_legacy_extension(&mut self, spec: &ExtensionSpec, fails: Option<Failure>) -> Served {
        let (_, job) = self.extend(spec, true, fails)?;
        Ok((200, json!({ "id": job })))
    }

    pub(crate) fn extended(&mut self, id: &str, job: Option<&str>, fails: Option<String>) {
        job.iter().for_each(|job| self.end_job(job, fails.is_some()));
        if fails.is_none() {
            self.attach_segment(id);
        }
        let Some(extension) = self.extensions.get_mut(id) else { return };
        extension.state = if fails.is_some() { ExtensionState::Failed } else { ExtensionState::Completed };
        extension.message.clone_from(&fails);
        let network = extension.network.clone();
        if let Some(message) = fails {
            self.raise(Severity::Critical, Entity::network(&network), message);
        }
    }

    /// deleteExtension, on the older path: the only way to take an extension back, also one that failed. `connect` is its
    /// `connectToLocalRouter`.
    pub(crate) fn delete_extension(&mut self, id: &str, connect: bool, fails: Option<Failure>) -> Served {
        let Some(extension) = self.extensions.get(id) else { return not_found("extension", id) };
        let (network, over) = (extension.network.clone(), extension.over.clone());
        if extension.is_under_way() {
            return crate::profile::in_progress(&network);
        }
        let segment = extension.segment.clone();
        if let Some(it) = self.migrations.active().find(|it| Some(&it.to_network) == segment.as_ref()) {
            let message = format!("a migration to {} is under way", it.to_network);
            return refuse(400, "NETWORK_IN_USE", message);
        }
        let (from, ends) = self.turn(&[&over], self.durations.unextend);
        let (was, job) = (extension.state, self.start_job(&network, from, ends));
        if let Some(extension) = self.extensions.get_mut(id) {
            extension.state = ExtensionState::Removing;
        }
        let what = Happening::Unextended { extension: id.to_owned(), job: job.clone(), was, connect };
        self.end_at(ends, what, None, fails);
        Ok((202, json!({ "id": job })))
    }

    pub(crate) fn unextended(&mut self, id: &str, connect: bool) {
        if let Some(gone) = self.extensions.remove(id) {
            self.detach_segment(&gone, connect);
        }
    }

    /// It could not be taken back, and is what it was.
    pub(crate) fn not_unextended(&mut self, id: &str, was: ExtensionState, message: String) {
        if let Some(extension) = self.extensions.get_mut(id) {
            extension.state = was;
            let network = extension.network.clone();
            self.raise(Severity::Critical, Entity::network(&network), message);
        }
    }
}

fn extension_id(network: &str) -> String {
    uid(&["extension", network])
}
