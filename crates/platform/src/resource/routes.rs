//! The operations that every kind of record has.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::caller::{Caller, Scope};
use crate::database::Tx;
use crate::error::{Error, Kind as Family, Result};
use crate::http::{App, ETag, Fields, IfMatch, OpenApiRouter, Page, Path, Query, Unread, created, erased, versioned};
use crate::ids::{PlantId, UserId};
use crate::notifications::{Whom, is_watched, resolve, unwatch, watch};
use crate::permission::Permission;
use crate::resource::bulk::{self, Bulk, Mode};
use crate::resource::comments::{self, EditedComment, NewComment};
use crate::resource::custom::{Definitions, roles};
use crate::resource::kind::{Kind, Kinds};
use crate::resource::list::{self, Wanted};
use crate::resource::narrowing::{permitted, visible};
use crate::resource::statements::Statements;
use crate::resource::transfer::{self, Format};
use crate::resource::write::{How, save_meant, save_one};
use crate::resource::{archive, desk, history, openapi, views};

/// The operations of these kinds. They are all kinds of the program: references are looked up among them.
pub fn routes(kinds: &Kinds) -> OpenApiRouter<App> {
    let mut router = OpenApiRouter::with_openapi(openapi::document(kinds));
    for kind in kinds.iter() {
        router = of_kind(router, On { kind, kinds: kinds.clone() });
    }
    router.merge(desk::routes()).layer(axum::Extension(kinds.clone()))
}

fn of_kind(router: OpenApiRouter<App>, on: On) -> OpenApiRouter<App> {
    let path = format!("/{}", on.kind.path);
    let one = format!("{path}/{{id}}");
    let (list, create, read, patch, put) = (on.clone(), on.clone(), on.clone(), on.clone(), on.clone());
    let (archive, restore, history, comments, comment) = (on.clone(), on.clone(), on.clone(), on.clone(), on.clone());
    let (watching, watch, unwatch) = (on.clone(), on.clone(), on.clone());
    let (edit, withdraw, attachments, attach) = (on.clone(), on.clone(), on.clone(), on.clone());
    let (bulk, export, import) = (on.clone(), on.clone(), on);
    router
        .route(
            &path,
            get(erased(move |State(app), caller, page, fields, query| list.list(app, caller, page, fields, query)))
                .post(erased(move |State(app), caller, body| create.create(app, caller, body))),
        )
        .route(
            &one,
            get(erased(move |State(app), caller, id, headers| read.read(app, caller, id, headers)))
                .patch(erased(move |State(app), caller, id, meant, body| patch.write(app, caller, id, meant, body, How::Merge)))
                .put(erased(move |State(app), caller, id, meant, body| put.write(app, caller, id, meant, body, How::Replace))),
        )
        .route(&format!("{one}/archive"), post(erased(move |State(app), caller, id, meant| archive.archive(app, caller, id, meant, true))))
        .route(&format!("{one}/restore"), post(erased(move |State(app), caller, id, meant| restore.archive(app, caller, id, meant, false))))
        .route(&format!("{one}/history"), get(erased(move |State(app), caller, id, page| history.history(app, caller, id, page))))
        .route(
            &format!("{one}/comments"),
            get(erased(move |State(app), caller, id, page| comments.comments(app, caller, id, page)))
                .post(erased(move |State(app), caller, id, body| comment.comment(app, caller, id, body))),
        )
        .route(
            &format!("{one}/comments/{{comment}}"),
            axum::routing::patch(erased(move |State(app), caller, ids, meant, body| edit.edit_comment(app, caller, ids, meant, body)))
                .delete(erased(move |State(app), caller, ids, meant| withdraw.withdraw_comment(app, caller, ids, meant))),
        )
        .route(
            &format!("{one}/attachments"),
            get(erased(move |State(app), caller, id, page| attachments.attachments(app, caller, id, page)))
                .post(erased(move |State(app): State<App>, caller, id, named, upload| attach.attach(app, caller, id, named, upload)))
                .layer(axum::extract::DefaultBodyLimit::disable()),
        )
        .route(
            &format!("{one}/watch"),
            get(erased(move |State(app), caller, id| watching.watching(app, caller, id)))
                .post(erased(move |State(app), caller, id| watch.watch(app, caller, id)))
                .delete(erased(move |State(app), caller, id| unwatch.unwatch(app, caller, id))),
        )
        .route(&format!("{path}/bulk"), post(erased(move |State(app), caller, body| bulk.bulk(app, caller, body))))
        .route(&format!("{path}/export"), get(erased(move |State(app), caller, query| export.export(app, caller, query))))
        .route(
            &format!("{path}/import"),
            post(erased(move |State(app): State<App>, caller, query, body| import.import(app, caller, query, body)))
                .layer(axum::extract::DefaultBodyLimit::max(32 << 20)),
        )
}

/// The operations of one kind, also for contexts that offer them at further addresses.
#[derive(Clone)]
pub struct On {
    /// The kind.
    pub kind: &'static Kind,
    /// All kinds of the program.
    pub kinds: Kinds,
}

/// The members of a record, as a request has them.
pub(crate) type Members = Map<String, Value>;

impl On {
    /// A page of records.
    ///
    /// # Errors
    /// 400 for parameters that mean nothing; 403.
    pub async fn list(
        self,
        app: App,
        caller: Caller,
        page: Page,
        fields: Fields,
        Query(said): Query<Vec<(String, String)>>,
    ) -> Result<Response> {
        may_somewhere(&caller, self.kind.verbs.read)?;
        fields.check(&list::members(self.kind))?;
        let mut tx = app.read(&caller).await?;
        let parameters = with_view(&mut tx, self.kind, said).await?;
        let definitions = Definitions::needed(&mut tx, self.kind, &parameters).await?;
        let wanted = Wanted::read(self.kind, &definitions, &tx, &parameters)?;
        let found = list::list(&mut tx, self.kind, &wanted, &page).await?;
        tx.commit().await?;
        Ok(Json(found.map(|record| fields.pick(record))).into_response())
    }

    /// Makes one.
    ///
    /// # Errors
    /// As [`save_one`].
    pub async fn create(self, app: App, caller: Caller, body: Unread<Members>) -> Result<Response> {
        may_somewhere(&caller, self.kind.verbs.create)?;
        let body = body.read().await?;
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

    /// Changes one.
    ///
    /// # Errors
    /// As [`save_meant`].
    pub async fn write(
        self,
        app: App,
        caller: Caller,
        Path(id): Path<Uuid>,
        meant: IfMatch,
        body: Unread<Members>,
        how: fn(Uuid) -> How,
    ) -> Result<Response> {
        self.may(&app, &caller, self.kind.verbs.update, id).await?;
        let body = body.read().await?;
        let mut tx = app.begin(&caller).await?;
        let saved = save_meant(&mut tx, &self.kinds, self.kind, body, how(id), meant).await?;
        tx.commit().await?;
        Ok((ETag(saved.version()), Json(saved.record)).into_response())
    }

    /// Archives one, or takes it back into use.
    ///
    /// # Errors
    /// 404, 403, 409 `in_use`, 412 `stale`.
    pub async fn archive(self, app: App, caller: Caller, Path(id): Path<Uuid>, meant: IfMatch, archived: bool) -> Result<Response> {
        let mut tx = app.begin(&caller).await?;
        let saved = archive::set(&mut tx, &self.kinds, self.kind, id, meant, archived).await?;
        tx.commit().await?;
        Ok((ETag(saved.version()), Json(saved.record)).into_response())
    }

    async fn history(self, app: App, caller: Caller, Path(id): Path<Uuid>, page: Page) -> Result<Response> {
        let mut tx = app.read(&caller).await?;
        seen(&mut tx, self.kind, id).await?;
        let found = history::of(&mut tx, self.kind, id, &page).await?;
        tx.commit().await?;
        Ok(Json(found).into_response())
    }

    async fn comments(self, app: App, caller: Caller, Path(id): Path<Uuid>, page: Page) -> Result<Response> {
        let mut tx = app.read(&caller).await?;
        seen(&mut tx, self.kind, id).await?;
        let found = comments::list(&mut tx, self.kind, id, &page).await?;
        tx.commit().await?;
        Ok(Json(found).into_response())
    }

    async fn comment(self, app: App, caller: Caller, Path(id): Path<Uuid>, said: Unread<NewComment>) -> Result<Response> {
        self.may(&app, &caller, self.kind.verbs.comment, id).await?;
        let said = said.read().await?;
        let mut tx = app.begin(&caller).await?;
        let plant = self.commented(&mut tx, id).await?;
        let (body, people) = self.worded(&app, &mut tx, id, said.body, &[]).await?;
        let comment = comments::add(&mut tx, self.kind, id, plant, NewComment { body, ..said }, &people).await?;
        tx.commit().await?;
        Ok(created(&format!("/api/v1/{}/{id}/comments/{}", self.kind.path, comment.id), comment.version, &comment))
    }

    async fn edit_comment(
        self,
        app: App,
        caller: Caller,
        Path((id, comment)): Path<(Uuid, Uuid)>,
        meant: IfMatch,
        said: Unread<EditedComment>,
    ) -> Result<Response> {
        self.may(&app, &caller, self.kind.verbs.comment, id).await?;
        let said = said.read().await?;
        let mut tx = app.begin(&caller).await?;
        self.commented(&mut tx, id).await?;
        let before = comments::named(&mut tx, comment).await?;
        let said = self.worded(&app, &mut tx, id, said.body, &before).await?;
        let comment = comments::change(&mut tx, self.kind, id, comment, meant, Some(said)).await?;
        tx.commit().await?;
        Ok((ETag(comment.version), Json(comment)).into_response())
    }

    async fn withdraw_comment(self, app: App, caller: Caller, Path((id, comment)): Path<(Uuid, Uuid)>, meant: IfMatch) -> Result<Response> {
        let mut tx = app.begin(&caller).await?;
        self.commented(&mut tx, id).await?;
        let comment = comments::change(&mut tx, self.kind, id, comment, meant, None).await?;
        tx.commit().await?;
        Ok((ETag(comment.version), Json(comment)).into_response())
    }

    /// A comment's words as they are stored, and who is named in them; `before` were named in it already.
    async fn worded(&self, app: &App, tx: &mut Tx, record: Uuid, body: String, before: &[UserId]) -> Result<(String, Vec<UserId>)> {
        let body = comments::words(body)?;
        // A server that knows no people names none.
        let Ok(whom) = app.part::<Whom>() else { return Ok((body, Vec::new())) };
        let resolved = resolve(whom.0.as_ref(), tx, (self.kind, record), &body, (before, comments::LONGEST)).await?;
        Ok((resolved.body, resolved.people))
    }

    async fn watching(self, app: App, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
        let mut tx = app.read(&caller).await?;
        seen(&mut tx, self.kind, id).await?;
        let watch = is_watched(&mut tx, self.kind.name, id).await?;
        tx.commit().await?;
        Ok(Json(watch).into_response())
    }

    async fn watch(self, app: App, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
        let mut tx = app.begin(&caller).await?;
        let plant = seen(&mut tx, self.kind, id).await?;
        let watch = watch(&mut tx, self.kind.name, id, plant).await?;
        tx.commit().await?;
        Ok(Json(watch).into_response())
    }

    async fn unwatch(self, app: App, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
        let mut tx = app.begin(&caller).await?;
        seen(&mut tx, self.kind, id).await?;
        let watch = unwatch(&mut tx, self.kind.name, id).await?;
        tx.commit().await?;
        Ok(Json(watch).into_response())
    }

    /// Refuses whoever may do this nowhere before the body is looked at: as if the record did not exist where it may not be seen.
    async fn may(&self, app: &App, caller: &Caller, permission: Permission, id: Uuid) -> Result<()> {
        if caller.policies_on(self.kind.verbs.read).is_some() {
            may_somewhere(caller, self.kind.verbs.read)?;
        }
        // Policies are asked with the record in hand, so that their refusal names it.
        if caller.is_granted_somewhere(permission) {
            return Ok(());
        }
        let plant = seen(&mut app.read(caller).await?, self.kind, id).await?;
        Err(caller.refusal(permission, plant.map_or(Scope::Organization, |plant| Scope::Plant(PlantId(plant)))))
    }

    /// The plant of a record that the caller may speak about.
    async fn commented(&self, tx: &mut Tx, id: Uuid) -> Result<Option<Uuid>> {
        let Seen { plant, record } = look(tx, self.kind, id).await?;
        let allowed = match plant {
            Some(plant) => tx.caller().require(self.kind.verbs.comment, Scope::Plant(PlantId(plant))),
            // What is the whole organization's may be spoken about by whoever may speak somewhere.
            None if tx.caller().may_somewhere(self.kind.verbs.comment) => Ok(()),
            None => Err(tx.caller().refusal(self.kind.verbs.comment, Scope::Organization)),
        };
        allowed?;
        if let Value::Object(record) = &record {
            permitted(tx.caller(), self.kind, self.kind.verbs.comment, record, None)?;
        }
        Ok(plant)
    }

    async fn bulk(self, app: App, caller: Caller, asked: Unread<Bulk>) -> Result<Response> {
        may_somewhere(&caller, self.kind.verbs.import)?;
        let asked = asked.read().await?;
        let mut tx = app.begin(&caller).await?;
        let outcome = bulk::upsert(&mut tx, &self.kinds, self.kind, asked.rows, asked.mode).await?;
        tx.commit().await?;
        Ok(Json(outcome).into_response())
    }

    async fn export(self, app: App, caller: Caller, Query(mut said): Query<Vec<(String, String)>>) -> Result<Response> {
        may_somewhere(&caller, self.kind.verbs.export)?;
        let format = match said.iter().position(|(name, _)| name == "format") {
            None => Format::default(),
            Some(at) => {
                let (_, name) = said.remove(at);
                serde_json::from_value(Value::String(name)).map_err(|_| bad_parameter("format: expected csv, xlsx or json"))?
            }
        };
        // The trail is written in the same transaction, so it is no reading one.
        let mut tx = app.begin(&caller).await?;
        let parameters = with_view(&mut tx, self.kind, said).await?;
        let file = transfer::export(&mut tx, self.kind, &parameters, format).await?;
        tx.commit().await?;
        Ok(file)
    }

    async fn import(self, app: App, caller: Caller, Query(how): Query<Importing>, bytes: Bytes) -> Result<Response> {
        may_somewhere(&caller, self.kind.verbs.import)?;
        let mut tx = app.begin(&caller).await?;
        let outcome = transfer::import(&mut tx, &self.kinds, self.kind, &bytes, how.format, how.mode).await?;
        if how.dry_run {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        Ok(Json(outcome).into_response())
    }
}

/// How a file is brought in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Importing {
    #[serde(default)]
    format: Format,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    dry_run: bool,
}

fn bad_parameter(detail: &str) -> Error {
    Error::new(Family::Malformed, "bad_parameter", detail)
}

/// The parameters of a list, with those of the saved view it names where it says nothing itself.
async fn with_view(tx: &mut Tx, kind: &Kind, mut said: Vec<(String, String)>) -> Result<Vec<(String, String)>> {
    let Some(at) = said.iter().position(|(name, _)| name == "view") else { return Ok(said) };
    let (_, view) = said.remove(at);
    let kept = views::parameters(tx, kind.name, &view).await?;
    let more: Vec<_> = kept.into_iter().filter(|(name, _)| !said.iter().any(|(own, _)| own == name)).collect();
    said.extend(more);
    Ok(said)
}

/// The plant of a record that the caller may see.
///
/// # Errors
/// 404, or 403 where the caller may see none of its kind anywhere.
pub(crate) async fn seen(tx: &mut Tx, kind: &'static Kind, id: Uuid) -> Result<Option<Uuid>> {
    Ok(look(tx, kind, id).await?.plant)
}

/// The same with the record itself.
async fn look(tx: &mut Tx, kind: &'static Kind, id: Uuid) -> Result<Seen> {
    let (organization, roles) = (tx.caller().organization, roles(tx.caller()));
    may_somewhere(tx.caller(), kind.verbs.read)?;
    let row = tx.query_opt(Statements::of(kind).find.clone(), &[&organization, &id, &roles]).await?;
    let row = row.ok_or_else(|| Error::not_found(&kind.noun()))?;
    may_see(tx.caller(), kind, row.get(1), &row.get(2))?;
    Ok(Seen { plant: row.get(1), record: row.get(2) })
}

/// A record that the caller may see.
struct Seen {
    plant: Option<Uuid>,
    record: Value,
}

/// Refuses whoever may do this nowhere, before anything of the request is judged: what is wrong with a body is for those who may send one.
pub(super) fn may_somewhere(caller: &Caller, permission: Permission) -> Result<()> {
    if caller.may_somewhere(permission) { Ok(()) } else { Err(caller.refusal(permission, Scope::Organization)) }
}

pub(super) fn may_see(caller: &Caller, kind: &'static Kind, plant: Option<Uuid>, record: &Value) -> Result<()> {
    let is_hidden = || record.as_object().is_some_and(|record| !visible(caller, kind, record));
    match plant {
        Some(plant) if !caller.may(kind.verbs.read, Scope::Plant(PlantId(plant))) => Err(Error::not_found(&kind.noun())),
        _ if is_hidden() => Err(Error::not_found(&kind.noun())),
        _ => Ok(()),
    }
}

/// A record that the caller may see, with its version, in one round trip.
async fn read(tx: Tx, caller: &Caller, kind: &'static Kind, id: Uuid) -> Result<(i64, Value)> {
    may_somewhere(caller, kind.verbs.read)?;
    let roles = roles(caller);
    let params: [&(dyn ToSql + Sync); 3] = [&caller.organization, &id, &roles];
    let row = tx.query_once(Statements::of(kind).find.clone(), &params).await?.pop().ok_or_else(|| Error::not_found(&kind.noun()))?;
    let record = row.get(2);
    may_see(caller, kind, row.get(1), &record)?;
    Ok((row.get(0), record))
}
