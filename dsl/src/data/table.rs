//! Where the cells of a CSV text stand.

use std::ops::Range;
use std::sync::Arc;

use super::path::{DataPath, Part};
use super::places::{Place, Places};

/// The places of rows and of their cells, by the names in the first line.
pub(super) fn places(text: &str) -> Places {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let starts = reader.records().map_while(Result::ok);
    let starts = starts.filter_map(|it| usize::try_from(it.position()?.byte()).ok()).collect::<Vec<_>>();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let mut rows = starts.iter().copied().zip(ends).map(|(start, end)| trimmed(text, start..end));
    let names: Vec<_> = rows.next().into_iter().flat_map(|row| cells(text, row)).collect();
    let mut places = Places::default();
    for (number, row) in rows.enumerate() {
        let path = DataPath::default().then(Part::At(number));
        for (cell, name) in cells(text, row.clone()).into_iter().zip(&names) {
            let name = Part::Key(Arc::from(text.get(name.clone()).unwrap_or_default().trim_matches('"')));
            places.add(path.then(name), Place { key: None, value: visible(cell, &row), scalar: true });
        }
        places.add(path, Place { key: None, value: row, scalar: true });
    }
    places
}

/// The cells of one row.
fn cells(text: &str, row: Range<usize>) -> Vec<Range<usize>> {
    let (mut found, mut start, mut is_quoted) = (Vec::new(), row.start, false);
    let within = text.get(row.clone()).unwrap_or_default();
    for (at, it) in within.char_indices() {
        match it {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => {
                found.push(trimmed(text, start..row.start + at));
                start = row.start + at + 1;
            }
            _ => {}
        }
    }
    found.push(trimmed(text, start..row.end));
    found
}

/// An empty cell is shown by what separates it from another one.
fn visible(cell: Range<usize>, row: &Range<usize>) -> Range<usize> {
    match cell.start {
        _ if !cell.is_empty() => cell,
        start if start > row.start => start - 1..start,
        start => start..(start + 1).min(row.end),
    }
}

/// A stretch without the blanks around it.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let within = text.get(range.clone()).unwrap_or_default();
    let start = range.start + within.len() - within.trim_start().len();
    start..start.max(range.start + within.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_has_its_place() {
        let text = "name, gateway\nweb-30, 10.20.30.1/24\n\n\"db, 32\",\"10.20.32.0/24\"\r\nlast\n";
        let places = places(text);
        let value = |row: usize, name: Option<&str>| {
            let path = DataPath::default().then(Part::At(row));
            let path = name.map_or(path.clone(), |name| path.key(name));
            &text[places.nearest(&path).unwrap().value.clone()]
        };
        assert_eq!(value(0, Some("gateway")), "10.20.30.1/24");
        assert_eq!(value(1, Some("name")), "\"db, 32\"");
        assert_eq!(value(1, Some("gateway")), "\"10.20.32.0/24\"");
        assert_eq!(value(1, None), "\"db, 32\",\"10.20.32.0/24\"");
        assert_eq!(value(2, Some("gateway")), "last", "a cell that is not there is looked for around");
    }
}
