//! Tests.

use pest::iterators::Pair;

use super::{Reader, Rule, Seen};
use crate::source::Spanned;
use crate::syntax::{Act, Approval, Argument, Doc, Test, Then};

impl Reader<'_> {
    pub(super) fn test(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Test {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let name = match inner.next() {
            Some(name) => self.plain(name),
            None => self.nameless(),
        };
        let mut test = Test {
            doc,
            name,
            scene: None,
            faults: Vec::new(),
            inputs: None,
            sets: Vec::new(),
            approvals: Vec::new(),
            systems: Vec::new(),
            lets: Vec::new(),
            members: Vec::new(),
            acts: Vec::new(),
            span,
        };
        let mut seen = Seen::new();
        for (doc, clause) in self.documented(inner) {
            match clause.as_rule() {
                Rule::junk_clause => self.junk(&clause, Rule::test),
                _ if self.is_repeated(&mut seen, &clause) => {}
                _ => self.test_clause(&mut test, clause, doc),
            }
        }
        test
    }

    fn test_clause(&mut self, test: &mut Test, clause: Pair<'_, Rule>, doc: Doc) {
        let span = self.span(&clause);
        match clause.as_rule() {
            Rule::scene => test.scene = clause.into_inner().next().map(|text| self.plain(text)),
            Rule::inputs => test.inputs = clause.into_inner().next().map(|text| self.plain(text)),
            Rule::fault => test.faults.extend(clause.into_inner().next().map(|text| self.plain(text))),
            Rule::set => {
                let mut inner = clause.into_inner();
                let name = self.next_name(&mut inner);
                test.sets.push(Argument { name, value: self.next_expr(&mut inner, span) });
            }
            Rule::approve => test.approvals.push(self.approval(clause)),
            Rule::system => test.systems.push(self.system(clause)),
            Rule::let_ => test.lets.push(self.let_(clause)),
            Rule::expect => test.acts.push(Act::Expect(self.next_expr(&mut clause.into_inner(), span))),
            Rule::then => test.acts.extend(self.then(clause).map(|it| Act::Then(Spanned::new(it, span)))),
            _ => test.members.push(self.member(clause, doc)),
        }
    }

    fn approval(&mut self, clause: Pair<'_, Rule>) -> Approval {
        let mut inner = clause.into_inner();
        let gate = self.next_name(&mut inner);
        let by = inner.next().map(|by| by.into_inner().map(|text| self.plain(text)).collect());
        Approval { gate, by: by.unwrap_or_default() }
    }

    fn then(&mut self, clause: Pair<'_, Rule>) -> Option<Then> {
        let course = clause.into_inner().next()?;
        Some(match course.as_rule() {
            Rule::course_back => Then::Rollback(course.into_inner().next().map(|phase| self.name(&phase))),
            Rule::course_on => Then::Resume,
            _ => Then::Run,
        })
    }
}
