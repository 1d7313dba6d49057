//! What had to wait: conditions on types that hold once declarations are complete.
//!
//! Upstream: the closures given to `later` in `cmd/compile/internal/types2`.

use super::check::{Checker, Context, Delayed};
use super::predicates::{deref, is_type_param};
use super::ty::{Basic, DefId, PkgId, Term, Ty, TyKind};
use super::validtype;
use crate::syntax::ast::{ExprId, ExprKind, Offset};

impl Checker<'_> {
    /// Puts work off.
    pub(super) fn later(&mut self, work: Delayed) {
        self.delayed.push(work);
    }

    /// Does the work put off since there were `top` pieces of it; more may come up meanwhile.
    pub(super) fn process_delayed(&mut self, top: usize) {
        let mut at = top;
        while at < self.delayed.len() {
            let work = std::mem::replace(
                &mut self.delayed[at],
                Delayed::VarType { at: 0, ty: Ty::invalid() },
            );
            at += 1;
            self.do_delayed(work);
        }
        self.delayed.truncate(top);
    }

    fn do_delayed(&mut self, work: Delayed) {
        match work {
            Delayed::Body { lit, block, iota, results } => {
                let decl = self.decl;
                let ExprKind::FuncLit(lit) = &decl[lit].kind else { return };
                let inner = Context {
                    block: Some(block),
                    iota,
                    results: Some(results),
                    ..Context::default()
                };
                let outer = std::mem::replace(&mut self.ctx, inner);
                self.func_body(&lit.body);
                self.ctx = outer;
            }
            Delayed::VarType { at, ty } => self.check_var_type(at, ty),
            Delayed::MapKey { at, key } => self.check_map_key(at, key),
            Delayed::Embedded { at, ty } => self.check_embedded(at, ty),
            Delayed::Instance { at, args, tparams, targs } => {
                if let Err(unsatisfied) = self.cx.verify(&tparams, &targs) {
                    let at = args.get(unsatisfied.index).copied().unwrap_or(at);
                    self.error(at, unsatisfied.cause);
                }
            }
            Delayed::Union { terms } => self.check_union(&terms),
            Delayed::Interface { at, ty } => {
                if let Some(name) = self.cx.duplicate_method(ty) {
                    self.error(at, format!("duplicate method {name}"));
                }
            }
            Delayed::ValidType { at, def, ty } => {
                // A cycle is said once, at the first of its types; a type that merely contains
                // types of a cycle is not at fault.
                let rhs = |def| self.env.rhs(def);
                let cycle = validtype::contains_itself(self.cx, self.package(), &rhs, ty);
                let Some(cycle) = cycle else { return };
                let defs: Vec<DefId> = cycle.iter().filter_map(|ty| named_def(*ty)).collect();
                if defs.first() == Some(&def) && self.env.claim_cycle(&defs) {
                    // A cycle that begins at an instance is said where that is written.
                    let at = cycle.first().and_then(|ty| self.instance_place(*ty)).unwrap_or(at);
                    self.report_containment(at, &defs);
                }
            }
            Delayed::Embed { at, ty } => self.check_embed_version(at, ty),
            Delayed::Receiver { at, ty } => self.check_receiver(at, ty),
            Delayed::Fields { def } => self.check_fields(def),
        }
    }

    fn instance_place(&self, ty: Ty) -> Option<Offset> {
        let is_instance = |(_, expr): &(usize, &crate::syntax::ast::Expr)| {
            matches!(expr.kind, ExprKind::Index { .. })
        };
        let all = self.decl.exprs.iter().enumerate().filter(is_instance);
        let mut same = all.filter(|(at, _)| self.info.types.get(*at) == Some(&ty));
        same.next().map(|(_, expr)| expr.start)
    }

    fn report_containment(&mut self, at: Offset, cycle: &[DefId]) {
        let message = match cycle {
            [] => return,
            [one] => format!("invalid recursive type: {} refers to itself", one.name),
            [first, ..] => {
                let mut text = format!("invalid recursive type {}", first.name);
                for (i, def) in cycle.iter().enumerate() {
                    let next = cycle[(i + 1) % cycle.len()];
                    text.push_str(&format!("\n\t{} refers to {}", def.name, next.name));
                }
                text
            }
        };
        self.error(at, message);
    }

    fn check_var_type(&mut self, at: Offset, ty: Ty) {
        if is_type_param(ty) || !self.cx.is_interface(ty) {
            return;
        }
        let set = self.cx.type_set(ty);
        if set.is_method_set() {
            return;
        }
        let name = self.type_string(ty);
        let why = if set.comparable {
            "interface is (or embeds) comparable"
        } else {
            "interface contains type constraints"
        };
        self.error(at, format!("cannot use type {name} outside a type constraint: {why}"));
    }

    fn check_map_key(&mut self, at: Offset, key: Ty) {
        if key.is_invalid() || self.cx.under(key).is_invalid() || self.cx.comparable_type(key, true)
        {
            return;
        }
        let why = if is_type_param(key) { " (missing comparable constraint)" } else { "" };
        let name = self.type_string(key);
        self.error(at, format!("invalid map key type {name}{why}"));
    }

    fn check_embedded(&mut self, at: Offset, ty: Ty) {
        let (ty, pointer) = deref(ty);
        let what = match self.cx.under(ty).kind() {
            TyKind::Basic(Basic::UnsafePointer) => "unsafe.Pointer",
            TyKind::Pointer(_) => "a pointer",
            TyKind::Interface(_) if is_type_param(ty) => "a (pointer to a) type parameter",
            TyKind::Interface(_) if pointer => "a pointer to an interface",
            _ => return,
        };
        self.error(at, format!("embedded field type cannot be {what}"));
    }

    fn check_embed_version(&mut self, at: Offset, ty: Ty) {
        let under = self.cx.under(ty);
        let what = match under.kind() {
            TyKind::Basic(Basic::Invalid) | TyKind::Interface(_) => return,
            TyKind::Union(_) => "interface element",
            _ => "non-interface type",
        };
        self.require(at, 18, |check| format!("embedding {what} {}", check.type_string(ty)));
    }

    fn check_union(&mut self, terms: &[(ExprId, bool, Ty)]) {
        for (i, &(e, tilde, ty)) in terms.iter().enumerate() {
            if ty.is_invalid() {
                continue;
            }
            let under = self.cx.under(ty);
            let interface = matches!(under.kind(), TyKind::Interface(_));
            let name = self.type_string(ty);
            if tilde && interface {
                self.error_at(e, format!("invalid use of ~ ({name} is an interface)"));
                continue;
            }
            if tilde && !self.cx.identical(under, ty) {
                let under = self.type_string(under);
                let message = format!("invalid use of ~ (underlying type of {name} is {under})");
                self.error_at(e, message);
                continue;
            }
            if interface {
                let set = self.cx.type_set(ty);
                if !set.methods.is_empty() {
                    let message = format!("cannot use {name} in union ({name} contains methods)");
                    self.error_at(e, message);
                } else if ty == super::cx::comparable_constraint() {
                    self.error_at(e, "cannot use comparable in union");
                } else if set.comparable {
                    let message = format!("cannot use {name} in union ({name} embeds comparable)");
                    self.error_at(e, message);
                }
                continue;
            }
            let overlap = terms[..i].iter().find(|(_, other_tilde, other)| {
                !other.is_invalid()
                    && !self.cx.is_interface(*other)
                    && self
                        .cx
                        .terms_overlap(Term { tilde, ty }, Term { tilde: *other_tilde, ty: *other })
            });
            if let Some(&(_, other_tilde, other)) = overlap {
                let mark = |tilde| if tilde { "~" } else { "" };
                let other = self.type_string(other);
                let (a, b) = (mark(tilde), mark(other_tilde));
                self.error_at(e, format!("overlapping terms {a}{name} and {b}{other}"));
            }
        }
    }

    fn check_receiver(&mut self, at: Offset, recv: Ty) {
        let (ty, _) = deref(recv);
        let name = self.type_string(ty);
        let message = match ty.kind() {
            _ if ty.is_invalid() => return,
            TyKind::Named(named) if named.def.package != self.package() => {
                format!("cannot define new methods on non-local type {name}")
            }
            TyKind::Named(_) => {
                let cause = match self.cx.under(ty).kind() {
                    TyKind::Basic(Basic::UnsafePointer) => "unsafe.Pointer",
                    TyKind::Pointer(_) | TyKind::Interface(_) => "pointer or interface type",
                    _ => return,
                };
                format!("invalid receiver type {name} ({cause})")
            }
            TyKind::Basic(_) => format!("cannot define new methods on non-local type {name}"),
            _ => format!("invalid receiver type {}", self.type_string(recv)),
        };
        self.error(at, message);
    }

    /// Fields and methods share their names' space.
    fn check_fields(&mut self, def: DefId) {
        let methods = self.cx.defs.methods(def);
        if methods.is_empty() {
            return;
        }
        let TyKind::Struct(fields) = self.cx.defs.underlying(def).kind() else { return };
        let own = self.package();
        let same = |method: &DefId, package: Option<PkgId>| {
            method.name.is_exported() || package.is_none_or(|package| package == own)
        };
        for field in fields.iter().filter(|field| !field.name.is_blank()) {
            if methods.iter().any(|m| m.name == field.name && same(m, field.package)) {
                let message = format!("field and method with the same name {}", field.name);
                let method = methods.iter().find(|m| m.name == field.name);
                self.env.report(method.copied().unwrap_or(def), message);
            }
        }
    }
}

fn named_def(ty: Ty) -> Option<DefId> {
    match ty.kind() {
        TyKind::Named(named) => Some(named.def),
        _ => None,
    }
}
