//! The hash chain: each event carries the hash of the one before, so that nothing between two of them can be changed,
//! removed or put in without a trace. The columns that repeat a part of a body for people are held against it.

use std::borrow::Cow;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::ScopedJoinHandle;

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

/// Events as they stand in the journal (`seq, body, previous, hash, at, node`), their columns one behind the other in one
/// text.
#[derive(Default)]
pub(super) struct Links {
    text: String,
    rows: Vec<Place>,
}

/// Where the columns of an event stand.
struct Place {
    seq: i64,
    start: usize,
    /// The ends of body, previous, hash, at and node.
    ends: [usize; 5],
    has_node: bool,
}

/// An event as it stands in the journal.
struct Link<'a> {
    seq: i64,
    body: &'a str,
    previous: &'a str,
    hash: &'a str,
    at: &'a str,
    node: Option<&'a str>,
}

/// Fewer events than this are not worth another thread.
const FEW: usize = 256;

impl Links {
    /// Takes in a row.
    pub(super) fn push(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let start = self.text.len();
        let (mut ends, mut has_node) = ([start; 5], false);
        for (column, end) in (1..).zip(&mut ends) {
            let text = row.get_ref(column)?.as_str_or_null()?;
            has_node = text.is_some();
            self.text.push_str(text.unwrap_or_default());
            *end = self.text.len();
        }
        self.rows.push(Place { seq: row.get(0)?, start, ends, has_node });
        Ok(())
    }

    /// The number and the hash of the last one.
    pub(super) fn last(&self) -> Option<(i64, &str)> {
        self.rows.last().map(|row| (row.seq, self.link(row).hash))
    }

    fn link(&self, row: &Place) -> Link<'_> {
        let part = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        let [body, previous, hash, at, node] = row.ends;
        Link {
            seq: row.seq,
            body: part(row.start, body),
            previous: part(body, previous),
            hash: part(previous, hash),
            at: part(hash, at),
            node: row.has_node.then(|| part(at, node)),
        }
    }

    /// The events, which are to follow `last`, the first of them numbered `seq`, or what does not fit. Every link is held
    /// against its own hash by any core; only then is its event made. What this core does in the
    /// meantime is handed back, too.
    pub(super) fn events<T>(
        &self,
        seq: i64,
        last: &str,
        meanwhile: impl FnOnce() -> T,
    ) -> (Vec<Result<Event, String>>, T) {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = self.rows.len().div_ceil(cores).max(FEW);
        let hash = |at: usize| self.rows.get(at).map_or("", |row| self.link(row).hash);
        let before = |at: usize| at.checked_sub(1).map_or(last, hash);
        let parts = (seq..).step_by(share).zip(self.rows.chunks(share)).enumerate();
        std::thread::scope(|scope| {
            let part = |(n, (seq, part))| scope.spawn(move || self.follow(part, seq, before(n * share)));
            let parts: Vec<_> = parts.map(part).collect();
            let done = meanwhile();
            let join =
                |part: ScopedJoinHandle<'_, Vec<_>>| part.join().unwrap_or_else(|panic| resume_unwind(panic));
            (parts.into_iter().flat_map(join).collect(), done)
        })
    }

    fn follow(&self, rows: &[Place], seq: i64, last: &str) -> Vec<Result<Event, String>> {
        let before = std::iter::once(last).chain(rows.iter().map(|row| self.link(row).hash));
        (seq..).zip(rows).zip(before).map(|((seq, row), last)| self.link(row).event(seq, last)).collect()
    }
}

impl Link<'_> {
    /// The event, when it is the one that is to follow.
    fn event(&self, seq: i64, last: &str) -> Result<Event, String> {
        if self.seq != seq {
            return Err(format!("it is missing, and event {} stands in its place", self.seq));
        }
        if self.previous != last || hash(last, seq, self.body) != self.hash {
            return Err("it does not fit the hash chain".to_owned());
        }
        let (event, at) = read(self.body).map_err(|error| error.to_string())?;
        let fits = self.at == at && self.node == event.kind.node().map(NodeId::as_str);
        if fits { Ok(event) } else { Err("a column is not what its body says".to_owned()) }
    }
}

/// Reads a body in two goes, which is less work than one: a flattened event is copied once more on its way. The moment comes
/// as it is written, too.
fn read(body: &str) -> serde_json::Result<(Event, Cow<'_, str>)> {
    #[derive(serde::Deserialize)]
    struct Moment<'a> {
        #[serde(borrow)]
        at: Cow<'a, str>,
    }
    let Moment { at } = serde_json::from_str(body)?;
    let moment = at.parse().map_err(serde::de::Error::custom)?;
    Ok((Event { at: moment, kind: serde_json::from_str(body)? }, at))
}
