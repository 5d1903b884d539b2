//! Invariants: watched beside the steps from first to last, and for a soak after. While one misses no other step begins;
//! when it misses more often than is borne the run holds, or goes back. A way back is not watched: there is no other.

use std::time::Duration;

use jiff::Timestamp;
use petgraph::graph::NodeIndex;

use super::event::{Event, EventKind};
use super::{Course, Effect, NodeState, Run};
use crate::graph::WatchNode;
use crate::look::{Purpose, Seen, Way};

/// Where an invariant is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchState {
    /// It was not looked at since the run began, or was taken up.
    Unseen,
    /// It held when it was looked at last; it has since then.
    Holds {
        /// Since when.
        since: Timestamp,
    },
    /// It did not.
    Missed {
        /// The last such look.
        since: Timestamp,
        /// How many in a row.
        count: u32,
        /// What was seen.
        reason: String,
    },
    /// It did not more often than is borne.
    Broken {
        /// What was seen.
        reason: String,
    },
}

impl WatchState {
    /// The state after an event; none when the event cannot follow.
    pub(super) fn after(self, event: &Event) -> Option<Self> {
        let since = event.at;
        match (self, &event.kind) {
            (WatchState::Broken { .. }, _) => None,
            (_, EventKind::Held { .. }) => Some(WatchState::Holds { since }),
            (_, EventKind::Missed { count, reason, .. }) => {
                Some(WatchState::Missed { since, count: *count, reason: reason.clone() })
            }
            (_, EventKind::Broke { reason, .. }) => Some(WatchState::Broken { reason: reason.clone() }),
            _ => None,
        }
    }

    /// One word, as people read it.
    pub fn word(&self) -> &'static str {
        match self {
            WatchState::Unseen => "unseen",
            WatchState::Holds { .. } => "holds",
            WatchState::Missed { .. } => "missed",
            WatchState::Broken { .. } => "broken",
        }
    }
}

/// The time after the last step in which the invariants are watched on.
pub(super) enum Soak {
    Begins { until: Timestamp },
    GoesOn,
    Over,
}

impl Run {
    /// Where an invariant is; `None` for what is none.
    pub fn watch(&self, at: NodeIndex) -> Option<&WatchState> {
        match self.nodes.get(at.index())? {
            NodeState::Watch(state) => Some(state),
            NodeState::Step(_) | NodeState::Gate(_) | NodeState::Joint => None,
        }
    }

    /// Invariants that are looked at while the run goes forward.
    pub(crate) fn watched(&self) -> &[NodeIndex] {
        if self.course == Course::Forward && self.outcome.is_none() { &self.graph.watches } else { &[] }
    }

    /// The next look at an invariant.
    pub(super) fn next_look(&self, at: NodeIndex) -> Option<Effect> {
        let (node, state) = (self.graph.watch(at)?, self.watch(at)?);
        let every = node.invariant.every.node;
        let since = match state {
            WatchState::Unseen => Timestamp::MIN,
            WatchState::Holds { since } | WatchState::Missed { since, .. } => {
                since.checked_add(every).unwrap_or(Timestamp::MAX)
            }
            WatchState::Broken { .. } => return None,
        };
        let purpose = Purpose::Before(Way::Change);
        self.watched().contains(&at).then_some(Effect::Look { purpose, at: since, every })
    }

    /// What a look at an invariant means; no event while it holds. What cannot be seen does not hold.
    pub(super) fn watched_it(&self, at: NodeIndex, seen: Seen) -> Option<EventKind> {
        let (WatchNode { node, invariant, .. }, state) = (self.graph.watch(at)?, self.watch(at)?);
        let id = node.id.clone();
        let reason = match seen {
            Seen::Settled { .. } if matches!(state, WatchState::Holds { .. }) => return None,
            Seen::Settled { .. } => return Some(EventKind::Held { node: id }),
            Seen::Refused { reason }
            | Seen::Failed { reason }
            | Seen::Blind { reason }
            | Seen::Skip { reason } => reason,
            Seen::NoValue { error } => self.graph.told(node, &error),
            Seen::NotYet { trouble, .. } => self.graph.missed(node, trouble.as_ref()),
            // It is about what a step brings about first; a check has nothing to send.
            Seen::Depends { .. } | Seen::Ready { .. } | Seen::ByHand { .. } => return None,
        };
        let before = if let WatchState::Missed { count, .. } = state { *count } else { 0 };
        let count = before.saturating_add(1);
        Some(if count > invariant.tolerate {
            EventKind::Broke { node: id, reason }
        } else {
            EventKind::Missed { node: id, count, reason }
        })
    }

    /// Whether something is to be seen to hold before anything else begins.
    pub(super) fn is_kept_waiting(&self) -> bool {
        self.graph.watches.iter().any(|at| match self.watch(*at) {
            Some(WatchState::Unseen) => self.graph.watch(*at).is_some_and(|watch| !watch.is_late),
            Some(WatchState::Missed { .. }) => true,
            Some(WatchState::Holds { .. } | WatchState::Broken { .. }) | None => false,
        })
    }

    pub(super) fn any_broken(&self) -> bool {
        self.graph.watches.iter().any(|at| matches!(self.watch(*at), Some(WatchState::Broken { .. })))
    }

    /// What was seen before says nothing any more.
    pub(super) fn watch_anew(&mut self) {
        self.soak = None;
        for node in &mut self.nodes {
            if let NodeState::Watch(state) = node {
                *state = WatchState::Unseen;
            }
        }
    }

    /// What is still to come after the last step.
    pub(super) fn soaks(&self, now: Timestamp) -> Soak {
        match (self.graph.soak(), self.soak) {
            (soak, _) if soak.is_zero() => Soak::Over,
            (soak, None) => Soak::Begins { until: now.checked_add(soak).unwrap_or(Timestamp::MAX) },
            (_, Some(until)) if now < until => Soak::GoesOn,
            (_, Some(_)) => Soak::Over,
        }
    }

    /// The moments from which on the same look at an invariant means something else.
    pub(super) fn end_of_soak(&self) -> Option<Timestamp> {
        self.soak
    }
}

/// The longest of these soaks.
pub(crate) fn longest<'w>(watches: impl Iterator<Item = &'w WatchNode>) -> Duration {
    watches.filter_map(|watch| Some(watch.invariant.soak?.node)).max().unwrap_or_default()
}
