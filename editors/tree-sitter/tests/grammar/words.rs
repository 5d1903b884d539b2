//! The words of the language are those of the parser of hcxrun.

use std::collections::BTreeSet;

use crate::common::read;
use tree_sitter::Language;

/// What stands in quotes in the parser's grammar; its units are no words.
fn of_the_parser() -> BTreeSet<String> {
    let grammar = read("dsl/src/grammar.pest");
    let rules = grammar
        .lines()
        .filter(|line| !["//", "size ", "duration ", "unit "].iter().any(|start| line.starts_with(start)));
    let quoted = rules.flat_map(|line| line.split('"').skip(1).step_by(2));
    quoted.filter(|word| is_word(word)).map(String::from).collect()
}

fn is_word(text: &str) -> bool {
    text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Nodes without a name are the words and signs of a language.
fn of_tree_sitter() -> BTreeSet<String> {
    let language = Language::from(tree_sitter_hcxrun::LANGUAGE);
    // The first kind is the end of the file.
    let kinds = (1..u16::try_from(language.node_kind_count()).expect("kinds are numbered in 16 bits"))
        .filter(|kind| !language.node_kind_is_named(*kind) && language.node_kind_is_visible(*kind))
        .filter_map(|kind| language.node_kind_for_id(kind));
    // A rule of one word only is a node of its own.
    kinds.filter(|word| is_word(word)).map(String::from).chain(["null".to_owned()]).collect()
}

#[test]
fn both_grammars_have_the_same_words() {
    assert!(of_the_parser().len() > 70, "the words are found");
    assert_eq!(of_tree_sitter(), of_the_parser());
}
