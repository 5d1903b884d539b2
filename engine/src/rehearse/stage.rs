//! What a rehearsal runs against: a world that can be held still and copied.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::FutureExt;
use hcxrun_dsl::Value;
use hcxrun_dsl::eval::{Read, ReadFailure, Reads};
use jiff::Timestamp;

use super::Fault;
use crate::look::Request;
use crate::run::Answer;
use crate::shell::{Broken, LocalFuture, SystemConfig, Systems, Transport, Wire, WireAnswer};

/// A world that can be copied.
pub trait Stage: Clone {
    /// Answers a request that comes at a moment; the answer is there after the duration.
    fn send(&mut self, system: &str, request: Wire, now: Timestamp)
    -> (Result<WireAnswer, Broken>, Duration);

    /// Lets the request after so many others meet a fault.
    fn arm(&mut self, fault: Fault, skip: usize);

    /// Equal for worlds that an operator would call the same, once nothing is under way in them any more.
    fn digest(&self) -> String;

    /// Equal for worlds from which everything goes on alike, all moments taken relative to this one.
    fn fingerprint(&self, now: Timestamp) -> Vec<u8>;

    /// Whether the fault has struck; one that cannot happen to the request that it was meant for does not.
    fn is_struck(&self) -> bool;

    /// How many requests so far met a system that stays out of reach until the stage is healed.
    fn missed(&self) -> usize;

    /// Whether nothing is to go wrong, and nothing is out of reach.
    fn is_calm(&self) -> bool;

    /// How many requests took effect so far.
    fn effects(&self) -> usize;

    /// How often anything in it has changed so far.
    fn changes(&self) -> u64;

    /// Until when nothing changes unless a request changes it.
    fn is_still_until(&self) -> Timestamp;

    /// Brings everything that is out of reach back into reach.
    fn heal(&mut self);

    /// Lets everything end that is under way.
    fn settle(&mut self, now: Timestamp);
}

/// The sessions with all systems.
pub(super) type Sessions = BTreeMap<String, crate::shell::Headers>;

/// The systems of a runbook, played by whichever stage is set up.
pub(super) struct Theatre<'a, S> {
    house: &'a House<S>,
    systems: Systems<'a>,
}

/// Where a stage stands while it plays.
pub(super) struct House<S> {
    stage: RefCell<S>,
    now: Cell<Timestamp>,
    delay: Cell<Duration>,
    requests: Cell<usize>,
    /// What was read of one world at one moment.
    read: RefCell<(Option<Instant>, Reads)>,
}

/// One world at one moment.
type Instant = (u64, Timestamp);

impl<S: Stage> House<S> {
    /// `any` stands there while nothing is played.
    pub(super) fn new(any: S) -> Self {
        Self {
            stage: RefCell::new(any),
            now: Cell::new(Timestamp::UNIX_EPOCH),
            delay: Cell::new(Duration::ZERO),
            requests: Cell::new(0),
            read: RefCell::default(),
        }
    }
}

impl<S: Stage> Transport for House<S> {
    fn send<'a>(&'a self, system: &'a str, request: Wire) -> LocalFuture<'a, Result<WireAnswer, Broken>> {
        let (answer, delay) = self.stage.borrow_mut().send(system, request, self.now.get());
        self.requests.set(self.requests.get() + 1);
        self.delay.set(self.delay.get().max(delay));
        Box::pin(std::future::ready(answer))
    }
}

/// What playing a task came to.
pub(super) struct Played<T> {
    pub(super) came: T,
    /// When it is there.
    pub(super) at: Timestamp,
    /// How many requests it took, signing in included.
    pub(super) requests: usize,
}

impl<'a, S: Stage> Theatre<'a, S> {
    pub(super) fn new(house: &'a House<S>, systems: BTreeMap<String, SystemConfig>) -> Self {
        Self { house, systems: Systems::new(house, systems) }
    }

    pub(super) fn read(
        &self,
        stage: &mut S,
        sessions: &mut Sessions,
        reads: impl IntoIterator<Item = Read>,
        now: Timestamp,
    ) -> Played<Vec<(Read, Result<Value, ReadFailure>)>> {
        self.play(stage, sessions, now, |systems| {
            let answer = |read: Read| {
                let answer = systems.read(&read).now_or_never().unwrap_or_else(|| Err(unanswered()));
                (read, answer)
            };
            reads.into_iter().map(answer).collect()
        })
    }

    /// The same, for a night in which nobody counts requests: steps that read the same at one moment get the same answer.
    pub(super) fn read_once(
        &self,
        world: u64,
        stage: &mut S,
        sessions: &mut Sessions,
        reads: BTreeSet<Read>,
        now: Timestamp,
    ) -> Played<Vec<(Read, Result<Value, ReadFailure>)>> {
        let mut kept = self.house.read.borrow_mut();
        if kept.0 != Some((world, now)) {
            *kept = (Some((world, now)), Reads::default());
        }
        let (known, new): (Vec<_>, Vec<_>) = reads.into_iter().partition(|read| kept.1.get(read).is_some());
        let mut played = if new.is_empty() {
            Played { came: Vec::new(), at: now, requests: 0 }
        } else {
            self.read(stage, sessions, new, now)
        };
        let known = known.into_iter().filter_map(|read| {
            let answer = kept.1.get(&read)?.clone();
            Some((read, answer))
        });
        let known: Vec<_> = known.collect();
        for (read, answer) in played.came.iter().filter(|(_, answer)| answer.is_ok()) {
            kept.1.insert(read.clone(), answer.clone());
        }
        played.came.extend(known);
        played
    }

    pub(super) fn change(
        &self,
        stage: &mut S,
        sessions: &mut Sessions,
        request: &Request,
        now: Timestamp,
    ) -> Played<Answer> {
        self.play(stage, sessions, now, |systems| {
            let lost = || Answer::Lost { reason: unanswered().message };
            systems.change(request).now_or_never().unwrap_or_else(lost)
        })
    }

    fn play<T>(
        &self,
        stage: &mut S,
        sessions: &mut Sessions,
        now: Timestamp,
        act: impl FnOnce(&Systems<'a>) -> T,
    ) -> Played<T> {
        let house = self.house;
        self.systems.take_up(std::mem::take(sessions));
        std::mem::swap(&mut *house.stage.borrow_mut(), stage);
        house.now.set(now);
        house.delay.set(Duration::ZERO);
        house.requests.set(0);
        let came = act(&self.systems);
        std::mem::swap(&mut *house.stage.borrow_mut(), stage);
        *sessions = self.systems.sessions();
        let at = now.checked_add(house.delay.get()).unwrap_or(now);
        Played { came, at, requests: house.requests.get() }
    }
}

/// A stage answers at once, so this cannot be; and if it were, it would be a lost answer.
fn unanswered() -> ReadFailure {
    ReadFailure { message: "the stage did not answer".to_owned(), passing: true }
}
