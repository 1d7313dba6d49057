//! Selectors: fields, methods, names of other packages.
//!
//! Upstream: `cmd/compile/internal/types2/call.go` (`selector`), `lookup.go` (`lookupError`).

use std::sync::Arc;

use super::check::{Checker, Found};
use super::env::{Def, TypeParamDef};
use super::exprstring::expr_string;
use super::info::{Mode, Object, Selection, SelectionKind};
use super::lookup::{LookupResult, MethodFound, MethodRef, NotFound};
use super::operand::{Generic, Operand};
use super::scope::Imported;
use super::ty::{PkgId, Ty, TyKind};
use super::universe::{self, Predeclared};
use crate::symbol::Symbol;
use crate::syntax::ast::{ExprId, ExprKind, Ident};

impl Checker<'_> {
    /// `x.sel`. Upstream: `selector`.
    pub(super) fn selector(&mut self, e: ExprId, want_type: bool) -> Operand {
        let decl = self.decl;
        let ExprKind::Selector { x: of, sel } = decl[e].kind else { return Operand::invalid(e) };
        if let ExprKind::Name(name) = decl[of].kind
            && let Some(Found::Import(imported)) = self.find(name)
        {
            self.record_use(of, Object::Package(imported.package()));
            return self.qualified(e, imported, name, sel);
        }
        let mut x = self.expr_or_type(of, false);
        match x.mode {
            Mode::Invalid => return Operand::invalid(e),
            Mode::Builtin => {
                let text = self.operand_string(&x);
                let at = decl[e].pos;
                self.error(at, format!("invalid use of {text} in selector expression"));
                return Operand::invalid(e);
            }
            _ => {}
        }
        if sel.name.is_empty() || !self.is_complete(x.ty) {
            return Operand::invalid(e);
        }
        if want_type {
            let text = expr_string(decl, e);
            self.error(sel.pos, format!("{text} is not a type"));
            return Operand::invalid(e);
        }
        let under = self.cx.under(x.ty);
        if let TyKind::Pointer(to) = under.kind()
            && !self.is_complete(*to)
        {
            return Operand::invalid(e);
        }
        if sel.name.is_blank() {
            self.error(sel.pos, "cannot refer to blank field or method");
            return Operand::invalid(e);
        }
        let addressable = x.mode == Mode::Variable;
        let package = self.package();
        match self.cx.lookup(x.ty, addressable, package, sel.name) {
            LookupResult::Field(found) => {
                if x.mode == Mode::TypeExpr {
                    let name = self.type_string(x.ty);
                    let message = format!(
                        "operand for field selector {} must be value of type {name}",
                        sel.name
                    );
                    self.error_at(of, message);
                    return Operand::invalid(e);
                }
                let selection = Selection {
                    kind: SelectionKind::Field,
                    recv: x.ty,
                    path: found.path.into(),
                    indirect: found.indirect,
                };
                self.info.selections.insert(e, selection);
                let mode = if addressable || found.indirect { Mode::Variable } else { Mode::Value };
                if found.ty.is_invalid() {
                    self.info.guessed = true;
                    return Operand::invalid(e);
                }
                Operand::new(e, mode, found.ty)
            }
            LookupResult::Method(found) => self.method(e, &mut x, found),
            LookupResult::NotFound(why) => {
                if under.is_invalid() {
                    self.info.guessed = true;
                } else {
                    self.not_found(&x, sel, &why);
                }
                Operand::invalid(e)
            }
        }
    }

    fn method(&mut self, e: ExprId, x: &mut Operand, found: MethodFound) -> Operand {
        let mut tparams: Arc<[TypeParamDef]> = Arc::default();
        if let MethodRef::Concrete { def, recv, .. } = found.method {
            self.add_dependency(def);
            if let Some(func) = self.cx.defs.func(def)
                && !func.tparams.is_empty()
                && let TyKind::Named(named) = recv.kind()
            {
                // Constraints speak of the receiver's arguments.
                let own = |def: &TypeParamDef| TypeParamDef {
                    ty: def.ty,
                    constraint: self.cx.for_receiver(def.constraint, named),
                };
                tparams = func.tparams.iter().map(own).collect();
            }
        }
        let expr = x.mode == Mode::TypeExpr;
        let kind = match (found.method, expr) {
            (MethodRef::Concrete { def, .. }, false) => SelectionKind::Method(def),
            (MethodRef::Concrete { def, .. }, true) => SelectionKind::MethodExpr(def),
            (MethodRef::Interface { .. }, false) => SelectionKind::InterfaceMethod(found.name),
            (MethodRef::Interface { .. }, true) => SelectionKind::InterfaceMethodExpr(found.name),
        };
        let selection =
            Selection { kind, recv: x.ty, path: found.path.into(), indirect: found.indirect };
        self.info.selections.insert(e, selection);
        let TyKind::Func(sig) = found.sig.kind() else { return Operand::invalid(e) };
        let ty = if expr {
            let params: Vec<Ty> = std::iter::once(x.ty).chain(sig.params.iter().copied()).collect();
            Ty::func(&params, &sig.results, sig.variadic)
        } else {
            found.sig
        };
        let mut method = Operand::new(e, Mode::Value, ty);
        if !tparams.is_empty() {
            method.generic = Some(Generic::Func(tparams));
        }
        method
    }

    fn not_found(&mut self, x: &Operand, sel: Ident, why: &NotFound) {
        let name = sel.name;
        let ty = self.type_string(x.ty);
        let text = self.source_string(x);
        let message = match why {
            NotFound::Ambiguous(_) => format!("ambiguous selector {text}.{name}"),
            NotFound::PointerReceiver if x.mode == Mode::TypeExpr => format!(
                "invalid method expression {ty}.{name} (needs pointer receiver (*{ty}).{name})"
            ),
            NotFound::PointerReceiver => format!("cannot call pointer method {name} on {ty}"),
            NotFound::Missing => {
                if self.cx.has_invalid_embedded(x.ty, &mut Vec::new()) {
                    return;
                }
                let why = if self.cx.is_interface_pointer(x.ty) {
                    self.cx.interface_pointer_error(x.ty)
                } else {
                    self.lookup_error(x.ty, name, false)
                };
                format!("{text}.{name} undefined ({why})")
            }
        };
        self.error(sel.pos, message);
    }

    /// What is wrong with the name of a field in a struct literal.
    pub(super) fn missing_field(&self, base: Ty, core: Ty, name: Symbol) -> String {
        let _ = core;
        self.lookup_error(base, name, true)
    }

    /// Why a type has no such field or method, perhaps with what was meant.
    ///
    /// Upstream: `lookup.go`, `lookupError`.
    fn lookup_error(&self, ty: Ty, sel: Symbol, literal: bool) -> String {
        let name = self.type_string(ty);
        let (found, what) = match self.cx.lookup_folded(ty, self.package(), sel) {
            LookupResult::Field(found) => (found.name, "field"),
            LookupResult::Method(found) => (found.name, "method"),
            LookupResult::NotFound(_) => {
                return if literal {
                    format!("unknown field {sel} in struct literal of type {name}")
                } else {
                    format!("type {name} has no field or method {sel}")
                };
            }
        };
        if found == sel {
            return if literal {
                format!("cannot refer to unexported field {found} in struct literal of type {name}")
            } else {
                format!("cannot refer to unexported {what} {found}")
            };
        }
        // A name of another package is worth mentioning only if it begins otherwise.
        let same_tail = found.as_str().chars().skip(1).eq(sel.as_str().chars().skip(1));
        let foreign = !found.is_exported() && !self.is_own_type(ty);
        let (mention, unexported) = match (sel.is_exported(), found.is_exported()) {
            _ if !foreign && self.is_own_type(ty) => (true, false),
            (true, true) => (true, false),
            (true, false) => (same_tail, true),
            (false, true) => (same_tail, false),
            (false, false) => (false, false),
        };
        let start = if literal {
            format!("unknown field {sel} in struct literal of type {name}")
        } else {
            format!("type {name} has no field or method {sel}")
        };
        let hint = if unexported { "unexported " } else { "" };
        match (mention, literal) {
            (false, _) => start,
            (true, true) => format!("{start}, but does have {hint}{found}"),
            (true, false) => format!("{start}, but does have {hint}{what} {found}"),
        }
    }

    /// Whether a type, or what it points to, is declared in this package.
    fn is_own_type(&self, ty: Ty) -> bool {
        match super::predicates::deref(ty).0.kind() {
            TyKind::Named(named) => named.def.package == self.package(),
            _ => true,
        }
    }

    fn qualified(&mut self, e: ExprId, imported: Imported, name: Symbol, sel: Ident) -> Operand {
        let mut x = Operand::invalid(e);
        let Imported::Package(package) = imported else {
            self.unknown = true;
            return x;
        };
        if sel.name.is_empty() {
            return x;
        }
        if package == PkgId::unsafe_() {
            match universe::unsafe_member(sel.name) {
                Some(Predeclared::Type(ty)) => {
                    self.record_use(e, Object::Type(ty));
                    x.mode = Mode::TypeExpr;
                    x.ty = ty;
                }
                Some(Predeclared::Builtin(builtin)) => {
                    self.record_use(e, Object::Builtin(builtin));
                    x.mode = Mode::Builtin;
                    x.builtin = Some(builtin);
                }
                _ => self.error(sel.pos, format!("undefined: {name}.{}", sel.name)),
            }
            return x;
        }
        let def: Option<Def> = self.cx.defs.lookup(package, sel.name);
        let Some(def) = def else {
            self.error(sel.pos, format!("undefined: {name}.{}", sel.name));
            return x;
        };
        if !sel.name.is_exported() {
            let message = format!("name {} not exported by package {name}", sel.name);
            self.error(sel.pos, message);
        }
        self.def_operand(&mut x, e, package, sel.name, def);
        x
    }
}
