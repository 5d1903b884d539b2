//! Every failure beforehand: a run is played once as it is and once back, and then again from every request and every
//! write of the journal on, each time with another mishap. Afterwards the world must be the first one or the last one, or
//! the to-do list must be true.
//!
//! ```text
//! the run as it is ─► points (request, write) × mishaps ─► a night each ─► verdict      the rollback of it ─► the same
//! ```
//!
//! Nights that meet a state that was met before go on as it did: what is known of it is not played again.

mod adequacy;
mod found;
mod lanes;
mod night;
mod play;
mod player;
mod points;
mod stage;

use std::collections::BTreeMap;

use hcxrun_dsl::eval::Reads;
use jiff::Timestamp;
use serde::Serialize;

pub use adequacy::{Adequacy, Protection, without_order, without_undo};
pub use play::rehearse;
pub use stage::Stage;

use crate::ids::NodeId;
use crate::run::{IllegalEvent, Outcome, Run, Todo};
use crate::shell::SystemConfig;

/// What a rehearsal needs.
pub struct Play<S> {
    /// The run that has not begun.
    pub run: Run,
    /// Files that were read before it.
    pub files: Reads,
    /// How to talk to the systems.
    pub systems: BTreeMap<String, SystemConfig>,
    /// The world before it.
    pub stage: S,
    /// When it begins.
    pub start: Timestamp,
    /// How many mishaps a night has: 1, or 2 for all pairs.
    pub depth: u8,
    /// How many nights are played at once.
    pub threads: usize,
}

/// What can go wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The system says no.
    Refused,
    /// It is lost before anything happened.
    LostBefore,
    /// It took effect, and the answer is lost.
    LostAfter,
    /// It took effect by half.
    Partly,
    /// It is taken, and fails later.
    FailsLater,
    /// The system is out of reach from here on, for longer than anybody tries.
    Unreachable,
    /// The session is over.
    SessionOver,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 7] = [
        Fault::Refused,
        Fault::LostBefore,
        Fault::LostAfter,
        Fault::Partly,
        Fault::FailsLater,
        Fault::Unreachable,
        Fault::SessionOver,
    ];
}

/// What goes wrong in a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mishap {
    /// With a request.
    Request(Fault),
    /// hcxrun is killed before it wrote to the journal, and resumed.
    KilledBefore,
    /// hcxrun is killed after it wrote to the journal, and resumed.
    KilledAfter,
    /// Nothing but that it comes after all that can come without it.
    Last,
}

impl Mishap {
    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Mishap::Request(Fault::Refused) => "refused",
            Mishap::Request(Fault::LostBefore) => "lost before it took effect",
            Mishap::Request(Fault::LostAfter) => "took effect, answer lost",
            Mishap::Request(Fault::Partly) => "took effect by half",
            Mishap::Request(Fault::FailsLater) => "fails later",
            Mishap::Request(Fault::Unreachable) => "system out of reach",
            Mishap::Request(Fault::SessionOver) => "session over",
            Mishap::KilledBefore => "killed before a write",
            Mishap::KilledAfter => "killed after a write",
            Mishap::Last => "comes last",
        }
    }
}

/// Where something goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The step; none for a write that is about the run as a whole.
    pub node: Option<NodeId>,
    /// What it is at.
    pub act: Act,
}

/// What a step is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Reading, on the way forward.
    Reads,
    /// Changing.
    Changes,
    /// Reading, on the way back.
    ReadsBack,
    /// Taking the change back.
    Undoes,
    /// Writing to the journal.
    Writes,
}

/// How a night ended, and whether that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It succeeded, and the world is the last one.
    Finished,
    /// It was taken back, or refused, and the world is the first one.
    TakenBack,
    /// It succeeded without what it tolerates to fail, and people could take it back to the first world.
    Tolerated,
    /// It was held, and people could take it back to the first world.
    Held,
    /// It was stuck, and doing what the list says led to the first world.
    ListHolds,
    /// It was stuck on what only a person can do, and nobody here can check that.
    ByHand(Vec<Todo>),
    /// It does not hold, for this reason.
    Broken(String),
}

/// A night that does not hold.
#[derive(Debug, Clone, Serialize)]
pub struct Story {
    /// Where it went wrong first.
    pub place: Place,
    /// What went wrong.
    pub mishap: Mishap,
    /// When.
    pub at: Timestamp,
    /// Why it does not hold.
    pub reason: String,
    /// What happened from there on.
    pub events: Vec<crate::run::Event>,
}

/// Nights of one kind.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Cell {
    /// How many.
    pub nights: usize,
    /// How many of them do not hold.
    pub broken: usize,
    /// How many end with something for a person.
    pub by_hand: usize,
}

/// What a rehearsal came to.
#[derive(Debug, Clone, Serialize)]
pub struct Rehearsal {
    /// The digest of the first world.
    pub first: String,
    /// The digest of the last world.
    pub last: String,
    /// When the run begins.
    pub start: Timestamp,
    /// How long the run takes as it is.
    pub takes: std::time::Duration,
    /// The nights by where and what.
    #[serde(skip)]
    pub matrix: BTreeMap<(Place, Mishap), Cell>,
    /// How many nights there were.
    pub nights: usize,
    /// Those that do not hold, the first of each place and mishap.
    pub stories: Vec<Story>,
    /// What people would have to do in some nights.
    pub by_hand: Vec<Todo>,
    /// Requests that no night made.
    pub unreached: Vec<Place>,
    /// Steps that are left out with these inputs: their `when` does not hold.
    pub left_out: Vec<NodeId>,
}

impl Rehearsal {
    /// Whether every request was reached, and every night holds.
    pub fn holds(&self) -> bool {
        self.unreached.is_empty() && self.matrix.values().all(|cell| cell.broken == 0)
    }
}

/// Why there is no rehearsal.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// As it is, without any mishap, the run does not succeed.
    #[error("without any mishap the run is {}: {reason}", .outcome.as_str())]
    #[expect(missing_docs, reason = "the fields are what their names say")]
    NoSuccess { outcome: Outcome, reason: String },
    /// Virtual time has nothing more to bring.
    #[error("the run waits for something that cannot come")]
    Stalled,
    /// A defect of hcxrun.
    #[error("the run met a state that cannot be: {0}")]
    Illegal(#[from] Box<IllegalEvent>),
}
