//! Puts the numbers together when they are asked for.
//!
//! **Invariant:** the database is asked at most every few seconds, by one question with a time limit, however many ask here.
//! **Invariant:** numbers of this process are told also while the database is gone.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::text::{encode_eof, encode_registry};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::database::{Database, migrate};
use crate::error::{Error, Result};
use crate::telemetry::metrics::{METRICS, Shape, metrics};
use crate::telemetry::process;

/// For so long what the database said is told again.
const FRESH: Duration = Duration::from_secs(5);
/// The database may take so long.
const LIMIT: Duration = Duration::from_secs(5);
/// Nothing is counted further than this.
const MOST: i32 = 100_000;

/// One number.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Its name, one of [`METRICS`].
    pub name: &'static str,
    /// Its labels' values, in the order of the table.
    pub labels: Vec<String>,
    /// The number.
    pub value: f64,
}

impl Sample {
    /// A number without labels.
    pub fn new(name: &'static str, value: f64) -> Sample {
        Sample { name, labels: Vec::new(), value }
    }

    /// A number with one label.
    pub fn of(name: &'static str, label: impl Into<String>, value: f64) -> Sample {
        Sample { name, labels: vec![label.into()], value }
    }
}

type Source = Arc<dyn Fn() -> Vec<Sample> + Send + Sync>;

/// Gathers the numbers of this process and of the installation. Cheap to clone.
#[derive(Clone)]
pub struct Gatherer {
    database: Database,
    sources: Vec<Source>,
    asked: Arc<Mutex<Option<(Instant, Vec<Sample>)>>>,
}

impl Gatherer {
    /// For this database.
    pub fn new(database: Database) -> Gatherer {
        Gatherer { database, sources: Vec::new(), asked: Arc::default() }
    }

    /// Also with what `source` knows.
    pub fn with(mut self, source: impl Fn() -> Vec<Sample> + Send + Sync + 'static) -> Gatherer {
        self.sources.push(Arc::new(source));
        self
    }

    /// Everything, in the text format of OpenMetrics 1.0.
    ///
    /// # Errors
    /// None with the formats this is built with.
    pub async fn text(&self) -> Result<String> {
        let began = Instant::now();
        let mut samples = self.of_database().await;
        samples.extend(self.sources.iter().flat_map(|source| source()));
        samples.extend(self.database.pool_samples());
        samples.extend(process::samples());
        let schema = migrate::newest().to_string();
        samples.push(Sample { name: "gemba_build_info", labels: vec![env!("CARGO_PKG_VERSION").into(), schema], value: 1.0 });
        samples.push(Sample::new("gemba_gather_seconds", began.elapsed().as_secs_f64()));
        let mut text = String::with_capacity(64 << 10);
        encode_registry(&mut text, metrics().registry()).map_err(Error::internal)?;
        write(&mut text, &samples);
        encode_eof(&mut text).map_err(Error::internal)?;
        Ok(text)
    }

    /// What the database knows; those who ask meanwhile wait for the one answer.
    async fn of_database(&self) -> Vec<Sample> {
        let mut asked = self.asked.lock().await;
        if let Some((_, samples)) = asked.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return samples.clone();
        }
        let samples = match timeout(LIMIT, self.ask()).await {
            Ok(Ok(samples)) => samples,
            Ok(Err(error)) => {
                tracing::debug!(%error, "the database does not tell its numbers");
                vec![Sample::new("gemba_database_up", 0.0)]
            }
            Err(_) => vec![Sample::new("gemba_database_up", 0.0)],
        };
        *asked = Some((Instant::now(), samples.clone()));
        samples
    }

    async fn ask(&self) -> Result<Vec<Sample>> {
        let tx = self.database.before_sign_in().await?;
        let now = tx.now();
        let rows = tx
            .query_once(
                "select name, label, value from gemba.measure($1, $2)
                 union all
                 select 'oldest_transaction', '', coalesce(max(extract(epoch from clock_timestamp() - a.xact_start)), 0)::double precision
                 from pg_stat_activity a where a.datname = current_database() and a.xact_start is not null
                 union all
                 select 'size', '', pg_database_size(current_database())::double precision",
                &[&now, &MOST],
            )
            .await?;
        let found = rows.iter().filter_map(|row| {
            let (name, label, value): (&str, String, f64) = (row.get(0), row.get(1), row.get(2));
            let name = NAMES.iter().find(|(of_database, _)| *of_database == name)?.1;
            Some(Sample { name, labels: if label.is_empty() { Vec::new() } else { vec![label] }, value })
        });
        Ok(std::iter::once(Sample::new("gemba_database_up", 1.0)).chain(found).collect())
    }
}

impl std::fmt::Debug for Gatherer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gatherer")
    }
}

/// What the database calls its numbers, and what they are called here.
const NAMES: [(&str, &str); 17] = [
    ("runs_ready", "gemba_runs_ready"),
    ("runs_waiting", "gemba_runs_waiting"),
    ("runs_blocked", "gemba_runs_blocked"),
    ("runs_running", "gemba_runs_running"),
    ("runs_dead", "gemba_runs_dead"),
    ("runs_age", "gemba_runs_oldest_ready_seconds"),
    ("workers", "gemba_workers"),
    ("outbox_waiting", "gemba_outbox_waiting"),
    ("outbox_age", "gemba_outbox_lag_seconds"),
    ("events", "gemba_events_published"),
    ("seal_age", "gemba_audit_seal_lag_seconds"),
    ("webhooks", "gemba_webhooks"),
    ("webhook_age", "gemba_webhook_lag_seconds"),
    ("deliveries_pending", "gemba_webhook_deliveries_pending"),
    ("schema_version", "gemba_schema_version"),
    ("oldest_transaction", "gemba_database_oldest_transaction_seconds"),
    ("size", "gemba_database_size_bytes"),
];

/// Writes samples in the order of the table, those of one name together.
fn write(text: &mut String, samples: &[Sample]) {
    for measured in METRICS {
        let mut of_name = samples.iter().filter(|sample| sample.name == measured.name).peekable();
        if of_name.peek().is_none() {
            continue;
        }
        let (kind, family) = match measured.shape {
            Shape::Counter => ("counter", measured.name.trim_end_matches("_total")),
            Shape::Gauge | Shape::Histogram => ("gauge", measured.name),
        };
        let _ = writeln!(text, "# HELP {family} {}\n# TYPE {family} {kind}", measured.help);
        for sample in of_name {
            let labels: Vec<String> =
                measured.labels.iter().zip(&sample.labels).map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(text, "{}{labels} {}", measured.name, sample.value);
        }
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
