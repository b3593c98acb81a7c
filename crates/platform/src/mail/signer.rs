//! Signs what a link in a mail may do, so that it needs no row and no sign-in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

/// Signs and checks texts, each for one purpose, under a key drawn from the installation's own. Cheap to clone.
#[derive(Clone)]
pub struct Signer(hmac::Key);

impl Signer {
    /// Under a key of its own: HMAC-SHA-256 of its name under the installation's key.
    pub fn new(installation: &[u8; 32]) -> Signer {
        let own = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, installation), b"gemba links in mail 1");
        Signer(hmac::Key::new(hmac::HMAC_SHA256, own.as_ref()))
    }

    /// `payload` for one purpose, as a link carries it.
    pub fn sign(&self, purpose: &str, payload: &[u8]) -> String {
        let mut bytes = payload.to_vec();
        bytes.extend_from_slice(hmac::sign(&self.0, &said(purpose, payload)).as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The payload of what was signed for this purpose; `None` for anything else.
    pub fn open(&self, purpose: &str, token: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (payload, signature) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
        hmac::verify(&self.0, &said(purpose, payload), signature).ok()?;
        Some(payload.to_vec())
    }
}

/// Purpose and payload with the purpose's length, so that no two pairs are one text.
fn said(purpose: &str, payload: &[u8]) -> Vec<u8> {
    let mut said = (purpose.len() as u64).to_be_bytes().to_vec();
    said.extend_from_slice(purpose.as_bytes());
    said.extend_from_slice(payload);
    said
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_payload_its_purpose_and_its_key() {
        let signer = Signer::new(&[7; 32]);
        let token = signer.sign("unsubscribe", b"ana");
        assert_eq!(signer.open("unsubscribe", &token).as_deref(), Some(b"ana".as_slice()));
        assert_eq!(signer.open("file", &token), None);
        assert_eq!(Signer::new(&[8; 32]).open("unsubscribe", &token), None);
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for at in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert_eq!(signer.open("unsubscribe", &URL_SAFE_NO_PAD.encode(changed)), None, "bit {at}");
        }
        for foreign in ["", "x", "AAAA", "====", &"A".repeat(43)] {
            assert_eq!(signer.open("unsubscribe", foreign), None, "{foreign}");
        }
    }
}
