//! How long steps took in past runs. It is shown beside the hard bounds, and never stands in for them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::{Journal, JournalError, RunRecord};
use crate::ids::NodeId;
use crate::look::Way;
use crate::run::{Event, EventKind};

/// The durations of the changes of one runbook's past runs, from the first request to the wanted state, by step.
#[derive(Debug, Clone, Default)]
pub struct Past(BTreeMap<String, Vec<Duration>>);

/// What was usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Usual {
    /// How often it was seen.
    pub times: usize,
    /// Half of them took no longer.
    pub p50: Duration,
    /// Nineteen of twenty took no longer.
    pub p95: Duration,
}

impl Past {
    /// What was usual for a step; all instances of a fan-out count together.
    pub fn of(&self, node: &NodeId) -> Option<Usual> {
        let durations = self.0.get(step_of(node))?;
        let rank = |percent: usize| {
            durations.get((durations.len() * percent).div_ceil(100).saturating_sub(1)).copied()
        };
        Some(Usual { times: durations.len(), p50: rank(50)?, p95: rank(95)? })
    }

    /// Takes in the events of one run.
    fn learn(&mut self, events: impl Iterator<Item = Event>) {
        let mut begun = HashMap::new();
        for event in events {
            match event.kind {
                EventKind::Intended { node, way: Way::Change, .. } => {
                    begun.entry(node).or_insert(event.at);
                }
                EventKind::Settled { node, way: Way::Change, .. } => {
                    let took = begun.remove(&node).map(|since| event.at.duration_since(since));
                    // A clock that was set back in between says nothing.
                    let took = took.and_then(|took| Duration::try_from(took).ok());
                    self.0.entry(step_of(&node).to_owned()).or_default().extend(took);
                }
                // How long it was waited for a resumption is no property of the step.
                EventKind::Resumed => begun.clear(),
                _ => {}
            }
        }
    }
}

fn step_of(node: &NodeId) -> &str {
    node.as_str().split('[').next().unwrap_or_default()
}

impl Journal {
    /// What past runs of a runbook on real systems took, by its title.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn past(&self, title: &str) -> Result<Past, JournalError> {
        let mut past = Past::default();
        let mut runs = self.connection.prepare("select id, record from run where title = ?1")?;
        let mut events = self.connection.prepare("select body from event where run = ?1 order by seq")?;
        let runs = runs.query_map([title], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        for run in runs {
            let (id, record) = run?;
            let record = serde_json::from_str::<RunRecord>(&record);
            let is_real = record.is_ok_and(|it| !it.is_played());
            if is_real {
                let bodies = events.query_map([id], |row| row.get::<_, String>(0))?;
                let bodies: Vec<String> = bodies.collect::<Result<_, _>>()?;
                past.learn(bodies.iter().filter_map(|body| serde_json::from_str(body).ok()));
            }
        }
        past.0.values_mut().for_each(|durations| durations.sort());
        Ok(past)
    }
}
