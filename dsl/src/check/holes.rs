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
        let behind = plain.split('$').skip(1).chain(plain.split("{{").skip(1));
        let behind = behind.chain(plain.split("#{").skip(1)).map(|it| it.trim_start_matches(['(', ' ']));
        let Some(path) = behind.into_iter().find_map(|it| known_path(it, scope)) else { return };
        let name = path.split('.').next().unwrap_or_default();
        self.used.extend(scope.find(name).and_then(|entry| entry.declared));
        if !self.program.sources.slice(span).contains("\\$") {
            let message = format!("this text shows the letters `{path}`, not the value");
            self.report(
                Diagnostic::warning("HR019", span, message)
                    .help(format!("write `${{{path}}}`; a dollar sign is written `\\$`")),
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

/// The name at the beginning of a text that means something, with the fields behind it that it has.
fn known_path<'t>(text: &'t str, scope: &Scope<'_>) -> Option<&'t str> {
    let word = |text: &'t str| {
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        text.get(..end.unwrap_or(text.len())).unwrap_or_default()
    };
    let name = word(text);
    let (mut ty, mut end) = (&scope.find(name)?.ty, name.len());
    while let Some(field) = text.get(end..).and_then(|rest| rest.strip_prefix('.')).map(word) {
        // An answer may have any.
        let open = Some(ty).filter(|ty| matches!(ty, Type::Json) && !field.is_empty());
        let Some(of_field) = field_of(ty, field).or(open) else { break };
        (ty, end) = (of_field, end + 1 + field.len());
    }
    text.get(..end)
}

/// Whether a text reads like an input, a let or the variable of a fan-out, or like a field of one.
fn has_value(text: &str, scope: &Scope<'_>) -> bool {
    let mut words = text.split('.');
    let entry = words.next().and_then(|name| scope.find(name));
    let Some(entry) = entry.filter(|it| it.needs == Needs::Nothing) else { return false };
    let ty = words.try_fold(&entry.ty, field_of);
    ty.is_some_and(|ty| !matches!(ty, Type::System { .. }))
}

fn field_of<'y>(ty: &'y Type, field: &str) -> Option<&'y Type> {
    match ty.required() {
        Type::Record(fields) => fields.get(field),
        _ => None,
    }
}
