//! One file a command. Each gives the exit code of a command that did its work, or a [`Failure`](crate::failure).

mod answer;
mod approvers;
mod audit;
mod capture;
mod check;
mod diff;
mod doc;
mod explain;
mod fmt;
mod graph;
mod lsp;
mod new;
mod plan;
mod rehearse;
mod release;
mod resolve;
mod resume;
mod rollback;
mod run;
mod runs;
mod show;
mod stored;
mod test;
mod twin;

use std::process::ExitCode;

pub(crate) use approvers::misspelt;
use hcxrun_engine::Verdict;
pub(crate) use stored::Subject;

use crate::args::{Cli, Command};
use crate::failure::Failure;

/// Carries out a command.
pub(crate) fn carry_out(cli: Cli) -> Result<ExitCode, Failure> {
    let json = cli.json;
    match cli.command {
        Command::New { folder, title } => new::new(&folder, title.as_deref(), json),
        Command::Check { files } => Ok(check::check(&files, json)),
        Command::Fmt { files, check } => fmt::fmt(&files, check, json),
        Command::Diff(args) => diff::diff(&args, json),
        Command::Graph { runbook, format } => {
            graph::graph(&runbook, if json { crate::args::GraphFormat::Json } else { format })
        }
        Command::Lsp => lsp::lsp(),
        Command::Doc { name, format } => {
            doc::doc(name.as_deref(), if json { crate::args::DocFormat::Json } else { format })
        }
        Command::Explain { code } => explain::explain(code.as_deref(), json),
        Command::Plan { runbook, target, out, rehearsed, journal } => {
            plan::plan(&runbook, &target, out.as_deref(), rehearsed.as_deref(), &journal, json)
        }
        Command::Rehearse(args) => rehearse::rehearse(&args, json),
        Command::Run { runbook, rehearsed, target, people, journal } => {
            run::run(&runbook, rehearsed.as_deref(), &target, &people, &journal, json)
        }
        Command::Resume { run, target, people, journal } => {
            resume::resume(&run, &target, &people, &journal, json)
        }
        Command::Rollback { run, to, also_found, target, journal } => {
            rollback::rollback(&run, to, also_found, &target, &journal, json)
        }
        Command::Approve { answer, journal } => answer::answer(&answer, Verdict::Approve, &journal),
        Command::Reject { answer, journal } => answer::answer(&answer, Verdict::Reject, &journal),
        Command::Resolve { resolve, journal } => resolve::resolve(&resolve, &journal),
        Command::Release { release, journal } => release::release(&release, &journal),
        Command::Runs { journal } => runs::runs(&journal, json),
        Command::Show { run, journal, events } => show::show(&run, &journal, events, json),
        Command::Audit { run, head, journal } => audit::audit(&run, head.as_deref(), &journal, json),
        Command::Test(args) => test::test(&args, json),
        Command::Twin(args) => twin::twin(&args),
        Command::Capture(args) => capture::capture(&args),
    }
}
