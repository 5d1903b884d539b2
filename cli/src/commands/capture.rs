//! `hcxrun capture`

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use hcxrun_dsl::eval::Read;
use hcxrun_dsl::syntax::Api;
use hcxrun_dsl::{ModuleId, Program};
use hcxrun_engine::{HttpTransport, Systems};
use hcxrun_twin::{CaptureRead, Endpoint, Port, Site};

use crate::args::CaptureArgs;
use crate::failure::Failure;
use crate::systems::{Given, SystemsFile};
use crate::visible::in_line;
use crate::{load, say};

/// Which port of which manager each system is, by its name.
type Names = BTreeMap<Endpoint, String>;

pub(crate) fn capture(args: &CaptureArgs) -> Result<ExitCode, Failure> {
    if args.out.exists() {
        return Err(Failure::with_help(
            format!("{} is there already", args.out.display()),
            "name another file, or remove it",
        ));
    }
    let program = load::std_program("hcx")?;
    let (file, names) = read(&program, args)?;
    let transport = HttpTransport::new(file.servers);
    let systems = Systems::new(&transport, file.configs);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("cannot start: {error}")))?;
    let ports: Vec<Endpoint> = names.keys().copied().collect();
    let captured = hcxrun_twin::capture(&ports, &mut |at, read| {
        let name = names.get(&at).ok_or("it is not in the systems file")?;
        if say::is_watched() {
            say::error(&format!("{name}: {}", read.line()));
        }
        let answer = runtime.block_on(systems.read(&of(name, read))).map_err(|failure| failure.message)?;
        Ok(answer.to_json())
    });
    let captured = captured.map_err(|error| Failure::new(error.to_string()))?;
    let yaml = captured.to_yaml(&jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string());
    std::fs::write(&args.out, yaml).map_err(|error| Failure::file("write", &args.out, &error))?;
    captured.notes.iter().for_each(|note| say::error(&in_line(note)));
    let out = args.out.display();
    say::answer(&format!("The scene is in {out}. Try a runbook on it: hcxrun plan FILE --twin {out}"));
    Ok(ExitCode::SUCCESS)
}

/// The systems that are read. What else stands in the file does not matter.
fn read(program: &Program, args: &CaptureArgs) -> Result<(SystemsFile, Names), Failure> {
    let given = Given::read(program, &args.systems)?;
    let (mut file, mut names) = (SystemsFile::default(), Names::new());
    for (site, manager) in [(Site::Source, &args.source), (Site::Cloud, &args.cloud)] {
        let ports = [
            (Port::Service, manager.clone(), "manager"),
            (Port::Appliance, format!("{manager}_admin"), "appliance"),
        ];
        for (port, name, api) in ports {
            match given.of(&name) {
                Some(value) => {
                    let api = api_of(program, api)?;
                    file.add(program, api, &name, (&given, value))?;
                    names.insert(Endpoint { site, port }, name);
                }
                None if port == Port::Appliance => {}
                None => {
                    return Err(Failure::with_help(
                        format!("{} says nothing of the system `{name}`", args.systems.display()),
                        format!("name the {} manager with `--{} NAME`", site.word(), site.word()),
                    ));
                }
            }
        }
    }
    file.locate(&given)?;
    Ok((file, names))
}

/// An api of the standard library.
fn api_of<'a>(program: &'a Program, name: &str) -> Result<(ModuleId, &'a Api), Failure> {
    let main = ModuleId(0);
    let api = program.module(main).and_then(|module| module.apis.get(name));
    api.map(|api| (main, api))
        .ok_or_else(|| Failure::new(format!("the standard library has no api `{name}`")))
}

fn of(system: &str, read: &CaptureRead) -> Read {
    let system = Arc::from(system);
    match read {
        CaptureRead::Get(path) => Read::Get { system, path: Arc::from(path.as_str()) },
        CaptureRead::Query(path, body) => {
            Read::Query { system, path: Arc::from(*path), body: Arc::from(body.to_string()) }
        }
    }
}
