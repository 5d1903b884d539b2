//! Keeping a world and going back to it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::world::World;

/// A text that is no snapshot.
#[derive(Debug, thiserror::Error)]
#[error("this is no snapshot of a twin: {0}")]
pub struct SnapshotError(#[from] serde_json::Error);

/// The world with what is under way in it, and the faults. No sessions: everybody signs in again.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Snapshot {
    world: World,
    faults: Vec<Fault>,
}

pub(crate) fn write(world: &World, faults: &[Fault]) -> serde_json::Value {
    serde_json::json!({ "world": world, "faults": faults })
}

/// Reads a snapshot; what was under way goes on at this moment.
pub(crate) fn read(text: &str, now: Timestamp) -> Result<(World, Vec<Fault>), SnapshotError> {
    let Snapshot { mut world, faults } = serde_json::from_str(text)?;
    world.move_to(now);
    Ok((world, faults))
}
