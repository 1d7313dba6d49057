//! Lists and tables that versions of a package share.
//!
//! Both are kept in parts. A copy shares all parts with what it was made of, a change copies the
//! part that it is in, and two of them are compared only where their parts differ: so a version
//! that differs little from the one before costs little more than the difference.

use std::hash::{BuildHasher, Hash};
use std::ops::{Index, IndexMut};
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap};

/// How many values are in a part of a list.
const PART: usize = 64;

/// How many parts a table has: a power of two.
const PARTS: usize = 64;

/// A list.
#[derive(Debug, Clone)]
pub struct List<T> {
    /// All of the same length but the last.
    parts: Vec<Arc<Vec<T>>>,
}

impl<T> Default for List<T> {
    fn default() -> List<T> {
        List { parts: Vec::new() }
    }
}

impl<T> List<T> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.parts.last().map_or(0, |last| (self.parts.len() - 1) * PART + last.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The value at a place.
    pub fn get(&self, at: usize) -> Option<&T> {
        self.parts.get(at / PART)?.get(at % PART)
    }

    /// All values in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.parts.iter().flat_map(|part| part.iter())
    }
}

impl<T: Clone> List<T> {
    /// Puts another value in the place of one.
    pub fn set(&mut self, at: usize, value: T) {
        self[at] = value;
    }

    /// Adds a value at the end.
    pub fn push(&mut self, value: T) {
        match self.parts.last_mut() {
            Some(part) if part.len() < PART => Arc::make_mut(part).push(value),
            _ => {
                let mut part = Vec::with_capacity(PART);
                part.push(value);
                self.parts.push(Arc::new(part));
            }
        }
    }
}

impl<T> List<Arc<T>> {
    /// The places at which the values are not the very same as in another list of the same length.
    pub fn differences(&self, other: &List<Arc<T>>) -> Option<Vec<usize>> {
        if self.len() != other.len() {
            return None;
        }
        let mut found = Vec::new();
        for (number, (own, other)) in self.parts.iter().zip(&other.parts).enumerate() {
            if !Arc::ptr_eq(own, other) {
                let pairs = own.iter().zip(&**other).enumerate();
                let differ = pairs.filter(|(_, (own, other))| !Arc::ptr_eq(own, other));
                found.extend(differ.map(|(at, _)| number * PART + at));
            }
        }
        Some(found)
    }
}

impl<T> Index<usize> for List<T> {
    type Output = T;
    fn index(&self, at: usize) -> &T {
        &self.parts[at / PART][at % PART]
    }
}

impl<T: Clone> IndexMut<usize> for List<T> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        &mut Arc::make_mut(&mut self.parts[at / PART])[at % PART]
    }
}

impl<T: Clone> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> List<T> {
        let mut list = List::default();
        list.extend(values);
        list
    }
}

impl<T: Clone> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table<K, V> {
    /// None, or [`PARTS`].
    parts: Vec<Arc<FxHashMap<K, V>>>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Table<K, V> {
        Table { parts: Vec::new() }
    }
}

impl<K: Eq + Hash, V> Table<K, V> {
    fn part(key: &K) -> usize {
        // The tables of the parts look at the upper and the lower bits.
        (FxBuildHasher.hash_one(key) >> 24) as usize % PARTS
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.is_empty())
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.parts.get(Table::<K, V>::part(key))?.get(key)
    }

    /// Whether a key has a value.
    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// All entries, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> + Clone {
        self.parts.iter().flat_map(|part| part.iter())
    }

    /// All values, in no order.
    pub fn values(&self) -> impl Iterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// All keys, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Table<K, V> {
    /// Gives a key a value.
    pub fn insert(&mut self, key: K, value: V) {
        if self.parts.is_empty() {
            self.parts = vec![Arc::default(); PARTS];
        }
        Arc::make_mut(&mut self.parts[Table::<K, V>::part(&key)]).insert(key, value);
    }

    /// The value of a key, to be changed.
    pub fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        if self.parts.is_empty() {
            self.parts = vec![Arc::default(); PARTS];
        }
        Arc::make_mut(&mut self.parts[Table::<K, V>::part(&key)]).entry(key).or_default()
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &K) {
        if self.get(key).is_some() {
            Arc::make_mut(&mut self.parts[Table::<K, V>::part(key)]).remove(key);
        }
    }
}

impl<K: Eq + Hash + Clone, V> Table<K, V> {
    /// The keys that only one of two tables has, or whose values are not the `same`.
    pub fn differences(&self, other: &Table<K, V>, same: impl Fn(&V, &V) -> bool) -> Vec<K> {
        let empty = FxHashMap::default();
        let part = |table: &'_ Table<K, V>, at: usize| table.parts.get(at).map(Arc::as_ptr);
        let mut found = Vec::new();
        for at in 0..self.parts.len().max(other.parts.len()) {
            if part(self, at) == part(other, at) {
                continue;
            }
            let own = self.parts.get(at).map_or(&empty, |part| &**part);
            let other = other.parts.get(at).map_or(&empty, |part| &**part);
            let differs = |(key, value): &(&K, &V)| !other.get(key).is_some_and(|o| same(value, o));
            found.extend(own.iter().filter(differs).map(|(key, _)| key.clone()));
            found.extend(other.keys().filter(|key| !own.contains_key(key)).cloned());
        }
        found
    }
}

impl<K: Eq + Hash + Clone, V> Table<K, Arc<V>> {
    /// Whether two tables hold the very same values.
    pub fn same_values(&self, other: &Table<K, Arc<V>>) -> bool {
        self.differences(other, Arc::ptr_eq).is_empty()
    }
}

impl<K: Eq + Hash + Clone, V: Clone> FromIterator<(K, V)> for Table<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Table<K, V> {
        let mut table = Table::default();
        table.extend(entries);
        table
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Extend<(K, V)> for Table<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        entries.into_iter().for_each(|(key, value)| self.insert(key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_one_length_differ_where_their_values_are_not_the_very_same() {
        let old: List<Arc<usize>> = (0..1000).map(Arc::new).collect();
        let mut new = old.clone();
        assert_eq!(new.differences(&old), Some(Vec::new()));
        new.set(70, Arc::new(70));
        new.set(999, Arc::new(0));
        assert_eq!(new.differences(&old), Some(vec![70, 999]));
        assert_eq!((*old[999], *new[999], old.len()), (999, 0, 1000));
        new.push(Arc::new(1000));
        assert_eq!(new.differences(&old), None);
    }

    #[test]
    fn a_list_gives_its_values_in_order() {
        let list: List<usize> = (0..200).collect();
        assert!(list.iter().copied().eq(0..200));
        assert_eq!((list.get(199), list.get(200)), (Some(&199), None));
        assert!(List::<usize>::default().is_empty());
    }

    #[test]
    fn a_table_that_is_changed_leaves_its_copies_as_they_are() {
        let old: Table<u32, Arc<u32>> = (0..1000).map(|key| (key, Arc::new(key))).collect();
        let mut new = old.clone();
        assert!(new.same_values(&old));
        new.insert(5, Arc::new(6));
        new.remove(&7);
        assert_eq!((**old.get(&5).unwrap(), **new.get(&5).unwrap()), (5, 6));
        assert_eq!((old.len(), new.len(), new.get(&7)), (1000, 999, None));
        assert!(!new.same_values(&old) && !old.same_values(&new));
        assert!(Table::<u32, Arc<u32>>::default().same_values(&Table::default()));
    }
}
