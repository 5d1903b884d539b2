//! One who plays nights to their end and says whether they hold.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::found::Found;
use super::night::{Next, Night};
use super::points::{Job, Point, Polls, writing};
use super::stage::{Stage, Theatre};
use super::{Ending, Mishap, RehearsalError, Story};
use crate::run::{Course, Extent, Outcome};

/// How many rests after a mishap or a write are compared with those of other nights. Later ones, between polls that
/// bring nothing, hardly ever meet another.
const LOOKS: u32 = 3;

/// What all who play share.
pub(super) struct Shared {
    pub(super) first: String,
    /// Known once the run was played as it is.
    pub(super) last: String,
    known: Mutex<HashMap<Key, Ending>>,
    found: Mutex<Found>,
}

/// The fingerprint of a night, and what is still to come in it.
type Key = ([u8; 32], Leg);

/// Which stretch of a night it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Leg {
    /// The run itself, with so many more mishaps to come.
    Run(u8),
    /// Everything is in reach again, and people have the run taken back.
    Back,
    /// The same again: what the to-do list says is done.
    List,
}

impl Leg {
    fn is_run(self) -> bool {
        matches!(self, Leg::Run(_))
    }

    fn depth(self) -> u8 {
        match self {
            Leg::Run(depth) => depth,
            Leg::Back | Leg::List => 0,
        }
    }
}

impl Shared {
    pub(super) fn new(first: String, last: String) -> Self {
        Self { first, last, known: Mutex::default(), found: Mutex::default() }
    }

    fn known(&self, key: Key) -> Option<Ending> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }

    fn remember(&self, keys: Vec<Key>, ending: &Ending) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(keys.into_iter().map(|key| (key, ending.clone())));
    }

    pub(super) fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) type Each<'e, S> = &'e mut dyn FnMut(Job<S>) -> Result<(), RehearsalError>;

pub(super) struct Player<'a, S> {
    pub(super) shared: &'a Shared,
    pub(super) theatre: Theatre<'a, S>,
}

impl<S: Stage> Player<'_, S> {
    /// Plays a night, and all that go on from it with another mishap.
    pub(super) fn play(&self, job: &Job<S>) -> Result<(), RehearsalError> {
        let Some(night) = self.begin(job)? else { return Ok(()) };
        let ending = self.walk(night, Leg::Run(job.depth), LOOKS, &mut |inner| self.play(&inner))?;
        let ending = match (job.mishap, ending) {
            (Mishap::Last, Ending::Finished) => Ending::Finished,
            (Mishap::Last, _) => broken("what comes last is needed by another step, and nothing says so"),
            (_, ending) => ending,
        };
        let story = match &ending {
            Ending::Broken(reason) => self.story(job, reason)?,
            _ => None,
        };
        self.shared.found().add(&job.place, job.mishap, ending, story);
        Ok(())
    }

    /// The night right after its mishap; none when that cannot happen there.
    fn begin(&self, job: &Job<S>) -> Result<Option<Night<S>>, RehearsalError> {
        let fault = match job.mishap {
            Mishap::Request(fault) => fault,
            Mishap::KilledBefore | Mishap::KilledAfter => return Ok(Some(job.night.killed()?)),
            Mishap::Last => return Ok(Some((*job.night).clone())),
        };
        let mut night = (*job.night).clone();
        night.stage.arm(fault, job.skip);
        night.ask(&self.theatre);
        Ok(night.stage.is_struck().then_some(night))
    }

    /// Plays a night as it is to its end, so that others soon meet a state that is known.
    pub(super) fn learn(&self, night: Night<S>) -> Result<(), RehearsalError> {
        self.walk(night, Leg::Run(0), u32::MAX, &mut |_| Ok(())).map(drop)
    }

    /// Plays a night to its end, and tells of each place on the way where another mishap is to be.
    pub(super) fn walk(
        &self,
        mut night: Night<S>,
        leg: Leg,
        looks: u32,
        each: Each<'_, S>,
    ) -> Result<Ending, RehearsalError> {
        let (mut passed, mut fresh, mut polls) = (Vec::new(), looks, Polls::default());
        let ending = loop {
            match night.next()? {
                Next::Asks(_) if leg.depth() == 0 => night.ask_once(&self.theatre),
                Next::Asks(at) => {
                    let (before, asked) = (Arc::new(night.clone()), night.asked());
                    let requests = night.ask(&self.theatre);
                    let point = Point { night: before, at, requests };
                    if let Some(point) = polls.sift(asked, point) {
                        point.jobs(leg.depth()).try_for_each(&mut *each)?;
                    }
                }
                Next::Writes => {
                    write(&mut night, leg.depth(), &mut polls, &mut *each)?;
                    fresh = fresh.max(LOOKS);
                }
                Next::Rests if fresh == 0 => night.rest()?,
                Next::Rests => {
                    fresh -= 1;
                    let key = (night.fingerprint(), leg);
                    if let Some(ending) = self.shared.known(key) {
                        break ending;
                    }
                    passed.push(key);
                    night.rest()?;
                }
                Next::Ends(outcome) => break self.judge(&night, outcome, leg)?,
            }
        };
        self.shared.remember(passed, &ending);
        Ok(ending)
    }

    /// Whether a night that has ended holds.
    fn judge(&self, night: &Night<S>, outcome: Outcome, leg: Leg) -> Result<Ending, RehearsalError> {
        if let Some(step) = night.twice() {
            return Ok(broken(&format!("the change of step {step} took effect twice")));
        }
        if leg.is_run() && night.is_late() {
            return Ok(broken("it ends after the change window"));
        }
        Ok(match (outcome, leg) {
            (Outcome::Succeeded, _) if night.settled() == self.shared.last => Ending::Finished,
            (Outcome::Succeeded, Leg::Run(_)) if night.run().bears_failures() => {
                match self.by_people(night, Leg::Back)? {
                    Ending::TakenBack => Ending::Tolerated,
                    other => other,
                }
            }
            (Outcome::Succeeded, _) => broken("it says succeeded, and the world is not the last one"),
            (Outcome::RolledBack | Outcome::Refused | Outcome::Aborted, _) => {
                if night.settled() == self.shared.first {
                    Ending::TakenBack
                } else {
                    let said = outcome.as_str();
                    broken(&format!("it says {said}, and the world is not the first one"))
                }
            }
            (Outcome::Held, Leg::Run(_)) => match self.by_people(night, Leg::Back)? {
                Ending::TakenBack => Ending::Held,
                other => other,
            },
            (Outcome::Held, Leg::Back | Leg::List) => broken("it is held again on the way back"),
            (Outcome::Stuck, Leg::Run(_) | Leg::Back) => match self.by_people(night, Leg::List)? {
                Ending::TakenBack => Ending::ListHolds,
                other => other,
            },
            (Outcome::Stuck, Leg::List) => {
                let list: Vec<_> = night.run().todo().collect();
                let by_hand = list.iter().any(|it| it.because.is_none());
                if by_hand { Ending::ByHand(list) } else { broken("what its to-do list says cannot be done") }
            }
        })
    }

    /// People wait until everything is in reach again, and have what was changed taken back.
    fn by_people(&self, night: &Night<S>, leg: Leg) -> Result<Ending, RehearsalError> {
        let mut night = night.turned(Course::Back(Extent::Whole))?;
        night.stage.heal();
        self.walk(night, leg, LOOKS, &mut |_| Ok(()))
    }

    /// What happened in a night that does not hold.
    fn story(&self, job: &Job<S>, reason: &str) -> Result<Option<Story>, RehearsalError> {
        let Some(mut night) = self.begin(job)? else { return Ok(None) };
        let (mut events, at) = (Vec::new(), job.night.now());
        loop {
            match night.next()? {
                Next::Asks(_) => {
                    night.ask(&self.theatre);
                }
                Next::Writes => {
                    events.extend(night.unwritten().iter().cloned());
                    night.write()?;
                }
                Next::Rests => night.rest()?,
                Next::Ends(_) => break,
            }
        }
        let (place, mishap) = (job.place.clone(), job.mishap);
        Ok(Some(Story { place, mishap, at, reason: reason.to_owned(), events }))
    }
}

fn broken(reason: &str) -> Ending {
    Ending::Broken(reason.to_owned())
}

/// Writes the journal; hcxrun may be killed before and after.
fn write<S: Stage>(
    night: &mut Night<S>,
    depth: u8,
    polls: &mut Polls<S>,
    each: Each<'_, S>,
) -> Result<(), RehearsalError> {
    for point in polls.ended(night) {
        point.jobs(depth).try_for_each(&mut *each)?;
    }
    let Some(depth) = depth.checked_sub(1) else { return night.write() };
    let place = writing(night);
    let mut killed = |night: &Night<S>, mishap| {
        each(Job { night: Arc::new(night.clone()), place: place.clone(), mishap, skip: 0, depth })
    };
    killed(night, Mishap::KilledBefore)?;
    night.write()?;
    killed(night, Mishap::KilledAfter)
}
