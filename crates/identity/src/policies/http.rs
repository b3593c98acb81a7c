//! `/policies` and `/authz/explain`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use platform::http::{
    App, Body, Cursor, ETag, IfMatch, IfMatchHeader, OpenApiRouter, Page, PageQuery, Paged, Path, Problem, Query, created, routes,
};
use platform::{Caller, Result};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::explain::{Explanation, Question, explain};
use super::trial::{Trial, try_out};
use super::{NewPolicies, PolicyVersion, actions, store};
use crate::{Identity, permissions};

/// What policies can speak of.
#[derive(Serialize, ToSchema)]
struct PolicySchema {
    /// Types, members and actions, as a schema of Cedar.
    #[schema(example = "entity Place = { \"plant\"?: { \"code\": String } };")]
    schema: String,
    /// What tells it from another program's.
    hash: String,
}

/// What was understood of a text.
#[derive(Serialize, ToSchema)]
struct PolicyCheck {
    /// The policies, in the order of the text.
    policies: Vec<CheckedPolicy>,
    /// Permissions whose lists are narrowed.
    #[schema(example = json!(["factory.line.read"]))]
    narrows_lists: Vec<String>,
}

/// A policy that was understood.
#[derive(Serialize, ToSchema)]
struct CheckedPolicy {
    /// Its name.
    #[schema(example = "night-shift-lines")]
    id: String,
    /// What it says to whom it refuses something.
    refusal: Option<String>,
    /// Where it begins, from 1.
    line: usize,
}

/// The versions of the organization's policies, the newest first.
#[utoipa::path(get, path = "/policies", tag = "Policies", params(PageQuery), responses((status = 200, body = Paged<PolicyVersion>)),
    extensions(("x-permission" = json!("identity.policy.read"))))]
async fn list_policies(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<PolicyVersion>>> {
    actions::require(&caller, permissions::POLICY_READ)?;
    let before = match &page.after {
        None => None,
        Some(cursor) => {
            cursor.of_sort("-number")?;
            cursor.values.first().and_then(serde_json::Value::as_i64)
        }
    };
    let mut tx = app.read(&caller).await?;
    let found = store::list(&mut tx, before, i64::from(page.limit) + 1).await?;
    tx.commit().await?;
    let end = |last: &PolicyVersion| Cursor { sort: "-number".into(), values: vec![last.number.into()], id: last.id };
    Ok(Json(Paged::of(found, &page, end)))
}

/// What policies can speak of: the schema against which they are checked.
#[utoipa::path(get, path = "/policies/schema", tag = "Policies", responses((status = 200, body = PolicySchema)),
    extensions(("x-permission" = json!("identity.policy.read"))))]
async fn read_policy_schema(State(app): State<App>, caller: Caller) -> Result<Json<PolicySchema>> {
    actions::require(&caller, permissions::POLICY_READ)?;
    let language = app.part::<Identity>()?.language()?;
    Ok(Json(PolicySchema { schema: language.text().into(), hash: language.hash().into() }))
}

/// One version.
#[utoipa::path(get, path = "/policies/{id}", tag = "Policies", params(("id" = Uuid, Path, description = "The version.")),
    responses((status = 200, body = PolicyVersion)), extensions(("x-permission" = json!("identity.policy.read"))))]
async fn read_policies(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    actions::require(&caller, permissions::POLICY_READ)?;
    let mut tx = app.read(&caller).await?;
    let found = store::find(&mut tx, id).await?;
    tx.commit().await?;
    Ok(answer(found))
}

/// Keep a version of the organization's policies as a draft. It is checked as a whole; what is wrong comes with line and column.
#[utoipa::path(post, path = "/policies", tag = "Policies", request_body = NewPolicies, responses((status = 201, body = PolicyVersion)),
    extensions(("x-permission" = json!("identity.policy.create"))))]
async fn create_policies(State(app): State<App>, caller: Caller, body: platform::http::Unread<NewPolicies>) -> Result<Response> {
    actions::require(&caller, permissions::POLICY_CREATE)?;
    let new = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let version = actions::create(&mut tx, &app.part()?, &new).await?;
    tx.commit().await?;
    Ok(created(&format!("/api/v1/policies/{}", version.id), version.version, &version))
}

/// Check a text without keeping it.
#[utoipa::path(post, path = "/policies/check", tag = "Policies", request_body = NewPolicies, responses((status = 200, body = PolicyCheck)),
    extensions(("x-permission" = json!("identity.policy.create"))))]
async fn check_policies(State(app): State<App>, caller: Caller, Body(new): Body<NewPolicies>) -> Result<Json<PolicyCheck>> {
    actions::require(&caller, permissions::POLICY_CREATE)?;
    let compiled = actions::check(app.part::<Identity>()?.language()?, new.text).await?;
    let policies = compiled.rules().iter();
    let policies = policies.map(|rule| CheckedPolicy { id: rule.id.clone(), refusal: rule.sentence.clone(), line: rule.line }).collect();
    let narrows_lists = compiled.narrowed().map(|(permission, _)| permission.0.to_owned()).collect();
    Ok(Json(PolicyCheck { policies, narrows_lists }))
}

/// Try a version on the last 1,000 decisions: what would have been refused, what would be allowed again, for whom, and why; and what people would
/// not see any more. Nothing else changes.
#[utoipa::path(post, path = "/policies/{id}/try", tag = "Policies", params(("id" = Uuid, Path, description = "The version.")),
    responses((status = 200, body = Trial)), extensions(("x-permission" = json!("identity.policy.create"))))]
async fn try_policies(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Trial>> {
    actions::require(&caller, permissions::POLICY_CREATE)?;
    Ok(Json(try_out(&app, &caller, id).await?))
}

/// Let a version count from now on, in the place of the one that did. It must have been tried within the last 24 h. An older one is restored so too.
#[utoipa::path(post, path = "/policies/{id}/activate", tag = "Policies", params(("id" = Uuid, Path, description = "The version."), IfMatchHeader),
    responses((status = 200, body = PolicyVersion)), extensions(("x-permission" = json!("identity.policy.activate"))))]
async fn activate_policies(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, meant: IfMatch) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let version = actions::activate(&mut tx, &app.part()?, id, meant).await?;
    tx.commit().await?;
    Ok(answer(version))
}

/// Take the version back that counts: only roles count then.
#[utoipa::path(post, path = "/policies/{id}/retire", tag = "Policies", params(("id" = Uuid, Path, description = "The version."), IfMatchHeader),
    responses((status = 200, body = PolicyVersion)), extensions(("x-permission" = json!("identity.policy.activate"))))]
async fn retire_policies(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, meant: IfMatch) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let version = actions::retire(&mut tx, id, meant).await?;
    tx.commit().await?;
    Ok(answer(version))
}

/// Why somebody may do something, or may not: roles first, then every policy about it, with what it was asked with. About oneself everybody may ask;
/// about others, and about records that a policy hides, it takes `identity.authorization.explain`.
#[utoipa::path(get, path = "/authz/explain", tag = "Policies", params(Question),
    responses((status = 200, body = Explanation),
        (status = 404, description = "No such person, plant or record, or none that you may see.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("signed-in"))))]
async fn explain_authorization(State(app): State<App>, caller: Caller, Query(question): Query<Question>) -> Result<Json<Explanation>> {
    Ok(Json(explain(&app, &caller, &question).await?))
}

fn answer(version: PolicyVersion) -> Response {
    (ETag(version.version), Json(version)).into_response()
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_policies, create_policies))
        .routes(routes!(read_policy_schema))
        .routes(routes!(check_policies))
        .routes(routes!(read_policies))
        .routes(routes!(try_policies))
        .routes(routes!(activate_policies))
        .routes(routes!(retire_policies))
        .routes(routes!(explain_authorization))
}
