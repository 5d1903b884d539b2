//! The embedded twin: the whole change with no HCX at hand, in virtual time.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hcxrun_dsl::data::{DataPath, Part};
use hcxrun_dsl::{Diagnostic, Fields, Program, RunbookBody, Secret, Value};
use hcxrun_engine::{Broken, Clock, LocalFuture, Transport, VirtualClock, Wire, WireAnswer};
use hcxrun_twin::{
    Endpoint, Fault, FaultError, Port, Reply, Request, Scene, SceneError, ScenePart, Site, Twin,
};
use jiff::Timestamp;

use crate::document::Document;
use crate::failure::Failure;
use crate::systems::{self, Given, SystemsFile};

/// A twin with a scene, by its name or from a file, and with faults from the command line and from a file.
pub(crate) fn twin(scene: &str, faults: &[String], file: Option<&Path>) -> Result<Twin, Failure> {
    let mut twin = Twin::new(&self::scene(Path::new(""), scene)?);
    for rule in faults {
        twin.add_fault(fault(&Document::option("--fault ", rule), &(0..rule.len()))?);
    }
    let Some(file) = file else { return Ok(twin) };
    let document = Document::read(file)?;
    let mut start = 0;
    for line in document.text().split_inclusive('\n') {
        let rule = line.trim().trim_start_matches("- ").trim().trim_matches(['"', '\'']);
        if !rule.is_empty() && !rule.starts_with('#') {
            let at = start + line.find(rule).unwrap_or_default();
            twin.add_fault(fault(&document, &(at..at + rule.len()))?);
        }
        start += line.len();
    }
    Ok(twin)
}

/// The fault of a rule that stands in a text.
fn fault(document: &Document, rule: &Range<usize>) -> Result<Fault, Failure> {
    document.slice(rule).parse().map_err(|error: FaultError| {
        document
            .fails(|at| Diagnostic::error("HR021", at.span(rule), error.to_string()).help(FaultError::FORM))
    })
}

/// A scene by its name, or from a file, whose path goes out from a folder.
pub(crate) fn scene(folder: &Path, name: &str) -> Result<Scene, Failure> {
    Scene::named(name).map_or_else(|| scene_file(&folder.join(name)), Ok)
}

fn scene_file(path: &Path) -> Result<Scene, Failure> {
    if !path.exists() {
        return Err(Failure::with_help(
            format!("there is no scene `{}`, and no file of that name", path.display()),
            format!("the scenes are {}; or write one as YAML", Scene::names().join(", ")),
        ));
    }
    let document = Document::read(path)?;
    document.value()?;
    Scene::parse(document.text()).map_err(|error| wrong_scene(&document, error))
}

fn wrong_scene(document: &Document, error: SceneError) -> Failure {
    let part = |part: ScenePart| match part {
        ScenePart::Key(name) => Part::Key(name.into()),
        ScenePart::At(index) => Part::At(index),
    };
    let path: DataPath = error.path.into_iter().map(part).collect();
    document.fails(|at| {
        let (code, span) = if error.is_name { ("HR012", at.key(&path)) } else { ("HR021", at.value(&path)) };
        let message = match path.parts() {
            [] => error.message,
            _ => format!("`{path}`: {}", error.message),
        };
        Diagnostic { help: error.help, ..Diagnostic::error(code, span, message) }
    })
}

/// Which port of which manager each system of a program is: of two systems of one api the first is the source's.
pub(crate) fn endpoints(program: &Program) -> BTreeMap<String, Endpoint> {
    let mut seen = BTreeMap::<Port, usize>::new();
    let systems = program.runbook().map_or(&[][..], |RunbookBody { systems, .. }| systems);
    let endpoint = |system: &hcxrun_dsl::syntax::System| {
        let port = if &*system.api.node == "appliance" { Port::Appliance } else { Port::Service };
        let nth = seen.entry(port).or_default();
        *nth += 1;
        let site = if *nth == 1 { Site::Source } else { Site::Cloud };
        (system.name.node.to_string(), Endpoint { site, port })
    };
    systems.iter().map(endpoint).collect()
}

/// The systems of a program, as the twin lets anybody sign in who it knows.
pub(crate) fn systems(program: &Program, twin: &Twin) -> Result<SystemsFile, Failure> {
    let endpoints = endpoints(program);
    systems::configure(program, &Given::of_nobody("the twin"), |system| {
        let name = &*system.name.node;
        let endpoint =
            endpoints.get(name).ok_or_else(|| Failure::new(format!("the twin plays no {name}")))?;
        let user = twin.user(*endpoint);
        let word = |it: Site| match it {
            Site::Source => "source",
            Site::Cloud => "cloud",
        };
        Ok(Value::record(Fields::from([
            (Arc::from("url"), Value::text(format!("twin://{}", word(endpoint.site)))),
            (Arc::from("username"), Value::text(user.name)),
            (Arc::from("password"), Value::Secret(Secret::new(user.password))),
        ])))
    })
}

/// Carries requests to the twin in this process.
pub(crate) struct TwinTransport<'a> {
    twin: RefCell<Twin>,
    endpoints: BTreeMap<String, Endpoint>,
    clock: &'a VirtualClock,
}

impl<'a> TwinTransport<'a> {
    pub(crate) fn new(twin: Twin, endpoints: BTreeMap<String, Endpoint>, clock: &'a VirtualClock) -> Self {
        Self { twin: RefCell::new(twin), endpoints, clock }
    }

    /// The twin as it is now.
    pub(crate) fn twin(&self) -> Ref<'_, Twin> {
        self.twin.borrow_mut().advance(self.clock.now());
        self.twin.borrow()
    }
}

impl Transport for TwinTransport<'_> {
    fn send<'a>(&'a self, system: &'a str, wire: Wire) -> LocalFuture<'a, Result<WireAnswer, Broken>> {
        Box::pin(async move {
            let now = self.clock.now();
            let (answer, delay) = ask(&mut self.twin.borrow_mut(), &self.endpoints, system, wire, now);
            if !delay.is_zero() {
                self.clock.sleep_until(now.checked_add(delay).unwrap_or(now)).await;
            }
            answer
        })
    }
}

/// Asks the twin; the answer is there after the duration.
pub(crate) fn ask(
    twin: &mut Twin,
    endpoints: &BTreeMap<String, Endpoint>,
    system: &str,
    wire: Wire,
    now: Timestamp,
) -> (Result<WireAnswer, Broken>, Duration) {
    let Some(endpoint) = endpoints.get(system) else {
        let nobody = Broken::Misconfigured(format!("the twin plays no {system}"));
        return (Err(nobody), Duration::ZERO);
    };
    let request = Request {
        method: wire.method.to_owned(),
        path_and_query: wire.path,
        headers: wire.headers,
        body: wire.body.unwrap_or_default().into_bytes(),
    };
    let (reply, delay) = twin.handle(now, *endpoint, &request);
    let answer = match reply {
        Reply::Cut(_) | Reply::Dropped => Err(Broken::Lost("the connection broke".to_owned())),
        Reply::Answer(answer) => {
            let headers = answer.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
            Ok(WireAnswer { status: answer.status, headers: headers.collect(), body: answer.body })
        }
    };
    (answer, delay)
}
