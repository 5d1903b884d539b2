//! Migrations of virtual machines (`behaviour.md` section 11).

mod asked;
mod course;
mod ledger;
mod shown;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::http::Site;
use crate::mobility::window::Windows;
use crate::world::uid;

pub(crate) use asked::MigrationSpec;
pub(crate) use ledger::Migrations;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Migration {
    pub(crate) id: String,
    pub(crate) kind: MigrationKind,
    pub(crate) vm: String,
    pub(crate) entity: String,
    pub(crate) from: Site,
    pub(crate) to_network: String,
    /// The mesh that carries it.
    pub(crate) mesh: String,
    /// The mobility group that it is part of, by id.
    pub(crate) group: Option<String>,
    pub(crate) state: MigrationState,
    /// Whether everything is transferred.
    pub(crate) replicated: bool,
    /// Its cancel did not finish: it has to be cleaned up.
    pub(crate) litter: bool,
    pub(crate) message: Option<String>,
    pub(crate) created: Timestamp,
    /// None while it waits for others.
    pub(crate) transfer_began: Option<Timestamp>,
    pub(crate) disk_gb: u64,
    /// How much of the disks was there already, of a migration before that came to nothing.
    pub(crate) seeded_gb: u64,
    /// How much of them it left when it came to nothing.
    pub(crate) seed_gb: u64,
    pub(crate) options: Options,
    /// Its own windows, which come before its group's.
    pub(crate) windows: Windows,
    /// It will come to nothing, for this reason.
    pub(crate) fails: Option<String>,
}

/// What was asked for beside the move itself.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Options {
    /// `forcePowerOffVm`: switch over though the guest refuses to shut down.
    pub(crate) force_power_off: bool,
    /// `enableSeedCheckpoint`: keep what is transferred when it comes to nothing.
    pub(crate) seed_checkpoint: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MigrationKind {
    #[serde(rename = "vMotion")]
    Vmotion,
    #[serde(rename = "RAV")]
    Rav,
    #[serde(rename = "vSphereReplication", alias = "VR")]
    Bulk,
    #[serde(rename = "ColdMigration")]
    Cold,
}

/// `QUEUED` is inferred, the others were seen (section 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum MigrationState {
    Queued,
    Migrating,
    /// It waits for its window.
    Parked,
    SwitchoverStarted,
    Migrated,
    MigrateFailed,
    MigrateCanceled,
}

impl MigrationKind {
    fn service(self) -> &'static str {
        match self {
            MigrationKind::Vmotion | MigrationKind::Cold => "VMOTION",
            MigrationKind::Rav => "RAV",
            MigrationKind::Bulk => "BULK_MIGRATION",
        }
    }

    /// Whether a mesh moves one after another.
    pub(crate) fn is_serial(self) -> bool {
        matches!(self, MigrationKind::Vmotion | MigrationKind::Cold)
    }
}

impl Migration {
    fn to_send_gb(&self) -> u64 {
        self.disk_gb.saturating_sub(self.seeded_gb)
    }

    pub(crate) fn is_active(&self) -> bool {
        matches!(
            self.state,
            MigrationState::Queued
                | MigrationState::Migrating
                | MigrationState::Parked
                | MigrationState::SwitchoverStarted
        )
    }
}

/// The managed object id that a machine has at a site.
pub(crate) fn vm_id(site: Site, name: &str) -> String {
    format!("vm-{}", uid(&["vm", site.word(), name]).replace('-', "").get(..12).unwrap_or_default())
}
