//! The nights that wait to be played. Nights of one mishap wait in one lane, and nobody else plays from a lane that somebody
//! plays from: neighbours in a lane soon meet the same states, and what one of them found out serves the next.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Mishap;

/// How many nights wait at most: each is a world of its own.
const ROOM: usize = 256;

pub(super) struct Lanes<J> {
    state: Mutex<State<J>>,
    moved: Condvar,
}

struct State<J> {
    lanes: BTreeMap<Mishap, VecDeque<J>>,
    busy: BTreeSet<Mishap>,
    waiting: usize,
    closed: bool,
}

impl<J> Lanes<J> {
    pub(super) fn new() -> Self {
        let state = State { lanes: BTreeMap::new(), busy: BTreeSet::new(), waiting: 0, closed: false };
        Self { state: Mutex::new(state), moved: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<J>>) -> MutexGuard<'a, State<J>> {
        self.moved.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a night into its lane, once there is room; nowhere when the lanes are closed.
    pub(super) fn put(&self, mishap: Mishap, job: J) {
        let mut state = self.lock();
        while state.waiting >= ROOM && !state.closed {
            state = self.wait(state);
        }
        if !state.closed {
            state.waiting += 1;
            state.lanes.entry(mishap).or_default().push_back(job);
            self.moved.notify_all();
        }
    }

    /// No more nights come; those that wait are still played.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.moved.notify_all();
    }

    /// No night is played any more.
    pub(super) fn clear(&self) {
        let mut state = self.lock();
        state.lanes.clear();
        (state.waiting, state.closed) = (0, true);
        self.moved.notify_all();
    }

    /// The next night of a lane that nobody plays from, the fullest first; none when there will be none any more.
    pub(super) fn take(&self) -> Option<(Mishap, J)> {
        let mut state = self.lock();
        loop {
            let free =
                |(lane, jobs): &(&Mishap, &VecDeque<J>)| !jobs.is_empty() && !state.busy.contains(lane);
            let fullest = state.lanes.iter().filter(free).max_by_key(|(_, jobs)| jobs.len());
            let lane = fullest.map(|(lane, _)| *lane);
            if let Some(lane) = lane
                && let Some(job) = state.lanes.get_mut(&lane).and_then(VecDeque::pop_front)
            {
                state.busy.insert(lane);
                state.waiting -= 1;
                self.moved.notify_all();
                return Some((lane, job));
            }
            if state.closed && state.waiting == 0 {
                return None;
            }
            state = self.wait(state);
        }
    }

    /// The night of a lane is over.
    pub(super) fn done(&self, lane: Mishap) {
        self.lock().busy.remove(&lane);
        self.moved.notify_all();
    }
}
