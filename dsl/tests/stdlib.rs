//! The standard library and the runbooks of the repository check without a word.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod repository;

use hcxrun_dsl::{Sources, load};

use repository::{Repository, entries, module, root};

#[test]
fn everything_that_is_shipped_checks_without_a_word() {
    let mut checked = 0;
    for folder in ["stdlib", "runbooks"] {
        for path in entries(&root().join(folder)) {
            let module = module(&path).unwrap();
            // A folder beside a runbook holds its inputs.
            if module.files.is_empty() {
                continue;
            }
            let (program, diagnostics) = load(&module, &mut Repository);
            let show = |sources: &Sources| {
                diagnostics
                    .iter()
                    .map(|it| {
                        format!(
                            "{} {} {} | {} | {:?} | {:?}",
                            sources.position(it.label.span),
                            it.code,
                            it.message,
                            it.label.text,
                            it.origin,
                            it.help
                        )
                    })
                    .collect::<Vec<_>>()
            };
            assert!(diagnostics.is_empty(), "{:#?}", show(&program.sources));
            checked += 1;
        }
    }
    assert!(checked >= 3, "only {checked} files were found");
}
