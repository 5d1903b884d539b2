//! The system under the run: a shelf that goes wrong by chance, in true time, and takes note of what it must never see.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hcxrun_engine::{
    Broken, Clock, Event, EventKind, LocalFuture, Transport, VirtualClock, Wire, WireAnswer,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::common::Things;
use crate::dice::Dice;

/// What can go wrong with a request that changes something.
pub const FAULTS: [&str; 9] = [
    "turned down",
    "lost before",
    "lost after",
    "lost, effect late",
    "failing job",
    "unreachable",
    "500 before",
    "500 after",
    "read lost",
];

/// What is on disk, as everybody can see it.
pub type OnDisk = RefCell<Vec<Event>>;

pub struct World<'a> {
    clock: &'a VirtualClock,
    disk: &'a OnDisk,
    pub state: RefCell<State>,
}

pub struct State {
    pub things: Things,
    /// What comes true later.
    pending: Vec<(Timestamp, String, Later)>,
    pub dice: Dice,
    /// How many of a hundred requests go wrong.
    pub trouble: u64,
    /// Nothing can be read before this moment.
    blind: Timestamp,
    /// Requests that took effect.
    pub effects: usize,
    /// The intents, by their place on disk, whose request has been seen.
    used: BTreeSet<usize>,
    pub met: BTreeMap<&'static str, u64>,
    /// What must never be.
    pub wrongs: Vec<String>,
    requests: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Later {
    Appears(i64, bool),
    Becomes(&'static str),
    Counts(i64),
    Vanishes,
}

/// How long a job takes.
const JOB: Duration = Duration::from_secs(30);

impl<'a> World<'a> {
    pub fn new(clock: &'a VirtualClock, disk: &'a OnDisk, things: Things, dice: Dice) -> Self {
        let state = State {
            things,
            pending: Vec::new(),
            dice,
            trouble: 0,
            blind: Timestamp::MIN,
            effects: 0,
            used: BTreeSet::new(),
            met: BTreeMap::new(),
            wrongs: Vec::new(),
            requests: 0,
        };
        World { clock, disk, state: RefCell::new(state) }
    }

    /// Lets everything that is due come true.
    pub fn settle(&self) {
        let now = self.clock.now();
        let mut state = self.state.borrow_mut();
        let mut due: Vec<_> = state.pending.extract_if(.., |(at, ..)| *at <= now).collect();
        due.sort_by_key(|(at, ..)| *at);
        due.into_iter().for_each(|(at, name, later)| state.comes_true(at, name, later));
    }

    fn answer(&self, wire: &Wire) -> Result<WireAnswer, Broken> {
        self.settle();
        let mut state = self.state.borrow_mut();
        state.requests += 1;
        assert!(state.requests < 20_000, "it does not come to an end");
        if wire.method == "GET" {
            return state.list(self.clock.now());
        }
        let body: Value = serde_json::from_str(wire.body.as_deref().unwrap_or("null")).unwrap();
        state.is_intended(&self.disk.borrow(), wire, &body);
        state.change(self.clock.now(), wire, &body)
    }
}

impl Transport for World<'_> {
    fn send<'b>(&'b self, _: &'b str, request: Wire) -> LocalFuture<'b, Result<WireAnswer, Broken>> {
        Box::pin(async move { self.answer(&request) })
    }
}

impl State {
    /// No change without an intent that is on disk, and one change for each.
    fn is_intended(&mut self, disk: &[Event], wire: &Wire, body: &Value) {
        let mut spoken = BTreeSet::new();
        for (at, event) in disk.iter().enumerate().rev() {
            let Some(node) = event.kind.node() else { continue };
            if let EventKind::Intended { intent, .. } = &event.kind
                && !spoken.contains(node)
                && (intent.request.method.as_str(), intent.request.path.as_str())
                    == (wire.method, wire.path.as_str())
                && intent.request.body == *body
                && self.used.insert(at)
            {
                return;
            }
            spoken.insert(node);
        }
        self.wrongs
            .push(format!("{} {} {body} was sent, and no such intent is on disk", wire.method, wire.path));
    }

    fn list(&mut self, now: Timestamp) -> Result<WireAnswer, Broken> {
        if self.dice.below(1000) < self.trouble {
            // From one answer to some minutes of silence: longer than hcxrun has patience.
            let silence = [0, 0, 20, 300][usize::try_from(self.dice.below(4)).unwrap()];
            self.blind = now.checked_add(Duration::from_secs(silence)).unwrap();
            return self.unread();
        }
        if now < self.blind {
            return self.unread();
        }
        let things = &self.things.0;
        let items = things
            .iter()
            .map(|(name, (count, state))| json!({ "name": name, "count": count, "state": state }));
        Ok(answer(200, &json!({ "items": items.collect::<Vec<_>>() })))
    }

    fn unread(&mut self) -> Result<WireAnswer, Broken> {
        self.meet("read lost");
        match self.dice.below(3) {
            0 => Err(Broken::Unreachable("nobody home".to_owned())),
            1 => Err(Broken::Lost("cut".to_owned())),
            _ => Ok(answer(503, &json!({ "error": "busy" }))),
        }
    }

    fn meet(&mut self, fault: &'static str) {
        *self.met.entry(fault).or_default() += 1;
    }

    fn change(&mut self, now: Timestamp, wire: &Wire, body: &Value) -> Result<WireAnswer, Broken> {
        let fault = self.dice.chance(self.trouble).then(|| self.dice.pick(&FAULTS[..8]));
        fault.into_iter().for_each(|fault| self.meet(fault));
        match fault {
            Some("turned down") => return Ok(answer(409, &json!({ "error": "busy" }))),
            Some("lost before") => return Err(Broken::Lost("cut".to_owned())),
            Some("unreachable") => return Err(Broken::Unreachable("nobody home".to_owned())),
            Some("500 before") => return Ok(answer(500, &json!({ "error": "out of order" }))),
            _ => {}
        }
        // Later than at once, and sooner than the action says that it settles.
        let late =
            Duration::from_secs(if fault == Some("lost, effect late") { 1 + self.dice.below(15) } else { 0 });
        let done = self.take(
            now.checked_add(late).unwrap(),
            !late.is_zero(),
            fault == Some("failing job"),
            wire,
            body,
        );
        match fault {
            Some("lost after" | "lost, effect late") => Err(Broken::Lost("cut".to_owned())),
            Some("500 after") => Ok(answer(500, &json!({ "error": "out of order" }))),
            _ => Ok(done),
        }
    }

    /// Carries a change out, from a moment on.
    fn take(&mut self, at: Timestamp, late: bool, broken: bool, wire: &Wire, body: &Value) -> WireAnswer {
        let name = body["name"].as_str().or(wire.path.strip_prefix("/things/")).unwrap().to_owned();
        let there = self.things.0.get(&name).copied();
        match (wire.method, there) {
            ("POST", Some((_, "broken"))) => return answer(409, &json!({ "error": "it lies there broken" })),
            ("POST", _) => {
                if there.is_some() || self.is_coming(&name) {
                    self.wrongs.push(format!("{name} was put on the shelf twice"));
                }
                self.later(at, late, name, Later::Appears(body["count"].as_i64().unwrap_or(1), broken));
            }
            (_, None) if !self.is_coming(&name) => return answer(404, &json!({ "error": "no such thing" })),
            ("PUT", _) if !broken => {
                let done = at.checked_add(JOB).unwrap();
                self.later(done, true, name, Later::Counts(body["count"].as_i64().unwrap()));
            }
            ("PUT", _) => {}
            _ => self.later(at, late, name, Later::Vanishes),
        }
        self.effects += 1;
        answer(202, &json!({ "taken": true }))
    }

    fn is_coming(&self, name: &str) -> bool {
        self.pending.iter().any(|(_, of, later)| of == name && matches!(later, Later::Appears(..)))
    }

    fn later(&mut self, at: Timestamp, late: bool, name: String, later: Later) {
        if late {
            self.pending.push((at, name, later));
        } else {
            self.comes_true(at, name, later);
        }
    }

    fn comes_true(&mut self, at: Timestamp, name: String, later: Later) {
        match later {
            Later::Appears(count, broken) => {
                self.things.0.insert(name.clone(), (count, "coming"));
                let end = if broken { "broken" } else { "ready" };
                self.pending.push((at.checked_add(JOB).unwrap(), name, Later::Becomes(end)));
            }
            Later::Becomes(state) => {
                self.things.0.entry(name).and_modify(|thing| thing.1 = state);
            }
            Later::Counts(count) => {
                self.things.0.entry(name).and_modify(|thing| thing.0 = count);
            }
            Later::Vanishes => {
                self.things.0.remove(&name);
                self.pending.retain(|(_, of, _)| *of != name);
            }
        }
    }
}

fn answer(status: u16, body: &Value) -> WireAnswer {
    WireAnswer { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}
