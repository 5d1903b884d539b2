//! What stands under what: the values of neighbours of one kind, and the comments behind neighbours.

use super::lines::Line;
use super::marks::Element;

/// Blanks between a line and its comment, at least.
const BEFORE_COMMENT: usize = 3;

/// Writes lines.
pub(super) fn text(lines: &[Line]) -> String {
    let heads = widest(lines, |line| kind(line).map(|kind| (kind, width(&line.head))));
    let codes: Vec<String> = lines.iter().zip(heads).map(|(line, head)| code(line, head)).collect();
    let mut of_line = codes.iter();
    let columns = widest(lines, |line| {
        let code = of_line.next().filter(|_| !line.is_comment())?;
        Some(((), line.comment.as_ref().map_or(0, |_| width(code) + BEFORE_COMMENT)))
    });
    let mut text = String::new();
    for ((line, code), column) in lines.iter().zip(&codes).zip(columns) {
        text.push_str(if line.is_apart { "\n" } else { "" });
        text.push_str(code);
        if let Some(comment) = &line.comment {
            let blanks = if line.is_comment() { line.indent } else { column - width(code) };
            text.extend(std::iter::repeat_n(' ', blanks));
            text.push_str(comment);
        }
        text.push('\n');
    }
    text
}

/// A line without its comment.
fn code(line: &Line, head: usize) -> String {
    if line.is_comment() {
        return String::new();
    }
    let mut code = " ".repeat(line.indent) + &line.head;
    if !line.tail.is_empty() {
        let blanks = head.saturating_sub(width(&line.head)) + 1;
        code.extend(std::iter::repeat_n(' ', blanks));
        code.push_str(&line.tail);
    }
    code
}

/// The kind that a line is one of, when its value stands under those of its neighbours.
fn kind(line: &Line) -> Option<Kind> {
    let element = line.element.filter(|_| !line.tail.is_empty())?;
    Some(match element {
        Element::Setting { .. } => Kind::Setting,
        other => Kind::Like(other),
    })
}

#[derive(PartialEq, Eq)]
enum Kind {
    Setting,
    Like(Element),
}

/// Neighbours of one kind.
struct Group<K> {
    kind: K,
    indent: usize,
    widest: usize,
    lines: Vec<usize>,
}

/// For each line the greatest width among its neighbours of the same kind. Neighbours stand in lines of the same
/// indentation; comments and what is indented further, as the rest of a value is, may stand between them.
fn widest<K: PartialEq>(lines: &[Line], mut of: impl FnMut(&Line) -> Option<(K, usize)>) -> Vec<usize> {
    let (mut open, mut ended) = (Vec::<Group<K>>::new(), Vec::new());
    for (at, line) in lines.iter().enumerate() {
        let found = of(line);
        ended.extend(open.extract_if(.., |group| group.ends_before(line, found.as_ref())));
        let Some((kind, width)) = found else { continue };
        match open.last_mut().filter(|group| group.indent == line.indent) {
            Some(group) => {
                group.widest = group.widest.max(width);
                group.lines.push(at);
            }
            None => open.push(Group { kind, indent: line.indent, widest: width, lines: vec![at] }),
        }
    }
    let mut widths = vec![0; lines.len()];
    for group in ended.into_iter().chain(open) {
        for at in group.lines {
            widths.get_mut(at).into_iter().for_each(|width| *width = group.widest);
        }
    }
    widths
}

impl<K: PartialEq> Group<K> {
    fn ends_before(&self, line: &Line, found: Option<&(K, usize)>) -> bool {
        let is_neighbour = found.is_some_and(|(kind, _)| *kind == self.kind);
        let stays = is_neighbour || line.is_comment() || line.goes_on;
        line.indent < self.indent || (line.indent == self.indent && (line.is_apart || !stays))
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}
