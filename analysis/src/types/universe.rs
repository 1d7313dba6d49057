//! The predeclared names, and what package unsafe offers.
//!
//! Upstream: `cmd/compile/internal/types2/universe.go`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::cx::{comparable_constraint, error_type};
use super::info::Builtin;
use super::ty::{Basic, Ty};
use crate::symbol::Symbol;

/// What a predeclared name stands for.
#[derive(Debug, Clone, Copy)]
pub enum Predeclared {
    /// A type.
    Type(Ty),
    /// `true` or `false`.
    Bool(bool),
    /// `iota`.
    Iota,
    /// `nil`.
    Nil,
    /// A function.
    Builtin(Builtin),
}

/// What `name` stands for where no declaration hides it.
pub fn lookup(name: Symbol) -> Option<Predeclared> {
    static UNIVERSE: LazyLock<FxHashMap<Symbol, Predeclared>> = LazyLock::new(universe);
    UNIVERSE.get(&name).copied()
}

/// What `unsafe.name` stands for.
pub fn unsafe_member(name: Symbol) -> Option<Predeclared> {
    Some(match name.as_str() {
        "Pointer" => Predeclared::Type(Ty::basic(Basic::UnsafePointer)),
        "Add" => Predeclared::Builtin(Builtin::UnsafeAdd),
        "Alignof" => Predeclared::Builtin(Builtin::UnsafeAlignof),
        "Offsetof" => Predeclared::Builtin(Builtin::UnsafeOffsetof),
        "Sizeof" => Predeclared::Builtin(Builtin::UnsafeSizeof),
        "Slice" => Predeclared::Builtin(Builtin::UnsafeSlice),
        "SliceData" => Predeclared::Builtin(Builtin::UnsafeSliceData),
        "String" => Predeclared::Builtin(Builtin::UnsafeString),
        "StringData" => Predeclared::Builtin(Builtin::UnsafeStringData),
        _ => return None,
    })
}

const BASICS: [(&str, Basic); 19] = [
    ("bool", Basic::Bool),
    ("int", Basic::Int),
    ("int8", Basic::Int8),
    ("int16", Basic::Int16),
    ("int32", Basic::Int32),
    ("int64", Basic::Int64),
    ("uint", Basic::Uint),
    ("uint8", Basic::Uint8),
    ("uint16", Basic::Uint16),
    ("uint32", Basic::Uint32),
    ("uint64", Basic::Uint64),
    ("uintptr", Basic::Uintptr),
    ("float32", Basic::Float32),
    ("float64", Basic::Float64),
    ("complex64", Basic::Complex64),
    ("complex128", Basic::Complex128),
    ("string", Basic::String),
    ("byte", Basic::Byte),
    ("rune", Basic::Rune),
];

/// The predeclared functions.
const BUILTINS: [(&str, Builtin); 18] = [
    ("append", Builtin::Append),
    ("cap", Builtin::Cap),
    ("clear", Builtin::Clear),
    ("close", Builtin::Close),
    ("complex", Builtin::Complex),
    ("copy", Builtin::Copy),
    ("delete", Builtin::Delete),
    ("imag", Builtin::Imag),
    ("len", Builtin::Len),
    ("make", Builtin::Make),
    ("max", Builtin::Max),
    ("min", Builtin::Min),
    ("new", Builtin::New),
    ("panic", Builtin::Panic),
    ("print", Builtin::Print),
    ("println", Builtin::Println),
    ("real", Builtin::Real),
    ("recover", Builtin::Recover),
];

fn universe() -> FxHashMap<Symbol, Predeclared> {
    let mut all = FxHashMap::default();
    for (name, basic) in BASICS {
        all.insert(name.into(), Predeclared::Type(Ty::basic(basic)));
    }
    for (name, builtin) in BUILTINS {
        all.insert(name.into(), Predeclared::Builtin(builtin));
    }
    all.insert("any".into(), Predeclared::Type(Ty::any()));
    all.insert("error".into(), Predeclared::Type(error_type()));
    all.insert("comparable".into(), Predeclared::Type(comparable_constraint()));
    all.insert("true".into(), Predeclared::Bool(true));
    all.insert("false".into(), Predeclared::Bool(false));
    all.insert("iota".into(), Predeclared::Iota);
    all.insert("nil".into(), Predeclared::Nil);
    all
}

/// How a call of a built-in function may stand on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// Not at all: its value must be used.
    Expression,
    /// As a statement.
    Statement,
}

/// How a built-in function is called.
#[derive(Debug, Clone, Copy)]
pub struct BuiltinShape {
    /// The name as messages show it.
    pub name: &'static str,
    /// The least number of arguments.
    pub args: usize,
    /// Whether there may be more.
    pub variadic: bool,
    /// Whether a call may be a statement.
    pub kind: CallKind,
}

/// How `builtin` is called.
pub fn shape(builtin: Builtin) -> BuiltinShape {
    use CallKind::{Expression, Statement};
    let (name, args, variadic, kind) = match builtin {
        Builtin::Append => ("append", 1, true, Expression),
        Builtin::Cap => ("cap", 1, false, Expression),
        Builtin::Clear => ("clear", 1, false, Statement),
        Builtin::Close => ("close", 1, false, Statement),
        Builtin::Complex => ("complex", 2, false, Expression),
        Builtin::Copy => ("copy", 2, false, Statement),
        Builtin::Delete => ("delete", 2, false, Statement),
        Builtin::Imag => ("imag", 1, false, Expression),
        Builtin::Len => ("len", 1, false, Expression),
        Builtin::Make => ("make", 1, true, Expression),
        Builtin::Max => ("max", 1, true, Expression),
        Builtin::Min => ("min", 1, true, Expression),
        Builtin::New => ("new", 1, false, Expression),
        Builtin::Panic => ("panic", 1, false, Statement),
        Builtin::Print => ("print", 0, true, Statement),
        Builtin::Println => ("println", 0, true, Statement),
        Builtin::Real => ("real", 1, false, Expression),
        Builtin::Recover => ("recover", 0, false, Statement),
        Builtin::UnsafeAdd => ("Add", 2, false, Expression),
        Builtin::UnsafeAlignof => ("Alignof", 1, false, Expression),
        Builtin::UnsafeOffsetof => ("Offsetof", 1, false, Expression),
        Builtin::UnsafeSizeof => ("Sizeof", 1, false, Expression),
        Builtin::UnsafeSlice => ("Slice", 2, false, Expression),
        Builtin::UnsafeSliceData => ("SliceData", 1, false, Expression),
        Builtin::UnsafeString => ("String", 2, false, Expression),
        Builtin::UnsafeStringData => ("StringData", 1, false, Expression),
    };
    BuiltinShape { name, args, variadic, kind }
}
