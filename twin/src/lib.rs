//! An HCX manager pair to run against: a connector and a cloud manager that share one world.
//!
//! The source of what it does is `openapi.yaml` and `behaviour.md`, and what they mark as inferred is inferred here too.
//! It knows neither the engine nor the standard library, else both could be wrong together. It knows no clock either:
//! whoever asks says what time it is, so four hours pass as fast as somebody says so.
//!
//! ```text
//! scene ─► world ◄── operation ◄── session ◄── fault ◄── request        server: sockets around it
//! ```

mod digest;
mod extension;
mod fault;
mod ha;
mod http;
mod interconnect;
mod inventory;
mod migration;
mod operations;
mod scene;
pub mod server;
mod session;
mod world;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

pub use fault::{Fault, FaultError, FaultKind};
pub use http::{Answer, Endpoint, Port, Reply, Request, Site, Timed};
pub use scene::{
    Durations, ExtensionScene, MeshScene, NetworkScene, ProfileScene, Scene, SceneError, SiteScene, VmScene,
};

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

/// A request that the twin got. Bodies and tokens are not in it.
#[derive(Debug, Clone, Serialize)]
pub struct LogEntry {
    /// When.
    pub at: Timestamp,
    /// Where.
    #[serde(flatten)]
    pub endpoint: Endpoint,
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The operation of the contract.
    pub operation: Option<&'static str>,
    /// Whether the operation changes something.
    pub changing: bool,
    /// Whether this call did.
    pub effect: bool,
    /// The status; none: the connection was cut.
    pub status: Option<u16>,
    /// What went wrong by a rule.
    pub fault: Option<FaultKind>,
}

/// What went on with a request.
struct Went {
    reply: Reply,
    operation: Option<&'static str>,
    changing: bool,
    effect: bool,
    fault: Option<FaultKind>,
}

impl Twin {
    /// A pair in the state of a scene.
    pub fn new(scene: &Scene) -> Self {
        Self { world: World::new(scene), sessions: Sessions::default(), faults: Vec::new(), log: Vec::new() }
    }

    /// Who may sign in at a port.
    pub fn user(&self, at: Endpoint) -> User {
        session::user(at)
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
    pub fn world(&self) -> serde_json::Value {
        digest::world(&self.world)
    }

    /// A hash of [`Twin::world`]: equal for histories that lead to the same state.
    pub fn digest(&self) -> String {
        blake3::hash(self.world().to_string().as_bytes()).to_hex().to_string()
    }

    /// Answers a request that comes at a moment.
    pub fn handle(&mut self, now: Timestamp, at: Endpoint, request: &Request) -> Timed {
        self.world.advance(now);
        let went = self.serve(at, request);
        let status = match &went.reply {
            Reply::Answer(answer) => Some(answer.status),
            Reply::Dropped => None,
        };
        let delay = went.fault.as_ref().map_or(Duration::ZERO, FaultKind::delay);
        self.log.push(LogEntry {
            at: self.world.now,
            endpoint: at,
            method: request.method.clone(),
            path: request.path_and_query.clone(),
            operation: went.operation,
            changing: went.changing,
            effect: went.effect,
            status,
            fault: went.fault,
        });
        (went.reply, delay)
    }

    fn serve(&mut self, at: Endpoint, request: &Request) -> Went {
        let path = request.path_and_query.split('?').next().unwrap_or_default();
        let answer = |reply: Answer| Went {
            reply: Reply::Answer(reply),
            operation: None,
            changing: false,
            effect: false,
            fault: None,
        };
        if let Some(login) = operations::is_login(at.port, &request.method, path) {
            let fault = self.strike(login);
            let reply = match fault.as_ref().and_then(|it| broken(it, at.port)) {
                Some(reply) => reply,
                None => Reply::Answer(self.sessions.open(self.world.now, at, &request.body)),
            };
            return Went { reply, operation: Some(login), changing: false, effect: false, fault };
        }
        if !self.sessions.admit(self.world.now, at, &request.headers) {
            return answer(session::unauthorized(at.port));
        }
        let Some(operation) = operations::find(at.port, &request.method, path) else {
            let refusal = http::Refusal {
                status: 404,
                code: "NOT_FOUND".to_owned(),
                message: format!("the twin serves no {} {path}", request.method),
            };
            return answer(refusal.answer(at.port));
        };
        let fault = self.strike(operation.id);
        let (id, changing) = (operation.id, operation.changing);
        let went =
            |reply, effect| Went { reply, operation: Some(id), changing, effect, fault: fault.clone() };
        if fault == Some(FaultKind::ExpireSession) {
            self.sessions.expire(at);
            return went(Reply::Answer(session::unauthorized(at.port)), false);
        }
        if let Some(reply) = fault.as_ref().and_then(|it| broken(it, at.port)) {
            return went(reply, false);
        }
        let fails = (fault == Some(FaultKind::FailJob)).then(|| "the job failed (injected fault)".to_owned());
        let (answer, effect) = match operations::serve(&mut self.world, at, &operation, &request.body, fails)
        {
            Ok((status, body)) => (Answer::json(status, &body), changing && (200..=206).contains(&status)),
            Err(refusal) => (refusal.answer(at.port), false),
        };
        let dropped = fault == Some(FaultKind::DropAfter);
        went(if dropped { Reply::Dropped } else { Reply::Answer(answer) }, effect)
    }

    fn strike(&mut self, operation: &str) -> Option<FaultKind> {
        self.faults.iter_mut().find_map(|fault| fault.strike(operation))
    }
}

/// What a fault makes of a call before anything happens; `None` when it strikes later.
fn broken(fault: &FaultKind, port: Port) -> Option<Reply> {
    let html = |name: &str| vec![("content-type".to_owned(), name.to_owned())];
    Some(match fault {
        FaultKind::Refuse => {
            let (code, message) = ("INJECTED_FAULT".to_owned(), "refused by an injected fault".to_owned());
            Reply::Answer(http::Refusal { status: 400, code, message }.answer(port))
        }
        FaultKind::DropBefore => Reply::Dropped,
        FaultKind::Garbage => {
            let body = b"{\"items\": [{\"name\": ".to_vec();
            Reply::Answer(Answer { status: 200, headers: html("application/json"), body })
        }
        FaultKind::Html => {
            let body = b"<html><body><h1>502 Bad Gateway</h1></body></html>".to_vec();
            Reply::Answer(Answer { status: 502, headers: html("text/html"), body })
        }
        FaultKind::DropAfter | FaultKind::Delay(_) | FaultKind::FailJob | FaultKind::ExpireSession => {
            return None;
        }
    })
}
