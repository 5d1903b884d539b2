//! The queries fit the grammar, and give the colours they promise.

use std::collections::BTreeMap;

use crate::common::{nodes, parse, read};
use tree_sitter::{Query, QueryCursor, StreamingIterator, Tree};
use tree_sitter_hcxrun::{FOLDS, HIGHLIGHTS, INDENTS, LANGUAGE, LOCALS};

fn query(source: &str) -> Query {
    Query::new(&LANGUAGE.into(), source).unwrap_or_else(|error| panic!("{error}"))
}

/// The colour of every stretch that has one; of two for the same stretch the later wins, as in an editor.
fn colours(tree: &Tree, text: &str) -> BTreeMap<(usize, usize), String> {
    let query = query(HIGHLIGHTS);
    let mut found: BTreeMap<(usize, usize), (usize, String)> = BTreeMap::new();
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.matches(&query, tree.root_node(), text.as_bytes());
    while let Some(one) = matches.next() {
        for capture in one.captures() {
            let name = query.capture_names()[capture.index as usize].to_owned();
            let place = found.entry((capture.node.start_byte(), capture.node.end_byte())).or_default();
            if place.0 <= one.pattern_index {
                *place = (one.pattern_index, name);
            }
        }
    }
    found.into_iter().map(|(place, (_, name))| (place, name)).collect()
}

/// `word:colour` of each coloured stretch.
fn painted(text: &str) -> Vec<String> {
    let colours = colours(&parse(text), text);
    colours.into_iter().map(|((start, end), name)| format!("{}:{name}", &text[start..end])).collect()
}

#[test]
fn everything_that_is_written_has_a_colour() {
    let text = read("editors/sample.hcxrun");
    let tree = parse(&text);
    let colours = colours(&tree, &text);
    let leaves = nodes(&tree).into_iter().filter(|node| node.child_count() == 0);
    let without: Vec<_> = leaves
        .filter(|leaf| {
            let is_inside =
                |&(start, end): &(usize, usize)| start <= leaf.start_byte() && leaf.end_byte() <= end;
            !colours.keys().any(is_inside)
        })
        .map(|leaf| (leaf.start_position().row + 1, leaf.kind()))
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn a_word_is_a_name_where_it_names_something() {
    let step = "step s: hcx.move { limit = limit  limit 4 }";
    let expected = [
        "step:keyword",
        "s:label",
        "::punctuation.delimiter",
        "hcx:module",
        ".:punctuation.delimiter",
        "move:function",
        "{:punctuation.bracket",
        "limit:property",
        "=:operator",
        "limit:variable",
        "limit:keyword",
        "4:number",
        "}:punctuation.bracket",
    ];
    assert_eq!(painted(step), expected);
}

#[test]
fn a_hole_is_no_text() {
    let expected = [
        "ask:keyword",
        "\":string",
        "a :string",
        "${:punctuation.special",
        "b:variable",
        "}:punctuation.special",
        " // c:string",
        "\":string",
    ];
    assert_eq!(painted("gate g { ask \"a ${b} // c\" }")[3..11], expected);
}

#[test]
fn blocks_are_folded_indented_and_have_names_of_their_own() {
    let text = read("editors/sample.hcxrun");
    let tree = parse(&text);
    for (source, capture, least) in [
        (FOLDS, "fold", 15),
        (INDENTS, "indent.begin", 15),
        (LOCALS, "local.definition.var", 5),
        (LOCALS, "local.scope", 8),
    ] {
        let query = query(source);
        let wanted = query.capture_index_for_name(capture);
        let mut cursor = QueryCursor::new();
        let mut captures = cursor.captures(&query, tree.root_node(), text.as_bytes());
        let mut count = 0;
        while let Some((one, at)) = captures.next() {
            count += usize::from(Some(one.captures()[*at].index) == wanted);
        }
        assert!(count >= least, "{capture}: {count}");
    }
}
