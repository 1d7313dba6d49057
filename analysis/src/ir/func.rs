//! Which functions there are: declared ones, and those that the compiler makes from them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use dashmap::DashSet;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::symbol::Symbol;
use crate::types::ty::{DefId, PkgId, Ty, TyKind};

/// A function known by name across functions and packages; literals are not among them.
#[derive(Clone, Copy)]
pub struct FuncId(&'static FuncKey);

/// What identifies a function.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FuncKey {
    /// A declared function or method without type parameters.
    Declared(DefId),
    /// A generic function or a method of a generic type for given shapes, which takes a
    /// dictionary. The arguments are those of the receiver's type, then the function's own.
    Shaped(DefId, Box<[Ty]>),
    /// The wrapper of a shaped function for given type arguments, `F[int]`.
    Instance(DefId, Box<[Ty]>),
    /// A method wrapper made by the compiler: a method of `recv` that is promoted through an
    /// embedded field or reached through a pointer.
    MethodWrapper {
        /// The receiver's type.
        recv: Ty,
        /// The method's name.
        name: Symbol,
        /// The package whose name it is; `None` if exported.
        package: Option<PkgId>,
    },
    /// The wrapper of a method value, `T.M-fm`.
    MethodValue {
        /// The type of the operand.
        recv: Ty,
        /// The method's name.
        name: Symbol,
        /// The package whose name it is; `None` if exported.
        package: Option<PkgId>,
    },
    /// A package's `init`, which runs the initialisers of its variables.
    Init(PkgId),
    /// `map.init.N`: the initialiser of a large map.
    MapInit(PkgId, u32),
    /// A function of the runtime that the compiler calls by itself, about which nothing is known.
    Runtime(Symbol),
}

static FUNCS: LazyLock<DashSet<&'static FuncKey, FxBuildHasher>> = LazyLock::new(DashSet::default);

impl FuncId {
    /// The function of that key.
    pub fn new(key: FuncKey) -> FuncId {
        if let Some(known) = FUNCS.get(&key) {
            return FuncId(*known);
        }
        let stored: &'static FuncKey = Box::leak(Box::new(key));
        if FUNCS.insert(stored) {
            return FuncId(stored);
        }
        FUNCS.get(stored).map_or(FuncId(stored), |known| FuncId(*known))
    }

    /// A declared function.
    pub fn declared(def: DefId) -> FuncId {
        FuncId::new(FuncKey::Declared(def))
    }

    /// The one that stands for all instances with identical type arguments: `F[uint8]` for
    /// `F[byte]`.
    pub fn canon(self) -> FuncId {
        match self.0 {
            FuncKey::Instance(def, args) => {
                let args = args.iter().map(|arg| arg.canon()).collect();
                FuncId::new(FuncKey::Instance(*def, args))
            }
            _ => self,
        }
    }

    /// What identifies it.
    pub fn key(self) -> &'static FuncKey {
        self.0
    }

    /// The declaration it is made from, if it is made from one.
    pub fn def(self) -> Option<DefId> {
        match self.0 {
            FuncKey::Declared(def) | FuncKey::Shaped(def, _) | FuncKey::Instance(def, _) => {
                Some(*def)
            }
            FuncKey::MethodWrapper { .. }
            | FuncKey::MethodValue { .. }
            | FuncKey::Init(_)
            | FuncKey::MapInit(..)
            | FuncKey::Runtime(_) => None,
        }
    }
}

impl PartialEq for FuncId {
    fn eq(&self, other: &FuncId) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for FuncId {}

impl Hash for FuncId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.0).hash(state);
    }
}

impl fmt::Debug for FuncId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            FuncKey::Declared(def) => write!(f, "{def:?}"),
            key => write!(f, "{key:?}"),
        }
    }
}

/// Functions, and the place of each.
#[derive(Debug, Default)]
pub struct Ids {
    /// The functions in their order.
    pub list: Vec<FuncId>,
    places: FxHashMap<FuncId, usize>,
    /// The first function made from each declaration.
    by_def: FxHashMap<DefId, usize>,
}

impl Ids {
    /// These functions: the value known, if they are the same.
    pub fn of(list: Vec<FuncId>, known: &Arc<Ids>) -> Arc<Ids> {
        if known.list == list {
            return Arc::clone(known);
        }
        let places = list.iter().enumerate().map(|(at, &id)| (id, at)).collect();
        let mut by_def = FxHashMap::default();
        for (at, def) in list.iter().enumerate().filter_map(|(at, id)| Some((at, id.def()?))) {
            by_def.entry(def).or_insert(at);
        }
        Arc::new(Ids { list, places, by_def })
    }

    /// The place of a function.
    pub fn place(&self, id: FuncId) -> Option<usize> {
        self.places.get(&id).copied()
    }

    /// The place of the first function made from a declaration.
    pub fn of_def(&self, def: DefId) -> Option<usize> {
        self.by_def.get(&def).copied()
    }
}

/// The package that shapes belong to.
pub const SHAPES: &str = "go.shape";

/// The package whose name a function's name is.
pub fn func_package(func: FuncId) -> PkgId {
    let of_type = |ty: Ty| match ty.kind() {
        TyKind::Named(named) => Some(named.def.package),
        TyKind::Shape(_) => Some(PkgId::new(SHAPES)),
        _ => None,
    };
    match func.key() {
        FuncKey::Declared(def) | FuncKey::Shaped(def, _) | FuncKey::Instance(def, _) => def.package,
        FuncKey::MethodWrapper { recv, .. } | FuncKey::MethodValue { recv, .. } => {
            let elem = match recv.kind() {
                TyKind::Pointer(elem) => *elem,
                _ => *recv,
            };
            // Methods of types without a name belong to no package.
            of_type(elem).unwrap_or_else(PkgId::universe)
        }
        FuncKey::Init(package) | FuncKey::MapInit(package, _) => *package,
        FuncKey::Runtime(_) => PkgId::new("runtime"),
    }
}
