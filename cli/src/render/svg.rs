//! The graph of a runbook as a picture: drawn here, without any other program. Fan-outs are folded, gates stand out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use hcxrun_engine::{Graph, Node};
use petgraph::Direction;
use petgraph::graph::NodeIndex;

/// A box of the picture.
struct Drawn {
    label: String,
    phase: String,
    is_gate: bool,
    before: BTreeSet<usize>,
    /// How many boxes lie before it at least.
    rank: usize,
}

const HEIGHT: usize = 34;
const GAP: usize = 18;
const BETWEEN: usize = 46;
const LETTER: usize = 8;
const MARGIN: usize = 16;

/// The picture.
pub(crate) fn svg(graph: &Graph) -> String {
    let drawn = fold(graph);
    let ranks = drawn.iter().map(|it| it.rank + 1).max().unwrap_or(0);
    let widths: Vec<usize> = (0..ranks)
        .map(|rank| {
            let own = drawn.iter().filter(|it| it.rank == rank);
            own.map(|it| it.label.chars().count().max(it.phase.chars().count())).max().unwrap_or(0) * LETTER
                + 2 * GAP
        })
        .collect();
    let left = |rank: usize| MARGIN + widths.iter().take(rank).map(|width| width + BETWEEN).sum::<usize>();
    let mut rows = vec![0_usize; ranks];
    let places: Vec<(usize, usize, usize)> = drawn
        .iter()
        .map(|it| {
            let row = rows.get_mut(it.rank).map_or(0, |row| {
                *row += 1;
                *row - 1
            });
            (
                left(it.rank),
                MARGIN + 14 + row * (HEIGHT + GAP + 14),
                widths.get(it.rank).copied().unwrap_or(0),
            )
        })
        .collect();
    let width = left(ranks).saturating_sub(BETWEEN) + MARGIN;
    let height = MARGIN * 2 + rows.iter().max().copied().unwrap_or(0) * (HEIGHT + GAP + 14);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (it, to) in drawn.iter().zip(&places) {
        it.before.iter().filter_map(|from| places.get(*from)).for_each(|from| edge(&mut text, *from, *to));
    }
    drawn.iter().zip(&places).for_each(|(it, place)| boxed(&mut text, it, *place));
    text + "</svg>"
}

fn edge(text: &mut String, from: (usize, usize, usize), to: (usize, usize, usize)) {
    let (x1, y1) = (from.0 + from.2, from.1 + HEIGHT / 2);
    let (x2, y2) = (to.0, to.1 + HEIGHT / 2);
    let middle = x1.midpoint(x2);
    let _ = writeln!(
        text,
        "<path d=\"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}\" fill=\"none\" stroke=\"#8a94a6\"/>"
    );
}

fn boxed(text: &mut String, it: &Drawn, (x, y, width): (usize, usize, usize)) {
    let (fill, stroke, radius) =
        if it.is_gate { ("#fff4d6", "#b7791f", 17) } else { ("#eef3fb", "#3b5b92", 5) };
    let _ = writeln!(
        text,
        "<text x=\"{x}\" y=\"{}\" fill=\"#8a94a6\" font-size=\"11\">{}</text>",
        y - 4,
        escaped(&it.phase)
    );
    let _ = writeln!(
        text,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" rx=\"{radius}\" fill=\"{fill}\" stroke=\"{stroke}\"/>"
    );
    let _ = writeln!(
        text,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
        x + width / 2,
        y + HEIGHT / 2 + 5,
        escaped(&it.label)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// One box for each step and gate, in the order of the text.
fn fold(graph: &Graph) -> Vec<Drawn> {
    let mut boxes: Vec<Drawn> = Vec::new();
    let mut place: BTreeMap<String, usize> = BTreeMap::new();
    // What lies before a node, seen through joints.
    let mut before: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); graph.order.node_count()];
    for at in &graph.sequence {
        let mut all = BTreeSet::new();
        for from in graph.order.neighbors_directed(*at, Direction::Incoming) {
            all.extend(before.get(from.index()).into_iter().flatten().copied());
        }
        let Some((name, label, phase, is_gate)) = describe(graph, *at) else {
            set(&mut before, *at, all);
            continue;
        };
        let own = *place.entry(name).or_insert_with(|| {
            boxes.push(Drawn { label, phase, is_gate, before: BTreeSet::new(), rank: 0 });
            boxes.len() - 1
        });
        let rank = all.iter().filter_map(|it| boxes.get(*it)).map(|it| it.rank + 1).max().unwrap_or(0);
        if let Some(it) = boxes.get_mut(own) {
            it.rank = it.rank.max(rank);
            it.before.extend(all);
        }
        set(&mut before, *at, BTreeSet::from([own]));
    }
    boxes
}

fn set(before: &mut [BTreeSet<usize>], at: NodeIndex, all: BTreeSet<usize>) {
    if let Some(slot) = before.get_mut(at.index()) {
        *slot = all;
    }
}

/// Name, label and phase of what is drawn for a node, and whether it is a gate; joints are not drawn.
fn describe(graph: &Graph, at: NodeIndex) -> Option<(String, String, String, bool)> {
    match graph.order.node_weight(at)? {
        Node::Watch(_) | Node::Joint => None,
        Node::Gate(gate) => {
            let phase = gate.phase.as_ref().map(ToString::to_string).unwrap_or_default();
            Some((gate.id.to_string(), gate.id.to_string(), phase, true))
        }
        Node::Step(step) => {
            let name = step.step.name.node.to_string();
            let phase = step.phase.as_ref().map(ToString::to_string).unwrap_or_default();
            let label = match graph.fans.get(&step.step.name.node) {
                Some(fan) => format!("{name} × {}", fan.instances.len()),
                None => name.clone(),
            };
            Some((name, label, phase, false))
        }
    }
}
