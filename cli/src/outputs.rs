//! What a runbook hands back, and what of it has no value.

use hcxrun_dsl::eval::{Context, EvalError, Reads, Scope};
use hcxrun_dsl::{Diagnostic, Fields, Program, RunbookBody, Sources};
use serde_json::{Map, Value as Json, json};

/// The outputs of a runbook.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    /// Those that have a value, or will have one.
    values: Map<String, Json>,
    /// Those that have none.
    without: Vec<(String, EvalError)>,
}

impl Outputs {
    /// What they are worth with what the steps have put out; `files` are those that the runbook reads.
    pub(crate) fn of(program: &Program, names: &Fields, files: &Reads) -> Self {
        let mut found = Self::default();
        let Some(RunbookBody { outputs, lets, .. }) = program.runbook() else { return found };
        let context = Context::prose(files);
        let outer = Scope::values(names);
        let scope = outer.with_lets(lets);
        for it in outputs {
            let name = it.name.node.to_string();
            match context.evaluate(&it.value, &scope) {
                Ok(value) => drop(found.values.insert(name, value.to_json())),
                Err(error) => found.without.push((name, error)),
            }
        }
        found
    }

    /// A line for each.
    pub(crate) fn lines(&self, sources: &Sources) -> Vec<String> {
        let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let values = self.values.iter().map(|(name, value)| format!("{name}: {}", text(value)));
        let without = self.without.iter().map(|(name, error)| {
            format!("{name}: no value: {}, at {}", error.coded(), sources.position(error.span))
        });
        values.chain(without).collect()
    }

    /// Those that have a value, for programs.
    pub(crate) fn values(&self) -> Json {
        self.values.clone().into()
    }

    /// Those that have none, for programs.
    pub(crate) fn without(&self, sources: &Sources) -> Json {
        let one = |(name, error): &(String, EvalError)| {
            json!({
                "output": name,
                "code": error.code,
                "message": error.message,
                "at": sources.position(error.span),
            })
        };
        self.without.iter().map(one).collect()
    }

    /// A warning for each that has none.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = Diagnostic> {
        self.without.iter().map(|(name, error)| {
            let message = format!("the output `{name}` has no value: {}", error.message);
            Diagnostic::warning(error.code, error.span, message)
        })
    }
}
