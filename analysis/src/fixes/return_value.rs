//! Returns a value instead of a pointer to it, and changes all callers.
//!
//! Applies to a result whose every value is made by the function itself: `&T{…}`, `new(T)`, the
//! address of a variable, or a variable that holds such a pointer; or by another function that can
//! be changed in the same way; or that is nil only where an error is returned with it. Each caller
//! must keep the result in a variable of its own, use a part of it at once, hand it on to its own
//! caller, or drop it; and the function must not be used otherwise than by calling it, nor be
//! reachable through an interface.

use super::scope::{HeapValue, Scope, pointed_to};
use super::tree::{Parent, func_decl};
use super::value::{self, Target};
use super::{Place, Proposal, Workspace, guard, same_text};
use crate::cancel::Answer;
use crate::explain::finding::TextEdit;
use crate::store::Built;
use crate::syntax::ast::{ExprId, ExprKind, FuncDecl, Offset, StmtId, StmtKind, UnaryOp};
use crate::types::cx::Cx;
use crate::types::info::{LocalId, Object, SelectionKind};
use crate::types::ty::{DefId, Ty, TyKind};

/// The largest value that is worth copying rather than allocating, in bytes.
const MAX_COPIED: i64 = 512;

/// How many functions one action changes the results of.
const MAX_FUNCS: usize = 8;

pub(super) fn propose(place: &Place<'_>) -> Answer<Vec<Proposal>> {
    let scope = &place.scope;
    let (Some(func), Some(&def)) = (func_decl(scope.decl), scope.defs.first()) else {
        return Ok(Vec::new());
    };
    if place.heap.is_empty() {
        return Ok(Vec::new());
    }
    let mut proposals = Vec::new();
    for result in 0..func.sig.results.len() {
        let mut rewrite = Rewrite::new(place.workspace);
        rewrite.include(def, result);
        if rewrite.callee(scope, 0).is_none() || rewrite.gone.is_empty() {
            continue;
        }
        let is_asked = place.is_here(func.name.pos)
            || returns_of(scope).iter().any(|&stmt| place.is_here(scope.decl[stmt].start))
            || rewrite.gone.iter().any(|value| place.is_here(value.offset));
        if is_asked && rewrite.complete()? {
            let ty = func.sig.results[result].ty;
            let name = scope.text_of(ty).trim_start_matches(['*', ' ']);
            proposals.push(rewrite.into_proposal(name));
        }
    }
    Ok(proposals)
}

/// A result that becomes a value.
#[derive(Debug, Clone, Copy)]
struct ByValue {
    func: DefId,
    result: usize,
    /// How many results the function has; known once it has been looked at.
    of: usize,
}

/// All that has to be changed together.
struct Rewrite<'a> {
    workspace: Workspace<'a>,
    results: Vec<ByValue>,
    edits: Vec<TextEdit>,
    gone: Vec<HeapValue>,
    /// Whether some pointer was nil, next to an error.
    has_nil: bool,
    /// Whether each caller looks at the error before it uses the pointer.
    is_heeded: bool,
    /// Whether users of the module may call one of the functions.
    is_api: bool,
}

impl<'a> Rewrite<'a> {
    fn new(workspace: Workspace<'a>) -> Rewrite<'a> {
        Rewrite {
            workspace,
            results: Vec::new(),
            edits: Vec::new(),
            gone: Vec::new(),
            has_nil: false,
            is_heeded: true,
            is_api: false,
        }
    }

    /// Demands that a result becomes a value.
    fn include(&mut self, func: DefId, result: usize) {
        let is_it = |one: &ByValue| one.result == result && same_text(one.func, func);
        if !self.results.iter().any(is_it) {
            self.results.push(ByValue { func, result, of: 0 });
        }
    }

    /// Changes callers, and what they demand to be changed with them; whether that was possible.
    fn complete(&mut self) -> Answer<bool> {
        let mut at = 0;
        while let Some(&ByValue { func, .. }) = self.results.get(at) {
            let Some(built) = self.workspace.built(func.package)? else { return Ok(false) };
            let is_it = |scope: &Scope<'_>| {
                scope.defs.first().is_some_and(|&def| same_text(def, func))
                    && func_decl(scope.decl).is_some()
            };
            let Some(scope) = Scope::all(&built).find(is_it) else { return Ok(false) };
            if at >= MAX_FUNCS || (at > 0 && self.callee(&scope, at).is_none()) {
                return Ok(false);
            }
            self.is_api |= is_api(func) && built.compiled.summary.types.name.as_str() != "main";
            let Some(users) = self.workspace.users(scope.path(), func) else { return Ok(false) };
            for user in users {
                self.workspace.cancel.check()?;
                let Some(user) = self.workspace.built(user)? else { return Ok(false) };
                let is_fixed = has_linkname(&user, func)
                    || (func.parent.is_some() && has_interface_with(&user, func));
                if is_fixed || self.user(&user, at).is_none() {
                    return Ok(false);
                }
            }
            at += 1;
        }
        let is_small = |value: &HeapValue| value.size.is_some_and(|size| size <= MAX_COPIED);
        Ok(self.gone.iter().all(is_small) && (!self.has_nil || self.is_heeded))
    }

    fn into_proposal(mut self, name: &str) -> Proposal {
        self.gone.sort_by_key(|value| value.offset);
        self.gone.dedup_by(|a, b| a.offset == b.offset && a.decision == b.decision);
        let others: Vec<&str> = self.results[1..].iter().map(|r| r.func.name.as_str()).collect();
        let also = match &*others {
            [] => String::new(),
            [one] => format!(", also from {one}"),
            many => format!(", also from {} other functions", many.len()),
        };
        let api = if self.is_api { " (API change)" } else { "" };
        Proposal {
            title: format!("Return {name} by value{also}{api}"),
            edits: self.edits,
            gone: self.gone,
            names: self.results.iter().map(|result| result.func).collect(),
        }
    }

    /// Changes the function that has the `at`-th result.
    fn callee(&mut self, scope: &Scope<'_>, at: usize) -> Option<()> {
        let func = func_decl(scope.decl)?;
        let results = &func.sig.results;
        let result = self.results[at].result;
        self.results[at].of = results.len();
        let pointer = results.get(result)?.ty;
        let ExprKind::Star(elem) = scope.decl[pointer].kind else { return None };
        let ty = pointed_to(scope.ty(pointer))?;
        let is_named = results.iter().any(|result| result.name.is_some());
        if is_named || !scope.with_cx(|cx| is_plain_struct(cx, ty)) || is_linked(scope, func) {
            return None;
        }
        self.edits.extend(value::without_star(scope, pointer));
        let callee = Callee {
            scope,
            heap: scope.heap(),
            result,
            zero: format!("{}{{}}", scope.text_of(elem)),
        };
        for stmt in returns_of(scope) {
            self.returned(&callee, stmt, results.len())?;
        }
        Some(())
    }

    /// Changes what a `return` returns.
    fn returned(&mut self, callee: &Callee<'_, '_>, stmt: StmtId, n_results: usize) -> Option<()> {
        let scope = callee.scope;
        let StmtKind::Return(values) = &scope.decl[stmt].kind else { return None };
        if values.len() != n_results {
            // The results of a call are returned as they are.
            let &[call] = &**values else { return None };
            self.include(called(scope, call)?, callee.result);
            return Some(());
        }
        let id = values[callee.result];
        if let Some(edits) = value::made_by(scope, id) {
            self.edits.extend(edits);
            self.gone.extend(callee.heap_at(scope.decl[id].pos));
            return Some(());
        }
        match (&scope.decl[id].kind, scope.object(id)) {
            (&ExprKind::Unary { op: UnaryOp::Addr, x }, _) => {
                let Some(Object::Local(local)) = scope.object(x) else { return None };
                let declared = scope.info.locals[local.0 as usize].pos;
                is_own_variable(scope, declared)?;
                self.gone.extend(callee.heap_at(declared));
                let range = scope.decl[id].start..scope.decl[x].start;
                self.edits.push(scope.replace(range, ""));
            }
            (ExprKind::Call { .. }, _) => self.include(called(scope, id)?, 0),
            (ExprKind::Name(_), Some(Object::Nil)) => {
                if !guard::admits_nil(scope, stmt, values) {
                    return None;
                }
                self.has_nil = true;
                let range = scope.decl[id].start..scope.decl[id].end;
                self.edits.push(scope.replace(range, callee.zero.as_str()));
            }
            (ExprKind::Name(_), Some(Object::Local(local))) => self.variable(callee, local)?,
            _ => return None,
        }
        Some(())
    }

    /// Makes a value of a pointer variable that is returned.
    fn variable(&mut self, callee: &Callee<'_, '_>, local: LocalId) -> Option<()> {
        let scope = callee.scope;
        is_own_variable(scope, scope.info.locals[local.0 as usize].pos)?;
        let (made, result, edits) = definition_of(scope, local)?;
        if let ExprKind::Call { .. } = scope.decl[made].kind
            && let Some(func) = called(scope, made)
        {
            // As one of that function's callers this one is changed.
            self.include(func, result);
            return Some(());
        }
        self.gone.extend(callee.heap_at(scope.decl[made].pos));
        self.edits.extend(edits);
        self.edits.extend(value::made_by(scope, made)?);
        let is_returned = |id: ExprId| returned_as(scope, id) == Some(callee.result);
        self.edits.extend(value::uses(scope, local, &is_returned)?);
        Some(())
    }

    /// Changes all that uses the `at`-th result in a package; nothing if that cannot be done.
    fn user(&mut self, user: &Built, at: usize) -> Option<()> {
        let func = self.results[at].func;
        for scope in Scope::all(user) {
            let is_this =
                |object: &Object| matches!(object, Object::Global(def) if same_text(*def, func));
            let named = scope.info.uses.iter().filter(|(_, object)| is_this(object));
            let mut uses: Vec<ExprId> = named.map(|(&id, _)| id).collect();
            if func.parent.is_some() {
                for (&id, selection) in &scope.info.selections {
                    match selection.kind {
                        SelectionKind::Method(def) if same_text(def, func) => uses.push(id),
                        SelectionKind::MethodExpr(def) if same_text(def, func) => return None,
                        _ => {}
                    }
                }
            }
            uses.sort_by_key(|&id| scope.decl[id].start);
            uses.into_iter().try_for_each(|callee| self.caller(&scope, callee, at))?;
        }
        Some(())
    }

    /// Changes one call.
    fn caller(&mut self, scope: &Scope<'_>, callee: ExprId, at: usize) -> Option<()> {
        let decl = scope.decl;
        let ByValue { result, of, .. } = self.results[at];
        let Parent::Expr(call) = scope.tree().parent(callee) else { return None };
        match decl[call].kind {
            ExprKind::Call { fun, .. } if fun == callee => {}
            _ => return None,
        }
        let stmt = match scope.tree().parent(call) {
            Parent::Decl => return None,
            Parent::Expr(up) => {
                match decl[up].kind {
                    ExprKind::Star(_) => self.edits.extend(value::without_star(scope, up)),
                    ExprKind::Selector { .. } => {}
                    _ => return None,
                }
                return Some(());
            }
            Parent::Stmt(stmt) => stmt,
        };
        if let StmtKind::Return(values) = &decl[stmt].kind {
            let handed = returned_as(scope, call)?;
            let is_whole = of > 1 && values.len() == 1;
            self.include(*scope.defs.first()?, if is_whole { result } else { handed });
            return Some(());
        }
        let Target::Defines(definition) = value::target(scope, stmt, call, result)? else {
            return Some(());
        };
        let local = definition.local;
        self.edits.extend(definition.edits);
        // Where the variable is returned, its function has to return a value too.
        let func = func_decl(decl);
        let is_handed_on = |id: ExprId| {
            let result = func.zip(returned_as(scope, id));
            let result = result.and_then(|(func, at)| func.sig.results.get(at));
            result.is_some_and(|result| matches!(decl[result.ty].kind, ExprKind::Star(_)))
        };
        for id in scope.uses_of(local).into_iter().filter(|&id| is_handed_on(id)) {
            is_own_variable(scope, scope.info.locals[local.0 as usize].pos)?;
            self.include(*scope.defs.first()?, returned_as(scope, id)?);
        }
        self.edits.extend(value::uses(scope, local, &is_handed_on)?);
        self.is_heeded &= of == 1 || guard::is_heeded(scope, stmt, local);
        Some(())
    }
}

/// A function while it is changed.
struct Callee<'s, 'a> {
    scope: &'s Scope<'a>,
    heap: Vec<HeapValue>,
    result: usize,
    /// What is returned in place of nil.
    zero: String,
}

impl Callee<'_, '_> {
    fn heap_at(&self, offset: Offset) -> impl Iterator<Item = HeapValue> {
        self.heap.iter().filter(move |value| value.offset == offset).cloned()
    }
}

/// Which of its function's results an expression is an operand of; nothing in a literal, or if it
/// is no operand of a `return`.
fn returned_as(scope: &Scope<'_>, id: ExprId) -> Option<usize> {
    let Parent::Stmt(stmt) = scope.tree().parent(id) else { return None };
    let StmtKind::Return(values) = &scope.decl[stmt].kind else { return None };
    let is_own = scope.tree().literals_around(scope.decl[id].start).is_empty();
    values.iter().position(|&value| value == id).filter(|_| is_own)
}

/// A variable is copied when it is returned, so nobody may write to it later: no deferred call.
fn is_own_variable(scope: &Scope<'_>, declared: Offset) -> Option<()> {
    let mut stmts = scope.tree().stmts();
    let has_defer = stmts.any(|id| matches!(scope.decl[id].kind, StmtKind::Defer(_)));
    (!has_defer && scope.tree().literals_around(declared).is_empty()).then_some(())
}

/// The function that a call calls, if that is certain.
fn called(scope: &Scope<'_>, call: ExprId) -> Option<DefId> {
    let ExprKind::Call { fun, .. } = scope.decl[call].kind else { return None };
    match (scope.object(fun), scope.info.selections.get(&fun)) {
        (Some(Object::Global(def)), _) => Some(def),
        (_, Some(selection)) => match selection.kind {
            SelectionKind::Method(def) => Some(def),
            _ => None,
        },
        _ => None,
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

/// What a variable is defined with: the expression, which of its values, and the edits to a type
/// that is written there.
fn definition_of(scope: &Scope<'_>, local: LocalId) -> Option<(ExprId, usize, Vec<TextEdit>)> {
    let pos = scope.info.locals[local.0 as usize].pos;
    for stmt in scope.tree().stmts() {
        let (at, values): (Option<usize>, &[ExprId]) = match &scope.decl[stmt].kind {
            StmtKind::Define { lhs, rhs } => {
                (lhs.iter().position(|&name| scope.decl[name].start == pos), rhs)
            }
            StmtKind::Var(specs) => {
                let mut at = None;
                let spec = specs.iter().find(|spec| {
                    at = spec.names.iter().position(|name| name.pos == pos);
                    at.is_some()
                });
                let Some(spec) = spec else { continue };
                (at, &spec.values)
            }
            _ => continue,
        };
        let Some(at) = at else { continue };
        let (value, result) = match values {
            [] => return None,
            [call] => (*call, at),
            values => (*values.get(at)?, 0),
        };
        match value::target(scope, stmt, value, result)? {
            Target::Defines(definition) if definition.local == local => {
                return Some((value, result, definition.edits));
            }
            _ => return None,
        }
    }
    None
}

/// Whether users of a module may call a function: it and its type are exported by a package that is
/// not internal.
fn is_api(func: DefId) -> bool {
    let is_exported = |def: DefId| def.name.as_str().starts_with(char::is_uppercase);
    let mut path = func.package.path.as_str().split('/');
    is_exported(func)
        && func.parent.is_none_or(is_exported)
        && func.package.test_of.is_empty()
        && !path.any(|element| element == "internal")
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

/// Whether values of a type may be copied after they have been used: a struct that does not
/// remember its own address.
fn is_plain_struct(cx: &Cx<'_>, ty: Ty) -> bool {
    matches!(cx.under(ty).kind(), TyKind::Struct(_))
        && !ty.has_tparams()
        && !value::remembers_address(cx, ty)
}

/// Whether a package takes a function by its linker's name.
fn has_linkname(user: &Built, func: DefId) -> bool {
    let target = format!("{}.{}", func.package.path, func.name);
    let mut linknames = user.compiled.files.iter().flat_map(|file| &file.ast.linknames);
    linknames.any(|linkname| linkname.target.is_some_and(|name| name.as_str() == target))
}

/// Whether some interface in sight of a package has a method of that name, so that the method may
/// be called through it.
fn has_interface_with(user: &Built, method: DefId) -> bool {
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
