//! Functions that compare and hash values of types for which their memory is not enough.
//!
//! The compiler makes them with the descriptors of types. Most descriptors are written when all
//! functions are compiled, and nobody hears of their functions. But where a concrete type is
//! converted to an interface with methods, or asserted from one, its descriptor is written while
//! the body or the dictionary of a generic function is read; then its functions are judged and analysed with the package's own. One
//! function serves all types whose values are compared in the same way: `type..eq.SM8` compares a
//! string and eight bytes.
//!
//! Upstream: `reflectdata/alg.go` (`geneq`, `genhash`, `eqSignature`), `reflectdata/reflect.go`
//! (`writeITab`, `writeType`), `types/size.go` (the kinds of algorithms).
//!
//! Before Go 1.27 each type had functions of its own, named after it; of them the compiler only says
//! that they are not inlined, so they are made without a body.

use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::build::{Build, is_empty_interface, is_interface};
use super::func::{FuncId, FuncKey};
use super::node::{BinaryOp, Class, Flags, Func, FuncIdx, Kind, List, LocalId, NodeId, Pos, Unit};
use crate::release::Release;
use crate::symbol::Symbol;
use crate::syntax::ast::Pragmas;
use crate::types::constant::Value;
use crate::types::cx::{Cx, deep};
use crate::types::format_backend::{BackendFormat, PackageNames};
use crate::types::ty::{Basic, DefId, PkgId, Ty, TyKind};

/// A stretch of a value, as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Part {
    /// That many bytes which are compared as they are.
    Memory(i64),
    /// That many bytes which do not count.
    Skip(i64),
    Float32,
    Float64,
    String,
    Iface,
    Eface,
    /// The same several times.
    Repeat(i64, Vec<Part>),
}

/// How the values of a type are compared: what names its functions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Signature(Vec<Part>);

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Memory(n) => write!(f, "M{n}"),
            Part::Skip(n) => write!(f, "K{n}"),
            Part::Float32 => f.write_str("F"),
            Part::Float64 => f.write_str("G"),
            Part::String => f.write_str("S"),
            Part::Iface => f.write_str("I"),
            Part::Eface => f.write_str("E"),
            Part::Repeat(n, parts) => {
                write!(f, "[{n}")?;
                parts.iter().try_for_each(|part| part.fmt(f))?;
                f.write_str("]")
            }
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| part.fmt(f))
    }
}

impl Signature {
    /// Whether the runtime has a function for it. Upstream: `geneqSig`, `genhashSig`.
    fn is_known(&self) -> bool {
        matches!(
            &*self.0,
            [] | [Part::Memory(_) | Part::String | Part::Iface | Part::Eface]
                | [Part::Float32 | Part::Float64]
                | [Part::Float32, Part::Float32]
                | [Part::Float64, Part::Float64]
        )
    }

    /// Without what does not count at the end. Upstream: `sigTrimSkip`.
    fn trimmed(parts: &[Part]) -> Signature {
        let parts = match parts {
            [parts @ .., Part::Skip(_)] => parts,
            parts => parts,
        };
        Signature(parts.to_vec())
    }
}

/// Upstream: `sigSize`.
fn size(parts: &[Part], word: i64) -> i64 {
    let of = |part: &Part| match part {
        Part::Memory(n) | Part::Skip(n) => *n,
        Part::Float32 => 4,
        Part::Float64 => 8,
        Part::String | Part::Iface | Part::Eface => 2 * word,
        Part::Repeat(n, parts) => n * size(parts, word),
    };
    parts.iter().map(of).sum()
}

/// Puts a signature together. Upstream: `eqSigBuilder`.
#[derive(Default)]
struct Parts {
    parts: Vec<Part>,
    memory: i64,
    skip: i64,
}

/// About how many bytes a round of a loop compares.
const UNROLL_SIZE: i64 = 32;

impl Parts {
    fn flush(&mut self) {
        let (memory, skip) = (std::mem::take(&mut self.memory), std::mem::take(&mut self.skip));
        if memory > 0 {
            self.parts.push(Part::Memory(memory));
        }
        if skip > 0 {
            self.parts.push(Part::Skip(skip));
        }
    }

    fn regular(&mut self, n: i64) {
        if self.memory == 0 {
            self.flush();
        }
        self.memory += n;
    }

    fn skip(&mut self, n: i64) {
        if self.skip == 0 {
            self.flush();
        }
        self.skip += n;
    }

    fn push(&mut self, parts: &[Part]) {
        self.flush();
        self.parts.extend_from_slice(parts);
    }

    fn add(&mut self, cx: &Cx<'_>, ty: Ty) {
        let under = cx.under(ty);
        match under.kind() {
            TyKind::Basic(basic) => match basic {
                Basic::String | Basic::UntypedString => self.push(&[Part::String]),
                Basic::Float32 => self.push(&[Part::Float32]),
                Basic::Float64 => self.push(&[Part::Float64]),
                Basic::Complex64 => self.push(&[Part::Float32, Part::Float32]),
                Basic::Complex128 => self.push(&[Part::Float64, Part::Float64]),
                _ => self.regular(cx.size_of(under)),
            },
            TyKind::Interface(_) | TyKind::Any => {
                let empty = is_empty_interface(cx, under);
                self.push(&[if empty { Part::Eface } else { Part::Iface }]);
            }
            TyKind::Struct(fields) => {
                let mut end = 0;
                for (field, offset) in fields.iter().zip(cx.offsets_of(under)) {
                    if field.name.is_blank() {
                        continue;
                    }
                    if end < offset {
                        self.skip(offset - end);
                    }
                    deep(|| self.add(cx, field.ty));
                    end = offset + cx.size_of(field.ty);
                }
                let size = cx.size_of(under);
                if end < size {
                    self.skip(size - end);
                }
            }
            TyKind::Array(len, elem) => {
                if is_plain_memory(cx, under) {
                    self.regular(cx.size_of(under));
                } else {
                    deep(|| self.add_array(cx, *len, *elem));
                }
            }
            _ => self.regular(cx.size_of(under)),
        }
    }

    fn add_array(&mut self, cx: &Cx<'_>, len: i64, elem: Ty) {
        let size = cx.size_of(elem);
        if len == 1 {
            return self.add(cx, elem);
        }
        if len <= 0 || size == 0 {
            return;
        }
        let round = (UNROLL_SIZE / size).max(1);
        let single = if len / round <= 1 { len } else { len % round };
        for _ in 0..single {
            self.add(cx, elem);
        }
        if single == len {
            return;
        }
        self.flush();
        let mut inner = Parts::default();
        for _ in 0..round {
            inner.add(cx, elem);
        }
        inner.flush();
        self.parts.push(Part::Repeat((len - single) / round, inner.parts));
    }
}

/// Upstream: `eqSignature`.
fn signature(cx: &Cx<'_>, ty: Ty) -> Signature {
    let mut parts = Parts::default();
    parts.add(cx, ty);
    // What does not count at the end is left out.
    parts.skip = 0;
    parts.flush();
    Signature(parts.parts)
}

/// How values of a comparable type are compared. Upstream: `types.AlgKind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alg {
    /// Two values are equal if and only if their bytes are.
    Memory,
    /// The runtime has a function for the type.
    Runtime,
    /// The type needs functions of its own.
    Special,
}

/// Upstream: `types.CalcSize`, `CalcStructSize`, `CalcArraySize`.
fn alg(cx: &Cx<'_>, ty: Ty) -> Alg {
    let under = cx.under(ty);
    match under.kind() {
        TyKind::Basic(basic) if basic.is_string() || basic.is_float() || basic.is_complex() => {
            Alg::Runtime
        }
        TyKind::Basic(_) | TyKind::Pointer(_) | TyKind::Chan(..) | TyKind::Array(0, _) => {
            Alg::Memory
        }
        TyKind::Array(len, elem) => match deep(|| alg(cx, *elem)) {
            Alg::Runtime if *len > 1 => Alg::Special,
            of_elem => of_elem,
        },
        TyKind::Struct(fields) => match &**fields {
            [field] if !field.name.is_blank() => deep(|| alg(cx, field.ty)),
            fields => {
                let offsets = cx.offsets_of(under);
                let ends = offsets.iter().skip(1).copied().chain([cx.size_of(under)]);
                let is_plain =
                    fields.iter().zip(&offsets).zip(ends).all(|((field, offset), end)| {
                        !field.name.is_blank()
                            && offset + cx.size_of(field.ty) == end
                            && deep(|| alg(cx, field.ty)) == Alg::Memory
                    });
                if is_plain { Alg::Memory } else { Alg::Special }
            }
        },
        _ => Alg::Runtime,
    }
}

fn is_plain_memory(cx: &Cx<'_>, ty: Ty) -> bool {
    alg(cx, ty) == Alg::Memory
}

/// The types whose descriptors are written while the body of a function is read: it converts them
/// to an interface with methods, or asserts them from one.
pub fn described(cx: &Cx<'_>, unit: &Unit) -> Arc<[Ty]> {
    let mut found = Found { cx, unit, types: Vec::new() };
    let unread = made_by_assignments(unit);
    unit.each_node_with_closures(FuncIdx::ROOT, &mut |node| {
        if !unread.contains(&node) {
            found.node(node);
        }
    });
    found.types.into()
}

/// The types whose descriptors are written with that of a type as implementation of an interface.
/// Upstream: `ITabLsym`, `writeITab`.
pub fn described_by_itab(cx: &Cx<'_>, ty: Ty, iface: Ty) -> Option<[Ty; 2]> {
    let is_concrete = !is_interface(cx, ty) && !ty.is_invalid();
    let has_methods = is_interface(cx, iface) && !is_empty_interface(cx, iface);
    let is_real = !ty.has_shapes() && !iface.has_shapes();
    (is_concrete && has_methods && is_real).then_some([iface, ty])
}

/// Makes the functions that the descriptors of some types need, and of the types that these lead
/// to, for the package that is compiled. `emits` says whether it writes the descriptor of a type
/// that has a name, or has none.
pub fn functions(
    cx: &Cx<'_>,
    names: &dyn PackageNames,
    package: PkgId,
    emits: &dyn Fn(Ty) -> bool,
    described: impl Iterator<Item = Ty>,
) -> Vec<Unit> {
    let mut descriptors = Descriptors {
        cx,
        types: BackendFormat { cx, names, local: package },
        package,
        emits,
        written: FxHashSet::default(),
        todo: described.collect(),
        made: FxHashSet::default(),
        made_for: FxHashSet::default(),
        units: Vec::new(),
    };
    descriptors.write_all();
    descriptors.units
}

/// The conversions of values to the types of package-level variables: they are not in the text
/// that is read, the assignments are given them later.
///
/// Upstream: `noder/writer.go`, `pkgInit`; `noder/reader.go`, `pkgInitOrder`.
fn made_by_assignments(unit: &Unit) -> FxHashSet<NodeId> {
    if !matches!(unit.id.key(), FuncKey::Init(_) | FuncKey::MapInit(..)) {
        return FxHashSet::default();
    }
    let value = |stmt: &NodeId| match unit[*stmt].kind {
        Kind::As { y: Some(y), .. } if unit[y].flags.has(Flags::IMPLICIT) => Some(y),
        _ => None,
    };
    unit[unit[FuncIdx::ROOT].body].iter().filter_map(value).collect()
}

/// Finds the types whose descriptors the body of a function asks for.
struct Found<'a> {
    cx: &'a Cx<'a>,
    unit: &'a Unit,
    types: Vec<Ty>,
}

impl Found<'_> {
    /// Finds what is converted to an interface with methods, or asserted from one.
    fn node(&mut self, node: NodeId) {
        let unit = self.unit;
        let ty = unit[node].ty;
        match unit[node].kind {
            Kind::Conv { op, x } if op.is_to_interface() => self.itab(unit[x].ty, ty),
            Kind::DotType { x, .. } => self.itab(ty, unit[x].ty),
            Kind::Switch { tag: Some(tag), cases } => {
                let Kind::TypeSw { x, .. } = unit[tag].kind else { return };
                for &case in &unit[cases] {
                    let Kind::Case { list, .. } = unit[case].kind else { continue };
                    let types =
                        unit[list].iter().filter(|ty| matches!(unit[**ty].kind, Kind::Type));
                    types.for_each(|case| self.itab(unit[*case].ty, unit[x].ty));
                }
            }
            _ => {}
        }
    }

    fn itab(&mut self, ty: Ty, iface: Ty) {
        self.types.extend(described_by_itab(self.cx, ty, iface).into_iter().flatten());
    }
}

struct Descriptors<'a> {
    cx: &'a Cx<'a>,
    types: BackendFormat<'a, 'a>,
    package: PkgId,
    emits: &'a dyn Fn(Ty) -> bool,
    written: FxHashSet<Ty>,
    todo: Vec<Ty>,
    made: FxHashSet<(Form, Signature)>,
    /// Before Go 1.27.
    made_for: FxHashSet<(Form, Ty)>,
    units: Vec<Unit>,
}

/// What a function is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    Eq,
    Hash,
}

impl Descriptors<'_> {
    fn write_all(&mut self) {
        while let Some(ty) = self.todo.pop() {
            self.write(ty);
        }
    }

    /// Upstream: `writeType`, `dcommontype`, `dextratypeData`.
    fn write(&mut self, ty: Ty) {
        let cx = self.cx;
        let ty = ty.canon();
        let base = match ty.kind() {
            TyKind::Pointer(elem) if matches!(elem.kind(), TyKind::Named(_) | TyKind::Basic(_)) => {
                *elem
            }
            _ => ty,
        };
        let is_value = !ty.has_tparams() && !ty.has_shapes() && !ty.is_invalid();
        if !is_value || !(self.emits)(base) || !self.written.insert(ty) {
            return;
        }
        if cx.comparable_type(ty, true) {
            self.function_for(Form::Eq, ty);
        }
        if !matches!(ty.kind(), TyKind::Pointer(_)) {
            self.todo.push(Ty::pointer(ty));
        }
        let under = cx.under(ty);
        match under.kind() {
            TyKind::Map(key, _) => self.function_for(Form::Hash, *key),
            TyKind::Array(_, elem) => self.todo.push(Ty::slice(*elem)),
            _ => {}
        }
        if is_interface(cx, ty) {
            self.todo.extend(cx.type_set(ty).methods.iter().map(|method| method.sig));
        } else {
            under.kind().each_child(&mut |child| self.todo.push(child));
            self.todo.extend(cx.method_set(ty).iter().map(|method| method.found.sig));
        }
    }

    /// What compares or hashes the values of a type, if the runtime does not have it.
    ///
    /// Upstream: `geneq`, `genhash`.
    fn function_for(&mut self, form: Form, ty: Ty) {
        let cx = self.cx;
        if cx.target.release >= Release::Go1_27 {
            let signature = signature(cx, ty);
            if !signature.is_known() {
                self.function(form, signature);
            }
            return;
        }
        let ty = ty.canon();
        if alg(cx, ty) != Alg::Special || !self.made_for.insert((form, ty)) {
            return;
        }
        let (id, def) = form.function_id(&self.types.link_string(ty));
        let mut unit = Unit::new(id, self.package, def);
        unit.funcs.push(form.func(id, def));
        self.units.push(unit);
        if form == Form::Hash {
            let mut inner = Vec::new();
            match cx.under(ty).kind() {
                TyKind::Array(_, elem) => inner.push(*elem),
                TyKind::Struct(fields) => inner.extend(fields.iter().map(|field| field.ty)),
                _ => {}
            }
            deep(|| inner.into_iter().for_each(|ty| self.function_for(form, ty)));
        }
    }

    fn function(&mut self, form: Form, signature: Signature) {
        if !self.made.insert((form, signature.clone())) {
            return;
        }
        let inner: Vec<Signature> =
            signature.0.iter().filter_map(|part| inner(form, part)).collect();
        self.units.push(match form {
            Form::Eq => eq_function(self.cx, self.package, &signature),
            Form::Hash => hash_function(self.cx, self.package, &signature),
        });
        deep(|| inner.into_iter().for_each(|signature| self.function(form, signature)));
    }
}

/// What compares or hashes the elements of an array.
fn inner(form: Form, part: &Part) -> Option<Signature> {
    match (form, part) {
        (Form::Eq, Part::Repeat(_, parts)) => Some(Signature::trimmed(parts)),
        (Form::Hash, Part::Repeat(_, parts)) => Some(Signature(parts.clone())),
        _ => None,
    }
}

impl Form {
    /// The function for what is named so.
    fn function_id(self, of: &str) -> (FuncId, DefId) {
        let word = match self {
            Form::Eq => "eq",
            Form::Hash => "hash",
        };
        let name = Symbol::new(&format!(".{word}.{of}"));
        let def = DefId::new(PkgId::new("type"), name);
        (FuncId::declared(def), def)
    }

    /// The function without parameters and body.
    fn func(self, id: FuncId, def: DefId) -> Func {
        Func {
            pragmas: Pragmas { noinline: true, ..Pragmas::default() },
            has_body: true,
            dupok: true,
            ..Func::new(id, def.name.to_string(), Ty::func(&[], &[], false), POS)
        }
    }
}

fn function_id(form: Form, signature: &Signature) -> (FuncId, DefId) {
    form.function_id(&signature.to_string())
}

/// Writes the body of such a function.
struct Writer<'b, 'a> {
    build: Build<'b, 'a>,
    body: Vec<NodeId>,
    params: Vec<NodeId>,
    offset: i64,
    word: i64,
}

const POS: Pos = Pos::AUTOGENERATED;

fn pointer_type() -> Ty {
    Ty::basic(Basic::UnsafePointer)
}

fn word_type() -> Ty {
    Ty::basic(Basic::Uintptr)
}

/// `func(p, q unsafe.Pointer) (r bool)`. Upstream: `eqFunc`.
fn eq_function(cx: &Cx<'_>, package: PkgId, signature: &Signature) -> Unit {
    let params = [("p", pointer_type()), ("q", pointer_type())];
    let result = ("r", Ty::basic(Basic::Bool));
    write_function(cx, package, Form::Eq, signature, &params, result, |writer, result| {
        let mut eq = Eq { last: None, strings: Vec::new(), calls: false, neq: Symbol::new(".neq") };
        writer.eq_parts(&mut eq, &signature.0);
        let last = match eq.last {
            Some(last) => last,
            None => writer.build.literal(Value::Bool(true), Ty::basic(Basic::Bool), POS),
        };
        let ret = Symbol::new(".ret");
        writer.assign(result, last);
        writer.stmt(Kind::Label(ret));
        writer.stmt(Kind::Return { results: List::EMPTY });
        writer.stmt(Kind::Label(eq.neq));
        let no = writer.build.literal(Value::Bool(false), Ty::basic(Basic::Bool), POS);
        writer.assign(result, no);
        writer.stmt(if eq.calls { Kind::Goto(ret) } else { Kind::Return { results: List::EMPTY } });
    })
}

/// `func(p unsafe.Pointer, h uintptr) uintptr`. Upstream: `hashFunc`.
fn hash_function(cx: &Cx<'_>, package: PkgId, signature: &Signature) -> Unit {
    let params = [("p", pointer_type()), ("h", word_type())];
    let result = ("~r0", word_type());
    write_function(cx, package, Form::Hash, signature, &params, result, |writer, _| {
        writer.hash_parts(&signature.0);
        let results = writer.build.list(&[writer.params[1]]);
        writer.stmt(Kind::Return { results });
    })
}

fn write_function(
    cx: &Cx<'_>,
    package: PkgId,
    form: Form,
    signature: &Signature,
    params: &[(&str, Ty)],
    result: (&str, Ty),
    write: impl FnOnce(&mut Writer<'_, '_>, NodeId),
) -> Unit {
    let (id, def) = function_id(form, signature);
    let mut unit = Unit::new(id, package, def);
    let types: Vec<Ty> = params.iter().map(|(_, ty)| *ty).collect();
    unit.funcs.push(Func {
        n_params: params.len() as u32,
        n_results: 1,
        sig: Ty::func(&types, &[result.1], false),
        ..form.func(id, def)
    });
    let mut build = Build { cx, unit: &mut unit, package };
    let mut declare = |name: &str, ty, class| -> LocalId {
        let local = build.local(FuncIdx::ROOT, Symbol::new(name), ty, class, POS);
        build.unit[FuncIdx::ROOT].dcl.push(local);
        local
    };
    let params: Vec<LocalId> =
        params.iter().map(|(name, ty)| declare(name, *ty, Class::Param)).collect();
    let result = declare(result.0, result.1, Class::Result);
    let params = params.iter().map(|local| build.name(*local)).collect();
    let result = build.name(result);
    let word = cx.target.arch.ptr_size();
    let mut writer = Writer { build, body: Vec::new(), params, offset: 0, word };
    write(&mut writer, result);
    let body = writer.body;
    unit[FuncIdx::ROOT].body = unit.list(&body);
    unit
}

/// What is known while an equality function is written.
struct Eq {
    /// A test whose outcome is not used yet.
    last: Option<NodeId>,
    /// Where strings lie of which only the lengths have been compared.
    strings: Vec<i64>,
    /// Whether anything is called.
    calls: bool,
    neq: Symbol,
}

impl Writer<'_, '_> {
    fn stmt(&mut self, kind: Kind) {
        let stmt = self.build.stmt(kind, POS);
        self.body.push(stmt);
    }

    fn assign(&mut self, x: NodeId, y: NodeId) {
        let stmt = self.build.assign(x, Some(y), POS);
        self.body.push(stmt);
    }

    fn word_literal(&mut self, value: i64) -> NodeId {
        self.build.literal(Value::from(value), word_type(), POS)
    }

    /// `unsafe.Add(x, by)`.
    fn add(&mut self, x: NodeId, by: NodeId) -> NodeId {
        self.build.add(Kind::Binary { op: BinaryOp::UnsafeAdd, x, y: by }, pointer_type(), POS)
    }

    /// The address of a parameter's value at the offset reached.
    fn address(&mut self, param: usize) -> NodeId {
        let by = self.word_literal(self.offset);
        self.add(self.params[param], by)
    }

    fn runtime(&mut self, name: &str, params: &[Ty], result: Ty, args: Vec<NodeId>) -> NodeId {
        let func = FuncId::new(FuncKey::Runtime(Symbol::new(name)));
        let fun = self.build.add(Kind::Func(func), Ty::func(params, &[result], false), Pos::NONE);
        self.build.call(FuncIdx::ROOT, fun, args, false, POS)
    }

    /// `*(*ty)(address)` of both parameters; goes on behind it.
    fn load(&mut self, ty: Ty) -> (NodeId, NodeId) {
        let mut one = |param| {
            let x = self.address(param);
            let x = self.build.conv(x, Ty::pointer(ty), POS);
            self.build.deref(x, POS)
        };
        let pair = (one(0), one(1));
        self.offset += self.build.cx.size_of(ty);
        pair
    }

    /// Upstream: `eqFunc`, `test`.
    fn test(&mut self, eq: &mut Eq, test: NodeId) {
        self.use_last(eq);
        eq.last = Some(test);
    }

    fn use_last(&mut self, eq: &mut Eq) {
        let Some(last) = eq.last.take() else { return };
        self.leave_unless(eq, last);
    }

    fn leave_unless(&mut self, eq: &Eq, cond: NodeId) {
        let leave = self.build.stmt(Kind::Goto(eq.neq), POS);
        let then = self.build.list(&[leave]);
        self.stmt(Kind::If { cond, then, els: List::EMPTY });
    }

    /// Compares two values of a type. Gives the first.
    fn compare(&mut self, eq: &mut Eq, ty: Ty) -> NodeId {
        let (x, y) = self.load(ty);
        let kind = Kind::Binary { op: BinaryOp::Eq, x, y };
        let test = self.build.add(kind, Ty::basic(Basic::Bool), POS);
        self.test(eq, test);
        x
    }

    fn mem_equal(&mut self, eq: &mut Eq, args: Vec<NodeId>) {
        let params = [pointer_type(), pointer_type(), word_type()];
        let call = self.runtime("memequal", &params, Ty::basic(Basic::Bool), args);
        self.test(eq, call);
        eq.calls = true;
    }

    fn flush_strings(&mut self, eq: &mut Eq) {
        let offset = self.offset;
        for string in std::mem::take(&mut eq.strings) {
            self.offset = string;
            let (x, y) = self.load(pointer_type());
            let (len, _) = self.load(word_type());
            self.mem_equal(eq, vec![x, y, len]);
        }
        self.offset = offset;
    }

    fn eq_parts(&mut self, eq: &mut Eq, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Memory(n) => self.eq_memory(eq, *n),
                Part::Float32 => _ = self.compare(eq, Ty::basic(Basic::Float32)),
                Part::Float64 => _ = self.compare(eq, Ty::basic(Basic::Float64)),
                Part::String => {
                    eq.strings.push(self.offset);
                    self.offset += self.word;
                    self.compare(eq, word_type());
                }
                Part::Iface | Part::Eface => {
                    self.flush_strings(eq);
                    let ty = Ty::pointer(word_type());
                    let first = self.compare(eq, ty);
                    let (x, y) = self.load(pointer_type());
                    let name = if *part == Part::Eface { "efaceeq" } else { "ifaceeq" };
                    let params = [ty, pointer_type(), pointer_type()];
                    let result = Ty::basic(Basic::Bool);
                    let call = self.runtime(name, &params, result, vec![first, x, y]);
                    self.test(eq, call);
                    eq.calls = true;
                }
                Part::Skip(n) => self.offset += n,
                Part::Repeat(n, parts) => {
                    self.flush_strings(eq);
                    self.use_last(eq);
                    let (func, _) = function_id(Form::Eq, &Signature::trimmed(parts));
                    let bool_type = Ty::basic(Basic::Bool);
                    let sig = Ty::func(&[pointer_type(), pointer_type()], &[bool_type], false);
                    self.repeat(*n, size(parts, self.word), |writer, idx| {
                        let args = vec![
                            writer.add(writer.params[0], idx),
                            writer.add(writer.params[1], idx),
                        ];
                        let fun = writer.build.add(Kind::Func(func), sig, Pos::NONE);
                        let call = writer.build.call(FuncIdx::ROOT, fun, args, false, POS);
                        writer.leave_unless(eq, call);
                    });
                }
            }
        }
        self.flush_strings(eq);
    }

    fn eq_memory(&mut self, eq: &mut Eq, n: i64) {
        if n > 64 {
            let (x, y) = (self.address(0), self.address(1));
            let len = self.word_literal(n);
            self.mem_equal(eq, vec![x, y, len]);
            self.offset += n;
            return;
        }
        // Words first; a rest is compared with bytes that were compared before, if there are any.
        let mut rest = n;
        while rest > 0 {
            let (basic, step) = match rest {
                8.. => (Basic::Uint64, 8),
                5..8 if n >= 8 => (Basic::Uint64, rest),
                4..8 => (Basic::Uint32, 4),
                3 if n >= 4 => (Basic::Uint32, 3),
                2 | 3 => (Basic::Uint16, 2),
                _ => (Basic::Uint8, 1),
            };
            let ty = Ty::basic(basic);
            self.offset -= self.build.cx.size_of(ty) - step;
            self.compare(eq, ty);
            rest -= step;
        }
    }

    /// `for idx := offset; idx < end; idx += step { … }`.
    fn repeat(&mut self, n: i64, step: i64, body: impl FnOnce(&mut Self, NodeId)) {
        let idx = self.build.temp(FuncIdx::ROOT, word_type(), POS);
        let idx = self.build.name(idx);
        let start = self.word_literal(self.offset);
        let init = self.build.assign(idx, Some(start), POS);
        self.offset += n * step;
        let y = self.word_literal(self.offset);
        let kind = Kind::Binary { op: BinaryOp::Lt, x: idx, y };
        let cond = self.build.add(kind, Ty::basic(Basic::Bool), POS);
        let y = self.word_literal(step);
        let next = self.build.add(Kind::Binary { op: BinaryOp::Add, x: idx, y }, word_type(), POS);
        let post = self.build.assign(idx, Some(next), POS);
        let outer = std::mem::take(&mut self.body);
        body(self, idx);
        let body = std::mem::replace(&mut self.body, outer);
        let body = self.build.list(&body);
        let kind = Kind::For { label: None, cond: Some(cond), post: Some(post), body };
        let stmt = self.build.stmt(kind, POS);
        self.build.append_init(stmt, &[init]);
        self.body.push(stmt);
    }

    /// `h = name(address, h)`.
    fn hash(&mut self, name: &str, len: Option<i64>) {
        let h = self.params[1];
        let mut args = vec![self.address(0), h];
        let mut params = vec![pointer_type(), word_type()];
        if let Some(len) = len {
            args.push(self.word_literal(len));
            params.push(word_type());
        }
        let call = self.runtime(name, &params, word_type(), args);
        self.assign(h, call);
    }

    fn hash_parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Memory(4) => self.hash("memhash32", None),
                Part::Memory(8) => self.hash("memhash64", None),
                Part::Memory(n) => self.hash("memhash", Some(*n)),
                Part::Float32 => self.hash("f32hash", None),
                Part::Float64 => self.hash("f64hash", None),
                Part::String => self.hash("strhash", None),
                Part::Eface => self.hash("nilinterhash", None),
                Part::Iface => self.hash("interhash", None),
                Part::Skip(_) => {}
                Part::Repeat(n, parts) => {
                    let (func, _) = function_id(Form::Hash, &Signature(parts.clone()));
                    let sig = Ty::func(&[pointer_type(), word_type()], &[word_type()], false);
                    self.repeat(*n, size(parts, self.word), |writer, idx| {
                        let h = writer.params[1];
                        let args = vec![writer.add(writer.params[0], idx), h];
                        let fun = writer.build.add(Kind::Func(func), sig, Pos::NONE);
                        let call = writer.build.call(FuncIdx::ROOT, fun, args, false, POS);
                        writer.assign(h, call);
                    });
                    continue;
                }
            }
            self.offset += size(std::slice::from_ref(part), self.word);
        }
    }
}
