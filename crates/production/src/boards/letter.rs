//! The mail that a shift's report comes with.

use futures_util::future::BoxFuture;
use jiff::civil::Date;
use platform::ids::PlantId;
use platform::language::{Language, Words};
use platform::mail::{Attachment, Button, Letter, Occasion, Template, plain};
use platform::{Result, Tx};
use uuid::Uuid;

use super::report::{self, ShiftReport, Which};
use super::{html, paper};
use crate::kpis::KPI_READ;

const SUBJECT: Words =
    Words::new("Shift report: {plant}, {shift}", "Informe de turno: {plant}, {shift}", "Schichtbericht: {plant}, {shift}");
const FIGURES: Words = Words::new(
    "OEE {oee}: availability {availability}, effectiveness {effectiveness}, quality {quality}. Good: {good}, scrap: {scrap}.",
    "OEE {oee}: disponibilidad {availability}, eficacia {effectiveness}, calidad {quality}. Buenas: {good}, desecho: {scrap}.",
    "OEE {oee}: Verfügbarkeit {availability}, Leistung {effectiveness}, Qualität {quality}. Gut: {good}, Ausschuss: {scrap}.",
);
const HERE: Words = Words::new("All of it is attached.", "Todo va adjunto.", "Alles Weitere hängt an.");
const OPEN: Words = Words::new("Open the report", "Abrir el informe", "Den Bericht ansehen");
const WHY: Words = Words::new(
    "You get this because you are on the list of “{name}” in Gemba.",
    "Recibes esto porque estás en la lista de «{name}» en Gemba.",
    "Du bekommst das, weil du in Gemba auf der Liste von „{name}“ stehst.",
);

struct WithShiftReport;

/// Writes the mail that a shift's report comes with: `subscription`, `plant`, `day` and `shift` are its data.
pub fn shift_letter() -> impl Template {
    WithShiftReport
}

impl Template for WithShiftReport {
    fn write<'a>(&'a self, tx: &'a mut Tx, occasion: &'a Occasion<'a>) -> BoxFuture<'a, Result<Option<Letter>>> {
        Box::pin(written(tx, occasion))
    }
}

async fn written(tx: &mut Tx, occasion: &Occasion<'_>) -> Result<Option<Letter>> {
    let text = |name: &str| occasion.data[name].as_str();
    let id = |name: &str| text(name).and_then(|id| id.parse::<Uuid>().ok());
    let day = text("day").and_then(|day| day.parse::<Date>().ok());
    let (Some(plant), Some(subscription), Some(day), Some(shift)) = (id("plant"), id("subscription"), day, text("shift")) else {
        return Ok(None);
    };
    let (plant, person) = (PlantId(plant), occasion.person);
    // Between the run and its mail a right may have been taken away.
    if !person.may_see(KPI_READ, Some(plant)) {
        return Ok(None);
    }
    let organization = person.caller.organization;
    let sql = "select name from shift_report_subscriptions where organization_id = $1 and id = $2";
    let Some(row) = tx.query_opt(sql, &[&organization, &subscription]).await? else { return Ok(None) };
    let name: String = row.get(0);
    let report = report::report(tx, plant, &Which { day: Some(day), shift: Some(shift.to_owned()) }).await?;
    Ok(Some(letter(&report, person.language, occasion.address, &name)))
}

fn letter(report: &ShiftReport, language: Language, address: &str, name: &str) -> Letter {
    let (figures, made) = (&report.total.figures, &report.total.quantities);
    let shift = format!("{} {}", report.day, report.shift);
    let says = FIGURES.fill(
        language,
        &[
            ("oee", &html::percent(figures.oee_pct, language)),
            ("availability", &html::percent(figures.availability_pct, language)),
            ("effectiveness", &html::percent(figures.effectiveness_pct, language)),
            ("quality", &html::percent(figures.quality_pct, language)),
            ("good", &html::pieces(made.good, language)),
            ("scrap", &html::pieces(made.scrapped, language)),
        ],
    );
    let plant = report.plant_id;
    Letter {
        subject: SUBJECT.fill(language, &[("plant", &plain(&report.plant)), ("shift", &plain(&shift))]),
        paragraphs: vec![says, HERE.text(language).into()],
        button: Some(Button {
            label: OPEN.text(language).into(),
            address: format!("{address}/plants/{plant}/shift-report?date={}", report.day),
        }),
        footer: vec![WHY.fill(language, &[("name", &plain(name))])],
        thread: Some(format!("shift-report/{plant}")),
        attachments: vec![Attachment {
            name: file_name(report),
            media_type: "application/pdf".into(),
            bytes: paper::pdf(report, language),
        }],
        ..Letter::default()
    }
}

/// What the report is called as a file.
pub(super) fn file_name(report: &ShiftReport) -> String {
    let shift: String = report.shift.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    format!("shift-report-{}-{}.pdf", report.day, shift.to_lowercase())
}
