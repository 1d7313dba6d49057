//! Static initialisation: values of package-level variables that become data of the program leave
//! the package's `init`, and nothing in them is seen by escape analysis.
//!
//! It works piece by piece: a literal succeeds as a whole, and those leaves that must be computed
//! become assignments to their slots, which are named as the compiler names them: by the variable,
//! or a temporary of the package, and the offset in it.
//!
//! Upstream: `cmd/compile/internal/staticinit/sched.go`; `pkginit/init.go` for when it runs.

use rustc_hash::{FxHashMap, FxHashSet};

use super::node::{
    As2Op, BinaryOp, CompLitOp, ConvOp, FuncIdx, Kind, List, LocalId, MakeOp, MapNodes, NodeId,
    Pos, UnaryOp, Unit,
};
use crate::symbol::Symbol;
use crate::syntax::ast;
use crate::types::constant::Value;
use crate::types::cx::{Cx, deep};
use crate::types::ty::{Basic, DefId, PkgId, Ty, TyKind};

/// How many nodes the value of a map variable has at least for its initialisation to become a
/// function of its own (`wrapGlobalMapInitSizeThreshold`).
pub const MAP_INIT_SIZE_THRESHOLD: usize = 20;

/// Takes what is static out of a package's `init`. `embedded` are the variables of `//go:embed`.
/// `prefix` is the package's path in names of symbols.
pub fn run(
    cx: &Cx<'_>,
    (package, prefix): (PkgId, &str),
    embedded: &FxHashSet<DefId>,
    init: &mut Unit,
) {
    let statements = init[init[FuncIdx::ROOT].body].to_vec();
    let mut values = FxHashMap::default();
    for &statement in &statements {
        if let Kind::As { x, y: Some(y) } = init[statement].kind
            && let Kind::Global(def) = init[x].kind
        {
            values.insert(def, y);
        }
    }
    let mut schedule = Schedule {
        cx,
        package,
        prefix,
        embedded,
        temporaries: 0,
        unit: init,
        values,
        plans: FxHashMap::default(),
        out: Vec::new(),
        seen_mutation: false,
        no_addresses: is_fips(package),
    };
    for statement in statements {
        if !schedule.try_static_init(statement) {
            schedule.out.push(statement);
        }
    }
    let Schedule { mut out, .. } = schedule;
    if out.is_empty() {
        let empty = Kind::Block { list: List::EMPTY };
        out.push(init.add(empty, Ty::invalid(), Pos::NONE));
    }
    let body = init.list(&out);
    init[FuncIdx::ROOT].body = body;
}

/// Whether a package is part of the FIPS module, whose data may hold no addresses.
///
/// Upstream: `cmd/internal/obj/fips140.go`.
fn is_fips(package: PkgId) -> bool {
    let path = package.path.as_str();
    (path == "crypto/internal/fips140" || path.starts_with("crypto/internal/fips140/"))
        && !path.ends_with("_test")
}

struct Schedule<'a> {
    cx: &'a Cx<'a>,
    package: PkgId,
    prefix: &'a str,
    embedded: &'a FxHashSet<DefId>,
    /// How many temporaries were made. Upstream: `statuniqgen`.
    temporaries: u32,
    unit: &'a mut Unit,
    /// The value that each variable of the package is initialised with.
    values: FxHashMap<DefId, NodeId>,
    /// The elements of each literal met so far, those of literals inside it included.
    plans: FxHashMap<NodeId, Vec<Element>>,
    out: Vec<NodeId>,
    /// Whether something earlier may have changed a variable of the package.
    seen_mutation: bool,
    no_addresses: bool,
}

/// A piece of a literal. Upstream: `staticinit.Entry`.
#[derive(Debug, Clone, Copy)]
struct Element {
    /// Where it stands, in bytes from the literal's beginning.
    offset: i64,
    value: NodeId,
}

/// What is initialised: a variable, and how many bytes from its beginning.
#[derive(Debug, Clone, Copy)]
struct Slot {
    variable: Variable,
    offset: i64,
}

#[derive(Debug, Clone, Copy)]
enum Variable {
    /// A variable of the package, with the node that names it.
    Global(DefId, NodeId),
    /// A temporary of the package: `..stmp_1`.
    Temporary(u32),
    /// `_`, which has no address.
    Blank,
}

impl Slot {
    fn at(self, offset: i64) -> Slot {
        Slot { offset: self.offset + offset, ..self }
    }
}

impl Schedule<'_> {
    fn try_static_init(&mut self, statement: NodeId) -> bool {
        let (lhs, rhs) = match self.unit[statement].kind {
            Kind::As { x, y } => (vec![x], y),
            // The values are temporaries.
            Kind::As2 { op: As2Op::List, .. } => return false,
            Kind::As2 { lhs, rhs, .. } => {
                (self.unit[lhs].to_vec(), self.unit[rhs].first().copied())
            }
            // A call of an outlined map initialiser, which changes nothing else.
            _ => return false,
        };
        let Some(value) = rhs else { return true };
        if !self.seen_mutation {
            self.seen_mutation = self.may_modify_package_variable(value);
        }
        let discards = lhs.iter().all(|&x| matches!(self.unit[x].kind, Kind::Blank));
        if discards && !any_side_effects(self.unit, value) {
            return true;
        }
        let &[x] = &*lhs else { return false };
        let variable = match self.unit[x].kind {
            Kind::Global(def) => Variable::Global(def, x),
            _ => Variable::Blank,
        };
        self.static_assign(Slot { variable, offset: 0 }, value, self.unit[x].ty)
    }

    /// A new variable for a value. Upstream: `StaticName`.
    fn temporary(&mut self) -> Slot {
        let variable = Variable::Temporary(self.temporaries);
        self.temporaries += 1;
        Slot { variable, offset: 0 }
    }

    /// Assigns `value` to a slot of type `ty`; what has to be computed goes to `out`. False: all of
    /// it has to be.
    fn static_assign(&mut self, to: Slot, value: NodeId, ty: Ty) -> bool {
        deep(|| self.assign_value(to, value, ty))
    }

    fn assign_value(&mut self, to: Slot, mut value: NodeId, ty: Ty) -> bool {
        while let Kind::Conv { op: ConvOp::ConvNop, x } = self.unit[value].kind {
            value = x;
        }
        match self.unit[value].kind {
            Kind::Nil => true,
            Kind::Literal(_) => {
                let is_zero = is_zero(self.unit, value);
                is_zero || !(self.no_addresses && self.cx.is_string(self.unit[value].ty))
            }
            _ if self.no_addresses
                && !matches!(
                    self.unit[value].kind,
                    Kind::CompLit { op: CompLitOp::Array | CompLitOp::Struct, .. }
                ) =>
            {
                false
            }
            Kind::Name(_) | Kind::Global(_) | Kind::Func(_) | Kind::MethodExpr { .. } => {
                self.static_copy(to, value, ty)
            }
            Kind::Addr { x } => self.is_static_location(x) || self.assign_pointee(x),
            Kind::PtrLit { x } => self.assign_pointee(x),
            Kind::Conv { op: ConvOp::Str2Bytes, x } => {
                !matches!(to.variable, Variable::Blank)
                    && matches!(self.unit[x].kind, Kind::Literal(_))
            }
            Kind::CompLit {
                op: CompLitOp::Slice | CompLitOp::Array | CompLitOp::Struct, ..
            } => {
                let elements = self.plan(value);
                let to = match self.unit[value].kind {
                    // The elements go into an array of their own.
                    Kind::CompLit { op: CompLitOp::Slice, .. } => self.temporary(),
                    _ => to,
                };
                for Element { offset, value: element } in elements {
                    let is_constant = match self.unit[element].kind {
                        Kind::Literal(_) => !self.no_addresses,
                        Kind::Nil => true,
                        _ => false,
                    };
                    if !is_constant {
                        self.assign_slot(to.at(offset), element);
                    }
                }
                true
            }
            Kind::Closure { func } => !self.unit[func].is_closure(),
            Kind::Conv { op: ConvOp::ConvIface, .. } => {
                let mut inner = value;
                while let Kind::Conv { op: ConvOp::ConvIface, x } = self.unit[inner].kind {
                    inner = x;
                }
                let inner_ty = self.unit[inner].ty;
                if self.cx.is_interface(inner_ty) {
                    return matches!(self.unit[inner].kind, Kind::Nil);
                }
                if inner_ty.has_shapes() {
                    return false;
                }
                if self.cx.is_direct_iface(inner_ty) {
                    if !matches!(self.unit[inner].kind, Kind::Nil) {
                        let word = self.cx.size_of(Ty::basic(Basic::Uintptr));
                        self.assign_slot(to.at(word), inner);
                    }
                } else {
                    let data = self.temporary();
                    self.assign_slot(data, inner);
                }
                true
            }
            Kind::InlinedCall { .. } => self.assign_inlined_call(to, value, ty),
            _ => false,
        }
    }

    /// `&T{…}`: the literal goes into a variable of its own.
    fn assign_pointee(&mut self, x: NodeId) -> bool {
        let is_literal = matches!(self.unit[x].kind, Kind::CompLit { .. });
        if is_literal {
            let pointee = self.temporary();
            self.assign_slot(pointee, x);
        }
        is_literal
    }

    /// Assigns to a slot inside of something that is static.
    fn assign_slot(&mut self, to: Slot, value: NodeId) {
        if !self.static_assign(to, value, self.unit[value].ty) {
            let (ty, pos) = (self.unit[value].ty, self.unit[value].pos);
            let slot = self.slot_node(to, ty, pos);
            let assign = Kind::As { x: slot, y: Some(value) };
            let assign = self.unit.add(assign, Ty::invalid(), pos);
            self.out.push(assign);
        }
    }

    /// A slot as an expression. Upstream: `ir.NameOffsetExpr`.
    fn slot_node(&mut self, Slot { variable, offset }: Slot, ty: Ty, pos: Pos) -> NodeId {
        let prefix = self.prefix;
        let name = match variable {
            Variable::Global(def, _) => format!("{prefix}.{}@{offset}", def.name),
            Variable::Temporary(number) => format!("{prefix}..stmp_{number}@{offset}"),
            Variable::Blank => return self.unit.add(Kind::Blank, ty, pos),
        };
        self.unit.add(Kind::Linksym(Symbol::new(&name)), ty, pos)
    }

    /// Copies what another variable is initialised with. Upstream: `staticcopy`.
    fn static_copy(&mut self, to: Slot, from: NodeId, ty: Ty) -> bool {
        let (def, from_ty) = match self.unit[from].kind {
            Kind::Func(_) | Kind::MethodExpr { .. } => return true,
            Kind::Global(def) if def.package == self.package => (def, self.unit[from].ty),
            _ => return false,
        };
        let Some(&initial) = self.values.get(&def) else { return false };
        if self.cx.is_string(from_ty) || self.embedded.contains(&def) || self.seen_mutation {
            return false;
        }
        let mut value = initial;
        while let Kind::Conv { op: ConvOp::ConvNop, x } = self.unit[value].kind {
            if self.cx.identical(self.unit[value].ty, ty) {
                break;
            }
            value = x;
        }
        match self.unit[value].kind {
            Kind::MethodExpr { .. } | Kind::Func(_) | Kind::Global(_) | Kind::Name(_) => {
                if !deep(|| self.static_copy(to, value, ty)) {
                    self.copy_at_run_time(to, value, ty);
                }
                true
            }
            Kind::Nil | Kind::Literal(_) => true,
            Kind::Addr { x } => matches!(self.unit[x].kind, Kind::Global(_)),
            Kind::PtrLit { x } => matches!(self.unit[x].kind, Kind::CompLit { .. }),
            Kind::CompLit { op: CompLitOp::Slice, .. } => true,
            Kind::CompLit { op: CompLitOp::Array | CompLitOp::Struct, .. } => {
                for Element { offset, value: element } in self.plan(value) {
                    let ty = self.unit[element].ty;
                    let to = to.at(offset);
                    let is_static = match self.unit[element].kind {
                        Kind::Literal(_) | Kind::Nil => true,
                        Kind::MethodExpr { .. }
                        | Kind::Func(_)
                        | Kind::Global(_)
                        | Kind::Name(_) => deep(|| self.static_copy(to, element, ty)),
                        _ => false,
                    };
                    if !is_static {
                        let from = Slot { variable: Variable::Global(def, from), offset };
                        let from = self.slot_node(from, ty, self.unit[element].pos);
                        self.copy_at_run_time(to, from, ty);
                    }
                }
                true
            }
            _ => false,
        }
    }

    fn copy_at_run_time(&mut self, to: Slot, value: NodeId, ty: Ty) {
        let pos = self.unit[value].pos;
        let slot = match to.variable {
            Variable::Global(_, name)
                if to.offset == 0 && self.cx.identical(self.unit[name].ty, ty) =>
            {
                name
            }
            _ => self.slot_node(to, ty, pos),
        };
        let assign = Kind::As { x: slot, y: Some(value) };
        let assign = self.unit.add(assign, Ty::invalid(), pos);
        self.out.push(assign);
    }

    /// The elements of a literal that are not zero, with literals of arrays and structs dissolved.
    /// Upstream: `initplan`, `addvalue`.
    fn plan(&mut self, literal: NodeId) -> Vec<Element> {
        if let Some(plan) = self.plans.get(&literal) {
            return plan.clone();
        }
        let Kind::CompLit { list, .. } = self.unit[literal].kind else { return Vec::new() };
        let under = self.cx.under(self.unit[literal].ty);
        let (fields, elem_size) = match under.kind() {
            TyKind::Array(_, elem) | TyKind::Slice(elem) => (Vec::new(), self.cx.size_of(*elem)),
            _ => (self.cx.offsets_of(under), 0),
        };
        let mut plan = Vec::new();
        let mut index = 0;
        for at in self.unit[list].to_vec() {
            let (offset, value) = match self.unit[at].kind {
                Kind::StructKey { field, value } => {
                    if self.is_blank_field(literal, field) {
                        continue;
                    }
                    (fields.get(field as usize).copied().unwrap_or_default(), value)
                }
                Kind::Key { key, value } => {
                    index = small_int(self.unit, key).unwrap_or(index);
                    (index * elem_size, value)
                }
                _ => (index * elem_size, at),
            };
            index += 1;
            if deep(|| is_zero(self.unit, value)) {
                continue;
            }
            match self.unit[value].kind {
                Kind::CompLit { op: CompLitOp::Array | CompLitOp::Struct, .. } => {
                    let inner = deep(|| self.plan(value)).into_iter();
                    plan.extend(inner.map(|part| Element { offset: offset + part.offset, ..part }));
                }
                _ => plan.push(Element { offset, value }),
            }
        }
        self.plans.insert(literal, plan.clone());
        plan
    }

    fn is_blank_field(&self, literal: NodeId, field: u32) -> bool {
        match self.cx.under(self.unit[literal].ty).kind() {
            TyKind::Struct(fields) => {
                fields.get(field as usize).is_some_and(|field| field.name.is_blank())
            }
            _ => false,
        }
    }

    /// Whether `x` has an address that is known when linking. Upstream: `StaticLoc`.
    fn is_static_location(&self, mut x: NodeId) -> bool {
        loop {
            x = match self.unit[x].kind {
                Kind::Global(_) => return true,
                Kind::Dot { x, .. } => x,
                Kind::Index { x, index } => {
                    let is_slice =
                        matches!(self.cx.under(self.unit[x].ty).kind(), TyKind::Slice(_));
                    if is_slice || small_int(self.unit, index).is_none() {
                        return false;
                    }
                    x
                }
                _ => return false,
            };
        }
    }

    /// Upstream: `staticAssignInlinedCall`, which spells out the shape that is wanted: a body that
    /// is one `return` of one value, with results declared there.
    fn assign_inlined_call(&mut self, slot: Slot, call: NodeId, ty: Ty) -> bool {
        let unit = &*self.unit;
        let Kind::InlinedCall { body, .. } = unit[call].kind else { return false };
        let &[bind, mark] = &unit[unit[call].init] else { return false };
        let Kind::As2 { op: As2Op::List, lhs: params, rhs: args } = unit[bind].kind else {
            return false;
        };
        let &[block, label] = &unit[body] else { return false };
        let (Kind::InlMark(_), Kind::Block { list }, Kind::Label(end)) =
            (unit[mark].kind, unit[block].kind, unit[label].kind)
        else {
            return false;
        };
        let &[declare, assign, jump] = &unit[list] else { return false };
        let (Kind::Dcl { x: declared }, Kind::As2 { op: As2Op::List, lhs, rhs }, Kind::Goto(to)) =
            (unit[declare].kind, unit[assign].kind, unit[jump].kind)
        else {
            return false;
        };
        let (&[result], &[value]) = (&unit[lhs], &unit[rhs]) else { return false };
        if result != declared || to != end {
            return false;
        }
        let mut arguments = FxHashMap::default();
        for (&param, &arg) in unit[params].iter().zip(&unit[args]) {
            if any_side_effects(unit, arg) {
                return false;
            }
            let Kind::Name(local) = unit[param].kind else { continue };
            if unit[local].addrtaken {
                return false;
            }
            arguments.insert(local, arg);
        }
        let mut uses: FxHashMap<LocalId, u32> = FxHashMap::default();
        let mut captures = false;
        any(unit, value, &mut |id| {
            match unit[id].kind {
                Kind::Name(local) => *uses.entry(local).or_default() += 1,
                Kind::Closure { func } => captures |= unit[func].is_closure(),
                _ => {}
            }
            false
        });
        let repeats = arguments
            .iter()
            .any(|(local, &arg)| uses.get(local).is_some_and(|&n| n > 1) && !can_repeat(unit, arg));
        if captures || repeats {
            return false;
        }
        let mut subst =
            Subst { cx: self.cx, unit: self.unit, arguments: &arguments, at: None, valid: true };
        let value = subst.node(value);
        subst.valid && self.static_assign(slot, value, ty)
    }

    /// Upstream: `mayModifyPkgVar`.
    fn may_modify_package_variable(&self, value: NodeId) -> bool {
        let unit = &*self.unit;
        let is_safe = |x: NodeId| {
            let mut x = x;
            loop {
                x = match unit[x].kind {
                    Kind::Name(_) => return true,
                    Kind::Global(def) => return def.package != self.package,
                    Kind::Dot { x, .. }
                    | Kind::Paren { x }
                    | Kind::Deref { x }
                    | Kind::Conv { op: ConvOp::ConvNop, x } => x,
                    Kind::Index { x, .. }
                        if matches!(self.cx.under(unit[x].ty).kind(), TyKind::Array(..)) =>
                    {
                        x
                    }
                    _ => return false,
                };
            }
        };
        any(unit, value, &mut |id| match unit[id].kind {
            Kind::Call { fun, .. } => !is_func_pc(unit, fun),
            Kind::Append { .. }
            | Kind::Unary { op: UnaryOp::Clear, .. }
            | Kind::Binary { op: BinaryOp::Copy, .. } => true,
            Kind::AsOp { x, .. } | Kind::As { x, .. } => !is_safe(x),
            Kind::As2 { op, lhs, .. } => {
                op != As2Op::SelRecv2 && unit[lhs].iter().any(|&x| !is_safe(x))
            }
            _ => false,
        })
    }
}

/// `internal/abi.FuncPCABI0` and its like, which only take an address.
fn is_func_pc(unit: &Unit, fun: NodeId) -> bool {
    let Kind::Func(func) = unit[fun].kind else { return false };
    func.def().is_some_and(|def| {
        def.package.path.as_str() == "internal/abi"
            && matches!(def.name.as_str(), "FuncPCABI0" | "FuncPCABIInternal")
    })
}

/// Whether `test` holds for a node at or below `root`.
fn any(unit: &Unit, root: NodeId, test: &mut dyn FnMut(NodeId) -> bool) -> bool {
    let mut todo = vec![root];
    while let Some(id) = todo.pop() {
        if test(id) {
            return true;
        }
        unit.each_child(id, &mut |child| todo.push(child));
    }
    false
}

/// Whether evaluating a value does more than give it. Upstream: `AnySideEffects`.
pub fn any_side_effects(unit: &Unit, value: NodeId) -> bool {
    any(unit, value, &mut |id| is_side_effect(unit, id))
}

/// How many nodes a value has. Upstream: `tryWrapGlobalInit`.
pub fn node_count(unit: &Unit, value: NodeId) -> usize {
    let mut count = 0;
    any(unit, value, &mut |_| {
        count += 1;
        false
    });
    count
}

/// Upstream: `isSideEffect`.
fn is_side_effect(unit: &Unit, id: NodeId) -> bool {
    match unit[id].kind {
        Kind::Name(_)
        | Kind::Global(_)
        | Kind::Func(_)
        | Kind::Blank
        | Kind::Ident(_)
        | Kind::Type
        | Kind::Literal(_)
        | Kind::Nil
        | Kind::AddStr { .. }
        | Kind::Addr { .. }
        | Kind::PtrLit { .. }
        | Kind::Logical { .. }
        | Kind::Dot { .. }
        | Kind::Key { .. }
        | Kind::StructKey { .. }
        | Kind::CompLit { .. }
        | Kind::Paren { .. } => false,
        Kind::Binary { op, y, .. } => match op {
            BinaryOp::Div | BinaryOp::Mod => match unit[y].kind {
                Kind::Literal(value) => unit.consts[value as usize].sign() == 0,
                _ => true,
            },
            BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Or
            | BinaryOp::Xor
            | BinaryOp::Mul
            | BinaryOp::And
            | BinaryOp::AndNot
            | BinaryOp::Lsh
            | BinaryOp::Rsh
            | BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge
            | BinaryOp::Complex => false,
            BinaryOp::Copy
            | BinaryOp::UnsafeAdd
            | BinaryOp::UnsafeSlice
            | BinaryOp::UnsafeString
            | BinaryOp::MakeFace => true,
        },
        Kind::Unary { op, .. } => !matches!(
            op,
            UnaryOp::Not
                | UnaryOp::BitNot
                | UnaryOp::Plus
                | UnaryOp::Neg
                | UnaryOp::Len
                | UnaryOp::Cap
                | UnaryOp::Real
                | UnaryOp::Imag
                | UnaryOp::New
        ),
        Kind::Conv { op, .. } => matches!(op, ConvOp::Slice2Arr | ConvOp::Slice2ArrPtr),
        Kind::Make { op: MakeOp::Map | MakeOp::Chan, len, .. } => match len.map(|n| unit[n].kind) {
            Some(Kind::Literal(value)) => unit.consts[value as usize].sign() != 0,
            _ => true,
        },
        _ => true,
    }
}

/// Whether a value may be evaluated more than once. Upstream: `canRepeat`.
fn can_repeat(unit: &Unit, value: NodeId) -> bool {
    !any(unit, value, &mut |id| {
        is_side_effect(unit, id)
            || matches!(
                unit[id].kind,
                Kind::Make { .. }
                    | Kind::CompLit { op: CompLitOp::Map | CompLitOp::Slice, .. }
                    | Kind::Unary { op: UnaryOp::New, .. }
                    | Kind::PtrLit { .. }
                    | Kind::Conv { op: ConvOp::Str2Bytes | ConvOp::Str2Runes, .. }
            )
    })
}

/// Whether a value is the zero value of its type. Upstream: `ir.IsZero`.
fn is_zero(unit: &Unit, value: NodeId) -> bool {
    match unit[value].kind {
        Kind::Nil => true,
        Kind::Literal(value) => match &unit.consts[value as usize] {
            Value::Bool(value) => !value,
            value => match value.string_len() {
                Some(len) => len == 0,
                None => value.sign() == 0,
            },
        },
        Kind::CompLit { op: CompLitOp::Array | CompLitOp::Struct, list, .. } => {
            unit[list].iter().all(|&at| {
                let value = match unit[at].kind {
                    Kind::Key { value, .. } | Kind::StructKey { value, .. } => value,
                    _ => at,
                };
                deep(|| is_zero(unit, value))
            })
        }
        _ => false,
    }
}

fn small_int(unit: &Unit, node: NodeId) -> Option<i64> {
    let Kind::Literal(value) = unit[node].kind else { return None };
    let value = unit.consts[value as usize].int64()?;
    i32::try_from(value).ok().filter(|&value| value >= 0).map(i64::from)
}

/// A copy of an expression with arguments in place of parameters. Upstream: `subst`.
struct Subst<'a> {
    cx: &'a Cx<'a>,
    unit: &'a mut Unit,
    arguments: &'a FxHashMap<LocalId, NodeId>,
    /// Inside an argument, whose nodes all take its position.
    at: Option<Pos>,
    /// Whether the copy means the same.
    valid: bool,
}

impl MapNodes for Subst<'_> {
    fn node(&mut self, id: NodeId) -> NodeId {
        let node = self.unit[id];
        match node.kind {
            Kind::Name(local) if self.at.is_none() => {
                let Some(&arg) = self.arguments.get(&local) else { return id };
                let pos = self.unit[arg].pos;
                self.at = pos.is_known().then_some(pos);
                let copy = self.copy(arg);
                self.at = None;
                return copy;
            }
            Kind::Name(_)
            | Kind::Global(_)
            | Kind::Func(_)
            | Kind::Blank
            | Kind::Ident(_)
            | Kind::Literal(_)
            | Kind::Nil
            | Kind::Type => return id,
            _ => {}
        }
        self.copy(id)
    }

    fn list(&mut self, list: List) -> List {
        let copies: Vec<NodeId> =
            self.unit[list].to_vec().into_iter().map(|id| self.node(id)).collect();
        self.unit.list(&copies)
    }
}

impl Subst<'_> {
    fn copy(&mut self, id: NodeId) -> NodeId {
        let node = self.unit[id];
        if let Kind::Name(_) | Kind::Global(_) | Kind::Literal(_) | Kind::Func(_) = node.kind {
            return id;
        }
        let kind = deep(|| node.kind.map(self));
        let init = self.list(node.init);
        let copy = self.unit.add(kind, node.ty, self.at.unwrap_or(node.pos));
        self.unit[copy].init = init;
        self.unit[copy].flags = node.flags;
        match kind {
            Kind::Conv { op: ConvOp::Conv, x } => self.fold_conversion(copy, x),
            Kind::AddStr { list } => self.fold_strings(copy, list),
            _ => {}
        }
        copy
    }

    /// A conversion of what has become a constant. Upstream: `truncate`.
    fn fold_conversion(&mut self, conv: NodeId, x: NodeId) {
        let Kind::Literal(value) = self.unit[x].kind else { return };
        let (from, to) = (self.cx.under(self.unit[x].ty), self.cx.under(self.unit[conv].ty));
        let mut value = self.unit.consts[value as usize].clone();
        if from != to {
            if !self.cx.is_integer(from) || !self.cx.is_integer(to) {
                self.valid = false;
                return;
            }
            let bits = self.cx.size_of(to) as u32 * 8;
            let one = Value::from(1i64);
            let modulus = one.shift(ast::BinaryOp::Shl, u64::from(bits));
            let mask = modulus.binary_op(ast::BinaryOp::Sub, &one);
            value = value.binary_op(ast::BinaryOp::And, &mask);
            let half = one.shift(ast::BinaryOp::Shl, u64::from(bits - 1));
            if !self.cx.is_unsigned(to) && value.compare(ast::BinaryOp::Geq, &half) {
                value = value.binary_op(ast::BinaryOp::Sub, &modulus);
            }
        }
        self.unit.consts.push(value);
        let literal = self.unit.consts.len() as u32 - 1;
        self.unit[conv].kind = Kind::Literal(literal);
        self.unit[conv].pos = self.unit[x].pos;
    }

    /// Joins strings that have become constants. Upstream: `addStr`.
    fn fold_strings(&mut self, sum: NodeId, list: List) {
        let mut joined: Vec<NodeId> = Vec::new();
        for id in self.unit[list].to_vec() {
            let text = |unit: &Unit, id: NodeId| match unit[id].kind {
                Kind::Literal(value) => Some(unit.consts[value as usize].clone()),
                _ => None,
            };
            if let Some(&last) = joined.last()
                && let (Some(left), Some(right)) = (text(self.unit, last), text(self.unit, id))
            {
                self.unit.consts.push(left.binary_op(ast::BinaryOp::Add, &right));
                let kind = Kind::Literal(self.unit.consts.len() as u32 - 1);
                let (ty, pos) = (self.unit[last].ty, self.unit[last].pos);
                let whole = self.unit.add(kind, ty, pos);
                joined.pop();
                joined.push(whole);
            } else {
                joined.push(id);
            }
        }
        if let &[only] = &*joined
            && let Kind::Literal(_) = self.unit[only].kind
        {
            self.unit[sum].kind = self.unit[only].kind;
        } else {
            let list = self.unit.list(&joined);
            self.unit[sum].kind = Kind::AddStr { list };
        }
    }
}
