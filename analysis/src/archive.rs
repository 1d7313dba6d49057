//! A [`Summary`] as bytes, and back: what a package tells its importers can be kept from one run
//! to the next.
//!
//! An archive has a [`Key`], the hash of everything that the summary was made from; who asks for a
//! key finds the summary of exactly that, or none. What was decided once is so never decided
//! differently because it was kept.
//!
//! Reading is lazy, since of most packages that a program depends on next to nothing is asked: a
//! section is decoded when it is first looked at, an inline body when a call of it is inlined, and
//! an interned name, type or function when something that is looked at mentions it.
//!
//! Invariants: bytes are looked at only after key and checksum were found right, so what is broken
//! or foreign is as good as absent. Whatever the bytes, nothing panics, and an entry of a table
//! mentions only entries before it.

mod codec;
mod forms;
mod tables;
#[cfg(test)]
mod tests;

use std::hash::Hasher;
use std::sync::Arc;

use rustc_hash::FxHasher;

use crate::key::Key;
use crate::summary::Summary;
use codec::{Reader, Writer};
use tables::Tables;

/// The first bytes of every archive.
const MAGIC: [u8; 8] = *b"goescape";

/// The length of what stands before the payload: magic, key, length, checksum.
const HEADER: usize = 8 + 32 + 8 + 8;

/// An archive, found to be whole.
#[derive(Debug)]
struct Archive {
    bytes: Box<[u8]>,
    tables: Tables,
}

/// The bytes for a summary that is kept under `key`.
pub fn encode(key: &Key, summary: &Summary) -> Vec<u8> {
    let mut writer = Writer::default();
    forms::write_summary(summary, &mut writer);
    let payload = writer.finish();
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend(MAGIC);
    bytes.extend(key.bytes());
    bytes.extend((payload.len() as u64).to_le_bytes());
    bytes.extend(checksum(&payload).to_le_bytes());
    bytes.extend(payload);
    bytes
}

/// The summary that was kept under `key` as these bytes; `None` if they are not what [`encode`]
/// gave.
pub fn decode(key: &Key, bytes: Vec<u8>) -> Option<Summary> {
    let (header, payload) = bytes.split_at_checked(HEADER)?;
    let expected = [&MAGIC[..], key.bytes(), &(payload.len() as u64).to_le_bytes()].concat();
    let (start, sum) = header.split_at(HEADER - 8);
    if start != expected || sum != checksum(payload).to_le_bytes() {
        return None;
    }
    let tables = Tables::locate(&bytes, HEADER)?;
    let archive = Arc::new(Archive { bytes: bytes.into(), tables });
    let summary = forms::read_summary(&mut Reader::new(&archive, HEADER, archive.tables.start))?;
    Some(Summary { key: Some(*key), ..summary })
}

fn checksum(payload: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(payload);
    hasher.finish()
}
