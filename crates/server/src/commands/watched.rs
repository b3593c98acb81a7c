//! What every process of an installation lets be seen of itself: its log, its traces, its numbers.

use platform::Error;
use platform::settings::Settings;
use platform::telemetry::{self, Gatherer, Tracing};
use tokio::net::TcpListener;
use tokio::sync::oneshot::{self, Sender};
use tokio::task::JoinHandle;

use crate::commands::running;

/// A process that is watched, before it has numbers to tell.
pub struct Watched {
    tracing: Tracing,
    metrics: Option<(TcpListener, Option<String>)>,
}

/// A process that is watched.
pub struct Answering {
    tracing: Tracing,
    metrics: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Watched {
    /// Begins logging and tracing, and takes the address of the numbers. `service` says which command this is.
    ///
    /// # Errors
    /// `port_taken` and its like.
    pub async fn begin(settings: &Settings, service: &str) -> Result<Watched, Error> {
        let tracing = telemetry::start(&settings.log, &settings.traces, service)?;
        let metrics = match settings.metrics.address {
            Some(address) => Some((running::bind_at(address, "GEMBA_METRICS_ADDRESS").await?, settings.metrics.token.clone())),
            None => None,
        };
        Ok(Watched { tracing, metrics })
    }

    /// Answers whoever asks for numbers.
    pub fn answer(self, gatherer: Gatherer) -> Answering {
        let metrics = self.metrics.map(|(listener, token)| {
            let (goes_on, ended) = oneshot::channel::<()>();
            let ended = async { drop(ended.await) };
            (goes_on, tokio::spawn(telemetry::listen(listener, gatherer, token, ended)))
        });
        Answering { tracing: self.tracing, metrics }
    }
}

impl Answering {
    /// Ends, and sends the last traces.
    pub async fn end(self) {
        if let Some((goes_on, task)) = self.metrics {
            drop(goes_on);
            let _ = task.await;
        }
        self.tracing.end().await;
    }
}
