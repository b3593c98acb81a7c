//! Links in mail with which a person gets no more of its kind, without signing in (RFC 8058).
//!
//! A link is signed, names one person and one topic, and can do nothing but turn mail of that topic off. Used again it does nothing more; used after the person
//! has decided otherwise, it does nothing at all.
//!
//! **Invariant:** looking at a link changes nothing: programs that look through mail for dangerous links follow them.

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;
use jiff::Timestamp;
use uuid::Uuid;

use crate::caller::Caller;
use crate::database::Tx;
use crate::error::{Error, Kind, Result};
use crate::http::{App, Client, Path};
use crate::ids::{OrganizationId, UserId};
use crate::language::{Language, Words};
use crate::mail::{Occasion, Signer};
use crate::notifications::{Declared, MailWhen, inbox, letters, preferences};

const PURPOSE: &str = "unsubscribe";
/// Stands for everything that comes in the daily mail.
pub(super) const DAILY: &str = "daily";

/// What a link is for.
struct Link {
    organization: OrganizationId,
    person: UserId,
    made_at: Timestamp,
    topic: String,
}

/// The address that turns mail of a topic off for the person of `occasion`.
pub(super) fn address(occasion: &Occasion<'_>, topic: &str, now: Timestamp) -> String {
    let (organization, person) = (occasion.person.caller.organization, occasion.person.id);
    let mut payload = Vec::with_capacity(64);
    payload.extend_from_slice(organization.0.as_bytes());
    payload.extend_from_slice(person.0.as_bytes());
    payload.extend_from_slice(&now.as_second().to_be_bytes());
    payload.extend_from_slice(topic.as_bytes());
    format!("{}/api/v1/unsubscribe/{}", occasion.address, occasion.signer.sign(PURPOSE, &payload))
}

fn read(signer: &Signer, token: &str) -> Result<Link> {
    let read = || {
        let payload = signer.open(PURPOSE, token)?;
        let (fixed, topic) = payload.split_at_checked(40)?;
        Some(Link {
            organization: Uuid::from_slice(&fixed[..16]).ok()?.into(),
            person: Uuid::from_slice(&fixed[16..32]).ok()?.into(),
            made_at: Timestamp::from_second(i64::from_be_bytes(fixed[32..].try_into().ok()?)).ok()?,
            topic: String::from_utf8(topic.to_vec()).ok()?,
        })
    };
    read().ok_or_else(|| Error::new(Kind::NotFound, "not_found", "this is no link of Gemba's, or not the whole of it"))
}

const TITLE: Words = Words::new("Mail from Gemba", "Correos de Gemba", "Nachrichten von Gemba");
const ASK: Words = Words::new(
    "No more mail about this: {topic}?",
    "¿No recibir más correos sobre esto: {topic}?",
    "Keine Nachrichten mehr hierzu: {topic}?",
);
const PRESS: Words = Words::new("Stop this mail", "No recibir más", "Abbestellen");
const DONE: Words = Words::new(
    "You get no more mail about this: {topic}. You can change that in Gemba, under your preferences.",
    "Ya no recibirás correos sobre esto: {topic}. Puedes cambiarlo en Gemba, en tus preferencias.",
    "Hierzu bekommst du keine Nachrichten mehr: {topic}. Das kannst du in Gemba in deinen Einstellungen ändern.",
);

/// Asks whether somebody wants no more mail of a kind; changes nothing.
#[utoipa::path(get, path = "/unsubscribe/{token}", tag = "Mail", params(("token" = String, Path, description = "What the link holds.")),
    responses((status = 200, description = "A page with one button.", content_type = "text/html", body = String)), extensions(("x-permission" = json!("public"))))]
pub(super) async fn ask_to_unsubscribe(State(app): State<App>, client: Client, Path(token): Path<String>) -> Result<Response> {
    let link = read(&app.part()?, &token)?;
    let declared: Declared = app.part()?;
    let mut tx = app.read(&Caller::system(PURPOSE, link.organization, client.request)).await?;
    let language = known(&mut tx, &link).await?;
    tx.commit().await?;
    let topic = letters::topic_title(&declared, &link.topic, language);
    let form = format!("<form method=\"post\"><button type=\"submit\">{}</button></form>", PRESS.text(language));
    Ok(page(language, &ASK.fill(language, &[("topic", &topic)]), &form))
}

/// Turns mail of a kind off for whom a link was made: what mail programs do when somebody presses their own button (RFC 8058).
#[utoipa::path(post, path = "/unsubscribe/{token}", tag = "Mail", params(("token" = String, Path, description = "What the link holds.")),
    responses((status = 200, description = "Turned off, now or before.", content_type = "text/html", body = String),
        (status = 410, description = "The person has decided otherwise since the mail was sent.", body = crate::http::Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("public"))))]
pub(super) async fn unsubscribe(State(app): State<App>, client: Client, Path(token): Path<String>) -> Result<Response> {
    let link = read(&app.part()?, &token)?;
    let declared: Declared = app.part()?;
    let mut tx = app.begin(&Caller::system(PURPOSE, link.organization, client.request)).await?;
    let language = known(&mut tx, &link).await?;
    for topic in declared.topics().iter().filter(|topic| !topic.is_fixed) {
        let ways = preferences::of(&mut tx, topic, &[link.person]).await?;
        let now = ways.get(&link.person).map_or(MailWhen::Off, |ways| ways.mail);
        let is_meant = topic.name == link.topic || (link.topic == DAILY && now == MailWhen::Daily);
        if !is_meant || now == MailWhen::Off {
            continue;
        }
        let query = "select changed_at from notification_preferences where organization_id = $1 and user_id = $2 and topic = $3 for update";
        let changed = tx.query_opt(query, &[&link.organization, &link.person, &topic.name]).await?;
        if changed.is_some_and(|row| row.get::<_, Timestamp>(0) > link.made_at) {
            let detail = "you have decided otherwise since this mail was sent; your preferences in Gemba say how you are told";
            return Err(Error::new(Kind::Gone, "link_outdated", detail));
        }
        preferences::set(&mut tx, topic, link.person, None, Some(MailWhen::Off)).await?;
    }
    tx.commit().await?;
    let topic = letters::topic_title(&declared, &link.topic, language);
    Ok(page(language, &DONE.fill(language, &[("topic", &topic)]), ""))
}

/// The language of whom a link was made for.
///
/// # Errors
/// 404 where there is no such account any more.
async fn known(tx: &mut Tx, link: &Link) -> Result<Language> {
    let query = "select 1 from users where organization_id = $1 and id = $2";
    if tx.query_opt(query, &[&link.organization, &link.person]).await?.is_none() {
        return Err(Error::new(Kind::NotFound, "not_found", "this is no link of Gemba's, or not the whole of it"));
    }
    inbox::language(tx, link.person).await
}

/// A page without anything of others; what it says are words of ours.
fn page(language: Language, says: &str, more: &str) -> Response {
    let title = TITLE.text(language);
    let html = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title}</title>\
         <style>body{{font:18px/1.5 system-ui,sans-serif;max-width:34em;margin:15vh auto 0;padding:0 16px;color-scheme:light dark}}\
         button{{font:inherit;padding:10px 20px}}</style></head><body><main><h1>{title}</h1><p>{says}</p>{more}</main></body></html>",
        language.tag()
    );
    let mut response = Html(html).into_response();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}
