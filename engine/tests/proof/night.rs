//! One night: a random runbook, a system that goes wrong, people who come and go, a process that dies and a clock that jumps.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hcxrun_dsl::eval::Reads;
use hcxrun_engine::{
    Clock, Course, Dispatch, DriveError, Driver, Event, EventKind, Extent, JournalError, LocalFuture, Log,
    Outcome, People, PhaseName, Question, Run, Said, StepState, Verdict, VirtualClock, Way,
};
use jiff::{SignedDuration, Timestamp};

use crate::common::{Things, systems};
use crate::dice::Dice;
use crate::program::{Kind, Program};
use crate::promises::Story;
use crate::world::{OnDisk, World};

/// What was met, by name.
pub type Tally = BTreeMap<&'static str, u64>;

/// A clock that is not right: true time with an error.
struct Wrong<'a> {
    clock: &'a VirtualClock,
    error: SignedDuration,
}

impl Clock for Wrong<'_> {
    fn now(&self) -> Timestamp {
        self.clock.now().checked_add(self.error).unwrap()
    }

    fn sleep_until(&self, at: Timestamp) -> LocalFuture<'_, ()> {
        self.clock.sleep_until(at.checked_sub(self.error).unwrap())
    }
}

/// The journal as bytes: what is read back is all that a resume has. Dies after so many writes.
struct Disk<'a> {
    events: &'a OnDisk,
    dies: Option<Cut>,
}

impl Log for Disk<'_> {
    fn append(&mut self, events: &[Event]) -> Result<(), JournalError> {
        let dies = self.dies.filter(|cut| cut.write == 0);
        if dies.is_none_or(|cut| cut.written) {
            let read_back = events.iter().map(|event| {
                let body = serde_json::to_string(event).unwrap();
                serde_json::from_str::<Event>(&body).unwrap()
            });
            self.events.borrow_mut().extend(read_back);
        }
        self.dies = self.dies.map(|cut| Cut { write: cut.write.saturating_sub(1), ..cut });
        if dies.is_some() { Err(JournalError::NoRun("died".to_owned())) } else { Ok(()) }
    }
}

/// People who agree, refuse, are away, or do not answer; and who press Ctrl-C.
struct Moods<'a> {
    dice: RefCell<Dice>,
    clock: &'a VirtualClock,
    willing: bool,
    interrupts: RefCell<Vec<Timestamp>>,
}

impl People for Moods<'_> {
    fn ask(&self, question: Question) -> LocalFuture<'_, Vec<Said>> {
        let everybody = if question.by.is_empty() { vec!["eve".to_owned()] } else { question.by };
        let all =
            |verdict| everybody.iter().map(|who| Said { who: who.clone(), verdict, why: None }).collect();
        let mood = if self.willing { 0 } else { self.dice.borrow_mut().below(12) };
        match mood {
            8 => Box::pin(std::future::ready(all(Verdict::Reject))),
            9 => Box::pin(std::future::ready(Vec::new())),
            10 => Box::pin(std::future::pending()),
            11 => Box::pin(std::future::ready(vec![Said::approves("mallory")])),
            _ => Box::pin(std::future::ready(all(Verdict::Approve))),
        }
    }

    fn interruption(&self) -> LocalFuture<'_, ()> {
        match self.interrupts.borrow_mut().pop() {
            Some(at) => self.clock.sleep_until(at),
            None => Box::pin(std::future::pending()),
        }
    }
}

/// How a session is to go.
struct Session {
    turn: Option<Course>,
    /// Nothing goes wrong, and everybody agrees.
    calm: bool,
    error: SignedDuration,
    dies: Option<Cut>,
}

/// A write at which the first process of a night dies.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// Its number, from 0.
    pub write: u64,
    /// Whether it is on disk although nobody heard of it.
    pub written: bool,
}

pub struct Night<'a> {
    program: &'a Program,
    seed: u64,
    cut: Option<Cut>,
    clock: &'a VirtualClock,
    disk: &'a OnDisk,
    world: &'a World<'a>,
    dice: Dice,
    wrongs: Vec<String>,
    tally: Tally,
}

/// Lives through a night, cut off where it is wanted; `Err` says what was promised and not kept.
pub fn night(program: &Program, seed: u64, cut: Option<Cut>) -> Result<Tally, String> {
    let clock = VirtualClock::new(Timestamp::from_second(1_800_000_000).unwrap());
    let disk = OnDisk::default();
    let mut dice = Dice::new(seed);
    let world = World::new(&clock, &disk, program.first.clone(), Dice::new(dice.next()));
    let mut night = Night {
        program,
        seed,
        cut,
        clock: &clock,
        disk: &disk,
        world: &world,
        dice,
        wrongs: Vec::new(),
        tally: Tally::new(),
    };
    night.live();
    night.judge();
    if night.wrongs.is_empty() { Ok(night.tally) } else { Err(night.story()) }
}

impl<'a> Night<'a> {
    fn count(&mut self, what: &'static str, more: u64) {
        *self.tally.entry(what).or_default() += more;
    }

    fn wrong(&mut self, what: impl Into<String>) {
        self.wrongs.push(what.into());
    }

    /// Sessions with trouble, then calm ones that bring the run to its end.
    fn live(&mut self) {
        let troubled = if self.cut.is_some() { 1 } else { self.dice.below(6) };
        for number in 0..troubled + 6 {
            let calm = number >= troubled;
            let run = self.replay();
            if number > 0 && self.is_over(&run, calm) {
                return;
            }
            let turn = if number == 0 { None } else { self.turn(&run, calm, number > troubled + 2) };
            self.pass_time();
            let (error, dies) = (self.error(), self.dies(calm).filter(|_| self.cut.is_none()));
            let dies = dies.or(self.cut.filter(|_| number == 0));
            self.session(run, &Session { turn, calm, error, dies });
        }
        let run = self.replay();
        self.wrong(format!("it does not come to an end: {:?}, {}", run.outcome(), run.reason()));
    }

    /// What the journal says.
    fn replay(&mut self) -> Run {
        let mut run = Run::new(Arc::clone(&self.program.graph), self.seed);
        for event in self.disk.borrow().iter() {
            if let Err(error) = run.apply(event) {
                self.wrongs.push(format!("the journal cannot be read back: {error}"));
            }
        }
        run
    }

    fn is_over(&mut self, run: &Run, calm: bool) -> bool {
        match run.outcome() {
            Some(Outcome::RolledBack | Outcome::Refused) => true,
            // Half of the nights that went well are taken back all the same.
            Some(Outcome::Succeeded) => !self.seed.is_multiple_of(2),
            Some(Outcome::Stuck) => calm && self.is_beyond_help(),
            _ => false,
        }
    }

    /// Whether something is there that nobody can take back: it is welded, or what was to be put back has broken.
    fn is_beyond_help(&self) -> bool {
        let things = &self.world.state.borrow().things;
        let is = |name: &String| things.0.get(name).map(|(_, state)| *state);
        self.program.nodes.iter().any(|node| match &node.kind {
            Kind::Weld(name) => is(name).is_some() && !self.program.first.0.contains_key(name),
            Kind::Drop(name) => is(name) == Some("broken"),
            _ => false,
        })
    }

    /// Where a person sends the run: as `hcxrun resume` and `hcxrun rollback` do.
    fn turn(&mut self, run: &Run, calm: bool, enough: bool) -> Option<Course> {
        let back = |night: &mut Self| {
            let phases = &night.program.graph.phases;
            let to = (!calm && !phases.is_empty() && night.dice.chance(30)).then(|| {
                let at = usize::try_from(night.dice.below(phases.len() as u64)).unwrap();
                Extent::To(PhaseName::new(phases[at].as_str()))
            });
            Some(Course::Back(to.unwrap_or(Extent::Whole)))
        };
        match (run.outcome(), run.course()) {
            (None, Course::Forward | Course::Back(_)) => None,
            (Some(Outcome::Aborted), Course::Back(extent)) => Some(Course::Back(extent.clone())),
            (Some(Outcome::Stuck | Outcome::Succeeded), _) => back(self),
            (None | Some(_), _) if enough || self.dice.chance(if calm { 50 } else { 25 }) => back(self),
            (None | Some(_), _) => Some(Course::Forward),
        }
    }

    /// Between two sessions.
    fn pass_time(&mut self) {
        let pause = self.dice.pick(&[0, 0, 1, 30, 600, 7200]);
        let until = self.clock.now().checked_add(Duration::from_secs(pause)).unwrap();
        self.clock.run(self.clock.sleep_until(until)).unwrap();
        self.world.settle();
    }

    fn error(&mut self) -> SignedDuration {
        let seconds = self.dice.pick(&[0, 0, 0, 1, 25, 90, 900, 7200, -1, -25, -90, -900, -7200]);
        match seconds {
            0 => {}
            1.. => self.count("clock ahead", 1),
            _ => self.count("clock behind", 1),
        }
        SignedDuration::from_secs(seconds)
    }

    fn dies(&mut self, calm: bool) -> Option<Cut> {
        (!calm && self.dice.chance(60)).then(|| {
            let most = self.dice.pick(&[3, 10, 30, 80]);
            Cut { write: self.dice.below(most), written: self.dice.chance(50) }
        })
    }

    fn session(&mut self, run: Run, how: &Session) {
        self.count("sessions", 1);
        self.world.state.borrow_mut().trouble = if how.calm { 0 } else { self.dice.pick(&[0, 10, 30, 60]) };
        let people = self.people(how.calm);
        let clock = Wrong { clock: self.clock, error: how.error };
        let systems = systems(&self.program.graph, self.world);
        let mut disk = Disk { events: self.disk, dies: how.dies };
        let mut watch = |_: &Event, _: &Run| {};
        let mut dispatch = Dispatch::new(run, Reads::default());
        let driver = Driver::new(&mut dispatch, &mut disk, &systems, &clock, &people, &mut watch);
        let turn = how.turn.clone().map(|course| (course, "a person".to_owned()));
        let ended = self.clock.run(driver.drive(turn)).unwrap_or(Err(DriveError::Stalled));
        match ended {
            Ok(ended) => {
                if ended.outcome == Outcome::Aborted {
                    self.count("stopped at once", 1);
                } else if ended.interrupted {
                    self.count("interrupted", 1);
                }
                self.judge_world(dispatch.run());
            }
            Err(DriveError::Journal(_)) => self.count("crashes", 1),
            Err(other) => self.wrong(format!("{other}")),
        }
        self.compare(&dispatch);
    }

    fn people(&mut self, calm: bool) -> Moods<'a> {
        let mut interrupts = Vec::new();
        if !calm && self.dice.chance(15) {
            let first = self.clock.now().checked_add(Duration::from_secs(self.dice.below(300))).unwrap();
            interrupts.push(first);
            if self.dice.chance(30) {
                interrupts.insert(0, first.checked_add(Duration::from_secs(self.dice.below(40))).unwrap());
            }
        }
        let dice = RefCell::new(Dice::new(self.dice.next()));
        Moods { dice, clock: self.clock, willing: calm, interrupts: RefCell::new(interrupts) }
    }

    /// The live run is what its events make of nothing: those on disk, and those that are not there yet.
    fn compare(&mut self, dispatch: &Dispatch) {
        let mut events = self.disk.borrow().clone();
        events.truncate(events.len() - overlap(&events, dispatch.unwritten()));
        events.extend_from_slice(dispatch.unwritten());
        let mut folded = Run::new(Arc::clone(&self.program.graph), self.seed);
        for event in &events {
            if let Err(error) = folded.apply(event) {
                return self.wrong(format!("what happened cannot be folded again: {error}"));
            }
        }
        let now = self.clock.now();
        if facade(&folded, now) != facade(dispatch.run(), now) {
            self.wrong("the live run is not what its events say");
        }
    }

    /// The world at an end is the one that the outcome speaks of.
    fn judge_world(&mut self, run: &Run) {
        self.world.settle();
        let mut wrongs = Vec::new();
        let things = self.world.state.borrow().things.clone();
        let strange: Vec<_> = self.strange(&things);
        match run.outcome() {
            Some(Outcome::Succeeded) => {
                for (at, node) in run.graph().steps() {
                    let meant = &self.program.nodes[self.program.find(node.id.as_str())].kind;
                    let stands = matches!(run.step(at), Some(StepState::Done { .. }));
                    if stands && !meant.holds(&things) && !self.is_shared(meant) {
                        wrongs.push(format!("{} is told as done, and it is not: {things:?}", node.id));
                    }
                }
            }
            Some(Outcome::RolledBack | Outcome::Refused) => {
                wrongs.extend(
                    strange.iter().map(|name| format!("{name} is not as it was, and all was taken back")),
                );
            }
            Some(Outcome::Stuck) if *run.course() == Course::Back(Extent::Whole) => {
                let told: Vec<_> = run.todo().collect();
                let names = |name: &str| {
                    told.iter().any(|it| {
                        self.program.nodes[self.program.find(it.node.as_str())].kind.thing() == Some(name)
                    })
                };
                let untold = strange.iter().filter(|name| !names(name));
                wrongs.extend(untold.map(|name| format!("{name} is not as it was, and nobody is told")));
            }
            _ => {}
        }
        self.wrongs.append(&mut wrongs);
    }

    /// Things that are not as they were. What is welded and broke leaves pieces that no action can see.
    fn strange(&self, things: &Things) -> Vec<String> {
        let first = &self.program.first;
        let mut names: Vec<_> = things.0.keys().chain(first.0.keys()).cloned().collect();
        names.sort();
        names.dedup();
        let pieces = |name: &String| {
            let welded = self.program.nodes.iter().any(|node| node.kind == Kind::Weld(name.clone()));
            welded && things.0.get(name).is_some_and(|(_, state)| *state != "ready")
        };
        names.retain(|name| things.0.get(name) != first.0.get(name) && !pieces(name));
        names
    }

    /// Two steps want the same thing otherwise: it is as the later one wants it.
    fn is_shared(&self, kind: &Kind) -> bool {
        self.program.nodes.iter().filter(|node| node.kind.thing() == kind.thing()).count() > 1
    }

    /// What the journal and the system tell of the whole night.
    fn judge(&mut self) {
        let events = self.disk.borrow().clone();
        let mut story = Story::new(self.program);
        events.iter().for_each(|event| story.tell(event));
        self.wrongs.append(&mut story.wrongs);
        let mut state = self.world.state.borrow_mut();
        self.wrongs.append(&mut state.wrongs);
        for (fault, times) in std::mem::take(&mut state.met) {
            *self.tally.entry(fault).or_default() += times;
        }
        drop(state);
        for event in &events {
            match &event.kind {
                EventKind::Begun { way: Way::Change, .. } => self.count("steps", 1),
                EventKind::Begun { way: Way::Undo, .. } => self.count("steps back", 1),
                EventKind::Intended { .. } => self.count("requests", 1),
                EventKind::GateClosed { .. } => self.count("gates", 1),
                EventKind::Untouched { .. } => self.count("sent anew", 1),
                _ => {}
            }
        }
        let outcome = self.replay().outcome().map_or("no end", Outcome::as_str);
        self.count(outcome, 1);
    }

    /// The night for whoever has to find out.
    fn story(&self) -> String {
        let events: Vec<_> = self.disk.borrow().iter().map(|it| serde_json::to_string(it).unwrap()).collect();
        format!(
            "night {}:\n- {}\n\n{}\n{:?}\n\n{}\n\n{:?}",
            self.seed,
            self.wrongs.join("\n- "),
            self.program.text,
            self.program.first,
            events.join("\n"),
            self.world.state.borrow().things
        )
    }
}

/// How many of the last events on disk are the first that a process believes to be unwritten.
fn overlap(on_disk: &[Event], unwritten: &[Event]) -> usize {
    let most = on_disk.len().min(unwritten.len());
    (0..=most).rev().find(|n| on_disk[on_disk.len() - n..] == unwritten[..*n]).unwrap_or(0)
}

/// All that can be seen of a run, and what it would do next.
fn facade(run: &Run, now: Timestamp) -> String {
    let order = &run.graph().order;
    let nodes: Vec<_> = order.node_indices().map(|at| (run.step(at), run.gate(at), run.effect(at))).collect();
    let todo: Vec<_> = run.todo().collect();
    let next = if run.outcome().is_none() { run.consequences(now) } else { Vec::new() };
    format!(
        "{nodes:?} {todo:?} {next:?} {:?} {:?} {} {:?}",
        run.course(),
        run.outcome(),
        run.reason(),
        run.names()
    )
}
