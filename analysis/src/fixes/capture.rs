//! Passes a variable that a goroutine's or deferred function captures as an argument.
//!
//! A literal captures a variable by reference, which moves it to the heap, if the variable is large
//! or if its address has been taken. An argument is a copy, made when the statement runs: it is the
//! same value if nobody writes to the variable from then on.

use super::scope::{HeapValue, Scope, pointed_to};
use super::tree::{Parent, func_decl};
use super::{Place, Proposal, value as values};
use crate::cancel::Answer;
use crate::explain::finding::TextEdit;
use crate::ir::func::FuncId;
use crate::release::GoVersion;
use crate::symbol::Symbol;
use crate::syntax::ast::{ExprId, ExprKind, Offset, StmtId, StmtKind, UnaryOp};
use crate::types::info::{LocalId, LocalKind, Object, SelectionKind};
use crate::types::ty::TyKind;

/// Since then each iteration of a loop has variables of its own.
const PER_ITERATION: GoVersion = GoVersion::new(22);

pub(super) fn propose(place: &Place<'_>) -> Answer<Vec<Proposal>> {
    let scope = &place.scope;
    let mut proposals = Vec::new();
    for value in &place.heap {
        let Some(name) = value.variable else { continue };
        let Some(&local) = scope.info.decls.get(&value.offset) else { continue };
        if let Some(proposal) = pass(place, value, name, local) {
            proposals.push(proposal);
        }
    }
    Ok(proposals)
}

fn pass(place: &Place<'_>, value: &HeapValue, name: Symbol, local: LocalId) -> Option<Proposal> {
    let scope = &place.scope;
    let variable = &scope.info.locals[local.0 as usize];
    let is_variable = matches!(variable.kind, LocalKind::Var | LocalKind::Param)
        && !is_result(scope, value.offset);
    if !is_variable || scope.with_cx(|cx| values::remembers_address(cx, variable.ty)) {
        return None;
    }
    let literals = capturing(scope, local, value.offset);
    let mut is_asked = place.is_here(value.offset);
    let calls: Vec<Call> =
        literals.iter().map(|&literal| called(scope, literal)).collect::<Option<_>>()?;
    is_asked |= calls.iter().any(|call| place.is_here(scope.decl[call.stmt].start));
    if !is_asked || calls.is_empty() || !is_settled(scope, local, value.offset, &calls) {
        return None;
    }
    let ty = scope.type_text(variable.ty)?;
    let mut edits = Vec::new();
    for call in &calls {
        edits.extend(call.with_argument(scope, name, &ty)?);
    }
    Some(Proposal {
        title: format!("Pass {name} as an argument"),
        edits,
        gone: vec![value.clone()],
        names: Vec::new(),
    })
}

/// Whether a variable is a result, which each `return` assigns to.
fn is_result(scope: &Scope<'_>, declared: Offset) -> bool {
    let literals = scope.decl.exprs.iter().filter_map(|expr| match &expr.kind {
        ExprKind::FuncLit(literal) => Some(&literal.sig),
        _ => None,
    });
    let sigs = literals.chain(func_decl(scope.decl).map(|func| &func.sig));
    let mut names = sigs.flat_map(|sig| sig.results.iter().filter_map(|result| result.name));
    names.any(|name| name.pos == declared)
}

/// A literal that a `go` or `defer` statement calls.
struct Call {
    stmt: StmtId,
    call: ExprId,
    literal: ExprId,
}

impl Call {
    fn with_argument(&self, scope: &Scope<'_>, name: Symbol, ty: &str) -> Option<[TextEdit; 2]> {
        let decl = scope.decl;
        let ExprKind::FuncLit(literal) = &decl[self.literal].kind else { return None };
        let ExprKind::Call { args, spread: false, .. } = &decl[self.call].kind else { return None };
        let sig = &literal.sig;
        if sig.variadic || sig.params.iter().any(|param| param.name.is_none()) {
            return None;
        }
        let parameter = match sig.params.last() {
            Some(last) => scope.insert(decl[last.ty].end, format!(", {name} {ty}")),
            None => {
                let header = scope.text(decl[self.literal].start..literal.body.lbrace);
                let open = header.find('(')? as u32;
                let between = header.get(open as usize + 1..)?;
                if !between.trim_start().starts_with(')') {
                    return None;
                }
                let at = decl[self.literal].start + open + 1;
                scope.insert(at, format!("{name} {ty}"))
            }
        };
        let argument = match args.last() {
            Some(&last) => scope.insert(decl[last].end, format!(", {name}")),
            None => scope.insert(decl[self.call].end.checked_sub(1)?, name.as_str()),
        };
        Some([parameter, argument])
    }
}

/// The outermost literals that capture a variable.
fn capturing(scope: &Scope<'_>, local: LocalId, declared: Offset) -> Vec<ExprId> {
    let home = scope.tree().literals_around(declared);
    let mut literals = Vec::new();
    for id in scope.uses_of(local) {
        let around = scope.tree().literals_around(scope.decl[id].start);
        literals.extend(around.get(home.len()));
    }
    literals.sort();
    literals.dedup();
    literals
}

fn called(scope: &Scope<'_>, literal: ExprId) -> Option<Call> {
    let Parent::Expr(call) = scope.tree().parent(literal) else { return None };
    match scope.decl[call].kind {
        ExprKind::Call { fun, .. } if fun == literal => {}
        _ => return None,
    }
    let Parent::Stmt(stmt) = scope.tree().parent(call) else { return None };
    match scope.decl[stmt].kind {
        StmtKind::Go(_) | StmtKind::Defer(_) => Some(Call { stmt, call, literal }),
        _ => None,
    }
}

/// What a use does to a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Read,
    /// It is written, or its address is lent for as long as the expression runs.
    Write,
    /// Its address is taken: it may be written at any time.
    Address,
}

/// Whether the variable has its last value when each of the calls is made.
fn is_settled(scope: &Scope<'_>, local: LocalId, declared: Offset, calls: &[Call]) -> bool {
    let decl = scope.decl;
    if scope.tree().stmts().any(|id| matches!(decl[id].kind, StmtKind::Goto(_))) {
        return false;
    }
    if is_loop_variable(scope, declared) && version(scope).is_some_and(|v| v < PER_ITERATION) {
        return false;
    }
    // Loops that go around the variable's declaration make a new variable each time.
    let is_shared = |&id: &StmtId| !(decl[id].start..decl[id].end).contains(&declared);
    scope.uses_of(local).into_iter().all(|id| match effect(scope, id) {
        Effect::Read => true,
        Effect::Address => false,
        Effect::Write => calls.iter().all(|call| {
            let (write, go) = (decl[id].start, decl[call.stmt].start);
            let mut loops = scope.tree().loops_around(go).filter(is_shared);
            write < go && !loops.any(|id| (decl[id].start..decl[id].end).contains(&write))
        }),
    })
}

fn version(scope: &Scope<'_>) -> Option<GoVersion> {
    scope.built.compiled.checked.headers.files.get(scope.file)?.version
}

/// Whether a variable is declared in the head of a loop.
fn is_loop_variable(scope: &Scope<'_>, declared: Offset) -> bool {
    scope.tree().loops_around(declared).any(|id| match &scope.decl[id].kind {
        StmtKind::For { body, .. } | StmtKind::Range { body, .. } => declared < body.lbrace,
        _ => false,
    })
}

/// What one use of a variable, or of a part of it, does.
fn effect(scope: &Scope<'_>, mut id: ExprId) -> Effect {
    let decl = scope.decl;
    loop {
        let is_pointer = |id| pointed_to(scope.with_cx(|cx| cx.under(scope.ty(id)))).is_some();
        match scope.tree().parent(id) {
            Parent::Decl => return Effect::Read,
            Parent::Stmt(stmt) => {
                let written = match &decl[stmt].kind {
                    StmtKind::Assign { lhs, .. }
                    | StmtKind::Define { lhs, .. }
                    | StmtKind::Range { lhs, .. } => lhs.contains(&id),
                    StmtKind::OpAssign { x, .. } | StmtKind::IncDec { x, .. } => *x == id,
                    _ => false,
                };
                return if written { Effect::Write } else { Effect::Read };
            }
            Parent::Expr(up) => match &decl[up].kind {
                ExprKind::Paren(_) => id = up,
                ExprKind::Unary { op: UnaryOp::Addr, .. } => return lent(scope, up),
                ExprKind::Selector { .. } if is_pointer(id) => return Effect::Read,
                ExprKind::Selector { .. } => match scope.info.selections.get(&up) {
                    Some(selection) if selection.indirect => return Effect::Read,
                    Some(selection) => match selection.kind {
                        SelectionKind::Field => id = up,
                        SelectionKind::Method(method) => {
                            let recv = scope.func(method).and_then(|func| func.recv);
                            let by_value = recv.is_some_and(|recv| pointed_to(recv).is_none());
                            return if by_value { Effect::Read } else { lent(scope, up) };
                        }
                        _ => return Effect::Read,
                    },
                    None => return Effect::Read,
                },
                ExprKind::Index { x, .. } | ExprKind::Slice { x, .. } if *x == id => {
                    let ty = scope.with_cx(|cx| cx.under(scope.ty(id)));
                    match (ty.kind(), &decl[up].kind) {
                        (TyKind::Array(..), ExprKind::Index { .. }) => id = up,
                        (TyKind::Array(..), _) => return Effect::Address,
                        _ => return Effect::Read,
                    }
                }
                _ => return Effect::Read,
            },
        }
    }
}

/// What becomes of an address: it is lent if it is an argument of a function that does not keep it.
/// `id` is the address itself, or a method's selector that takes the address of its receiver.
fn lent(scope: &Scope<'_>, id: ExprId) -> Effect {
    let decl = scope.decl;
    let Parent::Expr(call) = scope.tree().parent(id) else { return Effect::Address };
    let ExprKind::Call { fun, args, .. } = &decl[call].kind else { return Effect::Address };
    if let Parent::Stmt(stmt) = scope.tree().parent(call)
        && let StmtKind::Go(_) | StmtKind::Defer(_) = decl[stmt].kind
    {
        return Effect::Address;
    }
    let method = scope.info.selections.get(fun).and_then(|selection| match selection.kind {
        SelectionKind::Method(method) => Some(method),
        _ => None,
    });
    let (callee, n_receivers) = match (method, scope.object(*fun)) {
        (Some(method), _) => (method, 1),
        (None, Some(Object::Global(def))) => (def, 0),
        _ => return Effect::Address,
    };
    let index = match args.iter().position(|&arg| arg == id) {
        Some(at) => at + n_receivers,
        None if *fun == id => 0,
        None => return Effect::Address,
    };
    let facts = scope.facts(FuncId::declared(callee));
    let leaks = facts.as_ref().and_then(|facts| facts.leaks.get(index));
    // The last of them stands for all variadic arguments, which travel in a slice.
    let is_variadic = scope.func(callee).is_none_or(|func| match func.sig.kind() {
        TyKind::Func(sig) => sig.variadic,
        _ => true,
    });
    match leaks {
        Some(leaks)
            if !is_variadic
                && leaks.heap.is_none()
                && leaks.results.iter().all(Option::is_none) =>
        {
            Effect::Write
        }
        _ => Effect::Address,
    }
}
