//! Results as files: for whoever works on with a spreadsheet or a program, and for whoever takes them into a meeting.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use line_plan::{Language, PlanDocument, say};
use platform::caller::Scope;
use platform::http::{App, OpenApiRouter, Problem, Query, routes};
use platform::resource::{Record as _, Sheet};
use platform::{Caller, Error, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::results::{bad_parameter, computed, language};
use crate::results;
use crate::scenarios::actions::{self, Standing};
use crate::scenarios::record::{Scenario, ScenarioId};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export_report))
}

/// What a report looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReportFormat {
    /// The result workbook, with charts and one sheet for each area.
    #[default]
    Xlsx,
    /// What is made where, one row for each line, model and period.
    Csv,
    /// The whole result, gemba.plan-result/1.
    Json,
    /// A report to print and to send, with the organization's colours.
    Pdf,
    /// Slides for a meeting.
    Pptx,
}

/// How much a PDF tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReportKind {
    /// Two pages for those who decide.
    #[default]
    Executive,
    /// Everything: each line, each unmet demand.
    Plant,
}

impl ReportFormat {
    fn media(self) -> &'static str {
        match self {
            ReportFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ReportFormat::Csv => "text/csv; charset=utf-8",
            ReportFormat::Json => "application/json",
            ReportFormat::Pdf => "application/pdf",
            ReportFormat::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            ReportFormat::Xlsx => "xlsx",
            ReportFormat::Csv => "csv",
            ReportFormat::Json => "json",
            ReportFormat::Pdf => "pdf",
            ReportFormat::Pptx => "pptx",
        }
    }
}

/// Which document is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Two pages, as a PDF.
    Executive,
    /// Everything of a plant, as a PDF.
    Plant,
    /// Slides.
    Slides,
}

/// What is printed beside the plan.
#[derive(Clone, Debug)]
pub struct Print {
    /// Which document.
    pub form: Form,
    /// The scenario's name.
    pub title: String,
    /// Plant, version, state.
    pub subtitle: String,
    /// The organization's name.
    pub organization: String,
    /// Its colour, if it chose one.
    pub colour: Option<String>,
    /// Its logo in base64, if it gave one.
    pub logo: Option<String>,
}

/// What makes documents of results: a part of the server's [`App`], because nothing here knows how pages are set.
#[derive(Clone)]
#[allow(clippy::type_complexity)]
pub struct Printer(pub Arc<dyn Fn(&PlanDocument, &Print) -> Result<Vec<u8>> + Send + Sync>);

/// Which report is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// The scenario.
    #[param(required = true)]
    scenario: Option<Uuid>,
    /// Its version; the newest that was optimized unless given.
    #[param(minimum = 1, example = 1)]
    version: Option<i64>,
    /// xlsx, csv, json, pdf or pptx.
    #[serde(default)]
    #[param(inline)]
    format: ReportFormat,
    /// Of a PDF: executive or plant.
    #[serde(default)]
    #[param(inline)]
    report: ReportKind,
    /// en, es or de; as `Accept-Language` says, else English.
    #[param(example = "en")]
    language: Option<String>,
}

/// A result as a file. The trail tells who took it.
#[utoipa::path(get, path = "/reports/export", tag = "Reports", params(ReportQuery),
    responses((status = 200, description = "The file.", content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/csv"), (Object = "application/json"),
        (String = "application/vnd.openxmlformats-officedocument.presentationml.presentation"))),
        (status = 404, description = "No such scenario or version, or not optimized yet.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("planning.scenario.export"))))]
async fn export_report(State(app): State<App>, caller: Caller, query: Result<Query<ReportQuery>>, headers: HeaderMap) -> Result<Response> {
    let export = Scenario::kind().verbs.export;
    if !caller.may_somewhere(export) {
        return Err(caller.refusal(export, Scope::Organization));
    }
    let Query(asked) = query?;
    let language = language(asked.language.as_deref(), &headers)?;
    let id = asked.scenario.ok_or_else(|| bad_parameter("scenario: name the scenario whose result is wanted".into()))?;
    // The trail is written in the same transaction, so it is no reading one.
    let mut tx = app.begin(&caller).await?;
    let scenario = actions::find(&mut tx, ScenarioId(id), false).await?;
    tx.require(export, Scope::Plant(scenario.plant))?;
    let found = results::newest(&mut tx, &scenario, asked.version).await?;
    let detail = json!({ "format": asked.format, "version": found.version, "name": scenario.name });
    let noted = "select gemba.audit('scenario.exported', 'scenario', $1, $2, 'success', $3)";
    tx.query(noted, &[&scenario.id, &scenario.plant, &detail]).await?;
    let print = printed(&mut tx, &scenario, found.version, language).await?;
    tx.commit().await?;
    let (format, version) = (asked.format, found.version);
    let form = match (format, asked.report) {
        (ReportFormat::Pptx, _) => Some(Form::Slides),
        (ReportFormat::Pdf, ReportKind::Executive) => Some(Form::Executive),
        (ReportFormat::Pdf, ReportKind::Plant) => Some(Form::Plant),
        _ => None,
    };
    let printer: Option<Printer> = form.map(|_| app.part()).transpose()?;
    let bytes = computed(move |_| {
        let document = found.document(language);
        match (form, printer) {
            (Some(form), Some(printer)) => (printer.0)(&document, &Print { form, ..print }),
            _ => file(&document, format),
        }
    })
    .await?;
    let name = format!("attachment; filename=\"plan-{id}-v{version}.{}\"", format.extension());
    let name = HeaderValue::from_str(&name).map_err(Error::internal)?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(format.media())), (CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// What a document shows beside the plan: the organization, the scenario, how it stands.
async fn printed(tx: &mut Tx, scenario: &Standing, version: i64, language: Language) -> Result<Print> {
    let organization = tx.caller().organization;
    let sql = "select o.name, o.settings -> 'branding' ->> 'colour', o.settings -> 'branding' ->> 'logo', p.name
        from organizations o join plants p on p.organization_id = o.organization_id and p.id = $2 where o.organization_id = $1";
    let row = tx.query_one(sql, &[&organization, &scenario.plant]).await?;
    let plant: String = row.get(3);
    let version = say!(language, "version {version}", "versión {version}", "Version {version}");
    Ok(Print {
        form: Form::Executive,
        title: scenario.name.clone(),
        subtitle: format!("{plant} · {version} · {}", language.of(&standing(scenario))),
        organization: row.get(0),
        colour: row.get(1),
        logo: row.get(2),
    })
}

/// How a scenario stands, for people.
fn standing(scenario: &Standing) -> [&'static str; 3] {
    match scenario.status.as_str() {
        _ if scenario.archived_at.is_some() => ["archived", "archivado", "archiviert"],
        "submitted" => ["submitted", "enviado", "eingereicht"],
        "approved" => ["approved", "aprobado", "freigegeben"],
        _ => ["draft", "borrador", "Entwurf"],
    }
}

fn file(document: &PlanDocument, format: ReportFormat) -> Result<Vec<u8>> {
    match format {
        ReportFormat::Pdf | ReportFormat::Pptx => Err(Error::internal("a document is printed, not written")),
        ReportFormat::Xlsx => workbook::write_result(document).map_err(|error| Error::internal(error.to_string())),
        ReportFormat::Json => serde_json::to_vec(document).map_err(Error::internal),
        ReportFormat::Csv => allocations(document).to_csv().map_err(Error::internal),
    }
}

fn allocations(document: &PlanDocument) -> Sheet {
    let columns = ["plant", "area", "line", "model", "step", "period", "units", "hours"].map(str::to_owned).to_vec();
    let row = |entry: &line_plan::AllocationEntry| {
        let names = [&entry.plant, &entry.area, &entry.line, &entry.model, &entry.step, &entry.period].map(Clone::clone);
        names.into_iter().chain([entry.units.to_string(), entry.hours.to_string()]).collect()
    };
    Sheet { columns, rows: document.allocations.iter().map(row).collect() }
}
