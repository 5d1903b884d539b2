//! Invariants: what is watched beside the steps.

use std::time::Duration;

use pest::iterators::Pair;

use super::{Reader, Rule, Seen};
use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::syntax::{Doc, Invariant, OnFailure};

impl Reader<'_> {
    pub(super) fn invariant(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Invariant {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let step = self.empty_step(doc, &mut inner, span);
        let every = Spanned::new(Duration::ZERO, span);
        let mut invariant = Invariant {
            step: step.into(),
            every,
            tolerate: 0,
            otherwise: Spanned::new(OnFailure::Hold, span),
            soak: None,
            span,
        };
        let (mut seen, mut is_whole) = (Seen::new(), true);
        for (_, part) in self.documented(inner) {
            match part.as_rule() {
                Rule::junk_clause => {
                    is_whole = false;
                    self.junk(&part, Rule::invariant);
                }
                _ if self.is_repeated(&mut seen, &part) => {}
                Rule::watched => is_whole &= self.watched(&mut invariant, part),
                Rule::soak => invariant.soak = Some(self.next_duration(&mut part.into_inner(), span)),
                _ => self.pace(&mut invariant, part),
            }
        }
        if is_whole {
            self.whole(&invariant, &seen);
        }
        invariant
    }

    /// The check with its arguments; false when a part of it was not understood.
    fn watched(&mut self, invariant: &mut Invariant, part: Pair<'_, Rule>) -> bool {
        let mut step = invariant.step.as_ref().clone();
        let mut is_whole = true;
        for (_, part) in self.documented(part.into_inner()) {
            if part.as_rule() == Rule::junk_clause {
                is_whole = false;
                self.junk(&part, Rule::watched);
            } else {
                self.step_part(&mut step, part);
            }
        }
        invariant.step = step.into();
        is_whole
    }

    fn pace(&mut self, invariant: &mut Invariant, part: Pair<'_, Rule>) {
        let span = self.span(&part);
        let mut inner = part.into_inner();
        invariant.every = self.next_duration(&mut inner, span);
        for part in inner {
            match part.as_rule() {
                Rule::integer => invariant.tolerate = self.integer(&part).node,
                _ => invariant.otherwise = self.policy_of(part),
            }
        }
    }

    fn whole(&mut self, invariant: &Invariant, seen: &Seen) {
        let has = |wanted: Rule| seen.iter().any(|(rule, _)| *rule == wanted);
        let name = &invariant.step.name;
        let mut missing = |what: &str, help: &str| {
            let message = format!("the invariant `{}` {what}", name.node);
            self.diagnostics.push(Diagnostic::error("HR005", name.span, message).help(help));
        };
        if !has(Rule::watched) {
            missing("checks nothing", "give it `check module.action { }`: what is to hold all the time");
        }
        if !has(Rule::pace) {
            missing("does not say how often it looks", "give it `every 5s tolerate 3 else hold`");
        }
    }
}
