//! Devirtualization: interface method calls whose receiver can only be of one concrete type become
//! calls of that type's method.
//!
//! Upstream: `devirtualize/devirtualize.go` (`StaticCall`, `concreteType`); `typecheck` (`XDotMethod`,
//! `AddImplicitDots`, `Lookdot`, `FixMethodCall`).

use rustc_hash::FxHashSet;

use super::assigned::Assigned;
use super::cost::Judge;
use super::{Event, What};
use crate::ir::func::{FuncId, FuncKey};
use crate::ir::node::{CallOp, Class, Flags, Kind, LocalId, Node, NodeId, Pos, UnaryOp, Unit};
use crate::symbol::Symbol;
use crate::types::cx::Cx;
use crate::types::lookup::{LookupResult, MethodFound, MethodRef};
use crate::types::ty::{PkgId, Ty, TyKind};

/// The concrete types that an interface value may have.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Concrete {
    /// Only this one.
    One(Ty),
    /// Only this one, and the compiler does not take it for the same as any other.
    Anew(Ty),
    /// None: it is always nil, or only assigned to itself.
    Never,
    /// Several, or not known.
    Unknown,
}

impl Judge<'_, '_> {
    /// Turns `call` into a call of a concrete method if it can only be one.
    pub(super) fn devirtualize(&mut self, call: NodeId) {
        let node = self.unit[call];
        let Kind::Call { op: CallOp::Inter, fun: sel, args } = node.kind else { return };
        if node.flags.has(Flags::GO_DEFER) {
            return;
        }
        let Kind::DotInter { x, sel: name } = self.unit[sel].kind else { return };
        let cx = self.inliner.cx;
        let iface = self.unit[x].ty;
        let (Concrete::One(ty) | Concrete::Anew(ty)) =
            self.concrete_type(x, &mut FxHashSet::default())
        else {
            return;
        };
        if cx.implements(ty, iface, false).is_err() || matches!(ty.kind(), TyKind::Shape(_)) {
            return;
        }
        if ty.has_shapes() || iface.has_shapes() {
            let interface = !ty.has_shapes();
            let what = What::CannotDevirtualize {
                call,
                ty: if interface { iface } else { ty },
                interface,
            };
            self.events.push(Event { pos: node.pos, what });
            return;
        }
        let package = method_package(cx, iface, name).unwrap_or(self.inliner.package);
        let LookupResult::Method(found) = cx.lookup(ty, true, package, name) else { return };
        // The selector's text is wanted as it is now.
        let before = self.unit.add(self.unit[sel].kind, self.unit[sel].ty, self.unit[sel].pos);
        let partially = matches!(found.method, MethodRef::Interface { .. });
        self.events.push(Event {
            pos: node.pos,
            what: What::Devirtualized { sel: before, ty, partially },
        });

        let sel_pos = self.unit[sel].pos;
        let unit = &mut *self.unit;
        let assert = unit.add(Kind::DotType { ok: false, x }, ty, node.pos);
        let (recv, recv_ty) = implicit_dots(cx, unit, assert, ty, &found.path, sel_pos);
        match found.method {
            MethodRef::Interface { .. } => {
                let fun = unit.add(Kind::DotInter { x: recv, sel: name }, found.sig, sel_pos);
                unit[call].kind = Kind::Call { op: CallOp::Inter, fun, args };
            }
            MethodRef::Concrete { def, recv: named, pointer } => {
                let recv = adjust_receiver(unit, recv, recv_ty, pointer, sel_pos);
                let recv_ty = unit[recv].ty;
                let func = match named.kind() {
                    TyKind::Named(named) if !named.args.is_empty() => {
                        FuncId::new(FuncKey::Instance(def, named.args.clone()))
                    }
                    _ => FuncId::declared(def),
                };
                let ty_node = unit.add(Kind::Type, recv_ty, sel_pos);
                let sig = with_receiver(found.sig, recv_ty);
                let kind = Kind::MethodExpr { x: ty_node, sel: name, func: Some(func) };
                let fun = unit.add(kind, sig, sel_pos);
                let mut all = vec![recv];
                all.extend_from_slice(&unit[args]);
                let args = unit.list(&all);
                unit[call].kind = Kind::Call { op: CallOp::Func, fun, args };
            }
        }
        self.set_call_type(call, &found);
    }

    fn set_call_type(&mut self, call: NodeId, found: &MethodFound) {
        if let TyKind::Func(sig) = found.sig.kind() {
            match &*sig.results {
                [] => {}
                [one] => self.unit[call].ty = *one,
                several => self.unit[call].ty = Ty::tuple(several),
            }
        }
    }

    /// The concrete type that the interface value `node` always has.
    ///
    /// Upstream: `concreteType1`.
    fn concrete_type(&self, node: NodeId, seen: &mut FxHashSet<LocalId>) -> Concrete {
        let cx = self.inliner.cx;
        let unit = &*self.unit;
        let mut node = node;
        let local = loop {
            if !cx.is_interface(unit[node].ty) {
                return self.type_of_value(node);
            }
            node = match unit[node].kind {
                Kind::Conv { op, x } if op.is_to_interface() => x,
                Kind::Paren { x } | Kind::DotType { x, .. } => x,
                Kind::InlinedCall { results, .. } => match unit[results] {
                    [result] => result,
                    _ => return Concrete::Unknown,
                },
                Kind::Name(local) => break unit.canonical(local),
                _ => return Concrete::Unknown,
            };
        };
        if unit[local].class != Class::Auto || unit[local].addrtaken {
            return Concrete::Unknown;
        }
        if !seen.insert(local) {
            return Concrete::Never;
        }
        let mut only = Concrete::Never;
        for &assigned in self.assignments.interface(local) {
            let concrete = self.assigned_type(assigned, seen);
            match (only, concrete) {
                (_, Concrete::Never) => continue,
                (Concrete::Never, Concrete::One(_) | Concrete::Anew(_)) => only = concrete,
                // The compiler compares pointers: a struct type without a name is another one each
                // time that it is written.
                (Concrete::One(one), Concrete::One(ty)) if one == ty && !is_unnamed_struct(ty) => {}
                _ => return Concrete::Unknown,
            }
        }
        only
    }

    /// The type of a value that is no interface.
    ///
    /// While the package is read, all pointers to a type are one; bodies that are inlined are read
    /// later, and there `&T{}` has a type of its own if no `*T` was met before. Whether one was is
    /// guessed: of a type that another package does not export, seldom.
    ///
    /// Upstream: `types.NewPtr`, `NewPtrCacheEnabled`; `ssagen.InitConfig`.
    fn type_of_value(&self, node: NodeId) -> Concrete {
        let unit = &*self.unit;
        let Node { ty, kind, pos, .. } = unit[node];
        let is_made = matches!(
            kind,
            Kind::Addr { .. } | Kind::PtrLit { .. } | Kind::Unary { op: UnaryOp::New, .. }
        );
        let origin = unit.origins.get(pos.origin as usize);
        let is_inlined = origin.is_some_and(|origin| origin.decl.package != self.inliner.package);
        match ty.kind() {
            TyKind::Pointer(elem) if is_made && is_inlined => match elem.kind() {
                TyKind::Named(named) if !named.def.name.is_exported() && named.args.is_empty() => {
                    Concrete::Anew(ty)
                }
                _ => Concrete::One(ty),
            },
            _ => Concrete::One(ty),
        }
    }

    fn assigned_type(&self, assigned: Assigned, seen: &mut FxHashSet<LocalId>) -> Concrete {
        match assigned {
            Assigned::Unknown => Concrete::Unknown,
            Assigned::OfType(ty) => Concrete::One(ty),
            Assigned::Value(node) => crate::types::cx::deep(|| self.concrete_type(node, seen)),
            Assigned::Result(call, index) => match self.unit[call].kind {
                Kind::InlinedCall { results, .. } => match self.unit[results].get(index as usize) {
                    Some(&result) => crate::types::cx::deep(|| self.concrete_type(result, seen)),
                    None => Concrete::Unknown,
                },
                Kind::Call { fun, .. } => {
                    let TyKind::Func(sig) = self.inliner.cx.under(self.unit[fun].ty).kind() else {
                        return Concrete::Unknown;
                    };
                    match sig.results.get(index as usize) {
                        Some(&ty) if !self.inliner.cx.is_interface(ty) => Concrete::One(ty),
                        _ => Concrete::Unknown,
                    }
                }
                _ => Concrete::Unknown,
            },
        }
    }
}

fn is_unnamed_struct(ty: Ty) -> bool {
    match ty.kind() {
        TyKind::Pointer(elem) => is_unnamed_struct(*elem),
        kind => matches!(kind, TyKind::Struct(..)),
    }
}

/// The package whose name an interface's unexported method is.
fn method_package(cx: &Cx<'_>, iface: Ty, name: Symbol) -> Option<PkgId> {
    let set = cx.type_set(iface);
    set.methods.iter().find(|method| method.name == name)?.package
}

/// Follows embedded fields from `x`. Upstream: `AddImplicitDots`.
fn implicit_dots(
    cx: &Cx<'_>,
    unit: &mut Unit,
    mut x: NodeId,
    mut ty: Ty,
    path: &[u32],
    pos: Pos,
) -> (NodeId, Ty) {
    for &field in path {
        let under = cx.under(ty);
        let (of, kind) = match under.kind() {
            TyKind::Pointer(elem) => (cx.under(*elem), Kind::DotPtr { x, field }),
            _ => (under, Kind::Dot { x, field }),
        };
        let TyKind::Struct(fields) = of.kind() else { break };
        let Some(found) = fields.get(field as usize) else { break };
        ty = found.ty;
        x = unit.add(kind, ty, pos);
        unit[x].flags = Flags::IMPLICIT;
    }
    (x, ty)
}

/// Takes the address of a receiver, or follows it, as its method wants. Upstream: `Lookdot`.
fn adjust_receiver(unit: &mut Unit, x: NodeId, ty: Ty, pointer: bool, pos: Pos) -> NodeId {
    let adjusted = match (pointer, ty.kind()) {
        (true, TyKind::Pointer(_)) => return x,
        (true, _) => unit.add(Kind::Addr { x }, Ty::pointer(ty), pos),
        (false, TyKind::Pointer(elem)) => unit.add(Kind::Deref { x }, *elem, pos),
        (false, _) => return x,
    };
    unit[adjusted].flags = Flags::IMPLICIT;
    adjusted
}

/// A method's type as a function of its receiver.
fn with_receiver(sig: Ty, recv: Ty) -> Ty {
    match sig.kind() {
        TyKind::Func(of) => {
            let mut params = vec![recv];
            params.extend_from_slice(&of.params);
            Ty::func(&params, &of.results, of.variadic)
        }
        _ => sig,
    }
}
