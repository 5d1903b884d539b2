//! Random runbooks. What has to be done before what is worked out here, from the text as it is made, and not by the engine.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use hcxrun_engine::Graph;

use crate::common::{Thing, Things, graph};
use crate::dice::Dice;

/// A runbook with what its author means by it.
#[derive(Debug)]
pub struct Program {
    pub graph: Arc<Graph>,
    pub text: String,
    pub nodes: Vec<Node>,
    /// The world that it is for.
    pub first: Things,
}

/// A step, an instance of a fan-out, or a gate.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name in the journal.
    pub id: String,
    pub kind: Kind,
    /// The nodes that have to be done before it.
    pub needs: Vec<usize>,
    pub phase: Option<String>,
    /// How often it is tried.
    pub tries: u32,
    /// Its failure keeps nobody else.
    pub continues: bool,
    /// The fan-out that it is in.
    pub fan: Option<usize>,
    pub limit: Option<usize>,
    pub tolerate: usize,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A POST that can see whether a lost request did nothing.
    Put(String),
    /// A POST that cannot.
    Add(String),
    /// A POST with no way back.
    Weld(String),
    /// A PUT.
    Set(String, i64),
    /// A DELETE.
    Drop(String),
    /// Only looks.
    Check(String),
    /// People decide: who may, and how many it needs.
    Gate(Vec<String>, usize),
}

impl Kind {
    /// The thing that it changes.
    pub fn thing(&self) -> Option<&str> {
        match self {
            Kind::Put(thing)
            | Kind::Add(thing)
            | Kind::Weld(thing)
            | Kind::Set(thing, _)
            | Kind::Drop(thing) => Some(thing),
            Kind::Check(_) | Kind::Gate(..) => None,
        }
    }

    /// Whether the world is as it wants it.
    pub fn holds(&self, world: &Things) -> bool {
        let is = |name: &String| world.0.get(name).copied();
        match self {
            Kind::Put(name) | Kind::Add(name) | Kind::Weld(name) | Kind::Check(name) => {
                is(name).is_some_and(|(_, state)| state == "ready")
            }
            Kind::Set(name, count) => is(name).is_some_and(|(now, _)| now == *count),
            Kind::Drop(name) => is(name).is_none(),
            Kind::Gate(..) => true,
        }
    }
}

/// Where a member stands.
#[derive(Clone, Default)]
struct Place {
    phase: Option<String>,
    continues: bool,
    parallel: bool,
}

struct Author<'a> {
    dice: &'a mut Dice,
    lets: String,
    text: String,
    nodes: Vec<Node>,
    first: BTreeMap<String, Thing>,
    /// What is to be waited for to be behind a step.
    exits: BTreeMap<String, Vec<usize>>,
    /// Steps whose `count` is 1 once they are done.
    ones: Vec<String>,
    number: usize,
    fans: usize,
    /// Things that a step of this `parallel` sets, for another one that wants them otherwise.
    shared: Vec<String>,
}

impl Program {
    pub fn random(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let policy = dice.pick(&["rollback", "rollback", "hold", "continue"]);
        let mut author = Author {
            dice: &mut dice,
            lets: String::new(),
            text: String::new(),
            nodes: Vec::new(),
            first: BTreeMap::new(),
            exits: BTreeMap::new(),
            ones: Vec::new(),
            number: 0,
            fans: 0,
            shared: Vec::new(),
        };
        let place = Place { continues: policy == "continue", ..Place::default() };
        let mut before = if author.dice.chance(20) { author.check(&place) } else { Vec::new() };
        for _ in 0..=author.dice.below(3) {
            before = if author.dice.chance(40) {
                author.phase(&place, before)
            } else {
                author.members(&place, before, 2)
            };
        }
        let text = format!("{}{}", author.lets, author.text);
        let (nodes, first) = (author.nodes, Things(author.first));
        let graph = graph(&format!("on failure {policy}"), &text);
        Program { graph, text: format!("on failure {policy}\n{text}"), nodes, first }
    }

    pub fn find(&self, id: &str) -> usize {
        self.nodes.iter().position(|node| node.id == id).unwrap()
    }
}

impl Author<'_> {
    fn name(&mut self) -> String {
        self.number += 1;
        format!("n{}", self.number)
    }

    fn phase(&mut self, outer: &Place, before: Vec<usize>) -> Vec<usize> {
        let name = self.name();
        let policy =
            self.dice.pick(&["", "rollback phase", "rollback phase", "rollback", "hold", "continue"]);
        let on = if policy.is_empty() { String::new() } else { format!("on failure {policy}\n") };
        writeln!(self.text, "phase {name} {{\n{on}").unwrap();
        let continues = if policy.is_empty() { outer.continues } else { policy == "continue" };
        let exits = self.members(&Place { phase: Some(name), continues, parallel: false }, before, 2);
        self.text.push_str("}\n");
        exits
    }

    fn members(&mut self, place: &Place, mut before: Vec<usize>, depth: usize) -> Vec<usize> {
        for _ in 0..=self.dice.below(3) {
            before = self.member(place, before, depth);
        }
        before
    }

    fn member(&mut self, place: &Place, before: Vec<usize>, depth: usize) -> Vec<usize> {
        match self.dice.below(10) {
            0..=2 if depth > 0 => self.parallel(place, &before, depth - 1),
            3 => self.gate(place, before),
            4 | 5 => self.fan(place, &before),
            _ => self.step(place, before),
        }
    }

    fn parallel(&mut self, place: &Place, before: &[usize], depth: usize) -> Vec<usize> {
        self.text.push_str("parallel {\n");
        let inside = Place { parallel: true, ..place.clone() };
        let mut exits = Vec::new();
        for _ in 0..=self.dice.below(4) {
            exits.extend(self.member(&inside, before.to_vec(), depth));
        }
        self.shared.clear();
        self.text.push_str("}\n");
        exits
    }

    fn gate(&mut self, place: &Place, needs: Vec<usize>) -> Vec<usize> {
        let name = self.name();
        let by = if self.dice.chance(30) { vec![] } else { vec!["ann".to_owned(), "bob".to_owned()] };
        let need = self.dice.below(2) + u64::from(by.is_empty() || self.dice.chance(50)).max(1);
        let need = usize::try_from(need).unwrap().min(if by.is_empty() { 1 } else { 2 });
        let who = if by.is_empty() { "" } else { " by \"ann\", \"bob\"" };
        let otherwise = match place.phase {
            Some(_) => self.dice.pick(&["hold", "rollback", "rollback phase"]),
            None => self.dice.pick(&["hold", "rollback"]),
        };
        writeln!(self.text, "gate {name} {{ ask \"Go on?\"{who} need {need} within 10m else {otherwise} }}")
            .unwrap();
        self.push(Node { needs, ..node(&name, Kind::Gate(by, need), place) })
    }

    /// A check before everything, as runbooks have it; it does not always hold.
    fn check(&mut self, place: &Place) -> Vec<usize> {
        let (name, thing) = (self.name(), format!("t{}", self.number));
        writeln!(self.text, "step {name}: shelf.check {{ on = s name = \"{thing}\" }}").unwrap();
        if self.dice.chance(80) {
            self.first.insert(thing.clone(), (1, "ready"));
        }
        self.push(node(&name, Kind::Check(thing), place))
    }

    fn step(&mut self, place: &Place, before: Vec<usize>) -> Vec<usize> {
        let (name, thing) = (self.name(), format!("t{}", self.number));
        let mut needs = before;
        let (kind, arguments) = self.kind(thing, &mut needs);
        let after = self.after(place, &mut needs);
        let (tries, continues, clauses) = self.clauses(place);
        let action = word(&kind);
        let text = format!("step {name}: shelf.{action} {{ on = s {arguments}{after}{clauses} }}\n");
        self.text.push_str(&text);
        if matches!(kind, Kind::Put(_) | Kind::Add(_)) {
            self.ones.push(name.clone());
        }
        let exits = self.push(Node { needs, tries, continues, ..node(&name, kind, place) });
        self.exits.insert(name, exits.clone());
        exits
    }

    /// An action with its arguments, and the world that it finds.
    fn kind(&mut self, thing: String, needs: &mut Vec<usize>) -> (Kind, String) {
        let already = self.dice.chance(15);
        let named = format!(" name = \"{thing}\"");
        let there = |author: &mut Self, count| author.first.insert(thing.clone(), (count, "ready"));
        let kind = match self.dice.below(20) {
            0..=5 => Kind::Put(thing.clone()),
            6..=9 => Kind::Add(thing.clone()),
            10 => Kind::Weld(thing.clone()),
            11 | 12 => {
                if !already {
                    there(self, 3);
                }
                return (Kind::Drop(thing), named);
            }
            13 => {
                if !self.dice.chance(15) {
                    there(self, 1);
                }
                return (Kind::Check(thing), named);
            }
            _ => return self.set(thing, needs, already),
        };
        if already {
            there(self, 1);
        }
        (kind, named)
    }

    fn set(&mut self, thing: String, needs: &mut Vec<usize>, already: bool) -> (Kind, String) {
        if self.dice.chance(30)
            && let Some(thing) = self.shared.pop()
        {
            let named = format!(" name = \"{thing}\" count = 7");
            return (Kind::Set(thing, 7), named);
        }
        self.first.insert(thing.clone(), (if already { 5 } else { 2 }, "ready"));
        if !self.ones.is_empty() && self.dice.chance(40) {
            let at = usize::try_from(self.dice.below(self.ones.len() as u64)).unwrap();
            let from = self.ones[at].clone();
            needs.extend(&self.exits[&from]);
            let arguments = format!(" name = \"{thing}\" count = {from}.count");
            return (Kind::Set(thing, 1), arguments);
        }
        self.shared.push(thing.clone());
        let arguments = format!(" name = \"{thing}\" count = 5");
        (Kind::Set(thing, 5), arguments)
    }

    fn after(&mut self, place: &Place, needs: &mut Vec<usize>) -> String {
        if !place.parallel || self.exits.is_empty() || !self.dice.chance(25) {
            return String::new();
        }
        let at = usize::try_from(self.dice.below(self.exits.len() as u64)).unwrap();
        let (name, exits) = self.exits.iter().nth(at).unwrap();
        needs.extend(exits);
        format!(" after {name}")
    }

    fn clauses(&mut self, place: &Place) -> (u32, bool, String) {
        let (mut text, mut tries, mut continues) = (String::new(), 1, place.continues);
        if self.dice.chance(25) {
            tries = 3;
            text.push_str("\n retry 3 every 10s..1m");
        }
        if self.dice.chance(20) {
            let policy = self.dice.pick(&["rollback", "hold", "continue"]);
            continues = policy == "continue";
            write!(text, "\n on failure {policy}").unwrap();
        }
        (tries, continues, text)
    }

    fn fan(&mut self, place: &Place, before: &[usize]) -> Vec<usize> {
        let name = self.name();
        let width = usize::try_from(self.dice.below(4) + 1).unwrap();
        let keys: Vec<String> = (0..width)
            .map(|n| format!("t{}{}", self.number, char::from(b'a' + u8::try_from(n).unwrap())))
            .collect();
        writeln!(
            self.lets,
            "let l{name} = [{}]",
            keys.iter().map(|key| format!("\"{key}\"")).collect::<Vec<_>>().join(", ")
        )
        .unwrap();
        let mut needs = before.to_vec();
        let after = self.after(place, &mut needs);
        let (tries, continues, mut clauses) = self.clauses(place);
        let limit = self.dice.chance(50).then(|| usize::try_from(self.dice.below(3) + 1).unwrap());
        let tolerate = usize::from(self.dice.chance(30));
        limit.iter().for_each(|limit| write!(clauses, "\n limit {limit}").unwrap());
        if tolerate > 0 {
            write!(clauses, "\n tolerate {tolerate}").unwrap();
        }
        let action = self.dice.pick(&["put", "put", "add", "set"]);
        let count = if action == "set" { " count = 5" } else { "" };
        let text = format!(
            "step {name} for n in l{name} by n: shelf.{action} {{ on = s name = n{count}{after}{clauses} }}\n"
        );
        self.text.push_str(&text);
        self.fans += 1;
        let fan = Some(self.fans);
        let mut exits = Vec::new();
        for key in keys {
            let kind = match action {
                "put" => Kind::Put(key.clone()),
                "add" => Kind::Add(key.clone()),
                _ => Kind::Set(key.clone(), 5),
            };
            let already = self.dice.chance(15);
            if action == "set" || already {
                self.first.insert(key.clone(), (if action == "set" && already { 5 } else { 1 }, "ready"));
            }
            let needs = needs.clone();
            let id = format!("{name}[\"{key}\"]");
            exits.extend(self.push(Node {
                needs,
                tries,
                continues,
                fan,
                limit,
                tolerate,
                ..node(&id, kind, place)
            }));
        }
        self.exits.insert(name, exits.clone());
        exits
    }

    fn push(&mut self, node: Node) -> Vec<usize> {
        self.nodes.push(node);
        vec![self.nodes.len() - 1]
    }
}

fn node(id: &str, kind: Kind, place: &Place) -> Node {
    Node {
        id: id.to_owned(),
        kind,
        needs: Vec::new(),
        phase: place.phase.clone(),
        tries: 1,
        continues: place.continues,
        fan: None,
        limit: None,
        tolerate: 0,
    }
}

fn word(kind: &Kind) -> &'static str {
    match kind {
        Kind::Put(_) => "put",
        Kind::Add(_) => "add",
        Kind::Weld(_) => "weld",
        Kind::Set(..) => "set",
        Kind::Drop(_) => "drop",
        Kind::Check(_) => "check",
        Kind::Gate(..) => "gate",
    }
}
