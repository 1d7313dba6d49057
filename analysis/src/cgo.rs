//! Files that import "C": what cgo makes of them.
//!
//! The compiler never sees such a file. cgo writes Go in its place, in which `C.name` is a name of
//! the package itself, and beside it a file of declarations, `_cgo_gotypes.go`. Here the same text
//! is made ([`rewrite`]), so that all that follows knows nothing of C; [`SourceMap`] leads back to
//! the text of the user. What the C names are is asked of the [host](crate::host::Files::cgo).
//!
//! Upstream: `cmd/cgo`.

mod map;
mod rewrite;

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub use self::map::SourceMap;
pub use self::rewrite::{Rewritten, mangled_name, rewrite};
use crate::symbol::Symbol;
use crate::syntax::ast::{Decl, DeclKind, ExprId, ExprKind, File, StmtKind};

/// The file in which cgo declares what stands behind the C names.
pub const TYPES_FILE: &str = "_cgo_gotypes.go";

/// What is known of the C names of a package.
#[derive(Debug, PartialEq, Eq)]
pub struct Package {
    /// The text of `_cgo_gotypes.go`: the declarations behind the names.
    pub types: Arc<str>,
    /// The names of each file, in the order of the files.
    pub files: Vec<Names>,
}

/// What is known of the C names of one file.
pub type Names = FxHashMap<Symbol, Name>;

/// A name as in `C.name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// An integer.
    Iconst,
    /// A number with a fraction.
    Fconst,
    /// A string.
    Sconst,
    /// A type.
    Type,
    /// A variable.
    Var,
    /// A macro that is neither a constant nor a type: an expression.
    Macro,
    /// A function.
    Func(Func),
}

/// A C function as Go sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Func {
    /// Its parameters.
    pub params: Vec<Param>,
    /// The Go type of its result; `None` for `void`.
    pub result: Option<Box<str>>,
}

/// A parameter of a C function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Its Go type.
    pub ty: Box<str>,
    /// Whether it points to memory that may hold pointers, so that arguments are checked when the
    /// program runs. Upstream: `needsPointerCheck`.
    pub checked: bool,
    /// Whether it is a pointer type whose values may be none. Upstream: `BadPointer`.
    pub bad_pointer: bool,
}

/// How a C name is used. Upstream: `astContext`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// It is called.
    Call,
    /// It is called for its result and `errno`.
    Call2,
    /// Anything else.
    Other,
}

/// The C names that a file uses, each use once, sorted. Upstream: `saveRef`.
pub fn names_used(file: &File) -> Vec<(Symbol, Use)> {
    let mut used: Vec<(Symbol, Use)> = Vec::new();
    for at in &file.decls {
        let uses = Uses::of(&at.decl);
        used.extend(uses.refs.iter().map(|&(_, name, context)| (name, context)));
    }
    used.sort_by_key(|&(name, context)| (name.as_str(), context));
    used.dedup();
    used
}

/// The name that stands for `C.malloc`, which Go code gets a version of that never returns nil.
const MALLOC: &str = "_CMalloc";

/// The C names that a declaration uses.
struct Uses {
    /// Each `C.name`.
    refs: Vec<(ExprId, Symbol, Use)>,
    /// Each call of a C name, outer ones first.
    calls: Vec<ExprId>,
    /// Those calls that are deferred.
    deferred: FxHashSet<ExprId>,
    /// What stands before a selector, an index or a call.
    operands: FxHashSet<ExprId>,
}

impl Uses {
    fn of(decl: &Decl) -> Uses {
        let mut called: FxHashMap<ExprId, Use> = FxHashMap::default();
        let mut operands = FxHashSet::default();
        let mut calls = Vec::new();
        let two = pairs(decl);
        for (id, expr) in decl.exprs.iter().enumerate() {
            match expr.kind {
                ExprKind::Call { fun, .. } => {
                    let id = ExprId(id as u32);
                    let context = if two.contains(&id) { Use::Call2 } else { Use::Call };
                    called.insert(inner(decl, fun), context);
                    operands.insert(fun);
                    if c_name(decl, fun).is_some() {
                        calls.push(id);
                    }
                }
                ExprKind::Selector { x, .. }
                | ExprKind::Index { x, .. }
                | ExprKind::Slice { x, .. }
                | ExprKind::TypeAssert { x, .. } => _ = operands.insert(x),
                _ => {}
            }
        }
        calls.sort_by_key(|&call| (decl[call].start, std::cmp::Reverse(decl[call].end)));
        let ids = (0..decl.exprs.len()).map(|id| ExprId(id as u32));
        let refs = ids.filter_map(|id| {
            let context = called.get(&id).copied().unwrap_or(Use::Other);
            Some((id, c_name(decl, id)?, context))
        });
        let deferred = decl.stmts.iter().filter_map(|stmt| match stmt.kind {
            StmtKind::Defer(call) => Some(call),
            _ => None,
        });
        Uses { refs: refs.collect(), calls, deferred: deferred.collect(), operands }
    }
}

/// The calls whose results go to two variables.
fn pairs(decl: &Decl) -> FxHashSet<ExprId> {
    let mut found = FxHashSet::default();
    let mut add = |left: usize, right: &[ExprId]| {
        if let (2, &[right]) = (left, right) {
            found.insert(inner(decl, right));
        }
    };
    if let DeclKind::Var(spec) = &decl.kind {
        add(spec.names.len(), &spec.values);
    }
    for stmt in &decl.stmts {
        match &stmt.kind {
            StmtKind::Var(specs) => {
                specs.iter().for_each(|spec| add(spec.names.len(), &spec.values));
            }
            StmtKind::Assign { lhs, rhs } | StmtKind::Define { lhs, rhs } => add(lhs.len(), rhs),
            _ => {}
        }
    }
    found
}

/// An expression without the parentheses and stars around it, through which cgo looks.
fn inner(decl: &Decl, mut e: ExprId) -> ExprId {
    while let ExprKind::Paren(x) | ExprKind::Star(x) = decl[e].kind {
        e = x;
    }
    e
}

/// The name in `C.name`, as cgo calls it.
fn c_name(decl: &Decl, e: ExprId) -> Option<Symbol> {
    let ExprKind::Selector { x, sel } = decl[e].kind else { return None };
    // Where a constant declaration repeats the line above, so that no text stands here.
    let written = decl[e].end > decl[e].start + 1;
    let is_c = matches!(decl[x].kind, ExprKind::Name(name) if name.as_str() == "C");
    let name = if sel.name.as_str() == "malloc" { Symbol::new(MALLOC) } else { sel.name };
    (is_c && written && !sel.name.as_str().is_empty()).then_some(name)
}

/// Names what cgo made as the user wrote it, as the go command does in what the compiler prints.
///
/// Upstream: `cmd/go/internal/work/exec.go`, `cgoTypeSigRe`.
pub fn name_plainly(text: &mut String) {
    if let Cow::Owned(plain) = plain_names(text) {
        *text = plain;
    }
}

fn plain_names(text: &str) -> Cow<'_, str> {
    const MADE: [&str; 8] = [
        "_Ctype_",
        "_C2type_",
        "_Cfunc_",
        "_C2func_",
        "_Cvar_",
        "_C2var_",
        "_Cmacro_",
        "_C2macro_",
    ];
    if !text.contains("_C") {
        return text.into();
    }
    let is_word = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_C") {
        let (before, found) = rest.split_at(at);
        plain.push_str(before);
        let begins = !plain.bytes().next_back().is_some_and(is_word);
        let made = MADE.iter().find(|made| {
            let goes_on = found.as_bytes().get(made.len()).copied().is_some_and(is_word);
            found.starts_with(**made) && goes_on
        });
        match made.filter(|_| begins) {
            Some(made) => {
                plain.push_str("C.");
                rest = &found[made.len()..];
            }
            None => {
                plain.push_str("_C");
                rest = &found[2..];
            }
        }
    }
    plain.push_str(rest);
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::SourceTree;

    #[test]
    fn names_are_found_with_how_they_are_used() {
        let text = "package p\nimport \"C\"\nfunc f() {\n\tx, err := C.f(C.int(1))\n\t\
                    (C.g)()\n\tC.h.x = C.malloc(C.N)\n\tvar p *C.int = (*C.int)(nil)\n}\n";
        let used = names_used(&SourceTree::parse(text.into()).file());
        let used: Vec<String> =
            used.iter().map(|(name, context)| format!("{name} {context:?}")).collect();
        let wanted = ["N Other", "_CMalloc Call", "f Call2", "g Call", "h Other"];
        let ints = ["int Call", "int Other"];
        assert_eq!(used, [&wanted[..], &ints].concat());
    }

    #[test]
    fn made_names_are_printed_as_the_user_wrote_them() {
        let plain = plain_names("can inline _Cfunc_f with _C2func_g(*_Ctype_struct_s, x_Ctype_t)");
        assert_eq!(plain, "can inline C.f with C.g(*C.struct_s, x_Ctype_t)");
        assert_eq!(
            plain_names("_Cgo_use(p0) _Ciconst_N _Ctype_"),
            "_Cgo_use(p0) _Ciconst_N _Ctype_"
        );
    }
}
