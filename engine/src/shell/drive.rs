//! The loop that carries out what the dispatcher asks for, and brings it the answers.

use std::collections::BTreeSet;

use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{FutureExt, future::join_all};
use hcxrun_dsl::eval::Read;
use jiff::Timestamp;
use petgraph::graph::NodeIndex;

use super::ports::{Clock, LocalFuture, People};
use super::sessions::Systems;
use crate::dispatch::{Came, Dispatch, Question, Task};
use crate::journal::{JournalError, Log};
use crate::run::{Course, Event, IllegalEvent, Outcome, Run};

/// What stopped a run that did not come to an end. The journal holds everything that was acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// Nothing can be written any more, so nothing may be done any more.
    #[error("the run was stopped because its journal cannot be written: {0}")]
    Journal(#[from] JournalError),
    /// A defect of hcxrun.
    #[error("the run met a state that cannot be: {0}")]
    Illegal(#[from] Box<IllegalEvent>),
    /// Virtual time has nothing more to bring.
    #[error("the run waits for something that cannot come")]
    Stalled,
}

/// How driving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The outcome.
    pub outcome: Outcome,
    /// Whether a person interrupted it.
    pub interrupted: bool,
}

/// So many events are not kept from the disk any longer, even when more come at once.
const ENOUGH: usize = 1024;

/// Drives a run to its end.
pub struct Driver<'a> {
    dispatch: &'a mut Dispatch,
    log: &'a mut dyn Log,
    systems: &'a Systems<'a>,
    clock: &'a dyn Clock,
    people: &'a dyn People,
    watch: &'a mut dyn FnMut(&Event, &Run),
    /// How many of the unwritten events were shown.
    shown: usize,
    underway: FuturesUnordered<LocalFuture<'a, (NodeIndex, Came)>>,
}

impl<'a> Driver<'a> {
    /// Puts a run and its ports together.
    pub fn new(
        dispatch: &'a mut Dispatch,
        log: &'a mut dyn Log,
        systems: &'a Systems<'a>,
        clock: &'a dyn Clock,
        people: &'a dyn People,
        watch: &'a mut dyn FnMut(&Event, &Run),
    ) -> Self {
        let underway = FuturesUnordered::new();
        Driver { dispatch, log, systems, clock, people, watch, shown: 0, underway }
    }

    /// Drives the run to its end; `turn` is where it is to head first, when that is not where it was heading.
    ///
    /// # Errors
    /// The journal cannot be written, or there is a defect.
    pub async fn drive(mut self, turn: Option<(Course, String)>) -> Result<Ended, DriveError> {
        self.dispatch.begin(turn, self.clock.now())?;
        let people = self.people;
        let mut interruption = people.interruption().fuse();
        loop {
            self.dispatch.settle(self.clock.now())?;
            if let Some(outcome) = self.dispatch.run().outcome() {
                self.write()?;
                return Ok(Ended { outcome, interrupted: self.dispatch.is_interrupted() });
            }
            let more = self.dispatch.start(self.clock.now())?;
            self.perform();
            // Before anything is waited for, everything is on disk; what comes at once shares the sync.
            if self.gather()? | more && self.dispatch.unwritten().len() < ENOUGH || self.write()? {
                continue;
            }
            futures_util::select_biased! {
                () = interruption => {
                    self.dispatch.interrupt(self.clock.now())?;
                    interruption = people.interruption().fuse();
                }
                came = self.underway.next() => match came {
                    Some((at, came)) => self.dispatch.take(at, came, self.clock.now())?,
                    None => return Err(DriveError::Stalled),
                },
            }
        }
    }

    /// Takes in what has come already; true when anything has.
    fn gather(&mut self) -> Result<bool, DriveError> {
        let mut any = false;
        while let Some(Some((at, came))) = self.underway.next().now_or_never() {
            self.dispatch.take(at, came, self.clock.now())?;
            any = true;
        }
        Ok(any)
    }

    /// Writes when something has to be on disk, and shows what happened; true when it wrote.
    fn write(&mut self) -> Result<bool, DriveError> {
        let writes = self.dispatch.must_write();
        if writes {
            self.log.append(self.dispatch.unwritten())?;
        }
        let events = self.dispatch.unwritten();
        for event in events.iter().skip(self.shown) {
            (self.watch)(event, self.dispatch.run());
        }
        self.shown = events.len();
        if writes {
            self.dispatch.written();
            self.shown = 0;
        }
        Ok(writes)
    }

    fn perform(&mut self) {
        for (at, task) in self.dispatch.tasks() {
            let (systems, clock, people) = (self.systems, self.clock, self.people);
            let task = match task {
                Task::Ask(question, until) => {
                    let head = self.log.head().map(str::to_owned);
                    Task::Ask(Question { head, ..question }, until)
                }
                other => other,
            };
            self.underway.push(Box::pin(async move {
                let came = match task {
                    Task::Wait(until) => {
                        clock.sleep_until(until).await;
                        Came::Moment
                    }
                    Task::Read(needs) => read(systems, needs).await,
                    Task::Send(request) => Came::Answer(systems.change(&request).await),
                    Task::Ask(question, until) => ask(people, clock, question, until).await,
                };
                (at, came)
            }));
        }
    }
}

async fn read(systems: &Systems<'_>, needs: BTreeSet<Read>) -> Came {
    let reads = needs.into_iter().map(|read| async move {
        let answer = systems.read(&read).await;
        (read, answer)
    });
    Came::Read(join_all(reads).await)
}

async fn ask(people: &dyn People, clock: &dyn Clock, question: Question, until: Option<Timestamp>) -> Came {
    let Some(until) = until else { return Came::Said(people.ask(question).await) };
    let ask = people.ask(question).fuse();
    let late = clock.sleep_until(until).fuse();
    futures_util::pin_mut!(ask, late);
    futures_util::select_biased! {
        said = ask => Came::Said(said),
        () = late => Came::Moment,
    }
}
