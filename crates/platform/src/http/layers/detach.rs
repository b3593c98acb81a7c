//! Lets in no more than can be answered in time, and answers in a task of its own, which goes on to its end when the client hangs up.
//!
//! By Little's law what waits for the pool waits requests in flight ÷ requests answered per second; the limit on those in flight is therefore
//! a limit on the wait, and whoever comes beyond it is told to come back instead of making everybody slower.
//!
//! **Invariant:** dropping the connection, or the answer taking too long, drops no transaction half-way: only the waiting ends.

use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::Extensions;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tracing::Instrument;

use crate::error::Error;
use crate::http::App;

/// The place of a request that takes its time, for what has places and limits of its own: a file on its way.
#[derive(Clone, Default)]
pub(crate) struct Unhurried(Option<Arc<Held>>);

struct Held {
    place: Mutex<Option<OwnedSemaphorePermit>>,
    unhurried: AtomicBool,
}

impl Unhurried {
    /// That of a request.
    pub(crate) fn of(extensions: &Extensions) -> Unhurried {
        extensions.get::<Unhurried>().cloned().unwrap_or_default()
    }

    /// Gives the place back to requests that are answered soon, and lifts the limit of time. Whoever calls this sets others.
    pub(crate) fn begin(&self) {
        if let Some(held) = &self.0 {
            held.unhurried.store(true, Ordering::Relaxed);
            drop(held.place.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

pub(super) async fn detach(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Ok(admitted) = app.admission.clone().try_acquire_owned() else {
        return Error::unavailable("busy", "too many requests at once; try again in a moment", 1).into_response();
    };
    let held = Arc::new(Held { place: Mutex::new(Some(admitted)), unhurried: AtomicBool::new(false) });
    request.extensions_mut().insert(Unhurried(Some(held.clone())));
    let place = held.clone();
    let answering = async move {
        let response = next.run(request).await;
        drop(place.place.lock().unwrap_or_else(PoisonError::into_inner).take());
        response
    };
    let mut task = tokio::spawn(answering.in_current_span());
    let answered = match timeout(app.settings.time_limit, &mut task).await {
        Err(_) if held.unhurried.load(Ordering::Relaxed) => Ok(task.await),
        answered => answered,
    };
    match answered {
        Ok(Ok(response)) => response,
        Ok(Err(ended)) => {
            let said = ended.try_into_panic().map_or_else(|ended| ended.to_string(), |panic| message(panic.as_ref()));
            Error::internal(format!("the handler panicked: {said}")).into_response()
        }
        Err(_) => Error::unavailable(
            "took_too_long",
            "the answer took too long; it may still have been carried out: look before you repeat it",
            2,
        )
        .into_response(),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}
