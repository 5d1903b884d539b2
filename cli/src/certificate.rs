//! What a rehearsal certifies: which runbook, with which inputs, in which world, and how many nights. It can be kept, and
//! shown beside a plan and in a report.

use std::path::Path;

use hcxrun_engine::rehearse::{Mishap, Place, Rehearsal};
use serde::{Deserialize, Serialize};

use crate::commands::Subject;
use crate::failure::Failure;

/// The certificate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Certificate {
    /// Tells a certificate from any other JSON.
    hcxrun_rehearsal: u32,
    /// Of hcxrun.
    version: String,
    /// The runbook's title with the ticket.
    runbook: String,
    /// What the runbook and its inputs mean.
    digest: String,
    /// The scene by its name.
    scene: String,
    /// The digest of its world.
    first_world: String,
    /// The digest of the world after it.
    last_world: String,
    /// How many mishaps a night had.
    depth: u8,
    /// How many nights were played.
    nights: usize,
    /// How many of them do not hold.
    broken: usize,
    /// How many end with something that only a person can do.
    by_hand: usize,
    /// Requests that no night made.
    unreached: usize,
}

const FORMAT: u32 = 1;

/// A certificate with all that it counts.
#[derive(Serialize)]
pub(crate) struct Whole<'a> {
    #[serde(flatten)]
    certificate: &'a Certificate,
    matrix: Vec<Row<'a>>,
    #[serde(flatten)]
    rehearsal: &'a Rehearsal,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    place: &'a Place,
    mishap: Mishap,
    nights: usize,
    broken: usize,
    by_hand: usize,
}

impl Certificate {
    pub(crate) fn new(subject: &Subject, scene: &str, depth: u8, it: &Rehearsal) -> Self {
        let sum = |of: fn(&hcxrun_engine::rehearse::Cell) -> usize| it.matrix.values().map(of).sum();
        Self {
            hcxrun_rehearsal: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            runbook: subject.record.titled(),
            digest: subject.record.digest.clone(),
            scene: scene.to_owned(),
            first_world: it.first.clone(),
            last_world: it.last.clone(),
            depth,
            nights: it.nights,
            broken: sum(|cell| cell.broken),
            by_hand: sum(|cell| cell.by_hand),
            unreached: it.unreached.len(),
        }
    }

    pub(crate) fn with_matrix<'a>(&'a self, rehearsal: &'a Rehearsal) -> Whole<'a> {
        let row = |((place, mishap), cell): (&'a (Place, Mishap), &hcxrun_engine::rehearse::Cell)| Row {
            place,
            mishap: *mishap,
            nights: cell.nights,
            broken: cell.broken,
            by_hand: cell.by_hand,
        };
        Whole { certificate: self, matrix: rehearsal.matrix.iter().map(row).collect(), rehearsal }
    }

    pub(crate) fn keep(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Failure::new(error.to_string()))?;
        std::fs::write(path, text).map_err(|error| Failure::file("write", path, &error))
    }

    /// Reads one, and holds it against what it is shown beside.
    ///
    /// # Errors
    /// It is none, or it is about something else.
    pub(crate) fn read(path: &Path, digest: &str) -> Result<Self, Failure> {
        let text = crate::text::read(path)?;
        let it: Certificate = serde_json::from_str(&text).map_err(|_| {
            let fact = format!("{} is no certificate of a rehearsal", path.display());
            Failure::with_help(fact, "`hcxrun rehearse … --out FILE` writes one")
        })?;
        if it.digest != digest {
            return Err(Failure::with_help(
                format!("{} certifies another runbook, or other inputs", path.display()),
                "rehearse this one with these inputs: `hcxrun rehearse … --out`",
            ));
        }
        Ok(it)
    }

    /// One line for a plan or a report.
    pub(crate) fn says(&self) -> String {
        let verdict = match (self.broken, self.unreached) {
            (0, 0) => "every one holds".to_owned(),
            (0, n) => format!("every one holds, {n} requests were never made"),
            (n, _) => format!("{n} do not hold"),
        };
        let by_hand =
            if self.by_hand > 0 { format!(", {} end by hand", self.by_hand) } else { String::new() };
        let Self { scene, nights, .. } = self;
        format!("Rehearsed on the scene {scene} with {nights} nights: {verdict}{by_hand}.")
    }
}
