//! Who calls, by made-up tokens: for tests of what surrounds handlers, where sign-in itself is not the question.

use std::collections::BTreeMap;

use platform::caller::Caller;
use platform::error::{Error, Kind, Result};
use platform::http::{Authenticate, Client};
use platform::ids::{OrganizationId, RequestId};
use platform::{Principal, Standing};

/// Knows callers by `Authorization: Bearer <token>`.
#[derive(Clone, Debug, Default)]
pub struct Tokens(BTreeMap<String, Caller>);

impl Tokens {
    /// Also knows `caller`, by `token`.
    pub fn with(mut self, token: &str, caller: Caller) -> Self {
        self.0.insert(format!("Bearer {token}"), caller);
        self
    }

    /// The caller behind a token.
    ///
    /// # Panics
    /// Where nobody has it.
    pub fn known(&self, token: &str) -> Caller {
        self.0.get(&format!("Bearer {token}")).expect("a known token").clone()
    }

    fn find(&self, parts: &http::request::Parts) -> Result<Caller> {
        let Some(header) = parts.headers.get(http::header::AUTHORIZATION) else {
            return Err(Error::new(Kind::Unauthenticated, "sign_in", "sign in first"));
        };
        let known = header.to_str().ok().and_then(|token| self.0.get(token));
        let caller = known.ok_or_else(|| Error::new(Kind::Unauthenticated, "bad_key", "this key is wrong, expired or revoked"))?;
        let client = Client::of(parts);
        Ok(Caller { request: client.request, ip: client.ip, ..caller.clone() })
    }
}

impl Authenticate for Tokens {
    fn caller<'a>(&'a self, parts: &'a http::request::Parts) -> futures_util::future::BoxFuture<'a, Result<Caller>> {
        Box::pin(std::future::ready(self.find(parts)))
    }
}

/// Who has a token stands; nobody else does.
impl Standing for Tokens {
    fn caller<'a>(
        &'a self,
        organization: OrganizationId,
        principal: &'a Principal,
        request: RequestId,
    ) -> futures_util::future::BoxFuture<'a, Result<Caller>> {
        let known = self.0.values().find(|caller| caller.organization == organization && caller.principal == *principal);
        let gone = || Error::new(Kind::Unauthenticated, "account_deactivated", "the account was deactivated");
        Box::pin(std::future::ready(known.map(|caller| Caller { request, ..caller.clone() }).ok_or_else(gone)))
    }

    fn stand<'a>(&'a self, who: &'a [(OrganizationId, Principal)]) -> futures_util::future::BoxFuture<'a, Result<Vec<bool>>> {
        let stands = |(organization, principal): &(OrganizationId, Principal)| {
            self.0.values().any(|caller| caller.organization == *organization && caller.principal == *principal)
        };
        Box::pin(std::future::ready(Ok(who.iter().map(stands).collect())))
    }
}
