//! The twin as the stage of a rehearsal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hcxrun_engine::rehearse::{Fault, Stage};
use hcxrun_engine::{Broken, Wire, WireAnswer};
use hcxrun_twin::{Endpoint, FaultKind, Twin, contract};
use jiff::Timestamp;

use crate::embedded;

/// A twin that can be copied, with the fault that is to come.
#[derive(Clone)]
pub(crate) struct TwinStage {
    twin: Twin,
    endpoints: Arc<BTreeMap<String, Endpoint>>,
    /// The fault to come, and how many requests pass before it.
    armed: Option<(Fault, usize)>,
    struck: bool,
    /// What is out of reach.
    down: Option<Endpoint>,
    /// How many requests met that.
    missed: usize,
    /// How many requests took effect.
    effects: usize,
}

/// Longer than anything in a twin takes.
const LONG: Duration = Duration::from_secs(7 * 24 * 3600);

impl TwinStage {
    pub(crate) fn new(twin: Twin, endpoints: BTreeMap<String, Endpoint>) -> Self {
        Self {
            twin,
            endpoints: Arc::new(endpoints),
            armed: None,
            struck: false,
            down: None,
            missed: 0,
            effects: 0,
        }
    }

    /// Lets the fault strike a request when its turn has come and it can.
    fn strike(&mut self, at: Option<Endpoint>, wire: &Wire) -> Option<FaultKind> {
        let (fault, skip) = self.armed.take()?;
        if let Some(rest) = skip.checked_sub(1) {
            self.armed = Some((fault, rest));
            return None;
        }
        let changing = contract::of(wire.method, &wire.path).is_some_and(|it| it.changing);
        let signs_in = contract::of(wire.method, &wire.path).is_some_and(|it| it.id.ends_with("Session"));
        let kind = match fault {
            Fault::Refused => FaultKind::Refuse(400),
            Fault::LostBefore => FaultKind::DropBefore,
            Fault::LostAfter => FaultKind::DropAfter,
            Fault::Partly if changing => FaultKind::FailLate,
            Fault::FailsLater if changing => FaultKind::FailJob,
            Fault::SessionOver if !signs_in => FaultKind::ExpireSession,
            Fault::Unreachable => {
                self.down = at;
                self.struck = true;
                return None;
            }
            Fault::Partly | Fault::FailsLater | Fault::SessionOver => return None,
        };
        Some(kind)
    }
}

impl Stage for TwinStage {
    fn send(
        &mut self,
        system: &str,
        request: Wire,
        now: Timestamp,
    ) -> (Result<WireAnswer, Broken>, Duration) {
        let at = self.endpoints.get(system).copied();
        let kind = self.strike(at, &request);
        if self.down.is_some() && self.down == at {
            self.missed += 1;
            return (Err(Broken::Unreachable("connection refused".to_owned())), Duration::ZERO);
        }
        if let Some(kind) = kind {
            self.twin.add_fault(kind.once());
        }
        let came = embedded::ask(&mut self.twin, &self.endpoints, system, request, now);
        if kind.is_some() {
            self.struck = self.twin.faults().last().is_some_and(|it| it.count == 0);
            self.twin.clear_faults();
        }
        self.effects += self.twin.log().iter().filter(|entry| entry.effect).count();
        self.twin.clear_log();
        came
    }

    fn arm(&mut self, fault: Fault, skip: usize) {
        self.armed = Some((fault, skip));
        self.struck = false;
    }

    fn is_struck(&self) -> bool {
        self.struck
    }

    fn missed(&self) -> usize {
        self.missed
    }

    fn is_calm(&self) -> bool {
        self.armed.is_none() && self.down.is_none()
    }

    fn effects(&self) -> usize {
        self.effects
    }

    fn changes(&self) -> u64 {
        self.twin.changes()
    }

    fn is_still_until(&self) -> Timestamp {
        self.twin.is_still_until()
    }

    fn heal(&mut self) {
        (self.armed, self.down) = (None, None);
    }

    fn settle(&mut self, now: Timestamp) {
        self.twin.advance(now.checked_add(LONG).unwrap_or(Timestamp::MAX));
    }

    fn digest(&self) -> String {
        self.twin.digest()
    }

    fn fingerprint(&self, now: Timestamp) -> Vec<u8> {
        let mut bytes = self.twin.fingerprint(now).to_vec();
        bytes.extend(format!("{:?} {:?}", self.armed, self.down).into_bytes());
        bytes
    }
}
