//! Lines of the log: for people, or as one JSON object each.
//!
//! A line has its time, level, part of the program, message and values; and of what surrounds it the request, organization, actor and run, by their
//! identifiers. Names of OpenTelemetry's conventions are shortened to their last word (`http.request.method` is `method`).
//!
//! **Invariant:** a line is one write, and every value in it went through the guard.

use std::fmt::{Debug, Write};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Scope};

use crate::context::{Clock, SystemClock};
use crate::settings::LogFormat;
use crate::telemetry::guard::masked_value;
use crate::telemetry::metrics::metrics;

/// Where lines go. Cheap to clone.
#[derive(Clone)]
pub struct Out(Arc<dyn Fn(&[u8]) + Send + Sync>);

impl Out {
    /// Standard error.
    pub fn stderr() -> Out {
        // A log that cannot be written has nobody to tell.
        Out::to(|line| drop(std::io::Write::write_all(&mut std::io::stderr().lock(), line)))
    }

    /// Whoever takes a line.
    pub fn to(take: impl Fn(&[u8]) + Send + Sync + 'static) -> Out {
        Out(Arc::new(take))
    }
}

impl Debug for Out {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Out")
    }
}

/// Writes lines; a layer of the subscriber.
#[derive(Debug)]
pub struct Lines {
    format: LogFormat,
    ansi: bool,
    out: Out,
}

impl Lines {
    /// In this format, to `out`.
    pub fn new(format: LogFormat, ansi: bool, out: Out) -> Lines {
        Lines { format, ansi, out }
    }

    fn write(&self, now: Timestamp, level: Level, target: &str, mut values: Values) {
        for (name, value) in &mut values.0 {
            *value = masked_value(name, std::mem::take(value));
        }
        let text = match self.format {
            LogFormat::Json => json_line(now, level, target, values),
            LogFormat::Text => text_line(now, level, target, values, self.ansi),
        };
        self.out.0(text.as_bytes());
    }
}

const LOG_TARGET: &str = "log.target";

/// Names and values, the later of one name in the place of the earlier.
#[derive(Default)]
struct Values(Vec<(&'static str, Value)>);

impl Values {
    fn put(&mut self, name: &'static str, value: Value) {
        // Values for traces alone, and what the bridge from the crate `log` says of itself.
        if name.starts_with("otel.") || (name.starts_with("log.") && name != LOG_TARGET) {
            return;
        }
        let name = if name == LOG_TARGET { name } else { name.rsplit('.').next().unwrap_or(name) };
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let place = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.remove(place).1)
    }
}

impl Visit for Values {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field.name(), Value::String(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), Value::from(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), Value::from(value));
    }
}

impl<S> Layer<S> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut values = Values::default();
        attributes.record(&mut values);
        span.extensions_mut().insert(values);
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(values) = span.extensions_mut().get_mut::<Values>() {
            record.record(values);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut values = Values::default();
        for span in context.event_scope(event).into_iter().flat_map(Scope::from_root) {
            if let Some(known) = span.extensions().get::<Values>() {
                for (name, value) in &known.0 {
                    values.put(name, value.clone());
                }
            }
        }
        event.record(&mut values);
        // What comes from the crate `log` has its own target as a value.
        let told = values.take(LOG_TARGET);
        let target = told.as_ref().and_then(Value::as_str).unwrap_or(event.metadata().target());
        match *event.metadata().level() {
            Level::ERROR => metrics().line("error"),
            Level::WARN => metrics().line("warn"),
            _ => {}
        }
        self.write(SystemClock.now(), *event.metadata().level(), target, values);
    }
}

fn json_line(now: Timestamp, level: Level, target: &str, mut values: Values) -> String {
    let mut line = format!(r#"{{"time":"{now:.3}","level":"{}","target":"{target}""#, level.as_str().to_ascii_lowercase());
    let message = values.take("message").unwrap_or_default();
    let _ = write!(line, r#","message":{message}"#);
    for (name, value) in values.0 {
        let name = if ["time", "level", "target"].contains(&name) { format!("{name}_said") } else { name.to_owned() };
        let _ = write!(line, r#","{name}":{value}"#);
    }
    line.push_str("}\n");
    line
}

fn text_line(now: Timestamp, level: Level, target: &str, mut values: Values, ansi: bool) -> String {
    let colour = match level {
        Level::ERROR => "31",
        Level::WARN => "33",
        Level::INFO => "32",
        _ => "34",
    };
    let mut line = match ansi {
        true => format!("{now:.3} \u{1b}[{colour}m{:>5}\u{1b}[0m \u{1b}[2m{target}:\u{1b}[0m ", level.as_str()),
        false => format!("{now:.3} {:>5} {target}: ", level.as_str()),
    };
    line.push_str(&plain(&values.take("message").unwrap_or_default()));
    for (name, value) in &values.0 {
        let _ = write!(line, " {name}={}", plain(value));
    }
    line.push('\n');
    line
}

/// As people read it: texts without quotes, unless they hold a break of line.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if !text.contains(['\n', '\r', '\u{1b}']) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
