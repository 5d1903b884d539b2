//! The command line, as the user types it.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::failure::Failure;

/// Runs approved changes on VMware HCX from runbooks: with a plan, a way back and a resume.
#[derive(Debug, Parser)]
#[command(name = "hcxrun", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print what is shown as JSON on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Say more on standard error; twice: everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a runbook to start from, with inputs, a scene, systems.yaml and tests
    New {
        /// A folder that is not there yet, or an empty one
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// What the change is called
        #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        title: Option<String>,
    },
    /// Find every error and warning in runbooks and modules; contacts nothing
    Check {
        /// Runbooks or modules, or folders with all that is below them
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Bring runbooks and modules into the one layout; comments and meaning stay
    Fmt {
        /// Files, or folders with all that is below them; `-` reads standard input and writes standard output
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Change nothing, name the files whose layout differs (exit 2)
        #[arg(long)]
        check: bool,
    },
    /// Show the dependency graph that a runbook means
    Graph {
        #[command(flatten)]
        runbook: RunbookArgs,
        /// How to show it
        #[arg(long, value_enum, default_value_t = GraphFormat::Text)]
        format: GraphFormat,
    },
    /// Answer an editor: the language server, over standard input and output
    Lsp,
    /// Tell what actions and runbooks need, do and ask of the systems
    Doc {
        /// A module as `hcx`, an action as `hcx.migrate`, or a file; everything when left out
        name: Option<String>,
        /// How to show it
        #[arg(long, value_enum, default_value_t = DocFormat::Text)]
        format: DocFormat,
    },
    /// Tell what a message means, with an example
    Explain {
        /// The code in the message, as `HR021`; all of them when left out
        code: Option<String>,
    },
    /// Dry run: say what would change, from reads alone (exit 0: nothing, 2: changes, 10: it would be refused)
    Plan {
        #[command(flatten)]
        runbook: RunbookArgs,
        #[command(flatten)]
        target: TargetArgs,
        /// Keep the plan in a file that `hcxrun run` takes
        #[arg(long, value_name = "PLAN")]
        out: Option<PathBuf>,
        /// The certificate of a rehearsal of it, to be shown and kept with the plan
        #[arg(long, value_name = "CERTIFICATE")]
        rehearsed: Option<PathBuf>,
        #[command(flatten)]
        journal: JournalArgs,
    },
    /// Say in words what differs between two runbooks or kept plans (exit 0: they mean the same, 2: they differ)
    Diff(DiffArgs),
    /// Play every failure beforehand, on the twin: each request and each write of the journal with each mishap
    Rehearse(RehearseArgs),
    /// Run a runbook, or a plan that `hcxrun plan --out` kept
    Run {
        #[command(flatten)]
        runbook: RunbookArgs,
        /// The certificate of a rehearsal of it, to be shown in the report
        #[arg(long, value_name = "CERTIFICATE")]
        rehearsed: Option<PathBuf>,
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        people: PeopleArgs,
        #[command(flatten)]
        journal: JournalArgs,
    },
    /// Go on with a run after an interruption or a hold
    Resume {
        #[command(flatten)]
        run: RunArg,
        #[command(flatten)]
        target: ResumeArgs,
        #[command(flatten)]
        people: PeopleArgs,
        #[command(flatten)]
        journal: JournalArgs,
    },
    /// Take back what a run changed
    Rollback {
        #[command(flatten)]
        run: RunArg,
        /// Only what was changed after the end of this phase
        #[arg(long, value_name = "PHASE")]
        to: Option<String>,
        /// Also what the run found done already, as far as it can be taken back
        #[arg(long)]
        also_found: bool,
        #[command(flatten)]
        target: ResumeArgs,
        #[command(flatten)]
        journal: JournalArgs,
    },
    /// Approve at a gate of a run, from another terminal
    Approve {
        #[command(flatten)]
        answer: AnswerArgs,
        #[command(flatten)]
        journal: JournalArgs,
    },
    /// Reject at a gate of a run, from another terminal
    Reject {
        #[command(flatten)]
        answer: AnswerArgs,
        #[command(flatten)]
        journal: JournalArgs,
    },
    /// Settle a step that came to nothing, or could not be taken back; its own conditions are read again (exit 10: they do
    /// not hold)
    Resolve {
        #[command(flatten)]
        resolve: ResolveArgs,
        #[command(flatten)]
        journal: JournalArgs,
    },
    /// Let other runs change what this one claims; it cannot go on then
    Release {
        #[command(flatten)]
        release: ReleaseArgs,
        #[command(flatten)]
        journal: JournalArgs,
    },
    /// List the runs of the journal, newest first
    Runs {
        #[command(flatten)]
        journal: JournalArgs,
    },
    /// Show a run: its steps, what changed, what is left to do
    Show {
        #[command(flatten)]
        run: RunArg,
        #[command(flatten)]
        journal: JournalArgs,
        /// Every event, one line each
        #[arg(long)]
        events: bool,
    },
    /// Check that the journal of a run is whole, and say what that proves (exit 20: something does not fit)
    Audit {
        #[command(flatten)]
        run: RunArg,
        /// A head that was copied elsewhere while the run went on: holds the journal against it
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
        #[command(flatten)]
        journal: JournalArgs,
    },
    /// Run the `test` blocks of runbooks and modules, on the embedded twin and in virtual time
    Test(TestArgs),
    /// Serve a pair of HCX managers to try things on, and write a systems.yaml that leads to them
    Twin(TwinArgs),
    /// Read real managers into a scene for the twin, with read operations alone and without secrets
    Capture(CaptureArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RunbookArgs {
    /// The runbook
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Inputs as YAML or JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) inputs: Option<PathBuf>,
    /// One input; the value is read as YAML
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The runbook as it was, or a plan that `hcxrun plan --out` kept
    #[arg(value_name = "A")]
    pub(crate) before: PathBuf,
    /// The runbook as it is, or a plan
    #[arg(value_name = "B")]
    pub(crate) after: PathBuf,
    /// Inputs as YAML or JSON, for either runbook; a plan has its own
    #[arg(long, value_name = "FILE")]
    pub(crate) inputs: Option<PathBuf>,
    /// One input; the value is read as YAML
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RehearseArgs {
    #[command(flatten)]
    pub(crate) runbook: RunbookArgs,
    /// The name of a scene, or a scene file
    #[arg(long, visible_alias = "twin", value_name = "SCENE", num_args = 0..=1)]
    #[arg(default_value = "fresh", default_missing_value = "fresh")]
    pub(crate) scene: String,
    /// How many mishaps a night has: 1, or 2 for all pairs
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(crate) depth: u8,
    /// A step, or all of a fan-out, that no night need reach: it is so already in the scene, or no single mishap leads there
    #[arg(long, value_name = "STEP")]
    pub(crate) except: Vec<String>,
    /// Keep the result in a file, for `--rehearsed` of `plan` and `run`
    #[arg(long, value_name = "CERTIFICATE")]
    pub(crate) out: Option<PathBuf>,
    /// In place of the nights: drop each undo once, and tell which of them nothing would miss
    #[arg(long)]
    pub(crate) drop_undo: bool,
    /// In place of the nights: drop each order once, and tell which of them nothing would miss
    #[arg(long)]
    pub(crate) drop_edge: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TargetArgs {
    /// Where each system is and how to sign in, as YAML
    #[arg(long, value_name = "FILE", conflicts_with = "twin")]
    pub(crate) systems: Option<PathBuf>,
    /// An embedded twin in place of the systems, in virtual time: the name of a scene, or a scene file
    #[arg(long, value_name = "SCENE", num_args = 0..=1, default_missing_value = "fresh")]
    pub(crate) twin: Option<String>,
    /// A fault for the embedded twin, as `createHaGroup=drop-after`; see `hcxrun twin --help`
    #[arg(long, value_name = "RULE", requires = "twin")]
    pub(crate) fault: Vec<String>,
    /// Faults for the embedded twin from a file: one a line, with or without the `- ` of YAML; `#` begins a comment
    #[arg(long, value_name = "FILE", requires = "twin")]
    pub(crate) faults: Option<PathBuf>,
    /// Time goes so many times faster, beside a twin server that does; for systems on this machine alone
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    pub(crate) speed: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// Where each system is and how to sign in, as YAML
    #[arg(long, value_name = "FILE")]
    pub(crate) systems: PathBuf,
    /// Time goes so many times faster, beside a twin server that does; for systems on this machine alone
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    pub(crate) speed: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct PeopleArgs {
    /// Who has approved a gate already
    #[arg(long, value_name = "GATE=NAME,NAME")]
    pub(crate) approve: Vec<String>,
    /// Approve every gate; on real systems only with --unattended
    #[arg(long)]
    pub(crate) approve_all: bool,
    /// Nobody watches: approvals were given elsewhere
    #[arg(long)]
    pub(crate) unattended: bool,
    /// Without a terminal, wait at gates for `hcxrun approve` from elsewhere; else the run is held there
    #[arg(long)]
    pub(crate) wait: bool,
    /// Who begins the run; whoever is signed in on this machine when left out
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AnswerArgs {
    #[command(flatten)]
    pub(crate) run: RunArg,
    /// The gate
    pub(crate) gate: String,
    /// Who answers; whoever is signed in on this machine when left out
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("how").required(true))]
pub(crate) struct ResolveArgs {
    #[command(flatten)]
    pub(crate) run: RunArg,
    /// The step
    pub(crate) step: String,
    /// It was done by hand, or taken back by hand when it was stuck on the way back
    #[arg(long, group = "how")]
    pub(crate) done_by_hand: bool,
    /// It is left out, or left as it is when it was stuck on the way back
    #[arg(long, group = "how")]
    pub(crate) skip: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: String,
    /// Who says so; whoever is signed in on this machine when left out
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) target: ResumeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    pub(crate) run: RunArg,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: String,
    /// Who says so; whoever is signed in on this machine when left out
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct JournalArgs {
    /// The journal; without it, one in the user's state directory
    #[arg(long, value_name = "FILE", env = "HCXRUN_JOURNAL", hide_env_values = true)]
    pub(crate) journal: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArg {
    /// The run: its id, the start of it, or `last`
    pub(crate) run: String,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Runbooks, modules or folders, or a module of the standard library as `hcx`; the current folder when left out
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The tests of the whole standard library
    #[arg(long)]
    pub(crate) stdlib: bool,
    /// Only tests whose name has this in it; exit 1 when there is none
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// Write the results as XML too, in the form that CI servers read
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TwinArgs {
    /// Where to listen; the four ports are the free ones from this port on, or any with port 0
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: std::net::SocketAddr,
    /// The name of a scene, or a scene file
    #[arg(long, default_value = "fresh")]
    pub(crate) scene: String,
    /// Plain HTTP in place of HTTPS
    #[arg(long)]
    pub(crate) plain: bool,
    /// Time goes so many times faster
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = factor)]
    pub(crate) speed: f64,
    /// Where to put systems.yaml and the certificate
    #[arg(long, value_name = "DIR", default_value = "twin")]
    pub(crate) dir: PathBuf,
    /// A fault: OPERATION=KIND[:ARGUMENT][*COUNT][@SKIP], KIND one of refuse, drop-before, drop-after, delay,
    /// fail-job, fail-late, fail-items, lose-task, cut, garbage, html, expire-session, sso-starting
    #[arg(long, value_name = "RULE")]
    pub(crate) fault: Vec<String>,
    /// Faults from a file: one a line, with or without the `- ` of YAML; `#` begins a comment
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// List the shipped scenes, and serve nothing
    #[arg(long)]
    pub(crate) scenes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CaptureArgs {
    /// Where each system is and how to sign in, as YAML
    #[arg(long, value_name = "FILE")]
    pub(crate) systems: PathBuf,
    /// Where to write the scene
    #[arg(long, value_name = "SCENE")]
    pub(crate) out: PathBuf,
    /// The source's manager in the file; its appliance port is `NAME_admin`, when that is there
    #[arg(long, value_name = "NAME", default_value = "source")]
    pub(crate) source: String,
    /// The cloud's manager in the file; its appliance port is `NAME_admin`, when that is there
    #[arg(long, value_name = "NAME", default_value = "cloud")]
    pub(crate) cloud: String,
}

/// That the option before a runbook took it for its own value, when that is why none is there.
pub(crate) fn swallowed(error: &clap::Error, typed: impl Iterator<Item = String>) -> Option<Failure> {
    if error.kind() != clap::error::ErrorKind::MissingRequiredArgument {
        return None;
    }
    let typed: Vec<String> = typed.collect();
    let (option, file) = typed.iter().zip(typed.iter().skip(1)).find(|(option, file)| {
        option.starts_with("--") && Path::new(file).extension().is_some_and(|it| it == "hcxrun")
    })?;
    let command = typed.get(1)?;
    let fact = format!("`{option}` took {file} for its value, and no runbook is left");
    Some(Failure::with_help(fact, format!("name the runbook first: `hcxrun {command} {file} {option} …`")))
}

/// A number as the user types it.
fn factor(text: &str) -> Result<f64, &'static str> {
    text.parse().map_err(|_| "a factor is a number, as 10 or 0.5")
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum GraphFormat {
    Text,
    Dot,
    Mermaid,
    Svg,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum DocFormat {
    Text,
    Markdown,
    Json,
}
