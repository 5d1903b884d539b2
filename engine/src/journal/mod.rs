//! The journal: what happened, on disk before anything rests on it. One SQLite file that a person can open.

mod answers;
mod chain;
mod claims;
mod lock;
mod past;
mod record;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};

use chain::Links;
use claims::Places;
pub use claims::{Released, Resource};
pub use lock::RunLock;
pub use past::{Past, Usual};
pub use record::{RecordedPlan, RunRecord, StoredFile, StoredSource, StoredSystem};

use crate::ids::RunId;
use crate::run::{Event, EventKind, Outcome};

/// What went wrong with the journal. Nothing that was acknowledged is lost by any of these.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// SQLite's own error.
    #[error("the journal cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// Made by a later version of hcxrun.
    #[error("the journal was written by a newer hcxrun (format {found}, this one knows {known})")]
    Newer {
        /// Of the file.
        found: i64,
        /// Of this program.
        known: i64,
    },
    /// No such run.
    #[error("there is no run {0} in this journal")]
    NoRun(String),
    /// Several runs start with the text.
    #[error("several runs start with {0}: {1}")]
    Ambiguous(String, String),
    /// A record does not fit its hash or cannot be read.
    #[error("the journal of run {run} is damaged at event {seq}: {what}")]
    Damaged {
        /// The run.
        run: RunId,
        /// The event, from 1; 0 for the run itself.
        seq: i64,
        /// What does not fit.
        what: String,
    },
    /// The file is not what SQLite wrote.
    #[error("the journal file is damaged, and nothing in it can be relied on: {0}")]
    Corrupt(String),
    /// Another process drives the run.
    #[error("run {run} is being driven by another hcxrun at this moment{by}")]
    Locked {
        /// The run.
        run: RunId,
        /// Which process, for the message; empty when it did not say.
        by: String,
    },
    /// Another process has taken the run over, and has written since.
    #[error("run {0} was taken over by another hcxrun")]
    Overtaken(RunId),
    /// The plan was run already.
    #[error("this plan was run already, by run {0}")]
    PlanRun(RunId),
    /// Another run that has not ended changes the same resource.
    #[error("{resource} is claimed by run {by}, which has not ended")]
    Claimed {
        /// What both touch, and where.
        resource: String,
        /// The other run.
        by: RunId,
    },
    /// The lock file.
    #[error("cannot lock the run: {0}")]
    Lock(std::io::Error),
}

/// Where events go.
pub trait Log {
    /// Writes events in their order and returns when they are on disk.
    fn append(&mut self, events: &[Event]) -> Result<(), JournalError>;

    /// The hash over all that was written, for a log that keeps one.
    fn head(&self) -> Option<&str> {
        None
    }
}

/// A log that keeps nothing, for runs that nobody will ask about.
#[derive(Debug, Default)]
pub struct NoLog;

impl Log for NoLog {
    fn append(&mut self, _: &[Event]) -> Result<(), JournalError> {
        Ok(())
    }
}

/// A journal file.
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
}

/// One run in a list.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RunSummary {
    /// Its id.
    pub id: RunId,
    /// When it began.
    pub started: Timestamp,
    /// The runbook's title.
    pub title: String,
    /// The change ticket.
    pub ticket: Option<String>,
    /// How it ended; `None` while it runs or when it was interrupted.
    pub outcome: Option<Outcome>,
    /// How many events it has.
    pub events: i64,
}

/// So many events are read at once: enough to share among the cores, few enough to hold.
const AT_ONCE: u16 = 1024;

/// The format that this program writes.
const FORMAT: i64 = 2;

impl Journal {
    /// Opens a journal, making it when there is none.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        Self::prepare(Connection::open(path)?)
    }

    fn prepare(connection: Connection) -> Result<Self, JournalError> {
        connection.busy_timeout(Duration::from_secs(10))?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if found > FORMAT {
            return Err(JournalError::Newer { found, known: FORMAT });
        }
        // Said at every open: SQLite's defaults differ by build, and NORMAL may lose the last commits.
        write_ahead(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        match found {
            0 => upgrade(&connection, &[include_str!("schema.sql"), include_str!("people.sql")])?,
            1 => upgrade(&connection, &[include_str!("people.sql")])?,
            _ => {}
        }
        Ok(Self { connection })
    }

    /// Writes down a new run.
    ///
    /// # Errors
    /// [`JournalError::PlanRun`] when it is held to a plan that a run was begun from before, [`JournalError::Claimed`] when
    /// another run has one of the resources that it is known to change. Nothing is written then.
    pub fn create(
        mut self,
        id: &RunId,
        record: &RunRecord,
        resources: &BTreeSet<Resource>,
    ) -> Result<RunLog, JournalError> {
        let body = serde_json::to_string(record).map_err(|error| damaged(id, 0, error))?;
        let hash = blake3::hash(body.as_bytes()).to_hex().to_string();
        // From the question to the answer nobody else writes.
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(plan) = &record.plan {
            let begun = "select id from run where json_extract(record, '$.plan.digest') = ?1";
            let begun =
                transaction.query_row(begun, [&plan.digest], |row| row.get::<_, String>(0)).optional()?;
            if let Some(begun) = begun {
                return Err(JournalError::PlanRun(RunId::new(begun)));
            }
        }
        transaction.execute(
            "insert into run (id, started, title, ticket, record, hash) values (?1, ?2, ?3, ?4, ?5, ?6)",
            params![id.as_str(), record.started.to_string(), record.title, record.ticket, body, hash],
        )?;
        claims::claim(&transaction, id, resources, record.started)?;
        transaction.commit()?;
        Ok(RunLog { journal: self, run: id.clone(), seq: 0, last: hash, places: Places::of(record) })
    }

    /// A run with all of its events, each checked against its hash, and the log that goes on behind them.
    pub fn load(self, id: &RunId) -> Result<(RunRecord, Vec<Event>, RunLog), JournalError> {
        let ((record, replay), mut events) = (self.replay(id)?, Vec::new());
        let log = replay.each(&mut |event| events.push(event))?;
        Ok((record, events, log))
    }

    /// What a run was begun with, and its events, to be gone through.
    pub fn replay(self, id: &RunId) -> Result<(RunRecord, Replay), JournalError> {
        self.check_file()?;
        let (record, hash) = self.record(id)?;
        let places = Places::of(&record);
        Ok((record, Replay { journal: self, run: id.clone(), hash, places }))
    }

    /// Some of the events behind one, as they stand there; none when there are no more.
    fn links_behind(&self, id: &RunId, seq: i64) -> Result<Links, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "select seq, body, previous, hash, at, node from event where run = ?1 and seq > ?2 order by seq limit ?3",
        )?;
        let (mut rows, mut links) = (statement.query(params![id.as_str(), seq, AT_ONCE])?, Links::default());
        while let Some(row) = rows.next()? {
            links.push(row)?;
        }
        Ok(links)
    }

    /// A page that has lost its last rows, or a row that has lost its run, looks like a shorter run: the chain alone would
    /// not show it.
    fn check_file(&self) -> Result<(), JournalError> {
        // The chain holds every body against its hash: that each is JSON need not be seen twice.
        self.connection.pragma_update(None, "ignore_check_constraints", true)?;
        let said: String = self.connection.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
        self.connection.pragma_update(None, "ignore_check_constraints", false)?;
        if said != "ok" {
            return Err(JournalError::Corrupt(said));
        }
        let orphans = "select 1 from (select distinct run from event) where run not in (select id from run)";
        if self.connection.prepare(orphans)?.exists([])? {
            return Err(JournalError::Corrupt("an event is of no run".to_owned()));
        }
        Ok(())
    }

    /// The record of a run with its hash, where the chain begins.
    fn record(&self, id: &RunId) -> Result<(RunRecord, String), JournalError> {
        let found = self.connection.query_row(
            "select record, hash, started, title, ticket from run where id = ?1",
            [id.as_str()],
            chain::first,
        );
        let found = found.optional()?.ok_or_else(|| JournalError::NoRun(id.to_string()))?;
        found.map_err(|what| damaged(id, 0, what))
    }

    /// The run that a user means: its whole id, the start of it, or `last`.
    pub fn find(&self, text: &str) -> Result<RunId, JournalError> {
        let pattern = if text == "last" { String::new() } else { text.to_owned() };
        let mut statement = self
            .connection
            .prepare("select id from run where substr(id, 1, length(?1)) = ?1 order by rowid desc limit 5")?;
        let ids: Vec<String> =
            statement.query_map([&pattern], |row| row.get(0))?.collect::<Result<_, _>>()?;
        match ids.as_slice() {
            [] => Err(JournalError::NoRun(text.to_owned())),
            [first, ..] if text == "last" || ids.len() == 1 || first == text => {
                Ok(RunId::new(first.as_str()))
            }
            several => Err(JournalError::Ambiguous(text.to_owned(), several.join(", "))),
        }
    }

    /// All runs, newest first. A run on a twin may say that it began next week: what counts is which was written last.
    pub fn list(&self) -> Result<Vec<RunSummary>, JournalError> {
        let mut statement = self.connection.prepare(
            "select id, started, title, ticket, (select count(*) from event where run = id),
               (select body from event where run = id order by seq desc limit 1)
             from run order by rowid desc",
        )?;
        let rows = statement.query_map([], |row| {
            let last: Option<String> = row.get(5)?;
            let outcome =
                last.and_then(|body| serde_json::from_str::<Event>(&body).ok()).and_then(|event| match event
                    .kind
                {
                    EventKind::Ended { outcome, .. } => Some(outcome),
                    _ => None,
                });
            let started: String = row.get(1)?;
            Ok(RunSummary {
                id: RunId::new(row.get::<_, String>(0)?),
                started: started.parse().unwrap_or(Timestamp::UNIX_EPOCH),
                title: row.get(2)?,
                ticket: row.get(3)?,
                outcome,
                events: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The events of a run, before they were gone through.
#[derive(Debug)]
pub struct Replay {
    journal: Journal,
    run: RunId,
    /// Of the record, where the chain begins.
    hash: String,
    places: Places,
}

impl Replay {
    /// Hands out every event, each checked against its hash, and gives the log that goes on behind them. What was handed out
    /// before an error is of no use.
    pub fn each(self, hand_out: &mut dyn FnMut(Event)) -> Result<RunLog, JournalError> {
        let Self { journal, run, hash: mut last, places } = self;
        let (mut seq, mut made) = (0, Vec::new());
        let mut links = journal.links_behind(&run, i64::MIN)?;
        while let Some((end, hash)) = links.last() {
            // While these are made into events, those before are handed out and the next are read.
            let (events, next) = links.events(seq + 1, &last, || {
                made.drain(..).for_each(&mut *hand_out);
                journal.links_behind(&run, end)
            });
            for event in events {
                seq += 1;
                made.push(event.map_err(|what| damaged(&run, seq, what))?);
            }
            hash.clone_into(&mut last);
            links = next?;
        }
        made.drain(..).for_each(hand_out);
        Ok(RunLog { journal, run, seq, last, places })
    }
}

/// Switches to the write-ahead log. When two processes make the same file, SQLite does not wait here by itself.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mut tries = 0;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && tries < BUSY_TRIES =>
            {
                tries += 1;
                std::thread::sleep(BUSY_PAUSE);
            }
            done => return done,
        }
    }
}

/// Together ten seconds, as long as every other statement waits.
const BUSY_TRIES: u32 = 1000;
const BUSY_PAUSE: Duration = Duration::from_millis(10);

fn upgrade(connection: &Connection, parts: &[&str]) -> rusqlite::Result<()> {
    let parts = parts.concat();
    let done = connection
        .execute_batch(&format!("begin immediate; {parts} pragma user_version = {FORMAT}; commit;"));
    // Another process may have done it in the meantime.
    let _ = connection.execute_batch("rollback");
    let now: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if now == FORMAT { Ok(()) } else { done }
}

#[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
fn damaged(run: &RunId, seq: i64, what: impl ToString) -> JournalError {
    JournalError::Damaged { run: run.clone(), seq, what: what.to_string() }
}

/// The next number can be given once. Who finds it given has been taken over, must not write, and so must not send.
fn overtaken(run: &RunId, error: rusqlite::Error) -> JournalError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => JournalError::Overtaken(run.clone()),
        _ => error.into(),
    }
}

/// The journal, open for one run.
#[derive(Debug)]
pub struct RunLog {
    journal: Journal,
    run: RunId,
    seq: i64,
    last: String,
    /// Where its systems are: an intent claims what it touches there.
    places: Places,
}

impl RunLog {
    /// The hash over all events so far: an outside copy of it anchors the journal.
    pub fn head(&self) -> &str {
        &self.last
    }

    /// The number of the event after which the head was this; 0 for the record of the run, `None` for no event of it.
    /// Means something on a chain that was checked: on what [`Journal::load`] gave.
    pub fn event_of(&self, head: &str) -> Result<Option<i64>, JournalError> {
        let found = self.journal.connection.query_row(
            "select 0 from run where id = ?1 and hash = ?2
             union all select seq from event where run = ?1 and hash = ?2 and seq <= ?3 limit 1",
            params![self.run.as_str(), head, self.seq],
            |row| row.get(0),
        );
        Ok(found.optional()?)
    }
}

impl Log for RunLog {
    fn head(&self) -> Option<&str> {
        Some(&self.last)
    }

    fn append(&mut self, events: &[Event]) -> Result<(), JournalError> {
        let (mut seq, mut last) = (self.seq, self.last.clone());
        let transaction = self.journal.connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(
                "insert into event (run, seq, at, node, body, previous, hash) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            for event in events {
                seq += 1;
                let body = serde_json::to_string(event).map_err(|error| damaged(&self.run, seq, error))?;
                let hash = chain::hash(&last, seq, &body);
                let node = event.kind.node().map(crate::ids::NodeId::as_str);
                let row = params![self.run.as_str(), seq, event.at.to_string(), node, body, last, hash];
                insert.execute(row).map_err(|error| overtaken(&self.run, error))?;
                if let EventKind::Intended { intent, .. } = &event.kind {
                    let touched: Vec<_> = self.places.touched(intent).collect();
                    claims::claim(&transaction, &self.run, &touched, event.at)?;
                }
                last = hash;
            }
        }
        transaction.commit()?;
        (self.seq, self.last) = (seq, last);
        Ok(())
    }
}

impl RunId {
    /// A new one; sorts by the time of its making.
    pub fn fresh() -> Self {
        let text = uuid::Uuid::now_v7().simple().to_string();
        // The first 12 digits are the time in milliseconds; 6 more keep two runs of one millisecond apart.
        let (time, rest) = text.split_at(12.min(text.len()));
        Self::new(format!("{time}-{}", rest.get(14..20).unwrap_or(rest)))
    }
}
