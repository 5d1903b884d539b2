//! What is drawn of a graph: one box for each step however many instances it has, in a lane for each phase, and no edge that
//! others imply.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use hcxrun_dsl::syntax::{Gate, OnFailure};
use hcxrun_engine::{Graph, Node, StepNode};
use petgraph::Direction;
use petgraph::graph::NodeIndex;

use crate::render::duration;

/// What a box is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Check,
    Change,
    /// A change without a way back.
    OneWay,
    Gate,
    /// An invariant: outside of the order.
    Watch,
}

/// A box.
#[derive(Debug)]
pub(super) struct Drawn {
    /// Its name; of a fan-out with the number of its instances.
    pub(super) label: String,
    /// The action of a step, or who is asked at a gate.
    pub(super) about: String,
    pub(super) kind: Kind,
    pub(super) is_fan: bool,
    pub(super) lane: usize,
    /// What it waits for itself.
    pub(super) before: BTreeSet<usize>,
    /// How many boxes lie before it at least.
    rank: usize,
}

/// Boxes that stand together: those of a phase, or what stands between two phases.
#[derive(Debug)]
pub(super) struct Lane {
    /// The phase.
    pub(super) title: Option<String>,
    pub(super) boxes: Range<usize>,
}

/// What a box waits for, as one says it.
#[derive(Debug)]
pub(super) enum After {
    Nothing,
    /// All of a lane.
    Lane(usize),
    /// These, by their names.
    Boxes(Vec<String>),
}

/// A graph as it is drawn.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) boxes: Vec<Drawn>,
    pub(super) lanes: Vec<Lane>,
}

impl Folded {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut folded = Self::default();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        // The boxes right before a node, seen through joints.
        let mut before: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); graph.order.node_count()];
        for at in graph.sequence.iter().chain(&graph.watches) {
            let incoming = graph.order.neighbors_directed(*at, Direction::Incoming);
            let mut all: BTreeSet<usize> =
                incoming.filter_map(|from| before.get(from.index())).flatten().copied().collect();
            if let Some((name, phase, mut drawn)) = describe(graph, *at) {
                let rank = all.iter().filter_map(|it| folded.boxes.get(*it)).map(|it| it.rank + 1).max();
                let next = folded.boxes.len();
                let own = *places.entry(name).or_insert(next);
                if own == next {
                    drawn.lane = folded.lane(phase, drawn.kind);
                    folded.boxes.push(drawn);
                }
                if let Some(it) = folded.boxes.get_mut(own) {
                    it.rank = it.rank.max(rank.unwrap_or(0));
                    it.before.append(&mut all);
                }
                all = BTreeSet::from([own]);
            }
            if let Some(slot) = before.get_mut(at.index()) {
                *slot = all;
            }
        }
        folded.reduce();
        folded
    }

    /// The lane of the next box: that of the box before, when both are in one phase.
    fn lane(&mut self, title: Option<String>, kind: Kind) -> usize {
        let next = self.boxes.len();
        let is_alone = |kind: Kind| matches!(kind, Kind::Gate | Kind::Watch);
        let last = self.boxes.last().map(|it| it.kind);
        match self.lanes.last_mut() {
            Some(lane)
                if lane.title == title
                    && (title.is_some() || last.is_some_and(|it| is_alone(it) == is_alone(kind))) =>
            {
                lane.boxes.end = next + 1;
            }
            _ => self.lanes.push(Lane { title, boxes: next..next + 1 }),
        }
        self.lanes.len() - 1
    }

    /// Takes out what others imply: a box that waits for two, of which one waits for the other, waits for the later one.
    fn reduce(&mut self) {
        let reduced: Vec<_> = self.boxes.iter().map(|it| self.without_implied(&it.before)).collect();
        for (it, before) in self.boxes.iter_mut().zip(reduced) {
            it.before = before;
        }
    }

    fn without_implied(&self, before: &BTreeSet<usize>) -> BTreeSet<usize> {
        if before.len() < 2 {
            return before.clone();
        }
        let rank = |at: &usize| self.boxes.get(*at).map_or(0, |it| it.rank);
        let lowest = before.iter().map(rank).min().unwrap_or(0);
        let (mut implied, mut open) = (BTreeSet::new(), before.iter().copied().collect::<Vec<_>>());
        while let Some(at) = open.pop() {
            let earlier = self.boxes.get(at).into_iter().flat_map(|it| &it.before);
            for from in earlier.filter(|from| rank(from) >= lowest) {
                if implied.insert(*from) {
                    open.push(*from);
                }
            }
        }
        before.difference(&implied).copied().collect()
    }

    /// From and to, by their numbers.
    pub(super) fn edges(&self) -> impl Iterator<Item = (usize, usize)> {
        self.boxes.iter().enumerate().flat_map(|(to, it)| it.before.iter().map(move |from| (*from, to)))
    }

    /// The lane that a box waits for as a whole.
    pub(super) fn lane_before(&self, at: usize) -> Option<usize> {
        let it = self.boxes.get(at)?;
        let lane = self.boxes.get(*it.before.first()?)?.lane;
        (lane != it.lane && self.last_of(lane) == it.before).then_some(lane)
    }

    /// The boxes of a lane that no other box of it waits for.
    fn last_of(&self, lane: usize) -> BTreeSet<usize> {
        let Some(Lane { boxes, .. }) = self.lanes.get(lane) else { return BTreeSet::new() };
        let own = self.boxes.get(boxes.clone()).unwrap_or_default();
        let waited_for: BTreeSet<_> = own.iter().flat_map(|it| &it.before).collect();
        boxes.clone().filter(|at| !waited_for.contains(at)).collect()
    }

    pub(super) fn after(&self, at: usize) -> After {
        let Some(it) = self.boxes.get(at) else { return After::Nothing };
        if it.before.is_empty() {
            return After::Nothing;
        }
        match self.lane_before(at) {
            Some(lane) => After::Lane(lane),
            None => After::Boxes(
                it.before.iter().filter_map(|at| Some(self.boxes.get(*at)?.name().to_owned())).collect(),
            ),
        }
    }

    /// A lane, as one says it.
    pub(super) fn name(&self, lane: usize) -> String {
        let Some(lane) = self.lanes.get(lane) else { return String::new() };
        lane.title.clone().unwrap_or_else(|| {
            let names = self.boxes.get(lane.boxes.clone()).unwrap_or_default().iter().map(Drawn::name);
            names.collect::<Vec<_>>().join(", ")
        })
    }
}

impl Drawn {
    /// Its name without the number of its instances.
    fn name(&self) -> &str {
        self.label.split(' ').next().unwrap_or_default()
    }
}

/// Name, phase and box of what is drawn for a node; joints are not drawn.
fn describe(graph: &Graph, at: NodeIndex) -> Option<(String, Option<String>, Drawn)> {
    let drawn = |label: String, about, kind, is_fan| Drawn {
        label,
        about,
        kind,
        is_fan,
        lane: 0,
        before: BTreeSet::new(),
        rank: 0,
    };
    match graph.order.node_weight(at)? {
        Node::Joint => None,
        Node::Gate(it) => {
            let name = it.id.to_string();
            let phase = it.phase.as_ref().map(ToString::to_string);
            Some((name.clone(), phase, drawn(name, asked(&it.gate), Kind::Gate, false)))
        }
        Node::Watch(it) => {
            let name = it.node.id.to_string();
            let every = duration(it.invariant.every.node);
            let about = format!("{} every {every}", super::action(&it.node));
            Some((name.clone(), Some("watched".to_owned()), drawn(name, about, Kind::Watch, false)))
        }
        Node::Step(it) => {
            let name = it.step.name.node.to_string();
            let fan = graph.fans.get(&it.step.name.node);
            let label = fan.map_or_else(|| name.clone(), |fan| format!("{name} × {}", fan.instances.len()));
            let phase = it.phase.as_ref().map(ToString::to_string);
            Some((name, phase, drawn(label, super::action(it), kind(it), fan.is_some())))
        }
    }
}

fn kind(step: &StepNode) -> Kind {
    match (step.changes(), &step.action.undo) {
        (false, _) => Kind::Check,
        (true, Some(_)) => Kind::Change,
        (true, None) => Kind::OneWay,
    }
}

/// Who is asked at a gate, and what silence leads to.
fn asked(gate: &Gate) -> String {
    let who: Vec<_> = gate.by.iter().map(|who| &*who.node).collect();
    let who = if who.is_empty() { "anybody".to_owned() } else { who.join(", ") };
    let of = if gate.need > 1 { format!("{} of ", gate.need) } else { String::new() };
    let within = gate.within.as_ref().map(|it| format!(" within {}", duration(it.node))).unwrap_or_default();
    let otherwise = gate.otherwise.as_ref().map(|it| match it.node {
        OnFailure::Rollback => ", else rollback",
        OnFailure::RollbackPhase => ", else rollback phase",
        OnFailure::Hold => ", else hold",
        OnFailure::Continue => ", else continue",
    });
    format!("{of}{who}{within}{}", otherwise.unwrap_or_default())
}
