//! The context in which types are looked at: who knows the declarations, for which machine.
//!
//! A [`Ty`] does not say what a defined type is; [`Cx`] does, and remembers what it has worked
//! out. Nothing that depends on an unknown declaration is remembered, so a context can be used
//! while declarations are still being worked out. No answer changes afterwards.
//!
//! Borrows of the caches are never held while a declaration is asked for: the answer may come from
//! a checker that uses this very context.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::env::{Defs, TypeParamDef};
use super::format;
use super::sizes::Layout;
use super::subst::{Subst, subst};
use super::ty::{Basic, DefId, Interface, Method, Named, PkgId, Ty, TyKind};
use super::typeset::TypeSet;
use crate::release::{GoVersion, Target};
use crate::symbol::Symbol;

/// How many names may stand for each other before that is taken to be a cycle, and how deep a type
/// may expand; no type that the compiler accepts comes near.
pub(crate) const EXPANSION_LIMIT: usize = 100;

/// Names packages in messages.
pub trait Qualifier {
    /// What stands before the names of a package; empty for the package at hand.
    fn qualifier(&self, package: PkgId) -> Symbol;
}

/// Answers about types.
pub struct Cx<'a> {
    /// Who knows the declarations.
    pub defs: &'a dyn Defs,
    /// The machine and release compiled for.
    pub target: Target,
    names: Option<&'a dyn Qualifier>,
    version: Option<GoVersion>,
    instances: RefCell<FxHashMap<Ty, Ty>>,
    pub(super) type_sets: RefCell<FxHashMap<Ty, Rc<TypeSet>>>,
    /// What is being worked out, and what was found on the way that may change once it is.
    pub(super) type_sets_open: RefCell<Vec<Ty>>,
    pub(super) type_sets_partial: RefCell<FxHashMap<Ty, Rc<TypeSet>>>,
    pub(super) type_set_parts: Cell<u32>,
    pub(super) layouts: RefCell<FxHashMap<Ty, Layout>>,
    pub(super) layouts_open: RefCell<Vec<Ty>>,
    pub(super) layout_parts: Cell<u32>,
}

/// Runs `walk` on a bigger stack if this one is nearly used up.
pub(crate) fn deep<R>(walk: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, walk)
}

/// The predeclared type `error`.
pub fn error_type() -> Ty {
    Ty::named(DefId::new(PkgId::universe(), "error".into()), &[])
}

/// The predeclared constraint `comparable`.
pub fn comparable_constraint() -> Ty {
    Ty::named(DefId::new(PkgId::universe(), "comparable".into()), &[])
}

/// What a defined type of the universe is.
fn universe_underlying(name: Symbol) -> Ty {
    match name.as_str() {
        "error" => {
            let sig = Ty::func(&[], &[Ty::basic(Basic::String)], false);
            let method = Method { name: "Error".into(), package: None, sig };
            let methods = Box::new([method]);
            Ty::new(TyKind::Interface(Interface { methods, ..Interface::default() }))
        }
        "comparable" => {
            Ty::new(TyKind::Interface(Interface { comparable: true, ..Interface::default() }))
        }
        _ => Ty::invalid(),
    }
}

impl<'a> Cx<'a> {
    /// A context for the declarations that `defs` knows.
    pub fn new(defs: &'a dyn Defs, target: Target) -> Cx<'a> {
        Cx {
            defs,
            target,
            names: None,
            version: None,
            instances: RefCell::default(),
            type_sets: RefCell::default(),
            type_sets_open: RefCell::default(),
            type_sets_partial: RefCell::default(),
            type_set_parts: Cell::default(),
            layouts: RefCell::default(),
            layouts_open: RefCell::default(),
            layout_parts: Cell::default(),
        }
    }

    /// The same for a file of an older language version.
    pub fn with_version(self, version: Option<GoVersion>) -> Cx<'a> {
        Cx { version, ..self }
    }

    /// The same with these names for packages in messages.
    pub fn with_names(self, names: &'a dyn Qualifier) -> Cx<'a> {
        Cx { names: Some(names), ..self }
    }

    /// Whether the language version has what came with Go 1.`minor`.
    pub(crate) fn allows(&self, minor: u16) -> bool {
        self.version.is_none_or(|version| version >= GoVersion::new(minor))
    }

    /// A type as messages show it.
    pub fn type_string(&self, ty: Ty) -> String {
        format::type_string(self, ty)
    }

    /// What stands before the names of a package in messages.
    pub(crate) fn qualifier(&self, package: PkgId) -> Symbol {
        match self.names {
            Some(names) => names.qualifier(package),
            None => Symbol::new(package.path.as_str().rsplit('/').next().unwrap_or_default()),
        }
    }

    /// The underlying type: never a name, alias or shape. That of a type parameter is the
    /// interface which its constraint is.
    ///
    /// Upstream: `cmd/compile/internal/types2/under.go`.
    pub fn under(&self, ty: Ty) -> Ty {
        let mut ty = ty;
        for _ in 0..EXPANSION_LIMIT {
            ty = match ty.kind() {
                TyKind::Named(named) => self.underlying_of(ty, named),
                TyKind::Shape(inner) => *inner,
                TyKind::Param(_) => return self.constraint_interface(ty),
                TyKind::Any => return Ty::empty_interface(),
                TyKind::Basic(basic) => return Ty::basic(basic.canon()),
                _ => return ty,
            }
        }
        Ty::invalid()
    }

    fn underlying_of(&self, ty: Ty, named: &Named) -> Ty {
        if named.def.package == PkgId::universe() {
            return universe_underlying(named.def.name);
        }
        if named.args.is_empty() {
            return self.defs.underlying(named.def);
        }
        if let Some(known) = self.instances.borrow().get(&ty) {
            return *known;
        }
        let generic = self.defs.underlying(named.def);
        if generic.is_invalid() {
            return generic;
        }
        let tparams = self.defs.type_params(named.def);
        let instance = subst(generic, &Subst::of_params(&tparams, &named.args));
        self.instances.borrow_mut().insert(ty, instance);
        instance
    }

    /// The declaration of a type parameter.
    fn param_def(&self, param: Ty) -> Option<TypeParamDef> {
        let TyKind::Param(data) = param.kind() else { return None };
        self.defs.type_params(data.owner).iter().find(|def| def.ty == param).copied()
    }

    /// The constraint of a type parameter as written; invalid if it is not known.
    pub fn constraint(&self, param: Ty) -> Ty {
        self.param_def(param).map_or_else(Ty::invalid, |def| def.constraint)
    }

    fn constraint_interface(&self, param: Ty) -> Ty {
        self.as_constraint(self.constraint(param))
    }

    /// The interface that a constraint is: `~int` stands for `interface{ ~int }`.
    ///
    /// Upstream: `cmd/compile/internal/types2/typeparam.go`, `iface`.
    pub(crate) fn as_constraint(&self, bound: Ty) -> Ty {
        if matches!(bound.kind(), TyKind::Param(_)) {
            return Ty::empty_interface();
        }
        let under = self.under(bound);
        match under.kind() {
            TyKind::Interface(_) => under,
            _ if under.is_invalid() => Ty::empty_interface(),
            _ => Ty::new(TyKind::Interface(Interface {
                embeds: Box::new([bound]),
                implicit: true,
                ..Interface::default()
            })),
        }
    }

    /// The interface that a type is, unless it is a type parameter.
    pub(crate) fn as_interface(&self, ty: Ty) -> Option<Ty> {
        if matches!(ty.kind(), TyKind::Param(_)) {
            return None;
        }
        let under = self.under(ty);
        matches!(under.kind(), TyKind::Interface(_)).then_some(under)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::fixture::Fixture;
    use crate::types::format_backend::{BackendFormat, PackageNames};
    use crate::types::ty::TypeParam;

    struct NoNames;

    impl PackageNames for NoNames {
        fn name(&self, _: PkgId) -> Symbol {
            Symbol::EMPTY
        }
    }

    #[test]
    fn types_nested_very_deep_do_not_overflow_the_stack() {
        let fixture = Fixture::new("");
        let cx = fixture.cx();
        let owner = DefId::new(fixture.package(), "F".into());
        let param = TyKind::Param(TypeParam { owner, index: 0, name: "P".into() });
        let (param, int) = (Ty::new(param), Ty::basic(Basic::Int));
        let embedding = Ty::new(TyKind::Interface(Interface {
            embeds: Box::new([error_type()]),
            ..Interface::default()
        }));
        let nest = |inner: Ty| (0..50_000).fold(inner, |ty, _| Ty::array(1, ty));
        let deep_int = nest(int);
        assert_eq!(subst(nest(param), &Subst::of(&[param], &[int])), deep_int);
        assert!(cx.identical(nest(error_type()), nest(error_type())));
        assert!(!cx.identical(nest(embedding), nest(error_type())));
        assert!(cx.comparable_type(deep_int, true));
        assert!(!cx.not_in_heap(Ty::pointer(deep_int)));
        assert!(cx.layout(deep_int).align > 0);
        assert!(!cx.type_string(deep_int).is_empty());
        let format = BackendFormat { cx: &cx, names: &NoNames, local: fixture.package() };
        assert!(!format.link_string(deep_int).is_empty());
        assert!(!cx.flatten(nest(embedding)).has_embeds());
    }

    #[test]
    fn what_a_type_is_in_terms_of_itself_ends() {
        let text = "type D[P any] struct { d *D[D[P]] }";
        let fixture = Fixture::new(text);
        let cx = fixture.cx();
        assert_eq!(cx.type_string(fixture.ty("D[int]")), "p.D[int]");
        assert_eq!(cx.size_of(fixture.ty("D[int]")), 8);
        assert!(cx.comparable_type(fixture.ty("D[int]"), true));
    }
}
