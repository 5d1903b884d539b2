//! The other side: switches in this process that answer at once, and nobody at the terminal.

use std::cell::RefCell;
use std::collections::HashSet;

use hcxrun_engine::{Broken, LocalFuture, People, Question, Said, Transport, Wire, WireAnswer};

/// The switches that are on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Switches(RefCell<HashSet<String>>);

impl Switches {
    pub(crate) fn are_on(&self) -> usize {
        self.0.borrow().len()
    }

    fn answer(&self, wire: Wire) -> WireAnswer {
        let mut on = self.0.borrow_mut();
        match wire.body {
            Some(body) if body.contains("\"on\"") => on.insert(wire.path.clone()),
            Some(_) => on.remove(&wire.path),
            None => false,
        };
        let state = if on.contains(&wire.path) { "on" } else { "off" };
        let body = format!("{{\"state\":\"{state}\"}}");
        WireAnswer { status: 200, headers: Vec::new(), body: body.into_bytes() }
    }
}

impl Transport for Switches {
    fn send<'a>(&'a self, _: &'a str, wire: Wire) -> LocalFuture<'a, Result<WireAnswer, Broken>> {
        Box::pin(std::future::ready(Ok(self.answer(wire))))
    }
}

pub(crate) struct Nobody;

impl People for Nobody {
    fn ask(&self, _: Question) -> LocalFuture<'_, Vec<Said>> {
        Box::pin(std::future::ready(Vec::new()))
    }

    fn interruption(&self) -> LocalFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}
