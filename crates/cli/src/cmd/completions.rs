//! `unbridge completions`

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs};
use crate::error::Failure;
use crate::exit::Done;
use crate::terminal;

pub(crate) fn run(args: &CompletionsArgs) -> Result<Done, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "unbridge", &mut script);
    terminal::put_bytes(&script)?;
    Ok(Done::Clean)
}
