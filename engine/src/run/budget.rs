//! The change window's budget: a step that changes something begins only when it, and the taking back of everything so
//! far, itself included, still fit before what the window keeps free at its end. All of it from the hard bounds alone.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use hcxrun_dsl::{ResolvedWindow, format_duration};
use jiff::{SignedDuration, Timestamp};
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::Dfs;

use super::{Active, Run, StepState, bounds, waited};
use crate::graph::{Graph, StepNode};
use crate::ids::NodeId;
use crate::look::Way;
use crate::plan::Plan;

/// How a run stands towards its window at a moment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Outlook {
    /// By when everything has to be over: the window's end, less what is kept free.
    pub limit: Timestamp,
    /// When it ends at the worst.
    pub worst_end: Timestamp,
    /// When it ends at the worst when it is taken back from here on.
    pub worst_end_if_aborted: Timestamp,
    /// The last moment at which taking it back still fits.
    pub last_safe_abort: Timestamp,
    /// The next step that has no way back, or the last one that was passed.
    pub point_of_no_return: Option<NodeId>,
    /// Whether that step was passed.
    pub no_return: bool,
}

/// Whether a graph fits its window at the worst.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Fit {
    /// When it begins.
    pub start: Timestamp,
    /// By when everything has to be over.
    pub limit: Timestamp,
    /// When it ends at the worst.
    pub worst_end: Timestamp,
    /// When it ends at the worst when the last step that fails is the one whose way back is the longest.
    pub worst_end_if_aborted: Timestamp,
    /// The longest way to that step, itself included.
    pub chain: Vec<NodeId>,
    /// How long the way back from there is.
    pub back: Duration,
    /// The first step that has no way back.
    pub point_of_no_return: Option<NodeId>,
}

impl Fit {
    /// What is left at the worst; negative when it does not fit.
    pub fn spare(&self) -> SignedDuration {
        self.limit.duration_since(self.worst_end.max(self.worst_end_if_aborted))
    }
}

/// By when everything has to be over.
fn limit(window: &ResolvedWindow) -> Timestamp {
    window.end.checked_sub(window.keep).unwrap_or(window.end)
}

fn after(now: Timestamp, duration: Duration) -> Timestamp {
    now.checked_add(duration).unwrap_or(Timestamp::MAX)
}

/// The longest chain of these times through the order of a graph. Steps that touch the same resource follow one another.
fn longest<'g>(
    graph: &'g Graph,
    own: impl Fn(NodeIndex) -> Duration,
    touches: impl Fn(NodeIndex) -> &'g [String],
) -> Vec<Duration> {
    let mut ends = vec![Duration::ZERO; graph.order.node_count()];
    let mut taken = HashMap::<&str, Duration>::new();
    for at in graph.sequence.iter().copied() {
        let before = graph.order.neighbors_directed(at, Direction::Incoming);
        let begins = before.filter_map(|from| ends.get(from.index())).max().copied().unwrap_or_default();
        let free = touches(at).iter().filter_map(|name| taken.get(name.as_str())).max().copied();
        let (begins, own) = (begins.max(free.unwrap_or_default()), own(at));
        let end = begins.saturating_add(own);
        if !own.is_zero() {
            taken.extend(touches(at).iter().map(|name| (name.as_str(), end)));
        }
        ends.get_mut(at.index()).into_iter().for_each(|slot| *slot = end);
    }
    ends
}

/// Whether a planned run that begins at a moment fits its window; `None` without a window. What is so already, or left
/// out, takes no time.
pub fn fit(graph: &Graph, now: Timestamp, plan: &Plan) -> Option<Fit> {
    let window = graph.window.as_ref()?;
    let start = now.max(window.start);
    let idle = plan.lines.iter().filter(|line| line.verdict.takes_no_time());
    let idle: HashSet<_> = idle.filter_map(|line| graph.find(&line.node)).collect();
    let takes = |at: NodeIndex| !idle.contains(&at);
    let forward = bounds::ends(graph, &takes);
    let total = forward.iter().max().copied().unwrap_or_default().saturating_add(graph.soak());
    let changing = || graph.steps().filter(|(at, node)| node.changes() && takes(*at));
    let critical = changing().map(|(at, _)| {
        let end = forward.get(at.index()).copied().unwrap_or_default();
        (end.saturating_add(graph.soak_with_way_back()).saturating_add(back_from(graph, at, &takes)), at)
    });
    let (needed, at) = critical.max_by_key(|(needed, _)| *needed).unzip();
    let chain = at.map(|at| bounds::chain(graph, &forward, at)).unwrap_or_default();
    Some(Fit {
        start,
        limit: limit(window),
        worst_end: after(start, total),
        worst_end_if_aborted: after(start, needed.unwrap_or_default()),
        chain: chain.into_iter().filter_map(|at| graph.id(at).cloned()).collect(),
        back: at.map(|at| back_from(graph, at, &takes)).unwrap_or_default(),
        point_of_no_return: changing()
            .find(|(_, node)| node.worst_back().is_none())
            .map(|(_, node)| node.id.clone()),
    })
}

/// How long the way back is at the worst when this step comes to nothing after all that may have come before it.
fn back_from(graph: &Graph, at: NodeIndex, takes: &dyn Fn(NodeIndex) -> bool) -> Duration {
    let mut behind = HashSet::new();
    let mut walk = Dfs::new(&graph.order, at);
    while let Some(next) = walk.next(&graph.order) {
        behind.insert(next);
    }
    let own = |it: NodeIndex| match graph.step(it).filter(|_| it == at || !behind.contains(&it)) {
        Some(node) if node.changes() && takes(it) => {
            node.worst_back().unwrap_or_default().saturating_mul(graph.waves(node))
        }
        _ => Duration::ZERO,
    };
    longest(graph, own, |_| &[]).into_iter().max().unwrap_or_default()
}

/// How long it takes at the worst to take everything back that the graph changes.
pub fn worst_back(graph: &Graph) -> Duration {
    let own = |at: NodeIndex| match graph.step(at).filter(|node| node.changes()) {
        Some(node) => node.worst_back().unwrap_or_default().saturating_mul(graph.waves(node)),
        None => Duration::ZERO,
    };
    longest(graph, own, |_| &[]).into_iter().max().unwrap_or_default()
}

impl Run {
    /// Why a step may not begin now: it would not be over in time, with the taking back of everything.
    pub(super) fn overrun(&self, node: &StepNode, active: &Active, now: Timestamp) -> Option<String> {
        let window = self.graph.window.as_ref().filter(|_| active.way == Way::Change)?;
        let at = self.graph.find(&node.id)?;
        let ends = after(now, node.worst_from(active.attempt)).max(self.under_way_until(now));
        // An invariant may break as late as at the end of the soak.
        let back = self.way_back(Some(at)).saturating_add(self.graph.soak_with_way_back());
        let needed = Duration::try_from(after(ends, back).duration_since(now)).unwrap_or_default();
        let left = Duration::try_from(limit(window).duration_since(now)).unwrap_or_default();
        (needed > left).then(|| {
            format!(
                "with the way back it may take {}, and the change window leaves {}",
                format_duration(round_up(needed)),
                format_duration(round_down(left))
            )
        })
    }

    /// When everything under way is over at the worst.
    fn under_way_until(&self, now: Timestamp) -> Timestamp {
        let ends = self.active.iter().filter_map(|at| {
            let (node, active) = (self.graph.step(*at)?, self.step(*at)?.active()?);
            active.intent.as_ref()?;
            let bound = match active.way {
                Way::Change => node.worst_from(active.attempt),
                Way::Undo => node.worst_back()?,
            };
            let since = if active.way == Way::Change { active.since } else { active.begun };
            Some(after(now, bound.saturating_sub(waited(since, now))))
        });
        ends.max().unwrap_or(now)
    }

    /// How long taking back takes at the worst: all that was changed so far, and the step that is about to.
    fn way_back(&self, and: Option<NodeIndex>) -> Duration {
        let graph = Arc::clone(&self.graph);
        let trace = |at: NodeIndex| self.step(at).and_then(StepState::trace);
        let own = |at: NodeIndex| {
            let is_changed = trace(at).is_some() || and == Some(at);
            graph.step(at).filter(|_| is_changed).and_then(StepNode::worst_back).unwrap_or_default()
        };
        let touches = |at: NodeIndex| trace(at).map_or(&[][..], |intent| &intent.touches);
        longest(&self.graph, own, touches).into_iter().max().unwrap_or_default()
    }

    /// How the run stands towards its window; `None` without a window.
    pub fn outlook(&self, now: Timestamp) -> Option<Outlook> {
        let window = self.graph.window.as_ref()?;
        let graph = &self.graph;
        let left = |at: NodeIndex| match (graph.step(at), self.step(at)) {
            (Some(node), Some(StepState::Waiting)) => node.worst().saturating_mul(graph.waves(node)),
            (Some(node), Some(StepState::Active(active))) => {
                node.worst_from(active.attempt).saturating_sub(waited(active.since, now))
            }
            _ => Duration::ZERO,
        };
        let soak = self.soak.map_or_else(
            || graph.soak(),
            |until| Duration::try_from(until.duration_since(now)).unwrap_or_default(),
        );
        let forward =
            longest(graph, left, |_| &[]).into_iter().max().unwrap_or_default().saturating_add(soak);
        let back = self.way_back(None);
        let aborted = after(self.under_way_until(now), back);
        let takes = Duration::try_from(aborted.duration_since(now)).unwrap_or_default();
        let passed = |at: NodeIndex| self.step(at).is_some_and(|state| state.trace().is_some());
        let one_way = || graph.steps().filter(|(_, node)| node.changes() && node.worst_back().is_none());
        let last_passed = one_way().filter(|(at, _)| passed(*at)).last();
        let no_return = last_passed.is_some();
        let to_come = || one_way().find(|(at, _)| matches!(self.step(*at), Some(StepState::Waiting)));
        Some(Outlook {
            limit: limit(window),
            worst_end: after(now, forward),
            worst_end_if_aborted: aborted,
            last_safe_abort: limit(window).checked_sub(takes).unwrap_or(now),
            point_of_no_return: last_passed.or_else(to_come).map(|(_, node)| node.id.clone()),
            no_return,
        })
    }
}

/// To whole seconds, never less than it is.
fn round_up(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs() + u64::from(duration.subsec_nanos() > 0))
}

fn round_down(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs())
}
