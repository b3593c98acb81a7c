//! The people of an organization, for what tells them something.

use futures_util::future::BoxFuture;
use platform::ids::{OrganizationId, PlantId, RequestId, SessionId, UserId};
use platform::language::Language;
use platform::notifications::{People, Person};
use platform::{Caller, Principal, Result};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::Identity;
use crate::rights::Held;

impl People for Identity {
    fn of<'a>(&'a self, organization: OrganizationId, ids: &'a [UserId]) -> BoxFuture<'a, Result<Vec<Person>>> {
        Box::pin(self.people(organization, Some(ids), None, i64::from(i32::MAX)))
    }

    fn search<'a>(&'a self, organization: OrganizationId, search: Option<&'a str>, most: i64) -> BoxFuture<'a, Result<Vec<Person>>> {
        Box::pin(self.people(organization, None, search, most))
    }
}

impl Identity {
    /// Active accounts, with what their roles allow at this moment.
    async fn people(&self, organization: OrganizationId, ids: Option<&[UserId]>, search: Option<&str>, most: i64) -> Result<Vec<Person>> {
        let request = self.database().context().new_id::<RequestId>();
        let mut tx = self.database().read(&Caller::system("identity", organization, request)).await?;
        let now = tx.now();
        // What a person types is looked for as it is: signs that stand for others in a pattern stand for themselves.
        let beginning = search.map(|text| format!("{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")));
        let rows = tx
            .query(
                "select u.id, u.name, u.email, u.locale, held.roles, held.versions, held.plants,
                     case when o.policies_number is not null then gemba.circumstances_here(u.id, $2) end
                 from users u
                 join organizations o on o.organization_id = u.organization_id and o.archived_at is null
                 cross join lateral (
                     select array_agg(h.role) as roles, array_agg(h.version) as versions, array_agg(h.plant_id) as plants
                     from gemba.roles_held(u.id, null, $2) h) held
                 where u.organization_id = $1 and u.archived_at is null and ($3::uuid[] is null or u.id = any ($3))
                     and ($4::text is null or u.email like lower($4) or u.name ilike $4 or u.name ilike '% ' || $4)
                 order by u.name, u.id limit $5",
                &[&organization, &now, &ids, &beginning, &most],
            )
            .await?;
        tx.commit().await?;
        let mut people = Vec::with_capacity(rows.len());
        for row in rows {
            let mut grants = self.grants(organization, held(&row), None).await?;
            grants.policies = self.circumstances(organization, row.get(7), None, now).await?;
            let id: UserId = row.get(0);
            // Nobody's request and no device: only what they may see counts.
            let principal = Principal::User { id, session: SessionId(Uuid::nil()) };
            let caller = Caller { organization, principal, grants: grants.into(), ip: None, request };
            people.push(Person { id, name: row.get(1), email: row.get(2), language: Language::of(row.get(3)), caller });
        }
        Ok(people)
    }
}

fn held(row: &Row) -> Vec<Held> {
    let (roles, versions, plants) = (
        row.get::<_, Option<Vec<String>>>(4).unwrap_or_default(),
        row.get::<_, Option<Vec<i64>>>(5).unwrap_or_default(),
        row.get::<_, Option<Vec<Option<PlantId>>>>(6).unwrap_or_default(),
    );
    roles.into_iter().zip(versions).zip(plants).map(|((role, version), plant)| Held { role, version, plant }).collect()
}
