//! A subscription as a declared record, and the clock that it keeps.

use std::collections::BTreeSet;

use line_plan::Language;
use platform::ids::{PlantId, UserId};
use platform::resource::{Choice, Record, Rules, Sight};
use platform::runs::schedules::{self, Clock, Kept};
use platform::{FieldError, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::SEND;
use crate::report::{ReportFormat, ReportKind};
use crate::scenarios::record::ScenarioId;

platform::id_type! {
    /// A report that comes by mail.
    ReportSubscriptionId,
}

/// A report that comes by mail, again and again.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "report_subscriptions", within = Plant, permission = "planning.report_subscription", unique(plant_id, name))]
pub struct ReportSubscription {
    /// The subscription.
    pub id: ReportSubscriptionId,
    /// The plant it is about.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// As people call it; the subject of the mail. Unique in the plant.
    #[record(search, max_length = 200, example = "Capacity on Mondays")]
    pub name: String,
    /// The scenario; the one of the plant that was approved last where none is named.
    pub scenario_id: Option<ScenarioId>,
    /// What comes.
    #[record(default = "pptx")]
    pub format: ReportFormat,
    /// How much of it a PDF tells.
    #[record(default = "executive")]
    pub report: ReportKind,
    /// In which language; in that of each recipient where none is said.
    pub language: Option<ReportLanguage>,
    /// What the mail says beside it.
    #[record(max_length = 1000, example = "For the meeting at ten.")]
    pub message: Option<String>,
    /// Who gets it: people of the organization who may see the plant's scenarios, and export them where the format is data. Where nobody is named, whoever
    /// made the subscription or changed it last.
    #[record(max_length = 100)]
    pub recipients: Vec<UserId>,
    /// When: minute, hour, day of month, month, day of week. Fixed hours mean the clock on the wall.
    #[record(max_length = 200, example = "0 7 * * MON")]
    pub cron: String,
    /// By which clock: the IANA name of a zone.
    #[record(max_length = 60, example = "Europe/Madrid")]
    pub time_zone: String,
    /// Whether it rests.
    #[record(default = false)]
    pub paused: bool,
}

/// The language of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum ReportLanguage {
    /// English.
    En,
    /// Spanish.
    Es,
    /// German.
    De,
}

impl From<ReportLanguage> for Language {
    fn from(language: ReportLanguage) -> Language {
        match language {
            ReportLanguage::En => Language::English,
            ReportLanguage::Es => Language::Spanish,
            ReportLanguage::De => Language::German,
        }
    }
}

impl ReportSubscription {
    fn clock(&self) -> Clock<'_> {
        Clock { cron: &self.cron, time_zone: &self.time_zone }
    }

    async fn keep(&self, sight: &mut Sight<'_>) -> Result<()> {
        let kept = Kept {
            record: self.id.0,
            kept_by: Self::kind().name,
            plant: self.plant_id,
            name: &self.name,
            clock: self.clock(),
            payload: json!({ "subscription_id": self.id }),
            paused: self.paused,
        };
        schedules::keep(sight.tx, &SEND, kept).await
    }
}

impl Rules for ReportSubscription {
    async fn check(&self, _before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = schedules::check(self.clock());
        let may_take = sight.tx.caller().is_granted(self.format.right(), platform::caller::Scope::Plant(self.plant_id));
        if !may_take {
            let detail = format!("you may not take this format yourself: it needs {}", self.format.right());
            wrong.push(FieldError::new("/format", "permission_missing", detail));
        }
        wrong.extend(recipients(self, sight).await?);
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

/// Who cannot get it: accounts that are none of the organization or closed, and people who may not take it themselves.
async fn recipients(subscription: &ReportSubscription, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
    let organization = sight.tx.caller().organization;
    let ids: Vec<UserId> = subscription.recipients.clone();
    let sql = "select id from users where organization_id = $1 and id = any ($2) and archived_at is null";
    let rows = sight.tx.query(sql, &[&organization, &ids]).await?;
    let known: BTreeSet<UserId> = rows.iter().map(|row| row.get(0)).collect();
    let people = match sight.tx.people() {
        Some(whom) => Some(whom.0.of(organization, &ids).await?),
        None => None,
    };
    let right = subscription.format.right();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, id) in ids.iter().enumerate() {
        let at = format!("/recipients/{index}");
        let person = people.as_ref().map(|people| people.iter().find(|person| person.id == *id));
        if !known.contains(id) || matches!(person, Some(None)) {
            wrong.push(FieldError::new(at, "unknown_reference", "there is no such account in this organization, or it is closed"));
        } else if !seen.insert(*id) {
            wrong.push(FieldError::new(at, "repeated", "named already"));
        } else if let Some(Some(person)) = person
            && !person.may_see(right, Some(subscription.plant_id))
        {
            wrong.push(FieldError::new(at, "recipient_may_not", format!("{} may not take this report: it needs {right}", person.name)));
        }
    }
    Ok(wrong)
}
