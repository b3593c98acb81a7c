//! Who gets the report of a shift by mail when it has ended.

use std::collections::BTreeSet;

use factory::time::ShiftId;
use jiff::civil::{Date, Time};
use platform::ids::{PlantId, UserId};
use platform::resource::{Record, Rules, Sight};
use platform::runs::schedules::{self, Clock, Kept};
use platform::{FieldError, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::SEND;

/// How long after a shift's end its report goes out (min): what was reported in its last minute has arrived.
const AFTER_MIN: i64 = 10;

platform::id_type! {
    /// A shift's report that comes by mail.
    ShiftReportSubscriptionId,
}

/// The report of a shift that comes by mail when it has ended.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "shift_report_subscriptions", within = Plant, permission = "production.shift_report_subscription", unique(plant_id, name))]
pub struct ShiftReportSubscription {
    /// The subscription.
    pub id: ShiftReportSubscriptionId,
    /// The plant it is about.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// As people call it; unique in the plant.
    #[record(search, max_length = 200, example = "Early shift, to the heads of area")]
    pub name: String,
    /// Which shift: ten minutes after its end the report goes out.
    pub shift_id: ShiftId,
    /// Who gets it: people of the organization who may see the plant's key figures. Where nobody is named, whoever made the subscription or changed it last.
    #[record(max_length = 100)]
    pub recipients: Vec<UserId>,
    /// Whether it rests.
    #[record(default = false)]
    pub paused: bool,
    /// The day whose shift's report was sent last.
    #[record(read_only)]
    pub sent_day: Option<Date>,
}

impl ShiftReportSubscription {
    async fn keep(&self, sight: &mut Sight<'_>) -> Result<()> {
        let organization = sight.tx.caller().organization;
        let sql =
            "select s.starts_at, s.duration_min, p.time_zone from shifts s join plants p on p.organization_id = $1 and p.id = s.plant_id
            where s.organization_id = $1 and s.plant_id = $2 and s.id = $3";
        let Some(row) = sight.tx.query_opt(sql, &[&organization, &self.plant_id, &self.shift_id]).await? else { return Ok(()) };
        let (starts_at, duration_min, time_zone): (String, i32, String) = (row.get(0), row.get(1), row.get(2));
        let cron = cron(starts_at.parse().unwrap_or(Time::midnight()), i64::from(duration_min));
        let kept = Kept {
            record: self.id.0,
            kept_by: Self::kind().name,
            plant: self.plant_id,
            name: &self.name,
            clock: Clock { cron: &cron, time_zone: &time_zone },
            payload: json!({ "subscription_id": self.id }),
            paused: self.paused,
        };
        schedules::keep(sight.tx, &SEND, kept).await
    }
}

/// Every day, some minutes after a shift has ended; on days it was not worked the run finds no shift of that day and sends nothing.
fn cron(starts_at: Time, duration_min: i64) -> String {
    let end = (i64::from(starts_at.hour()) * 60 + i64::from(starts_at.minute()) + duration_min + AFTER_MIN).rem_euclid(24 * 60);
    format!("{} {} * * *", end % 60, end / 60)
}

impl Rules for ShiftReportSubscription {
    async fn check(&self, _before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let organization = sight.tx.caller().organization;
        let ids: Vec<UserId> = self.recipients.clone();
        let sql = "select id from users where organization_id = $1 and id = any ($2) and archived_at is null";
        let rows = sight.tx.query(sql, &[&organization, &ids]).await?;
        let known: BTreeSet<UserId> = rows.iter().map(|row| row.get(0)).collect();
        let mut seen = BTreeSet::new();
        let mut wrong = Vec::new();
        for (index, id) in ids.iter().enumerate() {
            let at = format!("/recipients/{index}");
            if !known.contains(id) {
                wrong.push(FieldError::new(at, "unknown_reference", "there is no such account in this organization, or it is closed"));
            } else if !seen.insert(*id) {
                wrong.push(FieldError::new(at, "repeated", "named already"));
            }
        }
        Ok(wrong)
    }

    async fn confirm(&self, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        self.keep(sight).await?;
        Ok(Vec::new())
    }

    async fn archive(&self, sight: &mut Sight<'_>) -> Result<()> {
        schedules::rest(sight.tx, self.id.0).await
    }

    async fn restore(&self, sight: &mut Sight<'_>) -> Result<()> {
        self.keep(sight).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_goes_out_ten_minutes_after_the_end() {
        assert_eq!(cron(Time::constant(6, 0, 0, 0), 480), "10 14 * * *");
        assert_eq!(cron(Time::constant(22, 0, 0, 0), 480), "10 6 * * *");
        assert_eq!(cron(Time::constant(15, 30, 0, 0), 505), "5 0 * * *");
    }
}
