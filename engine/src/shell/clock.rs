//! Real time, and virtual time in which hours pass in an instant.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::ports::{Clock, LocalFuture};

/// The clock on the wall, or one that goes so many times faster beside a twin that does.
#[derive(Debug)]
pub struct RealClock {
    start: Timestamp,
    began: Instant,
    speed: f64,
}

impl RealClock {
    /// `speed` 1 is real time.
    #[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
    pub fn new(speed: f64) -> Self {
        Self { start: Timestamp::now(), began: Instant::now(), speed }
    }
}

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        let elapsed = self.began.elapsed().mul_f64(self.speed);
        self.start.checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    fn sleep_until(&self, at: Timestamp) -> LocalFuture<'_, ()> {
        let wait = Duration::try_from(at.duration_since(self.now())).unwrap_or(Duration::ZERO);
        Box::pin(tokio::time::sleep(wait.div_f64(self.speed)))
    }
}

/// A clock that stands still while anything can happen, and jumps to the next waking when nothing can.
#[derive(Debug)]
pub struct VirtualClock {
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    next: u64,
    sleepers: BTreeMap<(Timestamp, u64), Waker>,
}

impl VirtualClock {
    /// Starts at a moment.
    pub fn new(now: Timestamp) -> Self {
        Self { state: RefCell::new(State { now, next: 0, sleepers: BTreeMap::new() }) }
    }

    /// Runs a future to its end in virtual time; `None` when it waits for something that no time will bring.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let woken = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            while woken.0.swap(false, Ordering::Relaxed) {
                if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                    return Some(value);
                }
            }
            self.jump()?.into_iter().for_each(Waker::wake);
        }
    }

    /// Goes to the next waking; gives everybody who sleeps until then.
    fn jump(&self) -> Option<Vec<Waker>> {
        let mut state = self.state.borrow_mut();
        let (at, _) = *state.sleepers.first_key_value()?.0;
        state.now = state.now.max(at);
        let later = state.sleepers.split_off(&(at, u64::MAX));
        Some(std::mem::replace(&mut state.sleepers, later).into_values().collect())
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.state.borrow().now
    }

    fn sleep_until(&self, at: Timestamp) -> LocalFuture<'_, ()> {
        Box::pin(Sleep { clock: self, at, key: None })
    }
}

struct Sleep<'a> {
    clock: &'a VirtualClock,
    at: Timestamp,
    key: Option<(Timestamp, u64)>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state.borrow_mut();
        if state.now >= self.at {
            return Poll::Ready(());
        }
        let key = self.key.unwrap_or((self.at, state.next));
        state.next += u64::from(self.key.is_none());
        state.sleepers.insert(key, context.waker().clone());
        drop(state);
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.clock.state.borrow_mut().sleepers.remove(&key);
        }
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
