//! The people of a test: at each gate they say what the test says, and then nothing more.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use hcxrun_dsl::syntax::Approval;
use hcxrun_engine::{Clock, LocalFuture, NodeId, People, Question, Said, VirtualClock};

/// Longer than any gate waits: whoever is silent for so long is not there.
const SILENCE: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// People who approve what the test says they do.
pub(super) struct Approvers<'a> {
    approvals: &'a [Approval],
    clock: &'a VirtualClock,
    asked: RefCell<BTreeSet<NodeId>>,
}

impl<'a> Approvers<'a> {
    pub(super) fn new(approvals: &'a [Approval], clock: &'a VirtualClock) -> Self {
        Self { approvals, clock, asked: RefCell::default() }
    }

    /// Who approves, when a gate asks for the first time.
    fn names(&self, question: Question) -> Vec<String> {
        let approval = self.approvals.iter().find(|it| *it.gate.node == *question.gate.as_str());
        match approval.filter(|_| self.asked.borrow_mut().insert(question.gate)) {
            None => Vec::new(),
            Some(it) if !it.by.is_empty() => it.by.iter().map(|who| who.node.to_string()).collect(),
            Some(_) if question.by.is_empty() => (1..=question.need).map(|n| format!("person {n}")).collect(),
            Some(_) => question.by,
        }
    }
}

impl People for Approvers<'_> {
    fn ask(&self, question: Question) -> LocalFuture<'_, Vec<Said>> {
        Box::pin(async move {
            let names = self.names(question);
            if names.is_empty() {
                let now = self.clock.now();
                self.clock.sleep_until(now.checked_add(SILENCE).unwrap_or(now)).await;
            }
            names.into_iter().map(Said::approves).collect()
        })
    }

    fn interruption(&self) -> LocalFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}
