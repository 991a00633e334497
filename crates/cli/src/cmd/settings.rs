//! `unbridge settings`: every key with the value that is in force, and where it comes from.

use std::io::{self, BufWriter};

use unbridge_report::run;

use crate::args::{SettingsShowArgs, Told};
use crate::error::Failure;
use crate::exit::Done;
use crate::{settings, terminal};

pub(crate) fn run(args: &SettingsShowArgs) -> Result<Done, Failure> {
    let told = settings::listed(&settings::read(&args.file)?);
    Done::Clean.once(match args.told.output {
        Told::Json => {
            let out = BufWriter::new(io::stdout().lock());
            run::json(&told, out).map_err(|error| terminal::unwritten(&error))
        }
        Told::Text => {
            let mut text = String::new();
            let look = terminal::look(args.told.width);
            run::settings(&told, look, &mut text).map_err(Failure::unexpected)?;
            terminal::put(&text)
        }
    })
}
