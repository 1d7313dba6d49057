//! What tells one state of a package from all others: the hash of everything it is compiled from.

use crate::sha256;

/// The hash of everything that a summary was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; sha256::SIZE]);

impl Key {
    /// The bytes of the hash.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A name for a file.
    pub fn hex(&self) -> String {
        sha256::hex(&self.0)
    }
}

/// Collects what a summary is made from.
#[derive(Debug)]
pub struct KeyBuilder(Vec<u8>);

impl Default for KeyBuilder {
    /// Begins with the code that decides: another build of it may decide differently.
    fn default() -> KeyBuilder {
        let mut builder = KeyBuilder(Vec::new());
        builder.part(env!("GOESCAPE_ANALYSIS").as_bytes());
        builder
    }
}

impl KeyBuilder {
    /// Adds a part. How many there are and where each ends is part of the hash.
    pub fn part(&mut self, bytes: &[u8]) {
        self.0.extend((bytes.len() as u64).to_le_bytes());
        self.0.extend(bytes);
    }

    /// The key of all parts.
    pub fn key(&self) -> Key {
        Key(sha256::sum(&self.0))
    }
}
