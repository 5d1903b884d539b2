//! The hash chain: each event carries the hash of the one before, so that nothing between two of them can be changed,
//! removed or put in without a trace. The columns that repeat a part of a body for people are held against it.

use std::num::NonZero;
use std::panic::resume_unwind;

use rusqlite::Row;

use super::RunRecord;
use crate::ids::NodeId;
use crate::run::Event;

/// The hash over an event and, through the one before, over everything before it.
pub(super) fn hash(previous: &str, seq: i64, body: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous.as_bytes()).update(&seq.to_le_bytes()).update(body.as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// What a row holds, or what does not fit.
type Checked<T> = rusqlite::Result<Result<(T, String), String>>;

/// The row of a run (`record, hash, started, title, ticket`): its record and its hash.
pub(super) fn first(row: &Row<'_>) -> Checked<RunRecord> {
    let (body, hash): (String, String) = (row.get(0)?, row.get(1)?);
    if blake3::hash(body.as_bytes()).to_hex().as_str() != hash {
        return Ok(Err("the record of the run does not fit its hash".to_owned()));
    }
    let record: RunRecord = match serde_json::from_str(&body) {
        Ok(record) => record,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let fits = row.get::<_, String>(2)? == record.started.to_string()
        && row.get::<_, String>(3)? == record.title
        && row.get::<_, Option<String>>(4)? == record.ticket;
    Ok(if fits { Ok((record, hash)) } else { Err("a column is not what the record says".to_owned()) })
}

/// An event as it stands in the journal (`seq, body, previous, hash, at, node`).
pub(super) struct Link {
    pub(super) seq: i64,
    body: String,
    previous: String,
    pub(super) hash: String,
    at: String,
    node: Option<String>,
}

/// The events of links that are to follow `last`, the first of them numbered `seq`, or what does not fit. Every link is
/// held against its own hash by any core; only then is its event made.
pub(super) fn events(links: &[Link], seq: i64, last: &str) -> Vec<Result<Event, String>> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = links.len().div_ceil(cores).max(FEW);
    let before = |at: usize| at.checked_sub(1).and_then(|at| links.get(at)).map_or(last, |link| &*link.hash);
    let parts = (seq..).step_by(share).zip(links.chunks(share)).enumerate();
    std::thread::scope(|scope| {
        let part = |(n, (seq, part))| scope.spawn(move || follow(part, seq, before(n * share)));
        let parts: Vec<_> = parts.map(part).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// Fewer events than this are not worth another thread.
const FEW: usize = 256;

fn follow(links: &[Link], seq: i64, last: &str) -> Vec<Result<Event, String>> {
    let before = std::iter::once(last).chain(links.iter().map(|link| &*link.hash));
    (seq..).zip(links).zip(before).map(|((seq, link), last)| link.event(seq, last)).collect()
}

impl Link {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (seq, body, previous) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Self { seq, body, previous, hash: row.get(3)?, at: row.get(4)?, node: row.get(5)? })
    }

    /// The event, when it is the one that is to follow.
    fn event(&self, seq: i64, last: &str) -> Result<Event, String> {
        if self.seq != seq {
            return Err(format!("it is missing, and event {} stands in its place", self.seq));
        }
        if self.previous != last || hash(last, seq, &self.body) != self.hash {
            return Err("it does not fit the hash chain".to_owned());
        }
        let event = read(&self.body).map_err(|error| error.to_string())?;
        let fits =
            self.at == event.at.to_string() && self.node.as_deref() == event.kind.node().map(NodeId::as_str);
        if fits { Ok(event) } else { Err("a column is not what its body says".to_owned()) }
    }
}

/// Reads a body in two goes, which is less work than one: a flattened event is copied once more on its way.
fn read(body: &str) -> serde_json::Result<Event> {
    #[derive(serde::Deserialize)]
    struct Moment {
        at: jiff::Timestamp,
    }
    let Moment { at } = serde_json::from_str(body)?;
    Ok(Event { at, kind: serde_json::from_str(body)? })
}
