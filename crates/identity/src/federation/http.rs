//! `/auth/start` and `/auth/oidc`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CACHE_CONTROL, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use platform::error::Kind;
use platform::http::{App, Body, Client, OpenApiRouter, Path, Problem, Query, routes};
use platform::{Error, FieldError, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::actions::{self, Answer, Browser};
use super::logout;
use crate::Identity;
use crate::sessions::cookies;
use crate::sign_in::device;

/// Of an address of mail, in characters (RFC 5321, 4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Start {
    /// The address; its mail domain leads to the provider.
    #[schema(max_length = 254, example = "ines.kowalski@acme.example")]
    email: String,
    /// The organization's short name, instead of the domain.
    #[schema(example = "acme")]
    organization: Option<String>,
}

/// The ways to sign in.
#[derive(Serialize, ToSchema)]
struct Ways {
    /// Identity providers; where there are some, a page offers them first.
    providers: Vec<Way>,
    /// Whether a password may be tried.
    password: bool,
}

/// An identity provider to sign in at.
#[derive(Serialize, ToSchema)]
struct Way {
    /// The provider.
    id: Uuid,
    /// As people know it.
    #[schema(example = "Acme Login")]
    name: String,
    /// Where the browser goes.
    #[schema(example = "/api/v1/auth/oidc/0199d1a0-0000-7000-8000-000000000001/start")]
    start: String,
}

/// Find out how somebody signs in.
///
/// The answer depends on the mail domain, or the organization named, never on whether there is an account.
#[utoipa::path(post, path = "/auth/start", tag = "Sign-in", request_body = Start, responses((status = 200, body = Ways)),
    extensions(("x-permission" = json!("public"))))]
async fn start_sign_in(State(app): State<App>, Body(start): Body<Start>) -> Result<Json<Ways>> {
    if start.email.chars().count() > LONGEST_ADDRESS {
        let detail = format!("an address has at most {LONGEST_ADDRESS} characters");
        return Err(Error::invalid(vec![FieldError::new("/email", "too_long", detail)]));
    }
    let domain = start.email.trim().rsplit_once('@').map(|(_, domain)| domain.to_lowercase()).unwrap_or_default();
    let tx = app.database.before_sign_in().await?;
    let rows = tx.query_once("select provider_id, name from gemba.providers_for($1, $2)", &[&domain, &start.organization]).await?;
    let way = |row: &tokio_postgres::Row| {
        let id: Uuid = row.get(0);
        Way { id, name: row.get(1), start: format!("/api/v1/auth/oidc/{id}/start") }
    };
    Ok(Json(Ways { providers: rows.iter().map(way).collect(), password: true }))
}

/// Where somebody wants to be afterwards.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wish {
    /// A path of this site.
    #[param(max_length = 1000, example = "/lines")]
    return_to: Option<String>,
    /// The address, for the provider's page.
    #[param(max_length = 254, example = "ines.kowalski@acme.example")]
    login_hint: Option<String>,
}

/// Go to an identity provider to sign in.
#[utoipa::path(get, path = "/auth/oidc/{provider}/start", tag = "Sign-in", responses((status = 303, description = "To the provider.")),
    params(("provider" = Uuid, Path, description = "The provider."), Wish), extensions(("x-permission" = json!("public"))))]
async fn start_at_provider(
    State(app): State<App>,
    client: Client,
    Path(provider): Path<Uuid>,
    Query(wish): Query<Wish>,
) -> Result<Response> {
    let identity: Identity = app.part()?;
    let way = cookies::way(&client, identity.settings());
    way.refuse_open()?;
    let return_to = wish.return_to.as_deref().unwrap_or("/");
    let sent = actions::send(&identity, &app.part()?, &client, provider, return_to, wish.login_hint.as_deref()).await?;
    let mut response = redirect(&sent.location)?;
    cookies::set_keepsake(response.headers_mut(), cookies::is_https(&client, identity.settings().https), Some(&sent.keepsake));
    Ok(response)
}

/// What the provider sends with somebody.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Returned {
    /// Redeemed for the statement about them.
    code: Option<String>,
    /// What was begun.
    state: Option<String>,
    /// The provider that answers (RFC 9207).
    iss: Option<String>,
    /// Why they were not signed in there.
    error: Option<String>,
    /// The same in words.
    error_description: Option<String>,
}

/// Come back from an identity provider.
#[utoipa::path(get, path = "/auth/oidc/{provider}/callback", tag = "Sign-in", responses((status = 303, description = "Signed in; to the page wished for."),
        (status = 401, description = "Not begun in this browser, too late, or the provider says no.", body = Problem, content_type = "application/problem+json")),
    params(("provider" = Uuid, Path, description = "The provider."), Returned), extensions(("x-permission" = json!("public"))))]
async fn return_from_provider(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Path(provider): Path<Uuid>,
    Query(returned): Query<Returned>,
) -> Result<Response> {
    let identity: Identity = app.part()?;
    let way = cookies::way(&client, identity.settings());
    let https = cookies::is_https(&client, identity.settings().https);
    let Returned { code, state, iss, error, error_description } = returned;
    let answer = Answer { code, state, iss, error, error_description };
    let browser = Browser { keepsake: cookies::keepsake(&headers, way), before: cookies::session(&headers, way), device: device(&headers) };
    let arrived = match actions::take_back(&identity, (&app.part()?, &app.part()?), &client, provider, &answer, browser).await {
        Ok(arrived) => arrived,
        // A person sees a page that says why; a program the problem itself.
        Err(refused) if wants_page(&headers) && refused.kind != Kind::Internal => {
            return redirect(&format!("/sign-in?error={}", refused.code));
        }
        Err(refused) => return Err(refused),
    };
    let mut response = redirect(&arrived.return_to)?;
    cookies::set_session(response.headers_mut(), https, &arrived.opened.token);
    cookies::set_keepsake(response.headers_mut(), https, None);
    Ok(response)
}

/// An identity provider says that a session ended there (OpenID Connect Back-Channel Logout).
#[utoipa::path(post, path = "/auth/oidc/{provider}/back-channel-logout", tag = "Sign-in",
    request_body(content = BackChannelLogout, content_type = "application/x-www-form-urlencoded"),
    params(("provider" = Uuid, Path, description = "The provider.")),
    responses((status = 200, description = "The sessions are ended.")), extensions(("x-permission" = json!("public"))))]
async fn end_at_provider(State(app): State<App>, client: Client, Path(provider): Path<Uuid>, body: Bytes) -> Result<Response> {
    let token = url::form_urlencoded::parse(&body).find(|(name, _)| name == "logout_token").map(|(_, token)| token.into_owned());
    let token =
        token.ok_or_else(|| Error::invalid(vec![FieldError::new("/logout_token", "required", "the form has to hold logout_token")]))?;
    logout::take_word(&app.part()?, &app.part()?, &client, provider, &token).await?;
    Ok(([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], StatusCode::OK).into_response())
}

/// A provider's word.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the form")]
struct BackChannelLogout {
    /// The statement, signed.
    logout_token: String,
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

fn redirect(location: &str) -> Result<Response> {
    let location = HeaderValue::from_str(location).map_err(Error::internal)?;
    Ok(crate::shown_once((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()))
}

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(start_sign_in))
        .routes(routes!(start_at_provider))
        .routes(routes!(return_from_provider))
        .routes(routes!(end_at_provider))
}
