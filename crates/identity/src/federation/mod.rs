//! Federated identity: people sign in at their organization's own identity provider (OpenID Connect Core 1.0, authorization code with PKCE).
//!
//! An organization names its providers; who comes for the first time gets an account, and roles by the groups the provider tells, plant by plant,
//! anew at every sign-in. Signing out goes both ways: Gemba sends people on to the provider's end of session, and takes the provider's word when it
//! ends one there (OpenID Connect Back-Channel Logout 1.0). SAML 2.0 and SCIM 2.0 will stand beside `oidc` here.
//!
//! **Invariant:** an account that is there is handed to a provider's subject only on a verified address in a mail domain that whoever runs the
//! installation confirmed as the organization's; a provider reaches accounts of its own organization only.
//! **Invariant:** an answer counts in the browser that asked, once, for the provider that was asked, and within ten minutes.
//! **Invariant:** a mapping of a group gives nothing that its maker could not give by hand.

mod actions;
mod admin_http;
mod claims;
mod discovery;
mod domains;
mod http;
mod jwt;
mod logout;
mod providers;
mod store;

use platform::Caller;
use platform::http::{App, OpenApiRouter};
use platform::ids::{OrganizationId, RequestId};

pub(crate) use discovery::Cache;
pub(crate) use domains::confirm as confirm_domain;
pub(crate) use logout::end_session_address;

/// Gemba itself, on behalf of somebody whom a provider sends.
fn steward(organization: OrganizationId, request: RequestId) -> Caller {
    Caller::system("federation", organization, request)
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    http::routes().merge(admin_http::routes())
}
