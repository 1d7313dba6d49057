//! Go's escape analysis, decision for decision, on source text.
//!
//! A pure library: Go text and a description of the packages go in, facts about allocations come
//! out. It reads no file, starts no process and knows no editor protocol. The modules stand in
//! the order in which a package passes through them; each uses only those above it.

pub mod cancel;
pub mod lazy;
pub mod release;
pub mod sha256;
pub mod shared;

pub mod key;
pub mod symbol;

pub mod syntax;

pub mod types;

pub mod ir;

pub mod inline;

pub mod escape;

pub mod lines;

pub mod cgo;

pub mod summary;

pub mod instances;

pub mod archive;

pub mod memo;

pub mod exports;

pub mod compile;

pub mod explain;

pub mod store;

pub mod fixes;

pub mod host;
