//! `unbridge man`

use std::fs;
use std::io;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::args::{Cli, ManArgs};
use crate::error::Failure;
use crate::exit::Done;
use crate::terminal;

pub(crate) fn run(args: &ManArgs) -> Result<Done, Failure> {
    // `help` has no page of its own, so no page refers to one.
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    match &args.folder {
        Some(folder) => fs::create_dir_all(folder)
            .and_then(|()| pages(&command, folder))
            .map_err(|error| {
                let what = format!("man pages cannot be written to {}", folder.display());
                Failure::io(what, &error).hint("name a writable folder")
            })?,
        None => {
            let page = page(&command);
            let page = page.map_err(|error| Failure::io("the manual cannot be made", &error))?;
            terminal::put(&page)?;
        }
    }
    Ok(Done::Clean)
}

/// Writes a page for the command, and for each beneath it.
fn pages(command: &Command, folder: &Path) -> io::Result<()> {
    let file = Man::new(command.clone()).get_filename();
    fs::write(folder.join(file), page(command)?)?;
    let mut beneath = command.get_subcommands().filter(|one| !one.is_hide_set());
    beneath.try_for_each(|one| pages(one, folder))
}

fn page(command: &Command) -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    let page = String::from_utf8(page).map_err(io::Error::other)?;
    Ok(with_examples(&page))
}

/// What stands below a command's help are examples, to be shown line by line; the library cannot
/// know.
fn with_examples(page: &str) -> String {
    let Some((before, rest)) = page.split_once(".SH EXTRA\n") else {
        return page.to_owned();
    };
    let (examples, behind) = rest.split_once(".SH ").unwrap_or((rest, ""));
    let examples = examples.trim_start_matches("Examples:\n");
    format!("{before}.SH EXAMPLES\n.nf\n{examples}.fi\n.SH {behind}")
}
