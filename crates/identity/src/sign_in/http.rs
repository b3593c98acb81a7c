//! `/auth`: the routes that need nobody to be signed in, and those about being signed in.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue, StatusCode};
use platform::http::{App, Body, Client, OpenApiRouter, Problem, routes};
use platform::ids::{OrganizationId, SessionId, UserId};
use platform::{Caller, Error, Principal, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::actions::{self, Attempt};
use super::{forgotten, links};
use crate::Identity;
use crate::second_factors::Due;
use crate::sessions::{Proof, cookies};
use crate::tokens::Token;
use crate::users::{Me, me};

/// Address and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Login {
    /// The address you sign in with.
    #[schema(example = "planner@demo.gemba.local")]
    email: String,
    /// The password.
    #[schema(example = "lantern walks at dawn")]
    password: String,
    /// The organization's short name; needed where the address is used in several.
    #[schema(example = "demo")]
    organization: Option<String>,
}

/// A session that has begun; its cookie comes with the answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoggedIn {
    /// Send it as `X-CSRF-Token` with every request that changes something.
    csrf_token: String,
    /// Whether somebody else chose the password, so that `POST /auth/password` has to come first.
    password_change_required: bool,
    /// What has to come first: `show` your second factor (`POST /auth/second-factor`), `set_up` one, or `nothing`.
    #[schema(example = "nothing")]
    second_factor: &'static str,
}

/// Sign in with a password.
///
/// The answer sets a session cookie. A wrong address, a wrong password and an unknown organization get the same answer.
#[utoipa::path(post, path = "/auth/login", tag = "Sign-in", request_body = Login,
    responses((status = 200, body = LoggedIn), (status = 401, description = "Address or password is not right.", body = Problem, content_type = "application/problem+json")), extensions(("x-permission" = json!("public"))))]
async fn login(State(app): State<App>, client: Client, headers: HeaderMap, Body(login): Body<Login>) -> Result<Response> {
    let identity: Identity = app.part()?;
    refuse_other_sites(&headers)?;
    let https = cookies::is_https(&client, identity.settings().https);
    let way = cookies::way(&client, identity.settings());
    way.refuse_open()?;
    let attempt = Attempt {
        email: &login.email,
        password: &login.password,
        organization: login.organization.as_deref(),
        mark: cookies::device(&headers, way),
        before: cookies::session(&headers, way),
        device: device(&headers),
    };
    let signed_in = actions::sign_in(&identity, &client, attempt).await?;
    let mut response = began(&identity, &client, signed_in.session, &signed_in.token).await?;
    cookies::set_device(response.headers_mut(), https, &signed_in.mark);
    Ok(response)
}

/// Somebody who came from an identity provider, signed out here.
#[derive(Serialize, ToSchema)]
struct LoggedOut {
    /// Where the browser goes to be signed out at the identity provider as well.
    #[schema(example = "https://login.acme.example/session/end?client_id=gemba")]
    end_session_url: String,
}

/// Sign out on this device.
///
/// Who came from an identity provider is told where to be signed out there as well.
#[utoipa::path(post, path = "/auth/logout", tag = "Sign-in",
    responses((status = 204), (status = 200, body = LoggedOut, description = "Signed out here; there is a session at the identity provider.")),
    extensions(("x-permission" = json!("signed-in"))))]
async fn logout(State(app): State<App>, client: Client, caller: Caller) -> Result<Response> {
    let identity: Identity = app.part()?;
    let elsewhere = match caller.principal {
        Principal::User { session, .. } => {
            crate::federation::end_session_address(&identity, (&app.part()?, &app.part()?), &caller, session).await
        }
        _ => None,
    };
    actions::end_own(&identity, &caller, "signed_out").await?;
    let mut response = match elsewhere {
        Some(end_session_url) => crate::shown_once(Json(LoggedOut { end_session_url }).into_response()),
        None => StatusCode::NO_CONTENT.into_response(),
    };
    cookies::clear_session(response.headers_mut(), cookies::is_https(&client, identity.settings().https));
    // What the browser keeps of this site goes as well, so that the next person at this screen finds nothing.
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(response)
}

/// Who is signed in, and the token for changing requests.
#[derive(Serialize, ToSchema)]
struct Whoami {
    /// The person or program.
    #[serde(flatten)]
    me: Me,
    /// Send it as `X-CSRF-Token` with every request that changes something; null for a key, which needs none.
    csrf_token: Option<String>,
}

/// Who is signed in.
#[utoipa::path(get, path = "/auth/me", tag = "Sign-in", responses((status = 200, body = Whoami)), extensions(("x-permission" = json!("signed-in"))))]
async fn who_am_i(State(app): State<App>, caller: Caller) -> Result<Response> {
    let identity: Identity = app.part()?;
    let csrf_token = match caller.principal {
        Principal::User { session, .. } => Some(identity.csrf_token(session)),
        _ => None,
    };
    let me = me(&mut app.read(&caller).await?).await?;
    Ok(crate::shown_once(Json(Whoami { me, csrf_token }).into_response()))
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    /// The password as it is now.
    current_password: String,
    /// At least 12 characters, none that many people have, and not made of your name.
    #[schema(min_length = 12, max_length = 256, example = "seven kettles in the fog")]
    new_password: String,
}

/// Change your password.
///
/// You are signed out everywhere else; here, a new session takes the old one's place.
#[utoipa::path(post, path = "/auth/password", tag = "Sign-in", request_body = PasswordChange, responses((status = 200, body = LoggedIn)), extensions(("x-permission" = json!("signed-in"))))]
async fn change_password(
    State(app): State<App>,
    client: Client,
    caller: Caller,
    headers: HeaderMap,
    Body(change): Body<PasswordChange>,
) -> Result<Response> {
    let identity: Identity = app.part()?;
    let opened =
        actions::change_password(&identity, &client, &caller, &change.current_password, &change.new_password, device(&headers)).await?;
    began(&identity, &client, opened.id, &opened.token).await
}

/// A link's token and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordByLink {
    /// What stands behind `#token=` in the link.
    token: String,
    /// At least 12 characters, none that many people have, and not made of your name.
    #[schema(min_length = 12, max_length = 256, example = "seven kettles in the fog")]
    password: String,
}

/// Set your password with a link from an invitation or a reset. The link works once.
#[utoipa::path(post, path = "/auth/password-link", tag = "Sign-in", request_body = PasswordByLink,
    responses((status = 204), (status = 410, description = "Used already, expired, or replaced by a newer one.", body = Problem, content_type = "application/problem+json")), extensions(("x-permission" = json!("public"))))]
async fn set_password_by_link(State(app): State<App>, client: Client, Body(body): Body<PasswordByLink>) -> Result<StatusCode> {
    actions::set_by_link(&app.part()?, &client, &body.token, &body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An address whose password was forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Forgotten {
    /// The address you sign in with.
    #[schema(max_length = 254, example = "planner@demo.gemba.local")]
    email: String,
    /// The organization's short name; where none is named, each that knows the address.
    #[schema(max_length = 63, example = "demo")]
    organization: Option<String>,
}

/// Have a link sent to you with which you set a new password.
///
/// The answer is the same whether there is such an account or not. Three links for an account in a row, then they wait.
#[utoipa::path(post, path = "/auth/password/forgot", tag = "Sign-in", request_body = Forgotten,
    responses((status = 202, description = "If there is such an account, a mail is on its way.")), extensions(("x-permission" = json!("public"))))]
async fn forgot_password(State(app): State<App>, client: Client, headers: HeaderMap, Body(asked): Body<Forgotten>) -> Result<StatusCode> {
    refuse_other_sites(&headers)?;
    let longest = |text: &str, most: usize| text.chars().count() <= most && !text.contains('\0');
    // What cannot be an address belongs to nobody, and is answered so.
    if longest(&asked.email, 254) && asked.organization.as_deref().is_none_or(|slug| longest(slug, 63)) {
        forgotten::forgot(&app.part()?, &app.part()?, &client, &asked.email, asked.organization.as_deref()).await?;
    }
    Ok(StatusCode::ACCEPTED)
}

/// A link's token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkToken {
    /// What stands behind `#token=` in the link.
    token: String,
}

/// Whom a link is for.
#[derive(Serialize, ToSchema)]
struct LinkPurpose {
    /// The address to sign in with.
    #[schema(example = "planner@demo.gemba.local")]
    email: String,
    /// The organization's name.
    #[schema(example = "Demo Drives")]
    organization: String,
    /// `invitation` or `reset`.
    #[schema(example = "invitation")]
    purpose: String,
}

/// Whom a link is for, without using it up.
#[utoipa::path(post, path = "/auth/password-link/check", tag = "Sign-in", request_body = LinkToken,
    responses((status = 200, body = LinkPurpose), (status = 410, description = "Used already, expired, or replaced by a newer one.", body = Problem, content_type = "application/problem+json")), extensions(("x-permission" = json!("public"))))]
async fn check_password_link(State(app): State<App>, Body(body): Body<LinkToken>) -> Result<Json<LinkPurpose>> {
    let found = links::find(&app.part()?, &body.token).await?;
    Ok(Json(LinkPurpose { email: found.email, organization: found.organization_name, purpose: found.purpose }))
}

/// Answers with the session as it is now and sets its cookie.
pub(crate) async fn began(identity: &Identity, client: &Client, session: SessionId, token: &Token) -> Result<Response> {
    let known = identity.known_of_session(token, client).await?;
    let second_factor = match known.due {
        Due::Nothing => "nothing",
        Due::Show => "show",
        Due::SetUp => "set_up",
    };
    let body = LoggedIn { csrf_token: identity.csrf_token(session), password_change_required: known.must_change, second_factor };
    let mut response = crate::shown_once(Json(body).into_response());
    cookies::set_session(response.headers_mut(), cookies::is_https(client, identity.settings().https), token);
    Ok(response)
}

/// Opens the session of somebody whose passkey was right, and answers as a sign-in does.
pub(crate) async fn signed_in_with_passkey(
    identity: &Identity,
    client: &Client,
    headers: &HeaderMap,
    organization: OrganizationId,
    user: UserId,
) -> Result<Response> {
    refuse_other_sites(headers)?;
    let way = cookies::way(client, identity.settings());
    way.refuse_open()?;
    let now = identity.database().context().now();
    let proof = Proof { method: Some("passkey"), factor: Some(("passkey".into(), now)) };
    let before = cookies::session(headers, way);
    let opened = actions::open_proven(identity, client, (organization, user), before, device(headers), &proof).await?;
    began(identity, client, opened.id, &opened.token).await
}

pub(crate) fn device(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Refuses what another site's page sends in a browser: nobody shall be signed in to an account that is not theirs without noticing.
fn refuse_other_sites(headers: &HeaderMap) -> Result<()> {
    match headers.get("sec-fetch-site").and_then(|value| value.to_str().ok()) {
        Some("cross-site" | "same-site") => {
            Err(Error::new(platform::error::Kind::Forbidden, "csrf", "signing in has to begin on Gemba's own page"))
        }
        _ => Ok(()),
    }
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(logout))
        .routes(routes!(who_am_i))
        .routes(routes!(change_password))
        .routes(routes!(forgot_password))
        .routes(routes!(set_password_by_link))
        .routes(routes!(check_password_link))
}
