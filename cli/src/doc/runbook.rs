//! The page of a runbook: what to give it, what it does, in which order.

use hcxrun_dsl::syntax::{Doc, Gate, Member, Step};
use hcxrun_dsl::{Program, RunbookBody};

use super::{Page, Section, input, sentence, text};

/// The page of a program's runbook; `None` when it is a module.
pub(crate) fn runbook(program: &Program) -> Option<Page> {
    let RunbookBody { header, systems, inputs, members, outputs, .. } = program.runbook()?;
    let sources = &program.sources;
    let system = |it: &hcxrun_dsl::syntax::System| {
        let module = it.module.as_ref().map(|it| format!("{}.", it.node)).unwrap_or_default();
        vec![it.name.node.to_string(), format!("{module}{}", it.api.node)]
    };
    let mut lines = Vec::new();
    members.iter().for_each(|member| line(program, "", member, &mut lines));
    let sections = [
        Section::new("Systems", systems.iter().map(system)),
        Section::new("Inputs", inputs.iter().map(|it| input(sources, it))),
        Section::new("Steps", lines),
        Section::new(
            "Outputs",
            outputs.iter().map(|it| vec![it.name.node.to_string(), text(it.doc.as_ref())]),
        ),
    ];
    Some(Page {
        title: header.title.node.to_string(),
        kind: "runbook".to_owned(),
        doc: header.doc.as_deref().unwrap_or_default().to_owned(),
        sections: sections.into_iter().flatten().collect(),
    })
}

fn line(program: &Program, phase: &str, member: &Member, lines: &mut Vec<Vec<String>>) {
    let mut row = |name: &str, what: String, doc: &Doc| {
        let told = text(doc.as_ref());
        let what = if told.is_empty() { what } else { format!("{what}: {told}") };
        lines.push(vec![phase.to_owned(), name.to_owned(), what]);
    };
    match member {
        Member::Phase(it) => {
            it.members.iter().for_each(|member| line(program, &it.name.node, member, lines));
        }
        Member::Parallel(it) => it.members.iter().for_each(|member| line(program, phase, member, lines)),
        Member::Step(it) => row(&it.name.node, action(it), &it.doc),
        Member::Gate(it) => row(&it.name.node, gate(program, it), &it.doc),
    }
}

fn action(step: &Step) -> String {
    let module = step.module.as_ref().map(|it| format!("{}.", it.node)).unwrap_or_default();
    let each = if step.each.is_some() { " for each" } else { "" };
    format!("{module}{}{each}", step.action.node)
}

fn gate(program: &Program, gate: &Gate) -> String {
    format!("asks \"{}\"", sentence(&program.sources, &gate.ask))
}
