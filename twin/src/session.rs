//! Sessions (`behaviour.md` section 2): opaque tokens that every call renews; 401 without a body on 443.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::User;
use crate::http::{Answer, Endpoint, Port, Request, Site};
use crate::refusal::{Family, Refusal, body};
use crate::world::{World, uid};

const HEADER: &str = "x-hm-authorization";

#[derive(Debug, Clone, Default)]
pub(crate) struct Sessions {
    /// Token to port and the moment at which it ends.
    open: HashMap<String, (Endpoint, Timestamp)>,
    made: u64,
}

/// The body of createSession and createAdminSession.
#[derive(Deserialize)]
struct Login {
    username: String,
    password: String,
}

/// Who may sign in at a port: as the scene has it, or the usual one.
pub(crate) fn user(world: &World, at: Endpoint) -> User {
    let scene = &world.site(at.site).scene;
    let known = match at.port {
        Port::Service => scene.user.as_ref(),
        Port::Appliance => scene.admin.as_ref(),
    };
    let (name, password) = match (known, at.port, at.site) {
        (Some(known), ..) => (known.name.as_str(), known.password.as_str()),
        (None, Port::Service, Site::Source) => ("administrator@vsphere.local", "source-password"),
        (None, Port::Service, Site::Cloud) => ("cloudadmin@vsphere.local", "cloud-password"),
        (None, Port::Appliance, Site::Source) => ("admin", "source-admin-password"),
        (None, Port::Appliance, Site::Cloud) => ("admin", "cloud-admin-password"),
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
            Refusal { status: 401, code, message }.answer(Family::Appliance)
        }
    }
}

/// What a sign-in gets while SSO starts after a boot: XML, whatever port 443 answers otherwise (section 2; the status and the
/// names of the elements are inferred).
pub(crate) fn not_ready() -> Answer {
    let body = "<errors><error><message>The trusted root certificates are empty</message></error></errors>";
    Answer::text(500, "application/xml", body)
}

fn token(request: &Request) -> Option<&str> {
    request.header(HEADER)
}

impl Sessions {
    /// createSession, createAdminSession
    pub(crate) fn open(&mut self, now: Timestamp, at: Endpoint, known: &User, request: &Request) -> Answer {
        let login: Login = match body(&request.body) {
            Ok(login) => login,
            Err(refusal) => {
                // What was sent is not repeated: it may be a password in the wrong place.
                let refusal = Refusal { message: "username and password are needed".to_owned(), ..refusal };
                let family = if at.port == Port::Service { Family::Service } else { Family::Appliance };
                return refusal.answer(family);
            }
        };
        if login.username != known.name || login.password != known.password {
            return unauthorized(at.port);
        }
        self.made += 1;
        let token = uid(&["token", &format!("{at:?}"), &self.made.to_string()]);
        let until = now.checked_add(idle(at.port)).unwrap_or(Timestamp::MAX);
        self.open.retain(|_, (_, until)| *until >= now);
        self.open.insert(token.clone(), (at, until));
        let body =
            json!({ "success": true, "completed": true, "data": { "user": { "username": known.name } } });
        let mut answer = Answer::json(200, &body);
        answer.headers.push((HEADER.to_owned(), token));
        answer
    }

    /// deleteSession (inferred): ends the session of the call
    pub(crate) fn close(&mut self, request: &Request) -> Answer {
        token(request).iter().for_each(|token| {
            self.open.remove(*token);
        });
        Answer::empty(204)
    }

    /// Whether a call may pass; renews the session that it is of. Port 9443 takes basic authentication as well.
    pub(crate) fn admit(&mut self, now: Timestamp, at: Endpoint, known: &User, request: &Request) -> bool {
        let is_basic = |header: &str| header.strip_prefix("Basic ").map(str::trim) == Some(&basic(known));
        if at.port == Port::Appliance && request.header("authorization").is_some_and(is_basic) {
            return true;
        }
        let Some((place, until)) = token(request).and_then(|token| self.open.get_mut(token)) else {
            return false;
        };
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

/// Name and password as HTTP basic authentication has them: base64.
fn basic(user: &User) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = format!("{}:{}", user.name, user.password).into_bytes();
    let encode = |chunk: &[u8]| {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let letter = |n: usize| {
            let at = usize::try_from(bits >> (18 - 6 * n) & 63).unwrap_or(0);
            if n <= chunk.len() { LETTERS.get(at).map_or('=', |it| char::from(*it)) } else { '=' }
        };
        [letter(0), letter(1), letter(2), letter(3)]
    };
    bytes.chunks(3).flat_map(encode).collect()
}
