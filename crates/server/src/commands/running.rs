//! What every command that runs an installation has in common: its settings, its listener, when to stop.

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;

use platform::Error;
use platform::settings::{HttpSettings, Settings, Sources};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::outcome::{Failure, Outcome};

/// The settings of this process, with what the command line sets.
///
/// # Errors
/// Everything that is wrong with them.
pub fn settings(file: Option<&Path>, arguments: Vec<(&'static str, &'static str, String)>) -> Result<Settings, Failure> {
    let sources = Sources { file: file.map(Path::to_owned), arguments, ..Sources::of_this_process() };
    Settings::load(&sources).map_err(|wrong| Failure::usage(wrong.detail))
}

/// Runs an async command to its end.
///
/// # Errors
/// Those of `command`, as sentences.
pub fn block_on(command: impl Future<Output = Result<Outcome, Error>>) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| Failure::refused(format!("cannot start threads: {cause}")))?;
    runtime.block_on(command).map_err(|error| Failure::refused(sentence(&error)))
}

/// What went wrong, for the person at the keyboard: the sentence, and for a fault of ours its causes.
fn sentence(error: &Error) -> String {
    let mut text = error.detail.clone();
    if error.kind == platform::error::Kind::Internal {
        let mut cause = std::error::Error::source(error);
        while let Some(reason) = cause {
            text = format!("{text}\n  because: {reason}");
            cause = reason.source();
        }
    }
    text
}

/// Takes the address before anything else is done: whoever cannot have it should not have to wait to be told.
///
/// # Errors
/// `port_taken` and its like, with what to do.
pub async fn bind(http: &HttpSettings) -> Result<TcpListener, Error> {
    bind_at(SocketAddr::new(http.address, http.port), "--port or GEMBA_PORT").await
}

/// The same for any address, which `setting` chooses.
///
/// # Errors
/// As [`bind`].
pub async fn bind_at(address: SocketAddr, setting: &str) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|cause| {
        let (ip, port) = (address.ip(), address.port());
        let detail = match cause.kind() {
            ErrorKind::AddrInUse => format!(
                "port {port} is taken: another program listens at {address}, perhaps another gemba; stop it, or choose another with {setting}"
            ),
            ErrorKind::PermissionDenied => format!("port {port} needs root's rights: choose one from 1024 with {setting}"),
            ErrorKind::AddrNotAvailable => {
                let setting = if setting.contains("GEMBA_PORT") { "GEMBA_ADDRESS" } else { setting };
                format!("this machine has no address {ip}: choose another with {setting}, 0.0.0.0 for all it has")
            }
            _ => format!("cannot listen at {address}: {cause}"),
        };
        Error::new(platform::error::Kind::Unavailable, "port_taken", detail)
    })
}

/// The address to open in a browser.
pub fn shown_address(listener: &TcpListener, http: &HttpSettings) -> String {
    if let Some(public) = &http.public_url {
        return public.clone();
    }
    let port = listener.local_addr().map_or(http.port, |address| address.port());
    match http.address {
        address if address.is_loopback() || address.is_unspecified() => format!("http://localhost:{port}"),
        address => format!("http://{}", SocketAddr::new(address, port)),
    }
}

/// Resolves at the first request to stop: SIGTERM, SIGINT (Ctrl-C). Made before anything starts, so that none is missed; a second one ends
/// the process at once.
///
/// # Errors
/// When the system has no signals to give.
pub fn stop_requested() -> Result<impl Future<Output = ()> + Send + 'static, Error> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::internal)?;
    let (told, mut asked) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! { _ = terminate.recv() => (), _ = interrupt.recv() => () }
        };
        next().await;
        tracing::info!("stopping");
        told.send_replace(true);
        next().await;
        tracing::warn!("stopping at once; the database recovers at the next start");
        std::process::exit(130);
    });
    Ok(async move {
        let _ = asked.wait_for(|stop| *stop).await;
    })
}
