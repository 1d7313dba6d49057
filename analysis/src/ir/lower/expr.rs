//! Expressions. Upstream: `noder/writer.go`, `expr`; `noder/reader.go`, `expr`.

use crate::release::Release;
use crate::symbol::Symbol;
use crate::syntax::ast::{self, ExprId, ExprKind};
use crate::types::constant::Value;
use crate::types::info::{LocalKind, Object, SelectionKind};
use crate::types::predicates::{is_type_param, is_untyped};
use crate::types::ty::{Basic, DefId, Ty, TyKind};

use super::super::build::{elem, is_empty_interface, is_interface};
use super::super::func::FuncId;
use super::super::node::{As2Op, BinaryOp, CompLitOp, ConvOp, Flags, Kind, NodeId, Pos, UnaryOp};
use super::{Lower, Var, map_key};

impl Lower<'_> {
    /// An expression without its parentheses.
    pub(super) fn unparen(&self, e: ExprId) -> ExprId {
        let mut e = self.resolve(e);
        while let ExprKind::Paren(inner) = self.decl()[e].kind {
            e = self.resolve(inner);
        }
        e
    }

    /// What is left of a condition.
    pub(super) fn resolve(&self, e: ExprId) -> ExprId {
        self.replaced.get(&e).copied().unwrap_or(e)
    }

    /// The constant value of an expression.
    pub(super) fn constant(&self, e: ExprId) -> Option<&Value> {
        match self.info().consts.get(&e) {
            Some(Value::Unknown) | None => None,
            value => value,
        }
    }

    /// Lowers an expression that has a value.
    pub(super) fn expr(&mut self, e: ExprId) -> NodeId {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.expr1(e))
    }

    pub(super) fn opt_expr(&mut self, e: Option<ExprId>) -> Option<NodeId> {
        e.map(|e| self.expr(e))
    }

    fn expr1(&mut self, e: ExprId) -> NodeId {
        let e = self.unparen(e);
        let pos = self.pos_of(e);
        if let Some(value) = self.constant(e).cloned() {
            return self.const_expr(value, self.raw(e), pos);
        }
        if self.object(e) == Some(Object::Nil) {
            let ty = self.ty(e);
            return self.zero(ty, pos);
        }
        let node = self.expr2(e, pos);
        self.reshape(e, node);
        node
    }

    /// What a name or qualified name means.
    pub(super) fn object(&self, e: ExprId) -> Option<Object> {
        self.info().uses.get(&e).copied()
    }

    /// Gives a node the type that the checker found, which differs from the node's own where
    /// shapes stand for the same types. Upstream: `exprReshape`.
    fn reshape(&mut self, e: ExprId, node: NodeId) {
        let raw = self.raw(e);
        if matches!(raw.kind(), TyKind::Tuple(_)) || raw.is_invalid() {
            return;
        }
        let ty = self.ty(e);
        let n = &mut self.unit[node];
        if n.ty == ty || matches!(n.kind, Kind::Name(_) | Kind::Global(_) | Kind::Func(_)) {
            return;
        }
        let shapes = n.ty.has_shapes() || ty.has_shapes();
        n.ty = ty;
        if shapes && matches!(n.kind, Kind::Call { .. }) {
            n.flags = n.flags.with(Flags::RESHAPE);
        }
    }

    /// A constant; one whose type was left open has that of its use. Upstream: `idealType`.
    fn const_expr(&mut self, value: Value, raw: Ty, pos: Pos) -> NodeId {
        let ty = match raw.kind() {
            TyKind::Basic(Basic::UntypedInt | Basic::UntypedFloat | Basic::UntypedComplex) => {
                Ty::basic(if value.to_int().sign() < 0 { Basic::Int } else { Basic::Uint })
            }
            TyKind::Basic(Basic::UntypedBool) => Ty::basic(Basic::Bool),
            TyKind::Basic(Basic::UntypedString) => Ty::basic(Basic::String),
            TyKind::Basic(Basic::UntypedRune) => Ty::basic(Basic::Int32),
            _ => self.subst(raw),
        };
        let value = self.fix_value(value, ty);
        self.build().literal(value, ty, pos)
    }

    /// A constant's value in the form that its type wants. Upstream: `noder.FixValue`.
    pub(super) fn fix_value(&self, value: Value, ty: Ty) -> Value {
        let Some(basic) = self.cx().as_basic(ty) else { return value };
        let ptr_size = self.cx().target.arch.ptr_size();
        let fixed = value.representable(basic, ptr_size).unwrap_or_else(|| value.clone());
        if basic.is_complex() { fixed.to_complex() } else { fixed }
    }

    /// The zero value of a type. Upstream: `ir.NewZero`.
    pub(super) fn zero(&mut self, ty: Ty, pos: Pos) -> NodeId {
        let value = match self.cx().under(ty).kind() {
            TyKind::Basic(basic) if basic.is_boolean() => Value::Bool(false),
            TyKind::Basic(basic) if basic.is_string() => Value::from(""),
            TyKind::Basic(basic) if basic.is_numeric() => self.fix_value(Value::from(0i64), ty),
            TyKind::Array(..) => return self.empty_lit(CompLitOp::Array, ty, pos),
            TyKind::Struct(_) => return self.empty_lit(CompLitOp::Struct, ty, pos),
            _ => return self.build().add(Kind::Nil, ty, pos),
        };
        self.build().literal(value, ty, pos)
    }

    fn empty_lit(&mut self, op: CompLitOp, ty: Ty, pos: Pos) -> NodeId {
        let list = super::super::node::List::EMPTY;
        self.build().add(Kind::CompLit { op, list, len: 0 }, ty, pos)
    }

    fn expr2(&mut self, e: ExprId, pos: Pos) -> NodeId {
        let decl = self.decl();
        match &decl[e].kind {
            ExprKind::Name(_) => self.name_expr(e, pos),
            ExprKind::Selector { x, sel } => {
                if self.object(e).is_some() {
                    return self.name_expr(e, pos);
                }
                self.selector(e, *x, sel.name, pos)
            }
            ExprKind::Index { x, indices } => self.index_expr(*x, indices, pos),
            ExprKind::CompositeLit { elems, .. } => self.comp_lit(e, elems, pos),
            ExprKind::FuncLit(lit) => self.func_lit(e, lit, pos),
            ExprKind::Slice { x, lo, hi, max, three } => {
                let x = self.expr(*x);
                let low = self.opt_expr(*lo);
                let high = self.opt_expr(*hi);
                let max = self.opt_expr(*max);
                self.build().slice(x, [low, high, max], *three, pos)
            }
            ExprKind::TypeAssert { x, ty: Some(ty) } => {
                let iface = self.raw(*x);
                let x = self.expr(*x);
                self.type_assert(x, iface, *ty, pos)
            }
            ExprKind::Call { fun, args, spread } => self.call_expr(e, *fun, args, *spread, pos),
            ExprKind::Star(x) => {
                let x = self.expr(*x);
                self.build().deref(x, pos)
            }
            ExprKind::Unary { op, x } => self.unary(*op, *x, pos),
            ExprKind::Binary { op, x, y } => self.binary(e, *op, *x, *y, pos),
            // The rest is no expression with a value.
            _ => self.bad(pos),
        }
    }

    /// What stands for an expression that cannot be lowered.
    pub(super) fn bad(&mut self, pos: Pos) -> NodeId {
        self.build().add(Kind::Nil, Ty::invalid(), pos)
    }

    fn name_expr(&mut self, e: ExprId, pos: Pos) -> NodeId {
        if let Some(targs) = self.info().instances.get(&e)
            && let Some(Object::Global(def)) = self.object(e)
        {
            return self.func_value(e, def, targs, pos);
        }
        match self.object(e) {
            Some(Object::Local(local)) => {
                let declared = self.info().locals.get(local.0 as usize);
                match declared.map(|local| &local.kind) {
                    Some(LocalKind::Const(value)) => {
                        let value = value.clone();
                        self.const_expr(value, self.raw(e), pos)
                    }
                    _ => self.use_var(Var::Declared(local), pos),
                }
            }
            Some(Object::Global(def)) => {
                let ty = self.ty(e);
                self.global(def, ty)
            }
            _ => self.bad(pos),
        }
    }

    /// A variable or function at package level; as for other variables there is one node of it.
    pub(super) fn global(&mut self, def: DefId, ty: Ty) -> NodeId {
        if let Some(node) = self.globals.get(&def) {
            return *node;
        }
        let kind = match self.cx().defs.func(def) {
            Some(_) => Kind::Func(FuncId::declared(def)),
            None => Kind::Global(def),
        };
        let node = self.build().add(kind, ty, Pos::NONE);
        self.globals.insert(def, node);
        node
    }

    fn selector(&mut self, e: ExprId, x: ExprId, name: Symbol, pos: Pos) -> NodeId {
        let Some(selection) = self.info().selections.get(&e) else { return self.bad(pos) };
        match selection.kind {
            SelectionKind::Field => {
                let x = self.expr(x);
                self.dots(x, &selection.path, pos, false)
            }
            SelectionKind::Method(_) | SelectionKind::InterfaceMethod(_) => {
                self.method_value_expr(e, x, name, pos)
            }
            SelectionKind::MethodExpr(_) | SelectionKind::InterfaceMethodExpr(_) => {
                self.method_expr_value(e, x, name, pos)
            }
        }
    }

    /// `x.f.g`: all but the last step is implied, or all of them.
    pub(super) fn dots(&mut self, x: NodeId, path: &[u32], pos: Pos, implicit: bool) -> NodeId {
        let mut x = x;
        for (at, field) in path.iter().enumerate() {
            x = self.build().dot(x, *field, pos);
            if implicit || at + 1 < path.len() {
                self.build().flag(x, Flags::IMPLICIT);
            }
        }
        x
    }

    fn index_expr(&mut self, x: ExprId, indices: &[ExprId], pos: Pos) -> NodeId {
        let base = self.resolve(x);
        if let Some(targs) = self.info().instances.get(&base) {
            if let Some(Object::Global(def)) = self.object(base) {
                return self.func_value(base, def, targs, pos);
            }
            if let ExprKind::Selector { x, sel } = &self.decl()[base].kind {
                let (x, sel) = (*x, sel.name);
                let pos = self.pos_of(base);
                return self.selector(base, x, sel, pos);
            }
        }
        let Some(index) = indices.first() else { return self.bad(pos) };
        let key = map_key(self.cx(), self.raw(x));
        let x = self.expr(x);
        let index = self.implicit_conv(key, *index);
        let mut build = self.build();
        let x = build.implicit_star(x, pos);
        let from = build.ty(x);
        match build.cx.under(from).kind() {
            TyKind::Map(key, value) => {
                let (key, value) = (*key, *value);
                let index = build.assign_conv(index, key, pos);
                build.add(Kind::IndexMap { x, index }, value, pos)
            }
            TyKind::Basic(_) => build.add(Kind::Index { x, index }, Ty::basic(Basic::Byte), pos),
            _ => {
                let ty = elem(build.cx, from);
                build.add(Kind::Index { x, index }, ty, pos)
            }
        }
    }

    /// `x.(T)`. Upstream: `exprAssert`.
    fn type_assert(&mut self, x: NodeId, iface: Ty, ty: ExprId, pos: Pos) -> NodeId {
        let to = self.ty(ty);
        let dynamic = self.type_expr(Some(iface), ty);
        if let Kind::DynamicType { rtype, itab } = self.unit[dynamic].kind {
            let src_rtype = Some(self.rtype(iface, pos));
            let kind = Kind::DynamicDotType { ok: false, x, src_rtype, rtype, itab };
            return self.build().add(kind, to, pos);
        }
        self.build().add(Kind::DotType { ok: false, x }, to, pos)
    }

    /// A type where a value's dynamic type is compared with it, or memory of it is made. One that
    /// depends on type parameters comes from the dictionary. Upstream: `exprType`.
    pub(super) fn type_expr(&mut self, iface: Option<Ty>, e: ExprId) -> NodeId {
        let pos = self.pos_of(e);
        let (raw, ty) = (self.raw(e), self.ty(e));
        let with_itab = !is_interface(self.cx(), ty)
            && iface.is_some_and(|iface| !is_empty_interface(self.cx(), iface));
        let derived = raw.has_tparams() || (with_itab && iface.is_some_and(Ty::has_tparams));
        if !derived {
            return self.type_node(ty);
        }
        if with_itab {
            let itab = Some(self.rtti_word(pos));
            return self.dynamic_type(None, itab, ty, pos);
        }
        let rtype = Some(self.rtype(raw, pos));
        self.dynamic_type(rtype, None, ty, pos)
    }

    fn dynamic_type(
        &mut self,
        rtype: Option<NodeId>,
        itab: Option<NodeId>,
        ty: Ty,
        pos: Pos,
    ) -> NodeId {
        self.build().add(Kind::DynamicType { rtype, itab }, ty, pos)
    }

    /// A type as a node.
    pub(super) fn type_node(&mut self, ty: Ty) -> NodeId {
        self.build().add(Kind::Type, ty, Pos::NONE)
    }

    /// The address of a type's descriptor. Upstream: `rtype0`.
    pub(super) fn rtype(&mut self, raw: Ty, pos: Pos) -> NodeId {
        if raw.has_tparams() {
            return self.rtti_word(pos);
        }
        let name = Symbol::new(&format!("type:{}", self.format().link_string(raw)));
        let byte = Ty::basic(Basic::Uint8);
        let mut build = self.build();
        let x = build.add(Kind::Linksym(name), byte, Pos::NONE);
        build.add(Kind::Addr { x }, Ty::pointer(byte), pos)
    }

    /// A descriptor from the dictionary. Upstream: `rttiWord`.
    fn rtti_word(&mut self, pos: Pos) -> NodeId {
        let x = self.dict_word(0, pos);
        let ty = Ty::pointer(Ty::basic(Basic::Uint8));
        self.build().add(Kind::Conv { op: ConvOp::ConvNop, x }, ty, pos)
    }

    fn unary(&mut self, op: ast::UnaryOp, x: ExprId, pos: Pos) -> NodeId {
        let x = self.expr(x);
        let mut build = self.build();
        let op = match op {
            ast::UnaryOp::Addr => return build.addr(x, pos),
            ast::UnaryOp::Plus => UnaryOp::Plus,
            ast::UnaryOp::Neg => UnaryOp::Neg,
            ast::UnaryOp::Not => UnaryOp::Not,
            ast::UnaryOp::BitNot | ast::UnaryOp::Tilde => UnaryOp::BitNot,
            ast::UnaryOp::Recv => UnaryOp::Recv,
        };
        let ty = match op {
            UnaryOp::Recv => elem(build.cx, build.ty(x)),
            _ => build.ty(x),
        };
        build.add(Kind::Unary { op, x }, ty, pos)
    }

    fn binary(&mut self, e: ExprId, op: ast::BinaryOp, x: ExprId, y: ExprId, pos: Pos) -> NodeId {
        use ast::BinaryOp as B;
        let shift = matches!(op, B::Shl | B::Shr);
        let common = if shift { None } else { self.common_type(x, y) };
        let (x, y) = (self.implicit_conv(common, x), self.implicit_conv(common, y));
        if let B::LAnd | B::LOr = op {
            let kind = Kind::Logical { or: op == B::LOr, x, y };
            let ty = self.ty(e);
            return self.build().add(kind, ty, pos);
        }
        let op = binary_op(op);
        let mut build = self.build();
        let ty = build.ty(x);
        let is_string = build.cx.as_basic(ty).is_some_and(Basic::is_string);
        if op == BinaryOp::Add && is_string {
            return build.add_str(x, y, ty, pos);
        }
        let comparison = matches!(
            op,
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge
        );
        let ty = if comparison { Ty::basic(Basic::Bool) } else { ty };
        build.add(Kind::Binary { op, x, y }, ty, pos)
    }

    /// The type to which both operands are converted.
    fn common_type(&self, x: ExprId, y: ExprId) -> Option<Ty> {
        let (x, y) = (self.raw(x), self.raw(y));
        if x == y {
            return Some(x);
        }
        match self.cx().assignable_type(x, y) {
            Ok(()) => Some(y),
            Err(_) => Some(x),
        }
    }

    /// An expression as a value of type `dst`, in an assignment. Upstream: `implicitConvExpr`.
    pub(super) fn implicit_conv(&mut self, dst: Option<Ty>, e: ExprId) -> NodeId {
        let src = self.raw(e);
        match dst {
            // A `nil` that was left open has no type of its own to be converted from.
            Some(dst) if matches!(src.kind(), TyKind::Basic(Basic::UntypedNil)) => {
                let node = self.expr(e);
                self.unit[node].ty = self.subst(dst);
                node
            }
            Some(dst) if !self.cx().identical(src, dst) => self.convert(dst, e, Implied::Yes),
            _ => self.expr(e),
        }
    }

    /// `dst(e)`. Upstream: `convertExpr`, `exprConvert`.
    pub(super) fn convert(&mut self, dst: Ty, e: ExprId, implied: Implied) -> NodeId {
        let pos = self.pos_of(self.resolve(e));
        let src = self.raw(e);
        let identical = self.cx().identical(src, dst);
        let ty = self.subst(dst);
        let x = self.expr(e);
        // Before, such a constant is converted at run time.
        if self.cx().target.release >= Release::Go1_27
            && is_type_param(dst)
            && let Kind::Literal(index) = self.unit[x].kind
            && self.cx().as_basic(ty).is_some()
        {
            let value = self.unit.consts[index as usize].clone();
            let value = self.fix_value(value, ty);
            let at = self.unit[x].pos;
            let mut build = self.build();
            let x = build.literal(value, ty, at);
            let conv = build.add(Kind::Conv { op: ConvOp::ConvNop, x }, ty, pos);
            return build.flag(conv, Flags::IMPLICIT);
        }
        let conv = self.build().conv(x, ty, pos);
        if implied == Implied::Yes {
            self.build().flag(conv, Flags::IMPLICIT);
        }
        let from = self.unit[x].ty;
        if let Kind::Conv { op: op @ ConvOp::ConvNop, .. } = &mut self.unit[conv].kind
            && !identical
            && is_interface(self.input.cx, ty)
            && !is_empty_interface(self.input.cx, ty)
            && (ty.has_shapes() || from.has_shapes())
        {
            *op = ConvOp::ConvIface;
        }
        conv
    }

    /// Values for places of the types that `dst` gives, from as many expressions or from one with
    /// several values. Upstream: `multiExpr`.
    pub(super) fn multi_expr(
        &mut self,
        pos: Pos,
        exprs: &[ExprId],
        dst: &dyn Fn(usize) -> Option<Ty>,
    ) -> Vec<NodeId> {
        if let [e] = exprs
            && let TyKind::Tuple(types) = self.raw(*e).kind()
            && types.len() > 1
        {
            return self.unpack(pos, *e, types, dst);
        }
        exprs.iter().enumerate().map(|(i, e)| self.implicit_conv(dst(i), *e)).collect()
    }

    /// Several values by way of temporaries.
    fn unpack(
        &mut self,
        pos: Pos,
        e: ExprId,
        types: &[Ty],
        dst: &dyn Fn(usize) -> Option<Ty>,
    ) -> Vec<NodeId> {
        let x = self.expr(e);
        let func = self.func();
        let (mut lhs, mut init, mut results) = (Vec::new(), Vec::new(), Vec::new());
        for (i, raw) in types.iter().enumerate() {
            let ty = self.subst(crate::types::predicates::default_type(*raw));
            let tmp = self.build().temp(func, ty, pos);
            init.push(self.build().dcl(tmp, pos));
            lhs.push(tmp);
            let node = self.unit[tmp].node;
            results.push(match dst(i) {
                Some(dst) if !is_untyped(*raw) && !self.cx().identical(*raw, dst) => {
                    let dst = self.subst(dst);
                    let conv = self.build().conv(node, dst, pos);
                    self.build().flag(conv, Flags::IMPLICIT)
                }
                _ => node,
            });
        }
        let names: Vec<NodeId> = lhs.iter().map(|tmp| self.unit[*tmp].node).collect();
        let stmt = self.assign_list(&names, &[x], pos);
        self.build().flag(stmt, Flags::DEF);
        self.build().prepend_init(stmt, &init);
        for tmp in lhs {
            self.unit[tmp].defn = Some(stmt);
        }
        let base_pos = self.frames.last().map_or(pos, |frame| frame.base_pos);
        if let Some(first) = results.first_mut() {
            *first = self.build().init_expr(&[stmt], *first, base_pos);
        }
        results
    }

    /// `a, b = x, y` or `a, b = x`, whatever that is. Upstream: `typecheck/stmt.go`, `assign`.
    pub(super) fn assign_list(&mut self, lhs: &[NodeId], rhs: &[NodeId], pos: Pos) -> NodeId {
        let mut rhs = rhs.to_vec();
        let mut op = As2Op::List;
        if let [x] = *rhs
            && lhs.len() > 1
        {
            op = match &mut self.unit[x].kind {
                Kind::IndexMap { .. } => As2Op::MapR,
                Kind::Unary { op: UnaryOp::Recv, .. } => As2Op::Recv,
                Kind::DotType { ok, .. } | Kind::DynamicDotType { ok, .. } => {
                    *ok = true;
                    As2Op::DotType
                }
                _ => As2Op::Func,
            };
        } else {
            for (x, y) in lhs.iter().zip(&mut rhs) {
                if !matches!(self.unit[*x].kind, Kind::Blank) {
                    let ty = self.unit[*x].ty;
                    *y = self.build().assign_conv(*y, ty, pos);
                }
            }
        }
        let (lhs, rhs) = (self.unit.list(lhs), self.unit.list(&rhs));
        self.build().stmt(Kind::As2 { op, lhs, rhs }, pos)
    }

    /// A composite literal. Upstream: `compLit`.
    fn comp_lit(&mut self, e: ExprId, elems: &[ExprId], pos: Pos) -> NodeId {
        let raw = self.raw(e);
        let core = self.cx().core_type(raw).unwrap_or(raw);
        let (raw_lit, pointer) = match core.kind() {
            TyKind::Pointer(inner) => (*inner, true),
            _ => (raw, false),
        };
        let ty = self.subst(raw_lit);
        let core = self.cx().core_type(raw_lit).unwrap_or(raw_lit);
        let lit = match core.kind() {
            TyKind::Array(_, elem) => self.array_lit(CompLitOp::Array, ty, *elem, elems, pos),
            TyKind::Slice(elem) => self.array_lit(CompLitOp::Slice, ty, *elem, elems, pos),
            TyKind::Map(key, value) => self.map_lit(ty, *key, *value, elems, pos),
            TyKind::Struct(_) => self.struct_lit(ty, core, elems, pos),
            _ => return self.bad(pos),
        };
        if pointer {
            let node = self.build().addr(lit, pos);
            self.unit[node].ty = self.subst(raw);
            return node;
        }
        lit
    }

    fn array_lit(
        &mut self,
        op: CompLitOp,
        ty: Ty,
        elem_ty: Ty,
        elems: &[ExprId],
        pos: Pos,
    ) -> NodeId {
        let mut list = Vec::with_capacity(elems.len());
        let (mut next, mut len) = (0i64, 0i64);
        let decl = self.decl();
        for e in elems {
            if let ExprKind::KeyValue { key, value } = decl[*e].kind {
                let at = self.pos_of(key);
                let key = self.expr(key);
                if let Kind::Literal(index) = self.unit[key].kind
                    && let Some(n) = self.unit.consts[index as usize].int64()
                {
                    next = n;
                }
                let value = self.implicit_conv(Some(elem_ty), value);
                list.push(self.build().stmt(Kind::Key { key, value }, at));
            } else {
                list.push(self.implicit_conv(Some(elem_ty), *e));
            }
            next = next.saturating_add(1);
            len = len.max(next);
        }
        let list = self.unit.list(&list);
        let len = if op == CompLitOp::Slice { len } else { 0 };
        self.build().add(Kind::CompLit { op, list, len }, ty, pos)
    }

    fn map_lit(&mut self, ty: Ty, key_ty: Ty, value_ty: Ty, elems: &[ExprId], pos: Pos) -> NodeId {
        let mut list = Vec::with_capacity(elems.len());
        let decl = self.decl();
        for e in elems {
            let ExprKind::KeyValue { key, value } = decl[*e].kind else { continue };
            let at = self.pos_of(key);
            let key = self.implicit_conv(Some(key_ty), key);
            let value = self.implicit_conv(Some(value_ty), value);
            list.push(self.build().stmt(Kind::Key { key, value }, at));
        }
        let list = self.unit.list(&list);
        self.build().add(Kind::CompLit { op: CompLitOp::Map, list, len: 0 }, ty, pos)
    }

    fn struct_lit(&mut self, ty: Ty, core: Ty, elems: &[ExprId], pos: Pos) -> NodeId {
        let TyKind::Struct(fields) = core.kind() else { return self.bad(pos) };
        let mut list = Vec::with_capacity(elems.len());
        let decl = self.decl();
        for (i, e) in elems.iter().enumerate() {
            let (at, field, value) = match decl[*e].kind {
                ExprKind::KeyValue { key, value } => {
                    (self.pos_of(key), self.field_index(core, key), value)
                }
                _ => (self.pos_of(*e), Some((i as u32, None)), *e),
            };
            let Some((field, promoted)) = field else { continue };
            let field_ty = promoted.or_else(|| fields.get(field as usize).map(|f| f.ty));
            let value = self.implicit_conv(field_ty, value);
            list.push(self.build().stmt(Kind::StructKey { field, value }, at));
        }
        let list = self.unit.list(&list);
        self.build().add(Kind::CompLit { op: CompLitOp::Struct, list, len: 0 }, ty, pos)
    }

    /// The field that a key of a struct literal names; of a promoted one, the outermost field that
    /// holds it, and its own type.
    fn field_index(&self, core: Ty, key: ExprId) -> Option<(u32, Option<Ty>)> {
        use crate::types::lookup::LookupResult;
        let ExprKind::Name(name) = self.decl()[key].kind else { return None };
        match self.cx().lookup(core, false, self.input.package, name) {
            LookupResult::Field(found) => {
                let promoted = (found.path.len() > 1).then_some(found.ty);
                Some((*found.path.first()?, promoted))
            }
            _ => None,
        }
    }
}

/// Whether a conversion was written or is implied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Implied {
    /// By an assignment.
    Yes,
    /// It was written.
    No,
}

/// The operator of `x op y` and `x op= y`.
pub(super) fn binary_op(op: ast::BinaryOp) -> BinaryOp {
    use ast::BinaryOp as B;
    match op {
        B::Eql => BinaryOp::Eq,
        B::Neq => BinaryOp::Ne,
        B::Lss => BinaryOp::Lt,
        B::Leq => BinaryOp::Le,
        B::Gtr => BinaryOp::Gt,
        B::Geq => BinaryOp::Ge,
        B::Add => BinaryOp::Add,
        B::Sub => BinaryOp::Sub,
        B::Or | B::LOr => BinaryOp::Or,
        B::Xor => BinaryOp::Xor,
        B::Mul => BinaryOp::Mul,
        B::Quo => BinaryOp::Div,
        B::Rem => BinaryOp::Mod,
        B::And | B::LAnd => BinaryOp::And,
        B::AndNot => BinaryOp::AndNot,
        B::Shl => BinaryOp::Lsh,
        B::Shr => BinaryOp::Rsh,
    }
}
