//! Steps and gates in one layout.

use super::clause::Clause;
use super::expr::expr;
use super::{on, policy, qualified};
use crate::format_duration;
use crate::source::Name;
use crate::syntax::{Each, Gate, Invariant, Retry, Step, Tolerate};

/// What a step says.
pub fn step(step: &Step) -> Vec<Clause> {
    let Step {
        doc: _,
        name: _,
        each,
        module,
        action,
        arguments,
        after,
        when,
        retry,
        timeout,
        limit,
        tolerate,
        on_failure,
        span: _,
    } = step;
    let mut clauses = vec![Clause::new("action", qualified(module.as_ref(), &action.node))];
    clauses.extend(each.iter().map(|it| {
        let Each { variable, list, key } = it;
        Clause::new("for", format!("{} in {} by {}", variable.node, expr(list), expr(key)))
    }));
    // The order of arguments has no meaning.
    let mut given: Vec<_> = arguments.iter().collect();
    given.sort_by(|a, b| a.name.node.cmp(&b.name.node));
    clauses.extend(given.iter().map(|it| Clause::new(format!("argument {}", it.name.node), expr(&it.value))));
    clauses.extend(after_clause(after));
    clauses.extend(when.iter().map(|it| Clause::new("when", expr(it))));
    clauses.extend(retry.iter().map(|it| {
        let Retry { attempts, from, to } = it.node;
        Clause::new("retry", format!("{attempts} every {}..{}", format_duration(from), format_duration(to)))
    }));
    clauses.extend(timeout.iter().map(|it| Clause::new("timeout", format_duration(it.node))));
    clauses.extend(limit.iter().map(|it| Clause::new("limit", it.node)));
    clauses.extend(tolerate.iter().map(|it| tolerance(it.node)));
    clauses.extend(on_failure.iter().map(|it| on(it.node)));
    clauses
}

/// The order of what it comes after has no meaning.
fn after_clause(after: &[Name]) -> Option<Clause> {
    let mut names: Vec<_> = after.iter().map(|it| &*it.node).collect();
    names.sort_unstable();
    (!names.is_empty()).then(|| Clause::new("after", names.join(", ")))
}

fn tolerance(tolerate: Tolerate) -> Clause {
    match tolerate {
        Tolerate::Count(n) => Clause::new("tolerate", n),
        Tolerate::Percent(percent) => Clause::new("tolerate", percent),
    }
}

/// What a gate says.
pub fn gate(gate: &Gate) -> Vec<Clause> {
    let Gate { doc: _, name: _, ask, by, need, four_eyes, within, otherwise, span: _ } = gate;
    let by: Vec<_> = by.iter().map(|it| format!("{:?}", it.node)).collect();
    let mut clauses = vec![Clause::new("ask", expr(ask)), Clause::new("need", need)];
    if !by.is_empty() {
        clauses.push(Clause::new("by", by.join(", ")));
    }
    if *four_eyes {
        clauses.push(Clause::new("four eyes", "yes"));
    }
    clauses.extend(within.iter().map(|it| Clause::new("within", format_duration(it.node))));
    clauses.extend(otherwise.iter().map(|it| Clause::new("else", policy(it.node))));
    clauses
}

/// What an invariant says, in one clause.
pub(super) fn invariant(it: &Invariant) -> Clause {
    let Invariant { step: check, every, tolerate, otherwise, soak, span: _ } = it;
    let says: Vec<_> = step(check).iter().map(ToString::to_string).collect();
    let soak = soak.map(|soak| format!(" soak {}", format_duration(soak.node))).unwrap_or_default();
    let pace =
        format!("every {} tolerate {tolerate} else {}", format_duration(every.node), policy(otherwise.node));
    Clause::new(format!("invariant {}", check.name.node), format!("{}, {pace}{soak}", says.join(", ")))
}
