//! Whether the gates of a run can be passed by others than the one who begins it.

use hcxrun_dsl::syntax::{Approval, Gate};
use hcxrun_dsl::{Diagnostic, suggestion};
use hcxrun_engine::Graph;

use crate::failure::Failure;
use crate::message::Message;
use crate::people::Terminal;
use crate::render::diagnostic;
use crate::say;

/// Who is said to have approved beforehand is asked: a name that no gate knows would be found out when the gate asks.
pub(super) fn known(graph: &Graph, people: &Terminal) -> Result<(), Failure> {
    let gates = || graph.gates.iter().filter_map(|at| Some(&graph.gate(*at)?.gate));
    for (name, approved) in people.approvals() {
        let Some(gate) = gates().find(|gate| &*gate.name.node == name) else {
            let known = gates().map(|gate| &*gate.name.node);
            let help =
                suggestion(name, known, "its gates are").unwrap_or_else(|| "it asks nobody".to_owned());
            return Err(Failure::with_help(format!("the runbook has no gate `{name}`"), help));
        };
        if let Some(stranger) = approved.iter().find(|who| !counts(gate, who)) {
            let fact = format!("the gate `{name}` does not ask \"{stranger}\"");
            let help = suggestion(stranger, asked(gate), "it asks");
            let found = Diagnostic { help, ..Diagnostic::error("HR038", gate.name.span, fact) };
            return Err(Failure::Program {
                sources: graph.program.sources.clone(),
                diagnostics: vec![found],
            });
        }
    }
    Ok(())
}

/// Whether a gate counts what a person says; one that names nobody counts everybody.
fn counts(gate: &Gate, who: &str) -> bool {
    gate.by.is_empty() || is_asked(gate, who)
}

fn asked(gate: &Gate) -> impl Iterator<Item = &str> {
    gate.by.iter().map(|it| &*it.node)
}

/// A name in an approval of a test that is nearly that of somebody who is asked. A stranger may be meant: that one does not
/// count is worth a test.
pub(crate) fn misspelt(graph: &Graph, approval: &Approval) -> Option<Diagnostic> {
    let gates = graph.gates.iter().filter_map(|at| Some(&graph.gate(*at)?.gate));
    let gate = gates.into_iter().find(|gate| gate.name.node == approval.gate.node)?;
    approval.by.iter().filter(|who| !counts(gate, &who.node)).find_map(|who| {
        let fact = format!("the gate `{}` does not ask \"{}\"", gate.name.node, who.node);
        let near = suggestion(&who.node, asked(gate), "it asks").filter(|it| it.starts_with("did"))?;
        Some(Diagnostic::error("HR038", who.span, fact).help(near))
    })
}

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
