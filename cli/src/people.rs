//! The people port: approvals that were given on the command line, a question at the terminal, Ctrl-C.

use std::collections::BTreeMap;
use std::io::BufRead;

use hcxrun_engine::{LocalFuture, People, Question, Verdict};

use crate::args::PeopleArgs;
use crate::failure::Failure;
use crate::say;

/// Who may be asked, and what they have said already.
#[derive(Debug)]
pub(crate) struct Terminal {
    approvals: BTreeMap<String, Vec<String>>,
    all: bool,
    /// Whether Ctrl-C is to be listened to: not in virtual time, where a run is over in an instant.
    real: bool,
}

impl Terminal {
    /// From the command line. `real` says whether real systems are behind the run.
    pub(crate) fn new(args: &PeopleArgs, real: bool) -> Result<Self, Failure> {
        if args.approve_all && real && !args.unattended {
            return Err(Failure::with_help(
                "`--approve-all` would let every gate pass on real systems with nobody watching",
                "name who approved what with `--approve GATE=NAME`, or add `--unattended` when that is what was decided",
            ));
        }
        let mut approvals = BTreeMap::<String, Vec<String>>::new();
        for approval in &args.approve {
            let (gate, names) = approval.split_once('=').ok_or_else(|| {
                Failure::with_help(
                    format!("`--approve {approval}` names nobody"),
                    "write `--approve GATE=NAME,NAME`",
                )
            })?;
            let names = names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
            approvals.entry(gate.trim().to_owned()).or_default().extend(names);
        }
        Ok(Self { approvals, all: args.approve_all, real })
    }

    /// Nobody: for what asks nothing.
    pub(crate) fn nobody(real: bool) -> Self {
        Self { approvals: BTreeMap::new(), all: false, real }
    }

    /// The gates that the command line speaks of.
    pub(crate) fn gates(&self) -> impl Iterator<Item = &str> {
        self.approvals.keys().map(String::as_str)
    }

    fn said(&self, question: &Question) -> Vec<(String, Verdict)> {
        let approve = |names: &[String]| names.iter().map(|name| (name.clone(), Verdict::Approve)).collect();
        if self.all {
            let anybody = vec!["approve-all".to_owned()];
            return approve(if question.by.is_empty() { &anybody } else { &question.by });
        }
        self.approvals.get(question.gate.as_str()).map(|names| approve(names)).unwrap_or_default()
    }
}

impl People for Terminal {
    fn ask(&self, question: Question) -> LocalFuture<'_, Vec<(String, Verdict)>> {
        Box::pin(async move {
            question.head.iter().for_each(|head| say::error(&format!("  head of the journal: {head}")));
            let mut said = self.said(&question);
            let enough = |said: &[(String, Verdict)]| {
                let may = |who: &String| question.by.is_empty() || question.by.contains(who);
                said.iter().filter(|(who, _)| may(who)).count() >= question.need as usize
            };
            if enough(&said) || !self.real || !say::can_ask() {
                return if enough(&said) { said } else { Vec::new() };
            }
            while !enough(&said) {
                let who =
                    if question.by.is_empty() { "your name".to_owned() } else { question.by.join(" or ") };
                say::error(&format!("  approve as ({who}), or `no`: "));
                let Ok(Some(line)) = tokio::task::spawn_blocking(line).await else { return Vec::new() };
                match line.trim() {
                    "" => {}
                    "no" | "n" => {
                        return vec![(question.by.first().cloned().unwrap_or_default(), Verdict::Reject)];
                    }
                    name => said.push((name.to_owned(), Verdict::Approve)),
                }
            }
            said
        })
    }

    fn interruption(&self) -> LocalFuture<'_, ()> {
        Box::pin(async move {
            if !self.real || tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

fn line() -> Option<String> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line),
    }
}

/// What to do after the first Ctrl-C, once everything in flight is in a known state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    GoOn,
    Hold,
    RollBack,
}

/// Asks; holds when nobody can be asked.
pub(crate) fn choose() -> Choice {
    if !say::can_ask() {
        return Choice::Hold;
    }
    say::error("\nEverything in flight is in a known state. [g]o on, [h]old, roll [b]ack? ");
    match line().unwrap_or_default().trim() {
        "g" | "go on" => Choice::GoOn,
        "b" | "back" | "roll back" => Choice::RollBack,
        _ => Choice::Hold,
    }
}
