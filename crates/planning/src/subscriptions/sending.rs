//! The run that makes a report and has it sent.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use line_plan::Language;
use platform::caller::Scope;
use platform::ids::{PlantId, UserId};
use platform::notifications::{Person, Whom};
use platform::resource::{self, Record as _};
use platform::runs::{Running, Work, WorkKind};
use platform::{Error, Result, Tx, mail};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ReportSubscription, ReportSubscriptionId};
use crate::report::{self, Printer};
use crate::scenarios::actions::{self, Standing};
use crate::scenarios::record::ScenarioId;

/// Making a report and having it sent. People subscribe; they do not schedule it.
pub const SEND: WorkKind = WorkKind { limit: std::time::Duration::from_secs(600), ..WorkKind::new("planning.report", "reports") };

/// The largest file that goes by mail (bytes); what is larger is refused by many mail servers.
const LARGEST: usize = 15 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    subscription_id: ReportSubscriptionId,
}

/// Makes reports and has them sent: the work of [`SEND`]. Without people it sends nothing, because it knows nobody to send it to.
#[derive(Clone)]
pub struct Reporter {
    printer: Option<Printer>,
    whom: Whom,
}

/// Somebody who does not get it, and why.
struct LeftOut {
    user: UserId,
    why: &'static str,
}

impl Reporter {
    /// Prints with `printer`, for whom `whom` knows.
    pub fn new(printer: Option<Printer>, whom: Whom) -> Reporter {
        Reporter { printer, whom }
    }

    async fn send(&self, run: Running) -> Result<Value> {
        let Payload { subscription_id } = run.payload()?;
        run.progress(0.05, "reading the result");
        let mut tx = run.read().await?;
        let wanted = find(&mut tx, subscription_id).await?;
        let right = wanted.format.right();
        let place = Scope::Plant(wanted.plant_id);
        // Whether a second factor was shown lately is asked of people at their screens, not of a run at night.
        if !tx.caller().may(right, place) {
            return Err(tx.caller().refusal(right, place));
        }
        let scenario = chosen(&mut tx, &wanted).await?;
        let (scenario_id, name) = (scenario.id, scenario.name.clone());
        let material = report::gather(&mut tx, scenario, None).await?;
        tx.commit().await?;

        let (readers, left_out) = self.readers(&run, &wanted, scenario_id).await?;
        for one in &left_out {
            run.warn(format!("{} does not get it: {}", one.user, one.why));
        }
        if readers.is_empty() {
            let detail = "none of the recipients may get this report any more: their accounts are closed, or they may not see it";
            return Err(Error::conflict("no_recipients", detail));
        }
        let mut by_language: BTreeMap<&'static str, (Language, Vec<UserId>)> = BTreeMap::new();
        for reader in &readers {
            let language = wanted.language.map_or_else(|| spoken(reader), Language::from);
            by_language.entry(language.tag()).or_insert_with(|| (language, Vec::new())).1.push(reader.id);
        }
        let (version, file_name) = (material.found.version, material.file_name(wanted.format));
        let material = std::sync::Arc::new(material);
        let (mut files, parts) = (Vec::new(), by_language.len());
        for (done, (language, people)) in by_language.into_values().enumerate() {
            run.progress(0.1 + 0.8 * done as f64 / parts as f64, "making the report");
            let (material, printer, format, kind) = (material.clone(), self.printer.clone(), wanted.format, wanted.report);
            let made = tokio::task::spawn_blocking(move || material.write(format, kind, language, printer.as_ref()));
            let bytes = made.await.map_err(Error::internal)??;
            if bytes.len() > LARGEST {
                let detail =
                    format!("the report has {} MiB; mail takes {} MiB at most: choose pdf or csv", bytes.len() >> 20, LARGEST >> 20);
                return Err(Error::conflict("report_too_large", detail));
            }
            if run.is_cancelled() {
                return Err(run.cancelled());
            }
            files.push((people, bytes));
        }
        run.progress(0.95, "handing it to the mail");
        let mut tx = run.begin().await?;
        for (people, bytes) in &files {
            let file = keep(&mut tx, &wanted, &file_name, bytes).await?;
            let data = json!({ "file": file, "subscription": wanted.id });
            let letters: Vec<(UserId, Value)> = people.iter().map(|person| (*person, data.clone())).collect();
            mail::post_many(&mut tx, "report", None, &letters).await?;
        }
        let sent_to: Vec<UserId> = readers.iter().map(|reader| reader.id).collect();
        let left_out: Vec<Value> = left_out.iter().map(|one| json!({ "user_id": one.user, "why": one.why })).collect();
        let result = json!({
            "subscription_id": wanted.id, "scenario_id": scenario_id, "scenario_version": version, "format": wanted.format, "file": file_name,
            "sent_to": sent_to, "left_out": left_out,
        });
        let taken = json!({ "format": wanted.format, "version": version, "name": name, "subscription_id": wanted.id });
        noted(&mut tx, "report_subscription.sent", "report_subscription", wanted.id.0, wanted.plant_id, &result).await?;
        noted(&mut tx, "scenario.exported", "scenario", scenario_id.0, wanted.plant_id, &taken).await?;
        run.finish(tx, result).await
    }

    /// Who gets it now, and who does not.
    async fn readers(&self, run: &Running, wanted: &ReportSubscription, scenario: ScenarioId) -> Result<(Vec<Person>, Vec<LeftOut>)> {
        let named = match wanted.recipients.is_empty() {
            true => run.caller().principal.user().into_iter().collect(),
            false => wanted.recipients.clone(),
        };
        let people = self.whom.0.of(run.caller().organization, &named).await?;
        let closed = named.iter().filter(|id| !people.iter().any(|person| person.id == **id));
        let mut left_out: Vec<LeftOut> = closed.map(|user| LeftOut { user: *user, why: "the account is closed" }).collect();
        let mut readers = Vec::new();
        for person in people {
            let mut tx = run.read_as(&person.caller).await?;
            let sees = actions::find(&mut tx, scenario, false).await.is_ok();
            tx.commit().await?;
            if sees && person.may_see(wanted.format.right(), Some(wanted.plant_id)) {
                readers.push(person);
            } else {
                left_out.push(LeftOut { user: person.id, why: "they may not see this report" });
            }
        }
        Ok((readers, left_out))
    }
}

impl Work for Reporter {
    fn carry_out(&self, run: Running) -> BoxFuture<'static, Result<Value>> {
        let own = self.clone();
        Box::pin(async move { own.send(run).await })
    }
}

/// The language that Gemba speaks to somebody.
fn spoken(person: &Person) -> Language {
    match person.language {
        platform::language::Language::En => Language::English,
        platform::language::Language::Es => Language::Spanish,
        platform::language::Language::De => Language::German,
    }
}

async fn find(tx: &mut Tx, id: ReportSubscriptionId) -> Result<ReportSubscription> {
    let record = resource::find(tx, ReportSubscription::kind(), id.0).await?.ok_or_else(|| Error::not_found("report subscription"))?;
    if record.get("archived_at").is_some_and(|at| !at.is_null()) {
        return Err(Error::conflict("archived", "the subscription is archived: restore it first"));
    }
    serde_json::from_value(Value::Object(record)).map_err(Error::internal)
}

/// The scenario that a subscription names, or the one of its plant that was approved last.
async fn chosen(tx: &mut Tx, wanted: &ReportSubscription) -> Result<Standing> {
    if let Some(id) = wanted.scenario_id {
        return actions::find(tx, id, false).await;
    }
    let organization = tx.caller().organization;
    let sql = "select s.id from scenarios s
        where s.organization_id = $1 and s.plant_id = $2 and s.status = 'approved' and s.archived_at is null
            and exists (select from scenario_results r where r.organization_id = $1 and r.plant_id = $2 and r.scenario_id = s.id)
        order by s.decided_at desc nulls last, s.id desc limit 1";
    let row = tx.query_opt(sql, &[&organization, &wanted.plant_id]).await?;
    let none = || {
        let detail = "no scenario of this plant is approved and optimized: approve one, or name a scenario in the subscription";
        Error::new(platform::error::Kind::NotFound, "no_approved_scenario", detail)
    };
    let id: ScenarioId = row.ok_or_else(none)?.get(0);
    actions::find(tx, id, false).await
}

/// Keeps a file until its mail has gone.
async fn keep(tx: &mut Tx, wanted: &ReportSubscription, name: &str, bytes: &[u8]) -> Result<Uuid> {
    let (id, organization, now) = (tx.new_id::<Uuid>(), tx.caller().organization, tx.now());
    let (media, format) = (wanted.format.media(), wanted.format.extension());
    let sql = "insert into report_files (organization_id, id, plant_id, subscription_id, name, media_type, format, bytes, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    tx.execute(sql, &[&organization, &id, &wanted.plant_id, &wanted.id, &name, &media, &format, &bytes, &now]).await?;
    Ok(id)
}

async fn noted(tx: &mut Tx, action: &str, kind: &str, id: Uuid, plant: PlantId, detail: &Value) -> Result<()> {
    tx.query("select gemba.audit($1, $2, $3, $4, 'success', $5)", &[&action, &kind, &id, &plant, detail]).await?;
    Ok(())
}
