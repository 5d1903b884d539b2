//! Network profiles, which appliances draw their addresses from, and compute profiles, which say where and how many
//! appliances there may be (`behaviour.md` section 7).

pub(crate) mod compute;
pub(crate) mod network;

use crate::refusal::{Refusal, refuse};
use crate::world::uid;

pub(crate) fn in_progress<T>(name: &str) -> Result<T, Refusal> {
    refuse(409, "OPERATION_IN_PROGRESS", format!("another operation is in progress on {name}"))
}

pub(crate) fn network_id(name: &str) -> String {
    format!("dvportgroup-{}", uid(&["network", name]).get(..6).unwrap_or_default())
}
