//! Types in the words of the type checker's messages, also for hovers.
//!
//! What the compiler's back end prints is different: [`super::format_backend`].
//!
//! Upstream: `cmd/compile/internal/types2/typestring.go`.

use std::fmt::Write;

use super::cx::{Cx, EXPANSION_LIMIT, deep};
use super::env::TypeParamDef;
use super::ty::{Basic, ChanDir, DefId, Interface, PkgId, Signature, Ty, TyKind};
use crate::symbol::Symbol;

/// A type as the type checker's messages show it.
pub fn type_string(cx: &Cx<'_>, ty: Ty) -> String {
    Writer::new(cx, Names::Qualified).finish(|w| w.ty(ty))
}

/// A type with packages named by their import path.
pub fn type_string_with_paths(cx: &Cx<'_>, ty: Ty) -> String {
    Writer::new(cx, Names::Paths).finish(|w| w.ty(ty))
}

/// The parameters and results of a function type, with names where there are any.
pub fn signature_string(
    cx: &Cx<'_>,
    sig: Ty,
    tparams: &[TypeParamDef],
    param_names: &[Option<Symbol>],
    result_names: &[Option<Symbol>],
) -> String {
    let TyKind::Func(sig) = sig.kind() else { return type_string(cx, sig) };
    Writer::new(cx, Names::Qualified).finish(|w| {
        w.tparams(tparams);
        w.tuple(&sig.params, param_names, sig.variadic);
        w.results(&sig.results, result_names);
    })
}

/// A method's name and type, as messages about wrong methods show it. With `full`, packages are
/// named by their path.
pub(super) fn func_string(
    cx: &Cx<'_>,
    name: Symbol,
    sig: Ty,
    tparams: &[TypeParamDef],
    full: bool,
) -> String {
    let names = if full { Names::Paths } else { Names::Qualified };
    Writer::new(cx, names).finish(|w| {
        w.out.push_str(name.as_str());
        if let TyKind::Func(sig) = sig.kind() {
            w.tparams(tparams);
            w.signature(sig);
        }
    })
}

/// The name of a predeclared type.
pub fn basic_name(basic: Basic) -> &'static str {
    match basic {
        Basic::Invalid => "invalid type",
        Basic::Bool => "bool",
        Basic::Int => "int",
        Basic::Int8 => "int8",
        Basic::Int16 => "int16",
        Basic::Int32 => "int32",
        Basic::Int64 => "int64",
        Basic::Uint => "uint",
        Basic::Uint8 => "uint8",
        Basic::Uint16 => "uint16",
        Basic::Uint32 => "uint32",
        Basic::Uint64 => "uint64",
        Basic::Uintptr => "uintptr",
        Basic::Float32 => "float32",
        Basic::Float64 => "float64",
        Basic::Complex64 => "complex64",
        Basic::Complex128 => "complex128",
        Basic::String => "string",
        Basic::UnsafePointer => "unsafe.Pointer",
        Basic::UntypedBool => "untyped bool",
        Basic::UntypedInt => "untyped int",
        Basic::UntypedRune => "untyped rune",
        Basic::UntypedFloat => "untyped float",
        Basic::UntypedComplex => "untyped complex",
        Basic::UntypedString => "untyped string",
        Basic::UntypedNil => "untyped nil",
        Basic::Byte => "byte",
        Basic::Rune => "rune",
    }
}

/// A text as a Go string literal, as `strconv.Quote` writes it.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Longer texts are cut: shared parts make them grow without end.
pub(super) const TEXT_LIMIT: usize = 1 << 20;

/// How packages are named.
#[derive(Clone, Copy, PartialEq)]
enum Names {
    Qualified,
    Paths,
}

struct Writer<'c, 'd> {
    cx: &'c Cx<'d>,
    names: Names,
    out: String,
    depth: usize,
}

impl<'c, 'd> Writer<'c, 'd> {
    fn new(cx: &'c Cx<'d>, names: Names) -> Writer<'c, 'd> {
        Writer { cx, names, out: String::new(), depth: 0 }
    }

    fn finish(mut self, write: impl FnOnce(&mut Self)) -> String {
        write(&mut self);
        self.out
    }

    fn list<T>(&mut self, items: &[T], between: &str, mut write: impl FnMut(&mut Self, &T)) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push_str(between);
            }
            write(self, item);
        }
    }

    fn ty(&mut self, ty: Ty) {
        if self.depth > 10 * EXPANSION_LIMIT || self.out.len() > TEXT_LIMIT {
            self.out.push('…');
            return;
        }
        self.depth += 1;
        deep(|| self.kind(ty));
        self.depth -= 1;
    }

    fn kind(&mut self, ty: Ty) {
        match ty.kind() {
            TyKind::Basic(basic) => self.out.push_str(basic_name(*basic)),
            TyKind::Any => self.out.push_str("any"),
            TyKind::Pointer(elem) => {
                self.out.push('*');
                self.ty(*elem);
            }
            TyKind::Slice(elem) => {
                self.out.push_str("[]");
                self.ty(*elem);
            }
            TyKind::Array(len, elem) => {
                let _ = write!(self.out, "[{len}]");
                self.ty(*elem);
            }
            TyKind::Map(key, value) => {
                self.out.push_str("map[");
                self.ty(*key);
                self.out.push(']');
                self.ty(*value);
            }
            TyKind::Chan(dir, elem) => {
                self.out.push_str(match dir {
                    ChanDir::Both => "chan ",
                    ChanDir::Send => "chan<- ",
                    ChanDir::Recv => "<-chan ",
                });
                let receives = matches!(elem.kind(), TyKind::Chan(ChanDir::Recv, _));
                if *dir == ChanDir::Both && receives {
                    self.out.push('(');
                    self.ty(*elem);
                    self.out.push(')');
                } else {
                    self.ty(*elem);
                }
            }
            TyKind::Struct(fields) => {
                self.out.push_str("struct{");
                self.list(fields, "; ", |w, field| {
                    if !field.embedded {
                        w.out.push_str(field.name.as_str());
                        w.out.push(' ');
                    }
                    w.ty(field.ty);
                    if !field.tag.is_empty() {
                        w.out.push(' ');
                        w.out.push_str(&quote(field.tag.as_str()));
                    }
                });
                self.out.push('}');
            }
            TyKind::Tuple(types) => self.tuple(types, &[], false),
            TyKind::Func(sig) => {
                self.out.push_str("func");
                self.signature(sig);
            }
            TyKind::Interface(iface) => self.interface(iface),
            TyKind::Union(terms) => self.list(terms, " | ", |w, term| {
                if term.tilde {
                    w.out.push('~');
                }
                w.ty(term.ty);
            }),
            TyKind::Named(named) => {
                self.def_name(named.def);
                if named.args.is_empty() {
                    let tparams = self.cx.defs.type_params(named.def);
                    self.tparams(&tparams);
                    return;
                }
                // The arguments of an enclosing function are not shown.
                let own = own_args(named.def, &named.args, self.cx);
                if !own.is_empty() {
                    self.out.push('[');
                    self.list(own, ", ", |w, arg| w.ty(*arg));
                    self.out.push(']');
                }
            }
            TyKind::Param(param) => self.out.push_str(param.name.as_str()),
            TyKind::Shape(inner) => {
                self.out.push_str("go.shape.");
                self.ty(*inner);
            }
        }
    }

    fn interface(&mut self, iface: &Interface) {
        if iface.comparable && iface.methods.is_empty() && iface.embeds.is_empty() {
            self.out.push_str("interface{comparable}");
            return;
        }
        if iface.implicit {
            if let ([], [one]) = (&*iface.methods, &*iface.embeds) {
                return self.ty(*one);
            }
            self.out.push_str("/* implicit */ ");
        }
        self.out.push_str("interface{");
        self.list(&iface.methods, "; ", |w, method| {
            w.out.push_str(method.name.as_str());
            if let TyKind::Func(sig) = method.sig.kind() {
                w.signature(sig);
            }
        });
        if !iface.methods.is_empty() && !iface.embeds.is_empty() {
            self.out.push_str("; ");
        }
        self.list(&iface.embeds, "; ", |w, embed| w.ty(*embed));
        self.out.push('}');
    }

    fn signature(&mut self, sig: &Signature) {
        self.tuple(&sig.params, &[], sig.variadic);
        self.results(&sig.results, &[]);
    }

    fn results(&mut self, results: &[Ty], names: &[Option<Symbol>]) {
        match results {
            [] => {}
            [one] if names.first().is_none_or(Option::is_none) => {
                self.out.push(' ');
                self.ty(*one);
            }
            _ => {
                self.out.push(' ');
                self.tuple(results, names, false);
            }
        }
    }

    fn tuple(&mut self, types: &[Ty], names: &[Option<Symbol>], variadic: bool) {
        self.out.push('(');
        for (index, ty) in types.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            if let Some(Some(name)) = names.get(index) {
                self.out.push_str(name.as_str());
                self.out.push(' ');
            }
            match ty.kind() {
                TyKind::Slice(elem) if variadic && index + 1 == types.len() => {
                    self.out.push_str("...");
                    self.ty(*elem);
                }
                // `append([]byte, string...)` has such a type.
                _ if variadic && index + 1 == types.len() => {
                    self.ty(*ty);
                    self.out.push_str("...");
                }
                _ => self.ty(*ty),
            }
        }
        self.out.push(')');
    }

    /// Type parameters with their constraints; neighbours share one: `[K, V any]`.
    fn tparams(&mut self, tparams: &[TypeParamDef]) {
        let Some(last) = tparams.last() else { return };
        self.out.push('[');
        for (index, tparam) in tparams.iter().enumerate() {
            if index > 0 {
                let before = tparams[index - 1].constraint;
                if before != tparam.constraint {
                    self.out.push(' ');
                    self.ty(before);
                }
                self.out.push_str(", ");
            }
            self.ty(tparam.ty);
        }
        self.out.push(' ');
        self.ty(last.constraint);
        self.out.push(']');
    }

    fn def_name(&mut self, def: DefId) {
        let package = def.package;
        let qualifier = match self.names {
            _ if package == PkgId::universe() => Symbol::EMPTY,
            Names::Qualified => self.cx.qualifier(package),
            Names::Paths => package.path,
        };
        if !qualifier.is_empty() {
            self.out.push_str(qualifier.as_str());
            self.out.push('.');
        }
        self.out.push_str(def.name.as_str());
    }
}

/// The type arguments that are written for a type, without those of the function around it.
pub(super) fn own_args<'t>(def: DefId, args: &'t [Ty], cx: &Cx<'_>) -> &'t [Ty] {
    &args[implicit_args(def, args, cx)..]
}

/// How many of the arguments are those of the function around a local type.
pub(super) fn implicit_args(def: DefId, args: &[Ty], cx: &Cx<'_>) -> usize {
    if def.parent.is_none() {
        return 0;
    }
    let tparams = cx.defs.type_params(def);
    let outer = tparams
        .iter()
        .take_while(|tparam| match tparam.ty.kind() {
            TyKind::Param(param) => param.owner != def,
            _ => false,
        })
        .count();
    outer.min(args.len())
}
