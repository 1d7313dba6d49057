//! Types, interned: equal types are one pointer.
//!
//! A [`Ty`] remembers how it was written where messages show it: `byte` and `uint8`, `rune` and
//! `int32`, `any` and `interface {}` are different `Ty`s for identical types. [`Ty::canon`] gives
//! the one form that identical types share; only interfaces that embed others need more
//! ([`Ty::has_embeds`]), since what they embed may change. User-defined aliases never appear: they
//! stand for their target from the start, as in the compiler's back end.
//!
//! What a defined type *is* is not part of its `Ty`: [`Named`] holds its name and arguments, and
//! its underlying type is asked of [`super::env::Defs`]. So a `Ty` stays valid while declarations
//! change around it. Types live as long as the process.
//!
//! A `Ty`'s order and hash are those of its address: sort by what it prints.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use dashmap::DashSet;
use rustc_hash::FxBuildHasher;

use crate::symbol::Symbol;
pub use crate::syntax::ast::ChanDir;

/// A package as the build sees it: its import path and, for packages made for a test, which test.
#[derive(Clone, Copy)]
pub struct PkgId(&'static PkgData);

/// What identifies a package.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct PkgData {
    /// The import path, resolved: `vendor/golang.org/x/net/idna` inside the standard library.
    pub path: Symbol,
    /// Empty for the package as others import it; the path of the test's package for one
    /// recompiled for a test: `p` in `p [p.test]`.
    pub test_of: Symbol,
}

/// A declared thing at package level, a method or a local type, known by its names and not by its
/// place.
#[derive(Clone, Copy)]
pub struct DefId(&'static DefData);

/// What identifies a declaration.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct DefData {
    /// The package that declares it.
    pub package: PkgId,
    /// For a method the type, for a local type the function (or variable) whose text holds it.
    pub parent: Option<DefId>,
    /// The name.
    pub name: Symbol,
    /// Tells namesakes apart: the n-th `init`, `_`, or local type of that name in its function.
    pub nth: u32,
}

macro_rules! interned {
    ($id:ident, $data:ty, $table:ident) => {
        static $table: LazyLock<DashSet<&'static $data, FxBuildHasher>> =
            LazyLock::new(DashSet::default);

        impl $id {
            fn intern(data: $data) -> $id {
                if let Some(known) = $table.get(&data) {
                    return $id(*known);
                }
                let stored: &'static $data = Box::leak(Box::new(data));
                if $table.insert(stored) {
                    return $id(stored);
                }
                // Another thread was quicker: its copy counts.
                $table.get(stored).map_or($id(stored), |known| $id(*known))
            }
        }

        impl PartialEq for $id {
            fn eq(&self, other: &$id) -> bool {
                std::ptr::eq(self.0, other.0)
            }
        }

        impl Eq for $id {}

        impl Hash for $id {
            fn hash<H: Hasher>(&self, state: &mut H) {
                std::ptr::from_ref(self.0).hash(state);
            }
        }

        impl std::ops::Deref for $id {
            type Target = $data;
            fn deref(&self) -> &$data {
                self.0
            }
        }
    };
}

interned!(PkgId, PkgData, PACKAGES);
interned!(DefId, DefData, DEFS);

impl PkgId {
    /// The package that importers of `path` get.
    pub fn new(path: &str) -> PkgId {
        PkgId::intern(PkgData { path: Symbol::new(path), test_of: Symbol::EMPTY })
    }

    /// The package `path` as compiled for the tests of `test_of`.
    pub fn for_test(path: &str, test_of: &str) -> PkgId {
        PkgId::intern(PkgData { path: Symbol::new(path), test_of: Symbol::new(test_of) })
    }

    /// The pseudo package of predeclared names.
    pub fn universe() -> PkgId {
        static UNIVERSE: LazyLock<PkgId> = LazyLock::new(|| PkgId::new(""));
        *UNIVERSE
    }

    /// Package `unsafe`.
    pub fn unsafe_() -> PkgId {
        static UNSAFE: LazyLock<PkgId> = LazyLock::new(|| PkgId::new("unsafe"));
        *UNSAFE
    }

    /// Whether it belongs to the runtime. Upstream: `types.IsRuntimePkg`.
    pub fn is_runtime(self) -> bool {
        RUNTIME_PACKAGES.contains(&self.path.as_str())
    }
}

/// Upstream: `cmd/internal/objabi/pkgspecial.go`, `runtimePkgs`.
const RUNTIME_PACKAGES: [&str; 24] = [
    "runtime",
    "internal/runtime/atomic",
    "internal/runtime/cgroup",
    "internal/runtime/exithook",
    "internal/runtime/gc",
    "internal/runtime/gc/scan",
    "internal/runtime/maps",
    "internal/runtime/math",
    "internal/runtime/sys",
    "internal/runtime/syscall/linux",
    "internal/runtime/syscall/windows",
    "internal/abi",
    "internal/bytealg",
    "internal/byteorder",
    "internal/chacha8rand",
    "internal/coverage/rtcov",
    "internal/cpu",
    "internal/goarch",
    "internal/godebugs",
    "internal/goexperiment",
    "internal/goos",
    "internal/profilerecord",
    "internal/strconv",
    "internal/stringslite",
];

impl fmt::Debug for PkgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for PkgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.test_of.is_empty() {
            write!(f, "{}", self.path)
        } else {
            write!(f, "{} [{}.test]", self.path, self.test_of)
        }
    }
}

impl DefId {
    /// The first package-level declaration of `name` in `package`.
    pub fn new(package: PkgId, name: Symbol) -> DefId {
        DefId::nth(package, name, 0)
    }

    /// The `nth` package-level declaration of `name` in `package`.
    pub fn nth(package: PkgId, name: Symbol, nth: u32) -> DefId {
        DefId::intern(DefData { package, parent: None, name, nth })
    }

    /// The `nth` method `name` of `self` (a type), or local type `name` in `self` (a function).
    pub fn child(self, name: Symbol, nth: u32) -> DefId {
        DefId::intern(DefData { package: self.package, parent: Some(self), name, nth })
    }
}

impl fmt::Debug for DefId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parent {
            Some(parent) => write!(f, "{parent:?}.{}", self.name)?,
            None if self.package == PkgId::universe() => write!(f, "{}", self.name)?,
            None => write!(f, "{}.{}", self.package, self.name)?,
        }
        if self.nth > 0 { write!(f, "#{}", self.nth) } else { Ok(()) }
    }
}

/// A type. See the module's text for what makes two of them equal.
#[derive(Clone, Copy)]
pub struct Ty(&'static TyData);

/// What stands behind a [`Ty`].
#[derive(Debug)]
struct TyData {
    kind: TyKind,
    /// `None` if this type is its own canonical form.
    canon: Option<Ty>,
    has_tparams: bool,
    has_embeds: bool,
    has_shapes: bool,
    has_invalid: bool,
}

impl PartialEq for TyData {
    fn eq(&self, other: &TyData) -> bool {
        self.kind == other.kind
    }
}
impl Eq for TyData {}
impl Hash for TyData {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}
impl std::borrow::Borrow<TyKind> for &'static TyData {
    fn borrow(&self) -> &TyKind {
        &self.kind
    }
}

/// The forms of a type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TyKind {
    /// A predeclared type, or the type of an untyped constant.
    Basic(Basic),
    /// `any`, where it was written so; identical to `interface {}`.
    Any,
    /// `*T`.
    Pointer(Ty),
    /// `[]T`.
    Slice(Ty),
    /// `[len]T`; a length below zero stands for one that could not be computed.
    Array(i64, Ty),
    /// `map[K]V`.
    Map(Ty, Ty),
    /// `chan T`, `chan<- T`, `<-chan T`.
    Chan(ChanDir, Ty),
    /// `struct{…}`.
    Struct(Box<[Field]>),
    /// Several values: what a call with two or more results gives.
    Tuple(Box<[Ty]>),
    /// A function type.
    Func(Signature),
    /// `interface{…}`.
    Interface(Interface),
    /// `~int | string`, inside interfaces only.
    Union(Box<[Term]>),
    /// A defined type or an instance of one.
    Named(Named),
    /// A type parameter.
    Param(TypeParam),
    /// `go.shape.T`: what the compiler puts in place of a type argument whose underlying type is
    /// this one. Upstream: `cmd/compile/internal/noder/reader.go`, `shapify`.
    Shape(Ty),
}

/// A defined type, `T` or `T[A, B]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Named {
    /// The declaration.
    pub def: DefId,
    /// The type arguments. In the declaration of a generic type itself they are its own
    /// parameters. A type declared inside a generic function has the function's parameters (and
    /// those of the function's receiver before them) in front of its own, so that substitution
    /// reaches it like any other type.
    pub args: Box<[Ty]>,
}

/// A type parameter, known by who declares it. A method's receiver `(x T[P])` declares none: `P`
/// is another name of the type's own parameter there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeParam {
    /// The generic function, method or type.
    pub owner: DefId,
    /// Its place in the list.
    pub index: u32,
    /// Its name.
    pub name: Symbol,
}

/// A function type. Names of parameters are no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Signature {
    /// The parameters' types, without a receiver.
    pub params: Box<[Ty]>,
    /// The results' types.
    pub results: Box<[Ty]>,
    /// Whether the last parameter, a slice here, was written `...T`.
    pub variadic: bool,
}

/// A field of a struct type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Field {
    /// The name; for an embedded field the name of its type.
    pub name: Symbol,
    /// The package whose name it is, which tells unexported namesakes apart; `None` if exported.
    pub package: Option<PkgId>,
    /// The type.
    pub ty: Ty,
    /// Whether the field is embedded.
    pub embedded: bool,
    /// The tag, unquoted, empty if there is none.
    pub tag: Symbol,
}

/// A method of an interface type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Method {
    /// The name.
    pub name: Symbol,
    /// The package whose name it is; `None` if exported.
    pub package: Option<PkgId>,
    /// A [`TyKind::Func`].
    pub sig: Ty,
}

/// An interface type as written, but with its own methods sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Interface {
    /// The methods declared here, sorted by [`Method::name`]'s text.
    pub methods: Box<[Method]>,
    /// What it embeds: interfaces, unions, other types.
    pub embeds: Box<[Ty]>,
    /// Whether it was not written as an interface: `[T ~int]`.
    pub implicit: bool,
    /// Whether this is the predeclared `comparable`.
    pub comparable: bool,
}

/// A term of a union.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Term {
    /// Whether it is `~T`.
    pub tilde: bool,
    /// The type.
    pub ty: Ty,
}

/// Predeclared types and the types of untyped constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are those of go/types")]
pub enum Basic {
    /// What could not be typed. Every operation on it is silent.
    Invalid,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
    Float32,
    Float64,
    Complex64,
    Complex128,
    String,
    UnsafePointer,
    UntypedBool,
    UntypedInt,
    UntypedRune,
    UntypedFloat,
    UntypedComplex,
    UntypedString,
    UntypedNil,
    /// `byte`, where it was written so; identical to `uint8`.
    Byte,
    /// `rune`, where it was written so; identical to `int32`.
    Rune,
}

impl Basic {
    /// The form that identical types share.
    pub fn canon(self) -> Basic {
        match self {
            Basic::Byte => Basic::Uint8,
            Basic::Rune => Basic::Int32,
            other => other,
        }
    }

    /// Whether this is the type of an untyped constant or `nil`.
    pub fn is_untyped(self) -> bool {
        (Basic::UntypedBool..=Basic::UntypedNil).contains(&self)
    }

    /// Whether this is an integer type, typed or not.
    pub fn is_integer(self) -> bool {
        (Basic::Int..=Basic::Uintptr).contains(&self)
            || matches!(self, Basic::UntypedInt | Basic::UntypedRune | Basic::Byte | Basic::Rune)
    }

    /// Whether this is an unsigned integer type.
    pub fn is_unsigned(self) -> bool {
        (Basic::Uint..=Basic::Uintptr).contains(&self) || self == Basic::Byte
    }

    /// Whether this is a floating-point type, typed or not.
    pub fn is_float(self) -> bool {
        matches!(self, Basic::Float32 | Basic::Float64 | Basic::UntypedFloat)
    }

    /// Whether this is a complex type, typed or not.
    pub fn is_complex(self) -> bool {
        matches!(self, Basic::Complex64 | Basic::Complex128 | Basic::UntypedComplex)
    }

    /// Whether this is a number, typed or not.
    pub fn is_numeric(self) -> bool {
        self.is_integer() || self.is_float() || self.is_complex()
    }

    /// Whether this is a string, typed or not.
    pub fn is_string(self) -> bool {
        matches!(self, Basic::String | Basic::UntypedString)
    }

    /// Whether this is a boolean, typed or not.
    pub fn is_boolean(self) -> bool {
        matches!(self, Basic::Bool | Basic::UntypedBool)
    }
}

static TYPES: LazyLock<DashSet<&'static TyData, FxBuildHasher>> = LazyLock::new(DashSet::default);

impl Ty {
    /// The type of this form.
    pub fn new(kind: TyKind) -> Ty {
        if let Some(known) = TYPES.get(&kind) {
            return Ty(*known);
        }
        let canon_kind = kind.canon();
        let canon = if canon_kind == kind { None } else { Some(Ty::new(canon_kind)) };
        let mut has_invalid = matches!(kind, TyKind::Basic(Basic::Invalid));
        let (mut has_tparams, mut has_embeds, mut has_shapes) = match &kind {
            TyKind::Param(_) => (true, false, false),
            TyKind::Shape(_) => (false, false, true),
            TyKind::Interface(it) => (false, !it.embeds.is_empty(), false),
            _ => (false, false, false),
        };
        kind.each_child(&mut |child| {
            has_tparams |= child.0.has_tparams;
            has_embeds |= child.0.has_embeds;
            has_shapes |= child.0.has_shapes;
            has_invalid |= child.0.has_invalid;
        });
        let data = TyData { kind, canon, has_tparams, has_embeds, has_shapes, has_invalid };
        let stored: &'static TyData = Box::leak(Box::new(data));
        if TYPES.insert(stored) {
            return Ty(stored);
        }
        TYPES.get(stored).map_or(Ty(stored), |known| Ty(*known))
    }

    /// The form.
    pub fn kind(self) -> &'static TyKind {
        &self.0.kind
    }

    /// The form that identical types share.
    pub fn canon(self) -> Ty {
        self.0.canon.unwrap_or(self)
    }

    /// Whether a type parameter occurs in it.
    pub fn has_tparams(self) -> bool {
        self.0.has_tparams
    }

    /// Whether an interface literal that embeds something occurs in it, so that [`Ty::canon`]
    /// does not decide its identity.
    pub fn has_embeds(self) -> bool {
        self.0.has_embeds
    }

    /// Whether something that could not be typed occurs in it. What a defined type is does not
    /// count.
    pub fn has_invalid(self) -> bool {
        self.0.has_invalid
    }

    /// Whether a `go.shape` type occurs in it.
    pub fn has_shapes(self) -> bool {
        self.0.has_shapes
    }

    /// A predeclared type.
    pub fn basic(basic: Basic) -> Ty {
        static BASICS: LazyLock<Vec<Ty>> = LazyLock::new(|| {
            let all = [
                Basic::Invalid,
                Basic::Bool,
                Basic::Int,
                Basic::Int8,
                Basic::Int16,
                Basic::Int32,
                Basic::Int64,
                Basic::Uint,
                Basic::Uint8,
                Basic::Uint16,
                Basic::Uint32,
                Basic::Uint64,
                Basic::Uintptr,
                Basic::Float32,
                Basic::Float64,
                Basic::Complex64,
                Basic::Complex128,
                Basic::String,
                Basic::UnsafePointer,
                Basic::UntypedBool,
                Basic::UntypedInt,
                Basic::UntypedRune,
                Basic::UntypedFloat,
                Basic::UntypedComplex,
                Basic::UntypedString,
                Basic::UntypedNil,
                Basic::Byte,
                Basic::Rune,
            ];
            all.into_iter().map(|basic| Ty::new(TyKind::Basic(basic))).collect()
        });
        BASICS[basic as usize]
    }

    /// What could not be typed.
    pub fn invalid() -> Ty {
        Ty::basic(Basic::Invalid)
    }

    /// Whether this is what could not be typed.
    pub fn is_invalid(self) -> bool {
        matches!(self.kind(), TyKind::Basic(Basic::Invalid))
    }

    /// `any`.
    pub fn any() -> Ty {
        static ANY: LazyLock<Ty> = LazyLock::new(|| Ty::new(TyKind::Any));
        *ANY
    }

    /// `interface {}`.
    pub fn empty_interface() -> Ty {
        static EMPTY: LazyLock<Ty> =
            LazyLock::new(|| Ty::new(TyKind::Interface(Interface::default())));
        *EMPTY
    }

    /// `*elem`.
    pub fn pointer(elem: Ty) -> Ty {
        Ty::new(TyKind::Pointer(elem))
    }

    /// `[]elem`.
    pub fn slice(elem: Ty) -> Ty {
        Ty::new(TyKind::Slice(elem))
    }

    /// `[len]elem`.
    pub fn array(len: i64, elem: Ty) -> Ty {
        Ty::new(TyKind::Array(len, elem))
    }

    /// Several values; one value is just itself.
    pub fn tuple(types: &[Ty]) -> Ty {
        match types {
            [one] => *one,
            _ => Ty::new(TyKind::Tuple(types.into())),
        }
    }

    /// A function type.
    pub fn func(params: &[Ty], results: &[Ty], variadic: bool) -> Ty {
        Ty::new(TyKind::Func(Signature {
            params: params.into(),
            results: results.into(),
            variadic,
        }))
    }

    /// The defined type `def`, with arguments if it is generic.
    pub fn named(def: DefId, args: &[Ty]) -> Ty {
        Ty::new(TyKind::Named(Named { def, args: args.into() }))
    }
}

impl TyKind {
    /// This form with canonical parts.
    fn canon(&self) -> TyKind {
        match self {
            TyKind::Any => TyKind::Interface(Interface::default()),
            TyKind::Basic(basic) => TyKind::Basic(basic.canon()),
            other => other.map_children(&mut Ty::canon),
        }
    }

    /// Calls `visit` with each type that this form is directly made of.
    pub fn each_child(&self, visit: &mut dyn FnMut(Ty)) {
        match self {
            TyKind::Basic(_) | TyKind::Any | TyKind::Param(_) => {}
            TyKind::Pointer(t)
            | TyKind::Slice(t)
            | TyKind::Array(_, t)
            | TyKind::Chan(_, t)
            | TyKind::Shape(t) => visit(*t),
            TyKind::Map(k, v) => {
                visit(*k);
                visit(*v);
            }
            TyKind::Struct(fields) => fields.iter().for_each(|f| visit(f.ty)),
            TyKind::Tuple(types) => types.iter().for_each(|t| visit(*t)),
            TyKind::Func(sig) => sig.params.iter().chain(&sig.results).for_each(|t| visit(*t)),
            TyKind::Interface(it) => {
                it.methods.iter().for_each(|m| visit(m.sig));
                it.embeds.iter().for_each(|t| visit(*t));
            }
            TyKind::Union(terms) => terms.iter().for_each(|t| visit(t.ty)),
            TyKind::Named(named) => named.args.iter().for_each(|t| visit(*t)),
        }
    }

    /// This form with each of its direct parts replaced.
    pub fn map_children(&self, map: &mut dyn FnMut(Ty) -> Ty) -> TyKind {
        match self {
            TyKind::Basic(_) | TyKind::Any | TyKind::Param(_) => self.clone(),
            TyKind::Pointer(t) => TyKind::Pointer(map(*t)),
            TyKind::Slice(t) => TyKind::Slice(map(*t)),
            TyKind::Array(len, t) => TyKind::Array(*len, map(*t)),
            TyKind::Chan(dir, t) => TyKind::Chan(*dir, map(*t)),
            TyKind::Shape(t) => TyKind::Shape(map(*t)),
            TyKind::Map(k, v) => TyKind::Map(map(*k), map(*v)),
            TyKind::Struct(fields) => {
                TyKind::Struct(fields.iter().map(|f| Field { ty: map(f.ty), ..*f }).collect())
            }
            TyKind::Tuple(types) => TyKind::Tuple(types.iter().map(|t| map(*t)).collect()),
            TyKind::Func(sig) => TyKind::Func(Signature {
                params: sig.params.iter().map(|t| map(*t)).collect(),
                results: sig.results.iter().map(|t| map(*t)).collect(),
                variadic: sig.variadic,
            }),
            TyKind::Interface(it) => TyKind::Interface(Interface {
                methods: it.methods.iter().map(|m| Method { sig: map(m.sig), ..*m }).collect(),
                embeds: it.embeds.iter().map(|t| map(*t)).collect(),
                implicit: it.implicit,
                comparable: it.comparable,
            }),
            TyKind::Union(terms) => {
                TyKind::Union(terms.iter().map(|t| Term { ty: map(t.ty), ..*t }).collect())
            }
            TyKind::Named(named) => TyKind::Named(Named {
                def: named.def,
                args: named.args.iter().map(|t| map(*t)).collect(),
            }),
        }
    }
}

impl PartialEq for Ty {
    fn eq(&self, other: &Ty) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Ty {}

impl Hash for Ty {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.0).hash(state);
    }
}

impl fmt::Debug for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            TyKind::Basic(basic) => write!(f, "{basic:?}"),
            TyKind::Named(named) if named.args.is_empty() => write!(f, "{:?}", named.def),
            TyKind::Named(named) => write!(f, "{:?}{:?}", named.def, named.args),
            TyKind::Param(param) => write!(f, "{}", param.name),
            kind => write!(f, "{kind:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_types_are_one_pointer() {
        let int = Ty::basic(Basic::Int);
        assert_eq!(Ty::slice(int), Ty::slice(Ty::basic(Basic::Int)));
        assert_ne!(Ty::slice(int), Ty::pointer(int));
    }

    #[test]
    fn byte_and_uint8_differ_as_written_and_agree_in_canonical_form() {
        let bytes = Ty::slice(Ty::basic(Basic::Byte));
        let uint8s = Ty::slice(Ty::basic(Basic::Uint8));
        assert_ne!(bytes, uint8s);
        assert_eq!(bytes.canon(), uint8s);
        assert_eq!(Ty::slice(Ty::any()).canon(), Ty::slice(Ty::empty_interface()));
    }

    #[test]
    fn a_type_knows_whether_a_type_parameter_occurs_in_it() {
        let owner = DefId::new(PkgId::new("p"), "F".into());
        let param = Ty::new(TyKind::Param(TypeParam { owner, index: 0, name: "T".into() }));
        assert!(Ty::slice(Ty::pointer(param)).has_tparams());
        assert!(!Ty::slice(Ty::any()).has_tparams());
    }
}
