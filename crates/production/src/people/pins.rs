//! PINs of operators, and what a terminal shows for somebody who typed theirs.
//!
//! Four to eight digits are guessed quickly by whoever has the hash, so it never leaves the database: it is made and compared there (bcrypt), a
//! wrong PIN counts, and after five the operator waits.
//!
//! **Invariant:** whether a badge or a PIN was wrong is not told apart.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use platform::caller::Scope;
use platform::error::Kind;
use platform::ids::PlantId;
use platform::resource::Record as _;
use platform::{Error, FieldError, Permission, Result, Tx};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::record::Operator;

/// Set the PINs of operators.
pub const OPERATOR_SET_PIN: Permission = Permission("production.operator.set_pin");

/// Wrong ones that are taken before one waits.
const FREE_TRIES: i32 = 5;
/// How long one waits then (s).
const WAIT_S: i64 = 300;
/// How long a sign-in counts (h): a shift with all that comes after it.
const COUNTS_H: i64 = 14;

/// Somebody who showed who they are.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub operator: Uuid,
    /// Their name.
    pub name: String,
    /// What the terminal shows for it.
    pub token: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Whether the caller may set an operator's PIN: asked before anything that was sent is looked at.
///
/// # Errors
/// 404, 403.
pub async fn may_set(tx: &mut Tx, operator: Uuid) -> Result<PlantId> {
    let plant = plant_of(tx, operator).await?;
    tx.require(OPERATOR_SET_PIN, Scope::Plant(plant))?;
    Ok(plant)
}

/// Sets an operator's PIN, or takes it away.
///
/// # Errors
/// 404, 403; 422 where it is not four to eight digits.
pub async fn set(tx: &mut Tx, operator: Uuid, pin: Option<&str>) -> Result<()> {
    let plant = may_set(tx, operator).await?;
    let organization = tx.caller().organization;
    let is_pin = |pin: &str| (4..=8).contains(&pin.len()) && pin.bytes().all(|digit| digit.is_ascii_digit());
    if pin.is_some_and(|pin| !is_pin(pin)) {
        return Err(Error::invalid(vec![FieldError::new("/pin", "bad_pin", "expected four to eight digits")]));
    }
    let now = tx.now();
    match pin {
        Some(pin) => {
            let sql = "insert into operator_pins (organization_id, plant_id, id, pin_hash, set_at) values ($1, $2, $3, crypt($4, gen_salt('bf', 10)), $5)
                on conflict (organization_id, id) do update
                set pin_hash = excluded.pin_hash, failures = 0, locked_until = null, set_at = excluded.set_at";
            tx.execute(sql, &[&organization, &plant, &operator, &pin, &now]).await?;
        }
        None => {
            // An empty hash is none that any PIN has.
            let sql = "update operator_pins set pin_hash = '', set_at = $3 where organization_id = $1 and id = $2";
            tx.execute(sql, &[&organization, &operator, &now]).await?;
        }
    }
    tx.query("select gemba.audit('operator.pin_set', 'operator', $1, $2, 'success', null)", &[&operator, &plant]).await?;
    Ok(())
}

/// The plant of an operator whom the caller may see.
///
/// # Errors
/// 404.
pub async fn plant_of(tx: &mut Tx, operator: Uuid) -> Result<PlantId> {
    let organization = tx.caller().organization;
    let row = tx.query_opt("select plant_id from operators where organization_id = $1 and id = $2", &[&organization, &operator]).await?;
    let plant: PlantId = row.ok_or_else(|| Error::not_found("operator"))?.get(0);
    match tx.caller().may(Operator::kind().verbs.read, Scope::Plant(plant)) {
        true => Ok(plant),
        false => Err(Error::not_found("operator")),
    }
}

/// Who somebody says they are, by badge or from the list.
#[derive(Clone, Copy, Debug)]
pub enum Who<'a> {
    /// The code on the badge.
    Badge(&'a str),
    /// The operator.
    Id(Uuid),
}

/// Signs an operator in at a terminal of their plant. Whoever has a PIN types it; whoever has none shows the badge.
///
/// `None` means that it was refused: the caller commits, so that the wrong try counts, and then tells.
///
/// # Errors
/// 429 `pin_locked` after too many wrong ones.
pub async fn sign_in(tx: &mut Tx, plant: PlantId, terminal: Uuid, who: Who<'_>, pin: Option<&str>) -> Result<Option<SignedIn>> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let (badge, id) = match who {
        Who::Badge(badge) => (Some(badge), None),
        Who::Id(id) => (None, Some(id)),
    };
    let sql = "select o.id, o.name, p.locked_until, coalesce(p.pin_hash, '') <> '',
            p.pin_hash <> '' and crypt(coalesce($5, ''), p.pin_hash) = p.pin_hash
        from operators o left join operator_pins p on p.organization_id = $1 and p.id = o.id
        where o.organization_id = $1 and o.plant_id = $2 and (o.code = $3 or o.id = $4) and o.active and o.archived_at is null";
    let Some(row) = tx.query_opt(sql, &[&organization, &plant, &badge, &id, &pin]).await? else { return Ok(None) };
    let (operator, name, locked_until): (Uuid, String, Option<Timestamp>) = (row.get(0), row.get(1), row.get(2));
    if let Some(until) = locked_until.filter(|until| *until > now) {
        let wait_s = (until.as_second() - now.as_second()).max(1);
        let error = Error::new(Kind::RateLimited, "pin_locked", "too many wrong PINs: wait, or ask your supervisor to set a new one");
        return Err(error.retry_after(wait_s.unsigned_abs()));
    }
    let (has_pin, is_right): (bool, Option<bool>) = (row.get(3), row.get(4));
    // Whoever is picked from a list has shown nothing yet.
    let passes = if has_pin { is_right == Some(true) } else { badge.is_some() };
    if !passes {
        let until = now.checked_add(SignedDuration::from_secs(WAIT_S)).map_err(Error::internal)?;
        let sql = "update operator_pins set failures = case when failures + 1 >= $3 then 0 else failures + 1 end,
                locked_until = case when failures + 1 >= $3 then $4::timestamptz end
            where organization_id = $1 and id = $2";
        tx.execute(sql, &[&organization, &operator, &FREE_TRIES, &until]).await?;
        tx.query(
            "select gemba.audit('operator.sign_in_refused', 'operator', $1, $2, 'refused', $3)",
            &[&operator, &plant, &json!({ "terminal_id": terminal })],
        )
        .await?;
        return Ok(None);
    }
    if has_pin {
        let sql = "update operator_pins set failures = 0, locked_until = null where organization_id = $1 and id = $2 and failures > 0";
        tx.execute(sql, &[&organization, &operator]).await?;
    }
    let drawn: Vec<u8> = tx.query_one("select gen_random_bytes(32)", &[]).await?.get(0);
    let token: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    let expires_at = now.checked_add(SignedDuration::from_hours(COUNTS_H)).map_err(Error::internal)?;
    let sql = "insert into terminal_sessions (organization_id, plant_id, id, terminal_id, operator_id, token_hash, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let (session, hash) = (tx.new_id::<Uuid>(), hash(&token));
    tx.execute(sql, &[&organization, &plant, &session, &terminal, &operator, &hash, &now, &expires_at]).await?;
    let detail = json!({ "terminal_id": terminal, "by": if has_pin { "pin" } else { "badge" } });
    tx.query("select gemba.audit('operator.signed_in', 'operator', $1, $2, 'success', $3)", &[&operator, &plant, &detail]).await?;
    Ok(Some(SignedIn { operator, name, token, expires_at }))
}

/// Sign-ins at a terminal, by what it shows for them.
#[derive(Clone, Debug, Default)]
pub struct Sessions(HashMap<Vec<u8>, (Uuid, Timestamp)>);

impl Sessions {
    /// The operator behind a token. Something that was done while it counted is theirs also when it arrives later.
    pub fn behind(&self, token: &str, at: Timestamp) -> Option<Uuid> {
        self.0.get(&hash(token)).filter(|(_, expires_at)| *expires_at > at).map(|(operator, _)| *operator)
    }
}

/// The sign-ins behind these tokens, as far as they are of this terminal.
///
/// # Errors
/// What the database refused.
pub async fn sessions(tx: &mut Tx, terminal: Uuid, tokens: impl Iterator<Item = &str>) -> Result<Sessions> {
    let mut hashes: Vec<Vec<u8>> = tokens.map(hash).collect();
    hashes.sort();
    hashes.dedup();
    if hashes.is_empty() {
        return Ok(Sessions::default());
    }
    let organization = tx.caller().organization;
    let sql = "select token_hash, operator_id, expires_at from terminal_sessions
        where organization_id = $1 and token_hash = any ($2) and terminal_id = $3";
    let rows = tx.query(sql, &[&organization, &hashes, &terminal]).await?;
    Ok(Sessions(rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect()))
}

/// What a terminal compares a scanned badge with while it has no connection: SHA-256, in small hexadecimal letters. It keeps badges from being read off a
/// device at a glance and no more: what a terminal says of who did something is noted as not verified.
pub fn badge_hash(badge: &str) -> String {
    let digest = Sha256::digest(badge);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_is_hashed_as_terminals_do() {
        assert_eq!(badge_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "FIPS 180-2, B.1");
    }
}
