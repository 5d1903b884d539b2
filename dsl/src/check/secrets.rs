//! Secrets that nothing declares as such: told by the names that they have, and by where they stand.

use super::Checker;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::{Expr, ExprKind, Input, TextPart};
use crate::types::Type;

/// How names of secrets end, whether written `api_key`, `apiKey` or `x-api-key`.
const ENDINGS: [&str; 8] =
    ["password", "passwd", "passphrase", "secret", "apikey", "privatekey", "authorization", "token"];

/// Whether a name is one that secrets have.
fn is_of_a_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    ENDINGS.iter().any(|ending| plain.to_ascii_lowercase().ends_with(ending))
}

impl Checker<'_> {
    /// A warning for a text that is written out behind the name of a secret. What opens only a twin is none.
    pub(super) fn written_out(&mut self, name: &str, value: &Expr) {
        let ExprKind::Text(parts) = &value.kind else { return };
        let is_plain = matches!(parts.as_slice(), [TextPart::Plain(_)]);
        if !self.in_test && is_plain && is_of_a_secret(name) {
            let message = format!("`{name}` looks like a secret, and is written out in the text");
            self.report(
                Diagnostic::warning("HR028", value.span, message)
                    .label("everybody who has the file can read it")
                    .help("declare an `input` of type `secret` and give its value when the runbook is run"),
            );
        }
    }

    /// A warning for an input with the name of a secret whose value would be kept and shown.
    pub(super) fn is_kept(&mut self, input: &Input, ty: &Type) {
        let name = &input.name;
        if *ty.required() == Type::String && is_of_a_secret(&name.node) {
            let message =
                format!("`{}` looks like a secret, and its value would be kept and shown", name.node);
            self.report(
                Diagnostic::warning("HR028", input.ty.span, message)
                    .help(format!("declare it as one: `input {}: secret`", name.node)),
            );
        }
    }

    /// A password in a URL: `https://user:password@host`.
    pub(super) fn no_credentials(&mut self, plain: &str, span: Span) {
        let places =
            plain.split("://").skip(1).map(|rest| rest.split(['/', '?', ' ']).next().unwrap_or(rest));
        let mut users = places.filter_map(|place| place.rsplit_once('@').map(|(user, _)| user));
        if !self.in_test && users.any(|user| user.split_once(':').is_some_and(|(_, word)| !word.is_empty())) {
            self.report(
                Diagnostic::error("HR028", span, "a password stands in a URL")
                    .label("everybody who has the file can read it")
                    .help("leave it out: a system signs in with what systems.yaml says of it"),
            );
        }
    }

    /// A warning for a URL that is written out as plain http. What is said to a twin goes no way at all.
    pub(super) fn plain_http(&mut self, parts: &[TextPart], span: Span) {
        let Some(TextPart::Plain(text)) = parts.first() else { return };
        if text.starts_with("http://") && !self.in_test {
            self.report(
                Diagnostic::warning(
                    "HR039",
                    span,
                    "this URL is plain http: everybody on the way can read what is sent",
                )
                .help("write https://"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for name in ["password", "admin_password", "apiKey", "x-api-key", "Authorization", "accessToken"] {
            assert!(is_of_a_secret(name), "{name}");
        }
        for name in ["name", "key", "token_count", "secretary", "passwords_must_match", "author"] {
            assert!(!is_of_a_secret(name), "{name}");
        }
    }
}
