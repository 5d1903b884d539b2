//! From the events of a parser to places.

use std::ops::Range;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, Span};

use super::path::{DataPath, Part};
use super::places::{Place, Places};

pub(super) fn walk(text: &str) -> Places {
    let bytes = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut walk = Walk { text, bytes, open: Vec::new(), places: Places::default() };
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { break };
        let range = walk.range(span);
        match event {
            Event::Scalar(word, ..) => walk.scalar(&word, range),
            Event::Alias(_) => walk.scalar("", range),
            Event::SequenceStart(..) => walk.enter(Inside::List(0), range.start),
            Event::MappingStart(..) => walk.enter(Inside::Record(None), range.start),
            Event::SequenceEnd | Event::MappingEnd => walk.leave(range.end),
            _ => {}
        }
    }
    // What an error of syntax left open begins somewhere all the same.
    while !walk.open.is_empty() {
        walk.leave(text.len());
    }
    walk.places
}

struct Walk<'t> {
    text: &'t str,
    /// The byte at which each character begins; the parser counts characters.
    bytes: Vec<usize>,
    open: Vec<Open>,
    places: Places,
}

/// A record or a list whose end has not come.
struct Open {
    path: DataPath,
    key: Option<Range<usize>>,
    start: usize,
    inside: Inside,
}

enum Inside {
    /// The index of the element that comes next.
    List(usize),
    /// The key whose value comes next; none when a key comes next.
    Record(Option<(Arc<str>, Range<usize>)>),
}

/// How long the first line of a text is, without the spaces at its end.
fn first_line(text: &str) -> usize {
    text.lines().next().unwrap_or_default().trim_end().len()
}

impl Walk<'_> {
    fn range(&self, span: Span) -> Range<usize> {
        let byte = |at: usize| self.bytes.get(at).copied().unwrap_or(self.text.len());
        let (start, end) = (byte(span.start.index()), byte(span.end.index()));
        let word = self.text.get(start..end).unwrap_or_default();
        start..start + first_line(word)
    }

    fn scalar(&mut self, word: &str, range: Range<usize>) {
        if let Some(Open { inside: Inside::Record(key @ None), .. }) = self.open.last_mut() {
            *key = Some((Arc::from(word), range));
            return;
        }
        let (path, key) = self.next();
        self.places.add(path, Place { key, value: range, scalar: true });
    }

    fn enter(&mut self, inside: Inside, start: usize) {
        let (path, key) = self.next();
        self.open.push(Open { path, key, start, inside });
    }

    fn leave(&mut self, end: usize) {
        let Some(Open { path, key, start, .. }) = self.open.pop() else { return };
        let text = self.text.get(start..end.max(start)).unwrap_or_default();
        let value = start..start + first_line(text);
        self.places.add(path, Place { key, value, scalar: false });
    }

    /// The path of the value that comes now, and its key.
    fn next(&mut self) -> (DataPath, Option<Range<usize>>) {
        let Some(Open { path, inside, .. }) = self.open.last_mut() else {
            return (DataPath::default(), None);
        };
        match inside {
            Inside::List(at) => {
                *at += 1;
                (path.then(Part::At(*at - 1)), None)
            }
            // A record or a list as a key is none that a message would name.
            Inside::Record(key) => {
                let (name, range) = key.take().unwrap_or((Arc::from(""), 0..0));
                (path.then(Part::Key(name)), Some(range))
            }
        }
    }
}
