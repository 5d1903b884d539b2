//! What is told between the signs: the units of values, and times as they are meant.

use std::time::Duration;

use hcxrun_dsl::syntax::{Expr, ExprKind, Literal, Member, Step};
use hcxrun_dsl::{Span, Type, format_duration, window};
use lsp_types::{InlayHint, InlayHintLabel};

use crate::documents::Known;

/// The hints of the bytes between two places, in order.
pub(crate) fn hints(known: &Known, within: std::ops::Range<usize>) -> Vec<InlayHint> {
    let program = &known.analysis.program;
    let Some(module) = program.main() else { return Vec::new() };
    let mut found = Found { known, within, hints: Vec::new() };
    module.actions.values().for_each(|it| {
        it.lets.iter().for_each(|it| found.unit(it.name.span, it.value.span));
        it.for_each_expression(&mut |expr| found.expr(expr));
        if let Some(poll) = it.poll {
            found.looks(poll.span, poll.node.every, poll.node.limit);
        }
    });
    if let Some(body) = &module.runbook {
        body.lets.iter().for_each(|it| {
            found.unit(it.name.span, it.value.span);
            found.expr(&it.value);
        });
        body.inputs.iter().filter_map(|it| it.default.as_ref()).for_each(|it| found.expr(it));
        body.members.iter().for_each(|it| found.member(it));
        if let Some(it) = &body.header.window
            && let Some(resolved) = window(program)
        {
            let whole = resolved.end.duration_since(resolved.start);
            found.tell(it.end.span, format!("{} long", format_duration(whole.unsigned_abs())));
        }
    }
    found.hints.sort_by_key(|it| (it.position.line, it.position.character));
    found.hints
}

struct Found<'k> {
    known: &'k Known,
    within: std::ops::Range<usize>,
    hints: Vec<InlayHint>,
}

impl Found<'_> {
    fn member(&mut self, member: &Member) {
        match member {
            Member::Phase(it) => it.members.iter().for_each(|it| self.member(it)),
            Member::Parallel(it) => it.members.iter().for_each(|it| self.member(it)),
            Member::Gate(it) => self.expr(&it.ask),
            Member::Step(it) => self.step(it),
        }
    }

    fn step(&mut self, it: &Step) {
        it.arguments.iter().for_each(|it| self.expr(&it.value));
        it.when.iter().for_each(|it| self.expr(it));
        if let Some(timeout) = it.timeout {
            self.duration(timeout.span, timeout.node);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(Literal::Duration(it)) => self.duration(expr.span, *it),
            ExprKind::Literal(Literal::Prefix(it)) if it.addr() != it.network() => {
                self.tell(expr.span, format!("in {}", it.trunc()));
            }
            _ => expr.for_each_part(&mut |part| self.expr(part)),
        }
    }

    /// `90m` is read as `1h30m`.
    fn duration(&mut self, span: Span, it: Duration) {
        let shown = format_duration(it);
        if self.known.analysis.program.sources.slice(span) != shown {
            self.tell(span, format!("= {shown}"));
        }
    }

    fn looks(&mut self, span: Span, every: Duration, limit: Duration) {
        if !every.is_zero() {
            let looks = limit.as_millis().div_ceil(every.as_millis().max(1));
            self.tell(span, format!("{looks} looks"));
        }
    }

    /// Of a value with a unit its type says which.
    fn unit(&mut self, name: Span, value: Span) {
        let ty = self.known.type_at(value);
        let has_unit = |ty: &Type| {
            matches!(
                ty,
                Type::Duration
                    | Type::Time
                    | Type::Size
                    | Type::Percent
                    | Type::Cidr
                    | Type::IfAddr
                    | Type::Ip
            )
        };
        if let Some(ty) = ty.filter(|ty| has_unit(ty.required())) {
            self.tell(name, format!(": {ty}"));
        }
    }

    /// Behind a span, when it is asked for.
    fn tell(&mut self, span: Span, text: String) {
        if span.source != self.known.source || !self.within.contains(&(span.end as usize)) {
            return;
        }
        self.hints.push(InlayHint {
            position: self.known.lines().position(span.end as usize),
            padding_left: Some(!text.starts_with(':')),
            label: InlayHintLabel::String(text),
            kind: None,
            text_edits: None,
            tooltip: None,
            padding_right: None,
            data: None,
        });
    }
}
