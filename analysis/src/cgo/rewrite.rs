//! The Go text that cgo makes of a file.
//!
//! Upstream: `cmd/cgo/gcc.go`, `rewriteCalls`, `rewriteRef`; `cmd/cgo/out.go`, `writeOutput`.

use std::fmt::Write as _;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::map::{Made, SourceMap};
use super::{Func, Name, Names, Use, Uses, c_name};
use crate::lines::FileLines;
use crate::symbol::Symbol;
use crate::syntax::ast::{Decl, DeclAt, ExprId, ExprKind, File, Import, UnaryOp};

/// A file after cgo.
#[derive(Debug)]
pub struct Rewritten {
    /// Go without C.
    pub text: Arc<str>,
    /// Where that stands in the user's text.
    pub map: SourceMap,
}

/// What cgo makes of a file. Names that are not known stay as they are.
pub fn rewrite(text: &str, file: &File, lines: &FileLines, names: &Names) -> Rewritten {
    let mut edits: Vec<Edit> = Vec::new();
    for import in file.imports.iter().filter(|import| import.path.as_str() == "C") {
        edits.extend(without_c(text, import));
    }
    let mut needs_unsafe = false;
    for at in &file.decls {
        let uses = Uses::of(&at.decl);
        if uses.refs.is_empty() {
            continue;
        }
        let mut rewriter = Rewriter::new(text, lines, names, at, &uses);
        edits.extend(rewriter.edits());
        needs_unsafe |= rewriter.needs_unsafe;
    }
    if needs_unsafe {
        let at = file.package_pos as usize + file.package.as_str().len();
        let mut import = Made::default();
        import.write("; import _cgo_unsafe \"unsafe\"", at);
        edits.push((at, at, import));
    }
    let made = edited(text, (0, text.len()), edits, 0);
    Rewritten { text: made.text.into(), map: made.map }
}

/// A stretch of the user's text, and what stands there instead.
type Edit = (usize, usize, Made);

/// A stretch of the user's text with its changes; lines after the first lose so many tabs.
fn edited(text: &str, (start, end): (usize, usize), mut edits: Vec<Edit>, tabs: usize) -> Made {
    edits.sort_by_key(|&(start, end, _)| (start, end));
    let mut made = Made::default();
    let copy = |made: &mut Made, mut from: usize, to: usize| {
        for line in text.get(from..to).unwrap_or_default().split_inclusive('\n') {
            let begins = text[..from].ends_with('\n') && from > start;
            let less = line.len() - line.trim_start_matches('\t').len();
            let less = if begins { less.min(tabs) } else { 0 };
            made.copy(&line[less..], from + less);
            from += line.len();
        }
    };
    let mut done = start;
    for (from, to, edit) in &edits {
        copy(&mut made, done, *from);
        made.append(edit);
        done = *to;
    }
    copy(&mut made, done, end);
    made
}

/// `import _ "unsafe"` stands for `import "C"`.
fn without_c(text: &str, import: &Import) -> Option<Edit> {
    let written = text.get(import.start as usize..import.end as usize)?;
    let quoted = written.find(['"', '`'])?;
    let (start, end) = (import.start as usize + quoted, import.start as usize + quoted + 3);
    let mut made = Made::default();
    made.write("_ \"unsafe\"", start);
    Some((start, end, made))
}

struct Rewriter<'a> {
    text: &'a str,
    lines: &'a FileLines,
    names: &'a Names,
    decl: &'a Decl,
    start: usize,
    uses: &'a Uses,
    /// What each `C.name` is and how it is used, by the expression.
    refs: FxHashMap<ExprId, (Symbol, Use)>,
    /// Whether the text made needs package unsafe.
    needs_unsafe: bool,
}

/// What becomes of an argument.
enum Replaced<'a> {
    /// Nothing but what becomes of every argument.
    Nothing,
    /// One expression in it has another text.
    By(ExprId, &'a str),
}

impl<'a> Rewriter<'a> {
    fn new(
        text: &'a str,
        lines: &'a FileLines,
        names: &'a Names,
        at: &'a DeclAt,
        uses: &'a Uses,
    ) -> Rewriter<'a> {
        let refs = uses.refs.iter().map(|&(id, name, context)| (id, (name, context))).collect();
        let (decl, start) = (&*at.decl, at.start as usize);
        Rewriter { text, lines, names, decl, start, uses, refs, needs_unsafe: false }
    }

    /// The changes of a declaration.
    fn edits(&mut self) -> Vec<Edit> {
        let whole = (self.start, self.start + self.decl.len as usize);
        self.changes(whole, Vec::new(), Self::name_alone)
    }

    /// The changes of a stretch of the file, beside some that are given: calls first, outer ones
    /// before those inside of them, then the names that are left.
    fn changes(
        &mut self,
        (start, end): (usize, usize),
        mut edits: Vec<Edit>,
        replace: fn(&Self, ExprId, Symbol, &Name, Use) -> Made,
    ) -> Vec<Edit> {
        let (uses, names) = (self.uses, self.names);
        let is_open = |edits: &[Edit], (from, to): (usize, usize)| {
            start <= from && to <= end && !edits.iter().any(|edit| edit.0 <= from && to <= edit.1)
        };
        for &call in &uses.calls {
            let range = self.range(call);
            if is_open(&edits, range)
                && let Some(made) = self.call(call)
            {
                edits.push((range.0, range.1, made));
            }
        }
        for &(e, name, context) in &uses.refs {
            let range = self.range(e);
            if is_open(&edits, range)
                && let Some(kind) = names.get(&name)
            {
                edits.push((range.0, range.1, replace(self, e, name, kind, context)));
            }
        }
        edits
    }

    /// What stands for a name, with positions around it. Upstream: `rewriteRef`.
    fn name_alone(&self, e: ExprId, name: Symbol, kind: &Name, context: Use) -> Made {
        let (at, end) = self.range(e);
        let is_type = matches!(kind, Name::Type);
        let mut made = Made::default();
        if !is_type {
            made.write("(", at);
        }
        made.write(" ", at);
        made.write(&self.place(at), at);
        made.write(&mangled(name, kind, context, ""), at);
        let after = self.lines.position(end as u32);
        let less = u32::from(!is_type);
        if after.column > less {
            made.write(&format!(" /*line :{}:{}*/", after.line, after.column - less), end);
        }
        if !is_type {
            made.write(")", end);
        }
        made
    }

    /// What stands for a name inside a call that is rewritten. Upstream: `rewriteName`.
    fn name_inside(&self, e: ExprId, name: Symbol, kind: &Name, context: Use) -> Made {
        let (at, end) = self.range(e);
        let position = self.lines.position(end as u32);
        let is_same = mangled_name(name.as_str(), kind, context).len() == name.as_str().len();
        let after = match position.column {
            column if column > 0 && !is_same => format!(" /*line :{}:{column}*/", position.line),
            _ => String::new(),
        };
        let text = mangled(name, kind, context, &after);
        let closed = text.starts_with('*') && self.uses.operands.contains(&e);
        let mut made = Made::default();
        made.write(&if closed { format!("({text})") } else { text }, at);
        made
    }

    /// The stretch of the file that is an expression's.
    fn range(&self, e: ExprId) -> (usize, usize) {
        let expr = &self.decl[e];
        (self.start + expr.start as usize, self.start + expr.end as usize)
    }

    /// A comment that sets the position of what follows. Upstream: `gofmtPos`.
    fn place(&self, at: usize) -> String {
        let position = self.lines.position(at as u32);
        match position.column {
            0 => String::new(),
            column => format!("/*line :{}:{column}*/", position.line),
        }
    }

    /// A call that passes pointers, as the call of a literal in which they are checked. `None` if
    /// no argument needs it. Upstream: `rewriteCall`.
    fn call(&mut self, call: ExprId) -> Option<Made> {
        let ExprKind::Call { fun, args, .. } = &self.decl[call].kind else { return None };
        let &(name, context) = self.refs.get(fun)?;
        let Some(kind @ Name::Func(func)) = self.names.get(&name) else { return None };
        if name.as_str() == super::MALLOC || args.len() != func.params.len() {
            return None;
        }
        let params = || func.params.iter().zip(args.iter().copied());
        if !params().any(|(param, arg)| param.checked && !self.is_nil(arg)) {
            return None;
        }
        let (at, end) = self.range(call);
        let is_deferred = self.uses.deferred.contains(&call);
        let mut made = Made::default();
        made.write(&self.head(func, context, is_deferred), at);
        let mut checks = String::new();
        for (index, (param, arg)) in params().enumerate() {
            self.argument(&mut made, &mut checks, index, param, arg);
        }
        if is_deferred {
            made.write("return func() { ", at);
        }
        made.write(&checks, at);
        let has_result = func.result.is_some() || context == Use::Call2;
        if has_result && !is_deferred {
            made.write("return ", at);
        }
        let passed: Vec<String> = (0..args.len()).map(|index| format!("_cgo{index}")).collect();
        let callee = mangled(name, kind, context, "");
        // The `(` is where the compiler sees the call; for the user that is the call's own.
        let open = self.start + self.decl[call].pos as usize;
        made.write(&self.place(end), open);
        made.write(&format!("{callee}({}); ", passed.join(", ")), open);
        made.write(if is_deferred { "}}()" } else { "}" }, open);
        made.write("()", open);
        Some(made)
    }

    /// The head of the literal.
    fn head(&mut self, func: &Func, context: Use, is_deferred: bool) -> String {
        if is_deferred {
            return "func() func() { ".to_owned();
        }
        let result = func.result.as_deref().map(|ty| self.with_unsafe(ty));
        let result = result.unwrap_or_default();
        if context == Use::Call2 {
            let result = if result.is_empty() { "_Ctype_void" } else { &result };
            return format!("func() ({result}, error){{ ");
        }
        format!("func() {result}{{ ")
    }

    /// A variable for an argument, and its check.
    fn argument(
        &mut self,
        made: &mut Made,
        checks: &mut String,
        index: usize,
        param: &super::Param,
        arg: ExprId,
    ) {
        let at = self.range(arg).0;
        let place = self.mangled_place(arg, true);
        let plain = param.bad_pointer || self.is_string_data(arg);
        if !param.checked || self.is_nil(arg) || plain {
            let ty = self.with_unsafe(&param.ty);
            made.write(&format!("var _cgo{index} {ty} = {place}"), at);
            made.append(&self.expr(arg, &Replaced::Nothing));
            made.write("; ", at);
            return;
        }
        let x = self.without_conversions(arg);
        let indexed = match self.decl[x].kind {
            ExprKind::Unary { op: UnaryOp::Addr, x } => match self.decl[x].kind {
                ExprKind::Index { x, ref indices } if indices.len() == 1 => Some(x),
                _ => None,
            },
            _ => None,
        };
        let (base, checked, instead) = if let Some(indexed) = indexed {
            let name = format!("_cgoIndex{index}");
            let is_variable = self.is_variable(indexed);
            let (addr, deref) = if is_variable { ("&", "*") } else { ("", "") };
            let place = self.mangled_place(indexed, false);
            made.write(&format!("{name} := {addr}{place}"), self.range(indexed).0);
            made.append(&self.expr(indexed, &Replaced::Nothing));
            made.write("; ", at);
            let instead = if is_variable { format!("(*{name})") } else { name.clone() };
            (indexed, format!("_cgo{index}, {deref}{name}"), instead)
        } else {
            let kind = match self.decl[x].kind {
                ExprKind::Unary { op: UnaryOp::Addr, .. } => "Base",
                ExprKind::Slice { .. } => "Slice",
                _ => {
                    made.write(&format!("_cgo{index} := {place}"), at);
                    made.append(&self.expr(arg, &Replaced::Nothing));
                    made.write("; ", at);
                    let _ = write!(checks, "_cgoCheckPointer(_cgo{index}, nil); ");
                    return;
                }
            };
            let name = format!("_cgo{kind}{index}");
            let place = self.mangled_place(x, false);
            made.write(&format!("{name} := {place}"), self.range(x).0);
            made.append(&self.expr(x, &Replaced::Nothing));
            made.write("; ", at);
            (x, format!("{name}, 0 == 0"), name)
        };
        let place = if base == arg { String::new() } else { self.mangled_place(arg, false) };
        made.write(&format!("_cgo{index} := {place}"), at);
        made.append(&self.expr(arg, &Replaced::By(base, &instead)));
        made.write("; ", at);
        let _ = write!(checks, "_cgoCheckPointer({checked}); ");
    }

    /// An expression inside a call that is rewritten. Upstream: `mangle`.
    fn expr(&mut self, e: ExprId, replaced: &Replaced<'_>) -> Made {
        let (start, end) = self.range(e);
        let mut edits = Vec::new();
        if let Replaced::By(part, text) = *replaced {
            let (from, to) = self.range(part);
            let mut made = Made::default();
            made.write(text, from);
            edits.push((from, to, made));
        }
        let edits = self.changes((start, end), edits, Self::name_inside);
        // It is printed as if it stood at the beginning of a line.
        let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let tabs = self.text[line..].len() - self.text[line..].trim_start_matches('\t').len();
        edited(self.text, (start, end), edits, tabs)
    }

    /// The comment before an expression inside a call that is rewritten: none if the expression
    /// begins with a name that was put there, which has no position. `whole` for one whose place
    /// was taken before that.
    fn mangled_place(&self, e: ExprId, whole: bool) -> String {
        let (at, _) = self.range(e);
        let mut first = e;
        loop {
            first = match &self.decl[first].kind {
                ExprKind::Call { fun: x, .. }
                | ExprKind::Index { x, .. }
                | ExprKind::Slice { x, .. }
                | ExprKind::TypeAssert { x, .. }
                | ExprKind::Binary { x, .. }
                | ExprKind::KeyValue { key: x, .. }
                | ExprKind::CompositeLit { ty: Some(x), .. } => *x,
                ExprKind::Selector { x, .. } if !self.refs.contains_key(&first) => *x,
                _ => break,
            };
        }
        let Some(&(name, context)) = self.refs.get(&first) else { return self.place(at) };
        let keeps = match self.names.get(&name) {
            None | Some(Name::Var) => true,
            Some(Name::Func(_)) => context == Use::Other,
            Some(_) => false,
        };
        if keeps || (whole && first == e) { self.place(at) } else { String::new() }
    }

    /// A type as it is written where `unsafe` may mean something else. Upstream: `rewriteUnsafe`.
    fn with_unsafe(&mut self, ty: &str) -> String {
        let written = ty.replace("unsafe.Pointer", "_cgo_unsafe.Pointer");
        self.needs_unsafe |= written != ty;
        written
    }

    fn is_nil(&self, e: ExprId) -> bool {
        matches!(self.decl[e].kind, ExprKind::Name(name) if name.as_str() == "nil")
    }

    /// The operand of the conversions that an expression is made of.
    fn without_conversions(&self, mut e: ExprId) -> ExprId {
        while let ExprKind::Call { fun, ref args, .. } = self.decl[e].kind
            && let [arg] = **args
            && (self.is_type(fun) || self.is_data(fun, &["SliceData", "StringData"]))
        {
            e = arg;
        }
        e
    }

    /// Whether a pointer is that of a string's bytes. Upstream: `checkUnsafeStringData`.
    fn is_string_data(&self, mut e: ExprId) -> bool {
        while let ExprKind::Call { fun, ref args, .. } = self.decl[e].kind
            && let [arg] = **args
        {
            if self.is_data(fun, &["StringData"]) {
                return true;
            }
            if !self.is_type(fun) {
                return false;
            }
            e = arg;
        }
        false
    }

    /// Whether an expression is one of these functions of package unsafe.
    fn is_data(&self, e: ExprId, names: &[&str]) -> bool {
        let ExprKind::Selector { x, sel } = self.decl[e].kind else { return false };
        let is_unsafe =
            matches!(self.decl[x].kind, ExprKind::Name(name) if name.as_str() == "unsafe");
        is_unsafe && names.contains(&sel.name.as_str())
    }

    /// Whether an expression is a type for certain. Upstream: `isType`.
    fn is_type(&self, e: ExprId) -> bool {
        const KNOWN: [&str; 20] = [
            "bool",
            "byte",
            "complex64",
            "complex128",
            "error",
            "float32",
            "float64",
            "int",
            "int8",
            "int16",
            "int32",
            "int64",
            "rune",
            "string",
            "uint",
            "uint8",
            "uint16",
            "uint32",
            "uint64",
            "uintptr",
        ];
        match &self.decl[e].kind {
            ExprKind::Selector { .. } => match c_name(self.decl, e) {
                Some(name) => matches!(self.names.get(&name), Some(Name::Type)),
                None => self.is_data(e, &["Pointer"]),
            },
            ExprKind::Name(name) => {
                KNOWN.contains(&name.as_str()) || name.as_str().starts_with("_Ctype_")
            }
            ExprKind::Paren(x) | ExprKind::Star(x) => self.is_type(*x),
            ExprKind::ArrayType { .. }
            | ExprKind::SliceType(_)
            | ExprKind::StructType(_)
            | ExprKind::FuncType(_)
            | ExprKind::InterfaceType(_)
            | ExprKind::MapType { .. }
            | ExprKind::ChanType { .. } => true,
            _ => false,
        }
    }

    /// Whether an expression is a variable, perhaps with fields. Upstream: `isVariable`.
    fn is_variable(&self, e: ExprId) -> bool {
        match self.decl[e].kind {
            ExprKind::Name(_) | ExprKind::Index { .. } => true,
            ExprKind::Selector { x, .. } => !self.refs.contains_key(&e) && self.is_variable(x),
            _ => false,
        }
    }
}

/// The name that cgo gives to a C name. Upstream: `mangleName`.
pub fn mangled_name(name: &str, kind: &Name, context: Use) -> String {
    let prefix = match kind {
        Name::Iconst => "_Ciconst_",
        Name::Fconst => "_Cfconst_",
        Name::Sconst => "_Csconst_",
        Name::Type => "_Ctype_",
        Name::Var => "_Cvar_",
        Name::Macro => "_Cmacro_",
        Name::Func(_) => match context {
            Use::Call => "_Cfunc_",
            Use::Call2 => "_C2func_",
            Use::Other => "_Cfpvar_fp_",
        },
    };
    format!("{prefix}{name}")
}

/// What stands for a C name, with a comment behind the name. Upstream: `rewriteName`.
fn mangled(name: Symbol, kind: &Name, context: Use, after: &str) -> String {
    let made = mangled_name(name.as_str(), kind, context) + after;
    match (kind, context) {
        (Name::Var, _) => format!("*{made}"),
        (Name::Macro, Use::Other) => format!("{made}()"),
        (Name::Func(_), Use::Other) => format!("_Cgo_ptr({made})"),
        _ => made,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cgo::Param;
    use crate::syntax::SourceTree;

    /// What becomes of statements that use a few names, told line by line.
    fn rewritten(body: &str) -> String {
        let text = format!("package p\nimport \"C\"\nfunc g() {{\n{body}\n}}\n");
        let param = |ty: &str, checked| Param { ty: ty.into(), checked, bad_pointer: false };
        let func = |params: Vec<Param>, result: Option<&str>| {
            Name::Func(Func { params, result: result.map(Into::into) })
        };
        let known = [
            ("N", Name::Iconst),
            ("int", Name::Type),
            ("t", Name::Type),
            ("v", Name::Var),
            ("m", Name::Macro),
            ("add", func(vec![param("_Ctype_int", false)], Some("_Ctype_int"))),
            ("p", func(vec![], Some("unsafe.Pointer"))),
            ("fill", func(vec![param("unsafe.Pointer", true)], None)),
            (
                "two",
                func(
                    vec![param("*_Ctype_t", true), param("_Ctype_int", false)],
                    Some("_Ctype_int"),
                ),
            ),
        ];
        let names = known.into_iter().map(|(name, kind)| (Symbol::new(name), kind)).collect();
        let tree = SourceTree::parse(text.as_str().into());
        let file = tree.file();
        let lines = FileLines::new("p.go".into(), &text, &file.line_directives);
        let made = rewrite(&text, &file, &lines, &names).text;
        let made = made.split_once("func g() {\n").unwrap().1;
        made.strip_suffix("\n}\n").unwrap().to_owned()
    }

    #[test]
    fn names_are_replaced_where_they_stand() {
        assert_eq!(
            rewritten("\tvar x C.int = C.add(C.N) + C.v + C.m"),
            "\tvar x  /*line :4:8*/_Ctype_int /*line :4:13*/ = \
             ( /*line :4:16*/_Cfunc_add /*line :4:20*/)(( /*line :4:22*/_Ciconst_N /*line :4:24*/)) + \
             ( /*line :4:29*/*_Cvar_v /*line :4:31*/) + ( /*line :4:35*/_Cmacro_m() /*line :4:37*/)"
        );
        assert_eq!(
            rewritten("\tx, err := C.add(1)\n\tf := C.add"),
            "\tx, err := ( /*line :4:12*/_C2func_add /*line :4:16*/)(1)\n\
             \tf := ( /*line :5:7*/_Cgo_ptr(_Cfpvar_fp_add) /*line :5:11*/)"
        );
    }

    #[test]
    fn calls_that_pass_pointers_check_them() {
        assert_eq!(
            rewritten("\tC.fill(q)"),
            "\tfunc() { _cgo0 := /*line :4:9*/q; _cgoCheckPointer(_cgo0, nil); \
             /*line :4:11*/_Cfunc_fill(_cgo0); }()"
        );
        assert_eq!(
            rewritten("\tC.two(&x, C.int(n))"),
            "\tfunc() _Ctype_int{ _cgoBase0 := /*line :4:8*/&x; _cgo0 := _cgoBase0; \
             var _cgo1 _Ctype_int = _Ctype_int /*line :4:17*/(n); \
             _cgoCheckPointer(_cgoBase0, 0 == 0); return /*line :4:21*/_Cfunc_two(_cgo0, _cgo1); }()"
        );
        assert_eq!(
            rewritten("\tC.fill(unsafe.Pointer(&b[0]))"),
            "\tfunc() { _cgoIndex0 := &/*line :4:25*/b; \
             _cgo0 := /*line :4:9*/unsafe.Pointer(&(*_cgoIndex0)[0]); \
             _cgoCheckPointer(_cgo0, *_cgoIndex0); /*line :4:31*/_Cfunc_fill(_cgo0); }()"
        );
        assert_eq!(
            rewritten("\tdefer C.fill(q)"),
            "\tdefer func() func() { _cgo0 := /*line :4:15*/q; \
             return func() { _cgoCheckPointer(_cgo0, nil); /*line :4:17*/_Cfunc_fill(_cgo0); }}()()"
        );
        assert_eq!(rewritten("\tC.fill(nil)"), "\t( /*line :4:2*/_Cfunc_fill /*line :4:7*/)(nil)");
    }

    #[test]
    fn calls_inside_of_arguments_are_rewritten_with_them() {
        assert_eq!(
            rewritten("\tC.two(C.p(), C.two(&v, 1))"),
            "\tfunc() _Ctype_int{ _cgo0 := _Cfunc_p /*line :4:11*/(); \
             var _cgo1 _Ctype_int = func() _Ctype_int{ _cgoBase0 := /*line :4:21*/&v; \
             _cgo0 := _cgoBase0; var _cgo1 _Ctype_int = /*line :4:25*/1; \
             _cgoCheckPointer(_cgoBase0, 0 == 0); return /*line :4:27*/_Cfunc_two(_cgo0, _cgo1); }(); \
             _cgoCheckPointer(_cgo0, nil); return /*line :4:28*/_Cfunc_two(_cgo0, _cgo1); }()"
        );
        let several = rewritten("\tC.fill(&T{\n\t\tx: 1,\n\t})");
        assert!(several.contains("/*line :4:9*/&T{\n\tx: 1,\n};"), "{several}");
    }

    #[test]
    fn what_was_made_leads_back_to_the_users_text() {
        let text = "package p\nimport \"C\"\nvar x = C.N + y\n";
        let names = [(Symbol::new("N"), Name::Iconst)].into_iter().collect();
        let file = SourceTree::parse(text.into()).file();
        let lines = FileLines::new("p.go".into(), text, &[]);
        let made = rewrite(text, &file, &lines, &names);
        let origin = |part: &str| {
            let at = made.map.origin(made.text.find(part).unwrap() as u32) as usize;
            &text[at..]
        };
        assert!(origin("var x").starts_with("var x"));
        assert!(origin("_Ciconst_N").starts_with("C.N"));
        assert!(origin("+ y").starts_with("+ y"));
    }
}
