//! Interned names: identifiers, import paths, literal texts.
//!
//! A [`Symbol`] is as small as a pointer, compares in one instruction and lives as long as the
//! process. Its order and its hash value are those of the address and so differ between runs:
//! sort by [`Symbol::as_str`] whenever an order can be seen.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use dashmap::DashMap;
use rustc_hash::FxBuildHasher;

static TABLE: LazyLock<DashMap<&'static str, Symbol, FxBuildHasher>> =
    LazyLock::new(DashMap::default);

/// An interned string.
#[derive(Clone, Copy)]
pub struct Symbol(&'static &'static str);

impl Symbol {
    /// The symbol for `text`; equal texts give equal symbols.
    pub fn new(text: &str) -> Symbol {
        if text.is_empty() {
            return Symbol::EMPTY;
        }
        if let Some(known) = TABLE.get(text) {
            return *known;
        }
        let stored: &'static str = Box::leak(text.into());
        // Two threads may come here with the same text: what the first has stored counts.
        *TABLE.entry(stored).or_insert_with(|| Symbol(Box::leak(Box::new(stored))))
    }

    /// The symbol of the empty string.
    pub const EMPTY: Symbol = Symbol(&"");

    /// The text.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether this is the empty string.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is `_`.
    pub fn is_blank(self) -> bool {
        self.as_str() == "_"
    }

    /// Whether a Go identifier of this name is exported: whether its first letter is upper case.
    pub fn is_exported(self) -> bool {
        match self.0.as_bytes().first() {
            Some(byte) if byte.is_ascii() => byte.is_ascii_uppercase(),
            Some(_) => self.0.chars().next().is_some_and(char::is_uppercase),
            None => false,
        }
    }
}

impl PartialEq for Symbol {
    fn eq(&self, other: &Symbol) -> bool {
        // The empty symbol is a constant, which may have several addresses.
        std::ptr::eq(self.0, other.0) || (self.is_empty() && other.is_empty())
    }
}

impl Eq for Symbol {}

impl Default for Symbol {
    fn default() -> Symbol {
        Symbol::EMPTY
    }
}

impl Hash for Symbol {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if !self.is_empty() {
            self.0.as_ptr().hash(state);
        }
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl From<&str> for Symbol {
    fn from(text: &str) -> Symbol {
        Symbol::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one_symbol() {
        assert_eq!(Symbol::new("Reader"), Symbol::new(&String::from("Reader")));
        assert_ne!(Symbol::new("Reader"), Symbol::new("reader"));
        assert_eq!(Symbol::new(""), Symbol::EMPTY);
    }

    #[test]
    fn exported_names_begin_with_an_upper_case_letter() {
        assert!(Symbol::new("Reader").is_exported());
        assert!(Symbol::new("Éclair").is_exported());
        assert!(!Symbol::new("_Reader").is_exported());
        assert!(!Symbol::new("世界").is_exported());
    }
}
