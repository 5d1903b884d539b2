//! How many Network Extension appliances a mesh runs on each switch (`behaviour.md` sections 8 and 8.1).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::mesh::Mesh;
use crate::refusal::{Refusal, refuse};
use crate::switch::{USUAL_SWITCH, switch_id};
use crate::world::World;

/// Appliances by source switch.
pub(crate) type Counts = BTreeMap<String, u32>;

/// An entry of `switchPairCount`.
#[derive(Debug, Deserialize)]
pub(crate) struct SwitchPair {
    #[serde(default)]
    switches: Vec<SwitchRef>,
    #[serde(rename = "l2cApplianceCount")]
    count: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct SwitchRef {
    id: Option<String>,
}

impl World {
    /// What `switchPairCount` asks for: 1 where no count is said (section 8), the usual switch where none is named.
    pub(crate) fn counts(&self, pairs: &[SwitchPair]) -> Result<Counts, Refusal> {
        let mut counts = Counts::new();
        for pair in pairs {
            let switch = self.source_switch(pair)?;
            if counts.insert(switch.to_owned(), pair.count.unwrap_or(1)).is_some() {
                let message = format!("`switchPairCount` names switch {switch} twice");
                return refuse(400, "INVALID_REQUEST", message);
            }
        }
        counts.retain(|_, count| *count > 0);
        Ok(counts)
    }

    fn source_switch(&self, pair: &SwitchPair) -> Result<&str, Refusal> {
        let ids: Vec<&str> = pair.switches.iter().filter_map(|it| it.id.as_deref()).collect();
        if ids.is_empty() {
            return Ok(USUAL_SWITCH);
        }
        match self.source_switches.iter().find(|name| ids.contains(&&*switch_id(name))) {
            Some(name) => Ok(name),
            None => refuse(400, "SWITCH_NOT_FOUND", format!("the source has no switch {}", ids.join(" or "))),
        }
    }
}

impl Mesh {
    /// Its pairs on a switch, those first that stay longest: committed ones before others, older before newer.
    fn on(&self, switch: &str) -> Vec<u32> {
        let mut all: Vec<_> = self.pairs.iter().filter(|(_, pair)| pair.switch == switch).collect();
        all.sort_by_key(|(n, pair)| (!pair.committed, **n));
        all.into_iter().map(|(n, _)| *n).collect()
    }

    /// The pairs that are too many for these counts.
    pub(crate) fn surplus(&self, counts: &Counts) -> Vec<u32> {
        let mut switches: Vec<&str> = self.pairs.values().map(|pair| &*pair.switch).collect();
        switches.sort_unstable();
        switches.dedup();
        let beyond = |switch: &str| {
            let kept = counts.get(switch).map_or(0, |count| *count as usize);
            self.on(switch).into_iter().skip(kept).collect::<Vec<_>>()
        };
        switches.into_iter().flat_map(beyond).collect()
    }

    /// The pairs that are missing for these counts: free numbers, each with its switch.
    pub(crate) fn missing(&self, counts: &Counts) -> Vec<(u32, String)> {
        let there = |switch: &str| self.pairs.values().filter(|pair| pair.switch == switch).count();
        let missing = |(switch, count): (&String, &u32)| {
            let number = (*count as usize).saturating_sub(there(switch));
            std::iter::repeat_n(switch.clone(), number)
        };
        let free = (1..).filter(|n| !self.pairs.contains_key(n));
        free.zip(counts.iter().flat_map(missing)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, Mesh};
    use crate::appliance::pair::{Pair, Versions};
    use crate::scene::MeshScene;

    /// Pairs 1 and 2 on the usual switch, 3 on another one.
    fn mesh() -> Mesh {
        let scene: MeshScene = serde_yaml::from_str("{ appliances: 2, switches: { dmz: 1 } }").unwrap();
        Mesh::new("m", &scene, &Versions::of("4.11.1", "4.11.1"), &Default::default())
    }

    fn counts(all: &[(&str, u32)]) -> Counts {
        all.iter().map(|(switch, count)| ((*switch).to_owned(), *count)).collect()
    }

    #[test]
    fn the_newest_are_too_many_first_and_those_of_a_failed_edit_before_them() {
        let mut mesh = mesh();
        assert!(mesh.surplus(&mesh.counts).is_empty());
        assert_eq!(mesh.surplus(&counts(&[("dvs-production", 1)])), [3, 2]);
        mesh.pairs.get_mut(&1).unwrap().committed = false;
        assert_eq!(mesh.surplus(&counts(&[("dvs-production", 1), ("dmz", 1)])), [1]);
    }

    #[test]
    fn new_ones_take_the_numbers_that_are_free() {
        let mut mesh = mesh();
        mesh.pairs.remove(&1);
        let new = mesh.missing(&counts(&[("dvs-production", 2), ("dmz", 2)]));
        assert_eq!(new, [(1, "dmz".to_owned()), (4, "dvs-production".to_owned())]);
        mesh.pairs.insert(1, Pair::deploying(Versions::of("4.11.1", "4.11.1"), "dvs-production"));
        assert!(mesh.missing(&mesh.counts).is_empty());
    }
}
