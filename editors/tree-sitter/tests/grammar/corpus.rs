//! The trees of `test/corpus`, in the form that `tree-sitter test` reads. `HCXRUN_GENERATE=1 cargo test corpus` writes them
//! anew: look at them.

use std::{env, fmt::Write, fs, path::Path};

use crate::common::parse;
use tree_sitter::Node;

/// A tree as lines, each node below its parent.
fn tree(node: Node, field: Option<&str>, depth: usize, into: &mut String) {
    let field = field.map(|name| format!("{name}: ")).unwrap_or_default();
    write!(into, "\n{}{field}({}", "  ".repeat(depth), node.kind()).expect("a text takes what is written");
    for at in 0..node.child_count() {
        if let Some(child) = node.child(at).filter(Node::is_named) {
            tree(child, node.field_name_for_child(at), depth + 1, into);
        }
    }
    into.push(')');
}

/// A case is its title between two lines of `=`, a text, a line of `---` and the tree.
fn cases(file: &str) -> Vec<(String, String)> {
    let mut parts = file.split("===\n").skip(1);
    let mut found = Vec::new();
    while let (Some(title), Some(rest)) = (parts.next(), parts.next()) {
        let text = rest.split_once("\n---\n").map_or(rest, |(text, _)| text);
        found.push((title.trim().to_owned(), text.trim().to_owned()));
    }
    found
}

fn told(cases: &[(String, String)]) -> String {
    let mut file = String::new();
    for (title, text) in cases {
        let mut shown = String::new();
        tree(parse(text).root_node(), None, 0, &mut shown);
        write!(file, "===\n{title}\n===\n\n{text}\n\n---\n{shown}\n\n")
            .expect("a text takes what is written");
    }
    file.trim_end().to_owned() + "\n"
}

#[test]
fn the_trees_are_as_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test/corpus");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("the corpus is readable").path();
        let kept = fs::read_to_string(&path).expect("a case is a text");
        let cases = cases(&kept);
        count += cases.len();
        let made = told(&cases);
        if env::var_os("HCXRUN_GENERATE").is_some() {
            fs::write(&path, &made).expect("a case can be written");
        } else {
            assert_eq!(kept, made, "{}", path.display());
        }
    }
    assert!(count > 15, "the cases are found");
}
