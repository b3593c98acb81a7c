//! Labels over HTTP: of lots, serials, license plates and places, and a preview of every template.

use axum::extract::State;
use axum::response::Response;
use gs1::{pdf, svg, zpl};
use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use platform::caller::Scope;
use platform::error::Kind as Family;
use platform::http::{App, OpenApiRouter, Path, Query, routes};
use platform::ids::PlantId;
use platform::language::Language;
use platform::resource::{self, Record as _};
use platform::{Caller, Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::bind::{self, Values};
use super::fields::{self, Bound};
use super::template::{LabelSubject, LabelTemplate, LabelTemplateId};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(print_lot_label))
        .routes(routes!(print_serial_label))
        .routes(routes!(print_license_plate_label))
        .routes(routes!(print_location_label))
        .routes(routes!(preview_label_template))
}

/// In which form a label is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelForm {
    /// A picture for the screen.
    #[default]
    Svg,
    /// Commands for a label printer (ZPL II).
    Zpl,
    /// PDF, a page for each copy.
    Pdf,
}

/// How a label is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LabelQuery {
    /// svg (a picture, where nothing is said), zpl (for a label printer) or pdf.
    #[param(inline, example = "zpl")]
    pub format: Option<LabelForm>,
    /// The template; the plant's, the organization's or the standard one where nothing is said.
    pub template_id: Option<Uuid>,
    /// How many; a picture shows one.
    #[param(minimum = 1, maximum = 500, default = 1, example = 1)]
    pub copies: Option<u32>,
    /// How much is in the package that it is stuck on, for labels of lots.
    #[param(value_type = Option<String>, example = "500")]
    pub quantity: Option<Decimal>,
    /// en, es or de; as `Accept-Language` says, else as the plant has decided. Texts of an own template stay as they are; words that it fills in are of the language.
    #[param(inline)]
    pub language: Option<Language>,
}

impl LabelQuery {
    /// The language that is wanted, if one is.
    pub fn language(&self, headers: &HeaderMap) -> Option<Language> {
        Language::of_request(self.language, headers)
    }
}

/// Labels of one order at most.
const COPIES: u32 = 500;

/// A label of this kind with these values, in the form that is wanted, with the template that is asked for or usual there. For contexts that have
/// labels of their own things.
///
/// # Errors
/// 404 for a template that is not there; 409 `label_unfit` where a value does not go into a bar code; 400 for too many copies.
pub async fn print(
    tx: &mut Tx,
    subject: LabelSubject,
    plant: PlantId,
    values: &Values,
    query: &LabelQuery,
    language: Option<Language>,
) -> Result<Response> {
    let language = factory::plants::language(tx, plant, language).await?;
    let template = fields::template(tx, subject, plant, query.template_id, language).await?;
    drawn(&template, values, query, language)
}

fn drawn(template: &LabelTemplate, values: &Values, query: &LabelQuery, language: Language) -> Result<Response> {
    let copies = query.copies.unwrap_or(1);
    if !(1..=COPIES).contains(&copies) {
        return Err(Error::new(Family::Malformed, "bad_parameter", format!("copies: found {copies}, expected 1 to {COPIES}")));
    }
    let unfit = |fault: bind::Fault| {
        let pointer = format!("/elements/{}/says", fault.element);
        let mut error = Error::conflict("label_unfit", format!("element {} of the label: {}", fault.element + 1, fault.says));
        error.fields = vec![FieldError::new(pointer, "label_unfit", fault.says)];
        error
    };
    let label = bind::lay_out(template, values, language).map_err(unfit)?;
    let name = "label";
    match query.format.unwrap_or_default() {
        LabelForm::Svg => file("image/svg+xml", name, "svg", svg::label(&label).into_bytes()),
        LabelForm::Zpl => {
            let density = zpl::Density::of_dpi(template.dpi).unwrap_or(zpl::Density::Dpi203);
            file("application/zpl", name, "zpl", zpl::label(&label, density, copies).into_bytes())
        }
        LabelForm::Pdf => {
            let count = usize::try_from(copies).unwrap_or(1);
            file("application/pdf", name, "pdf", pdf::labels(&template.name, &vec![label; count]))
        }
    }
}

fn file(media: &'static str, name: &str, extension: &str, content: Vec<u8>) -> Result<Response> {
    let shown = format!("inline; filename=\"{name}.{extension}\"");
    Response::builder().header(CONTENT_TYPE, media).header(CONTENT_DISPOSITION, shown).body(content.into()).map_err(Error::internal)
}

async fn answered(mut tx: Tx, subject: LabelSubject, bound: Bound, query: &LabelQuery, language: Option<Language>) -> Result<Response> {
    let answer = print(&mut tx, subject, bound.plant, &bound.values, query, language).await?;
    tx.commit().await?;
    Ok(answer)
}

/// The label of a lot: a picture, for a label printer, or PDF.
#[utoipa::path(get, path = "/lots/{id}/label", tag = "Labels", params(("id" = Uuid, Path, description = "The lot."), LabelQuery),
    responses((status = 200, content((String = "image/svg+xml"), (String = "application/zpl"), (Vec<u8> = "application/pdf")))),
    extensions(("x-permission" = json!("inventory.lot.read"))))]
async fn print_lot_label(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(query): Query<LabelQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let language = query.language(&headers);
    let mut tx = app.read(&caller).await?;
    let bound = fields::of_lot(&mut tx, id, query.quantity).await?;
    answered(tx, LabelSubject::Lot, bound, &query, language).await
}

/// The label of a piece: a picture, for a label printer, or PDF.
#[utoipa::path(get, path = "/serials/{id}/label", tag = "Labels", params(("id" = Uuid, Path, description = "The serial."), LabelQuery),
    responses((status = 200, content((String = "image/svg+xml"), (String = "application/zpl"), (Vec<u8> = "application/pdf")))),
    extensions(("x-permission" = json!("inventory.serial.read"))))]
async fn print_serial_label(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(query): Query<LabelQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let language = query.language(&headers);
    let mut tx = app.read(&caller).await?;
    let bound = fields::of_serial(&mut tx, id).await?;
    answered(tx, LabelSubject::Serial, bound, &query, language).await
}

/// The label of a license plate: a picture, for a label printer, or PDF.
#[utoipa::path(get, path = "/license-plates/{id}/label", tag = "Labels",
    params(("id" = Uuid, Path, description = "The license plate."), LabelQuery),
    responses((status = 200, content((String = "image/svg+xml"), (String = "application/zpl"), (Vec<u8> = "application/pdf")))),
    extensions(("x-permission" = json!("inventory.license_plate.read"))))]
async fn print_license_plate_label(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(query): Query<LabelQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let language = query.language(&headers);
    let mut tx = app.read(&caller).await?;
    let bound = fields::of_license_plate(&mut tx, id).await?;
    answered(tx, LabelSubject::LicensePlate, bound, &query, language).await
}

/// The label of a place: a picture, for a label printer, or PDF.
#[utoipa::path(get, path = "/locations/{id}/label", tag = "Labels", params(("id" = Uuid, Path, description = "The place."), LabelQuery),
    responses((status = 200, content((String = "image/svg+xml"), (String = "application/zpl"), (Vec<u8> = "application/pdf")))),
    extensions(("x-permission" = json!("inventory.location.read"))))]
async fn print_location_label(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(query): Query<LabelQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let language = query.language(&headers);
    let mut tx = app.read(&caller).await?;
    let bound = fields::of_location(&mut tx, id).await?;
    answered(tx, LabelSubject::Location, bound, &query, language).await
}

/// A template with examples for its fields: how it will look.
#[utoipa::path(get, path = "/label-templates/{id}/preview", tag = "Labels",
    params(("id" = Uuid, Path, description = "The template."), LabelQuery),
    responses((status = 200, content((String = "image/svg+xml"), (String = "application/zpl"), (Vec<u8> = "application/pdf")))),
    extensions(("x-permission" = json!("inventory.label_template.read"))))]
async fn preview_label_template(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<LabelTemplateId>,
    Query(query): Query<LabelQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut tx = app.read(&caller).await?;
    let kind = LabelTemplate::kind();
    let hidden = || Error::not_found(&kind.noun());
    let record = resource::find(&mut tx, kind, id.0).await?.ok_or_else(hidden)?;
    tx.commit().await?;
    let template: LabelTemplate = serde_json::from_value(Value::Object(record.clone())).map_err(Error::internal)?;
    let place = template.plant_id.map_or(Scope::Organization, Scope::Plant);
    // What belongs to all plants is seen by whoever may see such things in one.
    let may = caller.may(kind.verbs.read, place) || (template.plant_id.is_none() && caller.may_somewhere(kind.verbs.read));
    if !may || !resource::visible(&caller, kind, &record) {
        return Err(hidden());
    }
    drawn(&template, &bind::examples(template.subject), &query, query.language(&headers).unwrap_or_default())
}
