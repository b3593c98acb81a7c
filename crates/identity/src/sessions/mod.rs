//! Sessions: the devices people are signed in on.
//!
//! A session is a row; the browser holds 256 random bits that lead to it. It ends after a while without requests, after a longer while whatever
//! happens, when its owner or an administrator ends it, when the password changes, and when the same person signs in on too many devices.
//!
//! **Invariant:** every request asks the table, so an ended session opens nothing from that moment on.
//! **Invariant:** signing in always makes a new session with a new token; a token that a browser brought is never taken over.
//! **Invariant:** the token for changing requests (CSRF) is bound to the session and cannot be computed without the installation's key.

pub mod cookies;
mod http;
mod rotation;
pub(crate) mod store;

use jiff::Timestamp;
use platform::http::OpenApiRouter;
use platform::http::{App, Client};
use platform::ids::{OrganizationId, SessionId, UserId};
use platform::{Caller, Principal, Result, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Identity;
use crate::tokens::Token;

pub(crate) use http::person;
pub(crate) use rotation::ask as ask_for_rotation;
pub use rotation::rotate;

/// How long sessions live, and how many a person may have. An organization may say something else in its settings, under `sessions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SessionRules {
    /// How long a session lives without a request (s).
    #[schema(minimum = 60, maximum = 2_592_000, example = 28_800)]
    pub idle_s: i32,
    /// How long a session lives whatever happens (s).
    #[schema(minimum = 60, maximum = 7_776_000, example = 86_400)]
    pub absolute_s: i32,
    /// Devices a person may be signed in on at the same time; beyond, the one not used for longest is signed out.
    #[schema(minimum = 1, maximum = 100, example = 10)]
    pub concurrent: i64,
}

impl Default for SessionRules {
    /// A shift without a request, a day in all, ten devices.
    fn default() -> Self {
        SessionRules { idle_s: 8 * 3600, absolute_s: 24 * 3600, concurrent: 10 }
    }
}

impl SessionRules {
    /// What an organization's settings say, within what is sensible.
    pub(crate) fn of(settings: &serde_json::Value, otherwise: SessionRules) -> SessionRules {
        let said = settings.get("sessions").and_then(|rules| serde_json::from_value::<SessionRules>(rules.clone()).ok());
        let rules = said.unwrap_or(otherwise);
        SessionRules {
            idle_s: rules.idle_s.clamp(60, 30 * 86_400),
            absolute_s: rules.absolute_s.clamp(60, 90 * 86_400),
            concurrent: rules.concurrent.clamp(1, 100),
        }
    }
}

/// A device somebody is or was signed in on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Session {
    /// The session.
    pub id: Uuid,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What the browser or program calls itself.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64) Firefox/146.0")]
    pub device: String,
    /// The address of the sign-in.
    #[schema(example = "192.0.2.7")]
    pub ip: Option<String>,
    /// The address a request came from last.
    #[schema(example = "192.0.2.7")]
    pub last_ip: Option<String>,
    /// When they signed in.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When a request came last, to the minute.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Timestamp,
    /// When it ends by itself, if no request comes before.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// How somebody proved who they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proof {
    /// `password`, `passkey` or `provider`; none: by a password.
    pub method: Option<&'static str>,
    /// The second factor that was shown with it, and when.
    pub factor: Option<(String, Timestamp)>,
}

/// A session just opened, with what the browser must be told once.
pub(crate) struct Opened {
    pub id: SessionId,
    pub token: Token,
}

/// Somebody who has proven who they are, before their rights matter.
pub(crate) fn proven(organization: OrganizationId, user: UserId, session: SessionId, client: &Client) -> Caller {
    Caller {
        organization,
        principal: Principal::User { id: user, session },
        grants: platform::caller::Grants::default().into(),
        ip: client.ip,
        request: client.request,
    }
}

/// Opens a session for the caller of `tx`, whose principal names it, and ends what is beyond the limit of devices.
pub(crate) async fn open(tx: &mut Tx, rules: SessionRules, device: &str, proof: &Proof) -> Result<Opened> {
    let Principal::User { id: user, session } = tx.caller().principal else {
        return Err(platform::Error::internal("only a person has a session"));
    };
    let token = Token::new()?;
    let device: String = device.chars().filter(|letter| !letter.is_control()).take(300).collect();
    store::note_new_place(tx, user, session, &device).await?;
    store::insert(tx, user, session, &token.hash(), rules, &device, proof).await?;
    store::end_beyond(tx, user, session, rules.concurrent).await?;
    Ok(Opened { id: session, token })
}

impl Identity {
    /// The token that changing requests of a browser must carry, for this session.
    pub(crate) fn csrf_token(&self, session: SessionId) -> String {
        self.key().hash_text("csrf", &[session.0.as_bytes()])
    }
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    http::routes()
}
