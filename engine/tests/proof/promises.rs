//! What hcxrun promises, checked from the outside: on the journal alone, with a bookkeeping of its own.

use std::collections::{BTreeMap, BTreeSet};

use hcxrun_engine::{Course, Event, EventKind, Extent, Outcome, Said, Verdict, Way};

use crate::program::{Kind, Node, Program};

/// Where a node is, as far as others rest on it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum At {
    #[default]
    Waiting,
    Forward,
    Back,
    /// It was so, was left out, or was let pass.
    Passed,
    Done,
    /// It failed, and keeps nobody.
    Borne,
    Failed,
    Undone,
    Stuck,
}

/// What is known of a node.
#[derive(Debug, Clone, Default)]
struct Told {
    at: At,
    /// A request of its change was intended, and was not taken back.
    trace: bool,
    /// Its request has left and has no outcome: nobody else may touch the same.
    touching: Vec<String>,
    lost: bool,
    tries: u32,
    resent: u32,
    approved: BTreeSet<String>,
    rejected: bool,
}

pub struct Story<'a> {
    program: &'a Program,
    told: Vec<Told>,
    course: Course,
    failures: BTreeMap<String, usize>,
    pub wrongs: Vec<String>,
}

impl<'a> Story<'a> {
    pub fn new(program: &'a Program) -> Self {
        let told = vec![Told::default(); program.nodes.len()];
        Story { program, told, course: Course::Forward, failures: BTreeMap::new(), wrongs: Vec::new() }
    }

    fn wrong(&mut self, what: String) {
        self.wrongs.push(what);
    }

    pub fn tell(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Turned { course, .. } => {
                self.course = course.clone();
                if *course == Course::Forward {
                    self.failures.clear();
                }
            }
            EventKind::Ended { outcome, .. } => self.ended(*outcome),
            kind => {
                if let Some(node) = kind.node() {
                    self.tell_of(self.program.find(node.as_str()), kind);
                }
            }
        }
    }

    fn tell_of(&mut self, at: usize, kind: &EventKind) {
        use EventKind as E;
        let id = self.program.nodes[at].id.clone();
        match kind {
            E::Begun { way: Way::Change, .. } => self.begins(at),
            E::Begun { way: Way::Undo, .. } => self.begins_back(at),
            E::Intended { way, intent, .. } => {
                self.intends(at, *way, &intent.touches);
            }
            E::Lost { .. } => self.told[at].lost = true,
            E::Untouched { way, .. } => {
                let told = &mut self.told[at];
                told.resent += 1;
                told.touching.clear();
                if told.resent > 3 {
                    self.wrongs.push(format!("{id} was sent anew more than three times"));
                }
                let blind = matches!(self.program.nodes[at].kind, Kind::Add(_)) && *way == Way::Change;
                if std::mem::take(&mut self.told[at].lost) && blind {
                    self.wrong(format!("{id} is sent again after a lost POST that nobody can see"));
                }
            }
            E::Settled { way: Way::Change, .. } => {
                let told = &mut self.told[at];
                told.at = if told.trace { At::Done } else { At::Passed };
                told.touching.clear();
            }
            E::Settled { way: Way::Undo, .. } => {
                self.told[at] = Told { at: At::Undone, ..Told::default() };
            }
            E::Skipped { .. } => self.told[at].at = At::Passed,
            E::Rejected { way, .. } | E::Failed { way, .. } => {
                let told = &mut self.told[at];
                told.tries += 1;
                told.lost = false;
                told.touching.clear();
                let tries = if *way == Way::Undo { 10 } else { self.program.nodes[at].tries };
                if told.tries >= tries {
                    self.fails(at, *way);
                }
            }
            E::Refused { way, .. } | E::Expired { way, .. } => self.fails(at, *way),
            E::Handed { .. } => self.fails(at, Way::Undo),
            E::GateOpened { .. } => {
                self.rests(at);
                self.told[at] = Told { at: At::Forward, ..Told::default() };
            }
            E::GateAnswered { said: Said { who, verdict: Verdict::Approve, .. }, .. } => {
                self.told[at].approved.insert(who.clone());
            }
            E::GateAnswered { said: Said { verdict: Verdict::Reject, .. }, .. } => {
                self.told[at].rejected = true;
            }
            E::GateClosed { passed, .. } => self.closes(at, *passed),
            _ => {}
        }
    }

    fn node(&self, at: usize) -> &'a Node {
        &self.program.nodes[at]
    }

    /// Everything that a node needs lets it pass.
    fn rests(&mut self, at: usize) {
        for need in &self.node(at).needs {
            let passed = matches!(self.told[*need].at, At::Passed | At::Done | At::Borne);
            if !passed {
                self.wrong(format!(
                    "{} begins while {} is {:?}",
                    self.node(at).id,
                    self.node(*need).id,
                    self.told[*need].at
                ));
            }
        }
    }

    fn begins(&mut self, at: usize) {
        let id = &self.node(at).id;
        self.rests(at);
        if self.course != Course::Forward {
            self.wrong(format!("{id} begins while the run is heading for {:?}", self.course));
        }
        if !matches!(self.told[at].at, At::Waiting | At::Failed | At::Borne | At::Undone | At::Stuck) {
            self.wrong(format!("{id} begins and is {:?} already", self.told[at].at));
        }
        let told = &mut self.told[at];
        (told.at, told.tries, told.resent, told.lost) = (At::Forward, 0, 0, false);
        if let (Some(fan), Some(limit)) = (self.node(at).fan, self.node(at).limit) {
            let of_fan = |(_, node): &(usize, &Node)| node.fan == Some(fan);
            let all = self.program.nodes.iter().enumerate().filter(of_fan);
            let running = all.filter(|(at, _)| self.told[*at].at == At::Forward).count();
            if running > limit {
                self.wrong(format!("{running} instances are under way with {id}, and the limit is {limit}"));
            }
        }
    }

    /// What rests on a node is taken back before it.
    fn begins_back(&mut self, at: usize) {
        let id = &self.node(at).id;
        if !matches!(self.course, Course::Back(_)) {
            self.wrong(format!("{id} is taken back while the run is heading for {:?}", self.course));
        }
        if !self.told[at].trace {
            self.wrong(format!("{id} is taken back and has changed nothing"));
        }
        for later in self.resting_on(at) {
            if self.told[later].trace && self.is_in_extent(later) {
                let what =
                    format!("{id} is taken back while {} is {:?}", self.node(later).id, self.told[later].at);
                self.wrong(what);
            }
        }
        let told = &mut self.told[at];
        (told.at, told.tries, told.resent, told.lost) = (At::Back, 0, 0, false);
    }

    fn is_in_extent(&self, at: usize) -> bool {
        match &self.course {
            Course::Back(Extent::Phase(phase)) => self.node(at).phase.as_deref() == Some(phase.as_str()),
            _ => true,
        }
    }

    /// All that needs a node, directly or over others.
    fn resting_on(&self, at: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([at]);
        // A node stands behind everything that it needs.
        for (later, node) in self.program.nodes.iter().enumerate().skip(at + 1) {
            if node.needs.iter().any(|need| found.contains(need)) {
                found.insert(later);
            }
        }
        found.remove(&at);
        found
    }

    fn intends(&mut self, at: usize, way: Way, touches: &[String]) {
        let id = &self.node(at).id;
        let fits = matches!((self.told[at].at, way), (At::Forward, Way::Change) | (At::Back, Way::Undo));
        if !fits {
            self.wrong(format!("{id} sends a request and is {:?}", self.told[at].at));
        }
        if self.told[at].lost {
            self.wrong(format!("{id} sends a request while nobody knows what became of the one before"));
        }
        for (other, told) in self.told.iter().enumerate() {
            if other != at && told.touching.iter().any(|name| touches.contains(name)) {
                let what = format!("{id} changes {touches:?} while {} does", self.node(other).id);
                self.wrongs.push(what);
            }
        }
        self.told[at].trace = true;
        self.told[at].touching = touches.to_vec();
    }

    fn fails(&mut self, at: usize, way: Way) {
        let node = self.node(at);
        self.told[at].touching.clear();
        self.told[at].lost = false;
        if way == Way::Undo {
            self.told[at].at = At::Stuck;
            return;
        }
        let step = node.id.split('[').next().unwrap().to_owned();
        let failures = self.failures.entry(step).or_default();
        *failures += 1;
        let borne = node.continues || *failures <= node.tolerate;
        self.told[at].at = if borne { At::Borne } else { At::Failed };
    }

    fn closes(&mut self, at: usize, passed: bool) {
        let Kind::Gate(by, need) = &self.node(at).kind else { panic!("{} is no gate", self.node(at).id) };
        let may = |who: &&String| by.is_empty() || by.contains(*who);
        let approved = self.told[at].approved.iter().filter(may).count();
        if passed && (approved < *need || self.told[at].rejected) {
            self.wrong(format!("{} lets pass with {approved} of {need} approvals", self.node(at).id));
        }
        self.told[at].at = if passed { At::Passed } else { At::Failed };
    }

    fn ended(&mut self, outcome: Outcome) {
        let is_gate = |at: usize| matches!(self.program.nodes[at].kind, Kind::Gate(..));
        let open: Vec<_> = (0..self.told.len())
            .filter(|at| !is_gate(*at) && matches!(self.told[*at].at, At::Forward | At::Back))
            .map(|at| self.node(at).id.clone())
            .collect();
        if outcome != Outcome::Aborted && !open.is_empty() {
            self.wrong(format!("the run is {outcome:?} while {open:?} are under way"));
        }
        let traces = self.told.iter().filter(|told| told.trace).count();
        match outcome {
            Outcome::Refused | Outcome::RolledBack if traces > 0 => {
                self.wrong(format!("the run is {outcome:?}, and {traces} steps have left something"));
            }
            Outcome::Succeeded => {
                let passed = |told: &Told| matches!(told.at, At::Passed | At::Done | At::Borne);
                if !self.told.iter().all(passed) {
                    self.wrong("the run succeeded, and not all of it is done".to_owned());
                }
            }
            _ => {}
        }
    }
}
