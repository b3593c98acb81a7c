//! The operations that every kind of record has.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::HeaderMap;
use serde_json::{Map, Value};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::caller::{Caller, Scope};
use crate::error::{Error, Result};
use crate::http::{App, Body, ETag, Fields, IfMatch, OpenApiRouter, Page, Path, Query, created, versioned};
use crate::resource::archive;
use crate::resource::custom::{Definitions, roles};
use crate::resource::kind::{Kind, Kinds};
use crate::resource::list::{self, Wanted};
use crate::resource::statements::Statements;
use crate::resource::write::{How, lock, save_one, version};

/// The operations of these kinds. They are all kinds of the program: references are looked up among them.
pub fn routes(kinds: &Kinds) -> OpenApiRouter<App> {
    let mut router = OpenApiRouter::new();
    for kind in kinds.iter() {
        let on = On { kind, kinds: kinds.clone() };
        let path = format!("/{}", kind.path);
        let (a, b, c, d, e, f, g) = (on.clone(), on.clone(), on.clone(), on.clone(), on.clone(), on.clone(), on);
        router = router
            .route(
                &path,
                get(move |State(app), caller, page, fields, query| a.list(app, caller, page, fields, query))
                    .post(move |State(app), caller, body| b.create(app, caller, body)),
            )
            .route(
                &format!("{path}/{{id}}"),
                get(move |State(app), caller, path, headers| c.read(app, caller, path, headers))
                    .patch(move |State(app), caller, path, meant, body| d.write(app, caller, path, meant, body, How::Merge))
                    .put(move |State(app), caller, path, meant, body| e.write(app, caller, path, meant, body, How::Replace)),
            )
            .route(
                &format!("{path}/{{id}}/archive"),
                post(move |State(app), caller, path, meant| f.archive(app, caller, path, meant, true)),
            )
            .route(
                &format!("{path}/{{id}}/restore"),
                post(move |State(app), caller, path, meant| g.archive(app, caller, path, meant, false)),
            );
    }
    router
}

/// The operations of one kind.
#[derive(Clone)]
pub(super) struct On {
    pub kind: &'static Kind,
    pub kinds: Kinds,
}

type Members = Map<String, Value>;

impl On {
    async fn list(
        self,
        app: App,
        caller: Caller,
        page: Page,
        fields: Fields,
        Query(parameters): Query<Vec<(String, String)>>,
    ) -> Result<Response> {
        fields.check(&list::members(self.kind))?;
        let mut tx = app.read(&caller).await?;
        let definitions = Definitions::needed(&mut tx, self.kind, &parameters).await?;
        let wanted = Wanted::read(self.kind, &definitions, &tx, &parameters)?;
        let found = list::list(&mut tx, self.kind, &wanted, &page).await?;
        tx.commit().await?;
        Ok(Json(found.map(|record| fields.pick(record))).into_response())
    }

    async fn create(self, app: App, caller: Caller, Body(body): Body<Members>) -> Result<Response> {
        let mut tx = app.begin(&caller).await?;
        let saved = save_one(&mut tx, &self.kinds, self.kind, body, How::Create).await?;
        tx.commit().await?;
        Ok(created(&format!("/api/v1/{}/{}", self.kind.path, saved.id), saved.version(), &saved.record))
    }

    async fn read(self, app: App, caller: Caller, Path(id): Path<Uuid>, headers: HeaderMap) -> Result<Response> {
        let tx = app.read(&caller).await?;
        let (version, record) = read(tx, &caller, self.kind, id).await?;
        Ok(versioned(&headers, version, &record))
    }

    async fn write(
        self,
        app: App,
        caller: Caller,
        Path(id): Path<Uuid>,
        meant: IfMatch,
        Body(body): Body<Members>,
        how: fn(Uuid) -> How,
    ) -> Result<Response> {
        let mut tx = app.begin(&caller).await?;
        if let Some(before) = lock(&mut tx, self.kind, &[id]).await?.remove(&id)
            && archive::readable(&tx, self.kind, &before)
        {
            meant.check(version(&before))?;
        }
        let saved = save_one(&mut tx, &self.kinds, self.kind, body, how(id)).await?;
        tx.commit().await?;
        Ok((ETag(saved.version()), Json(saved.record)).into_response())
    }

    async fn archive(self, app: App, caller: Caller, Path(id): Path<Uuid>, meant: IfMatch, archived: bool) -> Result<Response> {
        let mut tx = app.begin(&caller).await?;
        let saved = archive::set(&mut tx, &self.kinds, self.kind, id, meant, archived).await?;
        tx.commit().await?;
        Ok((ETag(saved.version()), Json(saved.record)).into_response())
    }
}

/// A record that the caller may see, with its version.
///
/// # Errors
/// 404, or 403 where the caller may see none of its kind anywhere.
pub(super) async fn read(tx: crate::Tx, caller: &Caller, kind: &'static Kind, id: Uuid) -> Result<(i64, Value)> {
    if !caller.may_somewhere(kind.verbs.read) {
        return Err(caller.refusal(kind.verbs.read, Scope::Organization));
    }
    let roles = roles(caller);
    let params: [&(dyn ToSql + Sync); 3] = [&caller.organization, &id, &roles];
    let row = tx.query_once(Statements::of(kind).find.clone(), &params).await?.pop().ok_or_else(|| Error::not_found(&kind.noun()))?;
    let plant = row.get::<_, Option<Uuid>>(1);
    if plant.is_some_and(|plant| !caller.may(kind.verbs.read, Scope::Plant(crate::ids::PlantId(plant)))) {
        return Err(Error::not_found(&kind.noun()));
    }
    Ok((row.get(0), row.get(2)))
}
