//! systems.yaml: where each system is and how to sign in. Secrets stand there by reference, never in clear.

mod given;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hcxrun_dsl::data::DataPath;
use hcxrun_dsl::eval::coerce;
use hcxrun_dsl::syntax::{Api, System};
use hcxrun_dsl::{ModuleId, Program, RunbookBody, Type, Value};
use hcxrun_engine::{Server, StoredSystem, SystemConfig};

use crate::failure::Failure;

pub(crate) use self::given::Given;

/// The systems of a runbook, ready to be talked to.
#[derive(Debug, Default)]
pub(crate) struct SystemsFile {
    /// For the sessions.
    pub(crate) configs: BTreeMap<String, SystemConfig>,
    /// For the transport, once they are located.
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
        name: &str,
        (given, value): (&Given, &Value),
    ) -> Result<(), Failure> {
        let at = DataPath::default().key(name);
        let Value::Record(fields) = value else { return Err(given.no_record(&at)) };
        if let Some(strange) =
            fields.keys().find(|it| !api.inputs.iter().any(|input| input.name.node == **it))
        {
            return Err(given.strange_field(api, &at, strange));
        }
        let inputs = api.inputs.iter().map(|input| {
            let (field, ty) = (&input.name.node, program.resolve(module, &input.ty));
            let Some(value) = fields.get(field) else {
                let nothing = coerce(&Value::NULL, &ty).map_err(|_| given.lacks(&at, field, &ty))?;
                return Ok((Arc::clone(field), nothing));
            };
            let at = at.key(field);
            let value =
                if *ty.required() == Type::Secret { given.secret(value, &at)? } else { value.clone() };
            // `locate` says more of an address, and knows what may be a password in it.
            let ty = if &**field == "url" { Type::String } else { ty };
            let value = coerce(&value, &ty).map_err(|wrong| given.unfit(&at, wrong))?;
            Ok((Arc::clone(field), value))
        });
        let inputs = Failure::sum(inputs)?.into_iter().collect();
        self.configs.insert(name.to_owned(), SystemConfig { api: api.clone(), inputs });
        Ok(())
    }

    /// Makes of the addresses of all systems servers that can be reached.
    pub(crate) fn locate(&mut self, given: &Given) -> Result<(), Failure> {
        let servers = self.configs.iter().map(|(name, SystemConfig { inputs, .. })| {
            let at = DataPath::default().key(name);
            let server = given.server(inputs, &at)?;
            if server.url().starts_with("http://") && !is_local(&server) {
                given.warn_of_plain_http(&at);
            }
            Ok((name.clone(), server))
        });
        self.servers = Failure::sum(servers)?.into_iter().collect();
        Ok(())
    }
}

fn is_local(server: &Server) -> bool {
    let host = server.url().split("://").nth(1).unwrap_or_default();
    ["127.", "localhost:", "[::1]"].iter().any(|start| host.starts_with(start))
}

/// Reads systems.yaml for the systems of a program.
pub(crate) fn read(program: &Program, path: &Path) -> Result<SystemsFile, Failure> {
    let given = Given::read(program, path)?;
    let mut systems = configure(program, &given, |system| {
        given.of(&system.name.node).cloned().ok_or_else(|| given.missing(program, system))
    })?;
    systems.locate(&given)?;
    Ok(systems)
}

/// Puts together what is given of each system with what its api wants.
pub(crate) fn configure(
    program: &Program,
    given: &Given,
    value: impl Fn(&System) -> Result<Value, Failure>,
) -> Result<SystemsFile, Failure> {
    let mut systems = SystemsFile::default();
    let all = program.runbook().map_or(&[][..], |RunbookBody { systems, .. }| systems);
    Failure::sum(all.iter().filter_map(|system| {
        let api = program.api_of(system)?;
        Some(value(system).and_then(|it| systems.add(program, api, &system.name.node, (given, &it))))
    }))?;
    Ok(systems)
}
