//! Traces: one from a request through the trail and the queue to whoever is told.
//!
//! Spans are made with `tracing` where things happen; here they are sent to a collector by OTLP (protobuf over HTTP). What goes on outside of a task
//! (a run that waits, an event that is published) carries its place in the trace as a W3C `traceparent` in its row.
//!
//! **Invariant:** without a collector there is no trace: nothing is made, sent, stored or asked for.
//! **Invariant:** a trace holds no text of a log line and no address: names, identifiers, routes, statuses and times.
//! **Invariant:** a caller's wish to be traced is heard only within the share that the installation traces.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};
use tracing::{Level, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::error::{Error, Result};
use crate::outbound::{Limits, Outbound};
use crate::settings::TracesSettings;

static IS_ON: AtomicBool = AtomicBool::new(false);

/// The trace at this point, as W3C writes it; nothing where none is recorded.
pub fn current() -> Option<String> {
    if !IS_ON.load(Ordering::Relaxed) {
        return None;
    }
    let context = Span::current().context();
    let span = context.span();
    let place = span.span_context();
    let flags = place.trace_flags().to_u8() & 1;
    place.is_valid().then(|| format!("00-{}-{}-{flags:02x}", place.trace_id(), place.span_id()))
}

/// Whether traces are recorded.
pub(crate) fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// Makes `span`, which nothing has entered yet, a part of the trace that somebody else began; what is no `traceparent` changes nothing.
pub fn continues(span: &Span, traceparent: &str) {
    if !IS_ON.load(Ordering::Relaxed) {
        return;
    }
    if let Some(place) = place(traceparent) {
        let _ = span.set_parent(Context::new().with_remote_span_context(place));
    }
}

/// Reads a `traceparent`: `00-`, 32, 16 and 2 small hexadecimal digits. Of a later version the same beginning counts.
fn place(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.trim().split('-');
    let mut next = |length: usize| {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        parts.next().filter(|part| part.len() == length && part.bytes().all(is_hex))
    };
    let (version, trace, span, flags) = (next(2)?, next(32)?, next(16)?, next(2)?);
    if version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()? & 1);
    let place = SpanContext::new(trace, span, flags, true, TraceState::default());
    place.is_valid().then_some(place)
}

/// What records traces; nothing where no collector is named. End it, so that the last ones are sent.
#[derive(Debug)]
pub struct Tracing(Option<SdkTracerProvider>);

impl Tracing {
    /// Sends what was recorded so far.
    pub async fn flush(&self) {
        if let Some(provider) = self.0.clone() {
            let sent = tokio::task::spawn_blocking(move || provider.force_flush()).await;
            tracing::debug!(?sent, "traces were sent");
        }
    }

    /// Sends what is left and ends.
    pub async fn end(self) {
        let Some(provider) = self.0 else { return };
        IS_ON.store(false, Ordering::Relaxed);
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(Duration::from_secs(5))).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last traces could not be sent to the collector");
        }
    }
}

/// A layer that records spans for the collector, if one is named.
pub(super) fn layer<S>(settings: &TracesSettings, service: &str) -> Result<(Option<impl Layer<S> + Send + Sync>, Tracing)>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let Some(collector) = &settings.collector else { return Ok((None, Tracing(None))) };
    let headers: HashMap<String, String> = settings.authorization.iter().map(|said| ("authorization".to_owned(), said.clone())).collect();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::new()?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", collector.trim_end_matches('/')))
        .with_headers(headers)
        .build()
        .map_err(|wrong| Error::internal(wrong.to_string()))?;
    let resource = Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", "gemba"),
            KeyValue::new("service.namespace", service.to_owned()),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("process.pid", i64::from(std::process::id())),
        ])
        .build();
    let provider =
        SdkTracerProvider::builder().with_batch_exporter(exporter).with_sampler(Share(settings.share)).with_resource(resource).build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("gemba"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        // Lines of the log stay in the log.
        .with_filter(filter_fn(|metadata| metadata.is_span() && *metadata.level() <= Level::INFO));
    IS_ON.store(true, Ordering::Relaxed);
    Ok((Some(layer), Tracing(Some(provider))))
}

/// Traces a share of the requests. What belongs to a trace of ours follows it; what others began is traced where they do, and within the share.
#[derive(Clone, Debug)]
struct Share(f64);

impl Share {
    /// The same for one trace, whoever asks: by the low half of its identifier.
    fn holds(&self, trace: TraceId) -> bool {
        let bytes = trace.to_bytes();
        let low = bytes[8..].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) >> 1;
        // The highest numbers are not told apart from 2^63 as floating ones.
        self.0 >= 1.0 || (low as f64) < self.0 * (1_u64 << 63) as f64
    }
}

impl ShouldSample for Share {
    fn should_sample(&self, parent: Option<&Context>, trace: TraceId, _: &str, _: &SpanKind, _: &[KeyValue], _: &[Link]) -> SamplingResult {
        let parent = parent.filter(|context| context.has_active_span()).map(|context| context.span().span_context().clone());
        let is_sampled = match &parent {
            Some(parent) if !parent.is_remote() => parent.is_sampled(),
            Some(parent) => parent.is_sampled() && self.holds(trace),
            None => self.holds(trace),
        };
        let decision = if is_sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
        SamplingResult {
            decision,
            attributes: Vec::new(),
            trace_state: parent.map(|parent| parent.trace_state().clone()).unwrap_or_default(),
        }
    }
}

/// The way to the collector, which the installation's administrator named: it may lie in a private network.
#[derive(Clone, Debug)]
struct Collector {
    outbound: Arc<Outbound>,
    runtime: tokio::runtime::Handle,
}

impl Collector {
    fn new() -> Result<Collector> {
        let everywhere = ["0.0.0.0/0", "::/0"].into_iter().filter_map(|network| network.parse().ok()).collect();
        let outbound = Outbound::new(Limits { allow: everywhere, ..Limits::default() })?;
        let runtime = tokio::runtime::Handle::try_current().map_err(Error::internal)?;
        Ok(Collector { outbound: Arc::new(outbound), runtime })
    }
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    /// The thread that sends traces has no runtime; the connection lives in the server's.
    async fn send_bytes(&self, request: Request<Bytes>) -> std::result::Result<Response<Bytes>, HttpError> {
        let outbound = self.outbound.clone();
        Ok(self.runtime.spawn(async move { outbound.send_untraced(request).await }).await??)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_trace_is_read_as_w3c_writes_it_and_nothing_else_is_one() {
        let read = place("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").expect("the example of the standard");
        assert_eq!(read.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(read.span_id().to_string(), "b7ad6b7169203331");
        assert!(read.is_sampled() && read.is_remote());
        assert!(place("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes-later").is_some());
        for foreign in [
            "",
            "00",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c8031-b7ad6b7169203331-01",
        ] {
            assert!(place(foreign).is_none(), "{foreign}");
        }
    }

    #[test]
    fn a_share_is_the_same_for_a_trace_whoever_asks_and_a_wish_from_outside_does_not_widen_it() {
        let share = |share: f64, trace: u128, remote: Option<bool>| {
            let trace = TraceId::from(trace);
            let context = remote.map(|sampled| {
                let flags = TraceFlags::new(u8::from(sampled));
                Context::new().with_remote_span_context(SpanContext::new(trace, SpanId::from(1), flags, true, TraceState::default()))
            });
            Share(share).should_sample(context.as_ref(), trace, "", &SpanKind::Server, &[], &[]).decision
        };
        let (low, high) = (1, u128::from(u64::MAX));
        assert_eq!(share(1.0, high, None), SamplingDecision::RecordAndSample);
        assert_eq!(share(0.5, high, None), SamplingDecision::Drop);
        assert_eq!(share(0.5, low, None), SamplingDecision::RecordAndSample);
        assert_eq!(share(0.0, low, None), SamplingDecision::Drop);
        assert_eq!(share(0.5, high, Some(true)), SamplingDecision::Drop, "a wish from outside");
        assert_eq!(share(0.5, low, Some(true)), SamplingDecision::RecordAndSample);
        assert_eq!(share(1.0, low, Some(false)), SamplingDecision::Drop, "who began it does not record it");
    }
}
