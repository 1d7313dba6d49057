//! Go's type checker: what every expression of a package is.
//!
//! Modules are named after those of `go/types` where they do the same work.

pub mod constant;
pub mod env;
pub mod info;
pub mod ty;

pub mod cx;
pub mod subst;

pub mod predicates;
pub mod typeset;

pub mod lookup;
pub mod methodset;

pub mod conversions;
pub mod instantiate;

pub mod infer;
pub mod unify;

pub mod sizes;

pub mod shapes;

pub mod format;
pub mod format_backend;

pub mod body;
pub mod headers;
pub mod initorder;
pub mod package;
pub mod scope;
pub mod universe;

mod assignments;
mod builtins;
mod call;
mod check;
mod decl;
mod delayed;
mod expr;
mod exprstring;
mod index;
mod labels;
mod literals;
mod operand;
mod range;
mod selector;
mod signature;
mod stmt;
mod typexpr;
mod untyped;
mod validtype;

#[cfg(test)]
mod checker_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod oracle;
