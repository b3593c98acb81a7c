//! The live stream over HTTP.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::caller::{Caller, Scope};
use crate::error::{Error, Kind, Result};
use crate::events::{EVENT_READ, EventFilter, Wanted, behind_number, number};
use crate::http::{App, OpenApiRouter, Query, routes};
use crate::streams::Hub;
use crate::streams::hub::{Place, rendered};

/// How often a silent stream says that it is there, so that nothing on the way takes it for dead.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);
/// Events read at a time by a stream that begins behind the present.
const PAGE: i64 = 100;

/// The route of the stream.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(stream_events))
}

/// Which events are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamFilter {
    /// Of these types, with commas between; `*` at the end stands for any rest.
    #[param(example = "gemba.line.*,gemba.run.failed")]
    pub r#type: Option<String>,
    /// As `Last-Event-ID`, for programs that cannot set headers.
    pub cursor: Option<String>,
}

/// Events as they happen: Server-Sent Events, each with its `sequence` as `id` and the event (CloudEvents 1.0) as `data`. With `Last-Event-ID` it
/// begins behind that event, else with the present. A reader that does not keep up is cut, and resumes where it broke off; so does one whose
/// connection ends for any other reason. Who loses the right to an event does not get it; who loses the session or key loses the stream within
/// five seconds.
#[utoipa::path(get, path = "/stream", tag = "Events",
    params(StreamFilter, ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that was received.")),
    responses((status = 200, description = "Goes on until one side ends it.", content_type = "text/event-stream", body = String)),
    extensions(("x-permission" = json!("integration.event.read"))))]
async fn stream_events(State(app): State<App>, caller: Caller, Query(filter): Query<StreamFilter>, headers: HeaderMap) -> Result<Response> {
    if !caller.may_somewhere(EVENT_READ) {
        return Err(caller.refusal(EVENT_READ, Scope::Organization));
    }
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned).or(filter.cursor);
    let wrong = || Error::new(Kind::Malformed, "bad_cursor", "Last-Event-ID: not one of this stream; begin again without it");
    let behind = last.as_deref().map(|last| number(last).ok_or_else(wrong)).transpose()?;
    let hub: Hub = app.part()?;
    let wanted = Arc::new(Wanted::read(filter.r#type.as_deref().unwrap_or_default()));
    let caller = Arc::new(caller);
    let live = hub.join(caller.clone(), wanted.clone())?;
    let state = match behind {
        None => Flow { place: Some(live), reading: None },
        Some(behind) => {
            drop(live);
            let reading = Reading { app, hub, caller, wanted, types: filter.r#type, behind };
            Flow { place: None, reading: Some(Box::new(reading)) }
        }
    };
    // Those that are cut together do not come back together.
    let hello = Bytes::from(format!("retry: {}\n\n", rand::random_range(1_000..4_000)));
    let begin = stream::once(std::future::ready(Ok::<Bytes, Infallible>(hello)));
    let body = Body::from_stream(stream::StreamExt::chain(begin, stream::unfold(state, next)));
    let silent = HeaderName::from_static("x-accel-buffering");
    Ok(([(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store"), (silent, "no")], body).into_response())
}

/// Where a stream is: reading what it missed, then handed what happens.
struct Flow {
    place: Option<Place>,
    reading: Option<Box<Reading>>,
}

struct Reading {
    app: App,
    hub: Hub,
    caller: Arc<Caller>,
    wanted: Arc<Wanted>,
    types: Option<String>,
    behind: i64,
}

async fn next(mut flow: Flow) -> Option<(Result<Bytes, Infallible>, Flow)> {
    while let Some(reading) = &mut flow.reading {
        // In a box of its own, so that a stream that only waits is small.
        let (text, more) = Box::pin(reading.page()).await?;
        if !more {
            match &flow.place {
                // From here what is published comes by itself; what came since the last page is read once more.
                None => flow.place = Some(reading.hub.join(reading.caller.clone(), reading.wanted.clone()).ok()?),
                Some(_) => {
                    let behind = reading.behind;
                    flow.reading = None;
                    flow.place.as_mut()?.behind = behind;
                }
            }
        }
        if !text.is_empty() {
            return Some((Ok(text), flow));
        }
    }
    let place = flow.place.as_mut()?;
    loop {
        let text = match tokio::time::timeout(SIGN_OF_LIFE, place.receiver.recv()).await {
            Ok(told) => told?,
            Err(_) => return Some((Ok(Bytes::from_static(b": still here\n\n")), flow)),
        };
        // What was read from the database is not told again.
        if number_of(&text).is_none_or(|number| number > place.behind) {
            return Some((Ok(text), flow));
        }
    }
}

impl Reading {
    /// The next page of what was missed, and whether there is more; nothing when the database does not answer, which ends the stream.
    async fn page(&mut self) -> Option<(Bytes, bool)> {
        let mut tx = self.app.database.begin(&self.caller).await.ok()?;
        let filter = EventFilter { r#type: self.types.clone(), ..EventFilter::default() };
        let page = behind_number(&mut tx, self.hub.catalogue(), &filter, self.behind, PAGE, true).await;
        let (events, behind, more) = match page {
            Ok(page) => page,
            // What was missed is not kept any more: say so, and go on with the present.
            Err(gone) if gone.kind == Kind::Gone => {
                let end = tx.query_one("select gemba.events_end()", &[]).await.ok()?.get::<_, i64>(0);
                self.behind = end;
                return Some((Bytes::from_static(b"event: gap\ndata: {\"code\":\"cursor_expired\"}\n\n"), true));
            }
            Err(_) => return None,
        };
        tx.commit().await.ok()?;
        self.behind = behind;
        let mut text = BytesMut::new();
        for event in &events {
            text.extend_from_slice(&rendered(event));
        }
        Some((text.freeze(), more))
    }
}

/// The number of a rendered event.
fn number_of(text: &[u8]) -> Option<i64> {
    let line = text.strip_prefix(b"id: ")?.split(|byte| *byte == b'\n').next()?;
    std::str::from_utf8(line).ok()?.parse().ok()
}
