//! How a plan that was kept compares with what is read now.

use hcxrun_engine::{BrokenPremise, Drift, Premises};
use jiff::Timestamp;

use super::count;

/// What does not hold any more: what was planned, what is now, and the reads that tell so.
pub(crate) fn broken(drift: &Drift, then: &Premises, now: Timestamp) -> String {
    let mut text = String::new();
    for it in &drift.broken {
        let BrokenPremise { node, planned, now: is_now, reads } = it;
        text.push_str(&format!("error[HR063]: the premise of step `{node}` no longer holds\n"));
        text.push_str(&format!("  planned {}  {planned}\n", moment(then.made)));
        text.push_str(&format!("  now     {}  {is_now}\n", moment(now)));
        reads.iter().for_each(|read| text.push_str(&format!("  answers otherwise since: {read}\n")));
    }
    text.push_str("  nothing was changed\n");
    text.push_str("  help: plan anew with `hcxrun plan … --out PLAN`, and have the new plan approved");
    text
}

/// What is otherwise than planned and no reason to stop.
pub(crate) fn noted(drift: &Drift, then: &Premises) -> String {
    let mut text = format!("{} of the plan of {} hold", count(then.of.len(), "premise"), moment(then.made));
    if !drift.adopted.is_empty() {
        let steps: Vec<_> = drift.adopted.iter().map(ToString::to_string).collect();
        text.push_str(&format!("\n  so already since, nothing is sent for it: {}", steps.join(", ")));
    }
    for read in &drift.noted {
        text.push_str(&format!("\n  answers otherwise since, which changes no step: {read}"));
    }
    text
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
