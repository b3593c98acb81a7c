//! The mail that a report comes with.

use futures_util::future::BoxFuture;
use platform::ids::PlantId;
use platform::language::Words;
use platform::mail::{Attachment, Button, Letter, Occasion, Template, plain};
use platform::{Result, Tx};
use serde_json::Value;
use uuid::Uuid;

use crate::report::ReportFormat;

const HERE: Words = Words::new(
    "The report of {plant} is attached: {file}.",
    "Va adjunto el informe de {plant}: {file}.",
    "Der Bericht über {plant} hängt an: {file}.",
);
const OPEN: Words = Words::new("Open the plan", "Abrir el plan", "Den Plan ansehen");
const WHY: Words = Words::new(
    "You get this because {owner} put you on the list of “{name}” in Gemba. They can take you off it.",
    "Recibes esto porque {owner} te ha puesto en la lista de «{name}» en Gemba. Puede quitarte de ella.",
    "Du bekommst das, weil {owner} dich in Gemba auf die Liste von „{name}“ gesetzt hat und auch wieder herunternehmen kann.",
);
const SOMEBODY: Words = Words::new("somebody", "alguien", "jemand");

struct WithReport;

/// Writes the mail that a report comes with: `file` and `subscription` are its data.
pub fn report_letter() -> impl Template {
    WithReport
}

impl Template for WithReport {
    fn write<'a>(&'a self, tx: &'a mut Tx, occasion: &'a Occasion<'a>) -> BoxFuture<'a, Result<Option<Letter>>> {
        Box::pin(written(tx, occasion))
    }
}

async fn written(tx: &mut Tx, occasion: &Occasion<'_>) -> Result<Option<Letter>> {
    let id = |name: &str| occasion.data[name].as_str().and_then(|id| id.parse::<Uuid>().ok());
    let (Some(file), Some(subscription)) = (id("file"), id("subscription")) else { return Ok(None) };
    let (organization, person, language) = (occasion.person.caller.organization, occasion.person, occasion.person.language);
    let sql = "select f.name, f.media_type, f.format, f.bytes, f.plant_id, p.name, s.name, s.message, u.name
        from report_files f
        join plants p on p.organization_id = $1 and p.id = f.plant_id
        join report_subscriptions s on s.organization_id = $1 and s.plant_id = f.plant_id and s.id = f.subscription_id
        left join users u on u.organization_id = $1 and 'user:' || u.id = s.updated_by
        where f.organization_id = $1 and f.id = $2 and s.id = $3";
    let Some(row) = tx.query_opt(sql, &[&organization, &file, &subscription]).await? else { return Ok(None) };
    // Between the report and its mail a right may have been taken away.
    let format: Option<ReportFormat> = serde_json::from_value(Value::String(row.get(2))).ok();
    let plant: PlantId = row.get(4);
    if !format.is_some_and(|format| person.may_see(format.right(), Some(plant))) {
        return Ok(None);
    }
    let (file_name, plant_name, name): (String, String, String) = (row.get(0), row.get(5), row.get(6));
    let owner = row.get::<_, Option<String>>(8).unwrap_or_else(|| SOMEBODY.text(language).into());
    let message: Option<String> = row.get::<_, Option<String>>(7).filter(|message| !message.trim().is_empty());
    let here = HERE.fill(language, &[("plant", &plain(&plant_name)), ("file", &file_name)]);
    Ok(Some(Letter {
        subject: format!("{} · {}", plain(&name), plain(&plant_name)),
        paragraphs: message.into_iter().chain([here]).collect(),
        button: Some(Button { label: OPEN.text(language).into(), address: format!("{}/plants/{plant}/scenarios", occasion.address) }),
        footer: vec![WHY.fill(language, &[("owner", &plain(&owner)), ("name", &plain(&name))])],
        thread: Some(format!("report/{subscription}")),
        attachments: vec![Attachment { name: file_name, media_type: row.get(1), bytes: row.get(3) }],
        ..Letter::default()
    }))
}
