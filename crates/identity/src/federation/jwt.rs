//! Signed statements of a provider (JWS compact form, RFC 7515) and its public keys (JWK, RFC 7517).
//!
//! Written here rather than taken from a library because what matters is what is refused, and this is small: the kept OpenID libraries bring a
//! second date library or a second family of cryptography with them, and judge expiry by the machine's clock. The signatures themselves are ring's.
//!
//! **Invariant:** only public-key signatures are taken: neither `none` nor a keyed hash ever verifies, whatever the header says.
//! **Invariant:** the kind of key decides which algorithms it may verify; the header chooses among those only.
//! **Invariant:** nothing of a statement is believed before its signature was checked, and a header that demands something unknown (`crit`) is refused.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Characters of a statement at most.
const LONGEST: usize = 64 << 10;

/// Why a statement is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It is no signed statement.
    Malformed,
    /// Its algorithm is none that is taken.
    Algorithm,
    /// No key of the provider fits it.
    UnknownKey,
    /// The signature is not right.
    Signature,
}

/// A provider's public keys.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct KeySet {
    #[serde(default)]
    keys: Vec<Value>,
}

/// One public key. What is not understood of a set is left out: providers publish keys of all sorts.
#[derive(Clone, Debug, Deserialize)]
struct PublicKey {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// A statement whose signature was right.
#[derive(Debug)]
pub(crate) struct Statement {
    /// What it says it is: `JWT`, `logout+jwt`.
    pub kind: Option<String>,
    /// Its algorithm.
    pub algorithm: String,
    /// What it says.
    pub claims: Map<String, Value>,
}

impl KeySet {
    /// How many keys of the set could verify something.
    pub(crate) fn usable(&self) -> usize {
        let names = ["RS256", "ES256", "ES384", "EdDSA"];
        let known: Vec<Algorithm> = names.iter().filter_map(|name| Algorithm::of(name)).collect();
        let keys = self.keys.iter().filter_map(|key| PublicKey::deserialize(key).ok());
        keys.filter(|key| {
            key.purpose.as_deref().is_none_or(|purpose| purpose == "sig") && known.iter().any(|algorithm| algorithm.fits(key))
        })
        .count()
    }

    /// Checks a statement's signature.
    ///
    /// # Errors
    /// See [`Doubt`]; with [`Doubt::UnknownKey`], asking the provider for its keys again may help.
    pub(crate) fn verify(&self, statement: &str) -> Result<Statement, Doubt> {
        if statement.len() > LONGEST {
            return Err(Doubt::Malformed);
        }
        let (signed, proof) = statement.rsplit_once('.').ok_or(Doubt::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Doubt::Malformed)?;
        let header: Header = decoded(header)?;
        if header.crit.is_some() || payload.contains('.') {
            return Err(Doubt::Malformed);
        }
        let algorithm = Algorithm::of(&header.alg).ok_or(Doubt::Algorithm)?;
        let proof = URL_SAFE_NO_PAD.decode(proof).map_err(|_| Doubt::Malformed)?;
        let key = self.find(&algorithm, header.kid.as_deref()).ok_or(Doubt::UnknownKey)?;
        key.check(&algorithm, signed.as_bytes(), &proof)?;
        Ok(Statement { kind: header.typ, algorithm: header.alg, claims: decoded(payload)? })
    }

    /// The one key that a header means. A header that names none means the only one of its kind.
    fn find(&self, algorithm: &Algorithm, kid: Option<&str>) -> Option<PublicKey> {
        let fitting = |key: &PublicKey| {
            algorithm.fits(key)
                && key.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
                && key.alg.as_deref().is_none_or(|alg| alg == algorithm.name)
                && kid.is_none_or(|kid| key.kid.as_deref() == Some(kid))
        };
        let mut found = self.keys.iter().filter_map(|key| PublicKey::deserialize(key).ok()).filter(fitting);
        let only = found.next()?;
        found.next().is_none().then_some(only)
    }
}

/// An algorithm that is taken, and the kind of key it needs.
struct Algorithm {
    name: &'static str,
    kty: &'static str,
    crv: Option<&'static str>,
    scheme: Scheme,
}

enum Scheme {
    Rsa(&'static signature::RsaParameters),
    Curve(&'static dyn VerificationAlgorithm),
}

impl Algorithm {
    fn of(name: &str) -> Option<Algorithm> {
        let rsa = |name, scheme| Algorithm { name, kty: "RSA", crv: None, scheme: Scheme::Rsa(scheme) };
        let curve = |name, kty, crv, scheme| Algorithm { name, kty, crv: Some(crv), scheme: Scheme::Curve(scheme) };
        Some(match name {
            "RS256" => rsa("RS256", &signature::RSA_PKCS1_2048_8192_SHA256),
            "RS384" => rsa("RS384", &signature::RSA_PKCS1_2048_8192_SHA384),
            "RS512" => rsa("RS512", &signature::RSA_PKCS1_2048_8192_SHA512),
            "PS256" => rsa("PS256", &signature::RSA_PSS_2048_8192_SHA256),
            "PS384" => rsa("PS384", &signature::RSA_PSS_2048_8192_SHA384),
            "PS512" => rsa("PS512", &signature::RSA_PSS_2048_8192_SHA512),
            "ES256" => curve("ES256", "EC", "P-256", &signature::ECDSA_P256_SHA256_FIXED),
            "ES384" => curve("ES384", "EC", "P-384", &signature::ECDSA_P384_SHA384_FIXED),
            "EdDSA" | "Ed25519" => {
                let name = if name == "EdDSA" { "EdDSA" } else { "Ed25519" };
                curve(name, "OKP", "Ed25519", &signature::ED25519)
            }
            _ => return None,
        })
    }

    fn fits(&self, key: &PublicKey) -> bool {
        key.kty == self.kty && self.crv.is_none_or(|crv| key.crv.as_deref() == Some(crv))
    }
}

impl PublicKey {
    fn check(&self, algorithm: &Algorithm, signed: &[u8], proof: &[u8]) -> Result<(), Doubt> {
        let part = |text: &Option<String>| {
            text.as_deref().and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()).ok_or(Doubt::UnknownKey)
        };
        let right = match algorithm.scheme {
            Scheme::Rsa(parameters) => {
                let (n, e) = (part(&self.n)?, part(&self.e)?);
                // Some providers write a leading zero, which is none of the number's.
                let n = n.iter().position(|byte| *byte != 0).map_or(&n[..], |at| &n[at..]);
                RsaPublicKeyComponents { n, e: &e[..] }.verify(parameters, signed, proof)
            }
            Scheme::Curve(scheme) if self.kty == "OKP" => UnparsedPublicKey::new(scheme, part(&self.x)?).verify(signed, proof),
            Scheme::Curve(scheme) => {
                let point = [&[4], &part(&self.x)?[..], &part(&self.y)?[..]].concat();
                UnparsedPublicKey::new(scheme, point).verify(signed, proof)
            }
        };
        right.map_err(|_| Doubt::Signature)
    }
}

fn decoded<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, Doubt> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Doubt::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Doubt::Malformed)
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{Ed25519KeyPair, KeyPair};
    use serde_json::json;

    use super::*;

    fn encoded(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    fn pair() -> Ed25519KeyPair {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap()
    }

    fn keys(pairs: &[(&str, &Ed25519KeyPair)]) -> KeySet {
        let key = |(kid, pair): &(&str, &Ed25519KeyPair)| json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": kid, "x": URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()) });
        KeySet { keys: pairs.iter().map(key).collect() }
    }

    fn signed(pair: &Ed25519KeyPair, header: &Value) -> String {
        let signed = format!("{}.{}", encoded(header), encoded(&json!({ "sub": "u1" })));
        let proof = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()));
        format!("{signed}.{proof}")
    }

    /// RFC 8037, appendix A.4: a statement and its key.
    #[test]
    fn the_example_of_rfc_8037_verifies() {
        let set = KeySet { keys: vec![json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })] };
        let text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
                    hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        // The signature is right; that the payload is no JSON shows that it was looked at after the signature.
        assert_eq!(set.verify(text).unwrap_err(), Doubt::Malformed);
        let changed = text.replace("RXhh", "RXhi");
        assert_eq!(set.verify(&changed).unwrap_err(), Doubt::Signature);
    }

    #[test]
    fn what_is_not_signed_by_a_key_of_the_set_is_not_believed() {
        let (own, foreign) = (pair(), pair());
        let set = keys(&[("one", &own)]);
        assert_eq!(set.verify(&signed(&own, &json!({ "alg": "EdDSA", "kid": "one" }))).unwrap().claims["sub"], "u1");
        assert!(set.verify(&signed(&own, &json!({ "alg": "EdDSA" }))).is_ok(), "the only key there is");
        for (header, signer, doubt) in [
            (json!({ "alg": "EdDSA", "kid": "one" }), &foreign, Doubt::Signature),
            (json!({ "alg": "EdDSA", "kid": "two" }), &own, Doubt::UnknownKey),
            (json!({ "alg": "none", "kid": "one" }), &own, Doubt::Algorithm),
            (json!({ "alg": "None" }), &own, Doubt::Algorithm),
            (json!({ "alg": "HS256", "kid": "one" }), &own, Doubt::Algorithm),
            (json!({ "alg": "RS256", "kid": "one" }), &own, Doubt::UnknownKey),
            (json!({ "alg": "ES256", "kid": "one" }), &own, Doubt::UnknownKey),
            (json!({ "alg": "EdDSA", "kid": "one", "crit": ["b64"], "b64": false }), &own, Doubt::Malformed),
        ] {
            assert_eq!(set.verify(&signed(signer, &header)).unwrap_err(), doubt, "{header}");
        }
        let two = keys(&[("one", &own), ("two", &foreign)]);
        assert_eq!(two.verify(&signed(&own, &json!({ "alg": "EdDSA" }))).unwrap_err(), Doubt::UnknownKey, "which of two is not guessed");
    }

    #[test]
    fn a_key_in_the_statement_itself_is_not_looked_at() {
        let foreign = pair();
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(foreign.public_key().as_ref()) });
        let text = signed(&foreign, &json!({ "alg": "EdDSA", "jwk": jwk, "jku": "https://evil.example/keys" }));
        assert_eq!(keys(&[("one", &pair())]).verify(&text).unwrap_err(), Doubt::Signature);
    }

    #[test]
    fn rubbish_is_no_statement() {
        let set = keys(&[("one", &pair())]);
        for text in ["", ".", "..", "a.b.c", "e30.e30.", "e30.e30.e30.e30", &"x".repeat(LONGEST + 1)] {
            assert_eq!(set.verify(text).unwrap_err(), Doubt::Malformed, "{text:.20}");
        }
        let unsigned = format!("{}.{}.", encoded(&json!({ "alg": "none" })), encoded(&json!({ "sub": "u1" })));
        assert_eq!(set.verify(&unsigned).unwrap_err(), Doubt::Algorithm);
    }
}
