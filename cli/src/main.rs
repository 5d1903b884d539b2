//! The program `hcxrun`: ties the language, the engine and the twin to a terminal, a disk and a network.

mod args;
mod certificate;
mod commands;
mod diff;
mod doc;
mod document;
mod embedded;
mod failure;
mod files;
mod inputs;
mod journal;
mod load;
mod message;
mod outputs;
mod pages;
mod people;
mod progress;
mod render;
mod say;
mod stage;
mod systems;
mod target;
mod testing;
mod text;
mod visible;
mod yaml;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::filter::LevelFilter;

fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if let Some(failure) = args::swallowed(&error, std::env::args()) {
                return failure.report();
            }
            let _ = error.print();
            // A wrong command line is a wrong input: exit code 1, as for every other.
            return ExitCode::from(u8::from(error.use_stderr()));
        }
    };
    log(cli.verbose);
    commands::carry_out(cli).unwrap_or_else(|failure| failure.report())
}

/// What the libraries say of themselves goes to standard error, when it is asked for.
fn log(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).init();
}
