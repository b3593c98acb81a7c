//! Files of a record: what any kind of record offers, as it offers comments.
//!
//! **Invariant:** whoever may read a record may have its files; whoever may change it may attach and take away; an archived one takes none.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::caller::Caller;
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::files::{self, Belongs, Files, Named, Upload};
use crate::http::{App, Page, Path, Query, created};
use crate::resource::custom::{Definitions, roles};
use crate::resource::kind::Kind;
use crate::resource::narrowing::require;
use crate::resource::routes::{On, may_see, may_somewhere, seen};
use crate::resource::statements::Statements;

impl On {
    pub(super) async fn attachments(self, app: App, caller: Caller, Path(id): Path<Uuid>, page: Page) -> Result<Response> {
        let mut tx = app.read(&caller).await?;
        seen(&mut tx, self.kind, id).await?;
        let found = files::attachments(&mut tx, self.kind.name, id, &page).await?;
        tx.commit().await?;
        Ok(Json(found).into_response())
    }

    pub(super) async fn attach(
        self,
        app: App,
        caller: Caller,
        Path(id): Path<Uuid>,
        Query(named): Query<Named>,
        upload: Upload,
    ) -> Result<Response> {
        let mut tx = app.read(&caller).await?;
        changeable(&mut tx, self.kind, id).await?;
        tx.commit().await?;
        let files: Files = app.part()?;
        let received = files.receive(&app.database, &caller, named, upload).await?;
        let attached = async {
            let mut tx = app.begin(&caller).await?;
            // It may have been archived, or the right taken away, while the file was on its way.
            let plant = changeable(&mut tx, self.kind, id).await?;
            let file = files::attach(&mut tx, &files, &received, Belongs { kind: self.kind.name, record: id, plant }).await?;
            tx.commit().await?;
            Ok::<_, Error>(file)
        };
        match attached.await {
            Ok(file) => Ok(created(&format!("/api/v1/files/{}", file.id), file.version, &file)),
            Err(refused) => {
                files.discard(&app.database, &received).await;
                Err(refused)
            }
        }
    }
}

/// The plant of a record that the caller may change at this moment.
///
/// # Errors
/// 404; 403; 409 `archived`.
pub(crate) async fn changeable(tx: &mut Tx, kind: &'static Kind, id: Uuid) -> Result<Option<Uuid>> {
    let (organization, roles) = (tx.caller().organization, roles(tx.caller()));
    may_somewhere(tx.caller(), kind.verbs.read)?;
    let row = tx.query_opt(Statements::of(kind).find.clone(), &[&organization, &id, &roles]).await?;
    let row = row.ok_or_else(|| Error::not_found(&kind.noun()))?;
    let (plant, record): (Option<Uuid>, Value) = (row.get(1), row.get(2));
    may_see(tx.caller(), kind, plant, &record)?;
    require(tx.caller(), kind, kind.verbs.update, record.as_object().unwrap_or(&Map::new()), None)?;
    if record.get("archived_at").is_some_and(|at| !at.is_null()) {
        return Err(Error::conflict("archived", format!("the {} is archived; restore it, then change its files", kind.noun())));
    }
    Ok(plant)
}

/// Refuses whoever may not see a record, or the custom field of it.
///
/// # Errors
/// 404; 403 where the caller may see none of its kind anywhere.
pub(crate) async fn sees(tx: &mut Tx, kind: &'static Kind, id: Uuid, field: Option<&str>) -> Result<()> {
    seen(tx, kind, id).await?;
    let Some(field) = field else { return Ok(()) };
    let definitions = Definitions::load(tx, kind).await?;
    definitions.find(tx.caller(), field).map(|_| ()).ok_or_else(|| Error::not_found("file"))
}
