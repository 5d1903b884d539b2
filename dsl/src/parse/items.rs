//! Files and runbooks.

use std::sync::Arc;

use pest::iterators::{Pair, Pairs};

use super::{Reader, Rule, doc_of};
use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};
use crate::syntax::{
    Argument, Doc, Each, Expr, ExprKind, File, Gate, Input, Item, Let, Member, OnFailure, Output, Parallel,
    Phase, Retry, Runbook, Step, System, Tolerate, TypeDecl, TypeExpr, TypeKind, Use, UseTarget, Window,
};

/// The edition that this program knows.
const EDITION: u32 = 1;

impl Reader<'_> {
    pub(super) fn file(&mut self, pair: Pair<'_, Rule>) -> File {
        let mut file = File::default();
        let mut first = None;
        for pair in pair.into_inner() {
            first.get_or_insert_with(|| self.span(&pair));
            match pair.as_rule() {
                Rule::edition => file.edition = self.edition(pair),
                Rule::item => file.items.extend(self.item(pair)),
                Rule::junk_item => self.junk(&pair, Rule::file),
                _ => {}
            }
        }
        if file.edition.is_none() && !self.text.trim_start().starts_with("edition") {
            let start = self.at(0, 0);
            let message =
                Diagnostic::error("HR002", start, "the file does not say which edition it is written in");
            self.diagnostics.push(message.help(format!("make `edition {EDITION}` its first line")));
        }
        file
    }

    fn edition(&mut self, pair: Pair<'_, Rule>) -> Option<Spanned<u32>> {
        let edition: Spanned<u32> = self.integer(&pair.into_inner().next()?);
        if edition.node != EDITION {
            let what = format!("there is no edition {}", edition.node);
            let message = Diagnostic::error("HR002", edition.span, what);
            self.diagnostics.push(message.help(format!("this hcxrun knows edition {EDITION}")));
        }
        Some(edition)
    }

    fn item(&mut self, pair: Pair<'_, Rule>) -> Option<Item> {
        let (doc, pair) = documented(pair.into_inner());
        let pair = pair?;
        Some(match pair.as_rule() {
            Rule::runbook => Item::Runbook(self.runbook(pair, doc)),
            Rule::use_ => Item::Use(self.use_(pair)?),
            Rule::system => {
                let span = self.span(&pair);
                let mut inner = pair.into_inner();
                let mut next = || self.next_name(&mut inner);
                Item::System(System { name: next(), module: next(), api: next(), span })
            }
            Rule::input => Item::Input(self.input(pair, doc)),
            Rule::let_ => Item::Let(self.let_(pair)),
            Rule::output => Item::Output(self.output(pair, doc)),
            Rule::type_decl => {
                let span = self.span(&pair);
                let mut inner = pair.into_inner();
                let name = self.next_name(&mut inner);
                Item::Type(TypeDecl { doc, name, ty: self.next_type(&mut inner, span), span })
            }
            Rule::api => Item::Api(self.api(pair, doc)),
            Rule::action => Item::Action(Box::new(self.action(pair, doc))),
            _ => Item::Member(self.member(pair, doc)),
        })
    }

    fn runbook(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Runbook {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let title = match inner.next() {
            Some(title) => self.plain(title),
            None => self.nameless(),
        };
        let mut runbook = Runbook { doc, title, ticket: None, window: None, on_failure: None, span };
        for clause in inner {
            let span = self.span(&clause);
            match clause.as_rule() {
                Rule::ticket => {
                    if let Some(ticket) = clause.into_inner().next().map(|text| self.plain(text)) {
                        self.once(&mut runbook.ticket, "ticket", span, ticket);
                    }
                }
                Rule::window => {
                    if let Some(window) = self.window(clause) {
                        self.once(&mut runbook.window, "window", span, window);
                    }
                }
                Rule::on_failure => {
                    let policy = self.policy_of(clause);
                    self.once(&mut runbook.on_failure, "on failure", span, policy);
                }
                _ => self.junk(&clause, Rule::runbook),
            }
        }
        runbook
    }

    fn window(&mut self, pair: Pair<'_, Rule>) -> Option<Window> {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let (start, end) = (self.next_name(&mut inner), self.next_name(&mut inner));
        let mut window = Window { start, end, zone: None, keep: None, span };
        for part in inner {
            let (rule, value) = (part.as_rule(), part.into_inner().next()?);
            if rule == Rule::zone {
                window.zone = Some(self.plain(value));
            } else {
                window.keep = Some(self.duration(&value));
            }
        }
        Some(window)
    }

    pub(super) fn policy_of(&mut self, pair: Pair<'_, Rule>) -> Spanned<OnFailure> {
        let span = self.span(&pair);
        let policy = pair.into_inner().next();
        let words: Vec<_> = policy.iter().flat_map(|pair| pair.as_str().split_whitespace()).collect();
        let policy = match words.as_slice() {
            ["rollback", "phase"] => OnFailure::RollbackPhase,
            ["rollback"] => OnFailure::Rollback,
            ["continue"] => OnFailure::Continue,
            _ => OnFailure::Hold,
        };
        Spanned::new(policy, span)
    }

    fn use_(&mut self, pair: Pair<'_, Rule>) -> Option<Use> {
        let span = self.span(&pair);
        let target = pair.into_inner().next()?;
        let rule = target.as_rule();
        let mut inner = target.into_inner();
        if rule == Rule::use_std {
            let name = self.next_name(&mut inner);
            let target = Spanned::new(UseTarget::Std(Arc::clone(&name.node)), name.span);
            return Some(Use { target, name, span });
        }
        let path = self.plain(inner.next()?);
        let name = self.next_name(&mut inner);
        Some(Use { target: Spanned::new(UseTarget::File(path.node), path.span), name, span })
    }

    pub(super) fn input(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Input {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let name = self.next_name(&mut inner);
        let ty = self.next_type(&mut inner, span);
        let (mut default, mut doc) = (None, doc);
        for part in inner {
            match part.as_rule() {
                Rule::tail_doc => doc = doc.or_else(|| doc_of(&[part])),
                _ => default = Some(self.expr(part)),
            }
        }
        Input { doc, name, ty, default, span }
    }

    pub(super) fn let_(&mut self, pair: Pair<'_, Rule>) -> Let {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        Let { name: self.next_name(&mut inner), value: self.next_expr(&mut inner, span), span }
    }

    pub(super) fn output(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Output {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        Output { doc, name: self.next_name(&mut inner), value: self.next_expr(&mut inner, span), span }
    }

    fn member(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Member {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::phase => {
                let mut inner = pair.into_inner();
                let name = self.next_name(&mut inner);
                let (mut on_failure, mut members, mut docs) = (None, Vec::new(), Vec::new());
                for part in inner {
                    match part.as_rule() {
                        Rule::on_failure => {
                            let policy = self.policy_of(part);
                            self.once(&mut on_failure, "on failure", policy.span, policy);
                        }
                        Rule::doc => docs.push(part),
                        Rule::junk_clause => self.junk(&part, Rule::phase),
                        _ => members.push(self.member(part, doc_of(&std::mem::take(&mut docs)))),
                    }
                }
                Member::Phase(Phase { doc, name, on_failure, members, span })
            }
            Rule::parallel => {
                let (mut members, mut docs) = (Vec::new(), Vec::new());
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::doc => docs.push(part),
                        Rule::junk_clause => self.junk(&part, Rule::parallel),
                        _ => members.push(self.member(part, doc_of(&std::mem::take(&mut docs)))),
                    }
                }
                Member::Parallel(Parallel { members, span })
            }
            Rule::gate => Member::Gate(self.gate(pair, doc)),
            _ => Member::Step(Box::new(self.step(pair, doc))),
        }
    }

    fn step(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Step {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let name = self.next_name(&mut inner);
        let mut step = Step {
            doc,
            name,
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
        };
        for part in inner {
            self.step_part(&mut step, part);
        }
        step
    }

    fn step_part(&mut self, step: &mut Step, part: Pair<'_, Rule>) {
        let (rule, span) = (part.as_rule(), self.span(&part));
        if rule == Rule::junk_clause {
            return self.junk(&part, Rule::step);
        }
        if rule == Rule::on_failure {
            let policy = self.policy_of(part);
            return self.once(&mut step.on_failure, "on failure", span, policy);
        }
        let mut inner = part.into_inner();
        match rule {
            Rule::each => {
                let variable = self.next_name(&mut inner);
                let (list, key) = (self.next_expr(&mut inner, span), self.next_expr(&mut inner, span));
                step.each = Some(Each { variable, list, key });
            }
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
            Rule::after => step.after.extend(inner.map(|pair| self.name(&pair)).collect::<Vec<_>>()),
            Rule::when => {
                let when = self.next_expr(&mut inner, span);
                self.once(&mut step.when, "when", span, when);
            }
            Rule::retry => {
                let retry = self.retry(inner);
                self.once(&mut step.retry, "retry", span, Spanned::new(retry, span));
            }
            Rule::timeout => {
                let timeout = self.next_duration(&mut inner, span);
                self.once(&mut step.timeout, "timeout", span, timeout);
            }
            Rule::limit => {
                let limit = self.next_integer(&mut inner, span);
                self.once(&mut step.limit, "limit", span, limit);
            }
            _ => {
                let tolerate = match inner.next() {
                    Some(pair) if pair.as_rule() == Rule::percent => Tolerate::Percent(self.percent(&pair)),
                    Some(pair) => Tolerate::Count(self.integer(&pair).node),
                    None => Tolerate::Count(0),
                };
                self.once(&mut step.tolerate, "tolerate", span, Spanned::new(tolerate, span));
            }
        }
    }

    fn retry(&mut self, mut inner: Pairs<'_, Rule>) -> Retry {
        let near = self.at(0, 0);
        let attempts = self.next_integer(&mut inner, near).node;
        let from = self.next_duration(&mut inner, near).node;
        let to = inner.next().map_or(from, |pair| self.duration(&pair).node);
        Retry { attempts, from, to }
    }

    pub(super) fn next_duration(
        &mut self,
        inner: &mut Pairs<'_, Rule>,
        near: Span,
    ) -> Spanned<std::time::Duration> {
        match inner.next() {
            Some(pair) => self.duration(&pair),
            None => Spanned::new(std::time::Duration::ZERO, near),
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
        let (mut ask, mut by, mut need, mut is_whole) = (None, None, None, true);
        for clause in inner {
            let (rule, span) = (clause.as_rule(), self.span(&clause));
            match rule {
                Rule::ask => {
                    let question = self.next_expr(&mut clause.into_inner(), span);
                    self.once(&mut ask, "ask", span, question);
                }
                Rule::by => {
                    let people: Vec<_> = clause.into_inner().map(|pair| self.plain(pair)).collect();
                    self.once(&mut by, "by", span, people);
                }
                Rule::need => {
                    let clause: Vec<_> = clause.into_inner().collect();
                    self.once(&mut need, "need", span, clause);
                }
                _ => {
                    is_whole = false;
                    self.junk(&clause, Rule::gate);
                }
            }
        }
        if ask.is_none() && is_whole {
            let message =
                Diagnostic::error("HR005", name.span, format!("the gate `{}` asks nothing", name.node));
            self.diagnostics.push(message.help("give it `ask \"…\"`: what people are to decide"));
        }
        let ask = ask.unwrap_or(Expr { kind: ExprKind::Broken, span });
        let mut gate =
            Gate { doc, name, ask, by: by.unwrap_or_default(), need: 1, within: None, otherwise: None, span };
        for part in need.unwrap_or_default() {
            match part.as_rule() {
                Rule::integer => gate.need = self.integer(&part).node,
                Rule::within => gate.within = Some(self.next_duration(&mut part.into_inner(), span)),
                _ => gate.otherwise = Some(self.policy_of(part)),
            }
        }
        gate
    }

    pub(super) fn next_type(&mut self, pairs: &mut Pairs<'_, Rule>, near: Span) -> TypeExpr {
        match pairs.next() {
            Some(pair) => self.type_(pair),
            None => TypeExpr { kind: TypeKind::Name(Arc::from("json")), span: near },
        }
    }

    fn type_(&mut self, pair: Pair<'_, Rule>) -> TypeExpr {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let Some(of) = parts.next() else {
            return TypeExpr { kind: TypeKind::Name(Arc::from("json")), span };
        };
        let of_span = self.span(&of);
        let (rule, text) = (of.as_rule(), of.as_str());
        let mut inner = of.into_inner();
        let kind = match rule {
            Rule::list_type => TypeKind::List(Box::new(self.next_type(&mut inner, of_span))),
            Rule::map_type => TypeKind::Map(Box::new(self.next_type(&mut inner, of_span))),
            Rule::path_type => TypeKind::Path(self.next_name(&mut inner), self.next_name(&mut inner)),
            Rule::choice => TypeKind::Choice(inner.map(|word| self.plain(word)).collect()),
            Rule::record_type => TypeKind::Record(
                inner
                    .map(|field| {
                        let mut parts = field.into_inner();
                        (self.next_name(&mut parts), self.next_type(&mut parts, of_span))
                    })
                    .collect(),
            ),
            _ => TypeKind::Name(Arc::from(text.trim_end())),
        };
        let ty = TypeExpr { kind, span: of_span };
        match parts.next() {
            Some(_) => TypeExpr { kind: TypeKind::Optional(Box::new(ty)), span },
            None => ty,
        }
    }
}

/// Lines of documentation and what they stand before.
fn documented(pairs: Pairs<'_, Rule>) -> (Doc, Option<Pair<'_, Rule>>) {
    let mut lines = Vec::new();
    for pair in pairs {
        if pair.as_rule() != Rule::doc {
            return (doc_of(&lines), Some(pair));
        }
        lines.push(pair);
    }
    (doc_of(&lines), None)
}
