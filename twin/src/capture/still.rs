//! Whether the world is at rest.

use serde_json::{Value, json};

use crate::capture::CaptureError;
use crate::capture::ask::{Asking, items, text};
use crate::http::Site;

/// Refuses while a task or a migration is under way.
pub(super) fn check(asking: &mut Asking<'_>) -> Result<(), CaptureError> {
    for site in Site::BOTH {
        let tasks = asking.tasks(site)?;
        if let Some(task) = tasks.iter().find(|it| is_running(text(it, "/status"))) {
            let (kind, about) = (text(task, "/type"), text(task, "/entityDetails/name"));
            return busy(&format!("the {} manager's task {kind} of {about}", site.word()));
        }
    }
    let answer = asking.query(
        Site::Source,
        "queryMigrations",
        "/hybridity/api/migrations?action=query",
        json!({ "filter": {} }),
    )?;
    let runs = |it: &&Value| it.pointer("/progress/isDone") == Some(&Value::Bool(false));
    match items(&answer).iter().find(runs) {
        Some(it) => busy(&format!("migration {}", text(it, "/migrationId"))),
        None => Ok(()),
    }
}

pub(super) fn busy<T>(what: &str) -> Result<T, CaptureError> {
    Err(CaptureError::Busy(what.to_owned()))
}

/// Two spellings of the terminal states (section 4); whatever else is no end.
fn is_running(status: &str) -> bool {
    !["SUCCESS", "FAILED", "COMPLETED", "CANCELLED", "CANCELED"]
        .iter()
        .any(|end| status.eq_ignore_ascii_case(end))
}
