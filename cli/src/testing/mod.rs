//! `test` blocks: found, tried on a twin each, judged. Nothing here reaches a real system.

mod approvers;
mod find;
mod judge;
pub(crate) mod junit;
pub(crate) mod report;
mod stage;
mod trial;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hcxrun_dsl::syntax::Test;
use hcxrun_dsl::{Program, Span};

pub(crate) use find::{Wanted, find, modules};
pub(crate) use trial::Scenes;

use crate::failure::Failure;

/// A test with the program that it is part of.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) program: Arc<Program>,
    pub(crate) test: Arc<Test>,
}

impl Case {
    /// The file that it stands in.
    pub(crate) fn file(&self) -> &str {
        self.program.sources.get(self.test.span.source).map_or("", |source| &source.name)
    }

    /// Where a part of it stands, `file:line:column`.
    pub(crate) fn place(&self, span: Span) -> String {
        self.program.sources.position(span)
    }

    /// The text of a part of it.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.program.sources.slice(span)
    }
}

/// What came of a test.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) case: Case,
    /// What was not as expected; empty when it passed.
    pub(crate) missed: Vec<Missed>,
    /// What happened, line by line.
    pub(crate) story: Vec<String>,
    pub(crate) took: Duration,
}

/// Something that is not as expected.
#[derive(Debug)]
pub(crate) struct Missed {
    /// The expectation, or the part of the test that could not be done.
    pub(crate) at: Span,
    /// Its parts with their values, or why it could not be done.
    pub(crate) because: Vec<String>,
}

impl Missed {
    fn failure(at: Span, failure: &Failure) -> Self {
        Self { at, because: failure.text().lines().map(str::to_owned).collect() }
    }
}

/// A thread of tests evaluates expressions as deep as the main thread does.
const STACK: usize = 8 << 20;

/// Tries all of them, on all cores; the answers are in the order of the cases.
pub(crate) fn run(cases: &[Case]) -> Result<Vec<Tried>, Failure> {
    let (next, scenes, done) = (AtomicUsize::new(0), Scenes::default(), Mutex::new(Vec::new()));
    let work = || {
        while let Some((at, case)) = take(&next, cases) {
            let began = Instant::now();
            let (missed, story) = trial::run(case, &scenes);
            let tried = Tried { case: case.clone(), missed, story, took: began.elapsed() };
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, tried));
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(cases.len());
    std::thread::scope(|scope| {
        let threads =
            (0..cores).map(|_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work));
        threads.collect::<std::io::Result<Vec<_>>>().map(drop)
    })
    .map_err(|error| Failure::new(format!("cannot start: {error}")))?;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, tried)| tried).collect())
}

fn take<'c>(next: &AtomicUsize, cases: &'c [Case]) -> Option<(usize, &'c Case)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    cases.get(at).map(|case| (at, case))
}
