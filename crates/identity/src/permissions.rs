//! The atomic permissions of this context.

use platform::events::EventKind;
use platform::{Permission, PermissionInfo};

pub(crate) const USER_READ: Permission = Permission("identity.user.read");
pub(crate) const USER_INVITE: Permission = Permission("identity.user.invite");
pub(crate) const USER_UPDATE: Permission = Permission("identity.user.update");
pub(crate) const USER_DEACTIVATE: Permission = Permission("identity.user.deactivate");
pub(crate) const USER_RESET_PASSWORD: Permission = Permission("identity.user.reset_password");
pub(crate) const USER_RESET_SECOND_FACTORS: Permission = Permission("identity.user.reset_second_factors");
pub(crate) const SESSION_READ: Permission = Permission("identity.session.read");
pub(crate) const SESSION_REVOKE: Permission = Permission("identity.session.revoke");
pub(crate) const ROLE_READ: Permission = Permission("identity.role.read");
pub(crate) const ROLE_CREATE: Permission = Permission("identity.role.create");
pub(crate) const ROLE_UPDATE: Permission = Permission("identity.role.update");
pub(crate) const ROLE_ARCHIVE: Permission = Permission("identity.role.archive");
pub(crate) const GRANT_READ: Permission = Permission("identity.grant.read");
pub(crate) const GRANT_CREATE: Permission = Permission("identity.grant.create");
pub(crate) const GRANT_REVOKE: Permission = Permission("identity.grant.revoke");
pub(crate) const API_KEY_READ: Permission = Permission("identity.api_key.read");
pub(crate) const API_KEY_CREATE: Permission = Permission("identity.api_key.create");
pub(crate) const API_KEY_ROTATE: Permission = Permission("identity.api_key.rotate");
pub(crate) const API_KEY_REVOKE: Permission = Permission("identity.api_key.revoke");
pub(crate) const PROVIDER_READ: Permission = Permission("identity.provider.read");
pub(crate) const PROVIDER_CREATE: Permission = Permission("identity.provider.create");
pub(crate) const PROVIDER_UPDATE: Permission = Permission("identity.provider.update");
pub(crate) const PROVIDER_ARCHIVE: Permission = Permission("identity.provider.archive");
pub(crate) const PROVIDER_TEST: Permission = Permission("identity.provider.test");
pub(crate) const MAIL_DOMAIN_READ: Permission = Permission("identity.mail_domain.read");
pub(crate) const MAIL_DOMAIN_CREATE: Permission = Permission("identity.mail_domain.create");
pub(crate) const MAIL_DOMAIN_DELETE: Permission = Permission("identity.mail_domain.delete");
pub(crate) const ORGANIZATION_READ: Permission = Permission("identity.organization.read");
pub(crate) const ORGANIZATION_UPDATE: Permission = Permission("identity.organization.update");
pub(crate) const ORGANIZATION_LIST: Permission = Permission("identity.organization.list");
pub(crate) const ORGANIZATION_CREATE: Permission = Permission("identity.organization.create");
pub(crate) const ORGANIZATION_CLOSE: Permission = Permission("identity.organization.close");

pub(crate) const POLICY_READ: Permission = Permission("identity.policy.read");
pub(crate) const POLICY_CREATE: Permission = Permission("identity.policy.create");
pub(crate) const POLICY_ACTIVATE: Permission = Permission("identity.policy.activate");
pub(crate) const AUTHORIZATION_EXPLAIN: Permission = Permission("identity.authorization.explain");

/// The atomic permissions of this context, for the catalogue.
pub const PERMISSIONS: &[PermissionInfo] = &[
    plant(USER_READ, "See who has an account").sensitive(),
    plant(USER_INVITE, "Invite people").sensitive(),
    organization(USER_UPDATE, "Change people's names and addresses").sensitive(),
    organization(USER_DEACTIVATE, "Deactivate and reactivate accounts").sensitive(),
    organization(USER_RESET_PASSWORD, "Let people set a new password").sensitive(),
    organization(USER_RESET_SECOND_FACTORS, "Take second factors from people who lost theirs").sensitive(),
    organization(SESSION_READ, "See where people are signed in").sensitive(),
    organization(SESSION_REVOKE, "Sign people out").sensitive(),
    organization(ROLE_READ, "See roles and what they allow"),
    organization(ROLE_CREATE, "Make roles").sensitive(),
    organization(ROLE_UPDATE, "Change roles").sensitive(),
    organization(ROLE_ARCHIVE, "Archive roles").sensitive(),
    plant(GRANT_READ, "See who has which role").sensitive(),
    plant(GRANT_CREATE, "Give roles").sensitive(),
    plant(GRANT_REVOKE, "Take roles away").sensitive(),
    organization(API_KEY_READ, "See all API keys").sensitive(),
    organization(API_KEY_CREATE, "Make API keys of services").sensitive(),
    organization(API_KEY_ROTATE, "Rotate everybody's API keys").sensitive(),
    organization(API_KEY_REVOKE, "Revoke everybody's API keys").sensitive(),
    organization(PROVIDER_READ, "See identity providers").sensitive(),
    organization(PROVIDER_CREATE, "Connect identity providers").sensitive(),
    organization(PROVIDER_UPDATE, "Change identity providers and what their groups may do").sensitive(),
    organization(PROVIDER_ARCHIVE, "Archive identity providers").sensitive(),
    organization(PROVIDER_TEST, "Test identity providers").sensitive(),
    organization(MAIL_DOMAIN_READ, "See mail domains").sensitive(),
    organization(MAIL_DOMAIN_CREATE, "Name mail domains").sensitive(),
    organization(MAIL_DOMAIN_DELETE, "Give mail domains up").sensitive(),
    organization(ORGANIZATION_READ, "See the organization's name and settings"),
    organization(ORGANIZATION_UPDATE, "Change the organization's name and settings").sensitive(),
    organization(ORGANIZATION_LIST, "See all organizations of this installation").sensitive(),
    organization(ORGANIZATION_CREATE, "Make organizations").sensitive(),
    organization(ORGANIZATION_CLOSE, "Close and reopen organizations").sensitive(),
    organization(POLICY_READ, "See policies"),
    organization(POLICY_CREATE, "Write policies and try them on past decisions"),
    organization(POLICY_ACTIVATE, "Activate policies and take them back").sensitive(),
    organization(AUTHORIZATION_EXPLAIN, "Have explained what others may do and why"),
];

const fn organization(permission: Permission, title: &'static str) -> PermissionInfo {
    PermissionInfo::organization(permission.0, title)
}

const fn plant(permission: Permission, title: &'static str) -> PermissionInfo {
    PermissionInfo::plant(permission.0, title)
}

/// Events of this context.
pub const EVENTS: &[EventKind] = &[
    EventKind {
        kind: "organization",
        title: "The organization",
        read: ORGANIZATION_READ,
        verbs: &[
            ("created", "The organization was made."),
            ("updated", "Its name or settings were changed."),
            ("archived", "It was closed."),
            ("restored", "It was opened again."),
        ],
    },
    EventKind {
        kind: "user",
        title: "Accounts",
        read: USER_READ,
        verbs: &[
            ("created", "Somebody was invited."),
            ("updated", "An account was changed; names and addresses are not told."),
            ("archived", "An account was deactivated."),
            ("restored", "An account was activated again."),
        ],
    },
    EventKind {
        kind: "role",
        title: "Own roles",
        read: ROLE_READ,
        verbs: &[
            ("created", "A role was made."),
            ("updated", "A role was changed."),
            ("archived", "A role was archived."),
            ("restored", "A role was taken back."),
        ],
    },
    EventKind {
        kind: "grant",
        title: "Grants",
        read: GRANT_READ,
        verbs: &[("created", "Somebody was given a role."), ("updated", "A grant was changed."), ("deleted", "A role was taken away.")],
    },
    EventKind {
        kind: "oidc_provider",
        title: "Identity providers",
        read: PROVIDER_READ,
        verbs: &[
            ("created", "An identity provider was connected."),
            ("updated", "An identity provider was changed; its secret is not told."),
            ("archived", "Nobody signs in there any more."),
            ("restored", "It was taken back into use."),
        ],
    },
    EventKind {
        kind: "group_grant",
        title: "Roles of groups",
        read: PROVIDER_READ,
        verbs: &[("created", "A provider's group was given a role."), ("deleted", "A group's role was taken away.")],
    },
    EventKind {
        kind: "mail_domain",
        title: "Mail domains",
        read: MAIL_DOMAIN_READ,
        verbs: &[
            ("created", "A mail domain was named."),
            ("updated", "A mail domain was confirmed."),
            ("deleted", "A mail domain was given up."),
        ],
    },
    EventKind {
        kind: "policy",
        title: "Policies",
        read: POLICY_READ,
        verbs: &[
            ("created", "A version of the policies was written."),
            ("updated", "A version was tried, activated or taken back."),
            ("activated", "A version counts from now on."),
            ("retired", "The version that counted was taken back."),
        ],
    },
    EventKind {
        kind: "session",
        title: "Sessions",
        read: SESSION_READ,
        verbs: &[("created", "Somebody signed in."), ("updated", "A session was rotated or ended.")],
    },
    EventKind {
        kind: "api_key",
        title: "API keys",
        read: API_KEY_READ,
        verbs: &[
            ("created", "A key was made."),
            ("updated", "A key was changed or revoked."),
            ("archived", "A key was archived."),
            ("restored", "A key was taken back."),
        ],
    },
];
