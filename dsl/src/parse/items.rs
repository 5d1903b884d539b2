//! Files and what stands at their top.

use std::sync::Arc;

use pest::iterators::Pair;

use super::forms::skip;
use super::messages::{found, is_word, near};
use super::{Reader, Rule, Seen};
use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::syntax::{
    Doc, File, Input, Item, Let, OnFailure, Output, Runbook, System, TypeDecl, Use, UseTarget, Window,
};

/// The edition that this program knows.
const EDITION: u32 = 1;

/// What else a text is that nothing could be understood of.
fn other_format(text: &str) -> Option<&'static str> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_key = |line: &str| line.split_once(':').is_some_and(|(key, _)| is_word(key));
    let first = lines().next()?;
    Some(match first.chars().next()? {
        '{' | '[' => "JSON",
        '<' => "XML or HTML",
        _ if lines().all(|line| line.starts_with("- ") || is_key(line)) => "YAML",
        _ if lines().skip(1).any(|line| line.starts_with("edition")) => return None,
        _ => "some other text",
    })
}

fn is_whole_number(text: &str) -> bool {
    text.trim_end().parse::<u32>().is_ok()
}

impl Reader<'_> {
    pub(super) fn file(&mut self, pair: Pair<'_, Rule>) -> File {
        let mut file = File::default();
        let (mut seen, mut is_first, mut speaks_of_it) = (Seen::new(), true, false);
        for (doc, pair) in self.documented(pair.into_inner()) {
            let is_junk = pair.as_rule() == Rule::junk_item;
            let word = found(pair.as_str(), 0).to_lowercase();
            let is_edition = is_first && near(&word, ["edition"].into_iter()).is_some();
            let is_number = is_first && pair.as_str().lines().next().is_some_and(is_whole_number);
            let is_edition = is_edition || is_number || pair.as_str().starts_with("edition");
            match pair.as_rule() {
                Rule::edition if self.is_repeated(&mut seen, &pair) => {}
                Rule::edition => file.edition = self.edition(pair, is_first),
                Rule::junk_item if is_edition => self.broken_edition(&pair),
                Rule::junk_item => self.junk(&pair, Rule::file),
                Rule::EOI => {}
                _ => file.items.extend(self.item(pair, doc)),
            }
            (is_first, speaks_of_it) = (is_first && is_junk, speaks_of_it || is_edition);
        }
        let is_other = file.items.is_empty() && file.edition.is_none() && !self.lost.is_empty();
        if is_other && let Some(what) = other_format(self.written) {
            let start = skip(self.written, 0);
            let message = Diagnostic::error(
                "HR002",
                self.at(start, start + 1),
                format!("this is {what}, and no file of hcxrun"),
            );
            self.diagnostics =
                vec![message.help(format!("a file of hcxrun starts with `edition {EDITION}`"))];
        } else if !speaks_of_it {
            let message = "the file does not say which edition it is written in";
            let message = Diagnostic::error("HR002", self.at(0, 0), message);
            self.diagnostics.push(message.help(format!("make `edition {EDITION}` its first line")));
        }
        file
    }

    fn edition(&mut self, pair: Pair<'_, Rule>, is_first: bool) -> Option<Spanned<u32>> {
        let whole = self.span(&pair);
        let edition: Spanned<u32> = self.integer(&pair.into_inner().next()?);
        if edition.node != EDITION {
            let what = format!("there is no edition {}", edition.node);
            let message = Diagnostic::error("HR002", edition.span, what);
            self.diagnostics.push(message.help(format!("this hcxrun knows edition {EDITION}")));
        } else if !is_first {
            let message = Diagnostic::error("HR002", whole, "the edition comes after something else");
            self.diagnostics.push(message.help("make it the first line"));
        }
        Some(edition)
    }

    fn broken_edition(&mut self, pair: &Pair<'_, Rule>) {
        let (start, line) = (pair.as_span().start(), pair.as_str().lines().next().unwrap_or_default());
        let span = self.at(start, start + line.trim_end().len());
        let what = match found(line, 0) {
            "edition" => "an edition is a whole number".to_owned(),
            number if is_whole_number(number) => "the word `edition` is missing".to_owned(),
            word => format!("`{word}` is no word of this language, and a file starts with its edition"),
        };
        let message = Diagnostic::error("HR002", span, what);
        self.diagnostics.push(message.help(format!("write `edition {EDITION}`")));
    }

    fn item(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Option<Item> {
        Some(match pair.as_rule() {
            Rule::runbook => Item::Runbook(self.runbook(pair, doc)),
            Rule::use_ => Item::Use(self.use_(pair)?),
            Rule::system => Item::System(self.system(pair)),
            Rule::input => Item::Input(self.input(pair, doc)),
            Rule::let_ => Item::Let(self.let_(pair)),
            Rule::output => Item::Output(self.output(pair, doc)),
            Rule::type_decl => Item::Type(self.type_decl(pair, doc)),
            Rule::api => Item::Api(self.api(pair, doc)),
            Rule::action => Item::Action(Box::new(self.action(pair, doc))),
            Rule::invariant => Item::Invariant(Box::new(self.invariant(pair, doc))),
            Rule::test => Item::Test(Box::new(self.test(pair, doc))),
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
        let mut seen = Seen::new();
        for (_, clause) in self.documented(inner) {
            match clause.as_rule() {
                Rule::junk_clause => self.junk(&clause, Rule::runbook),
                _ if self.is_repeated(&mut seen, &clause) => {}
                Rule::ticket => runbook.ticket = clause.into_inner().next().map(|text| self.plain(text)),
                Rule::window => runbook.window = self.window(clause),
                _ => runbook.on_failure = Some(self.policy_of(clause)),
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
        let text = inner.next()?;
        // One that is mended is another path.
        if self.has_fault(&text) {
            return None;
        }
        let path = self.plain(text);
        let name = self.next_name(&mut inner);
        Some(Use { target: Spanned::new(UseTarget::File(path.node), path.span), name, span })
    }

    pub(super) fn system(&self, pair: Pair<'_, Rule>) -> System {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let (name, first) = (self.next_name(&mut inner), self.next_name(&mut inner));
        match inner.next() {
            Some(api) => System { name, module: Some(first), api: self.name(&api), span },
            None => System { name, module: None, api: first, span },
        }
    }

    pub(super) fn input(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Input {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let name = self.next_declared(&mut inner);
        let ty = self.next_type(&mut inner, span);
        Input { doc, name, ty, default: inner.next().map(|value| self.expr(value)), span }
    }

    pub(super) fn let_(&mut self, pair: Pair<'_, Rule>) -> Let {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        Let { name: self.next_declared(&mut inner), value: self.next_expr(&mut inner, span), span }
    }

    pub(super) fn output(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> Output {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        Output { doc, name: self.next_name(&mut inner), value: self.next_expr(&mut inner, span), span }
    }

    fn type_decl(&mut self, pair: Pair<'_, Rule>, doc: Doc) -> TypeDecl {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        TypeDecl { doc, name: self.next_name(&mut inner), ty: self.next_type(&mut inner, span), span }
    }
}
