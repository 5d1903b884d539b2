//! Program to graph to plan to run: the pure core, the journal and the shell.
//!
//! ```text
//! program ─ expand(inputs) ─► graph ─ plan(reads) ─► plan
//!                               └──── run: apply(event), consequences … ◄── dispatch ◄─tasks─► shell ──► journal
//! ```
//!
//! `graph`, `look`, `plan`, `run` and `dispatch` are pure: no clock, no randomness, no I/O. Only `shell` awaits, only `journal`
//! writes. Nothing here knows HCX.

mod dispatch;
mod graph;
mod ids;
mod journal;
mod look;
mod plan;
mod premise;
pub mod rehearse;
mod run;
mod shell;

pub use dispatch::{Came, Dispatch, Question, Task};
pub use graph::{Expanded, Expansion, Fan, GateNode, Graph, Node, StepNode, WatchNode, expand};
pub use ids::{NodeId, PhaseName, RunId};
pub use journal::{
    Journal, JournalError, Log, NoLog, Past, RecordedPlan, Released, Replay, Resource, RunLock, RunLog,
    RunRecord, RunSummary, StoredFile, StoredSource, StoredSystem, Usual,
};
pub use look::{Intent, Known, Look, Purpose, Request, Seen, Shown, Way, look};
pub use plan::{Line, Plan, PlanVerdict, Planning, counts, plan};
pub use premise::{Broken as BrokenPremise, Drift, Premise, Premises};
pub use run::{
    Active, Activity, Answer, Bounds, Course, Effect, Event, EventKind, Extent, Fit, GateState, IllegalEvent,
    Outcome, Outlook, Resolution, Run, Said, StepState, Todo, Trace, Verdict, WatchState, bounds, fit,
    worst_back,
};
pub use shell::{
    Broken, Clock, DriveError, Driver, Ended, HttpTransport, LocalFuture, People, RealClock, Server,
    ServerError, SystemConfig, Systems, Transport, VirtualClock, Wire, WireAnswer,
};
