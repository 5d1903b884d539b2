//! One night: a run, the world and the time, as one thing that can be copied and played on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hcxrun_dsl::eval::Reads;
use hcxrun_dsl::syntax::Method;
use jiff::Timestamp;
use petgraph::graph::NodeIndex;

use super::RehearsalError;
use super::stage::{Sessions, Stage, Theatre};
use crate::dispatch::{Came, Dispatch, Question, Task};
use crate::ids::NodeId;
use crate::look::Way;
use crate::run::{Course, Event, Outcome, Run, Said, StepState, WatchState};

#[derive(Clone)]
pub(super) struct Night<S> {
    dispatch: Dispatch,
    /// The run as the journal has it.
    disk: Run,
    pub(super) stage: S,
    sessions: Sessions,
    now: Timestamp,
    /// Tasks that have not been begun.
    tasks: VecDeque<(NodeIndex, Task)>,
    /// What has not come yet; at one moment in the order in which it was begun.
    coming: BTreeMap<(Timestamp, u64), (NodeIndex, Came)>,
    begun: u64,
    /// Steps whose last look met a system that stays out of reach.
    dark: BTreeSet<NodeIndex>,
    /// Steps whose last look brought nothing.
    idle: HashMap<NodeIndex, Quiet>,
    /// How many events were written.
    events: usize,
    /// The number of its world, and how often that had changed when it got it.
    world: (u64, u64),
    /// The step that waits until nothing else can go on.
    last: Option<NodeIndex>,
    /// Steps whose POST took effect, with the way and the attempt.
    taken: HashSet<(NodeIndex, Way, u32)>,
    twice: Option<NodeId>,
    put_off: VecDeque<(NodeIndex, Task)>,
    /// Files that were read before the run.
    files: Reads,
}

static WORLDS: AtomicU64 = AtomicU64::new(0);

/// A look that brought nothing.
#[derive(Clone)]
struct Quiet {
    every: Duration,
    /// When it was.
    since: Timestamp,
    /// How often the world had changed by then.
    changes: u64,
    /// How many events the run had by then.
    events: usize,
    /// Whether what it looked at stays out of reach.
    is_dark: bool,
}

/// A place where something can go wrong, or the end.
pub(super) enum Next {
    /// This task is begun next; it asks something of a system.
    Asks(NodeIndex),
    /// The journal is written next.
    Writes,
    /// Nothing happens before some time has passed.
    Rests,
    /// It came to an end.
    Ends(Outcome),
}

/// What a step reads while it is at one thing: since when it is at that, and a hash of the reads.
pub(super) type Asked = (Timestamp, u64);

impl<S: Stage> Night<S> {
    pub(super) fn new(
        run: Run,
        files: Reads,
        stage: S,
        now: Timestamp,
        turn: Option<Course>,
    ) -> Result<Self, RehearsalError> {
        let mut dispatch = Dispatch::new(run.clone(), files.clone());
        dispatch.begin(turn.map(|course| (course, "decided by a person".to_owned())), now)?;
        let (tasks, coming, sessions) = (VecDeque::new(), BTreeMap::new(), Sessions::new());
        let dark = BTreeSet::new();
        let world = (WORLDS.fetch_add(1, Ordering::Relaxed), stage.changes());
        Ok(Night {
            dispatch,
            disk: run,
            stage,
            sessions,
            now,
            tasks,
            coming,
            begun: 0,
            dark,
            idle: HashMap::new(),
            events: 0,
            world,
            last: None,
            taken: HashSet::new(),
            twice: None,
            put_off: VecDeque::new(),
            files,
        })
    }

    pub(super) fn run(&self) -> &Run {
        self.dispatch.run()
    }

    /// What is written next.
    pub(super) fn unwritten(&self) -> &[Event] {
        self.dispatch.unwritten()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// The night after hcxrun was killed and resumed: whatever was not in the journal is gone.
    pub(super) fn killed(&self) -> Result<Self, RehearsalError> {
        let night = Night::new(self.disk.clone(), self.files.clone(), self.stage.clone(), self.now, None)?;
        Ok(Night { taken: self.taken.clone(), ..night })
    }

    /// The night in which people send the run another way, once it has ended.
    pub(super) fn turned(&self, course: Course) -> Result<Self, RehearsalError> {
        let (run, files) = (self.run().clone(), self.files.clone());
        Night::new(run, files, self.stage.clone(), self.now, Some(course))
    }

    /// The night in which a step comes after all that can come without it.
    pub(super) fn with_last(&self, at: NodeIndex) -> Self {
        Night { last: Some(at), ..self.clone() }
    }

    /// The world once everything has ended that is under way in it.
    pub(super) fn settled(&self) -> String {
        let mut stage = self.stage.clone();
        stage.settle(self.now);
        stage.digest()
    }

    /// Goes on to the next place where something can go wrong.
    pub(super) fn next(&mut self) -> Result<Next, RehearsalError> {
        loop {
            if let Some((at, task)) = self.tasks.front() {
                if self.last == Some(*at) {
                    self.put_off.extend(self.tasks.pop_front());
                    continue;
                }
                if matches!(task, Task::Read(_) | Task::Send(_)) {
                    return Ok(Next::Asks(*at));
                }
                self.wait();
                continue;
            }
            self.dispatch.settle(self.now)?;
            if self.dispatch.must_write() {
                return Ok(Next::Writes);
            }
            if let Some(outcome) = self.run().outcome() {
                return Ok(Next::Ends(outcome));
            }
            let again = self.dispatch.start(self.now)?;
            self.tasks.extend(self.dispatch.tasks());
            if again || !self.tasks.is_empty() {
                continue;
            }
            // Invariants are looked at for ever, and nothing waits for them.
            let is_step = |(at, _): &(NodeIndex, Came)| self.run().watch(*at).is_none();
            if self.coming.values().any(is_step) || self.put_off.is_empty() {
                return Ok(Next::Rests);
            }
            // Nothing else can go on: now it is the turn of the last one.
            self.last = None;
            self.tasks.append(&mut self.put_off);
        }
    }

    /// Writes what has happened.
    pub(super) fn write(&mut self) -> Result<(), RehearsalError> {
        for event in self.dispatch.unwritten() {
            self.disk.apply(event)?;
        }
        self.events += self.dispatch.unwritten().len();
        self.dispatch.written();
        Ok(())
    }

    /// What is read next; none for a change.
    pub(super) fn asked(&self) -> Option<Asked> {
        let (at, Task::Read(needs)) = self.tasks.front()? else { return None };
        let mut hasher = DefaultHasher::new();
        needs.hash(&mut hasher);
        let since = match self.run().watch(*at) {
            Some(WatchState::Holds { since } | WatchState::Missed { since, .. }) => *since,
            Some(WatchState::Unseen | WatchState::Broken { .. }) => Timestamp::MIN,
            None => self.run().step(*at)?.active()?.since,
        };
        Some((since, hasher.finish()))
    }

    /// Asks what is to be asked next, and tells how many requests that took.
    pub(super) fn ask(&mut self, theatre: &Theatre<'_, S>) -> usize {
        let Some((at, task)) = self.tasks.pop_front() else { return 0 };
        self.ask_for(theatre, at, task, false)
    }

    /// Asks what is to be asked next, in a night in which nothing more goes wrong.
    pub(super) fn ask_once(&mut self, theatre: &Theatre<'_, S>) {
        let Some((at, task)) = self.tasks.pop_front() else { return };
        self.ask_for(theatre, at, task, self.stage.is_calm());
    }

    fn ask_for(&mut self, theatre: &Theatre<'_, S>, at: NodeIndex, task: Task, once: bool) -> usize {
        let world = self.world();
        let (stage, sessions) = (&mut self.stage, &mut self.sessions);
        let (came, when, requests) = match task {
            Task::Read(needs) if once => {
                let played = theatre.read_once(world, stage, sessions, needs, self.now);
                (Came::Read(played.came), played.at, played.requests)
            }
            Task::Read(needs) => {
                let missed = stage.missed();
                let played = theatre.read(stage, sessions, needs, self.now);
                self.dark.extend((stage.missed() > missed).then_some(at));
                (Came::Read(played.came), played.at, played.requests)
            }
            Task::Send(request) => {
                let effects = stage.effects();
                let played = theatre.change(stage, sessions, &request, self.now);
                if self.stage.effects() > effects {
                    self.took_effect(at, request.method);
                }
                (Came::Answer(played.came), played.at, played.requests)
            }
            other => {
                self.tasks.push_front((at, other));
                return 0;
            }
        };
        self.expect(at, came, when);
        requests
    }

    /// A POST that takes effect twice, while its step has not seen it fail, was done twice.
    fn took_effect(&mut self, at: NodeIndex, method: Method) {
        let Some(active) = self.run().step(at).and_then(StepState::active) else { return };
        let attempt = (at, active.way, active.attempt);
        if method == Method::Post && !self.taken.insert(attempt) {
            self.twice = self.run().graph().id(at).cloned();
        }
    }

    /// Whether it goes on after the change window, though every system is in reach.
    pub(super) fn is_late(&self) -> bool {
        let window = self.run().graph().window.as_ref();
        window.is_some_and(|window| self.now > window.end) && self.stage.missed() == 0
    }

    /// The step whose change took effect twice.
    pub(super) fn twice(&self) -> Option<&NodeId> {
        self.twice.as_ref()
    }

    /// A number that no other world has had.
    fn world(&mut self) -> u64 {
        let changes = self.stage.changes();
        if self.world.1 != changes {
            self.world = (WORLDS.fetch_add(1, Ordering::Relaxed), changes);
        }
        self.world.0
    }

    /// Begins what waits for time or for people; people agree.
    fn wait(&mut self) {
        match self.tasks.pop_front() {
            Some((at, Task::Wait(until))) => {
                let is_dark = self.dark.remove(&at);
                let quiet = self.dispatch.idle(at).map(|idle| Quiet {
                    every: idle.every,
                    since: self.now,
                    changes: self.stage.changes(),
                    events: self.events,
                    is_dark: is_dark && idle.is_blind,
                });
                match quiet {
                    Some(quiet) => self.idle.insert(at, quiet),
                    None => self.idle.remove(&at),
                };
                self.expect(at, Came::Moment, until);
            }
            Some((at, Task::Ask(question, _))) => self.expect(at, Came::Said(agree(&question)), self.now),
            Some(task) => self.tasks.push_front(task),
            None => {}
        }
    }

    fn expect(&mut self, at: NodeIndex, came: Came, when: Timestamp) {
        self.begun += 1;
        self.coming.insert((when, self.begun), (at, came));
    }

    /// Lets time pass to what comes next, and takes in all that comes then.
    pub(super) fn rest(&mut self) -> Result<(), RehearsalError> {
        let when = loop {
            let Some((&(when, nth), (at, came))) = self.coming.first_key_value() else {
                return Err(RehearsalError::Stalled);
            };
            let quiet = self.idle.get(at).filter(|it| self.is_still(*at, it, when));
            let (Came::Moment, Some(quiet)) = (came, quiet) else { break when };
            if when == Timestamp::MAX {
                return Err(RehearsalError::Stalled);
            }
            let later = when.checked_add(quiet.every).unwrap_or(Timestamp::MAX);
            if let Some(look) = self.coming.remove(&(when, nth)) {
                self.coming.insert((later, nth), look);
            }
        };
        self.now = self.now.max(when);
        while let Some(entry) = self.coming.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let (at, came) = entry.remove();
            self.dispatch.take(at, came, self.now)?;
        }
        self.tasks.extend(self.dispatch.tasks());
        Ok(())
    }

    /// Whether another look would see what the last one saw, and mean by it what it meant: it need not be played.
    fn is_still(&self, at: NodeIndex, quiet: &Quiet, when: Timestamp) -> bool {
        let same =
            quiet.is_dark || (quiet.changes == self.stage.changes() && when < self.stage.is_still_until());
        let turns = |point: Timestamp| quiet.since < point && point <= when;
        same && quiet.events == self.events && !self.run().turning_points(at).any(turns)
    }

    /// Equal for nights that go on alike.
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        self.run().fingerprint(self.now, &mut hasher);
        hasher.update(&self.stage.fingerprint(self.now));
        for ((when, _), (at, came)) in &self.coming {
            let (index, after) = (at.index(), when.duration_since(self.now).as_millis());
            hasher.update(format!("{index} {after} {came:?}").as_bytes());
        }
        for (at, task) in self.put_off.iter().chain(&self.tasks) {
            hasher.update(format!("{} {task:?}", at.index()).as_bytes());
        }
        hasher.update(format!("{:?} {:?}", self.last, self.twice).as_bytes());
        // Whether a session is open decides whether the next request signs in; which one it is does not matter.
        self.sessions.keys().for_each(|system| {
            hasher.update(system.as_bytes());
        });
        hasher.finalize().into()
    }
}

fn agree(question: &Question) -> Vec<Said> {
    let need = usize::try_from(question.need).unwrap_or(usize::MAX);
    let anybody = (1..=need).map(|n| format!("person {n}"));
    let who: Vec<String> = question.by.iter().take(need).cloned().collect();
    let who = if who.is_empty() { anybody.collect() } else { who };
    who.into_iter().map(Said::approves).collect()
}
