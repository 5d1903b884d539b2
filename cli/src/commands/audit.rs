//! `hcxrun audit`: whether the journal of a run is what was written, as far as it can say so itself.

use std::process::ExitCode;

use hcxrun_engine::{Event, EventKind, JournalError, RunId, RunLog, RunRecord, Verdict};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::args::{JournalArgs, RunArg};
use crate::failure::Failure;
use crate::{journal, say};

/// Something does not fit.
const BROKEN: u8 = 20;

/// What a whole chain proves, and what it does not.
const PROVED: &str = "  What this proves
    Nothing from the first event to the head was changed, removed, put in or moved since it was written,
    unless everything behind it was written anew as well.

  What it does not prove
    Whoever can write the file can do just that, or cut off its end. A copy of the head in another place
    shows it: `hcxrun audit RUN --head HASH`. The head is shown at every gate and in the report.
    Who approved is what was said to hcxrun at the time; it checks no identity.";

/// A run whose chain holds.
struct Whole {
    id: RunId,
    record: RunRecord,
    events: Vec<Event>,
    log: RunLog,
}

/// A head that was copied elsewhere, and the event after which it was the head.
struct Anchor<'a> {
    head: &'a str,
    event: Option<i64>,
}

pub(crate) fn audit(
    wanted: &RunArg,
    head: Option<&str>,
    args: &JournalArgs,
    json: bool,
) -> Result<ExitCode, Failure> {
    let path = journal::path(args)?;
    let journal = journal::open_existing(&path)?;
    let id = journal::find(&journal, &wanted.run)?;
    let whole = match journal.load(&id) {
        Ok((record, events, log)) => Whole { id, record, events, log },
        Err(JournalError::Damaged { seq, what, .. }) => return Ok(broken(&id, Some(seq), &what, json)),
        Err(JournalError::Corrupt(what)) => return Ok(broken(&id, None, &what, json)),
        Err(other) => return Err(other.into()),
    };
    let anchor = match head.map(str::trim) {
        Some(head) => Some(Anchor { head, event: whole.log.event_of(head)? }),
        None => None,
    };
    if json {
        say::json(&whole.to_json(anchor.as_ref()));
    } else {
        say::answer(&whole.render(anchor.as_ref()));
    }
    let fits = anchor.is_none_or(|it| it.event.is_some());
    Ok(if fits { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) })
}

/// `seq` is the event that does not fit, 0 the record of the run; none when it is the file that does not.
fn broken(run: &RunId, seq: Option<i64>, what: &str, json: bool) -> ExitCode {
    if json {
        say::json(&json!({ "run": run, "whole": false, "event": seq, "what": what }));
    } else {
        let place = match seq {
            None => "the file".to_owned(),
            Some(0) => "its record".to_owned(),
            Some(seq) => format!("event {seq}"),
        };
        say::answer(&format!("The journal of run {run} is not what was written.\n  {place}: {what}"));
        if seq.is_some() {
            say::answer("Nothing from there on proves anything. What stands before it fits together.");
        }
    }
    ExitCode::from(BROKEN)
}

impl Whole {
    fn render(&self, anchor: Option<&Anchor<'_>>) -> String {
        let mut text = format!("Run {}: {}\n", self.id, self.record.titled());
        text.push_str(&format!("The hash chain over {} holds{}.\n", self.length(), self.times()));
        text.push_str(&format!("Head: {}\n", self.log.head()));
        let approvals: Vec<_> = answers(&self.events).map(|it| it.line()).collect();
        let approvals = if approvals.is_empty() { "    none\n".to_owned() } else { approvals.concat() };
        text.push_str(&format!("\n  Said at gates\n{approvals}\n{PROVED}"));
        anchor.iter().for_each(|anchor| text.push_str(&format!("\n\n{}", self.held_against(anchor))));
        text
    }

    fn length(&self) -> String {
        format!("the record and {}", crate::render::count(self.events.len(), "event"))
    }

    fn times(&self) -> String {
        match (self.events.first(), self.events.last()) {
            (Some(first), Some(last)) => format!(", from {} to {}", moment(first.at), moment(last.at)),
            _ => String::new(),
        }
    }

    fn held_against(&self, anchor: &Anchor<'_>) -> String {
        let Anchor { head, event } = anchor;
        match event {
            None => format!(
                "The head {head} is at no event of this run.\nThe journal was written anew or its end was cut off \
                 since that copy was made, or the copy is of another run."
            ),
            Some(0) => {
                format!("The head {head} is that of the record, before the first event: it has not changed.")
            }
            Some(n) => {
                let at = usize::try_from(n - 1).ok().and_then(|n| self.events.get(n)).map(|it| it.at);
                let at = at.map(|at| format!(" at {}", moment(at))).unwrap_or_default();
                format!("The head {head} is that after event {n}{at}: all up to there is what it was then.")
            }
        }
    }

    fn to_json(&self, anchor: Option<&Anchor<'_>>) -> Json {
        json!({
            "run": self.id,
            "title": self.record.titled(),
            "whole": true,
            "events": self.events.len(),
            "from": self.events.first().map(|it| it.at),
            "to": self.events.last().map(|it| it.at),
            "head": self.log.head(),
            "answers": answers(&self.events).map(|it| it.to_json()).collect::<Vec<_>>(),
            "anchor": anchor.map(|it| json!({ "head": it.head, "event": it.event })),
        })
    }
}

/// What somebody said at a gate.
struct Said<'a> {
    at: Timestamp,
    gate: &'a str,
    who: &'a str,
    verdict: Verdict,
}

fn answers(events: &[Event]) -> impl Iterator<Item = Said<'_>> {
    events.iter().filter_map(|event| match &event.kind {
        EventKind::GateAnswered { node, said: hcxrun_engine::Said { who, verdict, .. } } => {
            Some(Said { at: event.at, gate: node.as_str(), who, verdict: *verdict })
        }
        _ => None,
    })
}

impl Said<'_> {
    fn line(&self) -> String {
        let verb = match self.verdict {
            Verdict::Approve => "approved",
            Verdict::Reject => "rejected",
        };
        format!("    {}  {} {verb} {}\n", moment(self.at), self.who, self.gate)
    }

    fn to_json(&self) -> Json {
        json!({ "at": self.at, "gate": self.gate, "who": self.who, "verdict": self.verdict })
    }
}

/// In UTC: an audit is read where the run was not.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
