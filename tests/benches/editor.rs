//! What somebody who types waits for: `cargo bench --bench editor`. A table on standard output, nothing asserted.
//!
//! Before each request a key is pressed in the middle of the file, so that no answer is one that was at hand.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark may panic, and prints what it measured"
)]

#[path = "../common/editor.rs"]
#[allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::needless_pass_by_value,
    reason = "shared with a test"
)]
mod editor;
mod long;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use editor::{Editor, behind};
use serde_json::json;

/// Eight lines each, and the head: 5,000 lines.
const STEPS: usize = 623;

const ROUNDS: usize = 21;

/// The step in which somebody types.
const HERE: &str = "step n300: hcx.check_network {\n";

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(dir.path());
    println!("{} lines, a key and then:", desk.text.lines().count());
    println!("{:<28} {:>10} {:>10} {:>10}", "what", "promised", "median", "worst");
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 5000, "character": 0 } });
    let position = |part: &str| json!({ "position": behind(&long::runbook(STEPS), part) });
    let argument = format!("{HERE}  sou");
    desk.row("diagnostics", |desk| {
        let told = desk.editor.diagnostics(&desk.path, desk.version);
        assert!(told.is_empty());
    });
    for (method, more) in [
        ("hover", position("n300: hcx.check_net")),
        ("completion", position(HERE)),
        ("completion", position("n300: hcx.")),
        ("definition", position(&argument)),
        (
            "references",
            json!({ "position": behind(&long::runbook(STEPS), "input router"), "context": { "includeDeclaration": true } }),
        ),
        ("rename", json!({ "position": behind(&long::runbook(STEPS), "input router"), "newName": "gate" })),
        ("formatting", json!({ "options": { "tabSize": 2, "insertSpaces": true } })),
        ("documentSymbol", json!({})),
        ("foldingRange", json!({})),
        ("semanticTokens/full", json!({})),
        ("codeAction", json!({ "range": whole, "context": { "diagnostics": [] } })),
        ("inlayHint", json!({ "range": whole })),
    ] {
        desk.row(method, |desk| drop(desk.editor.about(method, &desk.path, more.clone())));
    }
    assert_eq!(desk.editor.end(), Some(0));
}

struct Desk {
    editor: Editor,
    path: PathBuf,
    text: String,
    version: i64,
}

impl Desk {
    fn new(folder: &Path) -> Self {
        let (path, text) = (folder.join("long.hcxrun"), long::runbook(STEPS));
        std::fs::write(&path, &text).unwrap();
        let mut editor = Editor::start(env!("CARGO_BIN_EXE_hcxrun"), folder);
        editor.open(&path, &text);
        editor.diagnostics(&path, 1);
        Self { editor, path, text, version: 1 }
    }

    /// Somebody types a sign into the name of a network.
    fn key(&mut self) -> Duration {
        self.version += 1;
        let at = behind(&self.text, "network = \"N300");
        let change = json!({ "range": { "start": at, "end": at }, "text": "x" });
        let began = Instant::now();
        self.editor.change(&self.path, self.version, change);
        began.elapsed()
    }

    fn row(&mut self, what: &str, mut ask: impl FnMut(&mut Self)) {
        let mut all: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let typed = self.key();
                let began = Instant::now();
                ask(self);
                let took = typed + began.elapsed();
                // What is wrong is told when nobody asks any more; it belongs to no request.
                if what != "diagnostics" {
                    self.editor.diagnostics(&self.path, self.version);
                }
                took
            })
            .collect();
        all.sort();
        let shown = |it: Option<&Duration>| format!("{:.1?}", it.copied().unwrap_or_default());
        println!("{what:<28} {:>10} {:>10} {:>10}", "50 ms", shown(all.get(ROUNDS / 2)), shown(all.last()));
    }
}
