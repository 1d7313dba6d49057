//! Function literals, those that were written and those that stand for method values and
//! instances.
//!
//! Upstream: `noder/reader.go`, `funcLit`, `curry`, `methodExprWrap`, `syntheticClosure`.

use std::rc::Rc;

use crate::symbol::Symbol;
use crate::syntax::ast::{ExprId, FuncLit};
use crate::types::env::FuncDef;
use crate::types::info::SelectionKind;
use crate::types::ty::{Basic, DefId, PkgId, Ty};

use super::super::build::{is_interface, signature};
use super::super::closure_name::Why;
use super::super::func::FuncId;
use super::super::node::{CallOp, Class, ConvOp, Flags, Kind, Node, NodeId, Pos, UnaryOp};
use super::Lower;
use super::call::{Callable, Step};

impl Lower<'_> {
    /// A function literal.
    pub(super) fn func_lit(&mut self, e: ExprId, lit: &FuncLit, pos: Pos) -> NodeId {
        let raw = self.raw(e);
        let plan = self.range_plan(&lit.body);
        let sig = self.subst(raw);
        let parent = self.func();
        let func = self.build().closure_func(parent, Why::Literal, sig, pos);
        let loops = std::mem::take(&mut self.range_loops);
        self.open(func, raw, plan);
        self.capture_dict();
        self.params(&lit.sig, raw);
        self.body(&lit.body);
        self.close();
        self.range_loops = loops;
        self.unit[func].closure.unwrap_or_else(|| self.bad(pos))
    }

    /// A generic function as a value.
    pub(super) fn func_value(&mut self, e: ExprId, def: DefId, targs: &[Ty], pos: Pos) -> NodeId {
        let Callable { wrapper, base, dict } = self.func_inst(e, def, targs, pos);
        match (wrapper, dict) {
            (Some(wrapper), _) => wrapper,
            (None, Some(dict)) => self.curry(base, &[dict], NilCheck::No, pos),
            (None, None) => base,
        }
    }

    /// `x.M` as a value. Upstream: `exprMethodVal`.
    pub(super) fn method_value_expr(
        &mut self,
        e: ExprId,
        x: ExprId,
        name: Symbol,
        pos: Pos,
    ) -> NodeId {
        let (recv, recv_raw) = self.recv_expr(e, x, pos);
        let raw_sig = self.raw(e);
        let method = self.method_expr(e, recv_raw, raw_sig, pos);
        if let Some(wrapper) = method.wrapper
            && let Kind::MethodExpr { func, .. } = self.unit[wrapper].kind
        {
            let x = self.unshaped(recv, recv_raw);
            let ty = self.subst(raw_sig);
            return self.build().add(Kind::MethValue { x, sel: name, func }, ty, pos);
        }
        let mut bound = vec![recv];
        bound.extend(method.dict);
        self.curry(method.base, &bound, NilCheck::Receiver, pos)
    }

    /// A receiver that has a shape's type, converted to the one whose method is named. Of
    /// interfaces that is the same type. Upstream: `exprMethodVal`.
    fn unshaped(&mut self, recv: NodeId, raw: Ty) -> NodeId {
        let Node { ty, pos, .. } = self.unit[recv];
        if !ty.has_shapes() {
            return recv;
        }
        let to = self.subst(raw);
        self.build().add(Kind::Conv { op: ConvOp::ConvNop, x: recv }, to, pos)
    }

    /// `T.M` as a value. Upstream: `exprMethodExpr`.
    pub(super) fn method_expr_value(
        &mut self,
        e: ExprId,
        x: ExprId,
        name: Symbol,
        pos: Pos,
    ) -> NodeId {
        let Some(selection) = self.info().selections.get(&e) else { return self.bad(pos) };
        let raw_recv = self.raw(x);
        let path = &*selection.path;
        let mut inner = raw_recv;
        for field in path {
            inner = self.raw_field(inner, *field);
        }
        let step = match selection.kind {
            SelectionKind::InterfaceMethodExpr(_) if path.is_empty() => None,
            _ => self.receiver_step(inner, selection),
        };
        let inner = match &step {
            Some(Step::Deref(base)) => *base,
            Some(Step::Addr) => Ty::pointer(inner),
            None => inner,
        };
        // The selector's own type has the receiver as its first parameter.
        let raw_sig = self.without_first_param(self.raw(e));
        let method = self.method_expr(e, inner, raw_sig, pos);
        if let Some(wrapper) = method.wrapper {
            if path.is_empty() && step.is_none() {
                return wrapper;
            }
            let recv = self.subst(raw_recv);
            if let Kind::MethodExpr { func, .. } = self.unit[wrapper].kind
                && !recv.has_shapes()
            {
                let sig = self.subst(raw_sig);
                return self.method_expr_node(recv, name, func, sig, pos);
            }
        }
        self.method_expr_wrap(raw_recv, path, step, &method, pos)
    }

    fn without_first_param(&self, ty: Ty) -> Ty {
        match signature(self.cx(), ty) {
            Some(sig) if !sig.params.is_empty() => {
                Ty::func(&sig.params[1..], &sig.results, sig.variadic)
            }
            _ => ty,
        }
    }

    /// `fun` with its first arguments fixed. Upstream: `curry`.
    fn curry(&mut self, fun: NodeId, bound: &[NodeId], check: NilCheck, pos: Pos) -> NodeId {
        let Some(sig) = signature(self.cx(), self.unit[fun].ty) else { return fun };
        let rest = sig.params.get(bound.len()..).unwrap_or_default();
        let ty = Ty::func(rest, &sig.results, sig.variadic);
        let mut captures = vec![fun];
        captures.extend_from_slice(bound);
        let named = match self.unit[fun].kind {
            Kind::Func(func) | Kind::MethodExpr { func: Some(func), .. } => func.def(),
            _ => None,
        };
        let named = named.and_then(|def| self.cx().defs.func(def));
        // The type of a generic method has lost the names. Upstream: `shapedMethodExpr`.
        let named = named.filter(|func| func.recv.is_none() || func.tparams.is_empty());
        self.synthetic_closure(
            ty,
            named.as_deref(),
            &captures,
            check,
            pos,
            &mut |lower, captured| {
                let mut args = captured[1..].to_vec();
                args.extend(lower.own_params());
                lower.tail_call(captured[0], args, pos);
            },
        )
    }

    /// A method whose receiver is some steps away, as a function. Upstream: `methodExprWrap`.
    fn method_expr_wrap(
        &mut self,
        raw_recv: Ty,
        path: &[u32],
        step: Option<Step>,
        method: &Callable,
        pos: Pos,
    ) -> NodeId {
        let Some(sig) = signature(self.cx(), self.unit[method.base].ty) else {
            return method.base;
        };
        let skip = 1 + usize::from(method.dict.is_some());
        let mut params = vec![self.subst(raw_recv)];
        params.extend_from_slice(sig.params.get(skip..).unwrap_or_default());
        let ty = Ty::func(&params, &sig.results, sig.variadic);
        let mut captures = vec![method.base];
        captures.extend(method.dict);
        self.synthetic_closure(ty, None, &captures, NilCheck::No, pos, &mut |lower, captured| {
            let mut args = lower.own_params();
            let Some(first) = args.first_mut() else { return };
            let mut recv = lower.dots(*first, path, pos, true);
            match &step {
                Some(Step::Deref(_)) => recv = lower.build().deref(recv, pos),
                Some(Step::Addr) => recv = lower.build().addr(recv, pos),
                None => {}
            }
            if step.is_some() {
                lower.build().flag(recv, Flags::IMPLICIT);
            }
            *first = recv;
            if let Some(dict) = captured.get(1) {
                args.insert(1, *dict);
            }
            lower.tail_call(captured[0], args, pos);
        })
    }

    /// The parameters of the function at hand.
    fn own_params(&self) -> Vec<NodeId> {
        let func = &self.unit[self.func()];
        func.dcl[..func.n_params as usize].iter().map(|local| self.unit[*local].node).collect()
    }

    /// A literal that captures values by way of temporaries. Its parameters and results are named
    /// as those of `named`, if it is given. Upstream: `syntheticClosure`, `syntheticSig`.
    fn synthetic_closure(
        &mut self,
        ty: Ty,
        named: Option<&FuncDef>,
        captures: &[NodeId],
        check: NilCheck,
        pos: Pos,
        body: &mut dyn FnMut(&mut Self, &[NodeId]),
    ) -> NodeId {
        let parent = self.func();
        let func = self.build().closure_func(parent, Why::Literal, ty, pos);
        self.unit[func].wrapper = true;
        self.unit[func].has_body = true;
        let mut init = Vec::new();
        let mut captured = Vec::new();
        for (i, x) in captures.iter().enumerate() {
            if matches!(self.unit[*x].kind, Kind::Func(_) | Kind::MethodExpr { .. }) {
                captured.push(*x);
                continue;
            }
            let tmp = self.build().temp_copy(parent, *x, pos, &mut init);
            let copy = self.build().capture(func, tmp, pos);
            captured.push(self.unit[copy].node);
            let ty = self.unit[*x].ty;
            if check == NilCheck::Receiver && i == 1 && is_interface(self.cx(), ty) {
                let x = self.unit[tmp].node;
                let itab_ty = Ty::pointer(Ty::basic(Basic::Uintptr));
                let mut build = self.build();
                let x = build.add(Kind::Unary { op: UnaryOp::ITab, x }, itab_ty, pos);
                init.push(build.stmt(Kind::Unary { op: UnaryOp::CheckNil, x }, pos));
            }
        }
        self.open(func, ty, Rc::default());
        if let Some(sig) = signature(self.cx(), ty) {
            for (i, param) in sig.params.iter().enumerate() {
                let name = named.map(|def| (def.def.package, def.param_names.get(i)));
                self.synthetic_local(name, &format!("~p{i}"), *param, Class::Param);
            }
            self.unit[func].variadic = sig.variadic;
            for (i, result) in sig.results.iter().enumerate() {
                let name = named.map(|def| (def.def.package, def.result_names.get(i)));
                self.synthetic_local(name, &format!("~r{i}"), *result, Class::Result);
            }
        }
        body(self, &captured);
        self.close();
        let Some(closure) = self.unit[func].closure else { return self.bad(pos) };
        self.build().init_expr(&init, closure, pos)
    }

    fn synthetic_local(
        &mut self,
        named: Option<(PkgId, Option<&Option<Symbol>>)>,
        otherwise: &str,
        ty: Ty,
        class: Class,
    ) {
        let name = named.and_then(|(package, name)| Some((package, (*name?)?)));
        let name = name.filter(|(_, name)| !name.is_blank());
        let symbol = name.map_or_else(|| Symbol::new(otherwise), |(_, name)| name);
        let local = self.add_local(symbol, ty, class, Pos::AUTOGENERATED);
        if let Some((package, _)) = name {
            self.unit[local].package = package;
        }
    }

    /// Ends a wrapper with a call. Upstream: `syntheticTailCall`.
    pub(super) fn tail_call(&mut self, fun: NodeId, args: Vec<NodeId>, pos: Pos) {
        let func = self.func();
        let sig = signature(self.cx(), self.unit[fun].ty);
        let spread = sig.is_some_and(|sig| sig.variadic);
        let call = self.build().call(func, fun, args, spread, pos);
        let stmt = if sig.is_some_and(|sig| !sig.results.is_empty()) {
            self.build().return_call(func, call, pos)
        } else {
            call
        };
        let body = self.unit.list(&[stmt]);
        let func = &mut self.unit[func];
        func.body = body;
        func.has_body = true;
        func.wrapper = true;
    }

    /// A function of the runtime that the compiler calls by itself.
    pub(super) fn runtime_call(
        &mut self,
        name: &str,
        args: &[NodeId],
        sig: Ty,
        pos: Pos,
    ) -> NodeId {
        use super::super::func::FuncKey;
        let func = FuncId::new(FuncKey::Runtime(Symbol::new(name)));
        let fun = self.build().add(Kind::Func(func), sig, Pos::NONE);
        let args = self.unit.list(args);
        let ty = match signature(self.cx(), sig) {
            Some(sig) if !sig.results.is_empty() => Ty::tuple(&sig.results),
            _ => Ty::invalid(),
        };
        self.build().add(Kind::Call { op: CallOp::Func, fun, args }, ty, pos)
    }
}

/// Whether a method value's receiver, if it is an interface, must not be nil.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NilCheck {
    No,
    Receiver,
}
