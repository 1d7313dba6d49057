//! A variable that holds a pointer becomes one that holds the value.
//!
//! Where the pointer itself was used, the variable's address takes its place: it is the address of
//! the same one value as long as the variable is never assigned again.

use super::scope::Scope;
use super::tree::Parent;
use crate::explain::finding::TextEdit;
use crate::syntax::ast::{ExprId, ExprKind, StmtId, StmtKind, UnaryOp};
use crate::types::cx::Cx;
use crate::types::info::LocalId;
use crate::types::ty::{Ty, TyKind};

/// The edits to all uses of `local`, whose declaration is not touched here. `is_kept` says which
/// uses are to be the value itself. Nothing if some use would mean something else.
pub(super) fn uses(
    scope: &Scope<'_>,
    local: LocalId,
    is_kept: &dyn Fn(ExprId) -> bool,
) -> Option<Vec<TextEdit>> {
    let mut edits = Vec::new();
    for id in scope.uses_of(local) {
        if !is_kept(id) {
            one_use(scope, id, &mut edits)?;
        }
    }
    Some(edits)
}

fn one_use(scope: &Scope<'_>, id: ExprId, edits: &mut Vec<TextEdit>) -> Option<()> {
    let decl = scope.decl;
    let start = decl[id].start;
    let take_address = |edits: &mut Vec<TextEdit>| edits.push(scope.insert(start, "&"));
    match scope.tree().parent(id) {
        Parent::Decl => return None,
        Parent::Expr(up) => match &decl[up].kind {
            ExprKind::Selector { .. } => {}
            ExprKind::Star(_) => edits.extend(without_star(scope, up)),
            ExprKind::Binary { .. } | ExprKind::Paren(_) => return None,
            ExprKind::Unary { op: UnaryOp::Addr, .. } => return None,
            ExprKind::Call { fun, .. } if *fun == id => return None,
            ExprKind::Index { x, .. } | ExprKind::Slice { x, .. } if *x == id => return None,
            ExprKind::Call { .. }
            | ExprKind::CompositeLit { .. }
            | ExprKind::KeyValue { .. }
            | ExprKind::Index { .. } => take_address(edits),
            // Nothing else has a pointer as its operand.
            _ => return None,
        },
        Parent::Stmt(stmt) => match &decl[stmt].kind {
            StmtKind::Assign { lhs, .. } | StmtKind::Define { lhs, .. } if lhs.contains(&id) => {
                return None;
            }
            StmtKind::Assign { lhs, rhs } if lhs.len() == rhs.len() => {
                // `_ = p` only says that `p` is used.
                let at = rhs.iter().position(|&value| value == id)?;
                if !scope.is_blank(lhs[at]) {
                    take_address(edits);
                }
            }
            StmtKind::Define { .. }
            | StmtKind::Return(_)
            | StmtKind::Send { .. }
            | StmtKind::Var(_) => take_address(edits),
            _ => return None,
        },
    }
    Some(())
}

/// `*p` becomes `p`, and `(*p).x` becomes `p.x`.
pub(super) fn without_star(scope: &Scope<'_>, star: ExprId) -> Vec<TextEdit> {
    let decl = scope.decl;
    let ExprKind::Star(x) = decl[star].kind else { return Vec::new() };
    let (outer, inner) = (&decl[star], &decl[x]);
    if let Parent::Expr(paren) = scope.tree().parent(star)
        && let ExprKind::Paren(_) = decl[paren].kind
        && let Parent::Expr(up) = scope.tree().parent(paren)
        && let ExprKind::Selector { .. } = decl[up].kind
        && let ExprKind::Name(_) = inner.kind
    {
        let paren = &decl[paren];
        return vec![
            scope.replace(paren.start..inner.start, ""),
            scope.replace(inner.end..paren.end, ""),
        ];
    }
    vec![scope.replace(outer.start..inner.start, "")]
}

/// How a pointer to a value made on the spot is written: `&T{…}` or `new(T)`.
pub(super) fn made_by(scope: &Scope<'_>, id: ExprId) -> Option<Vec<TextEdit>> {
    use crate::types::info::{Builtin, Mode, Object};
    let expr = &scope.decl[id];
    match &expr.kind {
        ExprKind::Unary { op: UnaryOp::Addr, x } => {
            let ExprKind::CompositeLit { .. } = scope.decl[*x].kind else { return None };
            Some(vec![scope.replace(expr.start..scope.decl[*x].start, "")])
        }
        ExprKind::Call { fun, args, .. } => {
            let &[arg] = &**args else { return None };
            let is_new = scope.object(*fun) == Some(Object::Builtin(Builtin::New));
            if !is_new || scope.info.modes.get(arg.0 as usize) != Some(&Mode::TypeExpr) {
                return None;
            }
            Some(vec![
                scope.replace(expr.start..scope.decl[arg].start, ""),
                scope.replace(scope.decl[arg].end..expr.end, "{}"),
            ])
        }
        _ => None,
    }
}

/// How a variable gets its first value.
pub(super) struct Definition {
    /// The variable.
    pub(super) local: LocalId,
    /// The edits to a type that is written there.
    pub(super) edits: Vec<TextEdit>,
}

/// What becomes of the `result`-th value of `value` in a statement of its own.
pub(super) enum Target {
    /// Nothing: it is dropped.
    Dropped,
    /// It is the first and only value of a variable.
    Defines(Definition),
}

/// Where a value goes in the statement that it is an operand of; nothing if that is neither a
/// definition nor `_`.
pub(super) fn target(
    scope: &Scope<'_>,
    stmt: StmtId,
    value: ExprId,
    result: usize,
) -> Option<Target> {
    let decl = scope.decl;
    let name_at = |values: &[ExprId], n_names: usize| {
        let at = values.iter().position(|&one| one == value)?;
        Some(if values.len() == n_names { at } else { result })
    };
    match &decl[stmt].kind {
        StmtKind::Expr(_) | StmtKind::Go(_) | StmtKind::Defer(_) => Some(Target::Dropped),
        StmtKind::Assign { lhs, rhs } => {
            let name = *lhs.get(name_at(rhs, lhs.len())?)?;
            scope.is_blank(name).then_some(Target::Dropped)
        }
        StmtKind::Define { lhs, rhs } => {
            let name = *lhs.get(name_at(rhs, lhs.len())?)?;
            if scope.is_blank(name) {
                return Some(Target::Dropped);
            }
            // The variable of a `for` is copied from iteration to iteration, which would copy the
            // value.
            if let Parent::Stmt(up) = scope.tree().parent_of_stmt(stmt)
                && let StmtKind::For { .. } = decl[up].kind
                && is_init_of(scope, up, stmt)
            {
                return None;
            }
            // A name that is defined elsewhere is only assigned here.
            let local = scope.declares(name)?;
            Some(Target::Defines(Definition { local, edits: Vec::new() }))
        }
        StmtKind::Var(specs) => {
            let spec = specs.iter().find(|spec| spec.values.contains(&value))?;
            let name = spec.names.get(name_at(&spec.values, spec.names.len())?)?;
            let edits = match spec.ty {
                None => Vec::new(),
                Some(ty) if spec.names.len() == 1 => match decl[ty].kind {
                    ExprKind::Star(_) => without_star(scope, ty),
                    _ => return None,
                },
                Some(_) => return None,
            };
            if name.name.is_blank() {
                return Some(Target::Dropped);
            }
            let local = scope.info.decls.get(&name.pos).copied()?;
            Some(Target::Defines(Definition { local, edits }))
        }
        _ => None,
    }
}

fn is_init_of(scope: &Scope<'_>, outer: StmtId, inner: StmtId) -> bool {
    matches!(scope.decl[outer].kind, StmtKind::For { init, .. } if init == Some(inner))
}

/// Whether there is something in a value that remembers its own address, such as a lock.
///
/// A lock is known as `go vet` knows it, by methods `Lock` and `Unlock` of its pointer.
pub(super) fn remembers_address(cx: &Cx<'_>, ty: Ty) -> bool {
    let (mut todo, mut seen) = (vec![ty], Vec::new());
    while let Some(ty) = todo.pop() {
        // An invalid type may contain itself.
        if seen.contains(&ty) {
            continue;
        }
        seen.push(ty);
        if let TyKind::Named(named) = ty.kind() {
            let methods = cx.defs.methods(named.def);
            let has = |name| methods.iter().any(|method| method.name.as_str() == name);
            // Its text: "Do not copy a non-zero Builder."
            let is_builder = named.def.package.path.as_str() == "strings"
                && named.def.name.as_str() == "Builder";
            if (has("Lock") && has("Unlock")) || is_builder {
                return true;
            }
        }
        match cx.under(ty).kind() {
            TyKind::Struct(fields) => todo.extend(fields.iter().map(|field| field.ty)),
            TyKind::Array(_, elem) => todo.push(*elem),
            _ => {}
        }
    }
    false
}
