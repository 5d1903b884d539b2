//! systems.yaml: where each system is and how to sign in. Secrets stand there by reference, never in clear.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hcxrun_dsl::eval::coerce;
use hcxrun_dsl::syntax::Api;
use hcxrun_dsl::{Fields, ModuleId, Program, RunbookBody, Type, Value};
use hcxrun_engine::{Server, StoredSystem, SystemConfig};

use crate::failure::Failure;
use crate::say;

/// The systems of a runbook, ready to be talked to.
#[derive(Debug, Default)]
pub(crate) struct SystemsFile {
    /// For the sessions.
    pub(crate) configs: BTreeMap<String, SystemConfig>,
    /// For the transport.
    pub(crate) servers: BTreeMap<String, Server>,
}

impl SystemsFile {
    /// What the journal keeps of them.
    pub(crate) fn stored(&self) -> BTreeMap<String, StoredSystem> {
        let text = |config: &SystemConfig, name: &str| match config.inputs.get(name) {
            Some(Value::Text(text)) => Some(text.to_string()),
            _ => None,
        };
        let stored = |(name, config): (&String, &SystemConfig)| {
            let url = text(config, "url").unwrap_or_default();
            (name.clone(), StoredSystem { url, username: text(config, "username") })
        };
        self.configs.iter().map(stored).collect()
    }

    /// Whether all of them are on this machine.
    pub(crate) fn are_local(&self) -> bool {
        self.servers.values().all(is_local)
    }

    /// Adds a system: what is given of it, put together with what its api wants.
    pub(crate) fn add(
        &mut self,
        program: &Program,
        (module, api): (ModuleId, &Api),
        name: String,
        given: Value,
        path: &Path,
    ) -> Result<(), Failure> {
        let Value::Record(fields) = given else {
            return Err(Failure::new(format!(
                "{}: `{name}` is not a record of `url`, `username` …",
                path.display()
            )));
        };
        if let Some(strange) =
            fields.keys().find(|field| !api.inputs.iter().any(|it| it.name.node == **field))
        {
            if skips_verification(strange) {
                return Err(Failure::coded(
                    "HR051",
                    format!("{}: `{name}.{strange}`: certificates are always verified", path.display()),
                    "remove it, and name the certificate of the issuer, as in `ca: issuer.pem`",
                ));
            }
            let known = api.inputs.iter().map(|it| &*it.name.node);
            return Err(Failure::with_help(
                format!("{}: `{name}.{strange}` means nothing", path.display()),
                hcxrun_dsl::suggestion(strange, known, "a system of this kind has").unwrap_or_default(),
            ));
        }
        let mut inputs = Fields::new();
        for input in &api.inputs {
            let (field, ty) = (&input.name.node, program.resolve(module, &input.ty));
            let place = format!("{}: `{name}.{field}`", path.display());
            let value = fields.get(field).cloned().unwrap_or(Value::NULL);
            let value = if *ty.required() == Type::Secret { secret(&value, &place, path)? } else { value };
            let value =
                coerce(&value, &ty).map_err(|wrong| Failure::new(format!("{place}: {}", wrong.message)))?;
            inputs.insert(Arc::clone(field), value);
        }
        let server = server(&inputs, path)?;
        if server.url.starts_with("http://") && !is_local(&server) {
            say::error(&format!(
                "warning[HR039]: {}: `{name}.url` is plain http: everybody on the way can read what is sent\n  help: write https://",
                path.display()
            ));
        }
        self.servers.insert(name.clone(), server);
        self.configs.insert(name, SystemConfig { api: api.clone(), inputs });
        Ok(())
    }
}

fn is_local(server: &Server) -> bool {
    let host = server.url.split("://").nth(1).unwrap_or_default();
    ["127.", "localhost:", "[::1]"].iter().any(|start| host.starts_with(start))
}

/// Whether a name is one by which other tools let certificates be.
fn skips_verification(name: &str) -> bool {
    let plain: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    ["insecure", "verify", "verification", "validatecert", "ignorecert", "ignoressl", "trustall", "skiptls"]
        .iter()
        .any(|word| plain.contains(word))
}

/// What a systems.yaml says of each system.
pub(crate) fn file(path: &Path) -> Result<BTreeMap<String, serde_json::Value>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    serde_yaml::from_str(&text).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// Reads systems.yaml for the systems of a program.
pub(crate) fn read(program: &Program, path: &Path) -> Result<SystemsFile, Failure> {
    let named = file(path)?;
    let given = |system: &str| {
        named.get(system).cloned().map(Value::from_json).ok_or_else(|| {
            Failure::with_help(
                format!("{} says nothing of the system `{system}`", path.display()),
                format!("add `{system}:` with `url:`, `username:` and `password: env:NAME`"),
            )
        })
    };
    configure(program, path, given)
}

/// Puts together what is given of each system with what its api wants.
pub(crate) fn configure(
    program: &Program,
    path: &Path,
    given: impl Fn(&str) -> Result<Value, Failure>,
) -> Result<SystemsFile, Failure> {
    let mut systems = SystemsFile::default();
    for system in program.runbook().map_or(&[][..], |RunbookBody { systems, .. }| systems) {
        let name = system.name.node.to_string();
        let Some((module, api)) = program.api_of(system) else { continue };
        let given = given(&name)?;
        systems.add(program, (module, api), name, given, path)?;
    }
    Ok(systems)
}

fn server(inputs: &Fields, path: &Path) -> Result<Server, Failure> {
    let text = |name: &str| inputs.get(name).and_then(Value::as_text).map(ToString::to_string);
    let ca = text("ca").map(|file| {
        let file = path.parent().unwrap_or(Path::new("")).join(file);
        std::fs::read(&file).map_err(|error| Failure::file("read", &file, &error))
    });
    Ok(Server { url: text("url").unwrap_or_default(), ca: ca.transpose()? })
}

/// A secret by its reference: `env:NAME` or `file:PATH`.
fn secret(value: &Value, place: &str, path: &Path) -> Result<Value, Failure> {
    let help = "write `env:NAME` for a variable of the environment, or `file:PATH` for a file that holds it";
    let reference = match value {
        Value::Null(_) | Value::Secret(_) => return Ok(value.clone()),
        Value::Text(text) => text,
        _ => return Err(Failure::with_help(format!("{place} is no reference to a secret"), help)),
    };
    let text = if let Some(name) = reference.strip_prefix("env:") {
        std::env::var(name).map_err(|_| {
            Failure::with_help(
                format!("{place} names the variable {name}, which is not set"),
                format!("set it: `export {name}=…`"),
            )
        })?
    } else if let Some(file) = reference.strip_prefix("file:") {
        let file = path.parent().unwrap_or(Path::new("")).join(file);
        let text = std::fs::read_to_string(&file).map_err(|error| Failure::file("read", &file, &error))?;
        text.trim_end_matches(['\r', '\n']).to_owned()
    } else {
        return Err(Failure::coded("HR028", format!("{place} holds a secret in clear"), help));
    };
    Ok(Value::text(text))
}
