//! Substitution of types for type parameters.
//!
//! Upstream: `cmd/compile/internal/types2/subst.go`.

use rustc_hash::FxHashMap;

use super::cx::deep;
use super::env::TypeParamDef;
use super::ty::{Ty, TyKind};

/// Which type stands for which type parameter.
#[derive(Debug, Clone, Default)]
pub struct Subst {
    pairs: Vec<(Ty, Ty)>,
}

impl Subst {
    /// `args` in place of the parameters declared by `tparams`; what is missing stays as it is.
    pub fn of_params(tparams: &[TypeParamDef], args: &[Ty]) -> Subst {
        Subst { pairs: tparams.iter().map(|def| def.ty).zip(args.iter().copied()).collect() }
    }

    /// `args` in place of `params`.
    pub fn of(params: &[Ty], args: &[Ty]) -> Subst {
        Subst { pairs: params.iter().copied().zip(args.iter().copied()).collect() }
    }

    /// Adds `arg` in place of `param`.
    pub fn insert(&mut self, param: Ty, arg: Ty) {
        self.pairs.push((param, arg));
    }

    /// Whether nothing is replaced.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// What stands for `param`.
    pub fn get(&self, param: Ty) -> Option<Ty> {
        self.pairs.iter().find(|(key, _)| *key == param).map(|(_, arg)| *arg)
    }
}

/// `ty` with its type parameters replaced.
pub fn subst(ty: Ty, map: &Subst) -> Ty {
    if map.is_empty() {
        return ty;
    }
    replace(ty, map, &mut FxHashMap::default())
}

/// `done` holds what has several parts: where parts are shared, they are replaced once.
fn replace(ty: Ty, map: &Subst, done: &mut FxHashMap<Ty, Ty>) -> Ty {
    if !ty.has_tparams() {
        return ty;
    }
    let branches = match ty.kind() {
        TyKind::Param(_) => return map.get(ty).unwrap_or(ty),
        TyKind::Pointer(_) | TyKind::Slice(_) | TyKind::Array(..) | TyKind::Chan(..) => false,
        TyKind::Named(named) => named.args.len() > 1,
        _ => true,
    };
    if branches && let Some(known) = done.get(&ty) {
        return *known;
    }
    let replaced = deep(|| {
        let kind = ty.kind().map_children(&mut |child| replace(child, map, done));
        if kind == *ty.kind() { ty } else { Ty::new(kind) }
    });
    if branches {
        done.insert(ty, replaced);
    }
    replaced
}

/// A list of types with their type parameters replaced.
pub fn subst_list(types: &[Ty], map: &Subst) -> Vec<Ty> {
    types.iter().map(|ty| subst(*ty, map)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ty::{Basic, DefId, PkgId, TypeParam};

    #[test]
    fn shared_parts_are_replaced_once() {
        let owner = DefId::new(PkgId::new("p"), "F".into());
        let param = Ty::new(TyKind::Param(TypeParam { owner, index: 0, name: "P".into() }));
        let int = Ty::basic(Basic::Int);
        let double = |ty: Ty| (0..200).fold(ty, |ty, _| Ty::func(&[ty, ty], &[], false));
        assert_eq!(subst(double(param), &Subst::of(&[param], &[int])), double(int));
    }

    #[test]
    fn parameters_are_replaced_everywhere_at_once() {
        let owner = DefId::new(PkgId::new("p"), "F".into());
        let param = |index, name: &str| {
            Ty::new(TyKind::Param(TypeParam { owner, index, name: name.into() }))
        };
        let (p, q, int) = (param(0, "P"), param(1, "Q"), Ty::basic(Basic::Int));
        let map = Subst::of(&[p, q], &[q, int]);
        let generic = Ty::new(TyKind::Map(p, Ty::slice(q)));
        assert_eq!(subst(generic, &map), Ty::new(TyKind::Map(q, Ty::slice(int))));
        assert_eq!(subst(Ty::slice(int), &map), Ty::slice(int));
    }
}
