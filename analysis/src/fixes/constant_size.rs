//! Makes a constant of a package's variable that is the size of a `make` and never changes.
//!
//! With a size that is known when compiling, a slice that does not leave its function needs no
//! allocation; without, only a tiny one is spared it, at run time. That nobody assigns to the
//! variable, or takes its address, is what the type checker says of the constant.

use super::scope::{HeapValue, Scope};
use super::{Place, Proposal, same_text};
use crate::cancel::Answer;
use crate::explain::finding::TextEdit;
use crate::syntax::ast::{DeclKind, ExprKind};
use crate::types::env::Def;
use crate::types::info::{Builtin, Mode, Object};
use crate::types::ty::{DefId, TyKind};

/// Up to this many bytes, the stack has room for a `make` whose size is not known.
///
/// Upstream: `cmd/compile/internal/base/flag.go`, `VariableMakeThreshold`.
const VARIABLE_MAKE_THRESHOLD: i64 = 32;

pub(super) fn propose(place: &Place<'_>) -> Answer<Vec<Proposal>> {
    let mut proposals = Vec::new();
    for value in place.here() {
        let Some((size, elem)) = size_of_make(&place.scope, value) else { continue };
        let Some((edits, count)) = with_constant(place, size)? else { continue };
        let bytes = count.checked_mul(elem);
        if bytes.is_some_and(|bytes| bytes > VARIABLE_MAKE_THRESHOLD) {
            let title = format!("Make {} a constant", size.name);
            let gone = vec![HeapValue { size: bytes, ..value.clone() }];
            proposals.push(Proposal { title, edits, gone, names: vec![size] });
        }
    }
    Ok(proposals)
}

/// The variable that says how many elements a `make` makes room for, and an element's size.
fn size_of_make(scope: &Scope<'_>, value: &HeapValue) -> Option<(DefId, i64)> {
    let make = scope.tree().exprs().find(|&id| {
        let expr = &scope.decl[id];
        let ExprKind::Call { fun, .. } = expr.kind else { return false };
        expr.pos == value.offset && scope.object(fun) == Some(Object::Builtin(Builtin::Make))
    })?;
    let ExprKind::Call { args, .. } = &scope.decl[make].kind else { return None };
    let (&size, _) = args.get(1..)?.split_last()?;
    let Object::Global(def) = scope.object(size)? else { return None };
    if scope.info.modes.get(size.0 as usize) != Some(&Mode::Variable) {
        return None;
    }
    let elem = scope.with_cx(|cx| match cx.under(scope.ty(make)).kind() {
        TyKind::Slice(elem) => Some(cx.size_of(*elem)),
        _ => None,
    })?;
    Some((def, elem))
}

/// The edits that turn `var size = 64` into `const size int = 64`, and the value.
fn with_constant(place: &Place<'_>, size: DefId) -> Answer<Option<(Vec<TextEdit>, i64)>> {
    let Some(built) = place.workspace.built(size.package)? else { return Ok(None) };
    let declares = |scope: &Scope<'_>| {
        matches!(scope.decl.kind, DeclKind::Var(_))
            && scope.defs.iter().any(|&def| same_text(def, size))
    };
    let found = Scope::all(&built).find(declares);
    Ok(found.and_then(|scope| edits(&scope, size)))
}

fn edits(scope: &Scope<'_>, size: DefId) -> Option<(Vec<TextEdit>, i64)> {
    let DeclKind::Var(spec) = &scope.decl.kind else { return None };
    let ([name], [value]) = (&*spec.names, &*spec.values) else { return None };
    let types = &scope.built.compiled.summary.types;
    let Some(Def::Var { ty, .. }) = types.scope.get(&size.name) else { return None };
    if !matches!(ty.kind(), TyKind::Basic(basic) if basic.is_integer()) {
        return None;
    }
    // The keyword stands before the declaration if that is one of a group, or else in it.
    let file_before = format!("{}{}", scope.text_before(), scope.text(0..name.pos));
    let before = file_before.trim_end();
    let keyword = before.strip_suffix("var")?;
    if keyword.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
        return None;
    }
    let mut edits = vec![scope.replace_in_file(keyword.len() as u32..before.len() as u32, "const")];
    if spec.ty.is_none() {
        let end = name.pos + name.name.as_str().len() as u32;
        edits.push(scope.insert(end, format!(" {}", scope.type_text(*ty)?)));
    }
    Some((edits, scope.info.consts.get(value)?.int64()?))
}
