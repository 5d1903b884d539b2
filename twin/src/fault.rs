//! Faults by rule: which operation, how often, what goes wrong.

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// An operationId of the contract; `*` at its end stands for any rest.
    pub operation: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// So many calls go well first.
    #[serde(default)]
    pub skip: u32,
    /// So many calls go wrong.
    #[serde(default = "once")]
    pub count: u32,
}

fn once() -> u32 {
    1
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The manager says no.
    Refuse,
    /// The connection is cut before anything happened.
    DropBefore,
    /// It happened, and the connection is cut before the answer.
    DropAfter,
    /// The answer comes so many seconds late.
    Delay(u64),
    /// It is accepted, and the job fails later.
    FailJob,
    /// The answer is cut in the middle: no JSON.
    Garbage,
    /// A proxy's error page.
    Html,
    /// The session is over.
    ExpireSession,
}

/// A text that is no rule.
#[derive(Debug, thiserror::Error)]
#[error(
    "write OPERATION=KIND[*COUNT][@SKIP] with KIND refuse, drop-before, drop-after, delay:SECONDS, fail-job, garbage, html or expire-session; {0}"
)]
pub struct FaultError(String);

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let wrong = |what: &str| FaultError(what.to_owned());
        let (operation, rest) = text.split_once('=').ok_or_else(|| wrong("there is no `=`"))?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| wrong("a count is a whole number"));
        let (rest, skip) = match rest.split_once('@') {
            Some((rest, skip)) => (rest, number(skip)?),
            None => (rest, 0),
        };
        let (kind, count) = match rest.split_once('*') {
            Some((kind, count)) => (kind, number(count)?),
            None => (rest, 1),
        };
        let kind = match kind.split_once(':').unwrap_or((kind, "")) {
            ("refuse", _) => FaultKind::Refuse,
            ("drop-before", _) => FaultKind::DropBefore,
            ("drop-after", _) => FaultKind::DropAfter,
            ("delay", seconds) => FaultKind::Delay(number(seconds.trim_end_matches('s'))?.into()),
            ("fail-job", _) => FaultKind::FailJob,
            ("garbage", _) => FaultKind::Garbage,
            ("html", _) => FaultKind::Html,
            ("expire-session", _) => FaultKind::ExpireSession,
            (other, _) => return Err(wrong(&format!("there is no kind `{other}`"))),
        };
        if operation.is_empty() {
            return Err(wrong("no operation is named"));
        }
        Ok(Fault { operation: operation.to_owned(), kind, skip, count })
    }
}

impl Fault {
    fn names(&self, operation: &str) -> bool {
        match self.operation.strip_suffix('*') {
            Some(start) => operation.starts_with(start),
            None => self.operation == operation,
        }
    }

    /// Counts a call; gives what goes wrong with it.
    pub(crate) fn strike(&mut self, operation: &str) -> Option<FaultKind> {
        if !self.names(operation) || self.count == 0 {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.count -= 1;
        Some(self.kind.clone())
    }
}

impl FaultKind {
    /// How late the answer is.
    pub(crate) fn delay(&self) -> Duration {
        match self {
            FaultKind::Delay(seconds) => Duration::from_secs(*seconds),
            _ => Duration::ZERO,
        }
    }
}
