//! `/stock`: what lies where, the ledger, the verbs.

use axum::Json;
use axum::extract::State;
use platform::http::{App, OpenApiRouter, Page, PageQuery, Paged, Path, Query, Unread, routes};
use platform::{Caller, Result};
use uuid::Uuid;

use super::approving::{self, CountFilter, Decide, HeldCount};
use super::counting::{self, Adjust, Count, CountDone};
use super::listing::{self, Done, MovementFilter, MovementLine, Promise, PromiseFilter, Stock, StockFilter};
use super::moving::{self, Issue, Receive, StockMove};
use super::reconcile::{self, ReconcileFilter, Reconciled};
use super::reserving::{self, Reserve, Unreserve, Unreserved};
use super::status::{self, SetStatus};
use crate::actions::Available;
use crate::{STOCK_ADJUST, STOCK_COUNT, STOCK_ISSUE, STOCK_MOVE, STOCK_RECEIVE, STOCK_RESERVE, STOCK_SET_STATUS};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_stock))
        .routes(routes!(list_stock_movements))
        .routes(routes!(list_stock_reservations))
        .routes(routes!(reconcile_stock))
        .routes(routes!(receive_stock))
        .routes(routes!(issue_stock))
        .routes(routes!(move_stock))
        .routes(routes!(count_stock))
        .routes(routes!(list_stock_counts))
        .routes(routes!(decide_stock_count))
        .routes(routes!(adjust_stock))
        .routes(routes!(set_stock_status))
        .routes(routes!(reserve_stock))
        .routes(routes!(unreserve_stock))
}

/// Stock of the plants within reach, by item and place.
#[utoipa::path(get, path = "/stock", tag = "Stock", params(StockFilter, PageQuery), responses((status = 200, body = Paged<Stock>)),
    extensions(("x-permission" = json!("inventory.stock.read"))))]
async fn list_stock(State(app): State<App>, caller: Caller, page: Page, Query(filter): Query<StockFilter>) -> Result<Json<Paged<Stock>>> {
    let mut tx = app.read(&caller).await?;
    let found = listing::list(&mut tx, &filter, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// The ledger of movements, the newest first.
#[utoipa::path(get, path = "/stock/movements", tag = "Stock", params(MovementFilter, PageQuery),
    responses((status = 200, body = Paged<MovementLine>)), extensions(("x-permission" = json!("inventory.stock.read"))))]
async fn list_stock_movements(
    State(app): State<App>,
    caller: Caller,
    page: Page,
    Query(filter): Query<MovementFilter>,
) -> Result<Json<Paged<MovementLine>>> {
    let mut tx = app.read(&caller).await?;
    let found = listing::movements(&mut tx, &filter, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// What is promised to orders, the oldest promise first.
#[utoipa::path(get, path = "/stock/reservations", tag = "Stock", params(PromiseFilter, PageQuery),
    responses((status = 200, body = Paged<Promise>)), extensions(("x-permission" = json!("inventory.stock.read"))))]
async fn list_stock_reservations(
    State(app): State<App>,
    caller: Caller,
    page: Page,
    Query(filter): Query<PromiseFilter>,
) -> Result<Json<Paged<Promise>>> {
    let mut tx = app.read(&caller).await?;
    let found = listing::promises(&mut tx, &filter, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Whether stock is what the ledger adds up to. Nothing is mended: a difference wants to be looked at.
#[utoipa::path(get, path = "/stock/reconcile", tag = "Stock", params(ReconcileFilter), responses((status = 200, body = Reconciled)),
    extensions(("x-permission" = json!("inventory.stock.read"))))]
async fn reconcile_stock(State(app): State<App>, caller: Caller, Query(filter): Query<ReconcileFilter>) -> Result<Json<Reconciled>> {
    let mut tx = app.read(&caller).await?;
    let found = reconcile::reconcile(&mut tx, &filter).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Take material in. Its lot and serials are made where there are none yet.
#[utoipa::path(post, path = "/stock/receive", tag = "Stock", request_body = Receive, responses((status = 200, body = Done)),
    extensions(("x-permission" = json!("inventory.stock.receive"))))]
async fn receive_stock(State(app): State<App>, caller: Caller, body: Unread<Receive>) -> Result<Json<Done>> {
    caller.require_somewhere(STOCK_RECEIVE)?;
    let body = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let done = moving::receive(&mut tx, &body).await?;
    tx.commit().await?;
    Ok(Json(done))
}

/// Give material out, what expires first before what lasts, or throw it away.
#[utoipa::path(post, path = "/stock/issue", tag = "Stock", request_body = Issue, responses((status = 200, body = Done)),
    extensions(("x-permission" = json!("inventory.stock.issue"))))]
async fn issue_stock(State(app): State<App>, caller: Caller, body: Unread<Issue>) -> Result<Json<Done>> {
    caller.require_somewhere(STOCK_ISSUE)?;
    let body = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let done = moving::issue(&mut tx, &body).await?;
    tx.commit().await?;
    Ok(Json(done))
}

/// Put material elsewhere: some of it, or a license plate with all that is on it.
#[utoipa::path(post, path = "/stock/move", tag = "Stock", request_body = StockMove, responses((status = 200, body = Done)),
    extensions(("x-permission" = json!("inventory.stock.move"))))]
async fn move_stock(State(app): State<App>, caller: Caller, body: Unread<StockMove>) -> Result<Json<Done>> {
    caller.require_somewhere(STOCK_MOVE)?;
    let body = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let done = moving::move_stock(&mut tx, &body).await?;
    tx.commit().await?;
    Ok(Json(done))
}

/// Write down what was counted at a place: stock is that now, and the ledger has the difference.
#[utoipa::path(post, path = "/stock/count", tag = "Stock", request_body = Count, responses((status = 200, body = CountDone)),
    extensions(("x-permission" = json!("inventory.stock.count"))))]
async fn count_stock(State(app): State<App>, caller: Caller, body: Unread<Count>) -> Result<Json<CountDone>> {
    caller.require_somewhere(STOCK_COUNT)?;
    let body = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let done = counting::count(&mut tx, &body).await?;
    tx.commit().await?;
    Ok(Json(done))
}

/// Counts that differ more than their place lets pass, the newest first: those that wait, and what became of others.
#[utoipa::path(get, path = "/stock/counts", tag = "Stock", params(CountFilter, PageQuery), responses((status = 200, body = Paged<HeldCount>)),
    extensions(("x-permission" = json!("inventory.stock.read"))))]
async fn list_stock_counts(
    State(app): State<App>,
    caller: Caller,
    page: Page,
    Query(filter): Query<CountFilter>,
) -> Result<Json<Paged<HeldCount>>> {
    let mut tx = app.read(&caller).await?;
    let found = approving::list(&mut tx, &filter, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Approve or reject a count that waits. Nobody approves what they have counted themselves.
#[utoipa::path(post, path = "/stock/counts/{id}/decide", tag = "Stock", params(("id" = Uuid, Path, description = "The count.")),
    request_body = Decide, responses((status = 200, body = HeldCount)), extensions(("x-permission" = json!("inventory.stock.adjust"))))]
async fn decide_stock_count(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Decide>) -> Result<Json<HeldCount>> {
    caller.require_somewhere(STOCK_ADJUST)?;
    let body = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let done = approving::decide(&mut tx, id, &body).await?;
    tx.commit().await?;
    Ok(Json(done))
}

/// Correct stock without a count, with a reason.
#[utoipa::path(post, path = "/stock/adjust", tag = "Stock", request_body = Adjust, responses((status = 200, body = Done)),
    extensions(("x-permission" = json!("inventory.stock.adjust"))))]
async fn adjust_stock(State(app): State<App>, caller: Caller, body: Unread<Adjust>) -> Result<Json<Done>> {
    caller.require_somewhere(STOCK_ADJUST)?;
    let body = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let done = counting::adjust(&mut tx, &body).await?;
    tx.commit().await?;
    Ok(Json(done))
}

/// Block material, put it into quarantine, or release it: a whole lot, a piece, or some stock at a place.
#[utoipa::path(post, path = "/stock/set-status", tag = "Stock", request_body = SetStatus, responses((status = 200, body = Done)),
    extensions(("x-permission" = json!("inventory.stock.set_status"))))]
async fn set_stock_status(State(app): State<App>, caller: Caller, body: Unread<SetStatus>) -> Result<Json<Done>> {
    caller.require_somewhere(STOCK_SET_STATUS)?;
    let body = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let done = status::set_status(&mut tx, &body).await?;
    tx.commit().await?;
    Ok(Json(done))
}

/// Promise stock to an order, as far as there is enough; what is missing is in the answer.
#[utoipa::path(post, path = "/stock/reserve", tag = "Stock", request_body = Reserve, responses((status = 200, body = Vec<Available>)),
    extensions(("x-permission" = json!("inventory.stock.reserve"))))]
async fn reserve_stock(State(app): State<App>, caller: Caller, body: Unread<Reserve>) -> Result<Json<Vec<Available>>> {
    caller.require_somewhere(STOCK_RESERVE)?;
    let body = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let done = reserving::reserve(&mut tx, &body).await?;
    tx.commit().await?;
    Ok(Json(done))
}

/// Free what is promised to an order.
#[utoipa::path(post, path = "/stock/unreserve", tag = "Stock", request_body = Unreserve, responses((status = 200, body = Unreserved)),
    extensions(("x-permission" = json!("inventory.stock.reserve"))))]
async fn unreserve_stock(State(app): State<App>, caller: Caller, body: Unread<Unreserve>) -> Result<Json<Unreserved>> {
    caller.require_somewhere(STOCK_RESERVE)?;
    let body = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let done = reserving::unreserve(&mut tx, &body).await?;
    tx.commit().await?;
    Ok(Json(done))
}
