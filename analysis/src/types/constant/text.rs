//! Strings of constants, made so that a long chain of `+` costs no more than its result.
//!
//! A concatenation of more than a few bytes only remembers its two halves, until somebody asks for
//! the bytes. All walks over halves, dropping them included, are loops: chains may be deep.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// Longer constant strings are an error (`cmd/internal/obj.MaxSymSize`).
pub const MAX_STRING_LEN: usize = 2_000_000_000;

/// Up to this length a concatenation is done at once.
const SHORT: usize = 64;

/// A constant string: bytes, cheap to clone and to concatenate.
#[derive(Clone)]
pub struct Str(Arc<Node>);

struct Node {
    len: usize,
    bytes: OnceLock<Box<[u8]>>,
    /// There is `bytes`, or there are halves, or both.
    halves: Option<(Str, Str)>,
}

impl Str {
    /// The string with these bytes.
    pub fn new(bytes: &[u8]) -> Str {
        Str::from_vec(bytes.to_vec())
    }

    /// The string with these bytes.
    pub fn from_vec(bytes: Vec<u8>) -> Str {
        let len = bytes.len();
        Str(Arc::new(Node { len, bytes: OnceLock::from(bytes.into_boxed_slice()), halves: None }))
    }

    /// The length in bytes; the bytes themselves may never have been put together.
    pub fn len(&self) -> usize {
        self.0.len
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.len == 0
    }

    /// The bytes. Of a string longer than [`MAX_STRING_LEN`], which no program can have, only as
    /// many.
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes.get_or_init(|| self.prefix(MAX_STRING_LEN).into_boxed_slice())
    }

    /// The first `len` bytes, or all if there are fewer.
    pub fn prefix(&self, len: usize) -> Vec<u8> {
        let len = len.min(self.len());
        let mut prefix = Vec::with_capacity(len);
        let mut todo = vec![self];
        while let Some(next) = todo.pop() {
            let missing = len - prefix.len();
            if missing == 0 {
                break;
            }
            match (next.0.bytes.get(), &next.0.halves) {
                (Some(bytes), _) => prefix.extend_from_slice(&bytes[..bytes.len().min(missing)]),
                (None, Some((left, right))) => todo.extend([right, left]),
                (None, None) => {}
            }
        }
        prefix
    }

    /// This string followed by `other`.
    pub fn concat(&self, other: &Str) -> Str {
        if self.is_empty() {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        let len = self.len().saturating_add(other.len());
        if len <= SHORT {
            return Str::from_vec([self.bytes(), other.bytes()].concat());
        }
        let halves = Some((self.clone(), other.clone()));
        Str(Arc::new(Node { len, bytes: OnceLock::new(), halves }))
    }
}

impl Deref for Str {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes()
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Str) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.len() == other.len() && self.bytes() == other.bytes())
    }
}

impl Eq for Str {}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Str) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str {
    fn cmp(&self, other: &Str) -> Ordering {
        self.bytes().cmp(other.bytes())
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::quote(self.bytes()))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let Some((left, right)) = self.halves.take() else { return };
        let mut todo = vec![left, right];
        while let Some(next) = todo.pop() {
            // Only the last owner of a node takes it apart.
            if let Some((left, right)) =
                Arc::into_inner(next.0).and_then(|mut node| node.halves.take())
            {
                todo.extend([left, right]);
            }
        }
    }
}
