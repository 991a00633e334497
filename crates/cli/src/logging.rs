//! Logs on stderr, off unless asked for by `-v` or `RUST_LOG`.
//!
//! Only ours: the SDK's logs hold whole requests and answers, and with them secrets.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use unbridge_report::safe::printable;

/// Starts logging; each `-v` shows more.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => "off",
        1 => "unbridge_scanner=info,unbridge_aws=info,unbridge=info",
        2 => "unbridge_scanner=debug,unbridge_aws=debug,unbridge=debug",
        _ => "trace",
    };
    let filter = match std::env::var("RUST_LOG") {
        Ok(wanted) if verbose == 0 => EnvFilter::new(wanted),
        Ok(_) | Err(_) => EnvFilter::new(level),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Harmless)
        .with_ansi(false)
        .finish()
        .with(filter_fn(|what| what.target().starts_with("unbridge")))
        .init();
}

/// stderr, with names and messages from elsewhere made [`printable`]. An event comes in one piece.
struct Harmless;

impl Write for Harmless {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let lines: String = text
            .lines()
            .map(|line| format!("{}\n", printable(line)))
            .collect();
        io::stderr().write_all(lines.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
