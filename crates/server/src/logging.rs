//! The log: on standard error, for people or as one JSON object a line.
//!
//! What happens for a request is logged within a span that carries the request's identifier, so that every line has it.
//!
//! **Invariant:** bodies, parameters and settings are not logged, so that no secret can be.

use std::io::IsTerminal;

use platform::settings::{LogFormat, LogSettings};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Starts logging, once in a process.
pub fn start(settings: &LogSettings) {
    // The levels were checked when the settings were read.
    let levels: Targets = settings.level.parse().unwrap_or_else(|_| Targets::new().with_default(tracing::Level::INFO));
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match settings.format {
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).compact().boxed(),
    };
    // A second start is a test's: the first one's choice stands.
    let _ = tracing_subscriber::registry().with(lines.with_filter(levels)).try_init();
}
