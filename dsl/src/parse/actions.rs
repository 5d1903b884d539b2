//! Modules: apis and actions.

use pest::iterators::{Pair, Pairs};

use super::{Reader, Rule, Seen};
use crate::source::{Name, Span, Spanned};
use crate::syntax::{
    Action, Api, Change, Doc, Expr, ExprKind, Fail, Method, Poll, Request, Require, Untouched,
};

impl Reader<'_> {
    pub(super) fn api(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Api {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let name = self.next_name(&mut inner);
        let (inputs, headers, again_on) = (Vec::new(), Vec::new(), Vec::new());
        let mut api = Api { doc, name, inputs, login: None, headers, again_on, error: None, span };
        let mut seen = Seen::new();
        for (doc, clause) in self.documented(inner) {
            match clause.as_rule() {
                Rule::junk_clause => self.junk(&clause, Rule::api),
                Rule::input => api.inputs.push(self.input(clause, doc)),
                Rule::header => self.header(&mut api, clause),
                Rule::again => api.again_on.extend(clause.into_inner().map(|status| self.integer(&status))),
                _ if self.is_repeated(&mut seen, &clause) => {}
                Rule::login => {
                    let span = self.span(&clause);
                    api.login = Some(self.request(clause.into_inner(), None, span));
                }
                _ => api.error = Some(self.next_expr(&mut clause.into_inner(), span)),
            }
        }
        api
    }

    fn header(&mut self, api: &mut Api, clause: Pair<'_, Rule>) {
        let span = self.span(&clause);
        let mut parts = clause.into_inner();
        if let Some(name) = parts.next().map(|text| self.plain(text)) {
            api.headers.push((name, self.next_expr(&mut parts, span)));
        }
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
        let mut seen = Seen::new();
        for (doc, clause) in self.documented(inner) {
            self.action_clause(&mut action, &mut seen, clause, doc);
        }
        action
    }

    /// A clause that may stand more than once, or else another.
    fn action_clause(&mut self, action: &mut Action, seen: &mut Seen, clause: Pair<'_, Rule>, doc: Doc) {
        let span = self.span(&clause);
        match clause.as_rule() {
            Rule::junk_clause => self.junk(&clause, Rule::action),
            Rule::input => action.inputs.push(self.input(clause, doc)),
            Rule::let_ => action.lets.push(self.let_(clause)),
            Rule::output => action.outputs.push(self.output(clause, doc)),
            Rule::require => action.requires.push(self.require(clause.into_inner(), span)),
            Rule::fail => action.fails.push(self.fail(clause.into_inner(), span)),
            Rule::by_hand => action.by_hand.push(self.fail(clause.into_inner(), span)),
            Rule::touches => action.touches.extend(clause.into_inner().map(|name| self.expr(name))),
            _ if self.is_repeated(seen, &clause) => {}
            _ => self.single_clause(action, clause),
        }
    }

    fn single_clause(&mut self, action: &mut Action, clause: Pair<'_, Rule>) {
        let (rule, span) = (clause.as_rule(), self.span(&clause));
        let mut inner = clause.into_inner();
        match rule {
            Rule::done_when => action.done_when = Some(self.next_expr(&mut inner, span)),
            Rule::undone_when => action.undone_when = Some(self.next_expr(&mut inner, span)),
            Rule::change => action.change = Some(self.change(inner, span)),
            Rule::undo => action.undo = Some(self.change(inner, span)),
            Rule::irreversible => action.irreversible = Some(self.next_expr(&mut inner, span)),
            Rule::untouched => {
                let when = self.next_expr(&mut inner, span);
                let after = inner.next().map(|pair| self.duration(&pair));
                action.untouched = Some(Untouched { when, after, span });
            }
            Rule::poll => {
                let (every, limit) = self.two_durations(inner, span);
                action.poll = Some(Spanned::new(Poll { every, limit }, span));
            }
            _ => action.takes = Some(Spanned::new(self.two_durations(inner, span), span)),
        }
    }

    fn two_durations(
        &mut self,
        mut inner: Pairs<'_, Rule>,
        span: Span,
    ) -> (std::time::Duration, std::time::Duration) {
        (self.next_duration(&mut inner, span).node, self.next_duration(&mut inner, span).node)
    }

    fn require(&mut self, mut inner: Pairs<'_, Rule>, span: Span) -> Require {
        Require {
            condition: self.next_expr(&mut inner, span),
            reason: self.next_expr(&mut inner, span),
            span,
        }
    }

    fn fail(&mut self, mut inner: Pairs<'_, Rule>, span: Span) -> Fail {
        Fail { message: self.next_expr(&mut inner, span), when: self.next_expr(&mut inner, span), span }
    }

    fn change(&mut self, mut inner: Pairs<'_, Rule>, span: Span) -> Change {
        let sentence = inner.next().map_or(Expr { kind: ExprKind::Broken, span }, |text| self.text(text));
        let (mut request, at) = match inner.next() {
            Some(request) => (request.clone().into_inner(), self.span(&request)),
            None => (inner, span),
        };
        let system = self.next_name(&mut request);
        Change { sentence, request: self.request(request, Some(system), at), span }
    }

    /// A method with its path and body.
    fn request(&mut self, mut parts: Pairs<'_, Rule>, system: Option<Name>, span: Span) -> Request {
        let method = parts.next();
        let at = method.as_ref().map_or(span, |pair| self.span(pair));
        let method = match method.as_ref().map(Pair::as_str) {
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
