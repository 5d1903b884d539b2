//! `hcxrun approve` and `hcxrun reject`: a decision at a gate, from another terminal.

use std::process::ExitCode;

use hcxrun_engine::{GateNode, GateState, NodeId, Run, RunLock, Said, Verdict};
use jiff::Timestamp;

use super::resume::{Found, find};
use crate::args::{AnswerArgs, JournalArgs};
use crate::failure::Failure;
use crate::people::clock;
use crate::visible::in_line;
use crate::{journal, people, say};

pub(crate) fn answer(
    args: &AnswerArgs,
    verdict: Verdict,
    journal_args: &JournalArgs,
) -> Result<ExitCode, Failure> {
    let path = journal::path(journal_args)?;
    let found = find(&path, &args.run.run)?;
    let gate = gate(&found.run, &args.gate)?;
    let said = Said { who: args.name.clone().unwrap_or_else(people::me), verdict, why: args.why.clone() };
    let now = Timestamp::now();
    let (question, answered) = open(&found, gate, now)?;
    found
        .run
        .may_answer(gate, &said.who, verdict)
        .map_err(|why| Failure::with_help(why, "name another person with `--as NAME`"))?;
    let journal = journal::open_existing(&path)?;
    let elsewhere = journal.answers(&found.id, &gate.id)?.into_iter().map(|said| said.who);
    let mut agreed: Vec<_> = answered.into_iter().chain(elsewhere).collect();
    if agreed.contains(&said.who) || !journal.answer(&found.id, &gate.id, &said, now)? {
        return Err(Failure::new(format!("{} has answered gate {} already", said.who, gate.id)));
    }
    say::answer(&format!("{}\n{}", in_line(&question), told(&said, &gate.id)));
    agreed.push(said.who);
    agreed.sort();
    agreed.dedup();
    if verdict == Verdict::Approve {
        say::answer(&left(gate, agreed.len()));
    }
    if RunLock::take(&path, &found.id).is_ok() {
        say::answer(&format!(
            "No process drives the run at the moment: `hcxrun resume {}` goes on.",
            found.id
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn told(said: &Said, gate: &NodeId) -> String {
    let verb = match said.verdict {
        Verdict::Approve => "approved",
        Verdict::Reject => "rejected",
    };
    let why = said.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{gate} {verb} by {}{why}", said.who)
}

fn left(gate: &GateNode, agreed: usize) -> String {
    match (gate.gate.need as usize).saturating_sub(agreed) {
        0 => "Nobody else is needed.".to_owned(),
        more => format!("{more} more must agree."),
    }
}

fn gate<'r>(run: &'r Run, name: &str) -> Result<&'r GateNode, Failure> {
    let gates = || run.graph().gates.iter().filter_map(|at| run.graph().gate(*at));
    gates().find(|gate| gate.id.as_str() == name).ok_or_else(|| {
        let known: Vec<_> = gates().map(|gate| gate.id.to_string()).collect();
        let help = if known.is_empty() {
            "it asks nobody".to_owned()
        } else {
            format!("its gates are {}", known.join(", "))
        };
        Failure::with_help(format!("the run has no gate `{name}`"), help)
    })
}

/// The question of a gate that asks, and who has approved it as far as the run knows.
fn open(found: &Found, gate: &GateNode, now: Timestamp) -> Result<(String, Vec<String>), Failure> {
    let (id, run) = (&gate.id, &found.run);
    let state = run.graph().find(id).and_then(|at| run.gate(at));
    if let Some(outcome) =
        run.outcome().filter(|it| it.exit_code() != hcxrun_engine::Outcome::Held.exit_code())
    {
        return Err(Failure::new(format!("run {} has ended: {}", found.id, outcome.as_str())));
    }
    match state {
        Some(GateState::Open { since, question, answers }) => match gate.until(*since) {
            Some(until) if now >= until => Err(Failure::new(format!(
                "gate {id} waited for an answer until {}, and it is {}",
                clock(until),
                clock(now)
            ))),
            _ => Ok((question.clone(), answers.keys().cloned().collect())),
        },
        Some(GateState::Passed) => Err(Failure::new(format!("gate {id} was passed already"))),
        Some(GateState::Closed { reason }) => {
            Err(Failure::new(format!("gate {id} was decided already: {reason}")))
        }
        Some(GateState::Waiting) | None => Err(Failure::with_help(
            format!("gate {id} does not ask yet"),
            "an approval is given to the question with its values, which are known when the run gets there",
        )),
    }
}
