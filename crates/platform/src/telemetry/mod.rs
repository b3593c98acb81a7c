//! What whoever runs an installation can see of it: lines of the log, numbers for Prometheus, traces for OpenTelemetry.
//!
//! A line, a number and a trace are about the same things by the same names: the request (its identifier, method and route), the organization,
//! who acts, the run. [`start`] begins logging and tracing; [`metrics()`] is where parts of the program count; [`Gatherer`] puts numbers together
//! when they are asked for.
//!
//! **Invariant:** nothing personal and no secret leaves by any of the three: identifiers, not names; routes, not addresses; and what looks like an
//! e-mail address, a token or a value of a row is masked in each line, whoever wrote it there.
//! **Invariant:** labels of numbers come from sets that the program knows (routes, queues, kinds, statuses), never from what clients send.
//! **Invariant:** what is not asked for costs next to nothing: without a collector no span is made for it, without a listener nothing is gathered.

mod gather;
mod guard;
mod lines;
mod listen;
mod metrics;
mod process;
mod traces;

use std::io::IsTerminal;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use crate::error::Result;
use crate::settings::{LogFormat, LogSettings, TracesSettings};

pub use gather::{Gatherer, Sample};
pub use guard::masked;
pub use lines::{Lines, Out};
pub use listen::listen;
pub use metrics::{Labels, METRICS, Measured, Metrics, Route, Shape, metrics, verb};
pub(crate) use traces::is_on;
pub use traces::{Tracing, continues, current};

/// Spans and events of this target are for traces only; no log has them.
pub const TRACE: &str = "trace";
/// The line about each request.
pub const ACCESS: &str = "access";

/// Begins logging, once in a process.
pub fn start_log(log: &LogSettings) {
    // A second start is a test's: the first one's choice stands.
    let _ = tracing_subscriber::registry().with(lines(log, Out::stderr())).try_init();
}

/// Begins logging and, where a collector is named, tracing; within a runtime. [`Tracing::end`] sends what is left.
///
/// # Errors
/// When the collector's address cannot be used.
pub fn start(log: &LogSettings, traces: &TracesSettings, service: &str) -> Result<Tracing> {
    start_to(log, traces, service, Out::stderr())
}

/// As [`start`], with lines to `out`.
///
/// # Errors
/// As [`start`].
pub fn start_to(log: &LogSettings, traces: &TracesSettings, service: &str, out: Out) -> Result<Tracing> {
    let (layer, tracing) = traces::layer(traces, service)?;
    let _ = tracing_subscriber::registry().with(lines(log, out)).with(layer).try_init();
    Ok(tracing)
}

fn lines(log: &LogSettings, out: Out) -> impl Layer<Registry> + Send + Sync {
    let ansi = log.format == LogFormat::Text && std::io::stderr().is_terminal();
    Lines::new(log.format, ansi, out).with_filter(levels(log))
}

/// Which lines are wanted. People at a terminal are spared the line about each request, unless they ask for it.
fn levels(log: &LogSettings) -> Targets {
    // The levels were checked when the settings were read.
    let levels: Targets = log.level.parse().unwrap_or_else(|_| Targets::new().with_default(tracing::Level::INFO));
    let is_said = |target: &str| log.level.split(',').any(|part| part.trim().starts_with(target));
    let levels = if log.format == LogFormat::Text && !is_said(ACCESS) { levels.with_target(ACCESS, tracing::Level::WARN) } else { levels };
    // At `debug` this one tells the parameters of every statement: addresses, hashes, whatever people enter.
    levels.with_target("tokio_postgres", tracing::Level::INFO).with_target(TRACE, tracing::level_filters::LevelFilter::OFF)
}
