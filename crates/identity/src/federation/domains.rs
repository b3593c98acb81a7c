//! Mail domains: an organization names them, and whoever runs the installation confirms that they are the organization's.
//!
//! A record in the public DNS would prove it only where a plant is on the internet, and asking for one is a call outside at an address somebody else
//! chose; installations of one company know their domains. So the proof is a person's word, given with `gemba admin confirm-domain`, in the trail.
//!
//! **Invariant:** a confirmed domain is one organization's in the whole installation; an unconfirmed one leads nowhere.

use jiff::Timestamp;
use platform::{Error, FieldError, Result, Scope, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::store;
use crate::permissions;

/// A mail domain of the organization.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct MailDomain {
    /// The domain's row.
    pub id: Uuid,
    /// The domain.
    #[schema(example = "acme.example")]
    pub domain: String,
    /// Where people with such an address sign in; without, at any of the organization's providers.
    pub provider_id: Option<Uuid>,
    /// When whoever runs the installation confirmed it; before, it leads nowhere.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub confirmed_at: Option<Timestamp>,
    /// When it was named.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A mail domain to name.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMailDomain {
    /// The domain.
    #[schema(max_length = 253, example = "acme.example")]
    pub domain: String,
    /// Where people with such an address sign in.
    pub provider_id: Option<Uuid>,
}

/// Names a domain; it counts once it is confirmed.
///
/// # Errors
/// 403; 404 for an unknown provider; 409 `domain_named`; 422.
pub(super) async fn create_mail_domain(tx: &mut Tx, new: &NewMailDomain) -> Result<MailDomain> {
    tx.require(permissions::MAIL_DOMAIN_CREATE, Scope::Organization)?;
    let domain = new.domain.trim().trim_start_matches('@').to_lowercase();
    let label = |part: &str| {
        !part.is_empty() && part.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-')
    };
    if domain.len() > 253 || !domain.contains('.') || !domain.split('.').all(label) {
        return Err(Error::invalid(vec![FieldError::new("/domain", "bad_domain", "a domain looks like acme.example")]));
    }
    if let Some(provider) = new.provider_id {
        store::find(tx, provider).await?;
    }
    let (organization, id, now, by) = (tx.caller().organization, tx.new_id::<Uuid>(), tx.now(), tx.caller().principal.label());
    tx.execute(
        "insert into mail_domains (organization_id, id, domain, provider_id, created_at, created_by) values ($1, $2, $3, $4, $5, $6)",
        &[&organization, &id, &domain, &new.provider_id, &now, &by],
    )
    .await
    .map_err(|error| error.on_constraint("mail_domains_domain_key", || Error::conflict("domain_named", "this domain is named already")))?;
    let made = list(tx).await?.into_iter().find(|made| made.id == id);
    made.ok_or_else(|| Error::not_found("mail domain"))
}

/// The domains of the organization.
pub(super) async fn list(tx: &mut Tx) -> Result<Vec<MailDomain>> {
    let organization = tx.caller().organization;
    let sql =
        "select id, domain, provider_id, confirmed_at, created_at from mail_domains where organization_id = $1 order by domain limit 1000";
    let rows = tx.query(sql, &[&organization]).await?;
    let read = |row: &tokio_postgres::Row| MailDomain {
        id: row.get(0),
        domain: row.get(1),
        provider_id: row.get(2),
        confirmed_at: row.get(3),
        created_at: row.get(4),
    };
    Ok(rows.iter().map(read).collect())
}

/// Gives a domain up.
///
/// # Errors
/// 403; 404.
pub(super) async fn delete_mail_domain(tx: &mut Tx, id: Uuid) -> Result<()> {
    tx.require(permissions::MAIL_DOMAIN_DELETE, Scope::Organization)?;
    let organization = tx.caller().organization;
    let sql = "delete from mail_domains where organization_id = $1 and id = $2 returning domain";
    let row = tx.query_opt(sql, &[&organization, &id]).await?.ok_or_else(|| Error::not_found("mail domain"))?;
    tx.query("select gemba.release_domain($1)", &[&row.get::<_, String>(0)]).await?;
    Ok(())
}

/// Confirms that a domain is the organization's, for whoever runs the installation; names it where nobody has.
///
/// # Errors
/// 409 `domain_taken` where it is another organization's; 422.
pub(crate) async fn confirm(tx: &mut Tx, domain: &str) -> Result<()> {
    let domain = domain.trim().to_lowercase();
    let organization = tx.caller().organization;
    let named = "select 1 from mail_domains where organization_id = $1 and domain = $2";
    if tx.query_opt(named, &[&organization, &domain]).await?.is_none() {
        create_mail_domain(tx, &NewMailDomain { domain: domain.clone(), provider_id: None }).await?;
    }
    if !tx.query_one("select gemba.confirm_domain($1)", &[&domain]).await?.get::<_, bool>(0) {
        return Err(Error::conflict("domain_taken", format!("{domain} was confirmed for another organization")));
    }
    let (now, by) = (tx.now(), tx.caller().principal.label());
    let sql =
        "update mail_domains set confirmed_at = $3, confirmed_by = $4 where organization_id = $1 and domain = $2 and confirmed_at is null";
    tx.execute(sql, &[&organization, &domain, &now, &by]).await?;
    Ok(())
}
