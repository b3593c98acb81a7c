//! An authenticator in software: makes passkeys and signs with them as a device would.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Somebody is there, and it is who it should be.
pub const VERIFIED: u8 = 0b101;

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

pub struct Authenticator {
    pair: Pair,
    id: Vec<u8>,
    handle: Vec<u8>,
    pub count: u32,
    pub origin: String,
    pub party: String,
    pub flags: u8,
}

impl Authenticator {
    pub fn p256(id: u8) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        Self::with(id, Pair::P256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).unwrap()))
    }

    pub fn ed25519(id: u8) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::with(id, Pair::Ed25519(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap()))
    }

    fn with(id: u8, pair: Pair) -> Self {
        let (origin, party) = ("http://localhost:8080".into(), "localhost".into());
        Authenticator { pair, id: vec![id; 16], handle: Vec::new(), count: 1, origin, party, flags: VERIFIED }
    }

    /// What `navigator.credentials.create` gives for these options.
    pub fn make(&mut self, options: &Value) -> Value {
        let options = &options["publicKey"];
        self.handle = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let client_data = self.client_data("webauthn.create", options);
        let mut data = self.data(0x40);
        data.extend([0; 16]);
        data.extend((self.id.len() as u16).to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose());
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let mut object = vec![0xa3];
        for (key, value) in [("fmt", text("none")), ("attStmt", vec![0xa0]), ("authData", bytes(&data))] {
            object.extend(text(key));
            object.extend(value);
        }
        json!({ "id": URL_SAFE_NO_PAD.encode(&self.id), "type": "public-key", "response": {
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data), "attestationObject": URL_SAFE_NO_PAD.encode(object), "transports": ["internal"] } })
    }

    /// What `navigator.credentials.get` gives for these options.
    pub fn sign(&mut self, options: &Value) -> Value {
        self.count += 1;
        let client_data = self.client_data("webauthn.get", &options["publicKey"]);
        let data = self.data(0);
        let signed = [&data[..], Sha256::digest(&client_data).as_slice()].concat();
        let proof = match &self.pair {
            Pair::P256(pair) => pair.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(&signed).as_ref().to_vec(),
        };
        json!({ "id": URL_SAFE_NO_PAD.encode(&self.id), "type": "public-key", "response": {
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data), "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "signature": URL_SAFE_NO_PAD.encode(proof), "userHandle": URL_SAFE_NO_PAD.encode(&self.handle) } })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false }).to_string().into_bytes()
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.party.as_bytes()).to_vec();
        data.push(self.flags | more);
        data.extend(self.count.to_be_bytes());
        data
    }

    fn cose(&self) -> Vec<u8> {
        match &self.pair {
            Pair::P256(pair) => {
                let point = pair.public_key().as_ref();
                // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
                let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
                key.extend(bytes(&point[1..33]));
                key.push(0x22);
                key.extend(bytes(&point[33..]));
                key
            }
            Pair::Ed25519(pair) => {
                // {1: 1, 3: -8, -1: 6, -2: x}
                let mut key = vec![0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21];
                key.extend(bytes(pair.public_key().as_ref()));
                key
            }
        }
    }
}

fn text(text: &str) -> Vec<u8> {
    [&[0x60 + text.len() as u8], text.as_bytes()].concat()
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u16;
    if length < 256 { [&[0x58, length as u8], bytes].concat() } else { [&[0x59], &length.to_be_bytes()[..], bytes].concat() }
}
