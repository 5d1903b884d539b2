//! Requests and answers.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which of the two sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// The connector's, which initiated the pairing.
    Source,
    /// The cloud manager's.
    Cloud,
}

impl Site {
    /// Both.
    pub const BOTH: [Site; 2] = [Site::Source, Site::Cloud];

    /// As a scene writes it.
    pub fn word(self) -> &'static str {
        match self {
            Site::Source => "source",
            Site::Cloud => "cloud",
        }
    }

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

impl Request {
    /// The first header of this name, in whatever case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What a client gets.
#[derive(Debug, Clone)]
pub enum Reply {
    /// An answer.
    Answer(Answer),
    /// Half of an answer: then the connection is cut.
    Cut(Answer),
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
        Self::text(status, "application/json", &body.to_string())
    }

    pub(crate) fn text(status: u16, kind: &str, body: &str) -> Self {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Self { status, headers, body: body.as_bytes().to_vec() }
    }

    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }
}
