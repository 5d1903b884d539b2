//! Two runs that touch the same resource cannot run at once, whichever processes drive them, as long as they share a
//! journal. A resource is what an action `touches`, at the place where its system is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Journal, JournalError, RunRecord};
use crate::ids::RunId;
use crate::look::Intent;

/// A resource that a run wants for itself, in words that mean the same to every run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource(String);

/// Where each system of a run is, by its name. Empty for a run that claims nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(BTreeMap<String, String>);

impl Places {
    pub(super) fn of(record: &RunRecord) -> Self {
        let place = |(name, system): (&String, &super::StoredSystem)| (name.clone(), system.url.clone());
        Self(if record.claims { record.systems.iter().map(place).collect() } else { BTreeMap::new() })
    }

    /// What a change touches.
    pub(super) fn touched(&self, intent: &Intent) -> impl Iterator<Item = Resource> {
        self.resources(&intent.request.system, &intent.touches)
    }

    fn resources(&self, system: &str, touches: &[String]) -> impl Iterator<Item = Resource> {
        let place = self.0.get(system);
        touches.iter().filter_map(move |name| Some(Resource(format!("{name} at {}", place?))))
    }
}

impl RunRecord {
    /// What these touches of a system of this run are to every run.
    pub fn resources(&self, system: &str, touches: &[String]) -> BTreeSet<Resource> {
        Places::of(self).resources(system, touches).collect()
    }
}

/// Claims resources for a run, all or none.
///
/// # Errors
/// [`JournalError::Claimed`] when another run that has not ended has one of them.
pub(super) fn claim<'r>(
    connection: &Connection,
    run: &RunId,
    resources: impl IntoIterator<Item = &'r Resource>,
    now: Timestamp,
) -> Result<(), JournalError> {
    for Resource(resource) in resources {
        // Also when it is claimed already: a run that had ended may be taken back.
        let mut others =
            connection.prepare_cached("select 1 from claim where resource = ?1 and run <> ?2")?;
        if others.exists(params![resource, run.as_str()])? {
            unclaimed(connection, run, resource)?;
        }
        let mut insert = connection
            .prepare_cached("insert or ignore into claim (resource, run, at) values (?1, ?2, ?3)")?;
        insert.execute(params![resource, run.as_str(), now.to_string()])?;
    }
    Ok(())
}

/// Others have claimed it some time: each of them has ended, or was let go of.
fn unclaimed(connection: &Connection, run: &RunId, resource: &str) -> Result<(), JournalError> {
    let holder = connection.query_row(
        "select run from claim c where resource = ?1 and run <> ?2
           and not exists (select 1 from release where run = c.run)
           and coalesce((select json_extract(body, '$.outcome') from event where run = c.run order by seq desc limit 1), '')
               not in ('succeeded', 'refused', 'rolled_back')",
        params![resource, run.as_str()],
        |row| row.get::<_, String>(0),
    );
    match holder.optional()? {
        Some(holder) => Err(JournalError::Claimed { resource: resource.to_owned(), by: RunId::new(holder) }),
        None => Ok(()),
    }
}

/// Who let go of what a run claims, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The name, on trust.
    pub who: String,
    /// Why.
    pub why: String,
}

impl Journal {
    /// Lets go of everything that a run claims, for good. False when that was done before.
    pub fn release(&self, run: &RunId, by: &Released, now: Timestamp) -> Result<bool, JournalError> {
        let written = self.connection.execute(
            "insert or ignore into release (run, who, why, at) values (?1, ?2, ?3, ?4)",
            params![run.as_str(), by.who, by.why, now.to_string()],
        )?;
        Ok(written == 1)
    }

    /// Who let go of what a run claims, when somebody has.
    pub fn released(&self, run: &RunId) -> Result<Option<Released>, JournalError> {
        let found =
            self.connection.query_row("select who, why from release where run = ?1", [run.as_str()], |row| {
                Ok(Released { who: row.get(0)?, why: row.get(1)? })
            });
        Ok(found.optional()?)
    }
}
