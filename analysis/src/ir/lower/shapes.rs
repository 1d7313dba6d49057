//! Shapes: which instances of a generic function share their code.
//!
//! Upstream: `noder/reader.go`, `Shapify`, `objDictIdx`, `shapeSig`.

use crate::symbol::Symbol;
use crate::types::env::{FuncDef, TypeParamDef};
use crate::types::subst::{Subst, subst};
use crate::types::ty::{DefId, Ty, TyKind};

use super::super::func::{FuncId, FuncKey};
use super::super::node::{Kind, Pos};
use super::{DICT, Lower};
use crate::types::cx::Cx;

/// The type parameters of a function: those of its receiver's type, then its own.
pub fn type_params(cx: &Cx<'_>, func: &FuncDef) -> Vec<TypeParamDef> {
    let mut all = Vec::new();
    if let Some(recv) = func.recv {
        let base = match recv.kind() {
            TyKind::Pointer(base) => *base,
            _ => recv,
        };
        if let TyKind::Named(named) = base.kind() {
            all.extend_from_slice(&cx.defs.type_params(named.def));
        }
    }
    all.extend_from_slice(&func.tparams);
    all
}

/// The shapes of a function's type arguments.
pub fn shapes(cx: &Cx<'_>, func: &FuncDef, args: &[Ty]) -> Vec<Ty> {
    let tparams = type_params(cx, func);
    let shape = |(arg, tparam): (&Ty, &TypeParamDef)| {
        shape_of(cx, *arg, tparam.constraint, &mut Vec::new())
    };
    args.iter().zip(&tparams).map(shape).collect()
}

/// The shape of one type argument; itself if it is among the types whose declarations are `open`.
pub fn shape_of(cx: &Cx<'_>, arg: Ty, constraint: Ty, open: &mut Vec<Ty>) -> Ty {
    if open.contains(&arg) {
        return arg;
    }
    let shape = cx.shapify(arg, cx.constraint_kind(constraint));
    if matches!(arg.kind(), TyKind::Shape(_)) {
        // Only the shape of a pointer may become another one.
        return shape;
    }
    match shape.kind() {
        TyKind::Shape(under) if under.has_shapes() => {
            open.push(arg);
            let under = shaped_type(cx, *under, open);
            open.pop();
            Ty::new(TyKind::Shape(under))
        }
        _ => shape,
    }
}

/// A type of shaped code as the compiler has it: an instance with one shape among its arguments is
/// an instance of shapes throughout. `open` holds the instances whose underlying types are being
/// looked at; these stay as they are where they lead back to themselves.
///
/// Upstream: `noder/reader.go`, `objDictIdx`, `Shapify`.
pub fn shaped_type(cx: &Cx<'_>, ty: Ty, open: &mut Vec<Ty>) -> Ty {
    if !ty.has_shapes() || open.len() > MAX_OPEN {
        return ty;
    }
    match ty.kind() {
        TyKind::Shape(_) => ty,
        TyKind::Named(named) => {
            let tparams = cx.defs.type_params(named.def);
            let mut args = Vec::with_capacity(named.args.len());
            for (at, arg) in named.args.iter().enumerate() {
                let arg = shaped_type(cx, *arg, open);
                args.push(match tparams.get(at) {
                    Some(tparam) => shape_of(cx, arg, tparam.constraint, open),
                    None => arg,
                });
            }
            Ty::named(named.def, &args)
        }
        kind => Ty::new(kind.map_children(&mut |child| shaped_type(cx, child, open))),
    }
}

/// How deep instances may lead into each other before they are left as they are.
const MAX_OPEN: usize = 16;

impl Lower<'_> {
    /// What stands for a function's type parameters in its instance.
    pub(super) fn instance_subst(&self, func: &FuncDef, args: &[Ty]) -> Subst {
        Subst::of_params(&type_params(self.cx(), func), args)
    }

    pub(super) fn shapes_for(&self, def: DefId, args: &[Ty]) -> Vec<Ty> {
        match self.cx().defs.func(def) {
            Some(func) => shapes(self.cx(), &func, args),
            None => args.to_vec(),
        }
    }

    /// Receiver and type of a function's instance, without dictionary.
    pub(super) fn shaped_sig(&self, def: DefId, args: &[Ty]) -> (Option<Ty>, Ty) {
        let Some(func) = self.cx().defs.func(def) else { return (None, Ty::invalid()) };
        let map = self.instance_subst(&func, args);
        let instance = |ty| shaped_type(self.cx(), subst(ty, &map), &mut Vec::new());
        (func.recv.map(instance), instance(func.sig))
    }

    /// The body of an instance's wrapper, which passes the dictionary to the shaped function.
    /// Upstream: `callShaped`.
    pub(super) fn call_shaped(&mut self, def: DefId, args: &[Ty]) {
        let func = self.func();
        let pos = self.unit[func].pos;
        let n_params = self.unit[func].n_params as usize;
        let params: Vec<_> =
            self.unit[func].dcl[..n_params].iter().map(|local| self.unit[*local].node).collect();
        let dict = self.dict_global(def, args);
        let dict = self.build().addr(dict, pos);
        let shapes = self.shapes_for(def, args);
        let (recv, sig) = self.shaped_sig(def, &shapes);
        let mut call_args = Vec::new();
        let fun = if let Some(recv) = recv {
            let pointer = matches!(recv.kind(), TyKind::Pointer(_));
            call_args.extend(params.first());
            call_args.push(dict);
            call_args.extend(params.iter().skip(1));
            self.shaped_method(def, args, pointer, def.name, pos)
        } else {
            call_args.push(dict);
            call_args.extend(&params);
            let ty = self.with_params(&[self.dict_type(def)], sig);
            let func = FuncId::new(FuncKey::Shaped(def, shapes.into()));
            self.build().add(Kind::Func(func), ty, Pos::NONE)
        };
        self.tail_call(fun, call_args, pos);
    }

    /// Copies the dictionary into the literal at hand, if there is one around.
    pub(super) fn capture_dict(&mut self) {
        let n = self.frames.len();
        let Some(outer) = n.checked_sub(2).and_then(|at| self.frames[at].dict) else { return };
        let pos = self.unit[self.unit[outer].node].pos;
        let func = self.func();
        debug_assert_eq!(self.unit[outer].name, Symbol::new(DICT));
        let local = self.build().capture(func, outer, pos);
        self.set_dict(local);
    }
}
