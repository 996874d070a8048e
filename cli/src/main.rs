//! The command `participants`: who was added to a Cloudflare RealtimeKit meeting.
//!
//! [`arguments`] says what a command line can be. Each subcommand has a file; [`failure`] has the exit codes.

mod arguments;
mod changes;
mod columns;
mod connect;
mod demo;
mod diff;
mod duration;
mod failure;
mod find;
mod help_files;
mod input;
mod list;
mod log_lines;
mod output;
mod progress;
mod safe;
mod snapshot;
mod summary;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::List(options) => list::run(&options),
        Command::Find(options) => find::run(&options),
        Command::Watch(options) => watch::run(&options),
        Command::Diff(options) => diff::run(&options),
        Command::Summary(options) => summary::run(&options),
        Command::Demo => demo::run(),
        Command::Completions { shell } => help_files::completions(shell),
        Command::Man => help_files::man_page(),
    }
}
