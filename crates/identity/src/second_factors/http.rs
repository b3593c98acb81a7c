//! `/me/second-factors`, `/auth/second-factor` and `/auth/passkey`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use platform::http::{App, Body, Client, OpenApiRouter, Path, routes};
use platform::ids::UserId;
use platform::{Caller, Error, FieldError, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::{self, AppSeed, Shown};
use super::passkeys::{self, MadeCredential, PasskeyOptions, UsedCredential};
use super::{SecondFactor, store};
use crate::Identity;
use crate::sign_in::{LoggedIn, began, signed_in_with_passkey};
use crate::tokens::Token;

/// What somebody has set up.
#[derive(Serialize, ToSchema)]
struct SecondFactors {
    /// Apps and passkeys, in the order they were set up.
    items: Vec<SecondFactor>,
    /// Recovery codes that were not used yet.
    #[schema(example = 10)]
    recovery_codes_left: i64,
}

/// Your second factors.
#[utoipa::path(get, path = "/me/second-factors", tag = "Second factors", responses((status = 200, body = SecondFactors)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn list_my_second_factors(State(app): State<App>, caller: Caller) -> Result<Json<SecondFactors>> {
    let (user, _) = crate::sessions::person(&caller)?;
    let mut tx = app.read(&caller).await?;
    Ok(Json(SecondFactors { items: store::list(&mut tx, user).await?, recovery_codes_left: store::codes_left(&mut tx, user).await? }))
}

/// What the new factor is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FactorName {
    /// As you will recognise it.
    #[schema(min_length = 1, max_length = 100, example = "Phone")]
    name: String,
}

/// Set up an authenticator app: its seed, shown this once. It counts once it is confirmed.
#[utoipa::path(post, path = "/me/second-factors/totp", tag = "Second factors", request_body = FactorName,
    responses((status = 201, body = AppSeed)), extensions(("x-permission" = json!("signed-in"))))]
async fn begin_authenticator_app(State(app): State<App>, caller: Caller, Body(wanted): Body<FactorName>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let seed = actions::begin_app(&mut tx, &app.part()?, &wanted.name).await?;
    tx.commit().await?;
    Ok(crate::shown_once((StatusCode::CREATED, Json(seed)).into_response()))
}

/// A code of the app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AppCode {
    /// The six digits it shows now.
    #[schema(example = "287082")]
    code: String,
}

/// Codes for the day the device is lost.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    /// Each works once; shown this once. Empty where there are some already.
    #[schema(example = json!(["MZXW-6YTB-OI42-K7PA"]))]
    recovery_codes: Vec<String>,
}

/// Confirm an authenticator app with a code of it.
#[utoipa::path(post, path = "/me/second-factors/totp/{id}/confirm", tag = "Second factors", request_body = AppCode,
    params(("id" = Uuid, Path, description = "The factor.")), responses((status = 200, body = RecoveryCodes)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn confirm_authenticator_app(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(shown): Body<AppCode>,
) -> Result<Response> {
    let identity: Identity = app.part()?;
    crate::sign_in::count_tries(&identity, &caller).await?;
    let mut tx = app.begin(&caller).await?;
    let recovery_codes = actions::confirm_app(&mut tx, &identity, &app.part()?, id, &shown.code).await?;
    tx.commit().await?;
    Ok(crate::shown_once(Json(RecoveryCodes { recovery_codes }).into_response()))
}

/// What the browser needs to set up a passkey.
#[utoipa::path(post, path = "/me/second-factors/passkeys/options", tag = "Second factors", responses((status = 200, body = PasskeyOptions)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn begin_passkey(State(app): State<App>, caller: Caller) -> Result<Response> {
    let identity: Identity = app.part()?;
    let mut tx = app.begin(&caller).await?;
    let options = passkeys::begin_making(&mut tx, &identity.party()).await?;
    tx.commit().await?;
    Ok(crate::shown_once(Json(options).into_response()))
}

/// A passkey that the browser made.
#[derive(Deserialize, ToSchema)]
struct NewPasskey {
    /// As you will recognise it.
    #[schema(min_length = 1, max_length = 100, example = "Laptop")]
    name: String,
    /// What `navigator.credentials.create` gave, by `toJSON()`.
    credential: MadeCredential,
}

/// A passkey, set up.
#[derive(Serialize, ToSchema)]
struct PasskeyMade {
    /// The factor.
    id: Uuid,
    /// Codes for the day the device is lost, with your first factor; shown this once.
    recovery_codes: Vec<String>,
}

/// Set up a passkey that the browser made.
#[utoipa::path(post, path = "/me/second-factors/passkeys", tag = "Second factors", request_body = NewPasskey,
    responses((status = 201, body = PasskeyMade)), extensions(("x-permission" = json!("signed-in"))))]
async fn add_passkey(State(app): State<App>, caller: Caller, Body(made): Body<NewPasskey>) -> Result<Response> {
    let identity: Identity = app.part()?;
    let mut tx = app.begin(&caller).await?;
    let (id, recovery_codes) =
        passkeys::finish_making(&mut tx, &identity, &identity.party(), &made.name, &made.credential.response).await?;
    tx.commit().await?;
    Ok(crate::shown_once((StatusCode::CREATED, Json(PasskeyMade { id, recovery_codes })).into_response()))
}

/// Make new recovery codes; the old ones stop working.
#[utoipa::path(post, path = "/me/second-factors/recovery-codes", tag = "Second factors", responses((status = 200, body = RecoveryCodes)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn renew_recovery_codes(State(app): State<App>, caller: Caller) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let recovery_codes = actions::renew_codes(&mut tx, &app.part()?).await?;
    tx.commit().await?;
    Ok(crate::shown_once(Json(RecoveryCodes { recovery_codes }).into_response()))
}

/// Remove one of your second factors. With the last one, the recovery codes go.
#[utoipa::path(delete, path = "/me/second-factors/{id}", tag = "Second factors", params(("id" = Uuid, Path, description = "The factor.")),
    responses((status = 204)), extensions(("x-permission" = json!("signed-in"))))]
async fn remove_second_factor(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode> {
    let mut tx = app.begin(&caller).await?;
    actions::remove(&mut tx, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take all second factors and recovery codes from somebody who lost theirs; they are signed out everywhere.
#[utoipa::path(post, path = "/users/{id}/reset-second-factors", tag = "Users", params(("id" = Uuid, Path, description = "The user.")),
    responses((status = 204)), extensions(("x-permission" = json!("identity.user.reset_second_factors"))))]
async fn reset_second_factors(State(app): State<App>, caller: Caller, Path(id): Path<UserId>) -> Result<StatusCode> {
    let mut tx = app.begin(&caller).await?;
    actions::reset_second_factors(&mut tx, &app.part()?, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A code of an app, or a recovery code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShownCode {
    /// The six digits your app shows now.
    #[schema(example = "287082")]
    code: Option<String>,
    /// One of your recovery codes; it works once.
    recovery_code: Option<String>,
}

/// Show your second factor: after the password, and again before what is sensitive.
#[utoipa::path(post, path = "/auth/second-factor", tag = "Sign-in", request_body = ShownCode, responses((status = 200, body = LoggedIn)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn show_second_factor(State(app): State<App>, client: Client, caller: Caller, Body(shown): Body<ShownCode>) -> Result<Response> {
    passkeys::is_person(&caller)?;
    let identity: Identity = app.part()?;
    let shown = match (&shown.code, &shown.recovery_code) {
        (Some(code), None) => Shown::Code(code),
        (None, Some(code)) => Shown::RecoveryCode(code),
        _ => return Err(Error::invalid(vec![FieldError::new("", "one_code", "send either code or recovery_code")])),
    };
    let token = actions::show(&identity, &app.part()?, &caller, shown).await?;
    went_on(&identity, &client, &caller, &token).await
}

/// What the browser needs to show a passkey of yours.
#[utoipa::path(post, path = "/auth/second-factor/passkey/options", tag = "Sign-in", responses((status = 200, body = PasskeyOptions)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn begin_showing_passkey(State(app): State<App>, caller: Caller) -> Result<Response> {
    let identity: Identity = app.part()?;
    let mut tx = app.begin(&caller).await?;
    let options = passkeys::begin_showing(&mut tx, &identity.party()).await?;
    tx.commit().await?;
    Ok(crate::shown_once(Json(options).into_response()))
}

/// Show a passkey as your second factor.
#[utoipa::path(post, path = "/auth/second-factor/passkey", tag = "Sign-in", request_body = UsedCredential, responses((status = 200, body = LoggedIn)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn show_passkey(State(app): State<App>, client: Client, caller: Caller, Body(used): Body<UsedCredential>) -> Result<Response> {
    let identity: Identity = app.part()?;
    let token = passkeys::finish_showing(&identity, &caller, &identity.party(), &used).await?;
    went_on(&identity, &client, &caller, &token).await
}

/// What the browser needs to sign in with a passkey alone.
#[utoipa::path(post, path = "/auth/passkey/options", tag = "Sign-in", responses((status = 200, body = PasskeyOptions)),
    extensions(("x-permission" = json!("public"))))]
async fn begin_passkey_sign_in(State(app): State<App>) -> Result<Response> {
    let identity: Identity = app.part()?;
    let mut tx = app.database.before_sign_in().await?;
    let options = passkeys::begin_sign_in(&mut tx, &identity.party()).await?;
    tx.commit().await?;
    Ok(crate::shown_once(Json(options).into_response()))
}

/// Sign in with a passkey alone. It is what you have and who you are, so no second factor is asked for.
#[utoipa::path(post, path = "/auth/passkey", tag = "Sign-in", request_body = UsedCredential, responses((status = 200, body = LoggedIn)),
    extensions(("x-permission" = json!("public"))))]
async fn sign_in_with_passkey(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Body(used): Body<UsedCredential>,
) -> Result<Response> {
    let identity: Identity = app.part()?;
    let proven = passkeys::finish_sign_in(&identity, &client, &identity.party(), &used).await?;
    signed_in_with_passkey(&identity, &client, &headers, proven.organization, proven.user).await
}

/// The session has a new token, and perhaps something else that comes first: the answer is the one of signing in.
async fn went_on(identity: &Identity, client: &Client, caller: &Caller, token: &Token) -> Result<Response> {
    let (_, session) = crate::sessions::person(caller)?;
    began(identity, client, session, token).await
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_my_second_factors))
        .routes(routes!(begin_authenticator_app))
        .routes(routes!(confirm_authenticator_app))
        .routes(routes!(begin_passkey))
        .routes(routes!(add_passkey))
        .routes(routes!(renew_recovery_codes))
        .routes(routes!(remove_second_factor))
        .routes(routes!(reset_second_factors))
        .routes(routes!(show_second_factor))
        .routes(routes!(begin_showing_passkey))
        .routes(routes!(show_passkey))
        .routes(routes!(begin_passkey_sign_in))
        .routes(routes!(sign_in_with_passkey))
}
