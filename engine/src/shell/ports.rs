//! The three ports of the shell: systems, time, people.

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;

use crate::dispatch::Question;
use crate::run::Said;

/// A future that stays on its thread: one dispatcher drives them all.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Carries requests to systems and answers back. Knows nothing of sessions.
pub trait Transport {
    /// Sends a request and waits for its answer.
    fn send<'a>(&'a self, system: &'a str, request: Wire) -> LocalFuture<'a, Result<WireAnswer, Broken>>;
}

/// A request on the wire.
#[derive(Clone)]
pub struct Wire {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The path with its query, from the `/` on.
    pub path: String,
    /// Headers beside those that the transport sets.
    pub headers: Vec<(String, String)>,
    /// A JSON body.
    pub body: Option<String>,
}

/// An answer off the wire.
#[derive(Debug, Clone)]
pub struct WireAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// No answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The request never left; it may later.
    #[error("{0}")]
    Unreachable(String),
    /// The request never left, and will not until somebody mends something: a certificate, an address.
    #[error("{0}")]
    Misconfigured(String),
    /// The request left, at least in part.
    #[error("{0}")]
    Lost(String),
}

/// Tells the time and waits.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Returns at that moment, at once when it is past.
    fn sleep_until(&self, at: Timestamp) -> LocalFuture<'_, ()>;
}

/// People at hand.
pub trait People {
    /// Asks. No answers: nobody is there, and the run is held.
    fn ask(&self, question: Question) -> LocalFuture<'_, Vec<Said>>;

    /// Returns when somebody wants the run to stop.
    fn interruption(&self) -> LocalFuture<'_, ()>;
}
