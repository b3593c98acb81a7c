//! How much each client may ask: a sliding hour, counted in this process and reconciled with the other servers every few seconds.
//!
//! A client is a person or a key of an organization, wherever it calls from; before sign-in it is an address. The hour slides: of the hour
//! before, the part that a window of sixty minutes still covers counts, so that nobody gets two hours' worth around a full hour.
//!
//! **Invariant:** counting costs a request no round trip. Several servers together may therefore let through a little more than the limit:
//! what a client asks between two reconciliations.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use uuid::Uuid;

use crate::caller::{Caller, Principal};
use crate::database::Database;
use crate::error::{Error, Kind, Result};
use crate::ids::OrganizationId;

const HOUR: i64 = 3_600;
/// Clients remembered at most; beyond, addresses are forgotten first: a flood of them must not fill the memory.
const CLIENTS: usize = 200_000;

/// Who is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    User(OrganizationId, Uuid),
    Key(OrganizationId, Uuid),
    Address(Option<IpAddr>),
}

impl Asker {
    /// The client behind a caller; `None` for Gemba itself.
    pub(super) fn of(caller: &Caller) -> Option<Asker> {
        match &caller.principal {
            Principal::User { id, .. } => Some(Asker::User(caller.organization, id.0)),
            Principal::ApiKey { id, .. } => Some(Asker::Key(caller.organization, id.0)),
            Principal::System(_) => None,
        }
    }

    /// Address of an IPv6 client: whoever has one has the whole /64.
    pub(super) fn address(ip: Option<IpAddr>) -> Asker {
        Asker::Address(ip.map(|ip| match ip {
            IpAddr::V4(_) => ip,
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => IpAddr::V4(v4),
                None => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
            },
        }))
    }

    fn stored(&self) -> Option<(OrganizationId, String)> {
        match self {
            Asker::User(organization, id) => Some((*organization, format!("user:{id}"))),
            Asker::Key(organization, id) => Some((*organization, format!("key:{id}"))),
            Asker::Address(_) => None,
        }
    }

    fn read(organization: OrganizationId, principal: &str) -> Option<Asker> {
        let (kind, id) = principal.split_once(':')?;
        let id = id.parse().ok()?;
        match kind {
            "user" => Some(Asker::User(organization, id)),
            "key" => Some(Asker::Key(organization, id)),
            _ => None,
        }
    }
}

/// The counters of this process.
#[derive(Debug, Default)]
pub struct RateLimits {
    counts: Mutex<HashMap<Asker, Count>>,
}

/// What one client asked.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// The hour counted, in hours since 1970.
    hour: i64,
    /// Counted here in this hour.
    here: u64,
    /// Of those, told to the database.
    told: u64,
    /// Counted by other servers in this hour, as far as known.
    elsewhere: u64,
    /// Counted by all in the hour before.
    before: u64,
}

/// What is left to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quota {
    /// Requests in an hour.
    limit: u32,
    /// How many are left now.
    left: u32,
    /// Until the hour is over (s).
    resets_in_s: i64,
    /// Until the next request is let through (s); 0 where one is.
    pub(super) wait_s: u64,
}

impl RateLimits {
    /// Counts a request of `asker` and refuses it beyond `limit`; what is refused is not counted.
    pub(super) fn ask(&self, asker: Asker, limit: u32, now: Timestamp) -> Quota {
        let mut counts = self.counts();
        if counts.len() >= CLIENTS && !counts.contains_key(&asker) {
            counts.retain(|known, _| !matches!(known, Asker::Address(_)));
        }
        let count = counts.entry(asker).or_default();
        count.turn(hour(now));
        let quota = count.quota(limit, now);
        if quota.wait_s > 0 {
            return quota;
        }
        count.here += 1;
        Quota { wait_s: 0, ..count.quota(limit, now) }
    }

    /// What is left to `asker`, without counting.
    pub(super) fn look(&self, asker: &Asker, limit: u32, now: Timestamp) -> Quota {
        let mut count = self.counts().get(asker).copied().unwrap_or_default();
        count.turn(hour(now));
        count.quota(limit, now)
    }

    /// Tells the database what was counted here since the last time, and learns what all servers counted. Also lets go of clients that
    /// have been silent for two hours.
    ///
    /// # Errors
    /// When the database is gone; what was counted is told the next time.
    pub async fn reconcile(&self, database: &Database) -> Result<()> {
        let now = hour(database.context().now());
        let untold = self.untold(now);
        if untold.is_empty() {
            return Ok(());
        }
        let organizations: Vec<Uuid> = untold.iter().map(|told| told.organization.0).collect();
        let principals: Vec<&str> = untold.iter().map(|told| told.principal.as_str()).collect();
        let hours = vec![Timestamp::from_second(now * HOUR).map_err(Error::internal)?; untold.len()];
        let counted: Vec<i64> = untold.iter().map(|told| told.requests as i64).collect();
        let mut tx = database.before_sign_in().await?;
        let rows = tx
            .query(
                "select organization_id, principal, requests from gemba.reconcile_rates($1, $2, $3, $4)",
                &[&organizations, &principals, &hours, &counted],
            )
            .await?;
        tx.commit().await?;
        let mut counts = self.counts();
        for told in &untold {
            if let Some(count) = counts.get_mut(&told.asker).filter(|count| count.hour == now) {
                count.told += told.requests;
            }
        }
        for row in rows {
            let (organization, principal, all): (OrganizationId, String, i64) = (row.get(0), row.get(1), row.get(2));
            let known = Asker::read(organization, &principal).and_then(|asker| counts.get_mut(&asker));
            if let Some(count) = known.filter(|count| count.hour == now) {
                count.elsewhere = (all.max(0) as u64).saturating_sub(count.told);
            }
        }
        Ok(())
    }

    fn untold(&self, now: i64) -> Vec<Untold> {
        let mut counts = self.counts();
        counts.retain(|_, count| count.hour >= now - 1);
        let mut untold: Vec<Untold> = counts
            .iter()
            .filter(|(_, count)| count.hour == now && count.here > count.told)
            .filter_map(|(asker, count)| {
                let (organization, principal) = asker.stored()?;
                Some(Untold { asker: asker.clone(), organization, principal, requests: count.here - count.told })
            })
            .collect();
        untold.sort_by(|one, other| (one.organization, &one.principal).cmp(&(other.organization, &other.principal)));
        untold
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Asker, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one client asked here and the database does not know yet.
struct Untold {
    asker: Asker,
    organization: OrganizationId,
    principal: String,
    requests: u64,
}

impl Count {
    fn turn(&mut self, hour: i64) {
        if self.hour == hour {
            return;
        }
        let before = if self.hour + 1 == hour { self.here + self.elsewhere } else { 0 };
        *self = Count { hour, before, ..Count::default() };
    }

    fn quota(&self, limit: u32, now: Timestamp) -> Quota {
        let elapsed = now.as_second().rem_euclid(HOUR);
        let (limit_f, before, hour) = (f64::from(limit), self.before as f64, HOUR as f64);
        let counted = (self.here + self.elsewhere) as f64;
        let used = before * (1.0 - elapsed as f64 / hour) + counted;
        let left = (limit_f - used).floor().max(0.0);
        // The window lets go of the hour before evenly, then of this one: when is there room for one more?
        let wait = if left >= 1.0 {
            0.0
        } else if limit == 0 {
            hour
        } else if counted <= limit_f - 1.0 {
            hour * (1.0 - (limit_f - 1.0 - counted) / before) - elapsed as f64
        } else {
            hour - elapsed as f64 + hour * (1.0 - (limit_f - 1.0) / counted)
        };
        let wait_s = if left >= 1.0 { 0 } else { wait.ceil().max(1.0) as u64 };
        Quota { limit, left: left as u32, resets_in_s: HOUR - elapsed, wait_s }
    }
}

impl Quota {
    /// Tells the client, as draft-ietf-httpapi-ratelimit-headers spells it.
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        let policy = format!("\"hour\";q={};w={HOUR}", self.limit);
        let state = format!("\"hour\";r={};t={}", self.left, self.resets_in_s);
        for (name, text) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }

    /// 429, where nothing is left.
    pub(super) fn refusal(self) -> Option<Error> {
        (self.wait_s > 0).then(|| {
            let detail = format!("this client may ask {} times in an hour and has; try again in {} s", self.limit, self.wait_s);
            Error::new(Kind::RateLimited, "rate_limited", detail).retry_after(self.wait_s)
        })
    }
}

/// What an organization's settings let somebody with these roles ask in an hour: the most that one of the roles is given, else the
/// organization's own number, else nothing is said and the server's limit holds.
///
/// `{"rate_limits": {"requests_per_hour": 2000, "roles": {"it_admin": 20000}}}`
pub fn requests_per_hour<'a>(settings: &serde_json::Value, roles: impl IntoIterator<Item = &'a str>) -> Option<u32> {
    let limits = settings.get("rate_limits")?;
    let number = |value: &serde_json::Value| value.as_u64().map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    let of_roles = roles.into_iter().filter_map(|role| limits.get("roles")?.get(role).and_then(number)).max();
    of_roles.or_else(|| limits.get("requests_per_hour").and_then(number))
}

fn hour(now: Timestamp) -> i64 {
    now.as_second().div_euclid(HOUR)
}
