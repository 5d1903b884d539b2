//! What the tests share: the repository's files and the parser.

use std::{fs, path::Path, process::Command};

use tree_sitter::{Node, Parser, Tree};

/// A file of the repository.
pub fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The repository's files whose names end so, those not committed yet too.
pub fn files(ending: &str) -> Vec<String> {
    let asked = ["ls-files", "--cached", "--others", "--exclude-standard", &format!("*.{ending}")];
    let found = Command::new("git").args(asked).current_dir(root()).output().expect("git lists the files");
    let mut names: Vec<String> = String::from_utf8_lossy(&found.stdout).lines().map(String::from).collect();
    names.retain(|name| root().join(name).exists());
    names
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

pub fn parse(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_hcxrun::LANGUAGE.into())
        .expect("the parser has a version that tree-sitter reads");
    parser.parse(text, None).expect("a parser with a language and without a limit gives a tree")
}

/// Every node of a tree, parents first.
pub fn nodes(tree: &Tree) -> Vec<Node<'_>> {
    let mut found = vec![tree.root_node()];
    let mut next = 0;
    while let Some(node) = found.get(next).copied() {
        found.extend((0..node.child_count()).filter_map(|at| node.child(at)));
        next += 1;
    }
    found
}

/// The lines where a text is not of the language.
pub fn wrong_lines(text: &str) -> Vec<usize> {
    let tree = parse(text);
    let wrong = nodes(&tree).into_iter().filter(|node| node.is_error() || node.is_missing());
    wrong.map(|node| node.start_position().row + 1).collect()
}
