//! Apis: how to sign in, keep a session and read errors.

use std::sync::Arc;

use super::Checker;
use super::fit::{fits, one, record};
use super::scope::{Entry, Place, Scope};
use crate::diagnostic::Diagnostic;
use crate::syntax::{Api, Expr};
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn api(&mut self, api: &Api) {
        let inputs = self.inputs(&api.inputs, &format!(" of `{}`", api.name.node), false);
        self.distinct_inputs(api);
        let scope = Scope::new(Place::Api);
        let scope = scope.with(inputs);
        if let Some(login) = &api.login {
            self.request(login, &scope);
        }
        let answered = scope.with(api.login.iter().map(|_| (Arc::from("login"), Entry::new(login_type()))));
        for (name, value) in &api.headers {
            self.written_out(&name.node, value);
            self.header(value, &answered);
        }
        if let Some(error) = &api.error {
            self.error_text(error);
        }
        for status in api.again_on.iter().filter(|it| !(100..600).contains(&it.node)) {
            let message = format!("{} is not a status of HTTP", status.node);
            self.bounds(
                status.span,
                &message,
                "statuses go from 100 to 599; a session that is over is mostly 401",
            );
        }
        self.has_url(api);
        // Where a system is and whom to trust is the program's business; the api need not speak of it.
        let spoken_of = api.inputs.iter().map(|it| &it.name).filter(|it| !matches!(&*it.node, "url" | "ca"));
        self.unused(spoken_of.map(|name| ("input", name)));
    }

    fn distinct_inputs(&mut self, api: &Api) {
        let mut names = std::collections::BTreeMap::new();
        for input in &api.inputs {
            crate::load::declare(&mut names, &input.name, &mut self.found);
        }
    }

    /// The value of a header may be a secret.
    fn header(&mut self, value: &Expr, scope: &Scope<'_>) {
        let found = self.infer(value, scope);
        let kinds = [Type::String, Type::Secret, Type::Number];
        if !kinds.iter().any(|kind| fits(found.required(), kind)) {
            let message = format!("the value of a header is a text, and this is {}", one(&found));
            self.report(Diagnostic::error("HR022", value.span, message));
        }
    }

    fn error_text(&mut self, error: &Expr) {
        let scope = Scope::new(Place::Api);
        let scope = scope.with([(Arc::from("response"), Entry::new(Type::Json))]);
        let found = self.shown(error, &scope, "the text of an error");
        if !fits(found.required(), &Type::String) && found != Type::Null {
            let message = format!("`error` is a text or null, and this is {}", one(&found));
            self.report(Diagnostic::error("HR022", error.span, message));
        }
    }

    fn has_url(&mut self, api: &Api) {
        let url = api.inputs.iter().find(|it| &*it.name.node == "url");
        let is_url = |ty: Type| matches!(ty, Type::Url | Type::Unknown);
        if !url.is_some_and(|it| is_url(self.program.resolve(self.module, &it.ty)))
            && !self.broken_within(api.span)
        {
            self.report(
                Diagnostic::error(
                    "HR024",
                    api.name.span,
                    format!("the api `{}` does not say where its systems are", api.name.node),
                )
                .help("declare `input url: url`"),
            );
        }
    }
}

/// What is known of the answer to a login. Its headers are secrets: one of them is the session.
fn login_type() -> Type {
    record([
        (Arc::from("headers"), Type::Map(Arc::new(Type::Secret))),
        (Arc::from("body"), Type::Json),
        (Arc::from("status"), Type::Number),
    ])
}
