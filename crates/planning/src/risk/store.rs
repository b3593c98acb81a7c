//! Keeping studies, and finding them again.

use jiff::Timestamp;
use line_plan::risk::{self, Study};
use line_plan::{Options, Problem};
use platform::http::{Cursor, Page, Paged};
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use super::asked::RiskAsked;
use crate::results::{self, packed, unpacked};
use crate::scenarios::actions::Standing;

/// Name and version of the engine that studies: that of the optimizer, and of what surrounds it.
pub const ENGINE: &str = concat!("line-plan ", env!("CARGO_PKG_VERSION"), " risk 1");

/// A version of a scenario as a question of risk.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The plan that is asked about.
    pub plan: results::Asked,
    /// What is uncertain, as it was asked.
    pub said: RiskAsked,
    /// The engine's question.
    pub question: risk::Question,
    hash: Vec<u8>,
}

impl Asked {
    /// # Errors
    /// 422 with everything that is wrong with what is asked.
    pub fn new(plan: results::Asked, said: RiskAsked) -> Result<Asked> {
        let question = said.question(&plan.question.problem)?;
        let bytes = serde_json::to_vec(&(&plan.question.problem, &plan.question.options, &question)).map_err(Error::internal)?;
        Ok(Asked { plan, said, question, hash: Sha256::digest(&bytes).to_vec() })
    }
}

/// What is kept of a question, so that it can be asked again.
#[derive(Serialize, Deserialize)]
struct Kept {
    problem: Problem,
    options: Options,
    question: risk::Question,
}

/// A study as it is kept; made where there is time for it, before the transaction that keeps it.
#[derive(Clone, Debug)]
pub struct Packed {
    summary: Value,
    question: Vec<u8>,
    answer: Vec<u8>,
    solve_ms: f64,
}

impl Packed {
    /// # Errors
    /// None in practice: questions and studies are values of JSON.
    pub fn new(asked: &Asked, study: &Study, solve_ms: f64) -> Result<Packed> {
        let plan = &asked.plan.question;
        let kept = Kept { problem: plan.problem.clone(), options: plan.options.clone(), question: asked.question.clone() };
        Ok(Packed { summary: summary_of(study), question: packed(&kept)?, answer: packed(study)?, solve_ms })
    }
}

/// The figures of a study on one line.
fn summary_of(study: &Study) -> Value {
    json!({
        "samples": study.samples,
        "seed": study.seed,
        "short_pct": 100.0 * study.short.share,
        "short_low_pct": 100.0 * study.short.low,
        "short_high_pct": 100.0 * study.short.high,
        "planned_unmet_units": study.planned.unmet_units,
        "unmet_units_mean": study.unmet_units.mean,
        "unmet_units_p95": study.unmet_units.p95,
        "unmet_units_cvar95": study.unmet_units.cvar95,
    })
}

/// The kept answer to this question, if it was asked before.
///
/// # Errors
/// What the database refused.
pub async fn known(tx: &mut Tx, asked: &Asked) -> Result<Option<Uuid>> {
    let organization = tx.caller().organization;
    let sql = "select id from risk_answers where organization_id = $1 and plant_id = $2 and question_hash = $3 and engine = $4";
    let row = tx.query_opt(sql, &[&organization, &asked.plan.scenario.plant, &asked.hash, &ENGINE]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// Keeps a study, and that it is this scenario's.
///
/// # Errors
/// What the database refused.
pub async fn keep(tx: &mut Tx, asked: &Asked, packed: &Packed, run: Option<Uuid>) -> Result<Uuid> {
    let (organization, id) = (tx.caller().organization, tx.new_id::<Uuid>());
    let (samples, seed) = (i64::from(asked.question.samples), asked.question.seed.cast_signed());
    tx.execute(
        "insert into risk_answers (organization_id, plant_id, id, question_hash, engine, samples, seed, summary, question, answer, solve_ms, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (organization_id, plant_id, question_hash, engine) do nothing",
        &[
            &organization,
            &asked.plan.scenario.plant,
            &id,
            &asked.hash,
            &ENGINE,
            &samples,
            &seed,
            &packed.summary,
            &packed.question,
            &packed.answer,
            &packed.solve_ms,
            &tx.now(),
        ],
    )
    .await?;
    let answer = known(tx, asked).await?.ok_or_else(|| Error::internal("a study just kept is gone"))?;
    attach(tx, asked, answer, run).await
}

/// Notes that this study is a scenario's.
///
/// # Errors
/// What the database refused.
pub async fn attach(tx: &mut Tx, asked: &Asked, answer: Uuid, run: Option<Uuid>) -> Result<Uuid> {
    let findings = serde_json::to_value(&asked.plan.question.findings).map_err(Error::internal)?;
    let said = serde_json::to_value(&asked.said).map_err(Error::internal)?;
    let (organization, id) = (tx.caller().organization, tx.new_id::<Uuid>());
    let insert = "insert into scenario_risks
            (organization_id, plant_id, id, scenario_id, scenario_version, answer_id, run_id, asked, findings, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let scenario = &asked.plan.scenario;
    let at = tx.now();
    tx.execute(insert, &[&organization, &scenario.plant, &id, &scenario.id, &asked.plan.version, &answer, &run, &said, &findings, &at])
        .await?;
    Ok(id)
}

/// The figures of a study.
///
/// # Errors
/// 404 where there is none.
pub async fn summary(tx: &mut Tx, study: Uuid) -> Result<Value> {
    let organization = tx.caller().organization;
    let sql = "select a.summary from scenario_risks r join risk_answers a on a.organization_id = $1 and a.id = r.answer_id
        where r.organization_id = $1 and r.id = $2";
    let row = tx.query_opt(sql, &[&organization, &study]).await?;
    row.map(|row| row.get(0)).ok_or_else(|| Error::not_found("study"))
}

/// A study with what surrounds it.
#[derive(Clone, Debug)]
pub struct Found {
    /// What is said in lists.
    pub entry: StudyEntry,
    /// Its plant.
    pub plant: PlantId,
    /// What was asked.
    pub said: RiskAsked,
    /// What was noticed.
    pub findings: Value,
    /// SHA-256 of the question.
    pub hash: Vec<u8>,
    /// How the plan was asked for.
    pub options: Options,
    /// What was found.
    pub study: Study,
}

/// A study in a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct StudyEntry {
    /// The study.
    pub id: Uuid,
    /// The scenario.
    pub scenario_id: Uuid,
    /// Its version.
    #[schema(example = 1)]
    pub scenario_version: i64,
    /// The run that made it.
    pub run_id: Option<Uuid>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// For whom.
    pub created_by: String,
    /// The engine.
    #[schema(example = "line-plan 1.0.0 risk 1")]
    pub engine: String,
    /// Time it took.
    #[schema(example = 1840.5)]
    pub solve_ms: f64,
    /// Its figures: samples, seed, how likely something is short, how much is missing.
    #[schema(value_type = Object)]
    pub summary: Value,
}

/// The row begins with its columns.
fn entry(row: &Row) -> StudyEntry {
    StudyEntry {
        id: row.get(0),
        scenario_id: row.get(1),
        scenario_version: row.get(2),
        run_id: row.get(3),
        created_at: row.get(4),
        created_by: row.get(5),
        engine: row.get(6),
        solve_ms: row.get(7),
        summary: row.get(8),
    }
}

/// Studies of a scenario, the newest first.
///
/// # Errors
/// What the database refused; 400 for a cursor of another list.
pub async fn list(tx: &mut Tx, scenario: &Standing, page: &Page) -> Result<Paged<StudyEntry>> {
    const SORT: &str = "-created_at";
    let organization = tx.caller().organization;
    let after = page.after.as_ref();
    if let Some(cursor) = after {
        cursor.of_sort(SORT)?;
    }
    let from: Option<Timestamp> = after.and_then(|cursor| cursor.values.first()).and_then(|value| value.as_str()?.parse().ok());
    let (id, limit) = (after.map(|cursor| cursor.id), i64::from(page.limit) + 1);
    let sql = "select r.id, r.scenario_id, r.scenario_version, r.run_id, r.created_at, r.created_by, a.engine, a.solve_ms, a.summary
         from scenario_risks r join risk_answers a on a.organization_id = $1 and a.id = r.answer_id
         where r.organization_id = $1 and r.plant_id = $2 and r.scenario_id = $3
            and ($4::timestamptz is null or (r.created_at, r.id) < ($4, $5::uuid))
         order by r.created_at desc, r.id desc limit $6";
    let rows = tx.query(sql, &[&organization, &scenario.plant, &scenario.id, &from, &id, &limit]).await?;
    let end = |last: &StudyEntry| Cursor { sort: SORT.into(), values: vec![json!(last.created_at)], id: last.id };
    Ok(Paged::of(rows.iter().map(entry).collect(), page, end))
}

/// The newest study of a scenario, of a version of it or the one named where that is said.
///
/// # Errors
/// 404 `no_risk_study` where there is none.
pub async fn newest(tx: &mut Tx, scenario: &Standing, version: Option<i64>, study: Option<Uuid>) -> Result<Found> {
    let organization = tx.caller().organization;
    let sql = "select r.id, r.scenario_id, r.scenario_version, r.run_id, r.created_at, r.created_by, a.engine, a.solve_ms, a.summary,
            r.plant_id, r.asked, r.findings, a.question_hash, a.question, a.answer
         from scenario_risks r join risk_answers a on a.organization_id = $1 and a.id = r.answer_id
         where r.organization_id = $1 and r.plant_id = $2 and r.scenario_id = $3
            and ($4::bigint is null or r.scenario_version = $4) and ($5::uuid is null or r.id = $5)
         order by r.created_at desc, r.id desc limit 1";
    let row = tx.query_opt(sql, &[&organization, &scenario.plant, &scenario.id, &version, &study]).await?;
    let missing = || {
        let which = version.map_or_else(String::new, |version| format!("version {version} of "));
        let detail =
            format!("the risk of {which}the scenario “{}” was not studied yet: POST /api/v1/scenarios/{}/risk", scenario.name, scenario.id);
        Error::new(platform::error::Kind::NotFound, "no_risk_study", detail)
    };
    let row = row.ok_or_else(missing)?;
    let kept: Kept = unpacked(row.get(13))?;
    Ok(Found {
        entry: entry(&row),
        plant: row.get(9),
        said: serde_json::from_value(row.get(10)).map_err(Error::internal)?,
        findings: row.get(11),
        hash: row.get(12),
        options: kept.options,
        study: unpacked(row.get(14))?,
    })
}
