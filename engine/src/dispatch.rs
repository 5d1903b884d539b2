//! The dispatcher: which tasks a run has for its shell, and what becomes of their results. Pure, so that a rehearsal can
//! hold it still, copy it, and let each copy meet another fault.
//!
//! ```text
//! settle(now) ─► start(now) ─► tasks() ─► the world ─► take(…, now) ─► settle …
//!                  └─ before a wait: unwritten() ─► the journal ─► written()
//! ```

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use hcxrun_dsl::Value;
use hcxrun_dsl::eval::{Read, ReadFailure, Reads};
use jiff::Timestamp;
use petgraph::graph::NodeIndex;

use crate::ids::NodeId;
use crate::look::{Look, Purpose, Request, Seen, Way, is_open, look};
use crate::run::{
    Activity, Answer, Course, Effect, Event, EventKind, GateState, IllegalEvent, Outcome, Run, Said,
    StepState,
};

/// A run with what is under way for it.
#[derive(Debug, Clone)]
pub struct Dispatch {
    run: Run,
    /// Files that were read before the run.
    files: Reads,
    /// Applied, and not on disk yet.
    unwritten: Vec<Event>,
    /// Nodes for which something may be due.
    due: BTreeSet<NodeIndex>,
    /// Nodes for which something is under way.
    busy: HashSet<NodeIndex>,
    /// What was read for the look that a node is at.
    tables: HashMap<NodeIndex, Reads>,
    /// Requests that are intended and have not left.
    requests: HashMap<NodeIndex, Request>,
    /// Not handed out yet.
    tasks: Vec<(NodeIndex, Task)>,
    /// Nodes of which the last look brought nothing.
    idle: HashMap<NodeIndex, Idle>,
    interrupted: bool,
}

/// Something for the shell to do. What came of it goes to [`Dispatch::take`].
#[derive(Debug, Clone)]
pub enum Task {
    /// Wait for a moment.
    Wait(Timestamp),
    /// Make these reads.
    Read(BTreeSet<Read>),
    /// Send a change whose intent is on disk.
    Send(Request),
    /// Ask people, until a moment when there is one.
    Ask(Question, Option<Timestamp>),
}

/// A look that brought nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Idle {
    /// How often it looks.
    pub(crate) every: Duration,
    /// Whether it was because nothing could be seen.
    pub(crate) is_blind: bool,
}

/// What a gate asks.
#[derive(Debug, Clone)]
pub struct Question {
    /// The gate.
    pub gate: NodeId,
    /// The question with its values.
    pub text: String,
    /// Who may answer; empty: anybody.
    pub by: Vec<String>,
    /// How many must agree.
    pub need: u32,
    /// Who has answered already.
    pub answered: Vec<String>,
    /// Whose approval does not count, because they began the run.
    pub without: Option<String>,
    /// Until when, when it does not wait for ever.
    pub until: Option<Timestamp>,
    /// The head of the journal as it asks: an outside copy of it anchors the journal.
    pub head: Option<String>,
}

/// What came of a task.
#[derive(Debug, Clone)]
pub enum Came {
    /// The moment.
    Moment,
    /// Answers to reads.
    Read(Vec<(Read, Result<Value, ReadFailure>)>),
    /// The answer to a change.
    Answer(Answer),
    /// What people said; nothing when nobody is there.
    Said(Vec<Said>),
}

/// An event that cannot follow: a defect of hcxrun.
type Noted = Result<(), Box<IllegalEvent>>;

impl Dispatch {
    /// A run that nothing is under way for, with the files of data that it reads.
    pub fn new(run: Run, files: Reads) -> Self {
        Self {
            run,
            files,
            unwritten: Vec::new(),
            due: BTreeSet::new(),
            busy: HashSet::new(),
            tables: HashMap::new(),
            requests: HashMap::new(),
            tasks: Vec::new(),
            idle: HashMap::new(),
            interrupted: false,
        }
    }

    /// The run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The run alone; what is under way for it is forgotten.
    pub fn into_run(self) -> Run {
        self.run
    }

    /// Whether a person interrupted it.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    /// What is known of a node when the last look at it brought nothing.
    pub(crate) fn idle(&self, at: NodeIndex) -> Option<Idle> {
        self.idle.get(&at).copied()
    }

    /// Takes a run up, at its beginning or where it was left; `turn` is where it is to head first, when that is not
    /// where it was heading.
    ///
    /// # Errors
    /// A defect.
    pub fn begin(&mut self, turn: Option<(Course, String)>, now: Timestamp) -> Noted {
        if self.run.span().is_some() {
            self.note(EventKind::Resumed, now)?;
        }
        if let Some((course, reason)) = turn {
            self.note(EventKind::Turned { course, reason }, now)?;
        }
        let watched = self.run.watched().iter().copied();
        let was_open: Vec<_> = self.run.active().chain(self.run.open_gates()).chain(watched).collect();
        self.due.extend(was_open);
        Ok(())
    }

    /// Lets everything happen that follows by itself.
    ///
    /// # Errors
    /// A defect.
    pub fn settle(&mut self, now: Timestamp) -> Noted {
        loop {
            let events = self.run.consequences(now);
            if events.is_empty() {
                return Ok(());
            }
            for kind in events {
                self.note(kind, now)?;
            }
        }
    }

    /// What has happened since the last writing.
    pub fn unwritten(&self) -> &[Event] {
        &self.unwritten
    }

    /// Whether any of it has to be on disk before a request leaves.
    pub fn must_write(&self) -> bool {
        self.unwritten.iter().any(|event| event.kind.is_durable())
    }

    /// All of it is on disk.
    pub fn written(&mut self) {
        self.unwritten.clear();
    }

    /// Starts what is due; true when that led to events. Requests and questions wait for a writing.
    ///
    /// # Errors
    /// A defect.
    pub fn start(&mut self, now: Timestamp) -> Result<bool, Box<IllegalEvent>> {
        let before = self.unwritten.len();
        let mut unsent = BTreeSet::new();
        while let Some(at) = self.due.pop_first() {
            if self.busy.contains(&at) {
                continue;
            }
            match self.run.effect(at) {
                None => {}
                Some(Effect::Look { at: when, .. }) if when > now => self.enter(at, Task::Wait(when)),
                Some(Effect::Look { .. }) => self.look_anew(at, now)?,
                // What it rests on is not on disk yet. It shares the next sync with every other one that is due now.
                Some(Effect::Send | Effect::Ask { .. }) if self.must_write() => {
                    unsent.insert(at);
                }
                Some(Effect::Send) => self.send(at, now)?,
                Some(Effect::Ask { until }) => self.ask(at, until),
            }
        }
        self.due.append(&mut unsent);
        Ok(self.unwritten.len() > before)
    }

    /// The tasks that have come up, each once.
    pub fn tasks(&mut self) -> Vec<(NodeIndex, Task)> {
        std::mem::take(&mut self.tasks)
    }

    /// Takes in what came of the task of a node.
    ///
    /// # Errors
    /// A defect.
    pub fn take(&mut self, at: NodeIndex, came: Came, now: Timestamp) -> Noted {
        self.busy.remove(&at);
        match came {
            // A gate whose time is up is closed by the run itself; a step is looked at anew.
            Came::Moment if self.is_looked_at(at) => self.look_anew(at, now),
            Came::Moment => Ok(()),
            Came::Read(answers) => {
                let table = self.tables.entry(at).or_default();
                answers.into_iter().for_each(|(read, answer)| table.insert(read, answer));
                self.look(at, now)
            }
            Came::Answer(answer) => self.note_all(self.run.answered(at, answer), now),
            Came::Said(said) => self.said(at, said, now),
        }
    }

    /// A person wants it to stop: nothing new starts; the second time it ends at once.
    ///
    /// # Errors
    /// A defect.
    pub fn interrupt(&mut self, now: Timestamp) -> Noted {
        let again = std::mem::replace(&mut self.interrupted, true);
        if again {
            let reason = "stopped at once by a person".to_owned();
            self.note(EventKind::Ended { outcome: Outcome::Aborted, reason }, now)
        } else if *self.run.course() == Course::Forward {
            let reason = "interrupted by a person".to_owned();
            self.note(EventKind::Turned { course: Course::Hold, reason }, now)
        } else {
            Ok(())
        }
    }

    /// Applies an event; it is on disk before anything is done that rests on it.
    fn note(&mut self, kind: EventKind, now: Timestamp) -> Noted {
        let event = Event { at: now, kind };
        self.run.apply(&event)?;
        if let Some(at) = event.kind.node().and_then(|id| self.run.graph().find(id)) {
            self.due.insert(at);
        }
        self.unwritten.push(event);
        Ok(())
    }

    fn note_all(&mut self, events: Vec<EventKind>, now: Timestamp) -> Noted {
        events.into_iter().try_for_each(|kind| self.note(kind, now))
    }

    fn enter(&mut self, at: NodeIndex, task: Task) {
        self.busy.insert(at);
        self.tasks.push((at, task));
    }

    fn is_looked_at(&self, at: NodeIndex) -> bool {
        if self.run.watched().contains(&at) {
            return true;
        }
        let active = self.run.step(at).and_then(StepState::active);
        active.is_some_and(|it| it.activity != Activity::Sending)
    }

    /// Nothing that was seen before decides anything.
    fn look_anew(&mut self, at: NodeIndex, now: Timestamp) -> Noted {
        self.tables.insert(at, self.files.clone());
        self.look(at, now)
    }

    /// Looks at a step as far as it was read; reads more, or says what was seen.
    fn look(&mut self, at: NodeIndex, now: Timestamp) -> Noted {
        let Some(Effect::Look { purpose, every, .. }) = self.run.effect(at) else { return Ok(()) };
        let graph = Arc::clone(self.run.graph());
        let Some(node) = graph.looked_at(at) else { return Ok(()) };
        if graph.watch(at).is_some() && is_open(&graph, node, self.run.names()) {
            // It is about what a step brings about first.
            self.idle.insert(at, Idle { every, is_blind: false });
            self.enter(at, Task::Wait(now.checked_add(every).unwrap_or(now)));
            return Ok(());
        }
        let before = match purpose {
            Purpose::Before(Way::Change) => None,
            Purpose::Before(Way::Undo) | Purpose::After(_) => self.run.before_of(at),
        };
        let response = self.run.response_of(at);
        let table = self.tables.entry(at).or_default();
        match look(&graph, node, purpose, self.run.known(before.as_ref(), &response), table) {
            Look::Needs(needs) => {
                self.enter(at, Task::Read(needs));
                Ok(())
            }
            Look::Seen(seen) => {
                self.tables.remove(&at);
                self.saw(at, *seen, every, now)
            }
        }
    }

    fn saw(&mut self, at: NodeIndex, seen: Seen, every: Duration, now: Timestamp) -> Noted {
        let request = match &seen {
            Seen::Ready { request, .. } => Some(request.clone()),
            _ => None,
        };
        let is_blind = matches!(seen, Seen::Blind { .. });
        let events = self.run.interpret(at, seen, now);
        self.idle.remove(&at);
        if events.is_empty() {
            self.idle.insert(at, Idle { every, is_blind });
            self.enter(at, Task::Wait(now.checked_add(every).unwrap_or(now)));
            return Ok(());
        }
        request.into_iter().for_each(|request| {
            self.requests.insert(at, request);
        });
        self.note_all(events, now)
    }

    fn send(&mut self, at: NodeIndex, now: Timestamp) -> Noted {
        if let Some(request) = self.requests.remove(&at) {
            self.enter(at, Task::Send(request));
            return Ok(());
        }
        // It was intended by a process that is gone, and may have left.
        let reason = "hcxrun was interrupted while the request was on its way".to_owned();
        self.note_all(self.run.answered(at, Answer::Lost { reason }), now)
    }

    fn ask(&mut self, at: NodeIndex, until: Option<Timestamp>) {
        let graph = Arc::clone(self.run.graph());
        let (Some(node), Some(GateState::Open { question, answers, .. })) =
            (graph.gate(at), self.run.gate(at))
        else {
            return;
        };
        let question = Question {
            gate: node.id.clone(),
            text: question.clone(),
            by: node.gate.by.iter().map(|by| by.node.to_string()).collect(),
            need: node.gate.need,
            answered: answers.keys().cloned().collect(),
            without: self.run.starter().filter(|_| node.gate.four_eyes).map(str::to_owned),
            until,
            head: None,
        };
        self.enter(at, Task::Ask(question, until));
    }

    fn said(&mut self, at: NodeIndex, said: Vec<Said>, now: Timestamp) -> Noted {
        let Some(node) = self.run.graph().id(at).cloned() else { return Ok(()) };
        if said.is_empty() {
            let reason = format!("gate {node} waits for an approval, and nobody is there to give it");
            return self.note(EventKind::Turned { course: Course::Hold, reason }, now);
        }
        said.into_iter()
            .try_for_each(|said| self.note(EventKind::GateAnswered { node: node.clone(), said }, now))
    }
}
