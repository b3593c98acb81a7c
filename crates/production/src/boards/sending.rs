//! The run that has the report of a shift sent.
//!
//! **Invariant:** a shift's report is sent once for each subscription, however often the run is started.

use futures_util::future::BoxFuture;
use platform::caller::Scope;
use platform::ids::UserId;
use platform::notifications::Whom;
use platform::resource::{self, Record as _};
use platform::runs::{Running, Work, WorkKind};
use platform::{Error, Result, Tx, mail};
use serde::Deserialize;
use serde_json::{Value, json};

use super::report::{self, Which};
use super::{ShiftReportSubscription, ShiftReportSubscriptionId};
use crate::kpis::KPI_READ;

/// Having the report of a shift sent. People subscribe; they do not schedule it.
pub const SEND: WorkKind = WorkKind { limit: std::time::Duration::from_secs(300), ..WorkKind::new("production.shift_report", "reports") };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    subscription_id: ShiftReportSubscriptionId,
}

/// Has reports of shifts sent: the work of [`SEND`].
#[derive(Clone)]
pub struct ShiftReporter {
    whom: Whom,
}

impl ShiftReporter {
    /// To whom `whom` knows.
    pub fn new(whom: Whom) -> ShiftReporter {
        ShiftReporter { whom }
    }

    async fn send(&self, run: Running) -> Result<Value> {
        let Payload { subscription_id } = run.payload()?;
        let mut tx = run.read().await?;
        let wanted = find(&mut tx, subscription_id).await?;
        let place = Scope::Plant(wanted.plant_id);
        // Whether a second factor was shown lately is asked of people at their screens, not of a run at night.
        if !tx.caller().may(KPI_READ, place) {
            return Err(tx.caller().refusal(KPI_READ, place));
        }
        let which = Which { day: None, shift: Some(wanted.shift_id.to_string()) };
        let report = match report::report(&mut tx, wanted.plant_id, &which).await {
            Ok(report) => report,
            Err(none) if none.code == "no_shift" => return Ok(json!({ "subscription_id": wanted.id, "sent_to": [], "why": none.detail })),
            Err(refused) => return Err(refused),
        };
        let sent = sent(&mut tx, &wanted, &report.day.to_string()).await?;
        tx.commit().await?;
        if sent {
            return Ok(json!({ "subscription_id": wanted.id, "sent_to": [], "why": "the report of this shift was sent already" }));
        }
        let named: Vec<UserId> = match wanted.recipients.is_empty() {
            true => run.caller().principal.user().into_iter().collect(),
            false => wanted.recipients.clone(),
        };
        let people = self.whom.0.of(run.caller().organization, &named).await?;
        let (readers, others): (Vec<_>, Vec<_>) = people.into_iter().partition(|person| person.may_see(KPI_READ, Some(wanted.plant_id)));
        for person in &others {
            run.warn(format!("{} does not get it: they may not see the plant's key figures", person.id));
        }
        if readers.is_empty() {
            let detail = "none of the recipients may get this report any more: their accounts are closed, or they may not see it";
            return Err(Error::conflict("no_recipients", detail));
        }
        let data = json!({ "subscription": wanted.id, "plant": wanted.plant_id, "day": report.day, "shift": report.shift });
        let letters: Vec<(UserId, Value)> = readers.iter().map(|person| (person.id, data.clone())).collect();
        let mut tx = run.begin().await?;
        // Another start of this run may have sent it since it was looked up: the day is written once.
        let mark = "update shift_report_subscriptions set sent_day = $3
            where organization_id = $1 and id = $2 and (sent_day is null or sent_day < $3)";
        if tx.execute(mark, &[&run.caller().organization, &wanted.id, &report.day]).await? == 0 {
            return Ok(json!({ "subscription_id": wanted.id, "sent_to": [], "why": "the report of this shift was sent already" }));
        }
        mail::post_many(&mut tx, "shift_report", None, &letters).await?;
        let sent_to: Vec<UserId> = readers.iter().map(|person| person.id).collect();
        let result = json!({ "subscription_id": wanted.id, "day": report.day, "shift": report.shift, "sent_to": sent_to });
        let told = "select gemba.audit('shift_report_subscription.sent', 'shift_report_subscription', $1, $2, 'success', $3)";
        tx.query(told, &[&wanted.id, &wanted.plant_id, &result]).await?;
        run.finish(tx, result).await
    }
}

impl Work for ShiftReporter {
    fn carry_out(&self, run: Running) -> BoxFuture<'static, Result<Value>> {
        let own = self.clone();
        Box::pin(async move { own.send(run).await })
    }
}

async fn find(tx: &mut Tx, id: ShiftReportSubscriptionId) -> Result<ShiftReportSubscription> {
    let missing = || Error::not_found("shift report subscription");
    let record = resource::find(tx, ShiftReportSubscription::kind(), id.0).await?.ok_or_else(missing)?;
    if record.get("archived_at").is_some_and(|at| !at.is_null()) {
        return Err(Error::conflict("archived", "the subscription is archived: restore it first"));
    }
    serde_json::from_value(Value::Object(record)).map_err(Error::internal)
}

async fn sent(tx: &mut Tx, wanted: &ShiftReportSubscription, day: &str) -> Result<bool> {
    let organization = tx.caller().organization;
    let sql = "select sent_day::text from shift_report_subscriptions where organization_id = $1 and id = $2";
    let row = tx.query_opt(sql, &[&organization, &wanted.id]).await?;
    Ok(row.and_then(|row| row.get::<_, Option<String>>(0)).is_some_and(|last| last.as_str() >= day))
}
