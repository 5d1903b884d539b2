//! The dispatcher: one loop that owns the run. Everything else only brings it answers.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{FutureExt, future::join_all};
use hcxrun_dsl::Value;
use hcxrun_dsl::eval::{Read, ReadFailure, Reads};
use jiff::Timestamp;
use petgraph::graph::NodeIndex;

use super::ports::{Clock, LocalFuture, People, Question};
use super::sessions::Systems;
use crate::journal::{JournalError, Log};
use crate::look::{Look, Purpose, Request, Seen, Way, look};
use crate::run::{
    Activity, Answer, Course, Effect, Event, EventKind, IllegalEvent, Outcome, Run, StepState, Verdict,
};

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

/// Drives a run to its end.
pub struct Driver<'a> {
    run: &'a mut Run,
    log: &'a mut dyn Log,
    systems: &'a Systems<'a>,
    clock: &'a dyn Clock,
    people: &'a dyn People,
    watch: &'a mut dyn FnMut(&Event, &Run),
    /// Files that were read before the run.
    files: &'a Reads,
    /// Applied, and not on disk yet.
    unwritten: Vec<Event>,
    /// How many of them were shown.
    shown: usize,
    /// Nodes for which something may be due.
    due: BTreeSet<NodeIndex>,
    /// Nodes for which something is under way.
    busy: HashSet<NodeIndex>,
    /// What was read for the look that a node is at.
    tables: HashMap<NodeIndex, Reads>,
    /// Requests that are intended and have not left.
    requests: HashMap<NodeIndex, Request>,
    underway: FuturesUnordered<LocalFuture<'a, (NodeIndex, Came)>>,
}

/// What came back.
enum Came {
    /// The moment to look.
    Moment,
    /// Answers to reads.
    Read(Vec<(Read, Result<Value, ReadFailure>)>),
    /// The answer to a change.
    Answer(Answer),
    /// What people said.
    Said(Vec<(String, Verdict)>),
}

impl<'a> Driver<'a> {
    /// Puts a run and its ports together.
    pub fn new(
        run: &'a mut Run,
        log: &'a mut dyn Log,
        systems: &'a Systems<'a>,
        clock: &'a dyn Clock,
        people: &'a dyn People,
        files: &'a Reads,
        watch: &'a mut dyn FnMut(&Event, &Run),
    ) -> Self {
        Driver {
            run,
            log,
            systems,
            clock,
            people,
            watch,
            files,
            unwritten: Vec::new(),
            shown: 0,
            due: BTreeSet::new(),
            busy: HashSet::new(),
            tables: HashMap::new(),
            requests: HashMap::new(),
            underway: FuturesUnordered::new(),
        }
    }

    /// Drives the run to its end; `turn` is where it is to head first, when that is not where it was heading.
    pub async fn drive(mut self, turn: Option<(Course, String)>) -> Result<Ended, DriveError> {
        for kind in self.run.interrupted() {
            self.note(kind)?;
        }
        if let Some((course, reason)) = turn {
            self.note(EventKind::Turned { course, reason })?;
        }
        let was_open: Vec<_> = self.run.active().chain(self.run.open_gates()).collect();
        self.due.extend(was_open);
        let people = self.people;
        let mut interruption = people.interruption().fuse();
        let mut interrupted = false;
        loop {
            self.follow()?;
            self.flush()?;
            if let Some(outcome) = self.run.outcome() {
                return Ok(Ended { outcome, interrupted });
            }
            if self.start()? {
                continue;
            }
            futures_util::select_biased! {
                () = interruption => {
                    if interrupted {
                        let reason = "stopped at once by a person".to_owned();
                        self.note(EventKind::Ended { outcome: Outcome::Aborted, reason })?;
                    } else if *self.run.course() == Course::Forward {
                        let reason = "interrupted by a person".to_owned();
                        self.note(EventKind::Turned { course: Course::Hold, reason })?;
                    }
                    interrupted = true;
                    interruption = people.interruption().fuse();
                }
                came = self.underway.next() => match came {
                    Some((at, came)) => self.take(at, came)?,
                    None => return Err(DriveError::Stalled),
                },
            }
            // Whatever else has come meanwhile shares the next sync.
            while let Some(Some((at, came))) = self.underway.next().now_or_never() {
                self.take(at, came)?;
            }
        }
    }

    /// Applies an event; it is on disk before anything is done that rests on it.
    fn note(&mut self, kind: EventKind) -> Result<(), DriveError> {
        let event = Event { at: self.clock.now(), kind };
        self.run.apply(&event)?;
        if let Some(at) = event.kind.node().and_then(|id| self.run.graph().find(id)) {
            self.due.insert(at);
        }
        self.unwritten.push(event);
        Ok(())
    }

    fn follow(&mut self) -> Result<(), DriveError> {
        loop {
            let events = self.run.consequences(self.clock.now());
            if events.is_empty() {
                return Ok(());
            }
            for kind in events {
                self.note(kind)?;
            }
        }
    }

    /// Writes when something has to be on disk, and shows what happened.
    fn flush(&mut self) -> Result<(), DriveError> {
        let writes = self.has_unwritten();
        if writes {
            self.log.append(&self.unwritten)?;
        }
        for event in self.unwritten.iter().skip(self.shown) {
            (self.watch)(event, self.run);
        }
        self.shown = self.unwritten.len();
        if writes {
            self.unwritten.clear();
            self.shown = 0;
        }
        Ok(())
    }

    /// Starts what is due; true when that led to events.
    fn start(&mut self) -> Result<bool, DriveError> {
        let before = self.unwritten.len();
        let mut unsent = BTreeSet::new();
        while let Some(at) = self.due.pop_first() {
            if self.busy.contains(&at) {
                continue;
            }
            match self.run.effect(at) {
                None => {}
                Some(Effect::Look { at: when, .. }) if when > self.clock.now() => self.sleep(at, when),
                Some(Effect::Look { .. }) => {
                    self.tables.insert(at, self.files.clone());
                    self.look(at)?;
                }
                // Its intent is not on disk yet. It shares the next sync with every other one that is due now.
                Some(Effect::Send) if self.has_unwritten() => {
                    unsent.insert(at);
                }
                Some(Effect::Send) => self.send(at)?,
                Some(Effect::Ask { until }) => self.ask(at, until),
            }
        }
        let again = self.unwritten.len() > before || !unsent.is_empty();
        self.due.append(&mut unsent);
        Ok(again)
    }

    /// Whether anything is applied that has to be on disk before a request leaves.
    fn has_unwritten(&self) -> bool {
        self.unwritten.iter().any(|event| event.kind.is_durable())
    }

    fn enter(&mut self, at: NodeIndex, future: impl Future<Output = Came> + 'a) {
        self.busy.insert(at);
        self.underway.push(Box::pin(async move { (at, future.await) }));
    }

    fn sleep(&mut self, at: NodeIndex, until: Timestamp) {
        let clock = self.clock;
        self.enter(at, async move {
            clock.sleep_until(until).await;
            Came::Moment
        });
    }

    /// Looks at a step as far as it was read; reads more, or says what was seen.
    fn look(&mut self, at: NodeIndex) -> Result<(), DriveError> {
        let Some(Effect::Look { purpose, every, .. }) = self.run.effect(at) else { return Ok(()) };
        let graph = Arc::clone(self.run.graph());
        let Some(node) = graph.step(at) else { return Ok(()) };
        let before = match purpose {
            Purpose::Before(Way::Change) => None,
            Purpose::Before(Way::Undo) | Purpose::After(_) => self.run.before_of(at),
        };
        let response = self.run.response_of(at);
        let table = self.tables.entry(at).or_default();
        match look(&graph, node, purpose, self.run.known(before.as_ref(), &response), table) {
            Look::Needs(needs) => self.read(at, needs),
            Look::Seen(seen) => {
                self.tables.remove(&at);
                self.saw(at, *seen, every)?;
            }
        }
        Ok(())
    }

    fn read(&mut self, at: NodeIndex, needs: BTreeSet<Read>) {
        let systems = self.systems;
        self.enter(at, async move {
            let reads = needs.into_iter().map(|read| async move {
                let answer = systems.read(&read).await;
                (read, answer)
            });
            Came::Read(join_all(reads).await)
        });
    }

    fn saw(&mut self, at: NodeIndex, seen: Seen, every: std::time::Duration) -> Result<(), DriveError> {
        let now = self.clock.now();
        let request = match &seen {
            Seen::Ready { request, .. } => Some(request.clone()),
            _ => None,
        };
        let events = self.run.interpret(at, seen, now);
        if events.is_empty() {
            self.sleep(at, now.checked_add(every).unwrap_or(now));
            return Ok(());
        }
        if let Some(request) = request {
            self.requests.insert(at, request);
        }
        events.into_iter().try_for_each(|kind| self.note(kind))
    }

    /// Sends an intended change, whose intent is on disk.
    fn send(&mut self, at: NodeIndex) -> Result<(), DriveError> {
        let Some(request) = self.requests.remove(&at) else {
            let reason = "the request was not at hand any more".to_owned();
            let events = self.run.answered(at, Answer::Lost { reason });
            return events.into_iter().try_for_each(|kind| self.note(kind));
        };
        let systems = self.systems;
        self.enter(at, async move { Came::Answer(systems.change(&request).await) });
        Ok(())
    }

    fn ask(&mut self, at: NodeIndex, until: Option<Timestamp>) {
        let graph = Arc::clone(self.run.graph());
        let Some(node) = graph.gate(at) else { return };
        let text = match self.run.gate(at) {
            Some(crate::run::GateState::Open { question, .. }) => question.clone(),
            _ => return,
        };
        let by = node.gate.by.iter().map(|by| by.node.to_string()).collect();
        let question = Question { gate: node.id.clone(), text, by, need: node.gate.need };
        let (people, clock) = (self.people, self.clock);
        self.enter(at, async move {
            let Some(until) = until else { return Came::Said(people.ask(question).await) };
            let ask = people.ask(question).fuse();
            let late = clock.sleep_until(until).fuse();
            futures_util::pin_mut!(ask, late);
            futures_util::select_biased! {
                said = ask => Came::Said(said),
                () = late => Came::Moment,
            }
        });
    }

    fn take(&mut self, at: NodeIndex, came: Came) -> Result<(), DriveError> {
        self.busy.remove(&at);
        match came {
            Came::Moment => {
                // A gate whose time is up is closed by the run itself; a step is looked at anew.
                if self
                    .run
                    .step(at)
                    .and_then(StepState::active)
                    .is_some_and(|it| it.activity != Activity::Sending)
                {
                    self.tables.insert(at, self.files.clone());
                    self.look(at)?;
                }
                Ok(())
            }
            Came::Read(answers) => {
                let table = self.tables.entry(at).or_default();
                answers.into_iter().for_each(|(read, answer)| table.insert(read, answer));
                self.look(at)
            }
            Came::Answer(answer) => {
                let events = self.run.answered(at, answer);
                events.into_iter().try_for_each(|kind| self.note(kind))
            }
            Came::Said(said) if said.is_empty() => {
                let gate = self.run.graph().id(at).map(ToString::to_string).unwrap_or_default();
                let reason = format!("gate {gate} waits for an approval, and nobody is there to give it");
                self.note(EventKind::Turned { course: Course::Hold, reason })
            }
            Came::Said(said) => {
                let Some(node) = self.run.graph().id(at).cloned() else { return Ok(()) };
                said.into_iter().try_for_each(|(who, verdict)| {
                    self.note(EventKind::GateAnswered { node: node.clone(), who, verdict })
                })
            }
        }
    }
}
