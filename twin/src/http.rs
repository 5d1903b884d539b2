//! Requests and answers, and the shapes in which a manager says no (`behaviour.md` section 3).

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

/// Which of the two sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// The connector's, which initiated the pairing.
    Source,
    /// The cloud manager's.
    Cloud,
}

impl Site {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Site {
        match self {
            Site::Source => Site::Cloud,
            Site::Cloud => Site::Source,
        }
    }
}

/// Which port of a manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Port {
    /// 443
    Service,
    /// 9443
    Appliance,
}

/// A port of a manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Endpoint {
    /// The site.
    pub site: Site,
    /// The port.
    pub port: Port,
}

/// What a client sends.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// From the `/` on.
    pub path_and_query: String,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: Vec<u8>,
}

/// What a client gets.
#[derive(Debug, Clone)]
pub enum Reply {
    /// An answer.
    Answer(Answer),
    /// Nothing: the connection is cut.
    Dropped,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A reply and how long it takes to come.
pub type Timed = (Reply, Duration);

impl Answer {
    /// A JSON answer.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes() }
    }

    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }
}

/// Why a manager does not do what it is told.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// What an operation gives back: status and body.
pub(crate) type Served = Result<(u16, Value), Refusal>;

pub(crate) fn refuse<T>(status: u16, code: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { status, code: code.to_owned(), message: message.into() })
}

impl Refusal {
    /// In the shape of the port that it comes from.
    pub(crate) fn answer(&self, port: Port) -> Answer {
        let body = match port {
            Port::Service => json!({ "errors": [{ "code": self.code, "message": self.message }] }),
            Port::Appliance => json!({ "success": false, "errorCode": self.code, "error": self.message }),
        };
        Answer::json(self.status, &body)
    }
}

/// The parts of a body, taken as the contract has them; what is missing is a 400.
pub(crate) struct Body(pub(crate) Value);

impl Body {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.is_empty() {
            return Ok(Body(Value::Null));
        }
        match serde_json::from_slice(bytes) {
            Ok(value) => Ok(Body(value)),
            Err(error) => refuse(400, "MALFORMED_JSON", format!("the body is no JSON: {error}")),
        }
    }

    /// The text at a JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> Result<&str, Refusal> {
        match self.0.pointer(pointer).and_then(Value::as_str) {
            Some(text) => Ok(text),
            None => refuse(400, "INVALID_REQUEST", format!("`{pointer}` is missing or no text")),
        }
    }

    /// The list at a JSON pointer.
    pub(crate) fn list(&self, pointer: &str) -> Result<&Vec<Value>, Refusal> {
        match self.0.pointer(pointer).and_then(Value::as_array) {
            Some(list) if !list.is_empty() => Ok(list),
            _ => refuse(400, "INVALID_REQUEST", format!("`{pointer}` is missing, empty or no list")),
        }
    }
}
