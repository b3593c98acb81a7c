//! Paper of the shop floor over HTTP.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use inventory::labels::LabelSubject;
use inventory::labels::bind::Values;
use inventory::labels::http::{LabelQuery, print};
use platform::http::{App, OpenApiRouter, Path, Query, routes};
use platform::language::Language;
use platform::{Caller, Result};
use rust_decimal::Decimal;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{Letterhead, amount, as_built, traveller};
use crate::orders::actions;

/// The operations.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(print_traveller)).routes(routes!(print_order_label)).routes(routes!(print_as_built))
}

/// In which language a paper is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PaperQuery {
    /// en, es or de; as `Accept-Language` says, else as the plant has decided.
    #[param(inline)]
    language: Option<Language>,
}

/// The traveller of a manufacturing order: what goes with it from line to line (PDF).
#[utoipa::path(get, path = "/manufacturing-orders/{id}/traveller", tag = "Manufacturing orders",
    params(("id" = Uuid, Path, description = "The order."), PaperQuery), responses((status = 200, body = Vec<u8>, content_type = "application/pdf")),
    extensions(("x-permission" = json!("production.manufacturing_order.read"))))]
async fn print_traveller(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(query): Query<PaperQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut tx = app.read(&caller).await?;
    let document = traveller::document(&mut tx, id, Language::of_request(query.language, &headers)).await?;
    tx.commit().await?;
    inventory::documents::answer(&document, &document.title)
}

/// The label of a manufacturing order: a picture, for a label printer, or PDF.
#[utoipa::path(get, path = "/manufacturing-orders/{id}/label", tag = "Labels", params(("id" = Uuid, Path, description = "The order."), LabelQuery),
    responses((status = 200, content((String = "image/svg+xml"), (String = "application/zpl"), (Vec<u8> = "application/pdf")))),
    extensions(("x-permission" = json!("production.manufacturing_order.read"))))]
async fn print_order_label(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(query): Query<LabelQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let language = query.language(&headers);
    let mut tx = app.read(&caller).await?;
    let order = actions::find(&mut tx, id, false).await?;
    let head = Letterhead::of(&mut tx, order.plant, language).await?;
    let organization = tx.caller().organization;
    let sql = "select i.code, i.name, i.revision, i.gtin, u.symbol, o.quantity, o.due_at, o.lot_code,
            (select l.name from jobs j join lines l on l.organization_id = $1 and l.id = j.line_id
                where j.organization_id = $1 and j.manufacturing_order_id = o.id and j.status not in ('completed', 'cancelled')
                order by j.number, j.part limit 1)
        from manufacturing_orders o
        join items i on i.organization_id = $1 and i.id = o.item_id
        join units u on u.organization_id = $1 and u.id = i.unit_id
        where o.organization_id = $1 and o.id = $2";
    let row = tx.query_one(sql, &[&organization, &id]).await?;
    let text = |index: usize| row.get::<_, Option<String>>(index).unwrap_or_default();
    let quantity = query.quantity.unwrap_or_else(|| row.get::<_, Decimal>(5));
    let day = |at: jiff::Timestamp| at.to_zoned(head.zone.clone()).date().to_string();
    let values = Values::from([
        ("plant", head.code.clone()),
        ("printed_on", day(tx.now())),
        ("item", text(0)),
        ("item_name", text(1)),
        ("revision", text(2)),
        ("gtin", text(3)),
        ("unit", text(4)),
        ("order", order.code),
        ("quantity", amount(quantity)),
        ("due_on", day(row.get(6))),
        ("lot", text(7)),
        ("line", text(8)),
    ]);
    let answer = print(&mut tx, LabelSubject::Traveller, order.plant, &values, &query, language).await?;
    tx.commit().await?;
    Ok(answer)
}

/// The as-built record of a piece: how and by whom it was made, what was measured, everything that went into it (PDF).
#[utoipa::path(get, path = "/serials/{id}/as-built", tag = "Genealogy",
    params(("id" = Uuid, Path, description = "The serial."), PaperQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf")), extensions(("x-permission" = json!("inventory.genealogy.read"))))]
async fn print_as_built(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(query): Query<PaperQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut tx = app.read(&caller).await?;
    let (serial, document) = as_built::document(&mut tx, id, Language::of_request(query.language, &headers)).await?;
    tx.commit().await?;
    inventory::documents::answer(&document, &format!("as-built-{serial}"))
}
