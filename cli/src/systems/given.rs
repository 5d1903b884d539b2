//! What systems.yaml says, and messages that point there and show no secret.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hcxrun_dsl::data::{DataPath, Part};
use hcxrun_dsl::eval::Mismatch;
use hcxrun_dsl::syntax::{Api, System};
use hcxrun_dsl::{Diagnostic, Fields, ModuleId, Program, Span, Type, Value, suggestion};
use hcxrun_engine::{Server, ServerError};

use crate::document::{Document, Located};
use crate::failure::Failure;
use crate::say;
use crate::text::{self, Unreadable};

/// What is given of the systems, with the text that it stands in.
pub(crate) struct Given {
    document: Document,
    fields: Fields,
    /// From where the files go out that it names.
    folder: PathBuf,
}

const REFERENCE: &str =
    "write `env:NAME` for a variable of the environment, or `file:PATH` for a file that holds it";

impl Given {
    /// Reads a systems.yaml.
    pub(crate) fn read(program: &Program, path: &Path) -> Result<Self, Failure> {
        let public = public_fields(program);
        let document = Document::read(path)?.closed(|path, value| match path.parts() {
            // Who signs in by the address writes the password there.
            [_, Part::Key(field)] if public.contains(field) => !(value.contains('@') && value.contains(':')),
            _ => value.starts_with("env:") || value.starts_with("file:"),
        });
        let fields = document
            .fields("write `NAME:` for each system, with `url:`, `username:` and `password: env:NAME`")?;
        Ok(Self { document, fields, folder: path.parent().unwrap_or(Path::new("")).to_owned() })
    }

    /// What stands in no text of the user's.
    pub(crate) fn of_nobody(name: &str) -> Self {
        Self { document: Document::empty(name), fields: Fields::new(), folder: PathBuf::new() }
    }

    /// What is given of one system.
    pub(crate) fn of(&self, system: &str) -> Option<&Value> {
        self.fields.get(system)
    }

    fn fails(&self, make: impl FnOnce(&Located<'_>) -> Diagnostic) -> Failure {
        self.document.fails(make)
    }

    /// Nothing is given of a system of the runbook.
    pub(super) fn missing(&self, program: &Program, system: &System) -> Failure {
        let name = &system.name.node;
        let message = format!("{} says nothing of the system `{name}`", self.document.name());
        let strange = self.fields.keys().filter(|it| !is_system(program, it));
        let near =
            strange.clone().find(|it| suggestion(it, [&**name], "").is_some_and(|it| it.starts_with("did")));
        let mut sources = program.sources.clone();
        let located = self.document.among(&mut sources);
        let error = |span| Diagnostic::error("HR024", span, message);
        let diagnostic = match near {
            Some(near) => error(located.key(&DataPath::default().key(near)))
                .related(system.name.span, format!("the runbook names the system `{name}`"))
                .help(format!("did you mean `{name}`?")),
            None => error(system.name.span)
                .help(format!("add `{name}:` with `url:`, `username:` and `password: env:NAME`")),
        };
        Failure::Program { sources, diagnostics: vec![diagnostic] }
    }

    pub(super) fn no_record(&self, at: &DataPath) -> Failure {
        let message = format!("`{at}` is not a record of `url`, `username` …");
        self.fails(|it| Diagnostic::error("HR022", it.key(at), message))
    }

    pub(super) fn strange_field(&self, api: &Api, system: &DataPath, field: &str) -> Failure {
        if skips_verification(field) {
            return self.fails(|it| certificates_are_verified(it.key(&system.key(field)), system, field));
        }
        let known = api.inputs.iter().map(|it| &*it.name.node);
        let help = suggestion(field, known, "a system of this kind has");
        let at = system.key(field);
        let message = format!("`{at}` means nothing");
        self.fails(|it| Diagnostic { help, ..Diagnostic::error("HR012", it.key(&at), message) })
    }

    pub(super) fn lacks(&self, system: &DataPath, field: &str, ty: &Type) -> Failure {
        let message = format!("`{system}` has no `{field}`, which wants {ty}");
        self.fails(|it| Diagnostic::error("HR024", it.key(system), message))
    }

    pub(super) fn unfit(&self, at: &DataPath, wrong: Mismatch) -> Failure {
        let at: DataPath = at.parts().iter().chain(wrong.path.parts()).cloned().collect();
        let message = format!("`{at}` does not fit: {}", wrong.message);
        self.fails(|it| Diagnostic { help: wrong.help, ..Diagnostic::error("HR021", it.value(&at), message) })
    }

    pub(super) fn server(&self, inputs: &Fields, system: &DataPath) -> Result<Server, Failure> {
        let word = |name: &str| inputs.get(name).and_then(Value::as_text).map(ToString::to_string);
        let ca = word("ca").map(|file| {
            let file = self.folder.join(file);
            text::bytes(&file).map_err(|it| self.unreadable(&system.key("ca"), &file, &it))
        });
        let ca = ca.transpose()?;
        Server::new(&word("url").unwrap_or_default(), ca.as_deref())
            .map_err(|wrong| self.unreached(system, &wrong))
    }

    /// Where a system is said to be, nothing can be reached.
    fn unreached(&self, system: &DataPath, wrong: &ServerError) -> Failure {
        let (code, field, help) = match wrong {
            ServerError::Credentials => (
                "HR028",
                "url",
                "leave them out of the address: `username:` and `password: env:NAME` have lines of their own",
            ),
            ServerError::Address(_) => (
                "HR021",
                "url",
                "write it as `https://hcx.example.com`, with `:9443` or another port when it has one",
            ),
            ServerError::Ca(_) => (
                "HR021",
                "ca",
                "PEM is text, from `-----BEGIN CERTIFICATE-----` to `-----END CERTIFICATE-----`",
            ),
            ServerError::Client(_) => ("HR021", "url", "look at the certificates that this machine trusts"),
        };
        let at = system.key(field);
        self.fails(|it| Diagnostic::error(code, it.value(&at), format!("`{at}` {wrong}")).help(help))
    }

    fn unreadable(&self, at: &DataPath, file: &Path, it: &Unreadable) -> Failure {
        let message = format!("`{at}` names a file that cannot be read: {}: {}", file.display(), it.why);
        let help = it.help.map(str::to_owned);
        self.fails(|it| Diagnostic { help, ..Diagnostic::error("HR024", it.value(at), message) })
    }

    pub(super) fn warn_of_plain_http(&self, system: &DataPath) {
        let at = system.key("url");
        let message = format!("`{at}` is plain http: everybody on the way can read what is sent");
        let warning =
            self.fails(|it| Diagnostic::warning("HR039", it.value(&at), message).help("write https://"));
        say::error(&warning.text());
    }

    /// A secret by its reference: `env:NAME` or `file:PATH`.
    pub(super) fn secret(&self, value: &Value, at: &DataPath) -> Result<Value, Failure> {
        let unfit = |what: &str| {
            let message = format!("`{at}` {what}");
            self.fails(|it| Diagnostic::error("HR028", it.value(at), message).help(REFERENCE))
        };
        let reference = match value {
            Value::Null(_) | Value::Secret(_) => return Ok(value.clone()),
            Value::Text(text) => text,
            _ => return Err(unfit("is no reference to a secret")),
        };
        if let Some(name) = reference.strip_prefix("env:") {
            return match std::env::var(name) {
                Ok(secret) if !secret.is_empty() => Ok(Value::text(secret)),
                Ok(_) => Err(self.unset(at, name, "is empty")),
                Err(std::env::VarError::NotUnicode(_)) => Err(self.unset(at, name, "is no UTF-8")),
                Err(std::env::VarError::NotPresent) => Err(self.unset(at, name, "is not set")),
            };
        }
        let Some(file) = reference.strip_prefix("file:") else {
            return Err(unfit("holds a secret in clear"));
        };
        let file = self.folder.join(file);
        let text = text::read(&file).map_err(|it| self.unreadable(at, &file, &it))?;
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err(self.fails(|it| {
                let message = format!("`{at}` names the file {}, which is empty", file.display());
                Diagnostic::error("HR024", it.value(at), message)
                    .help("write the secret into it, as its only line")
            })),
            secret => Ok(Value::text(secret)),
        }
    }

    fn unset(&self, at: &DataPath, name: &str, how: &str) -> Failure {
        let message = format!("`{at}` names the variable {name}, which {how}");
        let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let help = match name {
            "" => "name it, as `env:HCX_PASSWORD`".to_owned(),
            name if name.chars().all(is_word) => format!("set it: `export {name}=…`"),
            _ => "the name of a variable is one word, as in `env:HCX_PASSWORD`".to_owned(),
        };
        self.fails(|it| Diagnostic::error("HR024", it.value(at), message).help(help))
    }
}

fn certificates_are_verified(at: Span, system: &DataPath, field: &str) -> Diagnostic {
    Diagnostic::error("HR051", at, format!("`{system}.{field}`: certificates are always verified"))
        .help("remove it, and name the certificate of the issuer, as in `ca: issuer.pem`")
}

/// Whether a name is one by which other tools let certificates be.
fn skips_verification(name: &str) -> bool {
    let plain: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    ["insecure", "verify", "verification", "validatecert", "ignorecert", "ignoressl", "trustall", "skiptls"]
        .iter()
        .any(|word| plain.contains(word))
}

fn is_system(program: &Program, name: &str) -> bool {
    program.runbook().is_some_and(|it| it.systems.iter().any(|system| *system.name.node == *name))
}

/// The fields of systems that hold no secret. What stands in any other is not shown, be it a misspelt `password`.
fn public_fields(program: &Program) -> Vec<Arc<str>> {
    let modules = (0..).map(ModuleId).map_while(|id| Some((id, program.module(id)?)));
    let apis = modules.flat_map(|(id, module)| module.apis.values().map(move |api| (id, api)));
    let inputs = apis.flat_map(|(id, api)| api.inputs.iter().map(move |input| (id, input)));
    let (secret, public): (Vec<_>, Vec<_>) =
        inputs.partition(|(id, input)| program.resolve(*id, &input.ty).holds_secret());
    let is_secret = |name: &str| secret.iter().any(|(_, input)| *input.name.node == *name);
    let public = public.into_iter().map(|(_, input)| &input.name.node);
    public.filter(|name| !is_secret(name)).cloned().collect()
}
