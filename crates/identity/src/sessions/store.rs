//! All SQL of sessions.

use jiff::{SignedDuration, Timestamp};
use platform::ids::{SessionId, UserId};
use platform::{Result, Tx};
use tokio_postgres::Row;

use super::{Proof, Session, SessionRules};

pub async fn insert(tx: &mut Tx, user: UserId, id: SessionId, hash: &[u8], rules: SessionRules, device: &str, proof: &Proof) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let ip = tx.caller().ip.map(|ip| ip.to_string());
    let method = proof.method.unwrap_or("password");
    let (factor, factor_at) = proof.factor.as_ref().map(|(factor, at)| (factor.as_str(), *at)).unzip();
    let expires_at = now + SignedDuration::from_secs(rules.absolute_s.into());
    tx.execute(
        "insert into sessions (organization_id, id, user_id, token_hash, created_at, last_seen_at, idle_s, expires_at, ip, last_ip, device,
             method, factor, factor_at)
         values ($1, $2, $3, $4, $5, $5, $6, $7, $8::text::inet, $8::text::inet, $9, $10, $11, $12)",
        &[&organization, &id, &user, &hash, &now, &rules.idle_s, &expires_at, &ip, &device, &method, &factor, &factor_at],
    )
    .await?;
    Ok(())
}

/// Notes in the trail, for the person to be told, that a session begins where none did before: with another kind of browser, or in another network.
/// The first one ever is no news, and browsers are the same whatever their version.
pub async fn note_new_place(tx: &mut Tx, user: UserId, id: SessionId, device: &str) -> Result<()> {
    let organization = tx.caller().organization;
    let ip = tx.caller().ip.map(|ip| ip.to_canonical().to_string());
    tx.query(
        "select gemba.audit('session.new_place', 'session', $3, null, 'success', jsonb_build_object('user_id', $2::uuid,
             'device', gemba.conceal($1, $2, to_jsonb($4::text)), 'ip', gemba.conceal($1, $2, to_jsonb(coalesce($5::text, '')))))
         from (
             select count(*) as all,
                 count(*) filter (where regexp_replace(s.device, '[0-9.]+', '', 'g') = regexp_replace($4::text, '[0-9.]+', '', 'g')
                     and network(set_masklen(s.ip, case family(s.ip) when 4 then 24 else 48 end))
                         is not distinct from network(set_masklen($5::text::inet, case family($5::text::inet) when 4 then 24 else 48 end))) as alike
             from sessions s where s.organization_id = $1 and s.user_id = $2) known
         where known.all > 0 and known.alike = 0",
        &[&organization, &user, &id, &device, &ip],
    )
    .await?;
    Ok(())
}

/// Ends what a person has beyond `most` sessions, those not used for longest first, and never `newest`.
pub async fn end_beyond(tx: &mut Tx, user: UserId, newest: SessionId, most: i64) -> Result<u64> {
    let (organization, now) = (tx.caller().organization, tx.now());
    tx.execute(
        "update sessions set ended_at = $3, ended_why = 'too_many'
         where organization_id = $1 and id in (
             select id from sessions
             where organization_id = $1 and user_id = $2 and ended_at is null and expires_at > $3
                 and last_seen_at + make_interval(secs => idle_s) > $3
             order by id = $5 desc, last_seen_at desc, id desc offset $4)",
        &[&organization, &user, &now, &most, &newest],
    )
    .await
}

/// Ends sessions of a person: one, or, with `None`, all but `keep`. Returns how many were open.
pub async fn end(tx: &mut Tx, user: UserId, one: Option<SessionId>, keep: Option<SessionId>, why: &str) -> Result<u64> {
    let (organization, now) = (tx.caller().organization, tx.now());
    tx.execute(
        "update sessions set ended_at = $3, ended_why = $6
         where organization_id = $1 and user_id = $2 and ended_at is null and ($4::uuid is null or id = $4) and id is distinct from $5::uuid",
        &[&organization, &user, &now, &one, &keep, &why],
    )
    .await
}

/// The second factor that was shown in a session, and when.
pub async fn factor(tx: &mut Tx, id: SessionId) -> Result<Option<(String, Timestamp)>> {
    let organization = tx.caller().organization;
    let sql = "select factor, factor_at from sessions where organization_id = $1 and id = $2 and factor_at is not null";
    let row = tx.query_opt(sql, &[&organization, &id]).await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

/// Has the tokens of a person's sessions changed with their next answers.
pub async fn mark_for_rotation(tx: &mut Tx, user: UserId) -> Result<u64> {
    let organization = tx.caller().organization;
    tx.execute(
        "update sessions set rotate = true where organization_id = $1 and user_id = $2 and ended_at is null and not rotate",
        &[&organization, &user],
    )
    .await
}

/// Puts a new token in the place of the old one, which is still taken for `grace_s` seconds. False when another request was faster.
pub async fn rotate(tx: &mut Tx, id: SessionId, hash: &[u8], grace_s: f64) -> Result<bool> {
    let now = tx.now();
    let row = tx.query_one("select gemba.rotate_session($1, $2, $3, $4)", &[&id, &hash, &now, &grace_s]).await?;
    Ok(row.get(0))
}

/// The sessions of a person that are open now, the one used last first.
pub async fn list(tx: &mut Tx, user: UserId) -> Result<Vec<Session>> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let rows = tx
        .query(
            "select id, device, host(ip), host(last_ip), created_at, last_seen_at,
                 least(expires_at, last_seen_at + make_interval(secs => idle_s))
             from sessions
             where organization_id = $1 and user_id = $2 and ended_at is null and expires_at > $3
                 and last_seen_at + make_interval(secs => idle_s) > $3
             order by last_seen_at desc, id desc limit 200",
            &[&organization, &user, &now],
        )
        .await?;
    Ok(rows.iter().map(read).collect())
}

fn read(row: &Row) -> Session {
    Session {
        id: row.get(0),
        current: false,
        device: row.get(1),
        ip: row.get(2),
        last_ip: row.get(3),
        created_at: row.get::<_, Timestamp>(4),
        last_seen_at: row.get(5),
        expires_at: row.get(6),
    }
}
