//! Who is calling, from where, and what they may do where.
//!
//! **Invariant:** a caller belongs to exactly one organization; nothing that runs for it sees another.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use uuid::Uuid;

use crate::error::{Error, FieldError, Kind, Result};
use crate::ids::{ApiKeyId, OrganizationId, PlantId, RequestId, SessionId, UserId};
use crate::permission::{Permission, Permissions};
use crate::policy::{Circumstances, Forbidden, Refused};

/// Who is calling, with everything a decision needs.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The organization whose data this is about.
    pub organization: OrganizationId,
    /// The person, program or part of Gemba that acts.
    pub principal: Principal,
    /// What the caller's roles grant, and where; shared, because a request copies its caller several times.
    pub grants: Arc<Grants>,
    /// The address the request came from.
    pub ip: Option<IpAddr>,
    /// The request, as the client is told it.
    pub request: RequestId,
}

/// The person, program or part of Gemba that acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A person, signed in.
    User {
        /// Their account.
        id: UserId,
        /// The device they are signed in on.
        session: SessionId,
    },
    /// A program with a key.
    ApiKey {
        /// The key.
        id: ApiKeyId,
        /// The person it acts for, whose rights bound it.
        owner: Option<UserId>,
    },
    /// Gemba itself, by the name of the part: `demo`, `retention`.
    System(&'static str),
}

impl Principal {
    /// As audit and logs write it: `user:…`, `key:…`, `system:…`.
    pub fn label(&self) -> String {
        match self {
            Principal::User { id, .. } => format!("user:{id}"),
            Principal::ApiKey { id, .. } => format!("key:{id}"),
            Principal::System(part) => format!("system:{part}"),
        }
    }

    /// The person behind it, if there is one.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Principal::User { id, .. } => Some(*id),
            Principal::ApiKey { owner, .. } => *owner,
            Principal::System(_) => None,
        }
    }
}

/// What roles grant: over the whole organization, and plant by plant (regions are resolved to their plants).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Granted for the whole organization, every plant included.
    pub organization: Permissions,
    /// Granted for single plants, beyond the organization's.
    pub plants: BTreeMap<PlantId, Permissions>,
    /// Whether some role is granted for the whole organization, so that all plants are within reach.
    pub everywhere: bool,
    /// The keys of the roles held somewhere: custom fields may be visible to some roles only.
    pub roles: std::collections::BTreeSet<String>,
    /// What the organization lets these roles ask in an hour, where it says so; else the server's own limit holds.
    pub requests_per_hour: Option<u32>,
    /// What has to come first where something sensitive is to be done, because the second factor was shown too long ago.
    pub step_up: Option<StepUp>,
    /// The organization's policies and the circumstances of this call, where it has some: they narrow what is granted here.
    pub policies: Option<Arc<Circumstances>>,
}

/// A second factor has to be shown again before what is sensitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUp {
    /// The permissions that want it.
    pub permissions: Permissions,
    /// How long one that was shown is fresh enough (s).
    pub within_s: i64,
    /// The ways to show one: a code for programs and a sentence each.
    pub how: Vec<FieldError>,
}

impl StepUp {
    /// The refusal until then.
    pub fn refusal(&self) -> Error {
        let detail = format!("this wants your second factor, shown within the last {} min; show it and try again", self.within_s / 60);
        let mut error = Error::new(Kind::Unauthenticated, "step_up_required", detail);
        error.fields.clone_from(&self.how);
        error
    }
}

/// Where something happens, for the question whether it is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Data of the organization that belongs to no plant.
    Organization,
    /// Data of one plant.
    Plant(PlantId),
}

/// The plants within somebody's reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All plants of the organization, those of tomorrow included.
    Everywhere,
    /// These.
    Plants(Vec<PlantId>),
}

impl Reach {
    /// As the database's setting `gemba.plants` spells it: `*`, or identifiers with commas between.
    pub fn setting(&self) -> String {
        match self {
            Reach::Everywhere => "*".into(),
            Reach::Plants(plants) => plants.iter().map(PlantId::to_string).collect::<Vec<_>>().join(","),
        }
    }

    /// Whether `plant` is within.
    pub fn holds(&self, plant: PlantId) -> bool {
        match self {
            Reach::Everywhere => true,
            Reach::Plants(plants) => plants.contains(&plant),
        }
    }
}

/// Why a refusal was one: the cause behind `permission_missing`, for the audit trail and the log.
#[derive(Clone, Debug)]
pub struct MissingPermission {
    /// What was missing.
    pub permission: Permission,
    /// Where.
    pub scope: Scope,
    /// To whom.
    pub caller: Box<Caller>,
}

impl std::fmt::Display for MissingPermission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} lacks {}", self.caller.principal.label(), self.permission)
    }
}

impl std::error::Error for MissingPermission {}

impl Caller {
    /// Gemba itself acting in `organization`, with every right there: `part` names who, for the audit trail.
    pub fn system(part: &'static str, organization: OrganizationId, request: RequestId) -> Self {
        let grants = Grants { everywhere: true, ..Grants::default() };
        Caller { organization, principal: Principal::System(part), grants: grants.into(), ip: None, request }
    }

    /// Whether the caller may do this there: roles grant it, and no policy forbids it whatever the record is. Gemba itself may.
    pub fn may(&self, permission: Permission, scope: Scope) -> bool {
        self.is_granted(permission, scope) && self.forbidden_at(permission, scope).is_empty()
    }

    /// Whether roles grant this there, policies aside.
    pub fn is_granted(&self, permission: Permission, scope: Scope) -> bool {
        if matches!(self.principal, Principal::System(_)) || self.grants.organization.allow(permission) {
            return true;
        }
        match scope {
            Scope::Organization => false,
            Scope::Plant(plant) => self.grants.plants.get(&plant).is_some_and(|granted| granted.allow(permission)),
        }
    }

    /// The organization's policies, where some are about this.
    pub fn policies_on(&self, permission: Permission) -> Option<&Circumstances> {
        let policies = self.grants.policies.as_deref()?;
        (policies.concern(permission) && !matches!(self.principal, Principal::System(_))).then_some(policies)
    }

    fn forbidden_at(&self, permission: Permission, scope: Scope) -> Arc<Vec<Forbidden>> {
        self.policies_on(permission).map(|policies| policies.forbidden_at(self, permission, scope)).unwrap_or_default()
    }

    /// The plants where the caller may do this.
    pub fn reach_of(&self, permission: Permission) -> Reach {
        let granted = self.granted_reach(permission);
        let Some(policies) = self.policies_on(permission) else { return granted };
        let is_open = |plant: &PlantId| policies.forbidden_at(self, permission, Scope::Plant(*plant)).is_empty();
        match granted {
            Reach::Plants(plants) => Reach::Plants(plants.into_iter().filter(is_open).collect()),
            Reach::Everywhere => {
                let all: Vec<PlantId> = policies.plants().collect();
                let open: Vec<PlantId> = all.iter().copied().filter(is_open).collect();
                let is_whole = open.len() == all.len() && policies.forbidden_at(self, permission, Scope::Organization).is_empty();
                if is_whole { Reach::Everywhere } else { Reach::Plants(open) }
            }
        }
    }

    /// The plants where roles grant this, policies aside.
    pub fn granted_reach(&self, permission: Permission) -> Reach {
        if matches!(self.principal, Principal::System(_)) || self.grants.organization.allow(permission) {
            return Reach::Everywhere;
        }
        Reach::Plants(self.grants.plants.iter().filter(|(_, granted)| granted.allow(permission)).map(|(plant, _)| *plant).collect())
    }

    /// Whether the caller may do this in at least one place.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        if self.reach_of(permission) != Reach::Plants(Vec::new()) {
            return true;
        }
        // No plant is left: what belongs to none may be, where the thing can belong to none.
        let has_other = self.policies_on(permission).is_some_and(|policies| !policies.is_only_at_plants(permission));
        has_other && self.may(permission, Scope::Organization)
    }

    /// Whether roles grant this in at least one place, policies aside.
    pub fn is_granted_somewhere(&self, permission: Permission) -> bool {
        self.granted_reach(permission) != Reach::Plants(Vec::new())
    }

    /// Refuses unless [`may`](Self::may).
    ///
    /// # Errors
    /// 403 `permission_missing`, which says what is missing and who grants it; 401 `step_up_required`.
    pub fn require(&self, permission: Permission, scope: Scope) -> Result<()> {
        if self.may(permission, scope) { self.stepped_up(permission) } else { Err(self.refusal(permission, scope)) }
    }

    /// Refuses unless the caller may do this in at least one place.
    ///
    /// # Errors
    /// As [`require`](Self::require).
    pub fn require_somewhere(&self, permission: Permission) -> Result<()> {
        if self.may_somewhere(permission) { self.stepped_up(permission) } else { Err(self.refusal(permission, Scope::Organization)) }
    }

    /// Refuses what is sensitive while the second factor was shown too long ago.
    ///
    /// # Errors
    /// 401 `step_up_required`, which says how.
    pub fn stepped_up(&self, permission: Permission) -> Result<()> {
        match &self.grants.step_up {
            Some(step_up) if step_up.permissions.allow(permission) => Err(step_up.refusal()),
            _ => Ok(()),
        }
    }

    /// The refusal of [`require`](Self::require), for callers that found out another way.
    pub fn refusal(&self, permission: Permission, scope: Scope) -> Error {
        if let Some(refused) = self.policy_refusal(permission, scope) {
            return refused.into_error();
        }
        Error::new(Kind::Forbidden, "permission_missing", self.missing(permission, scope)).because(MissingPermission {
            permission,
            scope,
            caller: Box::new(self.clone()),
        })
    }

    /// What is missing there, and who can grant it, as a sentence.
    pub fn missing(&self, permission: Permission, scope: Scope) -> String {
        let (place, who) = match scope {
            Scope::Organization => ("this organization", "a Tenant Admin"),
            Scope::Plant(_) => ("this plant", "a Plant Admin of the plant, or a Tenant Admin,"),
        };
        format!("this needs the permission {permission} for {place}; {who} can grant it with a role")
    }

    /// What policies say where roles would grant this: there, or for the question whether somewhere, at the first plant of several.
    fn policy_refusal(&self, permission: Permission, scope: Scope) -> Option<Refused> {
        let policies = self.policies_on(permission)?;
        let mut places = vec![scope];
        if scope == Scope::Organization {
            places.extend(policies.plants().map(Scope::Plant));
        }
        let refused = places.into_iter().filter(|place| self.is_granted(permission, *place)).find_map(|place| {
            let forbidden = self.forbidden_at(permission, place);
            (!forbidden.is_empty()).then(|| (place, forbidden.to_vec()))
        });
        let (scope, policies) = refused?;
        Some(Refused { permission, scope, record: None, amount: None, policies, caller: Box::new(self.clone()) })
    }

    /// The plants that rows may belong to at all, which the database enforces.
    pub fn reach(&self) -> Reach {
        if self.grants.everywhere { Reach::Everywhere } else { Reach::Plants(self.grants.plants.keys().copied().collect()) }
    }

    /// The person behind the call, if there is one.
    pub fn user(&self) -> Option<Uuid> {
        self.principal.user().map(|id| id.0)
    }
}
