//! Several measurements of one thing.

use std::fmt;
use std::time::Duration;

/// The middle of several measurements, with the least and the most.
pub(crate) struct Spread {
    pub(crate) median: Duration,
    least: Duration,
    most: Duration,
}

impl Spread {
    pub(crate) fn of(mut all: Vec<Duration>) -> Self {
        all.sort();
        Self { median: all[all.len() / 2], least: all[0], most: all[all.len() - 1] }
    }
}

pub(crate) fn spread(rounds: usize, measure: impl FnMut() -> Duration) -> Spread {
    Spread::of(std::iter::repeat_with(measure).take(rounds).collect())
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1?} ({:.1?} to {:.1?})", self.median, self.least, self.most)
    }
}
