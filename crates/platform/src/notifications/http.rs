//! `/me/notifications`, `/me/notification-preferences`, `/me/watches`, `/people`.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::caller::Caller;
use crate::error::{Error, FieldError, Kind, Result};
use crate::events::Catalogue;
use crate::http::{App, Body, Cursor, OpenApiRouter, Page, PageQuery, Paged, Path, Problem, Query, routes};
use crate::notifications::inbox::{self, Wanted};
use crate::notifications::preferences::{PreferenceChange, person};
use crate::notifications::{Declared, Notification, Preference, Whom, days, preferences, unsubscribe};
use crate::resource::{Kinds, Labelled, labelled, shows};

/// The routes of what people are told.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_notifications))
        .routes(routes!(count_notifications))
        .routes(routes!(read_notification))
        .routes(routes!(unread_notification))
        .routes(routes!(read_all_notifications))
        .routes(routes!(read_notification_preferences, change_notification_preferences))
        .routes(routes!(list_watches))
        .routes(routes!(suggest_people))
        .routes(routes!(unsubscribe::ask_to_unsubscribe, unsubscribe::unsubscribe))
}

/// Which notifications are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InboxFilter {
    /// Only what is unread.
    #[serde(default)]
    unread: bool,
    /// Only of this topic.
    #[param(max_length = 60, example = "mentions")]
    topic: Option<String>,
}

/// Your inbox, the newest first; kept for a year, for 90 days once read.
#[utoipa::path(get, path = "/me/notifications", tag = "Notifications", params(InboxFilter, PageQuery),
    responses((status = 200, body = Paged<Notification>)), extensions(("x-permission" = json!("signed-in"))))]
async fn list_notifications(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<InboxFilter>,
    page: Page,
) -> Result<Json<Paged<Notification>>> {
    let (declared, kinds): (Declared, Kinds) = (app.part()?, app.part()?);
    if filter.topic.as_deref().is_some_and(|topic| declared.topic(topic).is_none()) {
        let names: Vec<&str> = declared.topics().iter().map(|topic| topic.name).collect();
        return Err(Error::new(Kind::Malformed, "bad_parameter", format!("topic: expected one of {}", names.join(", "))));
    }
    let address = |kind: &str, id: Uuid| match kinds.find(kind) {
        Some(kind) => Some(format!("/api/v1/{}/{id}", kind.path)),
        None => (kind == "run" || kind == "webhook").then(|| format!("/api/v1/{kind}s/{id}")),
    };
    let mut tx = app.read(&caller).await?;
    let found = inbox::list(&mut tx, &declared, address, &Wanted { unread: filter.unread, topic: filter.topic }, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// How much is unread.
#[derive(Debug, Serialize, ToSchema)]
struct Unread {
    /// Notifications that you have not read.
    #[schema(example = 3)]
    unread: i64,
}

/// How much of your inbox is unread. The live stream tells when that changes, as `gemba.notification.changed`.
#[utoipa::path(get, path = "/me/notifications/unread-count", tag = "Notifications", responses((status = 200, body = Unread)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn count_notifications(State(app): State<App>, caller: Caller) -> Result<Json<Unread>> {
    let mut tx = app.read(&caller).await?;
    let unread = inbox::unread(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Unread { unread }))
}

/// Marks a notification as read.
#[utoipa::path(post, path = "/me/notifications/{id}/read", tag = "Notifications", params(("id" = Uuid, Path, description = "The notification.")),
    responses((status = 204)), extensions(("x-permission" = json!("signed-in"))))]
async fn read_notification(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode> {
    mark(&app, &caller, id, true).await
}

/// Marks a notification as unread.
#[utoipa::path(post, path = "/me/notifications/{id}/unread", tag = "Notifications", params(("id" = Uuid, Path, description = "The notification.")),
    responses((status = 204)), extensions(("x-permission" = json!("signed-in"))))]
async fn unread_notification(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode> {
    mark(&app, &caller, id, false).await
}

async fn mark(app: &App, caller: &Caller, id: Uuid, is_read: bool) -> Result<StatusCode> {
    let mut tx = app.begin(caller).await?;
    inbox::mark(&mut tx, id, is_read).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Up to where an inbox was read.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "until": "2027-03-02T09:30:00Z" }))]
struct ReadAll {
    /// What happened later stays unread: the `occurred_at` of the newest that you have seen. Where nothing is said, everything is read.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// What was marked.
#[derive(Debug, Serialize, ToSchema)]
struct Marked {
    /// Notifications that were unread.
    read: u64,
}

/// Marks your whole inbox as read.
#[utoipa::path(post, path = "/me/notifications/read-all", tag = "Notifications", request_body = ReadAll, responses((status = 200, body = Marked)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn read_all_notifications(State(app): State<App>, caller: Caller, Body(all): Body<ReadAll>) -> Result<Json<Marked>> {
    let mut tx = app.begin(&caller).await?;
    let read = inbox::mark_all(&mut tx, all.until).await?;
    tx.commit().await?;
    Ok(Json(Marked { read }))
}

/// How you are told.
#[derive(Debug, Serialize, ToSchema)]
struct Preferences {
    /// By which clock your daily mail comes: the IANA name of a zone.
    #[schema(example = "Europe/Madrid")]
    time_zone: String,
    /// When it comes, by that clock.
    #[schema(example = "07:00")]
    daily_at: String,
    /// When the next one comes; null while there is nothing for it.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_daily_at: Option<Timestamp>,
    /// How you are told of each topic.
    topics: Vec<Preference>,
}

/// What is to be otherwise; what is not said stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "time_zone": "Europe/Madrid", "daily_at": "06:30", "topics": [{ "topic": "watching", "mail": "daily" }] }))]
struct PreferencesChange {
    /// By which clock your daily mail comes.
    time_zone: Option<String>,
    /// When it comes, by that clock: `HH:MM`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    daily_at: Option<String>,
    /// How you are told of single topics.
    #[serde(default)]
    topics: Vec<PreferenceChange>,
}

/// How you are told of what: in the inbox, by mail at once, in one mail a day, or not.
#[utoipa::path(get, path = "/me/notification-preferences", tag = "Notifications", responses((status = 200, body = Preferences)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn read_notification_preferences(State(app): State<App>, caller: Caller) -> Result<Json<Preferences>> {
    let mut tx = app.read(&caller).await?;
    let preferences = preferences_of(&app, &mut tx).await?;
    tx.commit().await?;
    Ok(Json(preferences))
}

/// Changes how you are told of what.
#[utoipa::path(patch, path = "/me/notification-preferences", tag = "Notifications", request_body = PreferencesChange,
    responses((status = 200, body = Preferences)), extensions(("x-permission" = json!("signed-in"))))]
async fn change_notification_preferences(
    State(app): State<App>,
    caller: Caller,
    Body(change): Body<PreferencesChange>,
) -> Result<Json<Preferences>> {
    let own = person(&caller)?;
    let mut wrong = Vec::new();
    if change.time_zone.as_deref().is_some_and(|zone| zone.len() > 100 || TimeZone::get(zone).is_err()) {
        wrong.push(FieldError::new("/time_zone", "unknown_zone", "expected the IANA name of a time zone, such as Europe/Madrid"));
    }
    let minute = change.daily_at.as_deref().map(minute_of);
    if minute == Some(None) {
        wrong.push(FieldError::new("/daily_at", "bad_time", "expected a time such as 07:00"));
    }
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    let declared: Declared = app.part()?;
    let mut tx = app.begin(&caller).await?;
    preferences::change(&mut tx, &declared, own, &change.topics).await?;
    if change.time_zone.is_some() || minute.is_some() {
        let (zone, usual, next_at) = day_of(&app, &mut tx).await?;
        let (zone, minute) = (change.time_zone.unwrap_or(zone), minute.flatten().unwrap_or(usual));
        let (organization, now) = (caller.organization, tx.now());
        let next = next_at.map(|_| days::next(now, &zone, minute));
        tx.execute(
            "insert into notification_days (organization_id, user_id, time_zone, minute) values ($1, $2, $3, $4) \
             on conflict (organization_id, user_id) do update set time_zone = excluded.time_zone, minute = excluded.minute, next_at = $5",
            &[&organization, &own, &zone, &minute, &next],
        )
        .await?;
    }
    let preferences = preferences_of(&app, &mut tx).await?;
    tx.commit().await?;
    Ok(Json(preferences))
}

/// The minute of the day that `07:00` means.
fn minute_of(time: &str) -> Option<i16> {
    let (hour, minute) = time.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2)?;
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse::<i16>().ok()).flatten();
    let (hour, minute) = (digits(hour)?, digits(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

async fn preferences_of(app: &App, tx: &mut crate::Tx) -> Result<Preferences> {
    let own = person(tx.caller())?;
    let (time_zone, minute, next_daily_at) = day_of(app, tx).await?;
    let language = inbox::language(tx, own).await?;
    let topics = preferences::list(tx, &app.part()?, own, language).await?;
    Ok(Preferences { time_zone, daily_at: format!("{:02}:{:02}", minute / 60, minute % 60), next_daily_at, topics })
}

/// By which clock, at which minute, and when next.
async fn day_of(app: &App, tx: &mut crate::Tx) -> Result<(String, i16, Option<Timestamp>)> {
    let own = person(tx.caller())?;
    let organization = tx.caller().organization;
    let query = "select time_zone, minute, next_at from notification_days where organization_id = $1 and user_id = $2";
    if let Some(row) = tx.query_opt(query, &[&organization, &own]).await? {
        return Ok((row.get(0), row.get(1), row.get(2)));
    }
    let whom: Whom = app.part()?;
    let people = whom.0.of(organization, &[own]).await?;
    let zones = days::usual_zones(tx, people.iter()).await?;
    Ok((zones.get(&own).cloned().unwrap_or_else(|| "UTC".into()), days::USUAL_MINUTE, None))
}

/// A record that you watch.
#[derive(Debug, Serialize, ToSchema)]
struct Watched {
    /// What it is: the kind and the identifier.
    #[schema(example = "line/0199d1a0-0000-7000-8000-000000000042")]
    subject: String,
    /// Its kind.
    #[schema(example = "line")]
    kind: String,
    /// The record.
    id: Uuid,
    /// The plant it belongs to, if to one.
    plant_id: Option<Uuid>,
    /// Since when you watch it.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

/// The records that you watch.
#[utoipa::path(get, path = "/me/watches", tag = "Notifications", params(PageQuery), responses((status = 200, body = Paged<Watched>)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn list_watches(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<Watched>>> {
    let own = person(&caller)?;
    if let Some(cursor) = &page.after {
        cursor.of_sort("id")?;
    }
    let after = page.after.as_ref().map(|cursor| cursor.id);
    let mut tx = app.read(&caller).await?;
    let query = "select kind, record_id, plant_id, created_at from watches \
        where organization_id = $1 and user_id = $2 and ($3::uuid is null or record_id > $3) order by record_id limit $4";
    let rows = tx.query(query, &[&caller.organization, &own, &after, &(i64::from(page.limit) + 1)]).await?;
    tx.commit().await?;
    let watched = |row: &tokio_postgres::Row| {
        let (kind, id): (String, Uuid) = (row.get(0), row.get(1));
        Watched { subject: format!("{kind}/{id}"), kind, id, plant_id: row.get(2), since: row.get(3) }
    };
    let end = |last: &Watched| Cursor { sort: "id".into(), values: Vec::new(), id: last.id };
    Ok(Json(Paged::of(rows.iter().map(watched).collect(), &page, end)))
}

/// Whom to suggest.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Suggesting {
    /// The record they must be able to see: the kind and the identifier.
    #[param(example = "line/0199d1a0-0000-7000-8000-000000000042")]
    about: String,
    /// The beginning of a word of their name, or of their address.
    #[serde(default)]
    #[param(max_length = 100, example = "kow")]
    q: String,
}

/// Somebody to mention.
#[derive(Debug, Serialize, ToSchema)]
struct Suggestion {
    /// The person: `@{id}` in a comment names them.
    id: Uuid,
    /// As colleagues call them.
    #[schema(example = "Ines Kowalski")]
    name: String,
}

/// Suggestions at most.
const SUGGESTED: usize = 20;
/// People looked through for them.
const LOOKED_THROUGH: i64 = 200;

/// People to mention in a comment: those who may see the record, twenty at most, by name.
#[utoipa::path(get, path = "/people", tag = "Notifications", params(Suggesting),
    responses((status = 200, body = Paged<Suggestion>),
        (status = 404, description = "No such record, or none that you may see.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("signed-in"))))]
async fn suggest_people(State(app): State<App>, caller: Caller, Query(asked): Query<Suggesting>) -> Result<Json<Paged<Suggestion>>> {
    if asked.q.chars().count() > 100 || asked.q.contains('\0') {
        return Err(Error::new(Kind::Malformed, "bad_parameter", "q: expected at most 100 characters of text"));
    }
    let (kinds, catalogue): (Kinds, Catalogue) = (app.part()?, app.part()?);
    let about = asked.about.split_once('/').and_then(|(kind, id)| Some((kinds.find(kind)?, id.parse::<Uuid>().ok()?)));
    let (kind, id) = about.ok_or_else(|| Error::not_found("record"))?;
    let read = catalogue.reading(kind.name).ok_or_else(|| Error::not_found("record"))?;
    let mut tx = app.read(&caller).await?;
    let found = if caller.may_somewhere(read) { labelled(&mut tx, kind, id).await? } else { None };
    tx.commit().await?;
    let is_seen = |record: &Labelled| {
        record.plant.is_none_or(|plant| caller.may(read, crate::Scope::Plant(plant))) && shows(&caller, kind, Some(&record.state))
    };
    let record = found.filter(is_seen).ok_or_else(|| Error::not_found("record"))?;
    let whom: Whom = app.part()?;
    let search = Some(asked.q.trim()).filter(|search| !search.is_empty());
    let people = whom.0.search(caller.organization, search, LOOKED_THROUGH).await?;
    let seeing = people.into_iter().filter(|person| person.may_see_record(kind, &record)).take(SUGGESTED);
    let items = seeing.map(|person| Suggestion { id: person.id.0, name: person.name }).collect();
    Ok(Json(Paged { items, next_cursor: None }))
}
