//! Makes nodes as the compiler's own type checker completes them: implicit dereferences and
//! conversions, the operator of a conversion, temporaries, variadic slices, wrappers of `go` and
//! `defer`.
//!
//! Lowering builds bodies with it; inlining and devirtualization build what they put in place of
//! calls.
//!
//! Upstream: `cmd/compile/internal/typecheck`.

use crate::symbol::Symbol;
use crate::types::constant::Value;
use crate::types::cx::Cx;
use crate::types::predicates::has_name;
use crate::types::ty::{Basic, ChanDir, PkgId, Signature, Ty, TyKind};

use super::closure_name::Why;
use super::node::{
    As2Op, BinaryOp, CallOp, Class, CompLitOp, ConvOp, Flags, Func, FuncIdx, Kind, List, Local,
    LocalId, Node, NodeId, Pos, SliceOp, UnaryOp, Unit,
};

/// Adds nodes to a unit.
pub struct Build<'b, 'c> {
    /// Who knows the types.
    pub cx: &'b Cx<'c>,
    /// Where the nodes go.
    pub unit: &'b mut Unit,
    /// The package whose text is built from, to which declared variables belong.
    pub package: PkgId,
}

/// What two types' identity is judged by where shapes are involved: a shape equals what it stands
/// for. Upstream: `cmd/compile/internal/types/identity.go`.
pub fn identical(cx: &Cx<'_>, a: Ty, b: Ty) -> bool {
    if a == b || a.canon() == b.canon() {
        return true;
    }
    if !a.has_shapes() && !b.has_shapes() {
        return cx.identical(a, b);
    }
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || identical_shapes(cx, a, b))
}

fn identical_shapes(cx: &Cx<'_>, a: Ty, b: Ty) -> bool {
    let each = |xs: &[Ty], ys: &[Ty]| {
        xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| identical(cx, *x, *y))
    };
    // Two instances of one type agree if their arguments do; asking for the underlying types
    // might not come to an end.
    if let (TyKind::Named(x), TyKind::Named(y)) = (a.kind(), b.kind())
        && x.def == y.def
        && each(&x.args, &y.args)
    {
        return true;
    }
    let named = has_name(a) || has_name(b);
    let (ua, ub) = (cx.under(a), cx.under(b));
    match (ua.kind(), ub.kind()) {
        (TyKind::Basic(x), TyKind::Basic(y)) => x.canon() == y.canon(),
        (TyKind::Pointer(_), TyKind::Pointer(_)) if named => true,
        (TyKind::Pointer(x), TyKind::Pointer(y)) | (TyKind::Slice(x), TyKind::Slice(y)) => {
            identical(cx, *x, *y)
        }
        (TyKind::Array(n, x), TyKind::Array(m, y)) => n == m && identical(cx, *x, *y),
        (TyKind::Map(k, v), TyKind::Map(l, w)) => identical(cx, *k, *l) && identical(cx, *v, *w),
        (TyKind::Chan(d, x), TyKind::Chan(e, y)) => d == e && identical(cx, *x, *y),
        (TyKind::Func(x), TyKind::Func(y)) => {
            x.variadic == y.variadic && each(&x.params, &y.params) && each(&x.results, &y.results)
        }
        (TyKind::Tuple(x), TyKind::Tuple(y)) => each(x, y),
        (TyKind::Struct(x), TyKind::Struct(y)) => {
            x.len() == y.len()
                && x.iter().zip(y).all(|(f, g)| {
                    f.name == g.name
                        && f.package == g.package
                        && f.embedded == g.embedded
                        && f.tag == g.tag
                        && identical(cx, f.ty, g.ty)
                })
        }
        (TyKind::Interface(_), TyKind::Interface(_)) => {
            let (x, y) = (cx.type_set(ua), cx.type_set(ub));
            x.methods.len() == y.methods.len()
                && x.methods.iter().zip(&y.methods).all(|(m, n)| {
                    m.name == n.name && m.package == n.package && identical(cx, m.sig, n.sig)
                })
        }
        _ => false,
    }
}

/// The integer or floating-point type that a number has in registers. Upstream: `types.SimType`.
fn sim_type(cx: &Cx<'_>, basic: Basic) -> Basic {
    let wide = cx.target.arch.ptr_size() == 8;
    match basic.canon() {
        Basic::Int if wide => Basic::Int64,
        Basic::Uint | Basic::Uintptr if wide => Basic::Uint64,
        Basic::Int => Basic::Int32,
        Basic::Uint | Basic::Uintptr => Basic::Uint32,
        other => other,
    }
}

/// The element type of a pointer, slice, array or channel.
pub fn elem(cx: &Cx<'_>, ty: Ty) -> Ty {
    match cx.under(ty).kind() {
        TyKind::Pointer(t) | TyKind::Slice(t) | TyKind::Array(_, t) | TyKind::Chan(_, t) => *t,
        TyKind::Map(_, value) => *value,
        _ => Ty::invalid(),
    }
}

/// The signature of a function type.
pub fn signature(cx: &Cx<'_>, ty: Ty) -> Option<&'static Signature> {
    match cx.under(ty).kind() {
        TyKind::Func(sig) => Some(sig),
        _ => None,
    }
}

/// Whether `ty` is an interface type; a shape counts as what it stands for.
pub fn is_interface(cx: &Cx<'_>, ty: Ty) -> bool {
    matches!(cx.under(ty).kind(), TyKind::Interface(_))
}

/// Whether `ty` is an interface type without methods.
pub fn is_empty_interface(cx: &Cx<'_>, ty: Ty) -> bool {
    let under = cx.under(ty);
    matches!(under.kind(), TyKind::Interface(_)) && cx.type_set(under).methods.is_empty()
}

/// How a value of type `src` becomes one of type `dst` in an assignment, if it can.
/// Upstream: `typecheck/subr.go`, `assignOp`.
fn assign_op(cx: &Cx<'_>, src: Ty, dst: Ty) -> Option<ConvOp> {
    if src.is_invalid() || dst.is_invalid() {
        return None;
    }
    if identical(cx, src, dst) {
        return Some(ConvOp::ConvNop);
    }
    let (src_under, dst_under) = (cx.under(src), cx.under(dst));
    let shape = |ty: Ty| matches!(ty.kind(), TyKind::Shape(_));
    if identical(cx, src_under, dst_under)
        && (is_empty_interface(cx, src)
            || ((!has_name(src) || !has_name(dst)) && !is_interface(cx, src))
            || shape(src)
            || shape(dst))
    {
        return Some(ConvOp::ConvNop);
    }
    let nil = matches!(src_under.kind(), TyKind::Basic(Basic::UntypedNil));
    if is_interface(cx, dst) && !nil {
        return Some(ConvOp::ConvIface);
    }
    if let (TyKind::Chan(ChanDir::Both, x), TyKind::Chan(_, y)) =
        (src_under.kind(), dst_under.kind())
        && identical(cx, *x, *y)
        && (!has_name(src) || !has_name(dst))
    {
        return Some(ConvOp::ConvNop);
    }
    nil.then_some(ConvOp::ConvNop)
}

/// How a value of type `src` becomes one of type `dst` in a conversion.
/// Upstream: `typecheck/subr.go`, `convertOp`.
fn convert_op(cx: &Cx<'_>, src: Ty, dst: Ty) -> ConvOp {
    if let Some(op) = assign_op(cx, src, dst) {
        return op;
    }
    let (from, to) = (cx.under(src), cx.under(dst));
    if cx.identical_ignoring_tags(from, to) || identical(cx, from, to) {
        return ConvOp::ConvNop;
    }
    let byte =
        |ty: Ty| matches!(cx.under(ty).kind(), TyKind::Basic(b) if b.canon() == Basic::Uint8);
    match (from.kind(), to.kind()) {
        (TyKind::Pointer(x), TyKind::Pointer(y))
            if !has_name(src)
                && !has_name(dst)
                && cx.identical_ignoring_tags(cx.under(*x), cx.under(*y)) =>
        {
            ConvOp::ConvNop
        }
        (TyKind::Basic(x), TyKind::Basic(y)) => {
            let number = |b: &Basic| b.is_integer() || b.is_float();
            if (number(x) && number(y)) || (x.is_complex() && y.is_complex()) {
                let same = sim_type(cx, *x) == sim_type(cx, *y);
                if same { ConvOp::ConvNop } else { ConvOp::Conv }
            } else if x.is_integer() && y.is_string() {
                ConvOp::RuneStr
            } else if *y == Basic::UnsafePointer || *x == Basic::UnsafePointer {
                ConvOp::ConvNop
            } else {
                ConvOp::Conv
            }
        }
        (TyKind::Slice(x), TyKind::Basic(y)) if y.is_string() => {
            if byte(*x) {
                ConvOp::Bytes2Str
            } else {
                ConvOp::Runes2Str
            }
        }
        (TyKind::Basic(x), TyKind::Slice(y)) if x.is_string() => {
            if byte(*y) {
                ConvOp::Str2Bytes
            } else {
                ConvOp::Str2Runes
            }
        }
        (TyKind::Pointer(_), TyKind::Basic(_)) | (TyKind::Basic(_), TyKind::Pointer(_)) => {
            ConvOp::ConvNop
        }
        (TyKind::Basic(Basic::UnsafePointer), _) => ConvOp::ConvNop,
        (TyKind::Slice(_), TyKind::Array(..)) => ConvOp::Slice2Arr,
        (TyKind::Slice(_), TyKind::Pointer(_)) => ConvOp::Slice2ArrPtr,
        _ => ConvOp::Conv,
    }
}

impl Build<'_, '_> {
    /// The type of a node.
    pub fn ty(&self, id: NodeId) -> Ty {
        self.unit[id].ty
    }

    /// A node without init statements and properties.
    pub fn add(&mut self, kind: Kind, ty: Ty, pos: Pos) -> NodeId {
        self.unit.add(kind, ty, pos)
    }

    /// A statement.
    pub fn stmt(&mut self, kind: Kind, pos: Pos) -> NodeId {
        self.unit.add(kind, Ty::invalid(), pos)
    }

    /// A list.
    pub fn list(&mut self, nodes: &[NodeId]) -> List {
        self.unit.list(nodes)
    }

    /// Sets properties of a node.
    pub fn flag(&mut self, id: NodeId, flags: Flags) -> NodeId {
        let node = &mut self.unit[id];
        node.flags = node.flags.with(flags);
        id
    }

    /// Puts statements before those that a node already has.
    pub fn prepend_init(&mut self, id: NodeId, init: &[NodeId]) {
        if init.is_empty() {
            return;
        }
        let mut all = init.to_vec();
        all.extend_from_slice(&self.unit[self.unit[id].init]);
        self.unit[id].init = self.unit.list(&all);
    }

    /// Puts statements after those that a node already has.
    pub fn append_init(&mut self, id: NodeId, init: &[NodeId]) {
        if init.is_empty() {
            return;
        }
        let mut all = self.unit[self.unit[id].init].to_vec();
        all.extend_from_slice(init);
        self.unit[id].init = self.unit.list(&all);
    }

    /// Takes the init statements off a node.
    pub fn take_init(&mut self, id: NodeId) -> Vec<NodeId> {
        let init = std::mem::take(&mut self.unit[id].init);
        self.unit[init].to_vec()
    }

    /// `x` with statements to run first; what may be shared gets a conversion to carry them.
    /// Upstream: `ir.InitExpr`.
    pub fn init_expr(&mut self, init: &[NodeId], x: NodeId, pos: Pos) -> NodeId {
        if init.is_empty() {
            return x;
        }
        let Node { kind, ty, .. } = self.unit[x];
        let shared = matches!(
            kind,
            Kind::Name(_)
                | Kind::Global(_)
                | Kind::Func(_)
                | Kind::Blank
                | Kind::Literal(_)
                | Kind::Nil
                | Kind::Type
        );
        let x = if shared { self.add(Kind::Conv { op: ConvOp::ConvNop, x }, ty, pos) } else { x };
        self.prepend_init(x, init);
        x
    }

    /// A constant.
    pub fn literal(&mut self, value: Value, ty: Ty, pos: Pos) -> NodeId {
        let index = self.unit.consts.len() as u32;
        self.unit.consts.push(value);
        self.add(Kind::Literal(index), ty, pos)
    }

    /// A constant of type `int`.
    pub fn int(&mut self, value: i64, pos: Pos) -> NodeId {
        self.literal(Value::from(value), Ty::basic(Basic::Int), pos)
    }

    /// An integer whose type stays open. Upstream: `ir.NewInt`.
    pub fn untyped_int(&mut self, value: i64, pos: Pos) -> NodeId {
        self.literal(Value::from(value), Ty::basic(Basic::UntypedInt), pos)
    }

    /// A variable of a function; it is not yet among its declared ones.
    pub fn local(
        &mut self,
        func: FuncIdx,
        name: Symbol,
        ty: Ty,
        class: Class,
        pos: Pos,
    ) -> LocalId {
        let id = LocalId(self.unit.locals.len() as u32);
        let node = self.unit.add(Kind::Name(id), ty, pos);
        let package = self.package;
        self.unit.locals.push(Local {
            name,
            package,
            ty,
            node,
            func,
            class,
            defn: None,
            outer: None,
            blank: false,
            addrtaken: false,
            autotemp: false,
            byval: false,
            inl_formal: false,
            inl_local: false,
            used: true,
        });
        id
    }

    /// A variable declared in a function's body.
    pub fn declare(&mut self, func: FuncIdx, name: Symbol, ty: Ty, pos: Pos) -> LocalId {
        let local = self.local(func, name, ty, Class::Auto, pos);
        self.unit[func].dcl.push(local);
        local
    }

    /// A variable made up to hold a value. Upstream: `typecheck.TempAt`.
    pub fn temp(&mut self, func: FuncIdx, ty: Ty, pos: Pos) -> LocalId {
        let name = format!(".autotmp_{}", self.unit[func].dcl.len());
        let local = self.declare(func, Symbol::new(&name), ty, pos);
        self.unit[local].package = self.unit.package;
        self.unit[local].autotemp = true;
        local
    }

    /// The node of a variable.
    pub fn name(&self, local: LocalId) -> NodeId {
        self.unit[local].node
    }

    /// The declaration of a variable.
    pub fn dcl(&mut self, local: LocalId, pos: Pos) -> NodeId {
        let x = self.name(local);
        self.stmt(Kind::Dcl { x }, pos)
    }

    /// `x = y`.
    pub fn assign(&mut self, x: NodeId, y: Option<NodeId>, pos: Pos) -> NodeId {
        let y = y.map(|y| match self.unit[x].kind {
            Kind::Blank => y,
            _ => self.assign_conv(y, self.ty(x), pos),
        });
        let stmt = self.stmt(Kind::As { x, y }, pos);
        if let Kind::Name(local) = self.unit[x].kind
            && self.unit[local].autotemp
        {
            self.unit[local].defn = Some(stmt);
        }
        stmt
    }

    /// Makes `stmt` the definition of `locals`, with their declarations in front.
    /// Upstream: `noder/reader.go`, `initDefn`.
    pub fn define(&mut self, stmt: NodeId, locals: &[LocalId]) {
        if locals.is_empty() {
            return;
        }
        let mut init = Vec::with_capacity(locals.len());
        for local in locals {
            self.unit[*local].defn = Some(stmt);
            let pos = self.unit[self.name(*local)].pos;
            init.push(self.dcl(*local, pos));
        }
        self.unit[stmt].init = self.unit.list(&init);
        self.flag(stmt, Flags::DEF);
    }

    /// A temporary that holds the value of `x`, whose definition is added to `init`.
    /// Upstream: `noder/reader.go`, `tempCopy`.
    pub fn temp_copy(
        &mut self,
        func: FuncIdx,
        x: NodeId,
        pos: Pos,
        init: &mut Vec<NodeId>,
    ) -> LocalId {
        let tmp = self.temp(func, self.ty(x), pos);
        init.push(self.dcl(tmp, pos));
        let stmt = self.assign(self.name(tmp), Some(x), pos);
        init.push(self.flag(stmt, Flags::DEF));
        tmp
    }

    /// Moves the results of a call to temporaries if they are not of the types that they are
    /// assigned to. Upstream: `typecheck.RewriteMultiValueCall`.
    pub fn fit_results(&mut self, func: FuncIdx, stmt: NodeId, pos: Pos) {
        let Kind::As2 { op: As2Op::Func, lhs, rhs } = self.unit[stmt].kind else { return };
        let Some(call) = self.unit[rhs].first().copied() else { return };
        let TyKind::Tuple(types) = self.ty(call).kind() else { return };
        let places = self.unit[lhs].to_vec();
        let differs = |(place, ty): (&NodeId, &Ty)| {
            let place = &self.unit[*place];
            !matches!(place.kind, Kind::Blank) && !identical(self.cx, place.ty, *ty)
        };
        if !places.iter().zip(types).any(differs) {
            return;
        }
        let (temps, unpack) = self.unpack_call(func, call, types, pos);
        let values: Vec<NodeId> = places
            .iter()
            .zip(&temps)
            .map(|(place, tmp)| {
                let ty = self.ty(*place);
                self.assign_conv(*tmp, ty, pos)
            })
            .collect();
        let values = self.list(&values);
        self.unit[stmt].kind = Kind::As2 { op: As2Op::List, lhs, rhs: values };
        self.append_init(stmt, &[unpack]);
    }

    /// `return call`; several results go by way of temporaries.
    pub fn return_call(&mut self, func: FuncIdx, call: NodeId, pos: Pos) -> NodeId {
        let TyKind::Tuple(types) = self.ty(call).kind() else {
            let results = self.list(&[call]);
            return self.stmt(Kind::Return { results }, pos);
        };
        let (temps, unpack) = self.unpack_call(func, call, types, pos);
        let results = self.list(&temps);
        let stmt = self.stmt(Kind::Return { results }, pos);
        self.append_init(stmt, &[unpack]);
        stmt
    }

    /// The results of a call in temporaries, and the statement that puts them there.
    fn unpack_call(
        &mut self,
        func: FuncIdx,
        call: NodeId,
        types: &[Ty],
        pos: Pos,
    ) -> (Vec<NodeId>, NodeId) {
        let (mut temps, mut init) = (Vec::new(), Vec::new());
        for ty in types {
            let tmp = self.temp(func, *ty, pos);
            init.push(self.dcl(tmp, pos));
            temps.push(self.name(tmp));
        }
        let (lhs, rhs) = (self.list(&temps), self.list(&[call]));
        let unpack = self.stmt(Kind::As2 { op: As2Op::Func, lhs, rhs }, pos);
        self.prepend_init(unpack, &init);
        (temps, unpack)
    }

    /// What of a variable is changed when `x` is: `x` without fields, array elements and no-op
    /// conversions. Upstream: `ir.OuterValue`.
    pub fn outer_value(&self, x: NodeId) -> NodeId {
        let mut x = x;
        loop {
            x = match self.unit[x].kind {
                Kind::Dot { x: inner, .. }
                | Kind::Paren { x: inner }
                | Kind::Conv { op: ConvOp::ConvNop, x: inner } => inner,
                Kind::Index { x: inner, .. } if self.is_array(self.ty(inner)) => inner,
                _ => return x,
            }
        }
    }

    fn is_array(&self, ty: Ty) -> bool {
        matches!(self.cx.under(ty).kind(), TyKind::Array(..))
    }

    /// `&x`. Upstream: `ir.NewAddrExpr`.
    pub fn addr(&mut self, x: NodeId, pos: Pos) -> NodeId {
        let ty = Ty::pointer(self.ty(x));
        if matches!(self.unit[x].kind, Kind::CompLit { .. }) {
            return self.add(Kind::PtrLit { x }, ty, pos);
        }
        if let Kind::Name(local) = self.unit[self.outer_value(x)].kind {
            self.unit[local].addrtaken = true;
            if self.unit[local].outer.is_some() && !self.unit[local].byval {
                let canonical = self.unit.canonical(local);
                self.unit[canonical].addrtaken = true;
            }
        }
        self.add(Kind::Addr { x }, ty, pos)
    }

    /// `*x`.
    pub fn deref(&mut self, x: NodeId, pos: Pos) -> NodeId {
        let ty = elem(self.cx, self.ty(x));
        self.add(Kind::Deref { x }, ty, pos)
    }

    /// `x`, or `*x` if `x` is a pointer to an array. Upstream: `typecheck.implicitstar`.
    pub fn implicit_star(&mut self, x: NodeId, pos: Pos) -> NodeId {
        match self.cx.under(self.ty(x)).kind() {
            TyKind::Pointer(t) if self.is_array(*t) => {
                let star = self.deref(x, pos);
                self.flag(star, Flags::IMPLICIT)
            }
            _ => x,
        }
    }

    /// `x.f`, for the field at `index`.
    pub fn dot(&mut self, x: NodeId, index: u32, pos: Pos) -> NodeId {
        let under = self.cx.under(self.ty(x));
        let (base, through) = match under.kind() {
            TyKind::Pointer(t) => (self.cx.under(*t), true),
            _ => (under, false),
        };
        let ty = match base.kind() {
            TyKind::Struct(fields) => fields.get(index as usize).map(|field| field.ty),
            _ => None,
        };
        let ty = ty.unwrap_or_else(Ty::invalid);
        let kind = match through {
            true => Kind::DotPtr { x, field: index },
            false => Kind::Dot { x, field: index },
        };
        self.add(kind, ty, pos)
    }

    /// `x` as a value of type `ty`. Upstream: `typecheck.AssignConv`.
    pub fn assign_conv(&mut self, x: NodeId, ty: Ty, pos: Pos) -> NodeId {
        let from = self.ty(x);
        if from.is_invalid() || ty.is_invalid() || identical(self.cx, from, ty) {
            return x;
        }
        let Some(op) = assign_op(self.cx, from, ty) else { return x };
        let conv = self.add(Kind::Conv { op, x }, ty, pos);
        self.flag(conv, Flags::IMPLICIT)
    }

    /// `ty(x)`. Upstream: `typecheck.tcConv`.
    pub fn conv(&mut self, x: NodeId, ty: Ty, pos: Pos) -> NodeId {
        let from = self.ty(x);
        let mut op = convert_op(self.cx, from, ty);
        let mut x = x;
        match op {
            ConvOp::ConvNop => {
                let (src, dst) = (self.cx.under(from), self.cx.under(ty));
                if let TyKind::Basic(basic) = src.kind()
                    && (basic.is_float() || basic.is_complex())
                    && src == dst
                {
                    op = ConvOp::Conv;
                }
            }
            ConvOp::Str2Runes if matches!(self.unit[x].kind, Kind::Literal(_)) => {
                return self.runes_lit(x, ty, pos);
            }
            ConvOp::Bytes2Str => x = self.plain_slice(x, Basic::Byte),
            ConvOp::Runes2Str => x = self.plain_slice(x, Basic::Rune),
            _ => {}
        }
        self.add(Kind::Conv { op, x }, ty, pos)
    }

    /// A slice of a named byte or rune type as one of the predeclared type.
    fn plain_slice(&mut self, x: NodeId, basic: Basic) -> NodeId {
        let plain = Ty::basic(basic);
        if elem(self.cx, self.ty(x)).canon() == plain.canon() {
            return x;
        }
        let pos = self.unit[x].pos;
        self.add(Kind::Conv { op: ConvOp::ConvNop, x }, Ty::slice(plain), pos)
    }

    /// `[]rune("constant")` as a slice literal. Upstream: `typecheck.stringtoruneslit`.
    fn runes_lit(&mut self, x: NodeId, ty: Ty, pos: Pos) -> NodeId {
        let Kind::Literal(index) = self.unit[x].kind else { return x };
        let Value::String(text) = self.unit.consts[index as usize].clone() else { return x };
        let mut list = Vec::new();
        for (at, rune) in decode_utf8(text.bytes()).into_iter().enumerate() {
            let key = self.untyped_int(at as i64, pos);
            let value = self.literal(Value::from(i64::from(rune)), elem(self.cx, ty), pos);
            list.push(self.stmt(Kind::Key { key, value }, pos));
        }
        let len = list.len() as i64;
        let list = self.list(&list);
        self.add(Kind::CompLit { op: CompLitOp::Slice, list, len }, ty, pos)
    }

    /// A sum of strings: one node for all operands. Upstream: `typecheck.typecheck1`, OADD.
    pub fn add_str(&mut self, x: NodeId, y: NodeId, ty: Ty, pos: Pos) -> NodeId {
        let operands = |unit: &Unit, id: NodeId| match unit[id].kind {
            Kind::AddStr { list } if unit[id].init.is_empty() => unit[list].to_vec(),
            _ => vec![id],
        };
        let mut all = operands(self.unit, x);
        all.extend(operands(self.unit, y));
        let list = self.list(&all);
        self.add(Kind::AddStr { list }, ty, pos)
    }

    /// A call. `args` holds everything: receiver and dictionary too. Upstream: `typecheck.Call`.
    pub fn call(
        &mut self,
        func: FuncIdx,
        fun: NodeId,
        args: Vec<NodeId>,
        spread: bool,
        pos: Pos,
    ) -> NodeId {
        let mut args = args;
        let (fun, init) = self.rewrite_non_name_call(func, fun, pos);
        let sig = signature(self.cx, self.ty(fun));
        let mut spread = spread;
        let mut ty = Ty::invalid();
        if let Some(sig) = sig {
            self.convert_args(sig, &mut args, spread, pos);
            if sig.variadic && !spread && args.len() + 1 >= sig.params.len() {
                let extra = args.split_off(sig.params.len() - 1);
                let slice_ty = sig.params[sig.params.len() - 1];
                args.push(self.dots_args(slice_ty, &extra, pos));
                spread = true;
            }
            ty = match &*sig.results {
                [] => Ty::invalid(),
                results => Ty::tuple(results),
            };
        }
        let op = match self.unit[fun].kind {
            Kind::DotInter { .. } => CallOp::Inter,
            _ => CallOp::Func,
        };
        let args = self.list(&args);
        let call = self.add(Kind::Call { op, fun, args }, ty, pos);
        if spread {
            self.flag(call, Flags::DDD);
        }
        self.append_init(call, &init);
        call
    }

    /// Converts arguments to the parameters' types. Upstream: `typecheck.typecheckaste`.
    fn convert_args(&mut self, sig: &Signature, args: &mut [NodeId], spread: bool, pos: Pos) {
        let last = sig.params.len().saturating_sub(1);
        let mut pos = pos;
        for (at, arg) in args.iter_mut().enumerate() {
            let ty = match sig.params.get(at.min(last)) {
                Some(ty) if sig.variadic && at >= last && !spread => elem(self.cx, *ty),
                Some(ty) => *ty,
                None => return,
            };
            if self.has_unique_pos(*arg) {
                pos = self.unit[*arg].pos;
            }
            *arg = self.assign_conv(*arg, ty, pos);
        }
    }

    /// The slice that a variadic parameter gets. Upstream: `typecheck.MakeDotArgs`.
    fn dots_args(&mut self, ty: Ty, extra: &[NodeId], pos: Pos) -> NodeId {
        if extra.is_empty() {
            return self.add(Kind::Nil, ty, pos);
        }
        let list = self.list(extra);
        let len = extra.len() as i64;
        let lit = self.add(Kind::CompLit { op: CompLitOp::Slice, list, len }, ty, pos);
        self.flag(lit, Flags::IMPLICIT)
    }

    /// Whether a node's position is that of its use. Upstream: `ir.HasUniquePos`.
    pub fn has_unique_pos(&self, id: NodeId) -> bool {
        let node = &self.unit[id];
        let name =
            matches!(node.kind, Kind::Name(_) | Kind::Global(_) | Kind::Func(_) | Kind::Blank);
        !name && node.pos.is_known()
    }

    /// Moves a callee or receiver that itself calls something to a temporary; gives the statement
    /// that does. Upstream: `typecheck.RewriteNonNameCall`.
    fn rewrite_non_name_call(
        &mut self,
        func: FuncIdx,
        fun: NodeId,
        pos: Pos,
    ) -> (NodeId, Vec<NodeId>) {
        let operand = match self.unit[fun].kind {
            Kind::DotInter { x, .. } | Kind::MethValue { x, .. } => x,
            _ => fun,
        };
        if !self.any(operand, &mut call_or_chan) {
            return (fun, Vec::new());
        }
        let tmp = self.temp(func, self.ty(operand), pos);
        let tmp_node = self.name(tmp);
        let stmt = self.assign(tmp_node, Some(operand), pos);
        let dcl = self.dcl(tmp, pos);
        self.prepend_init(stmt, &[dcl]);
        let fun = match &mut self.unit[fun].kind {
            Kind::DotInter { x, .. } | Kind::MethValue { x, .. } => {
                *x = tmp_node;
                fun
            }
            _ => tmp_node,
        };
        (fun, vec![stmt])
    }

    /// Whether `test` holds for a node at or below `id`, bodies of literals aside.
    /// Upstream: `ir.Any`.
    pub fn any(&self, id: NodeId, test: &mut dyn FnMut(&Node) -> bool) -> bool {
        let mut todo = vec![id];
        while let Some(id) = todo.pop() {
            if test(&self.unit[id]) {
                return true;
            }
            self.unit.each_child(id, &mut |child| todo.push(child));
        }
        false
    }

    /// A function literal in `parent`, still without parameters and body.
    /// Upstream: `ir.NewClosureFunc`.
    pub fn closure_func(&mut self, parent: FuncIdx, why: Why, sig: Ty, pos: Pos) -> FuncIdx {
        let idx = FuncIdx(self.unit.funcs.len() as u32);
        let (name, package) = self.unit.closure_name(self.cx.target.release, parent, why);
        let outer = &self.unit[parent];
        let range_parent = (why == Why::Range).then(|| outer.range_parent.unwrap_or(parent));
        let dupok = outer.dupok;
        let closure = self.add(Kind::Closure { func: idx }, sig, pos);
        let func = Func {
            parent: Some(parent),
            closure: Some(closure),
            why: Some(why),
            dupok,
            package,
            range_parent,
            source: (self.unit.id, idx),
            ..Func::new(self.unit.id, name, sig, pos)
        };
        self.unit.funcs.push(func);
        idx
    }

    /// A literal's copy of a variable around it. Upstream: `ir.NewClosureVar`.
    pub fn capture(&mut self, func: FuncIdx, outer: LocalId, pos: Pos) -> LocalId {
        let (name, ty) = (self.unit[outer].name, self.unit[outer].ty);
        let local = self.local(func, name, ty, Class::Captured, pos);
        self.unit[local].outer = Some(outer);
        self.unit[local].package = self.unit[outer].package;
        self.unit[local].autotemp = self.unit[outer].autotemp;
        self.unit[func].closure_vars.push(local);
        local
    }

    /// The call of a `go` or `defer` statement in normal form: of a function without parameters
    /// and results. What has to run at the statement itself is added to `init`.
    ///
    /// Upstream: `typecheck/stmt.go`, `normalizeGoDeferCall`.
    pub fn normalize_go_defer(
        &mut self,
        func: FuncIdx,
        why: Why,
        call: NodeId,
        pos: Pos,
        init: &mut Vec<NodeId>,
    ) -> NodeId {
        init.extend(self.take_init(call));
        if let Kind::Call { op: CallOp::Func, fun, .. } = self.unit[call].kind
            && let Some(sig) = signature(self.cx, self.ty(fun))
            && sig.params.is_empty()
            && sig.results.is_empty()
        {
            return call;
        }
        let wrapper = self.closure_func(func, why, Ty::func(&[], &[], false), pos);
        self.unit[wrapper].wrapper = true;
        self.unit[wrapper].has_body = true;
        let mut operands = Vec::new();
        match self.unit[call].kind {
            Kind::Call { op: CallOp::Inter, fun, .. } => {
                if let Kind::DotInter { x, .. } = self.unit[fun].kind {
                    operands.push(Operand { holder: fun, index: 0, node: x });
                }
                self.collect_list(call, 1, &mut operands);
            }
            _ => self.collect_list(call, 0, &mut operands),
        }
        if !operands.is_empty() {
            self.copy_operands(func, wrapper, call, pos, &operands, init);
        }
        self.unit[wrapper].body = self.unit.list(&[call]);
        let call_pos = self.unit[call].pos;
        let Some(closure) = self.unit[wrapper].closure else { return call };
        self.call(func, closure, Vec::new(), false, call_pos)
    }

    /// Copies the operands of a wrapped call to temporaries, which the wrapper captures.
    fn copy_operands(
        &mut self,
        func: FuncIdx,
        wrapper: FuncIdx,
        call: NodeId,
        pos: Pos,
        operands: &[Operand],
        init: &mut Vec<NodeId>,
    ) {
        let (mut lhs, mut rhs) = (Vec::new(), Vec::new());
        for operand in operands {
            let x = operand.node;
            let pos = if self.has_unique_pos(x) { self.unit[x].pos } else { pos };
            let tmp = self.temp(func, self.ty(x), pos);
            init.push(self.dcl(tmp, pos));
            lhs.push(tmp);
            rhs.push(x);
            let copy = self.capture(wrapper, tmp, pos);
            let copy = self.name(copy);
            self.set_operand(operand.holder, operand.index, copy);
        }
        let names: Vec<NodeId> = lhs.iter().map(|tmp| self.name(*tmp)).collect();
        let (left, right) = (self.list(&names), self.list(&rhs));
        let stmt = self.stmt(Kind::As2 { op: As2Op::List, lhs: left, rhs: right }, pos);
        for tmp in &lhs {
            self.unit[*tmp].defn = Some(stmt);
        }
        init.push(stmt);
        if let Kind::Call { op: CallOp::Inter, .. } = self.unit[call].kind {
            // A nil interface panics at the statement, not when the wrapper runs.
            let x = names[0];
            let itab_pos = self.unit[x].pos;
            let itab_ty = Ty::pointer(Ty::basic(Basic::Uintptr));
            let itab = self.add(Kind::Unary { op: UnaryOp::ITab, x }, itab_ty, itab_pos);
            init.push(self.stmt(Kind::Unary { op: UnaryOp::CheckNil, x: itab }, pos));
        }
    }

    /// Adds the children of `holder` from the `from`-th on that a wrapper cannot evaluate itself.
    fn collect_list(&mut self, holder: NodeId, from: usize, out: &mut Vec<Operand>) {
        let mut children = Vec::new();
        self.unit.each_child(holder, &mut |child| children.push(child));
        for (index, node) in children.into_iter().enumerate().skip(from) {
            self.collect(Operand { holder, index, node }, out);
        }
    }

    fn collect(&mut self, operand: Operand, out: &mut Vec<Operand>) {
        match self.unit[operand.node].kind {
            Kind::Literal(_)
            | Kind::Nil
            | Kind::MethodExpr { .. }
            | Kind::Unary { op: UnaryOp::New, .. }
            | Kind::Func(_) => return,
            Kind::Addr { x } if matches!(self.unit[x].kind, Kind::Linksym(_)) => return,
            Kind::Conv { op: ConvOp::ConvNop, x }
                if self.cx.is_uintptr(self.ty(operand.node))
                    && self.cx.is_unsafe_pointer(self.ty(x)) =>
            {
                return self.collect(Operand { holder: operand.node, index: 0, node: x }, out);
            }
            Kind::CompLit { op, list, .. } if op != CompLitOp::Map => {
                for (index, node) in self.unit[list].to_vec().into_iter().enumerate() {
                    let inner = match self.unit[node].kind {
                        Kind::Key { value, .. } => Operand { holder: node, index: 1, node: value },
                        Kind::StructKey { value, .. } => {
                            Operand { holder: node, index: 0, node: value }
                        }
                        _ => Operand { holder: operand.node, index, node },
                    };
                    self.collect(inner, out);
                }
                return;
            }
            _ => {}
        }
        out.push(operand);
    }

    /// Replaces the `index`-th child of a node.
    fn set_operand(&mut self, holder: NodeId, index: usize, with: NodeId) {
        let mut kind = self.unit[holder].kind;
        match &mut kind {
            Kind::Call { fun, .. } if index == 0 => *fun = with,
            Kind::Call { args, .. } => self.unit[*args][index - 1] = with,
            Kind::Append { args: list } | Kind::Builtin { args: list, .. } => {
                self.unit[*list][index] = with;
            }
            Kind::CompLit { list, .. } => self.unit[*list][index] = with,
            Kind::Binary { x, .. } if index == 0 => *x = with,
            Kind::Binary { y, .. } => *y = with,
            Kind::Unary { x, .. }
            | Kind::DotInter { x, .. }
            | Kind::Conv { x, .. }
            | Kind::StructKey { value: x, .. }
            | Kind::Key { value: x, .. } => *x = with,
            // No other node has operands that a wrapper copies.
            _ => {}
        }
        self.unit[holder].kind = kind;
    }

    /// `x[low:high:max]`. Upstream: `typecheck.tcSlice`.
    pub fn slice(
        &mut self,
        x: NodeId,
        index: [Option<NodeId>; 3],
        three: bool,
        pos: Pos,
    ) -> NodeId {
        let mut x = x;
        if self.is_array(self.ty(x)) {
            let addr = self.addr(x, pos);
            x = self.flag(addr, Flags::IMPLICIT);
        }
        let from = self.ty(x);
        let (op, ty) = match self.cx.under(from).kind() {
            TyKind::Basic(_) => (SliceOp::SliceStr, from),
            TyKind::Pointer(array) => {
                let op = if three { SliceOp::Slice3Arr } else { SliceOp::SliceArr };
                (op, Ty::slice(elem(self.cx, *array)))
            }
            _ if three => (SliceOp::Slice3, from),
            _ => (SliceOp::Slice, from),
        };
        let [low, high, max] = index;
        self.add(Kind::Slice { op, x, low, high, max }, ty, pos)
    }
}

/// An operand of a call that a `go` or `defer` statement wraps: a child of some node.
#[derive(Clone, Copy)]
struct Operand {
    holder: NodeId,
    index: usize,
    node: NodeId,
}

/// Upstream: `typecheck.callOrChan`, without `new`.
fn call_or_chan(node: &Node) -> bool {
    match node.kind {
        Kind::Append { .. } | Kind::Call { .. } | Kind::Builtin { .. } => true,
        Kind::Unary { op, .. } => matches!(
            op,
            UnaryOp::Cap
                | UnaryOp::Clear
                | UnaryOp::Close
                | UnaryOp::Imag
                | UnaryOp::Len
                | UnaryOp::Panic
                | UnaryOp::Real
                | UnaryOp::Recv
                | UnaryOp::UnsafeSliceData
                | UnaryOp::UnsafeStringData
        ),
        Kind::Binary { op, .. } => matches!(
            op,
            BinaryOp::Complex
                | BinaryOp::Copy
                | BinaryOp::UnsafeAdd
                | BinaryOp::UnsafeSlice
                | BinaryOp::UnsafeString
        ),
        _ => false,
    }
}

/// The runes that ranging over a string gives: each byte that is not UTF-8 is one U+FFFD.
fn decode_utf8(bytes: &[u8]) -> Vec<u32> {
    let mut out = Vec::new();
    for chunk in bytes.utf8_chunks() {
        out.extend(chunk.valid().chars().map(u32::from));
        out.extend(chunk.invalid().iter().map(|_| u32::from(char::REPLACEMENT_CHARACTER)));
    }
    out
}
