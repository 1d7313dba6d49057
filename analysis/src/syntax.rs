//! From text to syntax trees: a file is cut into its declarations, each is parsed with tree-sitter,
//! and becomes a typed tree of our own that is kept from keystroke to keystroke.
//!
//! Node kinds of tree-sitter are named in this module only.

pub mod ast;
mod build;
mod directives;
mod expr;
mod file;
mod kinds;
mod pieces;
mod repair;
mod source;
mod stmt;
mod tree;

pub use source::SourceTree;
