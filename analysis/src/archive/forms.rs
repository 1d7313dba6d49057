//! What each type that is part of a summary consists of.

use std::sync::Arc;

use num_bigint::{BigInt, BigUint, Sign};

use super::codec::{Coded, Reader, Writer, bits, enums, structs};
use crate::ir::closure_name::Why;
use crate::ir::facts::{CannotInline, FuncFacts, InlineBody, Leaks, Verdict};
use crate::ir::func::{FuncId, FuncKey, func_package};
use crate::ir::lower::{Params, Written};
use crate::ir::node::{self, Callee, Class, Flags, FuncIdx, InlinedCall, List, Origin, Pos, Unit};
use crate::lazy::Lazy;
use crate::lines::FileLines;
use crate::release::GoVersion;
use crate::shared::Table;
use crate::summary::{FilePlaces, Places, Source, Summary};
use crate::symbol::Symbol;
use crate::syntax::ast::{self, Pragmas};
use crate::types::constant::{Float, Int, Parts, Str, Value};
use crate::types::env::{Def, FuncDef, PackageTypes, TypeParamDef};
use crate::types::info::{self, Info};
use crate::types::ty::{self, DefId, PkgId, Ty, TyKind};

/// Writes a summary: what is always looked at first, then each section apart.
pub(super) fn write_summary(summary: &Summary, to: &mut Writer) {
    // The key is not part of the payload: who asks knows it.
    let Summary { id, key: _, types, facts, generics, bodies, params, places, interfaces, imports } =
        summary;
    id.write(to);
    imports.write(to);
    to.apart(|to| types.write(to));
    to.apart(|to| write_facts(facts, to));
    to.apart(|to| generics.write(to));
    to.apart(|to| bodies.write(to));
    to.apart(|to| params.write(to));
    to.apart(|to| places.write(to));
    to.apart(|to| interfaces.write(to));
}

/// Takes a summary, whose sections are read when they are looked at.
pub(super) fn read_summary(from: &mut Reader<'_>) -> Option<Summary> {
    Some(Summary {
        key: None,
        id: PkgId::read(from)?,
        imports: Vec::read(from)?,
        types: section::<Arc<PackageTypes>>(from)?,
        facts: from.later(read_facts, Table::default)?,
        generics: section(from)?,
        bodies: section(from)?,
        params: section(from)?,
        places: section(from)?,
        interfaces: section(from)?,
    })
}

fn section<T: Coded + Default + Send + 'static>(from: &mut Reader<'_>) -> Option<Lazy<T>> {
    from.later(T::read, T::default)
}

/// What is known of each function; bodies apart.
fn write_facts(facts: &Table<FuncId, Arc<FuncFacts>>, to: &mut Writer) {
    to.number(facts.len() as u64);
    for (func, facts) in facts.iter() {
        func.write(to);
        let FuncFacts { leaks, inline, pragmas, has_body } = &**facts;
        leaks.write(to);
        (*pragmas, *has_body).write(to);
        inline.is_some().write(to);
        if let Some(InlineBody { cost, unit }) = inline.as_deref() {
            cost.write(to);
            to.apart(|to| unit.write(to));
        }
    }
}

fn read_facts(from: &mut Reader<'_>) -> Option<Table<FuncId, Arc<FuncFacts>>> {
    let len = from.len()?;
    let mut facts = Table::default();
    for _ in 0..len {
        let func = FuncId::read(from)?;
        facts.insert(func, Arc::new(read_func_facts(func, from)?));
    }
    Some(facts)
}

fn read_func_facts(func: FuncId, from: &mut Reader<'_>) -> Option<FuncFacts> {
    let leaks = Coded::read(from)?;
    let (pragmas, has_body) = Coded::read(from)?;
    let inline = match bool::read(from)? {
        false => None,
        true => Some(Arc::new(InlineBody {
            cost: i32::read(from)?,
            unit: from.later(|from| Unit::read(from).map(Arc::new), move || absent(func))?,
        })),
    };
    Some(FuncFacts { leaks, inline, pragmas, has_body })
}

/// What stands in for a body that cannot be read: one in which nothing happens.
fn absent(func: FuncId) -> Arc<Unit> {
    let package = func_package(func);
    let mut unit = Unit::new(func, package, DefId::new(package, Symbol::EMPTY));
    unit.funcs.push(node::Func::new(func, String::new(), Ty::invalid(), Pos::NONE));
    Arc::new(unit)
}

structs! {
    Source { decl, info, version }
    GoVersion { major, minor }
}

/// Lines as differences, which are small.
impl Coded for FileLines {
    fn write(&self, to: &mut Writer) {
        let FileLines { path, starts, directives } = self;
        path.write(to);
        to.number(starts.len() as u64);
        let mut last = 0;
        for start in starts {
            start.wrapping_sub(last).write(to);
            last = *start;
        }
        directives.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<FileLines> {
        let path = Symbol::read(from)?;
        let len = from.len()?;
        let mut last = 0u32;
        let mut next = || {
            last = last.wrapping_add(u32::read(from)?);
            Some(last)
        };
        let starts = (0..len).map(|_| next()).collect::<Option<Box<[u32]>>>()?;
        Some(FileLines { path, starts, directives: Coded::read(from)? })
    }
}

// Types.

structs! {
    PackageTypes {
        name, go_version, scope, underlying, local_numbers, type_params, methods, funcs,
    }
    TypeParamDef { ty, constraint }
    FuncDef {
        def, sig, recv, tparams, recv_name, param_names, result_names, pragmas, has_body,
    }
    ty::Named { def, args }
    ty::TypeParam { owner, index, name }
    ty::Signature { params, results, variadic }
    ty::Field { name, package, ty, embedded, tag }
    ty::Method { name, package, sig }
    ty::Interface { methods, embeds, implicit, comparable }
    ty::Term { tilde, ty }
}

enums! {
    Def { Const { ty, value }, Var { def, ty }, Func(func), Type(def), Alias { def, target } }
    TyKind {
        Basic(basic), Any, Pointer(elem), Slice(elem), Array(len, elem), Map(key, value),
        Chan(dir, elem), Struct(fields), Tuple(types), Func(sig), Interface(interface),
        Union(terms), Named(named), Param(param), Shape(under),
    }
    ty::Basic {
        Invalid, Bool, Int, Int8, Int16, Int32, Int64, Uint, Uint8, Uint16, Uint32, Uint64,
        Uintptr, Float32, Float64, Complex64, Complex128, String, UnsafePointer, UntypedBool,
        UntypedInt, UntypedRune, UntypedFloat, UntypedComplex, UntypedString, UntypedNil, Byte,
        Rune,
    }
}

impl Coded for BigInt {
    fn write(&self, to: &mut Writer) {
        (self.sign() == Sign::Minus).write(to);
        to.bytes(&self.magnitude().to_bytes_le());
    }
    fn read(from: &mut Reader<'_>) -> Option<BigInt> {
        let negative = bool::read(from)?;
        let number = BigInt::from(BigUint::from_bytes_le(from.bytes()?));
        Some(if negative { -number } else { number })
    }
}

enums! {
    Parts { Fraction(num, den), Binary(mant, exp) }
}

impl Coded for Float {
    fn write(&self, to: &mut Writer) {
        self.parts().write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<Float> {
        Float::of_parts(Parts::read(from)?)
    }
}

impl Coded for Value {
    fn write(&self, to: &mut Writer) {
        match self {
            Value::Unknown => to.byte(0),
            Value::Bool(value) => to.byte(1 + u8::from(*value)),
            Value::String(text) => {
                to.byte(3);
                to.bytes(text.bytes());
            }
            Value::Int(number) => match number.to_i64() {
                Some(small) => {
                    to.byte(4);
                    small.write(to);
                }
                None => {
                    to.byte(5);
                    number.to_big().write(to);
                }
            },
            Value::Float(number) => {
                to.byte(6);
                number.write(to);
            }
            Value::Complex(_) => {
                to.byte(7);
                self.real().write(to);
                self.imag().write(to);
            }
        }
    }
    fn read(from: &mut Reader<'_>) -> Option<Value> {
        let number = from.byte()?;
        if number != 7 {
            return read_simple(number, from);
        }
        let mut part = || read_simple(from.byte()?, from);
        Some(Value::make_complex(part()?, part()?))
    }
}

fn read_simple(number: u8, from: &mut Reader<'_>) -> Option<Value> {
    Some(match number {
        0 => Value::Unknown,
        1 => Value::Bool(false),
        2 => Value::Bool(true),
        3 => Value::String(Str::new(from.bytes()?)),
        4 => Value::Int(Int::from(i64::read(from)?)),
        5 => Value::Int(Int::from(BigInt::read(from)?)),
        6 => Value::Float(Float::read(from)?),
        _ => return None,
    })
}

// Functions.

enums! {
    FuncKey {
        Declared(def), Shaped(def, args), Instance(def, args), MethodWrapper { recv, name, package },
        MethodValue { recv, name, package }, Init(package), MapInit(package, number), Runtime(name),
    }
    Verdict { Unchecked, Can(cost), Cannot(why) }
    CannotInline { Because(reason), Unhandled(op), CallTo(name), TooComplex { cost, budget } }
    Why { Literal, Range, Go, Defer }
    Callee { Func(func), Literal(func) }
    Class { Auto, Param, Result, Captured }
}

structs! {
    FilePlaces { lines, starts }
    Places { decls, files }
    Params { decl, pos, recv, params, results }
    Written { name, pos }
    node::NodeId { 0 }
    node::LocalId { 0 }
    FuncIdx { 0 }
    Flags { 0 }
    List { start, len }
    Pos { origin, offset }
    Origin { decl, inl }
    InlinedCall { parent, pos, callee, name }
    Unit { id, package, nodes, pool, locals, funcs, consts, origins, inl_tree }
    node::Func {
        name, package, parent, sig, pos, end_pos, dcl, n_params, n_results, variadic, closure_vars,
        body, has_body, closure, pragmas, wrapper, dupok, why, range_parent, can_delay_results,
        n_func_lits, n_range_lits, n_go_defers, n_labels, source, verdict,
    }
    node::Local {
        name, package, ty, node, func, class, defn, outer, blank, addrtaken, autotemp, byval, inl_formal,
        inl_local, used,
    }
    node::Node { kind, ty, pos, init, flags }
}

impl Coded for Leaks {
    fn write(&self, to: &mut Writer) {
        let Leaks { heap, mutator, callee, results } = self;
        for leak in [heap, mutator, callee].into_iter().chain(results) {
            leak.map_or(0, |derefs| u64::from(derefs) + 1).write(to);
        }
    }
    fn read(from: &mut Reader<'_>) -> Option<Leaks> {
        let mut leak = || match from.number()? {
            0 => Some(None),
            derefs => u8::try_from(derefs - 1).ok().map(Some),
        };
        let (heap, mutator, callee) = (leak()?, leak()?, leak()?);
        let mut results = [None; crate::ir::facts::NUM_ESC_RESULTS];
        for result in &mut results {
            *result = leak()?;
        }
        Some(Leaks { heap, mutator, callee, results })
    }
}

enums! {
    node::Kind {
        Name(local), Global(def), Func(func), Blank, Ident(name), Type, Literal(at), Nil,
        Binary { op, x, y }, Logical { or, x, y }, Unary { op, x }, AddStr { list }, Addr { x },
        PtrLit { x }, Deref { x }, Dot { x, field }, DotPtr { x, field }, DotInter { x, sel },
        MethValue { x, sel, func }, MethodExpr { x, sel, func }, Index { x, index },
        IndexMap { x, index }, Slice { op, x, low, high, max }, DotType { ok, x },
        DynamicDotType { ok, x, src_rtype, rtype, itab }, DynamicType { rtype, itab },
        Conv { op, x }, Call { op, fun, args }, InlinedCall { body, results }, Append { args },
        Builtin { op, args }, Closure { func }, CompLit { op, list, len }, Key { key, value },
        StructKey { field, value }, Make { op, len, cap }, Paren { x }, Linksym(name), As { x, y },
        As2 { op, lhs, rhs }, AsOp { op, x, y }, Dcl { x }, Block { list }, If { cond, then, els },
        For { label, cond, post, body }, Range { x, key, value, body }, Switch { tag, cases },
        TypeSw { tag, x }, Case { var, list, body }, Select { cases }, Comm { comm, body },
        Return { results }, Break(label), Continue(label), Goto(label), Fall, Label(name),
        Go { call }, Defer { call, at }, Send { chan, value }, InlMark(at), TailCall { call },
    }
    node::BinaryOp {
        Add, Sub, Or, Xor, Mul, Div, Mod, And, AndNot, Lsh, Rsh, Eq, Ne, Lt, Le, Gt, Ge, Copy,
        Complex, UnsafeAdd, UnsafeSlice, UnsafeString, MakeFace,
    }
    node::UnaryOp {
        Not, BitNot, Plus, Neg, Recv, Len, Cap, Clear, Close, Real, Imag, New, Panic, CheckNil,
        Cfunc, IData, ITab, SPtr, UnsafeStringData, UnsafeSliceData,
    }
    node::SliceOp { Slice, SliceArr, SliceStr, Slice3, Slice3Arr }
    node::ConvOp {
        Conv, ConvNop, ConvIface, Bytes2Str, Runes2Str, Str2Bytes, Str2Runes, RuneStr, Slice2Arr,
        Slice2ArrPtr,
    }
    node::CallOp { Func, Inter }
    node::BuiltinOp { Delete, Min, Max, Print, Println, Recover, GetG, GetCallerSp }
    node::CompLitOp { Array, Slice, Struct, Map }
    node::MakeOp { Slice, Map, Chan }
    node::As2Op { List, Func, MapR, DotType, Recv, SelRecv2 }
}

// Text.

bits! {
    Pragmas {
        noinline, noescape, nosplit, norace, nocheckptr, systemstack, nowritebarrier,
        nowritebarrierrec, yeswritebarrierrec, cgo_unsafe_args, uintptrkeepalive, uintptrescapes,
        registerparams, notinheap, embed,
    }
}

structs! {
    ast::LineDirective { at, file, line, column }
    ast::SyntaxError { range, message }
    ast::Decl { kind, len, hash, pragmas, line_starts, errors, exprs, stmts }
    ast::Ident { name, pos }
    ast::FuncDecl { recv, name, pos, tparams, sig, body }
    ast::Recv { name, ty }
    ast::TypeParam { name, constraint }
    ast::FuncSig { params, results, variadic }
    ast::Param { name, ty, pos }
    ast::ConstSpec { names, ty, values, iota, inherited }
    ast::VarSpec { names, ty, values }
    ast::TypeSpec { name, tparams, alias, ty }
    ast::ExprId { 0 }
    ast::StmtId { 0 }
    ast::Expr { kind, pos, start, end }
    ast::FuncLit { sig, body }
    ast::Field { name, ty, embedded, tag }
    ast::Block { stmts, lbrace, rbrace }
    ast::Stmt { kind, pos, start, end }
    ast::CaseClause { pos, cases, body }
    ast::CommClause { pos, comm, body }
}

enums! {
    ast::DeclKind { Func(func), Const(spec), Var(spec), Type(spec), Bad }
    ast::ExprKind {
        Bad, Name(name), BasicLit { kind, text }, CompositeLit { ty, elems, rbrace },
        KeyValue { key, value }, FuncLit(literal), Paren(x), Selector { x, sel },
        Index { x, indices }, Slice { x, lo, hi, max, three }, TypeAssert { x, ty },
        Call { fun, args, spread }, Star(x), Unary { op, x }, Binary { op, x, y },
        ArrayType { len, elem }, SliceType(elem), StructType(fields), FuncType(sig),
        InterfaceType(elems), MapType { key, value }, ChanType { dir, elem },
    }
    ast::LitKind { Int, Float, Imag, Rune, String }
    ast::ChanDir { Both, Send, Recv }
    ast::InterfaceElem { Method(name, ty), Embedded(ty) }
    ast::UnaryOp { Plus, Neg, Not, BitNot, Addr, Recv, Tilde }
    ast::BinaryOp {
        LOr, LAnd, Eql, Neq, Lss, Leq, Gtr, Geq, Add, Sub, Or, Xor, Mul, Quo, Rem, And, AndNot, Shl,
        Shr,
    }
    ast::StmtKind {
        Bad, Empty, Expr(x), Send { chan, value }, IncDec { x, inc }, Assign { lhs, rhs },
        Define { lhs, rhs }, OpAssign { op, x, y }, Go(call), Defer(call), Return(results),
        Break(label), Continue(label), Goto(label), Fallthrough, Block(block),
        If { init, cond, then, els }, Switch { init, tag, clauses },
        TypeSwitch { init, name, x, clauses }, Select { clauses }, For { init, cond, post, body },
        Range { lhs, define, x, range_pos, body }, Labeled { label, stmt }, Const(specs),
        Var(specs), Type(specs),
    }
}

structs! {
    Info {
        types, modes, consts, uses, selections, instances, locals, decls, implicits, underlying,
        errors, guessed, reads,
    }
    info::LocalId { 0 }
    info::Local { name, pos, ty, kind }
    info::Selection { kind, recv, path, indirect }
    info::TypeError { pos, message }
}

enums! {
    info::LocalKind { Var, Param, Const(value), Type }
    info::Mode {
        Invalid, NoValue, Builtin, TypeExpr, Constant, Variable, MapIndex, Value, Nil, CommaOk,
    }
    info::Object {
        Local(local), Global(def), Type(ty), Const, Builtin(builtin), Nil, Package(package),
    }
    info::Builtin {
        Append, Cap, Clear, Close, Complex, Copy, Delete, Imag, Len, Make, Max, Min, New, Panic,
        Print, Println, Real, Recover, UnsafeAdd, UnsafeAlignof, UnsafeOffsetof, UnsafeSizeof,
        UnsafeSlice, UnsafeSliceData, UnsafeString, UnsafeStringData,
    }
    info::SelectionKind {
        Field, Method(def), InterfaceMethod(name), MethodExpr(def), InterfaceMethodExpr(name),
    }
}
