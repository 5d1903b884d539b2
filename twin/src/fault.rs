//! Faults by rule: which operation, how often, what goes wrong.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::http::Site;
use crate::refusal::{Refusal, refuse};

/// One rule. As a text: `[SITE:]OPERATION=KIND[*COUNT][@SKIP][ MESSAGE]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fault {
    /// On one site alone.
    pub site: Option<Site>,
    /// An operationId of the contract; `*` at its end stands for any rest.
    pub operation: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// So many calls go well first.
    pub skip: u32,
    /// So many calls go wrong.
    pub count: u32,
    /// What a refusal or a failed job says.
    pub message: Option<String>,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The manager says no, with this status.
    Refuse(u16),
    /// The connection is cut before anything happened.
    DropBefore,
    /// It happened, and the connection is cut before the answer.
    DropAfter,
    /// The answer comes so many seconds late.
    Delay(u64),
    /// It is accepted, and the job fails later, before anything came of it.
    FailJob,
    /// It is accepted, and the job fails when it has had its effect.
    FailLate,
    /// Of a call with several items all but the first are refused.
    FailItems,
    /// It is accepted, and its task or job vanishes, as in a restart of the manager: what it was about stays under way until a
    /// resync of the mesh (`behaviour.md` section 13).
    LoseTask,
    /// It happened, and the connection is cut in the middle of the answer.
    Cut,
    /// The body of the answer is no whole JSON.
    Garbage,
    /// A proxy's error page.
    Html,
    /// The session is over.
    ExpireSession,
    /// Nobody can sign in yet: the manager has just booted (`behaviour.md` section 2).
    SsoStarting,
}

impl FaultKind {
    /// The next call that it can strike.
    pub fn once(self) -> Fault {
        Fault { site: None, operation: "*".to_owned(), kind: self, skip: 0, count: 1, message: None }
    }
}

/// What becomes of something that is accepted and then fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// Before anything came of it.
    Early,
    /// When it has had its effect.
    Late,
    /// It vanishes, and what it was about stays as it was meanwhile.
    Lost,
    /// All of its items but the first are refused; early, where a call has no items.
    Items,
}

impl Failure {
    /// What becomes of an item of a call with several: how it fails later, or why it is refused at once.
    pub(crate) fn of_item(fails: Option<&Failure>, nth: usize) -> Result<Option<Failure>, Refusal> {
        match fails {
            Some(it) if it.how == How::Items && nth > 0 => refuse(400, "INJECTED_FAULT", it.message.clone()),
            Some(it) if it.how == How::Items => Ok(None),
            other => Ok(other.cloned()),
        }
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Failure { message, how: How::Early }
    }
}

/// A text that is no rule.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FaultError(String);

impl FaultError {
    /// How a rule is written.
    pub const FORM: &str = "a fault is [SITE:]OPERATION=KIND[*COUNT][@SKIP][ MESSAGE] with SITE source or cloud and KIND refuse[:STATUS], drop-before, drop-after, delay:SECONDS, fail-job, fail-late, fail-items, lose-task, cut, garbage, html, expire-session or sso-starting";
}

fn wrong<T>(what: impl Into<String>) -> Result<T, FaultError> {
    Err(FaultError(what.into()))
}

fn number<T: FromStr>(text: &str) -> Result<T, FaultError> {
    text.parse().or_else(|_| wrong(format!("`{text}` is no whole number that fits")))
}

/// Whether the contract has such an operation; if not, which one was probably meant.
fn is_known(named: &str) -> Result<(), FaultError> {
    let mut all = crate::contract::all().map(|it| it.id);
    let found = match named.strip_suffix('*') {
        _ if named.is_empty() => return wrong("no operation is named"),
        Some(start) => all.any(|id| id.starts_with(start)),
        None => all.any(|id| id == named),
    };
    if found {
        return Ok(());
    }
    let distance = |id: &&str| strsim::osa_distance(&id.to_lowercase(), &named.to_lowercase());
    match crate::contract::all().map(|it| it.id).min_by_key(distance).filter(|id| distance(id) <= 3) {
        Some(near) => wrong(format!("there is no operation `{named}`: did you mean `{near}`?")),
        None => wrong(format!("there is no operation `{named}` in the contract")),
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let Some((named, rest)) = text.split_once('=') else { return wrong("there is no `=`") };
        let (site, operation) = match named.split_once(':') {
            Some(("source", operation)) => (Some(Site::Source), operation),
            Some(("cloud", operation)) => (Some(Site::Cloud), operation),
            Some((other, _)) => return wrong(format!("there is no site `{other}`")),
            None => (None, named),
        };
        is_known(operation)?;
        let (rest, message) = match rest.split_once(' ') {
            Some((rest, message)) => (rest, Some(message.trim().to_owned())),
            None => (rest, None),
        };
        let (rest, skip) =
            rest.split_once('@').map_or(Ok((rest, 0)), |(rest, it)| Ok((rest, number(it)?)))?;
        let (kind, count) =
            rest.split_once('*').map_or(Ok((rest, 1)), |(rest, it)| Ok((rest, number(it)?)))?;
        let kind = kind.parse()?;
        if kind == FaultKind::SsoStarting && operation != "createSession" {
            return wrong("`sso-starting` strikes createSession alone");
        }
        Ok(Fault { site, operation: operation.to_owned(), kind, skip, count, message })
    }
}

impl FromStr for FaultKind {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        Ok(match text.split_once(':').unwrap_or((text, "")) {
            ("refuse", "") => FaultKind::Refuse(400),
            ("refuse", status) => match number(status)? {
                status @ 400..=599 => FaultKind::Refuse(status),
                other => return wrong(format!("a refusal has a status from 400 to 599, not {other}")),
            },
            ("delay", seconds) => FaultKind::Delay(number(seconds.trim_end_matches('s'))?),
            ("drop-before", "") => FaultKind::DropBefore,
            ("drop-after", "") => FaultKind::DropAfter,
            ("fail-job", "") => FaultKind::FailJob,
            ("fail-late", "") => FaultKind::FailLate,
            ("fail-items", "") => FaultKind::FailItems,
            ("lose-task", "") => FaultKind::LoseTask,
            ("cut", "") => FaultKind::Cut,
            ("garbage", "") => FaultKind::Garbage,
            ("html", "") => FaultKind::Html,
            ("expire-session", "") => FaultKind::ExpireSession,
            ("sso-starting", "") => FaultKind::SsoStarting,
            _ => return wrong(format!("there is no kind `{text}`")),
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(site) = self.site {
            write!(f, "{}:", site.word())?;
        }
        write!(f, "{}={}*{}@{}", self.operation, self.kind, self.count, self.skip)?;
        self.message.iter().try_for_each(|message| write!(f, " {message}"))
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultKind::Refuse(status) => write!(f, "refuse:{status}"),
            FaultKind::Delay(seconds) => write!(f, "delay:{seconds}s"),
            FaultKind::DropBefore => f.write_str("drop-before"),
            FaultKind::DropAfter => f.write_str("drop-after"),
            FaultKind::FailJob => f.write_str("fail-job"),
            FaultKind::FailLate => f.write_str("fail-late"),
            FaultKind::FailItems => f.write_str("fail-items"),
            FaultKind::LoseTask => f.write_str("lose-task"),
            FaultKind::Cut => f.write_str("cut"),
            FaultKind::Garbage => f.write_str("garbage"),
            FaultKind::Html => f.write_str("html"),
            FaultKind::ExpireSession => f.write_str("expire-session"),
            FaultKind::SsoStarting => f.write_str("sso-starting"),
        }
    }
}

impl Serialize for FaultKind {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl TryFrom<String> for Fault {
    type Error = FaultError;

    fn try_from(text: String) -> Result<Self, FaultError> {
        text.parse()
    }
}

impl From<Fault> for String {
    fn from(fault: Fault) -> String {
        fault.to_string()
    }
}

/// A fault that strikes a call.
#[derive(Debug, Clone)]
pub(crate) struct Struck {
    pub(crate) kind: FaultKind,
    message: Option<String>,
}

impl Struck {
    /// What a refusal or a failed job says.
    pub(crate) fn message(&self, otherwise: &str) -> String {
        self.message.clone().unwrap_or_else(|| otherwise.to_owned())
    }

    /// What it makes of a job, if that is what it strikes.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let how = match self.kind {
            FaultKind::FailJob => How::Early,
            FaultKind::FailLate => How::Late,
            FaultKind::FailItems => How::Items,
            FaultKind::LoseTask => How::Lost,
            _ => return None,
        };
        Some(Failure { message: self.message("the job failed (injected fault)"), how })
    }

    /// How late the answer is.
    pub(crate) fn delay(&self) -> Duration {
        match self.kind {
            FaultKind::Delay(seconds) => Duration::from_secs(seconds),
            _ => Duration::ZERO,
        }
    }
}

impl Fault {
    fn names(&self, site: Site, operation: &str) -> bool {
        let named = match self.operation.strip_suffix('*') {
            Some(start) => operation.starts_with(start),
            None => self.operation == operation,
        };
        named && self.site.is_none_or(|it| it == site)
    }

    /// Counts a call; gives what goes wrong with it.
    pub(crate) fn strike(&mut self, site: Site, operation: &str) -> Option<Struck> {
        if !self.names(site, operation) || self.count == 0 {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.count -= 1;
        Some(Struck { kind: self.kind, message: self.message.clone() })
    }
}
