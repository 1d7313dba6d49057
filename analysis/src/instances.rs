//! What a package reads of itself and of its imports, and what it compiles on account of that:
//! instances of generic functions, methods of instantiated types, and method wrappers.
//!
//! The compiler reads declarations when something names them. Whoever reads an instance of a
//! generic type reads all its methods, and for real type arguments those of its shape too; whoever
//! reads a struct reads the types of its fields, so a type that is only named in a field of a field
//! brings its methods along. Bodies wait on a stack; what was put there last is read first.
//!
//! Method wrappers belong to the package that reads a type first: a type that comes up in an
//! imported declaration without type parameters has its wrappers already.
//!
//! Invariants: nothing is read twice in the same light; [`Reader::bodies`] leaves nothing waiting.
//!
//! Upstream: `noder/reader.go` (`typIdx`, `objIdx`, `objDictIdx`, `dictNameOf`, `needWrapper`),
//! `noder/unified.go` (`readBodies`).
//!
//! Not yet: which derived types have a word in a dictionary is guessed from the types of all
//! expressions of the generic function.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::ir::func::{FuncId, FuncKey};
use crate::ir::lower::{shape_of, shaped_type, shapes, type_params};
use crate::ir::node::{Kind, Node, Unit};
use crate::summary::Source;
use crate::symbol::Symbol;
use crate::syntax::ast::DeclKind;
use crate::types::cx::{Cx, deep};
use crate::types::env::{Def, FuncDef};
use crate::types::info::{Object, SelectionKind};
use crate::types::lookup::{LookupResult, MethodRef};
use crate::types::subst::{Subst, subst};
use crate::types::ty::{DefId, PkgId, Ty, TyKind};

/// How many instances are read at most: programs that make ever new ones do not compile.
pub const INSTANCE_LIMIT: usize = 20_000;

/// A method value `x.name`, for an `x` of type `recv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BoundMethod {
    /// The operand's type.
    pub recv: Ty,
    /// The method's name.
    pub name: Symbol,
    /// The package whose name it is; `None` if exported.
    pub package: Option<PkgId>,
}

/// Something that a body names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mentioned {
    /// The type of a variable or expression.
    Type(Ty),
    /// A function.
    Func(FuncId),
    /// A variable or constant of a package.
    Global(DefId),
    /// A method value.
    MethodValue(BoundMethod),
}

/// What the body of a function names, each thing once, in order.
pub fn mentioned(unit: &Unit) -> Arc<[Mentioned]> {
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    let mut add = |mentioned| {
        if seen.insert(mentioned) {
            found.push(mentioned);
        }
    };
    unit.locals.iter().for_each(|local| add(Mentioned::Type(local.ty)));
    for node in &unit.nodes {
        add(Mentioned::Type(node.ty));
        match node.kind {
            Kind::Func(func)
            | Kind::MethodExpr { func: Some(func), .. }
            | Kind::MethValue { func: Some(func), .. } => add(Mentioned::Func(func)),
            Kind::Global(def) => add(Mentioned::Global(def)),
            _ => {}
        }
        if let Some(value) = bound_method(unit, node) {
            add(Mentioned::MethodValue(value));
        }
    }
    found.into()
}

/// Gives functions to a [`Reader`].
pub trait Library {
    /// Shows a function as lowered, if it has a body here.
    fn body(&self, func: FuncId, show: &mut dyn FnMut(&[Mentioned]));
    /// The text of a generic function.
    fn generic(&self, def: DefId) -> Option<Arc<Source>>;
}

/// In whose name something is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Light {
    /// A declaration of the package itself, or one with type arguments.
    Own,
    /// An imported declaration without type arguments: wrappers were made there.
    Imported,
}

/// What has been read so far.
pub struct Reader<'a> {
    cx: &'a Cx<'a>,
    package: PkgId,
    types: FxHashSet<(Ty, Light)>,
    named: FxHashSet<Ty>,
    /// The types whose declarations are being read.
    open: Vec<Ty>,
    funcs: FxHashSet<FuncId>,
    globals: FxHashSet<DefId>,
    dicts: FxHashSet<FuncId>,
    /// What shares its shape with something read; it is read before the next body.
    todo_shapes: Vec<Shaped>,
    todo_bodies: Vec<FuncId>,
    /// Types that need wrappers, in the order in which they were read.
    need: Vec<Ty>,
    have: FxHashSet<Ty>,
    need_values: Vec<BoundMethod>,
    have_values: FxHashSet<BoundMethod>,
}

/// What needs wrappers.
#[derive(Debug, Clone)]
pub struct Wrapped {
    /// The types for whose methods this package makes wrappers.
    pub types: Vec<Ty>,
    /// The method values for which this package makes functions.
    pub values: Vec<BoundMethod>,
    /// The method values whose functions other packages have made.
    pub have_values: FxHashSet<BoundMethod>,
}

enum Shaped {
    Type(DefId, Vec<Ty>),
    Func(FuncId),
}

impl<'a> Reader<'a> {
    /// A reader for a package, of which it has read nothing yet.
    pub fn new(cx: &'a Cx<'a>, package: PkgId) -> Reader<'a> {
        Reader {
            cx,
            package,
            types: FxHashSet::default(),
            named: FxHashSet::default(),
            open: Vec::new(),
            funcs: FxHashSet::default(),
            globals: FxHashSet::default(),
            dicts: FxHashSet::default(),
            todo_shapes: Vec::new(),
            todo_bodies: Vec::new(),
            need: Vec::new(),
            have: FxHashSet::default(),
            need_values: Vec::new(),
            have_values: FxHashSet::default(),
        }
    }

    /// What needs wrappers on account of all that was read.
    pub fn wrapped(self) -> Wrapped {
        let mut seen = self.have;
        let cx = self.cx;
        let types = self.need.into_iter().filter(|ty| seen.insert(cx.flatten(*ty))).collect();
        Wrapped { types, values: self.need_values, have_values: self.have_values }
    }

    /// Reads a declaration of the package. Upstream: `writer.go`, `pkgDecl`; `reader.go`,
    /// `pkgDecls`.
    pub fn declaration(&mut self, def: DefId) {
        if let Some(func) = self.cx.defs.func(def) {
            if type_params(self.cx, &func).is_empty() {
                match func.recv {
                    Some(recv) => self.ty(base(recv), Light::Own),
                    None => self.func(FuncId::declared(def)),
                }
            }
            return;
        }
        match self.cx.defs.lookup(def.package, def.name) {
            Some(Def::Type(found)) if found == def => {
                let ty = Ty::named(def, &[]);
                let constraint = matches!(self.cx.under(ty).kind(), TyKind::Interface(_))
                    && !self.cx.type_set(ty).is_method_set();
                if self.cx.defs.type_params(def).is_empty() && !constraint {
                    self.named(def, &[]);
                }
            }
            Some(Def::Alias { def: found, target }) if found == def => {
                if !target.has_tparams() {
                    self.ty(target, Light::Own);
                }
            }
            _ => self.global(def),
        }
    }

    /// Reads the waiting bodies and those that come up meanwhile. Gives the instances among them,
    /// in the order in which the compiler reads them.
    pub fn bodies(&mut self, library: &dyn Library) -> Vec<FuncId> {
        let mut instances = Vec::new();
        loop {
            if let Some(shaped) = self.todo_shapes.pop() {
                match shaped {
                    Shaped::Type(def, args) => self.named(def, &args),
                    Shaped::Func(func) => self.func(func),
                }
                continue;
            }
            let Some(func) = self.todo_bodies.pop() else { return instances };
            library.body(func, &mut |mentioned| {
                self.body(func, mentioned, library);
                if !matches!(func.key(), FuncKey::Declared(_)) {
                    instances.push(func);
                }
            });
        }
    }

    /// Reads what a function's body names.
    pub fn body(&mut self, func: FuncId, mentioned: &[Mentioned], library: &dyn Library) {
        let light = match func.key() {
            FuncKey::Declared(def) if def.package != self.package => Light::Imported,
            _ => Light::Own,
        };
        if let FuncKey::Instance(def, args) = func.key() {
            self.dict(*def, args, library);
        }
        for &mentioned in mentioned {
            match (mentioned, light) {
                (Mentioned::Type(ty), _) => self.ty(ty, light),
                (Mentioned::Func(func), _) => self.func(func),
                (Mentioned::Global(def), _) => self.global(def),
                (Mentioned::MethodValue(value), Light::Own) => self.need_values.push(value),
                (Mentioned::MethodValue(value), Light::Imported) => {
                    self.have_values.insert(value);
                }
            }
        }
    }

    /// Reads a type and all types that it is made of.
    fn ty(&mut self, ty: Ty, light: Light) {
        let ty = shaped_type(self.cx, ty, &mut self.open);
        if matches!(ty.kind(), TyKind::Basic(_) | TyKind::Param(_))
            || !self.types.insert((ty, light))
        {
            return;
        }
        if let TyKind::Shape(_) = ty.kind() {
            // What it is made of was read with the type argument.
            return self.need_wrapper(ty, Light::Own);
        }
        deep(|| {
            ty.kind().each_child(&mut |child| self.ty(child, light));
            if let TyKind::Named(named) = ty.kind() {
                self.named(named.def, &named.args);
            }
        });
        self.need_wrapper(ty, light);
    }

    fn need_wrapper(&mut self, ty: Ty, light: Light) {
        // Only generic declarations lead to shaped types.
        let light = if ty.has_shapes() { Light::Own } else { light };
        match (ty.kind(), light) {
            (TyKind::Pointer(_) | TyKind::Func(_) | TyKind::Tuple(_), _) => {}
            (TyKind::Shape(under), _) if matches!(under.kind(), TyKind::Pointer(_)) => {}
            (_, Light::Own) => self.need.push(ty),
            (_, Light::Imported) => _ = self.have.insert(self.cx.flatten(ty)),
        }
    }

    /// Reads the declaration of a defined type for given arguments.
    fn named(&mut self, def: DefId, args: &[Ty]) {
        let tparams = self.cx.defs.type_params(def);
        let shaped = args.iter().any(|arg| arg.has_shapes());
        let ty = shaped_type(self.cx, Ty::named(def, args), &mut self.open);
        let TyKind::Named(named) = ty.kind() else { return };
        let args = &named.args;
        if self.named.len() > INSTANCE_LIMIT || ty.has_tparams() || !self.named.insert(ty.canon()) {
            return;
        }
        let generic = !args.is_empty();
        let local = def.package == self.package;
        let light = if local || generic { Light::Own } else { Light::Imported };
        if shaped {
            self.open.push(ty);
        }
        self.cx.under(ty).kind().each_child(&mut |child| self.ty(child, light));
        if shaped {
            self.open.pop();
        }
        if generic && !shaped {
            let shape = tparams
                .iter()
                .zip(args)
                .map(|(tparam, arg)| shape_of(self.cx, *arg, tparam.constraint, &mut Vec::new()));
            self.todo_shapes.push(Shaped::Type(def, shape.collect()));
        }
        let map = Subst::of_params(&tparams, args);
        for &method in self.cx.defs.methods(def).iter() {
            let Some(func) = self.cx.defs.func(method) else { continue };
            // A method with type parameters of its own is read like a function.
            if !func.tparams.is_empty() {
                continue;
            }
            self.signature(&func, &map, light);
            let id = if !generic {
                FuncKey::Declared(method)
            } else if shaped {
                FuncKey::Shaped(method, args.clone())
            } else {
                FuncKey::Instance(method, args.clone())
            };
            if generic || local {
                self.todo_bodies.push(FuncId::new(id));
            }
        }
        if !shaped {
            self.need_wrapper(ty, light);
        }
    }

    fn signature(&mut self, func: &FuncDef, map: &Subst, light: Light) {
        if let Some(recv) = func.recv {
            self.ty(subst(recv, map), light);
        }
        subst(func.sig, map).kind().each_child(&mut |child| self.ty(child, light));
    }

    /// Reads the declaration of a function, for given type arguments if it is generic.
    fn func(&mut self, id: FuncId) {
        if !self.funcs.insert(id.canon()) {
            return;
        }
        let Some(func) = id.def().and_then(|def| self.cx.defs.func(def)) else { return };
        match id.key() {
            FuncKey::Declared(def) => {
                let local = def.package == self.package;
                let light = if local { Light::Own } else { Light::Imported };
                self.signature(&func, &Subst::default(), light);
                if func.recv.is_none() && local {
                    self.todo_bodies.push(id);
                }
            }
            FuncKey::Shaped(def, args) | FuncKey::Instance(def, args) => {
                let map = Subst::of_params(&type_params(self.cx, &func), args);
                self.signature(&func, &map, Light::Own);
                if func.tparams.is_empty() && func.recv.is_some() {
                    // Its type has brought it.
                    return;
                }
                if self.funcs.len() > INSTANCE_LIMIT {
                    return;
                }
                if matches!(id.key(), FuncKey::Instance(..)) {
                    let shapes = shapes(self.cx, &func, args);
                    let shaped = FuncId::new(FuncKey::Shaped(*def, shapes.into()));
                    self.todo_shapes.push(Shaped::Func(shaped));
                }
                self.todo_bodies.push(id);
            }
            _ => {}
        }
    }

    /// Reads the declaration of a variable or constant.
    fn global(&mut self, def: DefId) {
        if !self.globals.insert(def) {
            return;
        }
        let local = def.package == self.package;
        let light = if local { Light::Own } else { Light::Imported };
        match self.cx.defs.lookup(def.package, def.name) {
            Some(Def::Var { def: found, ty }) if found == def => self.ty(ty, light),
            Some(Def::Const { ty, .. }) => self.ty(ty, light),
            _ => {}
        }
    }

    /// Reads the types in the dictionary of a function, or of a generic type for its methods, and
    /// in those that it points to.
    fn dict(&mut self, def: DefId, args: &[Ty], library: &dyn Library) {
        let Some(func) = self.cx.defs.func(def) else { return };
        let of_type = func.tparams.is_empty().then(|| func.recv.map(base)).flatten();
        let owner = match of_type.map(Ty::kind) {
            Some(TyKind::Named(named)) => named.def,
            _ => def,
        };
        let id = FuncId::new(FuncKey::Instance(owner, args.into()));
        if self.dicts.len() > INSTANCE_LIMIT || !self.dicts.insert(id) {
            return;
        }
        let methods = if owner == def { Arc::from([def]) } else { self.cx.defs.methods(owner) };
        deep(|| {
            for &method in methods.iter() {
                self.dict_of(method, args, library);
            }
        });
    }

    fn dict_of(&mut self, def: DefId, args: &[Ty], library: &dyn Library) {
        let Some(func) = self.cx.defs.func(def) else { return };
        let Some(source) = library.generic(def) else { return };
        let tparams = type_params(self.cx, &func);
        if tparams.len() != args.len() {
            return;
        }
        let map = Subst::of_params(&tparams, args);
        let info = &source.info;
        let vars = info.locals.iter().map(|local| local.ty);
        // Constraints are written, and read by nobody.
        let decl = &source.decl;
        let constraints: Vec<_> = match &decl.kind {
            DeclKind::Func(func) => {
                func.tparams.iter().map(|tparam| &decl[tparam.constraint]).collect()
            }
            _ => Vec::new(),
        };
        let exprs = decl.exprs.iter().zip(info.types.iter()).filter(|(expr, _)| {
            !constraints.iter().any(|within| within.start <= expr.start && expr.end <= within.end)
        });
        let types = vars.chain(exprs.map(|(_, ty)| *ty));
        for ty in types.filter(|ty| ty.has_tparams()) {
            let real = subst(ty, &map);
            if !real.has_tparams() {
                self.ty(real, Light::Own);
            }
        }
        for (expr, targs) in &info.instances {
            if let Some(Object::Global(callee)) = info.uses.get(expr)
                && targs.iter().any(|arg| arg.has_tparams())
            {
                let targs: Vec<Ty> = targs.iter().map(|arg| subst(*arg, &map)).collect();
                self.dict(*callee, &targs, library);
            }
        }
        for selection in info.selections.values() {
            let (SelectionKind::Method(method) | SelectionKind::MethodExpr(method)) =
                selection.kind
            else {
                continue;
            };
            if !selection.recv.has_tparams() {
                continue;
            }
            let recv = subst(selection.recv, &map);
            let found = self.cx.lookup(recv, true, method.package, method.name);
            if let LookupResult::Method(found) = found
                && let MethodRef::Concrete { def, recv, .. } = found.method
                && let TyKind::Named(named) = recv.kind()
                && !named.args.is_empty()
            {
                self.dict(def, &named.args, library);
            }
        }
    }
}

/// The method value that a node is.
pub fn bound_method(unit: &Unit, node: &Node) -> Option<BoundMethod> {
    let Kind::MethValue { x, sel, func } = node.kind else { return None };
    let owner = match func.and_then(FuncId::def) {
        Some(def) => def.package,
        None => unit.origins.get(node.pos.origin as usize)?.decl.package,
    };
    let package = (!sel.is_exported()).then_some(owner);
    Some(BoundMethod { recv: unit[x].ty, name: sel, package })
}

/// What a receiver's type is, or points to.
fn base(recv: Ty) -> Ty {
    match recv.kind() {
        TyKind::Pointer(base) => *base,
        _ => recv,
    }
}
