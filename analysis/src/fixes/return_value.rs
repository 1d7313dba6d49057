//! Returns a value instead of a pointer to it, and changes all callers.
//!
//! Applies to a result whose every value is made by the function itself: `&T{…}`, `new(T)`, the
//! address of a variable, or a variable that holds such a pointer. Each caller must keep the
//! result in a variable of its own, use a part of it at once, or drop it; and the function must not
//! be used otherwise than by calling it, nor be reachable through an interface.

use std::sync::Arc;

use super::scope::{HeapValue, Scope, pointed_to};
use super::tree::{Parent, func_decl};
use super::value::{self, Target};
use super::{Place, Proposal, same_text};
use crate::cancel::Answer;
use crate::explain::finding::TextEdit;
use crate::store::Built;
use crate::syntax::ast::{ExprId, ExprKind, FuncDecl, Offset, StmtId, StmtKind, UnaryOp};
use crate::types::cx::Cx;
use crate::types::info::{Object, SelectionKind};
use crate::types::ty::{DefId, Ty, TyKind};

/// The largest value that is worth copying rather than allocating, in bytes.
const MAX_COPIED: i64 = 512;

pub(super) fn propose(place: &Place<'_>) -> Answer<Vec<Proposal>> {
    let Some(func) = func_decl(place.scope.decl) else { return Ok(Vec::new()) };
    if place.heap.is_empty() || func.sig.results.iter().any(|result| result.name.is_some()) {
        return Ok(Vec::new());
    }
    let mut proposals = Vec::new();
    for result in 0..func.sig.results.len() {
        let Some(callee) = Callee::new(place, func, result) else { continue };
        proposals.extend(callee.with_callers(place)?);
    }
    Ok(proposals)
}

/// The function itself, changed.
struct Callee {
    def: DefId,
    result: usize,
    n_results: usize,
    /// What the result will be, as written.
    name: String,
    edits: Vec<TextEdit>,
    gone: Vec<HeapValue>,
}

impl Callee {
    fn new(place: &Place<'_>, func: &FuncDecl, result: usize) -> Option<Callee> {
        let scope = &place.scope;
        let decl = scope.decl;
        let pointer = func.sig.results[result].ty;
        let ExprKind::Star(elem) = decl[pointer].kind else { return None };
        let ty = pointed_to(scope.ty(pointer))?;
        if !scope.with_cx(|cx| is_copied_freely(cx, ty)) || is_linked(scope, func) {
            return None;
        }
        let mut callee = Callee {
            def: *scope.defs.first()?,
            result,
            n_results: func.sig.results.len(),
            name: scope.text_of(elem).to_owned(),
            edits: value::without_star(scope, pointer),
            gone: Vec::new(),
        };
        let mut is_asked = place.is_here(func.name.pos);
        for stmt in returns_of(scope) {
            is_asked = is_asked || place.is_here(decl[stmt].start);
            let StmtKind::Return(values) = &decl[stmt].kind else { continue };
            if values.len() != callee.n_results {
                return None;
            }
            callee.returned(place, values[result])?;
        }
        callee.gone.sort_by_key(|value| value.offset);
        callee.gone.dedup_by_key(|value| value.offset);
        is_asked = is_asked || callee.gone.iter().any(|value| place.is_here(value.offset));
        let is_small = callee.gone.iter().all(|v| v.size.is_some_and(|size| size <= MAX_COPIED));
        (is_asked && is_small && !callee.gone.is_empty()).then_some(callee)
    }

    /// Changes what a `return` returns.
    fn returned(&mut self, place: &Place<'_>, id: ExprId) -> Option<()> {
        let scope = &place.scope;
        if let Some(edits) = value::made_by(scope, id) {
            self.edits.extend(edits);
            self.takes_off(place, scope.decl[id].pos);
            return Some(());
        }
        match scope.decl[id].kind {
            ExprKind::Unary { op: UnaryOp::Addr, x } => {
                let Some(Object::Local(local)) = scope.object(x) else { return None };
                self.is_own_variable(scope, scope.info.locals[local.0 as usize].pos)?;
                self.takes_off(place, scope.info.locals[local.0 as usize].pos);
                let range = scope.decl[id].start..scope.decl[x].start;
                self.edits.push(scope.replace(range, ""));
            }
            ExprKind::Name(_) => {
                let Some(Object::Local(local)) = scope.object(id) else { return None };
                self.is_own_variable(scope, scope.info.locals[local.0 as usize].pos)?;
                let (made, edits) = definition_of(scope, local)?;
                self.takes_off(place, scope.decl[made].pos);
                self.edits.extend(edits);
                self.edits.extend(value::made_by(scope, made)?);
                let is_returned = |id: ExprId| match scope.tree().parent(id) {
                    Parent::Stmt(stmt) => match &scope.decl[stmt].kind {
                        StmtKind::Return(values) => {
                            values.get(self.result) == Some(&id)
                                && scope.tree().literals_around(scope.decl[id].start).is_empty()
                        }
                        _ => false,
                    },
                    _ => false,
                };
                self.edits.extend(value::uses(scope, local, &is_returned)?);
            }
            _ => return None,
        }
        Some(())
    }

    /// A variable is copied when it is returned, so nobody may write to it later: no deferred call.
    fn is_own_variable(&self, scope: &Scope<'_>, pos: Offset) -> Option<()> {
        let mut stmts = scope.tree().stmts();
        let has_defer = stmts.any(|id| matches!(scope.decl[id].kind, StmtKind::Defer(_)));
        (!has_defer && scope.tree().literals_around(pos).is_empty()).then_some(())
    }

    fn takes_off(&mut self, place: &Place<'_>, offset: Offset) {
        self.gone.extend(place.heap.iter().filter(|value| value.offset == offset).cloned());
    }

    fn with_callers(mut self, place: &Place<'_>) -> Answer<Option<Proposal>> {
        let file = place.scope.path();
        let Some(users) = place.workspace.users(file)? else { return Ok(None) };
        let is_method = self.def.parent.is_some();
        if is_method && users.iter().any(|user| has_interface_with(user, self.def)) {
            return Ok(None);
        }
        for user in &users {
            place.workspace.cancel.check()?;
            for scope in Scope::all(user) {
                if self.callers_in(&scope).is_none() {
                    return Ok(None);
                }
            }
        }
        let title = format!("Return {} by value", self.name);
        Ok(Some(Proposal { title, edits: self.edits, gone: self.gone }))
    }

    /// Changes all that uses the function in a declaration; nothing if that cannot be done.
    fn callers_in(&mut self, scope: &Scope<'_>) -> Option<()> {
        let is_this = |object: &Object| match object {
            Object::Global(def) => same_text(*def, self.def),
            _ => false,
        };
        let named = scope.info.uses.iter().filter(|(_, object)| is_this(object));
        let mut uses: Vec<ExprId> = named.map(|(&id, _)| id).collect();
        if self.def.parent.is_some() {
            for (&id, selection) in &scope.info.selections {
                match selection.kind {
                    SelectionKind::Method(def) if same_text(def, self.def) => uses.push(id),
                    SelectionKind::MethodExpr(def) if same_text(def, self.def) => return None,
                    _ => {}
                }
            }
        }
        uses.sort_by_key(|&id| scope.decl[id].start);
        uses.into_iter().try_for_each(|callee| self.caller(scope, callee))
    }

    fn caller(&mut self, scope: &Scope<'_>, callee: ExprId) -> Option<()> {
        let decl = scope.decl;
        let Parent::Expr(call) = scope.tree().parent(callee) else { return None };
        match decl[call].kind {
            ExprKind::Call { fun, .. } if fun == callee => {}
            _ => return None,
        }
        match scope.tree().parent(call) {
            Parent::Decl => None,
            Parent::Expr(up) => match decl[up].kind {
                ExprKind::Star(_) => {
                    self.edits.extend(value::without_star(scope, up));
                    Some(())
                }
                ExprKind::Selector { .. } => Some(()),
                _ => None,
            },
            Parent::Stmt(stmt) => {
                match value::target(scope, stmt, call, self.result)? {
                    Target::Dropped => {}
                    Target::Defines(definition) => {
                        self.edits.extend(definition.edits);
                        self.edits.extend(value::uses(scope, definition.local, &|_| false)?);
                    }
                }
                Some(())
            }
        }
    }
}

/// The `return` statements of a function, without those of the literals in it.
fn returns_of(scope: &Scope<'_>) -> Vec<StmtId> {
    let is_own = |&id: &StmtId| {
        let stmt = &scope.decl[id];
        matches!(stmt.kind, StmtKind::Return(_))
            && scope.tree().literals_around(stmt.start).is_empty()
    };
    scope.tree().stmts().filter(is_own).collect()
}

/// The value that a variable is defined with, and the edits to a type that is written there.
fn definition_of(
    scope: &Scope<'_>,
    local: crate::types::info::LocalId,
) -> Option<(ExprId, Vec<TextEdit>)> {
    let pos = scope.info.locals[local.0 as usize].pos;
    for stmt in scope.tree().stmts() {
        let values: &[ExprId] = match &scope.decl[stmt].kind {
            StmtKind::Define { lhs, rhs } if lhs.len() == rhs.len() => rhs,
            StmtKind::Var(specs) => {
                let of = specs.iter().find(|spec| spec.names.iter().any(|name| name.pos == pos));
                let Some(spec) = of else { continue };
                if spec.names.len() != spec.values.len() {
                    return None;
                }
                &spec.values
            }
            _ => continue,
        };
        for &value in values {
            if let Some(Target::Defines(found)) = value::target(scope, stmt, value, 0)
                && found.local == local
            {
                return Some((value, found.edits));
            }
        }
    }
    None
}

/// Whether the linker, and not only the type checker, connects uses to the function.
fn is_linked(scope: &Scope<'_>, func: &FuncDecl) -> bool {
    let files = &scope.built.compiled.files;
    files.iter().any(|file| {
        let mut linked = file.ast.linknames.iter().map(|linkname| linkname.local);
        let mut imports = file.ast.imports.iter().map(|import| import.path.as_str());
        linked.any(|local| local == func.name.name) || imports.any(|path| path == "C")
    })
}

/// Whether values of a type may be copied after they have been used: a struct in which there is
/// nothing that remembers its own address, such as a lock.
///
/// A lock is known as `go vet` knows it, by methods `Lock` and `Unlock` of its pointer.
fn is_copied_freely(cx: &Cx<'_>, ty: Ty) -> bool {
    if !matches!(cx.under(ty).kind(), TyKind::Struct(_)) || ty.has_tparams() {
        return false;
    }
    let mut todo = vec![ty];
    while let Some(ty) = todo.pop() {
        if let TyKind::Named(named) = ty.kind() {
            let methods = cx.defs.methods(named.def);
            let has = |name| methods.iter().any(|method| method.name.as_str() == name);
            // Its text: "Do not copy a non-zero Builder."
            let is_builder = named.def.package.path.as_str() == "strings"
                && named.def.name.as_str() == "Builder";
            if (has("Lock") && has("Unlock")) || is_builder {
                return false;
            }
        }
        match cx.under(ty).kind() {
            TyKind::Struct(fields) => todo.extend(fields.iter().map(|field| field.ty)),
            TyKind::Array(_, elem) => todo.push(*elem),
            _ => {}
        }
    }
    true
}

/// Whether some interface in sight of a package has a method of that name, so that the method may
/// be called through it.
fn has_interface_with(user: &Arc<Built>, method: DefId) -> bool {
    let compiled = &user.compiled;
    let has = |ty: Ty| match ty.kind() {
        TyKind::Interface(interface) => interface.methods.iter().any(|m| m.name == method.name),
        _ => false,
    };
    let known = user.imports.world.packages.values().chain([&compiled.summary.types]);
    if known.flat_map(|types| types.underlying.values()).any(|&ty| has(ty)) {
        return true;
    }
    Scope::all(user).any(|scope| scope.info.types.iter().any(|&ty| has(ty)))
}
