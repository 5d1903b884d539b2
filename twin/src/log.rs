//! What the twin was asked.

use jiff::Timestamp;
use serde::Serialize;

use crate::fault::FaultKind;
use crate::http::Endpoint;

/// A request that the twin got. Bodies, headers and tokens are not in it.
#[derive(Debug, Clone, Serialize)]
pub struct LogEntry {
    /// Its number, from 1.
    pub seq: usize,
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
    /// Whether the operation can change the world.
    pub changing: bool,
    /// Whether this call did, or began something that will.
    pub effect: bool,
    /// The status; none: the connection was cut.
    pub status: Option<u16>,
    /// What went wrong by a rule.
    pub fault: Option<FaultKind>,
}
