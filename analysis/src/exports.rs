//! Which bodies a package tells its importers: only these can be inlined there.
//!
//! Export data holds what the exported names of a package lead to: types and what they consist of,
//! with all methods; and through bodies everything that these mention. A function's own body is in
//! it if the function can be inlined; one of another package also if it was inlined here. So a
//! method of a type that a package only gets to see in the hands of another one may be inlinable
//! by its cost, and is called all the same.
//!
//! Upstream: `noder/linker.go` (`relocObj`, `exportBody`), `noder/unified.go`
//! (`writeUnifiedExport`, `readPackage`).

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::ir::facts::FuncFacts;
use crate::ir::func::{FuncId, FuncKey};
use crate::ir::node::{Kind, Unit};
use crate::summary::Source;
use crate::types::cx::Cx;
use crate::types::env::{Def, PackageTypes};
use crate::types::info::Object;
use crate::types::ty::{DefId, PkgId, Ty, TyKind};

/// What finding the bodies asks for.
pub struct Input<'a> {
    /// Who knows the types.
    pub cx: &'a Cx<'a>,
    /// The package.
    pub package: PkgId,
    /// What is known of functions of this and of other packages.
    pub facts: &'a dyn Fn(FuncId) -> Option<Arc<FuncFacts>>,
    /// The text of a generic function.
    pub generic: &'a dyn Fn(DefId) -> Option<Arc<Source>>,
    /// The functions that were inlined in this package.
    pub inlined: &'a FxHashSet<FuncId>,
}

/// The bodies in the package's export data.
pub fn bodies(input: &Input<'_>, types: &PackageTypes) -> FxHashSet<FuncId> {
    let mut walk = Walk {
        input,
        types: FxHashSet::default(),
        defs: FxHashSet::default(),
        todo_types: Vec::new(),
        todo_defs: Vec::new(),
        bodies: FxHashSet::default(),
    };
    for (_, def) in types.scope.iter().filter(|(name, _)| name.is_exported()) {
        walk.declaration(def);
    }
    loop {
        if let Some(ty) = walk.todo_types.pop() {
            walk.ty(ty);
        } else if let Some(def) = walk.todo_defs.pop() {
            walk.def(def);
        } else {
            return walk.bodies;
        }
    }
}

struct Walk<'a> {
    input: &'a Input<'a>,
    types: FxHashSet<Ty>,
    defs: FxHashSet<DefId>,
    todo_types: Vec<Ty>,
    todo_defs: Vec<DefId>,
    bodies: FxHashSet<FuncId>,
}

impl Walk<'_> {
    fn ty(&mut self, ty: Ty) {
        if !self.types.insert(ty) {
            return;
        }
        ty.kind().each_child(&mut |child| self.todo_types.push(child));
        if let TyKind::Named(named) = ty.kind() {
            self.todo_defs.push(named.def);
        }
    }

    fn declaration(&mut self, def: &Def) {
        match def {
            Def::Const { ty, .. } | Def::Var { ty, .. } | Def::Alias { target: ty, .. } => {
                self.todo_types.push(*ty);
            }
            Def::Func(func) => self.todo_defs.push(func.def),
            Def::Type(def) => self.todo_defs.push(*def),
        }
    }

    fn def(&mut self, def: DefId) {
        if !self.defs.insert(def) {
            return;
        }
        let defs = self.input.cx.defs;
        if let Some(func) = defs.func(def) {
            self.todo_types.push(func.sig);
            self.todo_types.extend(func.recv);
            self.todo_types.extend(func.tparams.iter().map(|tparam| tparam.constraint));
            match (self.input.generic)(def) {
                Some(source) => self.source(&source),
                None => self.body(FuncId::declared(def)),
            }
            return;
        }
        match defs.lookup(def.package, def.name) {
            Some(found) if !matches!(found, Def::Type(_)) && def.parent.is_none() => {
                self.declaration(&found);
            }
            _ => {
                let under = defs.underlying(def);
                self.todo_types.push(under);
                let tparams = defs.type_params(def);
                self.todo_types.extend(tparams.iter().map(|tparam| tparam.constraint));
                self.todo_defs.extend(defs.methods(def).iter());
            }
        }
    }

    /// Upstream: `exportBody`.
    fn body(&mut self, func: FuncId) {
        let is_own = func.def().is_some_and(|def| def.package == self.input.package);
        if !is_own && !self.input.inlined.contains(&func) {
            return;
        }
        let facts = (self.input.facts)(func);
        if let Some(inline) = facts.as_ref().and_then(|facts| facts.inline.as_ref()) {
            self.bodies.insert(func);
            self.unit(&inline.unit);
        }
    }

    /// What a body mentions.
    fn unit(&mut self, unit: &Unit) {
        self.todo_types.extend(unit.locals.iter().map(|local| local.ty));
        for node in &unit.nodes {
            self.todo_types.push(node.ty);
            match node.kind {
                Kind::Global(def) => self.todo_defs.push(def),
                Kind::Func(func) => self.func(func),
                Kind::MethodExpr { func: Some(func), .. }
                | Kind::MethValue { func: Some(func), .. } => self.func(func),
                _ => {}
            }
        }
    }

    fn func(&mut self, func: FuncId) {
        self.todo_defs.extend(func.def());
        if let FuncKey::Shaped(_, args) | FuncKey::Instance(_, args) = func.key() {
            self.todo_types.extend(args.iter());
        }
    }

    /// What the text of a generic function mentions, which is always told.
    fn source(&mut self, source: &Source) {
        let info = &source.info;
        self.todo_types.extend(info.types.iter().copied().filter(|ty| !ty.is_invalid()));
        self.todo_types.extend(info.locals.iter().map(|local| local.ty));
        self.todo_types.extend(info.instances.values().flat_map(|args| args.iter().copied()));
        let globals = info.uses.values().filter_map(|object| match object {
            Object::Global(def) => Some(*def),
            _ => None,
        });
        self.todo_defs.extend(globals);
    }
}
