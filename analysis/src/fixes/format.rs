//! Formats one number without an interface around it.
//!
//! `fmt.Sprintf("%d", n)` and `fmt.Sprint(n)` put a copy of `n` on the heap, because `fmt` takes
//! interfaces. For the predeclared types, which have no methods that `fmt` would ask, `strconv`
//! gives the same text.

use super::scope::{HeapValue, Scope};
use super::tree::Parent;
use super::{Place, Proposal};
use crate::cancel::Answer;
use crate::syntax::ast::{ExprId, ExprKind};
use crate::types::info::Object;
use crate::types::ty::{Basic, Ty, TyKind};

pub(super) fn propose(place: &Place<'_>) -> Answer<Vec<Proposal>> {
    let proposals = place.here().filter_map(|value| format(&place.scope, value));
    Ok(proposals.collect())
}

fn format(scope: &Scope<'_>, value: &HeapValue) -> Option<Proposal> {
    let decl = scope.decl;
    let (call, operand) = scope.tree().exprs().find_map(|id| {
        let Parent::Expr(call) = scope.tree().parent(id) else { return None };
        let is_operand = decl[id].pos == value.offset && formatted(scope, call) == Some(id);
        is_operand.then_some((call, id))
    })?;
    let (name, before, after) = formatter(scope.ty(operand))?;
    let (call, operand) = (&decl[call], &decl[operand]);
    let (opening, closing) = (call.start..operand.start, operand.end..call.end);
    let has_comment = |text: &str| text.contains("//") || text.contains("/*");
    if has_comment(scope.text(opening.clone())) || has_comment(scope.text(closing.clone())) {
        return None;
    }
    let (strconv, import) = scope.qualifier("strconv")?;
    let mut edits = vec![
        scope.replace(opening, format!("{strconv}{name}({before}")),
        scope.replace(closing, format!("{after})")),
    ];
    edits.extend(import);
    let title = format!("Format with {strconv}{name}");
    Some(Proposal { title, edits, gone: vec![value.clone()], names: Vec::new() })
}

/// The only value that a call of `fmt` formats, in the way that is its type's own.
fn formatted(scope: &Scope<'_>, call: ExprId) -> Option<ExprId> {
    let ExprKind::Call { fun, args, spread: false } = &scope.decl[call].kind else { return None };
    let Some(Object::Global(def)) = scope.object(*fun) else { return None };
    if def.package.path.as_str() != "fmt" {
        return None;
    }
    match (def.name.as_str(), &**args) {
        ("Sprint", &[operand]) => Some(operand),
        ("Sprintf", &[verb, operand]) => {
            let is_boolean = scope.ty(operand) == Ty::basic(Basic::Bool);
            let own = if is_boolean { "\"%t\"" } else { "\"%d\"" };
            let ExprKind::BasicLit { text, .. } = scope.decl[verb].kind else { return None };
            [own, "\"%v\""].contains(&text.as_str()).then_some(operand)
        }
        _ => None,
    }
}

/// The function of `strconv` for a type, and what stands before and after its argument.
fn formatter(ty: Ty) -> Option<(&'static str, &'static str, &'static str)> {
    let TyKind::Basic(basic) = ty.kind() else { return None };
    Some(match basic.canon() {
        Basic::Bool => ("FormatBool", "", ""),
        Basic::Int => ("Itoa", "", ""),
        Basic::Int64 => ("FormatInt", "", ", 10"),
        Basic::Int8 | Basic::Int16 | Basic::Int32 => ("FormatInt", "int64(", "), 10"),
        Basic::Uint64 => ("FormatUint", "", ", 10"),
        Basic::Uint | Basic::Uint8 | Basic::Uint16 | Basic::Uint32 => {
            ("FormatUint", "uint64(", "), 10")
        }
        _ => return None,
    })
}
