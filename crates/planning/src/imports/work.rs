//! What of importing takes time, as runs: reading a file, making its changes, taking them back.

use platform::ids::{PlantId, RunId};
use platform::resource::Kinds;
use platform::runs::{self, Order, Running, WorkKind, Works};
use platform::{Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::commit::commit;
use super::session::{self, Session};
use super::undo::undo;
use super::{Ready, read};

/// Reading a file into what it would change.
pub const READ: WorkKind = WorkKind::new("planning.import", "imports");
/// Making the changes of a file.
pub const COMMIT: WorkKind = WorkKind::new("planning.import_commit", "imports");
/// Taking them back.
pub const UNDO: WorkKind = WorkKind::new("planning.import_undo", "imports");

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    import_id: Uuid,
}

/// Asks for a run that works on a session.
///
/// # Errors
/// What the database refused.
pub async fn ask(tx: &mut Tx, session: &Session, kind: &WorkKind) -> Result<RunId> {
    let (verb, state) = match kind.name {
        name if name == READ.name => ("Read", "reading"),
        name if name == COMMIT.name => ("Import", session.state.as_str()),
        _ => ("Take back", session.state.as_str()),
    };
    let order = Order {
        title: format!("{verb} “{}”", session.file_name),
        payload: json!({ "import_id": session.id }),
        plant: Some(PlantId(session.plant_id)),
        concurrency_key: Some(format!("import {}", session.plant_id)),
        ..Order::default()
    };
    let run = runs::enqueue(tx, kind, order).await?;
    session::begin(tx, session.id, run, state).await?;
    Ok(run)
}

/// With what carries out these runs; `kinds` are all kinds of the program.
pub fn works(works: Works, kinds: &Kinds) -> Works {
    let (of_read, of_commit, of_undo) = (kinds.clone(), kinds.clone(), kinds.clone());
    works
        .with(READ, move |run: Running| carry_out_read(run, of_read.clone()))
        .with(COMMIT, move |run: Running| carry_out(run, of_commit.clone(), Verb::Commit))
        .with(UNDO, move |run: Running| carry_out(run, of_undo.clone(), Verb::Undo))
}

async fn carry_out_read(run: Running, kinds: Kinds) -> Result<Value> {
    let Payload { import_id } = run.payload()?;
    run.progress(0.02, "reading the plant");
    let mut tx = run.read().await?;
    let mut ready = Ready::of(&mut tx, import_id).await?;
    tx.commit().await?;
    run.progress(0.1, "reading the file");
    let contents = ready.contents().await?;
    if run.is_cancelled() {
        return Err(run.cancelled());
    }
    let progress = |share: f64, doing: &str| run.progress(0.3 + 0.68 * share, doing);
    let mut tx = run.begin().await?;
    let done = read(&mut tx, &kinds, &ready, &contents, &progress).await?;
    if run.is_cancelled() {
        return Err(run.cancelled());
    }
    run.finish(tx, done).await
}

#[derive(Clone, Copy)]
enum Verb {
    Commit,
    Undo,
}

async fn carry_out(run: Running, kinds: Kinds, verb: Verb) -> Result<Value> {
    let Payload { import_id } = run.payload()?;
    let progress = |share: f64, doing: &str| run.progress(share, doing);
    let mut tx = run.begin().await?;
    let done = match verb {
        Verb::Commit => commit(&mut tx, &kinds, import_id, &progress).await,
        Verb::Undo => undo(&mut tx, &kinds, import_id, &progress).await,
    };
    let done = match done {
        Ok(done) => done,
        Err(refused) => {
            for wrong in &refused.fields {
                run.warn(wrong.detail.clone());
            }
            return Err(refused);
        }
    };
    if run.is_cancelled() {
        return Err(run.cancelled());
    }
    run.finish(tx, done).await
}
