//! What is done with orders over HTTP, beside their declared records.

use axum::extract::State;
use axum::{Extension, Json};
use inventory::actions::{Available, availability};
use platform::caller::Scope;
use platform::http::{App, OpenApiRouter, Path, Problem, Unread, routes};
use platform::ids::PlantId;
use platform::places::seen;
use platform::resource::{Kinds, Record as _};
use platform::{Caller, Error, Permission, Result};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::{self, Note, ORDER_CANCEL, ORDER_HOLD, ORDER_SPLIT, OrderStanding};
use super::freeze::{self, Released};
use super::from_plan::{self, PlanRelease, PlanReleased};
use super::parts::{self, Merge, Rework, Split};
use super::record::ProductionOrder;
use super::upsert::{self, ORDER_PLAN, Plan, Upsert, Upserted};

/// The operations; `kinds` are all kinds of the program.
pub(crate) fn routes(kinds: &Kinds) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(upsert_erp_orders))
        .routes(routes!(plan_production_order))
        .routes(routes!(release_scenario_orders))
        .routes(routes!(release_manufacturing_order))
        .routes(routes!(hold_manufacturing_order))
        .routes(routes!(resume_manufacturing_order))
        .routes(routes!(close_manufacturing_order))
        .routes(routes!(cancel_manufacturing_order))
        .routes(routes!(split_manufacturing_order))
        .routes(routes!(merge_manufacturing_order))
        .routes(routes!(rework_manufacturing_order))
        .routes(routes!(read_order_components))
        .routes(routes!(read_order_availability))
        .layer(Extension(kinds.clone()))
}

/// Make or change production orders by what an ERP calls them, at most 1,000. What is wrong with one keeps no other from being taken.
#[utoipa::path(post, path = "/production-orders/upsert", tag = "Production orders", request_body = Upsert,
    responses((status = 200, body = Upserted),
        (status = 404, description = "No such plant, or none that you may see.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("production.production_order.create"))))]
async fn upsert_erp_orders(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    body: Unread<Upsert>,
) -> Result<Json<Upserted>> {
    caller.require_somewhere(ProductionOrder::kind().verbs.create)?;
    let asked = body.read().await?;
    seen(&app, &caller, asked.plant_id).await?;
    let mut tx = app.begin(&caller).await?;
    let done = upsert::upsert(&mut tx, &kinds, asked).await?;
    tx.commit().await?;
    Ok(Json(done))
}

/// Make manufacturing orders for what of a production order none is made for yet.
#[utoipa::path(post, path = "/production-orders/{id}/plan", tag = "Production orders", params(("id" = Uuid, Path, description = "The production order.")),
    request_body = Plan, responses((status = 200, body = Vec<OrderStanding>)),
    extensions(("x-permission" = json!("production.production_order.plan"))))]
async fn plan_production_order(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Unread<Plan>,
) -> Result<Json<Vec<OrderStanding>>> {
    let mut tx = app.begin(&caller).await?;
    let plant = platform::resource::find(&mut tx, ProductionOrder::kind(), id).await?;
    let plant = plant.and_then(|record| record.get("plant_id")?.as_str()?.parse::<Uuid>().ok()).map(PlantId);
    let plant = plant.filter(|plant| caller.may(ProductionOrder::kind().verbs.read, Scope::Plant(*plant)));
    tx.require(ORDER_PLAN, Scope::Plant(plant.ok_or_else(|| Error::not_found("production order"))?))?;
    let asked = body.read().await?;
    let made = upsert::plan(&mut tx, &kinds, id, &asked).await?;
    tx.commit().await?;
    Ok(Json(made))
}

/// Make orders of what an approved plan finishes on these days; asking again makes nothing twice.
#[utoipa::path(post, path = "/scenarios/{id}/release-orders", tag = "Production orders", params(("id" = Uuid, Path, description = "The scenario.")),
    request_body = PlanRelease, responses((status = 200, body = PlanReleased)),
    extensions(("x-permission" = json!("production.production_order.plan"))))]
async fn release_scenario_orders(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Unread<PlanRelease>,
) -> Result<Json<PlanReleased>> {
    let mut tx = app.begin(&caller).await?;
    from_plan::may(&mut tx, id).await?;
    let asked = body.read().await?;
    let done = from_plan::release(&mut tx, &kinds, id, &asked).await?;
    tx.commit().await?;
    Ok(Json(done))
}

/// Release an order: its bill of material and routing become its own, its jobs are made, material is promised to it.
#[utoipa::path(post, path = "/manufacturing-orders/{id}/release", tag = "Manufacturing orders",
    params(("id" = Uuid, Path, description = "The manufacturing order.")), responses((status = 200, body = Released)),
    extensions(("x-permission" = json!("production.manufacturing_order.release"))))]
async fn release_manufacturing_order(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Released>> {
    let mut tx = app.begin(&caller).await?;
    let done = freeze::release(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(done))
}

/// Hold an order: none of its jobs begins.
#[utoipa::path(post, path = "/manufacturing-orders/{id}/hold", tag = "Manufacturing orders",
    params(("id" = Uuid, Path, description = "The manufacturing order.")), request_body = Note, responses((status = 200, body = OrderStanding)),
    extensions(("x-permission" = json!("production.manufacturing_order.hold"))))]
async fn hold_manufacturing_order(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Unread<Note>,
) -> Result<Json<OrderStanding>> {
    allowed(&app, &caller, id, ORDER_HOLD).await?;
    let note = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let order = actions::hold(&mut tx, id, note).await?;
    tx.commit().await?;
    Ok(Json(order.into()))
}

/// Let a held order go on.
#[utoipa::path(post, path = "/manufacturing-orders/{id}/resume", tag = "Manufacturing orders",
    params(("id" = Uuid, Path, description = "The manufacturing order.")), responses((status = 200, body = OrderStanding)),
    extensions(("x-permission" = json!("production.manufacturing_order.hold"))))]
async fn resume_manufacturing_order(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<OrderStanding>> {
    let mut tx = app.begin(&caller).await?;
    let order = actions::resume(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(order.into()))
}

/// Close an order, also where fewer were made than wanted: nothing is reported on it any more.
#[utoipa::path(post, path = "/manufacturing-orders/{id}/close", tag = "Manufacturing orders",
    params(("id" = Uuid, Path, description = "The manufacturing order.")), responses((status = 200, body = OrderStanding)),
    extensions(("x-permission" = json!("production.manufacturing_order.close"))))]
async fn close_manufacturing_order(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<OrderStanding>> {
    let mut tx = app.begin(&caller).await?;
    let order = actions::close(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(order.into()))
}

/// Give an order up on which nothing was reported.
#[utoipa::path(post, path = "/manufacturing-orders/{id}/cancel", tag = "Manufacturing orders",
    params(("id" = Uuid, Path, description = "The manufacturing order.")), request_body = Note, responses((status = 200, body = OrderStanding)),
    extensions(("x-permission" = json!("production.manufacturing_order.cancel"))))]
async fn cancel_manufacturing_order(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Unread<Note>,
) -> Result<Json<OrderStanding>> {
    allowed(&app, &caller, id, ORDER_CANCEL).await?;
    let note = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let order = actions::cancel(&mut tx, id, note).await?;
    tx.commit().await?;
    Ok(Json(order.into()))
}

/// What came of a split.
#[derive(Debug, Serialize, ToSchema)]
struct OrderParts {
    /// What is left of the order.
    order: OrderStanding,
    /// The new one.
    new: OrderStanding,
}

/// Take units that nobody has reported yet out of an order into a new one.
#[utoipa::path(post, path = "/manufacturing-orders/{id}/split", tag = "Manufacturing orders",
    params(("id" = Uuid, Path, description = "The manufacturing order.")), request_body = Split, responses((status = 200, body = OrderParts)),
    extensions(("x-permission" = json!("production.manufacturing_order.split"))))]
async fn split_manufacturing_order(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Unread<Split>,
) -> Result<Json<OrderParts>> {
    allowed(&app, &caller, id, ORDER_SPLIT).await?;
    let asked = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let (order, new) = parts::split(&mut tx, id, &asked).await?;
    tx.commit().await?;
    Ok(Json(OrderParts { order: order.into(), new: new.into() }))
}

/// Make other orders part of this one, which is then as much as all of them.
#[utoipa::path(post, path = "/manufacturing-orders/{id}/merge", tag = "Manufacturing orders",
    params(("id" = Uuid, Path, description = "The manufacturing order.")), request_body = Merge, responses((status = 200, body = OrderStanding)),
    extensions(("x-permission" = json!("production.manufacturing_order.split"))))]
async fn merge_manufacturing_order(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Unread<Merge>,
) -> Result<Json<OrderStanding>> {
    allowed(&app, &caller, id, ORDER_SPLIT).await?;
    let asked = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let order = parts::merge(&mut tx, id, &asked).await?;
    tx.commit().await?;
    Ok(Json(order.into()))
}

/// Make an order that makes units of this one again.
#[utoipa::path(post, path = "/manufacturing-orders/{id}/rework", tag = "Manufacturing orders",
    params(("id" = Uuid, Path, description = "The manufacturing order.")), request_body = Rework, responses((status = 200, body = OrderStanding)),
    extensions(("x-permission" = json!("production.manufacturing_order.split"))))]
async fn rework_manufacturing_order(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Unread<Rework>,
) -> Result<Json<OrderStanding>> {
    allowed(&app, &caller, id, ORDER_SPLIT).await?;
    let asked = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let order = parts::rework(&mut tx, id, &asked).await?;
    tx.commit().await?;
    Ok(Json(order.into()))
}

/// What goes into an order or comes out beside its item.
#[derive(Debug, Serialize, ToSchema)]
struct OrderComponent {
    /// The component.
    id: Uuid,
    /// Its place.
    #[schema(example = 10)]
    position: i32,
    /// input, co_product or by_product.
    #[schema(example = "input")]
    kind: String,
    /// The item.
    item_id: Uuid,
    /// Its part number.
    #[schema(example = "CAP-470")]
    item_code: String,
    /// Its name.
    #[schema(example = "Capacitor 470 µF")]
    item_name: String,
    /// Its unit, as labels print it.
    #[schema(example = "pcs")]
    unit: String,
    /// For one unit made, what is lost on the way included.
    #[schema(value_type = String, example = "2.04")]
    quantity_per: Decimal,
    /// For the whole order.
    #[schema(value_type = String, example = "979.2")]
    quantity: Decimal,
    /// Taken or made so far.
    #[schema(value_type = String, example = "244.8")]
    moved: Decimal,
    /// Where it goes: R1, R2.
    reference_designators: Option<String>,
}

/// What goes into an order and comes out beside its item, as it was fixed at release.
#[utoipa::path(get, path = "/manufacturing-orders/{id}/components", tag = "Manufacturing orders",
    params(("id" = Uuid, Path, description = "The manufacturing order.")), responses((status = 200, body = Vec<OrderComponent>)),
    extensions(("x-permission" = json!("production.manufacturing_order.read"))))]
async fn read_order_components(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Vec<OrderComponent>>> {
    let mut tx = app.read(&caller).await?;
    actions::find(&mut tx, id, false).await?;
    let organization = tx.caller().organization;
    let sql =
        "select c.id, c.position, c.kind, c.item_id, i.code, i.name, u.symbol, c.quantity_per, c.quantity, c.moved, c.reference_designators
        from order_components c
        join items i on i.organization_id = $1 and i.id = c.item_id
        join units u on u.organization_id = $1 and u.id = i.unit_id
        where c.organization_id = $1 and c.manufacturing_order_id = $2 order by c.position";
    let rows = tx.query(sql, &[&organization, &id]).await?;
    tx.commit().await?;
    let one = |row: &tokio_postgres::Row| OrderComponent {
        id: row.get(0),
        position: row.get(1),
        kind: row.get(2),
        item_id: row.get(3),
        item_code: row.get(4),
        item_name: row.get(5),
        unit: row.get(6),
        quantity_per: row.get::<_, Decimal>(7).normalize(),
        quantity: row.get::<_, Decimal>(8).normalize(),
        moved: row.get::<_, Decimal>(9).normalize(),
        reference_designators: row.get(10),
    };
    Ok(Json(rows.iter().map(one).collect()))
}

/// Whether there is material for what of an order is left to make.
#[utoipa::path(get, path = "/manufacturing-orders/{id}/availability", tag = "Manufacturing orders",
    params(("id" = Uuid, Path, description = "The manufacturing order.")), responses((status = 200, body = Vec<Available>)),
    extensions(("x-permission" = json!("production.manufacturing_order.read"))))]
async fn read_order_availability(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Vec<Available>>> {
    let mut tx = app.read(&caller).await?;
    let order = actions::find(&mut tx, id, false).await?;
    let organization = tx.caller().organization;
    let sql = "select item_id, sum(greatest(quantity - moved, 0)) from order_components
        where organization_id = $1 and manufacturing_order_id = $2 and kind = 'input' group by item_id order by item_id";
    let rows = tx.query(sql, &[&organization, &id]).await?;
    let needs: Vec<(Uuid, Decimal)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let found = availability(&mut tx, order.plant, id, &needs).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Whether the caller may do this with an order: asked before anything that was sent is looked at.
async fn allowed(app: &App, caller: &Caller, id: Uuid, permission: Permission) -> Result<()> {
    let mut tx = app.read(caller).await?;
    let order = actions::find(&mut tx, id, false).await?;
    tx.commit().await?;
    caller.require(permission, Scope::Plant(order.plant))
}
