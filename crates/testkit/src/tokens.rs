//! Who calls, by made-up tokens: for tests of what surrounds handlers, where sign-in itself is not the question.

use std::collections::BTreeMap;

use platform::caller::Caller;
use platform::error::{Error, Kind, Result};
use platform::http::{Authenticate, Client};

/// Knows callers by `Authorization: Bearer <token>`.
#[derive(Clone, Debug, Default)]
pub struct Tokens(BTreeMap<String, Caller>);

impl Tokens {
    /// Also knows `caller`, by `token`.
    pub fn with(mut self, token: &str, caller: Caller) -> Self {
        self.0.insert(format!("Bearer {token}"), caller);
        self
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
