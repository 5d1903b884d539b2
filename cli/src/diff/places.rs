//! Steps, gates and phases: which are new, gone, elsewhere or otherwise.

use std::collections::{BTreeMap, BTreeSet};

use hcxrun_dsl::Program;
use hcxrun_dsl::meaning::{Clause, gate, phase, step};
use hcxrun_dsl::syntax::{Member, Step};

use super::overall::nature;
use super::{Difference, clauses, difference};

/// A member with where it stands.
struct Place<'a> {
    /// `step extend`
    name: String,
    /// `phase build, in parallel from first`
    inside: String,
    clauses: Vec<Clause>,
    step: Option<&'a Step>,
}

/// Everything that differs, in the order of the later text; then what is gone.
pub(super) fn compare(before: &Program, after: &Program) -> Vec<Difference> {
    let (old, new) = (places(before), places(after));
    let was: BTreeMap<_, _> = old.iter().map(|it| (&it.name, it)).collect();
    let is: BTreeSet<_> = new.iter().map(|it| &it.name).collect();
    let moved = moved(&old, &new);
    let mut found = Vec::new();
    for it in &new {
        let Some(was) = was.get(&it.name) else {
            found.push(difference(&it.name, format!("added in {}{}", it.inside, says(after, it))));
            continue;
        };
        if was.inside != it.inside {
            found.push(difference(&it.name, format!("moved from {} to {}", was.inside, it.inside)));
        } else if moved.contains(&it.name) {
            found.push(difference(&it.name, "stands at another place in the order"));
        }
        found.extend(clauses::compare(&was.clauses, &it.clauses).map(|says| difference(&it.name, says)));
    }
    let gone = old.iter().filter(|it| !is.contains(&it.name));
    found.extend(
        gone.map(|it| difference(&it.name, format!("removed from {}{}", it.inside, says(before, it)))),
    );
    found
}

fn says(program: &Program, place: &Place<'_>) -> String {
    place.step.map(|step| format!(": {}", nature(program, step).says())).unwrap_or_default()
}

fn places(program: &Program) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    if let Some(body) = program.runbook() {
        walk(&body.members, "the runbook", &mut places);
    }
    places
}

fn walk<'a>(members: &'a [Member], inside: &str, places: &mut Vec<Place<'a>>) {
    for member in members {
        let (name, clauses, step) = match member {
            Member::Step(it) => (format!("step {}", it.name.node), step(it), Some(&**it)),
            Member::Gate(it) => (format!("gate {}", it.name.node), gate(it), None),
            Member::Phase(it) => (format!("phase {}", it.name.node), phase(it), None),
            Member::Parallel(it) => {
                let from = it.members.first().map(called).unwrap_or_default();
                walk(&it.members, &format!("{inside}, in parallel from {from}"), places);
                continue;
            }
        };
        places.push(Place { name, inside: inside.to_owned(), clauses, step });
        if let Member::Phase(it) = member {
            walk(&it.members, &format!("phase {}", it.name.node), places);
        }
    }
}

fn called(member: &Member) -> &str {
    match member {
        Member::Step(it) => &it.name.node,
        Member::Gate(it) => &it.name.node,
        Member::Phase(it) => &it.name.node,
        Member::Parallel(it) => it.members.first().map(called).unwrap_or_default(),
    }
}

/// Those of both that do not stand in the order in which they stood: the fewest that one has to move.
fn moved<'a>(old: &[Place<'_>], new: &'a [Place<'_>]) -> BTreeSet<&'a String> {
    let at: BTreeMap<_, _> = old.iter().enumerate().map(|(at, it)| (&it.name, at)).collect();
    let both: Vec<_> = new.iter().filter_map(|it| Some((*at.get(&it.name)?, &it.name))).collect();
    // The longest rising row: for each, the longest that ends with it.
    let mut rows: Vec<Vec<(usize, &String)>> = Vec::new();
    for it in both.iter().copied() {
        let before = rows.iter().filter(|row| row.last().is_some_and(|last| last.0 < it.0));
        let mut row = before.max_by_key(|row| row.len()).cloned().unwrap_or_default();
        row.push(it);
        rows.push(row);
    }
    let kept: BTreeSet<_> = rows.into_iter().max_by_key(Vec::len).unwrap_or_default().into_iter().collect();
    both.into_iter().filter(|it| !kept.contains(it)).map(|(_, name)| name).collect()
}
