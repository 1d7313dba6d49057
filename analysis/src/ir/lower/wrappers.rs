//! Wrappers that the compiler makes for methods: of promoted methods and methods called through a
//! pointer, which interfaces need, and of method values.
//!
//! Upstream: `noder/reader.go`, `methodWrapper`, `wrapMethodValue`.

use std::rc::Rc;
use std::sync::Arc;

use crate::symbol::Symbol;
use crate::syntax::ast::{Decl, DeclKind};
use crate::types::cx::{Cx, deep};
use crate::types::info::Info;
use crate::types::lookup::{LookupResult, MethodFound, MethodRef};
use crate::types::ty::{Basic, DefId, Method, PkgId, Ty, TyKind};

use super::super::build::signature;
use super::super::fmt::func_name;
use super::super::func::{FuncId, FuncKey, func_package};
use super::super::node::{
    BinaryOp, Class, Flags, Func, FuncIdx, Kind, List, LocalId, NodeId, Origin, Pos, Unit,
};
use super::params::{Params, Written};
use super::{DICT, Input, Lower, Packages};

/// What making a wrapper asks for.
pub struct WrapperInput<'a> {
    /// Who knows the types.
    pub cx: &'a Cx<'a>,
    /// Who knows the packages' names.
    pub names: &'a dyn Packages,
    /// The package being compiled.
    pub package: PkgId,
    /// How the parameters of a method are written; an interface's method is a child of the type.
    pub params: &'a dyn Fn(DefId) -> Option<Arc<Params>>,
    /// A type that is declared as this interface: a shape has lost the name of its own.
    pub interface: &'a dyn Fn(Ty) -> Option<DefId>,
    /// Whether a function's body can be inlined: then the wrapper must not jump to it.
    pub inlinable: &'a dyn Fn(FuncId) -> bool,
}

/// The wrapper for calling the method `name` on a `recv`, if one is needed: the method is promoted,
/// or declared for what `recv` points to.
pub fn method_wrapper(
    input: &WrapperInput<'_>,
    recv: Ty,
    name: Symbol,
    package: Option<PkgId>,
) -> Option<Unit> {
    let found = find(input, last_pointer(recv), name, package)?;
    let wrappee = wrappee(&found);
    if found.path.is_empty() && wrappee.is_some_and(|wrappee| input.cx.identical(wrappee, recv)) {
        return None;
    }
    let id = FuncId::new(FuncKey::MethodWrapper { recv, name, package });
    Some(wrapper(input, id, recv, &found, Form::Method, name))
}

/// The function behind the method value `x.name`, for an `x` of type `recv`.
pub fn method_value(
    input: &WrapperInput<'_>,
    recv: Ty,
    name: Symbol,
    package: Option<PkgId>,
) -> Option<Unit> {
    let found = find(input, recv, name, package)?;
    let id = FuncId::new(FuncKey::MethodValue { recv, name, package });
    Some(wrapper(input, id, recv, &found, Form::Value, name))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Method,
    Value,
}

fn find(
    input: &WrapperInput<'_>,
    recv: Ty,
    name: Symbol,
    package: Option<PkgId>,
) -> Option<MethodFound> {
    let from = package.unwrap_or(input.package);
    match input.cx.lookup(recv, false, from, name) {
        LookupResult::Method(found) => Some(found),
        _ => None,
    }
}

/// What a pointer to a pointer points to; any other type itself. The wrappers of types outside the
/// heap, whose pointers are no pointers to the garbage collector, are called with one more.
fn last_pointer(recv: Ty) -> Ty {
    match recv.kind() {
        TyKind::Pointer(elem) if matches!(elem.kind(), TyKind::Pointer(_)) => *elem,
        _ => recv,
    }
}

/// The receiver's type of a method with a body.
fn wrappee(found: &MethodFound) -> Option<Ty> {
    match found.method {
        MethodRef::Concrete { recv, pointer, .. } => {
            Some(if pointer { Ty::pointer(recv) } else { recv })
        }
        MethodRef::Interface { .. } => None,
    }
}

/// The declaration of a method: of an interface's as a child of the type that it is written in.
fn method_def(input: &WrapperInput<'_>, found: &MethodFound, name: Symbol) -> Option<DefId> {
    match found.method {
        MethodRef::Concrete { def, .. } => Some(def),
        MethodRef::Interface { recv, package } => interface_method(input, recv, name, package),
    }
}

fn interface_method(
    input: &WrapperInput<'_>,
    ty: Ty,
    name: Symbol,
    package: Option<PkgId>,
) -> Option<DefId> {
    let under = input.cx.under(ty);
    let TyKind::Interface(interface) = under.kind() else { return None };
    let own = |method: &Method| method.name == name && method.package == package;
    match ty.kind() {
        TyKind::Named(named) if interface.methods.iter().any(own) => {
            let def = named.def.child(name, 0);
            if (input.params)(def).is_some() {
                return Some(def);
            }
            // `type A B`: the methods are written in the declaration of `B`.
            return Some((input.interface)(under)?.child(name, 0));
        }
        TyKind::Named(_) => {}
        _ => {
            if let Some(def) = (input.interface)(under) {
                return interface_method(input, Ty::named(def, &[]), name, package);
            }
        }
    }
    let embeds = &interface.embeds;
    deep(|| embeds.iter().find_map(|embed| interface_method(input, *embed, name, package)))
}

/// Whether a method is one of a shaped type, which takes a dictionary.
/// The method of a shaped type, which takes a dictionary.
fn shaped(found: &MethodFound) -> Option<DefId> {
    match found.method {
        MethodRef::Concrete { def, recv, .. } if recv.has_shapes() => Some(def),
        _ => None,
    }
}

fn wrapper(
    input: &WrapperInput<'_>,
    id: FuncId,
    recv: Ty,
    found: &MethodFound,
    form: Form,
    name: Symbol,
) -> Unit {
    let written = method_def(input, found, name).and_then(|def| (input.params)(def));
    let def = match (&written, &found.method) {
        (Some(written), _) => written.decl,
        (None, MethodRef::Concrete { def, .. }) => *def,
        (None, MethodRef::Interface { .. }) => DefId::new(input.package, Symbol::EMPTY),
    };
    let decl = Decl {
        kind: DeclKind::Bad,
        len: 0,
        hash: 0,
        pragmas: crate::syntax::ast::Pragmas::default(),
        line_starts: Box::default(),
        errors: Vec::new(),
        exprs: Vec::new(),
        stmts: Vec::new(),
    };
    let info = Info::default();
    let lower_input = Input {
        cx: input.cx,
        names: input.names,
        package: def.package,
        compiled: input.package,
        decl: &decl,
        info: &info,
        version: None,
    };
    let mut unit = Unit::new(id, input.package, def);
    unit.origins = vec![Origin { decl: def, inl: None }];
    let mut lower = Lower::new(&lower_input, unit);
    lower.wrapper(input, recv, found, form, name, written.as_deref());
    lower.unit
}

impl Lower<'_> {
    fn wrapper(
        &mut self,
        input: &WrapperInput<'_>,
        recv: Ty,
        found: &MethodFound,
        form: Form,
        name: Symbol,
        written: Option<&Params>,
    ) {
        let pos = Pos::AUTOGENERATED;
        let (base, pointer) = match recv.kind() {
            TyKind::Pointer(base) => (*base, true),
            _ => (recv, false),
        };
        let id = self.unit.id;
        let full = func_name(&self.format(), id);
        let func = Func { has_body: true, dupok: true, ..Func::new(id, full, found.sig, pos) };
        self.unit.funcs.push(func);
        self.open(FuncIdx::ROOT, found.sig, Rc::default());
        let recv_node = self.wrapper_params(id, recv, found, form, written);
        let mut body = Vec::new();
        let wrappee = wrappee(found);
        if form == Form::Method
            && pointer
            && wrappee.is_some_and(|wrappee| self.cx().identical(wrappee, base))
        {
            body.push(self.nil_check(recv_node, recv, pos));
        }
        let mut recv_node = recv_node;
        if form == Form::Method && last_pointer(recv) != recv {
            let mut build = self.build();
            recv_node = build.deref(recv_node, pos);
            build.flag(recv_node, Flags::IMPLICIT);
        }
        let (fun, mut args) = self.wrapped_callee(recv_node, found, name, pos);
        let n_params = self.unit[FuncIdx::ROOT].n_params as usize;
        let skip = usize::from(form == Form::Method);
        let params: Vec<NodeId> = self.unit[FuncIdx::ROOT].dcl[skip..n_params]
            .iter()
            .map(|local| self.unit[*local].node)
            .collect();
        args.extend(params);
        let sig = signature(self.cx(), found.sig);
        let spread = sig.is_some_and(|sig| sig.variadic);
        let call = self.build().call(FuncIdx::ROOT, fun, args, spread, pos);
        let jumps = match self.unit[fun].kind {
            _ if !pointer || found.path.is_empty() => false,
            Kind::MethodExpr { func: Some(func), .. } => {
                wrappee.is_some_and(|wrappee| matches!(wrappee.kind(), TyKind::Pointer(_)))
                    && !(input.inlinable)(func)
            }
            _ => self.cx().target.arch != crate::release::Arch::Wasm,
        };
        let has_results = sig.is_some_and(|sig| !sig.results.is_empty());
        body.push(if jumps {
            self.build().stmt(Kind::TailCall { call }, pos)
        } else if has_results {
            self.build().return_call(FuncIdx::ROOT, call, pos)
        } else {
            call
        });
        self.unit[FuncIdx::ROOT].wrapper = !jumps;
        self.unit[FuncIdx::ROOT].body = self.unit.list(&body);
        self.close();
    }

    /// Receiver, parameters and results, where the method's own stand.
    fn wrapper_params(
        &mut self,
        id: FuncId,
        recv: Ty,
        found: &MethodFound,
        form: Form,
        written: Option<&Params>,
    ) -> NodeId {
        let recv_local = if form == Form::Method {
            let written = written.and_then(|written| written.recv.as_ref());
            self.wrapper_param(id, written, ("~p", 0), recv, Class::Param)
        } else {
            // The receiver is captured from nowhere, as a field of the function value.
            let this = Symbol::new(".this");
            let fake =
                self.build().local(FuncIdx::ROOT, this, recv, Class::Param, Pos::AUTOGENERATED);
            self.unit[fake].byval = true;
            self.unit[fake].package = self.unit.package;
            self.build().capture(FuncIdx::ROOT, fake, Pos::AUTOGENERATED)
        };
        if let Some(def) = shaped(found) {
            let at = written.map_or(Pos::AUTOGENERATED, |written| self.pos(written.pos));
            let ty = self.dict_type(def);
            self.add_local(DICT.into(), ty, Class::Param, at);
        }
        let Some(sig) = signature(self.cx(), found.sig) else { return self.unit[recv_local].node };
        let first = usize::from(form == Form::Method);
        for (at, ty) in sig.params.iter().enumerate() {
            let written = written.and_then(|written| written.params.get(at));
            self.wrapper_param(id, written, ("~p", at + first), *ty, Class::Param);
        }
        self.unit[FuncIdx::ROOT].variadic = sig.variadic;
        for (at, ty) in sig.results.iter().enumerate() {
            let written = written.and_then(|written| written.results.get(at));
            self.wrapper_param(id, written, ("~r", at), *ty, Class::Result);
        }
        self.unit[recv_local].node
    }

    /// A name as written is the method's package's; one made up is the wrapper's.
    /// Upstream: `ir.Func.DeclareParams`.
    fn wrapper_param(
        &mut self,
        id: FuncId,
        written: Option<&Written>,
        (prefix, at): (&str, usize),
        ty: Ty,
        class: Class,
    ) -> LocalId {
        let pos = written.map_or(Pos::AUTOGENERATED, |written| self.pos(written.pos));
        if let Some(name) = written.and_then(|written| written.name) {
            return self.add_local(name, ty, class, pos);
        }
        let local = self.add_local(Symbol::new(&format!("{prefix}{at}")), ty, class, pos);
        self.unit[local].package = func_package(id);
        local
    }

    /// `if recv == nil { panicwrap() }`.
    fn nil_check(&mut self, recv: NodeId, ty: Ty, pos: Pos) -> NodeId {
        let nil = self.build().add(Kind::Nil, ty, Pos::NONE);
        let bool_type = Ty::basic(Basic::Bool);
        let kind = Kind::Binary { op: BinaryOp::Eq, x: recv, y: nil };
        let cond = self.build().add(kind, bool_type, pos);
        let panic = self.runtime_call("panicwrap", &[], Ty::func(&[], &[], false), pos);
        let then = self.unit.list(&[panic]);
        self.build().stmt(Kind::If { cond, then, els: List::EMPTY }, pos)
    }

    /// What a wrapper calls, and the receiver that it passes on.
    fn wrapped_callee(
        &mut self,
        recv: NodeId,
        found: &MethodFound,
        name: Symbol,
        pos: Pos,
    ) -> (NodeId, Vec<NodeId>) {
        let mut x = self.dots(recv, &found.path, pos, true);
        let ty = self.unit[x].ty;
        let MethodRef::Concrete { def, recv, pointer } = found.method else {
            let fun = Kind::DotInter { x, sel: name };
            return (self.build().add(fun, found.sig, pos), Vec::new());
        };
        let is_pointer = matches!(ty.kind(), TyKind::Pointer(_));
        if pointer && !is_pointer {
            x = self.build().addr(x, pos);
            self.build().flag(x, Flags::IMPLICIT);
        } else if !pointer && is_pointer {
            x = self.build().deref(x, pos);
            self.build().flag(x, Flags::IMPLICIT);
        }
        let shaped = shaped(found).is_some();
        let sig = match shaped {
            true => self.with_params(&[self.dict_type(def)], found.sig),
            false => found.sig,
        };
        let func = match recv.kind() {
            TyKind::Named(named) if shaped => FuncId::new(FuncKey::Shaped(def, named.args.clone())),
            TyKind::Named(named) if !named.args.is_empty() => {
                FuncId::new(FuncKey::Instance(def, named.args.clone()))
            }
            _ => FuncId::declared(def),
        };
        let recv_ty = self.unit[x].ty;
        (self.method_expr_node(recv_ty, name, Some(func), sig, pos), vec![x])
    }
}
