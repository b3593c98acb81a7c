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
use tokio::sync::mpsc::error::TryRecvError;
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
/// begins behind that event, else with the present. A reader that does not keep up gets what it missed when it is ready for it, in order; one whose
/// connection ends resumes where it broke off. Who loses the right to an event does not get it; who loses the session or key loses the stream within
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
    let (place, present) = hub.join(Arc::new(caller), wanted)?;
    let at = if behind.is_none() { At::Present } else { At::Past };
    if at == At::Present {
        place.go_live();
    }
    let flow = Flow { place, at, told: behind.unwrap_or(present), reading: Box::new(Reading { app, hub, types: filter.r#type }) };
    // Those that are cut together do not come back together.
    let hello = Bytes::from(format!("retry: {}\n\n", rand::random_range(1_000..4_000)));
    let begin = stream::once(std::future::ready(Ok::<Bytes, Infallible>(hello)));
    let body = Body::from_stream(stream::StreamExt::chain(begin, stream::unfold(flow, next)));
    let silent = HeaderName::from_static("x-accel-buffering");
    Ok(([(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store"), (silent, "no")], body).into_response())
}

/// Where a stream is.
struct Flow {
    place: Place,
    at: At,
    /// The number of the last event that was told.
    told: i64,
    // In a box of its own, so that a stream that only waits is small.
    reading: Box<Reading>,
}

/// How a stream gets at its events.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// It reads what it missed.
    Past,
    /// It has read all, is handed what happens from now on, and reads once more what came in between.
    Joining,
    /// It is handed what happens.
    Present,
}

struct Reading {
    app: App,
    hub: Hub,
    types: Option<String>,
}

async fn next(mut flow: Flow) -> Option<(Result<Bytes, Infallible>, Flow)> {
    while !flow.place.is_ended() {
        if flow.at == At::Present {
            let text = match flow.place.receiver.try_recv() {
                Ok(text) => text,
                Err(TryRecvError::Disconnected) => return None,
                // All that there was room for is told; the rest lies in the database.
                Err(TryRecvError::Empty) if !flow.place.is_live() => {
                    flow.at = At::Past;
                    continue;
                }
                Err(TryRecvError::Empty) => match tokio::time::timeout(SIGN_OF_LIFE, flow.place.receiver.recv()).await {
                    Ok(told) => told?,
                    Err(_) => return Some((Ok(Bytes::from_static(b": still here\n\n")), flow)),
                },
            };
            // What was read from the database is not told again.
            match number_of(&text) {
                Some(number) if number <= flow.told => continue,
                Some(number) => flow.told = number,
                None => {}
            }
            return Some((Ok(text), flow));
        }
        let (text, more) = Box::pin(flow.page()).await?;
        if !more {
            if flow.at == At::Past {
                flow.place.go_live();
                flow.at = At::Joining;
            } else {
                flow.at = At::Present;
            }
        }
        if !text.is_empty() {
            return Some((Ok(text), flow));
        }
    }
    None
}

impl Flow {
    /// The next page of what was missed, and whether there is more; nothing when the stream is ended, or the database does not answer, which ends it.
    async fn page(&mut self) -> Option<(Bytes, bool)> {
        let Reading { app, hub, types } = &*self.reading;
        // The rights of now: reading may take long, and somebody may have lost them meanwhile.
        let caller = self.place.caller()?;
        let mut tx = match app.database.begin(&caller).await {
            Ok(tx) => tx,
            // Those that fell behind together read together: they take turns.
            Err(refused) if refused.code == "busy" => {
                tokio::time::sleep(Duration::from_millis(rand::random_range(100..1_000))).await;
                return Some((Bytes::new(), true));
            }
            Err(_) => return None,
        };
        let filter = EventFilter { r#type: types.clone(), ..EventFilter::default() };
        let page = behind_number(&mut tx, hub.catalogue(), &filter, self.told, PAGE, true).await;
        let (events, behind, more) = match page {
            Ok(page) => page,
            // What was missed is not kept any more: say so, and go on with the present.
            Err(gone) if gone.kind == Kind::Gone => {
                let end = tx.query_one("select gemba.events_end()", &[]).await.ok()?.get::<_, i64>(0);
                self.told = end;
                return Some((Bytes::from_static(b"event: gap\ndata: {\"code\":\"cursor_expired\"}\n\n"), true));
            }
            Err(_) => return None,
        };
        tx.commit().await.ok()?;
        self.told = behind;
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
