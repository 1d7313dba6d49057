//! How the parameters of methods are written: whoever makes a wrapper gives its parameters these
//! names and places, also if the method is an imported one.
//!
//! Upstream: the parameters of a `types.Type` keep `Sym` and `Pos` of their declaration.

use crate::symbol::Symbol;
use crate::syntax::ast::{Decl, DeclKind, ExprKind, FuncSig, Ident, InterfaceElem, Offset, Param};
use crate::types::ty::DefId;

use super::param_offset;

/// The receiver, parameters and results of a method as written.
#[derive(Debug, PartialEq, Eq)]
pub struct Params {
    /// The declaration that all offsets are in: the method's, or that of its interface.
    pub decl: DefId,
    /// Where the method's declaration stands.
    pub pos: Offset,
    /// The receiver; an interface's methods have none.
    pub recv: Option<Written>,
    /// The parameters.
    pub params: Box<[Written]>,
    /// The results.
    pub results: Box<[Written]>,
}

/// A parameter as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Its name, if it has one that is not `_`.
    pub name: Option<Symbol>,
    /// Where it stands.
    pub pos: Offset,
}

impl Written {
    fn new(name: Option<Ident>, pos: Offset) -> Written {
        let name = name.map(|name| name.name).filter(|name| !name.is_blank() && !name.is_empty());
        Written { name, pos }
    }
}

/// The methods that a declaration declares: itself, or those written in an interface type, each as
/// a child of that type.
pub fn declared_params(def: DefId, decl: &Decl) -> Vec<(DefId, Params)> {
    match &decl.kind {
        DeclKind::Func(func) => {
            let Some(recv) = &func.recv else { return Vec::new() };
            let at = recv.name.map_or(decl[recv.ty].start, |name| name.pos);
            let recv = Some(Written::new(recv.name, at));
            vec![(def, params(def, func.pos, recv, decl, &func.sig))]
        }
        DeclKind::Type(spec) => {
            let ExprKind::InterfaceType(elems) = &decl[spec.ty].kind else { return Vec::new() };
            let method = |elem: &InterfaceElem| {
                let InterfaceElem::Method(name, ty) = elem else { return None };
                let ExprKind::FuncType(sig) = &decl[*ty].kind else { return None };
                Some((def.child(name.name, 0), params(def, name.pos, None, decl, sig)))
            };
            elems.iter().filter_map(method).collect()
        }
        _ => Vec::new(),
    }
}

fn params(def: DefId, pos: Offset, recv: Option<Written>, decl: &Decl, sig: &FuncSig) -> Params {
    let written = |list: &[Param]| -> Box<[Written]> {
        list.iter().map(|param| Written::new(param.name, param_offset(decl, param))).collect()
    };
    Params { decl: def, pos, recv, params: written(&sig.params), results: written(&sig.results) }
}
