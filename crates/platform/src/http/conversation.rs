//! One connection: which HTTP it speaks, within which limits, and when it has lasted long enough.
//!
//! HTTP/1.1 is what comes unless a connection begins with the preface of HTTP/2 (prior knowledge, RFC 9113 section 3.3): TLS, and the choice between
//! both that goes with it, are the proxy's in front.
//!
//! **Invariant:** what one connection costs is bounded whatever its client does: streams, headers, bytes on their way, and requests that are taken back
//! before they are answered.
//! **Invariant:** an answer that its client does not take ends together with the connection, on which the others are answered first; and a connection that
//! nobody uses ends by itself.
//! **Invariant:** nobody switches protocols in the middle: `Upgrade: h2c` is not heeded.

use std::io::Cursor;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::IntoResponse;
use futures_util::future::{Either, select};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tower::ServiceExt;

use crate::http::answers::{Answers, Over, Written};

/// How long the headers of a request may take to arrive, and the first bytes of a connection.
const HEADERS_ARRIVE: Duration = Duration::from_secs(10);
/// Headers of a request at most.
const HEADERS: usize = 100;
/// Headers of a request at most (bytes).
const HEADER_BYTES: usize = 64 << 10;
/// Requests under way at most on one connection of HTTP/2. A proxy opens another one for more.
const STREAMS: u32 = 128;
/// What a client of HTTP/2 may send ahead of what was read: of one request, of all on a connection (bytes).
const SENT_AHEAD: (u32, u32) = (256 << 10, 1 << 20);
/// What may lie ready for a client of HTTP/2, of one answer (bytes).
const READY: usize = 32 << 10;
/// Streams that a client may have taken back before the server has looked at them, and those that the server refused and keeps in mind; with one more
/// the connection ends.
const RESETS: usize = 32;
/// How often a client of HTTP/2 is asked whether it is there, and how long it may take to say so.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);
/// How long a connection may take to end once its client is told.
const FAREWELL: Duration = Duration::from_secs(30);
/// How often it is looked whether a connection has lasted long enough.
const LOOK: Duration = Duration::from_secs(5);
/// What a connection of HTTP/2 begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Answers what is asked on a connection until one side ends it; once `stopped`, what was asked is answered and nothing else.
pub(super) async fn converse(mut stream: TcpStream, peer: SocketAddr, router: Router, mut stopped: watch::Receiver<bool>) {
    // Small answers leave at once instead of waiting for more.
    let _ = stream.set_nodelay(true);
    let mut stop = pin!(async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
        Over::Stopped
    });
    let (first, version) = match select(pin!(timeout(HEADERS_ARRIVE, begin(&mut stream))), stop.as_mut()).await {
        Either::Left((Ok(Some(begun)), _)) => begun,
        _ => return,
    };
    let answers = Arc::new(Answers::new(Instant::now()));
    let answering = answers.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let (router, answer) = (router.clone(), answering.begin());
        async move {
            if request.headers().len() > HEADERS {
                return Ok(answer.given(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response()));
            }
            router.oneshot(request).await.map(|response| answer.given(response))
        }
    });
    let (read, write) = stream.into_split();
    let io = TokioIo::new(tokio::io::join(Cursor::new(first).chain(read), Written::new(write)));
    let ended = match version {
        Version::One => {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADERS_ARRIVE)
                .max_headers(HEADERS)
                .max_buf_size(HEADER_BYTES)
                .serve_connection(io, service)
                .with_upgrades();
            // What nobody takes is noticed where it is written, and that nobody asks where it is read.
            lasts(connection, |connection| connection.graceful_shutdown(), stop).await
        }
        Version::Two => {
            let connection = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .max_concurrent_streams(STREAMS)
                .max_header_list_size(HEADER_BYTES as u32)
                .max_pending_accept_reset_streams(RESETS)
                .max_local_error_reset_streams(RESETS)
                .initial_stream_window_size(SENT_AHEAD.0)
                .initial_connection_window_size(SENT_AHEAD.1)
                .max_send_buf_size(READY)
                .keep_alive_interval(SIGN_OF_LIFE)
                .keep_alive_timeout(SIGN_OF_LIFE)
                .serve_connection(io, service);
            let over = async { select(stop, pin!(over(&answers))).await.factor_first().0 };
            lasts(connection, |connection| connection.graceful_shutdown(), over).await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// The first bytes of a connection, as many as it takes to know what it speaks; nothing where it ends before.
async fn begin(stream: &mut TcpStream) -> Option<(Vec<u8>, Version)> {
    let mut first = Vec::with_capacity(PREFACE.len());
    loop {
        let missing = (PREFACE.len() - first.len()) as u64;
        let read = (&mut *stream).take(missing).read_buf(&mut first).await.ok()?;
        match spoken(&first) {
            Some(version) => return Some((first, version)),
            None if read == 0 => return None,
            None => {}
        }
    }
}

/// What a connection speaks that begins so; nothing as long as it can be both.
fn spoken(first: &[u8]) -> Option<Version> {
    match first.len() {
        0 => None,
        _ if !PREFACE.starts_with(first) => Some(Version::One),
        length => (length == PREFACE.len()).then_some(Version::Two),
    }
}

/// Until a connection of HTTP/2 has lasted long enough.
async fn over(answers: &Answers) -> Over {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        select(pin!(looks.tick()), pin!(answers.suspicious())).await;
        if let Some(over) = answers.over(Instant::now()) {
            return over;
        }
    }
}

/// A connection to its end, or until it is `over`.
async fn lasts<C>(connection: C, finish: fn(Pin<&mut C>), over: impl Future<Output = Over>) -> hyper::Result<()>
where
    C: Future<Output = hyper::Result<()>>,
{
    let mut connection = pin!(connection);
    match select(connection.as_mut(), pin!(over)).await {
        Either::Left((ended, _)) => ended,
        Either::Right((Over::Stopped, _)) => {
            finish(connection.as_mut());
            connection.await
        }
        Either::Right((Over::Idle | Over::Left, _)) => {
            finish(connection.as_mut());
            // Its client is told; what it left lying is not waited for much longer.
            timeout(FAREWELL, connection).await.unwrap_or(Ok(()))
        }
        Either::Right((Over::Abused, _)) => {
            tracing::debug!("a connection was ended on which requests were taken back faster than they were answered");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Ready, ready};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Poll};

    use super::*;

    /// A connection that ends once it is told to.
    struct Open<'a>(&'a AtomicBool);

    impl Future for Open<'_> {
        type Output = hyper::Result<()>;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            if self.0.load(Ordering::Relaxed) { Poll::Ready(Ok(())) } else { Poll::Pending }
        }
    }

    #[tokio::test]
    async fn whoever_means_no_harm_is_told_and_what_was_asked_is_answered() {
        for (over, is_told) in [(Over::Stopped, true), (Over::Idle, true), (Over::Left, true), (Over::Abused, false)] {
            let told = AtomicBool::new(false);
            let over: Ready<Over> = ready(over);
            lasts(Open(&told), |open| open.0.store(true, Ordering::Relaxed), over).await.unwrap();
            assert_eq!(told.load(Ordering::Relaxed), is_told);
        }
    }

    #[test]
    fn what_is_spoken_is_known_from_the_first_bytes_that_tell() {
        for (first, version) in [
            (&b""[..], None),
            (b"P", None),
            (b"PR", None),
            (b"PO", Some(Version::One)),
            (b"PROPFIND / HTTP/1.1", Some(Version::One)),
            (b"GET / HTTP/1.1\r\n", Some(Version::One)),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r", None),
            (b"PRI * HTTP/2.0\r\n\r\nSN", Some(Version::One)),
            (PREFACE, Some(Version::Two)),
        ] {
            assert_eq!(spoken(first), version, "{first:?}");
        }
    }
}
