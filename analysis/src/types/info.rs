//! What checking one declaration has found out: the types, constants and meanings of its
//! expressions.
//!
//! The tables belong to one [`crate::syntax::ast::Decl`] and are indexed by its ids. They hold no
//! position, so they stay equal when the text around the declaration moves. Types are final:
//! untyped operands have got the type they are converted to, as `types2` records them.

use rustc_hash::FxHashMap;

use super::constant::Value;
use super::ty::{DefId, PkgId, Ty};
use crate::symbol::Symbol;
use crate::syntax::ast::{ExprId, Offset, StmtId};

/// The result of checking one declaration.
#[derive(Debug, Clone, Default)]
pub struct Info {
    /// The type of each expression, by [`ExprId`]; [`Ty::invalid`] where there is none. Calls with
    /// several results, and comma-ok expressions used as such, have a tuple.
    pub types: Vec<Ty>,
    /// What each expression is, by [`ExprId`].
    pub modes: Vec<Mode>,
    /// Values of constant expressions.
    pub consts: FxHashMap<ExprId, Value>,
    /// What a name means; for a qualified name `pkg.Name` the entry is that of the selector.
    pub uses: FxHashMap<ExprId, Object>,
    /// Selectors that are not qualified names.
    pub selections: FxHashMap<ExprId, Selection>,
    /// Instances: the expression that names a generic function (a name or selector, without the
    /// brackets), with the type arguments written or inferred.
    pub instances: FxHashMap<ExprId, Box<[Ty]>>,
    /// What is declared in here; parameters and results first, in order.
    pub locals: Vec<Local>,
    /// Which local a declaring name declares, by the offset of the name. Holds parameters, results
    /// and receivers that have a name, `:=`, `var`, `const`, `type`, `range`. (A type switch's
    /// name declares one local per clause: [`Info::implicits`].)
    pub decls: FxHashMap<Offset, LocalId>,
    /// The variable of a clause of `switch x := y.(type)`, by statement and clause index.
    pub implicits: FxHashMap<(StmtId, u32), LocalId>,
    /// Underlying types of the types declared in here.
    pub underlying: FxHashMap<DefId, Ty>,
    /// What is wrong, in source order. A declaration with errors gets no hints.
    pub errors: Vec<TypeError>,
    /// Whether something in here is of unknown type without being wrong itself: it comes from a
    /// package that is not known, `C` above all, or from a declaration with errors. What is decided
    /// about such a declaration is a guess.
    pub guessed: bool,
    /// Package-level objects of any package that were looked at: results are valid as long as none
    /// of these changes.
    pub reads: Vec<DefId>,
}

/// Points to a local of the same declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalId(pub u32);

/// A thing declared inside a declaration.
#[derive(Debug, Clone)]
pub struct Local {
    /// Its name.
    pub name: Symbol,
    /// The declaring name's place.
    pub pos: Offset,
    /// Its type.
    pub ty: Ty,
    /// What it is.
    pub kind: LocalKind,
}

/// The kinds of locals.
#[derive(Debug, Clone, PartialEq)]
pub enum LocalKind {
    /// A variable.
    Var,
    /// A receiver, parameter or result.
    Param,
    /// A constant.
    Const(Value),
    /// A type, defined or alias: `Local::ty`.
    Type,
}

/// What an expression is.
///
/// Upstream: `cmd/compile/internal/types2/operand.go`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Not an expression, or one that could not be checked.
    #[default]
    Invalid,
    /// A call without results.
    NoValue,
    /// The name of a built-in function.
    Builtin,
    /// A type.
    TypeExpr,
    /// A constant.
    Constant,
    /// Something addressable.
    Variable,
    /// An element of a map: assignable, not addressable, may be read with comma-ok.
    MapIndex,
    /// A computed value.
    Value,
    /// The predeclared `nil`.
    Nil,
    /// A value that may be read with comma-ok: receive, type assertion.
    CommaOk,
}

/// What a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// Declared in this declaration.
    Local(LocalId),
    /// A constant, variable, function or type at package level, here or elsewhere.
    Global(DefId),
    /// A type parameter of this declaration or its receiver, or a predeclared type.
    Type(Ty),
    /// A predeclared constant: `true`, `false`, `iota`.
    Const,
    /// A predeclared function, or one of package unsafe.
    Builtin(Builtin),
    /// `nil`.
    Nil,
    /// An imported package, in front of a dot.
    Package(PkgId),
}

/// Built-in functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of the functions")]
pub enum Builtin {
    Append,
    Cap,
    Clear,
    Close,
    Complex,
    Copy,
    Delete,
    Imag,
    Len,
    Make,
    Max,
    Min,
    New,
    Panic,
    Print,
    Println,
    Real,
    Recover,
    UnsafeAdd,
    UnsafeAlignof,
    UnsafeOffsetof,
    UnsafeSizeof,
    UnsafeSlice,
    UnsafeSliceData,
    UnsafeString,
    UnsafeStringData,
}

/// What `x.f` selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// What is selected.
    pub kind: SelectionKind,
    /// The type of `x` (or the type `x` itself in a method expression).
    pub recv: Ty,
    /// The way to the field or method: the index of each embedded field passed through, and then
    /// that of the field itself; a method has none.
    pub path: Box<[u32]>,
    /// Whether a pointer is followed on the way from `x`.
    pub indirect: bool,
}

/// What a selector selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectionKind {
    /// A field; the last entry of the path.
    Field,
    /// A method of a concrete type, called or as a method value.
    Method(DefId),
    /// A method of an interface or type parameter, by name.
    InterfaceMethod(Symbol),
    /// `T.Method` with a concrete method.
    MethodExpr(DefId),
    /// `T.Method` with an interface or type parameter `T`, by name.
    InterfaceMethodExpr(Symbol),
}

/// Something the compiler would not accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeError {
    /// Where, from the start of the declaration.
    pub pos: Offset,
    /// What, as `types2` words it.
    pub message: String,
}
