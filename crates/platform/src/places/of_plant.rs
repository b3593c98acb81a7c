//! The operations of a kind at a plant's own address: `/plants/{id}/lines`.
//!
//! **Invariant:** what the caller may not see of a plant, the plant itself included, is not there.

use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

use crate::caller::{Caller, Scope};
use crate::error::{Error, FieldError, Result};
use crate::http::{App, Fields, IfMatch, Page, Path, Query, Unread, created};
use crate::ids::PlantId;
use crate::places::Plant;
use crate::resource::{self, How, Members, On, Record as _, Within, save_one};

impl On {
    /// A page of the plant's records.
    ///
    /// # Errors
    /// 404 for a plant that is not there or not visible; as [`list`](Self::list).
    pub async fn list_of_plant(
        self,
        app: App,
        caller: Caller,
        plant: Uuid,
        page: Page,
        fields: Fields,
        mut said: Vec<(String, String)>,
    ) -> Result<Response> {
        seen(&app, &caller, plant).await?;
        said.retain(|(name, _)| name != "plant_id");
        said.push(("plant_id".into(), plant.to_string()));
        self.list(app, caller, page, fields, Query(said)).await
    }

    /// Makes a record of the plant.
    ///
    /// # Errors
    /// 404 for a plant that is not there or not visible; 422 `other_plant` where it would belong to another one; as [`save_one`].
    pub async fn make_of_plant(self, app: App, caller: Caller, plant: Uuid, body: Unread<Members>) -> Result<Response> {
        seen(&app, &caller, plant).await?;
        caller.require(self.kind.verbs.create, Scope::Plant(PlantId(plant)))?;
        let mut body = body.read().await?;
        if self.kind.within == Within::Plant {
            body.insert("plant_id".into(), json!(plant));
        }
        let mut tx = app.begin(&caller).await?;
        let saved = save_one(&mut tx, &self.kinds, self.kind, body, How::Create).await?;
        if saved.record.get("plant_id") != Some(&json!(plant)) {
            tx.rollback().await?;
            let field = if let Within::Parent(field) = self.kind.within { field } else { "plant_id" };
            return Err(Error::invalid(vec![FieldError::new(format!("/{field}"), "other_plant", "it belongs to another plant")]));
        }
        tx.commit().await?;
        Ok(created(&format!("/api/v1/{}/{}", self.kind.path, saved.id), saved.version(), &saved.record))
    }

    /// Makes a record of the plant exactly so.
    ///
    /// # Errors
    /// 404 where the plant has no such record; as [`write`](Self::write).
    pub async fn replace_of_plant(
        self,
        app: App,
        caller: Caller,
        (plant, id): (Uuid, Uuid),
        meant: IfMatch,
        body: Unread<Members>,
    ) -> Result<Response> {
        seen(&app, &caller, plant).await?;
        let mut tx = app.read(&caller).await?;
        let found = resource::seen(&mut tx, self.kind, id).await?;
        tx.commit().await?;
        if found != Some(plant) {
            return Err(Error::not_found(&self.kind.noun()));
        }
        self.write(app, caller, Path(id), meant, body, How::Replace).await
    }
}

/// Whether there is such a plant, for this caller.
///
/// # Errors
/// 404 where there is none, or it is not visible.
pub async fn seen(app: &App, caller: &Caller, plant: Uuid) -> Result<()> {
    let missing = || Error::not_found("plant");
    if !caller.may(Plant::kind().verbs.read, Scope::Plant(PlantId(plant))) {
        return Err(missing());
    }
    let mut tx = app.read(caller).await?;
    let there = tx.query_opt("select 1 from plants where organization_id = $1 and id = $2", &[&caller.organization, &plant]).await?;
    tx.commit().await?;
    there.map(drop).ok_or_else(missing)
}
