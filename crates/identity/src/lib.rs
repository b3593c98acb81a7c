//! Who is who, and who may do what: organizations, users, roles, grants, sessions, keys, and the ways to prove who one is.
//!
//! [`Identity`] is what the server is put together with: it answers who calls (`platform::http::Authenticate`), and its routes sign people in
//! and manage their rights. Other contexts meet it through [`platform::Caller`] only.
//!
//! **Invariant:** nobody is told whether an account exists: an unknown address costs the same work and gets the same answer.
//! **Invariant:** nobody hands out rights that they do not hold, nor gets at the account of somebody who holds more.
//! **Invariant:** what is revoked opens nothing from that moment on: every request asks the database.
//! **Invariant:** secrets are kept as hashes; what is shown once is never shown again.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking"))]

pub mod admin;
mod api_keys;
mod authenticate;
pub mod catalogue;
mod certifications;
mod federation;
mod grants;
mod letters;
pub mod matrix;
mod organizations;
pub mod passwords;
mod people;
mod permissions;
mod policies;
mod refusals;
mod rights;
pub mod roles;
mod sealed;
mod second_factors;
pub mod sessions;
mod sign_in;
mod standing;
pub mod tokens;
mod users;

use std::sync::Arc;

use platform::http::{App, OpenApiRouter};
use platform::{Database, Result};

pub use catalogue::Catalogue;
pub use certifications::{Certification, CertificationId, kinds};
pub use letters::{NOTICES, templates};
pub use permissions::{EVENTS, PERMISSIONS};
pub use refusals::audit_refusals;
pub use sealed::SEALED;

use passwords::{Forbidden, Hasher, Hashing};
use sessions::SessionRules;
use tokens::Key;

/// What an installation decides about signing in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The installation's key: 32 random bytes that stay the same over restarts and on all nodes.
    pub key: Key,
    /// Whether browsers reach the server by https, also where a proxy ends it: cookies are `Secure` then.
    pub https: bool,
    /// The cost of a password's hash.
    pub hashing: Hashing,
    /// How long sessions live where an organization says nothing else.
    pub sessions: SessionRules,
    /// The address that people use: passkeys are bound to it, and identity providers send people back to it.
    pub public_url: String,
    /// Whether people sign in over plain http also from other machines than this one.
    pub plain_http: bool,
    /// Passwords that this installation forbids beside those that many people have.
    pub forbidden: Forbidden,
    /// How long an invitation works (s).
    pub invitation_life_s: i64,
    /// How long a link to set a new password works (s).
    pub reset_life_s: i64,
}

impl Settings {
    /// The usual decisions, with this key.
    pub fn new(key: [u8; 32]) -> Self {
        Settings {
            key: Key::new(key),
            https: false,
            public_url: "http://localhost:8080".into(),
            plain_http: false,
            forbidden: Forbidden::default(),
            hashing: Hashing::default(),
            sessions: SessionRules::default(),
            invitation_life_s: 7 * 86_400,
            reset_life_s: 3600,
        }
    }
}

/// Identity, as the server and its handlers hold it. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<Parts>);

/// Forgotten passwords looked after at the same time.
const FORGETTING_AT_ONCE: usize = 32;
/// Rows of each kind removed in one transaction.
const FORGOTTEN_AT_ONCE: i32 = 1000;

struct Parts {
    database: Database,
    catalogue: Catalogue,
    sensitive: platform::Permissions,
    settings: Settings,
    hasher: Hasher,
    rights: rights::Cache,
    providers: federation::Cache,
    forgetting: Arc<tokio::sync::Semaphore>,
    policies: policies::Known,
}

impl Identity {
    /// Identity on `database`, with every permission there is.
    ///
    /// # Errors
    /// `internal` for impossible costs of hashing.
    pub fn new(database: Database, catalogue: Catalogue, settings: Settings) -> Result<Self> {
        let hasher = Hasher::new(settings.hashing)?;
        let rights = rights::Cache::new(&catalogue);
        // Looking is not doing: what is sensitive to see leaves a trail when refused, and is not asked for twice.
        let sensitive = catalogue.all().filter(|info| info.sensitive && !info.permission.0.ends_with(".read"));
        let sensitive = sensitive.map(|info| info.permission.0).collect();
        let (providers, policies) = (federation::Cache::default(), policies::Known::default());
        let forgetting = Arc::new(tokio::sync::Semaphore::new(FORGETTING_AT_ONCE));
        Ok(Identity(Arc::new(Parts { database, catalogue, sensitive, settings, hasher, rights, providers, policies, forgetting })))
    }

    /// Every permission there is.
    pub fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    /// What computes hashes of passwords; tells how many it computed.
    pub fn hasher(&self) -> &Hasher {
        &self.0.hasher
    }

    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0.settings.key
    }

    /// Places of those whose forgotten passwords are looked after.
    pub(crate) fn forgetting(&self) -> Arc<tokio::sync::Semaphore> {
        self.0.forgetting.clone()
    }

    /// What identity providers say of themselves.
    pub(crate) fn providers(&self) -> &federation::Cache {
        &self.0.providers
    }

    /// For whom passkeys are made.
    pub(crate) fn party(&self) -> second_factors::Party {
        second_factors::Party::of(&self.0.settings.public_url)
    }

    /// What wants a second factor shown a moment ago, beside the right to.
    pub(crate) fn sensitive(&self) -> &platform::Permissions {
        &self.0.sensitive
    }

    /// Removes sessions and links that ended a month ago, and what was begun and did not come back; returns how many rows went. The server calls
    /// it every now and then.
    ///
    /// # Errors
    /// What the database refused.
    pub async fn forget(&self) -> Result<i64> {
        let mut total = 0;
        loop {
            let mut tx = self.database().before_sign_in().await?;
            let (now, most) = (tx.now(), FORGOTTEN_AT_ONCE);
            let gone: i64 = tx.query_one("select gemba.forget_identity($1, $2)", &[&now, &most]).await?.get(0);
            tx.commit().await?;
            total += gone;
            if gone < i64::from(most) {
                return Ok(total);
            }
        }
    }

    /// What policies can speak of, and those that count.
    pub(crate) fn policies(&self) -> &policies::Known {
        &self.0.policies
    }

    pub(crate) fn rights(&self) -> &rights::Cache {
        &self.0.rights
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

/// Nobody on the way keeps an answer that holds what is shown once, nor is it kept for repetitions of the request.
pub(crate) fn shown_once(mut response: axum::response::Response) -> axum::response::Response {
    response.headers_mut().insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(platform::http::Secret);
    response
}

/// How the server is put together with identity:
///
/// ```ignore
/// let catalogue: Catalogue = identity::PERMISSIONS.iter().chain(platform::audit::PERMISSIONS).copied()
///     .chain(kinds.iter().flat_map(|kind| kind.permissions())).collect();
/// let identity = Identity::new(database.clone(), catalogue, identity::Settings { https, ..identity::Settings::new(key) })?;
/// let app = App::new(database, Arc::new(identity.clone()), settings).with(identity);
/// let api = routes.layer(from_fn_with_state(app.clone(), identity::sessions::rotate))
///     .layer(from_fn_with_state(app.clone(), identity::audit_refusals));
/// ```
///
/// Everything under `/auth`, `/me`, `/users`, `/roles`, `/permissions`, `/grants`, `/api-keys`, `/organizations`, `/policies` and `/authz`. The server's [`App`] needs
/// [`Identity`] as a part.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(sign_in::routes())
        .merge(federation::routes())
        .merge(second_factors::routes())
        .merge(sessions::routes())
        .merge(users::routes())
        .merge(roles::routes())
        .merge(grants::routes())
        .merge(api_keys::routes())
        .merge(organizations::routes())
        .merge(policies::routes())
}
