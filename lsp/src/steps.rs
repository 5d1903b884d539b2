//! The steps of a file, wherever they stand.

use hcxrun_dsl::Module;
use hcxrun_dsl::syntax::{Member, Step};

/// Those of the runbook and of all tests, and what invariants look at.
pub(crate) fn steps(module: &Module) -> impl Iterator<Item = &Step> {
    let body = module.runbook.as_ref();
    let tests = module.tests.iter().flat_map(|test| &test.members);
    let members = body.into_iter().flat_map(|body| &body.members).chain(tests);
    let watched = body.into_iter().flat_map(|body| &body.invariants).map(|it| &*it.step);
    among(members).into_iter().chain(watched)
}

fn among<'m>(members: impl Iterator<Item = &'m Member>) -> Vec<&'m Step> {
    let mut found = Vec::new();
    for member in members {
        match member {
            Member::Phase(it) => found.extend(among(it.members.iter())),
            Member::Parallel(it) => found.extend(among(it.members.iter())),
            Member::Gate(_) => {}
            Member::Step(it) => found.push(it),
        }
    }
    found
}
