//! Values that must not leave the account, and the keyed digests kept in their place.
//!
//! A digest lets two values be compared without either being known. It is HMAC-SHA256 under a key
//! that stays with the person who scans, cut to 128 bits. Owns sealing; does not know where the
//! key is kept.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A value read from AWS that may be a secret: it can be sealed, or kept where routing needs it,
/// but never printed or serialized.
#[derive(Clone, PartialEq, Eq)]
pub struct Sensitive(String);

impl Sensitive {
    /// Takes charge of a value.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself. Only for values that a request's route depends on.
    #[must_use]
    pub fn needed_for_routing(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sensitive(..)")
    }
}

/// What is kept of a value that routing does not need: 128 bits of its HMAC-SHA256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 16]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let refuse = || serde::de::Error::custom("a digest has 32 hexadecimal digits");
        if text.len() != 32 {
            return Err(refuse());
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| refuse())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| refuse())?;
        }
        Ok(Self(bytes))
    }
}

impl schemars::JsonSchema for Digest {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[0-9a-f]{32}$"})
    }
}

/// Makes digests under one key.
#[derive(Clone)]
pub struct Digester {
    mac: Hmac<Sha256>,
    key_id: String,
}

impl fmt::Debug for Digester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digester({})", self.key_id)
    }
}

impl Digester {
    /// A digester for this key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        // HMAC itself pads a short key with zeros to the hash's block.
        let mut block = [0; 64];
        block[..key.len()].copy_from_slice(key);
        let mac = Hmac::new(&block.into());
        // Hashed apart from the key's use, so that publishing the id says nothing of the digests.
        let id = Sha256::new()
            .chain_update(b"unbridge digest key id")
            .chain_update(key)
            .finalize();
        let key_id = id
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self { mac, key_id }
    }

    /// Names the key without telling anything about it; snapshots carry it in their header.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The digest of a value.
    #[must_use]
    pub fn seal(&self, value: &str) -> Digest {
        let code = self
            .mac
            .clone()
            .chain_update(value.as_bytes())
            .finalize()
            .into_bytes();
        let mut digest = [0; 16];
        digest.copy_from_slice(&code[..16]);
        Digest(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_digests_under_one_key_only() {
        let (one, two) = (Digester::new(&[1; 32]), Digester::new(&[2; 32]));
        assert_eq!(one.seal("token"), one.seal("token"));
        assert_ne!(one.seal("token"), one.seal("tokem"));
        assert_ne!(one.seal("token"), two.seal("token"));
        assert_ne!(one.key_id(), two.key_id());
    }

    #[test]
    fn a_sensitive_value_is_not_printed() {
        assert_eq!(format!("{:?}", Sensitive::new("hunter2")), "Sensitive(..)");
    }

    #[test]
    fn a_digest_survives_its_text_form_and_garbage_is_refused() {
        let digest = Digester::new(&[7; 32]).seal("x");
        let text = serde_json::to_string(&digest).expect("a string");
        assert_eq!(
            serde_json::from_str::<Digest>(&text).expect("a digest"),
            digest
        );
        for bad in [
            "\"\"",
            "\"zz\"",
            "\"00112233445566778899aabbccddeefg\"",
            "12",
        ] {
            assert!(serde_json::from_str::<Digest>(bad).is_err(), "{bad}");
        }
    }
}
