//! From roles to rights: what the roles somebody has, here and there, allow together.
//!
//! The database says per request which roles are held where; which permissions a role groups changes seldom and is kept in the process, own roles
//! by their version, so that a changed role counts with the next request.
//!
//! **Invariant:** a role that is granted for a plant gives nothing beyond the plant but reading what all plants share.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use platform::caller::Grants;
use platform::ids::{OrganizationId, PlantId, RequestId};
use platform::{Caller, PermissionScope, Permissions, Result};
use uuid::Uuid;

use crate::Identity;
use crate::catalogue::Catalogue;
use crate::roles::built_in::{BUILT_IN, BuiltIn};

/// A role somebody holds: where, and which version of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Held {
    pub role: String,
    pub version: i64,
    /// `None`: for the whole organization.
    pub plant: Option<PlantId>,
}

/// What roles allow, kept in the process.
pub(crate) struct Cache {
    built_in: BTreeMap<&'static str, Arc<BTreeSet<String>>>,
    own: Mutex<HashMap<(OrganizationId, String, i64), Arc<BTreeSet<String>>>>,
    joined: Mutex<HashMap<Question, Permissions>>,
}

/// Roles whose permissions are joined: those that count in full, and those of which only the shared part counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    organization: OrganizationId,
    whole: Vec<(String, i64)>,
    shared: Vec<(String, i64)>,
    place: PermissionScope,
    scopes: Option<Vec<String>>,
}

/// Answers kept at most; then it begins anew.
const MOST_KEPT: usize = 4096;

impl Cache {
    pub(crate) fn new(catalogue: &Catalogue) -> Self {
        let expand = |role: &BuiltIn| Arc::new(role.permissions(catalogue).into_iter().map(String::from).collect());
        Cache { built_in: BUILT_IN.iter().map(|role| (role.key, expand(role))).collect(), own: Mutex::default(), joined: Mutex::default() }
    }
}

impl Identity {
    /// What these roles grant, and where, within `scopes` if there are some.
    pub(crate) async fn grants(&self, organization: OrganizationId, held: Vec<Held>, scopes: Option<Vec<String>>) -> Result<Grants> {
        self.load_own(organization, &held).await?;
        let roles = held.iter().map(|held| held.role.clone()).collect();
        let mut everywhere: Vec<(String, i64)> = Vec::new();
        let mut by_plant: BTreeMap<PlantId, Vec<(String, i64)>> = BTreeMap::new();
        let mut anywhere: BTreeSet<(String, i64)> = BTreeSet::new();
        for Held { role, version, plant } in held {
            match plant {
                None => everywhere.push((role, version)),
                Some(plant) => {
                    anywhere.insert((role.clone(), version));
                    by_plant.entry(plant).or_default().push((role, version));
                }
            }
        }
        let question = |place, mut whole: Vec<(String, i64)>, shared: Vec<(String, i64)>| {
            whole.sort_unstable();
            whole.dedup();
            Question { organization, whole, shared, place, scopes: scopes.clone() }
        };
        Ok(Grants {
            everywhere: !everywhere.is_empty(),
            requests_per_hour: None,
            step_up: None,
            policies: None,
            roles,
            organization: self.answer(question(PermissionScope::Organization, everywhere, anywhere.into_iter().collect())),
            plants: by_plant
                .into_iter()
                .map(|(plant, roles)| (plant, self.answer(question(PermissionScope::Plant, roles, Vec::new()))))
                .collect(),
        })
    }

    /// What one role allows; nothing for a role this program does not know.
    pub(crate) async fn permissions_of(&self, organization: OrganizationId, role: &str, version: i64) -> Result<Arc<BTreeSet<String>>> {
        self.load_own(organization, &[Held { role: role.into(), version, plant: None }]).await?;
        Ok(self.known(organization, role, version).unwrap_or_default())
    }

    fn known(&self, organization: OrganizationId, role: &str, version: i64) -> Option<Arc<BTreeSet<String>>> {
        if let Some(permissions) = self.rights().built_in.get(role) {
            return Some(permissions.clone());
        }
        let own = self.rights().own.lock().unwrap_or_else(PoisonError::into_inner);
        own.get(&(organization, role.to_owned(), version)).cloned()
    }

    fn answer(&self, question: Question) -> Permissions {
        let kept = self.rights().joined.lock().unwrap_or_else(PoisonError::into_inner).get(&question).cloned();
        if let Some(kept) = kept {
            return kept;
        }
        let of = |roles: &[(String, i64)]| -> Vec<Arc<BTreeSet<String>>> {
            roles.iter().filter_map(|(role, version)| self.known(question.organization, role, *version)).collect()
        };
        let (whole, shared) = (of(&question.whole), of(&question.shared));
        let names = whole.iter().flat_map(|role| role.iter());
        let names = names.chain(shared.iter().flat_map(|role| role.iter()).filter(|name| self.catalogue().is_shared(name)));
        let within = |name: &&String| {
            question.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|scope| crate::catalogue::matches(scope, name)))
        };
        // What is decided for the organization only cannot be had at a plant.
        let here = |name: &&String| {
            question.place == PermissionScope::Organization
                || self.catalogue().find(name).is_some_and(|info| info.scope == PermissionScope::Plant)
        };
        let permissions: Permissions = names.filter(within).filter(here).cloned().collect();
        let mut joined = self.rights().joined.lock().unwrap_or_else(PoisonError::into_inner);
        if joined.len() >= MOST_KEPT {
            joined.clear();
        }
        joined.insert(question, permissions.clone());
        permissions
    }

    /// Reads what own roles allow that were not met before in this version.
    async fn load_own(&self, organization: OrganizationId, held: &[Held]) -> Result<()> {
        let missing: Vec<&Held> = held.iter().filter(|held| self.known(organization, &held.role, held.version).is_none()).collect();
        let ids: Vec<Uuid> = missing.iter().filter_map(|held| held.role.parse().ok()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let caller = Caller::system("identity", organization, RequestId(Uuid::nil()));
        let tx = self.database().begin(&caller).await?;
        let sql = "select id, version, permissions from roles where organization_id = $1 and id = any ($2)";
        let rows = tx.query_once(sql, &[&organization, &ids]).await?;
        let mut own = self.rights().own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.len() >= MOST_KEPT {
            own.clear();
        }
        for row in rows {
            let (id, version, names): (Uuid, i64, Vec<String>) = (row.get(0), row.get(1), row.get(2));
            // Names that this program does not know (an older one after a newer one) allow nothing here.
            let names = names.into_iter().filter(|name| self.catalogue().find(name).is_some()).collect();
            own.insert((organization, id.to_string(), version), Arc::new(names));
        }
        Ok(())
    }
}
