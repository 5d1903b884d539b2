//! How a plan that was kept compares with what is read now.

use hcxrun_engine::{BrokenPremise, Drift, Premises};
use jiff::Timestamp;

use super::count;
use crate::message::Message;
use crate::visible::in_line;

/// What does not hold any more: what was planned, what is now, and the reads that tell so.
pub(crate) fn broken<'d>(
    drift: &'d Drift,
    then: &'d Premises,
    now: Timestamp,
) -> impl Iterator<Item = Message> + 'd {
    drift.broken.iter().map(move |it| {
        let BrokenPremise { node, planned, now: is_now, reads } = it;
        let message =
            Message::error(format!("the premise of step `{node}` no longer holds; nothing was changed"));
        let message = message
            .coded("HR063")
            .plain(format!("  planned {}  {}", moment(then.made), in_line(planned)))
            .plain(format!("  now     {}  {}", moment(now), in_line(is_now)));
        reads
            .iter()
            .fold(message, |message, read| message.line("answers otherwise since", read))
            .help("plan anew with `hcxrun plan … --out PLAN`, and have the new plan approved")
    })
}

/// What is otherwise than planned and no reason to stop.
pub(crate) fn noted(drift: &Drift, then: &Premises) -> String {
    let mut text = format!("{} of the plan of {} hold", count(then.of.len(), "premise"), moment(then.made));
    if !drift.adopted.is_empty() {
        let steps: Vec<_> = drift.adopted.iter().map(ToString::to_string).collect();
        text.push_str(&format!("\n  so already since, nothing is sent for it: {}", steps.join(", ")));
    }
    for read in &drift.noted {
        text.push_str(&format!("\n  answers otherwise since, which changes no step: {}", in_line(read)));
    }
    text
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
