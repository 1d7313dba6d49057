//! Prints a unit's nodes as a tree, line by line, in the form of the compiler's own dump.
//!
//! Meant for comparison with `-gcflags=-d=astdump=FUNC`. Left out on both sides is what nothing
//! here depends on: type descriptors of conversions and maps, offsets, whether a name is used.
//!
//! Upstream: `cmd/compile/internal/ir/fmt.go`, `dumpNode`.

use std::fmt::Write as _;

use crate::types::format_backend::BackendFormat;
use crate::types::ty::{Ty, TyKind};

use super::func::{FuncId, FuncKey};
use super::node::{
    As2Op, BinaryOp, BuiltinOp, CallOp, Class, CompLitOp, ConvOp, Flags, FuncIdx, Kind, List,
    LocalId, MakeOp, NodeId, Pos, SliceOp, UnaryOp, Unit,
};

/// The depth from which on the compiler shows dots.
const MAX_DEPTH: usize = 40;

/// Prints the tree of one function.
pub struct Dump<'d> {
    /// The unit.
    pub unit: &'d Unit,
    /// Who prints types.
    pub types: &'d BackendFormat<'d, 'd>,
    /// How a position shows.
    pub pos: &'d dyn Fn(Pos) -> String,
}

/// What stands below a node: a header for some fields, and the nodes.
type Part = (&'static str, Vec<NodeId>);

impl Dump<'_> {
    /// The lines of a function's dump.
    pub fn func(&self, func: FuncIdx) -> String {
        let mut out = String::new();
        self.func_at(func, 1, &mut out);
        out
    }

    fn line(&self, depth: usize, text: &str, out: &mut String) {
        for _ in 0..depth {
            out.push_str(". ");
        }
        let _ = writeln!(out, "{}", text.trim_end());
    }

    fn func_at(&self, func: FuncIdx, depth: usize, out: &mut String) {
        let data = &self.unit[func];
        let mut text = format!("DCLFUNC {}", data.name);
        for (holds, name) in
            [(data.dupok, "Dupok"), (data.is_closure(), "IsClosure"), (data.wrapper, "Wrapper")]
        {
            if holds {
                let _ = write!(text, " {name}");
            }
        }
        let _ = write!(text, " # {}", (self.pos)(data.pos));
        self.line(depth, &text, out);
        let locals = |header: &str, list: &[LocalId], out: &mut String| {
            if !list.is_empty() {
                self.line(depth, header, out);
                list.iter().for_each(|local| self.node(self.unit[*local].node, depth + 1, out));
            }
        };
        locals("DCLFUNC-Dcl", &data.dcl, out);
        locals("DCLFUNC-ClosureVars", &data.closure_vars, out);
        if !data.body.is_empty() {
            self.line(depth, "DCLFUNC-body", out);
            self.list(data.body, depth + 1, out);
        }
    }

    fn list(&self, list: List, depth: usize, out: &mut String) {
        self.unit[list].iter().for_each(|id| self.node(*id, depth, out));
    }

    fn node(&self, id: NodeId, depth: usize, out: &mut String) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.node1(id, depth, out));
    }

    fn node1(&self, id: NodeId, depth: usize, out: &mut String) {
        if depth > MAX_DEPTH {
            return self.line(depth, "...", out);
        }
        let node = &self.unit[id];
        let (op, extra) = self.op(id);
        if !node.init.is_empty() {
            self.line(depth, &format!("{op}-init"), out);
            self.list(node.init, depth + 1, out);
        }
        let mut text = format!("{op}{extra}");
        for (flag, name) in [
            (Flags::DEF, "Def"),
            (Flags::DISTINCT_VARS, "DistinctVars"),
            (Flags::GO_DEFER, "GoDefer"),
            (Flags::IMPLICIT, "Implicit"),
            (Flags::INC_DEC, "IncDec"),
            (Flags::DDD, "IsDDD"),
        ] {
            if node.flags.has(flag) {
                let _ = write!(text, " {name}");
            }
        }
        let ty = self.ty(id);
        if !ty.is_empty() {
            let _ = write!(text, " {ty}");
        }
        let pos = (self.pos)(node.pos);
        let elsewhere = matches!(node.kind, Kind::Global(_) | Kind::Func(_));
        if !pos.is_empty() && !elsewhere {
            let _ = write!(text, " # {pos}");
        }
        self.line(depth, &text, out);
        for (header, nodes) in self.parts(id) {
            if nodes.is_empty() {
                continue;
            }
            if !header.is_empty() {
                self.line(depth, &format!("{op}-{header}"), out);
            }
            nodes.iter().for_each(|id| self.node(*id, depth + 1, out));
        }
        if let Kind::Closure { func } = node.kind {
            self.line(depth, "CLOSURE-Func", out);
            self.func_at(func, depth + 1, out);
        }
    }

    /// The type, as far as both sides show it.
    fn ty(&self, id: NodeId) -> String {
        let node = &self.unit[id];
        let has_type = !node.ty.is_invalid() && !matches!(node.kind, Kind::Blank);
        if !has_type {
            return String::new();
        }
        match node.kind {
            Kind::Key { .. } | Kind::StructKey { .. } | Kind::TypeSw { .. } => String::new(),
            _ => self.type_string(node.ty),
        }
    }

    fn type_string(&self, ty: Ty) -> String {
        if let TyKind::Tuple(_) = ty.kind() {
            return "tuple".into();
        }
        self.types.go_string(ty)
    }

    /// The operator's name and what the compiler shows behind it.
    #[allow(clippy::too_many_lines, reason = "one flat list of operators")]
    fn op(&self, id: NodeId) -> (&'static str, String) {
        let none = String::new();
        match self.unit[id].kind {
            Kind::Name(local) => ("NAME", self.local(local)),
            Kind::Global(def) => ("NAME", format!("-{} PEXTERN", def.name)),
            Kind::Func(func) => ("NAME", format!("-{} PFUNC", self.func_name(func))),
            Kind::Blank => ("NAME", "-_".into()),
            Kind::Ident(name) => ("NONAME", format!("-{name}")),
            Kind::Type => ("TYPE", none),
            Kind::Literal(index) => ("LITERAL", format!("-{}", self.unit.consts[index as usize])),
            Kind::Nil => ("NIL", none),
            Kind::Binary { op, .. } => (binary(op), none),
            Kind::Logical { or: true, .. } => ("OROR", none),
            Kind::Logical { .. } => ("ANDAND", none),
            Kind::Unary { op, .. } => (unary(op), none),
            Kind::AddStr { .. } => ("ADDSTR", none),
            Kind::Addr { .. } => ("ADDR", none),
            Kind::PtrLit { .. } => ("PTRLIT", none),
            Kind::Deref { .. } => ("DEREF", none),
            Kind::Dot { x, field } => ("DOT", self.field(self.unit[x].ty, field)),
            Kind::DotPtr { x, field } => ("DOTPTR", self.field(self.unit[x].ty, field)),
            Kind::DotInter { sel, .. } => ("DOTINTER", format!(" {sel}")),
            Kind::MethValue { sel, .. } => ("METHVALUE", format!(" {sel}")),
            Kind::MethodExpr { sel, .. } => ("METHEXPR", format!(" {sel}")),
            Kind::Index { .. } => ("INDEX", none),
            Kind::IndexMap { .. } => ("INDEXMAP", none),
            Kind::Slice { op, .. } => (slice(op), none),
            Kind::DotType { ok, .. } => (if ok { "DOTTYPE2" } else { "DOTTYPE" }, none),
            Kind::DynamicDotType { ok, .. } => {
                (if ok { "DYNAMICDOTTYPE2" } else { "DYNAMICDOTTYPE" }, none)
            }
            Kind::DynamicType { .. } => ("DYNAMICTYPE", none),
            Kind::Conv { op, .. } => (conv(op), none),
            Kind::Call { op: CallOp::Func, .. } => ("CALLFUNC", none),
            Kind::Call { .. } => ("CALLINTER", none),
            Kind::InlinedCall { .. } => ("INLCALL", none),
            Kind::Append { .. } => ("APPEND", none),
            Kind::Builtin { op, .. } => (builtin(op), none),
            Kind::Closure { func } => ("CLOSURE", format!(" fnName({})", self.unit[func].name)),
            Kind::CompLit { op, len, .. } => match op {
                CompLitOp::Array => ("ARRAYLIT", none),
                CompLitOp::Slice if len > 0 => ("SLICELIT", format!(" Len:{len}")),
                CompLitOp::Slice => ("SLICELIT", none),
                CompLitOp::Struct => ("STRUCTLIT", none),
                CompLitOp::Map => ("MAPLIT", none),
            },
            Kind::Key { .. } => ("KEY", none),
            Kind::StructKey { .. } => ("STRUCTKEY", none),
            Kind::Make { op, .. } => (
                match op {
                    MakeOp::Slice => "MAKESLICE",
                    MakeOp::Map => "MAKEMAP",
                    MakeOp::Chan => "MAKECHAN",
                },
                none,
            ),
            Kind::Paren { .. } => ("PAREN", none),
            Kind::Linksym(name) => ("LINKSYMOFFSET", format!("-{name}")),
            Kind::As { .. } => ("AS", none),
            Kind::As2 { op, .. } => (assign(op), none),
            Kind::AsOp { op, .. } => ("ASOP", format!("-{}", binary(op))),
            Kind::Dcl { .. } => ("DCL", none),
            Kind::Block { .. } => ("BLOCK", none),
            Kind::If { .. } => ("IF", none),
            Kind::For { .. } => ("FOR", none),
            Kind::Range { .. } => ("RANGE", none),
            Kind::Switch { .. } => ("SWITCH", none),
            Kind::TypeSw { .. } => ("TYPESW", none),
            Kind::Case { .. } | Kind::Comm { .. } => ("CASE", none),
            Kind::Select { .. } => ("SELECT", none),
            Kind::Return { .. } => ("RETURN", none),
            Kind::Break(label) => ("BREAK", label.map_or(none, |label| format!(" {label}"))),
            Kind::Continue(label) => ("CONTINUE", label.map_or(none, |label| format!(" {label}"))),
            Kind::Goto(label) => ("GOTO", format!(" {label}")),
            Kind::Fall => ("FALL", none),
            Kind::Label(label) => ("LABEL", format!(" {label}")),
            Kind::Go { .. } => ("GO", none),
            Kind::Defer { .. } => ("DEFER", none),
            Kind::Send { .. } => ("SEND", none),
            Kind::InlMark(_) => ("INLMARK", none),
            Kind::TailCall { .. } => ("TAILCALL", none),
        }
    }

    fn func_name(&self, func: FuncId) -> String {
        match func.key() {
            FuncKey::Runtime(name) => name.to_string(),
            FuncKey::MapInit(_, n) => format!("map.init.{n}"),
            FuncKey::Declared(def) => def.name.to_string(),
            FuncKey::Shaped(def, args) | FuncKey::Instance(def, args) => {
                format!("{}{}", def.name, self.types.type_args(args, 0))
            }
            FuncKey::Init(_) => "init".into(),
            FuncKey::MethodWrapper { name, .. } | FuncKey::MethodValue { name, .. } => {
                name.to_string()
            }
        }
    }

    fn local(&self, id: LocalId) -> String {
        let local = &self.unit[id];
        let class = match local.class {
            Class::Auto => "PAUTO",
            Class::Param => "PPARAM",
            Class::Result => "PPARAMOUT",
            Class::Captured => "PAUTOHEAP",
        };
        let mut text = format!("-{} {class}", local.name);
        if local.addrtaken {
            text.push_str(" Addrtaken");
        }
        if local.autotemp && local.class == Class::Auto {
            text.push_str(" AutoTemp");
        }
        text
    }

    fn field(&self, ty: Ty, field: u32) -> String {
        let base = match self.types.cx.under(ty).kind() {
            TyKind::Pointer(base) => *base,
            _ => ty,
        };
        match self.types.cx.under(base).kind() {
            TyKind::Struct(fields) => {
                fields.get(field as usize).map_or_else(String::new, |f| format!(" {}", f.name))
            }
            _ => String::new(),
        }
    }

    /// What stands below a node, in the order of the fields upstream.
    fn parts(&self, id: NodeId) -> Vec<Part> {
        let list = |list: List| self.unit[list].to_vec();
        let opt = |node: Option<NodeId>| node.into_iter().collect::<Vec<_>>();
        match self.unit[id].kind {
            Kind::Binary { x, y, .. } | Kind::Logical { x, y, .. } | Kind::AsOp { x, y, .. } => {
                vec![("", vec![x, y])]
            }
            Kind::Index { x, index } | Kind::IndexMap { x, index } => vec![("", vec![x, index])],
            Kind::Send { chan, value } => vec![("", vec![chan, value])],
            Kind::Unary { x, .. }
            | Kind::Addr { x }
            | Kind::PtrLit { x }
            | Kind::Deref { x }
            | Kind::Dot { x, .. }
            | Kind::DotPtr { x, .. }
            | Kind::DotInter { x, .. }
            | Kind::MethValue { x, .. }
            | Kind::MethodExpr { x, .. }
            | Kind::DotType { x, .. }
            | Kind::Conv { x, .. }
            | Kind::Paren { x }
            | Kind::Dcl { x }
            | Kind::StructKey { value: x, .. }
            | Kind::Go { call: x }
            | Kind::TailCall { call: x } => vec![("", vec![x])],
            Kind::AddStr { list: nodes } | Kind::Block { list: nodes } => {
                vec![("List", list(nodes))]
            }
            Kind::Slice { x, low, high, max, .. } => {
                vec![("", vec![x]), ("Low", opt(low)), ("High", opt(high)), ("Max", opt(max))]
            }
            Kind::DynamicDotType { x, src_rtype, rtype, itab, .. } => vec![
                ("", vec![x]),
                ("SrcRType", opt(src_rtype)),
                ("RType", opt(rtype)),
                ("ITab", opt(itab)),
            ],
            Kind::DynamicType { rtype, itab } => {
                vec![("RType", opt(rtype)), ("ITab", opt(itab))]
            }
            Kind::Call { fun, args, .. } => vec![("Fun", vec![fun]), ("Args", list(args))],
            Kind::Builtin { op: BuiltinOp::GetG, args } => vec![("Fun", list(args))],
            Kind::Append { args } | Kind::Builtin { args, .. } => vec![("Args", list(args))],
            Kind::InlinedCall { body, results } => {
                vec![("Body", list(body)), ("ReturnVars", list(results))]
            }
            Kind::CompLit { list: nodes, .. } => vec![("List", list(nodes))],
            Kind::Key { key, value } => vec![("Key", vec![key]), ("", vec![value])],
            Kind::Make { len, cap, .. } => vec![("Len", opt(len)), ("Cap", opt(cap))],
            Kind::As { x, y } => vec![("", vec![x]), ("", opt(y))],
            Kind::As2 { lhs, rhs, .. } => vec![("Lhs", list(lhs)), ("Rhs", list(rhs))],
            Kind::If { cond, then, els } => {
                vec![("Cond", vec![cond]), ("Body", list(then)), ("Else", list(els))]
            }
            Kind::For { cond, post, body, .. } => {
                vec![("Cond", opt(cond)), ("Post", opt(post)), ("Body", list(body))]
            }
            Kind::Range { x, key, value, body } => {
                vec![("", vec![x]), ("Key", opt(key)), ("", opt(value)), ("Body", list(body))]
            }
            Kind::Switch { tag, cases } => vec![("Tag", opt(tag)), ("Cases", list(cases))],
            Kind::TypeSw { tag, x } => vec![("Tag", opt(tag)), ("", vec![x])],
            Kind::Case { var, list: cases, body } => {
                vec![("Var", opt(var)), ("List", list(cases)), ("Body", list(body))]
            }
            Kind::Comm { comm, body } => vec![("Comm", opt(comm)), ("Body", list(body))],
            Kind::Select { cases } => vec![("Cases", list(cases))],
            Kind::Return { results } => vec![("Results", list(results))],
            Kind::Defer { call, at } => vec![("", vec![call]), ("DeferAt", opt(at))],
            Kind::Name(_)
            | Kind::Global(_)
            | Kind::Func(_)
            | Kind::Blank
            | Kind::Ident(_)
            | Kind::Type
            | Kind::Literal(_)
            | Kind::Nil
            | Kind::Closure { .. }
            | Kind::Linksym(_)
            | Kind::Break(_)
            | Kind::Continue(_)
            | Kind::Goto(_)
            | Kind::Fall
            | Kind::Label(_)
            | Kind::InlMark(_) => Vec::new(),
        }
    }
}

fn binary(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "ADD",
        BinaryOp::Sub => "SUB",
        BinaryOp::Or => "OR",
        BinaryOp::Xor => "XOR",
        BinaryOp::Mul => "MUL",
        BinaryOp::Div => "DIV",
        BinaryOp::Mod => "MOD",
        BinaryOp::And => "AND",
        BinaryOp::AndNot => "ANDNOT",
        BinaryOp::Lsh => "LSH",
        BinaryOp::Rsh => "RSH",
        BinaryOp::Eq => "EQ",
        BinaryOp::Ne => "NE",
        BinaryOp::Lt => "LT",
        BinaryOp::Le => "LE",
        BinaryOp::Gt => "GT",
        BinaryOp::Ge => "GE",
        BinaryOp::Copy => "COPY",
        BinaryOp::Complex => "COMPLEX",
        BinaryOp::UnsafeAdd => "UNSAFEADD",
        BinaryOp::UnsafeSlice => "UNSAFESLICE",
        BinaryOp::UnsafeString => "UNSAFESTRING",
        BinaryOp::MakeFace => "MAKEFACE",
    }
}

fn unary(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Not => "NOT",
        UnaryOp::BitNot => "BITNOT",
        UnaryOp::Plus => "PLUS",
        UnaryOp::Neg => "NEG",
        UnaryOp::Recv => "RECV",
        UnaryOp::Len => "LEN",
        UnaryOp::Cap => "CAP",
        UnaryOp::Clear => "CLEAR",
        UnaryOp::Close => "CLOSE",
        UnaryOp::Real => "REAL",
        UnaryOp::Imag => "IMAG",
        UnaryOp::New => "NEW",
        UnaryOp::Panic => "PANIC",
        UnaryOp::CheckNil => "CHECKNIL",
        UnaryOp::Cfunc => "CFUNC",
        UnaryOp::IData => "IDATA",
        UnaryOp::ITab => "ITAB",
        UnaryOp::SPtr => "SPTR",
        UnaryOp::UnsafeStringData => "UNSAFESTRINGDATA",
        UnaryOp::UnsafeSliceData => "UNSAFESLICEDATA",
    }
}

fn slice(op: SliceOp) -> &'static str {
    match op {
        SliceOp::Slice => "SLICE",
        SliceOp::SliceArr => "SLICEARR",
        SliceOp::SliceStr => "SLICESTR",
        SliceOp::Slice3 => "SLICE3",
        SliceOp::Slice3Arr => "SLICE3ARR",
    }
}

fn conv(op: ConvOp) -> &'static str {
    match op {
        ConvOp::Conv => "CONV",
        ConvOp::ConvNop => "CONVNOP",
        ConvOp::ConvIface => "CONVIFACE",
        ConvOp::Bytes2Str => "BYTES2STR",
        ConvOp::Runes2Str => "RUNES2STR",
        ConvOp::Str2Bytes => "STR2BYTES",
        ConvOp::Str2Runes => "STR2RUNES",
        ConvOp::RuneStr => "RUNESTR",
        ConvOp::Slice2Arr => "SLICE2ARR",
        ConvOp::Slice2ArrPtr => "SLICE2ARRPTR",
    }
}

fn builtin(op: BuiltinOp) -> &'static str {
    match op {
        BuiltinOp::Delete => "DELETE",
        BuiltinOp::Min => "MIN",
        BuiltinOp::Max => "MAX",
        BuiltinOp::Print => "PRINT",
        BuiltinOp::Println => "PRINTLN",
        BuiltinOp::Recover => "RECOVER",
        BuiltinOp::GetG => "GETG",
        BuiltinOp::GetCallerSp => "GETCALLERSP",
    }
}

fn assign(op: As2Op) -> &'static str {
    match op {
        As2Op::List => "AS2",
        As2Op::Func => "AS2FUNC",
        As2Op::MapR => "AS2MAPR",
        As2Op::DotType => "AS2DOTTYPE",
        As2Op::Recv => "AS2RECV",
        As2Op::SelRecv2 => "SELRECV2",
    }
}
