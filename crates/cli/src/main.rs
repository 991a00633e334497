//! `unbridge`: words and wires. Reads the command line, chooses between real and simulated AWS,
//! and turns what happened into text and an exit code. Knows no rule of the domain.

mod args;
mod cmd;
mod costs;
mod error;
mod exit;
mod files;
mod input;
mod logging;
mod near;
mod output;
mod place;
mod progress;
mod run_files;
mod settings;
#[cfg(feature = "aws")]
mod stop;
mod terminal;
mod terraform;
mod today;
mod tree;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(wrong) if wrong.use_stderr() => {
            terminal::tell(&wrong.render().to_string());
            return ExitCode::from(exit::USAGE);
        }
        Err(help) => help.exit(),
    };
    logging::start(cli.verbose);
    let done = match cli.command {
        #[cfg(feature = "aws")]
        Command::Scan(args) => cmd::scan::run(&args),
        Command::Report(args) => cmd::report::run(&args),
        Command::Diff(args) => cmd::diff::run(&args),
        Command::Explain(args) => cmd::explain::run(&args),
        Command::Plan(args) => cmd::plan::run(&args, cli.verbose),
        Command::Rehearse(args) => cmd::rehearse::run(&args, cli.verbose),
        #[cfg(feature = "aws")]
        Command::Apply(args) => cmd::apply::apply(&args),
        #[cfg(feature = "aws")]
        Command::Resume(args) => cmd::apply::resume(&args),
        #[cfg(feature = "aws")]
        Command::Rollback(args) => cmd::apply::rollback(&args),
        #[cfg(feature = "aws")]
        Command::Retire(args) => cmd::apply::retire(&args),
        #[cfg(feature = "aws")]
        Command::Locks(args) => cmd::locks::locks(&args),
        #[cfg(feature = "aws")]
        Command::Unlock(args) => cmd::locks::unlock(&args),
        Command::Status(args) => cmd::status::run(&args),
        Command::Journal(args) => cmd::journal::run(&args),
        Command::Settings(args) => cmd::settings::run(&args),
        Command::Policy(args) => cmd::policy::run(&args),
        Command::Demo(args) => cmd::demo::run(&args),
        Command::Prices(args) => cmd::prices::run(&args),
        Command::Schema(args) => cmd::schema::run(&args),
        Command::Completions(args) => cmd::completions::run(&args),
        Command::Man(args) => cmd::man::run(&args),
    };
    exit::of(done)
}
