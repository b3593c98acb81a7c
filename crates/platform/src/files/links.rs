//! Links to files that work without signing in, for a while: for programs that open an address, and for browsers.
//!
//! **Invariant:** a link says nothing that can be changed: organization, file, what of it, when it ends and who made it are under its signature.
//! **Invariant:** a link opens what its maker may open at that moment, in their one organization, until it ends; making one is in the trail.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::hmac;
use uuid::Uuid;

use crate::caller::Principal;
use crate::error::{Error, Kind, Result};
use crate::ids::OrganizationId;

/// How long a link works at most (s): a day.
pub const LONGEST_S: i64 = 86_400;
/// How long it works where nothing is said (s).
pub const USUAL_S: i64 = 300;

/// Signs links. Cheap to clone.
#[derive(Clone)]
pub struct LinkKey(hmac::Key);

/// What a link opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The organization whose file it is.
    pub organization: OrganizationId,
    /// The file.
    pub file: Uuid,
    /// Who made it, and for whom it opens.
    pub made_by: Principal,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Version, organization, file, the maker's kind, account or key, session or owner, end; then the signature.
const SAID: usize = 1 + 16 + 16 + 1 + 16 + 16 + 8;
const SIGNATURE: usize = 32;

impl LinkKey {
    /// Derived from the installation's key, by HKDF-SHA-256 (RFC 5869): all servers of an installation open each other's links.
    ///
    /// # Errors
    /// None with a key of 32 bytes.
    pub fn derived(installation: &[u8; 32]) -> Result<LinkKey> {
        struct Length;
        impl KeyType for Length {
            fn len(&self) -> usize {
                32
            }
        }
        let mut bytes = [0; 32];
        Salt::new(HKDF_SHA256, b"gemba")
            .extract(installation)
            .expand(&[b"file links 1"], Length)
            .and_then(|okm| okm.fill(&mut bytes))
            .map_err(|_| Error::internal("a key could not be derived"))?;
        Ok(LinkKey(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The last part of the link's address.
    pub fn sign(&self, link: &Link) -> String {
        let mut bytes = Vec::with_capacity(SAID + SIGNATURE);
        bytes.push(1);
        bytes.extend_from_slice(link.organization.0.as_bytes());
        bytes.extend_from_slice(link.file.as_bytes());
        let (kind, id, beside) = match &link.made_by {
            Principal::User { id, session } => (1, id.0, session.0),
            Principal::ApiKey { id, owner } => (2, id.0, owner.map_or(Uuid::nil(), |owner| owner.0)),
            Principal::System(_) => (0, Uuid::nil(), Uuid::nil()),
        };
        bytes.push(kind);
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(beside.as_bytes());
        bytes.extend_from_slice(&link.expires_at.as_second().to_be_bytes());
        let signature = hmac::sign(&self.0, &bytes);
        bytes.extend_from_slice(signature.as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a link opens at the instant `now`.
    ///
    /// # Errors
    /// 404 for what was not signed here; 410 `link_expired`.
    pub fn open(&self, text: &str, now: Timestamp) -> Result<Link> {
        let unknown = || Error::not_found("link");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| unknown())?;
        if bytes.len() != SAID + SIGNATURE || bytes[0] != 1 {
            return Err(unknown());
        }
        let (said, signature) = bytes.split_at(SAID);
        hmac::verify(&self.0, said, signature).map_err(|_| unknown())?;
        let id = |at: usize| Uuid::from_slice(&said[at..at + 16]).map_err(|_| unknown());
        let made_by = match said[33] {
            1 => Principal::User { id: id(34)?.into(), session: id(50)?.into() },
            2 => Principal::ApiKey { id: id(34)?.into(), owner: Some(id(50)?).filter(|owner| !owner.is_nil()).map(Into::into) },
            _ => Principal::System("file-link"),
        };
        let ends: [u8; 8] = said[66..74].try_into().map_err(|_| unknown())?;
        let expires_at = Timestamp::from_second(i64::from_be_bytes(ends)).map_err(|_| unknown())?;
        if expires_at <= now {
            return Err(Error::new(Kind::Gone, "link_expired", "the link worked for a while only, and that is over; ask for a new one"));
        }
        Ok(Link { organization: OrganizationId(id(1)?), file: id(17)?, made_by, expires_at })
    }
}

impl std::fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        let expires_at = Timestamp::from_second(1_800_000_000).unwrap();
        let made_by = Principal::User { id: Uuid::from_u128(3).into(), session: Uuid::from_u128(4).into() };
        Link { organization: OrganizationId(Uuid::from_u128(1)), file: Uuid::from_u128(2), made_by, expires_at }
    }

    #[test]
    fn a_link_opens_what_it_was_signed_for_until_it_ends() {
        let key = LinkKey::derived(&[7; 32]).unwrap();
        let (before, at_the_end) = (Timestamp::from_second(1_799_999_999).unwrap(), link().expires_at);
        let text = key.sign(&link());
        assert_eq!(key.open(&text, before).unwrap(), link());
        assert_eq!(key.open(&text, at_the_end).unwrap_err().code, "link_expired");
        assert_eq!(LinkKey::derived(&[8; 32]).unwrap().open(&text, before).unwrap_err().code, "not_found");
        for owner in [None, Some(Uuid::from_u128(6).into())] {
            let program = Link { made_by: Principal::ApiKey { id: Uuid::from_u128(5).into(), owner }, ..link() };
            assert_eq!(key.open(&key.sign(&program), before).unwrap(), program);
        }
    }

    #[test]
    fn whatever_is_changed_in_it_opens_nothing() {
        let key = LinkKey::derived(&[7; 32]).unwrap();
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(key.sign(&link())).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.open(&URL_SAFE_NO_PAD.encode(&changed), now).unwrap_err().code, "not_found", "bit {bit}");
        }
        for short in [0, 1, 74, 105] {
            assert!(key.open(&URL_SAFE_NO_PAD.encode(&bytes[..short.min(bytes.len())]), now).is_err());
        }
        assert!(key.open("../../../etc/passwd", now).is_err());
    }
}
