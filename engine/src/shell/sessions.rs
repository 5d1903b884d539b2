//! Sessions as an `api` declares them: sign in, carry the header, sign in again when told to.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::lock::Mutex;
use hcxrun_dsl::eval::{Context, EvalError, Read, ReadFailure, Reads, Scope, whole_path};
use hcxrun_dsl::syntax::Api;
use hcxrun_dsl::{Fields, Value};

use super::ports::{Broken, Transport, Wire, WireAnswer};
use crate::look::Request;
use crate::run::Answer;

/// One system of a runbook.
#[derive(Debug, Clone)]
pub struct SystemConfig {
    /// How to talk to it.
    pub api: Api,
    /// The api's inputs: `url`, who signs in, …; checked against their types.
    pub inputs: Fields,
}

/// All systems of a runbook, with their sessions.
pub struct Systems<'a> {
    transport: &'a dyn Transport,
    systems: BTreeMap<String, System>,
}

struct System {
    config: SystemConfig,
    /// The headers of the session; `None` before the sign-in.
    session: RefCell<Option<Headers>>,
    /// Held while somebody signs in, so that many requests at once make one session.
    door: Mutex<()>,
    /// How many sign-ins have failed, and why the last one did: whoever waited meanwhile does not try the same again, because
    /// too many wrong passwords lock a user out.
    failures: Cell<u64>,
    failed: RefCell<Option<Trouble>>,
}

/// What a session adds to every request.
pub(crate) type Headers = Arc<Vec<(String, String)>>;

/// Why a request has no usable answer.
#[derive(Debug, Clone)]
enum Trouble {
    /// It never left, and may later.
    Unreachable(String),
    /// It never left, or was turned away; the same again would end the same.
    Refused(String),
    /// It left.
    Lost(String),
}

struct Reply {
    status: u16,
    /// What the body says; `Err` when it is no JSON.
    body: Result<Value, String>,
}

impl Reply {
    /// Whether nobody can tell from it what the system did.
    fn is_unclear(&self) -> bool {
        self.status >= 500 || (self.status < 300 && self.body.is_err())
    }
}

impl<'a> Systems<'a> {
    /// Systems behind a transport.
    pub fn new(transport: &'a dyn Transport, systems: BTreeMap<String, SystemConfig>) -> Self {
        let system = |config| System {
            config,
            session: RefCell::new(None),
            door: Mutex::new(()),
            failures: Cell::new(0),
            failed: RefCell::new(None),
        };
        Self {
            transport,
            systems: systems.into_iter().map(|(name, config)| (name, system(config))).collect(),
        }
    }

    /// The sessions that are open.
    pub(crate) fn sessions(&self) -> BTreeMap<String, Headers> {
        let open = |(name, system): (&String, &System)| {
            Some((name.clone(), system.session.borrow().as_ref().map(Arc::clone)?))
        };
        self.systems.iter().filter_map(open).collect()
    }

    /// Goes on with these sessions, and no others.
    pub(crate) fn take_up(&self, mut sessions: BTreeMap<String, Headers>) {
        for (name, system) in &self.systems {
            system.session.replace(sessions.remove(name));
        }
    }

    /// Makes a read.
    pub async fn read(&self, read: &Read) -> Result<Value, ReadFailure> {
        let (system, method, path, body) = match read {
            Read::Get { system, path } => (system, "GET", path, None),
            Read::Query { system, path, body } => (system, "POST", path, Some(body.to_string())),
            Read::File { path, .. } => {
                let message = format!("the file {path} was not read before the run");
                return Err(ReadFailure { message, passing: false });
            }
        };
        let reply = self.request(system, method, path, body).await.map_err(|trouble| match trouble {
            Trouble::Unreachable(message) | Trouble::Lost(message) => ReadFailure { message, passing: true },
            Trouble::Refused(message) => ReadFailure { message, passing: false },
        })?;
        let passing = reply.is_unclear();
        self.judge(system, &reply)
            .cloned()
            .map_err(|message| ReadFailure { message: self.scrub(system, message), passing })
    }

    /// Sends a change, once.
    pub async fn change(&self, request: &Request) -> Answer {
        let body = request.body.as_ref().map(|body| body.to_wire().to_string());
        let system = &request.system;
        let reply = match self.request(system, request.method.as_str(), &request.path, body).await {
            Ok(reply) => reply,
            Err(Trouble::Unreachable(reason)) => return Answer::NotSent { reason },
            Err(Trouble::Refused(reason)) => return Answer::Rejected { reason },
            Err(Trouble::Lost(reason)) => return Answer::Lost { reason },
        };
        let status = reply.status;
        match self.judge(system, &reply) {
            Ok(response) => Answer::Taken { status, response: response.to_json() },
            // Whether a system that answers like this did anything, it alone knows.
            Err(reason) if reply.is_unclear() => Answer::Lost { reason: self.scrub(system, reason) },
            Err(reason) => Answer::Rejected { reason: self.scrub(system, reason) },
        }
    }

    /// What a reply says: its body, or what is wrong. A 2xx that carries errors is no success.
    fn judge<'r>(&self, system: &str, reply: &'r Reply) -> Result<&'r Value, String> {
        let status = reply.status;
        let body = reply.body.as_ref().map_err(|what| format!("HTTP {status}, and {what}"))?;
        match (self.error_in(system, body), (200..300).contains(&status)) {
            (None, true) => Ok(body),
            (Some(text), true) => Err(text),
            (Some(text), false) => Err(format!("HTTP {status}: {text}")),
            (None, false) => Err(format!("HTTP {status}")),
        }
    }

    /// What the api's `error` makes of a body; `None` when nothing is wrong.
    fn error_in(&self, system: &str, body: &Value) -> Option<String> {
        let config = &self.systems.get(system)?.config;
        let names = Fields::from([(Arc::from("response"), body.clone())]);
        let reads = Reads::default();
        let text =
            Context::prose(&reads).evaluate(config.api.error.as_ref()?, &Scope::values(&names)).ok()?;
        let text = match text {
            Value::Text(text) => text.trim().to_owned(),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// A system may say back what it was told: secrets do not get any further.
    fn scrub(&self, system: &str, text: String) -> String {
        let inputs = self.systems.get(system).map(|system| &system.config.inputs);
        inputs.into_iter().flatten().fold(text, |text, (_, value)| match value {
            Value::Secret(secret) if !secret.expose().is_empty() => text.replace(secret.expose(), "***"),
            _ => text,
        })
    }

    async fn request(
        &self,
        name: &str,
        method: &'static str,
        path: &str,
        body: Option<String>,
    ) -> Result<Reply, Trouble> {
        let Some(system) = self.systems.get(name) else {
            return Err(Trouble::Refused(format!("nobody said where {name} is")));
        };
        let session = self.session(name, system).await?;
        let wire = |headers: &Headers| Wire {
            method,
            path: path.to_owned(),
            headers: headers.as_ref().clone(),
            body: body.clone(),
        };
        let answer = self.transport.send(name, wire(&session)).await.map_err(trouble)?;
        tracing::debug!(system = name, method, path, status = answer.status, "answered");
        if !system.config.api.again_on.iter().any(|status| status.node == answer.status) {
            return Ok(reply(&answer));
        }
        tracing::info!(system = name, status = answer.status, "the session is over");
        // The answer came whole and says that the session is over: the request was not carried out.
        let is_same = |now: &Option<Headers>| now.as_ref().is_some_and(|now| Arc::ptr_eq(now, &session));
        if is_same(&system.session.borrow()) {
            system.session.replace(None);
        }
        let session = self.session(name, system).await?;
        Ok(reply(&self.transport.send(name, wire(&session)).await.map_err(trouble)?))
    }

    /// The headers of the session, after signing in when there is none.
    async fn session(&self, name: &str, system: &System) -> Result<Headers, Trouble> {
        let failures = system.failures.get();
        let _door = system.door.lock().await;
        if let Some(headers) = &*system.session.borrow() {
            return Ok(Arc::clone(headers));
        }
        if let (true, Some(trouble)) = (system.failures.get() > failures, &*system.failed.borrow()) {
            return Err(trouble.clone());
        }
        let headers = Arc::new(self.sign_in(name, &system.config).await.inspect_err(|trouble| {
            system.failures.set(system.failures.get() + 1);
            system.failed.replace(Some(trouble.clone()));
        })?);
        tracing::info!(system = name, "signed in");
        system.session.replace(Some(Arc::clone(&headers)));
        Ok(headers)
    }

    async fn sign_in(&self, name: &str, config: &SystemConfig) -> Result<Vec<(String, String)>, Trouble> {
        let reads = Reads::default();
        let context = Context::new(&reads);
        let refused = |error: EvalError| Trouble::Refused(format!("{name}: {error}"));
        let mut names = config.inputs.clone();
        if let Some(login) = &config.api.login {
            let scope = Scope::values(&names);
            let path = context.evaluate(&login.path, &scope).map_err(refused)?.to_string();
            whole_path(&path, login.path.span).map_err(refused)?;
            let body = login
                .body
                .as_ref()
                .map(|body| context.evaluate(body, &scope))
                .transpose()
                .map_err(refused)?;
            let body = body.map(|body| body.to_wire().to_string());
            let wire = Wire { method: login.method.node.as_str(), path, headers: Vec::new(), body };
            // Signing in changes nothing, so a lost answer to it is no more than a system out of reach.
            let answer = self.transport.send(name, wire).await.map_err(|broken| match trouble(broken) {
                Trouble::Lost(why) => Trouble::Unreachable(why),
                other => other,
            })?;
            names.insert(Arc::from("login"), self.signed_in(name, config, &answer)?);
        }
        let scope = Scope::values(&names);
        let headers = config.api.headers.iter().map(|(header, value)| {
            let value = context.evaluate(value, &scope).map_err(refused)?;
            let value = match &value {
                Value::Secret(secret) => secret.expose().to_owned(),
                other => other.to_string(),
            };
            Ok((header.node.to_string(), value))
        });
        headers.collect()
    }

    /// What `login` is worth after the answer to the sign-in.
    fn signed_in(&self, name: &str, config: &SystemConfig, answer: &WireAnswer) -> Result<Value, Trouble> {
        let reply = reply(answer);
        let who = match config.inputs.get("username") {
            Some(Value::Text(user)) => format!(" of {user}"),
            _ => String::new(),
        };
        match reply.status {
            200..300 => {}
            401 | 403 => {
                return Err(Trouble::Refused(format!(
                    "{name} refused the sign-in{who} (HTTP {}): user or password is wrong",
                    reply.status
                )));
            }
            // A system that has just started may not be ready to let anybody in, and say so in any form.
            status => {
                let judged = self.judge(name, &reply);
                let why = judged.err().unwrap_or_else(|| format!("HTTP {status}"));
                return Err(Trouble::Unreachable(format!(
                    "{name} did not open a session{who}: {}",
                    self.scrub(name, why)
                )));
            }
        }
        let headers = answer.headers.iter().map(|(name, value)| {
            (Arc::from(name.as_str()), Value::Secret(hcxrun_dsl::Secret::new(value.as_str())))
        });
        let body = reply.body.unwrap_or(Value::NULL);
        Ok(Value::record(Fields::from([
            (Arc::from("status"), Value::int(reply.status.into())),
            (Arc::from("headers"), Value::record(headers.collect())),
            (Arc::from("body"), body),
        ])))
    }
}

fn trouble(broken: Broken) -> Trouble {
    match broken {
        Broken::Unreachable(why) => Trouble::Unreachable(why),
        Broken::Misconfigured(why) => Trouble::Refused(why),
        Broken::Lost(why) => Trouble::Lost(why),
    }
}

fn reply(answer: &WireAnswer) -> Reply {
    let body = if answer.body.is_empty() {
        Ok(Value::NULL)
    } else {
        Value::parse_json(&answer.body).map_err(|_| {
            let start: String = String::from_utf8_lossy(&answer.body).chars().take(40).collect();
            format!("the body is no JSON (it starts with `{}`)", start.escape_debug())
        })
    };
    Reply { status: answer.status, body }
}
