//! Lists whose copies share what is in them until it is changed.

use std::fmt;
use std::iter::Map;
use std::ops::{Deref, DerefMut, Index, IndexMut};
use std::slice;
use std::sync::{Arc, OnceLock};

/// A list whose clones share each thing in it until one of them changes it. It remembers a digest of
/// each thing.
///
/// A rehearsal goes ten thousands of ways from one account, and each changes few things of it.
/// Whoever asks for a thing to change it gets it for himself alone, so [`Shelf::find_mut`] is better
/// than a search through [`Shelf::iter_mut`].
pub struct Shelf<T>(Vec<Arc<Kept<T>>>);

/// A thing on a shelf.
pub struct Kept<T> {
    value: T,
    digest: OnceLock<u128>,
    /// Of that part of it which requests meet.
    served: OnceLock<u128>,
}

/// A thing whose clones share it until one of them changes it, which remembers a digest of itself.
pub struct Shared<T>(Arc<Kept<T>>);

/// The things on a shelf.
pub type Iter<'s, T> = Map<slice::Iter<'s, Arc<Kept<T>>>, fn(&'s Arc<Kept<T>>) -> &'s T>;

/// The things on a shelf, each for oneself alone.
pub type IterMut<'s, T> =
    Map<slice::IterMut<'s, Arc<Kept<T>>>, fn(&'s mut Arc<Kept<T>>) -> &'s mut T>;

fn seen<T>(kept: &Arc<Kept<T>>) -> &T {
    &kept.value
}

fn owned<T: Clone>(kept: &mut Arc<Kept<T>>) -> &mut T {
    let kept = Arc::make_mut(kept);
    (kept.digest, kept.served) = Default::default();
    &mut kept.value
}

impl<T: Clone> Clone for Kept<T> {
    /// A copy is made to be changed: it remembers nothing.
    fn clone(&self) -> Self {
        Self::new(self.value.clone())
    }
}

impl<T> Kept<T> {
    fn new(value: T) -> Self {
        Self {
            value,
            digest: OnceLock::new(),
            served: OnceLock::new(),
        }
    }
}

impl<T> Shared<T> {
    /// Its digest, computed once.
    pub(crate) fn digest(&self, compute: impl FnOnce(&T) -> u128) -> u128 {
        *self.0.digest.get_or_init(|| compute(&self.0.value))
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(Kept::new(value)))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        owned(&mut self.0)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.value == other.0.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.value.fmt(f)
    }
}

impl<T> Shelf<T> {
    /// The things, in order.
    pub fn iter(&self) -> Iter<'_, T> {
        self.0.iter().map(seen)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first thing.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.iter().next()
    }

    /// Puts a thing behind all others.
    pub fn push(&mut self, value: T) {
        self.0.push(Arc::new(Kept::new(value)));
    }

    /// Keeps only what is like this.
    pub fn retain(&mut self, mut is: impl FnMut(&T) -> bool) {
        self.0.retain(|kept| is(&kept.value));
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The digests of all things, in order; each is computed once.
    pub(crate) fn digests(&self, compute: impl Fn(&T) -> u128) -> impl Iterator<Item = u128> {
        self.0
            .iter()
            .map(move |kept| *kept.digest.get_or_init(|| compute(&kept.value)))
    }

    /// As [`Shelf::digests`], of that part of each thing which requests meet.
    pub(crate) fn served(&self, compute: impl Fn(&T) -> u128) -> impl Iterator<Item = u128> {
        self.0
            .iter()
            .map(move |kept| *kept.served.get_or_init(|| compute(&kept.value)))
    }
}

impl<T: Clone> Shelf<T> {
    /// The things, in order, to change them.
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        self.0.iter_mut().map(owned)
    }

    /// The first thing that is like this, to change it.
    pub fn find_mut(&mut self, is: impl Fn(&T) -> bool) -> Option<&mut T> {
        self.0.iter_mut().find(|kept| is(&kept.value)).map(owned)
    }

    /// The first thing, to change it.
    pub fn first_mut(&mut self) -> Option<&mut T> {
        self.0.first_mut().map(owned)
    }

    /// Puts a thing in the place of the one of its id, or behind all others.
    pub fn put<K: PartialEq>(&mut self, value: T, id: impl Fn(&T) -> &K) {
        match self.find_mut(|known| id(known) == id(&value)) {
            Some(known) => *known = value,
            None => self.push(value),
        }
    }

    /// Puts the things into another order.
    pub fn reorder(&mut self, change: impl FnOnce(&mut Vec<T>)) {
        let mut values: Vec<T> = self.iter().cloned().collect();
        change(&mut values);
        *self = values.into();
    }
}

impl<T> Clone for Shelf<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq> PartialEq for Shelf<T> {
    fn eq(&self, other: &Self) -> bool {
        let same = |(one, other): (&Arc<Kept<T>>, &Arc<Kept<T>>)| {
            Arc::ptr_eq(one, other) || one.value == other.value
        };
        self.len() == other.len() && self.0.iter().zip(&other.0).all(same)
    }
}

impl<T: fmt::Debug> fmt::Debug for Shelf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T> From<Vec<T>> for Shelf<T> {
    fn from(values: Vec<T>) -> Self {
        values.into_iter().collect()
    }
}

impl<T> FromIterator<T> for Shelf<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let kept = values.into_iter().map(|value| Arc::new(Kept::new(value)));
        Self(kept.collect())
    }
}

impl<T> Extend<T> for Shelf<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl<'s, T> IntoIterator for &'s Shelf<T> {
    type Item = &'s T;
    type IntoIter = Iter<'s, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'s, T: Clone> IntoIterator for &'s mut Shelf<T> {
    type Item = &'s mut T;
    type IntoIter = IterMut<'s, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: Clone> IntoIterator for Shelf<T> {
    type Item = T;
    type IntoIter = Map<std::vec::IntoIter<Arc<Kept<T>>>, fn(Arc<Kept<T>>) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0
            .into_iter()
            .map(|kept| Arc::unwrap_or_clone(kept).value)
    }
}

impl<T> Index<usize> for Shelf<T> {
    type Output = T;

    fn index(&self, number: usize) -> &T {
        &self.0[number].value
    }
}

impl<T: Clone> IndexMut<usize> for Shelf<T> {
    fn index_mut(&mut self, number: usize) -> &mut T {
        owned(&mut self.0[number])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(shelf: &Shelf<u8>, all: u128) -> Vec<u128> {
        shelf.digests(|_| all).collect()
    }

    #[test]
    fn a_change_is_seen_by_nobody_else_and_forgets_the_digest() {
        let one = Shelf::from(vec![1, 2]);
        assert_eq!(digests(&one, 7), [7, 7]);
        let mut other = one.clone();
        assert_eq!(digests(&other, 8), [7, 7]);
        *other.find_mut(|value| *value == 2).expect("a 2") = 3;
        assert_eq!((one == other, one[1], other[1]), (false, 2, 3));
        assert_eq!(digests(&one, 9), [7, 7]);
        assert_eq!(digests(&other, 9), [7, 9]);
        // Also where nobody shares it.
        drop(one);
        other[0] = 5;
        assert_eq!(digests(&other, 10), [10, 9]);
    }

    #[test]
    fn looking_for_a_thing_in_vain_changes_nothing() {
        let mut shelf = Shelf::from(vec![1, 2]);
        assert_eq!(digests(&shelf, 7), [7, 7]);
        assert_eq!(shelf.find_mut(|value| *value == 3), None);
        assert_eq!(digests(&shelf, 8), [7, 7]);
    }

    #[test]
    fn a_shelf_is_a_list() {
        let mut shelf: Shelf<u8> = [3, 1, 2].into_iter().collect();
        shelf.push(4);
        shelf.retain(|value| *value != 1);
        shelf.reorder(|values| values.reverse());
        assert_eq!(format!("{shelf:?}"), "[4, 2, 3]");
        assert_eq!(shelf, Shelf::from(vec![4, 2, 3]));
        assert_ne!(shelf, Shelf::from(vec![4, 2]));
        assert_eq!(shelf.into_iter().collect::<Vec<_>>(), [4, 2, 3]);
    }
}
