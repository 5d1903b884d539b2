//! What people say at a gate from another terminal. The process that drives the run takes it in from here.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Journal, JournalError};
use crate::ids::{NodeId, RunId};
use crate::run::{Said, Verdict};

impl Journal {
    /// Keeps what somebody says at a gate that asks; false when it does not ask, or they have answered it before.
    pub fn answer(
        &self,
        run: &RunId,
        gate: &NodeId,
        said: &Said,
        now: Timestamp,
    ) -> Result<bool, JournalError> {
        let Some(opened) = self.opened(run, gate)? else { return Ok(false) };
        let verdict = match said.verdict {
            Verdict::Approve => "approve",
            Verdict::Reject => "reject",
        };
        let written = self.connection.execute(
            "insert or ignore into answer (run, gate, opened, who, verdict, why, at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![run.as_str(), gate.as_str(), opened, said.who, verdict, said.why, now.to_string()],
        )?;
        Ok(written == 1)
    }

    /// What was said to the question that a gate asks, in the order in which it was said.
    pub fn answers(&self, run: &RunId, gate: &NodeId) -> Result<Vec<Said>, JournalError> {
        let Some(opened) = self.opened(run, gate)? else { return Ok(Vec::new()) };
        let mut statement = self.connection.prepare_cached(
            "select who, verdict, why from answer where run = ?1 and opened = ?2 order by at, who",
        )?;
        let said = statement.query_map(params![run.as_str(), opened], |row| {
            let verdict: String = row.get(1)?;
            let verdict = if verdict == "approve" { Verdict::Approve } else { Verdict::Reject };
            Ok(Said { who: row.get(0)?, verdict, why: row.get(2)? })
        })?;
        Ok(said.collect::<Result<_, _>>()?)
    }

    /// The hash of the event with which a gate asked last.
    fn opened(&self, run: &RunId, gate: &NodeId) -> Result<Option<String>, JournalError> {
        let found = self.connection.query_row(
            "select hash from event where run = ?1 and node = ?2 and json_extract(body, '$.event') = 'gate_opened'
             order by seq desc limit 1",
            params![run.as_str(), gate.as_str()],
            |row| row.get(0),
        );
        Ok(found.optional()?)
    }
}
