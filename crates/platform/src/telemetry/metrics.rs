//! What is counted and timed, by name.
//!
//! Counters and times live here and are moved where things happen; what can be asked for instead (how many wait, since when) is asked for when
//! numbers are gathered. [`METRICS`] lists both, so that alerts, boards and documentation can be held against it.
//!
//! **Invariant:** what a client sends never becomes a label: an address that no route has counts as `none`, an odd method as `other`.

use std::sync::LazyLock;
use std::time::Duration;

use axum::extract::MatchedPath;
use http::Method;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// One name under which something is measured.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// The name, as Prometheus knows it.
    pub name: &'static str,
    /// What kind of number.
    pub shape: Shape,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub help: &'static str,
}

/// Kinds of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Only grows while the process lives.
    Counter,
    /// As it is now.
    Gauge,
    /// Times, by how many were no longer than a bound; `_bucket`, `_sum` and `_count` belong to it.
    Histogram,
}

const fn measured(name: &'static str, shape: Shape, labels: &'static [&'static str], help: &'static str) -> Measured {
    Measured { name, shape, labels, help }
}

use Shape::{Counter as C, Gauge as G, Histogram as H};

/// Everything that is measured.
pub const METRICS: &[Measured] = &[
    measured("gemba_http_requests_total", C, &["method", "route", "status"], "Requests answered; status 499 where the client had gone."),
    measured("gemba_http_request_duration_seconds", H, &["method", "route"], "Time from a request's headers to its answer's."),
    measured("gemba_http_requests_in_flight", G, &[], "Requests being answered."),
    measured("gemba_http_requests_in_flight_limit", G, &[], "Requests that are answered at the same time at most (http.in_flight)."),
    measured("gemba_database_up", G, &[], "1 where the database answered when numbers were gathered, 0 where not."),
    measured("gemba_database_wait_seconds", H, &["pool"], "How long something waited for a connection to the database."),
    measured("gemba_database_refused_total", C, &["reason"], "Waits for a connection that ended without one: busy, or gone."),
    measured("gemba_database_connections", G, &["pool"], "Connections open."),
    measured("gemba_database_connections_idle", G, &["pool"], "Connections open that nobody uses."),
    measured("gemba_database_connections_limit", G, &["pool"], "Connections at most (database.connections)."),
    measured("gemba_database_waiting", G, &["pool"], "Who waits for a connection now."),
    measured(
        "gemba_database_oldest_transaction_seconds",
        G,
        &[],
        "Age of the oldest transaction that is open; old ones keep the database from tidying up.",
    ),
    measured("gemba_database_size_bytes", G, &[], "Size of the database."),
    measured("gemba_schema_version", G, &[], "The newest migration that was applied."),
    measured("gemba_runs_ready", G, &["queue"], "Runs that wait for a place, counted up to 100,000."),
    measured("gemba_runs_waiting", G, &["queue"], "Runs that wait for their time, or to be tried again."),
    measured("gemba_runs_blocked", G, &["queue"], "Runs that wait for another one of their key."),
    measured("gemba_runs_running", G, &["queue"], "Runs at work, of all workers."),
    measured("gemba_runs_dead", G, &["queue"], "Dead letters: runs that failed for good and were not driven again."),
    measured("gemba_runs_oldest_ready_seconds", G, &["queue"], "How long the first run of a queue has been waiting for a place."),
    measured("gemba_run_wait_seconds", H, &["queue"], "How long a run waited from when it could start until this process started it."),
    measured("gemba_run_duration_seconds", H, &["kind"], "How long an attempt of a run took in this process."),
    measured(
        "gemba_runs_ended_total",
        C,
        &["kind", "outcome"],
        "Attempts that ended in this process: succeeded, failed, again, cancelled, returned, lost.",
    ),
    measured("gemba_workers", G, &[], "Processes that carry out runs and say that they live."),
    measured("gemba_outbox_waiting", G, &[], "Entries of the trail that are not published as events yet."),
    measured("gemba_outbox_lag_seconds", G, &[], "Age of the oldest entry of the trail that is not published yet."),
    measured("gemba_events_published", G, &[], "Number of the last event; its growth is events published."),
    measured("gemba_audit_seal_lag_seconds", G, &[], "Age of the oldest entry of the trail that no seal holds."),
    measured("gemba_webhooks", G, &["state"], "Webhooks: active, paused, resting after failures, disabled."),
    measured("gemba_webhook_lag_seconds", G, &[], "Age of the oldest event that was not yet looked at for a webhook that is to be told."),
    measured("gemba_webhook_deliveries_pending", G, &[], "Messages that are to be sent, or sent again."),
    measured("gemba_webhook_deliveries_total", C, &["outcome"], "Attempts to deliver a message by this process: delivered, failed."),
    measured("gemba_webhook_delivery_seconds", H, &[], "How long an attempt to deliver a message took."),
    measured("gemba_webhook_delay_seconds", H, &[], "Time from what happened to its first delivery."),
    measured("gemba_streams", G, &[], "Live streams open in this process."),
    measured(
        "gemba_streams_cut_total",
        C,
        &[],
        "Times that a live stream had more waiting than there is room for, and read the rest from the database.",
    ),
    measured("gemba_log_lines_total", C, &["level"], "Warnings and errors written into the log."),
    measured("gemba_gather_seconds", G, &[], "How long it took to gather these numbers."),
    measured("gemba_build_info", G, &["version", "schema"], "Always 1; the version of the program, and of the database's shape it knows."),
    measured("process_cpu_seconds_total", C, &[], "Processor time used, user and system."),
    measured("process_resident_memory_bytes", G, &[], "Memory in use."),
    measured("process_virtual_memory_bytes", G, &[], "Address space in use."),
    measured("process_open_fds", G, &[], "Files and connections open."),
    measured("process_max_fds", G, &[], "Files and connections at most."),
    measured("process_threads", G, &[], "Threads."),
    measured("process_start_time_seconds", G, &[], "When the process began (Unix time)."),
];

/// Bounds of times (s): from a read served from memory to the longest a request may take by default.
const BOUNDS_S: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];
/// Bounds of what takes longer (s): runs, waits in a queue.
const LONG_BOUNDS_S: [f64; 11] = [0.05, 0.2, 0.5, 1.0, 2.5, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0];
/// Bounds of the wait for a connection (s).
const SHORT_BOUNDS_S: [f64; 9] = [0.0005, 0.001, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 2.0];

/// The route of a request, as it was declared: `/api/v1/lines/{id}`.
#[derive(Clone, Debug)]
pub struct Route(pub Option<MatchedPath>);

impl Route {
    /// Its template; `none` where no route has the address.
    pub fn template(&self) -> &str {
        self.0.as_ref().map_or("none", MatchedPath::as_str)
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.template() == other.template()
    }
}

impl Eq for Route {}

impl std::hash::Hash for Route {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.template().hash(state);
    }
}

impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        EncodeLabelValue::encode(&self.template(), encoder)
    }
}

/// The method of a request, as far as it is one.
pub fn verb(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// Labels of one value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Labels<const N: usize>(pub [(&'static str, &'static str); N]);

impl<const N: usize> EncodeLabelSet for Labels<N> {
    fn encode(&self, encoder: &mut prometheus_client::encoding::LabelSetEncoder<'_>) -> std::fmt::Result {
        EncodeLabelSet::encode(&self.0, encoder)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Timed {
    method: &'static str,
    route: Route,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Answered {
    method: &'static str,
    route: Route,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfQueue {
    queue: String,
}

type Times<L> = Family<L, Histogram, fn() -> Histogram>;

/// The counters and times of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    answered: Family<Answered, Counter>,
    answering: Times<Timed>,
    database_wait: Times<Labels<1>>,
    database_refused: Family<Labels<1>, Counter>,
    run_wait: Times<OfQueue>,
    run_duration: Times<Labels<1>>,
    runs_ended: Family<Labels<2>, Counter>,
    deliveries: Family<Labels<1>, Counter>,
    delivery: Histogram,
    delay: Histogram,
    streams_cut: Counter,
    lines: Family<Labels<1>, Counter>,
}

/// The counters and times of this process.
pub fn metrics() -> &'static Metrics {
    static ALL: LazyLock<Metrics> = LazyLock::new(Metrics::new);
    &ALL
}

impl Metrics {
    fn new() -> Metrics {
        let mut registry = Registry::default();
        let ordinary: fn() -> Histogram = || Histogram::new(BOUNDS_S);
        let long: fn() -> Histogram = || Histogram::new(LONG_BOUNDS_S);
        let short: fn() -> Histogram = || Histogram::new(SHORT_BOUNDS_S);
        let metrics = Metrics {
            answered: register(&mut registry, "gemba_http_requests_total", Family::default()),
            answering: register(&mut registry, "gemba_http_request_duration_seconds", Family::new_with_constructor(ordinary)),
            database_wait: register(&mut registry, "gemba_database_wait_seconds", Family::new_with_constructor(short)),
            database_refused: register(&mut registry, "gemba_database_refused_total", Family::default()),
            run_wait: register(&mut registry, "gemba_run_wait_seconds", Family::new_with_constructor(long)),
            run_duration: register(&mut registry, "gemba_run_duration_seconds", Family::new_with_constructor(long)),
            runs_ended: register(&mut registry, "gemba_runs_ended_total", Family::default()),
            deliveries: register(&mut registry, "gemba_webhook_deliveries_total", Family::default()),
            delivery: register(&mut registry, "gemba_webhook_delivery_seconds", ordinary()),
            delay: register(&mut registry, "gemba_webhook_delay_seconds", long()),
            streams_cut: register(&mut registry, "gemba_streams_cut_total", Counter::default()),
            lines: register(&mut registry, "gemba_log_lines_total", Family::default()),
            registry: Registry::default(),
        };
        // Alerts look at growth: what grows from nothing to one has to have been nothing before.
        for level in ["warn", "error"] {
            drop(metrics.lines.get_or_create(&Labels([("level", level)])));
        }
        for reason in ["busy", "gone"] {
            drop(metrics.database_refused.get_or_create(&Labels([("reason", reason)])));
        }
        for outcome in ["delivered", "failed"] {
            drop(metrics.deliveries.get_or_create(&Labels([("outcome", outcome)])));
        }
        Metrics { registry, ..metrics }
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A request was answered.
    pub fn answered(&self, method: &Method, route: Route, status: u16, took: Duration) {
        let method = verb(method);
        self.answering.get_or_create(&Timed { method, route: route.clone() }).observe(took.as_secs_f64());
        self.answered.get_or_create(&Answered { method, route, status }).inc();
    }

    /// Something waited for a connection to the database, and got it.
    pub fn waited_for_database(&self, pool: &'static str, took: Duration) {
        self.database_wait.get_or_create(&Labels([("pool", pool)])).observe(took.as_secs_f64());
    }

    /// Something waited for a connection to the database in vain: `busy`, `gone`.
    pub fn no_database(&self, reason: &'static str) {
        self.database_refused.get_or_create(&Labels([("reason", reason)])).inc();
    }

    /// A run was started that could have started so long ago.
    pub fn run_started(&self, queue: &str, waited_s: f64) {
        self.run_wait.get_or_create(&OfQueue { queue: queue.to_owned() }).observe(waited_s);
    }

    /// An attempt of a run ended.
    pub fn run_ended(&self, kind: &'static str, outcome: &'static str, took: Duration) {
        self.run_duration.get_or_create(&Labels([("kind", kind)])).observe(took.as_secs_f64());
        self.runs_ended.get_or_create(&Labels([("kind", kind), ("outcome", outcome)])).inc();
    }

    /// A message was sent to a webhook, or could not be. `behind_s` is the time since what it tells, at a first attempt.
    pub fn delivery(&self, has_arrived: bool, took: Duration, behind_s: Option<f64>) {
        let outcome = if has_arrived { "delivered" } else { "failed" };
        self.deliveries.get_or_create(&Labels([("outcome", outcome)])).inc();
        self.delivery.observe(took.as_secs_f64());
        if let Some(behind_s) = behind_s {
            self.delay.observe(behind_s.max(0.0));
        }
    }

    /// A live stream was ended because its reader did not keep up.
    pub fn stream_cut(&self) {
        self.streams_cut.inc();
    }

    /// A line was written: `warn`, `error`.
    pub(super) fn line(&self, level: &'static str) {
        self.lines.get_or_create(&Labels([("level", level)])).inc();
    }
}

/// Under its name in the table, which has its help.
fn register<M: Metric + Clone>(registry: &mut Registry, name: &'static str, metric: M) -> M {
    let known = METRICS.iter().find(|measured| measured.name == name);
    // The library writes the ending of counters, and a full stop, itself.
    let help = known.map_or("", |known| known.help).trim_end_matches('.');
    registry.register(name.trim_end_matches("_total"), help, metric.clone());
    metric
}
