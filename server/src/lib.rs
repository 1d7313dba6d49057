//! The outside of goescape: the disk, the Go toolchain, the language server protocol and the
//! command line. What Go code means is decided in `analysis`, which knows none of these.

pub mod loader;

pub mod cache;
pub mod cgo;
pub mod files;
pub mod lines;
pub mod packages;
pub mod schedule;

pub mod backend;
pub mod capabilities;
pub mod config;
pub mod documents;
pub mod edits;
pub mod frames;
pub mod from_proto;
pub mod outbox;
pub mod root;
pub mod session;
pub mod snapshot;
pub mod to_proto;
pub mod watch;
pub mod world;

pub mod cli;
