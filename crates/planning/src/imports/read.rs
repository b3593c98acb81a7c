//! Reading a file into what it would change.

use platform::ids::PlantId;
use platform::resource::Kinds;
use platform::{Error, Result, Tx};
use serde_json::{Value, json};
use uuid::Uuid;
use workbook::{Contents, RowOptions, Wishes, read_rows};

use super::Progress;
use super::lay_out::lay_out;
use super::plan::{self, counts, plan};
use super::present::{self, Present};
use super::session::{self, Session};

/// What is needed to read a file.
pub struct Ready {
    session: Session,
    content: Vec<u8>,
    present: Present,
    options: RowOptions,
}

impl Ready {
    /// Reads what reading needs from the database.
    ///
    /// # Errors
    /// 404 where the session or its plant is gone.
    pub async fn of(tx: &mut Tx, import: Uuid) -> Result<Ready> {
        let session = session::find(tx, import).await?;
        let content = session::file(tx, import).await?;
        let present = Present::read(tx, PlantId(session.plant_id)).await?;
        let options = options(tx, &session, &present).await?;
        Ok(Ready { session, content, present, options })
    }

    /// Reads the file, in a thread of its own: that takes time and no database.
    ///
    /// # Errors
    /// None in practice.
    pub async fn contents(&mut self) -> Result<Contents> {
        let (content, mut options) = (std::mem::take(&mut self.content), self.options.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let contents = read_rows(&content, &options);
            // A workbook of one plant, called otherwise there: it is meant for the one it is brought into.
            let others: Vec<String> = contents.plants.iter().skip(1).cloned().collect();
            match others.as_slice() {
                [other] if !contents.lines.iter().any(|line| line.plant == 0 && line.at.is_some()) => {
                    options.known.plants.push(other.clone());
                    read_rows(&content, &options)
                }
                _ => contents,
            }
        });
        reading.await.map_err(Error::internal)
    }
}

/// How the file of a session is read.
///
/// # Errors
/// What the database refused.
pub async fn options(tx: &mut Tx, session: &Session, present: &Present) -> Result<RowOptions> {
    let wishes = Wishes {
        mapping: session.mapping.clone(),
        remembered: session::remembered(tx).await?,
        corrections: session::corrections(&session.corrections),
    };
    Ok(RowOptions { file_name: session.file_name.clone(), known: present.known(), wishes, ..RowOptions::default() })
}

/// Plans what `contents` change and keeps that with the session, which is ready then; what is to be said of it.
///
/// # Errors
/// 404 where the session is gone; what the database refused.
pub async fn read(tx: &mut Tx, kinds: &Kinds, ready: &Ready, contents: &Contents, progress: &Progress<'_>) -> Result<Value> {
    let Ready { session, present, .. } = ready;
    let mut ids = Vec::new();
    let laid_out = {
        let mut new_id = || {
            let id: Uuid = tx.new_id();
            ids.push(id);
            id
        };
        lay_out(contents, present, &mut new_id)
    };
    progress(0.1, "comparing with what is there");
    let comparing = |share: f64, doing: &str| progress(0.1 + 0.6 * share, doing);
    let planned = plan(tx, kinds, contents, present, laid_out, session.mode, &comparing).await?;
    progress(0.7, "keeping the preview");
    plan::keep(tx, session.plant_id, session.id, contents, &planned).await?;
    let counts = counts(&planned, present, &present::kinds());
    let sheets = serde_json::to_value(&contents.recognised).map_err(Error::internal)?;
    let source = contents.source.map(|source| match source {
        workbook::Source::Workbook => "workbook",
        workbook::Source::Csv => "csv",
        workbook::Source::Project => "project",
    });
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update import_sessions set state = 'ready', source = $3, sheets = $4, counts = $5, version = version + 1, updated_at = $6
        where organization_id = $1 and id = $2 and state = 'reading'";
    if tx.execute(sql, &[&organization, &session.id, &source, &sheets, &counts, &now]).await? == 0 {
        return Err(Error::conflict("import_changed", "the session was changed while its file was read"));
    }
    progress(1.0, "done");
    Ok(json!({ "import_id": session.id, "counts": counts, "import": format!("/api/v1/imports/{}", session.id) }))
}
