//! Taking the changes of a session back: all of them, or none where one of its records was changed or used since.
//!
//! What it made is archived, for records end so; what it changed becomes as it was. The trail has both.

use std::collections::{BTreeMap, HashMap};

use platform::caller::Scope;
use platform::error::FieldError;
use platform::http::IfMatch;
use platform::ids::PlantId;
use platform::resource::{self, Asked, How, Kind, Kinds, Whole, batch};
use platform::{Error, Result, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

use super::commit::{Kept, MOST_TOLD, kept};
use super::plan::What;
use super::session::{self, Session};
use super::{IMPORT_COMMIT, Progress};

const AT_ONCE: usize = 2_000;

/// Whether the changes of a session can be taken back now.
///
/// # Errors
/// 404, 403; 409 `import_not_committed`; 409 `import_changed_since`, with what was changed or is used; 409 `import_busy`.
pub async fn undoable(tx: &mut Tx, kinds: &Kinds, import: Uuid, meant: IfMatch) -> Result<Session> {
    let session = session::lock(tx, import).await?;
    tx.require(IMPORT_COMMIT, Scope::Plant(PlantId(session.plant_id)))?;
    meant.check(session.version)?;
    committed(&session)?;
    session::idle(tx, &session).await?;
    let changes = kept(tx, import).await?;
    unchanged(tx, kinds, &changes).await?;
    Ok(session)
}

fn committed(session: &Session) -> Result<()> {
    match session.state.as_str() {
        "committed" => Ok(()),
        "undone" => Err(Error::conflict("import_not_committed", "its changes were taken back already")),
        _ => Err(Error::conflict("import_not_committed", "its changes were not made; there is nothing to take back")),
    }
}

/// Changes by kind, in the order in which they were made.
fn by_kind<'a>(kinds: &Kinds, changes: &'a [Kept]) -> Result<Vec<(&'static Kind, Vec<&'a Kept>)>> {
    let parts = changes.chunk_by(|one, other| one.kind == other.kind);
    parts.map(|part| Ok((batch::known(kinds, &part[0].kind)?, part.iter().collect()))).collect()
}

/// Refuses where a record was changed since, or something else refers to one that would go.
async fn unchanged(tx: &mut Tx, kinds: &Kinds, changes: &[Kept]) -> Result<()> {
    let mut wrong = Vec::new();
    let mut made: HashMap<&'static str, Vec<Uuid>> = HashMap::new();
    for (kind, changes) in by_kind(kinds, changes)? {
        let ids: Vec<Uuid> = changes.iter().map(|change| change.record).collect();
        let versions = batch::versions(tx, kind, &ids).await?;
        for change in changes {
            let detail = match versions.get(&change.record) {
                Some((version, _)) if Some(*version) == change.written => None,
                Some((_, true)) => Some("was archived since"),
                Some(_) => Some("was changed since"),
                None => Some("is no longer there, or not visible to you"),
            };
            if let Some(detail) = detail {
                let detail = format!("{} “{}” {detail}", kind.noun(), change.label);
                wrong.push(FieldError::new(format!("/{}/{}", kind.name, change.record), "changed_since", detail));
            }
            if change.what != What::Updated {
                made.entry(kind.name).or_default().push(change.record);
            }
        }
    }
    for kind in kinds.iter() {
        let Some(ids) = made.get(kind.name) else { continue };
        for (user, label) in batch::users(tx, kinds, kind, ids, &made, MOST_TOLD).await? {
            let detail = format!("{} “{label}” refers to {} of this import", user.noun(), kind.a_noun());
            wrong.push(FieldError::new(format!("/{}", kind.name), "in_use", detail));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let named: Vec<&str> = wrong.iter().take(3).map(|wrong| wrong.detail.as_str()).collect();
    let more = if wrong.len() > named.len() { format!(", and {} more", wrong.len() - named.len()) } else { String::new() };
    let detail = format!("it cannot be taken back as a whole: {}{more}", named.join("; "));
    wrong.truncate(MOST_TOLD);
    let mut refused = Error::conflict("import_changed_since", detail);
    refused.fields = wrong;
    Err(refused)
}

/// Takes the changes of a session back; what is to be said of it. The caller ends the transaction.
///
/// # Errors
/// As [`undoable`].
pub async fn undo(tx: &mut Tx, kinds: &Kinds, import: Uuid, progress: &Progress<'_>) -> Result<Value> {
    let session = session::lock(tx, import).await?;
    tx.require(IMPORT_COMMIT, Scope::Plant(PlantId(session.plant_id)))?;
    committed(&session)?;
    let changes = kept(tx, import).await?;
    progress(0.05, "looking whether something was changed since");
    unchanged(tx, kinds, &changes).await?;
    let (count, mut done) = (changes.len().max(1), 0);
    // What refers to others goes first.
    for (kind, changes) in by_kind(kinds, &changes)?.into_iter().rev() {
        for part in changes.rchunks(AT_ONCE) {
            progress(0.1 + 0.85 * done as f64 / count as f64, &format!("putting back {}", kind.plural.to_lowercase()));
            put_back(tx, kinds, kind, part).await?;
            done += part.len();
        }
    }
    let (organization, now, actor) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    let sql = "update import_sessions set state = 'undone', undone_at = $3, undone_by = $4, version = version + 1, updated_at = $3
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &import, &now, &actor]).await?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for change in &changes {
        *counts.entry(if change.what == What::Updated { "put_back" } else { "archived" }).or_default() += 1;
    }
    session::note(tx, &session, "import.undone", json!({ "changes": counts })).await?;
    Ok(json!({ "import_id": session.id, "changes": counts }))
}

async fn put_back(tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, part: &[&Kept]) -> Result<()> {
    let asked: Vec<Asked> = part
        .iter()
        .filter(|change| change.what != What::Created && !change.before.is_empty())
        .map(|change| Asked {
            at: format!("/{}/{}", kind.name, change.record),
            body: change.before.clone(),
            how: How::Merge(change.record),
            meant: change.written.map_or(IfMatch::Any, IfMatch::Version),
        })
        .collect();
    if !asked.is_empty() {
        let saved = resource::save(tx, kinds, kind, asked, Whole::All, Some(kind.verbs.import)).await?;
        let wrong: Vec<FieldError> = saved.into_iter().filter_map(|saved| saved.err()).flatten().collect();
        if !wrong.is_empty() {
            let mut refused = Error::conflict("import_changed_since", "what it was before no longer fits; see the errors");
            refused.fields = wrong;
            return Err(refused);
        }
    }
    let gone: Vec<Uuid> = part.iter().filter(|change| change.what != What::Updated).map(|change| change.record).collect();
    if !gone.is_empty() {
        batch::set_archived(tx, kind, &gone, true).await?;
    }
    Ok(())
}
