//! What stands in the order of a runbook: phases, parallel blocks, steps and gates.

use std::sync::Arc;

use std::time::Duration;

use pest::iterators::{Pair, Pairs};

use super::{Reader, Rule, Seen};
use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};
use crate::syntax::{
    Argument, Doc, Each, Expr, ExprKind, Gate, Member, Parallel, Phase, Retry, Step, Tolerate,
};

impl Reader<'_> {
    pub(super) fn member(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Member {
        match pair.as_rule() {
            Rule::phase => Member::Phase(self.phase(pair, doc)),
            Rule::parallel => Member::Parallel(self.parallel(pair)),
            Rule::gate => Member::Gate(self.gate(pair, doc)),
            _ => Member::Step(Arc::new(self.step(pair, doc))),
        }
    }

    fn phase(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Phase {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let name = self.next_name(&mut inner);
        let mut phase = Phase { doc, name, on_failure: None, members: Vec::new(), span };
        let mut seen = Seen::new();
        for (doc, part) in self.documented(inner) {
            match part.as_rule() {
                Rule::junk_clause => self.junk(&part, Rule::phase),
                _ if self.is_repeated(&mut seen, &part) => {}
                Rule::on_failure => phase.on_failure = Some(self.policy_of(part)),
                _ => phase.members.push(self.member(part, doc)),
            }
        }
        phase
    }

    fn parallel(&mut self, pair: Pair<'_, Rule>) -> Parallel {
        let mut parallel = Parallel { members: Vec::new(), span: self.span(&pair) };
        for (doc, part) in self.documented(pair.into_inner()) {
            match part.as_rule() {
                Rule::junk_clause => self.junk(&part, Rule::parallel),
                _ => parallel.members.push(self.member(part, doc)),
            }
        }
        parallel
    }

    /// A step of which only the name is known.
    pub(super) fn empty_step(&mut self, doc: Doc, inner: &mut Pairs<'_, Rule>, span: Span) -> Step {
        Step {
            doc,
            name: self.next_declared(inner),
            each: None,
            module: None,
            action: self.nameless(),
            arguments: Vec::new(),
            after: Vec::new(),
            when: None,
            retry: None,
            timeout: None,
            limit: None,
            tolerate: None,
            on_failure: None,
            span,
        }
    }

    fn step(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Step {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let mut step = self.empty_step(doc, &mut inner, span);
        let mut seen = Seen::new();
        for (_, part) in self.documented(inner) {
            match part.as_rule() {
                Rule::junk_clause => self.junk(&part, Rule::step),
                _ if self.is_repeated(&mut seen, &part) => {}
                _ => self.step_part(&mut step, part),
            }
        }
        // A long runbook is mostly this.
        step.arguments.shrink_to_fit();
        step
    }

    pub(super) fn step_part(&mut self, step: &mut Step, part: Pair<'_, Rule>) {
        let (rule, span) = (part.as_rule(), self.span(&part));
        if rule == Rule::on_failure {
            step.on_failure = Some(self.policy_of(part));
            return;
        }
        let mut inner = part.into_inner();
        match rule {
            Rule::each => step.each = Some(self.each(inner, span)),
            Rule::action_name => {
                let first = self.next_name(&mut inner);
                match inner.next() {
                    Some(action) => (step.module, step.action) = (Some(first), self.name(&action)),
                    None => step.action = first,
                }
            }
            Rule::argument => {
                let name = self.next_name(&mut inner);
                step.arguments.push(Argument { name, value: self.next_expr(&mut inner, span) });
            }
            Rule::after => step.after.extend(inner.map(|pair| self.name(&pair))),
            Rule::when => step.when = Some(self.next_expr(&mut inner, span)),
            Rule::retry => step.retry = Some(Spanned::new(self.retry(inner, span), span)),
            Rule::timeout => step.timeout = Some(self.next_duration(&mut inner, span)),
            Rule::limit => step.limit = Some(self.next_integer(&mut inner, span)),
            _ => step.tolerate = inner.next().map(|share| Spanned::new(self.tolerate(&share), span)),
        }
    }

    fn each(&mut self, mut inner: Pairs<'_, Rule>, span: Span) -> Each {
        let variable = self.next_declared(&mut inner);
        Each { variable, list: self.next_expr(&mut inner, span), key: self.next_expr(&mut inner, span) }
    }

    fn tolerate(&mut self, pair: &Pair<'_, Rule>) -> Tolerate {
        match pair.as_rule() {
            Rule::percent => Tolerate::Percent(self.percent(pair)),
            _ => Tolerate::Count(self.integer(pair).node),
        }
    }

    fn retry(&mut self, mut inner: Pairs<'_, Rule>, span: Span) -> Retry {
        let attempts = self.next_integer(&mut inner, span).node;
        let from = self.next_duration(&mut inner, span).node;
        let to = inner.next().map_or(from, |pair| self.duration(&pair).node);
        Retry { attempts, from, to }
    }

    /// The duration that the grammar promises next.
    pub(super) fn next_duration(&mut self, inner: &mut Pairs<'_, Rule>, near: Span) -> Spanned<Duration> {
        match inner.next() {
            Some(pair) => self.duration(&pair),
            None => Spanned::new(Duration::ZERO, near),
        }
    }

    fn next_integer(&mut self, inner: &mut Pairs<'_, Rule>, near: Span) -> Spanned<u32> {
        match inner.next() {
            Some(pair) => self.integer(&pair),
            None => Spanned::new(0, near),
        }
    }

    fn gate(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Gate {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let name = self.next_name(&mut inner);
        let ask = Expr { kind: ExprKind::Broken, span };
        let mut gate = Gate {
            doc,
            name,
            ask,
            by: Vec::new(),
            need: 1,
            four_eyes: false,
            within: None,
            otherwise: None,
            span,
        };
        let (mut seen, mut is_whole) = (Seen::new(), true);
        for (_, clause) in self.documented(inner) {
            match clause.as_rule() {
                Rule::junk_clause => {
                    is_whole = false;
                    self.junk(&clause, Rule::gate);
                }
                _ if self.is_repeated(&mut seen, &clause) => {}
                Rule::ask => gate.ask = self.next_expr(&mut clause.into_inner(), span),
                Rule::by => gate.by = clause.into_inner().map(|text| self.plain(text)).collect(),
                Rule::four_eyes => gate.four_eyes = true,
                _ => self.need(&mut gate, clause),
            }
        }
        if is_whole && !seen.iter().any(|(rule, _)| *rule == Rule::ask) {
            let message = format!("the gate `{}` asks nothing", gate.name.node);
            let message = Diagnostic::error("HR005", gate.name.span, message);
            self.diagnostics.push(message.help("give it `ask \"…\"`: what people are to decide"));
        }
        gate
    }

    fn need(&mut self, gate: &mut Gate, clause: Pair<'_, Rule>) {
        let span = self.span(&clause);
        for part in clause.into_inner() {
            match part.as_rule() {
                Rule::integer => gate.need = self.integer(&part).node,
                Rule::within => gate.within = Some(self.next_duration(&mut part.into_inner(), span)),
                _ => gate.otherwise = Some(self.policy_of(part)),
            }
        }
    }
}
