//! Import sessions as they are stored.

use jiff::{SignedDuration, Timestamp};
use platform::caller::Scope;
use platform::http::{Cursor, IfMatch, Page, Paged};
use platform::ids::{PlantId, RunId};
use platform::{Error, FieldError, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;
use workbook::{Corrected, Corrections, Mapping, Remembered, column_of_letter};

use super::{IMPORT_CREATE, IMPORT_READ};

/// How long a session is kept that nothing is done with.
pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long what was committed can be undone.
pub const UNDOABLE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Cells that a session corrects at most; beyond that the file is mended and brought again.
pub const MOST_CORRECTIONS: usize = 5_000;

/// What of a file is brought in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportMode)]
pub enum Mode {
    /// Only records that are not there yet.
    Create,
    /// Only changes of records that are there.
    Update,
    /// Both.
    #[default]
    Merge,
}

impl Mode {
    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Create => "create",
            Mode::Update => "update",
            Mode::Merge => "merge",
        }
    }

    fn of(name: &str) -> Mode {
        match name {
            "create" => Mode::Create,
            "update" => Mode::Update,
            _ => Mode::Merge,
        }
    }
}

/// A cell that is read otherwise than the file has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportCell)]
pub struct Correction {
    /// The sheet.
    #[schema(example = "Lines")]
    pub sheet: String,
    /// The row as Excel counts.
    #[schema(example = 7)]
    pub row: u32,
    /// The column's letter.
    #[schema(example = "C")]
    pub column: String,
    /// What the cell is to hold: a text, a number, true or false; null for nothing.
    #[schema(value_type = Object, example = 72000)]
    pub value: Value,
}

/// An import session.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Import)]
pub struct Session {
    /// The session.
    pub id: Uuid,
    /// The plant that the file is brought into.
    pub plant_id: Uuid,
    /// What the file is called.
    #[schema(example = "plant.xlsx")]
    pub file_name: String,
    /// Its size (bytes).
    #[schema(example = 48_211)]
    pub size_bytes: i64,
    /// workbook, csv or project; null where it is none of these.
    #[schema(example = "workbook")]
    pub source: Option<String>,
    /// What of it is brought in.
    pub mode: Mode,
    /// reading, ready, committed or undone.
    #[schema(example = "ready")]
    pub state: String,
    /// The run that works on it, or did last: its progress, and why it failed where it did.
    pub run_id: Option<Uuid>,
    /// What sheets and columns mean, as far as somebody said: by sheet, `meaning`, `header_row` and `columns` by letter.
    #[schema(value_type = Object)]
    pub mapping: Mapping,
    /// Cells that are read otherwise.
    pub corrections: Vec<Correction>,
    /// Every sheet with its columns, what each was taken for, and how sure that is (0 to 1).
    #[schema(value_type = Vec<Object>)]
    pub sheets: Value,
    /// `issues` by severity; `changes` by kind: how many are created, updated, restored, unchanged, left; `untouched` records by kind of which
    /// the file says nothing.
    #[schema(value_type = Object)]
    pub counts: Value,
    /// Counts changes; the ETag.
    #[schema(example = 3)]
    pub version: i64,
    /// When the file came.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who brought it.
    pub created_by: String,
    /// When it is forgotten.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// When its changes were made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub committed_at: Option<Timestamp>,
    /// Who made them.
    pub committed_by: Option<String>,
    /// When they were taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub undone_at: Option<Timestamp>,
    /// Who took them back.
    pub undone_by: Option<String>,
}

macro_rules! sessions {
    ($rest:literal) => {
        concat!(
            "select s.id, s.plant_id, s.file_name, s.size_bytes, s.source, s.mode, s.state, s.run_id, s.mapping, s.corrections, s.sheets, \
             s.counts, s.version, s.created_at, s.created_by, s.expires_at, s.committed_at, s.committed_by, s.undone_at, s.undone_by \
             from import_sessions s where s.organization_id = $1 and s.expires_at >= $2 ",
            $rest
        )
    };
}

fn session(row: &Row) -> Result<Session> {
    let read = |column: usize| row.get::<_, Value>(column);
    Ok(Session {
        id: row.get(0),
        plant_id: row.get(1),
        file_name: row.get(2),
        size_bytes: row.get(3),
        source: row.get(4),
        mode: Mode::of(row.get(5)),
        state: row.get(6),
        run_id: row.get(7),
        mapping: serde_json::from_value(read(8)).map_err(Error::internal)?,
        corrections: serde_json::from_value(read(9)).map_err(Error::internal)?,
        sheets: read(10),
        counts: read(11),
        version: row.get(12),
        created_at: row.get(13),
        created_by: row.get(14),
        expires_at: row.get(15),
        committed_at: row.get(16),
        committed_by: row.get(17),
        undone_at: row.get(18),
        undone_by: row.get(19),
    })
}

/// A file that somebody brings.
pub struct Upload {
    /// What it is called.
    pub file_name: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// Opens a session for a file; what nobody came back for is forgotten on the way.
///
/// # Errors
/// 403 without [`IMPORT_CREATE`].
pub async fn open(tx: &mut Tx, plant: PlantId, upload: &Upload, mode: Mode) -> Result<Uuid> {
    tx.require(IMPORT_CREATE, Scope::Plant(plant))?;
    forget_expired(tx).await?;
    let (organization, now) = (tx.caller().organization, tx.now());
    let id: Uuid = tx.new_id();
    let name: String = upload.file_name.chars().filter(|letter| !letter.is_control()).take(300).collect();
    let name = if name.trim().is_empty() { "file".to_owned() } else { name.trim().to_owned() };
    let (size, digest) = (upload.content.len() as i64, digest(&upload.content));
    let sql = "insert into import_sessions (organization_id, plant_id, id, file_name, size_bytes, sha256, mode, created_at, updated_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)";
    tx.execute(sql, &[&organization, &plant, &id, &name, &size, &digest, &mode.name(), &now, &(now + KEPT)]).await?;
    keep_file(tx, plant.0, id, &upload.content).await?;
    Ok(id)
}

fn digest(content: &[u8]) -> Vec<u8> {
    use sha2::Digest;
    sha2::Sha256::digest(content).to_vec()
}

async fn keep_file(tx: &mut Tx, plant: Uuid, id: Uuid, content: &[u8]) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "insert into import_files (organization_id, plant_id, import_id, content) values ($1, $2, $3, $4)
        on conflict (organization_id, import_id) do update set content = excluded.content";
    tx.execute(sql, &[&organization, &plant, &id, &content]).await?;
    Ok(())
}

/// Forgets sessions whose time is over.
async fn forget_expired(tx: &mut Tx) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    tx.execute("delete from import_sessions where organization_id = $1 and expires_at < $2", &[&organization, &now]).await?;
    Ok(())
}

/// Another file in the place of the first; what was said about cells is forgotten, what was said about sheets stays.
///
/// # Errors
/// As [`change`].
pub async fn replace_file(tx: &mut Tx, id: Uuid, meant: IfMatch, upload: &Upload) -> Result<Session> {
    let session = change(tx, id, meant).await?;
    let organization = tx.caller().organization;
    let name: String = upload.file_name.chars().filter(|letter| !letter.is_control()).take(300).collect();
    let name = if name.trim().is_empty() { session.file_name.clone() } else { name.trim().to_owned() };
    let (size, digest) = (upload.content.len() as i64, digest(&upload.content));
    let sql = "update import_sessions set file_name = $3, size_bytes = $4, sha256 = $5, corrections = '[]', source = null
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &name, &size, &digest]).await?;
    keep_file(tx, session.plant_id, id, &upload.content).await?;
    Ok(session)
}

/// The session, for somebody who may see it.
///
/// # Errors
/// 404 where there is none, it is not visible, or its time is over.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Session> {
    lookup(tx, id, sessions!("and s.id = $3")).await
}

async fn lookup(tx: &mut Tx, id: Uuid, sql: &'static str) -> Result<Session> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let row = tx.query_opt(sql, &[&organization, &now, &id]).await?.ok_or_else(|| Error::not_found("import"))?;
    let session = session(&row)?;
    if !tx.caller().may(IMPORT_READ, Scope::Plant(PlantId(session.plant_id))) {
        return Err(Error::not_found("import"));
    }
    Ok(session)
}

/// The session, locked.
///
/// # Errors
/// As [`find`].
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Session> {
    lookup(tx, id, sessions!("and s.id = $3 for update of s")).await
}

/// The session, locked, for somebody who may change it while it can be changed and nothing works on it.
///
/// # Errors
/// As [`find`]; 403; 409 `import_committed`, `import_busy`; 412 `stale`.
pub async fn change(tx: &mut Tx, id: Uuid, meant: IfMatch) -> Result<Session> {
    let session = lock(tx, id).await?;
    tx.require(IMPORT_CREATE, Scope::Plant(PlantId(session.plant_id)))?;
    meant.check(session.version)?;
    if session.state == "committed" || session.state == "undone" {
        return Err(Error::conflict("import_committed", "its changes were made; bring the file again for more"));
    }
    idle(tx, &session).await?;
    Ok(session)
}

/// Refuses while a run works on the session.
///
/// # Errors
/// 409 `import_busy`.
pub async fn idle(tx: &mut Tx, session: &Session) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "select 1 from runs where organization_id = $1 and id = $2 and state not in ('succeeded', 'failed', 'cancelled')";
    match tx.query_opt(sql, &[&organization, &session.run_id]).await? {
        None => Ok(()),
        Some(_) => Err(Error::conflict("import_busy", "a run works on it at this moment; wait for it, or stop it").retry_after(1)),
    }
}

/// Notes that a run works on the session, which begins anew in `state`.
///
/// # Errors
/// What the database refused.
pub async fn begin(tx: &mut Tx, id: Uuid, run: RunId, state: &str) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql =
        "update import_sessions set run_id = $3, state = $4, version = version + 1, updated_at = $5, expires_at = greatest(expires_at, $6)
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &run, &state, &now, &(now + KEPT)]).await?;
    Ok(())
}

/// What somebody says about a session.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportChange, example = json!({ "mode": "merge", "corrections": [{ "sheet": "Lines", "row": 7, "column": "C", "value": 72000 }] }))]
pub struct Said {
    /// What of the file is brought in.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// What sheets and columns mean: instead of what was said before.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub mapping: Option<Mapping>,
    /// Cells to read otherwise: beside those said before, and instead of what was said of the same cell.
    #[serde(default)]
    pub corrections: Vec<Correction>,
    /// Whether to forget the corrections said before.
    #[serde(default)]
    pub forget_corrections: bool,
}

/// Notes what somebody says about a session; it is to be read again then.
///
/// # Errors
/// As [`change`]; 422 with everything that is wrong.
pub async fn say(tx: &mut Tx, id: Uuid, meant: IfMatch, said: Said) -> Result<Session> {
    let session = change(tx, id, meant).await?;
    let mut wrong = Vec::new();
    for (sheet, column, found) in said.mapping.as_ref().map(workbook::mistakes).unwrap_or_default() {
        let at =
            column.map_or_else(|| format!("/mapping/sheets/{sheet}/meaning"), |column| format!("/mapping/sheets/{sheet}/columns/{column}"));
        wrong.push(FieldError::new(at, "unknown_meaning", format!("found {found}; GET /import-meanings lists what there is")));
    }
    for (number, correction) in said.corrections.iter().enumerate() {
        if column_of_letter(&correction.column).is_none() {
            let detail = format!("found {}, expected the letters of a column, such as C", correction.column);
            wrong.push(FieldError::new(format!("/corrections/{number}/column"), "no_such_column", detail));
        }
        if correction.value.is_array() || correction.value.is_object() || correction.row == 0 || correction.row > 1_048_576 {
            let detail = "expected a row as Excel counts, and a text, a number, true, false or null";
            wrong.push(FieldError::new(format!("/corrections/{number}"), "no_cell", detail));
        }
    }
    let mut corrections = if said.forget_corrections { Vec::new() } else { session.corrections.clone() };
    for correction in said.corrections {
        corrections.retain(|old| (&old.sheet, old.row, &old.column) != (&correction.sheet, correction.row, &correction.column));
        corrections.push(correction);
    }
    if corrections.len() > MOST_CORRECTIONS {
        let detail = format!("more than {MOST_CORRECTIONS} cells: mend the file and bring it again");
        wrong.push(FieldError::new("/corrections", "too_long", detail));
    }
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    let organization = tx.caller().organization;
    let mode = said.mode.unwrap_or(session.mode);
    let mapping = serde_json::to_value(said.mapping.as_ref().unwrap_or(&session.mapping)).map_err(Error::internal)?;
    let corrections = serde_json::to_value(corrections).map_err(Error::internal)?;
    let sql = "update import_sessions set mode = $3, mapping = $4, corrections = $5 where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &mode.name(), &mapping, &corrections]).await?;
    Ok(session)
}

/// Corrections as the reader takes them.
pub fn corrections(of: &[Correction]) -> Corrections {
    let mut corrections = Corrections::new();
    for correction in of {
        let Some(column) = column_of_letter(&correction.column) else { continue };
        let value = match &correction.value {
            Value::Bool(flag) => Corrected::Flag(*flag),
            Value::Number(number) => Corrected::Number(number.as_f64().unwrap_or_default()),
            Value::String(text) if text.trim().is_empty() => Corrected::Empty,
            // What a person types into a cell is a number where it looks like one.
            Value::String(text) => match text.trim().parse::<f64>() {
                Ok(number)
                    if number.is_finite() && text.trim().bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-')) =>
                {
                    Corrected::Number(number)
                }
                _ => Corrected::Text(text.clone()),
            },
            Value::Null | Value::Array(_) | Value::Object(_) => Corrected::Empty,
        };
        corrections.entry(correction.sheet.clone()).or_default().insert((correction.row, column), value);
    }
    corrections
}

/// The file of a session.
///
/// # Errors
/// 410 `import_file_gone` once its changes were made.
pub async fn file(tx: &mut Tx, id: Uuid) -> Result<Vec<u8>> {
    let organization = tx.caller().organization;
    let row = tx.query_opt("select content from import_files where organization_id = $1 and import_id = $2", &[&organization, &id]).await?;
    row.map(|row| row.get(0)).ok_or_else(|| Error::conflict("import_file_gone", "the file is not kept once its changes were made"))
}

/// What the organization said of such headings before.
///
/// # Errors
/// What the database refused.
pub async fn remembered(tx: &mut Tx) -> Result<std::collections::BTreeMap<String, Remembered>> {
    let organization = tx.caller().organization;
    let rows = tx.query("select signature, meaning, columns from import_mappings where organization_id = $1", &[&organization]).await?;
    let of = |row: &Row| {
        let columns = serde_json::from_value(row.get(2)).unwrap_or_default();
        (row.get(0), Remembered { meaning: row.get(1), columns })
    };
    Ok(rows.iter().map(of).collect())
}

/// Sessions, the newest first; of one plant where one is named.
///
/// # Errors
/// What the database refused; 400 `bad_cursor`.
pub async fn list(tx: &mut Tx, plant: Option<Uuid>, page: &Page) -> Result<Paged<Session>> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let before = match &page.after {
        None => None,
        Some(after) => {
            after.of_sort("-id")?;
            Some(after.id)
        }
    };
    let limit = i64::from(page.limit) + 1;
    let sql = sessions!("and ($3::uuid is null or s.plant_id = $3) and ($4::uuid is null or s.id < $4) order by s.id desc limit $5");
    let rows = tx.query(sql, &[&organization, &now, &plant, &before, &limit]).await?;
    let mut sessions = rows.iter().map(session).collect::<Result<Vec<_>>>()?;
    sessions.retain(|session| tx.caller().may(IMPORT_READ, Scope::Plant(PlantId(session.plant_id))));
    Ok(Paged::of(sessions, page, |last| Cursor { sort: "-id".into(), values: Vec::new(), id: last.id }))
}

/// Forgets a session whose changes were not made.
///
/// # Errors
/// As [`change`].
pub async fn forget(tx: &mut Tx, id: Uuid) -> Result<()> {
    change(tx, id, IfMatch::Any).await?;
    let organization = tx.caller().organization;
    tx.execute("delete from import_sessions where organization_id = $1 and id = $2", &[&organization, &id]).await?;
    Ok(())
}

/// Notes what a verb did in the trail.
///
/// # Errors
/// What the database refused.
pub async fn note(tx: &mut Tx, session: &Session, action: &str, detail: Value) -> Result<()> {
    let mut whole = json!({ "file_name": session.file_name });
    if let (Value::Object(whole), Value::Object(detail)) = (&mut whole, detail) {
        whole.extend(detail);
    }
    let sql = "select gemba.audit($1, 'import', $2, $3, 'success', $4)";
    tx.query(sql, &[&action, &session.id, &session.plant_id, &whole]).await?;
    Ok(())
}
