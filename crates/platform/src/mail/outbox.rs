//! The statements of mail.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::Scope;
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::http::{Cursor, Page, Paged};
use crate::ids::UserId;
use crate::mail::{Failure, MAIL_READ, MAIL_UPDATE, SECRET};
use crate::secrets::Secrets;

/// A mail to be written and sent.
#[derive(Clone, Debug)]
pub struct NewMail<'a> {
    /// For whom.
    pub to: UserId,
    /// What is written: the name of a [`Template`](crate::mail::Template).
    pub template: &'static str,
    /// Which preference it obeys; none for what must arrive.
    pub topic: Option<&'a str>,
    /// What it is written from; nothing secret, and nobody's name.
    pub data: Value,
    /// A link that works once: sealed until it is sent.
    pub secret: Option<&'a str>,
    /// After this it is of no use to anybody.
    pub expires_at: Option<Timestamp>,
}

/// What became of a mail. What it says is not told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Mail {
    /// The mail; its Message-ID begins with it.
    pub id: Uuid,
    /// Whom it is for.
    pub user_id: Uuid,
    /// What was written.
    #[schema(example = "invitation")]
    pub template: String,
    /// How it stands.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next, while it is pending.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Timestamp>,
    /// What went wrong last, or why it was dropped.
    #[schema(example = "permanent error (550): no such mailbox")]
    pub why: Option<String>,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who caused it.
    pub created_by: String,
    /// When it was tried last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub attempted_at: Option<Timestamp>,
}

/// How a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It is yet to be sent, or to be tried again.
    Pending,
    /// The mail server took it.
    Sent,
    /// It failed for good: a dead letter. Send it again once the reason is gone.
    Failed,
    /// Nobody would read it any more: the account is closed, the link has expired, it was read in the inbox meanwhile.
    Dropped,
}

impl MailState {
    pub(super) fn name(self) -> &'static str {
        match self {
            MailState::Pending => "pending",
            MailState::Sent => "sent",
            MailState::Failed => "failed",
            MailState::Dropped => "dropped",
        }
    }

    fn of(name: &str) -> MailState {
        match name {
            "pending" => MailState::Pending,
            "sent" => MailState::Sent,
            "failed" => MailState::Failed,
            _ => MailState::Dropped,
        }
    }
}

/// Writes a mail: it is sent once `tx` is committed. Returns which.
///
/// # Errors
/// What the database refused.
pub async fn post(tx: &mut Tx, secrets: &Secrets, new: NewMail<'_>) -> Result<Uuid> {
    let (id, now) = (tx.new_id::<Uuid>(), tx.now());
    let (organization, by) = (tx.caller().organization, tx.caller().principal.label());
    let sealed = new.secret.map(|secret| secrets.seal(&SECRET.of(organization, id), secret.as_bytes())).transpose()?;
    tx.execute(
        "insert into mails (organization_id, id, user_id, template, topic, data, secret_sealed, next_at, expires_at, created_at, created_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $10)",
        &[&organization, &id, &new.to, &new.template, &new.topic, &new.data, &sealed, &now, &new.expires_at, &by],
    )
    .await?;
    Ok(id)
}

/// Writes the same kind of mail to many people, each with data of its own; nothing secret. `topic` as of [`NewMail`].
///
/// # Errors
/// What the database refused.
pub async fn post_many(tx: &mut Tx, template: &'static str, topic: Option<&str>, to: &[(UserId, Value)]) -> Result<()> {
    let (organization, by, now) = (tx.caller().organization, tx.caller().principal.label(), tx.now());
    for part in to.chunks(1_000) {
        let ids: Vec<Uuid> = part.iter().map(|_| tx.new_id()).collect();
        let (people, data): (Vec<UserId>, Vec<&Value>) = part.iter().map(|(person, data)| (*person, data)).unzip();
        tx.execute(
            "insert into mails (organization_id, id, user_id, template, topic, data, next_at, created_at, created_by) \
             select $1, m.id, m.person, $2, $3, m.data, $7, $7, $8 from unnest($4::uuid[], $5::uuid[], $6::jsonb[]) as m (id, person, data)",
            &[&organization, &template, &topic, &ids, &people, &data, &now, &by],
        )
        .await?;
    }
    Ok(())
}

macro_rules! columns {
    () => {
        "id, user_id, template, state, attempts, next_at, why, created_at, created_by, attempted_at"
    };
}

fn mail(row: &tokio_postgres::Row) -> Mail {
    Mail {
        id: row.get(0),
        user_id: row.get(1),
        template: row.get(2),
        state: MailState::of(row.get(3)),
        attempts: row.get(4),
        next_at: row.get(5),
        why: row.get(6),
        created_at: row.get(7),
        created_by: row.get(8),
        attempted_at: row.get(9),
    }
}

/// Mail of the last 30 days, the newest first.
pub(super) async fn list(tx: &mut Tx, state: Option<MailState>, page: &Page) -> Result<Paged<Mail>> {
    tx.require(MAIL_READ, Scope::Organization)?;
    if let Some(cursor) = &page.after {
        cursor.of_sort("-id")?;
    }
    let (organization, before) = (tx.caller().organization, page.after.as_ref().map(|cursor| cursor.id));
    let query = concat!(
        "select ",
        columns!(),
        " from mails where organization_id = $1 and ($2::text is null or state = $2) and ($3::uuid is null or id < $3) order by id desc limit $4"
    );
    let rows = tx.query(query, &[&organization, &state.map(MailState::name), &before, &(i64::from(page.limit) + 1)]).await?;
    Ok(Paged::of(rows.iter().map(mail).collect(), page, |last: &Mail| Cursor { sort: "-id".into(), values: Vec::new(), id: last.id }))
}

/// Has a dead letter sent again.
///
/// # Errors
/// 403; 404; 409 `not_failed`; 410 `mail_expired`.
pub(super) async fn redrive(tx: &mut Tx, id: Uuid) -> Result<Mail> {
    tx.require(MAIL_UPDATE, Scope::Organization)?;
    let (organization, now) = (tx.caller().organization, tx.now());
    let query = "select state, expires_at from mails where organization_id = $1 and id = $2 for update";
    let found = tx.query_opt(query, &[&organization, &id]).await?.ok_or_else(|| Error::not_found("mail"))?;
    if found.get::<_, &str>(0) != "failed" {
        return Err(Error::conflict("not_failed", format!("only dead letters are sent again: this mail is {}", found.get::<_, &str>(0))));
    }
    if found.get::<_, Option<Timestamp>>(1).is_some_and(|expires| expires <= now) {
        return Err(Error::new(crate::error::Kind::Gone, "mail_expired", "the link in it has expired: make a new one"));
    }
    let again = concat!(
        "update mails set state = 'pending', attempts = 0, next_at = $3, why = null where organization_id = $1 and id = $2 returning ",
        columns!()
    );
    let mail = mail(&tx.query_one(again, &[&organization, &id, &now]).await?);
    let detail = json!({ "template": mail.template, "user_id": mail.user_id });
    tx.query("select gemba.audit('mail.redriven', 'mail', $1, null, 'success', $2)", &[&id, &detail]).await?;
    Ok(mail)
}

/// A mail that is due.
pub(super) struct Due {
    pub id: Uuid,
    pub to: UserId,
    pub template: String,
    pub topic: Option<String>,
    pub data: Value,
    pub sealed: Option<Vec<u8>>,
    pub attempts: i32,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// What is to be sent now, what must arrive first.
pub(super) async fn due(tx: &mut Tx, most: i64) -> Result<Vec<Due>> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let query = "select id, user_id, template, topic, data, secret_sealed, attempts, created_at, expires_at from mails \
        where organization_id = $1 and state = 'pending' and next_at <= $2 order by topic is not null, next_at, id limit $3";
    let rows = tx.query(query, &[&organization, &now, &most]).await?;
    let due = rows.iter().map(|row| Due {
        id: row.get(0),
        to: row.get(1),
        template: row.get(2),
        topic: row.get(3),
        data: row.get(4),
        sealed: row.get(5),
        attempts: row.get(6),
        created_at: row.get(7),
        expires_at: row.get(8),
    });
    Ok(due.collect())
}

/// What became of one attempt.
pub(super) enum Outcome {
    Sent,
    Dropped(&'static str),
    Failed(Failure),
}

/// How long after each refusal a mail is tried again (s), give or take a fifth; together two days.
const RETRIES_S: [i64; 8] = [60, 300, 1_800, 7_200, 14_400, 28_800, 43_200, 72_000];

/// A mail that waited so long is given up even where no attempt counts, because the mail server never answered.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(96);

/// Notes what became of mail.
pub(super) async fn note(tx: &mut Tx, outcomes: &[(Due, Outcome)]) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let (mut ids, mut states, mut tries, mut nexts, mut whys, mut failed) = (vec![], vec![], vec![], vec![], vec![], vec![]);
    for (mail, outcome) in outcomes {
        let is_old = now.duration_since(mail.created_at) >= GIVEN_UP_AFTER;
        let (state, counts, next, why) = match outcome {
            Outcome::Sent => (MailState::Sent, 1, None, None),
            Outcome::Dropped(why) => (MailState::Dropped, 0, None, Some((*why).to_owned())),
            Outcome::Failed(Failure::Server(why)) if is_old => (MailState::Failed, 0, None, Some(why.clone())),
            Outcome::Failed(Failure::Server(why)) => (MailState::Pending, 0, Some(now), Some(why.clone())),
            Outcome::Failed(Failure::Never(why)) => (MailState::Failed, 1, None, Some(why.clone())),
            Outcome::Failed(Failure::Later(why)) => match RETRIES_S.get(mail.attempts.max(0) as usize) {
                Some(wait_s) if !is_old => (MailState::Pending, 1, Some(after(now, *wait_s)), Some(why.clone())),
                _ => (MailState::Failed, 1, None, Some(why.clone())),
            },
        };
        if state == MailState::Failed {
            failed.push(mail);
        }
        ids.push(mail.id);
        states.push(state.name());
        tries.push(counts);
        nexts.push(next);
        whys.push(why.map(|why| why.chars().take(500).collect::<String>()));
    }
    tx.execute(
        "update mails m set state = o.state, attempts = m.attempts + o.counts, next_at = o.next_at, why = o.why, attempted_at = $7, \
             secret_sealed = case when o.state in ('pending', 'failed') then m.secret_sealed end \
         from unnest($2::uuid[], $3::text[], $4::int[], $5::timestamptz[], $6::text[]) as o (id, state, counts, next_at, why) \
         where m.organization_id = $1 and m.id = o.id",
        &[&organization, &ids, &states, &tries, &nexts, &whys, &now],
    )
    .await?;
    for mail in failed {
        let detail = json!({ "template": mail.template, "user_id": mail.to });
        tx.query("select gemba.audit('mail.failed', 'mail', $1, null, 'failed', $2)", &[&mail.id, &detail]).await?;
    }
    Ok(())
}

/// So many seconds later, give or take a fifth, so that those that failed together do not come together again.
fn after(now: Timestamp, wait_s: i64) -> Timestamp {
    let wait_ms = (wait_s as f64 * 1_000.0 * rand::random_range(0.8..1.2)) as i64;
    now.checked_add(SignedDuration::from_millis(wait_ms)).unwrap_or(now)
}
