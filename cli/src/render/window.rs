//! The change window, in times and durations that people can act on.

use std::sync::Arc;
use std::time::Duration;

use hcxrun_dsl::{Diagnostic, Spanned, format_duration};
use hcxrun_engine::{Fit, Graph, Node, NodeId, Outlook, Plan, fit};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{diagnostic, duration};
use crate::message::Message;

/// A time of day as the one who reads it has it.
fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%H:%M").to_string()
}

/// The same, with its date when that is another one.
fn moment(at: Timestamp, beside: Timestamp) -> String {
    let [zoned, beside] = [at, beside].map(|it| it.to_zoned(TimeZone::system()));
    if zoned.date() == beside.date() { clock(at) } else { zoned.strftime("%Y-%m-%d %H:%M").to_string() }
}

/// A moment that may be any day's, as the one who reads it has it.
fn date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

fn length(from: Timestamp, to: Timestamp) -> String {
    duration(to.duration_since(from).unsigned_abs())
}

/// How a plan stands towards its window.
pub(crate) fn fits(it: &Fit) -> String {
    let spare = duration(it.spare().unsigned_abs());
    let mut text = format!(
        "Window: from {} on everything is over. Begun at {}, it ends at {} at the worst; taken back at the worst moment, at {}: {spare} to spare.",
        clock(it.limit),
        clock(it.start),
        clock(it.worst_end),
        clock(it.worst_end_if_aborted),
    );
    if let Some(step) = &it.point_of_no_return {
        text.push_str(&format!(" No way back from step {step} on."));
    }
    text
}

/// Why a change may not begin now, though its time comes yet.
pub(crate) fn not_open_yet(graph: &Graph, now: Timestamp) -> Option<Message> {
    let window = graph.window.as_ref().filter(|window| now < window.start)?;
    let fact = format!("the change window opens at {}, and it is {}", date(window.start), date(now));
    Some(closed(graph, &fact, "begin it then; `--twin` tries it at any time"))
}

/// Why a change may not begin any more.
pub(crate) fn is_over(graph: &Graph, now: Timestamp) -> Option<Message> {
    let window = graph.window.as_ref()?;
    let end = window.end.checked_sub(window.keep).unwrap_or(window.end);
    let keep = format_duration(window.keep);
    let (closes, now_is) = (date(window.end), date(now));
    let fact = format!("the change window closes at {closes} with {keep} kept free, and it is {now_is}");
    (now >= end).then(|| {
        closed(
            graph,
            &fact,
            "look at its date and its zone; another night is another change, to be approved as such",
        )
    })
}

fn closed(graph: &Graph, fact: &str, help: &str) -> Message {
    at_window(graph, "HR045", format!("{fact}; nothing was changed")).help(help)
}

/// An error about the window, with the line where it is written.
fn at_window(graph: &Graph, code: &'static str, fact: String) -> Message {
    match graph.program.runbook().and_then(|runbook| runbook.header.window.as_ref()) {
        Some(window) => {
            let span = window.start.span.to(window.end.span);
            diagnostic::message(&graph.program.sources, &Diagnostic::error(code, span, fact))
        }
        None => Message::error(fact).coded(code),
    }
}

/// That a plan cannot fit its window, which chain is the longest, and what would help.
pub(crate) fn overrun(graph: &Graph, plan: &Plan, it: &Fit) -> Message {
    let short = duration(it.spare().unsigned_abs());
    let fact = format!("the plan cannot fit its window: {short} short in the worst case");
    let chain: Vec<_> = it.chain.iter().filter_map(|id| link(graph, id)).collect();
    let ends = length(it.start, it.worst_end_if_aborted);
    let longest =
        format!("{}; with the way back of {} it ends after {ends}", chain.join(" → "), duration(it.back));
    let message = at_window(graph, "HR047", fact)
        .line("time", format!("from {} to {}; nothing was changed", clock(it.start), clock(it.limit)))
        .line("longest chain", longest);
    let timeout = shorter(graph, plan, it);
    let helps = timeout.into_iter().chain(earlier(graph, it)).collect::<Vec<_>>();
    if helps.is_empty() { message } else { message.help(helps.join("; ")) }
}

/// What takes time in a chain.
fn link(graph: &Graph, id: &NodeId) -> Option<String> {
    let at = graph.find(id)?;
    let worst = match (graph.step(at), graph.gate(at)) {
        (Some(node), _) if node.changes() => node.worst(),
        (_, Some(gate)) => gate.gate.within.as_ref()?.node,
        _ => return None,
    };
    Some(format!("{id} {}", duration(worst)))
}

/// A shorter time-out of one step that makes the plan fit.
fn shorter(graph: &Graph, plan: &Plan, it: &Fit) -> Option<String> {
    let mut steps: Vec<_> = graph.steps().filter(|(_, node)| node.changes()).map(|(_, node)| node).collect();
    steps.sort_by_key(|node| std::cmp::Reverse(node.bound()));
    steps.dedup_by_key(|node| Arc::clone(&node.step.name.node));
    steps.into_iter().find_map(|node| {
        let minutes = node.bound().as_secs() / 60;
        let tried = (1..minutes).rev().map(|minutes| Duration::from_secs(minutes * 60));
        tried.into_iter().find_map(|timeout| {
            let spare = fit(&with_timeout(graph, &node.step.name.node, timeout), it.start, plan)?.spare();
            (!spare.is_negative()).then(|| {
                let (name, timeout) = (&node.step.name.node, format_duration(timeout));
                format!(
                    "step {name} with `timeout {timeout}` fits with {} to spare",
                    duration(spare.unsigned_abs())
                )
            })
        })
    })
}

fn with_timeout(graph: &Graph, step: &str, timeout: Duration) -> Graph {
    let mut graph = graph.clone();
    for node in graph.order.node_weights_mut() {
        if let Node::Step(node) = node
            && &*node.step.name.node == step
        {
            let span = node.step.name.span;
            Arc::make_mut(&mut node.step).timeout = Some(Spanned::new(timeout, span));
        }
    }
    graph
}

fn earlier(graph: &Graph, it: &Fit) -> Option<String> {
    let window = graph.window.as_ref().filter(|window| window.start == it.start)?;
    let start = window.start.checked_sub(it.spare().abs()).ok()?;
    Some(format!("a window that opens at {} fits, too", moment(start, it.start)))
}

/// How a run stands towards its window.
pub(crate) fn outlook(it: &Outlook) -> String {
    let no_return = match (&it.point_of_no_return, it.no_return) {
        (Some(step), true) => format!("; step {step} has no way back"),
        (Some(step), false) => format!("; no way back from step {step} on"),
        (None, _) => String::new(),
    };
    format!(
        "window until {}: ends at {} at the worst, taken back now at {}; last safe abort {}{no_return}",
        clock(it.limit),
        clock(it.worst_end),
        clock(it.worst_end_if_aborted),
        clock(it.last_safe_abort)
    )
}
