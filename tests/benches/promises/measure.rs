//! Several measurements of one thing.

use std::fmt;
use std::time::Duration;

/// The least of several measurements, which other work on the machine has disturbed least, and their middle.
pub(crate) struct Spread {
    pub(crate) best: Duration,
    median: Duration,
}

impl Spread {
    pub(crate) fn of(mut all: Vec<Duration>) -> Self {
        all.sort();
        Self { best: all[0], median: all[all.len() / 2] }
    }
}

pub(crate) fn spread(rounds: usize, measure: impl FnMut() -> Duration) -> Spread {
    Spread::of(std::iter::repeat_with(measure).take(rounds).collect())
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1?} ({:.1?})", self.best, self.median)
    }
}
