//! Tests: a small runbook, or that of the file, tried on the twin.

use std::sync::Arc;

use super::{Argument, Doc, Expr, Let, Member, System};
use crate::source::{Name, Span, Spanned};

/// `test "name" { … }`
#[derive(Debug, Clone)]
pub struct Test {
    /// The comment before it.
    pub doc: Doc,
    /// Its name: a sentence that is true when the test passes.
    pub name: Spanned<Arc<str>>,
    /// `scene "name"`: a scene that comes with the twin, or a YAML file beside this one.
    pub scene: Option<Spanned<Arc<str>>>,
    /// `fault "rule"`: what the twin is to do wrong.
    pub faults: Vec<Spanned<Arc<str>>>,
    /// `inputs "file.yaml"`: inputs of the file's runbook.
    pub inputs: Option<Spanned<Arc<str>>>,
    /// `set name = value`: one input of the file's runbook.
    pub sets: Vec<Argument>,
    /// `approve gate`
    pub approvals: Vec<Approval>,
    /// Systems by declaration; the twin plays all of them.
    pub systems: Vec<System>,
    /// Names for values.
    pub lets: Vec<Let>,
    /// Phases, parallels, steps and gates; without any, and without systems, the test tries the runbook of the file.
    pub members: Vec<Member>,
    /// What is expected and what is done after the run, in the order of the text.
    pub acts: Vec<Act>,
    /// The whole test.
    pub span: Span,
}

/// `approve gate by "a", "b"`
#[derive(Debug, Clone)]
pub struct Approval {
    /// The gate.
    pub gate: Name,
    /// Who approves; empty: as many as the gate needs.
    pub by: Vec<Spanned<Arc<str>>>,
}

/// What a test does once its run has ended.
#[derive(Debug, Clone)]
pub enum Act {
    /// `expect condition`
    Expect(Expr),
    /// `then …`
    Then(Spanned<Then>),
}

/// What is done with a run that has ended.
#[derive(Debug, Clone)]
pub enum Then {
    /// `then rollback`, or `then rollback to phase`
    Rollback(Option<Name>),
    /// `then resume`: a held run goes on.
    Resume,
    /// `then run`: all of it once more, on the world as it is now.
    Run,
}

impl Test {
    /// Whether it is a small runbook of its own.
    pub fn is_runbook(&self) -> bool {
        !(self.systems.is_empty() && self.lets.is_empty() && self.members.is_empty())
    }

    /// What it expects.
    pub fn expects(&self) -> impl Iterator<Item = &Expr> {
        self.acts.iter().filter_map(|act| match act {
            Act::Expect(expect) => Some(expect),
            Act::Then(_) => None,
        })
    }
}
