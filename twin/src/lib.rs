//! An HCX manager pair to run against: a connector and a cloud manager that share one world.
//!
//! The source of what it does is `openapi.yaml` and `behaviour.md`, and what they mark as inferred is inferred here too.
//! It knows neither the engine nor the standard library, else both could be wrong together. It knows no clock either:
//! whoever asks says what time it is, so four hours pass as fast as somebody says so.
//!
//! ```text
//! scene ─► world ◄── operation ◄── session ◄── fault ◄── request        server: sockets around it
//! ```
//!
//! An operation stands in `contract.rs`, has its line in `operations.rs`, and a file or function for what it does.

mod about;
mod alert;
mod appliance;
mod capture;
pub mod contract;
mod digest;
mod entity;
mod extension;
mod fault;
mod ha;
mod http;
mod inventory;
mod lag;
mod licence;
mod log;
mod mesh;
mod migration;
mod mobility;
mod net;
mod operations;
mod paging;
mod pairing;
mod profile;
mod refusal;
pub mod scene;
pub mod server;
mod session;
mod snapshot;
mod switch;
mod task;
mod world;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

pub use capture::{CaptureError, CaptureRead, Captured, capture};
pub use fault::{Fault, FaultError, FaultKind};
pub use http::{Answer, Endpoint, Port, Reply, Request, Site, Timed};
pub use log::LogEntry;
pub use scene::{Scene, SceneError, ScenePart};
pub use snapshot::SnapshotError;

use contract::{Effect, Operation};
use fault::Struck;
use operations::Call;
use refusal::{Family, Refusal};
use session::Sessions;
use world::World;

/// Who may sign in at a port.
#[derive(Debug, Clone)]
pub struct User {
    /// The name.
    pub name: String,
    /// The password; it protects nothing.
    pub password: String,
}

/// The pair of managers.
#[derive(Debug, Clone)]
pub struct Twin {
    world: World,
    sessions: Sessions,
    faults: Vec<Fault>,
    log: Vec<LogEntry>,
}

impl Twin {
    /// A pair in the state of a scene.
    pub fn new(scene: &Scene) -> Self {
        let (world, faults) = (World::new(scene), scene.faults.clone());
        Self { world, sessions: Sessions::default(), faults, log: Vec::new() }
    }

    /// Who may sign in at a port.
    pub fn user(&self, at: Endpoint) -> User {
        session::user(&self.world, at)
    }

    /// Adds a rule.
    pub fn add_fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The rules, with what is left of their counts.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Removes all rules.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Requests so far.
    pub fn log(&self) -> &[LogEntry] {
        &self.log
    }

    /// Lets time pass up to a moment.
    pub fn advance(&mut self, now: Timestamp) {
        self.world.advance(now);
    }

    /// The state of the world as an operator would tell it: no times, no sessions, no history.
    pub fn world(&self) -> Value {
        without_nulls(digest::world(&self.world))
    }

    /// A hash of [`Twin::world`]: equal for histories that lead to the same state.
    pub fn digest(&self) -> String {
        blake3::hash(self.world().to_string().as_bytes()).to_hex().to_string()
    }

    /// Equal for worlds from which everything goes on alike after this moment; faults and sessions do not count.
    pub fn fingerprint(&self, now: Timestamp) -> [u8; 32] {
        digest::fingerprint(&self.world, now)
    }

    /// How often anything has changed so far.
    pub fn changes(&self) -> u64 {
        self.world.changes
    }

    /// Until when nothing changes unless a request changes it.
    pub fn is_still_until(&self) -> Timestamp {
        self.world.is_still_until()
    }

    /// Forgets the requests so far.
    pub fn clear_log(&mut self) {
        self.log.clear();
    }

    /// The world with everything that is under way in it, and the rules of faults; neither sessions nor log.
    pub fn snapshot(&self) -> Value {
        snapshot::write(&self.world, &self.faults)
    }

    /// Goes back to a snapshot: what was under way then goes on now. Sessions are over.
    ///
    /// # Errors
    /// The text is no snapshot; nothing has changed then.
    pub fn restore(&mut self, now: Timestamp, snapshot: &str) -> Result<(), SnapshotError> {
        (self.world, self.faults) = snapshot::read(snapshot, now)?;
        self.sessions = Sessions::default();
        Ok(())
    }

    /// Answers a request that comes at a moment. The reply is due after the duration beside it.
    pub fn handle(&mut self, now: Timestamp, at: Endpoint, request: &Request) -> Timed {
        self.world.advance(now);
        let operation = contract::find(at.port, &request.method, &request.path_and_query);
        let admitted = self.is_admitted(at, operation.as_ref(), request);
        let struck = operation.as_ref().filter(|_| admitted).and_then(|it| self.strike(at.site, it.id));
        let changes = self.world.changes;
        let reply = if admitted {
            self.reply(at, operation.as_ref(), request, struck.as_ref())
        } else {
            Reply::Answer(session::unauthorized(at.port))
        };
        let status = match &reply {
            Reply::Answer(answer) => Some(answer.status),
            Reply::Cut(_) | Reply::Dropped => None,
        };
        self.log.push(LogEntry {
            seq: self.log.len() + 1,
            at: self.world.now,
            endpoint: at,
            method: request.method.clone(),
            path: request.path_and_query.clone(),
            operation: operation.as_ref().map(|it| it.id),
            changing: operation.is_some_and(|it| it.effect == Effect::Change),
            effect: self.world.changes > changes,
            status,
            fault: struck.as_ref().map(|it| it.kind),
        });
        (reply, struck.map_or(Duration::ZERO, |it| it.delay()))
    }

    /// Whether a call may pass: it signs in, needs no session, or has one.
    fn is_admitted(&mut self, at: Endpoint, operation: Option<&Operation>, request: &Request) -> bool {
        let is_open = matches!(
            operation.map(|it| it.id),
            Some("createSession" | "createAdminSession" | "getEndpointInfo")
        );
        let user = session::user(&self.world, at);
        is_open || self.sessions.admit(self.world.now, at, &user, request)
    }

    fn reply(
        &mut self,
        at: Endpoint,
        operation: Option<&Operation>,
        request: &Request,
        struck: Option<&Struck>,
    ) -> Reply {
        let family = match (operation, at.port) {
            (Some(operation), _) => operation.family,
            (None, Port::Service) => Family::Service,
            (None, Port::Appliance) => Family::Appliance,
        };
        if struck.is_some_and(|it| it.kind == FaultKind::ExpireSession) {
            self.sessions.expire(at);
            return Reply::Answer(session::unauthorized(at.port));
        }
        if let Some(reply) = struck.and_then(|it| broken(it, family)) {
            return reply;
        }
        let answer = self.answer(at, operation, request, struck).unwrap_or_else(|no| no.answer(family));
        match struck.map(|it| it.kind) {
            Some(FaultKind::DropAfter) => Reply::Dropped,
            // Of nothing there is no half.
            Some(FaultKind::Cut) if answer.body.is_empty() => Reply::Dropped,
            Some(FaultKind::Cut) => Reply::Cut(answer),
            _ => Reply::Answer(answer),
        }
    }

    fn answer(
        &mut self,
        at: Endpoint,
        operation: Option<&Operation>,
        request: &Request,
        struck: Option<&Struck>,
    ) -> Result<Answer, Refusal> {
        match operation.map(|it| it.id) {
            Some("createSession" | "createAdminSession") => {
                let user = session::user(&self.world, at);
                return Ok(self.sessions.open(self.world.now, at, &user, request));
            }
            Some("getEndpointInfo") => return Ok(self.world.endpoint_info(at.site)),
            Some("deleteSession") => return Ok(self.sessions.close(request)),
            _ => {}
        }
        let Some(operation) = operation else {
            let path = request.path_and_query.split('?').next().unwrap_or_default();
            return refusal::refuse(404, "NOT_FOUND", format!("there is no {} {path}", request.method));
        };
        let fails = struck.and_then(Struck::failure);
        let call = Call { site: at.site, operation, request, fails };
        let (status, body) = operations::serve(&mut self.world, call)?;
        self.world.watch();
        Ok(Answer::json(status, &without_nulls(body)))
    }

    /// A token of a session that is opened for it.
    #[cfg(test)]
    fn signed_in(&mut self, at: Endpoint) -> String {
        let user = self.user(at);
        let body = serde_json::json!({ "username": user.name, "password": user.password }).to_string();
        let request = Request {
            method: "POST".to_owned(),
            path_and_query: String::new(),
            headers: Vec::new(),
            body: body.into_bytes(),
        };
        let answer = self.sessions.open(self.world.now, at, &user, &request);
        answer.headers.into_iter().find(|(name, _)| name.starts_with("x-hm")).unwrap().1
    }

    fn strike(&mut self, site: Site, operation: &str) -> Option<Struck> {
        self.faults.iter_mut().find_map(|fault| fault.strike(site, operation))
    }
}

/// What is not there is left out, as in the contract, and not null.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        Value::Object(fields) => {
            let there = fields.into_iter().filter(|(_, value)| !value.is_null());
            there.map(|(name, value)| (name, without_nulls(value))).collect()
        }
        other => other,
    }
}

/// What a fault makes of a call before anything happens; `None` when it strikes later.
fn broken(fault: &Struck, family: Family) -> Option<Reply> {
    Some(match fault.kind {
        FaultKind::Refuse(status) => {
            let message = fault.message("refused by an injected fault");
            Reply::Answer(Refusal { status, code: "INJECTED_FAULT".to_owned(), message }.answer(family))
        }
        FaultKind::DropBefore => Reply::Dropped,
        FaultKind::Garbage => {
            Reply::Answer(Answer::text(200, "application/json", "{\"items\": [{\"name\": "))
        }
        FaultKind::Html => {
            let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
            Reply::Answer(Answer::text(502, "text/html", page))
        }
        FaultKind::SsoStarting => Reply::Answer(session::not_ready()),
        FaultKind::DropAfter
        | FaultKind::Cut
        | FaultKind::Delay(_)
        | FaultKind::FailJob
        | FaultKind::FailLate
        | FaultKind::FailItems
        | FaultKind::LoseTask
        | FaultKind::ExpireSession => return None,
    })
}
