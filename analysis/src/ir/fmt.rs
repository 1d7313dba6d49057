//! Nodes and functions as the compiler's messages show them.
//!
//! What the compiler made up by itself is left out where it can be: implicit `&`, `*` and
//! conversions vanish, parentheses come back from precedence. Statements that contain others are
//! just named (`for loop`), except for `if` and blocks.
//!
//! Upstream: `cmd/compile/internal/ir/fmt.go`; names in `ir/expr.go` (`MethodSymSuffix`) and
//! `ir/func.go`.

use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use super::func::{FuncId, FuncKey, SHAPES, func_package};
use super::node::{
    As2Op, BinaryOp, BuiltinOp, CallOp, ConvOp, Flags, FuncIdx, Kind, List, LocalId, NodeId,
    SliceOp, UnaryOp, Unit,
};
use crate::symbol::Symbol;
use crate::types::constant::{Value, fmt_const};
use crate::types::cx::deep;
use crate::types::env::FuncDef;
use crate::types::format_backend::BackendFormat;
use crate::types::predicates::is_untyped;
use crate::types::ty::{Basic, DefId, PkgId, Ty, TyKind};

/// Prints the nodes of a unit.
#[derive(Clone, Copy)]
pub struct NodeFormat<'p> {
    /// Who prints types and knows the names of packages.
    pub types: &'p BackendFormat<'p, 'p>,
    /// The unit.
    pub unit: &'p Unit,
    /// Nodes to be shown as they were before.
    pub before: Option<&'p FxHashMap<NodeId, Kind>>,
}

impl NodeFormat<'_> {
    /// An expression or statement. Upstream: `%v` of a node.
    pub fn node(&self, id: NodeId) -> String {
        let mut out = String::new();
        Printer { format: *self, out: &mut out }.node(id);
        out
    }

    /// Statements in one line. Upstream: `%v` of a list of nodes.
    pub fn stmts(&self, list: List) -> String {
        let mut out = String::new();
        Printer { format: *self, out: &mut out }.list(list, "; ");
        out
    }

    /// A variable's name.
    pub fn local(&self, local: LocalId) -> String {
        let local = &self.unit[local];
        qualified(self.types, local.package, local.name.as_str())
    }

    /// A function of the unit with its package. Upstream: `%v` of an `ir.Func`.
    pub fn func(&self, func: FuncIdx) -> String {
        let func = &self.unit[func];
        qualified(self.types, func.package, &func.name)
    }
}

/// A name, after that of its package unless this is the one being compiled.
fn qualified(types: &BackendFormat<'_, '_>, package: PkgId, name: &str) -> String {
    if package == types.local || package == PkgId::universe() {
        return name.to_owned();
    }
    let package = types.names.name(package);
    if package.is_empty() { name.to_owned() } else { format!("{package}.{name}") }
}

/// A function's name without its package: `F`, `(*T).M`, `F[go.shape.int]`, `T.M-fm`.
pub fn func_name(types: &BackendFormat<'_, '_>, func: FuncId) -> String {
    match func.key() {
        FuncKey::Declared(def) => declared_name(types, *def, &[]),
        FuncKey::Shaped(def, args) | FuncKey::Instance(def, args) => {
            declared_name(types, *def, args)
        }
        FuncKey::MethodWrapper { recv, name, package } => {
            method_name(types, func, *recv, *name, *package)
        }
        FuncKey::MethodValue { recv, name, package } => {
            method_name(types, func, *recv, *name, *package) + "-fm"
        }
        FuncKey::Init(_) => "init".to_owned(),
        FuncKey::MapInit(_, number) => format!("map.init.{number}"),
        FuncKey::Runtime(name) => name.to_string(),
    }
}

fn declared_name(types: &BackendFormat<'_, '_>, def: DefId, args: &[Ty]) -> String {
    let mut name = def.name.to_string();
    let Some(of) = def.parent else {
        if name == "init" {
            let _ = write!(name, ".{}", def.nth);
        }
        if !args.is_empty() {
            name.push_str(&types.type_args(args, 0));
        }
        return name;
    };
    let declared = types.cx.defs.func(def);
    let (of_recv, of_method) = split_type_args(declared.as_deref(), args);
    let mut recv = of.name.to_string();
    if !of_recv.is_empty() {
        recv.push_str(&types.type_args(of_recv, 0));
    }
    if !of_method.is_empty() {
        name.push_str(&types.type_args(of_method, 0));
    }
    let pointer = declared
        .and_then(|func| func.recv)
        .is_some_and(|ty| matches!(ty.kind(), TyKind::Pointer(_)));
    if pointer { format!("(*{recv}).{name}") } else { format!("{recv}.{name}") }
}

/// The type arguments of a method: those of the receiver's type, and its own.
fn split_type_args<'a>(method: Option<&FuncDef>, args: &'a [Ty]) -> (&'a [Ty], &'a [Ty]) {
    let own = method.map_or(0, |func| func.tparams.len()).min(args.len());
    args.split_at(args.len() - own)
}

/// The type arguments of a generic method itself, which are part of its name.
fn method_type_args(types: &BackendFormat<'_, '_>, func: FuncId) -> Option<String> {
    let (FuncKey::Shaped(def, args) | FuncKey::Instance(def, args)) = func.key() else {
        return None;
    };
    let declared = types.cx.defs.func(*def)?;
    let (_, own) = split_type_args(Some(&declared), args);
    if own.is_empty() { None } else { Some(types.type_args(own, 0)) }
}

fn method_name(
    types: &BackendFormat<'_, '_>,
    func: FuncId,
    recv: Ty,
    name: Symbol,
    package: Option<PkgId>,
) -> String {
    let short = |ty: Ty| match ty.kind() {
        TyKind::Named(named) => types.symbol_name(named),
        TyKind::Shape(_) => {
            let name = types.link_string(ty);
            name.strip_prefix(SHAPES).map_or(name.clone(), |name| name[1..].to_owned())
        }
        _ => types.link_string(ty),
    };
    let mut out = match recv.kind() {
        TyKind::Pointer(elem) => format!("(*{})", short(*elem)),
        _ => short(recv),
    };
    if let Some(package) = package.filter(|&package| package != func_package(func)) {
        let _ = write!(out, ".{}", types.link_prefix(package));
    }
    let _ = write!(out, ".{name}");
    out
}

struct Printer<'p, 'o> {
    format: NodeFormat<'p>,
    out: &'o mut String,
}

impl Printer<'_, '_> {
    fn kind(&self, id: NodeId) -> Kind {
        let before = self.format.before.and_then(|before| before.get(&id).copied());
        before.unwrap_or(self.format.unit[id].kind)
    }

    fn flag(&self, id: NodeId, flag: Flags) -> bool {
        self.format.unit[id].flags.has(flag)
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn ty(&mut self, ty: Ty) {
        let text = self.format.types.go_string(ty);
        self.text(&text);
    }

    fn symbol(&mut self, package: PkgId, name: &str) {
        let text = qualified(self.format.types, package, name);
        self.text(&text);
    }

    fn node(&mut self, id: NodeId) {
        if precedence(self.kind(id)) < 0 { deep(|| self.stmt(id)) } else { self.expr(id, 0) }
    }

    fn nodes(&mut self, nodes: &[NodeId], separator: &str) {
        for (at, &node) in nodes.iter().enumerate() {
            if at > 0 {
                self.text(separator);
            }
            self.node(node);
        }
    }

    fn list(&mut self, list: List, separator: &str) {
        let unit = self.format.unit;
        self.nodes(&unit[list], separator);
    }

    fn opt(&mut self, node: Option<NodeId>) {
        match node {
            Some(node) => self.node(node),
            None => self.text("<nil>"),
        }
    }

    fn stmt(&mut self, id: NodeId) {
        let unit = self.format.unit;
        let equals = if self.flag(id, Flags::DEF) { " := " } else { " = " };
        match self.kind(id) {
            Kind::Dcl { x } => {
                self.text("var ");
                self.node(x);
                self.text(" ");
                self.ty(unit[x].ty);
            }
            Kind::As { x, y } => {
                self.node(x);
                self.text(equals);
                self.opt(y);
            }
            Kind::AsOp { op, x, y } => {
                self.node(x);
                if self.flag(id, Flags::INC_DEC) {
                    self.text(if op == BinaryOp::Add { "++" } else { "--" });
                    return;
                }
                self.text(" ");
                self.text(binary_name(op));
                self.text("= ");
                self.node(y);
            }
            Kind::As2 { lhs, rhs, .. } => {
                self.list(lhs, ", ");
                self.text(equals);
                self.list(rhs, ", ");
            }
            Kind::Block { list } => self.list(list, "; "),
            Kind::Return { results } => {
                self.text("return ");
                self.list(results, ", ");
            }
            Kind::Go { call } => {
                self.text("go ");
                self.node(call);
            }
            Kind::Defer { call, .. } => {
                self.text("defer ");
                self.node(call);
            }
            Kind::If { cond, then, els } => {
                self.text("if ");
                if let [init] = unit[unit[id].init]
                    && unit[init].init.is_empty()
                {
                    self.node(init);
                    self.text("; ");
                }
                self.node(cond);
                self.text(" { ");
                self.list(then, "; ");
                self.text(" }");
                if !els.is_empty() {
                    self.text(" else { ");
                    self.list(els, "; ");
                    self.text(" }");
                }
            }
            Kind::For { .. } | Kind::Range { .. } => self.text("for loop"),
            Kind::Select { .. } => self.text("select statement"),
            Kind::Switch { .. } => self.text("switch statement"),
            Kind::Case { list, body, .. } => {
                if list.is_empty() {
                    self.text("default");
                } else {
                    self.text("case ");
                    self.list(list, ", ");
                }
                self.text(": ");
                self.list(body, "; ");
            }
            Kind::Comm { comm, body } => {
                self.text(if comm.is_some() { "case " } else { "default" });
                comm.into_iter().for_each(|comm| self.node(comm));
                self.text(": ");
                self.list(body, "; ");
            }
            Kind::Break(label) => self.branch("break", label),
            Kind::Continue(label) => self.branch("continue", label),
            Kind::Goto(label) => self.branch("goto", Some(label)),
            Kind::Fall => self.text("fallthrough"),
            Kind::Label(label) => {
                self.text(label.as_str());
                self.text(": ");
            }
            // Everything else has a precedence.
            _ => self.expr(id, 0),
        }
    }

    fn branch(&mut self, word: &str, label: Option<Symbol>) {
        self.text(word);
        if let Some(label) = label {
            self.text(" ");
            self.text(label.as_str());
        }
    }

    /// An expression where an operator of that precedence binds.
    fn expr(&mut self, id: NodeId, outer: i32) {
        let mut id = id;
        while self.flag(id, Flags::IMPLICIT)
            && let Kind::Addr { x }
            | Kind::Deref { x }
            | Kind::Conv { op: ConvOp::Conv | ConvOp::ConvNop | ConvOp::ConvIface, x } =
                self.kind(id)
        {
            id = x;
        }
        let kind = self.kind(id);
        let ty = self.format.unit[id].ty;
        let inner = match kind {
            Kind::Type if self.format.types.cx.is_pointer(ty) => UNARY,
            _ => precedence(kind),
        };
        if outer > inner {
            self.text("(");
            self.node(id);
            self.text(")");
        } else {
            deep(|| self.operator(id, kind, ty, inner));
        }
    }

    fn operator(&mut self, id: NodeId, kind: Kind, ty: Ty, prec: i32) {
        let unit = self.format.unit;
        match kind {
            Kind::Name(local) => {
                let local = &unit[local];
                if local.name.as_str().starts_with("~b") {
                    self.text("_");
                } else {
                    self.symbol(local.package, local.name.as_str());
                }
            }
            Kind::Global(def) => self.symbol(def.package, def.name.as_str()),
            Kind::Func(func) => {
                let name = func_name(self.format.types, func);
                self.symbol(func_package(func), &name);
            }
            Kind::Blank => self.text("_"),
            Kind::Ident(name) => self.text(name.as_str()),
            Kind::Type => self.ty(ty),
            Kind::Literal(value) => self.literal(&unit.consts[value as usize], ty),
            Kind::Nil => self.text("nil"),
            Kind::Closure { .. } => self.text("func literal"),
            Kind::PtrLit { x } => {
                self.text("&");
                self.node(x);
            }
            Kind::CompLit { list, .. } => {
                if self.flag(id, Flags::IMPLICIT) {
                    self.text("... argument");
                } else {
                    self.ty(ty);
                    self.text(if list.is_empty() { "{}" } else { "{...}" });
                }
            }
            Kind::Key { key, value } => {
                self.node(key);
                self.text(":");
                self.node(value);
            }
            Kind::StructKey { value, .. } => {
                self.text(":");
                self.node(value);
            }
            Kind::Dot { x, field } | Kind::DotPtr { x, field } => {
                self.expr(x, prec);
                self.text(".");
                let name = field_name(self.format.types, unit[x].ty, field);
                self.text(name.map_or("<nil>", Symbol::as_str));
            }
            Kind::DotInter { x, sel } => {
                self.expr(x, prec);
                self.text(".");
                self.text(sel.as_str());
            }
            Kind::MethValue { x, sel, func } | Kind::MethodExpr { x, sel, func } => {
                self.expr(x, prec);
                self.text(".");
                self.text(sel.as_str());
                let args = func.and_then(|func| method_type_args(self.format.types, func));
                self.text(&args.unwrap_or_default());
            }
            Kind::DotType { x, .. } => {
                self.expr(x, prec);
                self.text(".(");
                self.ty(ty);
                self.text(")");
            }
            Kind::Index { x, index } | Kind::IndexMap { x, index } => {
                self.expr(x, prec);
                self.text("[");
                self.node(index);
                self.text("]");
            }
            Kind::Slice { op, x, low, high, max } => {
                self.expr(x, prec);
                self.text("[");
                low.into_iter().for_each(|low| self.node(low));
                self.text(":");
                high.into_iter().for_each(|high| self.node(high));
                if matches!(op, SliceOp::Slice3 | SliceOp::Slice3Arr) {
                    self.text(":");
                    max.into_iter().for_each(|max| self.node(max));
                }
                self.text("]");
            }
            Kind::Conv { x, .. } => {
                if has_name(ty) {
                    self.ty(ty);
                } else {
                    self.text("(");
                    self.ty(ty);
                    self.text(")");
                }
                self.text("(");
                self.node(x);
                self.text(")");
            }
            Kind::Unary { op, x } => self.unary(op, x, prec),
            Kind::Addr { x } => {
                self.text("&");
                if matches!(self.kind(x), Kind::Addr { .. }) {
                    self.text(" ");
                }
                self.expr(x, prec + 1);
            }
            Kind::Deref { x } => {
                self.text("*");
                self.expr(x, prec + 1);
            }
            Kind::Binary { op, x, y } => self.binary(op, x, y, prec),
            Kind::Logical { or, x, y } => {
                self.expr(x, prec);
                self.text(if or { " || " } else { " && " });
                self.expr(y, prec + 1);
            }
            Kind::Send { chan, value } => {
                self.expr(chan, prec);
                self.text(" <- ");
                self.expr(value, prec + 1);
            }
            Kind::AddStr { list } => {
                for (at, &operand) in unit[list].iter().enumerate() {
                    if at > 0 {
                        self.text(" + ");
                    }
                    self.expr(operand, prec);
                }
            }
            Kind::Call { fun, args, .. } => {
                self.expr(fun, prec);
                self.args(id, args);
            }
            Kind::Append { args } => {
                self.text("append");
                self.args(id, args);
            }
            Kind::Builtin { op: BuiltinOp::GetG, args } => {
                self.list(args, ", ");
                self.text("()");
            }
            Kind::Builtin { op, args } => match builtin_name(op) {
                Ok(name) => {
                    self.text(name);
                    self.args(id, args);
                }
                Err(name) => self.unprintable(name),
            },
            Kind::InlinedCall { results, .. } => match unit[results] {
                [result] => self.node(result),
                _ => {
                    self.text("(.");
                    self.list(results, "; ");
                    self.text(")");
                }
            },
            Kind::Make { op, len, cap } => {
                self.text("make(");
                self.ty(ty);
                let is_slice = op == super::node::MakeOp::Slice;
                let shown = len.filter(|&len| is_slice || !is_untyped(unit[len].ty));
                for size in [if cap.is_some() { len } else { shown }, cap].into_iter().flatten() {
                    self.text(", ");
                    self.node(size);
                }
                self.text(")");
            }
            Kind::Paren { x } => {
                self.text("(");
                self.node(x);
                self.text(")");
            }
            Kind::Linksym(name) => {
                self.text("(");
                self.ty(ty);
                let _ = write!(self.out, ")({name})");
            }
            Kind::DynamicType { .. } => self.unprintable("DYNAMICTYPE"),
            Kind::DynamicDotType { ok: false, .. } => self.unprintable("DYNAMICDOTTYPE"),
            Kind::DynamicDotType { ok: true, .. } => self.unprintable("DYNAMICDOTTYPE2"),
            Kind::As2 { .. } => self.unprintable("SELRECV2"),
            Kind::TypeSw { .. } => self.unprintable("TYPESW"),
            Kind::InlMark(_) => self.unprintable("inlmark"),
            Kind::TailCall { .. } => self.unprintable("TAILCALL"),
            Kind::As { .. }
            | Kind::AsOp { .. }
            | Kind::Dcl { .. }
            | Kind::Block { .. }
            | Kind::If { .. }
            | Kind::For { .. }
            | Kind::Range { .. }
            | Kind::Switch { .. }
            | Kind::Case { .. }
            | Kind::Select { .. }
            | Kind::Comm { .. }
            | Kind::Return { .. }
            | Kind::Break(_)
            | Kind::Continue(_)
            | Kind::Goto(_)
            | Kind::Fall
            | Kind::Label(_)
            | Kind::Go { .. }
            | Kind::Defer { .. } => self.node(id),
        }
    }

    fn unprintable(&mut self, name: &str) {
        let _ = write!(self.out, "<node {name}>");
    }

    fn args(&mut self, call: NodeId, args: List) {
        self.text("(");
        self.list(args, ", ");
        self.text(if self.flag(call, Flags::DDD) { "...)" } else { ")" });
    }

    fn literal(&mut self, value: &Value, ty: Ty) {
        let basic = match ty.kind() {
            TyKind::Basic(basic) => Some(*basic),
            _ => None,
        };
        let is_rune = matches!(basic, Some(Basic::Rune | Basic::UntypedRune));
        let text = fmt_const(value, is_rune);
        let plain = match value {
            Value::Unknown => true,
            Value::Bool(_) => matches!(basic, Some(Basic::Bool | Basic::UntypedBool)),
            Value::String(_) => matches!(basic, Some(Basic::String | Basic::UntypedString)),
            Value::Int(_) => matches!(basic, Some(Basic::Int | Basic::UntypedInt)),
            Value::Float(_) => matches!(basic, Some(Basic::Float64 | Basic::UntypedFloat)),
            Value::Complex(_) => matches!(basic, Some(Basic::Complex128 | Basic::UntypedComplex)),
        };
        if plain || (is_rune && text.starts_with('\'')) {
            self.text(&text);
        } else {
            self.ty(ty);
            let _ = write!(self.out, "({text})");
        }
    }

    fn unary(&mut self, op: UnaryOp, x: NodeId, prec: i32) {
        let (prefix, call) = match op {
            UnaryOp::Not => ("!", false),
            UnaryOp::BitNot => ("^", false),
            UnaryOp::Plus => ("+", false),
            UnaryOp::Neg => ("-", false),
            UnaryOp::Recv => ("<-", false),
            UnaryOp::Len => ("len", true),
            UnaryOp::Cap => ("cap", true),
            UnaryOp::Clear => ("clear", true),
            UnaryOp::Close => ("close", true),
            UnaryOp::Real => ("real", true),
            UnaryOp::Imag => ("imag", true),
            UnaryOp::New => ("new", true),
            UnaryOp::Panic => ("panic", true),
            UnaryOp::CheckNil => return self.unprintable("CHECKNIL"),
            UnaryOp::Cfunc => return self.unprintable("CFUNC"),
            UnaryOp::IData => return self.unprintable("IDATA"),
            UnaryOp::ITab => return self.unprintable("ITAB"),
            UnaryOp::SPtr => return self.unprintable("SPTR"),
            UnaryOp::UnsafeStringData => return self.unprintable("unsafe.StringData"),
            UnaryOp::UnsafeSliceData => return self.unprintable("unsafe.SliceData"),
        };
        self.text(prefix);
        if call {
            self.text("(");
            self.node(x);
            self.text(")");
        } else {
            if matches!(self.kind(x), Kind::Unary { op: same, .. } if same == op) {
                self.text(" ");
            }
            self.expr(x, prec + 1);
        }
    }

    fn binary(&mut self, op: BinaryOp, x: NodeId, y: NodeId, prec: i32) {
        match op {
            BinaryOp::Complex | BinaryOp::Copy | BinaryOp::UnsafeAdd | BinaryOp::UnsafeSlice => {
                self.text(binary_name(op));
                self.text("(");
                self.nodes(&[x, y], ", ");
                self.text(")");
            }
            BinaryOp::UnsafeString | BinaryOp::MakeFace => self.unprintable(binary_name(op)),
            BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Or
            | BinaryOp::Xor
            | BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::Mod
            | BinaryOp::And
            | BinaryOp::AndNot
            | BinaryOp::Lsh
            | BinaryOp::Rsh
            | BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge => {
                self.expr(x, prec);
                let _ = write!(self.out, " {} ", binary_name(op));
                self.expr(y, prec + 1);
            }
        }
    }
}

/// The precedence of what looks like a call or an operand.
const OPERAND: i32 = 8;
/// The precedence of unary operators.
const UNARY: i32 = 7;
/// The precedence of statements.
const STATEMENT: i32 = -1;

/// How strongly a node binds. Upstream: `OpPrec`; what it does not list has 0.
fn precedence(kind: Kind) -> i32 {
    match kind {
        Kind::Name(_)
        | Kind::Global(_)
        | Kind::Func(_)
        | Kind::Blank
        | Kind::Ident(_)
        | Kind::Type
        | Kind::Literal(_)
        | Kind::Nil
        | Kind::Dot { .. }
        | Kind::DotPtr { .. }
        | Kind::DotInter { .. }
        | Kind::MethValue { .. }
        | Kind::MethodExpr { .. }
        | Kind::Index { .. }
        | Kind::IndexMap { .. }
        | Kind::Slice { .. }
        | Kind::DotType { .. }
        | Kind::Conv { .. }
        | Kind::Append { .. }
        | Kind::CompLit { .. }
        | Kind::Paren { .. }
        | Kind::Call { op: CallOp::Func | CallOp::Inter, .. } => OPERAND,
        Kind::Make { op, .. } => match op {
            super::node::MakeOp::Slice => OPERAND,
            super::node::MakeOp::Map | super::node::MakeOp::Chan => 0,
        },
        Kind::Builtin { op, .. } => match op {
            BuiltinOp::Recover | BuiltinOp::GetCallerSp => 0,
            BuiltinOp::Delete
            | BuiltinOp::Min
            | BuiltinOp::Max
            | BuiltinOp::Print
            | BuiltinOp::Println
            | BuiltinOp::GetG => OPERAND,
        },
        Kind::Unary { op, .. } => match op {
            UnaryOp::Not | UnaryOp::BitNot | UnaryOp::Plus | UnaryOp::Neg | UnaryOp::Recv => UNARY,
            UnaryOp::Len
            | UnaryOp::Cap
            | UnaryOp::Clear
            | UnaryOp::Close
            | UnaryOp::New
            | UnaryOp::Panic
            | UnaryOp::UnsafeStringData
            | UnaryOp::UnsafeSliceData => OPERAND,
            UnaryOp::Real
            | UnaryOp::Imag
            | UnaryOp::CheckNil
            | UnaryOp::Cfunc
            | UnaryOp::IData
            | UnaryOp::ITab
            | UnaryOp::SPtr => 0,
        },
        Kind::Addr { .. } | Kind::Deref { .. } => UNARY,
        Kind::Binary { op, .. } => match op {
            BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::Mod
            | BinaryOp::Lsh
            | BinaryOp::Rsh
            | BinaryOp::And
            | BinaryOp::AndNot => 6,
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Or | BinaryOp::Xor => 5,
            BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge => 4,
            BinaryOp::Copy
            | BinaryOp::UnsafeAdd
            | BinaryOp::UnsafeSlice
            | BinaryOp::UnsafeString => OPERAND,
            BinaryOp::Complex | BinaryOp::MakeFace => 0,
        },
        Kind::Send { .. } => 3,
        Kind::Logical { or: false, .. } => 2,
        Kind::Logical { or: true, .. } => 1,
        Kind::PtrLit { .. }
        | Kind::AddStr { .. }
        | Kind::Closure { .. }
        | Kind::InlinedCall { .. }
        | Kind::DynamicDotType { .. }
        | Kind::DynamicType { .. }
        | Kind::Key { .. }
        | Kind::StructKey { .. }
        | Kind::Linksym(_)
        | Kind::TypeSw { .. }
        | Kind::InlMark(_)
        | Kind::TailCall { .. }
        | Kind::As2 { op: As2Op::SelRecv2, .. } => 0,
        Kind::As { .. }
        | Kind::As2 { .. }
        | Kind::AsOp { .. }
        | Kind::Dcl { .. }
        | Kind::Block { .. }
        | Kind::If { .. }
        | Kind::For { .. }
        | Kind::Range { .. }
        | Kind::Switch { .. }
        | Kind::Case { .. }
        | Kind::Select { .. }
        | Kind::Comm { .. }
        | Kind::Return { .. }
        | Kind::Break(_)
        | Kind::Continue(_)
        | Kind::Goto(_)
        | Kind::Fall
        | Kind::Label(_)
        | Kind::Go { .. }
        | Kind::Defer { .. } => STATEMENT,
    }
}

fn binary_name(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Or => "|",
        BinaryOp::Xor => "^",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Mod => "%",
        BinaryOp::And => "&",
        BinaryOp::AndNot => "&^",
        BinaryOp::Lsh => "<<",
        BinaryOp::Rsh => ">>",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::Copy => "copy",
        BinaryOp::Complex => "complex",
        BinaryOp::UnsafeAdd => "unsafe.Add",
        BinaryOp::UnsafeSlice => "unsafe.Slice",
        BinaryOp::UnsafeString => "unsafe.String",
        BinaryOp::MakeFace => "MAKEFACE",
    }
}

/// The word before the arguments, or what stands for the whole.
fn builtin_name(op: BuiltinOp) -> Result<&'static str, &'static str> {
    match op {
        BuiltinOp::Delete => Ok("delete"),
        BuiltinOp::Min => Ok("min"),
        BuiltinOp::Max => Ok("max"),
        BuiltinOp::Print => Ok("print"),
        BuiltinOp::Println => Ok("println"),
        BuiltinOp::Recover => Ok("recover"),
        BuiltinOp::GetG => Ok("getg"),
        BuiltinOp::GetCallerSp => Err("GETCALLERSP"),
    }
}

/// Whether the back end has a symbol for a type, so that it needs no parentheses in a conversion.
fn has_name(ty: Ty) -> bool {
    matches!(
        ty.kind(),
        TyKind::Basic(_) | TyKind::Any | TyKind::Named(_) | TyKind::Param(_) | TyKind::Shape(_)
    )
}

/// The name of a field of a struct type or of what a pointer to one points to.
fn field_name(types: &BackendFormat<'_, '_>, ty: Ty, field: u32) -> Option<Symbol> {
    let under = match types.cx.under(ty).kind() {
        TyKind::Pointer(elem) => types.cx.under(*elem),
        _ => types.cx.under(ty),
    };
    match under.kind() {
        TyKind::Struct(fields) => fields.get(field as usize).map(|field| field.name),
        _ => None,
    }
}
