//! The hash chain: each event carries the hash of the one before, so that nothing between two of them can be changed,
//! removed or put in without a trace. The columns that repeat a part of a body for people are held against it.

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

/// The row of an event (`seq, body, previous, hash, at, node`) that is to follow `last`: the event and its hash.
pub(super) fn link(row: &Row<'_>, seq: i64, last: &str) -> Checked<Event> {
    let (at, body, previous, own): (i64, String, String, String) =
        (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    if at != seq {
        return Ok(Err(format!("it is missing, and event {at} stands in its place")));
    }
    if previous != last || hash(last, seq, &body) != own {
        return Ok(Err("it does not fit the hash chain".to_owned()));
    }
    let event: Event = match serde_json::from_str(&body) {
        Ok(event) => event,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let fits = row.get::<_, String>(4)? == event.at.to_string()
        && row.get::<_, Option<String>>(5)?.as_deref() == event.kind.node().map(NodeId::as_str);
    Ok(if fits { Ok((event, own)) } else { Err("a column is not what its body says".to_owned()) })
}
