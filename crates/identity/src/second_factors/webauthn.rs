//! Passkeys: what a browser's authenticator signs, checked (W3C Web Authentication Level 3, sections 7.1 and 7.2).
//!
//! Written here because the kept library is under a licence that the project does not take (MPL-2.0, see deny.toml), and what is left without
//! attestation is small. No attestation is asked for: which make of authenticator somebody has is theirs to decide.
//!
//! **Invariant:** a response counts for the challenge, the origin and the relying party it was made for only, and with the person verified.
//! **Invariant:** a signature counter that does not grow means a copy of the key: refused.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::cbor::{self, Value};

/// The algorithms offered, by their COSE numbers: ES256, EdDSA, RS256.
pub(crate) const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// For whom passkeys are made: the host that browsers know Gemba by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Party {
    /// The host: `gemba.example.com`.
    pub id: String,
    /// The origin: `https://gemba.example.com`.
    pub origin: String,
}

impl Party {
    /// Of the address that people use.
    pub(crate) fn of(public_url: &str) -> Party {
        let origin = public_url.trim_end_matches('/').to_ascii_lowercase();
        let host = origin.split_once("://").map_or(origin.as_str(), |(_, rest)| rest);
        let id = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
            _ => host,
        };
        Party { id: id.into(), origin: origin.clone() }
    }
}

/// Why a response does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It cannot be read.
    Malformed,
    /// It was made for another page, ceremony or challenge.
    Elsewhere,
    /// The authenticator did not verify the person.
    Unverified,
    /// The key is of no kind that is taken.
    Algorithm,
    /// The signature is not right.
    Signature,
    /// The counter went back: there is a copy of the key.
    Copied,
}

/// A new passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub credential_id: Vec<u8>,
    /// In COSE form.
    pub public_key: Vec<u8>,
    pub sign_count: u32,
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

/// The challenge that a response says it answers, before anything of it is believed: to find what was begun.
pub(crate) fn challenge_of(client_data: &[u8]) -> Option<Vec<u8>> {
    let data: ClientData = serde_json::from_slice(client_data).ok()?;
    URL_SAFE_NO_PAD.decode(data.challenge).ok()
}

/// Checks the making of a passkey.
pub(crate) fn check_made(party: &Party, challenge: &[u8], client_data: &[u8], attestation: &[u8]) -> Result<Made, Doubt> {
    check_client_data(party, "webauthn.create", challenge, client_data)?;
    let (object, _) = cbor::read(attestation).ok_or(Doubt::Malformed)?;
    let bytes = object.of_text("authData").and_then(Value::bytes).ok_or(Doubt::Malformed)?;
    let data = AuthenticatorData::read(bytes)?;
    data.check(party)?;
    let rest = data.attested.ok_or(Doubt::Malformed)?;
    // The make of the authenticator stands in front; then the identifier with its length; then the key.
    let (length, rest) = rest.get(16..).and_then(<[u8]>::split_first_chunk::<2>).ok_or(Doubt::Malformed)?;
    let (id, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or(Doubt::Malformed)?;
    if id.is_empty() || id.len() > 1023 {
        return Err(Doubt::Malformed);
    }
    let (_, after) = cbor::read(rest).ok_or(Doubt::Malformed)?;
    let key = &rest[..rest.len() - after.len()];
    Key::read(key)?;
    Ok(Made { credential_id: id.to_vec(), public_key: key.to_vec(), sign_count: data.sign_count })
}

/// Checks the use of a passkey; returns its counter.
pub(crate) fn check_used(
    party: &Party,
    challenge: &[u8],
    client_data: &[u8],
    authenticator_data: &[u8],
    proof: &[u8],
    public_key: &[u8],
    last_count: u32,
) -> Result<u32, Doubt> {
    check_client_data(party, "webauthn.get", challenge, client_data)?;
    let data = AuthenticatorData::read(authenticator_data)?;
    data.check(party)?;
    let signed = [authenticator_data, Sha256::digest(client_data).as_slice()].concat();
    Key::read(public_key)?.verify(&signed, proof)?;
    if (data.sign_count != 0 || last_count != 0) && data.sign_count <= last_count {
        return Err(Doubt::Copied);
    }
    Ok(data.sign_count)
}

fn check_client_data(party: &Party, kind: &str, challenge: &[u8], client_data: &[u8]) -> Result<(), Doubt> {
    let data: ClientData = serde_json::from_slice(client_data).map_err(|_| Doubt::Malformed)?;
    let answered = URL_SAFE_NO_PAD.decode(data.challenge).map_err(|_| Doubt::Malformed)?;
    if data.kind != kind || answered != challenge || data.origin.to_ascii_lowercase() != party.origin || data.cross_origin {
        return Err(Doubt::Elsewhere);
    }
    Ok(())
}

struct AuthenticatorData<'a> {
    party_hash: &'a [u8],
    flags: u8,
    sign_count: u32,
    attested: Option<&'a [u8]>,
}

impl<'a> AuthenticatorData<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Doubt> {
        let (party_hash, rest) = bytes.split_at_checked(32).ok_or(Doubt::Malformed)?;
        let (&[flags, a, b, c, d], rest) = rest.split_first_chunk::<5>().ok_or(Doubt::Malformed)?;
        let attested = (flags & 0x40 != 0).then_some(rest);
        Ok(AuthenticatorData { party_hash, flags, sign_count: u32::from_be_bytes([a, b, c, d]), attested })
    }

    fn check(&self, party: &Party) -> Result<(), Doubt> {
        if self.party_hash != Sha256::digest(party.id.as_bytes()).as_slice() {
            return Err(Doubt::Elsewhere);
        }
        // Bit 0: somebody was there; bit 2: it was the person the authenticator belongs to (finger, face, PIN).
        if self.flags & 0b101 == 0b101 { Ok(()) } else { Err(Doubt::Unverified) }
    }
}

/// A public key in COSE form (RFC 9052).
enum Key {
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl Key {
    fn read(bytes: &[u8]) -> Result<Key, Doubt> {
        let (key, rest) = cbor::read(bytes).ok_or(Doubt::Malformed)?;
        let number = |label| key.of_number(label).and_then(Value::number);
        let part = |label, length: usize| match key.of_number(label).and_then(Value::bytes) {
            Some(part) if length == 0 || part.len() == length => Ok(part.to_vec()),
            _ => Err(Doubt::Malformed),
        };
        if !rest.is_empty() {
            return Err(Doubt::Malformed);
        }
        match (number(1), number(3), number(-1)) {
            (Some(2), Some(-7), Some(1)) => Ok(Key::P256([&[4], &part(-2, 32)?[..], &part(-3, 32)?[..]].concat())),
            (Some(1), Some(-8), Some(6)) => Ok(Key::Ed25519(part(-2, 32)?)),
            (Some(3), Some(-257), _) => Ok(Key::Rsa { n: part(-1, 0)?, e: part(-2, 0)? }),
            _ => Err(Doubt::Algorithm),
        }
    }

    fn verify(&self, signed: &[u8], proof: &[u8]) -> Result<(), Doubt> {
        let right = match self {
            Key::P256(point) => UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, point).verify(signed, proof),
            Key::Ed25519(point) => UnparsedPublicKey::new(&signature::ED25519, point).verify(signed, proof),
            Key::Rsa { n, e } => RsaPublicKeyComponents { n, e }.verify(&signature::RSA_PKCS1_2048_8192_SHA256, signed, proof),
        };
        right.map_err(|_| Doubt::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::Party;

    #[test]
    fn a_party_is_the_host_and_its_origin() {
        for (url, id, origin) in [
            ("https://gemba.example.com", "gemba.example.com", "https://gemba.example.com"),
            ("https://Gemba.example.com/", "gemba.example.com", "https://gemba.example.com"),
            ("http://localhost:8080", "localhost", "http://localhost:8080"),
        ] {
            assert_eq!(Party::of(url), Party { id: id.into(), origin: origin.into() });
        }
    }
}
