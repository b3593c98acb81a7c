//! Roles: groups of atomic permissions. The built-in ones are patterns in the program; an organization makes its own of single permissions.
//!
//! **Invariant:** nobody makes or changes a role to allow what they are not allowed themselves for the whole organization.
//! **Invariant:** a role that is archived allows nothing; its grants stay, and count again when it is restored.

pub mod built_in;
mod http;
mod store;

use std::collections::BTreeSet;

use platform::http::IfMatch;
use platform::{Error, FieldError, Result, Scope, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Identity, grants, permissions, sessions};

pub(crate) use http::routes;

/// A role: what it allows, by name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Role {
    /// What grants refer to: the key of a built-in role, the identifier of an own one.
    #[schema(example = "planner")]
    pub id: String,
    /// As people call it.
    #[schema(example = "Planner")]
    pub name: String,
    /// Whom it is for.
    pub description: Option<String>,
    /// Whether it is part of the program, and cannot be changed.
    pub built_in: bool,
    /// The permissions, by name.
    #[schema(example = json!(["factory.line.read"]))]
    pub permissions: Vec<String>,
    /// Whether it was archived.
    pub archived: bool,
    /// Counts changes; the ETag.
    pub version: i64,
}

/// A role to make, or what one becomes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleBody {
    /// As people call it; unique in the organization.
    #[schema(min_length = 1, max_length = 100, example = "Line Lead")]
    pub name: String,
    /// Whom it is for.
    #[schema(max_length = 1000)]
    pub description: Option<String>,
    /// The permissions, by name, from `GET /permissions`.
    #[schema(example = json!(["factory.line.read", "factory.line.update"]))]
    pub permissions: BTreeSet<String>,
}

/// An own role, as grants need it.
pub(crate) struct Own {
    pub id: Uuid,
    pub permissions: BTreeSet<String>,
}

/// The own role with this identifier, unless it is archived.
pub(crate) async fn own(tx: &mut Tx, id: &str) -> Result<Own> {
    let id: Uuid = id.parse().map_err(|_| Error::not_found("role"))?;
    let role = store::find(tx, id).await?;
    if role.archived {
        return Err(Error::not_found("role"));
    }
    Ok(Own { id, permissions: role.permissions.into_iter().collect() })
}

async fn create_role(tx: &mut Tx, identity: &Identity, body: &RoleBody) -> Result<Role> {
    tx.require(permissions::ROLE_CREATE, Scope::Organization)?;
    acceptable(tx, identity, body)?;
    let id = store::insert(tx, body).await?;
    store::find(tx, id).await
}

async fn update_role(tx: &mut Tx, identity: &Identity, id: Uuid, version: IfMatch, body: &RoleBody) -> Result<Role> {
    tx.require(permissions::ROLE_UPDATE, Scope::Organization)?;
    let role = store::lock(tx, id).await?;
    version.check(role.version)?;
    acceptable(tx, identity, body)?;
    store::save(tx, id, body).await?;
    if body.permissions.iter().any(|name| !role.permissions.contains(name)) {
        for user in store::holders(tx, id).await? {
            sessions::store::mark_for_rotation(tx, user).await?;
        }
    }
    store::find(tx, id).await
}

async fn set_archived(tx: &mut Tx, identity: &Identity, id: Uuid, archived: bool) -> Result<Role> {
    tx.require(permissions::ROLE_ARCHIVE, Scope::Organization)?;
    let role = store::lock(tx, id).await?;
    // Restoring gives everybody who has it what it allows.
    if !archived {
        within_own_rights(tx, identity, role.permissions.iter().map(String::as_str))?;
    }
    store::set_archived(tx, id, archived).await?;
    store::find(tx, id).await
}

fn acceptable(tx: &Tx, identity: &Identity, body: &RoleBody) -> Result<()> {
    let mut wrong = Vec::new();
    if body.name.trim().is_empty() || body.name.chars().count() > 100 {
        wrong.push(FieldError::new("/name", "bad_length", "a name has 1 to 100 characters"));
    }
    if built_in::BUILT_IN.iter().any(|role| role.name.eq_ignore_ascii_case(body.name.trim())) {
        wrong.push(FieldError::new("/name", "built_in", "a built-in role has this name"));
    }
    if body.description.as_ref().is_some_and(|text| text.chars().count() > 1000) {
        wrong.push(FieldError::new("/description", "too_long", "a description has at most 1000 characters"));
    }
    for (at, name) in body.permissions.iter().enumerate() {
        if identity.catalogue().find(name).is_none() {
            wrong.push(FieldError::new(format!("/permissions/{at}"), "unknown_permission", format!("there is no permission {name}")));
        }
    }
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    within_own_rights(tx, identity, body.permissions.iter().map(String::as_str))
}

fn within_own_rights<'a>(tx: &Tx, identity: &Identity, names: impl IntoIterator<Item = &'a str>) -> Result<()> {
    match grants::first_missing(identity, tx.caller(), names, Scope::Organization) {
        None => Ok(()),
        Some(missing) => Err(Error::new(
            platform::error::Kind::Forbidden,
            "beyond_own_rights",
            format!("nobody puts into a role what they do not have: you are not allowed {missing} for the whole organization"),
        )),
    }
}
