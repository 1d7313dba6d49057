//! From text to syntax trees: tree-sitter's parse, kept and edited from keystroke to keystroke,
//! and our own typed tree of each declaration.
//!
//! Node kinds of tree-sitter are named in this module only.

pub mod ast;
mod build;
mod directives;
mod expr;
mod file;
mod kinds;
mod repair;
mod stmt;
mod tree;

pub use file::file;
pub use tree::SourceTree;
