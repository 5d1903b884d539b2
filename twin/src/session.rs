//! Sessions (`behaviour.md` section 2): opaque tokens that every call renews; 401 without a body on 443.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::User;
use crate::http::{Answer, Body, Endpoint, Port, Refusal, Site};
use crate::world::uid;

const HEADER: &str = "x-hm-authorization";

#[derive(Debug, Clone, Default)]
pub(crate) struct Sessions {
    /// Token to port and the moment at which it ends.
    open: HashMap<String, (Endpoint, Timestamp)>,
    made: u64,
}

pub(crate) fn user(at: Endpoint) -> User {
    let (name, password) = match (at.port, at.site) {
        (Port::Service, Site::Source) => ("administrator@vsphere.local", "source-password"),
        (Port::Service, Site::Cloud) => ("cloudadmin@vsphere.local", "cloud-password"),
        (Port::Appliance, Site::Source) => ("admin", "source-admin-password"),
        (Port::Appliance, Site::Cloud) => ("admin", "cloud-admin-password"),
    };
    User { name: name.to_owned(), password: password.to_owned() }
}

/// How long a session lives without a call.
fn idle(port: Port) -> Duration {
    match port {
        Port::Service => Duration::from_mins(15),
        Port::Appliance => Duration::from_mins(60),
    }
}

pub(crate) fn unauthorized(port: Port) -> Answer {
    match port {
        Port::Service => Answer::empty(401),
        Port::Appliance => {
            let (code, message) = ("INVALID_CREDENTIALS".to_owned(), "sign in first".to_owned());
            Refusal { status: 401, code, message }.answer(port)
        }
    }
}

impl Sessions {
    /// createSession, createAdminSession
    pub(crate) fn open(&mut self, now: Timestamp, at: Endpoint, body: &[u8]) -> Answer {
        let body = match Body::parse(body) {
            Ok(body) => body,
            Err(refusal) => return refusal.answer(at.port),
        };
        let known = user(at);
        let given = |name: &str| body.0.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        if given("username") != Some(known.name) || given("password") != Some(known.password) {
            return unauthorized(at.port);
        }
        self.made += 1;
        let token = uid(&["token", &format!("{at:?}"), &self.made.to_string()]);
        let until = now.checked_add(idle(at.port)).unwrap_or(Timestamp::MAX);
        self.open.insert(token.clone(), (at, until));
        let mut answer = Answer::json(200, &json!({ "success": true }));
        answer.headers.push((HEADER.to_owned(), token));
        answer
    }

    /// Whether a call may pass; renews the session that it is of.
    pub(crate) fn admit(&mut self, now: Timestamp, at: Endpoint, headers: &[(String, String)]) -> bool {
        let token = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(HEADER))
            .map(|(_, token)| token.as_str());
        let Some((place, until)) = token.and_then(|token| self.open.get_mut(token)) else { return false };
        if *place != at || *until < now {
            return false;
        }
        *until = now.checked_add(idle(at.port)).unwrap_or(Timestamp::MAX);
        true
    }

    /// Ends all sessions of a port.
    pub(crate) fn expire(&mut self, at: Endpoint) {
        self.open.retain(|_, (place, _)| *place != at);
    }
}
