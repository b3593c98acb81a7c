//! Mail over HTTP: what became of it, dead letters, and a mail to try.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::caller::{Caller, Scope};
use crate::error::{Error, Result};
use crate::http::{App, OpenApiRouter, Page, PageQuery, Paged, Path, Query, routes};
use crate::mail::outbox;
use crate::mail::{MAIL_READ, MAIL_UPDATE, Mail, MailState, Sender};
use crate::notifications::Whom;

/// The routes of mail.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_mail))
        .routes(routes!(redrive_mail))
        .routes(routes!(try_mail))
        .routes(routes!(read_mail_standing))
}

/// Which mail is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MailFilter {
    /// In this state.
    pub state: Option<MailState>,
}

/// What became of the mail of the last 30 days, the newest first. What it said is not told.
#[utoipa::path(get, path = "/mails", tag = "Mail", params(MailFilter, PageQuery), responses((status = 200, body = Paged<Mail>)),
    extensions(("x-permission" = json!("integration.mail.read"))))]
async fn list_mail(State(app): State<App>, caller: Caller, Query(filter): Query<MailFilter>, page: Page) -> Result<Json<Paged<Mail>>> {
    let mut tx = app.read(&caller).await?;
    let found = outbox::list(&mut tx, filter.state, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Sends a dead letter again.
#[utoipa::path(post, path = "/mails/{id}/redrive", tag = "Mail", params(("id" = Uuid, Path, description = "The mail.")),
    responses((status = 200, body = Mail)), extensions(("x-permission" = json!("integration.mail.update"))))]
async fn redrive_mail(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Mail>> {
    let mut tx = app.begin(&caller).await?;
    let mail = outbox::redrive(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(mail))
}

/// How trying to send mail went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MailTrial)]
pub struct Trial {
    /// Whether it was taken.
    pub sent: bool,
    /// What went wrong.
    pub error: Option<String>,
    /// Where it went: a mail server, or the folder that mail is put into where none is named.
    #[schema(example = "mail.example.com:587")]
    pub place: String,
}

/// Tries mail: sends one to yourself now, and tells how that went. Nothing is tried again.
#[utoipa::path(post, path = "/mails/try", tag = "Mail", responses((status = 200, body = Trial)),
    extensions(("x-permission" = json!("integration.mail.update"))))]
async fn try_mail(State(app): State<App>, caller: Caller) -> Result<Json<Trial>> {
    caller.require(MAIL_UPDATE, Scope::Organization)?;
    let (sender, whom): (Sender, Whom) = (app.part()?, app.part()?);
    let nobody = || Error::conflict("no_address", "a program has no address to send to: sign in as a person");
    let id = caller.principal.user().ok_or_else(nobody)?;
    let person = whom.0.of(caller.organization, &[id]).await?.pop().ok_or_else(nobody)?;
    let mut tx = app.read(&caller).await?;
    let name: String = tx.query_one("select name from organizations where organization_id = $1", &[&caller.organization]).await?.get(0);
    let trial: Uuid = tx.new_id();
    tx.commit().await?;
    let error = sender.attempt(trial, &person, &name).await.err().map(|failure| failure.text().to_owned());
    Ok(Json(Trial { sent: error.is_none(), error, place: sender.place() }))
}

/// How sending mail stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailStanding {
    /// Mail of this organization that waits to be sent.
    pub pending: i64,
    /// Dead letters of the last 30 days.
    pub failed: i64,
    /// How often in a row the mail server could not be used.
    pub failures: i32,
    /// Until when it is left alone.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub held_until: Option<jiff::Timestamp>,
    /// What went wrong last.
    pub why: Option<String>,
}

/// How sending mail stands: what waits, dead letters, and whether the mail server answers.
#[utoipa::path(get, path = "/mails/standing", tag = "Mail", responses((status = 200, body = MailStanding)),
    extensions(("x-permission" = json!("integration.mail.read"))))]
async fn read_mail_standing(State(app): State<App>, caller: Caller) -> Result<Json<MailStanding>> {
    caller.require(MAIL_READ, Scope::Organization)?;
    let tx = app.read(&caller).await?;
    let rows = tx
        .query_once(
            "select (select count(*) from mails where organization_id = $1 and state = 'pending'), \
                 (select count(*) from mails where organization_id = $1 and state = 'failed'), s.failures, s.held_until, s.why \
             from gemba.mail_standing() s",
            &[&caller.organization],
        )
        .await?;
    let row = rows.first().ok_or_else(|| Error::internal("there is no row about the mail server"))?;
    Ok(Json(MailStanding { pending: row.get(0), failed: row.get(1), failures: row.get(2), held_until: row.get(3), why: row.get(4) }))
}
