//! Versions of scenarios: what each said, what a scenario amounts to with all it was cloned from.
//!
//! **Invariant:** the database keeps a version whenever the content changes; nothing here writes one.

use jiff::Timestamp;
use platform::http::{Cursor, Page, Paged};
use platform::{Error, FieldError, Result, Tx};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::scenarios::content::{Chain, Content};
use crate::scenarios::record::{Scenario, ScenarioId};

/// Clones of clones may be so deep; deeper ones are made from a copy.
const DEEPEST: usize = 50;

/// A version of a scenario.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Version {
    /// The scenario's version.
    #[schema(example = 3)]
    pub number: i64,
    /// What it is about.
    pub message: Option<String>,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who wrote it.
    #[schema(example = "user:0199d1a0-4242-7000-8000-0000000000aa")]
    pub created_by: String,
    /// Changes and parameters, as the scenario has them; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub content: Option<Value>,
}

/// Versions, the newest first.
///
/// # Errors
/// What the database refused.
pub async fn list(tx: &mut Tx, scenario: ScenarioId, page: &Page) -> Result<Paged<Version>> {
    let organization = tx.caller().organization;
    let before = match &page.after {
        None => i64::MAX,
        Some(after) => {
            after.of_sort("-number")?;
            after.values.first().and_then(Value::as_i64).unwrap_or(i64::MAX)
        }
    };
    let limit = i64::from(page.limit) + 1;
    let rows = tx
        .query(
            "select number, message, created_at, created_by from scenario_versions
             where organization_id = $1 and scenario_id = $2 and number < $3 order by number desc limit $4",
            &[&organization, &scenario, &before, &limit],
        )
        .await?;
    let version = |row: &tokio_postgres::Row| Version {
        number: row.get(0),
        message: row.get(1),
        created_at: row.get(2),
        created_by: row.get(3),
        content: None,
    };
    let end = |last: &Version| Cursor { sort: "-number".into(), values: vec![json!(last.number)], id: scenario.0 };
    Ok(Paged::of(rows.iter().map(version).collect(), page, end))
}

/// The version that counted when the scenario had this number: the last one written until then.
///
/// # Errors
/// 404 where the scenario had none yet.
pub async fn get(tx: &mut Tx, scenario: ScenarioId, number: i64) -> Result<Version> {
    let organization = tx.caller().organization;
    let row = tx
        .query_opt(
            "select number, message, created_at, created_by, content from scenario_versions v
             where organization_id = $1 and scenario_id = $2 and number <= $3
                and exists (select 1 from scenarios s where s.organization_id = $1 and s.id = $2 and s.version >= $3)
             order by number desc limit 1",
            &[&organization, &scenario, &number],
        )
        .await?
        .ok_or_else(|| Error::not_found("version of the scenario"))?;
    Ok(Version { number: row.get(0), message: row.get(1), created_at: row.get(2), created_by: row.get(3), content: Some(row.get(4)) })
}

/// What a version of a scenario amounts to, with all it was cloned from.
///
/// # Errors
/// 404 where there is no such version.
pub async fn chain(tx: &mut Tx, scenario: ScenarioId, number: i64) -> Result<Chain> {
    let organization = tx.caller().organization;
    let rows = tx
        .query(
            "with recursive line (id, number, depth) as (
                select $2::uuid, $3::bigint, 0
              union all
                select s.base_id, s.base_version, line.depth + 1 from line
                join scenarios s on s.organization_id = $1 and s.id = line.id
                where s.base_id is not null and line.depth < $4
            )
            select v.content, line.depth from line
            join lateral (select content from scenario_versions v where v.organization_id = $1 and v.scenario_id = line.id
                and v.number <= line.number order by v.number desc limit 1) v on true
            order by line.depth desc",
            &[&organization, &scenario, &number, &(DEEPEST as i32)],
        )
        .await?;
    if rows.is_empty() {
        return Err(Error::not_found("version of the scenario"));
    }
    let content = |row: &tokio_postgres::Row| serde_json::from_value::<Content>(row.get(0)).map_err(Error::internal);
    rows.iter().map(content).collect::<Result<_>>().map(Chain)
}

/// What is wrong with the scenario that one says it was cloned from.
pub(crate) async fn base_that_is_none(scenario: &Scenario, before: Option<&Scenario>, tx: &mut Tx) -> Result<Vec<FieldError>> {
    if before.is_some() {
        return Ok(Vec::new());
    }
    let (base, version) = match (scenario.base_id, scenario.base_version) {
        (None, None) => return Ok(Vec::new()),
        (Some(base), Some(version)) => (base, version),
        (Some(_), None) => {
            return Ok(vec![FieldError::new("/base_version", "required", "say which version of it; POST …/clone takes the present one")]);
        }
        (None, Some(_)) => return Ok(vec![FieldError::new("/base_id", "required", "a version of which scenario?")]),
    };
    let organization = tx.caller().organization;
    let row = tx.query_opt("select version from scenarios where organization_id = $1 and id = $2", &[&organization, &base]).await?;
    // That the scenario is not there at all was found before.
    match row.map(|row| row.get::<_, i64>(0)) {
        Some(newest) if version > newest => {
            let detail = format!("its newest version is {newest}");
            Ok(vec![FieldError::new("/base_version", "unknown_reference", detail)])
        }
        _ => Ok(Vec::new()),
    }
}
