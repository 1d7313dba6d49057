//! Types must not contain themselves.
//!
//! Upstream: `cmd/compile/internal/types2/validtype.go`.

use super::cx::{Cx, EXPANSION_LIMIT, deep};
use super::ty::{DefId, PkgId, Ty, TyKind};

/// The defined types through which a type contains itself, if it does.
pub(super) fn contains_itself(
    cx: &Cx<'_>,
    package: PkgId,
    rhs: &dyn Fn(DefId) -> Option<Ty>,
    ty: Ty,
) -> Option<Vec<Ty>> {
    let mut walk = Walk { cx, package, rhs, path: Vec::new(), done: Vec::new() };
    walk.visit(ty, &mut Vec::new())
}

struct Walk<'a> {
    cx: &'a Cx<'a>,
    package: PkgId,
    /// What stands on the right of a declaration, where that is known.
    rhs: &'a dyn Fn(DefId) -> Option<Ty>,
    path: Vec<Ty>,
    /// Types without arguments that were seen to be fine.
    done: Vec<Ty>,
}

impl Walk<'_> {
    /// `nest` holds the types whose declarations are being looked into; type parameters met there
    /// stand for the innermost one's arguments.
    fn visit(&mut self, ty: Ty, nest: &mut Vec<Ty>) -> Option<Vec<Ty>> {
        deep(|| match ty.kind() {
            TyKind::Array(_, elem) => self.visit(*elem, nest),
            TyKind::Struct(fields) => fields.iter().find_map(|f| self.visit(f.ty, nest)),
            TyKind::Union(terms) => terms.iter().find_map(|t| self.visit(t.ty, nest)),
            TyKind::Interface(it) => it.embeds.iter().find_map(|t| self.visit(*t, nest)),
            TyKind::Named(named) => {
                if nest.contains(&ty) {
                    let start = self.path.iter().position(|each| *each == ty).unwrap_or(0);
                    return Some(self.path[start..].to_vec());
                }
                // Imported types were checked with their package, unless their arguments matter.
                let imported = named.def.package != self.package && named.args.is_empty();
                if imported || self.done.contains(&ty) || nest.len() > EXPANSION_LIMIT {
                    return None;
                }
                let rhs = (self.rhs)(named.def);
                let rhs = rhs.unwrap_or_else(|| self.cx.defs.underlying(named.def));
                nest.push(ty);
                self.path.push(ty);
                let found = self.visit(rhs, nest);
                self.path.pop();
                nest.pop();
                if found.is_none() && named.args.is_empty() {
                    self.done.push(ty);
                }
                found
            }
            TyKind::Param(_) => {
                let inst = nest.pop()?;
                let found = match inst.kind() {
                    TyKind::Named(named) => {
                        let tparams = self.cx.defs.type_params(named.def);
                        let at = tparams.iter().position(|def| def.ty == ty);
                        let targ = at.and_then(|at| named.args.get(at).copied());
                        // A declaration's own parameters stand for themselves.
                        targ.filter(|targ| *targ != ty).and_then(|targ| self.visit(targ, nest))
                    }
                    _ => None,
                };
                nest.push(inst);
                found
            }
            _ => None,
        })
    }
}
