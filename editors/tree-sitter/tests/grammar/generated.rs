//! What is generated is what grammar.js gives. `HCXRUN_GENERATE=1 cargo test generated` writes it anew.

use std::{env, fs, path::Path};

use tree_sitter_generate::{OptLevel, generate_parser_in_directory};

const FILES: [&str; 6] = [
    "grammar.json",
    "node-types.json",
    "parser.c",
    "tree_sitter/alloc.h",
    "tree_sitter/array.h",
    "tree_sitter/parser.h",
];

/// The tables of this version are read by editors of some years ago too.
const ABI: usize = 14;

/// Generates into a folder, with the `node` of the `PATH`.
fn generate(into: &Path) {
    let grammar = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar.js");
    let mut said = Vec::new();
    let node = Some("node");
    generate_parser_in_directory(
        into,
        Some(into.join("src")),
        Some(grammar),
        ABI,
        None,
        node,
        true,
        OptLevel::default(),
        &mut said,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    assert!(said.is_empty(), "{said:?}");
}

#[test]
fn the_parser_is_what_the_grammar_gives() {
    let fresh = tempfile::tempdir().expect("a folder for what is generated");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(here.join("tree-sitter.json"), fresh.path().join("tree-sitter.json"))
        .expect("tree-sitter.json names the version");
    generate(fresh.path());
    for file in FILES {
        let (made, kept) = (fresh.path().join("src").join(file), here.join("src").join(file));
        if env::var_os("HCXRUN_GENERATE").is_some() {
            fs::create_dir_all(kept.parent().expect("a file of src")).expect("a folder for the headers");
            fs::copy(&made, &kept).expect("the generated file can be written");
        }
        let same = fs::read_to_string(&made).ok() == fs::read_to_string(&kept).ok();
        assert!(same, "src/{file} is out of date: HCXRUN_GENERATE=1 cargo test generated");
    }
}
