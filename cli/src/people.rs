//! The people port: approvals that were given on the command line, a question at the terminal, answers from other terminals,
//! Ctrl-C.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hcxrun_engine::{Journal, LocalFuture, People, Question, RunId, Said, Verdict};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::args::PeopleArgs;
use crate::failure::Failure;
use crate::say;

/// How often it is looked whether somebody has answered elsewhere.
const LOOK: Duration = Duration::from_secs(1);

/// Who may be asked, and what they have said already.
#[derive(Debug)]
pub(crate) struct Terminal {
    approvals: BTreeMap<String, Vec<String>>,
    all: bool,
    /// Whether answers from elsewhere are waited for when nobody can be asked here.
    wait: bool,
    /// Whether Ctrl-C is to be listened to: not in virtual time, where a run is over in an instant.
    real: bool,
    /// Where answers from elsewhere come in, once the run has begun.
    mailbox: RefCell<Option<Mailbox>>,
    /// What is typed, once something was asked.
    typed: RefCell<Option<UnboundedReceiver<String>>>,
}

/// The journal's answers for one run.
#[derive(Debug)]
struct Mailbox {
    journal: PathBuf,
    run: RunId,
}

impl Mailbox {
    /// What was said elsewhere and is not known yet.
    fn news(&self, question: &Question) -> Vec<Said> {
        let answers = Journal::open(&self.journal).and_then(|it| it.answers(&self.run, &question.gate));
        let is_new = |said: &Said| !question.answered.contains(&said.who);
        answers.unwrap_or_default().into_iter().filter(is_new).collect()
    }
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
            let nobody = |approval: &str| {
                let fact = format!("`--approve {approval}` names nobody");
                Failure::with_help(fact, "write `--approve GATE=NAME,NAME`")
            };
            let (gate, names) = approval.split_once('=').ok_or_else(|| nobody(approval))?;
            let names: Vec<_> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
            if names.is_empty() {
                return Err(nobody(approval));
            }
            let known = approvals.entry(gate.trim().to_owned()).or_default();
            known.extend(names.into_iter().map(str::to_owned));
        }
        Ok(Self { approvals, all: args.approve_all, wait: args.wait, ..Self::nobody(real) })
    }

    /// Nobody: for what asks nothing.
    pub(crate) fn nobody(real: bool) -> Self {
        let (mailbox, typed) = (RefCell::default(), RefCell::default());
        Self { approvals: BTreeMap::new(), all: false, wait: false, real, mailbox, typed }
    }

    /// Takes in answers from elsewhere from here on.
    pub(crate) fn listen(&self, journal: &Path, run: &RunId) {
        *self.mailbox.borrow_mut() = Some(Mailbox { journal: journal.to_owned(), run: run.clone() });
    }

    /// The gates that the command line speaks of, with those who are said to have approved.
    pub(crate) fn approvals(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.approvals.iter().map(|(gate, names)| (gate.as_str(), names.as_slice()))
    }

    /// What the command line says and was not taken in yet.
    fn given(&self, question: &Question) -> Vec<Said> {
        let names = match self.approvals.get(question.gate.as_str()) {
            _ if self.all && question.by.is_empty() => &anybody(question.need),
            _ if self.all => &question.by,
            Some(names) => names,
            None => return Vec::new(),
        };
        let counts =
            |who: &&String| !question.answered.contains(who) && question.without.as_ref() != Some(who);
        names.iter().filter(counts).map(Said::approves).collect()
    }

    /// What was said elsewhere since.
    fn news(&self, question: &Question) -> Vec<Said> {
        self.mailbox.borrow().as_ref().map(|mailbox| mailbox.news(question)).unwrap_or_default()
    }

    /// The next line that is typed; `None` when nothing can be typed any more.
    async fn typed(&self) -> Option<String> {
        let mut lines = self.typed.borrow_mut().take().unwrap_or_else(read_lines);
        let line = lines.recv().await;
        *self.typed.borrow_mut() = Some(lines);
        line
    }

    async fn asked(&self, question: &Question) -> Vec<Said> {
        let names = question.by.join(" or ");
        let who = if names.is_empty() { String::new() } else { format!(" ({names})") };
        let mut verdict = Verdict::Approve;
        loop {
            match verdict {
                Verdict::Approve => say::error(&format!("  your name{who} to approve, or `no`: ")),
                Verdict::Reject => say::error(&format!("  your name{who} to reject: ")),
            }
            let Some(line) = self.typed().await else { return Vec::new() };
            match line.trim() {
                "" => {}
                "no" | "n" => verdict = Verdict::Reject,
                name if !names.is_empty() && !question.by.iter().any(|it| it == name) => {
                    say::error(&format!("  {names} is asked, and not {name}"));
                }
                name if verdict == Verdict::Approve && question.without.as_deref() == Some(name) => {
                    say::error(&format!("  {name} began the run, and the gate wants four eyes"));
                }
                name => return vec![Said { verdict, ..Said::approves(name) }],
            }
        }
    }

    async fn elsewhere(&self, question: &Question) -> Vec<Said> {
        loop {
            tokio::time::sleep(LOOK).await;
            let news = self.news(question);
            if !news.is_empty() {
                return news;
            }
        }
    }

    /// What to do after the first Ctrl-C, once everything in flight is in a known state; holds when nobody can be asked.
    pub(crate) async fn choose(&self) -> Choice {
        if !say::can_ask() {
            return Choice::Hold;
        }
        say::error("\nEverything in flight is in a known state. [g]o on, [h]old, roll [b]ack? ");
        match self.typed().await.unwrap_or_default().trim() {
            "g" | "go on" => Choice::GoOn,
            "b" | "back" | "roll back" => Choice::RollBack,
            _ => Choice::Hold,
        }
    }
}

impl People for Terminal {
    fn ask(&self, question: Question) -> LocalFuture<'_, Vec<Said>> {
        Box::pin(async move {
            if question.answered.is_empty() {
                question.head.iter().for_each(|head| say::error(&format!("  head of the journal: {head}")));
            }
            let said = [self.given(&question), self.news(&question)].concat();
            if !said.is_empty() || !self.real || !(say::can_ask() || self.wait) {
                return said;
            }
            self.tell_how(&question);
            if !say::can_ask() {
                return self.elsewhere(&question).await;
            }
            tokio::select! {
                said = self.asked(&question) => said,
                said = self.elsewhere(&question) => said,
            }
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

impl Terminal {
    /// How to answer from another terminal, and until when.
    fn tell_how(&self, question: &Question) {
        let Question { gate, need, answered, until, .. } = question;
        let run = self.mailbox.borrow().as_ref().map(|mailbox| mailbox.run.to_string()).unwrap_or_default();
        let until = until.map(|until| format!(", until {}", clock(until))).unwrap_or_default();
        let so_far =
            if answered.is_empty() { String::new() } else { format!("; so far {}", answered.join(", ")) };
        say::error(&format!("  {need} must agree{until}{so_far}; elsewhere: hcxrun approve {run} {gate}"));
    }
}

/// Names for those who are nobody in particular, as many as a gate needs.
fn anybody(need: u32) -> Vec<String> {
    let numbered = |n| if n == 1 { "approve-all".to_owned() } else { format!("approve-all {n}") };
    (1..=need).map(numbered).collect()
}

/// The time of day on this machine.
pub(crate) fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%H:%M").to_string()
}

/// Lines of standard input, read beside everything else: a question that was answered elsewhere leaves the next line to the
/// next question.
fn read_lines() -> UnboundedReceiver<String> {
    let (sender, lines) = unbounded_channel();
    std::thread::spawn(move || {
        let typed = std::io::stdin().lock().lines().map_while(Result::ok);
        typed.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
    });
    lines
}

/// Who is signed in on this machine. On trust, as every name is.
pub(crate) fn me() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "somebody".to_owned())
}

/// What to do after an interruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    GoOn,
    Hold,
    RollBack,
}
