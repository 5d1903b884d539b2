//! `hcxrun show`

use std::process::ExitCode;

use hcxrun_engine::{Event, Outcome, RunId};
use jiff::Timestamp;

use super::resume::find;
use crate::args::{JournalArgs, RunArg};
use crate::failure::Failure;
use crate::outputs::Outputs;
use crate::render::report::{self, About};
use crate::render::window;
use crate::{journal, say};

pub(crate) fn show(
    wanted: &RunArg,
    args: &JournalArgs,
    events: bool,
    json: bool,
) -> Result<ExitCode, Failure> {
    let found = find(&journal::path(args)?, &wanted.run)?;
    let about = About { id: found.id.as_str(), record: &found.record, head: found.log.head() };
    let outputs = || Outputs::of(&found.run.graph().program, found.run.names(), &found.files);
    match (json, events) {
        (true, true) => say::json(&events_of(&found.id, args)?),
        (true, false) => say::json(&report::to_json(&about, &found.run, &outputs())),
        (false, true) => {
            for event in events_of(&found.id, args)? {
                let line = serde_json::to_string(&event).map_err(|error| Failure::new(error.to_string()))?;
                say::answer(&line);
            }
        }
        (false, false) => {
            say::answer(report::render(&about, &found.run, &outputs()).trim_end());
            say::answer(&format!("\n{}", report::steps(&found.run).trim_end()));
            let goes_on = !found.record.is_played()
                && found.run.outcome().is_none_or(|outcome| outcome == Outcome::Held);
            if let Some(outlook) = found.run.outlook(Timestamp::now()).filter(|_| goes_on) {
                say::answer(&format!("\n{}", window::outlook(&outlook)));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Every event of a run, in order.
fn events_of(run: &RunId, args: &JournalArgs) -> Result<Vec<Event>, Failure> {
    let (_, events, _) = journal::open_existing(&journal::path(args)?)?.load(run)?;
    Ok(events)
}
