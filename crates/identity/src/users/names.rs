//! What colleagues are called: the names behind the `user:…` and `key:…` of records, histories, comments and runs.
//!
//! Whoever may read a record learns from it who made and changed it, by an identifier. That is no answer to a person, and `identity.user.read`, which also
//! gives addresses, states and roles, is more than the answer needs.
//!
//! **Invariant:** only names, only of one's own organization, and only of identifiers that the caller has already: nothing is found by looking.

use axum::Json;
use axum::extract::State;
use platform::error::Kind;
use platform::http::{App, OpenApiRouter, Query, routes};
use platform::{Caller, Error, Result, Tx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Names in one answer at most.
const MOST: usize = 200;

/// Whose names are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NamesQuery {
    /// Who, as records and histories say it (`user:…`, `key:…`), with commas between; 200 at most.
    #[param(example = "user:0199d1a0-0000-7000-8000-000000000001,key:0199d1a0-0000-7000-8000-000000000002")]
    of: String,
}

/// What somebody is called.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonName)]
struct Named {
    /// Who, as it was asked.
    #[schema(example = "user:0199d1a0-0000-7000-8000-000000000001")]
    who: String,
    /// As colleagues call them; of a key, what the program is.
    #[schema(example = "Ines Kowalski")]
    name: String,
}

/// Names of colleagues and programs of your organization, those who left included. Who is not known here is left out.
#[utoipa::path(get, path = "/people/names", tag = "Users", params(NamesQuery), responses((status = 200, body = Vec<Named>)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn name_people(State(app): State<App>, caller: Caller, Query(asked): Query<NamesQuery>) -> Result<Json<Vec<Named>>> {
    let wrong = |why: &str| Error::new(Kind::Malformed, "bad_parameter", format!("of: {why}"));
    let (mut users, mut keys) = (Vec::new(), Vec::new());
    for who in asked.of.split(',').map(str::trim).filter(|who| !who.is_empty()) {
        let (sort, id) = who.split_once(':').ok_or_else(|| wrong("expected user:… or key:…"))?;
        let id: Uuid = id.parse().map_err(|_| wrong("expected an identifier behind the colon"))?;
        match sort {
            "user" => users.push(id),
            "key" => keys.push(id),
            _ => return Err(wrong("expected user:… or key:…")),
        }
    }
    if users.len() + keys.len() > MOST {
        return Err(wrong("expected at most 200"));
    }
    let mut tx = app.read(&caller).await?;
    let found = named(&mut tx, &users, &keys).await?;
    tx.commit().await?;
    Ok(Json(found))
}

async fn named(tx: &mut Tx, users: &[Uuid], keys: &[Uuid]) -> Result<Vec<Named>> {
    let organization = tx.caller().organization;
    let sql = "select 'user:' || id, name from users where organization_id = $1 and id = any ($2)
        union all select 'key:' || id, name from api_keys where organization_id = $1 and id = any ($3) order by 1";
    let rows = tx.query(sql, &[&organization, &users, &keys]).await?;
    Ok(rows.iter().map(|row| Named { who: row.get(0), name: row.get(1) }).collect())
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(name_people))
}
