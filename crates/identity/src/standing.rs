//! What somebody may do now, without a request of theirs: for work that goes on after it, and for streams that stay open.

use futures_util::future::BoxFuture;
use platform::error::Kind;
use platform::ids::{OrganizationId, PlantId, RequestId, UserId};
use platform::{Caller, Error, Principal, Result, Standing};
use uuid::Uuid;

use crate::Identity;
use crate::rights::Held;

impl Standing for Identity {
    fn caller<'a>(&'a self, organization: OrganizationId, principal: &'a Principal, request: RequestId) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(self.caller_now(organization, principal, request))
    }

    fn stand<'a>(&'a self, who: &'a [(OrganizationId, Principal)]) -> BoxFuture<'a, Result<Vec<bool>>> {
        Box::pin(self.who_stands(who))
    }
}

impl Identity {
    /// Somebody with the rights they have now, and the policies on them.
    pub(crate) async fn caller_now(&self, organization: OrganizationId, principal: &Principal, request: RequestId) -> Result<Caller> {
        let (person, key) = match principal {
            Principal::System(part) => return Ok(Caller::system(part, organization, request)),
            Principal::User { id, .. } => (Some(*id), None),
            Principal::ApiKey { id, owner } => (*owner, Some(*id)),
        };
        let mut tx = self.database().read(&Caller::system("identity", organization, request)).await?;
        let now = tx.now();
        let row = tx
            .query_opt(
                "select o.archived_at is null, $2::uuid is null or (u.id is not null and u.archived_at is null),
                    $3::uuid is null or (k.id is not null and k.archived_at is null and k.revoked_at is null and (k.expires_at is null or k.expires_at > $4)),
                    k.scopes, case when o.policies_number is not null then gemba.circumstances_here($2::uuid, $4) end
                 from organizations o
                 left join users u on u.organization_id = o.organization_id and u.id = $2
                 left join api_keys k on k.organization_id = o.organization_id and k.id = $3
                 where o.organization_id = $1",
                &[&organization, &person, &key, &now],
            )
            .await?;
        let gone = |code, detail| Err(Error::new(Kind::Unauthenticated, code, detail));
        let Some(row) = row.filter(|row| row.get(0)) else { return gone("organization_closed", "the organization was closed") };
        if !row.get::<_, bool>(1) {
            return gone("account_deactivated", "the account was deactivated");
        }
        if !row.get::<_, bool>(2) {
            return gone("key_revoked", "the key was revoked or has expired");
        }
        let (scopes, told): (Option<Vec<String>>, Option<serde_json::Value>) = (row.get(3), row.get(4));
        // A person's key has the person's roles; a service's key its own.
        let service = key.filter(|_| person.is_none());
        let rows = tx.query("select role, version, plant_id from gemba.roles_held($1, $2, $3)", &[&person, &service, &now]).await?;
        tx.commit().await?;
        let held = rows.iter().map(|row| Held { role: row.get(0), version: row.get(1), plant: row.get::<_, Option<PlantId>>(2) }).collect();
        let mut grants = self.grants(organization, held, scopes).await?;
        grants.policies = self.circumstances(organization, told, None, now).await?;
        Ok(Caller { organization, principal: principal.clone(), grants: grants.into(), ip: None, request })
    }

    async fn who_stands(&self, who: &[(OrganizationId, Principal)]) -> Result<Vec<bool>> {
        let (mut organizations, mut people, mut devices, mut keys) = (vec![], vec![], vec![], vec![]);
        for (organization, principal) in who {
            organizations.push(*organization);
            let (person, device, key): (Option<UserId>, Option<Uuid>, Option<Uuid>) = match principal {
                Principal::User { id, session } => (Some(*id), Some(session.0), None),
                Principal::ApiKey { id, owner } => (*owner, None, Some(id.0)),
                Principal::System(_) => (None, None, None),
            };
            people.push(person);
            devices.push(device);
            keys.push(key);
        }
        let tx = self.database().before_sign_in().await?;
        let now = tx.now();
        let asked = "select number, coalesce(stands, false) from gemba.standing($1, $2, $3, $4, $5)";
        let rows = tx.query_once(asked, &[&organizations, &people, &devices, &keys, &now]).await?;
        let mut stand: Vec<bool> = who.iter().map(|(_, principal)| matches!(principal, Principal::System(_))).collect();
        for row in rows {
            if let Some(one) = stand.get_mut(row.get::<_, i64>(0) as usize - 1) {
                *one |= row.get::<_, bool>(1);
            }
        }
        Ok(stand)
    }
}
