//! The trail over HTTP.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

use crate::audit::events::{self, Event, Filter};
use crate::audit::evidence::{self, Behind, Evidence};
use crate::audit::sealer;
use crate::audit::{EVENT_READ, chain};
use crate::caller::{Caller, Scope};
use crate::error::{Error, Kind, Result};
use crate::http::{App, OpenApiRouter, Page, PageQuery, Paged, Path, Query, routes};

/// The routes of the trail.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_audit_events))
        .routes(routes!(list_audit_logs))
        .routes(routes!(read_audit_head))
        .routes(routes!(read_audit_evidence))
        .routes(routes!(erase_audit_subject))
        .merge(crate::audit::keeping::routes())
}

/// A filter of which every member is known. One that is misspelt would be no filter, and show more than was asked for.
struct Known(Filter);

impl<S: Send + Sync> FromRequestParts<S> for Known {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Query(said) = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await?;
        let known = |name: &str| Filter::NAMES.contains(&name) || matches!(name, "limit" | "cursor");
        if let Some((name, _)) = said.iter().find(|(name, _)| !known(name)) {
            let detail = format!("{name}: there is no such parameter; there is {}, limit, cursor", Filter::NAMES.join(", "));
            return Err(Error::new(Kind::Malformed, "bad_parameter", detail));
        }
        Ok(Known(Query::<Filter>::from_request_parts(parts, state).await?.0))
    }
}

/// Who did what, newest first: of the whole organization, or of the plants where the caller may read the trail. Reading it is itself an
/// event.
#[utoipa::path(get, path = "/audit/events", tag = "Audit", params(Filter, PageQuery),
    responses((status = 200, body = Paged<Event>)), extensions(("x-permission" = json!("audit.event.read"))))]
async fn list_audit_events(State(app): State<App>, caller: Caller, Known(filter): Known, page: Page) -> Result<Json<Paged<Event>>> {
    let mut tx = app.begin(&caller).await?;
    let found = events::list_events(&mut tx, &filter, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// The same at the address that planners' programs know: `/audit/logs?plant=&from=&to=`.
#[utoipa::path(get, path = "/audit/logs", tag = "Audit", params(Filter, PageQuery),
    responses((status = 200, body = Paged<Event>)), extensions(("x-permission" = json!("audit.event.read"))))]
async fn list_audit_logs(app: State<App>, caller: Caller, filter: Known, page: Page) -> Result<Json<Paged<Event>>> {
    list_audit_events(app, caller, filter, page).await
}

/// The end of the organization's chain, to be kept outside: whoever holds it can prove later that nothing before it was changed, removed or
/// put back.
#[utoipa::path(get, path = "/audit/head", tag = "Audit",
    responses((status = 200, body = Anchor)), extensions(("x-permission" = json!("audit.event.read"))))]
async fn read_audit_head(State(app): State<App>, caller: Caller) -> Result<Json<Anchor>> {
    caller.require(EVENT_READ, Scope::Organization)?;
    let mut tx = app.read(&caller).await?;
    let head = sealer::head(&mut tx, caller.organization).await?.map(|head| ChainHead::of(&head));
    tx.commit().await?;
    Ok(Json(Anchor { head }))
}

/// Everything it takes to verify the organization's chain without the server's word: seals with their entries as they were sealed, page by
/// page. Beginning with it is itself an event. `examples/audit/verify-bundle.py` shows how to verify; the web app does it in the browser.
#[utoipa::path(get, path = "/audit/evidence", tag = "Audit", params(Behind),
    responses((status = 200, body = Evidence)), extensions(("x-permission" = json!("audit.event.export"))))]
async fn read_audit_evidence(State(app): State<App>, caller: Caller, Query(behind): Query<Behind>) -> Result<Json<Evidence>> {
    let mut tx = app.begin(&caller).await?;
    let page = evidence::page(&mut tx, behind).await?;
    tx.commit().await?;
    Ok(Json(page))
}

/// Erases a person from the audit trail: their personal values can never be read again, the entries and their proof stay. This cannot be
/// undone.
#[utoipa::path(post, path = "/audit/subjects/{id}/erase", tag = "Audit",
    params(("id" = uuid::Uuid, Path, description = "The person: the identifier of their account.")),
    responses((status = 200, body = Erased)), extensions(("x-permission" = json!("audit.subject.erase"))))]
async fn erase_audit_subject(State(app): State<App>, caller: Caller, Path(id): Path<uuid::Uuid>) -> Result<Json<Erased>> {
    let mut tx = app.begin(&caller).await?;
    let erased = crate::audit::erase_subject(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(Erased { erased }))
}

/// What erasing a person came to.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Erased {
    /// Whether there was something to erase.
    pub erased: bool,
}

/// The end of a chain, if it has begun.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Anchor {
    /// The signed head; null before anything is sealed.
    pub head: Option<ChainHead>,
}

/// A signed head, as a line of a witness file has it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChainHead {
    /// Whose chain.
    pub organization: uuid::Uuid,
    /// The seal it is the head of.
    pub number: u64,
    /// Entries sealed up to it.
    pub entries: u64,
    /// When it was sealed.
    #[schema(value_type = String, format = DateTime)]
    pub sealed_at: jiff::Timestamp,
    /// The seal's SHA-256 hash.
    pub hash: String,
    /// The Ed25519 public key that signed.
    pub key: String,
    /// Its signature; docs/audit-trail.md says of what.
    pub signature: String,
}

impl ChainHead {
    fn of(head: &chain::Head) -> ChainHead {
        ChainHead {
            organization: head.organization,
            number: head.number,
            entries: head.entries,
            sealed_at: head.sealed_at,
            hash: head.hash.to_string(),
            key: head.key.to_string(),
            signature: head.signature.to_string(),
        }
    }
}
