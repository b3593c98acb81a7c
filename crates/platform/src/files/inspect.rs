//! Looking at a file once it is stored: whether there is a virus in it, and what it looks like small.

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::caller::Caller;
use crate::database::{Database, Tx};
use crate::error::{Error, Result};
use crate::files::rows::{self, File, FileState, Lock};
use crate::files::store::Key;
use crate::files::{Belongs, Files, Verdict, thumbnails};
use crate::resource::Kinds;
use crate::runs::{Running, Work, WorkKind};

/// Looks at a file, and makes a small image of it. Nobody's deed: what came of it is in the trail with the file.
pub const INSPECT: WorkKind =
    WorkKind { attempts: 8, audited: false, limit: std::time::Duration::from_secs(900), ..WorkKind::new("file.inspect", "files") };

/// Carries out [`INSPECT`].
#[derive(Clone)]
pub struct Inspector {
    files: Files,
    database: Database,
    kinds: Kinds,
}

#[derive(Deserialize)]
struct Payload {
    file: Uuid,
}

impl Inspector {
    /// One for these files.
    pub fn new(files: Files, database: Database, kinds: Kinds) -> Inspector {
        Inspector { files, database, kinds }
    }

    async fn inspect(&self, run: Running) -> Result<Value> {
        let Payload { file: id } = run.payload()?;
        let organization = run.caller().organization;
        let mut tx = self.begin(&run).await?;
        let found = rows::find(&mut tx, id, Lock::None).await?;
        tx.commit().await?;
        // What was taken away meanwhile needs no look.
        let Some(mut file) = found else { return Ok(json!({ "state": "deleted" })) };
        let key = Key::content(organization, id);
        if file.state == FileState::Scanning {
            run.progress(0.1, "looking for viruses");
            file = match self.scan(&run, key, &file).await? {
                Some(judged) => judged,
                None => return Ok(json!({ "state": "judged already" })),
            };
        }
        if file.state == FileState::Clean && !file.thumbnail && thumbnails::are_made_of(&file.media_type) {
            run.progress(0.6, "making a small image");
            self.picture(&run, key, &file).await?;
        }
        Ok(json!({ "state": file.state }))
    }

    async fn scan(&self, run: &Running, key: Key, file: &File) -> Result<Option<File>> {
        let verdict = match &self.files.0.scanner {
            Some(scanner) => scanner.look(self.files.store().read(key, None).await?).await?,
            // The scanner was taken out of the settings while this waited.
            None => Verdict::Clean,
        };
        let mut tx = self.begin(run).await?;
        let judged = match &verdict {
            Verdict::Clean => rows::judged(&mut tx, file.id, "clean", None).await?,
            Verdict::Found(finding) => {
                tracing::warn!(file = %file.id, finding, "something was found in a file, which nobody gets now");
                run.warn(format!("found {finding}"));
                let judged = rows::judged(&mut tx, file.id, "quarantined", Some(finding)).await?;
                if let Some(to) = judged.as_ref().and_then(|file| self.owner(file)) {
                    rows::tell(&mut tx, to, "file_quarantined", file).await?;
                }
                judged
            }
        };
        tx.commit().await?;
        Ok(judged)
    }

    /// The record that a file belongs to, by the kinds of the program.
    fn owner(&self, file: &File) -> Option<Belongs> {
        let kind = self.kinds.find(file.kind.as_deref()?)?;
        Some(Belongs { kind: kind.name, record: file.record_id?, plant: file.plant_id })
    }

    async fn picture(&self, run: &Running, key: Key, file: &File) -> Result<()> {
        if usize::try_from(file.size_bytes).map_or(true, |size| size > thumbnails::LARGEST_FILE) {
            return Ok(());
        }
        let mut pieces = self.files.store().read(key, None).await?;
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece?);
            if bytes.len() > thumbnails::LARGEST_FILE {
                return Ok(());
            }
        }
        let media_type = file.media_type.clone();
        let made = tokio::task::spawn_blocking(move || thumbnails::make(&media_type, &bytes)).await.map_err(Error::internal)?;
        let made = match made {
            Ok(made) => made,
            Err(why) => {
                run.warn(format!("there is no small image: {why}"));
                return Ok(());
            }
        };
        let mut writing = self.files.store().write(key.thumbnail()).await?;
        writing.add(&made.bytes).await?;
        writing.finish().await?;
        let mut tx = self.begin(run).await?;
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        rows::pictured(&mut tx, file.id, side(made.width), side(made.height)).await?;
        tx.commit().await
    }

    /// Gemba itself looks, not whoever sent the file, whose account may be closed by now.
    async fn begin(&self, run: &Running) -> Result<Tx> {
        self.database.begin(&Caller::system("files", run.caller().organization, run.caller().request)).await
    }
}

impl Work for Inspector {
    fn carry_out(&self, run: Running) -> BoxFuture<'static, Result<Value>> {
        let inspector = self.clone();
        Box::pin(async move { inspector.inspect(run).await })
    }
}
