//! The verbs: give a role, take it away.

use platform::ids::{ApiKeyId, PlantId, UserId};
use platform::{Caller, Error, FieldError, PermissionScope, Result, Scope, Tx};
use uuid::Uuid;

use super::store::{self, Place, Role};
use super::{Grant, Holder, NewGrant};
use crate::roles::built_in::BuiltIn;
use crate::{Identity, permissions, roles, sessions, users};

/// Gives a role; errors in the body are below `pointer`.
///
/// # Errors
/// 403 without `identity.grant.create` there, or `beyond_own_rights`; 404 for a plant or person out of sight; 409; 422.
pub(crate) async fn give(tx: &mut Tx, identity: &Identity, holder: Holder, grant: &NewGrant, pointer: &str) -> Result<Grant> {
    let role = may_give(tx, identity, grant, pointer).await?;
    let place = Place { region: grant.region_id, plant: grant.plant_id };
    let id = store::insert(tx, holder, role, place, grant.expires_at).await?;
    if let Holder::User(user) = holder {
        sessions::store::mark_for_rotation(tx, user).await?;
    }
    store::find(tx, id).await
}

/// Refuses what the caller may not give there; tells how the role is stored.
///
/// # Errors
/// As [`give`].
pub(crate) async fn may_give(tx: &mut Tx, identity: &Identity, grant: &NewGrant, pointer: &str) -> Result<Role<'static>> {
    let caller = tx.caller().clone();
    let scope = scope_of(grant, pointer)?;
    if let (Scope::Plant(plant), false) = (scope, caller.grants.everywhere) {
        // A plant out of reach does not exist for the caller.
        if !caller.reach().holds(plant) {
            return Err(Error::not_found("plant"));
        }
    }
    caller.require(permissions::GRANT_CREATE, scope)?;
    if grant.expires_at.is_some_and(|at| at <= tx.now()) {
        return Err(Error::invalid(vec![FieldError::new(format!("{pointer}/expires_at"), "past", "the end lies in the past")]));
    }
    let (role, allowed) = match BuiltIn::find(&grant.role) {
        Some(built_in) => (Role::BuiltIn(built_in.key), built_in.permissions(identity.catalogue()).into_iter().map(String::from).collect()),
        None => {
            let own = roles::own(tx, &grant.role).await.map_err(|_| unknown_role(&grant.role, pointer))?;
            (Role::Own(own.id), own.permissions)
        }
    };
    if let Some(missing) = first_missing(identity, &caller, allowed.iter().map(String::as_str), scope) {
        return Err(beyond(missing));
    }
    Ok(role)
}

/// Takes a role away; the next request of its holder is without it.
///
/// # Errors
/// 403 without `identity.grant.revoke` there, or for somebody with more rights; 404; 409 `last_admin`.
pub(super) async fn revoke(tx: &mut Tx, identity: &Identity, id: Uuid) -> Result<()> {
    let grant = store::find(tx, id).await?;
    let scope = grant.plant_id.map_or(Scope::Organization, |plant| Scope::Plant(PlantId(plant)));
    tx.require(permissions::GRANT_REVOKE, scope)?;
    if let Some(user) = grant.user_id {
        users::dominate(tx, identity, Holder::User(UserId(user))).await?;
    }
    store::delete(tx, id).await?;
    let administered = matches!(grant.role.as_str(), "global_admin" | "tenant_admin") && grant.plant_id.or(grant.region_id).is_none();
    if grant.user_id.is_some() && administered {
        users::still_administered(tx).await?;
    }
    Ok(())
}

/// The first of `names` that the caller is not allowed at this place. What is decided for the organization only says nothing at a plant, and
/// what everybody at a plant may read of the organization is no right beyond it.
pub(crate) fn first_missing<'a>(
    identity: &Identity,
    caller: &Caller,
    names: impl IntoIterator<Item = &'a str>,
    scope: Scope,
) -> Option<&'static str> {
    let counts = |scope_of: PermissionScope| matches!(scope, Scope::Organization) || scope_of == PermissionScope::Plant;
    let mut known = names.into_iter().filter_map(|name| identity.catalogue().find(name));
    known.find(|info| counts(info.scope) && !caller.may(info.permission, scope)).map(|info| info.permission.0)
}

/// The holder that a request names.
pub(super) fn holder(user: Option<Uuid>, key: Option<Uuid>) -> Result<Holder> {
    match (user, key) {
        (Some(user), None) => Ok(Holder::User(UserId(user))),
        (None, Some(key)) => Ok(Holder::ApiKey(ApiKeyId(key))),
        _ => Err(Error::invalid(vec![FieldError::new("", "one_holder", "name either user_id or api_key_id")])),
    }
}

fn scope_of(grant: &NewGrant, pointer: &str) -> Result<Scope> {
    match (grant.region_id, grant.plant_id) {
        (Some(_), Some(_)) => {
            Err(Error::invalid(vec![FieldError::new(pointer, "one_place", "name either region_id or plant_id, or neither")]))
        }
        (None, Some(plant)) => Ok(Scope::Plant(PlantId(plant))),
        // Tomorrow a region may have more plants than today: only who may do it everywhere may do it there.
        (Some(_), None) | (None, None) => Ok(Scope::Organization),
    }
}

fn unknown_role(role: &str, pointer: &str) -> Error {
    let built_in: Vec<&str> = crate::roles::built_in::BUILT_IN.iter().map(|role| role.key).collect();
    let detail = format!("there is no role {role}; built in are {}, own ones go by their identifier", built_in.join(", "));
    Error::invalid(vec![FieldError::new(format!("{pointer}/role"), "unknown_role", detail)])
}

fn beyond(missing: &str) -> Error {
    Error::new(
        platform::error::Kind::Forbidden,
        "beyond_own_rights",
        format!(
            "nobody gives what they do not have: the role allows {missing} there, and you are not allowed that; a Tenant Admin can give it"
        ),
    )
}
