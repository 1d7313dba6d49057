//! What stands in the dictionary of a generic function, or of a generic type for its methods, word
//! by word.
//!
//! A shaped function gets from its dictionary what depends on type arguments: the methods of type
//! parameters that it calls, the dictionaries that it hands on, descriptors of types, and pairs of
//! a type and an interface. The compiler gives each its place as it writes the function, in the
//! order of the text. Two types are one word if they are the same type of the checker: of an array,
//! a pointer, or a function type there is one for each place where it is written or made, so `*T`
//! in two parameters' types counts twice, and in `x, y *T` once.
//!
//! Upstream: `cmd/compile/internal/noder/writer.go` (`writerDict`, `varDictIndex`, `convRTTI`,
//! `exprType`, `funcInst`, `methodExpr`).

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::func::FuncId;
use super::super::node::Unit;
use super::{Input, Lower, type_params};
use crate::symbol::Symbol;
use crate::syntax::ast::{
    Block, CaseClause, ExprId, ExprKind, FuncSig, Param, StmtId, StmtKind, UnaryOp, VarSpec,
};
use crate::types::cx::{Cx, deep};
use crate::types::info::{Builtin, LocalId, Mode, Object, SelectionKind};
use crate::types::predicates::default_type;
use crate::types::subst::{Subst, subst};
use crate::types::ty::{DefId, Ty, TyKind};

/// A dictionary: how many words it has, and which of them its functions use.
#[derive(Debug, Default)]
pub struct Dictionary {
    len: i64,
    /// By function and expression: the selector of a method, or what names a generic function.
    words: FxHashMap<(DefId, ExprId), i64>,
    subdicts: Vec<(DefId, Vec<Dependent>)>,
    itabs: Vec<(Dependent, Dependent)>,
}

/// A type, in terms of a function's type parameters.
type Dependent = (Ty, DefId);

/// The words of a dictionary, in the order in which they stand.
#[derive(Default)]
struct Words {
    /// Methods of type parameters.
    methods: Vec<(Ty, Symbol)>,
    /// Dictionaries of what is called.
    subdicts: Vec<(DefId, Vec<Key>)>,
    /// Descriptors of types.
    types: Vec<Key>,
    /// Types as implementations of interfaces.
    itabs: Vec<(Key, Key)>,
    uses: FxHashMap<(DefId, ExprId), Use>,
}

#[derive(Debug, Clone, Copy)]
enum Use {
    Method(usize),
    Subdict(usize),
}

/// A type as one value of the checker.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    ty: Ty,
    /// In which function it is used: each method has type parameters of its own.
    of: DefId,
    /// Where the type comes from.
    site: Site,
}

/// Where a type was made.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Site {
    /// Defined types, their instances and type parameters are the same everywhere.
    Anywhere,
    /// Where it is written.
    Written(ExprId),
    /// An expression's type that was made for it.
    Made(ExprId),
    /// A part of another type.
    Part(Rc<Site>, Ty, Part),
    /// A result of a generic function with these type arguments.
    Instance(DefId, Box<[Ty]>, u32),
}

/// Which part of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Key,
    Elem,
    Field(u32),
    Param(u32),
    Result(u32),
    Method(Symbol, u32),
}

/// The declaration whose dictionary a function or method takes: a method without type parameters of
/// its own takes that of its receiver's type.
pub fn dictionary_owner(cx: &Cx<'_>, def: DefId) -> DefId {
    let Some(func) = cx.defs.func(def) else { return def };
    let recv = func.recv.filter(|_| func.tparams.is_empty()).map(Ty::kind);
    let base = match recv {
        Some(TyKind::Pointer(base)) => Some(base.kind()),
        recv => recv,
    };
    match base {
        Some(TyKind::Named(named)) => named.def,
        _ => def,
    }
}

impl Dictionary {
    /// The dictionary that generic functions have in common: a function, or the methods of a type
    /// in the order in which they are declared.
    pub fn of(functions: &[(DefId, Input<'_>)]) -> Dictionary {
        let mut words = Words::default();
        for (def, input) in functions {
            let unit = Unit::new(FuncId::declared(*def), input.compiled, *def);
            let lower = Lower::new(input, unit);
            let mut writer = Writer {
                words: &mut words,
                lower,
                def: *def,
                vars: FxHashMap::default(),
                elided: FxHashMap::default(),
                known: FxHashMap::default(),
                results: Vec::new(),
            };
            writer.function();
        }
        words.finish()
    }

    /// How many words there are. Upstream: `readerDict.numWords`.
    pub fn len(&self) -> i64 {
        self.len
    }

    /// Whether functions use the same words in both.
    pub fn has_same_words(&self, other: &Dictionary, functions: &FxHashSet<DefId>) -> bool {
        let known = |words: &Dictionary| -> FxHashMap<(DefId, ExprId), i64> {
            let words = words.words.iter().filter(|((def, _), _)| functions.contains(def));
            words.map(|(key, at)| (*key, *at)).collect()
        };
        known(self) == known(other)
    }

    /// The types as implementations of interfaces that it holds for type arguments.
    pub fn itabs<'d>(
        &'d self,
        cx: &'d Cx<'_>,
        args: &'d [Ty],
    ) -> impl Iterator<Item = (Ty, Ty)> + 'd {
        let real = |of: &Dependent| dependent(cx, *of, args);
        self.itabs.iter().map(move |(ty, iface)| (real(ty), real(iface)))
    }

    /// The dictionaries that it points to for type arguments: whose they are, and for which ones.
    pub fn subdicts<'d>(
        &'d self,
        cx: &'d Cx<'_>,
        args: &'d [Ty],
    ) -> impl Iterator<Item = (DefId, Box<[Ty]>)> + 'd {
        self.subdicts.iter().map(move |(owner, of)| {
            (*owner, of.iter().map(|arg| dependent(cx, *arg, args)).collect())
        })
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of the word that an expression uses.
    pub fn word(&self, function: DefId, e: ExprId) -> Option<i64> {
        self.words.get(&(function, e)).copied()
    }
}

/// A type for type arguments.
fn dependent(cx: &Cx<'_>, (ty, of): Dependent, args: &[Ty]) -> Ty {
    match cx.defs.func(of) {
        Some(func) => subst(ty, &Subst::of_params(&type_params(cx, &func), args)),
        None => ty,
    }
}

impl Words {
    fn finish(self) -> Dictionary {
        let number = |at: usize| i64::try_from(at).unwrap_or(i64::MAX);
        let len = self.methods.len() + self.subdicts.len() + self.types.len() + self.itabs.len();
        let words = self.uses.iter().map(|(key, used)| match *used {
            Use::Method(at) => (*key, number(at)),
            Use::Subdict(at) => (*key, number(self.methods.len() + at)),
        });
        let of = |key: &Key| (key.ty, key.of);
        let subdicts = self.subdicts.iter();
        let subdicts = subdicts.map(|(owner, args)| (*owner, args.iter().map(of).collect()));
        let itabs = self.itabs.iter().map(|(ty, iface)| (of(ty), of(iface)));
        Dictionary {
            len: number(len),
            words: words.collect(),
            subdicts: subdicts.collect(),
            itabs: itabs.collect(),
        }
    }
}

/// The place of a value in a list, to which it is added if it is new.
fn place<T: PartialEq>(list: &mut Vec<T>, value: T) -> usize {
    list.iter().position(|known| *known == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    })
}

/// Goes through a function as the compiler writes it.
struct Writer<'w, 'a> {
    words: &'w mut Words,
    /// Knows which statements and conditions are left out.
    lower: Lower<'a>,
    def: DefId,
    vars: FxHashMap<LocalId, Key>,
    /// The types of composite literals that leave theirs out.
    elided: FxHashMap<ExprId, Key>,
    known: FxHashMap<ExprId, Key>,
    /// The result types of the function around, innermost last.
    results: Vec<Vec<Key>>,
}

impl Writer<'_, '_> {
    fn function(&mut self) {
        let decl = self.lower.input.decl;
        let crate::syntax::ast::DeclKind::Func(func) = &decl.kind else { return };
        let Some(func_def) = self.lower.cx().defs.func(self.def) else { return };
        if let (Some(recv), Some(ty)) = (&func.recv, func_def.recv) {
            let key = self.key(ty, Site::Written(recv.ty));
            self.declare(recv.name.map(|name| name.pos), key);
        }
        self.signature(&func.sig, func_def.sig);
        if let Some(body) = &func.body {
            self.block(body);
        }
        self.results.pop();
    }

    /// Declares parameters and results, and opens the function.
    fn signature(&mut self, sig: &FuncSig, ty: Ty) {
        let TyKind::Func(types) = ty.kind() else { return self.results.push(Vec::new()) };
        for (at, (param, ty)) in sig.params.iter().zip(&types.params).enumerate() {
            let variadic = sig.variadic && at + 1 == sig.params.len();
            self.param(param, *ty, variadic);
        }
        let results = sig.results.iter().zip(&types.results);
        let results: Vec<Key> =
            results.map(|(result, ty)| self.param(result, *ty, false)).collect();
        self.results.push(results);
    }

    fn param(&mut self, param: &Param, ty: Ty, variadic: bool) -> Key {
        // The type of `...T` is made for it.
        let site = if variadic { Site::Made(param.ty) } else { Site::Written(param.ty) };
        let key = self.key(ty, site);
        self.declare(param.name.map(|name| name.pos), key.clone());
        key
    }

    /// Upstream: `addLocal`, `varDictIndex`.
    fn declare(&mut self, at: Option<u32>, key: Key) {
        self.rtype(&key);
        let local = at.and_then(|at| self.lower.info().decls.get(&at));
        if let Some(local) = local {
            self.vars.insert(*local, key);
        }
    }

    fn key(&self, ty: Ty, site: Site) -> Key {
        let site = match ty.kind() {
            TyKind::Named(_) | TyKind::Param(_) | TyKind::Basic(_) | TyKind::Any => Site::Anywhere,
            _ if !ty.has_tparams() => Site::Anywhere,
            _ => site,
        };
        Key { ty, of: self.def, site }
    }

    fn rtype(&mut self, key: &Key) {
        if key.ty.has_tparams() {
            place(&mut self.words.types, key.clone());
        }
    }

    /// Upstream: `itab`, `convRTTI`.
    fn itab(&mut self, ty: &Key, iface: &Key) {
        self.rtype(ty);
        self.rtype(iface);
        if ty.ty.has_tparams() || iface.ty.has_tparams() {
            place(&mut self.words.itabs, (ty.clone(), iface.clone()));
        }
    }

    fn kind(&self, e: ExprId) -> &ExprKind {
        &self.lower.decl()[e].kind
    }

    /// A type's form, through names and type parameters.
    fn core(&self, ty: Ty) -> Ty {
        self.lower.cx().core_type(ty).unwrap_or_else(Ty::invalid)
    }

    /// A part of a type.
    fn part(&self, of: &Key, part: Part, ty: Ty) -> Key {
        let written = match of.site {
            Site::Written(e) => self.written_part(self.lower.unparen(e), part),
            // Of `...T`.
            Site::Made(e) if part == Part::Elem && self.is_type(e) => Some(Site::Written(e)),
            _ => None,
        };
        let site = written.unwrap_or_else(|| Site::Part(Rc::new(of.site.clone()), of.ty, part));
        let site = match site {
            Site::Written(e) => Site::Written(self.lower.unparen(e)),
            site => site,
        };
        self.key(ty, site)
    }

    fn written_part(&self, e: ExprId, part: Part) -> Option<Site> {
        let of_sig = |sig: &FuncSig| match part {
            Part::Param(at) => {
                let at = at as usize;
                let param = sig.params.get(at)?;
                let variadic = sig.variadic && at + 1 == sig.params.len();
                Some(if variadic { Site::Made(param.ty) } else { Site::Written(param.ty) })
            }
            Part::Result(at) => sig.results.get(at as usize).map(|param| Site::Written(param.ty)),
            _ => None,
        };
        match (self.kind(e), part) {
            (ExprKind::ArrayType { elem, .. } | ExprKind::ChanType { elem, .. }, Part::Elem)
            | (ExprKind::SliceType(elem) | ExprKind::Star(elem), Part::Elem)
            | (ExprKind::MapType { value: elem, .. }, Part::Elem) => Some(Site::Written(*elem)),
            (ExprKind::MapType { key, .. }, Part::Key) => Some(Site::Written(*key)),
            (ExprKind::StructType(fields), Part::Field(at)) => {
                fields.get(at as usize).map(|field| Site::Written(field.ty))
            }
            (ExprKind::FuncType(sig), _) => of_sig(sig),
            (ExprKind::FuncLit(lit), _) => of_sig(&lit.sig),
            _ => None,
        }
    }

    /// What a pointer points to, or the element of an array, a slice, a channel or a map.
    fn elem(&self, of: &Key) -> Key {
        let ty = match self.core(of.ty).kind() {
            TyKind::Pointer(elem)
            | TyKind::Slice(elem)
            | TyKind::Array(_, elem)
            | TyKind::Chan(_, elem)
            | TyKind::Map(_, elem) => *elem,
            _ => return self.key(Ty::invalid(), Site::Anywhere),
        };
        self.part(of, Part::Elem, ty)
    }

    fn map_key(&self, of: &Key) -> Option<Key> {
        match self.core(of.ty).kind() {
            TyKind::Map(key, _) => Some(self.part(of, Part::Key, *key)),
            _ => None,
        }
    }

    fn field(&self, of: &Key, at: u32) -> Key {
        let of = match self.core(of.ty).kind() {
            TyKind::Pointer(_) => self.elem(of),
            _ => of.clone(),
        };
        match self.core(of.ty).kind() {
            TyKind::Struct(fields) => {
                let ty = fields.get(at as usize).map_or_else(Ty::invalid, |field| field.ty);
                self.part(&of, Part::Field(at), ty)
            }
            _ => self.key(Ty::invalid(), Site::Anywhere),
        }
    }

    fn is_type(&self, e: ExprId) -> bool {
        self.lower.info().modes.get(e.0 as usize) == Some(&Mode::TypeExpr)
    }

    /// The type of an expression; that of the value alone if it is read with comma-ok.
    fn type_of(&mut self, e: ExprId) -> Key {
        let e = self.lower.unparen(e);
        if let Some(known) = self.known.get(&e) {
            return known.clone();
        }
        let key = deep(|| self.type_of1(e));
        self.known.insert(e, key.clone());
        key
    }

    fn type_of1(&mut self, e: ExprId) -> Key {
        let raw = match self.lower.raw(e).kind() {
            TyKind::Tuple(types) if self.is_comma_ok(e) => {
                types.first().copied().unwrap_or_else(Ty::invalid)
            }
            _ => self.lower.raw(e),
        };
        let ty = default_type(raw);
        if !ty.has_tparams() || self.key(ty, Site::Made(e)).site == Site::Anywhere {
            return self.key(ty, Site::Anywhere);
        }
        let key = |site| self.key(ty, site);
        if self.is_type(e) {
            return key(Site::Written(e));
        }
        let decl = self.lower.input.decl;
        match &decl[e].kind {
            ExprKind::Name(_) => match self.lower.object(e) {
                Some(Object::Local(local)) => self.vars.get(&local).cloned(),
                _ => None,
            },
            ExprKind::FuncLit(_) => Some(key(Site::Written(e))),
            ExprKind::CompositeLit { ty: Some(written), .. } => {
                let written = self.lower.unparen(*written);
                match self.kind(written) {
                    ExprKind::ArrayType { len: None, .. } => None,
                    _ => Some(key(Site::Written(written))),
                }
            }
            ExprKind::CompositeLit { .. } => self.elided.get(&e).cloned(),
            ExprKind::Selector { x, .. } => {
                let info = self.lower.input.info;
                match info.selections.get(&e) {
                    Some(selection) if selection.kind == SelectionKind::Field => {
                        let mut of = self.type_of(*x);
                        for &at in &selection.path {
                            of = self.field(&of, at);
                        }
                        Some(of)
                    }
                    _ => None,
                }
            }
            ExprKind::Index { x, .. } if !self.is_instance(*x) => {
                let of = self.type_of(*x);
                let of = match self.core(of.ty).kind() {
                    TyKind::Pointer(_) => self.elem(&of),
                    _ => of,
                };
                Some(self.elem(&of))
            }
            ExprKind::Slice { x, .. } => {
                let of = self.type_of(*x);
                (of.ty == ty).then_some(of)
            }
            ExprKind::TypeAssert { ty: Some(written), .. } => {
                Some(key(Site::Written(self.lower.unparen(*written))))
            }
            ExprKind::Star(x) | ExprKind::Unary { op: UnaryOp::Recv, x } => {
                let of = self.type_of(*x);
                Some(self.elem(&of))
            }
            ExprKind::Unary { op: UnaryOp::Addr, .. } => None,
            ExprKind::Unary { x, .. } => Some(self.type_of(*x)),
            ExprKind::Binary { x, y, .. } => {
                let constant = self.lower.constant(self.lower.unparen(*x)).is_some();
                Some(self.type_of(if constant { *y } else { *x }))
            }
            ExprKind::Call { fun, args, .. } => self.call_type(*fun, args),
            _ => None,
        }
        .unwrap_or_else(|| self.key(ty, Site::Made(e)))
    }

    fn is_comma_ok(&self, e: ExprId) -> bool {
        matches!(
            self.kind(e),
            ExprKind::TypeAssert { .. } | ExprKind::Index { .. } | ExprKind::Unary { .. }
        )
    }

    fn is_instance(&self, e: ExprId) -> bool {
        self.lower.info().instances.contains_key(&self.lower.unparen(e))
    }

    fn call_type(&mut self, fun: ExprId, args: &[ExprId]) -> Option<Key> {
        let fun = self.lower.unparen(fun);
        if self.is_type(fun) {
            return Some(self.type_of(fun));
        }
        match (self.lower.object(fun), args) {
            (Some(Object::Builtin(Builtin::Make)), [first, ..]) => Some(self.type_of(*first)),
            (Some(Object::Builtin(Builtin::Append)), [first, ..]) => Some(self.type_of(*first)),
            (Some(Object::Builtin(Builtin::Min | Builtin::Max)), args) => {
                let typed = args.iter().find(|arg| self.lower.constant(**arg).is_none());
                typed.map(|arg| self.type_of(*arg))
            }
            (Some(Object::Builtin(_)), _) => None,
            _ => self.result(fun, 0),
        }
    }

    /// The type of a result of what is called.
    fn result(&mut self, fun: ExprId, at: u32) -> Option<Key> {
        let fun = self.lower.unparen(fun);
        let info = self.lower.input.info;
        let decl = self.lower.input.decl;
        let TyKind::Func(sig) = self.core(self.lower.raw(fun)).kind() else { return None };
        let ty = *sig.results.get(at as usize)?;
        let base = match self.kind(fun) {
            ExprKind::Index { x, .. } if self.is_instance(*x) => self.lower.unparen(*x),
            _ => fun,
        };
        if let Some(targs) = info.instances.get(&base) {
            let Some(Object::Global(def)) = self.lower.object(base) else { return None };
            return Some(self.key(ty, Site::Instance(def, targs.clone(), at)));
        }
        if let ExprKind::Selector { x, sel } = decl[fun].kind
            && let Some(selection) = info.selections.get(&fun)
            && selection.kind != SelectionKind::Field
        {
            // The methods of an instance have one type each.
            let mut of = self.type_of(x);
            for &field in &selection.path {
                of = self.field(&of, field);
            }
            if let TyKind::Pointer(_) = of.ty.kind() {
                of = self.elem(&of);
            }
            if matches!(selection.kind, SelectionKind::Method(def) if def == self.def)
                && let crate::syntax::ast::DeclKind::Func(func) = &decl.kind
                && let Some(result) = func.sig.results.get(at as usize)
            {
                return Some(self.key(ty, Site::Written(result.ty)));
            }
            return Some(self.part(&of, Part::Method(sel.name, at), ty));
        }
        let of = self.type_of(fun);
        Some(self.part(&of, Part::Result(at), ty))
    }

    fn block(&mut self, block: &Block) {
        let list = &block.stmts;
        let labeled = |id: StmtId| matches!(self.lower.decl()[id].kind, StmtKind::Labeled { .. });
        let last_label = list.iter().rposition(|id| labeled(*id));
        let mut dead = false;
        for (at, id) in list.iter().enumerate() {
            let is_label = matches!(self.lower.decl()[*id].kind, StmtKind::Labeled { .. });
            if dead && !is_label && last_label.is_none_or(|last| at > last) {
                continue;
            }
            deep(|| self.stmt(*id));
            dead = self.lower.terminates(*id);
        }
    }

    fn opt_stmt(&mut self, id: Option<StmtId>) {
        if let Some(id) = id {
            deep(|| self.stmt(id));
        }
    }

    fn stmt(&mut self, id: StmtId) {
        let decl = self.lower.input.decl;
        match &decl[id].kind {
            StmtKind::Expr(e) | StmtKind::Go(e) | StmtKind::Defer(e) => self.expr(*e),
            StmtKind::IncDec { x, .. } => self.expr(*x),
            StmtKind::Send { chan, value } => {
                self.expr(*chan);
                let chan = self.type_of(*chan);
                let elem = self.elem(&chan);
                self.convert(Some(&elem), *value);
            }
            StmtKind::Assign { lhs, rhs } => self.assign(lhs, rhs, false),
            StmtKind::Define { lhs, rhs } => self.assign(lhs, rhs, true),
            StmtKind::OpAssign { op, x, y } => {
                self.expr(*x);
                let is_shift = matches!(
                    op,
                    crate::syntax::ast::BinaryOp::Shl | crate::syntax::ast::BinaryOp::Shr
                );
                let to = self.type_of(*x);
                self.convert((!is_shift).then_some(&to), *y);
            }
            StmtKind::Return(values) => {
                let to: Vec<Option<Key>> =
                    self.results.last().into_iter().flatten().cloned().map(Some).collect();
                self.multi(&to, values);
            }
            StmtKind::Block(block) => self.block(block),
            StmtKind::If { init, cond, then, els } => {
                let known = self.lower.static_bool(*cond);
                self.opt_stmt(*init);
                self.expr(*cond);
                if known >= 0 {
                    self.block(then);
                }
                if known <= 0 {
                    self.opt_stmt(*els);
                }
            }
            StmtKind::Switch { init, tag, clauses } => {
                self.opt_stmt(*init);
                self.switch(*tag, clauses);
            }
            StmtKind::TypeSwitch { init, x, clauses, .. } => {
                self.opt_stmt(*init);
                self.expr(*x);
                self.type_switch(id, *x, clauses);
            }
            StmtKind::Select { clauses } => {
                for clause in clauses {
                    self.opt_stmt(clause.comm);
                    self.block(&clause.body);
                }
            }
            StmtKind::For { init, cond, post, body } => {
                let never = cond.is_some_and(|cond| self.lower.static_bool(cond) < 0);
                self.opt_stmt(*init);
                if let Some(cond) = cond {
                    self.expr(*cond);
                }
                if !never {
                    self.opt_stmt(*post);
                    self.block(body);
                }
            }
            StmtKind::Range { lhs, define, x, body, .. } => self.range(lhs, *define, *x, body),
            StmtKind::Labeled { stmt, .. } => deep(|| self.stmt(*stmt)),
            StmtKind::Var(specs) => specs.iter().for_each(|spec| self.var(spec)),
            _ => {}
        }
    }

    fn var(&mut self, spec: &VarSpec) {
        let mut to = Vec::new();
        for (at, name) in spec.names.iter().enumerate() {
            let key = match spec.ty {
                Some(ty) => self.type_of(ty),
                None => self.value(&spec.values, at),
            };
            if name.name.is_blank() {
                to.push(None);
            } else {
                self.declare(Some(name.pos), key.clone());
                to.push(Some(key));
            }
        }
        self.multi(&to, &spec.values);
    }

    /// The type of one of the values assigned.
    fn value(&mut self, values: &[ExprId], at: usize) -> Key {
        let Some(&value) = values.get(at).or(values.first()) else {
            return self.key(Ty::invalid(), Site::Anywhere);
        };
        if values.len() == 1 {
            return self.component(value, at);
        }
        self.type_of(value)
    }

    /// The type of one of the values of an expression.
    fn component(&mut self, e: ExprId, at: usize) -> Key {
        let e = self.lower.unparen(e);
        let TyKind::Tuple(types) = self.lower.raw(e).kind() else { return self.type_of(e) };
        let ty = types.get(at).copied().unwrap_or_else(Ty::invalid);
        if self.is_comma_ok(e) {
            return if at == 0 { self.type_of(e) } else { self.key(ty, Site::Anywhere) };
        }
        let ExprKind::Call { fun, .. } = *self.kind(e) else { return self.key(ty, Site::Made(e)) };
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        self.result(fun, at).unwrap_or_else(|| self.key(ty, Site::Made(e)))
    }

    fn assign(&mut self, lhs: &[ExprId], rhs: &[ExprId], define: bool) {
        let mut to = Vec::with_capacity(lhs.len());
        for (at, e) in lhs.iter().enumerate() {
            let e = self.lower.unparen(*e);
            to.push(match self.defined(e, define) {
                Some(None) => None,
                Some(Some(pos)) => {
                    let key = self.value(rhs, at);
                    self.declare(Some(pos), key.clone());
                    Some(key)
                }
                None => {
                    self.expr(e);
                    Some(self.type_of(e))
                }
            });
        }
        self.multi(&to, rhs);
    }

    /// The name that a left side declares: none for `_`.
    fn defined(&self, e: ExprId, define: bool) -> Option<Option<u32>> {
        let ExprKind::Name(name) = self.kind(e) else { return None };
        let pos = self.lower.decl()[e].pos;
        match name.is_blank() {
            true => Some(None),
            false if define && self.lower.info().decls.contains_key(&pos) => Some(Some(pos)),
            false => None,
        }
    }

    fn range(&mut self, lhs: &[ExprId], define: bool, x: ExprId, body: &Block) {
        let of = self.type_of(x);
        let core = self.core(of.ty);
        if let TyKind::Func(_) = core.kind() {
            return self.range_func(&of, lhs, define, x, body);
        }
        let of_array = match core.kind() {
            TyKind::Pointer(_) => self.elem(&of),
            _ => of.clone(),
        };
        let int =
            |writer: &Self| writer.key(Ty::basic(crate::types::ty::Basic::Int), Site::Anywhere);
        let sources = match self.core(of_array.ty).kind() {
            TyKind::Map(..) => {
                let key = self.map_key(&of);
                [key.unwrap_or_else(|| int(self)), self.elem(&of)]
            }
            TyKind::Slice(_) | TyKind::Array(..) => [int(self), self.elem(&of_array)],
            TyKind::Chan(..) => [self.elem(&of), int(self)],
            TyKind::Basic(basic) if basic.is_string() => {
                let rune = Ty::basic(crate::types::ty::Basic::Int32);
                [int(self), self.key(rune, Site::Anywhere)]
            }
            _ => [of.clone(), int(self)],
        };
        let mut to = Vec::new();
        for (e, source) in lhs.iter().zip(&sources) {
            let e = self.lower.unparen(*e);
            to.push(match self.defined(e, define) {
                Some(None) => None,
                Some(Some(pos)) => {
                    self.declare(Some(pos), source.clone());
                    Some(source.clone())
                }
                None => {
                    self.expr(e);
                    Some(self.type_of(e))
                }
            });
        }
        self.expr(x);
        if let TyKind::Map(..) = core.kind() {
            self.rtype(&of);
        }
        for (source, to) in sources.iter().zip(to) {
            if let Some(to) = to {
                self.itab(source, &to);
            }
        }
        self.block(body);
    }

    /// A loop over a function, whose body is a literal that goes into a variable before the function
    /// is called. Upstream: `rangefunc/rewrite.go`, `bodyFunc`.
    fn range_func(&mut self, of: &Key, lhs: &[ExprId], define: bool, x: ExprId, body: &Block) {
        let TyKind::Func(sig) = self.core(of.ty).kind() else { return };
        let Some(&yield_type) = sig.params.first() else { return };
        let yield_key = self.part(of, Part::Param(0), yield_type);
        let yield_core = self.core(yield_type);
        let TyKind::Func(sig) = yield_core.kind() else { return };
        let made = Site::Part(Rc::new(Site::Made(x)), Ty::invalid(), Part::Param(0));
        let literal = self.key(yield_core, made);
        self.rtype(&literal);
        let mut assigned = Vec::new();
        for (at, &ty) in sig.params.iter().enumerate() {
            let param = self.part(&yield_key, Part::Param(u32::try_from(at).unwrap_or(0)), ty);
            let name = lhs.get(at).map(|e| (*e, self.defined(self.lower.unparen(*e), define)));
            match name {
                Some((_, Some(Some(pos)))) => self.declare(Some(pos), param),
                Some((e, None)) => {
                    self.rtype(&param);
                    assigned.push((e, param));
                }
                _ => self.rtype(&param),
            }
        }
        for (e, param) in assigned {
            self.expr(e);
            let to = self.type_of(e);
            if to.ty.canon() != param.ty.canon() {
                self.itab(&param, &to);
            }
        }
        self.block(body);
        self.expr(x);
    }

    fn switch(&mut self, tag: Option<ExprId>, clauses: &[CaseClause]) {
        let cx = self.lower.cx();
        let cases = || clauses.iter().filter_map(|clause| clause.cases.as_deref()).flatten();
        let mut to = tag.map(|tag| self.type_of(tag));
        let is_chan =
            to.as_ref().is_some_and(|to| matches!(self.core(to.ty).kind(), TyKind::Chan(..)));
        if let Some(tag) = &mut to
            && !is_chan
        {
            let is_other = |writer: &Self, case: ExprId| {
                let case = writer.lower.raw(case);
                let differs = case.canon() != tag.ty.canon();
                differs && !cx.is_interface(tag.ty) && cx.is_interface(case)
            };
            if cases().any(|case| is_other(self, *case)) {
                *tag = self.key(Ty::empty_interface(), Site::Anywhere);
            }
        }
        if let Some(tag) = tag {
            self.convert(to.as_ref(), tag);
        }
        let to = to.filter(|_| !is_chan);
        for clause in clauses {
            for case in clause.cases.as_deref().unwrap_or_default() {
                self.convert(to.as_ref(), *case);
            }
            self.block(&clause.body);
        }
    }

    fn type_switch(&mut self, id: StmtId, x: ExprId, clauses: &[CaseClause]) {
        let iface = self.type_of(x);
        for (at, clause) in clauses.iter().enumerate() {
            let cases = clause.cases.as_deref().unwrap_or_default();
            for &case in cases {
                if self.is_type(self.lower.unparen(case)) {
                    self.type_expr(Some(&iface), case);
                }
            }
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            if let Some(&local) = self.lower.info().implicits.get(&(id, at)) {
                let key = match cases {
                    [case] if self.is_type(self.lower.unparen(*case)) => self.type_of(*case),
                    _ => iface.clone(),
                };
                self.rtype(&key);
                self.vars.insert(local, key);
            }
            self.block(&clause.body);
        }
    }

    /// Upstream: `exprType`.
    fn type_expr(&mut self, iface: Option<&Key>, e: ExprId) {
        let ty = self.type_of(e);
        match iface {
            Some(iface) if !super::super::build::is_empty_interface(self.lower.cx(), iface.ty) => {
                self.itab(&ty, iface);
            }
            _ => self.rtype(&ty),
        }
    }

    /// Upstream: `multiExpr`.
    fn multi(&mut self, to: &[Option<Key>], values: &[ExprId]) {
        if let [value] = *values
            && let TyKind::Tuple(types) = self.lower.raw(self.lower.unparen(value)).kind()
            && types.len() > 1
        {
            self.expr(value);
            for (at, to) in to.iter().enumerate() {
                let source = self.component(value, at);
                if let Some(to) = to
                    && to.ty.canon() != source.ty.canon()
                {
                    self.itab(&source, to);
                }
            }
            return;
        }
        for (at, value) in values.iter().enumerate() {
            self.convert(to.get(at).and_then(Option::as_ref), *value);
        }
    }

    /// An expression that is converted if its type is another one. Upstream: `implicitConvExpr`.
    fn convert(&mut self, to: Option<&Key>, e: ExprId) {
        if let Some(to) = to {
            let source = self.type_of(e);
            if source.ty.canon() != to.ty.canon() && !to.ty.is_invalid() {
                self.itab(&source, to);
            }
        }
        self.expr(e);
    }

    fn exprs(&mut self, list: &[ExprId]) {
        list.iter().for_each(|e| self.expr(*e));
    }

    fn expr(&mut self, e: ExprId) {
        deep(|| self.expr1(e));
    }

    fn expr1(&mut self, e: ExprId) {
        let e = self.lower.unparen(e);
        let object = self.lower.object(e);
        if self.lower.constant(e).is_some() || object == Some(Object::Nil) {
            return;
        }
        if self.func_inst(e, &[]) {
            return;
        }
        let decl = self.lower.input.decl;
        match &decl[e].kind {
            ExprKind::CompositeLit { elems, .. } => self.literal(e, elems),
            ExprKind::FuncLit(lit) => {
                let raw = self.lower.raw(e);
                self.signature(&lit.sig, raw);
                self.block(&lit.body);
                self.results.pop();
            }
            ExprKind::Selector { x, .. } => {
                let info = self.lower.input.info;
                match info.selections.get(&e).map(|selection| selection.kind) {
                    Some(SelectionKind::Field) => self.expr(*x),
                    Some(SelectionKind::Method(_) | SelectionKind::InterfaceMethod(_)) => {
                        self.expr(*x);
                        self.method(e, *x);
                    }
                    Some(_) => self.method(e, *x),
                    None => {}
                }
            }
            ExprKind::Index { x, indices } => {
                self.expr(*x);
                let of = self.type_of(*x);
                let key = self.map_key(&of);
                for index in indices {
                    self.convert(key.as_ref(), *index);
                }
                if key.is_some() {
                    self.rtype(&of);
                }
            }
            ExprKind::Slice { x, lo, hi, max, .. } => {
                self.expr(*x);
                [lo, hi, max].into_iter().flatten().for_each(|e| self.expr(*e));
            }
            ExprKind::TypeAssert { x, ty: Some(ty) } => {
                let iface = self.type_of(*x);
                self.expr(*x);
                self.type_expr(Some(&iface), *ty);
                self.rtype(&iface);
            }
            ExprKind::Star(x) | ExprKind::Unary { x, .. } => self.expr(*x),
            ExprKind::Binary { op, x, y } => {
                use crate::syntax::ast::BinaryOp::{Shl, Shr};
                let common = match op {
                    Shl | Shr => None,
                    _ => {
                        let (x, y) = (self.type_of(*x), self.type_of(*y));
                        let x_wins = self.lower.cx().is_interface(x.ty)
                            && !self.lower.cx().is_interface(y.ty);
                        Some(if x_wins { x } else { y })
                    }
                };
                self.convert(common.as_ref(), *x);
                self.convert(common.as_ref(), *y);
            }
            ExprKind::Call { fun, args, spread } => self.call(e, *fun, args, *spread),
            _ => {}
        }
    }

    fn literal(&mut self, e: ExprId, elems: &[ExprId]) {
        let decl = self.lower.input.decl;
        let mut of = self.type_of(e);
        if let TyKind::Pointer(_) = self.core(of.ty).kind() {
            of = self.elem(&of);
        }
        let key = self.map_key(&of);
        if key.is_some() {
            self.rtype(&of);
        }
        let fields = match self.core(of.ty).kind() {
            TyKind::Struct(fields) => Some(fields),
            _ => None,
        };
        for (at, &elem) in elems.iter().enumerate() {
            let (name, value) = match decl[elem].kind {
                ExprKind::KeyValue { key, value } => (Some(key), value),
                _ => (None, elem),
            };
            let to = match (fields, name) {
                (Some(fields), Some(name)) => {
                    let ExprKind::Name(name) = *self.kind(name) else { continue };
                    let Some(at) = fields.iter().position(|field| field.name == name) else {
                        self.expr(value);
                        continue;
                    };
                    self.field(&of, u32::try_from(at).unwrap_or(u32::MAX))
                }
                (Some(_), None) => self.field(&of, u32::try_from(at).unwrap_or(u32::MAX)),
                (None, name) => {
                    if let (Some(to), Some(name)) = (&key, name) {
                        self.elided.insert(self.lower.unparen(name), to.clone());
                        self.convert(Some(to), name);
                    }
                    self.elem(&of)
                }
            };
            self.elided.insert(self.lower.unparen(value), to.clone());
            self.convert(Some(&to), value);
        }
    }

    fn call(&mut self, e: ExprId, fun: ExprId, args: &[ExprId], spread: bool) {
        let fun = self.lower.unparen(fun);
        if self.is_type(fun) {
            let to = self.type_of(fun);
            for &arg in args {
                let is_nil = self.lower.object(self.lower.unparen(arg)) == Some(Object::Nil);
                let source = if is_nil { to.clone() } else { self.type_of(arg) };
                self.itab(&source, &to);
                self.expr(arg);
            }
            return;
        }
        if let Some(Object::Builtin(builtin)) = self.lower.object(fun) {
            return self.builtin(builtin, e, args, spread);
        }
        let decl = self.lower.input.decl;
        let base = match &decl[fun].kind {
            ExprKind::Index { x, .. } => self.lower.unparen(*x),
            _ => fun,
        };
        let selection = self.lower.input.info.selections.get(&base);
        match (&decl[base].kind, selection.map(|selection| selection.kind)) {
            (
                ExprKind::Selector { x, .. },
                Some(SelectionKind::Method(_) | SelectionKind::InterfaceMethod(_)),
            ) => {
                self.expr(*x);
                self.method(base, *x);
            }
            _ => {
                if !self.func_inst(fun, args) {
                    self.expr(fun);
                }
            }
        }
        let TyKind::Func(sig) = self.core(self.lower.raw(fun)).kind() else {
            return self.exprs(args);
        };
        let n_args = match *args {
            [arg] => match self.lower.raw(self.lower.unparen(arg)).kind() {
                TyKind::Tuple(types) => types.len(),
                _ => 1,
            },
            _ => args.len(),
        };
        let to: Vec<Option<Key>> = (0..n_args)
            .map(|at| {
                let last = sig.params.len().checked_sub(1)?;
                let index = at.min(last);
                let ty = sig.params[index];
                let site = Site::Part(
                    Rc::new(Site::Made(fun)),
                    Ty::invalid(),
                    Part::Param(u32::try_from(index).unwrap_or(u32::MAX)),
                );
                let param = self.key(ty, site);
                let spills = sig.variadic && !spread && index == last;
                Some(if spills { self.elem(&param) } else { param })
            })
            .collect();
        self.multi(&to, args);
    }

    fn builtin(&mut self, builtin: Builtin, e: ExprId, args: &[ExprId], spread: bool) {
        let Some((&first, rest)) = args.split_first() else { return };
        match builtin {
            Builtin::Make => {
                self.type_expr(None, first);
                self.exprs(rest);
                let ty = self.type_of(e);
                match self.core(ty.ty).kind() {
                    TyKind::Slice(_) => {
                        let elem = self.elem(&ty);
                        self.rtype(&elem);
                    }
                    _ => self.rtype(&ty),
                }
                return;
            }
            Builtin::New if self.is_type(self.lower.unparen(first)) => {
                return self.type_expr(None, first);
            }
            Builtin::UnsafeSizeof | Builtin::UnsafeAlignof | Builtin::UnsafeOffsetof => return,
            _ => {}
        }
        self.builtin_args(builtin, e, args, spread);
        let rtype = match builtin {
            Builtin::Append | Builtin::UnsafeSlice => {
                let ty = self.type_of(e);
                Some(self.elem(&ty))
            }
            Builtin::Copy => {
                let ty = self.type_of(first);
                Some(self.elem(&ty))
            }
            Builtin::Delete => Some(self.type_of(first)),
            _ => None,
        };
        if let Some(rtype) = rtype {
            self.rtype(&rtype);
        }
    }

    /// The arguments of a built-in function, with its parameters' types for this call.
    fn builtin_args(&mut self, builtin: Builtin, e: ExprId, args: &[ExprId], spread: bool) {
        match (builtin, args) {
            (Builtin::Append, [slice, rest @ ..]) => {
                self.expr(*slice);
                let ty = self.type_of(e);
                let elem = self.elem(&ty);
                // Its last parameter's type is made for the call.
                let to = match spread {
                    true => self.key(Ty::slice(elem.ty), Site::Made(e)),
                    false => elem,
                };
                for arg in rest {
                    let source = self.type_of(*arg).ty;
                    let is_text = spread && !matches!(self.core(source).kind(), TyKind::Slice(_));
                    self.convert((!is_text).then_some(&to), *arg);
                }
            }
            (Builtin::Delete, [map, key]) => {
                self.expr(*map);
                let ty = self.type_of(*map);
                let to = self.map_key(&ty);
                self.convert(to.as_ref(), *key);
            }
            (Builtin::Panic, [arg]) => {
                let any = self.key(Ty::empty_interface(), Site::Anywhere);
                self.convert(Some(&any), *arg);
            }
            _ => self.exprs(args),
        }
    }

    /// A generic function that is called or used as a value. Upstream: `funcInst`.
    fn func_inst(&mut self, e: ExprId, args: &[ExprId]) -> bool {
        let base = match self.kind(e) {
            ExprKind::Index { x, .. } => self.lower.unparen(*x),
            _ => e,
        };
        let info = self.lower.input.info;
        let Some(targs) = info.instances.get(&base) else { return false };
        let Some(Object::Global(def)) = self.lower.object(base) else { return false };
        let written = match self.kind(e) {
            ExprKind::Index { indices, .. } => indices.to_vec(),
            _ => Vec::new(),
        };
        let keys = self.type_args(def, targs, &written, args, base);
        self.subdict(base, def, keys);
        true
    }

    /// The type arguments of an instance: as written, or what the arguments' types are.
    fn type_args(
        &mut self,
        def: DefId,
        targs: &[Ty],
        written: &[ExprId],
        args: &[ExprId],
        base: ExprId,
    ) -> Vec<Key> {
        let func = self.lower.cx().defs.func(def);
        let tparams = func.as_ref().map(|func| type_params(self.lower.cx(), func));
        let sig = func.as_ref().map(|func| func.sig);
        (0..targs.len())
            .map(|at| {
                if let Some(written) = written.get(at) {
                    return self.type_of(*written);
                }
                let made = self.key(
                    targs[at],
                    Site::Part(
                        Rc::new(Site::Made(base)),
                        Ty::invalid(),
                        Part::Field(u32::try_from(at).unwrap_or(u32::MAX)),
                    ),
                );
                if made.site == Site::Anywhere {
                    return made;
                }
                let param = tparams.as_ref().and_then(|tparams| tparams.get(at));
                let (Some(param), Some(TyKind::Func(sig))) = (param, sig.map(Ty::kind)) else {
                    return made;
                };
                for (param_ty, arg) in sig.params.iter().zip(args) {
                    let arg = self.type_of(*arg);
                    if let Some(found) = self.inferred(*param_ty, &arg, param.ty)
                        && found.ty == targs[at]
                    {
                        return found;
                    }
                }
                made
            })
            .collect()
    }

    /// What an argument tells about a type parameter.
    fn inferred(&self, param: Ty, arg: &Key, tparam: Ty) -> Option<Key> {
        if param == tparam {
            return Some(arg.clone());
        }
        match param.kind() {
            TyKind::Pointer(elem) | TyKind::Slice(elem) | TyKind::Array(_, elem) => {
                deep(|| self.inferred(*elem, &self.elem(arg), tparam))
            }
            _ => None,
        }
    }

    fn subdict(&mut self, e: ExprId, owner: DefId, args: Vec<Key>) {
        if args.iter().any(|arg| arg.ty.has_tparams()) {
            let at = place(&mut self.words.subdicts, (owner, args));
            self.words.uses.insert((self.def, e), Use::Subdict(at));
        }
    }

    /// A method that is called or used as a value. Upstream: `methodExpr`.
    fn method(&mut self, selector: ExprId, x: ExprId) {
        let info = self.lower.input.info;
        let Some(selection) = info.selections.get(&selector) else { return };
        let mut recv = self.type_of(x);
        for &field in &selection.path {
            recv = self.field(&recv, field);
        }
        let base = match recv.ty.kind() {
            TyKind::Pointer(base) => *base,
            _ => recv.ty,
        };
        match (selection.kind, base.kind()) {
            (_, TyKind::Param(_)) => {
                let ExprKind::Selector { sel, .. } = *self.kind(selector) else { return };
                let at = place(&mut self.words.methods, (base, sel.name));
                self.words.uses.insert((self.def, selector), Use::Method(at));
            }
            (SelectionKind::Method(def) | SelectionKind::MethodExpr(def), TyKind::Named(named)) => {
                let own = info.instances.get(&selector).map_or(&[][..], |own| own);
                let owner = if own.is_empty() { named.def } else { def };
                let args = named.args.iter().chain(own).enumerate().map(|(at, arg)| {
                    let at = Part::Field(u32::try_from(at).unwrap_or(u32::MAX));
                    let site = Site::Part(Rc::new(Site::Anywhere), base, at);
                    self.key(*arg, site)
                });
                let args = args.collect();
                self.subdict(selector, owner, args);
            }
            _ => {}
        }
    }
}
