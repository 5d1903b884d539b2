//! The two managers are eventually consistent (`behaviour.md` section 13; how much and what lags is inferred): service meshes,
//! appliances, HA groups and extensions are shown by the manager that took a call at once, and by the other one `lag` later.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::extension::Extension;
use crate::ha::Group;
use crate::http::Site;
use crate::mesh::Mesh;
use crate::world::World;

/// How far one manager is behind the other, and what it still shows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Lag {
    seconds: u64,
    /// In order. A snapshot has none of it: both managers show the same after a restore.
    #[serde(skip)]
    past: Vec<Past>,
}

/// What there was from a moment on, and the manager that took the call for it.
#[derive(Debug, Clone)]
struct Past {
    from: Timestamp,
    by: Site,
    meshes: BTreeMap<String, Mesh>,
    groups: BTreeMap<String, Group>,
    extensions: BTreeMap<String, Extension>,
}

impl Lag {
    pub(crate) fn of(seconds: u64) -> Self {
        Self { seconds, past: Vec::new() }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.seconds > 0
    }

    /// The place of what a manager shows: the last that it did itself, or that is old enough.
    fn shown(&self, site: Site, now: Timestamp) -> Option<usize> {
        let lag = Duration::from_secs(self.seconds);
        let is_known = |it: &Past| it.by == site || it.from.checked_add(lag).is_ok_and(|at| at <= now);
        self.past.iter().rposition(is_known)
    }
}

/// Whether an operation shows what may lag.
pub(crate) fn is_subject(operation: &str) -> bool {
    matches!(
        operation,
        "listServiceMeshes"
            | "getServiceMesh"
            | "listAppliances"
            | "queryAppliances"
            | "queryApplianceMetrics"
            | "listHaGroups"
            | "getHaGroup"
            | "listExtensions"
            | "getExtension"
            | "listLegacyExtensions"
    )
}

impl World {
    /// Before something changes for the first time.
    pub(crate) fn remember_the_first(&mut self) {
        if self.lag.past.is_empty() {
            self.remember(Timestamp::MIN, Site::Source);
        }
    }

    /// After something may have changed by way of a manager.
    pub(crate) fn remember_change(&mut self, by: Site) {
        self.remember(self.now, by);
    }

    fn remember(&mut self, from: Timestamp, by: Site) {
        if self.lag.seconds == 0 {
            return;
        }
        let (meshes, groups) = (self.meshes.clone(), self.groups.clone());
        let past = Past { from, by, meshes, groups, extensions: self.extensions.clone() };
        self.lag.past.push(past);
        let shown = [Site::Source, Site::Cloud].map(|site| self.lag.shown(site, self.now));
        let over = shown.into_iter().flatten().min().unwrap_or(0);
        self.lag.past.drain(..over);
    }

    /// The world as a manager shows it.
    pub(crate) fn shown_at(&self, site: Site) -> Cow<'_, World> {
        let shown = self.lag.shown(site, self.now).filter(|at| at + 1 < self.lag.past.len());
        let Some(past) = shown.and_then(|at| self.lag.past.get(at)) else { return Cow::Borrowed(self) };
        let mut world = self.clone();
        world.meshes.clone_from(&past.meshes);
        world.groups.clone_from(&past.groups);
        world.extensions.clone_from(&past.extensions);
        Cow::Owned(world)
    }
}
