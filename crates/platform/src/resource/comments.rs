//! What people say about a record.
//!
//! **Invariant:** only who wrote a comment changes it; that it was changed or withdrawn stays visible, and the audit trail keeps the words.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::database::Tx;
use crate::error::{Error, FieldError, Kind as Family, Result};
use crate::http::{Cursor, IfMatch, Page, Paged};
use crate::ids::UserId;
use crate::notifications::{Mention, mentioned, noted};
use crate::resource::incoming;
use crate::resource::kind::Kind;

/// What somebody says about a record.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Comment {
    /// The comment.
    pub id: Uuid,
    /// The comment it answers, if one.
    pub parent_id: Option<Uuid>,
    /// What is said, people as `@{id}`; null where it was withdrawn.
    pub body: Option<String>,
    /// Who is named in it.
    pub mentions: Vec<Mention>,
    /// Counts changes; the ETag.
    pub version: i64,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who wrote it.
    pub created_by: String,
    /// When it was last changed, if ever.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub edited_at: Option<Timestamp>,
    /// When it was withdrawn, if it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<Timestamp>,
}

/// Something to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewComment {
    /// What is said. `@{id}` names a person, as `GET /people` suggests them; `@ines.kowalski` is understood where it means one person alone.
    #[schema(min_length = 1, max_length = 10_000, example = "The new feeder arrives in March.")]
    pub body: String,
    /// The comment it answers, if one.
    #[serde(default)]
    pub parent_id: Option<Uuid>,
}

/// Other words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditedComment {
    /// What is said instead.
    #[schema(min_length = 1, max_length = 10_000, example = "The new feeder arrives in April.")]
    pub body: String,
}

/// The longest comment (characters).
pub(super) const LONGEST: usize = 10_000;

fn of_row(row: &tokio_postgres::Row) -> Comment {
    let deleted_at: Option<Timestamp> = row.get(7);
    let body = deleted_at.is_none().then(|| row.get(2));
    Comment {
        id: row.get(0),
        parent_id: row.get(1),
        body,
        mentions: Vec::new(),
        version: row.get(3),
        created_at: row.get(4),
        created_by: row.get(5),
        edited_at: row.get(6),
        deleted_at,
    }
}

/// With who is named in them.
async fn with_mentions(tx: &mut Tx, mut comments: Vec<Comment>) -> Result<Vec<Comment>> {
    let ids: Vec<Uuid> = comments.iter().filter(|comment| comment.body.is_some()).map(|comment| comment.id).collect();
    let mut found = mentioned(tx, &ids).await?;
    for comment in &mut comments {
        comment.mentions = found.remove(&comment.id).unwrap_or_default();
    }
    Ok(comments)
}

/// What somebody wants to say, in order.
///
/// # Errors
/// 422 where it says nothing, or too much.
pub(super) fn words(body: String) -> Result<String> {
    match incoming::text(&serde_json::Value::String(body), LONGEST, "/body") {
        Ok(serde_json::Value::String(text)) => Ok(text),
        Ok(_) => Err(Error::invalid(vec![FieldError::new("/body", "required", "a comment says something")])),
        Err(wrong) => Err(Error::invalid(vec![wrong])),
    }
}

/// A page of what is said about a record, the oldest first.
pub(super) async fn list(tx: &mut Tx, kind: &'static Kind, record: Uuid, page: &Page) -> Result<Paged<Comment>> {
    let (organization, limit) = (tx.caller().organization, i64::from(page.limit) + 1);
    let after = match &page.after {
        None => None,
        Some(cursor) => {
            cursor.of_sort("id")?;
            Some(cursor.id)
        }
    };
    let rows = tx
        .query(
            "select id, parent_id, body, version, created_at, created_by, edited_at, deleted_at from comments
             where organization_id = $1 and kind = $2 and record_id = $3 and ($4::uuid is null or id > $4) order by id limit $5",
            &[&organization, &kind.name, &record, &after, &limit],
        )
        .await?;
    let mut found =
        Paged::of(rows.iter().map(of_row).collect(), page, |last: &Comment| Cursor { sort: "id".into(), values: Vec::new(), id: last.id });
    found.items = with_mentions(tx, found.items).await?;
    Ok(found)
}

/// Says something about a record of `plant`, in which `people` are named. The words were looked at.
pub(super) async fn add(
    tx: &mut Tx,
    kind: &'static Kind,
    record: Uuid,
    plant: Option<Uuid>,
    said: NewComment,
    people: &[UserId],
) -> Result<Comment> {
    let body = said.body;
    let (organization, id, now) = (tx.caller().organization, tx.new_id::<Uuid>(), tx.now());
    if let Some(parent) = said.parent_id {
        let found = tx
            .query_opt(
                "select 1 from comments where organization_id = $1 and id = $2 and kind = $3 and record_id = $4",
                &[&organization, &parent, &kind.name, &record],
            )
            .await?;
        if found.is_none() {
            return Err(Error::invalid(vec![FieldError::new(
                "/parent_id",
                "unknown_reference",
                "there is no such comment on this record",
            )]));
        }
    }
    let by = tx.caller().principal.label();
    let row = tx
        .query_one(
            "insert into comments (organization_id, id, plant_id, kind, record_id, parent_id, body, created_at, created_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             returning id, parent_id, body, version, created_at, created_by, edited_at, deleted_at",
            &[&organization, &id, &plant, &kind.name, &record, &said.parent_id, &body, &now, &by],
        )
        .await?;
    noted(tx, id, 1, people).await?;
    with_mentions(tx, vec![of_row(&row)]).await?.pop().ok_or_else(|| Error::not_found("comment"))
}

/// Who is named in a comment as it is.
pub(super) async fn named(tx: &mut Tx, id: Uuid) -> Result<Vec<UserId>> {
    let found = mentioned(tx, &[id]).await?;
    Ok(found.into_values().flatten().map(|mention| UserId(mention.id)).collect())
}

/// Says it otherwise, `people` being named in it now, or withdraws it where `said` is nothing. The words were looked at.
///
/// # Errors
/// 404; 403 `not_author`; 412.
pub(super) async fn change(
    tx: &mut Tx,
    kind: &'static Kind,
    record: Uuid,
    id: Uuid,
    meant: IfMatch,
    said: Option<(String, Vec<UserId>)>,
) -> Result<Comment> {
    let (body, people) = said.unzip();
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    let row = tx
        .query_opt(
            "select version, created_by, deleted_at is not null from comments
             where organization_id = $1 and id = $2 and kind = $3 and record_id = $4 for update",
            &[&organization, &id, &kind.name, &record],
        )
        .await?
        .ok_or_else(|| Error::not_found("comment"))?;
    if row.get::<_, String>(1) != by {
        return Err(Error::new(Family::Forbidden, "not_author", "only who wrote a comment changes it"));
    }
    meant.check(row.get(0))?;
    if row.get(2) {
        return Err(Error::conflict("withdrawn", "the comment was withdrawn"));
    }
    let row = tx
        .query_one(
            "update comments set body = coalesce($3::text, body), version = version + 1,
                 edited_at = case when $3::text is null then edited_at else $4::timestamptz end,
                 deleted_at = case when $3::text is null then $4::timestamptz end, deleted_by = case when $3::text is null then $5::text end
             where organization_id = $1 and id = $2
             returning id, parent_id, body, version, created_at, created_by, edited_at, deleted_at",
            &[&organization, &id, &body, &now, &by],
        )
        .await?;
    let comment = of_row(&row);
    if let Some(people) = &people {
        noted(tx, id, comment.version, people).await?;
    }
    with_mentions(tx, vec![comment]).await?.pop().ok_or_else(|| Error::not_found("comment"))
}
