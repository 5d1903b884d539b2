//! What changed among the clauses of one declaration.

use hcxrun_dsl::meaning::Clause;

/// In words: `timeout 20m → 30m`.
pub(super) fn compare(old: &[Clause], new: &[Clause]) -> impl Iterator<Item = String> {
    let mut gone: Vec<_> = old.iter().filter(|it| !new.contains(it)).collect();
    let come: Vec<_> = new.iter().filter(|it| !old.contains(it)).collect();
    let mut said = Vec::new();
    for it in come {
        match gone.iter().position(|was| was.word == it.word) {
            Some(at) => said.push(format!("{} {} → {}", it.word, gone.remove(at).value, it.value)),
            None => said.push(format!("added: {it}")),
        }
    }
    said.extend(gone.into_iter().map(|it| format!("removed: {it}")));
    if said.is_empty() && old != new {
        said.push("its clauses stand in another order, or another number of times".to_owned());
    }
    said.into_iter()
}
