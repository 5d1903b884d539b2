//! Which nights are played: the run as it is, its ways back, and from each of their points on one night a mishap.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;

use petgraph::algo::has_path_connecting;
use petgraph::graph::NodeIndex;

use super::lanes::Lanes;
use super::night::{Next, Night};
use super::player::{Leg, Player, Shared};
use super::points::Job;
use super::stage::{House, Stage, Theatre};
use super::{Act, Mishap, Place, Play, Rehearsal, RehearsalError};
use crate::graph::Graph;
use crate::run::{Course, Extent, Outcome, StepState};
use crate::shell::SystemConfig;

/// Plays a run with every mishap.
///
/// # Errors
/// The run does not succeed without any; or a defect.
pub fn rehearse<S: Stage + Send + Sync>(play: Play<S>) -> Result<Rehearsal, RehearsalError> {
    let Play { run, files, systems, stage, start, depth, threads } = play;
    let graph = Arc::clone(run.graph());
    let night = Night::new(run, files, stage.clone(), start, None)?;
    let end = forward(&night, &systems, &|_| false)?;
    let shared = Shared::new(stage.digest(), end.settled());
    let takes = end.now().duration_since(start).unsigned_abs();
    let lanes = Lanes::new();
    let sender = Sender { shared: &shared, lanes: &lanes, systems: &systems, depth };
    thread::scope(|scope| {
        let work = || {
            let worked = work(&shared, &lanes, &systems, &stage);
            worked.inspect_err(|_| lanes.clear())
        };
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        let sent = sender.send_all(&night, &end);
        lanes.close();
        let ended = workers.into_iter().map(|it| it.join().unwrap_or(Err(RehearsalError::Stalled)));
        sent.and(ended.collect::<Result<(), _>>())
    })?;
    let mut found = std::mem::take(&mut *shared.found());
    let skipped = |at: &NodeIndex| matches!(end.run().step(*at), Some(StepState::Skipped { .. }));
    let (left_out, tried): (Vec<_>, Vec<_>) = graph.steps().map(|(at, _)| at).partition(skipped);
    let reached: BTreeSet<_> = found.matrix.keys().map(|(place, _)| place).collect();
    let unreached = unreached(&graph, &tried, &reached);
    let left_out = left_out.into_iter().filter_map(|at| graph.id(at).cloned()).collect();
    let stories = found.stories();
    let super::found::Found { matrix, by_hand, .. } = found;
    let nights = matrix.values().map(|cell| cell.nights).sum();
    let Shared { first, last, .. } = shared;
    Ok(Rehearsal { first, last, start, takes, matrix, nights, stories, by_hand, unreached, left_out })
}

/// A run without any mishap, at its end or where it is to stop.
pub(super) fn forward<S: Stage>(
    night: &Night<S>,
    systems: &BTreeMap<String, SystemConfig>,
    stop: &dyn Fn(&Night<S>) -> bool,
) -> Result<Night<S>, RehearsalError> {
    let house = House::new(night.stage.clone());
    let theatre = Theatre::new(&house, systems.clone());
    let mut night = night.clone();
    loop {
        match night.next()? {
            Next::Asks(_) => {
                night.ask(&theatre);
            }
            Next::Writes => {
                night.write()?;
                if stop(&night) {
                    return Ok(night);
                }
            }
            Next::Rests => night.rest()?,
            Next::Ends(Outcome::Succeeded) => return Ok(night),
            Next::Ends(outcome) => {
                let reason = night.run().reason().to_owned();
                return Err(RehearsalError::NoSuccess { outcome, reason });
            }
        }
    }
}

/// A night at its end, whatever that is.
pub(super) fn to_the_end<S: Stage>(
    mut night: Night<S>,
    systems: &BTreeMap<String, SystemConfig>,
) -> Result<Night<S>, RehearsalError> {
    let house = House::new(night.stage.clone());
    let theatre = Theatre::new(&house, systems.clone());
    loop {
        match night.next()? {
            Next::Asks(_) => {
                night.ask(&theatre);
            }
            Next::Writes => night.write()?,
            Next::Rests => night.rest()?,
            Next::Ends(_) => return Ok(night),
        }
    }
}

/// One who finds the points, and sends out the nights.
struct Sender<'a, S> {
    shared: &'a Shared,
    lanes: &'a Lanes<Job<S>>,
    systems: &'a BTreeMap<String, SystemConfig>,
    depth: u8,
}

impl<S: Stage> Sender<'_, S> {
    fn send_all(&self, night: &Night<S>, end: &Night<S>) -> Result<(), RehearsalError> {
        let graph = Arc::clone(night.run().graph());
        self.send(night.clone())?;
        self.orders(night, end, &graph);
        let mut undone = self.send_back(end)?;
        // What the way back from the end does not take back, because something later has no way back, is taken back from
        // where it is done.
        for (at, node) in graph.steps().collect::<Vec<_>>().into_iter().rev() {
            if !undone.contains(&at) && has_undo(node) {
                let there = forward(night, self.systems, &|night| is_done(night, at))?;
                undone.extend(self.send_back(&there)?);
            }
        }
        Ok(())
    }

    /// Plays a run as it is, and sends out a night for whatever can go wrong.
    fn send(&self, night: Night<S>) -> Result<(), RehearsalError> {
        let house = House::new(night.stage.clone());
        let theatre = Theatre::new(&house, self.systems.clone());
        let player = Player { shared: self.shared, theatre };
        player.learn(night.clone())?;
        player.walk(night, Leg::Run(self.depth), 0, &mut |job| {
            self.lanes.put(job.mishap, job);
            Ok(())
        })?;
        Ok(())
    }

    /// Takes a run back from where it is; tells which steps that took back.
    fn send_back(&self, night: &Night<S>) -> Result<Vec<NodeIndex>, RehearsalError> {
        let back = night.turned(Course::Back(Extent::Whole))?;
        let graph = Arc::clone(night.run().graph());
        let was_done: Vec<_> = graph.steps().map(|(at, _)| at).filter(|at| is_done(night, *at)).collect();
        let end = to_the_end(back.clone(), self.systems)?;
        self.send(back)?;
        let undone = |at: &NodeIndex| matches!(end.run().step(*at), Some(StepState::Undone));
        Ok(was_done.into_iter().filter(undone).collect())
    }

    /// Each step that has no order with another that changes something comes last once: an order that only luck brings
    /// about does not hold then.
    fn orders(&self, night: &Night<S>, end: &Night<S>, graph: &Graph) {
        for (at, node) in graph.steps().filter(|(at, _)| is_done(end, *at)) {
            let free = |other: NodeIndex| {
                other != at
                    && !has_path_connecting(&graph.order, at, other, None)
                    && !has_path_connecting(&graph.order, other, at, None)
            };
            if graph.steps().any(|(other, _)| free(other)) {
                let place = Place { node: Some(node.id.clone()), act: Act::Changes };
                let night = Arc::new(night.with_last(at));
                self.lanes.put(Mishap::Last, Job { night, place, mishap: Mishap::Last, skip: 0, depth: 0 });
            }
        }
    }
}

fn work<S: Stage>(
    shared: &Shared,
    lanes: &Lanes<Job<S>>,
    systems: &BTreeMap<String, SystemConfig>,
    stage: &S,
) -> Result<(), RehearsalError> {
    let house = House::new(stage.clone());
    let player = Player { shared, theatre: Theatre::new(&house, systems.clone()) };
    while let Some((lane, job)) = lanes.take() {
        let played = player.play(&job);
        lanes.done(lane);
        played?;
    }
    Ok(())
}

pub(super) fn is_done<S: Stage>(night: &Night<S>, at: NodeIndex) -> bool {
    matches!(night.run().step(at), Some(StepState::Done { .. }))
}

pub(super) fn has_undo(node: &crate::graph::StepNode) -> bool {
    node.action.undo.is_some()
}

/// Requests of the steps that no night has made: nobody knows what their failures would lead to.
fn unreached(graph: &Graph, steps: &[NodeIndex], reached: &BTreeSet<&Place>) -> Vec<Place> {
    let nodes = steps.iter().filter_map(|at| graph.step(*at));
    let places = nodes.flat_map(|node| {
        let act = |act| Place { node: Some(node.id.clone()), act };
        let undo = has_undo(node).then(|| act(Act::Undoes));
        node.changes().then(|| act(Act::Changes)).into_iter().chain(undo)
    });
    places.filter(|place| !reached.contains(place)).collect()
}
