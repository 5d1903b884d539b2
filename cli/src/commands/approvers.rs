//! Whether the gates of a run can be passed by others than the one who begins it.

use hcxrun_dsl::syntax::Gate;
use hcxrun_engine::Graph;

use crate::say;

/// Why a gate could never open for a run that this person begins. Says beside it where they could open one alone.
pub(super) fn short(graph: &Graph, by: &str) -> Option<String> {
    let gates = || graph.gates.iter().filter_map(|at| Some(&graph.gate(*at)?.gate));
    for gate in gates().filter(|gate| is_asked(gate, by) && gate.need == 1 && !gate.four_eyes) {
        say::error(&format!(
            "warning[HR048]: {by} begins the run, and can open the gate `{}` alone\n  help: write `need 2`, or `four eyes`: \
             then another person must agree",
            gate.name.node
        ));
    }
    gates().find_map(|gate| never_opens(gate, by))
}

fn is_asked(gate: &Gate, by: &str) -> bool {
    gate.by.iter().any(|who| *who.node == *by)
}

fn never_opens(gate: &Gate, by: &str) -> Option<String> {
    let (others, need) = (gate.by.iter().filter(|who| *who.node != *by).count(), gate.need as usize);
    (gate.four_eyes && !gate.by.is_empty() && others < need).then(|| {
        let left = if others == 0 { "nobody".to_owned() } else { format!("only {others}") };
        format!(
            "error[HR048]: the gate `{}` needs {need} to agree, and without {by}, who begins the run, it asks {left}; nothing was \
             changed\n  help: let somebody begin it who is not asked (`--as NAME`), or name more behind `by`",
            gate.name.node
        )
    })
}
