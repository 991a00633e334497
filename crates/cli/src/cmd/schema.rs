//! `unbridge schema`

use unbridge_report::run;

use crate::args::{SchemaArgs, SchemaOf};
use crate::error::Failure;
use crate::exit::Done;
use crate::terminal;

pub(crate) fn run(args: &SchemaArgs) -> Result<Done, Failure> {
    let schema = match args.what {
        SchemaOf::Snapshot => unbridge_report::schema::snapshot(),
        SchemaOf::Report => unbridge_report::json::schema(),
        SchemaOf::Diff => unbridge_report::diff::schema(),
        SchemaOf::Plan => unbridge_report::schema::plan(),
        SchemaOf::Journal => unbridge_report::schema::journal(),
        SchemaOf::Status => run::schema::<run::Status>(),
        SchemaOf::Run => run::schema::<run::RunTold>(),
        SchemaOf::Settings => run::schema::<run::SettingsTold>(),
        #[cfg(feature = "aws")]
        SchemaOf::Events => crate::cmd::apply::events_schema(),
        SchemaOf::Rehearsal => unbridge_report::plan::rehearsed_schema(),
    };
    terminal::put(&format!("{schema:#}\n"))?;
    Ok(Done::Clean)
}
