//! A small world to run against: a shelf of things, with faults on request.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "every test file uses a part of it")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use hcxrun_dsl::eval::Reads;
use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Fields, Loader, ModuleText, Program, Value, load};
use hcxrun_engine::{
    Broken, Course, Dispatch, DriveError, Driver, Ended, Event, Expansion, Graph, LocalFuture, Log, NoLog,
    People, Question, Run, RunRecord, Said, SystemConfig, Systems, Transport, VirtualClock, Wire, WireAnswer,
    expand,
};
use jiff::Timestamp;
use serde_json::json;

/// A module whose actions put things on the shelf.
pub const SHELF: &str = r#"edition 1

/// A shelf.
api shelf {
  input url: url
  error response.error
}

/// Puts a thing on the shelf. A POST: it may not be sent twice.
action put {
  input on:   shelf
  input name: string

  let thing = on.get("/things").items.where(t => t.name == name).first()

  require name != "forbidden" else "${name} is not allowed"
  done when thing.state == "ready"
  change "put ${name} on the shelf"
    on.post("/things", { name: name })
  fail "${name} broke" when thing.state == "broken"
  untouched when thing == null after 20s
  poll every 5s for 10m
  undo "take ${name} off the shelf"
    on.delete("/things/${name}")
  undone when thing == null
  touches "thing/${name}"
  output name  = name
  output count = thing.count
}

/// Puts a thing on the shelf, and cannot see whether a lost request did nothing: it is never sent again by itself.
action add {
  input on:   shelf
  input name: string

  let thing = on.get("/things").items.where(t => t.name == name).first()

  done when thing.state == "ready"
  change "add ${name} to the shelf"
    on.post("/things", { name: name })
  fail "${name} broke" when thing.state == "broken"
  poll every 5s for 10m
  undo "take ${name} off the shelf"
    on.delete("/things/${name}")
  undone when thing == null
  touches "thing/${name}"
  output name  = name
  output count = thing.count
}

/// Takes a thing off the shelf. A DELETE, taken back by a POST.
action drop {
  input on:   shelf
  input name: string

  let thing = on.get("/things").items.where(t => t.name == name).first()
  let count = thing.count

  done when thing == null
  change "drop ${name}"
    on.delete("/things/${name}")
  poll every 5s for 10m
  undo "put ${name} back"
    on.post("/things", { name: name, count: before.count })
  undone when thing.state == "ready" and thing.count == before.count
  touches "thing/${name}"
}

/// Puts a thing on the shelf that nobody gets off again.
action weld {
  input on:   shelf
  input name: string

  let thing = on.get("/things").items.where(t => t.name == name).first()

  done when thing.state == "ready"
  change "weld ${name} to the shelf"
    on.post("/things", { name: name })
  fail "${name} broke" when thing.state == "broken"
  untouched when thing == null after 20s
  poll every 5s for 10m
  irreversible "it is welded"
  touches "thing/${name}"
}

/// Sets how many there are of a thing. A PUT.
action set {
  input on:    shelf
  input name:  string
  input count: number

  let thing = on.get("/things").items.where(t => t.name == name).only()
  let now   = thing.count

  done when now == count
  change "set ${name} from ${now} to ${count}"
    on.put("/things/${name}", { count: count })
  poll every 5s for 10m
  undo "set ${name} back to ${before.now}"
    on.put("/things/${name}", { count: before.now })
  undone when now == before.now
  touches "thing/${name}"
  output count = now
}

/// Holds when a thing is there.
action check {
  input on:   shelf
  input name: string
  require on.get("/things").items.any(t => t.name == name and t.state == "ready") else "there is no ${name}"
}
"#;

struct Texts;

impl Loader for Texts {
    fn module(&mut self, _: &UseTarget, _: &str) -> Result<ModuleText, String> {
        Ok(ModuleText::file("shelf.hcxrun", SHELF))
    }
}

/// A program around these members.
pub fn program(header: &str, members: &str) -> Arc<Program> {
    let text = format!(
        "edition 1\nrunbook \"A test\" {{\n{header}\n}}\nuse shelf\nsystem s: shelf.shelf\n{members}\noutput s = text(s)\n"
    );
    let (program, diagnostics) = load(&ModuleText::file("test.hcxrun", text.as_str()), &mut Texts);
    let errors: Vec<_> = diagnostics.iter().filter(|it| it.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
    Arc::new(program)
}

/// Its graph.
pub fn graph(header: &str, members: &str) -> Arc<Graph> {
    match expand(&program(header, members), &Fields::new(), &Reads::default()) {
        Ok(Expansion::Done(expanded)) => Arc::new(expanded.graph),
        other => panic!("{other:?}"),
    }
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Refuse,
    DropBefore,
    DropAfter,
    Break,
    Unreachable,
}

/// How many there are, and in which state.
pub type Thing = (i64, &'static str);

/// The world.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Things(pub BTreeMap<String, Thing>);

/// The shelf: things, what was asked for, and the faults to come, by the number of the changing request.
pub struct Shelf<'a> {
    clock: &'a VirtualClock,
    pub state: RefCell<State>,
}

#[derive(Debug, Default)]
pub struct State {
    pub things: Things,
    /// Changes that are under way: when they come true.
    pending: Vec<(Timestamp, String, Option<Thing>)>,
    pub changes: Vec<String>,
    pub effects: Vec<String>,
    pub faults: BTreeMap<usize, Fault>,
    pub reads: usize,
}

impl<'a> Shelf<'a> {
    pub fn new(clock: &'a VirtualClock, things: Things, faults: BTreeMap<usize, Fault>) -> Self {
        Shelf { clock, state: RefCell::new(State { things, faults, ..State::default() }) }
    }

    fn now(&self) -> Timestamp {
        hcxrun_engine::Clock::now(self.clock)
    }

    /// Somebody else puts a thing there at a moment, or takes it away.
    pub fn later(&self, at: Timestamp, name: &str, thing: Option<Thing>) {
        self.state.borrow_mut().pending.push((at, name.to_owned(), thing));
    }

    fn settle(&self) {
        let (now, mut state) = (self.now(), self.state.borrow_mut());
        let pending = std::mem::take(&mut state.pending);
        for (at, name, thing) in pending {
            if at > now {
                state.pending.push((at, name, thing));
            } else if let Some(thing) = thing {
                state.things.0.insert(name, thing);
            } else {
                state.things.0.remove(&name);
            }
        }
    }

    fn answer(&self, wire: &Wire) -> Result<WireAnswer, Broken> {
        self.settle();
        let name = wire.path.strip_prefix("/things/").unwrap_or_default().to_owned();
        if wire.method == "GET" {
            let mut state = self.state.borrow_mut();
            state.reads += 1;
            let items: Vec<_> = state
                .things
                .0
                .iter()
                .map(|(name, (count, s))| json!({ "name": name, "count": count, "state": s }))
                .collect();
            return Ok(answer(200, &json!({ "items": items })));
        }
        let line = format!("{} {}", wire.method, wire.path);
        let fault = {
            let mut state = self.state.borrow_mut();
            let number = state.changes.len();
            state.changes.push(line.clone());
            state.faults.get(&number).copied()
        };
        match fault {
            Some(Fault::Refuse) => return Ok(answer(409, &json!({ "error": "busy" }))),
            Some(Fault::DropBefore) => return Err(Broken::Lost("cut".to_owned())),
            Some(Fault::Unreachable) => return Err(Broken::Unreachable("nobody home".to_owned())),
            Some(Fault::DropAfter | Fault::Break) | None => {}
        }
        let body: serde_json::Value = serde_json::from_str(wire.body.as_deref().unwrap_or("null")).unwrap();
        let later = self.now().checked_add(std::time::Duration::from_secs(30)).unwrap();
        let broken = fault == Some(Fault::Break);
        let mut state = self.state.borrow_mut();
        let result = match wire.method {
            "POST" => {
                let name = body["name"].as_str().unwrap().to_owned();
                if state.things.0.contains_key(&name) {
                    answer(409, &json!({ "error": format!("{name} is there already") }))
                } else {
                    let end = if broken { "broken" } else { "ready" };
                    state.things.0.insert(name.clone(), (1, "coming"));
                    state.pending.push((later, name.clone(), Some((1, end))));
                    state.effects.push(format!("POST {name}"));
                    answer(202, &json!({ "name": name }))
                }
            }
            "PUT" => {
                let count = body["count"].as_i64().unwrap();
                match state.things.0.get(&name).copied() {
                    None => answer(404, &json!({ "error": "no such thing" })),
                    Some((now, s)) => {
                        if !broken {
                            state.pending.push((later, name, Some((count, s))));
                        }
                        if now != count {
                            state.effects.push(format!("{line} {count}"));
                        }
                        answer(202, &json!({}))
                    }
                }
            }
            _ => {
                state.pending.retain(|(_, pending, _)| *pending != name);
                if state.things.0.remove(&name).is_some() {
                    state.effects.push(line);
                    answer(200, &json!({}))
                } else {
                    answer(404, &json!({ "error": "no such thing" }))
                }
            }
        };
        if fault == Some(Fault::DropAfter) { Err(Broken::Lost("cut".to_owned())) } else { Ok(result) }
    }
}

fn answer(status: u16, body: &serde_json::Value) -> WireAnswer {
    WireAnswer { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}

impl Transport for Shelf<'_> {
    fn send<'a>(&'a self, _: &'a str, request: Wire) -> LocalFuture<'a, Result<WireAnswer, Broken>> {
        Box::pin(async move { self.answer(&request) })
    }
}

/// Says the same at every gate.
pub struct Yes;

impl People for Yes {
    fn ask(&self, question: Question) -> LocalFuture<'_, Vec<Said>> {
        let names = if question.by.is_empty() { vec!["somebody".to_owned()] } else { question.by };
        Box::pin(async move { names.into_iter().map(Said::approves).collect() })
    }

    fn interruption(&self) -> LocalFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// The systems of a program that speaks to the shelf.
pub fn systems<'a>(graph: &Graph, shelf: &'a dyn Transport) -> Systems<'a> {
    let program = &graph.program;
    let all = program.runbook().unwrap().systems.iter().map(|system| {
        let (_, api) = program.api_of(system).unwrap();
        let inputs = Fields::from([(Arc::from("url"), Value::text("http://shelf"))]);
        (system.name.node.to_string(), SystemConfig { api: api.clone(), inputs })
    });
    Systems::new(shelf, all.collect())
}

/// Everything that happened in a run.
#[derive(Debug, Default)]
pub struct Kept(pub Vec<Event>);

impl Log for Kept {
    fn append(&mut self, events: &[Event]) -> Result<(), hcxrun_engine::JournalError> {
        self.0.extend(events.iter().cloned());
        Ok(())
    }
}

/// The record of a run that was made from nothing.
pub fn record() -> RunRecord {
    RunRecord {
        version: "0".to_owned(),
        started: Timestamp::UNIX_EPOCH,
        title: "A test".to_owned(),
        ticket: None,
        sources: Vec::new(),
        inputs: [].into(),
        files: Vec::new(),
        systems: [].into(),
        seed: 7,
        digest: String::new(),
        rehearsed: None,
        by: String::new(),
        claims: false,
        plan: None,
    }
}

/// The run that events make.
pub fn replay(graph: &Arc<Graph>, events: &[Event]) -> Run {
    let mut run = Run::new(Arc::clone(graph), 7);
    events.iter().for_each(|event| run.apply(event).unwrap());
    run
}

/// Drives a run in virtual time.
pub fn drive(
    clock: &VirtualClock,
    run: &mut Run,
    log: &mut dyn Log,
    shelf: &Shelf<'_>,
    turn: Option<Course>,
) -> Result<Ended, DriveError> {
    let graph = Arc::clone(run.graph());
    let systems = systems(&graph, shelf);
    let mut dispatch = Dispatch::new(run.clone(), Reads::default());
    let mut watch = |_: &Event, _: &Run| {};
    let driver = Driver::new(&mut dispatch, log, &systems, clock, &Yes, &mut watch);
    let turn = turn.map(|course| (course, "a test".to_owned()));
    let ended = clock.run(driver.drive(turn)).unwrap_or(Err(DriveError::Stalled));
    run.clone_from(dispatch.run());
    ended
}

/// A whole run with faults: its end, the run, and the shelf's state.
pub fn night(graph: &Arc<Graph>, things: &Things, faults: &[(usize, Fault)]) -> (Ended, Run, State) {
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shelf = Shelf::new(&clock, things.clone(), faults.iter().copied().collect());
    let mut run = Run::new(Arc::clone(graph), 7);
    let ended = drive(&clock, &mut run, &mut NoLog, &shelf, None).unwrap();
    shelf.settle();
    (ended, run, shelf.state.into_inner())
}
