//! Interned text: the one string type of the nouns.
//!
//! A large account repeats the same few paths, hosts and ids a million times, so equal texts read
//! within one [`interned`] scope share one allocation. Owns the interner; knows nothing of what
//! the texts mean.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};
use std::ops::Deref;
use std::sync::Arc;

use arcstr::ArcStr;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::apigateway::Integration;

/// Immutable shared text, ordered by content so that maps and output are stable.
#[derive(Clone)]
pub struct Text(ArcStr);

impl Text {
    /// Text with this content; shared with equal text when inside [`interned`].
    #[must_use]
    pub fn new(content: &str) -> Self {
        INTERNER.with_borrow_mut(|slot| match slot {
            Some(interner) => interner.text(content),
            None => Self(ArcStr::from(content)),
        })
    }

    /// The content.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// FxHash over eight bytes at a time: the interner hashes every string of a snapshot, and keys
/// that collide only cost time, never correctness.
#[derive(Default)]
pub struct FastHasher(u64);

impl FastHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            let mut buffer = [0; 8];
            buffer.copy_from_slice(word);
            self.mix(u64::from_le_bytes(buffer));
        }
        let mut buffer = [0; 8];
        let rest = words.remainder();
        buffer[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(buffer) ^ (bytes.len() as u64) << 56);
    }

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    fn write_u128(&mut self, word: u128) {
        let bytes = word.to_le_bytes();
        self.write(&bytes);
    }

    fn write_u8(&mut self, byte: u8) {
        self.mix(u64::from(byte));
    }

    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.mix(word.cast_unsigned() as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

type Pool<T> = HashSet<T, BuildHasherDefault<FastHasher>>;

#[derive(Default)]
struct Interner {
    texts: Pool<Text>,
    /// Integrations by the XXH3-128 of their JSON under `seed`. Keeping the JSON itself would cost
    /// more than the integrations do; that two of a million share a hash by chance has a
    /// probability below 1e-26, and without the seed nobody can make them.
    integrations: HashMap<u128, Arc<Integration>, BuildHasherDefault<FastHasher>>,
    /// The integrations looked up last, by the end of their keys: most stages repeat what their
    /// draft says, and a million integrations fit no cache.
    recent: Vec<Option<(u128, Arc<Integration>)>>,
    seed: u64,
}

/// More than the methods of most APIs, and few enough to stay in the processor's cache.
const RECENT: usize = 512;

impl Interner {
    fn text(&mut self, content: &str) -> Text {
        if let Some(known) = self.texts.get(content) {
            return known.clone();
        }
        let fresh = Text(ArcStr::from(content));
        self.texts.insert(fresh.clone());
        fresh
    }

    /// The key of each JSON, and the integration where it is known.
    fn look_up(&mut self, jsons: &[Option<&str>]) -> Vec<(u128, Option<Arc<Integration>>)> {
        let hash = |json: &str| xxh3_128_with_seed(json.as_bytes(), self.seed);
        let keys: Vec<u128> = jsons.iter().map(|json| json.map_or(0, hash)).collect();
        let find = |key: u128| {
            let recent = self.recent.get(slot(key)).and_then(Option::as_ref);
            match recent {
                Some((known, integration)) if *known == key => Some(integration),
                Some(_) | None => self.integrations.get(&key),
            }
        };
        let found: Vec<_> = keys.iter().map(|key| (*key, find(*key))).collect();
        // Counting a share up waits alone for its memory, so it comes last.
        let found: Vec<_> = found
            .into_iter()
            .map(|(key, known)| (key, known.cloned()))
            .collect();
        self.recent.resize(RECENT, None);
        for (key, known) in &found {
            if let (Some(known), Some(place)) = (known, self.recent.get_mut(slot(*key))) {
                *place = Some((*key, Arc::clone(known)));
            }
        }
        found
    }

    fn remember(&mut self, key: u128, integration: &Arc<Integration>) {
        self.integrations.insert(key, Arc::clone(integration));
        if let Some(place) = self.recent.get_mut(slot(key)) {
            *place = Some((key, Arc::clone(integration)));
        }
    }
}

fn slot(key: u128) -> usize {
    let [first, second, ..] = key.to_le_bytes();
    usize::from(u16::from_le_bytes([first, second])) % RECENT
}

thread_local! {
    static INTERNER: RefCell<Option<Interner>> = const { RefCell::new(None) };
}

/// Runs `work` with equal texts and integrations made on this thread sharing one allocation.
///
/// The interner is forgotten afterwards; what it handed out lives on. A scope inside a scope uses
/// the outer interner.
pub fn interned<T>(work: impl FnOnce() -> T) -> T {
    struct Forget;
    impl Drop for Forget {
        fn drop(&mut self) {
            INTERNER.set(None);
        }
    }
    if INTERNER.with_borrow(Option::is_some) {
        return work();
    }
    let seed = RandomState::new().hash_one(0);
    INTERNER.set(Some(Interner {
        seed,
        ..Interner::default()
    }));
    let _forget = Forget;
    work()
}

/// The integrations that these describe, in order; the same JSON is read once inside [`interned`].
///
/// All are looked up before any is read: a million integrations fit no cache, and lookups that
/// follow each other closely wait for memory together.
///
/// # Errors
/// When a JSON is no integration.
pub(crate) fn shared(jsons: &[Option<&str>]) -> serde_json::Result<Vec<Option<Arc<Integration>>>> {
    let looked_up = INTERNER.with_borrow_mut(|slot| Some(slot.as_mut()?.look_up(jsons)));
    let Some(looked_up) = looked_up else {
        let read = |json: &Option<&str>| json.map(serde_json::from_str).transpose();
        return jsons.iter().map(read).collect();
    };
    let read = |(json, (key, known)): (&Option<&str>, (u128, Option<_>))| match json {
        Some(json) if known.is_none() => fresh(key, json).map(Some),
        Some(_) | None => Ok(known),
    };
    jsons.iter().zip(looked_up).map(read).collect()
}

/// Reads an integration that was not known, unless it is by now.
fn fresh(key: u128, json: &str) -> serde_json::Result<Arc<Integration>> {
    let known = INTERNER.with_borrow(|slot| slot.as_ref()?.integrations.get(&key).cloned());
    if let Some(known) = known {
        return Ok(known);
    }
    let fresh = Arc::new(serde_json::from_str::<Integration>(json)?);
    INTERNER.with_borrow_mut(|slot| {
        if let Some(interner) = slot {
            interner.remember(key, &fresh);
        }
    });
    Ok(fresh)
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        ArcStr::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        if ArcStr::ptr_eq(&self.0, &other.0) {
            return std::cmp::Ordering::Equal;
        }
        self.0.cmp(&other.0)
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl From<&str> for Text {
    fn from(content: &str) -> Self {
        Self::new(content)
    }
}

impl From<String> for Text {
    fn from(content: String) -> Self {
        Self::new(&content)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, content: &str) -> Result<Text, E> {
                Ok(Text::new(content))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

impl schemars::JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_one_allocation_inside_a_scope_only() {
        let (a, b) = interned(|| (Text::new("orders"), Text::new("orders")));
        assert!(ArcStr::ptr_eq(&a.0, &b.0));
        let c = Text::new("orders");
        assert!(!ArcStr::ptr_eq(&a.0, &c.0));
        assert_eq!(a, c);
    }

    #[test]
    fn texts_order_by_content() {
        let mut texts = ["b", "a", "B"].map(Text::new);
        texts.sort();
        assert_eq!(texts.map(|t| t.to_string()), ["B", "a", "b"]);
    }

    #[test]
    fn a_panic_inside_a_scope_leaves_no_interner_behind() {
        let caught = std::panic::catch_unwind(|| interned(|| panic!("inside")));
        assert!(caught.is_err());
        assert!(INTERNER.with_borrow(Option::is_none));
    }
}
