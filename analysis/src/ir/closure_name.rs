//! What function literals are called: after the function around them and a number.
//!
//! Upstream: `ir/func.go`, `closureName`.

use std::borrow::Cow;

use super::node::{Func, FuncIdx, Unit};
use crate::release::Release;
use crate::types::ty::PkgId;

/// Why a function literal is made, which decides its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It was written, or stands for a method value.
    Literal,
    /// It is the body of a loop over a function.
    Range,
    /// It wraps the call of a `go` statement.
    Go,
    /// It wraps the call of a `defer` statement.
    Defer,
}

impl Why {
    fn suffix(self, in_literal: bool) -> &'static str {
        match self {
            Why::Literal if in_literal => ".",
            Why::Literal => ".func",
            Why::Range => "-range",
            Why::Go => ".gowrap",
            Why::Defer => ".deferwrap",
        }
    }
}

impl Unit {
    /// The name of a literal that is written in `parent`, and the package that the name belongs to.
    pub fn closure_name(&mut self, release: Release, parent: FuncIdx, why: Why) -> (String, PkgId) {
        let parent = self.naming(release, parent);
        let number = self.count_closure(parent, why);
        let outer = &self[parent];
        let suffix = why.suffix(outer.closure.is_some());
        (format!("{}{suffix}{number}", stem(&outer.name)), outer.package)
    }

    /// The same for a copy of `literal` made for a literal's or a function's inlined call `inl`,
    /// an index into [`Unit::inl_tree`].
    ///
    /// The copy keeps the name of the function whose text it is from and its number there, and a
    /// hash of the calls inlined on the way tells copies apart: it is shaped like the compiler's,
    /// but counts the calls of this unit only. Up to Go 1.26 the caller names and counts it as its
    /// own, with the names of all calls inlined on the way.
    pub fn inlined_closure_name(
        &mut self,
        release: Release,
        parent: FuncIdx,
        literal: &Func,
        inl: u32,
    ) -> (String, PkgId) {
        let why = literal.why.unwrap_or(Why::Literal);
        if release < Release::Go1_27 {
            let parent = self.naming(release, parent);
            let number = self.count_closure(parent, why);
            let outer = &self[parent];
            let suffix = why.suffix(outer.closure.is_some());
            let calls: Vec<&str> = self.inlined(inl).map(|at| self.call_name(at)).collect();
            let mut name = stem(&outer.name).to_owned();
            for call in calls.iter().rev() {
                name.push('.');
                name.push_str(call);
            }
            return (format!("{name}{suffix}{number}"), outer.package);
        }
        let mut hash = u64::from(inl);
        for at in self.inlined(inl) {
            hash = hash.wrapping_mul(0x0000_0100_0000_01b3) ^ u64::from(at);
        }
        let suffix = why.suffix(self[parent].closure.is_some());
        let number = literal.name.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
        let name = format!("{}{suffix}{}", self.call_name(inl), &literal.name[number..]);
        (format!("{}#{}=#", trim_hash(&name), base64_11(hash)), literal.package)
    }

    /// The function that literals in `parent` are named after. The body of a loop over a function
    /// names and counts for itself since Go 1.27.
    fn naming(&self, release: Release, parent: FuncIdx) -> FuncIdx {
        match self[parent].range_parent {
            Some(range_parent) if release < Release::Go1_27 => range_parent,
            _ => parent,
        }
    }

    fn count_closure(&mut self, outer: FuncIdx, why: Why) -> u32 {
        let outer = &mut self[outer];
        let counter = match why {
            Why::Literal => &mut outer.n_func_lits,
            Why::Range => &mut outer.n_range_lits,
            Why::Go | Why::Defer => &mut outer.n_go_defers,
        };
        *counter += 1;
        *counter
    }

    /// An inlined call and those around it.
    fn inlined(&self, inl: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(inl), |&at| self.inl_tree[at as usize].parent)
    }

    fn call_name(&self, inl: u32) -> &str {
        self.inl_tree[inl as usize].name.as_str()
    }
}

/// Functions called `_` cannot be told apart by name.
fn stem(name: &str) -> &str {
    if name == "_" { "glob." } else { name }
}

/// A function's name without the hash that tells copies of literals apart.
///
/// Upstream: `obj.TrimInlineHash`.
pub fn trim_hash(name: &str) -> Cow<'_, str> {
    let mut parts = name.splitn(3, '#');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(before), Some(_), Some("")) => before.into(),
        (Some(before), Some(_), Some(after)) => format!("{before}{after}").into(),
        _ => name.into(),
    }
}

/// Eleven characters of base64, the length of what the compiler prints before the `=`.
fn base64_11(mut hash: u64) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(11);
    for _ in 0..11 {
        text.push(char::from(DIGITS[(hash & 63) as usize]));
        hash >>= 6;
    }
    text
}
