//! Growing delays against guessing.
//!
//! Attempts are counted by account and address together, by address, and by account. A few failures are free (people mistype); then each one
//! doubles the wait, up to a quarter of an hour. A browser that has signed in before brings a mark; with it, attempts are counted for that
//! browser alone, so that strangers who guess cannot keep the owner out.
//!
//! **Invariant:** counting depends on what was sent, never on whether it exists.

use platform::error::Kind;
use platform::http::Client;
use platform::{Error, Result, Tx};

use crate::tokens::{Key, Token, same};

/// Failures without delay: of one account from one address, or in one browser known to it.
const FREE_TOGETHER: i32 = 5;
/// Failures without delay: of one address, behind which a whole plant may sit.
const FREE_ADDRESS: i32 = 30;
/// Failures without delay: of one account from wherever.
const FREE_ACCOUNT: i32 = 25;

/// What one attempt is counted under.
pub(crate) struct Counted {
    own: Vec<Vec<u8>>,
    shared: Vec<Vec<u8>>,
}

impl Counted {
    /// What an attempt for `email` from `client` is counted under, in a browser with `mark`.
    pub(crate) fn of(key: &Key, email: &str, client: &Client, mark: Option<&str>) -> Counted {
        let email = email.as_bytes();
        if let Some(nonce) = mark.and_then(|mark| known_device(key, email, mark)) {
            return Counted { own: vec![key.hash("count device", &[nonce.as_bytes(), email])], shared: Vec::new() };
        }
        let address = client.ip.map(network).unwrap_or_default();
        Counted {
            own: vec![key.hash("count together", &[email, address.as_bytes()])],
            shared: vec![key.hash("count address", &[address.as_bytes()]), key.hash("count account", &[email])],
        }
    }

    /// The same for somebody who is signed in and must show the password again.
    pub(crate) fn of_session(key: &Key, session: &[u8]) -> Counted {
        Counted { own: vec![key.hash("count session", &[session])], shared: Vec::new() }
    }

    /// The same for a person's one-time codes, wherever they are tried.
    pub(crate) fn of_person(key: &Key, person: &[u8]) -> Counted {
        Counted { own: vec![key.hash("count codes", &[person])], shared: Vec::new() }
    }

    /// Counts the attempt before it is made.
    ///
    /// # Errors
    /// 429 `sign_in_delayed` while it has to wait.
    pub(crate) async fn count(&self, tx: &mut Tx) -> Result<()> {
        let keys: Vec<&[u8]> = self.own.iter().chain(&self.shared).map(Vec::as_slice).collect();
        let free = [FREE_TOGETHER, FREE_ADDRESS, FREE_ACCOUNT];
        let (free, now) = (&free[..keys.len()], tx.now());
        let wait_s: i32 = tx.query_one("select gemba.count_sign_in($1, $2, $3)", &[&keys, &free, &now]).await?.get(0);
        if wait_s == 0 {
            return Ok(());
        }
        let mut error = Error::new(Kind::RateLimited, "sign_in_delayed", format!("too many failed attempts; try again in {wait_s} s"));
        error.retry_after_s = Some(wait_s.unsigned_abs().into());
        Err(error)
    }

    /// Forgets the failures after success.
    pub(crate) async fn succeeded(&self, tx: &mut Tx) -> Result<()> {
        tx.query("select gemba.clear_sign_in($1, $2)", &[&self.own, &self.shared]).await?;
        Ok(())
    }

    /// Gives the attempt back that could not be made.
    pub(crate) async fn not_made(&self, tx: &mut Tx) -> Result<()> {
        let all: Vec<&[u8]> = self.own.iter().chain(&self.shared).map(Vec::as_slice).collect();
        tx.query("select gemba.clear_sign_in($1, $2)", &[&Vec::<Vec<u8>>::new(), &all]).await?;
        Ok(())
    }
}

/// A mark for a browser in which `email` has just signed in.
pub(crate) fn device_mark(key: &Key, email: &str) -> Result<String> {
    let nonce = Token::new()?.text();
    let seal = key.hash_text("device", &[nonce.as_bytes(), email.as_bytes()]);
    Ok(format!("{nonce}.{seal}"))
}

/// The nonce of a mark that was given out for this address.
fn known_device<'a>(key: &Key, email: &[u8], mark: &'a str) -> Option<&'a str> {
    let (nonce, seal) = mark.split_once('.')?;
    same(seal, &key.hash_text("device", &[nonce.as_bytes(), email])).then_some(nonce)
}

/// The network an address stands for: a household has one IPv4 address, or a /64 of IPv6.
pub(super) fn network(ip: std::net::IpAddr) -> String {
    match ip.to_canonical() {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("{:x?}", &ip.segments()[..4]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_counts_for_its_address_only() {
        let key = Key::new([7; 32]);
        let mark = device_mark(&key, "ana@acme.example").unwrap();
        assert!(known_device(&key, b"ana@acme.example", &mark).is_some());
        assert!(known_device(&key, b"eva@acme.example", &mark).is_none());
        assert!(known_device(&Key::new([8; 32]), b"ana@acme.example", &mark).is_none());
        let (_, seal) = mark.split_once('.').unwrap();
        assert!(known_device(&key, b"ana@acme.example", &format!("other.{seal}")).is_none());
    }

    #[test]
    fn addresses_of_one_household_are_one() {
        let ip = |text: &str| network(text.parse().unwrap());
        assert_eq!(ip("2001:db8:1:2::1"), ip("2001:db8:1:2:ffff::9"));
        assert_ne!(ip("2001:db8:1:2::1"), ip("2001:db8:1:3::1"));
        assert_eq!(ip("::ffff:192.0.2.7"), ip("192.0.2.7"));
        assert_ne!(ip("192.0.2.8"), ip("192.0.2.7"));
    }
}
