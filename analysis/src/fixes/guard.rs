//! Results that are nil only together with an error, or with `false`.
//!
//! `(*T, error)` and `(*T, bool)` functions return `nil` where there is no value. A value can take
//! the pointer's place if the other result always says so, and if no caller uses the pointer
//! before it has looked.

use super::scope::Scope;
use super::tree::{Parent, func_decl};
use crate::syntax::ast::{BinaryOp, Block, ExprId, ExprKind, StmtId, StmtKind, UnaryOp};
use crate::types::cx::error_type;
use crate::types::info::{Builtin, LocalId, Mode, Object, SelectionKind};
use crate::types::ty::{Ty, TyKind};

/// Packages whose functions `Fatal`, `Exit`, `Goexit` and their like do not return.
const ENDING: [&str; 4] = ["testing", "log", "os", "runtime"];

/// Whether a `return` that returns `nil` says so by its last value: by an error that is not nil, or
/// by `false`.
pub(super) fn admits_nil(scope: &Scope<'_>, stmt: StmtId, values: &[ExprId]) -> bool {
    let last = func_decl(scope.decl).and_then(|func| func.sig.results.last());
    let (Some(result), Some(&value)) = (last, values.last()) else { return false };
    let ty = scope.ty(result.ty);
    if ty == error_type() {
        is_error(scope, stmt, value)
    } else {
        is_bool(ty) && scope.object(value) == Some(Object::Const) && scope.text_of(value) == "false"
    }
}

fn is_bool(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Basic(basic) if basic.is_boolean())
}

/// Whether an operand of a `return` cannot be a nil error.
fn is_error(scope: &Scope<'_>, stmt: StmtId, value: ExprId) -> bool {
    let decl = scope.decl;
    match decl[value].kind {
        ExprKind::CompositeLit { .. } | ExprKind::Unary { op: UnaryOp::Addr, .. } => return true,
        ExprKind::Call { fun, .. } => {
            let Some(Object::Global(def)) = scope.object(fun) else { return false };
            let name = (def.package.path.as_str(), def.name.as_str());
            return matches!(name, ("errors", "New") | ("fmt", "Errorf"));
        }
        _ => {}
    }
    match scope.object(value) {
        // Nobody sets `io.EOF` or an `ErrNotFound` to nil.
        Some(Object::Global(def)) => {
            let is_var = scope.info.modes.get(value.0 as usize) == Some(&Mode::Variable);
            let name = def.name.as_str();
            is_var && (name.starts_with("Err") || name.starts_with("err") || name == "EOF")
        }
        Some(Object::Local(local)) => ifs_around(scope, stmt).any(|(cond, then)| {
            let keeps = |&id: &ExprId| {
                !(then.lbrace..then.rbrace).contains(&decl[id].start) || is_only_read(scope, id)
            };
            says(scope, cond, true, local) == Some(false) && scope.uses_of(local).iter().all(keeps)
        }),
        _ => false,
    }
}

/// Whether a use of a variable neither assigns to it nor takes its address.
fn is_only_read(scope: &Scope<'_>, id: ExprId) -> bool {
    match scope.tree().parent(id) {
        Parent::Decl => true,
        Parent::Expr(up) => {
            !matches!(scope.decl[up].kind, ExprKind::Unary { op: UnaryOp::Addr, .. })
        }
        Parent::Stmt(stmt) => match &scope.decl[stmt].kind {
            StmtKind::Assign { lhs, .. }
            | StmtKind::Define { lhs, .. }
            | StmtKind::Range { lhs, .. } => !lhs.contains(&id),
            _ => true,
        },
    }
}

/// The `if` statements in whose first block a statement stands, within the same function.
fn ifs_around<'s>(
    scope: &'s Scope<'_>,
    stmt: StmtId,
) -> impl Iterator<Item = (ExprId, &'s Block)> + 's {
    let at = scope.decl[stmt].start;
    scope.tree().stmts().filter_map(move |id| match &scope.decl[id].kind {
        StmtKind::If { cond, then, .. } if (then.lbrace..then.rbrace).contains(&at) => {
            let is_same = scope.tree().literals_around(at).len()
                == scope.tree().literals_around(then.lbrace).len();
            is_same.then_some((*cond, then))
        }
        _ => None,
    })
}

/// Whether `guard` is good (a nil error, or `true`) if `cond` turns out as `holds`; nothing if it
/// can be either.
fn says(scope: &Scope<'_>, cond: ExprId, holds: bool, guard: LocalId) -> Option<bool> {
    let is_guard = |id| scope.object(id) == Some(Object::Local(guard));
    let is_nil = |id| scope.object(id) == Some(Object::Nil);
    match scope.decl[cond].kind {
        ExprKind::Paren(x) => says(scope, x, holds, guard),
        ExprKind::Unary { op: UnaryOp::Not, x } => says(scope, x, !holds, guard),
        ExprKind::Name(_) => is_guard(cond).then_some(holds),
        ExprKind::Binary { op: BinaryOp::LAnd, x, y } if holds => {
            says(scope, x, true, guard).or_else(|| says(scope, y, true, guard))
        }
        ExprKind::Binary { op: BinaryOp::LOr, x, y } if !holds => {
            says(scope, x, false, guard).or_else(|| says(scope, y, false, guard))
        }
        ExprKind::Binary { op: op @ (BinaryOp::Eql | BinaryOp::Neq), x, y } => {
            let compares = (is_guard(x) && is_nil(y)) || (is_nil(x) && is_guard(y));
            compares.then_some((op == BinaryOp::Eql) == holds)
        }
        _ => None,
    }
}

/// Whether `local`, defined by `stmt` together with a guard as the last of several values, is used
/// only where the guard has been found to be good.
pub(super) fn is_heeded(scope: &Scope<'_>, stmt: StmtId, local: LocalId) -> bool {
    let StmtKind::Define { lhs, rhs } = &scope.decl[stmt].kind else { return false };
    let (Some(&last), [_]) = (lhs.last(), &**rhs) else { return false };
    let guard = scope.declares(last).or_else(|| match scope.object(last) {
        Some(Object::Local(local)) => Some(local),
        _ => None,
    });
    let Some(guard) = guard else { return false };
    let ty = scope.info.locals[guard.0 as usize].ty;
    if ty != error_type() && !is_bool(ty) {
        return false;
    }
    let places = good_places(scope, stmt, guard);
    scope.uses_of(local).into_iter().all(|id| {
        let at = scope.decl[id].start;
        places.iter().any(|place| place.contains(&at))
    })
}

/// Where `guard`, set by `stmt`, is known to be good: the statement that follows asks.
fn good_places(
    scope: &Scope<'_>,
    stmt: StmtId,
    guard: LocalId,
) -> Vec<std::ops::Range<crate::syntax::ast::Offset>> {
    let decl = scope.decl;
    let mut places = Vec::new();
    let mut rest = None;
    let asks = match scope.tree().parent_of_stmt(stmt) {
        Parent::Stmt(up) if matches!(decl[up].kind, StmtKind::If { init: Some(init), .. } if init == stmt) => {
            Some(up)
        }
        _ => scope.tree().block_of(stmt).and_then(|block| {
            let at = block.stmts.iter().position(|&one| one == stmt)?;
            rest = Some(block.rbrace);
            block.stmts.get(at + 1).copied()
        }),
    };
    let Some(asks) = asks else { return places };
    let StmtKind::If { init, cond, then, els } = &decl[asks].kind else { return places };
    if init.is_some_and(|init| init != stmt) {
        return places;
    }
    if says(scope, *cond, true, guard) == Some(true) {
        places.push(then.lbrace..then.rbrace);
    }
    if says(scope, *cond, false, guard) == Some(true) {
        places.extend(els.map(|els| decl[els].start..decl[els].end));
        if els.is_none() && ends(scope, then) {
            places.extend(rest.map(|end| decl[asks].end..end));
        }
    }
    places
}

/// Whether what stands behind a block is not reached through it.
fn ends(scope: &Scope<'_>, block: &Block) -> bool {
    let Some(&last) = block.stmts.last() else { return false };
    match scope.decl[last].kind {
        StmtKind::Return(_) | StmtKind::Break(_) | StmtKind::Continue(_) => true,
        StmtKind::Expr(call) => match scope.decl[call].kind {
            ExprKind::Call { fun, .. } => never_returns(scope, fun),
            _ => false,
        },
        _ => false,
    }
}

fn never_returns(scope: &Scope<'_>, fun: ExprId) -> bool {
    let is_ending = |name: &str| {
        matches!(name, "Exit" | "Goexit" | "FailNow" | "SkipNow" | "Skip" | "Skipf")
            || name.starts_with("Fatal")
            || name.starts_with("Panic")
    };
    let selected = scope.info.selections.get(&fun).map(|selection| &selection.kind);
    let def = match (scope.object(fun), selected) {
        (Some(Object::Builtin(Builtin::Panic)), _) => return true,
        (Some(Object::Global(def)), _) | (None, Some(&SelectionKind::Method(def))) => def,
        _ => return false,
    };
    is_ending(def.name.as_str()) && ENDING.contains(&def.package.path.as_str())
}
