//! The checker of one declaration: its state, its messages and what it puts off.
//!
//! A [`Checker`] works on one [`Decl`] and fills one [`Info`]. What it needs of other
//! declarations it asks of an [`Env`]: while the headers of a package are worked out that is
//! [`super::headers`], which may have to check another declaration first; for bodies it is
//! [`super::body`], where all is known.
//!
//! Work that must wait until types are complete (bodies of function literals, constraints of
//! instances, properties of underlying types) is put off as [`Delayed`] and done at the end of the
//! statement or, at package level, once all declarations are resolved.
//!
//! Not yet: endless instantiation (`mono.go`), types that are too large, rules of old
//! language versions such as duplicate embedded methods before Go 1.14, and where a dot import
//! hides a name of the package.
//!
//! Upstream: `cmd/compile/internal/types2/check.go`.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::constant::Value;
use super::cx::Cx;
use super::env::{Def, Defs, FuncDef, TypeParamDef};
use super::info::{Info, Local, LocalId, LocalKind, Mode, Object, TypeError};
use super::scope::{BlockId, Entry, FileScope, Imported, LocalState, Scopes};
use super::ty::{DefId, PkgId, Ty};
use super::universe::{self, Predeclared};
use crate::release::GoVersion;
use crate::symbol::Symbol;
use crate::syntax::ast::{Decl, ExprId, Offset};

/// What a package-level name is, which is known before its declaration is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameKind {
    Const,
    Var,
    Func,
    Type,
}

/// The package around the declaration being checked.
pub(super) trait Env {
    /// Which package.
    fn package(&self) -> PkgId;
    /// What kind of thing the package declares under this name.
    fn kind(&self, name: Symbol) -> Option<NameKind>;
    /// What the package declares under this name, in a place where a type is wanted or not.
    /// A declaration that is being worked out further up, and cannot be used before it is, counts
    /// as a cycle, about which this says something.
    fn resolve(&self, name: Symbol, place: Place) -> Option<Def>;
    /// Whether a defined type is still being worked out, so that nothing can be made of its
    /// values; says so.
    fn incomplete(&self, def: DefId) -> bool;
    /// The constants, variables and functions of the package that a name in it stands for are
    /// what its initialisation depends on.
    fn is_dependency(&self, def: DefId) -> bool;
    /// Whether nothing has been said yet about a cycle through these types, which are taken to be
    /// unknown from now on.
    fn claim_cycle(&self, cycle: &[DefId]) -> bool;
    /// What stands on the right of a type declaration of the package.
    fn rhs(&self, def: DefId) -> Option<Ty>;
    /// Says that something is wrong with another declaration.
    fn report(&self, def: DefId, message: String);
}

/// Where a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In an expression.
    Value,
    /// Where only a type can be.
    Type,
    /// In the constraint of a type parameter.
    Constraint,
}

/// Passes questions about declarations on, and takes down which were asked about. Types declared
/// inside the declaration at hand it answers for itself.
pub(super) struct Recorder<'a> {
    defs: &'a dyn Defs,
    reads: RefCell<FxHashSet<DefId>>,
    locals: RefCell<FxHashMap<DefId, LocalType>>,
}

/// A type declared inside the declaration at hand.
#[derive(Debug, Clone)]
pub(super) struct LocalType {
    /// Invalid while it is worked out.
    pub(super) underlying: Ty,
    /// Those of the function around it, then its own.
    pub(super) tparams: Arc<[TypeParamDef]>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(defs: &'a dyn Defs) -> Recorder<'a> {
        Recorder { defs, reads: RefCell::default(), locals: RefCell::default() }
    }

    /// Takes down that `def` was looked at.
    pub(super) fn read(&self, def: DefId) {
        self.reads.borrow_mut().insert(def);
    }

    pub(super) fn set_local(&self, def: DefId, ty: LocalType) {
        self.locals.borrow_mut().insert(def, ty);
    }

    pub(super) fn set_local_underlying(&self, def: DefId, underlying: Ty) {
        if let Some(local) = self.locals.borrow_mut().get_mut(&def) {
            local.underlying = underlying;
        }
    }

    fn local<T>(&self, def: DefId, get: impl Fn(&LocalType) -> T) -> Option<T> {
        def.parent?;
        self.locals.borrow().get(&def).map(get)
    }
}

impl Defs for Recorder<'_> {
    fn underlying(&self, def: DefId) -> Ty {
        self.local(def, |local| local.underlying).unwrap_or_else(|| {
            self.read(def);
            self.defs.underlying(def)
        })
    }

    fn type_params(&self, def: DefId) -> Arc<[TypeParamDef]> {
        self.local(def, |local| Arc::clone(&local.tparams)).unwrap_or_else(|| {
            self.read(def);
            self.defs.type_params(def)
        })
    }

    fn methods(&self, def: DefId) -> Arc<[DefId]> {
        self.local(def, |_| Arc::default()).unwrap_or_else(|| {
            self.read(def);
            self.defs.methods(def)
        })
    }

    fn func(&self, def: DefId) -> Option<Arc<FuncDef>> {
        self.read(def);
        self.defs.func(def)
    }

    fn lookup(&self, package: PkgId, name: Symbol) -> Option<Def> {
        self.read(DefId::new(package, name));
        self.defs.lookup(package, name)
    }
}

/// Work that must wait.
#[derive(Debug)]
pub(super) enum Delayed {
    /// The body of a function literal.
    Body { lit: ExprId, block: BlockId, iota: Option<u32>, results: Rc<[ResultVar]> },
    /// A variable must not have a constraint for a type.
    VarType { at: Offset, ty: Ty },
    /// Keys of maps must be comparable.
    MapKey { at: Offset, key: Ty },
    /// What can be embedded in a struct.
    Embedded { at: Offset, ty: Ty },
    /// Type arguments must satisfy their constraints.
    Instance { at: Offset, args: Box<[Offset]>, tparams: Arc<[TypeParamDef]>, targs: Box<[Ty]> },
    /// The terms of a union must not overlap.
    Union { terms: Box<[(ExprId, bool, Ty)]> },
    /// An interface must not have two methods of one name.
    Interface { at: Offset, ty: Ty },
    /// Interfaces could embed interfaces only, once.
    Embed { at: Offset, ty: Ty },
    /// A type must not contain itself.
    ValidType { at: Offset, def: DefId, ty: Ty },
    /// What can have methods.
    Receiver { at: Offset, ty: Ty },
    /// Fields and methods must have different names.
    Fields { def: DefId },
}

/// A result of the function being checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResultVar {
    pub(super) name: Option<Symbol>,
    pub(super) ty: Ty,
    pub(super) local: Option<LocalId>,
}

/// What holds around the expression or statement being checked.
#[derive(Debug, Clone, Default)]
pub(super) struct Context {
    /// The innermost block.
    pub(super) block: Option<BlockId>,
    /// The value of `iota`.
    pub(super) iota: Option<u32>,
    /// Where all messages go: the name of a constant that repeats an expression.
    pub(super) error_pos: Option<Offset>,
    /// Whether this is inside a type parameter list.
    pub(super) in_tparams: bool,
    /// The results of the function around.
    pub(super) results: Option<Rc<[ResultVar]>>,
    /// Whether the function has labels.
    pub(super) has_label: bool,
    /// Whether an expression has had a call or receive in it.
    pub(super) has_call: bool,
}

/// What must survive while a declaration waits for others.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) info: Info,
    pub(super) scopes: Scopes,
    pub(super) delayed: Vec<Delayed>,
    /// Untyped operands of shifts, whose final types must be integers.
    pub(super) shifted: FxHashSet<ExprId>,
    /// Constants, variables and functions of the package that are mentioned.
    pub(super) deps: FxHashSet<DefId>,
    /// Whether an unknown package was met, so that some uses of names may be unseen.
    pub(super) unknown: bool,
    reads: FxHashSet<DefId>,
    locals: FxHashMap<DefId, LocalType>,
    nth: FxHashMap<Symbol, u32>,
}

/// Checks one declaration.
pub(super) struct Checker<'a> {
    pub(super) cx: &'a Cx<'a>,
    pub(super) rec: &'a Recorder<'a>,
    pub(super) env: &'a dyn Env,
    pub(super) decl: &'a Decl,
    pub(super) file: &'a FileScope,
    /// What local types are children of.
    pub(super) owner: DefId,
    /// The type parameters around local types: those of the receiver's type and of the function.
    pub(super) outer: Arc<[TypeParamDef]>,
    pub(super) info: Info,
    pub(super) scopes: Scopes,
    pub(super) delayed: Vec<Delayed>,
    pub(super) shifted: FxHashSet<ExprId>,
    pub(super) deps: FxHashSet<DefId>,
    pub(super) unknown: bool,
    pub(super) ctx: Context,
    /// Local types being declared.
    pub(super) open_types: Vec<DefId>,
    nth: FxHashMap<Symbol, u32>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found {
    Local(LocalId),
    TypeParam(Ty),
    Import(Imported),
    /// By a dot import.
    Dot(PkgId),
    /// In the package at hand.
    Own(NameKind),
    Predeclared(Predeclared),
}

impl<'a> Checker<'a> {
    pub(super) fn new(
        cx: &'a Cx<'a>,
        rec: &'a Recorder<'a>,
        env: &'a dyn Env,
        decl: &'a Decl,
        file: &'a FileScope,
        owner: DefId,
    ) -> Checker<'a> {
        Checker {
            cx,
            rec,
            env,
            decl,
            file,
            owner,
            outer: Arc::default(),
            info: Info::default(),
            scopes: Scopes::default(),
            delayed: Vec::new(),
            shifted: FxHashSet::default(),
            deps: FxHashSet::default(),
            unknown: false,
            ctx: Context::default(),
            open_types: Vec::new(),
            nth: FxHashMap::default(),
        }
    }

    /// Puts the work aside.
    pub(super) fn suspend(self) -> Work {
        Work {
            info: self.info,
            scopes: self.scopes,
            delayed: self.delayed,
            shifted: self.shifted,
            deps: self.deps,
            unknown: self.unknown,
            reads: self.rec.reads.take(),
            locals: self.rec.locals.take(),
            nth: self.nth,
        }
    }

    /// Takes the work up again.
    pub(super) fn resume(&mut self, work: Work) {
        self.info = work.info;
        self.scopes = work.scopes;
        self.delayed = work.delayed;
        self.shifted = work.shifted;
        self.deps = work.deps;
        self.unknown = work.unknown;
        self.nth = work.nth;
        self.rec.reads.replace(work.reads);
        self.rec.locals.replace(work.locals);
    }

    /// Does what was put off, and hands over the result.
    pub(super) fn finish(mut self) -> (Info, FxHashSet<DefId>) {
        self.process_delayed(0);
        self.unused_variables();
        let mut info = self.info;
        info.guessed |= self.unknown;
        for (def, local) in self.rec.locals.take() {
            info.underlying.insert(def, local.underlying);
        }
        info.reads = self.rec.reads.take().into_iter().collect();
        info.errors.sort_by_key(|error| error.pos);
        info.errors.dedup();
        (info, self.deps)
    }

    /// The package at hand.
    pub(super) fn package(&self) -> PkgId {
        self.env.package()
    }

    // Messages.

    /// Says that something is wrong. What comes of something unknown is not said.
    pub(super) fn error(&mut self, at: Offset, message: impl Into<String>) {
        let message = message.into();
        if message.contains("invalid type") || message.contains("invalid operand") {
            self.info.guessed = true;
            return;
        }
        let pos = self.ctx.error_pos.unwrap_or(at);
        self.info.errors.push(TypeError { pos, message });
    }

    /// Says that something is wrong with an expression.
    pub(super) fn error_at(&mut self, e: ExprId, message: impl Into<String>) {
        self.error(self.decl[e].start, message);
    }

    /// Whether the language version has what came with Go 1.`minor`.
    pub(super) fn allows(&self, minor: u16) -> bool {
        self.file.version.is_none_or(|version| version >= GoVersion::new(minor))
    }

    /// As [`Checker::allows`]; says so if not.
    pub(super) fn require(
        &mut self,
        at: Offset,
        minor: u16,
        what: impl FnOnce(&Self) -> String,
    ) -> bool {
        if self.allows(minor) {
            return true;
        }
        let message = format!("{} requires go1.{minor} or later", what(self));
        self.error(at, message);
        false
    }

    // Names.

    /// Opens a block.
    pub(super) fn open_block(&mut self) {
        self.ctx.block = Some(self.scopes.open(self.ctx.block));
    }

    /// Closes the innermost block.
    pub(super) fn close_block(&mut self) {
        self.ctx.block = self.ctx.block.and_then(|block| self.scopes.parent(block));
    }

    /// What a name stands for here.
    pub(super) fn find(&mut self, name: Symbol) -> Option<Found> {
        match self.scopes.lookup(self.ctx.block, name) {
            Some(Entry::Local(local)) => return Some(Found::Local(local)),
            Some(Entry::TypeParam(ty)) => return Some(Found::TypeParam(ty)),
            None => {}
        }
        if let Some(imported) = self.file.imports.get(&name) {
            return Some(Found::Import(*imported));
        }
        if name.is_blank() {
            return None;
        }
        self.rec.read(DefId::new(self.package(), name));
        if let Some(kind) = self.env.kind(name) {
            return Some(Found::Own(kind));
        }
        if name.is_exported() {
            for dot in &self.file.dots {
                match dot {
                    Imported::Package(package) => {
                        if *package == PkgId::unsafe_() {
                            if let Some(member) = universe::unsafe_member(name) {
                                return Some(Found::Predeclared(member));
                            }
                        } else if self.cx.defs.lookup(*package, name).is_some() {
                            return Some(Found::Dot(*package));
                        }
                    }
                    Imported::Unknown(_) => self.unknown = true,
                }
            }
        }
        universe::lookup(name).map(Found::Predeclared)
    }

    /// Adds a local. It cannot be found by its name until it is declared.
    pub(super) fn new_local(
        &mut self,
        name: Symbol,
        pos: Offset,
        ty: Ty,
        kind: LocalKind,
    ) -> LocalId {
        let id = LocalId(u32::try_from(self.info.locals.len()).unwrap_or(u32::MAX));
        self.info.locals.push(Local { name, pos, ty, kind });
        self.scopes.locals.push(LocalState::default());
        id
    }

    /// Declares `name` in the innermost block.
    pub(super) fn declare(&mut self, name: Symbol, pos: Offset, entry: Entry) {
        if name.is_blank() {
            return;
        }
        let Some(block) = self.ctx.block else { return };
        if self.scopes.declare(block, name, entry).is_some() {
            self.error(pos, format!("{name} redeclared in this block"));
        } else if let Entry::Local(local) = entry
            && self.info.locals[local.0 as usize].kind == LocalKind::Var
        {
            self.scopes.locals[local.0 as usize].must_use = true;
        }
    }

    /// Takes down that the value of a local is read.
    pub(super) fn mark_used(&mut self, local: LocalId) {
        self.scopes.locals[local.0 as usize].used = true;
    }

    fn unused_variables(&mut self) {
        if self.unknown {
            return;
        }
        for at in 0..self.scopes.locals.len() {
            let state = &self.scopes.locals[at];
            if state.must_use && !state.used {
                let local = &self.info.locals[at];
                let (pos, name) = (local.pos, local.name);
                self.error(pos, format!("declared and not used: {name}"));
            }
        }
    }

    /// The identity of the next local type of this name.
    pub(super) fn local_def(&mut self, name: Symbol) -> DefId {
        let nth = self.nth.entry(name).or_default();
        let def = self.owner.child(name, *nth);
        *nth += 1;
        def
    }

    /// Takes down that initialisation depends on a declaration, if it does.
    pub(super) fn add_dependency(&mut self, def: DefId) {
        if def.package == self.package() && self.env.is_dependency(def) {
            self.deps.insert(def);
        }
    }

    // Results.

    fn slot(&mut self, e: ExprId) -> usize {
        let at = e.0 as usize;
        if at >= self.info.types.len() {
            // Signatures are checked without their bodies, whose expressions come later.
            self.info.types.resize(at + 1, Ty::invalid());
            self.info.modes.resize(at + 1, Mode::Invalid);
        }
        at
    }

    /// The type taken down for an expression.
    pub(super) fn recorded_type(&self, e: ExprId) -> Ty {
        self.info.types.get(e.0 as usize).copied().unwrap_or_else(Ty::invalid)
    }

    /// The mode taken down for an expression.
    pub(super) fn recorded_mode(&self, e: ExprId) -> Mode {
        self.info.modes.get(e.0 as usize).copied().unwrap_or_default()
    }

    /// Takes down what an expression is.
    pub(super) fn record(&mut self, e: ExprId, mode: Mode, ty: Ty, val: Option<&Value>) {
        if mode == Mode::Invalid {
            return;
        }
        let at = self.slot(e);
        self.info.types[at] = ty;
        // The names of built-in functions and calls without results have no type.
        let has_type = !matches!(mode, Mode::Builtin | Mode::NoValue);
        self.info.guessed |= has_type && ty.has_invalid();
        let before = std::mem::replace(&mut self.info.modes[at], mode);
        match val {
            Some(val) => {
                self.info.consts.insert(e, val.clone());
            }
            None if before == Mode::Constant => {
                self.info.consts.remove(&e);
            }
            None => {}
        }
    }

    /// Takes down that an expression is a type.
    pub(super) fn record_type(&mut self, e: ExprId, ty: Ty) {
        self.record(e, Mode::TypeExpr, ty, None);
    }

    /// Takes down what a name stands for.
    pub(super) fn record_use(&mut self, e: ExprId, object: Object) {
        self.info.uses.insert(e, object);
    }
}
