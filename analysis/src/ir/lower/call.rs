//! Calls, of functions, methods and built-in functions, and what names a method.
//!
//! Upstream: `noder/writer.go`, `expr`, `methodExpr`; `noder/reader.go`, `exprCall`;
//! `typecheck/func.go`.

use crate::symbol::Symbol;
use crate::syntax::ast::{ExprId, ExprKind};
use crate::types::info::{Builtin, Mode, Object, Selection, SelectionKind};
use crate::types::predicates::{default_type, is_type_param, is_untyped};
use crate::types::ty::{Basic, DefId, Ty, TyKind};

use super::super::build::{is_interface, signature};
use super::super::func::{FuncId, FuncKey};
use super::super::node::{BinaryOp, BuiltinOp, ConvOp, Flags, Kind, MakeOp, NodeId, Pos, UnaryOp};
use super::expr::Implied;
use super::{Lower, core_elem, map_key};

/// What calls and method values need of a method or instance. Upstream: `reader.methodExpr`.
pub(super) struct Callable {
    /// The function that needs no dictionary, if there is one.
    pub(super) wrapper: Option<NodeId>,
    /// The function to call.
    pub(super) base: NodeId,
    /// The dictionary that it takes.
    pub(super) dict: Option<NodeId>,
}

impl Lower<'_> {
    fn mode(&self, e: ExprId) -> Mode {
        self.info().modes.get(e.0 as usize).copied().unwrap_or_default()
    }

    /// Whether an expression is a type.
    pub(super) fn is_type(&self, e: ExprId) -> bool {
        self.mode(e) == Mode::TypeExpr
    }

    pub(super) fn call_expr(
        &mut self,
        e: ExprId,
        fun: ExprId,
        args: &[ExprId],
        spread: bool,
        pos: Pos,
    ) -> NodeId {
        if self.is_type(fun) {
            let Some(arg) = args.first() else { return self.bad(pos) };
            return self.convert(self.raw(fun), *arg, Implied::No);
        }
        let callee = self.unparen(fun);
        if let Some(Object::Builtin(builtin)) = self.object(callee) {
            return self.builtin_call(e, builtin, args, spread, pos);
        }
        let raw_sig = self.cx().core_type(self.raw(fun)).unwrap_or_else(Ty::invalid);
        let mut all = Vec::new();
        let fun = self.callee(fun, raw_sig, &mut all);
        let params = match raw_sig.kind() {
            TyKind::Func(sig) => Some(sig),
            _ => None,
        };
        let rest = self.multi_expr(pos, args, &|i| {
            let sig = params?;
            let last = sig.params.len().checked_sub(1)?;
            if sig.variadic && !spread && i >= last {
                return match sig.params[last].kind() {
                    TyKind::Slice(elem) => Some(*elem),
                    _ => None,
                };
            }
            sig.params.get(i).copied()
        });
        all.extend(rest);
        if let Kind::Func(callee) = self.unit[fun].kind
            && is_runtime_func(callee, "getg")
        {
            let args = self.unit.list(&[fun]);
            let ty = self.ty(e);
            return self.build().add(Kind::Builtin { op: BuiltinOp::GetG, args }, ty, pos);
        }
        let func = self.func();
        self.build().call(func, fun, all, spread, pos)
    }

    /// What a call calls; receiver and dictionary go into `args`.
    pub(super) fn callee(&mut self, fun: ExprId, raw_sig: Ty, args: &mut Vec<NodeId>) -> NodeId {
        let callee = self.unparen(fun);
        let base = match &self.decl()[callee].kind {
            ExprKind::Index { x, .. } => self.resolve(*x),
            _ => callee,
        };
        if let Some(x) = self.method_selection(base) {
            return self.method_call(base, x, raw_sig, args);
        }
        match (self.info().instances.get(&base), self.object(base)) {
            (Some(targs), Some(Object::Global(def))) => {
                let at = self.pos_of(callee);
                let instance = self.func_inst(base, def, targs, at);
                args.extend(instance.dict);
                instance.base
            }
            _ => self.expr(callee),
        }
    }

    /// The operand of a selector that selects a method of a value.
    fn method_selection(&self, e: ExprId) -> Option<ExprId> {
        let ExprKind::Selector { x, .. } = self.decl()[e].kind else { return None };
        match self.info().selections.get(&e)?.kind {
            SelectionKind::Method(_) | SelectionKind::InterfaceMethod(_) => Some(x),
            _ => None,
        }
    }

    /// The function that a method call calls; the receiver goes into `args`.
    fn method_call(
        &mut self,
        selector: ExprId,
        x: ExprId,
        raw_sig: Ty,
        args: &mut Vec<NodeId>,
    ) -> NodeId {
        let pos = self.pos_of(selector);
        let (recv, recv_ty) = self.recv_expr(selector, x, pos);
        let method = self.method_expr(selector, recv_ty, raw_sig, pos);
        let recv_node = recv;
        let interface = is_interface(self.cx(), self.unit[recv_node].ty);
        if interface && let Kind::MethodExpr { sel, .. } = self.unit[method.base].kind {
            let sig = self.subst(raw_sig);
            return self.build().add(Kind::DotInter { x: recv_node, sel }, sig, pos);
        }
        args.push(recv_node);
        args.extend(method.dict);
        method.base
    }

    /// The operand of a method: with embedded fields, `&` and `*` that are implied; and its type
    /// before substitution. Upstream: `recvExpr`.
    pub(super) fn recv_expr(&mut self, selector: ExprId, x: ExprId, pos: Pos) -> (NodeId, Ty) {
        let node = self.expr(x);
        let mut ty = self.raw(x);
        let Some(selection) = self.info().selections.get(&selector) else { return (node, ty) };
        let path = &*selection.path;
        let node = self.dots(node, path, pos, true);
        for field in path {
            ty = self.raw_field(ty, *field);
        }
        self.fit_receiver(node, ty, selection, pos)
    }

    /// The type of a field, before substitution.
    pub(super) fn raw_field(&self, ty: Ty, field: u32) -> Ty {
        let base = match self.cx().under(ty).kind() {
            TyKind::Pointer(base) => *base,
            _ => ty,
        };
        match self.cx().under(base).kind() {
            TyKind::Struct(fields) => {
                fields.get(field as usize).map_or_else(Ty::invalid, |field| field.ty)
            }
            _ => Ty::invalid(),
        }
    }

    fn fit_receiver(
        &mut self,
        node: NodeId,
        ty: Ty,
        selection: &Selection,
        pos: Pos,
    ) -> (NodeId, Ty) {
        match self.receiver_step(ty, selection) {
            Some(Step::Deref(base)) => {
                let node = self.build().deref(node, pos);
                (self.build().flag(node, Flags::IMPLICIT), base)
            }
            Some(Step::Addr) => {
                let node = self.build().addr(node, pos);
                (self.build().flag(node, Flags::IMPLICIT), Ty::pointer(ty))
            }
            None => (node, ty),
        }
    }

    /// What is still to be done to a value of type `ty` to make it a method's receiver.
    pub(super) fn receiver_step(&self, ty: Ty, selection: &Selection) -> Option<Step> {
        let (SelectionKind::Method(def) | SelectionKind::MethodExpr(def)) = selection.kind else {
            return match ty.kind() {
                // A pointer to an interface or type parameter is followed.
                TyKind::Pointer(base) if is_interface(self.cx(), *base) => Some(Step::Deref(*base)),
                _ => None,
            };
        };
        let wants = self.cx().defs.func(def).and_then(|func| func.recv)?;
        let wants_pointer = matches!(wants.kind(), TyKind::Pointer(_));
        match ty.kind() {
            TyKind::Pointer(base) if !wants_pointer => Some(Step::Deref(*base)),
            TyKind::Pointer(_) => None,
            _ => wants_pointer.then_some(Step::Addr),
        }
    }

    /// The method that a selector selects, for a receiver of type `recv`. Upstream: `methodExpr`.
    pub(super) fn method_expr(
        &mut self,
        selector: ExprId,
        recv: Ty,
        raw_sig: Ty,
        pos: Pos,
    ) -> Callable {
        let name = match &self.decl()[selector].kind {
            ExprKind::Selector { sel, .. } => sel.name,
            _ => Symbol::EMPTY,
        };
        let recv_ty = self.subst(recv);
        let sig = self.subst(raw_sig);
        if is_type_param(recv) {
            // The function stands in the dictionary.
            let word = self.dict_word_of(selector, pos);
            let x = self.build().addr(word, pos);
            let ty = self.with_params(&[recv_ty], sig);
            let fun = self.build().add(Kind::Conv { op: ConvOp::ConvNop, x }, ty, pos);
            return Callable { wrapper: Some(fun), base: fun, dict: None };
        }
        let kind = self.info().selections.get(&selector).map(|selection| selection.kind);
        let def = match kind {
            Some(SelectionKind::Method(def) | SelectionKind::MethodExpr(def)) => def,
            _ => {
                let fun = self.method_expr_node(recv_ty, name, None, sig, pos);
                return Callable { wrapper: Some(fun), base: fun, dict: None };
            }
        };
        let (base, pointer) = match recv.kind() {
            TyKind::Pointer(base) => (*base, true),
            _ => (recv, false),
        };
        let mut targs: Vec<Ty> = match base.kind() {
            TyKind::Named(named) => named.args.to_vec(),
            _ => Vec::new(),
        };
        let own = self.info().instances.get(&selector).map_or(&[][..], |own| own);
        targs.extend_from_slice(own);
        if targs.is_empty() {
            let func = Some(FuncId::declared(def));
            let fun = self.method_expr_node(recv_ty, name, func, sig, pos);
            return Callable { wrapper: Some(fun), base: fun, dict: None };
        }
        let derived = targs.iter().any(|arg| arg.has_tparams());
        let args: Vec<Ty> = targs.iter().map(|arg| self.subst(*arg)).collect();
        let fun = self.shaped_method(def, &args, pointer, name, pos);
        let dict = self.dictionary(def, &args, derived.then_some(selector), pos);
        let wrapper = (!derived && own.is_empty()).then(|| {
            let func = Some(FuncId::new(FuncKey::Instance(def, args.clone().into())));
            self.method_expr_node(recv_ty, name, func, sig, pos)
        });
        Callable { wrapper, base: fun, dict: Some(dict) }
    }

    /// The method of a shaped type. Upstream: `shapedMethodExpr`.
    pub(super) fn shaped_method(
        &mut self,
        def: DefId,
        args: &[Ty],
        pointer: bool,
        name: Symbol,
        pos: Pos,
    ) -> NodeId {
        let shapes = self.shapes_for(def, args);
        let (recv, sig) = self.shaped_sig(def, &shapes);
        let recv = recv.unwrap_or_else(Ty::invalid);
        let recv = match recv.kind() {
            TyKind::Pointer(base) if !pointer => *base,
            _ => recv,
        };
        let ty = self.with_params(&[recv, self.dict_type(def)], sig);
        let func = FuncId::new(FuncKey::Shaped(def, shapes.into()));
        let x = self.type_node(recv);
        let kind = Kind::MethodExpr { x, sel: name, func: Some(func) };
        self.build().add(kind, ty, pos)
    }

    /// `recv.name` as a function. Upstream: `typecheck.NewMethodExpr`.
    pub(super) fn method_expr_node(
        &mut self,
        recv: Ty,
        name: Symbol,
        func: Option<FuncId>,
        sig: Ty,
        pos: Pos,
    ) -> NodeId {
        let ty = self.with_params(&[recv], sig);
        let x = self.type_node(recv);
        self.build().add(Kind::MethodExpr { x, sel: name, func }, ty, pos)
    }

    /// A function type with parameters in front.
    pub(super) fn with_params(&self, front: &[Ty], sig: Ty) -> Ty {
        let Some(sig) = signature(self.cx(), sig) else { return sig };
        let params: Vec<Ty> = front.iter().chain(&sig.params).copied().collect();
        Ty::func(&params, &sig.results, sig.variadic)
    }

    /// An instance of the generic function that `e` names. Upstream: `reader.funcInst`.
    pub(super) fn func_inst(&mut self, e: ExprId, def: DefId, targs: &[Ty], pos: Pos) -> Callable {
        let derived = targs.iter().any(|arg| arg.has_tparams());
        let args: Vec<Ty> = targs.iter().map(|arg| self.subst(*arg)).collect();
        let shapes = self.shapes_for(def, &args);
        let (_, sig) = self.shaped_sig(def, &shapes);
        let ty = self.with_params(&[self.dict_type(def)], sig);
        let func = FuncId::new(FuncKey::Shaped(def, shapes.into()));
        let base = self.build().add(Kind::Func(func), ty, Pos::NONE);
        let dict = self.dictionary(def, &args, derived.then_some(e), pos);
        let wrapper = (!derived).then(|| {
            let (_, sig) = self.shaped_sig(def, &args);
            let func = FuncId::new(FuncKey::Instance(def, args.clone().into()));
            self.build().add(Kind::Func(func), sig, Pos::NONE)
        });
        Callable { wrapper, base, dict: Some(dict) }
    }

    /// The dictionary of an instance: a word of this function's own, or a global.
    fn dictionary(&mut self, def: DefId, args: &[Ty], derived: Option<ExprId>, pos: Pos) -> NodeId {
        if let Some(e) = derived {
            let x = self.dict_word_of(e, pos);
            let ty = self.dict_type(def);
            return self.build().add(Kind::Conv { op: ConvOp::ConvNop, x }, ty, pos);
        }
        let global = self.dict_global(def, args);
        self.build().addr(global, pos)
    }

    /// The dictionary that the linker knows: a method's is that of its receiver's type, unless the
    /// method has type parameters of its own.
    pub(super) fn dict_global(&mut self, def: DefId, args: &[Ty]) -> NodeId {
        let name = match (self.cx().defs.func(def), def.parent) {
            (Some(func), Some(of)) if func.tparams.is_empty() => {
                format!("{}{}", of.name, self.format().type_args(args, 0))
            }
            (Some(func), _) => self.func_name(&func, args),
            (None, _) => def.name.to_string(),
        };
        let name = Symbol::new(&format!(".dict.{name}"));
        let TyKind::Pointer(ty) = self.dict_type(def).kind() else { return self.bad(Pos::NONE) };
        let def = DefId::new(def.package, name);
        self.build().add(Kind::Global(def), *ty, Pos::NONE)
    }

    /// A call of a built-in function.
    fn builtin_call(
        &mut self,
        e: ExprId,
        builtin: Builtin,
        args: &[ExprId],
        spread: bool,
        pos: Pos,
    ) -> NodeId {
        let ty = self.ty(e);
        match builtin {
            Builtin::Make => return self.make(e, args, pos),
            Builtin::New => return self.new_expr(args, ty, pos),
            Builtin::UnsafeSizeof | Builtin::UnsafeAlignof | Builtin::UnsafeOffsetof => {
                return self.layout_expr(builtin, args, ty, pos);
            }
            _ => {}
        }
        let types = self.builtin_params(builtin, args, spread);
        let values = self.multi_expr(pos, args, &|i| types(i));
        let unary = |op| match values[..] {
            [x] => Some(Kind::Unary { op, x }),
            _ => None,
        };
        let binary = |op| match values[..] {
            [x, y] => Some(Kind::Binary { op, x, y }),
            _ => None,
        };
        let kind = match builtin {
            Builtin::Len => unary(UnaryOp::Len),
            Builtin::Cap => unary(UnaryOp::Cap),
            Builtin::Clear => unary(UnaryOp::Clear),
            Builtin::Close => unary(UnaryOp::Close),
            Builtin::Panic => unary(UnaryOp::Panic),
            Builtin::Real => unary(UnaryOp::Real),
            Builtin::Imag => unary(UnaryOp::Imag),
            Builtin::UnsafeSliceData => unary(UnaryOp::UnsafeSliceData),
            Builtin::UnsafeStringData => unary(UnaryOp::UnsafeStringData),
            Builtin::Complex => binary(BinaryOp::Complex),
            Builtin::Copy => binary(BinaryOp::Copy),
            Builtin::UnsafeAdd => binary(BinaryOp::UnsafeAdd),
            Builtin::UnsafeSlice => binary(BinaryOp::UnsafeSlice),
            Builtin::UnsafeString => binary(BinaryOp::UnsafeString),
            Builtin::Append => return self.append(values, spread, ty, pos),
            Builtin::Delete => Some(self.builtin(BuiltinOp::Delete, &values)),
            Builtin::Min => Some(self.builtin(BuiltinOp::Min, &values)),
            Builtin::Max => Some(self.builtin(BuiltinOp::Max, &values)),
            Builtin::Print => Some(self.builtin(BuiltinOp::Print, &values)),
            Builtin::Println => Some(self.builtin(BuiltinOp::Println, &values)),
            Builtin::Recover => Some(self.builtin(BuiltinOp::Recover, &values)),
            Builtin::Make
            | Builtin::New
            | Builtin::UnsafeSizeof
            | Builtin::UnsafeAlignof
            | Builtin::UnsafeOffsetof => None,
        };
        match kind {
            Some(kind) => self.build().add(kind, ty, pos),
            None => self.bad(pos),
        }
    }

    fn builtin(&mut self, op: BuiltinOp, args: &[NodeId]) -> Kind {
        Kind::Builtin { op, args: self.unit.list(args) }
    }

    /// The parameters' types that `types2` records for a call of a built-in function; `None` for
    /// one that takes its argument as it is.
    fn builtin_params(
        &self,
        builtin: Builtin,
        args: &[ExprId],
        spread: bool,
    ) -> Box<dyn Fn(usize) -> Option<Ty>> {
        let first = args.first().map_or_else(Ty::invalid, |e| match self.raw(*e).kind() {
            TyKind::Tuple(types) => types.first().copied().unwrap_or_else(Ty::invalid),
            _ => self.raw(*e),
        });
        match builtin {
            Builtin::Append if !spread => {
                let elem = core_elem(self.cx(), first);
                Box::new(move |i| if i == 0 { None } else { Some(elem) })
            }
            Builtin::Delete => {
                let key = map_key(self.cx(), first);
                Box::new(move |i| if i == 1 { key } else { None })
            }
            Builtin::Panic => Box::new(|_| Some(Ty::any())),
            Builtin::UnsafeSlice => {
                let core = self.cx().core_type(first);
                Box::new(move |i| if i == 0 { core } else { None })
            }
            Builtin::UnsafeSliceData => {
                let core = self.cx().core_type(first);
                Box::new(move |_| core)
            }
            Builtin::UnsafeString => {
                Box::new(|i| (i == 0).then(|| Ty::pointer(Ty::basic(Basic::Byte))))
            }
            Builtin::UnsafeStringData => Box::new(|_| Some(Ty::basic(Basic::String))),
            _ => {
                let types: Vec<Ty> = args.iter().map(|arg| self.raw(*arg)).collect();
                Box::new(move |i| match types.get(i) {
                    Some(ty) if is_untyped(*ty) => Some(default_type(*ty)),
                    _ => None,
                })
            }
        }
    }

    fn append(&mut self, values: Vec<NodeId>, spread: bool, ty: Ty, pos: Pos) -> NodeId {
        let mut values = values;
        if spread {
            // The elements were converted to the slice's element type where they are a slice.
            if let Some(last) = values.get_mut(1)
                && let Kind::Conv { op: ConvOp::ConvNop, x } = self.unit[*last].kind
                && self.unit[*last].flags.has(Flags::IMPLICIT)
            {
                *last = x;
            }
        } else {
            let elem = super::super::build::elem(self.cx(), ty);
            for value in values.iter_mut().skip(1) {
                *value = self.build().assign_conv(*value, elem, pos);
            }
        }
        let args = self.unit.list(&values);
        let node = self.build().add(Kind::Append { args }, ty, pos);
        if spread {
            self.build().flag(node, Flags::DDD);
        }
        node
    }

    /// `make(T, …)`. Upstream: `typecheck.tcMake`.
    fn make(&mut self, e: ExprId, args: &[ExprId], pos: Pos) -> NodeId {
        let ty = self.ty(e);
        let mut sizes = args.iter().skip(1).map(|arg| self.expr(*arg)).collect::<Vec<_>>();
        let op = match self.cx().under(ty).kind() {
            TyKind::Map(..) => MakeOp::Map,
            TyKind::Chan(..) => MakeOp::Chan,
            _ => MakeOp::Slice,
        };
        if op != MakeOp::Slice && sizes.is_empty() {
            sizes.push(self.build().untyped_int(0, pos));
        }
        let kind = Kind::Make { op, len: sizes.first().copied(), cap: sizes.get(1).copied() };
        self.build().add(kind, ty, pos)
    }

    /// `new(T)`, or since Go 1.26 `new(x)`: the address of a copy.
    fn new_expr(&mut self, args: &[ExprId], ty: Ty, pos: Pos) -> NodeId {
        let Some(arg) = args.first() else { return self.bad(pos) };
        if self.is_type(*arg) {
            let x = self.type_expr(None, *arg);
            return self.build().add(Kind::Unary { op: UnaryOp::New, x }, ty, pos);
        }
        let x = self.expr(*arg);
        let func = self.func();
        let mut init = Vec::new();
        let tmp = self.build().temp_copy(func, x, pos, &mut init);
        let name = self.unit[tmp].node;
        let addr = self.build().addr(name, pos);
        self.build().prepend_init(addr, &init);
        addr
    }

    /// `unsafe.Sizeof` and the like of something that depends on type parameters.
    fn layout_expr(&mut self, builtin: Builtin, args: &[ExprId], ty: Ty, pos: Pos) -> NodeId {
        let Some(arg) = args.first() else { return self.bad(pos) };
        let of = self.ty(*arg);
        let value = match builtin {
            Builtin::UnsafeSizeof => self.cx().size_of(of),
            Builtin::UnsafeAlignof => self.cx().align_of(of),
            _ => self.offset_of(*arg),
        };
        self.build().literal(value.into(), ty, pos)
    }

    fn offset_of(&self, e: ExprId) -> i64 {
        let e = self.unparen(e);
        let ExprKind::Selector { x, .. } = self.decl()[e].kind else { return 0 };
        let Some(selection) = self.info().selections.get(&e) else { return 0 };
        let mut ty = self.ty(x);
        if let TyKind::Pointer(base) = self.cx().under(ty).kind() {
            ty = *base;
        }
        let mut offset = 0;
        for field in &selection.path {
            offset += self.cx().offsets_of(ty).get(*field as usize).copied().unwrap_or(0);
            ty = self.raw_field(ty, *field);
        }
        offset
    }
}

/// What is implied between an operand and a method's receiver.
pub(super) enum Step {
    /// `*x`, of this type before substitution.
    Deref(Ty),
    /// `&x`.
    Addr,
}

fn is_runtime_func(func: FuncId, name: &str) -> bool {
    func.def().is_some_and(|def| {
        def.parent.is_none() && def.name.as_str() == name && def.package.path.as_str() == "runtime"
    })
}
