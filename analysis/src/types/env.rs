//! What the checker and all later passes know of declarations: [`Defs`] answers, and
//! [`PackageTypes`] holds the answers for one package once they are known.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::constant::Value;
use super::ty::{DefId, PkgId, Ty};
use crate::lazy::Lazy;
use crate::release::GoVersion;
use crate::symbol::Symbol;
use crate::syntax::ast::Pragmas;

/// Answers what a declaration is, whichever package it is in.
///
/// Implemented by the checker for the package in its hands, where an answer may have to be worked
/// out first, and by [`World`] once packages are checked.
pub trait Defs {
    /// The underlying type of a defined type, in terms of its own type parameters;
    /// [`Ty::invalid`] if unknown.
    fn underlying(&self, def: DefId) -> Ty;
    /// The type parameters of a generic type or function, with those of an enclosing generic
    /// function first (see [`super::ty::Named::args`]).
    fn type_params(&self, def: DefId) -> Arc<[TypeParamDef]>;
    /// The methods declared for a defined type, in source order.
    fn methods(&self, def: DefId) -> Arc<[DefId]>;
    /// A function or method; `None` if `def` is none.
    fn func(&self, def: DefId) -> Option<Arc<FuncDef>>;
    /// What a name at package level stands for.
    fn lookup(&self, package: PkgId, name: Symbol) -> Option<Def>;
}

/// A type parameter and its constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeParamDef {
    /// The parameter, a [`super::ty::TyKind::Param`].
    pub ty: Ty,
    /// Its constraint as written.
    pub constraint: Ty,
}

/// A declaration at package level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Def {
    /// A constant.
    Const {
        /// Its type, perhaps untyped.
        ty: Ty,
        /// Its value.
        value: Value,
    },
    /// A variable.
    Var {
        /// Which.
        def: DefId,
        /// Its type.
        ty: Ty,
    },
    /// A function.
    Func(Arc<FuncDef>),
    /// A defined type.
    Type(DefId),
    /// An alias: what it stands for, in terms of its own type parameters if it is generic.
    Alias {
        /// Which.
        def: DefId,
        /// The type meant.
        target: Ty,
    },
}

/// What is known of a function or method from its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FuncDef {
    /// Which.
    pub def: DefId,
    /// Its type without receiver, in terms of its type parameters: a `TyKind::Func`.
    pub sig: Ty,
    /// The receiver's type of a method, `T[P…]` or `*T[P…]`.
    pub recv: Option<Ty>,
    /// The function's own type parameters; those of the receiver's type are not among them.
    pub tparams: Arc<[TypeParamDef]>,
    /// The receiver's name as written; `None` also if there is no receiver.
    pub recv_name: Option<Symbol>,
    /// Names of the parameters; `None` for one without a name.
    pub param_names: Box<[Option<Symbol>]>,
    /// Names of the results; `None` for one without a name.
    pub result_names: Box<[Option<Symbol>]>,
    /// `//go:` directives.
    pub pragmas: Pragmas,
    /// Whether there is a body.
    pub has_body: bool,
}

/// The declarations of one checked package: what its importers can ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageTypes {
    /// The name in the package clause.
    pub name: Symbol,
    /// The language version of its module.
    pub go_version: Option<GoVersion>,
    /// Package-level names.
    pub scope: FxHashMap<Symbol, Def>,
    /// Underlying types of defined types, local ones included.
    pub underlying: FxHashMap<DefId, Ty>,
    /// Defined types that are declared in functions, counted from 1 over the whole package as they
    /// stand in its files. Upstream: `noder/writer.go`, `declCollector`.
    pub local_numbers: FxHashMap<DefId, u32>,
    /// Type parameters of generic types and functions.
    pub type_params: FxHashMap<DefId, Arc<[TypeParamDef]>>,
    /// Methods of defined types.
    pub methods: FxHashMap<DefId, Arc<[DefId]>>,
    /// Functions and methods.
    pub funcs: FxHashMap<DefId, Arc<FuncDef>>,
}

impl PackageTypes {
    /// The number in the link name of a type that is declared in a function.
    pub fn local_number(&self, def: DefId) -> u32 {
        self.local_numbers.get(&def).copied().unwrap_or(def.nth + 1)
    }
}

/// All packages checked so far.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// By identity.
    pub packages: FxHashMap<PkgId, Lazy<Arc<PackageTypes>>>,
}

impl Defs for World {
    fn underlying(&self, def: DefId) -> Ty {
        let package = self.packages.get(&def.package);
        package.and_then(|p| p.underlying.get(&def).copied()).unwrap_or_else(Ty::invalid)
    }

    fn type_params(&self, def: DefId) -> Arc<[TypeParamDef]> {
        let package = self.packages.get(&def.package);
        package.and_then(|p| p.type_params.get(&def).cloned()).unwrap_or_default()
    }

    fn methods(&self, def: DefId) -> Arc<[DefId]> {
        let package = self.packages.get(&def.package);
        package.and_then(|p| p.methods.get(&def).cloned()).unwrap_or_default()
    }

    fn func(&self, def: DefId) -> Option<Arc<FuncDef>> {
        self.packages.get(&def.package)?.funcs.get(&def).cloned()
    }

    fn lookup(&self, package: PkgId, name: Symbol) -> Option<Def> {
        self.packages.get(&package)?.scope.get(&name).cloned()
    }
}
