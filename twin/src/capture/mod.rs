//! Capturing: the scene that two managers show, from the contract's read operations alone. No users, no passwords, no
//! license keys, no certificates: what is read is picked field by field.
//!
//! ```text
//! ask ─► site (names, pools, networks, machines) ─► mesh (pairs, groups, extensions) ─► scene ─► write
//! ```

mod ask;
mod mesh;
mod site;
mod still;
mod write;

use serde_json::Value;

use crate::http::{Endpoint, Port, Site};
use crate::scene::{Durations, Scene};

use ask::Asking;

/// A read that a capture asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum CaptureRead {
    /// A GET of this path.
    Get(String),
    /// A POST with this body to this path, which changes nothing.
    Query(&'static str, Value),
}

impl CaptureRead {
    /// As in a request line.
    pub fn line(&self) -> String {
        match self {
            CaptureRead::Get(path) => format!("GET {path}"),
            CaptureRead::Query(path, _) => format!("POST {path}"),
        }
    }
}

/// Why nothing was captured.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// A read failed.
    #[error("the {} manager's {operation} ({line}) failed: {cause}", at.site.word())]
    #[expect(missing_docs, reason = "the words say it")]
    Read { at: Endpoint, operation: &'static str, line: String, cause: String },
    /// An answer does not have what the contract says it has.
    #[error("the {} manager's {operation} says nothing of `{field}`", site.word())]
    #[expect(missing_docs, reason = "the words say it")]
    Silent { site: Site, operation: &'static str, field: &'static str },
    /// Something is under way, and a scene is a world at rest.
    #[error("{0} is under way, and a scene is a world at rest: wait until it has ended, then capture again")]
    Busy(String),
}

/// What was captured.
#[derive(Debug, Clone)]
pub struct Captured {
    /// The world that was seen.
    pub scene: Scene,
    /// What could not be seen or does not fit into a scene, each a sentence.
    pub notes: Vec<String>,
}

/// Reads two managers. Their appliance ports are asked for the licenses alone, where `ports` has them.
///
/// # Errors
/// A read fails, an answer is not as the contract has it, or something is under way.
pub fn capture(
    ports: &[Endpoint],
    ask: &mut dyn FnMut(Endpoint, &CaptureRead) -> Result<Value, String>,
) -> Result<Captured, CaptureError> {
    let mut asking = Asking::new(ask);
    still::check(&mut asking)?;
    let licensed = |site| ports.contains(&Endpoint { site, port: Port::Appliance });
    let source = site::read(&mut asking, Site::Source, licensed(Site::Source))?;
    let cloud = site::read(&mut asking, Site::Cloud, licensed(Site::Cloud))?;
    let pairings = asking.get(Site::Source, "listSitePairings", "/hybridity/api/cloudConfigs")?;
    let mut scene = Scene {
        source,
        cloud,
        paired: !ask::items(&pairings).is_empty(),
        trusted: true,
        generate: None,
        meshes: std::collections::BTreeMap::new(),
        system_mesh: false,
        ha_groups: Vec::new(),
        extensions: Vec::new(),
        faults: Vec::new(),
        lag: 0,
        durations: Durations::default(),
    };
    mesh::read(&mut asking, &mut scene)?;
    site::settle(&mut asking, &mut scene);
    Ok(Captured { scene, notes: asking.notes })
}
