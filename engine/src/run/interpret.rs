//! What is to be done for a node, and what came of it.

use std::time::Duration;

use hcxrun_dsl::format_duration;
use jiff::Timestamp;
use petgraph::graph::NodeIndex;

use super::{Active, Activity, Course, EventKind, GateState, Run, StepState, backoff, waited};
use crate::graph::StepNode;
use crate::ids::NodeId;
use crate::look::{Intent, Purpose, Seen, Way};
use crate::premise::Signed;

/// Something to be done. The shell does it, and tells the run what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Look at a step, not before this moment, and again as often as told while nothing comes of it.
    Look {
        /// What for.
        purpose: Purpose,
        /// Not before.
        at: Timestamp,
        /// How often.
        every: Duration,
    },
    /// Send the request of a step that is intended.
    Send,
    /// Ask people, until this moment.
    Ask {
        /// `None`: for ever.
        until: Option<Timestamp>,
    },
}

/// What came of a request that changes something.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It was taken.
    Taken {
        /// The HTTP status.
        status: u16,
        /// The body.
        response: serde_json::Value,
    },
    /// It was refused; the system did nothing.
    Rejected {
        /// What the system said.
        reason: String,
    },
    /// It never left: the system could not be reached.
    NotSent {
        /// What was in the way.
        reason: String,
    },
    /// It left, and nobody knows what became of it.
    Lost {
        /// What broke.
        reason: String,
    },
}

/// How long a system may be out of reach before a step that has sent nothing gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often a request that was seen to have done nothing is sent anew.
pub(crate) const RESENDS: u32 = 3;

impl Run {
    /// What is to be done for a node now; `None` when there is nothing.
    pub fn effect(&self, at: NodeIndex) -> Option<Effect> {
        if let Some(GateState::Open { since, .. }) = self.gate(at) {
            // A run that holds or goes back has nothing to ask.
            if *self.course() != Course::Forward {
                return None;
            }
            return Some(Effect::Ask { until: self.graph.gate(at)?.until(*since) });
        }
        if self.graph.watch(at).is_some() {
            return self.next_look(at);
        }
        let (node, active) = (self.graph.step(at)?, self.step(at)?.active()?);
        let look = |purpose, wait: Duration| Effect::Look {
            purpose,
            at: active.since.checked_add(wait).unwrap_or(active.since),
            every: node.every(),
        };
        Some(match active.activity {
            Activity::Sending => Effect::Send,
            Activity::Looking => look(Purpose::Before(active.way), self.pause(at, node, active)),
            Activity::Polling { .. } => look(Purpose::After(active.way), node.every()),
            Activity::Doubtful => look(Purpose::After(active.way), node.every().min(node.settling())),
        })
    }

    /// The pause before another attempt.
    fn pause(&self, at: NodeIndex, node: &StepNode, active: &Active) -> Duration {
        let again = active.attempt.saturating_sub(1);
        let retry = self.retry(at, active.way);
        let attempt = if again > 0 { backoff(&retry, again, self.seed, &node.id) } else { Duration::ZERO };
        let resend = if active.resent > 0 { Duration::from_secs(1) } else { Duration::ZERO };
        attempt.max(resend)
    }

    /// The moments from which on the same observation of a step means something else.
    pub(crate) fn turning_points(&self, at: NodeIndex) -> impl Iterator<Item = Timestamp> {
        let waits =
            self.graph.step(at).zip(self.step(at).and_then(StepState::active)).map(|(node, active)| {
                let waits = match (&active.activity, active.way) {
                    (Activity::Looking, Way::Change) => [PATIENCE, node.bound()],
                    (Activity::Doubtful, _) => [node.settling(), node.bound().max(node.settling())],
                    _ => [node.bound(); 2],
                };
                waits.map(|wait| active.since.checked_add(wait).unwrap_or(Timestamp::MAX))
            });
        waits.into_iter().flatten().chain(self.end_of_soak().filter(|_| self.graph.watch(at).is_some()))
    }

    /// What an observation of a step means; no event when it is to be looked at again.
    pub fn interpret(&self, at: NodeIndex, seen: Seen, now: Timestamp) -> Vec<EventKind> {
        if self.graph.watch(at).is_some() {
            return self.watched_it(at, seen).into_iter().collect();
        }
        let (Some(node), Some(active)) = (self.graph.step(at), self.step(at).and_then(StepState::active))
        else {
            return Vec::new();
        };
        let event = match active.activity {
            Activity::Looking => self.looked(node, active, seen, now),
            Activity::Polling { .. } => self.polled(node, active, seen, now, None),
            Activity::Doubtful => self.polled(node, active, seen, now, Some(node.settling())),
            Activity::Sending => None,
        };
        event.into_iter().collect()
    }

    fn looked(&self, node: &StepNode, active: &Active, seen: Seen, now: Timestamp) -> Option<EventKind> {
        let (id, way) = (node.id.clone(), active.way);
        let waited = waited(active.since, now);
        match seen {
            Seen::Settled { outputs, evidence } => Some(settled(id, way, &outputs, evidence)),
            Seen::Skip { reason } => Some(EventKind::Skipped { node: id, reason }),
            Seen::Refused { reason } | Seen::Failed { reason } => {
                Some(EventKind::Refused { node: id, way, reason })
            }
            Seen::NoValue { error } => {
                Some(EventKind::Refused { node: id, way, reason: self.graph.told(node, &error) })
            }
            Seen::ByHand { task } => Some(EventKind::Handed { node: id, task }),
            Seen::Ready { intent, .. } if self.is_busy(&intent.touches) => None,
            Seen::Ready { intent, .. } => Some(match self.allowed(node, active, *intent, now) {
                Ok(intent) => EventKind::Intended { node: id, way, intent },
                Err(reason) => EventKind::Refused { node: id, way, reason },
            }),
            Seen::Depends { causes, .. } => {
                let causes: Vec<_> = causes.iter().map(ToString::to_string).collect();
                let reason = format!("it needs {}, which came to nothing", causes.join(", "));
                Some(match way {
                    Way::Change => EventKind::Skipped { node: id, reason },
                    Way::Undo => EventKind::Refused { node: id, way, reason },
                })
            }
            Seen::Blind { reason } => {
                let patience = if way == Way::Undo { node.bound() } else { PATIENCE };
                let reason = format!("{reason} (tried for {})", format_duration(patience));
                (waited >= patience).then_some(match way {
                    Way::Change => EventKind::Refused { node: id, way, reason },
                    Way::Undo => EventKind::Expired { node: id, way, reason },
                })
            }
            Seen::NotYet { trouble, .. } => {
                let bound = if node.action.poll.is_some() { node.bound() } else { Duration::ZERO };
                let why = self.graph.missed(node, trouble.as_ref());
                let after = if bound.is_zero() {
                    String::new()
                } else {
                    format!(" after {}", format_duration(bound))
                };
                (waited >= bound).then(|| EventKind::Refused {
                    node: id,
                    way,
                    reason: format!("{why}{after}"),
                })
            }
        }
    }

    /// The intent of a change that may be sent now, or why it may not: the window does not leave the time for it, or it is
    /// not what was planned.
    fn allowed(
        &self,
        node: &StepNode,
        active: &Active,
        intent: Intent,
        now: Timestamp,
    ) -> Result<Intent, String> {
        if let Some(reason) = self.overrun(node, active, now) {
            return Err(reason);
        }
        let is_first = active.way == Way::Change && active.intent.is_none();
        let Some(plan) = self.plan.as_ref().filter(|_| is_first) else { return Ok(intent) };
        match plan.signed(node, &intent, self.changes > 0) {
            Signed::Yes => Ok(intent),
            Signed::Drifted(drift) => Ok(Intent { drift: Some(drift), ..intent }),
            Signed::No(words) => Err(match self.span {
                Some((first, _)) => format!(
                    "{words}; as planned still at {}, when the run began",
                    first.strftime("%H:%M UTC")
                ),
                None => words,
            }),
        }
    }

    /// Whether another step is changing one of these resources.
    fn is_busy(&self, touches: &[String]) -> bool {
        touches.iter().any(|name| self.held.get(name).is_some_and(|count| *count > 0))
    }

    /// What the answer to a step's request means.
    pub fn answered(&self, at: NodeIndex, answer: Answer) -> Vec<EventKind> {
        let (Some(node), Some(active)) = (self.graph.id(at), self.step(at).and_then(StepState::active))
        else {
            return Vec::new();
        };
        let (node, way) = (node.clone(), active.way);
        vec![match answer {
            Answer::Taken { status, response } => EventKind::Answered { node, way, status, response },
            Answer::Rejected { reason } => EventKind::Rejected { node, way, reason },
            Answer::NotSent { reason } if active.resent >= RESENDS => {
                EventKind::Rejected { node, way, reason }
            }
            Answer::NotSent { .. } => EventKind::Untouched { node, way },
            Answer::Lost { reason } => EventKind::Lost { node, way, reason },
        }]
    }

    /// After the request left: `doubt` is the settling time when nobody knows whether it was taken.
    fn polled(
        &self,
        node: &StepNode,
        active: &Active,
        seen: Seen,
        now: Timestamp,
        doubt: Option<Duration>,
    ) -> Option<EventKind> {
        let (id, way) = (node.id.clone(), active.way);
        let waited = waited(active.since, now);
        let bound = node.bound().max(doubt.unwrap_or(Duration::ZERO));
        let why = match seen {
            Seen::Settled { outputs, .. } => return Some(settled(id, way, &outputs, Vec::new())),
            Seen::Failed { reason } => return Some(EventKind::Failed { node: id, way, reason }),
            Seen::NotYet { untouched: true, .. }
                if doubt.is_some_and(|settling| waited >= settling) && active.resent < RESENDS =>
            {
                return Some(EventKind::Untouched { node: id, way });
            }
            Seen::NotYet { trouble, .. } => trouble.map(|error| self.graph.told(node, &error)),
            Seen::NoValue { error } => Some(self.graph.told(node, &error)),
            Seen::Blind { reason } | Seen::Refused { reason } | Seen::Skip { reason } => Some(reason),
            Seen::Ready { .. } | Seen::Depends { .. } | Seen::ByHand { .. } => None,
        };
        let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
        let lost = active.trouble.as_deref().filter(|_| doubt.is_some());
        let lost = lost.map(|lost| format!("the answer was lost: {lost}; ")).unwrap_or_default();
        let reason = format!("{lost}the wanted state was not seen within {}{why}", format_duration(bound));
        (waited >= bound).then_some(EventKind::Expired { node: id, way, reason })
    }
}

fn settled(node: NodeId, way: Way, outputs: &hcxrun_dsl::Fields, evidence: Vec<String>) -> EventKind {
    let outputs = outputs.iter().map(|(name, value)| (name.to_string(), value.to_tagged())).collect();
    EventKind::Settled { node, way, outputs, evidence }
}
