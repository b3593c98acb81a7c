//! Results: asking the optimizer about a version of a scenario, keeping what it answered, reading it again.
//!
//! **Invariant:** an equal question to the same engine is answered once and kept once.
//! **Invariant:** sentences are made when they are read, in the reader's language; what is kept are question and plan.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use line_plan::{Clock, DocumentContext, Language, Options, Plan, PlanDocument, PlanError, Problem};
use platform::ids::PlantId;
use platform::{Error, FieldError, Result, Tx};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use uuid::Uuid;

use crate::figures::{self, Figures};
use crate::plant::Plant;
use crate::question::{self, Finding, Question};
use crate::scenarios::actions::{self, Standing};
use crate::scenarios::content::{Chain, Content};
use crate::scenarios::record::ScenarioId;
use crate::scenarios::versions;

/// Name and version of the engine that answers, as results keep it.
pub const ENGINE: &str = concat!("line-plan ", env!("CARGO_PKG_VERSION"));

/// Integer plans of a server stop after this where nothing is said (s).
const TIME_LIMIT_S: f64 = 60.0;

/// A version of a scenario as a question.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The scenario.
    pub scenario: Standing,
    /// The version that is asked about.
    pub version: i64,
    /// The question.
    pub question: Question,
    hash: Vec<u8>,
}

/// What the optimizer answered.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The plan.
    pub plan: Plan,
    /// Time it took (ms).
    pub solve_ms: f64,
}

/// An answer as it is kept; made where there is time for it, before the transaction that keeps it.
#[derive(Clone, Debug)]
pub struct Packed {
    status: String,
    gap: Option<f64>,
    summary: Value,
    question: Vec<u8>,
    answer: Vec<u8>,
    figures: Figures,
    solve_ms: f64,
}

impl Packed {
    /// # Errors
    /// None in practice: questions and plans are values of JSON.
    pub fn new(asked: &Question, answered: &Answered) -> Result<Packed> {
        let document = document(&asked.problem, &answered.plan, Language::English);
        let kept = Kept { problem: asked.problem.clone(), options: asked.options.clone() };
        Ok(Packed {
            summary: serde_json::to_value(document.summary).map_err(Error::internal)?,
            figures: Figures::of(&document, &records(asked)),
            status: document.status,
            gap: document.gap,
            question: packed(&kept)?,
            answer: packed(&answered.plan)?,
            solve_ms: answered.solve_ms,
        })
    }
}

/// What is kept of a question, so that it can be asked again.
#[derive(Serialize, Deserialize)]
struct Kept {
    problem: Problem,
    options: Options,
}

/// Names in a plan, and whose records they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// Areas.
    pub areas: BTreeMap<String, Uuid>,
    /// Lines; a new one has no record.
    pub lines: BTreeMap<String, Uuid>,
    /// Models, which are items.
    pub models: BTreeMap<String, Uuid>,
}

/// The question that a version of a scenario asks; the present version unless another is named. `more` comes on top and is not kept.
///
/// # Errors
/// 404; 422 `cannot_be_planned` with every finding that keeps it from being asked.
pub async fn ask(tx: &mut Tx, id: ScenarioId, version: Option<i64>, more: Option<Content>) -> Result<Asked> {
    let scenario = actions::find(tx, id, false).await?;
    let version = version.unwrap_or(scenario.version);
    let Chain(mut contents) = versions::chain(tx, id, version).await?;
    contents.extend(more);
    let plant = Plant::read_with(tx, scenario.plant, &brought(&contents)).await?;
    let parameters = Chain(contents.clone()).parameters()?;
    let mut question = question::ask(&plant, &contents, &parameters).map_err(cannot_be_planned)?;
    question.options.time_limit_s = question.options.time_limit_s.or(question.options.integers.any().then_some(TIME_LIMIT_S));
    let bytes = serde_json::to_vec(&(&question.problem, &question.options)).map_err(Error::internal)?;
    Ok(Asked { scenario, version, question, hash: Sha256::digest(&bytes).to_vec() })
}

/// Items that changes speak of: the plant may not make them yet.
fn brought(contents: &[Content]) -> Vec<Uuid> {
    let made = contents.iter().flat_map(|content| content.new_capabilities.iter().map(|new| new.item_id.0));
    let wanted = contents.iter().flat_map(|content| content.demand_changes.iter().filter(|change| change.units.is_some()));
    made.chain(wanted.filter_map(|change| change.item_id).map(|item| item.0)).collect()
}

fn cannot_be_planned(findings: Vec<Finding>) -> Error {
    let blocking = findings.into_iter().filter(|finding| finding.blocks);
    let mut error = Error::invalid(blocking.map(|finding| FieldError::new("", finding.code, finding.message)).collect());
    error.code = "cannot_be_planned";
    error
}

/// A clock that has run out once somebody asked to stop: the engine then ends as at its time limit.
struct Stopwatch<'a> {
    began: Instant,
    stop: &'a AtomicBool,
}

impl Clock for Stopwatch<'_> {
    fn seconds(&self) -> f64 {
        if self.stop.load(Ordering::Relaxed) { f64::INFINITY } else { self.began.elapsed().as_secs_f64() }
    }
}

/// Asks the optimizer. Takes as long as it takes: not for the threads that answer requests.
///
/// # Errors
/// 422 `cannot_be_planned` where wishes contradict each other; a fault of ours otherwise.
pub fn solve(asked: &Question, stop: &AtomicBool) -> Result<Answered> {
    let began = Instant::now();
    let mut options = asked.options.clone();
    options.threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let clock = Stopwatch { began, stop };
    let mut plan = line_plan::solve(&asked.problem, &options, &clock).map_err(|error| match error {
        PlanError::Infeasible { conflicts } => infeasible(conflicts),
        other => Error::internal(format!("the optimizer failed: {other:?}")),
    })?;
    plan.options.threads = asked.options.threads;
    if !plan.verification.holds() {
        return Err(Error::internal("the verifier does not confirm the plan"));
    }
    Ok(Answered { plan, solve_ms: began.elapsed().as_secs_f64() * 1000.0 })
}

/// Wishes that contradict each other.
pub(crate) fn infeasible(conflicts: Vec<String>) -> Error {
    let mut error = Error::invalid(conflicts.into_iter().map(|conflict| FieldError::new("", "conflict", conflict)).collect());
    error.code = "cannot_be_planned";
    error
}

/// The kept answer to this question, if it was asked before.
///
/// # Errors
/// What the database refused.
pub async fn known(tx: &mut Tx, asked: &Asked) -> Result<Option<Uuid>> {
    let organization = tx.caller().organization;
    let sql = "select id from plan_answers where organization_id = $1 and plant_id = $2 and question_hash = $3 and engine = $4";
    let row = tx.query_opt(sql, &[&organization, &asked.scenario.plant, &asked.hash, &ENGINE]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// Keeps an answer, and that it is this scenario's.
///
/// # Errors
/// What the database refused.
pub async fn keep(tx: &mut Tx, asked: &Asked, packed: &Packed, run: Option<Uuid>) -> Result<Uuid> {
    let (organization, id) = (tx.caller().organization, tx.new_id::<Uuid>());
    tx.execute(
        "insert into plan_answers (organization_id, plant_id, id, question_hash, engine, status, gap, summary, question, answer, solve_ms, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (organization_id, plant_id, question_hash, engine) do nothing",
        &[
            &organization,
            &asked.scenario.plant,
            &id,
            &asked.hash,
            &ENGINE,
            &packed.status,
            &packed.gap,
            &packed.summary,
            &packed.question,
            &packed.answer,
            &packed.solve_ms,
            &tx.now(),
        ],
    )
    .await?;
    let answer = known(tx, asked).await?.ok_or_else(|| Error::internal("an answer just kept is gone"))?;
    figures::keep(tx, asked.scenario.plant, answer, &packed.figures).await?;
    note(tx, asked, answer, run).await
}

/// Notes that this answer, which was known, is a scenario's too.
///
/// # Errors
/// What the database refused.
pub async fn attach(tx: &mut Tx, asked: &Asked, answer: Uuid, run: Option<Uuid>) -> Result<Uuid> {
    if !figures::are_kept(tx, answer).await? {
        make_figures(tx, asked, answer).await?;
    }
    note(tx, asked, answer, run).await
}

async fn note(tx: &mut Tx, asked: &Asked, answer: Uuid, run: Option<Uuid>) -> Result<Uuid> {
    let records = serde_json::to_value(records(&asked.question)).map_err(Error::internal)?;
    let findings = serde_json::to_value(&asked.question.findings).map_err(Error::internal)?;
    let (organization, id) = (tx.caller().organization, tx.new_id::<Uuid>());
    let insert = "insert into scenario_results
            (organization_id, plant_id, id, scenario_id, scenario_version, answer_id, run_id, findings, records, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let (plant, scenario) = (asked.scenario.plant, asked.scenario.id);
    tx.execute(insert, &[&organization, &plant, &id, &scenario, &asked.version, &answer, &run, &findings, &records, &tx.now()]).await?;
    Ok(id)
}

/// Makes the figures of an answer from before there were figures.
async fn make_figures(tx: &mut Tx, asked: &Asked, answer: Uuid) -> Result<()> {
    let organization = tx.caller().organization;
    let row = tx.query_one("select answer from plan_answers where organization_id = $1 and id = $2", &[&organization, &answer]).await?;
    let plan: Plan = unpacked(row.get(0))?;
    let document = document(&asked.question.problem, &plan, Language::English);
    figures::keep(tx, asked.scenario.plant, answer, &Figures::of(&document, &records(&asked.question))).await
}

/// The figures of a result.
///
/// # Errors
/// 404 where there is none.
pub async fn summary(tx: &mut Tx, result: Uuid) -> Result<Value> {
    let organization = tx.caller().organization;
    let sql = "select a.summary from scenario_results r join plan_answers a on a.organization_id = $1 and a.id = r.answer_id
        where r.organization_id = $1 and r.id = $2";
    let row = tx.query_opt(sql, &[&organization, &result]).await?;
    row.map(|row| row.get(0)).ok_or_else(|| Error::not_found("result"))
}

/// A result, with the plan it stands for.
#[derive(Clone, Debug)]
pub struct Found {
    /// The result.
    pub id: Uuid,
    /// The scenario.
    pub scenario: Uuid,
    /// Its version.
    pub version: i64,
    /// Its plant.
    pub plant: PlantId,
    /// The run that made it.
    pub run: Option<Uuid>,
    /// When.
    pub created_at: Timestamp,
    /// For whom.
    pub created_by: String,
    /// What was noticed.
    pub findings: Value,
    /// Whose records the names are.
    pub records: Records,
    /// The engine.
    pub engine: String,
    /// Time it took (ms).
    pub solve_ms: f64,
    /// The question.
    pub problem: Problem,
    /// The answer.
    pub plan: Plan,
}

impl Found {
    /// The plan with names and sentences.
    pub fn document(&self, language: Language) -> PlanDocument {
        document(&self.problem, &self.plan, language)
    }
}

/// The newest result of a scenario, of a version of it where one is named.
///
/// # Errors
/// 404 `no_result` where it was not optimized yet.
pub async fn newest(tx: &mut Tx, scenario: &Standing, version: Option<i64>) -> Result<Found> {
    let organization = tx.caller().organization;
    let sql = "select r.id, r.scenario_id, r.scenario_version, r.plant_id, r.run_id, r.created_at, r.created_by, r.findings, r.records,
            a.engine, a.solve_ms, a.question, a.answer
        from scenario_results r join plan_answers a on a.organization_id = $1 and a.id = r.answer_id
        where r.organization_id = $1 and r.plant_id = $2 and r.scenario_id = $3 and ($4::bigint is null or r.scenario_version = $4)
        order by r.created_at desc, r.id desc limit 1";
    let row = tx.query_opt(sql, &[&organization, &scenario.plant, &scenario.id, &version]).await?;
    let missing = || {
        let which = version.map_or_else(String::new, |version| format!("version {version} of "));
        let detail =
            format!("{which}the scenario “{}” was not optimized yet: POST /api/v1/scenarios/{}/optimize", scenario.name, scenario.id);
        Error::new(platform::error::Kind::NotFound, "no_result", detail)
    };
    let row = row.ok_or_else(missing)?;
    let kept: Kept = unpacked(row.get(11))?;
    Ok(Found {
        id: row.get(0),
        scenario: row.get(1),
        version: row.get(2),
        plant: row.get(3),
        run: row.get(4),
        created_at: row.get(5),
        created_by: row.get(6),
        findings: row.get(7),
        records: serde_json::from_value(row.get(8)).map_err(Error::internal)?,
        engine: row.get(9),
        solve_ms: row.get(10),
        problem: kept.problem,
        plan: unpacked(row.get(12))?,
    })
}

/// The scenario whose result a plant is shown by where none is named: the one approved last, else the one optimized last.
///
/// # Errors
/// 404 `no_result` where there is none.
pub async fn shown_of_plant(tx: &mut Tx, plant: PlantId) -> Result<ScenarioId> {
    let organization = tx.caller().organization;
    let sql = "select s.id from scenarios s
        join lateral (select max(created_at) as at from scenario_results r
            where r.organization_id = $1 and r.plant_id = $2 and r.scenario_id = s.id) r on r.at is not null
        where s.organization_id = $1 and s.plant_id = $2 and s.archived_at is null
        order by s.status = 'approved' desc, case when s.status = 'approved' then s.decided_at end desc nulls last, r.at desc limit 1";
    let detail = "no scenario of this plant was optimized yet: POST /api/v1/plants/{id}/scenarios, then /api/v1/scenarios/{id}/optimize";
    let row = tx.query_opt(sql, &[&organization, &plant]).await?;
    row.map(|row| row.get(0)).ok_or_else(|| Error::new(platform::error::Kind::NotFound, "no_result", detail))
}

/// A plan with names and sentences.
pub fn document(problem: &Problem, plan: &Plan, language: Language) -> PlanDocument {
    PlanDocument::new(problem, plan, &DocumentContext { language, ..DocumentContext::default() })
}

/// Whose records the names of a question are.
pub fn records(question: &Question) -> Records {
    let problem = &question.problem;
    Records {
        areas: problem.areas.iter().map(|area| area.name.clone()).zip(question.areas.iter().copied()).collect(),
        lines: problem.lines.iter().zip(&question.lines).filter_map(|(line, id)| Some((line.name.clone(), (*id)?))).collect(),
        models: problem.models.iter().map(|model| model.name.clone()).zip(question.items.iter().copied()).collect(),
    }
}

/// Members of an answer that readers may choose from.
pub const SECTIONS: [&str; 12] = [
    "summary",
    "area_loads",
    "allocations",
    "unmet",
    "finished",
    "lines",
    "constraints",
    "gains",
    "stages",
    "explanations",
    "verification",
    "timing_ms",
];

/// Which part of a result is wanted; everything where nothing is said.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Sections by name.
    pub sections: Vec<String>,
    /// Entries with these values of `area`, `line`, `model`, `customer`, `period`.
    pub only: Vec<(&'static str, String)>,
}

impl Wanted {
    /// The document as JSON, with what is wanted of it.
    ///
    /// # Errors
    /// None in practice: documents are values of JSON.
    pub fn of(&self, document: &PlanDocument) -> Result<Value> {
        let mut json = serde_json::to_value(document).map_err(Error::internal)?;
        let Some(members) = json.as_object_mut() else { return Ok(json) };
        if !self.sections.is_empty() {
            members.retain(|name, _| !SECTIONS.contains(&name.as_str()) || self.sections.iter().any(|wanted| wanted == name));
        }
        let customers: BTreeMap<&str, &str> =
            document.finished.iter().map(|entry| (entry.model.as_str(), entry.customer.as_str())).collect();
        for (name, wanted) in &self.only {
            for list in members.values_mut().filter_map(Value::as_array_mut) {
                list.retain(|entry| {
                    let model = entry.get("model").and_then(Value::as_str);
                    let own = match *name {
                        "customer" => model.and_then(|model| customers.get(model).copied()),
                        name => entry.get(name).and_then(Value::as_str),
                    };
                    own.is_none_or(|own| own.eq_ignore_ascii_case(wanted))
                });
            }
        }
        Ok(json)
    }
}

/// What a result says about itself, around its plan.
pub fn shown(found: &Found, plan: Value) -> Value {
    json!({
        "id": found.id, "scenario_id": found.scenario, "scenario_version": found.version, "plant_id": found.plant, "run_id": found.run,
        "created_at": found.created_at, "created_by": found.created_by, "engine": found.engine, "solve_ms": found.solve_ms,
        "findings": found.findings, "records": found.records, "plan": plan,
    })
}

pub(crate) fn packed(value: &impl Serialize) -> Result<Vec<u8>> {
    // In one piece: the encoder clears its whole buffer at each write, and JSON is written in pieces of a few bytes.
    let text = serde_json::to_vec(value).map_err(Error::internal)?;
    let mut packing = GzEncoder::new(Vec::new(), Compression::fast());
    packing.write_all(&text).map_err(Error::internal)?;
    packing.finish().map_err(Error::internal)
}

pub(crate) fn unpacked<T: DeserializeOwned>(bytes: Vec<u8>) -> Result<T> {
    let mut text = Vec::new();
    GzDecoder::new(bytes.as_slice()).read_to_end(&mut text).map_err(Error::internal)?;
    serde_json::from_slice(&text).map_err(Error::internal)
}
