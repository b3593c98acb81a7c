//! What a file would change: each intention held against the record that is there, judged as it would be stored, and kept.
//!
//! **Invariant:** a plan with errors is not committed. **Invariant:** a change that refers to something that is left is left itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use line_plan::{Issue, Severity};
use platform::caller::Scope;
use platform::error::FieldError;
use platform::ids::PlantId;
use platform::resource::{Kind, Kinds, Within, batch};
use platform::{Error, Result, Tx};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use workbook::{At, Contents};

use super::Progress;
use super::lay_out::{Intended, LaidOut};
use super::present::{self, Present, Stored};
use super::session::Mode;

/// What would happen to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is made.
    Created,
    /// Some member is changed.
    Updated,
    /// It was archived and is taken back into use.
    Restored,
    /// It is so already.
    Unchanged,
}

impl What {
    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            What::Created => "created",
            What::Updated => "updated",
            What::Restored => "restored",
            What::Unchanged => "unchanged",
        }
    }

    /// Reads it back.
    pub fn of(name: &str) -> What {
        match name {
            "created" => What::Created,
            "updated" => What::Updated,
            "restored" => What::Restored,
            _ => What::Unchanged,
        }
    }
}

/// A change of one record.
#[derive(Clone, Debug)]
pub struct Change {
    /// The kind of record.
    pub kind: &'static str,
    /// The record, or what it will be.
    pub record: Uuid,
    /// What would happen to it.
    pub what: What,
    /// What people call it.
    pub label: String,
    /// The row that speaks of it.
    pub at: Option<At>,
    /// Members that differ, as they are.
    pub before: Option<Map<String, Value>>,
    /// The same as they are to be; of a new record all that is said.
    pub after: Map<String, Value>,
    /// The version that it is meant for.
    pub version: Option<i64>,
    /// Why it is not done.
    pub left: Option<String>,
}

/// What a file would change, and everything that was found in it.
#[derive(Debug, Default)]
pub struct Plan {
    /// Changes, each referring to earlier ones only.
    pub changes: Vec<Change>,
    /// Errors, warnings, notes, in this order.
    pub issues: Vec<Issue>,
}

/// Rows judged between two looks at the progress.
const LOOK: usize = 2_000;

/// Holds what was laid out against what is there.
///
/// # Errors
/// What the database refused.
pub async fn plan(
    tx: &mut Tx,
    kinds: &Kinds,
    contents: &Contents,
    present: &Present,
    laid_out: LaidOut,
    mode: Mode,
    progress: &Progress<'_>,
) -> Result<Plan> {
    let LaidOut { intended, mut issues } = laid_out;
    let there = present.by_id();
    let mut changes = Vec::with_capacity(intended.len());
    let count = intended.len().max(1);
    for (number, intended) in intended.into_iter().enumerate() {
        if number % LOOK == 0 {
            progress(number as f64 / count as f64, "comparing with what is there");
        }
        let kind = batch::known(kinds, intended.kind)?;
        let before = there.get(&intended.id).copied();
        match batch::judge(tx, kinds, kind, &intended.body, before).await? {
            Ok(after) => changes.push(change(kind, intended, before, &after)),
            Err(errors) => issues.extend(errors.into_iter().map(|error| misfit(contents, kind, &intended, error))),
        }
    }
    leave(&mut changes, mode);
    issues.extend(missing_rights(tx, kinds, present, &changes)?);
    issues.extend(contents.issues.iter().cloned());
    let place: HashMap<&str, usize> =
        contents.recognised.iter().enumerate().map(|(number, sheet)| (sheet.sheet.as_str(), number + 1)).collect();
    issues.sort_by_cached_key(|issue| {
        let severity = match issue.severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Note => 2,
        };
        (severity, place.get(issue.sheet.as_str()).copied().unwrap_or(0), issue.row, issue.column.clone(), issue.code.clone())
    });
    Ok(Plan { changes, issues })
}

fn change(kind: &Kind, intended: Intended, stored: Option<&Stored>, after: &Map<String, Value>) -> Change {
    let Intended { id, label, body, at, .. } = intended;
    let Some(stored) = stored else {
        return Change {
            kind: kind.name,
            record: id,
            what: What::Created,
            label,
            at,
            before: None,
            after: body,
            version: None,
            left: None,
        };
    };
    let (mut was, mut is) = (Map::new(), Map::new());
    for field in kind.fields {
        let (old, new) = (stored.get(field.name).unwrap_or(&Value::Null), after.get(field.name).unwrap_or(&Value::Null));
        if old != new {
            was.insert(field.name.into(), old.clone());
            is.insert(field.name.into(), new.clone());
        }
    }
    let what = match (present::in_use(stored), is.is_empty()) {
        (false, _) => What::Restored,
        (true, true) => What::Unchanged,
        (true, false) => What::Updated,
    };
    let version = stored.get("version").and_then(Value::as_i64);
    Change { kind: kind.name, record: id, what, label, at, before: Some(was), after: is, version, left: None }
}

/// A mistake of a record as an issue of its row, with the column that says it.
fn misfit(contents: &Contents, kind: &Kind, intended: &Intended, error: FieldError) -> Issue {
    let member = error.pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
    let sheet = intended.at.and_then(|at| contents.recognised.get(at.sheet));
    let meaning = meaning(member);
    let column =
        sheet.and_then(|sheet| sheet.columns.iter().find(|column| column.meaning.is_some() && column.meaning.as_deref() == meaning));
    Issue {
        severity: Severity::Error,
        code: error.code.to_owned(),
        sheet: sheet.map_or_else(String::new, |sheet| sheet.sheet.clone()),
        row: intended.at.map(|at| at.row),
        column: column.map(|column| format!("{} ({})", column.letter, column.heading)),
        found: intended.body.get(member).map_or_else(String::new, shown),
        expected: String::new(),
        message: format!("the {} “{}”: {}", kind.noun(), intended.label, error.detail),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.chars().take(120).collect(),
        value => value.to_string(),
    }
}

/// What a column is called that says a member of a record.
fn meaning(member: &str) -> Option<&'static str> {
    Some(match member {
        "name" | "code" => "name",
        "sequence" => "order",
        "available_s_per_day" => "available time per day",
        "overtime_s_per_day" => "overtime hours per day",
        "efficiency_pct" => "efficiency",
        "opening_cost" => "opening cost",
        "area_id" => "area",
        "program" => "program",
        "tier" => "tier",
        "weight" => "weight",
        "unit_value" => "unit value",
        "currency" => "currency",
        "program_starts_on" => "program start",
        "program_ends_on" => "program end",
        "cycle_time_s" => "cycle time",
        "first_pass_yield_pct" => "yield",
        "pieces_per_panel" => "pieces per panel",
        "priority" => "priority",
        "minimum_lot" => "minimum lot",
        "approved_from" => "approved from",
        "approved_to" => "approved to",
        "minutes" => "minutes",
        "units" => "volume",
        "operating_days" | "operating_days_per_year" => "operating days",
        "passes" => "passes",
        "period" => "period",
        _ => return None,
    })
}

/// Leaves what the mode does not do, and what refers to it.
fn leave(changes: &mut [Change], mode: Mode) {
    let mut left: HashSet<String> = HashSet::new();
    for change in changes {
        change.left = match (mode, change.what) {
            (Mode::Create, What::Updated) => Some("it is there already, and only new records are wanted".to_owned()),
            (Mode::Update, What::Created | What::Restored) => Some("it is not there, and only changes are wanted".to_owned()),
            _ => None,
        };
        if change.left.is_none() && change.after.values().any(|value| value.as_str().is_some_and(|text| left.contains(text))) {
            change.left = Some("it refers to something that is left".to_owned());
        }
        if change.left.is_some() && change.what != What::Updated {
            left.insert(change.record.to_string());
        }
    }
}

/// What the caller may not do of it, said before it is tried.
fn missing_rights(tx: &Tx, kinds: &Kinds, present: &Present, changes: &[Change]) -> Result<Vec<Issue>> {
    let mut needed: BTreeMap<(&'static str, &'static str), usize> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.left.is_none() && change.what != What::Unchanged) {
        *needed.entry((change.kind, change.what.name())).or_default() += 1;
    }
    let mut issues: BTreeMap<String, Issue> = BTreeMap::new();
    for ((name, what), count) in needed {
        let kind = batch::known(kinds, name)?;
        let place = if kind.within == Within::Organization { Scope::Organization } else { Scope::Plant(PlantId(present.plant)) };
        let verb = match what {
            "created" => kind.verbs.create,
            "restored" => kind.verbs.archive,
            _ => kind.verbs.update,
        };
        for verb in [verb, kind.verbs.import] {
            let Err(refused) = tx.caller().require(verb, place) else { continue };
            let message = format!("{count} {} would be {what}: {}", kind.plural.to_lowercase(), refused.detail);
            let issue = Issue {
                severity: Severity::Error,
                code: "permission_missing".to_owned(),
                sheet: String::new(),
                row: None,
                column: None,
                found: String::new(),
                expected: verb.0.to_owned(),
                message,
            };
            issues.entry(format!("{name} {}", verb.0)).or_insert(issue);
        }
    }
    Ok(issues.into_values().collect())
}

/// How many changes there are of each kind, and records of the plant of which the file says nothing.
pub fn counts(plan: &Plan, present: &Present, kinds: &[&'static Kind]) -> Value {
    let mut changes: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut spoken: HashMap<&str, HashSet<Uuid>> = HashMap::new();
    for change in &plan.changes {
        let what = if change.left.is_some() { "left" } else { change.what.name() };
        *changes.entry(change.kind).or_default().entry(what).or_default() += 1;
        spoken.entry(change.kind).or_default().insert(change.record);
    }
    let silent = |kind: &&'static Kind| {
        let of_kind = spoken.get(kind.name);
        let count = present
            .in_use(kind.name)
            .filter(|record| present::id(record, "id").is_none_or(|id| of_kind.is_none_or(|spoken| !spoken.contains(&id))));
        (kind.within != Within::Organization).then(|| (kind.name, count.count())).filter(|(_, count)| *count > 0)
    };
    let untouched: BTreeMap<&str, usize> = kinds.iter().filter_map(silent).collect();
    let of = |severity: Severity| plan.issues.iter().filter(|issue| issue.severity == severity).count();
    json!({
        "issues": { "error": of(Severity::Error), "warning": of(Severity::Warning), "note": of(Severity::Note) },
        "changes": changes, "untouched": untouched,
    })
}

/// Rows that one statement writes.
const AT_ONCE: usize = 10_000;

/// Keeps a plan with its session, instead of the one before.
///
/// # Errors
/// What the database refused.
pub async fn keep(tx: &mut Tx, plant: Uuid, import: Uuid, contents: &Contents, plan: &Plan) -> Result<()> {
    let organization = tx.caller().organization;
    tx.execute("delete from import_issues where organization_id = $1 and import_id = $2", &[&organization, &import]).await?;
    tx.execute("delete from import_changes where organization_id = $1 and import_id = $2", &[&organization, &import]).await?;
    let issues =
        "insert into import_issues (organization_id, plant_id, import_id, number, severity, code, sheet, row_number, column_name, found,
            expected, message)
        select $1, $2, $3, r.* from jsonb_to_recordset($4) as r (number integer, severity text, code text, sheet text, \"row\" integer,
            \"column\" text, found text, expected text, message text)";
    for (part, rows) in plan.issues.chunks(AT_ONCE).enumerate() {
        let row = |(number, issue): (usize, &Issue)| {
            let mut row = serde_json::to_value(issue).map_err(Error::internal)?;
            row["number"] = json!(part * AT_ONCE + number);
            Ok(without_nul(row))
        };
        let rows = Value::Array(rows.iter().enumerate().map(row).collect::<Result<_>>()?);
        tx.execute(issues, &[&organization, &plant, &import, &rows]).await?;
    }
    let changes = "insert into import_changes (organization_id, plant_id, import_id, number, kind, record_id, change, label, sheet, row_number,
            before, after, version, left_because)
        select $1, $2, $3, r.* from jsonb_to_recordset($4) as r (number integer, kind text, record_id uuid, change text, label text, sheet text,
            \"row\" integer, before jsonb, after jsonb, version bigint, left_because text)";
    for (part, rows) in plan.changes.chunks(AT_ONCE).enumerate() {
        let row = |(number, change): (usize, &Change)| {
            let sheet = change.at.and_then(|at| contents.recognised.get(at.sheet)).map_or("", |sheet| sheet.sheet.as_str());
            json!({
                "number": part * AT_ONCE + number, "kind": change.kind, "record_id": change.record, "change": change.what.name(),
                "label": change.label, "sheet": sheet, "row": change.at.map(|at| at.row), "before": change.before, "after": change.after,
                "version": change.version, "left_because": change.left,
            })
        };
        let rows = Value::Array(rows.iter().enumerate().map(row).collect());
        tx.execute(changes, &[&organization, &plant, &import, &rows]).await?;
    }
    Ok(())
}

/// What a cell held may not fit into the database: texts without U+0000.
fn without_nul(row: Value) -> Value {
    match row {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, value)| match value {
                    Value::String(text) if text.contains('\0') => (name, Value::String(text.replace('\0', "\u{fffd}"))),
                    value => (name, value),
                })
                .collect(),
        ),
        row => row,
    }
}
