//! Moving extensions to another appliance or HA group without taking them back (`behaviour.md` section 10). A target may
//! be on any mesh between the two sites, because the eligibility answer lists several; that it has to be on the same
//! switch, and the codes of the refusals, are inferred.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::alert::Severity;
use crate::appliance::{appliance_id, appliance_name};
use crate::entity::Entity;
use crate::extension::{Extension, ExtensionState, Over};
use crate::fault::Failure;
use crate::ha::{CAPACITY, Group};
use crate::http::Site;
use crate::refusal::{Refusal, Served, refuse};
use crate::world::{Happening, World};

/// The body of checkTransitionEligibility (inferred).
#[derive(Debug, Deserialize)]
pub(crate) struct Movables {
    items: Vec<Movable>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Movable {
    stretch_id: String,
}

/// The body of transitionExtensions.
#[derive(Debug, Deserialize)]
pub(crate) struct Moves {
    items: Vec<Move>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Move {
    stretch_id: String,
    target_cluster_id: String,
}

impl World {
    fn movable(&self, id: &str) -> Result<&Extension, Refusal> {
        match self.extensions.get(id) {
            None => refuse(404, "EXTENSION_NOT_FOUND", format!("there is no extension {id}")),
            Some(it) if it.state != ExtensionState::Completed => refuse(
                409,
                "EXTENSION_NOT_READY",
                format!("the extension of {} is {:?}", it.network, it.state),
            ),
            Some(it) => Ok(it),
        }
    }

    /// Whether an extension may move there.
    fn may_move(&self, it: &Extension, target: &Over) -> Result<(), Refusal> {
        if it.over == *target {
            return refuse(400, "ALREADY_THERE", format!("{} is extended over it already", it.network));
        }
        self.may_carry(target, &it.network)
    }

    /// checkTransitionEligibility (request inferred)
    pub(crate) fn eligible_targets(&self, wanted: &Movables) -> Served {
        if wanted.items.is_empty() {
            return refuse(400, "INVALID_REQUEST", "`items` is empty");
        }
        let entity = |item: &Movable| match self.movable(&item.stretch_id) {
            Ok(it) => self.entity(&item.stretch_id, it),
            Err(refusal) => json!({ "stretchId": item.stretch_id, "errors": [refusal.item()] }),
        };
        Ok((
            200,
            json!({ "eligible_entities": wanted.items.iter().map(entity).collect::<Vec<_>>(), "errors": [] }),
        ))
    }

    fn entity(&self, id: &str, it: &Extension) -> Value {
        let meshes = self.meshes.iter().map(|(name, mesh)| {
            let pairs = mesh.pairs.keys().map(|pair| Over::Pair { mesh: name.clone(), pair: *pair });
            let groups = self.groups.iter().filter(|(_, group)| group.mesh == *name);
            let all = pairs.chain(groups.map(|(id, _)| Over::Group(id.clone())));
            let targets: Vec<Value> = all.filter_map(|over| self.target(it, &over)).collect();
            json!({ "id": mesh.id, "name": name, "eligibleAppliances": targets })
        });
        let now = self.cluster_json(&it.over);
        let now = |key: &str| now.get(key).cloned();
        json!({
            "stretchId": id, "networkName": it.network, "errors": [], "currentClusterId": now("clusterId"),
            "currentApplianceId": now("applianceId"), "currentApplianceName": now("applianceName"),
            "currentHAGroupId": now("haGroupId"), "currentHAGroupName": now("haGroupName"),
            "eligibleServiceMeshes": meshes.collect::<Vec<_>>(),
        })
    }

    /// A target that an extension may move to.
    fn target(&self, it: &Extension, over: &Over) -> Option<Value> {
        let mut told = self.cluster_json(over);
        self.forwarding_unit(told.get("clusterId")?.as_str()?).ok()?;
        self.may_move(it, over).ok()?;
        told.as_object_mut()?.extend([
            ("extensionsCount".to_owned(), json!(self.load(over).count())),
            ("extensionCapacity".to_owned(), json!(CAPACITY)),
            ("applianceType".to_owned(), json!("HCX-NET-EXT")),
        ]);
        Some(told)
    }

    /// What carries extensions, with the names of the API's answers.
    fn cluster_json(&self, over: &Over) -> Value {
        match over {
            Over::Pair { mesh, pair } => {
                let name = appliance_name(Site::Source, mesh, *pair);
                let id = appliance_id(&name);
                json!({ "clusterId": id, "applianceId": id, "applianceName": name })
            }
            Over::Group(id) => {
                let name = self.groups.get(id).map(Group::name);
                json!({ "clusterId": id, "haGroupId": id, "haGroupName": name })
            }
        }
    }

    /// transitionExtensions: one entry an item, 207 when any of them carries errors
    pub(crate) fn move_extensions(&mut self, wanted: &Moves, fails: Option<&Failure>) -> Served {
        if wanted.items.is_empty() {
            return refuse(400, "INVALID_REQUEST", "`items` is empty");
        }
        let (mut items, mut status) = (Vec::new(), 202);
        for (nth, item) in wanted.items.iter().enumerate() {
            let fails = Failure::of_item(fails, nth);
            let errors = match fails.and_then(|fails| self.move_extension(item, fails)) {
                Ok(()) => Vec::new(),
                Err(refusal) => {
                    status = 207;
                    vec![refusal.item()]
                }
            };
            items.push(json!({ "stretchId": item.stretch_id, "errors": errors }));
        }
        Ok((status, json!({ "data": { "items": items } })))
    }

    fn move_extension(&mut self, wanted: &Move, fails: Option<Failure>) -> Result<(), Refusal> {
        let it = self.movable(&wanted.stretch_id)?;
        let target = self.forwarding_unit(&wanted.target_cluster_id)?;
        self.may_move(it, &target)?;
        let (_, ends) = self.turn(&[&it.over, &target], self.durations.transition);
        if let Some(it) = self.extensions.get_mut(&wanted.stretch_id) {
            it.state = ExtensionState::Transitioning;
            it.message = None;
            it.moving_to = Some(target);
        }
        let what = Happening::Transitioned { extension: wanted.stretch_id.clone() };
        self.end_at(ends, what, None, fails);
        Ok(())
    }

    /// It is over the other one, or stays where it was and says why.
    pub(crate) fn transitioned(&mut self, id: &str, fails: Option<String>) {
        let Some(it) = self.extensions.get_mut(id) else { return };
        it.state = ExtensionState::Completed;
        let target = it.moving_to.take();
        match fails {
            None => it.over = target.unwrap_or_else(|| it.over.clone()),
            Some(message) => self.transition_spoiled(id, message),
        }
    }

    pub(crate) fn transition_spoiled(&mut self, id: &str, message: String) {
        let Some(it) = self.extensions.get_mut(id) else { return };
        it.message = Some(message.clone());
        let network = it.network.clone();
        self.raise(Severity::Critical, Entity::network(&network), message);
    }
}
