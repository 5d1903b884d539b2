//! Whether the gates of a run can be passed by others than the one who begins it.

use hcxrun_dsl::Diagnostic;
use hcxrun_dsl::syntax::Gate;
use hcxrun_engine::Graph;

use crate::message::Message;
use crate::render::diagnostic;
use crate::say;

/// Why a gate could never open for a run that this person begins. Says beside it where they could open one alone.
pub(super) fn short(graph: &Graph, by: &str) -> Option<Message> {
    let gates = || graph.gates.iter().filter_map(|at| Some(&graph.gate(*at)?.gate));
    let shown = |found: &Diagnostic| diagnostic::message(&graph.program.sources, found);
    for gate in gates().filter(|gate| is_asked(gate, by) && gate.need == 1 && !gate.four_eyes) {
        let fact = format!("{by} begins the run, and can open the gate `{}` alone", gate.name.node);
        let warning = Diagnostic::warning("HR048", gate.name.span, fact);
        say::message(&shown(&warning.help("write `need 2`, or `four eyes`: then another person must agree")));
    }
    gates().find_map(|gate| never_opens(gate, by)).as_ref().map(shown)
}

fn is_asked(gate: &Gate, by: &str) -> bool {
    gate.by.iter().any(|who| *who.node == *by)
}

fn never_opens(gate: &Gate, by: &str) -> Option<Diagnostic> {
    let (others, need) = (gate.by.iter().filter(|who| *who.node != *by).count(), gate.need as usize);
    (gate.four_eyes && !gate.by.is_empty() && others < need).then(|| {
        let left = if others == 0 { "nobody".to_owned() } else { format!("only {others}") };
        let fact = format!(
            "the gate `{}` needs {need} to agree, and without {by}, who begins the run, it asks {left}; nothing was changed",
            gate.name.node
        );
        let error = Diagnostic::error("HR048", gate.name.span, fact);
        error.help("let somebody begin it who is not asked (`--as NAME`), or name more behind `by`")
    })
}
