//! What carries extensions: a pair of appliances or an HA group, how many it may carry, and when its turn comes
//! (`behaviour.md` sections 4, 9.1 and 10).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::appliance::Unit;
use crate::appliance::pair::Pair;
use crate::extension::{Carrier, Extension};
use crate::ha::{CAPACITY, GroupState};
use crate::http::Site;
use crate::refusal::{Refusal, refuse};
use crate::world::{Happening, World};

/// What carries an extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Over {
    Pair { mesh: String, pair: u32 },
    Group(String),
}

impl World {
    /// What a body names to carry an extension.
    pub(crate) fn checked_carrier(&self, carrier: Option<&Carrier>, network: &str) -> Result<Over, Refusal> {
        let Some(carrier) = carrier else {
            return refuse(400, "INVALID_REQUEST", "`sourceAppliance` is missing");
        };
        let over = match (&carrier.ha_config, &carrier.appliance_id) {
            (Some(config), _) => self.checked_group(&config.ha_group_id)?,
            (None, Some(id)) => self.checked_pair(id)?,
            (None, None) => {
                return refuse(400, "INVALID_REQUEST", "`sourceAppliance` names neither appliance nor group");
            }
        };
        self.may_carry(&over, network)?;
        Ok(over)
    }

    /// What a `clusterId` stands for: an HA group, or an appliance of the source.
    pub(crate) fn forwarding_unit(&self, id: &str) -> Result<Over, Refusal> {
        if self.groups.contains_key(id) { self.checked_group(id) } else { self.checked_pair(id) }
    }

    fn checked_group(&self, id: &str) -> Result<Over, Refusal> {
        match self.groups.get(id) {
            None => refuse(400, "HA_GROUP_NOT_READY", format!("there is no HA group {id}")),
            // What comes while it fails over waits for the end of that.
            Some(group)
                if matches!(group.state, GroupState::Ready | GroupState::Updating)
                    && self.members_up(group) > 0 =>
            {
                Ok(Over::Group(id.to_owned()))
            }
            Some(group) => {
                refuse(400, "HA_GROUP_NOT_READY", format!("HA group {} is not ready", group.name()))
            }
        }
    }

    fn checked_pair(&self, id: &str) -> Result<Over, Refusal> {
        let Some((mesh, pair)) = self.pair_by_appliance(Site::Source, id) else {
            return refuse(400, "APPLIANCE_NOT_FOUND", format!("there is no appliance {id}"));
        };
        if self.group_of(&mesh, pair).is_some() {
            let message = "the appliance is in an HA group: extend over the group";
            return refuse(400, "APPLIANCE_IN_HA_GROUP", message);
        }
        if self.meshes.get(&mesh).and_then(|it| it.pairs.get(&pair)).is_none_or(|it| !it.is_up()) {
            return refuse(400, "APPLIANCE_NOT_READY", "the appliance is not ready");
        }
        Ok(Over::Pair { mesh, pair })
    }

    /// Those that it carries or is about to carry.
    pub(crate) fn load<'a>(&'a self, over: &'a Over) -> impl Iterator<Item = &'a Extension> {
        self.extensions.values().filter(move |it| it.over == *over || it.moving_to.as_ref() == Some(over))
    }

    /// Whether it is on the switch of a network of the source (inferred), and has room for it.
    pub(crate) fn may_carry(&self, over: &Over, network: &str) -> Result<(), Refusal> {
        let switch = self.switch_of(Site::Source, network);
        if self.active_pair(over).is_none_or(|pair| pair.switch != switch) {
            return refuse(400, "SWITCH_MISMATCH", format!("it is not on {switch}, the switch of {network}"));
        }
        if self.load(over).count() >= CAPACITY {
            return refuse(400, "APPLIANCE_CAPACITY", format!("it carries {CAPACITY} networks already"));
        }
        Ok(())
    }

    /// The pair that traffic goes over: a group's active one.
    pub(crate) fn active_pair(&self, over: &Over) -> Option<&Pair> {
        let (mesh, n) = match over {
            Over::Pair { mesh, pair } => (mesh, *pair),
            Over::Group(id) => self.groups.get(id).map(|group| (&group.mesh, group.active))?,
        };
        self.meshes.get(mesh)?.pairs.get(&n)
    }

    /// When something that takes so many seconds begins and ends: operations on one HA group run one after another
    /// (section 4), those on one appliance as well (inferred).
    pub(crate) fn turn(&self, over: &[&Over], seconds: u64) -> (Timestamp, Timestamp) {
        let from = self.idle_from(|what| over.iter().any(|over| self.is_on(what, over)));
        let ends = from.checked_add(std::time::Duration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        (from, ends)
    }

    /// Whether something is an operation on what carries extensions.
    pub(crate) fn is_on(&self, what: &Happening, over: &Over) -> bool {
        match (what, over) {
            (
                Happening::GroupFormed { group }
                | Happening::GroupDissolved { group, .. }
                | Happening::FailedOver { group }
                | Happening::GroupWorked { group, .. }
                | Happening::GroupRecovered { group },
                Over::Group(id),
            ) => group == id,
            (Happening::Worked { mesh, unit: Unit::Extension(n), .. }, Over::Pair { mesh: of, pair }) => {
                mesh == of && n == pair
            }
            (
                Happening::Extended { extension, .. }
                | Happening::Unextended { extension, .. }
                | Happening::Transitioned { extension },
                _,
            ) => self
                .extensions
                .get(extension)
                .is_some_and(|it| it.over == *over || it.moving_to.as_ref() == Some(over)),
            _ => false,
        }
    }
}
