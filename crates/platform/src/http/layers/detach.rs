//! Lets in no more than can be answered in time, and answers in a task of its own, which goes on to its end when the client hangs up.
//!
//! By Little's law what waits for the pool waits requests in flight ÷ requests answered per second; the limit on those in flight is therefore
//! a limit on the wait, and whoever comes beyond it is told to come back instead of making everybody slower.
//!
//! **Invariant:** dropping the connection, or the answer taking too long, drops no transaction half-way: only the waiting ends.

use std::any::Any;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use tracing::Instrument;

use crate::error::Error;
use crate::http::layers::places::{Arriving, Held, Unhurried};
use crate::http::{App, Client};

pub(super) async fn detach(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let address = request.extensions().get::<Client>().and_then(|client| client.ip);
    let Some(place) = app.places.enter(address) else { return busy() };
    let held = Held::new(place);
    request.extensions_mut().insert(Unhurried(Some(held.clone())));
    let request = request.map(|body| Arriving::of(body, held.clone()));
    let its_own = held.clone();
    let answering = async move {
        let response = next.run(request).await;
        its_own.end();
        response
    };
    let mut task = tokio::spawn(answering.in_current_span());
    let answered = match timeout(app.settings.time_limit, &mut task).await {
        Err(_) if held.is_unhurried() => Ok(task.await),
        answered => answered,
    };
    match answered {
        Ok(Ok(_)) if held.was_refused() => busy(),
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

fn busy() -> Response {
    Error::unavailable("busy", "too many requests at once; try again in a moment", 1).into_response()
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}
