//! Texts that show a name where its value is meant.

use super::Checker;
use super::scope::{Needs, Scope};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::{Expr, ExprKind, TextPart};
use crate::types::Type;

impl Checker<'_> {
    /// A warning for `$name`, `$(name)`, `#{name}` and `{{ name }}`, which other languages fill in.
    pub(super) fn no_hole(&mut self, plain: &str, span: Span, scope: &Scope<'_>) {
        let name = |behind: &str| {
            let behind = behind.trim_start_matches(['(', ' ']);
            let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            behind.get(..end.unwrap_or(behind.len())).map(str::to_owned)
        };
        let holes = plain.split('$').skip(1).chain(plain.split("{{").skip(1));
        let holes = holes.chain(plain.split("#{").skip(1)).filter_map(name);
        let Some(name) = holes.into_iter().find(|name| scope.find(name).is_some()) else { return };
        self.used.extend(scope.find(&name).and_then(|entry| entry.declared));
        if !self.program.sources.slice(span).contains("\\$") {
            let message = format!("this text shows the letters `{name}`, not the value");
            self.report(
                Diagnostic::warning("HR019", span, message)
                    .help(format!("write `${{{name}}}`; a dollar sign is written `\\$`")),
            );
        }
    }

    /// A warning for an argument in quotes that would have a value without: `mesh = "mesh"`, `network = "n.name"`.
    pub(super) fn no_quoted_name(&mut self, value: &Expr, wanted: &Type, scope: &Scope<'_>) {
        let ExprKind::Text(parts) = &value.kind else { return };
        let ([TextPart::Plain(text)], false) =
            (parts.as_slice(), matches!(wanted.required(), Type::Choice(_)))
        else {
            return;
        };
        if has_value(text, scope) {
            let name = text.split('.').next().unwrap_or_default();
            self.used.extend(scope.find(name).and_then(|entry| entry.declared));
            let message = format!("this argument is the text `{text}`, and `{text}` has a value here");
            self.report(
                Diagnostic::warning("HR019", value.span, message)
                    .help(format!("write {text} without quotes")),
            );
        }
    }
}

/// Whether a text reads like an input, a let or the variable of a fan-out, or like a field of one.
fn has_value(text: &str, scope: &Scope<'_>) -> bool {
    let mut words = text.split('.');
    let entry = words.next().and_then(|name| scope.find(name));
    let Some(entry) = entry.filter(|it| it.needs == Needs::Nothing) else { return false };
    let mut ty = &entry.ty;
    for word in words {
        let Type::Record(fields) = ty.required() else { return false };
        let Some(field) = fields.get(word) else { return false };
        ty = field;
    }
    !matches!(ty, Type::System { .. })
}
