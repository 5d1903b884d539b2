//! What became of a run: for the person who watches, and for the ticket.

use hcxrun_engine::{
    Activity, Course, GateState, Node, Outcome, Run, RunRecord, StepState, Trace, WatchState,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use petgraph::graph::NodeIndex;
use serde_json::{Value as Json, json};

use super::count;
use crate::outputs::Outputs;
use crate::visible::in_line;

/// Which run it is, and what vouches for it.
pub(crate) struct About<'a> {
    pub(crate) id: &'a str,
    pub(crate) record: &'a RunRecord,
    /// The hash over the journal.
    pub(crate) head: &'a str,
}

/// The end of a run in sentences.
pub(crate) fn render(about: &About<'_>, run: &Run, outputs: &Outputs) -> String {
    let id = about.id;
    let mut text = format!("{}\n{}\n{}", about.record.titled(), headline(id, run), times(run));
    section(
        &mut text,
        "Changed",
        &sentences(run, |state| match state {
            StepState::Done { intent } => Some(changed(intent)),
            _ => None,
        }),
    );
    section(&mut text, "Taken back", &names(run, |state| matches!(state, StepState::Undone)));
    section(&mut text, "Found done, and left alone by a rollback", &found_done(run));
    section(&mut text, "Failed", &sentences(run, failure));
    section(&mut text, "Watched", &watched(run));
    section(
        &mut text,
        "Left out",
        &sentences(run, |state| match state {
            StepState::Skipped { reason } => Some(reason.clone()),
            _ => None,
        }),
    );
    section(
        &mut text,
        "Left as it is",
        &sentences(run, |state| match state {
            StepState::Left { reason } => Some(reason.clone()),
            _ => None,
        }),
    );
    if run.outcome() == Some(Outcome::Stuck) {
        let todo = run.todo().map(|it| Entry {
            says: format!("{}: {}", it.node, it.task),
            beside: it.because.map(|why| format!("not done, because {why}")),
        });
        section(&mut text, "To do by hand, in this order", &todo.collect::<Vec<_>>());
    }
    if run.outcome() == Some(Outcome::Succeeded) {
        section(
            &mut text,
            "Hands back",
            &outputs.lines(&run.graph().program.sources).into_iter().map(Entry::from).collect::<Vec<_>>(),
        );
    }
    if let Some(next) = way_on(id, about.record, run) {
        text.push_str(&format!("\n{next}\n"));
    }
    text.push('\n');
    if let Some(rehearsed) = &about.record.rehearsed {
        text.push_str(&format!("{rehearsed}\n"));
    }
    text.push_str(&format!("Head of the journal: {}\n", about.head));
    text
}

/// A line of a section, with what belongs to it below.
struct Entry {
    says: String,
    beside: Option<String>,
}

impl From<String> for Entry {
    fn from(says: String) -> Self {
        Self { says, beside: None }
    }
}

/// What was done, and in what it differed from the plan.
fn changed(intent: &Trace) -> Entry {
    let drift = intent.drift.as_ref().map(|drift| format!("not as planned: {drift}"));
    Entry { says: intent.sentence.clone(), beside: drift }
}

/// Changing steps that were so already, each with what showed it.
fn found_done(run: &Run) -> Vec<Entry> {
    let steps = run.graph().steps().filter(|(_, node)| node.changes());
    let found = steps.filter_map(|(at, node)| match run.step(at)? {
        StepState::Already { evidence } if evidence.is_empty() => Some(node.id.to_string()),
        StepState::Already { evidence } => Some(format!("{}: {}", node.id, evidence.join(", "))),
        _ => None,
    });
    found.map(Entry::from).collect()
}

/// Each invariant with where it is.
fn watched(run: &Run) -> Vec<Entry> {
    let states = run.graph().watches.iter().filter_map(|at| Some((run.graph().id(*at)?, run.watch(*at)?)));
    let says = states.map(|(id, state)| match state {
        WatchState::Unseen => format!("{id}: not looked at yet"),
        WatchState::Holds { .. } => format!("{id}: holds"),
        WatchState::Missed { count, reason, .. } => {
            format!("{id}: does not hold ({count} in a row): {reason}")
        }
        WatchState::Broken { reason } => format!("{id}: broken: {reason}"),
    });
    says.map(Entry::from).collect()
}

/// From when to when, by the clock of this machine.
fn times(run: &Run) -> String {
    let Some((first, last)) = run.span() else { return String::new() };
    let at =
        |moment: Timestamp| moment.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
    let took = super::duration(last.duration_since(first).unsigned_abs());
    format!("{} to {} ({took})\n", at(first), at(last))
}

fn headline(id: &str, run: &Run) -> String {
    let reason = if run.reason().is_empty() { String::new() } else { format!(": {}", in_line(run.reason())) };
    match run.outcome() {
        Some(Outcome::Refused) => format!("Run {id} was refused; nothing was changed{reason}"),
        Some(outcome) => format!("Run {id} {}{reason}", phrase(outcome)),
        None => format!("Run {id} is under way, or was interrupted{reason}"),
    }
}

fn phrase(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Refused => "was refused",
        Outcome::RolledBack => "was rolled back",
        Outcome::Held => "is held",
        Outcome::Stuck => "is stuck",
        Outcome::Aborted => "was aborted",
    }
}

fn failure(state: &StepState) -> Option<String> {
    match state {
        StepState::Refused { reason } => Some(format!("refused: {reason}")),
        StepState::Failed { reason, .. } => Some(reason.clone()),
        StepState::Unknown { reason, .. } => Some(format!("unknown: {reason}")),
        _ => None,
    }
}

fn way_on(id: &str, record: &RunRecord, run: &Run) -> Option<String> {
    let is_over = matches!(run.outcome(), Some(Outcome::Succeeded | Outcome::Refused | Outcome::RolledBack));
    if record.is_played() && !is_over {
        return Some(
            "Its systems were played in the process and ended with it: run it again, with `--approve-all` or \
             `--approve GATE=NAME` for its gates, which ask nobody there. What is run against `hcxrun twin` in another terminal \
             can be gone on with."
                .to_owned(),
        );
    }
    match (run.outcome(), run.course()) {
        (Some(Outcome::Held), _) => Some(format!(
            "Go on with `hcxrun resume {id}`, or take back what was changed with `hcxrun rollback {id}`."
        )),
        (Some(Outcome::Stuck), _) => {
            Some(format!("When the cause is removed, `hcxrun rollback {id}` goes on where it stopped."))
        }
        (None | Some(Outcome::Aborted), Course::Back(_)) => {
            Some(format!("`hcxrun rollback {id}` goes on with the way back."))
        }
        (None | Some(Outcome::Aborted), _) => Some(format!(
            "Go on with `hcxrun resume {id}`: what was in flight is looked at first, nothing is sent twice."
        )),
        (Some(Outcome::Succeeded | Outcome::Refused | Outcome::RolledBack), _) => None,
    }
}

fn section(text: &mut String, title: &str, entries: &[Entry]) {
    if !entries.is_empty() {
        text.push_str(&format!("\n  {title}\n"));
    }
    for Entry { says, beside } in entries {
        text.push_str(&format!("    {}\n", in_line(says)));
        beside.iter().for_each(|it| text.push_str(&format!("      {}\n", in_line(it))));
    }
}

/// `step: sentence` for each step in a state.
fn sentences<E: Into<Entry>>(run: &Run, pick: impl Fn(&StepState) -> Option<E>) -> Vec<Entry> {
    let picked = run.graph().steps().filter_map(|(at, node)| Some((&node.id, pick(run.step(at)?)?.into())));
    picked
        .map(|(node, entry): (_, Entry)| Entry { says: format!("{node}: {}", entry.says), ..entry })
        .collect()
}

/// The steps in a state, instances of a fan-out counted.
fn names(run: &Run, holds: impl Fn(&StepState) -> bool) -> Vec<Entry> {
    let mut names: Vec<(String, usize)> = Vec::new();
    for (at, node) in run.graph().steps() {
        if node.changes() && run.step(at).is_some_and(&holds) {
            let name = node.step.name.node.to_string();
            match names.last_mut() {
                Some((last, n)) if *last == name => *n += 1,
                _ => names.push((name, 1)),
            }
        }
    }
    names
        .into_iter()
        .map(|(name, n)| if n == 1 { name } else { format!("{name} ({})", count(n, "instance")) })
        .map(Entry::from)
        .collect()
}

/// Every step and gate with its state.
pub(crate) fn steps(run: &Run) -> String {
    let mut text = String::new();
    let width =
        run.graph().steps().map(|(_, node)| node.id.as_str().chars().count()).max().unwrap_or(0).min(32);
    for at in &run.graph().sequence {
        let Some(id) = run.graph().id(*at) else { continue };
        let (word, says) = match run.graph().order.node_weight(*at) {
            Some(Node::Step(_)) => {
                run.step(*at).map(|state| (word(run, *at, state), detail(state))).unwrap_or_default()
            }
            Some(Node::Gate(_)) => run.gate(*at).map(gate).unwrap_or_default(),
            Some(Node::Watch(_) | Node::Joint) | None => continue,
        };
        text.push_str(&in_line(&format!("  {:<width$}  {word:<9}  {says}", id.as_str())));
        text.push('\n');
    }
    text
}

/// A check that holds was not "already" done: it holds.
fn word(run: &Run, at: NodeIndex, state: &StepState) -> &'static str {
    let is_check = run.graph().step(at).is_some_and(|node| !node.changes());
    if is_check && matches!(state, StepState::Already { .. }) { "holds" } else { state.word() }
}

fn detail(state: &StepState) -> String {
    match state {
        StepState::Done { intent } => intent.sentence.clone(),
        StepState::Already { evidence } => evidence.join(", "),
        StepState::Stuck { task, .. } => task.clone(),
        StepState::Skipped { reason } | StepState::Left { reason } => reason.clone(),
        StepState::Active(active) => {
            let sentence = active.intent.as_ref().map(|it| it.sentence.clone()).unwrap_or_default();
            match (&active.activity, &active.trouble) {
                (Activity::Looking | Activity::Doubtful, Some(trouble)) => format!("{sentence} ({trouble})"),
                _ => sentence,
            }
        }
        other => failure(other).unwrap_or_default(),
    }
}

fn gate(state: &GateState) -> (&'static str, String) {
    match state {
        GateState::Waiting => ("waiting", String::new()),
        GateState::Open { question, .. } => ("open", question.clone()),
        GateState::Passed => ("passed", String::new()),
        GateState::Closed { reason } => ("closed", reason.clone()),
    }
}

/// The run for programs.
pub(crate) fn to_json(about: &About<'_>, run: &Run, outputs: &Outputs) -> Json {
    let steps = run.graph().steps().filter_map(|(at, node)| {
        let state = run.step(at)?;
        Some(json!({
            "step": node.id,
            "phase": node.phase,
            "state": state.word(),
            "sentence": state.trace().map(|intent| &intent.sentence),
            "drift": state.trace().and_then(|intent| intent.drift.as_ref()),
            "evidence": match state {
                StepState::Already { evidence } => evidence.as_slice(),
                _ => &[],
            },
            "reason": failure(state).or(match state {
                StepState::Stuck { reason, .. } => reason.clone(),
                StepState::Skipped { reason } | StepState::Left { reason } => Some(reason.clone()),
                _ => None,
            }),
        }))
    });
    let todo = run.todo().filter(|_| run.outcome() == Some(Outcome::Stuck));
    json!({
        "run": about.id,
        "title": about.record.titled(),
        "digest": about.record.digest,
        "rehearsed": about.record.rehearsed,
        "outcome": run.outcome(),
        "reason": run.reason(),
        "from": run.span().map(|(first, _)| first),
        "to": run.span().map(|(_, last)| last),
        "steps": steps.collect::<Vec<_>>(),
        "todo": todo.collect::<Vec<_>>(),
        "outputs": outputs.values(),
        "without_value": outputs.without(&run.graph().program.sources),
        "head": about.head,
    })
}
