//! Results as files: for whoever works on with a spreadsheet or a program, and for whoever takes them into a meeting.
//!
//! **Invariant:** nothing here knows how pages are set: documents for people come from the server's [`Printer`].

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use line_plan::{Language, PlanDocument, say};
use platform::resource::{Choice, Record as _, Sheet};
use platform::{Error, Permission, Result, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::results::{self, Found};
use crate::scenarios::actions::Standing;
use crate::scenarios::record::Scenario;

/// What a report looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Choice, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Choice, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// Two pages for those who decide.
    #[default]
    Executive,
    /// Everything: each line, each unmet demand.
    Plant,
}

impl ReportFormat {
    /// Its media type.
    pub fn media(self) -> &'static str {
        match self {
            ReportFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ReportFormat::Csv => "text/csv; charset=utf-8",
            ReportFormat::Json => "application/json",
            ReportFormat::Pdf => "application/pdf",
            ReportFormat::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        }
    }

    /// What names of its files end with; also its own name.
    pub fn extension(self) -> &'static str {
        match self {
            ReportFormat::Xlsx => "xlsx",
            ReportFormat::Csv => "csv",
            ReportFormat::Json => "json",
            ReportFormat::Pdf => "pdf",
            ReportFormat::Pptx => "pptx",
        }
    }

    /// The right it takes: data to work on with is exported; a document says no more than a page of the app does to whoever may read it.
    pub fn right(self) -> Permission {
        let verbs = Scenario::kind().verbs;
        match self {
            ReportFormat::Xlsx | ReportFormat::Csv | ReportFormat::Json => verbs.export,
            ReportFormat::Pdf | ReportFormat::Pptx => verbs.read,
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
    /// Plant, version, state, day.
    pub subtitle: String,
    /// The organization's name.
    pub organization: String,
    /// Its colour, if it chose one.
    pub colour: Option<String>,
    /// Its logo in base64, if it gave one.
    pub logo: Option<String>,
}

/// What makes documents of results: a part of the server's [`App`](platform::http::App).
#[derive(Clone)]
#[allow(clippy::type_complexity)]
pub struct Printer(pub Arc<dyn Fn(&PlanDocument, &Print) -> Result<Vec<u8>> + Send + Sync>);

/// A result with all that a report of it shows.
pub struct Material {
    /// The result.
    pub found: Found,
    scenario: Standing,
    plant: String,
    zone: TimeZone,
    organization: String,
    colour: Option<String>,
    logo: Option<String>,
}

/// The newest result of a scenario (of a version of it) and what is shown around it.
///
/// # Errors
/// 404 `no_result` where it was not optimized yet.
pub async fn gather(tx: &mut Tx, scenario: Standing, version: Option<i64>) -> Result<Material> {
    let found = results::newest(tx, &scenario, version).await?;
    let organization = tx.caller().organization;
    let sql = "select o.name, o.settings -> 'branding' ->> 'colour', o.settings -> 'branding' ->> 'logo', p.name, p.time_zone
        from organizations o join plants p on p.organization_id = o.organization_id and p.id = $2 where o.organization_id = $1";
    let row = tx.query_one(sql, &[&organization, &scenario.plant]).await?;
    Ok(Material {
        found,
        scenario,
        organization: row.get(0),
        colour: row.get(1),
        logo: row.get(2),
        plant: row.get(3),
        zone: TimeZone::get(row.get(4)).unwrap_or(TimeZone::UTC),
    })
}

impl Material {
    /// The file, in a language. It takes a while: not for a thread that others wait for.
    ///
    /// # Errors
    /// Where a document is wanted of a server that prints none.
    pub fn write(&self, format: ReportFormat, kind: ReportKind, language: Language, printer: Option<&Printer>) -> Result<Vec<u8>> {
        let document = self.found.document(language);
        let form = match (format, kind) {
            (ReportFormat::Xlsx, _) => return workbook::write_result(&document).map_err(|error| Error::internal(error.to_string())),
            (ReportFormat::Json, _) => return serde_json::to_vec(&document).map_err(Error::internal),
            (ReportFormat::Csv, _) => return allocations(&document).to_csv().map_err(Error::internal),
            (ReportFormat::Pptx, _) => Form::Slides,
            (ReportFormat::Pdf, ReportKind::Executive) => Form::Executive,
            (ReportFormat::Pdf, ReportKind::Plant) => Form::Plant,
        };
        let printer = printer.ok_or_else(|| Error::internal("this program prints no documents"))?;
        (printer.0)(&document, &self.print(form, language))
    }

    /// The name of its file: letters that every mail program and file system knows.
    pub fn file_name(&self, format: ReportFormat) -> String {
        let plain = |text: &str| {
            let letters: String = text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
            letters.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-").chars().take(60).collect::<String>()
        };
        let name = Some(plain(&self.scenario.name)).filter(|name| !name.is_empty()).unwrap_or_else(|| self.scenario.id.to_string());
        format!("{name}-v{}.{}", self.found.version, format.extension())
    }

    fn print(&self, form: Form, language: Language) -> Print {
        let version = self.found.version;
        let version = say!(language, "version {version}", "versión {version}", "Version {version}");
        let (plant, day) = (&self.plant, day(self.found.created_at, &self.zone, language));
        Print {
            form,
            title: self.scenario.name.clone(),
            subtitle: format!("{plant} · {version} · {} · {day}", language.of(&standing(&self.scenario))),
            organization: self.organization.clone(),
            colour: self.colour.clone(),
            logo: self.logo.clone(),
        }
    }
}

/// The day of an instant at a place, as people of a language write it.
fn day(at: Timestamp, zone: &TimeZone, language: Language) -> String {
    let day = at.to_zoned(zone.clone());
    match language {
        Language::English => day.strftime("%-d %B %Y").to_string(),
        Language::Spanish => day.strftime("%d/%m/%Y").to_string(),
        Language::German => day.strftime("%d.%m.%Y").to_string(),
    }
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

fn allocations(document: &PlanDocument) -> Sheet {
    let columns = ["plant", "area", "line", "model", "step", "period", "units", "hours"].map(str::to_owned).to_vec();
    let row = |entry: &line_plan::AllocationEntry| {
        let names = [&entry.plant, &entry.area, &entry.line, &entry.model, &entry.step, &entry.period].map(Clone::clone);
        names.into_iter().chain([entry.units.to_string(), entry.hours.to_string()]).collect()
    };
    Sheet { columns, rows: document.allocations.iter().map(row).collect() }
}
