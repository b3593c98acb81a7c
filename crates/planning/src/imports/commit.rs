//! Making the changes of a session: all of them in one transaction, or none.

use std::collections::BTreeMap;

use platform::caller::Scope;
use platform::error::FieldError;
use platform::http::IfMatch;
use platform::ids::PlantId;
use platform::resource::{self, Asked, How, Kinds, Whole, batch};
use platform::{Error, Result, Tx};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use workbook::{Remembered, folded, signature};

use super::plan::What;
use super::session::{self, Session, UNDOABLE};
use super::{IMPORT_COMMIT, Progress};

/// Records that are written together.
const AT_ONCE: usize = 2_000;

/// A change as it is stored.
pub struct Kept {
    /// Its number.
    pub number: i32,
    /// The kind of record.
    pub kind: String,
    /// The record.
    pub record: Uuid,
    /// What is done to it.
    pub what: What,
    /// What people call it.
    pub label: String,
    /// Members as they were.
    pub before: Map<String, Value>,
    /// Members as they are to be.
    pub after: Map<String, Value>,
    /// The version that it is meant for.
    pub version: Option<i64>,
    /// The version that was written.
    pub written: Option<i64>,
}

/// The changes of a session that are done.
///
/// # Errors
/// What the database refused.
pub async fn kept(tx: &mut Tx, import: Uuid) -> Result<Vec<Kept>> {
    let organization = tx.caller().organization;
    let sql = "select number, kind, record_id, change, label, coalesce(before, '{}'), after, version, written_version from import_changes
        where organization_id = $1 and import_id = $2 and left_because is null and change <> 'unchanged' order by number";
    let rows = tx.query(sql, &[&organization, &import]).await?;
    let members = |value: Value| if let Value::Object(members) = value { members } else { Map::new() };
    let of = |row: &tokio_postgres::Row| Kept {
        number: row.get(0),
        kind: row.get(1),
        record: row.get(2),
        what: What::of(row.get(3)),
        label: row.get(4),
        before: members(row.get(5)),
        after: members(row.get(6)),
        version: row.get(7),
        written: row.get(8),
    };
    Ok(rows.iter().map(of).collect())
}

/// Whether the changes of a session can be made now.
///
/// # Errors
/// 404, 403; 409 `import_not_ready`, `import_committed`, `import_busy`, `import_has_errors`; 412 `stale`.
pub async fn committable(tx: &mut Tx, import: Uuid, meant: IfMatch) -> Result<Session> {
    let session = session::lock(tx, import).await?;
    tx.require(IMPORT_COMMIT, Scope::Plant(PlantId(session.plant_id)))?;
    meant.check(session.version)?;
    sound(&session)?;
    session::idle(tx, &session).await?;
    Ok(session)
}

fn sound(session: &Session) -> Result<()> {
    match session.state.as_str() {
        "ready" => {}
        "reading" => return Err(Error::conflict("import_not_ready", "the file is not read yet; look at the run")),
        _ => return Err(Error::conflict("import_committed", "its changes were made already; bring the file again for more")),
    }
    let errors = session.counts.pointer("/issues/error").and_then(Value::as_u64).unwrap_or(0);
    if errors > 0 {
        let errors = if errors == 1 { "1 error: mend it".to_owned() } else { format!("{errors} errors: mend them") };
        let detail = format!("the file has {errors} here or in the file; GET /imports/{}/issues says where", session.id);
        return Err(Error::conflict("import_has_errors", detail));
    }
    Ok(())
}

/// Makes the changes of a session; what is to be said of it. The caller ends the transaction.
///
/// # Errors
/// As [`committable`]; 409 `import_outdated` where something is no longer as it was shown; 403.
pub async fn commit(tx: &mut Tx, kinds: &Kinds, import: Uuid, progress: &Progress<'_>) -> Result<Value> {
    let session = session::lock(tx, import).await?;
    tx.require(IMPORT_COMMIT, Scope::Plant(PlantId(session.plant_id)))?;
    sound(&session)?;
    let changes = kept(tx, import).await?;
    let count = changes.len().max(1);
    let mut done = 0;
    let mut wrong = Vec::new();
    for part in parts(&changes) {
        progress(0.02 + 0.9 * done as f64 / count as f64, &format!("writing {}", part[0].kind.replace('_', " ")));
        write(tx, kinds, part, &mut wrong).await?;
        done += part.len();
        if wrong.len() > MOST_TOLD {
            break;
        }
    }
    if !wrong.is_empty() {
        let detail = format!("{} records are no longer as they were shown: have the file read again, and look", wrong.len());
        wrong.truncate(MOST_TOLD);
        let mut refused = Error::conflict("import_outdated", detail);
        refused.fields = wrong;
        return Err(refused);
    }
    progress(0.95, "keeping what it was before");
    finish(tx, &session, &changes).await?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for change in &changes {
        *counts.entry(change.what.name()).or_default() += 1;
    }
    session::note(tx, &session, "import.committed", json!({ "mode": session.mode, "changes": counts })).await?;
    Ok(json!({ "import_id": session.id, "changes": counts }))
}

/// Records named in a refusal at most.
pub const MOST_TOLD: usize = 50;

/// Changes that can be written together: of one kind, some thousand.
fn parts(changes: &[Kept]) -> impl Iterator<Item = &[Kept]> {
    changes.chunk_by(|one, other| one.kind == other.kind).flat_map(|of_kind| of_kind.chunks(AT_ONCE))
}

async fn write(tx: &mut Tx, kinds: &Kinds, part: &[Kept], wrong: &mut Vec<FieldError>) -> Result<()> {
    let kind = batch::known(kinds, &part[0].kind)?;
    restore(tx, kinds, part, wrong).await?;
    let mut asked = Vec::with_capacity(part.len());
    for change in part {
        let (how, meant) = match change.what {
            What::Created => (How::CreateAs(change.record), IfMatch::Any),
            // Taking it back into use made another version of it.
            What::Restored => (How::Merge(change.record), IfMatch::Any),
            What::Updated | What::Unchanged => (How::Merge(change.record), change.version.map_or(IfMatch::Any, IfMatch::Version)),
        };
        if change.what == What::Created || !change.after.is_empty() {
            asked.push(Asked { at: format!("/{}/{}", change.kind, change.record), body: change.after.clone(), how, meant });
        }
    }
    if asked.is_empty() {
        return Ok(());
    }
    for saved in resource::save(tx, kinds, kind, asked, Whole::All, Some(kind.verbs.import)).await? {
        wrong.extend(saved.err().unwrap_or_default());
    }
    Ok(())
}

/// Takes archived records back into use, if they are as they were shown.
async fn restore(tx: &mut Tx, kinds: &Kinds, part: &[Kept], wrong: &mut Vec<FieldError>) -> Result<()> {
    let archived: Vec<&Kept> = part.iter().filter(|change| change.what == What::Restored).collect();
    if archived.is_empty() {
        return Ok(());
    }
    let kind = batch::known(kinds, &part[0].kind)?;
    let ids: Vec<Uuid> = archived.iter().map(|change| change.record).collect();
    let versions = batch::versions(tx, kind, &ids).await?;
    for change in &archived {
        if versions.get(&change.record).map(|(version, _)| *version) != change.version {
            let detail = format!("{} “{}” was changed meanwhile", kind.noun(), change.label);
            wrong.push(FieldError::new(format!("/{}/{}", change.kind, change.record), "stale", detail));
        }
    }
    batch::set_archived(tx, kind, &ids, false).await?;
    Ok(())
}

async fn finish(tx: &mut Tx, session: &Session, changes: &[Kept]) -> Result<()> {
    let (organization, now, import) = (tx.caller().organization, tx.now(), session.id);
    // Every write counts one; taking back into use counts one more, with its changes another.
    let sql = "update import_changes set written_version = coalesce(version, 0) + case when change = 'restored' and after <> '{}' then 2 else 1 end
        where organization_id = $1 and import_id = $2 and left_because is null and change <> 'unchanged'";
    if !changes.is_empty() {
        tx.execute(sql, &[&organization, &import]).await?;
    }
    let actor = tx.caller().principal.label();
    let sql =
        "update import_sessions set state = 'committed', committed_at = $3, committed_by = $4, version = version + 1, updated_at = $3,
            expires_at = $5 where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &import, &now, &actor, &(now + UNDOABLE)]).await?;
    tx.execute("delete from import_files where organization_id = $1 and import_id = $2", &[&organization, &import]).await?;
    remember(tx, session).await
}

/// Keeps what was said of sheets for the next file with the same headings.
async fn remember(tx: &mut Tx, session: &Session) -> Result<()> {
    let organization = tx.caller().organization;
    let sheets: Vec<workbook::RecognisedSheet> = serde_json::from_value(session.sheets.clone()).map_err(Error::internal)?;
    for sheet in &sheets {
        let Some(said) = session.mapping.sheets.get(&sheet.sheet) else { continue };
        let signature = signature(sheet.columns.iter().map(|column| column.heading.as_str()));
        if signature.is_empty() || signature.len() > LONGEST_SIGNATURE {
            continue;
        }
        let meaning = said.meaning.clone().or_else(|| sheet.meaning.clone()).unwrap_or_default();
        let columns = sheet.columns.iter().filter_map(|column| Some((folded(&column.heading), said.columns.get(&column.letter)?.clone())));
        let kept = Remembered { meaning, columns: columns.collect() };
        let columns = serde_json::to_value(&kept.columns).map_err(Error::internal)?;
        let sql = "insert into import_mappings (organization_id, signature, meaning, columns) values ($1, $2, $3, $4)
            on conflict (organization_id, signature) do update set meaning = excluded.meaning, columns = excluded.columns, updated_at = now(),
                updated_by = excluded.updated_by";
        tx.execute(sql, &[&organization, &signature, &kept.meaning, &columns]).await?;
    }
    Ok(())
}

/// Headings that are longer are nobody's usual form.
const LONGEST_SIGNATURE: usize = 600;
