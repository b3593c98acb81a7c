//! A forgotten password: a link by mail, to whoever asks, wherever the address is known.
//!
//! **Invariant:** whoever asks learns nothing: the same answer, at the same moment, whether there is such an account, several, or none.
//! **Invariant:** an account that signs in at an identity provider gets no password this way.

use platform::caller::Caller;
use platform::error::Kind;
use platform::http::Client;
use platform::ids::{OrganizationId, UserId};
use platform::secrets::Secrets;
use platform::{Error, Result};

use super::delays::network;
use super::links::{self, Purpose};
use crate::{Identity, letters};

/// Requests of one address without delay: a whole plant may sit behind it.
const FREE_ADDRESS: i32 = 20;
/// Links for one account before the last one without delay; beyond, they wait, and nobody is told.
const FREE_ACCOUNT: i32 = 2;

/// Has links sent to whom an address belongs; the work is done after the answer.
///
/// # Errors
/// 429 `reset_delayed` for an address of the network that asks too often; 503 `reset_busy`.
pub(super) async fn forgot(identity: &Identity, secrets: &Secrets, client: &Client, email: &str, organization: Option<&str>) -> Result<()> {
    let address = client.ip.map(network).unwrap_or_default();
    let wait_s = count(identity, &identity.key().hash("count forgotten address", &[address.as_bytes()]), FREE_ADDRESS).await?;
    if wait_s > 0 {
        let mut delayed =
            Error::new(Kind::RateLimited, "reset_delayed", format!("too many requests for new passwords; try again in {wait_s} s"));
        delayed.retry_after_s = Some(wait_s.unsigned_abs().into());
        return Err(delayed);
    }
    let busy = || Error::unavailable("reset_busy", "too many people forgot their passwords at once", 5);
    let place = identity.forgetting().try_acquire_owned().map_err(|_| busy())?;
    let (identity, secrets, client) = (identity.clone(), secrets.clone(), *client);
    let (email, organization) = (email.trim().to_lowercase(), organization.map(str::to_owned));
    // How long this takes tells whether there is an account: nobody waits for it.
    tokio::spawn(async move {
        if let Err(error) = send(&identity, &secrets, &client, &email, organization.as_deref()).await {
            tracing::error!(%error, request = %client.request, "a link for a forgotten password could not be made");
        }
        drop(place);
    });
    Ok(())
}

async fn send(identity: &Identity, secrets: &Secrets, client: &Client, email: &str, organization: Option<&str>) -> Result<()> {
    if count(identity, &identity.key().hash("count forgotten account", &[email.as_bytes()]), FREE_ACCOUNT).await? > 0 {
        return Ok(());
    }
    let tx = identity.database().before_sign_in().await?;
    let query = "select organization_id, user_id, has_password, is_invited, is_elsewhere from gemba.accounts_forgotten($1, $2)";
    for row in tx.query_once(query, &[&email, &organization]).await? {
        let (organization, user): (OrganizationId, UserId) = (row.get(0), row.get(1));
        let (has_password, is_invited, is_elsewhere): (bool, bool, bool) = (row.get(2), row.get(3), row.get(4));
        let caller = Caller { ip: client.ip, ..Caller::system("sign_in", organization, client.request) };
        let mut tx = identity.database().begin(&caller).await?;
        let purpose = match (has_password, is_invited && !is_elsewhere) {
            (true, _) => Some(Purpose::Reset),
            (false, true) => Some(Purpose::Invitation),
            (false, false) => None,
        };
        match purpose {
            Some(purpose) => {
                let link = links::make_beside(&mut tx, identity, user, purpose).await?;
                letters::send_link(&mut tx, secrets, user, purpose, &link).await?;
            }
            None => {
                letters::send_elsewhere(&mut tx, secrets, user).await?;
            }
        }
        tx.query("select gemba.audit('user.password_forgotten', 'user', $1, null, 'success', null)", &[&user]).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Counts a request; how long to wait before it (s).
async fn count(identity: &Identity, key: &[u8], free: i32) -> Result<i32> {
    let mut tx = identity.database().before_sign_in().await?;
    let now = tx.now();
    let wait_s = tx.query_one("select gemba.count_sign_in($1, $2, $3)", &[&vec![key], &vec![free], &now]).await?.get(0);
    tx.commit().await?;
    Ok(wait_s)
}
