//! Modules: apis and actions.

use pest::iterators::{Pair, Pairs};

use super::{Reader, Rule, doc_of};
use crate::source::{Span, Spanned};
use crate::syntax::{Action, Api, Change, Doc, Fail, Method, Poll, Request, Require, Untouched};

impl Reader<'_> {
    pub(super) fn api(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Api {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let name = self.next_name(&mut inner);
        let (inputs, headers, again_on) = (Vec::new(), Vec::new(), Vec::new());
        let mut api = Api { doc, name, inputs, login: None, headers, again_on, error: None, span };
        let mut docs = Vec::new();
        for clause in inner {
            let span = self.span(&clause);
            match clause.as_rule() {
                Rule::doc => docs.push(clause),
                Rule::input => api.inputs.push(self.input(clause, doc_of(&std::mem::take(&mut docs)))),
                Rule::login => {
                    let login = self.request(clause.into_inner(), None, span);
                    self.once(&mut api.login, "login", span, login);
                }
                Rule::header => {
                    let mut parts = clause.into_inner();
                    if let Some(header) = parts.next().map(|text| self.plain(text)) {
                        api.headers.push((header, self.next_expr(&mut parts, span)));
                    }
                }
                Rule::again => {
                    api.again_on.extend(clause.into_inner().map(|n| self.integer(&n)).collect::<Vec<_>>());
                }
                Rule::error => {
                    let error = self.next_expr(&mut clause.into_inner(), span);
                    self.once(&mut api.error, "error", span, error);
                }
                _ => self.junk(&clause, Rule::api),
            }
        }
        api
    }

    pub(super) fn action(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Action {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let mut action = Action {
            doc,
            name: self.next_name(&mut inner),
            inputs: Vec::new(),
            lets: Vec::new(),
            requires: Vec::new(),
            done_when: None,
            change: None,
            fails: Vec::new(),
            untouched: None,
            poll: None,
            undo: None,
            undone_when: None,
            by_hand: Vec::new(),
            irreversible: None,
            touches: Vec::new(),
            takes: None,
            outputs: Vec::new(),
            span,
        };
        let mut docs = Vec::new();
        for clause in inner {
            if clause.as_rule() == Rule::doc {
                docs.push(clause);
            } else {
                let doc = doc_of(&std::mem::take(&mut docs));
                self.action_clause(&mut action, clause, doc);
            }
        }
        action
    }

    fn action_clause(&mut self, action: &mut Action, clause: Pair<'_, Rule>, doc: Doc) {
        let (rule, span) = (clause.as_rule(), self.span(&clause));
        match rule {
            Rule::input => return action.inputs.push(self.input(clause, doc)),
            Rule::let_ => return action.lets.push(self.let_(clause)),
            Rule::output => return action.outputs.push(self.output(clause, doc)),
            Rule::junk_clause => return self.junk(&clause, Rule::action),
            _ => {}
        }
        let mut inner = clause.into_inner();
        match rule {
            Rule::require => {
                let (condition, reason) =
                    (self.next_expr(&mut inner, span), self.next_expr(&mut inner, span));
                action.requires.push(Require { condition, reason, span });
            }
            Rule::done_when => {
                let condition = self.next_expr(&mut inner, span);
                self.once(&mut action.done_when, "done when", span, condition);
            }
            Rule::undone_when => {
                let condition = self.next_expr(&mut inner, span);
                self.once(&mut action.undone_when, "undone when", span, condition);
            }
            Rule::change => {
                let change = self.change(inner, span);
                self.once(&mut action.change, "change", span, change);
            }
            Rule::undo => {
                let undo = self.change(inner, span);
                self.once(&mut action.undo, "undo", span, undo);
            }
            Rule::fail => action.fails.push(self.fail(inner, span)),
            Rule::by_hand => action.by_hand.push(self.fail(inner, span)),
            Rule::untouched => {
                let when = self.next_expr(&mut inner, span);
                let after = inner.next().map(|pair| self.duration(&pair));
                self.once(&mut action.untouched, "untouched", span, Untouched { when, after, span });
            }
            Rule::poll => {
                let every = self.next_duration(&mut inner, span).node;
                let poll = Poll { every, limit: self.next_duration(&mut inner, span).node };
                self.once(&mut action.poll, "poll", span, Spanned::new(poll, span));
            }
            Rule::irreversible => {
                let why = self.next_expr(&mut inner, span);
                self.once(&mut action.irreversible, "irreversible", span, why);
            }
            Rule::touches => action.touches.extend(inner.map(|pair| self.expr(pair)).collect::<Vec<_>>()),
            _ => {
                let least = self.next_duration(&mut inner, span).node;
                let takes = (least, self.next_duration(&mut inner, span).node);
                self.once(&mut action.takes, "takes", span, Spanned::new(takes, span));
            }
        }
    }

    fn fail(&mut self, mut inner: Pairs<'_, Rule>, span: Span) -> Fail {
        Fail { message: self.next_expr(&mut inner, span), when: self.next_expr(&mut inner, span), span }
    }

    fn change(&mut self, mut inner: Pairs<'_, Rule>, span: Span) -> Change {
        let sentence = match inner.next() {
            Some(text) => {
                let span = self.span(&text);
                crate::syntax::Expr { kind: crate::syntax::ExprKind::Text(self.text_parts(text)), span }
            }
            None => crate::syntax::Expr { kind: crate::syntax::ExprKind::Broken, span },
        };
        let request = inner.next().map(|request| {
            let span = self.span(&request);
            let mut parts = request.into_inner();
            let system = self.next_name(&mut parts);
            self.request(parts, Some(system), span)
        });
        let request = request.unwrap_or_else(|| broken(span));
        Change { sentence, request, span }
    }

    /// A method with its path and body.
    fn request(
        &mut self,
        mut parts: Pairs<'_, Rule>,
        system: Option<crate::source::Name>,
        span: Span,
    ) -> Request {
        let method = parts.next();
        let at = method.as_ref().map_or(span, |pair| self.span(pair));
        let method = match method.as_ref().map(|pair| pair.as_str().trim_end()) {
            Some("put") => Method::Put,
            Some("patch") => Method::Patch,
            Some("delete") => Method::Delete,
            _ => Method::Post,
        };
        let path = self.next_expr(&mut parts, span);
        let body = parts.next().map(|body| self.expr(body));
        Request { system, method: Spanned::new(method, at), path, body, span }
    }
}

/// Stands in for a request that the grammar promised.
fn broken(span: Span) -> Request {
    let path = crate::syntax::Expr { kind: crate::syntax::ExprKind::Broken, span };
    Request { system: None, method: Spanned::new(Method::Post, span), path, body: None, span }
}
