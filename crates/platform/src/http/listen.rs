//! Takes connections and hands their requests to the router, until it is told to stop.
//!
//! **Invariant:** a client that sends its headers too slowly, too many of them, or holds too many connections costs a place for a limited
//! time, nothing more.
//! **Invariant:** stopping waits for what was let in: first for the answers, then for work whose clients have gone.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::{Either, select};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::http::App;
use crate::http::conversation::converse;
use crate::http::upkeep::keep_up;

/// Connections at most, open streams included; beyond, the operating system queues them.
const CONNECTIONS: usize = 16_384;
/// What the operating system may hold of answers that a client has not taken yet, for each connection (bytes; Linux takes it twice). Left to itself it
/// takes several megabytes: a thousand clients that take nothing held 1.6 GB, and kept it busy for a second to copy them there.
const LYING: usize = 128 << 10;

/// Serves `router` on `listener` until `stop` is done; then finishes what was begun, for as long as the settings allow, and takes nothing new.
/// Meanwhile it also tells other servers what was asked here, and forgets what has expired.
pub async fn listen(listener: TcpListener, app: &App, router: Router, stop: impl Future<Output = ()>) {
    let (stopping, stopped) = watch::channel(false);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    // Connections have it from the listener.
    if let Err(error) = SockRef::from(&listener).set_send_buffer_size(LYING) {
        tracing::warn!(%error, "what lies ready for slow clients is not bounded by the operating system");
    }
    let upkeep = tokio::spawn(keep_up(app.clone()));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepting = std::pin::pin!(accept(&listener, &places));
        match select(&mut stop, accepting).await {
            Either::Left(_) => break,
            Either::Right(((stream, peer, place), _)) => {
                let (router, stopped) = (router.clone(), stopped.clone());
                tokio::spawn(async move {
                    converse(stream, peer, router, stopped).await;
                    drop(place);
                });
            }
        }
    }
    drop(listener);
    upkeep.abort();
    stopping.send_replace(true);
    let finished = async {
        if let Ok(all) = places.acquire_many(CONNECTIONS as u32).await {
            all.forget();
        }
        app.drain().await;
    };
    if tokio::time::timeout(app.settings.shutdown_limit, finished).await.is_err() {
        tracing::warn!("some requests were still being answered when the server stopped");
    }
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, SocketAddr, Option<tokio::sync::OwnedSemaphorePermit>) {
    let place = places.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) => {
                // Out of file descriptors: a connection that ends frees one, and trying again at once would only burn a core.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
