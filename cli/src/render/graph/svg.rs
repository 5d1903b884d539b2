//! The graph as a picture, drawn here without any other program: phases are lanes, read from top to bottom as the text is; a fan-out
//! is a stack; gates stand between.

use std::fmt::Write;

use hcxrun_engine::Graph;

use super::folded::{Drawn, Folded, Kind, Lane};

const BOX: (usize, usize) = (188, 44);
const GAP: usize = 18;
/// Between boxes that wait for each other.
const STEP: usize = 30;
/// Between lanes.
const BETWEEN: usize = 26;
const MARGIN: usize = 20;
/// For the lane's title, and within the lane on its other sides.
const TITLE: usize = 26;
const PADDING: usize = 14;
/// The picture is at least as wide as what its colors mean.
const LEAST: usize = 620;
/// More boxes side by side go below each other.
const COLUMNS: usize = 5;
/// So many characters of a label, and of the line below it, fit into a box.
const LABEL: usize = 23;
const ABOUT: usize = 29;

/// Where a box is.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    x: usize,
    y: usize,
}

impl Place {
    fn middle(self) -> usize {
        self.x + BOX.0 / 2
    }

    fn bottom(self) -> usize {
        self.y + BOX.1
    }
}

/// The picture.
pub(crate) fn svg(graph: &Graph) -> String {
    let folded = Folded::of(graph);
    let header = graph.program.runbook().map(|runbook| &runbook.header);
    let title = header.map(|header| &*header.title.node).unwrap_or_default();
    let (mut places, mut bands) = (vec![Place::default(); folded.boxes.len()], Vec::new());
    let mut y = MARGIN + 30;
    for lane in &folded.lanes {
        let top = y;
        y += if lane.title.is_some() { TITLE } else { 0 };
        y = arrange(&folded, lane, y, &mut places);
        y += if lane.title.is_some() { PADDING } else { 0 };
        bands.push((top, y));
        y += BETWEEN;
    }
    let right = places.iter().map(|place| place.x + BOX.0).max().unwrap_or(0);
    let width = (right + PADDING + MARGIN).max(MARGIN * 2 + title.chars().count() * 9).max(LEAST);
    let legend = y + 6;
    let mut text = head(width, legend + 30, title);
    for (lane, (top, bottom)) in folded.lanes.iter().zip(&bands) {
        band(&mut text, lane, (*top, *bottom), width - 2 * MARGIN);
    }
    for (at, it) in folded.boxes.iter().enumerate() {
        edges(&mut text, &folded, (at, it), &places, &bands);
    }
    for (it, place) in folded.boxes.iter().zip(&places) {
        boxed(&mut text, it, *place);
    }
    legend_of(&mut text, &folded, legend);
    text + "</svg>"
}

/// Gives the boxes of a lane their places from a height on; says where they end. What waits for another one stands below it, in
/// its column where that is free.
fn arrange(folded: &Folded, lane: &Lane, top: usize, places: &mut [Place]) -> usize {
    let own = lane.boxes.clone();
    let mut rows: Vec<[bool; COLUMNS]> = Vec::new();
    let mut cells: Vec<(usize, usize)> = Vec::new();
    for at in own.clone() {
        let before = folded.boxes.get(at).into_iter().flat_map(|it| &it.before);
        let above: Vec<_> =
            before.filter_map(|from| cells.get(from.checked_sub(own.start)?)).copied().collect();
        let least = above.iter().map(|(row, _)| row + 1).max().unwrap_or(0);
        let wanted = above.first().map_or(0, |(_, column)| *column);
        let free = (least..).find_map(|row| {
            let taken = rows.get(row).copied().unwrap_or_default();
            let columns = std::iter::once(wanted).chain(0..COLUMNS);
            columns.into_iter().find(|it| taken.get(*it) == Some(&false)).map(|column| (row, column))
        });
        let (row, column) = free.unwrap_or((least, 0));
        rows.resize(rows.len().max(row + 1), [false; COLUMNS]);
        rows.get_mut(row).and_then(|row| row.get_mut(column)).into_iter().for_each(|cell| *cell = true);
        cells.push((row, column));
        let (x, y) = (MARGIN + PADDING + column * (BOX.0 + GAP), top + row * (BOX.1 + STEP));
        places.get_mut(at).into_iter().for_each(|place| *place = Place { x, y });
    }
    top + rows.len() * (BOX.1 + STEP) - STEP
}

fn head(width: usize, height: usize, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" \
         markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"#6b7688\"/></marker></defs>\n<rect \
         width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"{MARGIN}\" y=\"{}\" font-size=\"16\" \
         font-weight=\"bold\">{}</text>\n",
        MARGIN + 12,
        escaped(title)
    )
}

/// A phase as a lane.
fn band(text: &mut String, lane: &Lane, (top, bottom): (usize, usize), width: usize) {
    let Some(title) = &lane.title else { return };
    let _ = writeln!(
        text,
        "<rect x=\"{MARGIN}\" y=\"{top}\" width=\"{width}\" height=\"{}\" rx=\"8\" fill=\"#f4f6f9\"/>\n<text x=\"{}\" y=\"{}\" \
         fill=\"#5b6676\" font-weight=\"bold\">{}</text>",
        bottom - top,
        MARGIN + PADDING,
        top + 18,
        escaped(title)
    );
}

/// What a box waits for. Where it is all of a lane, one arrow leads from lane to lane.
fn edges(
    text: &mut String,
    folded: &Folded,
    (at, it): (usize, &Drawn),
    places: &[Place],
    bands: &[(usize, usize)],
) {
    let Some(to) = places.get(at) else { return };
    if let Some(before) = folded.lane_before(at) {
        let is_first = folded.lanes.get(it.lane).is_some_and(|lane| {
            lane.boxes.clone().find(|at| folded.lane_before(*at) == Some(before)) == Some(at)
        });
        let ends = (bands.get(before), bands.get(it.lane));
        if let ((Some((_, from)), Some((down_to, _))), true) = (ends, is_first) {
            between(text, before + 1 == it.lane, *from, *down_to);
        }
        return;
    }
    for from in it.before.iter().filter_map(|from| places.get(*from)) {
        let (x1, y1, x2, y2) = (from.middle(), from.bottom(), to.middle(), to.y);
        let bend = (y2.saturating_sub(y1) / 2).max(STEP / 2);
        arrow(text, &format!("M{x1} {y1} C{x1} {} {x2} {} {x2} {y2}", y1 + bend, y2.saturating_sub(bend)));
    }
}

/// From lane to lane; past those between along the left edge.
fn between(text: &mut String, is_next: bool, from: usize, to: usize) {
    let x = MARGIN + PADDING + BOX.0 / 2;
    let path = if is_next {
        format!("M{x} {from} L{x} {to}")
    } else {
        let left = MARGIN / 2;
        format!(
            "M{x} {from} C{x} {} {left} {from} {left} {} L{left} {} C{left} {to} {x} {} {x} {to}",
            from + 20,
            from + 20,
            to - 20,
            to - 20
        )
    };
    arrow(text, &path);
}

fn arrow(text: &mut String, path: &str) {
    let _ = writeln!(
        text,
        "<path d=\"{path}\" fill=\"none\" stroke=\"#6b7688\" stroke-width=\"1.3\" marker-end=\"url(#tip)\"/>"
    );
}

/// Fill, border and how round its corners are.
fn look(kind: Kind) -> (&'static str, &'static str, usize) {
    match kind {
        Kind::Check => ("#ffffff", "#8a94a6", 5),
        Kind::Change => ("#e3edfb", "#3b5b92", 5),
        Kind::OneWay => ("#fde8e6", "#b3261e", 5),
        Kind::Gate => ("#fff4d6", "#b7791f", BOX.1 / 2),
        Kind::Watch => ("#e8f5ec", "#3d7a4f", BOX.1 / 2),
    }
}

fn boxed(text: &mut String, it: &Drawn, Place { x, y }: Place) {
    let (fill, stroke, round) = look(it.kind);
    let height = BOX.1;
    // Who is asked at a gate is a long line.
    let (width, label, about) =
        if it.kind == Kind::Gate { (2 * BOX.0 + GAP, 2 * LABEL, 66) } else { (BOX.0, LABEL, ABOUT) };
    // A fan-out is a stack.
    for offset in if it.is_fan { &[6, 3, 0][..] } else { &[0] } {
        let _ = writeln!(
            text,
            "<rect x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\" fill=\"{fill}\" stroke=\"{stroke}\"/>",
            x + offset,
            y + offset
        );
    }
    let _ = writeln!(
        text,
        "<g text-anchor=\"middle\"><title>{}: {}</title><text x=\"{middle}\" y=\"{}\">{}</text><text x=\"{middle}\" y=\"{}\" \
         fill=\"#5b6676\" font-size=\"10.5\">{}</text></g>",
        escaped(&it.label),
        escaped(&it.about),
        y + 19,
        escaped(&shortened(&it.label, label)),
        y + 34,
        escaped(&shortened(&it.about, about)),
        middle = x + width / 2,
    );
}

/// What the colors mean, as far as they are there.
fn legend_of(text: &mut String, folded: &Folded, y: usize) {
    let mut x = MARGIN;
    for (kind, word) in [
        (Kind::Check, "looks"),
        (Kind::Change, "changes, with a way back"),
        (Kind::OneWay, "changes, no way back"),
        (Kind::Gate, "people decide"),
        (Kind::Watch, "is watched from first to last"),
    ] {
        if folded.boxes.iter().any(|it| it.kind == kind) {
            let (fill, stroke, round) = look(kind);
            let _ = writeln!(
                text,
                "<rect x=\"{x}\" y=\"{y}\" width=\"20\" height=\"14\" rx=\"{}\" fill=\"{fill}\" stroke=\"{stroke}\"/>\n<text \
                 x=\"{}\" y=\"{}\" fill=\"#5b6676\" font-size=\"11\">{word}</text>",
                round.min(7),
                x + 26,
                y + 11
            );
            x += 44 + word.len() * 6;
        }
    }
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
