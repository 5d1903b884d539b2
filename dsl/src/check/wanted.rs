//! An expression where a type is wanted.

use std::sync::Arc;

use super::Checker;
use super::fit::{fits, may_be_absent, one};
use super::names::{list, nearest};
use super::scope::Scope;
use crate::diagnostic::Diagnostic;
use crate::eval::coerce;
use crate::scalar::{Cidr, IfAddr, ScalarError};
use crate::source::{Name, Span};
use crate::syntax::{BinaryOp, Expr, ExprKind, Literal, TextPart};
use crate::types::Type;
use crate::value::Value;

/// A type that is wanted, and who wants it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) ty: Type,
    /// One sentence: `` `network` wants a cidr (hcx.route, input `network`) ``.
    pub(super) origin: String,
}

impl Wanted {
    pub(super) fn new(ty: Type, origin: impl Into<String>) -> Self {
        Self { ty, origin: origin.into() }
    }

    /// The same wish for a part.
    fn part(&self, ty: &Type) -> Self {
        Self { ty: ty.clone(), origin: self.origin.clone() }
    }
}

impl Checker<'_> {
    /// Checks an expression against the type that is wanted at its place.
    pub(super) fn expect(&mut self, expr: &Expr, wanted: &Wanted, scope: &Scope<'_>) {
        self.deeper(expr.span, (), |checker| checker.expect_part(expr, wanted, scope));
    }

    fn expect_part(&mut self, expr: &Expr, wanted: &Wanted, scope: &Scope<'_>) {
        match (&expr.kind, wanted.ty.required()) {
            (ExprKind::Literal(Literal::Prefix(net)), Type::Cidr) => {
                let error = Cidr::new(*net).err();
                self.bad_literal(expr.span, error, wanted, format!("the host part is {}", host_part(*net)));
            }
            (ExprKind::Literal(Literal::Prefix(net)), Type::IfAddr) => {
                let error = IfAddr::new(*net).err();
                self.bad_literal(expr.span, error, wanted, String::new());
            }
            (ExprKind::Text(parts), _) => self.expect_text(expr, parts, wanted, scope),
            (ExprKind::List(items), Type::List(item)) => {
                let wanted = wanted.part(item);
                items.iter().for_each(|it| self.expect(it, &wanted, scope));
            }
            (ExprKind::Record(fields), Type::Map(item)) => {
                self.distinct_fields(fields);
                let wanted = wanted.part(item);
                fields.iter().for_each(|(_, value)| self.expect(value, &wanted, scope));
            }
            (ExprKind::Record(fields), Type::Record(_)) => {
                self.expect_record(expr.span, fields, wanted, scope);
            }
            (ExprKind::If(condition, then, otherwise), _) => {
                self.condition(condition, scope, "the condition of `if`");
                self.expect(then, wanted, &scope.with(self.narrowed(condition, true, scope)));
                self.expect(otherwise, wanted, &scope.with(self.narrowed(condition, false, scope)));
            }
            (ExprKind::Binary(BinaryOp::Coalesce, left, right), _) => {
                let left_type = self.infer(left, scope);
                self.meet(left.span, left_type.required(), wanted, None);
                self.expect(right, wanted, scope);
            }
            (kind, _) => {
                let found = self.infer(expr, scope);
                self.meet(expr.span, &found, wanted, Some(kind));
            }
        }
    }

    fn expect_text(&mut self, expr: &Expr, parts: &[TextPart], wanted: &Wanted, scope: &Scope<'_>) {
        self.text(parts, expr.span, scope);
        let plain: Option<Arc<str>> = match parts {
            [] => Some(Arc::from("")),
            [TextPart::Plain(plain)] => Some(Arc::clone(plain)),
            _ => None,
        };
        match (wanted.ty.required(), plain) {
            (Type::Url, plain) => {
                self.plain_http(parts, expr.span);
                if let Some(Err(wrong)) = plain.map(|it| coerce(&Value::Text(it), &Type::Url)) {
                    let message = format!("this is no URL: {}", wrong.message);
                    self.report(Diagnostic::error("HR021", expr.span, message).origin(&wanted.origin));
                }
            }
            (Type::Path, _) => {}
            // What opens only a twin is no secret.
            (Type::Secret, _) if self.in_test => {}
            (Type::Secret, _) => self.report(
                Diagnostic::error("HR028", expr.span, "a secret is written out in the text")
                    .origin(&wanted.origin)
                    .help("declare an `input` of type `secret` and give its value when the runbook is run"),
            ),
            (Type::Choice(words), Some(word)) => self.expect_word(expr.span, &word, words, wanted),
            // What is called so would do.
            (_, Some(word))
                if !fits(&Type::String, &wanted.ty)
                    && scope.find(&word).is_some_and(|it| fits(&it.ty, &wanted.ty)) =>
            {
                let told = self.found.len();
                self.mismatch(expr.span, &Type::String, wanted, None);
                let help = format!("write {word} without quotes");
                self.found.iter_mut().skip(told).for_each(|it| it.help = Some(help.clone()));
            }
            (_, plain) => self.meet(expr.span, &Type::String, wanted, plain.map(|_| &expr.kind)),
        }
    }

    fn expect_word(&mut self, span: Span, word: &str, words: &[Arc<str>], wanted: &Wanted) {
        if words.iter().any(|it| **it == *word) {
            return;
        }
        let error =
            Diagnostic::error("HR021", span, format!("\"{word}\" is not {}", one(wanted.ty.required())));
        let help =
            nearest(word, words.iter().map(|it| &**it)).map(|near| format!("did you mean \"{near}\"?"));
        self.report(Diagnostic { help, ..error.origin(&wanted.origin) });
    }

    fn expect_record(&mut self, span: Span, fields: &[(Name, Expr)], wanted: &Wanted, scope: &Scope<'_>) {
        let Type::Record(wants) = wanted.ty.required() else { return };
        self.distinct_fields(fields);
        for (name, value) in fields {
            match wants.get(&name.node) {
                Some(ty) => {
                    let origin = format!("{}; its field `{}` is {}", wanted.origin, name.node, one(ty));
                    self.expect(value, &Wanted::new(ty.clone(), origin), scope);
                }
                None => {
                    self.infer(value, scope);
                }
            }
        }
        let given = |name: &Arc<str>| fields.iter().any(|(field, _)| field.node == *name);
        let missing =
            wants.iter().filter(|(name, ty)| !given(name) && !may_be_absent(ty)).map(|(name, _)| name);
        let missing: Vec<_> = missing.collect();
        if !missing.is_empty() {
            self.report(lacking(span, &missing, wanted));
        }
    }

    fn bad_literal(&mut self, span: Span, error: Option<ScalarError>, wanted: &Wanted, label: String) {
        let Some(ScalarError(sentence)) = error else { return };
        // A scalar's error is a fact and, behind it, a way out.
        let (fact, help) = sentence.rsplit_once("; ").unwrap_or((&sentence, ""));
        let error = Diagnostic::error("HR021", span, fact).label(label).origin(&wanted.origin);
        self.report(Diagnostic { help: (!help.is_empty()).then(|| help.to_owned()), ..error });
    }

    /// Checks a type that was found against one that is wanted.
    pub(super) fn meet(&mut self, span: Span, found: &Type, wanted: &Wanted, written: Option<&ExprKind>) {
        if !fits(found, &wanted.ty) {
            self.mismatch(span, found, wanted, written);
        }
    }

    /// Reports that one type was found where another is wanted.
    pub(super) fn mismatch(&mut self, span: Span, found: &Type, wanted: &Wanted, written: Option<&ExprKind>) {
        let error = match (found, wanted.ty.required()) {
            _ if found.holds_secret() && !wanted.ty.holds_secret() => Diagnostic::error(
                "HR028",
                span,
                format!("a secret would go where {} is wanted", one(&wanted.ty)),
            )
            .label("holds a secret")
            .help("a secret goes only into an input declared `secret`, a header, or the body of a change"),
            (Type::Optional(inner), _) if fits(inner, &wanted.ty) => Diagnostic::error(
                "HR027",
                span,
                format!("{} is wanted, and this may be null", one(&wanted.ty)),
            )
            .label(one(found))
            .help("say what to take instead of null: `… ?? other`, or ask with `if … == null then … else …`"),
            (Type::Record(has), Type::Record(wants))
                if let missing = missing(has, wants)
                    && !missing.is_empty() =>
            {
                lacking(span, &missing, wanted)
            }
            _ => {
                let message = format!("{} is wanted, and this is {}", one(wanted.ty.required()), one(found));
                let error = Diagnostic::error("HR022", span, message).label(one(found));
                Diagnostic { help: written.and_then(|kind| instead(kind, wanted.ty.required())), ..error }
            }
        };
        self.report(Diagnostic { origin: Some(wanted.origin.clone()), ..error });
    }
}

fn missing<'w>(
    has: &std::collections::BTreeMap<Arc<str>, Type>,
    wants: &'w std::collections::BTreeMap<Arc<str>, Type>,
) -> Vec<&'w Arc<str>> {
    wants
        .iter()
        .filter(|(name, ty)| !has.contains_key(*name) && !may_be_absent(ty))
        .map(|(name, _)| name)
        .collect()
}

fn lacking(span: Span, missing: &[&Arc<str>], wanted: &Wanted) -> Diagnostic {
    Diagnostic::error("HR022", span, format!("the record lacks {}", list(missing))).origin(&wanted.origin)
}

/// The host part of an address, as a number when it fits into the last byte.
fn host_part(net: ipnet::Ipv4Net) -> String {
    let host = u32::from(net.addr()) & u32::from(net.hostmask());
    if host < 256 { host.to_string() } else { std::net::Ipv4Addr::from(host).to_string() }
}

/// How a version that was meant as an address is written as one.
fn four_numbers(text: &str) -> String {
    let numbers: Vec<u64> = text.split('.').filter_map(|part| part.parse().ok()).collect();
    if numbers.len() != 4 {
        return "an address has four numbers, as in 10.20.30.1".to_owned();
    }
    match numbers.iter().find(|it| **it > 255) {
        Some(over) => format!("the numbers of an address go from 0 to 255, and {over} is more"),
        None => format!("write {}", numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")),
    }
}

/// What to write instead of a value of the wrong kind.
pub(super) fn instead(written: &ExprKind, wanted: &Type) -> Option<String> {
    match (written, wanted) {
        (ExprKind::Literal(Literal::Number(n)), Type::Duration) => {
            Some(format!("write {n}s, {n}m (minutes) or {n}h"))
        }
        (ExprKind::Literal(Literal::Number(n)), Type::Percent) => Some(format!("write {n}%")),
        (ExprKind::Literal(Literal::Number(n)), Type::Size) => Some(format!("write {n}GiB or {n}MB")),
        (ExprKind::Literal(Literal::Number(n)), Type::String) => Some(format!("write \"{n}\"")),
        (ExprKind::Literal(Literal::Number(n)), Type::Version) => {
            let dots = n.to_string().matches('.').count();
            Some(format!("write {n}{}", ".0".repeat(2 - dots.min(2))))
        }
        (ExprKind::Literal(Literal::Version(version)), Type::Ip) => Some(four_numbers(&version.to_string())),
        (ExprKind::Literal(Literal::Ip(ip)), Type::Version) => Some(format!("write version(\"{ip}\")")),
        (ExprKind::Literal(Literal::Ip(ip)), Type::IfAddr | Type::Cidr) => {
            Some(format!("write the length of the prefix too, as in {ip}/24"))
        }
        (ExprKind::Literal(Literal::Prefix(net)), Type::Ip) => Some(format!("write {}", net.addr())),
        (ExprKind::Text(parts), scalar) if let [TextPart::Plain(text)] = parts.as_slice() => {
            let is_scalar = !matches!(scalar, Type::List(_) | Type::Map(_) | Type::Record(_));
            let number = matches!(scalar, Type::Number) && text.parse::<f64>().is_ok();
            let flag = matches!(scalar, Type::Bool) && matches!(&**text, "true" | "false");
            let reads = is_scalar && coerce(&Value::Text(Arc::clone(text)), scalar).is_ok();
            (number || flag || reads).then(|| format!("write {text} without quotes"))
        }
        _ => None,
    }
}
