//! Progress on standard error: a line for what happened, and on a terminal a moving one for each step under way.

use std::collections::BTreeMap;
use std::time::Duration;

use hcxrun_engine::{Course, Event, EventKind, Extent, NodeId, Run, Said, Verdict, Way};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::render::{already, duration, window};
use crate::say;
use crate::visible::in_line;

/// Shows events as they happen.
pub(crate) struct Progress {
    bars: Option<MultiProgress>,
    underway: BTreeMap<NodeId, Underway>,
    width: usize,
    /// How the run stands towards its change window.
    window: Option<ProgressBar>,
    /// What was said of it last.
    told: String,
}

struct Underway {
    since: Timestamp,
    sentence: Option<String>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// For a run; `live` when time passes while somebody watches.
    pub(crate) fn new(run: &Run, live: bool) -> Self {
        let names = run.graph().steps().map(|(_, node)| node.id.as_str().chars().count());
        let width = names.max().unwrap_or(0).min(28);
        let bars = (live && say::is_watched()).then(MultiProgress::new);
        Self { bars, underway: BTreeMap::new(), width, window: None, told: String::new() }
    }

    /// Shows one event.
    pub(crate) fn show(&mut self, event: &Event, run: &Run) {
        self.show_window(event, run);
        let Some(node) = event.kind.node() else { return self.show_run(event) };
        let bound =
            run.graph().find(node).and_then(|at| run.graph().step(at)).map(hcxrun_engine::StepNode::bound);
        match &event.kind {
            EventKind::Begun { .. } => self.begin(node, event.at, bound),
            EventKind::Intended { intent, .. } => {
                let at_most =
                    bound.map(|bound| format!("  (at most {})", duration(bound))).unwrap_or_default();
                self.line(event.at, '~', node, &format!("{}{at_most}", intent.sentence));
                if let Some(drift) = &intent.drift {
                    self.line(event.at, '!', node, &format!("not as planned: {drift}"));
                }
                self.name(node, &intent.sentence, bound);
            }
            EventKind::Settled { way: Way::Change, evidence, .. } => {
                let was_sent = self.underway.get(node).is_some_and(|it| it.sentence.is_some());
                let is_change = run
                    .graph()
                    .find(node)
                    .and_then(|at| run.graph().step(at))
                    .is_some_and(hcxrun_engine::StepNode::changes);
                match (was_sent, is_change) {
                    (true, _) => self.finish(event.at, '✓', node, "done"),
                    (false, true) => self.finish(event.at, '=', node, &already(evidence)),
                    (false, false) => self.finish(event.at, '✓', node, "holds"),
                }
            }
            EventKind::Settled { way: Way::Undo, .. } => self.finish(event.at, '↩', node, "taken back"),
            EventKind::Skipped { reason, .. } => {
                self.finish(event.at, '-', node, &format!("left out: {reason}"));
            }
            EventKind::Refused { reason, .. } => {
                self.finish(event.at, '✗', node, &format!("refused: {reason}"));
            }
            EventKind::Handed { task, .. } => self.finish(event.at, '✗', node, &format!("by hand: {task}")),
            EventKind::Expired { reason, .. } => self.finish(event.at, '✗', node, reason),
            EventKind::Rejected { reason, .. } | EventKind::Failed { reason, .. } => {
                self.line(event.at, '✗', node, reason);
                self.drop_when_over(node, run);
            }
            EventKind::Lost { reason, .. } => {
                self.line(event.at, '!', node, &format!("answer lost ({reason}); looking for the effect"));
            }
            EventKind::Untouched { .. } => {
                self.line(event.at, '!', node, "the request did nothing; it may be sent again");
            }
            EventKind::Answered { .. }
            | EventKind::Soaking { .. }
            | EventKind::Resumed
            | EventKind::Turned { .. }
            | EventKind::Ended { .. } => {}
            EventKind::Adopted { .. } => {
                self.line(event.at, '!', node, "found done; taken back with the rest");
            }
            EventKind::GateOpened { question, .. } => self.line(event.at, '?', node, question),
            EventKind::GateAnswered { said, .. } => self.line(event.at, '?', node, &answered(said)),
            EventKind::Held { .. } => self.line(event.at, '✓', node, "holds, and is watched"),
            EventKind::Missed { count, reason, .. } => {
                self.line(event.at, '!', node, &format!("does not hold ({count} in a row): {reason}"));
            }
            EventKind::Broke { reason, .. } => self.line(event.at, '✗', node, reason),
            EventKind::Resolved { who, why, .. } => {
                self.line(event.at, '!', node, &format!("settled by {who}: {why}"));
            }
            EventKind::GateClosed { passed, reason, .. } => {
                self.line(event.at, if *passed { '✓' } else { '✗' }, node, reason);
            }
        }
    }

    /// On a terminal the budget of the window stands below everything, else it is said with each change.
    fn show_window(&mut self, event: &Event, run: &Run) {
        let tells = match event.kind {
            EventKind::Intended { .. } => true,
            EventKind::Settled { .. } => self.bars.is_some(),
            _ => false,
        };
        let Some(outlook) = tells.then(|| run.outlook(event.at)).flatten() else { return };
        let line = window::outlook(&outlook);
        match (&self.bars, &self.window) {
            (Some(_), Some(bar)) => bar.set_message(line),
            (Some(bars), None) => {
                let bar = bars.add(ProgressBar::new_spinner());
                bar.set_style(
                    ProgressStyle::with_template("{msg}")
                        .unwrap_or_else(|_| ProgressStyle::default_spinner()),
                );
                bar.set_message(line);
                self.window = Some(bar);
            }
            (None, _) if self.told == line => {}
            (None, _) => {
                self.print(&format!("{}  {line}", clock(event.at)));
                self.told = line;
            }
        }
    }

    fn show_run(&mut self, event: &Event) {
        if let EventKind::Soaking { until } = event.kind {
            self.print(&format!(
                "{}  all steps are over; watching on until {}",
                clock(event.at),
                clock(until)
            ));
        }
        if let EventKind::Turned { course, reason } = &event.kind {
            let what = match course {
                Course::Forward => "going on",
                Course::Hold => "holding: nothing new starts",
                Course::Back(Extent::Whole) => "rolling back",
                Course::Back(Extent::Phase(_)) => "rolling the phase back",
                Course::Back(Extent::To(_)) => "rolling back to the checkpoint",
            };
            self.print(&format!("{}  {what}: {reason}", clock(event.at)));
        }
    }

    fn begin(&mut self, node: &NodeId, since: Timestamp, bound: Option<Duration>) {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            let at_most = bound.map(|bound| format!(" of {}", duration(bound))).unwrap_or_default();
            let style = format!("          {{spinner}} {{prefix}}  {{msg}} {{elapsed}}{at_most}");
            bar.set_style(
                ProgressStyle::with_template(&style).unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            bar.set_prefix(in_line(&format!("{:<width$}", node.as_str(), width = self.width)));
            bar.set_message("looking");
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        self.underway.insert(node.clone(), Underway { since, sentence: None, bar });
    }

    fn name(&mut self, node: &NodeId, sentence: &str, _bound: Option<Duration>) {
        if let Some(it) = self.underway.get_mut(node) {
            it.sentence = Some(sentence.to_owned());
            if let Some(bar) = &it.bar {
                bar.set_message(in_line(sentence));
            }
        }
    }

    fn finish(&mut self, at: Timestamp, mark: char, node: &NodeId, says: &str) {
        let underway = self.underway.remove(node);
        if let Some(bar) = underway.as_ref().and_then(|it| it.bar.as_ref()) {
            bar.finish_and_clear();
        }
        let took = underway.map(|it| at.duration_since(it.since).unsigned_abs()).unwrap_or_default();
        let took = if took.as_secs() > 0 { format!("  after {}", duration(took)) } else { String::new() };
        self.line(at, mark, node, &format!("{says}{took}"));
    }

    fn drop_when_over(&mut self, node: &NodeId, run: &Run) {
        let active =
            run.graph().find(node).and_then(|at| run.step(at)).is_some_and(|it| it.active().is_some());
        if !active && let Some(bar) = self.underway.remove(node).and_then(|it| it.bar) {
            bar.finish_and_clear();
        }
    }

    fn line(&self, at: Timestamp, mark: char, node: &NodeId, says: &str) {
        self.print(&format!("{}  {mark} {:<width$}  {says}", clock(at), node.as_str(), width = self.width));
    }

    fn print(&self, line: &str) {
        let line = in_line(line);
        match &self.bars {
            Some(bars) => bars.suspend(|| say::error(&line)),
            None => say::error(&line),
        }
    }
}

fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// What somebody said at a gate.
fn answered(said: &Said) -> String {
    let verb = match said.verdict {
        Verdict::Approve => "approves",
        Verdict::Reject => "rejects",
    };
    let why = said.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{} {verb}{why}", said.who)
}
